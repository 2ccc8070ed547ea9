"""Officer integrity: who is found, who is left alone, and what a file may look like."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, binom, kstest

from counterflow.account.oversight.coded_table import table_of_columns
from counterflow.account.oversight.event_times import minute_of, moment_of
from counterflow.account.oversight.event_words import columns_of, event_of, lot_of, truth_of
from counterflow.account.oversight.events import events_of, read_events
from counterflow.account.oversight.evidence import bayes_factor, flag, q_values
from counterflow.account.oversight.integrity import integrity
from counterflow.account.oversight.peers import expected_of
from counterflow.account.oversight.tails import beta_binomial_tail, least_of_many, qn_scale, tails_of
from counterflow.cli.errors import guarded
from counterflow.core.errors import InputError, UsageError
from counterflow.core.seeds import generator
from counterflow.demo.officer_year import YearPlan, officer_year, write_year

PLAN = YearPlan(consignments=9_000, traders=120)


def report_of(rows):
    return integrity(events_of(table_of_columns(rows, "year.csv"), {}))


@pytest.fixture(scope="module")
def year():
    return officer_year(3, PLAN)


@pytest.fixture(scope="module")
def report(year):
    return report_of(year.rows)


def test_colluding_officers_lead_and_nobody_else_is_flagged(year, report):
    assert {row["officer"] for row in report.rows[:2]} == set(year.colluding)
    assert {row["officer"] for row in report.rows if row["flagged"]} <= set(year.colluding)
    assert any(row["flagged"] for row in report.rows)


def test_nobody_is_named_on_one_signal_and_every_flag_asks_for_a_person(report):
    for row in report.rows:
        assert row["named"] == (row["flagged"] and row["signals"] >= 2)
        assert row["review"].startswith("required" if row["flagged"] else "none")
        assert row["local_fdr"] == pytest.approx(1 - row["posterior"], abs=1e-5)


def test_a_year_without_collusion_flags_nobody():
    nobody = officer_year(4, YearPlan(consignments=9_000, traders=120, colluding=0))
    assert not any(row["flagged"] for row in report_of(nobody.rows).rows)


def test_rows_stand_in_order_of_evidence_with_intervals_around_the_shrunk_share(report):
    scores = [row["score"] for row in report.rows]
    assert scores == sorted(scores, reverse=True)
    assert [row["rank"] for row in report.rows] == list(range(1, len(scores) + 1))
    for row in report.rows:
        for name in ("override", "hit_gap", "affinity", "out_of_shift"):
            if row[f"{name}_shrunk"] is not None:
                assert row[f"{name}_low"] <= row[f"{name}_shrunk"] <= row[f"{name}_high"]


def test_the_order_of_rows_and_the_codes_of_officers_change_nothing(year, report):
    order = generator(1, "order").permutation(len(year.rows["time"]))
    shuffled = {name: [values[i] for i in order] for name, values in year.rows.items()}
    shuffled["officer"] = [f"Z-{code}" for code in shuffled["officer"]]
    again = {row["officer"][2:]: row["score"] for row in report_of(shuffled).rows}
    assert again == pytest.approx({row["officer"]: row["score"] for row in report.rows}, abs=1e-4)


def test_a_missing_column_leaves_its_signals_out_and_says_so(year):
    rows = {name: values for name, values in year.rows.items() if name not in {"trader", "on_shift", "shift"}}
    report = report_of(rows)
    assert {"affinity", "favour", "out_of_shift"} <= set(report.left_out)
    assert "affinity_p" not in report.rows[0]


def test_an_officer_with_a_special_lane_is_not_taken_for_steering():
    """One officer has all of a lane's firms to himself; nobody else ever sees them."""
    year = officer_year(5, YearPlan(consignments=6_000, traders=90, colluding=0))
    rows = {name: list(values) for name, values in year.rows.items()}
    special = rows["officer"][0]
    for i, firm in enumerate(rows["trader"]):
        if int(firm[1:]) % 9 == 0 and rows["event"][i] != "lookup":
            rows["officer"][i], rows["lane"][i] = special, "hazard"
    row = next(row for row in report_of(rows).rows if row["officer"] == special)
    assert not row["flagged"]


