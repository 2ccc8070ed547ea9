"""Delay in each lane: the simulated line at each station, the second look included, and what the formula says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator
from counterflow.target.whatif.lines import Line, simulate_line
from counterflow.target.whatif.queues import Wait, servers_needed, wait_of
from counterflow.target.whatif.state import Load, State, alarm_rate, load_of, open_arrivals, seconds_go_to

__all__ = ["MOST_LOAD", "Delays", "LaneDelay", "busiest_hour", "needed", "words_of"]

Floats = npt.NDArray[np.float64]
_BATCHES = 20
_HALVINGS = 12
_LATE = 0.05
#: share of minutes beyond which a line that may wait overnight is called full
MOST_LOAD = 0.95


@dataclass(frozen=True)
class LaneDelay:
    """Minutes that what is inspected waits before somebody looks; None where the line never settles.

    Args:
        mean: mean wait, second looks included.
        high: wait that 95 of 100 stay under.
        error: standard error of the mean from the length of the simulation.
        within: share of inspected that wait no longer than the lane's limit.
        busiest_hour: by the formula, at the rate of the busiest hour as if it lasted: utilisation and waits.
        said: what has to be known of it.
    """

    mean: float | None
    high: float | None
    error: float | None
    within: float | None
    busiest_hour: Wait | None
    said: str


@dataclass
class Delays:
    """Simulates lines once each: what a what-if does not touch is not simulated again.

    Args:
        seed: seed of arrivals and service times.
    """

    seed: int
    _known: dict[Line, Floats] = field(default_factory=dict)

    def of(self, state: State, load: Load) -> list[LaneDelay]:
        """Return the delay in each lane."""
        lines = [self._line(state, load, i) for i in range(len(state.stations))]
        return [self._lane(state, load, lines, lane) for lane in range(len(state.lanes))]

    def _line(self, state: State, load: Load, place: int) -> Line:
        station = state.stations[place]
        lane = state.lanes[station.lane]
        mates = [state.stations[i] for i in state.of_lane(station.lane)]
        by_hour = np.asarray(open_arrivals(lane, [station]))
        if by_hour.sum() <= 0:  # it works when nothing comes: what is kept for it by the others waits for it
            by_hour = np.asarray(open_arrivals(lane, mates))
        a_day = float(load.wanted[place] + load.second[place])
        total = by_hour.sum()
        arrivals = by_hour / total * a_day if total > 0 else by_hour
        first = float(load.wanted[place]) * station.service
        looks = float(load.second[place])
        second = max(float(load.minutes[place]) - first, 0.0) / looks if looks > 0 else 0.0
        first_part = float(load.wanted[place]) / a_day if a_day > 0 else 1.0
        opens, lengths = station.servers
        return Line(
            tuple(float(x) for x in arrivals), (station.service, second), (first_part, 1 - first_part),
            station.terms.variability, opens, lengths, lane.group,
            a_day / lane.a_day if lane.a_day > 0 else 1.0, not lane.overnight,
        )  # fmt: skip

    def _waits(self, line: Line) -> Floats:
        if line not in self._known:
            self._known[line] = simulate_line(line, generator(self.seed, "whatif", "line"))
        return self._known[line]

    def _lane(self, state: State, load: Load, lines: list[Line], lane: int) -> LaneDelay:
        places = [i for i in state.of_lane(lane) if load.wanted[i] > 0]
        each = state.lanes[lane]
        if not places:
            return LaneDelay(None, None, None, None, None, "nothing is inspected here")
        over = [i for i in state.of_lane(lane) if load.utilisation[i] >= 1]
        if over:
            return LaneDelay(None, None, None, None, None, _overload(state, load, over))
        samples, weights, errors = [], [], []
        for i in places:
            waits = self._with_second(state, lines, i)
            samples.append(waits)
            weights.append(np.full(waits.size, load.wanted[i] / max(waits.size, 1)))
            errors.append(_standard_error(waits) * load.wanted[i])
        waits, weight = np.concatenate(samples), np.concatenate(weights)
        if not waits.size:
            return LaneDelay(None, None, None, None, None, "too little is inspected to simulate a line")
        mean = float(np.average(waits, weights=weight))
        return LaneDelay(
            mean, _weighted_quantile(waits, weight, 0.95), float(np.hypot.reduce(errors) / weight.sum()),
            float(weight[waits <= each.limit].sum() / weight.sum()), busiest_hour(lines, places, each.overnight), "",
        )  # fmt: skip

    def _with_second(self, state: State, lines: list[Line], place: int) -> Floats:
        """Return waits at a station, each joined by chance with a wait for the second look where it rings."""
        waits = self._waits(lines[place])
        second = seconds_go_to(state, place)
        if second is None or not waits.size:
            return waits
        rng = generator(self.seed, "whatif", "second", state.stations[place].resource)
        rings = rng.random(waits.size) < alarm_rate(state.lanes[state.stations[place].lane], state.stations[place])
        pool = self._waits(lines[second])
        if not pool.size or not rings.any():
            return waits
        return waits + np.where(rings, rng.choice(pool, waits.size), 0.0)

    def share_in_time(self, state: State, lane: int, possible: float) -> float:
        """Return the greatest share of a lane with 95 of 100 waits of its busiest hour within the limit, by formula.

        Args:
            state: the plan.
            lane: the lane.
            possible: share that the minutes allow.
        """
        each = state.lanes[lane]
        if each.overnight or possible <= 0:
            return possible * MOST_LOAD
        low, high = 0.0, possible
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            good = self._late(state.with_share(lane, middle), lane) <= _LATE
            low, high = (middle, high) if good else (low, middle)
        return low

    def _late(self, state: State, lane: int) -> float:
        """Return the share of a lane's inspections that wait beyond its limit in the busiest hour, by formula."""
        load, limit = load_of(state), state.lanes[lane].limit
        late = total = 0.0
        for i in state.of_lane(lane):
            over = _formula(self._line(state, load, i)).over(limit)
            second = seconds_go_to(state, i)
            if second is not None and second != i:
                rings = alarm_rate(state.lanes[lane], state.stations[i])
                over += rings * _formula(self._line(state, load, second)).over(limit)
            late += min(over, 1.0) * float(load.wanted[i])
            total += float(load.wanted[i])
        return late / total if total > 0 else 0.0


