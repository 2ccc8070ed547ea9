"""What-ifs: one or several changes of the present plan, told in words.

Added minutes are used for more inspections at the same load, unless the what-if asks for a shorter line; a lane whose
share a change names keeps that share, whatever it does to the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from counterflow.core.errors import InputError, UnknownName
from counterflow.target.choice.capacity import ANY
from counterflow.target.whatif import doubt
from counterflow.target.whatif.forms import ChangeForm, ScenarioForm, WhatIfForm
from counterflow.target.whatif.lanes import Lane
from counterflow.target.whatif.state import State, load_of
from counterflow.target.whatif.stations import Station, terms_of

__all__ = ["applied", "in_words"]

_MINUTES_OF_A_SHIFT_DAY = 1440.0


def applied(state: State, whatif: WhatIfForm, form: ScenarioForm, file: str) -> State:
    """Return the plan after a what-if.

    Raises:
        UnknownName: a lane, office or resource that the plan does not have.
        InputError: more is taken or moved than there is, or a new resource without pace and detection rate.
    """
    now, named = state, set()
    touched: set[int] = set()
    for change in whatif.changes:
        lanes = _lanes(now, change, file)
        now, worked = _one(now, change, lanes, form, file)
        touched |= worked
        if change.do == "share":
            named |= set(lanes)
    if whatif.use == "inspect-more":
        now = _same_load(state, now, touched - named, form.load)
    return now


def in_words(change: ChangeForm) -> str:
    """Return a change as a phrase.

    >>> in_words(ChangeForm(do="share", lane="land", to=0.4))
    'inspect 40% of land'
    """
    lane = "every lane" if change.lane == ANY else change.lane
    at = f" in {lane}" + ("" if change.office == ANY else f" @ {change.office}")
    to, number = change.to or 0.0, f"{change.number or 0:g}"
    return {
        "add": f"{number} more of {change.resource}{at}", "take": f"{number} fewer of {change.resource}{at}",
        "share": f"inspect {to:.4g} of {lane}" if to < 0.001 else f"inspect {100 * to:.4g}% of {lane}",
        "move": f"{change.minutes or 0:g} minutes a day of {change.resource} from {lane} to {change.to_lane}",
        "false-alarm": f"{change.resource} rings falsely on {100 * to:.4g}%{at}",
        "minutes": f"{change.resource} takes {to:g} minutes{at}",
        "detection": f"{change.resource} finds {100 * to:.4g}% of what is there{at}",
        "arrivals": f"{change.times or 0:g} times the arrivals{at}",
        "random-share": f"{100 * to:.4g}% of inspections drawn at random{at}",
    }[change.do]  # fmt: skip


def _lanes(state: State, change: ChangeForm, file: str) -> list[int]:
    found = [i for i, lane in enumerate(state.lanes) if _is(lane, change.lane, change.office)]
    if not found:
        known = {n for lane in state.lanes for n in (lane.name, lane.capacity_lane)}
        raise UnknownName("lane (and office) in the scenario", change.lane, known, file=file)
    return found


def _is(lane: Lane, name: str, office: str) -> bool:
    return name in (ANY, lane.name, lane.capacity_lane) and office in (ANY, lane.office)


def _one(state: State, change: ChangeForm, lanes: list[int], form: ScenarioForm, file: str) -> tuple[State, set[int]]:
    """Return the plan after one change, and the lanes whose minutes now do another amount of work."""
    to = change.to or 0.0
    if change.do == "share":
        for lane in lanes:
            state = state.with_share(lane, to)
        return state, set()
    if change.do in ("arrivals", "random-share"):
        return _lane_change(state, change, lanes)
    if change.do in ("add", "take"):
        return _staff(state, change, lanes, form, file), set(lanes)
    if change.do == "move":
        return _moved(state, change, lanes, form, file)
    places = _places(state, change, lanes, file)
    stations = list(state.stations)
    for i in places:
        terms = stations[i].terms
        if change.do == "minutes":
            stations[i] = replace(stations[i], service=to)
        elif change.do == "false-alarm":
            stations[i] = replace(stations[i], terms=replace(terms, false_alarms=to))
        else:
            found = doubt.counted(to * 20, 20.0, doubt.ASSUMED, "rate of a what-if, its doubt assumed")
            stations[i] = replace(stations[i], terms=replace(terms, detection=found))
    return replace(state, stations=tuple(stations)), {stations[i].lane for i in places}


def _lane_change(state: State, change: ChangeForm, lanes: list[int]) -> tuple[State, set[int]]:
    made = list(state.lanes)
    for i in lanes:
        if change.do == "random-share":
            made[i] = replace(made[i], random_share=change.to or 0.0)
        else:
            made[i] = replace(made[i], arrivals=tuple(a * (change.times or 1.0) for a in made[i].arrivals))
    free = {i for i in lanes if change.do == "arrivals" and state.lanes[i].share is None}
    return replace(state, lanes=tuple(made)), free


def _staff(state: State, change: ChangeForm, lanes: list[int], form: ScenarioForm, file: str) -> State:
    name, number = str(change.resource), (change.number or 0.0) * (1 if change.do == "add" else -1)
    here = [i for i, s in enumerate(state.stations) if s.resource == name and s.lane in lanes]
    stations = list(state.stations)
    if not here:
        if change.do == "take":
            raise UnknownName("resource in these lanes", name, {s.resource for s in stations}, file=file)
        if len(lanes) > 1:
            hint = "Name the lane that the new resource comes to."
            raise InputError(
                "A new resource comes to one lane.", hint=hint, file=file, column="lane", value=change.lane
            )
        stations.append(_new_station(state, name, lanes[0], form, file))
        here = [len(stations) - 1]
    total = sum(stations[i].minutes for i in here)
    for i in here:
        part = stations[i].minutes / total if total > 0 else 1 / len(here)
        stations[i] = _staffed(stations[i], number * part, file)
    return _ordered(replace(state, stations=tuple(stations)))


def _staffed(station: Station, number: float, file: str) -> Station:
    begins, ends = station.terms.hours
    minutes = station.minutes + number * (ends - begins) * 60.0
    if minutes < -1e-6:
        there = station.minutes / ((ends - begins) * 60.0)
        raise InputError(
            f"There are only {there:.3g} of {station.resource!r} at work in these hours.", file=file,
            column="whatif.changes.number", value=f"{abs(number):g}", hint="Take fewer.",
        )  # fmt: skip
    at_once = station.terms.number
    if at_once is not None:
        # Whole posts only where a number was stated; a part of one works part of the day.
        at_once = max(round(at_once + number), 1)
        at_once = None if at_once * _MINUTES_OF_A_SHIFT_DAY < minutes else at_once
    return replace(station, minutes=max(minutes, 0.0), terms=replace(station.terms, number=at_once))


def _new_station(state: State, name: str, lane: int, form: ScenarioForm, file: str) -> Station:
    """Return a resource where it was not before: as in other lanes, else as the scenario says."""
    elsewhere = [s for s in state.stations if s.resource == name]
    said = next((r for r in form.resource if r.name == name and r.service_minutes and r.detection_rate), None)
    if said is not None:
        service, rate = float(said.service_minutes or 0), float(said.detection_rate or 0)
    elif elsewhere:
        service = sum(s.service for s in elsewhere) / len(elsewhere)
        rate = elsewhere[0].terms.detection.value
    else:
        raise InputError(
            "Nobody says how long it takes and what it finds.", file=file, column="resource", value=name,
            hint=f'Write [[resource]] name = "{name}" with service_minutes and detection_rate, or mend the name.',
        )  # fmt: skip
    terms = replace(terms_of(form, name, state.lanes[lane], rate), number=None)
    return Station(lane, name, state.lanes[lane].office, 0.0, service, terms, False)


def _moved(state: State, change: ChangeForm, lanes: list[int], form: ScenarioForm, file: str) -> tuple[State, set[int]]:
    goal = _lanes(state, change.model_copy(update={"lane": change.to_lane}), file)
    places = _places(state, change, lanes, file)
    there = sum(state.stations[i].minutes for i in places)
    minutes = change.minutes or 0.0
    if minutes > there + 1e-6:
        message = f"Only {there:g} minutes a day of {change.resource!r} work in {change.lane!r}."
        column = "whatif.changes.minutes"
        raise InputError(message, hint="Move fewer.", file=file, column=column, value=f"{minutes:g}")
    stations = list(state.stations)
    for i in places:
        stations[i] = replace(stations[i], minutes=stations[i].minutes * (1 - minutes / there))
    here = [i for i, s in enumerate(stations) if s.resource == change.resource and s.lane in goal]
    if not here:
        stations.append(_new_station(state, str(change.resource), goal[0], form, file))
        here = [len(stations) - 1]
    for i in here:
        stations[i] = replace(
            stations[i], minutes=stations[i].minutes + minutes / len(here),
            terms=replace(stations[i].terms, number=None),
        )  # fmt: skip
    return _ordered(replace(state, stations=tuple(stations))), {*lanes, *goal}


def _places(state: State, change: ChangeForm, lanes: list[int], file: str) -> list[int]:
    found = [i for i, s in enumerate(state.stations) if s.resource == change.resource and s.lane in lanes]
    if not found:
        here = {s.resource for s in state.stations if s.lane in lanes}
        raise UnknownName("resource in these lanes", str(change.resource), here, file=file)
    return found


def _ordered(state: State) -> State:
    return replace(state, stations=tuple(sorted(state.stations, key=lambda s: (s.lane, s.resource))))


def _same_load(before: State, after: State, lanes: set[int], load: float) -> State:
    """Return the plan with the share in these lanes moved as what their minutes can do has moved."""
    old, new = _full(before), _full(after)
    for lane in sorted(lanes):
        share = before.share[lane] * new[lane] / old[lane] if old[lane] > 0 else load * new[lane]
        after = after.with_share(lane, share)
    return after


def _full(state: State) -> Sequence[float]:
    """Return the share of each lane's arrivals at which its busiest resource has no minute left; may be above 1."""
    used = load_of(replace(state, share=(1.0,) * len(state.lanes), spread=None), capped=False).utilisation
    busiest = [max((float(used[i]) for i in state.of_lane(lane)), default=0.0) for lane in range(len(state.lanes))]
    return [1.0 / b if b > 0 else 0.0 for b in busiest]
