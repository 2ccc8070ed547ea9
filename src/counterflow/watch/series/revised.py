"""What a new vintage repeats, takes back or contradicts of what is held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["CELL", "revisions", "without_repeats"]

#: what makes two counts speak of the same thing
CELL = ("source", "place", "level", "measure", "subject", "definition", "grain", "starts", "ends")
_ON = " AND ".join(f"n.{name} = s.{name}" for name in CELL)
_SAME = " AND ".join(
    f"n.{name} IS NOT DISTINCT FROM s.{name}" for name in ("count", "suppressed", "looked_for", "complete", "predicted")
)
_FALLS = 0.25


def without_repeats(store: Store, counts: pa.Table) -> tuple[pa.Table, tuple[str, ...]]:
    """Return the counts that are new, and what is said of the others.

    A row that is held already with the same numbers as of the same day is not kept twice; one that says another number
    as of the same day is kept, and as the later seen it is the one that stands.
    """
    if not counts.num_rows:
        return counts, ()
    numbered = counts.append_column("row_", pa.array(np.arange(counts.num_rows)))
    cell = ", ".join(f"s.{name}" for name in (*CELL, "as_of"))
    latest = f"""SELECT * FROM (SELECT s.*, row_number() OVER (PARTITION BY {cell} ORDER BY s.first_seen DESC) AS place_
        FROM series_count s JOIN (SELECT DISTINCT source, measure FROM new_rows) k
        ON k.source = s.source AND k.measure = s.measure) held WHERE place_ = 1"""
    found = store.query(
        f"SELECT n.row_, {_SAME} AS same FROM new_rows n JOIN ({latest}) s ON {_ON} AND n.as_of = s.as_of",
        new_rows=numbered,
    )
    same = found.filter(found.column("same")).column("row_")
    other = found.num_rows - len(same)
    said: list[str] = []
    if len(same):
        days = sorted({str(day) for day in counts.take(same).column("as_of").unique().to_pylist()})
        shown = f"{days[0]} to {days[-1]}" if len(days) > 1 else days[0]
        said.append(f"{len(same)} counts as of {shown} are held already with the same numbers; not kept twice.")
    if other:
        said.append(f"{other} counts differ from what was said before as of the same day; these, seen later, stand.")
    keep = np.ones(counts.num_rows, bool)
    keep[same.to_numpy()] = False
    return counts.filter(pa.array(keep)), tuple(said)


def revisions(store: Store, counts: pa.Table) -> tuple[str, ...]:
    """Say what the new counts take back of the last ones before them, and whether a vintage only repeats one."""
    if not counts.num_rows:
        return ()
    row = _compared(store, counts)
    said: list[str] = []
    if row["compared"] and row["compared"] == row["unchanged"] == counts.num_rows:
        said.append(f"Each of the {row['compared']} counts is as it was in the vintage before: a duplicated vintage?")
    if row["fell"]:
        said.append(
            f"{row['fell']} of {row['compared']} counts fell against the vintage before, at most by {row['most']:g}."
            " They are kept as the source says them."
        )
        if row["fell"] > _FALLS * row["compared"]:
            said.append("So many falls are unusual: was the definition changed, or is this vintage not whole?")
    return tuple(said)


def _compared(store: Store, counts: pa.Table) -> dict[str, Any]:
    """Return how the new counts compare with the latest held as of an earlier day."""
    before = f"""SELECT n.count AS now_, s.count AS then_,
        row_number() OVER (PARTITION BY {", ".join("n." + name for name in CELL)}, n.as_of
                           ORDER BY s.as_of DESC, s.first_seen DESC) AS place_
        FROM new_rows n JOIN series_count s ON {_ON} AND s.as_of < n.as_of"""
    found = store.rows(
        f"""SELECT count(*) AS compared, count(*) FILTER (WHERE now_ < then_) AS fell,
        count(*) FILTER (WHERE now_ IS NOT DISTINCT FROM then_) AS unchanged, max(then_ - now_) AS most
        FROM ({before}) b WHERE place_ = 1""",
        new_rows=counts,
    )
    return dict(found[0])
