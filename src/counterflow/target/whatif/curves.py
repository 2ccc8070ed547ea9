"""Diminishing returns, and what it takes to scan more: the curve of each lane and the ladder of shares."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from counterflow.target.whatif import lifts
from counterflow.target.whatif.figures import estimate_of
from counterflow.target.whatif.harm import Draws, detections
from counterflow.target.whatif.lines import Line
from counterflow.target.whatif.state import State, alarm_rate, load_of, open_arrivals
from counterflow.target.whatif.waits import MOST_LOAD, needed

__all__ = ["LADDER", "curve_of", "doubt_from", "ladder_of"]

LADDER = (0.02, 0.40, 1.0)
_SHARES = np.array([0, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0])


def curve_of(state: State, place: int, draws: Draws) -> list[dict[str, Any]]:
    """Return the share of a lane's harm found, by share inspected: in the order of the score, and in random order.

    Detection is the mean of the lane's resources by what each inspects now; with none, no curve.
    """
    places, lane = state.of_lane(place), state.lanes[place]
    done = load_of(state).done[places]
    weight = done if done.sum() > 0 else np.array([state.stations[i].minutes for i in places])
    if not places or weight.sum() <= 0 or not lane.harms:
        return []
    rates = np.average([detections(state, draws)[i] for i in places], axis=0, weights=weight)
    coming = [draws.prevalence[place][c] * h.severity for c, h in enumerate(lane.harms)]
    total = np.sum(coming, axis=0)
    curves = draws.mixed(place, lane.random_share)
    parts = [c[:, None] * lifts.at(curve, _SHARES) for c, curve in zip(coming, curves, strict=True)]
    by_score = rates[:, None] * np.sum(parts, axis=0) / np.where(total > 0, total, 1.0)[:, None]
    low, high = np.quantile(by_score, [0.025, 0.975], axis=0)
    return [
        {
            "lane": lane.name, "share_inspected": float(x), "by_score": float(by_score[:, k].mean()),
            "low": float(low[k]), "high": float(high[k]), "at_random": float(x * rates.mean()),
        }
        for k, x in enumerate(_SHARES)
    ]  # fmt: skip


def ladder_of(state: State, draws: Draws, days: int, as_of: dt.date) -> list[dict[str, Any]]:
    """Return what each share inspected asks of a lane's main resource alone, and what it would find.

    The servers needed keep the 95 % wait of the busiest hour within the lane's limit (formula), or, where work is left
    overnight, stay under 95 % of their minutes.
    """
    load, rows = load_of(state), []
    rates = detections(state, draws)
    for place, lane in enumerate(state.lanes):
        places = state.of_lane(place)
        if not places:
            continue
        main = max(places, key=lambda i: (load.done[i], state.stations[i].minutes))
        station = state.stations[main]
        curves = draws.mixed(place, lane.random_share)
        for share in sorted({*LADDER, round(float(load.done[places].sum()) / max(lane.a_day, 1e-9), 6)}):
            line = _line(state, main, share)
            fits = needed(line, lane.limit, lane.overnight, MOST_LOAD)
            finds = [
                lane.a_day * draws.prevalence[place][c] * rates[main] * lifts.at(curves[c], share) * h.severity * days
                for c, h in enumerate(lane.harms)
            ]
            hours = max(line.lengths, default=0.0) / 60.0
            cost = station.terms.cost_per_hour
            rows.append({
                "lane": lane.name, "share_inspected": share, "resource": station.resource,
                "needed_at_once": fits, "at_work_now": len(station.servers[0]), "hours_each": hours,
                "minutes_of_work_per_day": line.minutes,
                "cost_per_day": None if cost is None or fits is None else fits * hours * cost,
                "harm_found": estimate_of(np.sum(finds, axis=0), f"severity points in {days} days",
                                          f"capacity file and scenario, lane {lane.name}", as_of),
            })  # fmt: skip
    return rows


def _line(state: State, main: int, share: float) -> Line:
    station = state.stations[main]
    lane = state.lanes[station.lane]
    mates = [state.stations[i] for i in state.of_lane(station.lane)]
    arrivals = np.asarray(open_arrivals(lane, mates)) * share
    rings = alarm_rate(lane, station) if station.terms.second == station.resource else 0.0
    looks = station.terms.second_minutes if rings else 0.0
    opens, lengths = station.servers
    if not lengths:
        begins, ends = station.terms.hours
        opens, lengths = (begins * 60,), ((ends - begins) * 60,)
    total = 1 + (rings if looks > 0 else 0.0)
    return Line(
        tuple(float(a) * total for a in arrivals), (station.service, looks), (1 / total, 1 - 1 / total),
        station.terms.variability, opens, (max(lengths),), lane.group, share, not lane.overnight,
    )  # fmt: skip


def doubt_from(state: State, draws: Draws, total: np.ndarray[Any, np.dtype[np.float64]]) -> list[dict[str, Any]]:
    """Return which inputs the doubt about all harm found comes from, most first: what to measure next.

    The share is the squared correlation of the input with the total over the draws (first-order; Saltelli et al. 2008,
    *Global Sensitivity Analysis*, section 1.2); shares of inputs that depend on each other may add up to more than 1.
    """
    inputs: dict[str, Any] = {}
    for place, lane in enumerate(state.lanes):
        for c, harm in enumerate(lane.harms):
            inputs[f"prevalence of {harm.harm_class}, {lane.name}"] = draws.prevalence[place][c]
            inputs[f"how well the score sorts {harm.harm_class}, {lane.name}"] = lifts.at(draws.lift[place][c], 0.1)
    for station, rate in zip(state.stations, detections(state, draws), strict=True):
        inputs[f"detection rate of {station.resource}"] = rate
    rows: list[dict[str, Any]] = [
        {"input": name, "share_of_doubt": float(np.corrcoef(values, total)[0, 1] ** 2)}
        for name, values in inputs.items()
        if np.std(values) > 0 and np.std(total) > 0
    ]
    return sorted(rows, key=lambda row: (-float(row["share_of_doubt"]), str(row["input"])))[:8]
