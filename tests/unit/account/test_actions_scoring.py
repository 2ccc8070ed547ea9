"""From counts to a forecast, from what happened to a score; once, after the window, harm first."""

import datetime as dt
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.account.actions.closing import Closing, close_action, read_closing
from counterflow.account.actions.counts import Counts, Period, read_counts
from counterflow.account.actions.derived import Experience
from counterflow.account.actions.expected import expect, quantiles_of
from counterflow.account.actions.harm import classes_of, evidence_of
from counterflow.account.actions.record import coverage_rows, record_of, wilson
from counterflow.account.actions.scoring import interval_score, quantile_score, scores_of
from counterflow.core.clock import fixed_clock
from counterflow.core.errors import InputError
from counterflow.core.seeds import generator
from counterflow.flow.account_action_page import action_pdf, listed, plain, record_pdf
from counterflow.flow.account_actions import Proposal, propose, score, whole

MONDAY = dt.date(2023, 1, 2)


def weeks(values, starts=MONDAY):
    return tuple(Period(starts + dt.timedelta(weeks=n), starts + dt.timedelta(weeks=n, days=6), float(v))
                 for n, v in enumerate(values))  # fmt: skip


def test_constant_counts_lead_to_their_own_sum():
    counts = Counts("overdoses", weeks([20] * 120), "s", MONDAY)
    starts = MONDAY + dt.timedelta(weeks=122)
    found, why = expect(counts, starts, starts + dt.timedelta(weeks=8, days=-1))
    assert why == ""
    assert found.mean == pytest.approx(160, rel=1e-6)
    assert (found.starts, found.ends) == (starts, starts + dt.timedelta(days=55))
    q = quantiles_of(found.draws(generator(1, "t")))
    assert q[1] < 160 < q[7]
    assert list(q) == sorted(q)


@pytest.mark.parametrize(("values", "said"), [([5] * 10, "fewest"), ([0] * 60, "nothing was counted")])
def test_too_little_history_leads_to_none(values, said):
    counts = Counts("overdoses", weeks(values), "s", MONDAY)
    found, why = expect(counts, MONDAY + dt.timedelta(weeks=80), MONDAY + dt.timedelta(weeks=90))
    assert found is None
    assert said in why


def test_a_gap_in_the_history_is_said():
    periods = weeks([9] * 60)
    counts = Counts("overdoses", periods[:30] + periods[31:], "s", MONDAY)
    assert "gap" in expect(counts, MONDAY + dt.timedelta(weeks=62), MONDAY + dt.timedelta(weeks=70))[1]


