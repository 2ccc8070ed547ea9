"""What must not go unsaid about a plan: what was not screened, not covered, out of reach, and where the effort goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from counterflow.store.repository import Store
from counterflow.target.choice.choose import Choice
from counterflow.target.first_score.score import Scores

__all__ = ["TOP_TIER", "minutes_of", "places_of", "said_of", "top_tier_words"]

#: severity points from which a harm class belongs to the top tier
TOP_TIER = 40.0


def minutes_of(choice: Choice) -> tuple[float, float]:
    """Return the minutes of capacity, and those that the plan uses."""
    service = np.array([cell.pool.service_minutes for cell in choice.cells] + [0.0])
    used = float(service[choice.cell[choice.selected]].sum())
    return sum(cell.pool.minutes for cell in choice.cells), used


def places_of(choice: Choice) -> str:
    """Return the offices and lanes of the records that no resource reaches."""
    places = sorted({choice.groups.keys[g][1:] for g in choice.groups.of_record[choice.probability <= 0]})
    more = f" and {len(places) - 5} more" if len(places) > 5 else ""
    return ", ".join(f"{office or 'no office'}/{lane or 'no lane'}" for office, lane in places[:5]) + more


def _uncovered(records: pa.Table, choice: Choice) -> list[str]:
    """Return one line for mandatory records without minutes, and one for those that no resource reaches."""
    said = []
    for rows, why in (
        (choice.uncovered & (choice.probability > 0), "no minutes are left for"),
        (choice.uncovered & (choice.probability <= 0), "no resource can reach"),
    ):
        where = np.flatnonzero(rows)
        if len(where):
            ids = ", ".join(str(i) for i in records.column("record_id").take(pa.array(where[:10])).to_pylist())
            more = f" and {len(where) - 10} more" if len(where) > 10 else ""
            said.append(f"MANDATORY NOT COVERED: {len(where)} mandatory records that {why}: {ids}{more}")
    return said


def _unscreened(store: Store, start: dt.date, end: dt.date) -> list[str]:
    """Return a line where records of the period have been through no check: they look clean because nobody looked."""
    found = store.rows(
        "SELECT count(*) AS records FROM consignment c WHERE c.declared_on BETWEEN ? AND ? AND EXISTS (SELECT 1"
        " FROM batch b WHERE b.source = c.source AND b.batch = c.batch) AND NOT EXISTS (SELECT 1 FROM screening s"
        " WHERE s.source = c.source AND s.batch = c.batch)",
        [start, end],
    )[0]["records"]
    return [f"NOT SCREENED: {found} records; run `counterflow screen run`, then plan again"] if found else []


def said_of(store: Store, records: pa.Table, choice: Choice, start: dt.date, end: dt.date) -> list[str]:
    """Return what must not go unsaid about a choice."""
    said = [*_unscreened(store, start, end), *_uncovered(records, choice)]
    if beyond := int((choice.probability <= 0).sum()):
        said.append(f"{beyond} of the eligible records are out of reach of every resource ({places_of(choice)})")
    idle = sum(not cell.groups for cell in choice.cells)
    if idle:
        said.append(f"{idle} of {len(choice.cells)} pools and days have no eligible record")
    short = sum(bool(cell.groups) and not cell.pool.slots for cell in choice.cells)
    if short:
        said.append(f"{short} of {len(choice.cells)} pools and days have less time than one inspection takes")
    earlier = store.rows("SELECT count(*) AS plans FROM plan WHERE starts <= ? AND ends >= ?", [end, start])[0]["plans"]
    if earlier:
        said.append(f"days of this period were planned before, in {earlier} other plans; the ledger holds each")
    return said


def top_tier_words(choice: Choice, scores: Scores, severity: Mapping[str, float]) -> tuple[str, ...]:
    """Say which share of the effort goes to the gravest harm classes; nothing where nothing is expected."""
    rows = choice.selected
    names = [name for name, points in severity.items() if points >= TOP_TIER and name in scores.probability]
    harm = sum((part[rows] for part in scores.by_class.values()), np.zeros(len(rows)))
    if not names or not len(rows) or not harm.sum():
        return ()
    service = np.array([cell.pool.service_minutes for cell in choice.cells])[choice.cell[rows]]
    gravest = sum((scores.by_class[name][rows] for name in names), np.zeros(len(rows)))
    part = np.divide(gravest, harm, out=np.zeros(len(rows)), where=harm > 0)
    share = float((service * part).sum() / service.sum())
    told = (
        f"effort on the top tier ({', '.join(names)}): {share:.0%} of the minutes, a record's minutes counted by the"
        " part of its expected harm that these classes bring"
    )
    return (told,)
