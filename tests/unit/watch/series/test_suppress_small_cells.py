"""Small cells are withheld, and nothing that is shown gives one away."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.core.errors import EngineError
from counterflow.watch.grid import KEY, Grid
from counterflow.watch.series.coarser import to_grain
from counterflow.watch.series.shown import _told_by_periods as told_by_periods
from counterflow.watch.series.suppress import (
    audit,
    checked,
    is_small,
    sums_tell,
    table_sums,
    withhold,
    withhold_grid,
)

K = 10


def with_margins(counts):
    table = np.zeros((len(counts) + 1, len(counts[0]) + 1))
    table[:-1, :-1] = counts
    table[:-1, -1], table[-1, :-1], table[-1, -1] = table[:-1, :-1].sum(1), table[:-1, :-1].sum(0), np.sum(counts)
    return table


def test_one_small_cell_takes_three_others_with_it():
    table = with_margins([[3, 40, 50], [60, 70, 80], [90, 20, 30]])
    mask = withhold(table, table_sums(4, 4), K).reshape(4, 4)
    assert mask[0, 0]
    assert mask.sum() == 4
    assert (mask.sum(0)[mask.any(0)] == 2).all()
    assert (mask.sum(1)[mask.any(1)] == 2).all()


def test_leaving_out_only_the_small_cell_gives_it_away():
    table = with_margins([[3, 40], [60, 70]])
    found = audit(table, is_small(table, K), table_sums(3, 3), K)
    assert (found.low.tolist(), found.high.tolist(), found.given_away.tolist()) == ([3], [3], [0])
    with pytest.raises(EngineError, match="could be derived"):
        checked(table, is_small(table, K), table_sums(3, 3), K)


def test_two_small_cells_whose_sum_is_small_take_a_third():
    counts, sums = [1, 2, 40, 43], [(3, (0, 1, 2))]
    assert withhold(counts, sums, K).tolist() == [True, True, True, False]


@settings(max_examples=4)
@given(st.integers(1, 3), st.integers(1, 3), st.data())
def test_no_table_gives_a_small_cell_away(rows, columns, data):
    cells = st.integers(0, 12) | st.integers(0, 300)
    table = with_margins([[data.draw(cells) for _ in range(columns)] for _ in range(rows)])
    sums = table_sums(rows + 1, columns + 1)
    mask = withhold(table, sums, K)
    assert mask[is_small(table, K).ravel()].all()
    assert not len(audit(table, mask, sums, K).given_away)
    assert np.array_equal(mask, withhold(table, sums, K))


def test_parts_and_wholes_of_a_grid(tmp_path):
    places = ["A", "B", "C", "ALL"]
    made = [dict.fromkeys(KEY.names, "x") | {"series": place, "place": place} for place in places]
    counts = np.array([[3, 20, 0], [40, 30, 0], [50, np.nan, 12], [93, 90, 12]], float)
    starts = np.array(["2024-01-01", "2024-01-08", "2024-01-15"], "datetime64[D]")
    grid = Grid(pa.Table.from_pylist(made, schema=KEY), "week", starts, np.arange(3), counts)
    hidden, mask = withhold_grid(grid, K, dict.fromkeys("ABC", "ALL"))
    assert mask[:, 0].tolist() == [True, True, False, False]
    assert not mask[:, 1:].any()
    assert np.isnan(hidden.counts[mask]).all()
    alone, own = withhold_grid(grid, K)
    assert own.sum() == 1
    assert alone.counts[3, 0] == 93


def test_a_year_less_its_quarters_does_not_tell_a_month():
    """Two hidden months of ten together may stand in a quarter; the year less the quarters shown is the third."""
    key = pa.Table.from_pylist([dict.fromkeys(KEY.names, "x")], schema=KEY)
    starts = np.arange("2024-01", "2025-01", dtype="datetime64[M]").astype("datetime64[D]")
    counts = np.array([[4, 6, 40, 5, 30, 30, 20, 20, 20, 20, 20, 20.0]])
    fine = Grid(key, "month", starts, np.arange(12), counts)
    mask = withhold_grid(fine, K)[1]
    told = [
        told_by_periods(fine, mask, to_grain(fine, grain), K, "iso", {})[0].tolist() for grain in ("quarter", "year")
    ]
    assert told == [[False, True, False, False], [True]]


def test_a_sum_is_held_to_both_ends_of_what_a_small_cell_may_be():
    for counts, tells in (([9, 9], True), ([1, 8], True), ([2, 8], False), ([9, 9, 9], True), ([2, 4, 4], True),
                          ([5, 5, 5], False), ([3, 20], False)):  # fmt: skip
        assert bool(sums_tell(counts, [True] * len(counts), K)) is tells, counts


def test_ten_hidden_ones_are_not_told_by_a_total_of_ten():
    """Zeros are shown, so ten withheld cells of ten together would be one each."""
    counts = [1.0] * 10 + [0.0, 10.0]
    mask = withhold(counts, [(11, tuple(range(11)))], K)
    assert mask[:10].all()
    assert mask[10] or mask[11]
    assert bool(sums_tell(counts[:10], [True] * 10, K))


def test_a_week_from_sunday_less_the_one_from_monday_does_not_tell_a_sunday():
    key = pa.Table.from_pylist([dict.fromkeys(KEY.names, "x")], schema=KEY)
    starts = np.arange("2024-01-01", "2024-01-29", dtype="datetime64[D]")
    counts = np.full((1, 28), 30.0)
    counts[0, [6, 8, 9]] = [7, 4, 6]  # a Sunday, and the Tuesday and Wednesday after it
    fine = Grid(key, "day", starts, np.arange(28), counts)
    mask = withhold_grid(fine, K)[1]
    told = {}
    for week in ("iso", "mmwr"):
        sums = to_grain(fine, "week", week=week)
        rows = told_by_periods(fine, mask, sums, K, week, {})[0]
        told[week] = sums.starts[rows].astype(str).tolist()
    assert told == {"iso": ["2024-01-01"], "mmwr": ["2024-01-07"]}
