"""Dates on which policy changed, with their sources: where an interrupted time series may ask its question.

A date is not a cause. Many things change in the same months, people act before a law is in force and long after it,
and a law is often made because the figures were already turning.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from counterflow.core.errors import UnknownName
from counterflow.reference.csv_files import read_rows

__all__ = ["NOT_A_CAUSE", "Event", "design_text", "event_named", "events"]

NOT_A_CAUSE = "A date is not a cause: what else changed then, and what was changing already, is part of any figure."


@dataclass(frozen=True, slots=True)
class Event:
    """One change of policy.

    Args:
        event: id.
        date: the day in force, or the first day of the month where only that is known.
        precision: day or month.
        jurisdiction: ISO 3166 code of country or region; UN for conventions.
        kind: scheduling, precursor control, operation, takedown, law, guideline, formulation, roll-out.
        title: what it is called.
        words: what changed.
        citation: where it stands.
        checked: `text` where the instrument or the office's own page was read, `secondary` where reports of it
            were, `recalled` where neither was.
    """

    event: str
    date: dt.date
    precision: str
    jurisdiction: str
    kind: str
    title: str
    words: str
    citation: str
    checked: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, the date as ISO text."""
        return asdict(self) | {"date": self.date.isoformat() if self.precision == "day" else f"{self.date:%Y-%m}"}


@cache
def _all() -> tuple[Event, ...]:
    rows = read_rows("account", "policy_events.csv")
    return tuple(Event(**(row | {"date": dt.date.fromisoformat(row["date"])})) for row in rows)  # type: ignore[arg-type]


def events(
    *, kind: str = "", since: dt.date | None = None, until: dt.date | None = None, jurisdiction: str = ""
) -> list[Event]:
    """Return the events, by date.

    Args:
        kind: of this kind only.
        since: in force on this day or later.
        until: in force on this day or earlier.
        jurisdiction: of this country, its regions included.

    Raises:
        UnknownName: no event is of that kind or jurisdiction.
    """
    found = list(_all())
    kinds, places = {e.kind for e in found}, {e.jurisdiction for e in found}
    if kind and kind not in kinds:
        raise UnknownName("kind of event", kind, kinds)
    wanted = jurisdiction.upper()
    if wanted and not any(place == wanted or place.startswith(f"{wanted}-") for place in places):
        raise UnknownName("jurisdiction", jurisdiction, places)
    return [
        e for e in found
        if (not kind or e.kind == kind)
        and (since is None or e.date >= since)
        and (until is None or e.date <= until)
        and (not wanted or e.jurisdiction == wanted or e.jurisdiction.startswith(f"{wanted}-"))
    ]  # fmt: skip


def event_named(name: str) -> Event:
    """Return one event.

    Raises:
        UnknownName: there is none of that id.
    """
    for event in _all():
        if event.event == name:
            return event
    raise UnknownName("policy event", name, [event.event for event in _all()])


def design_text(event: Event) -> str:
    """Return a design for an interrupted time series around an event, to be completed before it is registered."""
    date = event.date.isoformat() if event.precision == "day" else f"{event.date:%Y-%m}"
    return f"""# {event.title} ({event.jurisdiction}, {date}; {event.citation}; date {event.checked}).
# {event.words}.
# {NOT_A_CAUSE}
# Complete what stands between < and >, then: counterflow account design register THIS-FILE
design = "{event.event}-its"
title = "{event.title}: before and after"
question = "Did <the outcome> change in level or slope from {date} on?"
who = "<your office>"

[panel]
source = "<which series, who keeps it, under which definition>"
unit = "<column of the unit>"
time = "<column of the period>"
outcome = "<column of the outcome>"
outcome_unit = "<what is counted, per what>"

[treatment]
units = ["<the unit>"]
start = "{event.date:%Y-%m}"

[analysis]
estimators = ["its", "controlled-its"]
donor_rule = "<which units the change cannot have touched, and why>"
# margin = <smallest effect that would have mattered, in the outcome's unit>
placebos = ["space", "time"]

[decision]
rule = "<what is done when the effect is as hoped, when it is not, and when it cannot be told>"

[power]
waived = "<why no power was computed; better: counterflow account design power PANEL.csv>"
"""
