"""Series from Python: arrays and Arrow tables, and back."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from counterflow.core.errors import InputError
from counterflow.watch.series.arrays import from_arrays, from_table, to_table
from counterflow.watch.series.coarser import to_grain, within_places
from counterflow.watch.series.periods import between, ends_of, grain_of, index_of, starts_of, weeks_in


def test_a_grid_goes_out_as_a_table_and_comes_back():
    starts = between(np.datetime64("2020-12-21"), np.datetime64("2021-01-11"), "week")
    grid = from_arrays([[1, np.nan, 3, 0], [4, 5, 6, 7]], ["b", "a"], starts=starts)
    back = from_table(to_table(grid), period="starts")
    assert back.names == ["b", "a"]
    assert np.array_equal(back.counts, grid.counts, equal_nan=True)
    assert (back.grain, back.starts.tolist()) == ("week", starts.tolist())
    assert back.key.equals(grid.key)


@pytest.mark.parametrize("count", [-1.0, 1.5, np.inf])
def test_what_is_no_count_is_refused(count):
    with pytest.raises(InputError, match="no count"):
        from_arrays([1.0, count])


def test_a_period_twice_and_a_column_missing():
    table = pa.table({"series": ["a", "a"], "t": [1, 1], "y": [1, 2]})
    with pytest.raises(InputError, match="twice"):
        from_table(table)
    with pytest.raises(InputError, match="missing"):
        from_table(table, count="n")


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "year"])
@pytest.mark.parametrize("week", ["iso", "mmwr"])
def test_periods_follow_each_other(grain, week):
    days = np.arange("2014-12-20", "2027-01-20", dtype="datetime64[D]")
    starts = starts_of(days, grain, week=week)
    assert ((starts <= days) & (days <= ends_of(starts, grain))).all()
    firsts = np.unique(starts)
    assert (ends_of(firsts[:-1], grain) + np.timedelta64(1, "D") == firsts[1:]).all()
    assert (between(firsts[0], firsts[-1], grain) == firsts).all()
    assert (np.diff(index_of(firsts, grain)) == 1).all()
    assert grain_of(firsts) == grain


def test_iso_weeks_are_those_of_the_calendar():
    for year in range(2000, 2040):
        assert weeks_in([year])[0] == dt.date(year, 12, 28).isocalendar().week
    assert weeks_in([2014, 2015, 2020], week="mmwr").tolist() == [53, 52, 53]


def test_an_unknown_part_makes_the_whole_unknown():
    starts = np.arange("2024-01", "2024-07", dtype="datetime64[M]").astype("datetime64[D]")
    grid = from_arrays([[1, 2, 3, 4, np.nan, 6], [1, 1, 1, 1, 1, 1]], ["a", "b"], starts=starts, grain="month")
    own = grid.key.set_column(grid.key.column_names.index("place"), "place", pa.array(["a", "b"]))
    grid = type(grid)(own, grid.grain, grid.starts, grid.t, grid.counts)
    assert np.array_equal(to_grain(grid, "quarter").counts, [[6, np.nan], [3, 3]], equal_nan=True)
    whole = within_places(grid, {"a": "all", "b": "all"})
    assert np.array_equal(whole.counts, [[2, 3, 4, 5, np.nan, 7]], equal_nan=True)
