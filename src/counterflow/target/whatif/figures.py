"""The figures of one plan: what each lane does, how long things wait, what is found, and at whose burden."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.estimate import Estimate
from counterflow.target.whatif import doubt
from counterflow.target.whatif.harm import Draws, Found, detections, found
from counterflow.target.whatif.state import Load, State, alarm_rate, load_of, open_share, shares_by_minutes, work_matrix
from counterflow.target.whatif.waits import Delays, LaneDelay, words_of

__all__ = ["Asked", "Figures", "estimate_of", "figures_of"]

Floats = npt.NDArray[np.float64]
LEVEL = 0.95
METHOD = "simulation of prevalence, lift and detection rates; docs/methods/capacity-planning.md"
_STEP = 0.01
_LAST = 0.10
_MUCH_MORE = 1.25


@dataclass(frozen=True)
class Asked:
    """What figures are asked for: draws of the doubt, simulated lines, days of the period, day of asking."""

    draws: Draws
    delays: Delays
    days: int
    as_of: dt.date


@dataclass(frozen=True)
class Figures:
    """A plan's figures as plain data, with what other figures are made from.

    Args:
        lanes: one row per lane.
        resources: one row per lane and resource.
        found: finds a day, per draw.
        load: work and what of it is done.
        said: what has to be known.
    """

    lanes: list[dict[str, Any]]
    resources: list[dict[str, Any]]
    found: Found
    load: Load
    said: list[str]


def estimate_of(values: Floats, unit: str, source: str, as_of: dt.date) -> dict[str, Any]:
    """Return the mean of draws with their central 95 %, as an `Estimate`'s plain data."""
    low, high = (float(q) for q in np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    value = min(max(float(values.mean()), low), high)
    return Estimate(
        value=value, low=low, high=high, level=LEVEL, method=METHOD, source=source, as_of=as_of, unit=unit
    ).as_dict()  # fmt: skip


def figures_of(state: State, asked: Asked) -> Figures:
    """Return the figures of a plan."""
    draws, delays, days, as_of = asked.draws, asked.delays, asked.days, asked.as_of
    load = load_of(state)
    rates = detections(state, draws)
    what = found(state, load.done, draws, rates=rates)
    waits = delays.of(state, load)
    possible = shares_by_minutes(state, 1.0)
    worth = _worth(state, load, draws, rates, what)
    lanes, said = [], []
    for place in range(len(state.lanes)):
        row = _lane_row(state, load, what, waits[place], float(possible[place]), place, asked)
        row["share_reachable_within_the_wait"] = delays.share_in_time(state, place, float(possible[place]))
        less = load.done.copy()
        less[state.of_lane(place)] *= 1 - _LAST
        without = found(state, less, draws, rates=rates).harm[place]
        row["last_tenth_of_minutes"] = _last_tenth(what.harm[place], without, days, as_of)
        lanes.append(row)
        said += _to_say(state, row, place)
    resources = [_resource_row(state, load, i, worth[i]) for i in range(len(state.stations))]
    return Figures(lanes, resources, what, load, said)


def _lane_row(
    state: State, load: Load, what: Found, wait: LaneDelay, possible: float, place: int, asked: Asked
) -> dict[str, Any]:
    days, as_of = asked.days, asked.as_of
    lane, places = state.lanes[place], state.of_lane(place)
    done, wanted = float(load.done[places].sum()), float(load.wanted[places].sum())
    mates = [state.stations[i] for i in places]
    return {
        "lane": lane.name, "mode": lane.mode, "direction": lane.direction, "office": lane.office,
        "arrivals_per_day": lane.a_day,
        "share_wanted": state.share[place],
        "share_inspected": done / lane.a_day if lane.a_day > 0 else 0.0,
        "share_reachable_by_minutes": possible,
        "share_that_comes_in_working_hours": open_share(lane, mates),
        "inspections_wanted_per_day": wanted, "inspections_per_day": done,
        "random_share_of_inspections": lane.random_share,
        "utilisation": max((float(load.utilisation[i]) for i in places), default=None),
        "overloaded": any(load.utilisation[i] >= 1 for i in places),
        "wait": {
            "mean_minutes": wait.mean, "p95_minutes": wait.high, "simulation_error_minutes": wait.error,
            "longest_wanted_minutes": lane.limit, "share_within_it": wait.within,
            "formula_for_the_busiest_hour": words_of(wait.busiest_hour), "said": wait.said,
        },
        "harm": [_harm_row(state, what, place, c, asked) for c in range(len(lane.harms))],
        "harm_found": estimate_of(
            what.harm[place] * days, f"severity points in {days} days", _source(state, place), as_of
        ),
        "burden": _burden(state, load, wait, what, place, days),
        "rests_on": rests_on(state, place),
    }  # fmt: skip


def _harm_row(state: State, what: Found, place: int, c: int, asked: Asked) -> dict[str, Any]:
    draws, days, as_of = asked.draws, asked.days, asked.as_of
    lane, source = state.lanes[place], _source(state, place)
    harm, finds = lane.harms[c], what.finds[place][c]
    coming = lane.a_day * draws.prevalence[place][c]
    rate = np.divide(finds, coming, out=np.zeros_like(finds), where=coming > 0)
    return {
        "harm_class": harm.harm_class, "severity": harm.severity, "severity_is": harm.severity_basis,
        "prevalence_is": f"{harm.prevalence.basis}: {harm.prevalence.said}",
        "coming": estimate_of(coming * days, f"records in {days} days", source, as_of),
        "finds": estimate_of(finds * days, f"records in {days} days", source, as_of),
        "harm_found": estimate_of(finds * harm.severity * days, f"severity points in {days} days", source, as_of),
        "interdiction_rate": estimate_of(rate, "share of records that carry it", source, as_of),
    }  # fmt: skip


def _burden(state: State, load: Load, wait: LaneDelay, what: Found, place: int, days: int) -> dict[str, Any]:
    """Return what those who carry nothing bear; the inspections less the harmful ones that are found are all clean."""
    places, lane = state.of_lane(place), state.lanes[place]
    done = float(load.done[places].sum()) * days
    finds = float(sum(f.mean() for f in what.finds[place])) * days
    clean = max(done - finds, 0.0)
    matrix = work_matrix(state)
    minutes = float((matrix[:, places] @ load.done[places]).sum()) * days
    second = sum(
        float(load.done[i]) * (1 - min(sum(h.prevalence.value for h in lane.harms), 1.0))
        * state.stations[i].terms.false_alarms for i in places if state.stations[i].terms.second_minutes > 0
    ) * days  # fmt: skip
    return {
        "clean_items_delayed": clean,
        "clean_items_delayed_per_find": clean / finds if finds > 0 else None,
        "hours_waited_by_them": None if wait.mean is None else clean * wait.mean / 60.0,
        "hours_under_inspection": minutes / 60.0 * (clean / done if done > 0 else 0.0),
        "false_alarms_opened": second,
    }


def _worth(state: State, load: Load, draws: Draws, rates: list[Floats], what: Found) -> list[dict[str, float]]:
    """Return what one more minute at each station would bring, the share inspected rising with it."""
    matrix, rows = work_matrix(state), []
    for i, station in enumerate(state.stations):
        lane = station.lane
        minutes = float(matrix[:, i].sum())
        step = max(_STEP * float(load.done[i]), 1e-3 * state.lanes[lane].a_day, 1e-9)
        more = load.done.copy()
        more[i] += step
        after = found(state, more, draws, rates=rates)
        gained = float((after.harm[lane] - what.harm[lane]).mean()) / (step * minutes)
        finds = sum(float((a - b).mean()) for a, b in zip(after.finds[lane], what.finds[lane], strict=True))
        rows.append({"harm": gained, "finds": finds / (step * minutes) * 1000})
    return rows


def _resource_row(state: State, load: Load, i: int, worth: dict[str, float]) -> dict[str, Any]:
    station = state.stations[i]
    opens, lengths = station.servers
    cost = station.terms.cost_per_hour
    return {
        "lane": state.lanes[station.lane].name, "resource": station.resource, "office": station.office,
        "minutes_per_day": station.minutes, "at_work_at_once": len(opens),
        "first_hour": min(opens) / 60 if opens else None, "longest_shift_hours": max(lengths) / 60 if lengths else None,
        "minutes_of_an_inspection": station.service, "alarm_rate": alarm_rate(state.lanes[station.lane], station),
        "work_asked_minutes_per_day": float(load.minutes[i]),
        "utilisation": float(load.utilisation[i]) if np.isfinite(load.utilisation[i]) else None,
        "inspections_per_day": float(load.done[i]), "second_looks_per_day": float(load.second[i]),
        "harm_found_per_further_minute": worth["harm"], "finds_per_1000_further_minutes": worth["finds"],
        "cost_per_day": None if cost is None else cost * station.minutes / 60,
        "harm_found_per_further_unit_of_cost": None if not cost else worth["harm"] * 60 / cost,
        "minutes_shared_with_other_lanes": station.shared,
    }  # fmt: skip


def _last_tenth(whole: Floats, less: Floats, days: int, as_of: dt.date) -> dict[str, Any]:
    gained = (whole - less) * days
    share = float(gained.mean() / (whole.mean() * days)) if whole.mean() > 0 else None
    return {
        "harm_found": estimate_of(
            gained, f"severity points in {days} days", "this plan with 10 % fewer inspections", as_of
        ),
        "share_of_what_the_lane_finds": share,
    }  # fmt: skip


def rests_on(state: State, place: int) -> str:
    """Return the weakest basis among a lane's inputs."""
    lane = state.lanes[place]
    bases = [h.prevalence.basis for h in lane.harms]
    bases += [state.stations[i].terms.detection.basis for i in state.of_lane(place)]
    areas = [h.auc.basis for h in lane.harms] if lane.lift is None and lane.scored is None else [lane.lift_basis]
    return doubt.weakest(*bases, *areas)


def _source(state: State, place: int) -> str:
    return f"capacity file and scenario, lane {state.lanes[place].name}: {rests_on(state, place)} inputs"


def _to_say(state: State, row: dict[str, Any], place: int) -> list[str]:
    lane, places = state.lanes[place], state.of_lane(place)
    name, said = lane.name, []
    if not places or sum(state.stations[i].minutes for i in places) <= 0:
        said.append(f"{name}: nobody inspects here (0 minutes); nothing can be found")
    elif row["overloaded"]:
        told = row["wait"]["said"]
        said.append(f"{name}: {told}; at most {row['share_inspected']:.3g} of arrivals can be inspected")
    elif row["share_reachable_within_the_wait"] > _MUCH_MORE * row["share_inspected"] > 0:
        could = row["share_reachable_within_the_wait"]
        said.append(
            f"{name}: the minutes there would allow {could:.3g} of arrivals; {row['share_inspected']:.3g} is asked"
        )
    high = row["wait"]["p95_minutes"]
    if high is not None and high > lane.limit:
        said.append(f"{name}: 5 of 100 wait longer than {high:,.0f} minutes; {lane.limit:g} are wanted at most")
    if state.share[place] > row["share_that_comes_in_working_hours"] + 1e-9 and places:
        part = row["share_that_comes_in_working_hours"]
        said.append(f"{name}: only {part:.3g} of arrivals come while somebody works; the rest passes uninspected")
    return said
