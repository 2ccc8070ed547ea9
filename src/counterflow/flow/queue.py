"""The queue: every record that was loaded, a page at a time, filtered and in order; a million rows and more.

A page is found in two steps: the numbers of its rows, which needs the columns of filter and order alone, and then
those rows whole. Counting stops at `MOST_COUNTED`: beyond it "more than" is what a reader needs.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.flow.queue_ask import ORDERS, Place, QueueAsk
from counterflow.flow.queue_model import QueueModel, Standing
from counterflow.flow.queue_sql import PLAIN, Where, order_by, start_at, where_of

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["MOST_COUNTED", "QueuePage", "choices", "counted", "keys_of", "queue_page", "rows_for_export"]

MOST_COUNTED = 10_000
_MOST_NAMED = 20_000
_SHORTEST_NAME = 3
_COUNTED_KEPT = 500


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue.

    Args:
        rows: its records, each with the columns of `queue_rows.COLUMNS` but `sought`.
        count: records that fit the question, or one more than `MOST_COUNTED` where there are more.
        next: place of the next page; empty at the last.
        before: place of the page before; empty at the first.
        standing: how far the queue is.
    """

    rows: list[dict[str, Any]]
    count: int
    next: str
    before: str
    standing: Standing

    @property
    def more_than(self) -> bool:
        """Whether there are more than were counted."""
        return self.count > MOST_COUNTED


def queue_page(workspace: Workspace, ask: QueueAsk) -> QueuePage:
    """Return a page of the queue.

    Raises:
        InputError: a place that is none, a name too short, or on more records than are looked through.
    """
    model = QueueModel.of(workspace)
    standing = model.standing()
    named = _named(workspace, ask)
    place, found, whole = ask.place(), where_of(ask), where_of(ask)
    if place is not None:
        start_at(found, ask, place)
    # One row more than the page holds shows whether there is another page.
    numbers = model.store.query(
        f"SELECT n FROM record WHERE {found.sql} ORDER BY {order_by(ask, place)} LIMIT {ask.size + 1}",
        found.values,
        **named,
    ).column("n")
    further = len(numbers) > ask.size
    # A first page that holds all has counted them already.
    all_here = place is None and not further
    count = len(numbers) if all_here else counted(model, standing, whole, named)
    wanted = numbers.slice(0, ask.size).to_pylist()
    if place is not None and place.back:
        wanted.reverse()
    rows = _rows(model, wanted)
    return QueuePage(rows, count, *_places(ask, place, rows, further=further), standing)


def _rows(model: QueueModel, numbers: list[int]) -> list[dict[str, Any]]:
    """Return these rows whole, in this order; looked up one by one in the index, not sought."""
    if not numbers:
        return []
    listed = ", ".join(str(int(n)) for n in numbers)
    by_number = {
        row["n"]: row for row in model.store.rows(f"SELECT * EXCLUDE (sought) FROM record WHERE n IN ({listed})")
    }
    return [by_number[n] for n in numbers if n in by_number]


def _places(ask: QueueAsk, place: Place | None, rows: list[dict[str, Any]], *, further: bool) -> tuple[str, str]:
    if not rows:
        return "", ""
    column = ORDERS[ask.order].column
    last, first = Place(rows[-1][column], rows[-1]["n"]), Place(rows[0][column], rows[0]["n"], back=True)
    back = place is not None and place.back
    onward = further or back
    behind = further if back else place is not None
    return last.text() if onward else "", first.text() if behind else ""


def _named(workspace: Workspace, ask: QueueAsk) -> dict[str, pa.Table]:
    """Return the records that name a party so; names stand in the workspace's tables alone."""
    if not ask.name:
        return {}
    if len(ask.name) < _SHORTEST_NAME:
        hint = f"Give at least {_SHORTEST_NAME} letters of the name."
        raise InputError("This name is too short to look for.", hint=hint, column="name", value=ask.name)
    words = ask.name.split()[:8]
    all_there = " AND ".join(f"contains(lower(strip_accents(name)), {PLAIN})" for _ in words)
    found = workspace.store.query(
        f"SELECT DISTINCT source, record_id FROM party WHERE {all_there} LIMIT {_MOST_NAMED + 1}", words
    )
    if found.num_rows > _MOST_NAMED:
        hint = "Give more of the name."
        message = f"More than {_MOST_NAMED} records name somebody so."
        raise InputError(message, hint=hint, column="name", value=ask.name)
    return {"named": found}


_counting = threading.Lock()


def counted(model: QueueModel, standing: Standing, found: Where, named: Mapping[str, pa.Table]) -> int:
    """Return how many rows fit, at most one more than `MOST_COUNTED`; kept until the rows change."""
    if not found.parts:
        return min(standing.records, MOST_COUNTED + 1)
    key = (standing.version, found.sql, *found.values)
    if not named and (kept := model.counts.get(key)) is not None:
        return kept
    limited = f"SELECT 1 FROM record WHERE {found.sql} LIMIT {MOST_COUNTED + 1}"
    count = int(str(model.store.rows(f"SELECT count(*) AS n FROM ({limited})", found.values, **named)[0]["n"]))
    if not named:
        with _counting:
            model.counts[key] = count
            while len(model.counts) > _COUNTED_KEPT:
                model.counts.popitem(last=False)
    return count


def keys_of(workspace: Workspace, ask: QueueAsk, most: int) -> list[tuple[str, str]]:
    """Return the keys of every record that fits, for an act on all of them.

    Raises:
        InputError: there are more than `most`.
    """
    model = QueueModel.of(workspace)
    named, found = _named(workspace, ask), where_of(ask)
    rows = model.store.rows(
        f"SELECT source, record_id FROM record WHERE {found.sql} ORDER BY {order_by(ask, None)} LIMIT {most + 1}",
        found.values,
        **named,
    )
    if len(rows) > most:
        raise InputError(f"More than {most} records fit.", hint="Narrow the filter, or act on parts one by one.")
    return [(str(row["source"]), str(row["record_id"])) for row in rows]


def rows_for_export(workspace: Workspace, ask: QueueAsk, columns: Sequence[str], most: int) -> pa.Table:
    """Return up to `most` rows that fit, in their order, with these columns."""
    model = QueueModel.of(workspace)
    named, found = _named(workspace, ask), where_of(ask)
    listed = ", ".join(f'"{name}"' for name in columns)
    return model.store.query(
        f"SELECT {listed} FROM record WHERE {found.sql} ORDER BY {order_by(ask, None)} LIMIT {int(most)}",
        found.values,
        **named,
    )


def choices(workspace: Workspace) -> dict[str, Any]:
    """Return what can be asked for: per column each value with its number of records; and how many stand where.

    Returns:
        `office`, `lane`, `kind`, `source`, `departure`, `state`, `code`, `harm_class`, `arm`, `confirmation`: value to
        records, most first; `to_look_at`: open records with a serious finding; `alike`: open
        records with a name to judge; `first` and `last` day declared.
    """
    return QueueModel.of(workspace).choices()
