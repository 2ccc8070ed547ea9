"""Staggered starts: the published effects, diff-diff as oracle, what must not change them, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.account.evaluate.ask import Ask
from counterflow.account.evaluate.cells import NEVER, aggregate, cells_of
from counterflow.account.evaluate.cohorts import Staggered, critical_value, prepared
from counterflow.account.evaluate.panel import read_panel
from counterflow.account.evaluate.staggered import callaway_santanna, fitted
from counterflow.account.evaluate.staggered_panel import callaway_santanna_asked, imputation_asked, two_way_asked
from counterflow.account.evaluate.staggered_second import event_study, imputation, sun_abraham
from counterflow.core.errors import InputError

#: ATT(g, t) of Callaway & Sant'Anna (2021) on county teen employment, without covariates, as R's did prints them
PUBLISHED = {
    (2004, 2004): -0.0105, (2004, 2005): -0.0704, (2004, 2006): -0.1373, (2004, 2007): -0.1008,
    (2006, 2004): 0.0065, (2006, 2005): -0.0028, (2006, 2006): -0.0046, (2006, 2007): -0.0412,
    (2007, 2004): 0.0305, (2007, 2005): -0.0027, (2007, 2006): -0.0311, (2007, 2007): -0.0261,
}  # fmt: skip
#: overall effect and standard error of each aggregation, as R's aggte prints them
OVERALL = {"dynamic": (-0.0772, 0.0200), "group": (-0.0310, 0.0124), "calendar": (-0.0417, 0.0160)}


def drawn(seed=3, units=60, periods=6, effect=2.0):
    """Units with levels and a common path; a third start in period 3, a third in period 4, the rest never."""
    rng = np.random.default_rng(seed)
    cohort = np.repeat([3, 4, NEVER], units // 3)
    outcome = rng.normal(size=(units, 1)) * 3 + np.arange(periods) ** 1.3 + rng.normal(size=(units, periods))
    outcome += effect * (np.arange(periods) >= cohort[:, None])
    return Staggered(tuple(map(str, range(units))), tuple(range(periods)), outcome, cohort, np.arange(units))


@pytest.fixture(scope="module")
def employment(shared_data):
    return read_panel(
        shared_data / "account" / "mpdta.csv", unit="countyreal", time="year", outcome="lemp", group="first.treat",
        extra=("lpop",),
    )  # fmt: skip


def test_the_twelve_published_effects(employment):
    told = callaway_santanna_asked(employment, Ask(methods=()))
    found = {(row["group"], row["time"]): row["effect"] for row in told["att"]}
    assert found == pytest.approx(PUBLISHED, abs=5e-5)
    assert told["simple"]["effect"] == pytest.approx(-0.0400, abs=5e-5)
    assert told["simple"]["se"] == pytest.approx(0.0120, abs=5e-5)
    for name, (effect, error) in OVERALL.items():
        assert told["overall"][name]["effect"] == pytest.approx(effect, abs=5e-5)
        assert told["overall"][name]["se"] == pytest.approx(error, abs=3e-4)
    assert told["pretrend"]["p"] == pytest.approx(0.16812, abs=5e-6)
    assert {row["group"] for row in told["att"] if not row["pre"]} == {2004, 2006, 2007}
    assert told["placebo_p"] <= 0.01
    assert told["honest"]["breakdown"] == pytest.approx(0.62, abs=0.02)


def test_doubly_robust_in_population_as_published(employment):
    told = callaway_santanna_asked(employment, Ask(methods=(), covariates=("lpop",)))
    first = [row["effect"] for row in told["att"] if row["group"] == 2004]
    assert first == pytest.approx([-0.0145, -0.0764, -0.1404, -0.1069], abs=5e-5)
    assert told["simple"]["effect"] == pytest.approx(-0.0418, abs=5e-5)
    assert all(row["low"] < row["effect"] < row["high"] for row in told["calendar"])


@pytest.mark.parametrize("never", [True, False])
def test_cells_and_means_equal_diff_diff(never):
    panel = drawn()
    cells = cells_of(panel.outcome, panel.cohort, never=never)
    fit = fitted(panel, "never" if never else "notyet", 0, 0.95)
    theirs = {(int(g) - 1, int(t) - 1): row for (g, t), row in fit.group_time_effects.items()}
    for cell in cells:
        assert cell.effect == pytest.approx(theirs[cell.group, cell.time]["effect"], abs=1e-10)
        assert np.sqrt(np.sum(cell.influence**2)) == pytest.approx(theirs[cell.group, cell.time]["se"], abs=1e-10)
    mean = aggregate([cell for cell in cells if not cell.pre], panel.cohort)
    assert mean.effect == pytest.approx(fit.overall_att, abs=1e-10)
    assert mean.error() == pytest.approx(fit.overall_se, abs=1e-10)


@given(level=st.floats(-50, 50), shift=st.floats(-20, 20), scale=st.floats(0.1, 30))
def test_levels_change_nothing_effects_shift_it_units_scale_it(level, shift, scale):
    panel = drawn(effect=0.0)
    after = np.arange(6) >= panel.cohort[:, None]
    moved = panel.outcome * scale + level * np.arange(60)[:, None] + shift * after
    plain, turned = (
        aggregate([c for c in cells_of(y, panel.cohort) if not c.pre], panel.cohort) for y in (panel.outcome, moved)
    )
    assert turned.effect == pytest.approx(plain.effect * scale + shift, abs=1e-8 * (1 + abs(level)) * scale + 1e-8)


def test_order_of_units_changes_nothing_but_the_placebo_draw():
    panel, turn = drawn(), np.random.default_rng(1).permutation(60)
    names = tuple(np.array(panel.units)[turn])
    other = Staggered(names, panel.times, panel.outcome[turn], panel.cohort[turn], np.arange(60))
    a, b = callaway_santanna(panel), callaway_santanna(other)
    assert a["effect"] == pytest.approx(b["effect"])
    assert a["se"] == pytest.approx(b["se"])


def test_second_opinions_find_the_planted_effect():
    panel = drawn(effect=2.0)
    for told in (callaway_santanna(panel), sun_abraham(panel), imputation(panel), event_study(panel)):
        assert told["low"] < 2.0 < told["high"]
        assert told["excludes_zero"]
        assert told["placebo_p"] < 0.02


def test_nobody_never_treated_is_said_and_the_last_cohort_compares_only():
    panel = drawn()
    some = panel.cohort != NEVER
    outcome, cohort = panel.outcome[some], panel.cohort[some]
    told = callaway_santanna(Staggered(panel.units[:40], panel.times, outcome, cohort, np.arange(40)))
    assert told["control"] == "notyet"
    assert [row["group"] for row in told["group"]] == [3]
    assert any("No unit is never treated" in words for words in told["limits"])
    assert any("From 4 on everybody is treated" in words for words in told["limits"])
    with pytest.raises(InputError, match="never treated"):
        sun_abraham(Staggered(panel.units[:40], panel.times, outcome, cohort, np.arange(40)))


def test_a_unit_without_a_period_before_is_left_out_or_all_refused():
    panel = drawn()
    cohort = panel.cohort.copy()
    cohort[:5] = 0
    told = callaway_santanna(Staggered(panel.units, panel.times, panel.outcome, cohort, panel.clusters))
    assert told["n_units"] == 55
    assert any("treated from the first period on: 5 unit(s)" in words for words in told["limits"])
    early = np.where(panel.cohort == NEVER, NEVER, 0)
    with pytest.raises(InputError, match="treated from the first period on, so there is nothing before"):
        callaway_santanna(Staggered(panel.units, panel.times, panel.outcome, early, panel.clusters))
    nobody = np.full(60, NEVER)
    with pytest.raises(InputError, match="No unit starts"):
        callaway_santanna(Staggered(panel.units, panel.times, panel.outcome, nobody, panel.clusters))
    together = np.full(60, 3)
    with pytest.raises(InputError, match="start in the same period"):
        callaway_santanna(Staggered(panel.units, panel.times, panel.outcome, together, panel.clusters))


def test_one_treated_unit_has_every_placebo_and_an_interval_that_agrees_with_them():
    panel = drawn(effect=0.0)
    cohort = np.full(60, NEVER)
    cohort[0] = 3
    ready = prepared(
        Staggered(panel.units, panel.times, panel.outcome, cohort, panel.clusters), control="never", anticipation=0,
        level=0.95, seed=1,
    )  # fmt: skip
    assert ready.drawn == 59
    told = event_study(Staggered(panel.units, panel.times, panel.outcome, cohort, panel.clusters))
    assert told["smallest_p"] == pytest.approx(1 / 60)
    assert told["excludes_zero"] == (told["placebo_p"] < 0.05)


def test_too_few_placebos_give_no_interval():
    told = critical_value(0.95, 2, np.array([1.0, 2.0, 3.0]))
    assert told.row(1.0, 0.5) == {"effect": 1.0, "low": None, "high": None, "se": 0.5}
    assert "p from 0.25" in told.words


def test_clusters_widen_the_error_where_units_move_together():
    rng = np.random.default_rng(8)
    panel, together = drawn(effect=0.0), np.repeat(np.arange(30), 2)
    outcome = panel.outcome + np.cumsum(rng.normal(size=(30, 6)), axis=1)[together] * 3
    alone = callaway_santanna(Staggered(panel.units, panel.times, outcome, panel.cohort, np.arange(60)))
    joint = callaway_santanna(Staggered(panel.units, panel.times, outcome, panel.cohort, together))
    assert joint["effect"] == pytest.approx(alone["effect"])
    assert joint["se"] > 1.15 * alone["se"]


def write(path, rows, head="u,t,y,g"):
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return path


def test_never_is_read_however_it_is_written(tmp_path):
    rng, rows = np.random.default_rng(2), []
    for unit, first in enumerate(["2003", "2003.0", "2004", "0", "NA", "", "inf", "never", "2003", "2004"]):
        rows += [f"{unit},{year},{rng.normal():.4f},{first}" for year in range(2000, 2007)]
    panel = read_panel(write(tmp_path / "p.csv", rows), unit="u", time="t", outcome="y", group="g")
    told = callaway_santanna_asked(panel, Ask(methods=()))
    assert (told["n_treated"], told["n_never"]) == (5, 5)
    assert imputation_asked(panel, Ask(methods=()))["effect"] is not None


def test_gaps_leave_units_out_and_a_late_start_is_said(tmp_path):
    rng, rows = np.random.default_rng(2), []
    for unit in range(12):
        first = {0: 2030, 1: 2003, 2: 2003, 3: 2004}.get(unit, 0)
        rows += [f"{unit},{year},{rng.normal():.4f},{first}" for year in range(2000, 2007)]
    panel = read_panel(write(tmp_path / "p.csv", rows[:-1]), unit="u", time="t", outcome="y", group="g")
    told = callaway_santanna_asked(panel, Ask(methods=(), margin=100.0))
    assert told["n_units"] == 11
    assert any("period is missing: 1 of 12" in words for words in told["limits"])
    assert any("0 starts in 2030, after the last period" in words for words in told["limits"])


def test_two_way_fixed_effects_are_never_given_without_their_weights(employment):
    told = two_way_asked(employment, Ask(methods=()))
    assert told["low"] is None
    assert told["informative"] is False
    assert sum(told["weights"].values()) == pytest.approx(1.0)
    assert told["effect"] == pytest.approx(-0.0365, abs=5e-5)
    assert told["weights"]["later with already treated"] == pytest.approx(0.0539, abs=5e-5)
    assert "already treated" in told["why_not"]


def test_a_mark_of_treated_units_is_not_a_first_period(tmp_path):
    rows = [f"{unit},{year},{unit + year}.5,{int(unit < 3)}" for unit in range(8) for year in range(2000, 2006)]
    panel = read_panel(write(tmp_path / "p.csv", rows), unit="u", time="t", outcome="y", group="g")
    with pytest.raises(InputError, match="holds '1' only"):
        callaway_santanna_asked(panel, Ask(methods=()))