def test_months_go_on_as_months():
    months = [dt.date(2022 + n // 12, n % 12 + 1, 1) for n in range(40)]
    ends = [month - dt.timedelta(days=1) for month in months[1:]]
    periods = tuple(Period(a, b, 3.0 * ((b - a).days + 1)) for a, b in zip(months, ends, strict=False))
    found, _ = expect(Counts("deaths", periods, "s", MONDAY), dt.date(2025, 6, 1), dt.date(2025, 8, 31))
    assert (found.starts, found.ends) == (dt.date(2025, 6, 1), dt.date(2025, 8, 31))
    assert found.mean == pytest.approx(3 * 92, rel=0.01)


@given(st.lists(st.floats(-100, 100), min_size=3, max_size=3), st.floats(-200, 200))
def test_scores_are_never_negative_and_best_at_the_middle(three, value):
    q = sorted(three)
    assert quantile_score((0.05, 0.5, 0.95), q, value) >= 0
    assert interval_score(0.9, q[0], q[2], value) >= interval_score(0.9, q[0], q[2], q[1])


def test_the_quantile_score_of_an_interval_is_the_weighted_interval_score():
    low, middle, high, value = 2.0, 5.0, 9.0, 12.0
    interval = interval_score(0.9, low, high, value)
    expected = (abs(value - middle) * 0.5 + 0.05 * interval) / 1.5  # Bracher et al. 2021, eq. 2, K = 1
    assert quantile_score((0.05, 0.5, 0.95), (low, middle, high), value) == pytest.approx(expected)


def test_a_window_is_summed_whole_or_not_at_all():
    counts = Counts("overdoses", weeks([1, 2, 4, 8]), "s", MONDAY)
    assert counts.over(MONDAY, MONDAY + dt.timedelta(days=20)).value == 7
    late = counts.over(MONDAY + dt.timedelta(days=3), MONDAY + dt.timedelta(days=20))
    assert late.value == 6
    assert "4 days" in late.said
    assert "gap" in counts.over(MONDAY, MONDAY + dt.timedelta(days=60)).why_not
    assert "no whole period" in Counts("overdoses", (), "s", MONDAY).over(MONDAY, MONDAY).why_not


@pytest.mark.parametrize(
    ("text", "column", "line"),
    [
        ("measure,starts,ends\n", "value", None),
        ("measure,starts,ends,value\noverdoses,2026-01-05,x,3\n", "ends", 2),
        ("measure,starts,ends,value\noverdoses,2026-01-05,2026-01-01,3\n", "ends", 2),
        ("measure,starts,ends,value\noverdoses,2026-01-05,2026-01-11,many\n", "value", 2),
        ("measure,starts,ends,value\noverdoses,2026-01-05,2026-01-11,3\noverdoses,2026-01-11,2026-01-17,3\n", "starts",
         3),
    ],
)  # fmt: skip
def test_bad_counts_are_named(tmp_path, text, column, line):
    (tmp_path / "c.csv").write_text(text)
    with pytest.raises(InputError) as caught:
        read_counts(tmp_path / "c.csv", MONDAY)
    assert line is None or (caught.value.column, caught.value.line) == (column, line)
    assert column in str(caught.value)


def test_experience_shrinks_to_none_and_learns():
    assert Experience().effect()[0] == 0
    assert Experience().effect()[1] == pytest.approx(math.hypot(0.2, 0.05))
    mean, spread = Experience((0.3,) * 20, (0.01,) * 20).effect()
    assert 0.27 < mean < 0.3
    assert spread < 0.08
    assert Experience(scores=(2.0,) * 40).widening() > 1.3
    assert 0.6 <= Experience(scores=(0.1,) * 80).widening() < 1


def test_no_class_is_flagged_by_one_use_and_harm_soon_is():
    assert evidence_of([9.0], [True]).flagged_at is None
    assert evidence_of([1.6] * 9, [False] * 9).flagged_at < 10
    assert evidence_of([-1.6] * 40, [False] * 40).flagged_at is None


def test_harmless_classes_are_seldom_flagged_however_often_they_are_looked_at():
    rng = np.random.default_rng(5)
    flagged = sum(evidence_of(rng.normal(size=60), [False] * 60).flagged_at is not None for _ in range(400))
    assert flagged <= 400 * 0.05 + 3 * math.sqrt(400 * 0.05 * 0.95)


def test_classes_stand_apart_and_the_flagged_first():
    row = {"substance_class": "opioids", "measure": "overdoses", "observed": 130.0, "median": 100.0}
    rows = [row | {"kind": "operation", "z": 0.1, "harm": False}] * 9 + [
        row | {"kind": "takedown", "z": 2.2, "harm": True}
    ] * 5
    first, second = classes_of(rows)
    assert (first["kind"], first["flagged"], first["rose"], second["flagged"]) == ("takedown", True, 5, False)
    assert "does not show that it does no harm" in second["words"]


def test_few_scores_give_no_share():
    row = {
        "by": "agency",
        "inside_50": True,
        "inside_80": True,
        "inside_90": True,
        "observed": 1,
        "median": 2,
        "pinball": 1.0,
    }
    (few,) = coverage_rows([row] * 9, ("by",))
    (many,) = coverage_rows([row] * 30, ("by",))
    assert few["held_90_share"] is None
    assert few["held_90"] == 9
    assert few["bias"] == "too few to tell"
    assert many["held_90_share"] == 1
    assert many["held_90_low"] == wilson(30, 30)[0]
    assert many["bias"] == "less happened than was expected"


COUNTED = """title = "t"
area = "Cook"
substance_class = "opioids"
counts = {overdoses = {measure = "ed-visits"}}
"""
AGENCY = """
[[forecast]]
measure = "overdoses"
basis = "relative change"
value = -0.1
low = -0.2
high = 0.0
level = 0.9
method = "judgement"
source = "2025"
as_of = 2026-03-01
unit = "relative change"
to = 2026-07-19
"""


def load(site, values, as_of):
    starts = dt.date(2026, 7, 20) - dt.timedelta(weeks=len(values))
    rows = [
        {"source": "ed", "place": "Cook", "level": "county", "measure": "ed-visits", "subject": "all", "definition": "1",
         "grain": "week", "starts": starts + dt.timedelta(weeks=n), "ends": starts + dt.timedelta(weeks=n, days=6),
         "count": float(value), "suppressed": False, "looked_for": True, "as_of": as_of, "first_seen": site.clock()}
        for n, value in enumerate(values) if starts + dt.timedelta(weeks=n, days=6) < as_of
    ]  # fmt: skip
    site.store.append("series_count", pa.Table.from_pylist(rows))


@pytest.fixture
def running(empty_workspace, action_file):
    site = empty_workspace
    load(site, [40, 42, 38, 41] * 30, dt.date(2026, 3, 2))
    text = action_file(title=COUNTED).read_text("utf-8").replace("[forecast]", "[[forecast]]") + AGENCY
    _, said = propose(site, Proposal(action_file(text)))
    assert "availability, substitution, displacement, burden" in said[-1]
    return site


def test_sealing_makes_forecasts_from_what_was_counted_before(running):
    made = whole(running, "op-north")["action"]["forecasts"]
    assert [(one.by, one.basis) for one in made] == [
        ("agency", "value"), ("agency", "relative change"), ("history", "value"), ("history", "value"),
        ("record", "value"), ("agency", "value")]  # fmt: skip
    history, ours, agency = made[2], made[4], made[5]
    assert history.interval(0.9)[0] < 40 * 15 < history.interval(0.9)[1]
    assert ours.interval(0.9)[1] - ours.interval(0.9)[0] > history.interval(0.9)[1] - history.interval(0.9)[0]
    assert agency.at(0.5) == pytest.approx(0.9 * history.at(0.5), rel=0.05)
    assert all(one.as_of < dt.date(2026, 3, 2) for one in made[2:])


def test_sealing_the_same_file_later_changes_nothing(running, tmp_path):
    running.clock = fixed_clock("2026-03-20")
    load(running, [90] * 120, dt.date(2026, 3, 20))
    row, said = propose(running, Proposal(tmp_path / "action.toml"))
    assert "sealed before" in said[0]
    assert running.ledger.size == 1
    assert row["sealed_seq"] == 1


def finish(site, value, today="2026-09-01"):
    site.clock = fixed_clock(today)
    site.store.execute("DELETE FROM series_count")
    load(site, [40, 42, 38, 41] * 26 + [value] * 16, dt.date(2026, 8, 25))
    done = Closing(False, dt.date(2026, 4, 1), dt.date(2026, 6, 28), "as planned")
    close_action(site, "op-north", done, person="A. Analyst")


def test_harm_comes_first_everywhere_and_a_score_is_made_once(running):
    finish(running, 80)
    made, left = score(running, "op-north", person="A. Analyst")
    assert [one["harm"] for one in made] == [True] * 4
    assert {one["window"] for one in made} >= {"first weeks", "to 3 weeks after"}
    assert {one["measure"] for one in left} == {"other", "overdoses"}
    with pytest.raises(InputError, match="Nothing can be scored"):
        score(running, "op-north", person="A. Analyst")
    assert len(scores_of(running)) == 4
    (row,), record = listed(running), record_of(running)
    assert row["harm"]
    assert record["harm_first"][0]["window"] == "first weeks"
    assert record["classes"][0]["uses"] == 1
    assert not record["classes"][0]["flagged"]
    (entry,) = running.ledger.entries("action-score")
    assert "observed" not in str(entry.body)
    assert "Analyst" not in str(entry.body)


def test_what_stays_as_it_was_is_inside_and_no_harm(running):
    finish(running, 40)
    made, _ = score(running, "op-north", person="A. Analyst")
    by = {(one["by"], one["window"]): one for one in made}
    assert by["history", "to 3 weeks after"]["inside_50"] is True
    assert not any(one["harm"] for one in made)
    assert abs(by["record", "to 3 weeks after"]["z"]) < 1


def test_pages_say_it_and_hide_small_counts(running):
    finish(running, 40)
    score(running, "op-north", person="A. Analyst")
    told = whole(running, "op-north")
    assert action_pdf(running, told)[:5] == b"%PDF-"
    assert record_pdf(running, record_of(running))[:5] == b"%PDF-"
    for one in told["scores"]:
        one["observed"] = 4.0
    shown = plain(running, told)["scores"][0]
    assert shown["observed"] == "<10"
    assert shown["pinball"] is None
    assert shown["z"] is None


def test_nothing_is_scored_before_its_window_ended_or_its_reports_are_in(running):
    with pytest.raises(InputError, match="not on record"):
        score(running, "op-north", person="A. Analyst")
    finish(running, 40, "2026-07-05")
    with pytest.raises(InputError, match="ends on 2026-07-19"):
        score(running, "op-north", person="A. Analyst")


def test_an_unscored_action_becomes_overdue_and_a_cancelled_one_does_not(running):
    running.clock = fixed_clock("2026-12-24")
    assert [one["action"] for one in record_of(running)["overdue"]] == ["op-north"]
    close_action(running, "op-north", Closing(True, None, None, "no staff"), person="A. Analyst")
    record = record_of(running)
    assert record["overdue"] == []
    assert record["counts"]["cancelled"] == 1
    with pytest.raises(InputError, match="never took place"):
        score(running, "op-north", person="A. Analyst")
    with pytest.raises(InputError, match="is closed"):
        close_action(running, "op-north", Closing(True, None, None, "again"), person="A. Analyst")


CLOSING = """starts = 2026-04-01
ends = 2026-06-28
done = "as planned"
[[seized]]
substance = "fentanyl"
mass_kg = 12.5
purity_low = 0.05
purity_high = 0.12
source = "laboratory"
"""


def test_pure_mass_is_between_bounds_and_never_assumed(tmp_path):
    file = tmp_path / "c.toml"
    file.write_text(CLOSING)
    (one,) = read_closing(file).seized
    assert (one["pure_low_kg"], one["pure_high_kg"]) == pytest.approx((0.625, 1.5))
    file.write_text(CLOSING.replace("purity_low = 0.05\npurity_high = 0.12\n", ""))
    assert read_closing(file).seized[0]["pure_low_kg"] is None


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("purity_low = 0.05", "purity_low = 0.5", "seized.purity_high"),
        ("purity_low = 0.05\n", "", "seized.purity_high"),
        ("purity_high = 0.12", "purity_high = 12", "seized.purity"),
        ("ends = 2026-06-28", "ends = 2026-03-28", "ends"),
        ("mass_kg = 12.5", "mass_kg = -1", "mass_kg"),
        ('done = "as planned"', "", "done"),
        ('done = "as planned"', 'done = "x"\ncancelled = true', "cancelled"),
    ],
)
def test_a_bad_closing_is_named(tmp_path, old, new, column):
    file = tmp_path / "c.toml"
    file.write_text(CLOSING.replace(old, new))
    with pytest.raises(InputError) as caught:
        read_closing(file)
    assert caught.value.column == column


