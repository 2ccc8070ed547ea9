"""Counts of harm: what is taken, what is refused, and that no small number is kept."""

import json

import pytest

from counterflow.core.errors import InputError
from counterflow.target.severity.counts import load_counts

HEAD = "place,starts,ends,outcome,count,low,high,suppressed,substance,form,route,source,as_of\n"
GOOD = "X,2025-01-01,2025-12-31,death,{count},{low},{high},{suppressed},fentanyl,powder,mail,Coroner,2026-02-01\n"
EXPOSURE = "starts,ends,unit,amount,low,high,substance,source,as_of\n"


def row(count="", low="", high="", suppressed=""):
    return GOOD.format(count=count, low=low, high=high, suppressed=suppressed)


def test_counts_ranges_and_suppressed_cells_are_taken(world):
    receipt = load_counts(world, world.file(HEAD + row(40) + row(low=20, high=60) + row(suppressed="yes") + row(0)))
    assert (receipt.table, receipt.accepted, receipt.rejected, receipt.suppressed) == ("harm_count", 4, 0, 1)
    kept = world.store.rows("SELECT * FROM harm_count ORDER BY coalesce(count, -1), low")
    assert [(r["count"], r["low"], r["high"]) for r in kept] == [
        (None, 1.0, 9.0), (None, 20.0, 60.0), (0, None, None), (40, None, None),
    ]  # fmt: skip
    assert all(r["harm_class"] == "drug" for r in kept)


@pytest.mark.parametrize("count", [1, 5, 9])
def test_a_small_number_is_refused_and_kept_nowhere(world, count):
    receipt = load_counts(world, world.file(HEAD + row(count) + row(40)))
    assert receipt.reasons == {"small-cell": 1}
    assert "suppressed yes" in receipt.refused[0].hint
    kept = world.store.rows("SELECT * FROM quarantine")
    assert (kept[0]["value"], kept[0]["raw"]) == ("", "")


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        (row(40).replace("death", "deth"), "unknown-outcome", "death"),
        (row(40, suppressed="yes"), "suppressed-and-counted", "empty"),
        (row(40, suppressed="perhaps"), "no-flag", "yes or no"),
        (row(), "no-count", "suppressed"),
        (row("forty"), "no-number", "point"),
        (row(40.5), "no-count", "whole"),
        (row(40).replace("2025-12-31", "2025-13-31"), "no-day", "YYYY"),
        (row(40).replace("2025-12-31", "2024-12-31"), "ends-before-start", "Swap"),
        (row(40).replace("2026-02-01", "2025-02-01"), "counted-before-its-end", "gone by"),
        (row(40).replace("Coroner", ""), "no-source", "who"),
        (row(40).replace("X,", "X,X,", 1), "ragged", "fields"),
    ],
)
def test_a_bad_row_is_counted_with_its_reason(world, text, reason, hint):
    receipt = load_counts(world, world.file(HEAD + row(40) + text))
    assert (receipt.accepted, receipt.rejected) == (1, 1)
    assert receipt.reasons == {reason: 1}
    assert hint in receipt.refused[0].hint
    assert receipt.refused[0].line == 3
    manifest = world.store.rows("SELECT * FROM batch")[0]
    assert manifest["read"] == manifest["accepted"] + manifest["rejected"] == 2


def test_exposure_needs_bounds_that_hold_the_amount(world):
    text = EXPOSURE + "2025-01-01,2025-12-31,doses,500,400,900,fentanyl,Est,2026-02-01\n"
    text += "2025-01-01,2025-12-31,doses,500,,,fentanyl,Est,2026-02-01\n"
    text += "2025-01-01,2025-12-31,doses,500,600,900,fentanyl,Est,2026-02-01\n"
    text += "2025-01-01,2025-12-31,grams,500,400,900,fentanyl,Est,2026-02-01\n"
    receipt = load_counts(world, world.file(text))
    assert (receipt.table, receipt.accepted) == ("exposure", 1)
    assert receipt.reasons == {"bounds-crossed": 1, "no-bounds": 1, "unknown-unit": 1}


def test_a_file_about_people_is_refused_whole(world):
    with pytest.raises(InputError, match="patient"):
        load_counts(world, world.file(HEAD.replace("place,", "patient,")))


def test_the_same_file_again_changes_nothing_and_the_ledger_names_it_once(world):
    path = world.file(HEAD + row(40))
    assert not load_counts(world, path).repeated
    assert load_counts(world, path).repeated
    assert world.store.rows("SELECT count(*) AS n FROM harm_count")[0]["n"] == 1
    (entry,) = world.ledger.entries("harm-counts")
    assert entry.body["accepted"] == 1
    assert "fentanyl" not in json.dumps(dict(entry.body))
