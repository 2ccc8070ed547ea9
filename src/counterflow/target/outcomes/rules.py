"""Which outcome rows can be taken, given what was drawn and what is on record."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from counterflow.core.refused import Refused
from counterflow.target.outcomes.rows import STATES, OutcomeRow

__all__ = ["Known", "OnRecord", "refusal"]

#: a day begins first 14 hours before it does in UTC
_EARLIEST_ZONE = dt.timedelta(hours=14)
_LATEST = dt.timedelta(days=366)
_ORDER = {"none": 0, "suspected": 1, "presumptive": 2, "confirmed": 3, "refuted": 3}


@dataclass
class OnRecord:
    """One drawn record: the plan that an outcome answers, and what is on record of it.

    Args:
        source: its source.
        plan: the plan.
        day: day it was planned for.
        made_at: when the plan was made.
        rows: outcomes so far, oldest first: state, confirmation, harm class, time.
    """

    source: str
    plan: str
    day: dt.date
    made_at: dt.datetime
    rows: list[tuple[str, str, str, dt.datetime]] = field(default_factory=list)

    def has(self, row: OutcomeRow) -> bool:
        """True where this very outcome is on record."""
        return (row.state, row.confirmation, row.harm_class, row.time) in self.rows

    def take(self, row: OutcomeRow) -> None:
        """Note an outcome as the latest."""
        self.rows.append((row.state, row.confirmation, row.harm_class, row.time))

    def earliest(self) -> dt.datetime:
        """Return the earliest moment at which an outcome of this plan can have happened.

        Planned in time, nothing can have come of a draw before it was made. For a plan over days gone by (a
        rehearsal on history) the day itself is the bound.
        """
        day_begins = dt.datetime.combine(self.day, dt.time(), dt.UTC) - _EARLIEST_ZONE
        return max(day_begins, self.made_at) if self.made_at.date() <= self.day else day_begins


class Known:
    """Draws and outcomes of the records that a file names.

    Args:
        draws: rows source, record_id, plan, day, arm, made_at; latest plan first.
        outcomes: rows source, record_id, plan, state, confirmation, harm_class, time; oldest first.
        rows: the file's rows. Where a row does not name its plan, it answers the plan under which most rows
            of the file were drawn, the latest of equals.
    """

    def __init__(
        self,
        draws: Iterable[Mapping[str, Any]],
        outcomes: Iterable[Mapping[str, Any]],
        rows: Iterable[OutcomeRow],
    ) -> None:
        self._drawn: defaultdict[str, dict[tuple[str, str], Mapping[str, Any]]] = defaultdict(dict)
        self._framed: set[str] = set()
        plans: dict[str, None] = {}
        for draw in draws:
            self._framed.add(draw["record_id"])
            if draw["arm"]:
                self._drawn[draw["record_id"]][draw["source"], draw["plan"]] = draw
                plans[draw["plan"]] = None
        named = {row.record_id for row in rows}
        matched = Counter(plan for record in named for _, plan in self._drawn.get(record, {}))
        latest = {plan: -place for place, plan in enumerate(plans)}
        self._preferred = sorted(plans, key=lambda p: (matched[p], latest[p]), reverse=True)
        self._past: defaultdict[tuple[str, str], list[tuple[str, str, str, dt.datetime]]] = defaultdict(list)
        for o in outcomes:
            said = (o["state"], o["confirmation"], o["harm_class"] or "", o["time"])
            self._past[o["source"], o["record_id"]].append(said)
        self._records: dict[tuple[str, str, str], OnRecord] = {}

    def place(self, row: OutcomeRow) -> OnRecord | Refused:
        """Return the drawn record that a row is about, or why there is none."""
        drawn = self._drawn.get(row.record_id, {})
        fitting = [
            key for key in drawn if (not row.source or key[0] == row.source) and (not row.plan or key[1] == row.plan)
        ]
        if not fitting:
            return _refuse(row, "record_id", row.record_id, "not-drawn", self._why_not_drawn(row))
        sources = {source for source, _ in fitting}
        if len(sources) > 1:
            hint = f"Records of {', '.join(sorted(sources))} have this id: add a column source."
            return _refuse(row, "record_id", row.record_id, "ambiguous", hint)
        source = sources.pop()
        plan = next(p for p in self._preferred if (source, p) in fitting)
        return self._on_record(row.record_id, source, plan, drawn[source, plan])

    def _on_record(self, record_id: str, source: str, plan: str, draw: Mapping[str, Any]) -> OnRecord:
        past = self._past[source, record_id]
        key = (record_id, source, plan)
        if key not in self._records:
            self._records[key] = OnRecord(source, plan, draw["day"], draw["made_at"], past)
        return self._records[key]

    def _why_not_drawn(self, row: OutcomeRow) -> str:
        if row.plan and self._drawn.get(row.record_id):
            return f"It was drawn, but not on plan {row.plan}; leave the plan out or name the right one."
        if row.record_id in self._framed:
            return "It was eligible and not drawn. What is inspected outside the plan needs a lookout first."
        return "No plan has it; check the id and the source."


def refusal(row: OutcomeRow, known: OnRecord, now: dt.datetime) -> Refused | None:
    """Return why a row cannot be taken, None where it can."""
    early = known.earliest()
    if (row.time.date() < early.date()) if row.day_only else (row.time < early):
        hint = f"The draw is of {early.isoformat(timespec='minutes')}; mind the offset."
        return _refuse(row, "time", row.time.isoformat(), "before-draw", hint)
    if row.time > max(now, dt.datetime.combine(known.day, dt.time(), dt.UTC)) + _LATEST:
        return _refuse(row, "time", row.time.isoformat(), "in-the-future", "Mend the year.")
    return None if not known.rows or known.has(row) else _backward(row, known)


def _backward(row: OutcomeRow, known: OnRecord) -> Refused | None:
    """Return why a row would go back behind what is on record."""
    state, confirmation, _, time = known.rows[-1]
    if row.time < time:
        hint = f"A later row of {time.isoformat(timespec='minutes')} is on record and supersedes it."
        return _refuse(row, "time", row.time.isoformat(), "superseded", hint)
    if STATES.index(row.state) < STATES.index(state):
        return _refuse(row, "state", row.state, "goes-back", f"It is on record as {state}; states move forward.")
    if _ORDER[row.confirmation] < _ORDER[confirmation]:
        hint = f"It is on record as {confirmation}; what proved untrue is refuted."
        return _refuse(row, "confirmation", row.confirmation, "goes-back", hint)
    return None


def _refuse(row: OutcomeRow, column: str, value: str, reason: str, hint: str) -> Refused:
    return Refused(row.line, row.line - 1, column, value, reason, hint, row.raw)