def test_it_is_not_closed_before_its_last_day(running):
    with pytest.raises(InputError, match="still to come"):
        close_action(running, "op-north", Closing(False, dt.date(2026, 4, 1), dt.date(2026, 6, 28), "x"), person="A")


def test_intervals_hold_as_often_as_they_say_on_counts_that_vary():
    held, rng = 0, np.random.default_rng(2)
    for _ in range(80):
        mean = 30 * np.exp(np.cumsum(rng.normal(0, 0.01, 122)))
        values = rng.poisson(rng.gamma(mean, 1.0))
        counts = Counts("overdoses", weeks(values[:110]), "s", MONDAY)
        starts = MONDAY + dt.timedelta(weeks=112)
        found, _ = expect(counts, starts, starts + dt.timedelta(weeks=10, days=-1))
        q = quantiles_of(found.draws(rng))
        held += q[1] <= values[112:].sum() <= q[7]
    assert 0.9 * 80 - 3 * math.sqrt(80 * 0.09) <= held


def test_what_was_put_on_record_late_is_no_evidence_and_no_forecast(running):
    finish(running, 80)
    running.store.execute("UPDATE action SET standing = 'late'")
    with pytest.raises(InputError, match="not what was sealed"):
        score(running, "op-north", person="A. Analyst")
    running.store.execute("UPDATE action SET standing = 'sealed'")
    score(running, "op-north", person="A. Analyst")
    assert record_of(running)["classes"]
    running.store.execute("UPDATE action SET standing = 'late'")
    record = record_of(running)
    assert (record["classes"], record["coverage"], record["counts"]["late"]) == ([], [], 1)


