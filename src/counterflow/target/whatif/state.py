"""A plan as it stands: lanes, stations, the share inspected in each lane, and how it is spread over the stations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from counterflow.target.whatif.lanes import Lane
from counterflow.target.whatif.stations import Station

__all__ = ["Load", "State", "alarm_rate", "load_of", "open_share"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class State:
    """Lanes and stations with the share of arrivals wanted inspected.

    Args:
        lanes: lanes.
        stations: stations, in order of lane.
        share: share of arrivals wanted inspected, per lane.
        spread: inspections a day wanted of each station; None spreads a lane's over its stations by what they can do.
    """

    lanes: tuple[Lane, ...]
    stations: tuple[Station, ...]
    share: tuple[float, ...]
    spread: tuple[float, ...] | None = None

    def of_lane(self, lane: int) -> list[int]:
        """Return the places of a lane's stations."""
        return [i for i, station in enumerate(self.stations) if station.lane == lane]

    def with_share(self, lane: int, share: float) -> State:
        """Return the plan with another share in one lane."""
        shares = (*self.share[:lane], min(share, 1.0), *self.share[lane + 1 :])
        return replace(self, share=shares, spread=None)


@dataclass(frozen=True)
class Load:
    """What each station has to do.

    Args:
        wanted: inspections a day asked of each station.
        done: inspections a day it can carry, never more than wanted.
        second: second looks a day that come to it, were all wanted inspections made.
        minutes: minutes of work a day that this makes.
        utilisation: of its minutes; infinite where there are none and work is asked.
    """

    wanted: Floats
    done: Floats
    second: Floats
    minutes: Floats
    utilisation: Floats


def alarm_rate(lane: Lane, station: Station) -> float:
    """Return the share of inspections that ring: false alarms, and harm that is detected."""
    harmful = min(sum(harm.prevalence.value for harm in lane.harms), 1.0)
    return station.terms.false_alarms * (1 - harmful) + station.terms.detection.value * harmful


def open_share(lane: Lane, stations: Sequence[Station]) -> float:
    """Return the share of a lane's arrivals that could be inspected: all, or those that come while somebody works."""
    if not stations or lane.a_day <= 0:
        return 0.0
    if lane.overnight:
        return 1.0
    return float(sum(open_arrivals(lane, stations)) / lane.a_day)


@cache
def _open_hours(shifts: frozenset[tuple[float, float]]) -> tuple[float, ...]:
    """Return the part of each hour in which at least one server works, from when each begins and how long it works."""
    minute = np.zeros(1440, bool)
    for begin, length in shifts:
        minute[np.arange(round(begin), round(begin + length)) % 1440] = True
    return tuple(float(x) for x in minute.reshape(24, 60).mean(axis=1))


def open_arrivals(lane: Lane, stations: Sequence[Station]) -> tuple[float, ...]:
    """Return arrivals by hour that could be inspected."""
    if lane.overnight:
        return lane.arrivals
    shifts = frozenset(shift for station in stations for shift in zip(*station.servers, strict=True))
    return tuple(a * o for a, o in zip(lane.arrivals, _open_hours(shifts), strict=True))


def seconds_go_to(state: State, place: int) -> int | None:
    """Return the station that takes second looks for one: itself where the one named is not there; None for none."""
    station = state.stations[place]
    if station.terms.second_minutes <= 0:
        return None
    mates = {state.stations[i].resource: i for i in state.of_lane(station.lane)}
    return mates.get(station.terms.second, place)


def work_matrix(state: State) -> Floats:
    """Return minutes of work at each station (rows) for one inspection at each station (columns)."""
    size = len(state.stations)
    matrix = np.zeros((size, size))
    for i, station in enumerate(state.stations):
        matrix[i, i] += station.service
        second = seconds_go_to(state, i)
        if second is not None:
            matrix[second, i] += alarm_rate(state.lanes[station.lane], station) * station.terms.second_minutes
    return matrix


def load_of(state: State, *, capped: bool = True) -> Load:
    """Return the work that the wanted shares make, and what of it can be done.

    Without a spread, a lane's inspections go to its stations in proportion to the minutes and pace of each, so that all
    are equally busy with first looks. Where any station of a lane is asked more than its minutes, the whole lane is
    carried in the proportion that fits. What comes while nobody works, and does not wait, is not asked for where
    `capped`.
    """
    matrix = work_matrix(state)
    minutes = np.array([station.minutes for station in state.stations])
    wanted = np.zeros(len(state.stations)) if state.spread is None else np.array(state.spread, float)
    if state.spread is None:
        for lane, asked in enumerate(state.share):
            share, places = asked, state.of_lane(lane)
            pace = np.array([minutes[i] / matrix[i, i] for i in places])
            if capped and places:
                share = min(share, open_share(state.lanes[lane], [state.stations[i] for i in places]))
            if places and pace.sum() > 0:
                wanted[places] = state.lanes[lane].a_day * share * pace / pace.sum()
    work = matrix @ wanted
    used = np.divide(work, minutes, out=np.where(work > 0, np.inf, 0.0), where=minutes > 0)
    done = wanted.copy()
    for lane in range(len(state.lanes)):
        places = state.of_lane(lane)
        if places:
            done[places] /= max(1.0, float(used[places].max()))
    second = np.zeros(len(state.stations))
    for i, station in enumerate(state.stations):
        goes = seconds_go_to(state, i)
        if goes is not None:
            second[goes] += wanted[i] * alarm_rate(state.lanes[station.lane], station)
    return Load(wanted, done, second, work, used)


def shares_by_minutes(state: State, load: float) -> Floats:
    """Return the share of each lane's arrivals that its minutes allow at this load, at most what can be inspected."""
    tried = replace(state, share=(1.0,) * len(state.lanes), spread=None)
    used = load_of(tried, capped=False).utilisation
    result = np.zeros(len(state.lanes))
    for lane, each in enumerate(state.lanes):
        places = state.of_lane(lane)
        if places and each.a_day > 0 and sum(state.stations[i].minutes for i in places) > 0:
            most = open_share(each, [state.stations[i] for i in places])
            busiest = float(used[places].max())
            result[lane] = min(load / busiest if busiest > 0 else 1.0, most)
    return result
