"""Who works in which lane: the capacity file's pools with what the scenario says of each resource.

A pool that several lanes share (``*``) is split among them by their work, its minutes spent once. Minutes become
servers: `number` work at once, else as many as the minutes fill in the hours stated; what is over after whole shifts is
one more server for part of the day.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from counterflow.core.errors import InputError, UnknownName, nearest
from counterflow.target.choice.capacity import ANY, Capacity, Pool
from counterflow.target.whatif import doubt
from counterflow.target.whatif.doubt import Doubtful
from counterflow.target.whatif.forms import ResourceForm, ScenarioForm
from counterflow.target.whatif.lanes import Lane

__all__ = ["Station", "Terms", "shifts", "stations_of", "terms_of"]

_HOURS = (6.0, 22.0)
_VARIABILITY = 0.7
_BLIND_TESTS_WORTH = 20.0
_DAY_HOURS = 24.0
_MINUTES_A_DAY = 1440.0


@dataclass(frozen=True)
class Terms:
    """What is known of a resource in a lane beside its minutes.

    Args:
        second: resource that takes the second look at an alarm.
        second_minutes: minutes of that look; 0 for none.
    """

    number: int | None
    hours: tuple[float, float]
    variability: float
    detection: Doubtful
    false_alarms: float
    second: str
    second_minutes: float
    second_detection: float
    cost_per_hour: float | None
    movable: bool
    assumed: tuple[str, ...]


@dataclass(frozen=True)
class Station:
    """One resource in one lane.

    Args:
        lane: place of its lane.
        resource: its name.
        office: office of its pool.
        minutes: minutes a day.
        service: minutes of one inspection, without a second look.
        terms: what else is known of it.
        shared: True where the pool serves other lanes too.
    """

    lane: int
    resource: str
    office: str
    minutes: float
    service: float
    terms: Terms
    shared: bool

    @property
    def servers(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Minute of the day at which each server begins, and minutes it works."""
        return shifts(self.minutes, self.terms.number, self.terms.hours)


