"""Reading findings and panels: what was looked for when, what a share is of, which rows are refused."""

import numpy as np
import pyarrow as pa
import pytest

from counterflow.core.errors import InputError, UsageError
from counterflow.watch.emergence.periods import day_of
from counterflow.watch.emergence.read import read_panel, read_streams
from counterflow.watch.emergence.streams import BASES, DENOMINATORS


def table(*rows, columns=("period", "place", "subject", "count", "tested")):
    return pa.table({name: [row[at] for row in rows] for at, name in enumerate(columns)})


def panel(*rows):
    return read_panel(table(*rows, columns=("from_day", "change", "subject")))


@pytest.mark.parametrize(
    ("written", "first"),
    [("2019", "2019-01-01"), ("2019-Q4", "2019-10-01"), ("2019-7", "2019-07-01"), ("2020-W53", "2020-12-28")],
)
def test_periods_as_people_write_them(written, first):
    assert str(day_of(written)[0]) == first


@pytest.mark.parametrize("written", ["", "2019-13", "2019-Q5", "2019-W54", "2019-02-30", "last year"])
def test_what_is_no_period(written):
    assert day_of(written) is None


def test_every_row_is_taken_or_refused_with_its_line():
    taken = read_streams(
        table(
            ("2019", "N", "a", "1", "10"),
            ("2019", "N", "a", "1", "10"),
            ("2020", "N", "a", "-1", "10"),
            ("2020", "N", "a", "1.5", "10"),
            ("2020", "N", "a", "11", "10"),
            ("soon", "N", "a", "1", "10"),
            ("2020", "N", "", "1", "10"),
            ("2020", "N", "b", "", "10"),
            ("2021", "N", "a", "0", "10"),
        )
    )
    assert taken.accepted == 2
    assert [why.split(":")[0] for why in taken.refused] == [f"line {n}" for n in (3, 4, 5, 6, 7, 8, 9)]
    assert "9 rows read, 2 taken, 7 refused" in taken.in_words()


def test_nothing_taken_is_an_error_and_a_finer_grain_too():
    with pytest.raises(InputError, match="No row"):
        read_streams(table(("soon", "N", "a", "1", "10")))
    with pytest.raises(InputError, match="no findings"):
        read_streams(table(("2019", "N", "all", "10", "")))
    with pytest.raises(UsageError, match="cannot be told by month"):
        read_streams(table(("2019", "N", "a", "1", "10")), grain="month")


def test_without_a_word_looking_begins_with_the_first_finding():
    rows = [(f"20{y}", "N", "a", c) for y, c in ((15, "0"), (16, "0"), (17, "3"), (18, "0"))]
    streams = read_streams(table(*rows, columns=("period", "place", "subject", "count"))).streams
    assert streams.look.tolist() == [[False, False, True, True]]
    assert BASES[streams.basis[0]] == "never-said"
    assert DENOMINATORS[streams.denominator[0]] == "none"


def test_the_panel_goes_before_the_rows_and_the_subject_before_the_star():
    rows = [(str(y), "N", s, "1", "10") for y in range(2015, 2020) for s in "ab"]
    changes = panel(("2010-01-01", "added", "*"), ("2017-01-01", "added", "a"), ("2019-01-01", "dropped", "a"))
    streams = read_streams(table(*rows), changes).streams
    assert streams.look.tolist() == [[False, False, True, True, False], [True] * 5]
    assert np.isnan(streams.found[0, [0, 1, 4]]).all()
    assert streams.restart[0, 2]


def test_a_panel_that_starts_after_the_file_ends_looks_at_nothing():
    rows = [(str(y), "N", "a", "0", "10") for y in range(2015, 2018)]
    streams = read_streams(table(*rows), panel(("2020-01-01", "added", "a"))).streams
    assert not streams.look.any()


def test_where_a_counter_reports_all_it_finds_silence_is_a_zero():
    rows = [("2015", "N", "a", "5"), ("2016", "N", "a", "5"), ("2016", "N", "b", "2"), ("2017", "N", "a", "6")]
    listed = table(*rows, columns=("period", "place", "subject", "count"))
    streams = read_streams(listed, panel(("2015-01-01", "added", "*"))).streams
    assert streams.found[1].tolist() == [0, 2, 0]
    assert streams.tested[1].tolist() == [5, 7, 6]


def test_a_subject_all_gives_the_number_tested():
    rows = [(str(y), "N", s, c, "") for y in (2018, 2019) for s, c in (("all", "50"), ("a", "2"))]
    streams = read_streams(table(*rows)).streams
    assert streams.tested.tolist() == [[50, 50]]


def test_a_changed_definition_begins_anew():
    rows = [(str(y), "N", "a", "1", "10", "v1" if y < 2018 else "v2") for y in range(2016, 2020)]
    columns = ("period", "place", "subject", "count", "tested", "definition")
    assert read_streams(table(*rows, columns=columns)).streams.restart.tolist() == [[False, False, True, False]]


@pytest.mark.parametrize("row", [("soon", "added", "a"), ("2019-01-01", "adde", "a")])
def test_a_panel_row_that_cannot_be_read_stops_the_work(row):
    with pytest.raises(InputError):
        panel(row)
