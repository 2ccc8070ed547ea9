"""What methods do with hard series, and what must never change a verdict."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.watch.alarms.conftest import grid_of

from counterflow.core.errors import UnknownName, UsageError
from counterflow.core.seeds import generator
from counterflow.watch.alarms.methods import METHODS, first_judged, judge
from counterflow.watch.alarms.tails import upper_quantile

FAST = ["bayes", "cusum-rossi", "ears-c1", "ears-c2", "ears-c3", "farrington", "farrington-flexible", "shewhart"]


def poisson(mean: float, n: int, seed: int = 1) -> np.ndarray:
    return generator(seed, "watch-alarms-test").poisson(mean, n).astype(float)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_hard_series_are_judged_or_left_out_but_never_crash(name: str) -> None:
    gaps = poisson(4, 300)
    gaps[generator(2, "gaps").integers(0, 300, 60)] = np.nan
    series = [np.zeros(300), np.full(300, 7.0), gaps, poisson(3, 104), [np.nan] * 5, [2.0], poisson(1e6, 300)]
    found = judge(grid_of(*series), name)
    judged = found.alarm >= 0
    assert not judged[3:6, 120:].any()
    assert not judged[np.isnan(grid_of(*series).counts)].any()
    assert np.isin(found.alarm, (-1, 0, 1)).all()
    assert not (found.alarm[:2] == 1).any()
    given_bounds = ~np.isnan(found.upper) & judged
    assert np.isfinite(found.upper[given_bounds]).all()


@pytest.mark.parametrize("name", FAST)
def test_series_put_together_or_apart_give_the_same(name: str) -> None:
    series = [poisson(mean, 300, seed) for seed, mean in enumerate((0.3, 2, 9, 40))]
    together = judge(grid_of(*series), name)
    for at, alone in enumerate(series):
        apart = judge(grid_of(alone), name)
        for column in ("alarm", "upper", "expected", "score"):
            np.testing.assert_array_equal(getattr(together, column)[at], getattr(apart, column)[0])


@pytest.mark.parametrize("name", FAST)
def test_nothing_after_a_week_changes_its_verdict(name: str) -> None:
    counts = poisson(5, 320)
    changed = counts.copy()
    changed[300:] += 50
    before, after = judge(grid_of(counts), name), judge(grid_of(changed), name)
    np.testing.assert_array_equal(before.alarm[0, :300], after.alarm[0, :300])
    np.testing.assert_array_equal(before.upper[0, :300], after.upper[0, :300])


@pytest.mark.parametrize("name", [*FAST, "glrnb"])
def test_an_outbreak_is_seen(name: str) -> None:
    counts = poisson(5, 300)
    counts[290:293] = 30
    assert (judge(grid_of(counts), name).alarm[0, 290:293] == 1).any()


def test_r_says_the_same_of_made_up_series() -> None:
    """Typed from R 4.2.2, surveillance 1.20.3, on 7 in each of 300 weeks and on 0, 1, 2 … 299."""
    sevens, stairs = np.full(300, 7.0), np.arange(300.0)
    found = judge(grid_of(sevens, stairs), "farrington", at=[186, 187])
    np.testing.assert_allclose(found.upper[1, 186:188], [157.799398642059, 158.64628351666], rtol=1e-9)
    np.testing.assert_allclose(found.expected[1, 186:188], [78.2256020000443, 79.1974135549797], rtol=1e-9)
    assert judge(grid_of(sevens), "ears-c1").upper[0, 9] == 7


def test_a_mean_of_zero_gives_no_verdict_of_the_cusum_and_an_unvarying_baseline_none_of_c3() -> None:
    late = np.concatenate([np.zeros(250), poisson(5, 50)])
    assert (judge(grid_of(late), "cusum-rossi").alarm == -1).all()
    assert (judge(grid_of(np.full(300, 4.0)), "ears-c3").alarm == -1).all()


def test_safe_search_sees_the_jump_that_the_other_misses() -> None:
    counts = np.concatenate([np.tile([1.0, 0, 2, 1, 3, 0], 40), [60.0]])
    assert judge(grid_of(counts), "glrnb", search="safe").alarm[0, -1] == 1


def test_papers_c3_takes_the_week_itself_into_account() -> None:
    counts = np.tile([2.0, 3, 1, 2, 4], 6)
    counts[-1] = 20
    assert judge(grid_of(counts), "ears-c3").alarm[0, -1] == 0
    assert judge(grid_of(counts), "ears-c3", form="paper").alarm[0, -1] == 1


def test_settings_are_checked_and_used() -> None:
    grid = grid_of(poisson(4, 417))
    assert first_judged(grid, "farrington-flexible").tolist() == [186]
    assert first_judged(grid, "farrington-flexible", b="5").tolist() == [290]
    assert first_judged(grid, "cusum-rossi", start=313).tolist() == [312]
    with pytest.raises(UsageError, match="no setting 'c'"):
        judge(grid, "farrington", c=3)
    with pytest.raises(UsageError, match="whole number"):
        judge(grid, "farrington", w="2.5")
    with pytest.raises(UsageError, match="alpha"):
        judge(grid, "ears-c1", alpha="2")
    with pytest.raises(UnknownName, match="farington"):
        judge(grid, "farington")


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-6, 3000), st.floats(1, 60), st.sampled_from([0.2, 0.05, 0.01, 0.001]))
def test_quantiles_leave_at_most_alpha_above(m: float, phi: float, alpha: float) -> None:
    from scipy import stats

    size = m / (phi - 1) if phi > 1 + 1e-9 else None
    found = upper_quantile(m, phi, alpha)
    above = stats.poisson.sf(found, m) if size is None else stats.nbinom.sf(found, size, 1 / phi)
    before = (
        1.0
        if found == 0
        else stats.poisson.sf(found - 1, m)
        if size is None
        else stats.nbinom.sf(found - 1, size, 1 / phi)
    )
    assert above <= alpha * (1 + 1e-6)
    assert before > alpha * (1 - 1e-6)
