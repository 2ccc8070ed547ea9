"""Stored counts as streams: the newest word as of the day, the panel, and who may see which place."""

import datetime as dt

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from counterflow.core.errors import UsageError
from counterflow.core.tables.watch_counts import PANEL, SERIES_COUNT
from counterflow.flow.watch_gaps import seen_in_counts
from counterflow.reference.registry import load_registry
from counterflow.watch.emergence.stored import stored_streams

NOW = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def cell(
    year, count, *, subject="fentanyl", place="N", level="county", as_of=None, measure="lab-reports", grain="year"
):
    """Return one stored count of a year."""
    return {
        "source": "lab", "place": place, "level": level, "measure": measure, "subject": subject, "definition": "",
        "grain": grain, "starts": dt.date(year, 1, 1), "ends": dt.date(year, 12, 31), "count": count,
        "suppressed": count is None, "looked_for": True, "as_of": as_of or dt.date(year + 1, 2, 1), "first_seen": NOW,
        "batch": "b",
    }  # fmt: skip


class Kept:
    """What stands in a store, asked by its own SQL."""

    def __init__(self, cells, panel=()):
        self.counts = pa.Table.from_pylist(list(cells), schema=SERIES_COUNT)
        self.panel = pa.Table.from_pylist(list(panel), schema=PANEL)

    def rows(self, sql, parameters=()):
        with duckdb.connect() as connection:
            connection.register("series_count", self.counts)
            connection.register("panel", self.panel)
            return connection.sql(sql, params=list(parameters)).to_arrow_table().to_pylist()


def test_the_newest_word_as_of_the_day_counts_and_the_panel_is_kept_to():
    added = {
        "source": "lab", "place": "*", "measure": "*", "subject": "fentanyl", "from_day": dt.date(2019, 1, 1),
        "change": "added", "said": "column", "first_seen": NOW, "batch": "b",
    }  # fmt: skip
    late = cell(2019, 9.0, as_of=dt.date(2022, 1, 1))
    cells = [
        cell(2018, 0.0),
        cell(2019, 4.0),
        late,
        cell(2020, 5.0),
        *(cell(y, 50.0, subject="all") for y in (2018, 2019, 2020)),
    ]
    kept = Kept(cells, [added])
    then, now = (stored_streams(kept, as_of=dt.date(year, 6, 1)) for year in (2021, 2023))
    assert (then.found[0, 1], now.found[0, 1]) == (4, 9)
    assert then.look.tolist() == [[False, True, True]]
    assert then.tested[0].tolist() == [50, 50, 50]


def test_a_suppressed_count_is_not_known_and_days_beside_years_are_not_counted_twice():
    streams = stored_streams(Kept([cell(2018, 3.0), cell(2019, None), cell(2020, 4.0)]), as_of=dt.date(2022, 1, 1))
    assert np.isnan(streams.found[0, 1])
    both = Kept([cell(2018, 3.0), cell(2018, 3.0, grain="day"), cell(2019, 1.0), cell(2019, 1.0, grain="day")])
    assert stored_streams(both, as_of=dt.date(2022, 1, 1)).found.tolist() == [[3, 1]]


def test_places_that_may_not_be_seen_are_left_out():
    kept = Kept([cell(2018, 3.0), cell(2019, 5.0, place="clinic", level="site", measure="deaths")])
    seen = stored_streams(
        kept,
        as_of=dt.date(2022, 1, 1),
        allowed=lambda keys: ([p == "N" for p in keys["place"].to_pylist()], keys["place"].to_pylist()),
    )
    assert seen.key["place"].to_pylist() == ["N"]
    with pytest.raises(UsageError, match="No counts"):
        stored_streams(kept, as_of=dt.date(2022, 1, 1), allowed=lambda keys: ([False] * len(keys), [""] * len(keys)))


def test_what_laboratories_found_is_seen_for_the_list_of_gaps():
    kept = Kept(
        [
            cell(2018, 3.0, subject="Metonitazene"),
            cell(2019, 2.0, subject="zombifen"),
            cell(2019, 40.0, subject="all"),
            cell(2019, 5.0, measure="deaths"),
        ]
    )
    seen = {one.name: (one.substance, one.count) for one in seen_in_counts(kept, load_registry())}
    assert seen == {"Metonitazene": ("metonitazene", 3), "zombifen": ("", 2)}