def nowcast(site, starts, expected, quantiles, complete):
    row = {
        "nowcast": f"n{starts}", "source": "ed", "place": "Cook", "level": "county", "measure": "ed-visits",
        "subject": "all", "definition": "1", "grain": "week", "starts": starts, "ends": starts + dt.timedelta(days=6),
        "as_of": dt.date(2026, 8, 25), "made_at": site.clock(), "method": "m", "settings_digest": "s",
        "data_digest": "d", "reported": 1.0, "complete": complete, "expected": expected, "levels": [0.05, 0.95],
        "quantiles": quantiles,
    }  # fmt: skip
    site.store.append("watch_nowcast", pa.Table.from_pylist([row]))


def test_late_reports_are_corrected_where_a_nowcast_stands(running):
    finish(running, 40)
    nowcast(running, dt.date(2026, 7, 13), 60.0, [20.0, 400.0], 0.85)
    made, _ = score(running, "op-north", person="A. Analyst")
    history = next(one for one in made if (one["by"], one["window"]) == ("history", "to 3 weeks after"))
    assert history["observed_high"] - history["observed_low"] == 380
    assert history["observed"] == pytest.approx(history["observed_low"] + 40)
    assert history["inside_90"] is None
    assert history["harm"] is False


def test_too_few_reports_are_not_scored_even_with_a_nowcast(running):
    finish(running, 40)
    nowcast(running, dt.date(2026, 7, 13), 60.0, [20.0, 400.0], 0.5)
    made, left = score(running, "op-north", person="A. Analyst")
    assert [one["window"] for one in made] == ["first weeks"]
    assert any("only 50% of the reports" in one["why_not"] for one in left)


def test_below_the_county_the_counts_of_the_county_stand(running):
    from counterflow.flow.account_counts import counted

    row = {"place": "Loop", "level": "subcounty", "parent": "Cook", "first_seen": running.clock(), "batch": "b"}
    running.store.append("watch_place", pa.Table.from_pylist([row]))
    found, said = counted(running, "Loop", {"overdoses": {"measure": "ed-visits"}}, dt.date(2026, 3, 2))
    assert "those of Cook" in said[0]
    assert len(found["overdoses"].periods) == 100


def test_a_series_that_is_not_the_only_one_has_to_be_named(running):
    from counterflow.flow.account_counts import counted

    running.store.execute(
        "INSERT INTO series_count BY NAME SELECT * REPLACE ('stimulants' AS subject) FROM series_count"
    )
    with pytest.raises(InputError, match="2 series fit"):
        counted(running, "Cook", {"overdoses": {"measure": "ed-visits"}}, dt.date(2026, 3, 2))
