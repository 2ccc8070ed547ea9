"""How long does it take until what was mandated is done? Days, slip against the promised day, what is still open.

Steps that are not done yet are not left out: half of all steps is reckoned by the product-limit estimate (Kaplan &
Meier 1958, eq. 2b), which lets an open step count for as long as it has been open.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counterflow.account.given import Rows, read_rows
from counterflow.account.oversight.event_words import folded_name
from counterflow.core.errors import InputError
from counterflow.core.proportions import clopper_pearson

__all__ = ["Step", "half_done", "implementation", "read_steps"]

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "step": ("step", "name", "milestone", "measure", "site", "what", "title"),
    "mandated_on": ("mandated_on", "mandated", "enacted_on", "ordered_on", "start", "starts", "decided_on"),
    "due_on": ("due_on", "due", "deadline", "planned_on", "by"),
    "done_on": ("done_on", "done", "completed_on", "finished_on", "installed_on", "end"),
    "source": ("source", "cite", "citation", "reference"),
}
_NEEDED = ("step", "mandated_on")


@dataclass(frozen=True, slots=True)
class Step:
    """One mandated step.

    Args:
        step: what is to be done.
        mandated_on: day of the law, order or decision.
        due_on: day promised; None where none was.
        done_on: day it was done; None while it is open.
        source: where that stands.
    """

    step: str
    mandated_on: dt.date
    due_on: dt.date | None
    done_on: dt.date | None
    source: str


def read_steps(path: Path) -> list[Step]:
    """Read mandated steps from CSV or Parquet.

    Raises:
        InputError: a column is missing, a day is none, or a step is done or due before it was mandated.
    """
    rows = read_rows(path, "mandated steps: step,mandated_on,due_on,done_on,source")
    names = {field: next((c for c in rows.header if folded_name(c) in words), "") for field, words in _COLUMNS.items()}
    for field in _NEEDED:
        if not names[field]:
            raise InputError("A column is missing.", file=path, line=1, column=field,
                             hint="The header is step,mandated_on,due_on,done_on,source.")  # fmt: skip
    return [_step(rows, names, row) for row in range(len(rows.cells))]


def _step(rows: Rows, names: Mapping[str, str], row: int) -> Step:
    days = {field: _day(rows, names[field], row) for field in ("mandated_on", "due_on", "done_on")}
    texts = {field: rows.column(names[field])[row].strip() if names[field] else "" for field in ("step", "source")}
    mandated = days["mandated_on"]
    if not texts["step"] or mandated is None:
        empty = "step" if not texts["step"] else "mandated_on"
        raise rows.fault(row, names[empty], "A step needs its name and the day it was mandated.", "Fill it in.")
    for field in ("due_on", "done_on"):
        if days[field] is not None and days[field] < mandated:  # type: ignore[operator]
            raise rows.fault(row, names[field], f"This is before it was mandated, {mandated}.", "Mend one of the days.")
    return Step(texts["step"], mandated, days["due_on"], days["done_on"], texts["source"])


def _day(rows: Rows, column: str, row: int) -> dt.date | None:
    text = rows.column(column)[row].strip() if column else ""
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        raise rows.fault(row, column, "This is not a day.", "Write days as 2025-03-31.") from None


def implementation(steps: Sequence[Step], as_of: dt.date) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return one row per step, the longest slip first, and what they say together.

    Args:
        steps: what was mandated; those mandated after `as_of` are left out and counted.
        as_of: last day whose news counts; a step done later is open.
    """
    known = [step for step in steps if step.mandated_on <= as_of]
    rows = sorted((_row(step, as_of) for step in known), key=lambda row: -(row["slip_days"] or 0))
    dated = [row for row in rows if row["due_on"] is not None and (row["done"] or row["slip_days"] > 0)]
    in_time = sum(row["done"] and row["slip_days"] <= 0 for row in dated)
    low, high = clopper_pearson(in_time, len(dated))
    half = half_done([(row["days"], row["done"]) for row in rows])
    return rows, {
        "as_of": as_of.isoformat(), "steps": len(rows), "done": sum(row["done"] for row in rows),
        "open": sum(not row["done"] for row in rows), "left_out": len(steps) - len(known), "due": len(dated),
        "in_time": in_time, "in_time_share": in_time / len(dated) if dated else None, "low": low, "high": high,
        "level": 0.95, "half_done_after_days": half, "informative": len(dated) >= 10,
        "method": "share: Clopper and Pearson 1934; half: Kaplan and Meier 1958",
    }  # fmt: skip


def _row(step: Step, as_of: dt.date) -> dict[str, Any]:
    done = step.done_on is not None and step.done_on <= as_of
    end = step.done_on if done and step.done_on else as_of
    slip = None if step.due_on is None else (end - step.due_on).days
    state = "done" if done else "open"
    if slip is not None and slip > 0:
        state += ", late"
    return {
        "step": step.step, "state": state, "done": done, "mandated_on": step.mandated_on, "due_on": step.due_on,
        "done_on": step.done_on if done else None, "days": (end - step.mandated_on).days,
        "slip_days": slip,
        "source": step.source,
    }  # fmt: skip


def half_done(steps: Sequence[tuple[int, bool]]) -> int | None:
    """Return after how many days half of the steps are done (Kaplan & Meier 1958); None where half never were.

    >>> half_done([(10, True), (20, True), (30, False)])
    20
    """
    left, open_share = len(steps), 1.0
    for days in sorted({days for days, _ in steps}):
        ended = sum(done for at, done in steps if at == days)
        if left:
            open_share *= 1 - ended / left
        if open_share <= 0.5 + 1e-12:
            return days
        left -= sum(at == days for at, _ in steps)
    return None