def busiest_hour(lines: list[Line], places: list[int], overnight: bool) -> Wait | None:
    """Return what the formula says of the busiest hour at the busiest station; None where work is left overnight.

    It takes the hour's rate as if it lasted (pointwise stationary; Green and Kolesar 1991, Management Science 37:84).
    """
    if overnight:
        return None
    return max((_formula(lines[i]) for i in places), key=lambda wait: wait.utilisation)


def _formula(line: Line) -> Wait:
    service = sum(s * p for s, p in zip(line.service, line.parts, strict=True))
    return wait_of(max(line.arrivals) / 60.0, service, _at_once(line), line.variability, line.together)


def _at_once(line: Line) -> int:
    """Return how many servers work in the middle of the busiest hour, at least one where anybody works."""
    middle = (int(np.argmax(line.arrivals)) + 0.5) * 60.0
    at_work = sum((middle - o) % 1440.0 < n for o, n in zip(line.opens, line.lengths, strict=True))
    return max(at_work, 1)


def needed(line: Line, limit: float, overnight: bool, most_load: float) -> int | None:
    """Return how many servers with this line's hours keep the busiest hour's 95 % wait within `limit` minutes.

    Where work is left overnight, they are as many as keep the day's work under `most_load` of their minutes.
    """
    service = sum(s * p for s, p in zip(line.service, line.parts, strict=True))
    hours = max(line.lengths, default=480.0)
    if overnight:
        return int(np.ceil(line.minutes / (hours * most_load) - 1e-9)) if line.minutes > 0 else 0
    return servers_needed(max(line.arrivals) / 60.0, service, line.variability, limit, line.together)


def _overload(state: State, load: Load, places: list[int]) -> str:
    told: list[str] = []
    for i in places:
        station = state.stations[i]
        if station.minutes <= 0:
            told.append(f"{station.resource} has no minutes and {load.minutes[i]:.0f} minutes of work a day")
            continue
        more = load.minutes[i] - station.minutes
        told.append(
            f"{station.resource} is asked {load.minutes[i]:,.0f} minutes of work a day and has {station.minutes:,.0f}:"
            f" the line grows by {more:,.0f} minutes of work a day and never settles"
        )
    return "OVERLOAD: " + "; ".join(told)


def _standard_error(waits: Floats) -> float:
    """Return the standard error of a mean of correlated waits by batch means (Law 2015, section 9.5.3)."""
    if waits.size < _BATCHES * 2:
        return float(waits.std()) if waits.size else 0.0
    means = [batch.mean() for batch in np.array_split(waits, _BATCHES)]
    return float(np.std(means, ddof=1) / np.sqrt(_BATCHES))


def _weighted_quantile(values: Floats, weights: Floats, level: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(int(np.searchsorted(reached, level)), values.size - 1)])


def words_of(wait: Wait | None) -> dict[str, Any] | None:
    """Return what the formula says as plain data."""
    if wait is None:
        return None
    return {
        "utilisation": wait.utilisation, "delayed_share": wait.delayed, "mean_minutes": wait.mean,
        "p95_minutes": wait.high,
    }  # fmt: skip