# -- what a file may look like ----------------------------------------------------------------------------------------


def file_of(tmp_path, rows, name="events.csv", mark=","):
    path = tmp_path / name
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, delimiter=mark)
        writer.writerow(rows)
        writer.writerows(zip(*rows.values(), strict=True))
    return path


def flat_rows(year):
    """The same year as another house would write it: other names, other words, one row a decision."""
    keep = [i for i, event in enumerate(year.rows["event"]) if event != "lookup"]
    pick = {name: [values[i] for i in keep] for name, values in year.rows.items()}
    return {
        "Badge No": pick["officer"], "Importer ID": pick["trader"], "Time Stamp": [t.replace("T", " ") for t in pick["time"]],
        "randomised": ["TRUE" if a == "random" else "FALSE" for a in pick["assignment"]],
        "was_overridden": ["Y" if e == "override" else "N" for e in pick["event"]],
        "outcome": [{"1": "seizure", "0": "none", "": ""}[h] for h in pick["hit"]], "stratum": pick["lane"],
    }  # fmt: skip


def test_another_spelling_of_the_same_year_is_understood(tmp_path, year):
    path = file_of(tmp_path, flat_rows(year), mark=";")
    events = read_events(path, {"officer": "Badge No"})
    assert events.columns == {
        "officer": "Badge No", "trader": "Importer ID", "time": "Time Stamp", "assignment": "randomised",
        "override": "was_overridden", "hit": "outcome",
    }  # fmt: skip
    assert (events.strata, len(events.officers)) == (("stratum",), 60)
    report = integrity(events)
    assert {row["officer"] for row in report.rows[:2]} == set(year.colluding)


def test_rows_of_one_consignment_are_joined():
    rows = {
        "case": ["c1", "c1", "c1", "c2", "c2"], "officer": ["a", "a", "a", "b", "b"],
        "event": ["assign", "inspect", "outcome", "assign", "release"],
        "assigned": ["random", "", "", "chosen", ""], "outcome": ["", "", "found", "", ""],
    }  # fmt: skip
    events = events_of(table_of_columns(rows, "x"), {})
    assert events.decided.tolist() == [False, True, False, False, True]
    assert (events.lot[[1, 4]].tolist(), events.hit[1]) == ([1, 0], 1)


def test_the_word_of_a_find_may_be_any_where_there_is_a_word_for_nothing():
    rows = {"officer": ["a", "b", "c"], "decision": ["inspect"] * 3, "result": ["heroin", "nil", "suspected"]}
    events = events_of(table_of_columns(rows, "x"), {})
    assert events.hit.tolist() == [1, 0, -1]
    assert any("heroin" in said for said in events.said)