def shifts(
    minutes: float, number: int | None, hours: tuple[float, float]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return when each server begins, in minutes of the day, and how long each works.

    >>> shifts(1200.0, None, (8.0, 16.0))
    ((480.0, 480.0, 480.0), (480.0, 480.0, 240.0))
    """
    if minutes <= 0:
        return (), ()
    begins, span = hours[0] * 60.0, (hours[1] - hours[0]) * 60.0
    if number is not None:
        each = min(minutes / number, _MINUTES_A_DAY)
        # Longer than the hours stated: the shift begins earlier rather than run past midnight.
        return (max(min(begins, _MINUTES_A_DAY - each), 0.0),) * number, (each,) * number
    whole = math.floor(minutes / span + 1e-9)
    rest = minutes - whole * span
    lengths = (span,) * whole + ((rest,) if rest > 1e-6 else ())
    return (begins,) * len(lengths), lengths


def terms_of(form: ScenarioForm, resource: str, lane: Lane, detection_rate: float) -> Terms:
    """Return what the scenario says of a resource in a lane; the rest is assumed, and said."""
    said = [r for r in form.resource if r.name == resource and r.lane in (lane.capacity_lane, ANY)]
    found = max(said, key=lambda r: r.lane != ANY, default=ResourceForm(name=resource))
    assumed = []
    if found.hours is None:
        assumed.append(f"{resource}: works from {_HOURS[0]:g} to {_HOURS[1]:g} h")
    if found.variability is None:
        assumed.append(f"{resource}: minutes of an inspection vary by {_VARIABILITY:.0%} of their mean")
    detection = _detection(found, detection_rate)
    if found.blind_tests is None and found.detection_low is None:
        assumed.append(f"{resource}: its detection rate as uncertain as after {_BLIND_TESTS_WORTH:g} blind tests")
    return Terms(
        number=found.number, hours=found.hours or _HOURS,
        variability=_VARIABILITY if found.variability is None else found.variability,
        detection=detection, false_alarms=found.false_alarm_rate, second=found.secondary_by or resource,
        second_minutes=found.secondary_minutes, second_detection=found.secondary_detection_rate,
        cost_per_hour=found.cost_per_hour, movable=found.movable, assumed=tuple(assumed),
    )  # fmt: skip


def _detection(form: ResourceForm, rate: float) -> Doubtful:
    if form.blind_tests is not None and form.blind_found is not None:
        said = f"{form.blind_found} of {form.blind_tests} found in blind tests"
        return doubt.counted(form.blind_found, form.blind_tests, doubt.MEASURED, said)
    if form.detection_low is not None and form.detection_high is not None:
        low, high = min(form.detection_low, rate), max(form.detection_high, rate)
        return doubt.ranged(rate, low, high, doubt.STATED, "stated")
    worth = _BLIND_TESTS_WORTH
    return doubt.counted(rate * worth, worth, doubt.STATED, "rate stated, its doubt assumed")


def stations_of(
    capacity: Capacity, form: ScenarioForm, lanes: Sequence[Lane]
) -> tuple[tuple[Station, ...], tuple[str, ...]]:
    """Return every resource in every lane, and what has to be said of the capacity file.

    Raises:
        InputError: no row of the capacity file is for a lane of the scenario, or a number cannot work so long.
        UnknownName: the scenario describes a resource that the capacity file does not have.
    """
    said = list(capacity.said)
    made: dict[tuple[int, str], Station] = {}
    unused: list[Pool] = []
    for pool, minutes in _daily(capacity):
        reached = [i for i, lane in enumerate(lanes) if _reaches(pool, lane)]
        if not reached:
            unused.append(pool)
        work = [_work(lanes[i], pool) for i in reached]
        for i, part in zip(reached, work, strict=True):
            each = minutes * (part / sum(work) if sum(work) > 0 else 1 / len(work))
            terms = terms_of(form, pool.resource, lanes[i], pool.detection_rate)
            new = Station(i, pool.resource, pool.office, each, pool.service_minutes, terms, len(reached) > 1)
            old = made.get((i, pool.resource))
            made[i, pool.resource] = new if old is None else _joined(old, new, terms)
    if not made:
        raise _no_lane(capacity, lanes)
    said += [_left_out(pool, lanes) for pool in unused]
    _check_numbers(tuple(made.values()), lanes, capacity.file)
    _check_resources(form, {s.resource for s in made.values()})
    return tuple(made[key] for key in sorted(made)), tuple(said)


def _daily(capacity: Capacity) -> list[tuple[Pool, float]]:
    """Return pools with their minutes on a mean day of the days that the file names."""
    days = max(len({pool.day for pool in capacity.pools if pool.day is not None}), 1)
    return [(pool, pool.minutes / (days if pool.day is not None else 1)) for pool in capacity.pools]


def _reaches(pool: Pool, lane: Lane) -> bool:
    place = pool.office == ANY or lane.office in (ANY, pool.office)
    return place and pool.lane in (ANY, lane.capacity_lane)


def _work(lane: Lane, pool: Pool) -> float:
    return lane.a_day * (1.0 if lane.share is None else lane.share) * pool.service_minutes


def _joined(old: Station, new: Station, terms: Terms) -> Station:
    """Join two pools of one resource in one lane: minutes add up, an inspection takes the mean time."""
    minutes = old.minutes + new.minutes
    slots = old.minutes / old.service + new.minutes / new.service
    service = minutes / slots if slots > 0 else old.service
    office = old.office if old.office == new.office else ANY
    return Station(old.lane, old.resource, office, minutes, service, terms, old.shared or new.shared)


def _check_numbers(stations: Sequence[Station], lanes: Sequence[Lane], file: str) -> None:
    for station in stations:
        number = station.terms.number
        if number is not None and station.minutes > number * _DAY_HOURS * 60 + 1e-6:
            raise InputError(
                f"{lanes[station.lane].name}: {number} {station.resource} cannot work {station.minutes:g} min a day.",
                hint="A day has 1,440 minutes: raise number, or mend the minutes.", file=file, column="minutes",
                value=f"{station.minutes:g}",
            )  # fmt: skip


def _check_resources(form: ScenarioForm, known: set[str]) -> None:
    added = {c.resource for w in form.whatif for c in w.changes if c.do == "add"}
    for resource in form.resource:
        if resource.name not in known and resource.name not in added:
            raise UnknownName("resource in the capacity file", resource.name, known)
        if resource.secondary_by is not None and resource.secondary_by not in known:
            raise UnknownName("resource in the capacity file", resource.secondary_by, known)


def _no_lane(capacity: Capacity, lanes: Sequence[Lane]) -> InputError:
    pool, names = capacity.pools[0], sorted({lane.capacity_lane for lane in lanes})
    return InputError(
        "No row is for a lane and office of the scenario.", file=capacity.file, line=pool.line, column="lane",
        value=pool.lane, hint=f"The scenario's lanes: {', '.join(names[:12])}. Name them alike, or write *.",
    )  # fmt: skip


def _left_out(pool: Pool, lanes: Sequence[Lane]) -> str:
    close = nearest(pool.lane, {lane.capacity_lane for lane in lanes}, 1)
    meant = f"; did you mean {close[0]!r}?" if close and close[0] != pool.lane else ""
    where = f"{pool.office}, {pool.lane}, {pool.resource}"
    return f"capacity line {pool.line} ({where}) is for no lane of the scenario and was left out{meant}"
