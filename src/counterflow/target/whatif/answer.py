"""The whole answer to a scenario: the present, each what-if beside it, the best use of the same minutes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from counterflow.target.choice.capacity import Capacity
from counterflow.target.whatif import doubt
from counterflow.target.whatif.best import best_use
from counterflow.target.whatif.changes import applied, in_words
from counterflow.target.whatif.curves import curve_of, doubt_from, ladder_of
from counterflow.target.whatif.figures import Asked, Figures, estimate_of, figures_of
from counterflow.target.whatif.forms import ScenarioForm, WhatIfForm
from counterflow.target.whatif.harm import Draws, found
from counterflow.target.whatif.lanes import Stored, lanes_of
from counterflow.target.whatif.state import State, load_of, shares_by_minutes
from counterflow.target.whatif.stations import stations_of
from counterflow.target.whatif.waits import Delays

__all__ = ["CAUTIONS", "METHODS", "answer"]

CAUTIONS = (
    (
        "Found is not deterred: who learns that a lane is watched may stay away, or go where nobody looks. No figure"
        " here counts either."
    ),
    (
        "Finds go up when inspections go up. Read the interdiction rate and the burden beside them; neither finds nor"
        " seizures say how much comes through."
    ),
    (
        "Expected harm found stands or falls with the prevalence, and that is known only where inspections are drawn at"
        " random. A lane that nobody measured looks empty."
    ),
    (
        "Severity points are judgement (`target severity show`); figures in points order plans and are no count of"
        " deaths."
    ),
)
#: a plan that works this part more minutes than the present is told by what each of them brings
_MORE = 0.005
METHODS = {
    "waits": "event simulation of each line (Kiefer and Wolfowitz 1955), arrivals by the hour, servers with hours",
    "formula": "Erlang C; Kimura 1986 with Cosmetatos 1975; Allen-Cunneen for groups; busiest hour as if it lasted",
    "harm": "lift curve with the random arm in it, best resource to the highest scores; doubt by simulation",
    "best": "linear programme over concave curves (HiGHS), minutes of a resource movable within an office",
    "page": "docs/methods/capacity-planning.md",
}


def answer(
    form: ScenarioForm,
    capacity: Capacity,
    severity: Mapping[str, tuple[float, str]],
    *,
    as_of: dt.date,
    file: str,
    folder: Path | None = None,
    stored: Callable[[str, str], Stored | None] | None = None,
) -> dict[str, Any]:
    """Return the answer as plain data.

    Args:
        form: the scenario.
        capacity: the capacity file.
        severity: harm class to points and their basis.
        as_of: the day it is asked on.
        file: name of the scenario file, for messages.
        folder: where files that the scenario names lie.
        stored: what the workspace knows of (lane, office), if there is one.

    Raises:
        InputError: see `lanes_of`, `stations_of` and `applied`.
    """
    lanes = lanes_of(form, severity, file=file, folder=folder, stored=stored)
    stations, told = stations_of(capacity, form, lanes)
    bare = State(lanes, stations, (0.0,) * len(lanes))
    by_minutes = shares_by_minutes(bare, form.load)
    shares = tuple(float(m) if lane.share is None else lane.share for lane, m in zip(lanes, by_minutes, strict=True))
    present = replace(bare, share=shares)
    plans = [(None, present)] + [(w, applied(present, w, form, file)) for w in form.whatif]
    draws, delays = Draws(lanes, form.draws, form.seed), Delays(form.seed)
    days = form.period_days
    asked = Asked(draws, delays, days, as_of)
    figures = [figures_of(state, asked) for _, state in plans]
    first = figures[0]
    return {
        "title": form.title, "synthetic": form.synthetic, "as_of": as_of.isoformat(), "seed": form.seed,
        "draws": form.draws, "period_days": days, "level": 0.95,
        "capacity_file": capacity.file, "capacity_sha256": capacity.sha256,
        "scenarios": [
            _scenario(whatif, each, first, days, as_of) for (whatif, _), each in zip(plans, figures, strict=True)
        ],
        "best_use_of_the_same_minutes": _best(present, first, draws, form, as_of),
        "share_inspected_ladder": ladder_of(present, draws, days, as_of),
        "diminishing_returns": [row for i in range(len(lanes)) for row in curve_of(present, i, draws)],
        "rests_on": _rests_on(first),
        "doubt_comes_from": doubt_from(present, draws, first.found.total),
        "assumed": _assumed(present),
        "said": list(told), "cautions": list(CAUTIONS), "method": METHODS,
    }  # fmt: skip


def _scenario(whatif: WhatIfForm | None, figures: Figures, first: Figures, days: int, as_of: dt.date) -> dict[str, Any]:
    unit = f"severity points in {days} days"
    total = figures.found.total * days
    row: dict[str, Any] = {
        "name": whatif.name if whatif else "present",
        "changes": [in_words(change) for change in whatif.changes] if whatif else [],
        "lanes": figures.lanes, "resources": figures.resources,
        "harm_found": estimate_of(total, unit, "all lanes", as_of),
        "minutes_worked_per_day": _worked(figures), "burden": _burden(figures),
        "said": [line for line in figures.said if whatif is None or line not in first.said],
    }  # fmt: skip
    if whatif is None:
        return row
    gained = total - first.found.total * days
    minutes = _worked(figures) - _worked(first)
    row["compared_with_present"] = {
        "harm_found": estimate_of(gained, unit, "the same draws in both plans", as_of),
        "minutes_worked_per_day": minutes,
        "harm_found_per_further_minute": float(gained.mean()) / (minutes * days)
        if minutes > _MORE * _worked(first)
        else None,
        "clean_items_delayed": _burden(figures)["clean_items_delayed"] - _burden(first)["clean_items_delayed"],
    }
    if whatif.starts_late_days:
        late = (figures.found.total - first.found.total) * whatif.starts_late_days
        forgone = estimate_of(late, "severity points", f"{whatif.starts_late_days} days late", as_of)
        row["compared_with_present"]["forgone_by_starting_late"] = forgone | {"days": whatif.starts_late_days}
    return row


def _worked(figures: Figures) -> float:
    asked = [(r["work_asked_minutes_per_day"], r["minutes_per_day"]) for r in figures.resources]
    return float(sum(min(work, there) for work, there in asked))


def _burden(figures: Figures) -> dict[str, Any]:
    each = [lane["burden"] for lane in figures.lanes]
    waited = [b["hours_waited_by_them"] for b in each]
    return {
        "clean_items_delayed": sum(b["clean_items_delayed"] for b in each),
        "hours_under_inspection": sum(b["hours_under_inspection"] for b in each),
        "hours_waited_by_them": sum(w or 0.0 for w in waited),
        "lanes_whose_wait_cannot_be_told": [
            lane["lane"] for lane, w in zip(figures.lanes, waited, strict=True) if w is None and lane["overloaded"]
        ],
    }


def _best(state: State, first: Figures, draws: Draws, form: ScenarioForm, as_of: dt.date) -> dict[str, Any]:
    best, days = best_use(state, draws, form.keep_at_least), form.period_days
    if best is None:
        return {"said": "There are no worked minutes to move.", "rows": []}
    what = found(state, best.inspections, draws)
    unit = f"severity points in {days} days"
    load = load_of(state)
    rows = [
        {
            "lane": state.lanes[s.lane].name, "resource": s.resource,
            "minutes_now": float(min(load.minutes[i], s.minutes)), "minutes_best": float(best.minutes[i]),
            "inspections_now": float(load.done[i]), "inspections_best": float(best.inspections[i]),
            "harm_found_per_further_minute": float(best.price[i]),
        }
        for i, s in enumerate(state.stations)
    ]  # fmt: skip
    lanes = [
        {"lane": lane.name, "harm_found_now": float(first.found.harm[i].mean()) * days,
         "harm_found_best": float(what.harm[i].mean()) * days}
        for i, lane in enumerate(state.lanes)
    ]  # fmt: skip
    return {
        "harm_found": estimate_of(what.total * days, unit, "all lanes, minutes moved", as_of),
        "gained": estimate_of((what.total - first.found.total) * days, unit, "the same draws in both plans", as_of),
        "rows": rows, "lanes": lanes, "kept_in_each_lane_at_least": form.keep_at_least,
        "said": "By expected harm under these inputs only. A lane whose prevalence nobody measured looks empty: draw at"
        " random there before taking minutes away.",
    }  # fmt: skip


def _rests_on(first: Figures) -> dict[str, Any]:
    total = sum(lane["harm_found"]["value"] for lane in first.lanes)
    share = {
        basis: sum(lane["harm_found"]["value"] for lane in first.lanes if lane["rests_on"] == basis) / total
        if total > 0
        else 0.0
        for basis in doubt.BASES
    }
    words = ", ".join(f"{part:.0%} on {basis}" for basis, part in share.items() if part > 0)
    said = f"Of the expected harm found, by the weakest input of its lane: {words or 'nothing is found'}."
    return share | {"said": f"{said} Severity is judgement throughout."}


def _assumed(state: State) -> list[str]:
    told: dict[str, list[str]] = {}
    for place, lane in enumerate(state.lanes):
        mine = [*lane.assumed, *(a for i in state.of_lane(place) for a in state.stations[i].terms.assumed)]
        for line in dict.fromkeys(mine):
            told.setdefault(line, []).append(lane.name)
    total = len(state.lanes)
    return [f"{line} ({'every lane' if len(where) == total else ', '.join(where)})" for line, where in told.items()]
