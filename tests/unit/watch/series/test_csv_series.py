"""The contract CSV: what is read, what is told, and where the reading stops."""

import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.core.errors import InputError
from counterflow.watch.series.csv_series import read_series

HEAD = "series,t,year,week,y\n"


@pytest.fixture
def read(tmp_path):
    def from_text(text):
        path, told = tmp_path / "s.csv", []
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_series(path, tell=told.append), told

    return from_text


def test_long_series_that_begin_and_end_apart_are_unknown_outside(read):
    grid, told = read(HEAD + "a,1,2020,1,5\na,2,2020,2,0\nb,2,2020,2,7\nb,3,2020,3,\n")
    assert grid.names == ["a", "b"]
    assert grid.t.tolist() == [1, 2, 3]
    assert np.array_equal(grid.counts, [[5, 0, np.nan], [np.nan, 7, np.nan]], equal_nan=True)
    assert grid.grain == "week"
    assert np.isnat(grid.starts).all()
    assert any("begin later or end earlier" in words for words in told)


def test_missing_weeks_are_told_and_never_zero(read):
    grid, told = read(HEAD + "a,1,2020,1,5\na,4,2020,4,6\n")
    assert np.isnan(grid.counts[0, 1:3]).all()
    assert any("2 periods are missing" in words for words in told)


def test_weeks_that_t_passes_over_are_told(read):
    _, told = read(HEAD + "a,1,2020,1,5\na,2,2020,4,6\n")
    assert any("weeks are missing that t does not count" in words for words in told)


def test_week_53_is_read_by_t_and_told(read):
    grid, told = read(HEAD + "a,1,2020,52,5\na,2,2020,53,6\na,3,2021,1,7\na,4,2021,53,1\n")
    assert grid.counts.tolist() == [[5, 6, 7, 1]]
    assert any("2 rows are of a week 53, 1 of them in years that have none" in words for words in told)


def test_wide_with_days_and_what_the_columns_hold(read):
    grid, told = read("week;x;ü\n2020-01-06;1;2\n2020-01-20;3;0\n")
    assert grid.names == ["x", "ü"]
    assert grid.starts.astype(str).tolist() == ["2020-01-06", "2020-01-13", "2020-01-20"]
    assert np.isnan(grid.counts[:, 1]).all()
    assert len(told) == 1


def test_months_are_recognised(read):
    grid, _ = read("series,starts,y\na,2020-01-01,3\na,2020-03-01,4\n")
    assert (grid.grain, grid.counts.shape) == ("month", (1, 3))


def test_place_and_measure_are_kept_as_the_key(read):
    grid, _ = read("series,t,y,place,measure\na,1,3,X,deaths\n")
    row = grid.key.to_pylist()[0]
    assert (row["place"], row["measure"], row["source"]) == ("X", "deaths", "s.csv")
    assert read("series,t,y,source\na,1,3,ED\n")[0].key.column("source").to_pylist() == ["ED"]


def test_packed_is_recognised_by_its_bytes(read):
    grid, _ = read(gzip.compress((HEAD + "a,1,2020,1,5\n").encode()))
    assert grid.counts.tolist() == [[5]]


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        (HEAD + "a,1,2020,1,1\na,2,2020,2,-3\n", 3, "y", "never negative"),
        (HEAD + "a,1,2020,1,1\n\na,2,2020,2,1.5\n", 4, "y", "whole"),
        (HEAD + "a,1,2020,1,many\n", 2, "y", "no number"),
        (HEAD + "a,1,2020,1,<10\n", 2, "y", "withheld"),
        (HEAD + "a,1,2020,1,inf\n", 2, "y", "no count"),
        (HEAD + "a,1,2020,1,1\na,1,2020,2,3\n", 3, "t", "twice"),
        (HEAD + "a,1.5,2020,1,1\n", 2, "t", "whole number"),
        (HEAD + "a,1,2020,54,1\n", 2, "week", "1 to 53"),
        (HEAD + ",1,2020,1,1\n", 2, "series", "names no series"),
        (HEAD + "a,1,2020,1\n", 2, None, "4 fields"),
        (HEAD, 2, None, "no row"),
        ("serie,t,year,week,y\na,1,2020,1,1\n", 1, "series", "'serie'"),
        ("series,t,year,week\na,1,2020,1\n", 1, "y", "missing"),
        ("series,t,year,y\na,1,2020,1\n", 1, "week", "missing"),
        ("series,year,week,y\na,2021,53,1\n", 2, "week", "no week 53"),
        ("series,t,y,place\na,1,2,X\na,2,2,Y\n", 3, "place", "changes on the way"),
        ("series,t,t,y\na,1,1,2\n", 1, "t", "twice"),
        ("t,x\n1,2\n1,3\n", 3, "t", "twice"),
        ("t,x\n1,2\n2,-3\n", 3, "x", "never negative"),
        ("starts,x\n2020-13-01,2\n", 2, "starts", "no day"),
        (HEAD + "a,1,2020,1,1\na,20200101,2020,2,1\n", None, "t", "nearly all of it empty"),
        (b"series,t,y\na,1,1\nb\xff,1,2\n", 3, None, "UTF-8"),
        ("", 1, None, "no header"),
    ],
    ids=lambda value: str(value)[:12] if isinstance(value, str) else None,
)  # fmt: skip
def test_what_is_no_series_of_counts_stops_at_its_place(read, text, line, column, said):
    with pytest.raises(InputError) as error:
        read(text)
    assert (error.value.line, error.value.column) == (line, column)
    assert said in str(error.value)


def test_no_such_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_series(tmp_path / "none.csv")


@settings(max_examples=12)
@given(st.data())
def test_what_is_written_is_what_is_read(tmp_path_factory, data):
    names = data.draw(st.lists(st.text("abcÜ ._-", min_size=1, max_size=6).map(str.strip).filter(bool), min_size=1,
                               max_size=4, unique=True))  # fmt: skip
    counts = {(name, t): data.draw(st.integers(0, 10**7) | st.none()) for name in names for t in range(-2, 4)}
    rows = data.draw(st.permutations(sorted(counts, key=str)))
    path = tmp_path_factory.mktemp("s") / "s.csv"
    text = "".join(f'"{name}",{t},{"" if counts[name, t] is None else counts[name, t]}\n' for name, t in rows)
    path.write_text("series,t,y\n" + text, "utf-8")
    grid = read_series(path)
    assert set(grid.names) == set(names)
    for row, name in enumerate(grid.names):
        read_back = [None if np.isnan(value) else int(value) for value in grid.counts[row]]
        assert read_back == [counts[name, t] for t in range(-2, 4)]


def test_real_series_are_read_whole(shared_data):
    told = []
    grid = read_series(shared_data / "watch" / "r_series.csv.gz", tell=told.append)
    assert grid.counts.shape == (11, 574)
    assert int(np.isfinite(grid.counts).sum()) == 312 + 528 + 295 + 6 * 574 + 2 * 417
    cook = read_series(shared_data / "watch" / "cook_weekly_by_area_2015_2019.csv.gz")
    assert (cook.counts.shape, str(cook.starts[0]), cook.grain) == ((78, 261), "2015-01-05", "week")