def test_look_ups_out_of_shift_are_told_by_start_and_end():
    rows = {
        "officer": ["a", "a", "a"], "event": ["lookup", "lookup", "inspect"], "shift_start": ["22:00"] * 3,
        "shift_end": ["06:00"] * 3,
        "time": ["2025-01-01T23:30", "2025-01-02T12:00", "2025-01-02T01:00"],
    }  # fmt: skip
    events = events_of(table_of_columns(rows, "x"), {})
    assert (events.looks.tolist(), events.looks_out.tolist()) == ([1, 1, 0], [0, 1, 0])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"who": ["a"], "hit": ["1"]}, "No column says who decided"),
        ({"officer": ["a", ""], "hit": ["1", "0"]}, "1 rows do not say who decided"),
        ({"officer": ["a"], "decision": ["incinerate"]}, "means nothing here"),
        ({"officer": ["a"], "overridden": ["perhaps"]}, "means nothing here"),
        ({"officer": ["a"], "time": ["soon"], "hit": ["1"]}, "not a time"),
        ({"officer": ["a"] * 40, "hit": ["1"] * 40}, "There is one officer"),
        ({"officer": ["a", "b"] * 40, "hit": ["1", "0"] * 40}, "are 2 officers"),
        ({"officer": ["a", "b", "c"], "remark": ["x", "y", "z"]}, "No signal can be made"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(tmp_path, rows, words):
    with pytest.raises(InputError, match=words) as told:
        integrity(read_events(file_of(tmp_path, rows)))
    assert "events.csv" in str(told.value)


def test_a_bad_value_is_shown_with_line_and_column(tmp_path):
    with pytest.raises(InputError, match="line 3, column 'overridden', value 'maybe'"):
        read_events(file_of(tmp_path, {"officer": ["a", "b"], "overridden": ["yes", "maybe"]}))


def test_few_officers_are_answered_and_none_is_flagged(year):
    few = sorted(set(year.rows["officer"]))[:6]
    keep = [i for i, officer in enumerate(year.rows["officer"]) if officer in few]
    report = report_of({name: [values[i] for i in keep] for name, values in year.rows.items()})
    assert not any(row["flagged"] for row in report.rows)
    assert any("too few" in said for said in report.said)


def test_a_named_column_that_is_not_there_and_a_field_that_is_none():
    with pytest.raises(InputError, match="no such column"):
        columns_of(["a"], {"officer": "b"}, "x")
    with pytest.raises(UsageError, match="no field"):
        columns_of(["a"], {"officr": "a"}, "x")


def test_words_and_times():
    assert [truth_of(word) for word in ("YES", "no", "", "2", "presumptive", "confirmed", "x-ray")] == [
        1,
        0,
        -1,
        1,
        -1,
        1,
        None,
    ]
    assert [lot_of(word) for word in ("Random", "self-chosen", "1", "")] == [1, 0, 1, -1]
    assert [event_of(word) for word in ("Released", "look-up", "OVERRIDE", "", "eat")] == [
        "release",
        "lookup",
        "override",
        "",
        None,
    ]
    assert moment_of("2025-01-02T01:30:00Z") == moment_of("2025-01-02 01:30")
    assert (moment_of("2025-01-02")[1], moment_of("x"), minute_of("7.5"), minute_of("23:05")) == (-1, None, 450, 1385)


# -- the arithmetic ---------------------------------------------------------------------------------------------------


@given(n=st.integers(1, 60), p=st.floats(0.01, 0.99), rho=st.floats(0, 0.5), data=st.data())
@settings(max_examples=40, deadline=None)
def test_tails_are_those_of_scipy(n, p, rho, data):
    x = data.draw(st.integers(0, n))
    at_least, above = beta_binomial_tail(np.array([x]), np.array([n]), np.array([p]), rho)
    whole = (1 - rho) / max(rho, 1e-9)
    law = binom(n, p) if rho < 1e-7 else betabinom(n, p * whole, (1 - p) * whole)
    # With rho near zero both sides take the difference of two large logarithms: eight digits are left.
    assert at_least[0] == pytest.approx(law.sf(x - 1), abs=1e-7)
    assert above[0] == pytest.approx(law.sf(x), abs=1e-7)


def test_the_robust_scale_is_one_for_normal_scores_and_minds_no_outliers():
    scores = generator(1, "qn").normal(size=400)
    assert qn_scale(scores) == pytest.approx(1, abs=0.08)
    spoilt = np.concatenate([scores[:380], np.full(20, 50.0)])
    assert qn_scale(spoilt) == pytest.approx(1, abs=0.15)


def test_tails_of_honest_officers_are_no_smaller_than_they_should_be():
    rng = generator(2, "honest")
    p = []
    for _ in range(40):
        share = rng.beta(4, 36, 60)
        n = rng.integers(80, 300, 60)
        p.extend(tails_of(rng.binomial(n, share), n, np.full(60, 0.1), high=True).p)
    p = np.array(p)
    assert (p <= 0.05).mean() <= 0.065
    assert (p <= 0.01).mean() <= 0.018


def test_two_who_collude_do_not_widen_the_spread_of_the_others():
    rng = generator(3, "spread")
    n = np.full(60, 200)
    x = rng.binomial(n, rng.beta(10, 90, 60))
    with_two = x.copy()
    with_two[:2] = 120
    honest, spoilt = (tails_of(counts, n, np.full(60, 0.1), high=True) for counts in (x, with_two))
    assert spoilt.rho <= honest.rho * 1.6 + 0.002
    assert (spoilt.p[:2] < 1e-4).all()


def test_the_least_of_many_is_a_p_value():
    rng = generator(4, "least")
    made = np.array([least_of_many(rng.random(30)) for _ in range(3000)])
    assert kstest(made, "uniform", alternative="greater").pvalue > 0.01  # never smaller than it should be
    assert (made <= 0.05).mean() <= 0.06
    assert np.isnan(least_of_many(np.empty(0)))


def test_what_is_expected_comes_from_others_alone():
    y = np.array([1] * 30 + [0] * 60)
    officer = np.repeat([0, 1, 2], 30)
    expected = expected_of(y, officer, np.zeros(90, int), None).share
    assert expected[0] == pytest.approx(0)  # officer 0 is judged by the two who never did it
    assert expected[-1] == pytest.approx(0.5)
    alone = expected_of(y, officer, np.repeat([0, 1, 1], 30), None)
    assert alone.alone == 30


@given(st.lists(st.floats(0, 1), min_size=1, max_size=80))
def test_the_mean_chance_of_being_wrong_stays_within_the_level(posterior):
    made = np.array(posterior)
    flagged = flag(made, 0.05)
    assert not flagged.any() or (1 - made[flagged]).mean() <= 0.05 + 1e-12
    assert not flagged.any() or made[flagged].min() >= made[~flagged].max(initial=0) - 1e-12


def test_a_ratio_of_densities_averages_to_one_for_an_honest_officer():
    draws = generator(5, "ratio").random(200_000)
    assert bayes_factor(np.clip(draws, 1e-9, 1)).mean() == pytest.approx(1, abs=0.2)


def test_adjusted_tails_are_those_of_benjamini_and_hochberg():
    assert q_values(np.array([0.01, 0.04, np.nan, 0.03]))[[0, 1, 3]].tolist() == pytest.approx([0.03, 0.04, 0.04])


# -- the command ------------------------------------------------------------------------------------------------------


def run(capsys, *arguments):
    code = guarded([str(a) for a in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command_needs_no_workspace_and_gives_a_row_per_officer(capsys, tmp_path, year, monkeypatch):
    monkeypatch.delenv("COUNTERFLOW_WORKSPACE", raising=False)
    path = tmp_path / "year.csv"
    write_year(year, path)
    code, out, err = run(capsys, "account", "integrity", path, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, len(rows)) == (0, 60)
    assert {"officer", "posterior", "local_fdr", "flagged", "named", "signals", "reasons", "override_q"} <= set(rows[0])
    assert "A pattern is not proof" in err
    code, out, _ = run(capsys, "account", "integrity", path, "--format", "json", "--fail-on-flag")
    told = json.loads(out)
    assert code == 1
    assert {"officers", "signals", "left_out", "prior", "method", "source", "as_of"} <= set(told)
    assert all(one["innocent"] for one in told["signals"])


def test_the_command_refuses_in_plain_words(capsys, tmp_path):
    path = file_of(tmp_path, {"officer": ["a"], "hit": ["1"]})
    assert run(capsys, "account", "integrity", path)[0] == 3
    assert run(capsys, "account", "integrity", path, "--column", "officer")[0] == 2
    assert run(capsys, "account", "integrity", tmp_path / "none.csv")[0] == 3
    assert run(capsys, "account", "integrity", path, "--level", "2")[0] == 2
    code, _, err = run(capsys, "account", "integrity")
    assert code == 2
    assert "--person" in err
