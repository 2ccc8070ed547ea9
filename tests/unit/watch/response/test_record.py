"""Alarms on record: once each, the same id for the same thing, taken back when later counts say so."""

import datetime as dt
import json

import numpy as np
from tests.unit.watch.response.made import HOW, grid, judge, quiet, raise_one

from counterflow.watch.response import record
from counterflow.watch.response.told import acts_of, stands


def test_the_same_counts_again_change_nothing(site):
    first = raise_one(site)
    counts = quiet()
    counts[0, -1] = 44
    given = grid(counts)
    again = record(site, given, judge(given), HOW)
    assert (again.new, again.held, again.corrected) == ((), (first,), ())
    assert site.store.rows("SELECT count(*) AS n FROM watch_alarm") == [{"n": 1}]


def test_it_keeps_what_the_method_saw_and_the_like_places(site):
    alarm = raise_one(site)
    row = site.store.rows("SELECT * FROM watch_alarm WHERE alarm = ?", [alarm])[0]
    assert (row["observed"], row["expected"], row["upper"]) == (44.0, 20.0, 30.0)
    assert row["starts"] == dt.date(2026, 11, 16)
    assert row["baseline_from"] == 27
    parts = site.store.rows("SELECT part, count(*) AS n FROM watch_seen GROUP BY part ORDER BY part")
    assert parts == [{"part": "own", "n": 80}, {"part": "sibling", "n": 3}]


def test_a_later_count_takes_it_back_and_a_still_later_one_raises_it_again(site, clock):
    alarm = raise_one(site)
    signal = alarm.split(".")[0]
    counts, day = quiet(), dt.date(2026, 11, 30)
    clock.add(days=7)
    lower = grid(counts, as_of=day)
    assert record(site, lower, judge(lower), HOW).corrected == (alarm,)
    assert not stands(acts_of(site.store, signal))
    assert record(site, lower, judge(lower), HOW).corrected == ()
    clock.add(days=1)
    counts[0, -1] = 41
    higher = grid(counts, as_of=dt.date(2026, 12, 1))
    assert len(record(site, higher, judge(higher), HOW).new) == 1
    assert stands(acts_of(site.store, signal))
    newest = site.store.rows("SELECT supersedes FROM watch_alarm WHERE observed = 41")[0]
    assert newest["supersedes"] == alarm


def test_what_was_known_before_takes_nothing_back(site):
    raise_one(site)
    older = grid(quiet(), as_of=dt.date(2026, 11, 20))
    assert record(site, older, judge(older), HOW).corrected == ()


def test_another_threshold_on_the_same_counts_takes_nothing_back(site):
    raise_one(site)
    counts = quiet()
    counts[0, -1] = 44
    given = grid(counts, as_of=dt.date(2026, 11, 30))
    assert record(site, given, judge(given, limit=50.0), HOW).corrected == ()


def test_a_count_that_is_withdrawn_is_told_as_not_judged(site):
    alarm = raise_one(site)
    counts = quiet()
    counts[0, -1] = np.nan
    gone = grid(counts, as_of=dt.date(2026, 11, 30))
    assert record(site, gone, judge(gone), HOW).corrected == (alarm,)
    assert "cannot be judged" in acts_of(site.store, alarm.split(".")[0])[-1]["words"]


def test_the_ledger_holds_ids_and_neither_counts_nor_places(site):
    alarm = raise_one(site, count=4.0, limit=3.5)
    said = json.dumps(site.said())
    assert alarm in said
    assert "County" not in said
    assert "4.0" not in said


def test_an_id_without_the_key_does_not_tell_the_count(site):
    # the part before the dot does not depend on the count, the part after it on a key that stays here
    ids = [raise_one(site, count=float(count), limit=3.5, as_of=dt.date(2026, 11, count)) for count in (6, 7)]
    assert ids[0].split(".")[0] == ids[1].split(".")[0]
    assert ids[0] != ids[1]


def test_a_change_of_panel_within_the_baseline_is_said(site):
    import pyarrow as pa

    row = {"source": "state", "place": "*", "measure": "ems-naloxone", "subject": "*", "change": "coverage",
           "from_day": dt.date(2026, 6, 1), "said": "two more services report", "first_seen": site.clock()}  # fmt: skip
    site.store.append("panel", pa.Table.from_pylist([row]))
    alarm = raise_one(site)
    stored = site.store.rows("SELECT panel_changed, panel_said FROM watch_alarm WHERE alarm = ?", [alarm])[0]
    assert stored["panel_changed"]
    assert "two more services report" in stored["panel_said"]
