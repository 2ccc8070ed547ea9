"""What if there were more minutes, more chance or more traffic? The latest plan with its numbers turned.

The present is what the latest plan did: its minutes by resource as the ledger holds them since the draw, the share of
each lane that it chose, arrivals, finds of the random arm and scores of the stored weeks. Method, and what it leaves
out: `docs/methods/capacity-planning.md`. Queues are not told here: a plan that fills its minutes leaves no line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.flow.today import cells_of
from counterflow.store.loads import is_synthetic
from counterflow.store.plans import latest_plan
from counterflow.target.choice.capacity import Capacity, Pool
from counterflow.target.severity.in_force import in_force
from counterflow.target.whatif.answer import answer
from counterflow.target.whatif.forms import ScenarioForm
from counterflow.target.whatif.lanes import Stored
from counterflow.target.whatif.stored import stored_weeks

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["LARGEST_FACTOR", "MOST_LANES", "Turned", "capacity_whatif", "present_of", "weeks_of"]

MOST_LANES = 12
LARGEST_FACTOR = 4.0
_DRAWS = 120
_PERIOD_DAYS = 30
#: a unit of `add` in a scenario is one at work over these hours (`target.whatif.stations`, where nobody says)
_MINUTES_OF_ONE = 960.0
#: a lane's way by a word in its name; it only sets how long things may wait, which is not told here
_WAYS = (
    ("express", "express"), ("courier", "express"), ("mail", "mail"), ("post", "mail"), ("letter", "mail"),
    ("air", "air"), ("sea", "sea"), ("port", "sea"), ("rail", "rail"), ("train", "rail"),
)  # fmt: skip

_LANES = """
    SELECT lane, count(*) AS eligible, count(CASE WHEN arm <> '' THEN 1 END) AS chosen FROM draw
    WHERE plan = ? AND lane IS NOT NULL AND lane <> '' GROUP BY lane ORDER BY count(*) DESC, lane
"""
_RESOURCES = """
    SELECT resource, avg(service_minutes) AS service, avg(detection_rate) AS detection FROM draw
    WHERE plan = ? AND arm <> '' AND resource IS NOT NULL GROUP BY resource ORDER BY resource
"""


@dataclass(frozen=True)
class Turned:
    """What is turned; everything else stays as the latest plan had it.

    Args:
        minutes: resource to its minutes over those of now, as 1.5 for half as many again.
        random_share: share of inspections drawn at random; as planned where None.
        arrivals: arrivals over those of now.
    """

    minutes: Mapping[str, float] = field(default_factory=dict)
    random_share: float | None = None
    arrivals: float = 1.0

    def __bool__(self) -> bool:
        """Whether anything is turned at all."""
        return self.random_share is not None or self.arrivals != 1 or any(f != 1 for f in self.minutes.values())


@dataclass(frozen=True)
class Present:
    """The latest plan as numbers to turn.

    Args:
        plan: its row.
        resources: resource to minutes on a mean day, minutes of one inspection, detection rate.
        lanes: lane to eligible and chosen records.
        days: days of the plan.
        left_out: lanes beyond `MOST_LANES`.
    """

    plan: Mapping[str, Any]
    resources: Mapping[str, tuple[float, float, float]]
    lanes: Mapping[str, tuple[int, int]]
    pools: tuple[Pool, ...]
    days: int
    left_out: tuple[str, ...] = ()


def present_of(workspace: Workspace) -> Present:
    """Return the latest plan as numbers to turn.

    Raises:
        InputError: there is no plan, or it chose nothing.
    """
    store = workspace.store
    plan = latest_plan(store)
    if plan is None:
        raise InputError("No plan has been made yet.", hint="`counterflow target plan` makes one.")
    rows: list[dict[str, Any]] = store.rows(_LANES, [plan["plan"]])
    lanes = {str(row["lane"]): (int(row["eligible"]), int(row["chosen"])) for row in rows}
    known: list[dict[str, Any]] = store.rows(_RESOURCES, [plan["plan"]])
    pace = {str(row["resource"]): (float(row["service"]), float(row["detection"])) for row in known}
    pools = _pools(cells_of(workspace, str(plan["plan"])), pace)
    if not pools or not lanes:
        raise InputError("The latest plan chose nothing: there are no minutes to turn.",
                         hint="Plan with minutes for offices and lanes that have records.")  # fmt: skip
    days = max((plan["ends"] - plan["starts"]).days + 1, 1)
    minutes = {name: sum(p.minutes for p in pools if p.resource == name) / days for name in pace}
    resources = {name: (minutes[name], *pace[name]) for name in pace if minutes[name] > 0}
    return Present(plan, resources, dict(list(lanes.items())[:MOST_LANES]), pools, days, tuple(lanes)[MOST_LANES:])


def _pools(cells: list[dict[str, Any]], pace: Mapping[str, tuple[float, float]]) -> tuple[Pool, ...]:
    """Return the plan's pools; one that chose nothing is left out, since nobody says how long it takes."""
    return tuple(
        Pool(
            str(cell["office"]), str(cell["lane"]), dt.date.fromisoformat(str(cell["day"])), str(cell["resource"]),
            int(cell["inspections"]) * pace[str(cell["resource"])][0], *pace[str(cell["resource"])], line=number,
        )
        for number, cell in enumerate(cells, 1)
        if str(cell["resource"]) in pace
    )  # fmt: skip


Weeks = Callable[[str, str], Stored | None]


def weeks_of(workspace: Workspace) -> Weeks:
    """Return what the stored weeks say of a lane and office, each read once: keep it while one turns numbers."""
    return cache(stored_weeks(workspace.store))


def capacity_whatif(workspace: Workspace, turned: Turned | None = None, weeks: Weeks | None = None) -> dict[str, Any]:
    """Return what the latest plan is expected to find and to cost, and beside it what it would with numbers turned.

    Args:
        workspace: plans, outcomes, records, severities.
        turned: what is turned; nothing where None.
        weeks: what the stored weeks say, from `weeks_of`; read anew where None.

    Returns:
        synthetic, plan, days, resources (name, minutes_per_day, factor), random_share, arrivals, left_out, and
        `answer`, as `target.whatif.answer` makes it: the present first, what is turned second.

    Raises:
        InputError: there is no plan to turn.
        UnknownName: a resource that the plan does not have.
        UsageError: a factor or share outside its bounds.
    """
    asked = turned or Turned()
    now = present_of(workspace)
    _require_bounds(asked, now)
    settings, today = workspace.settings.target, workspace.clock().date()
    held = in_force(workspace.store, settings, today)
    severity = {c: (row.value, "measured" if row.basis == "derived" else "stated") for c, row in held.classes.items()}
    made = answer(
        _scenario(workspace.store, now, asked),
        Capacity(now.pools, str(now.plan["capacity_sha256"] or ""), "the latest plan"),
        severity, as_of=today, file="the latest plan", stored=weeks or weeks_of(workspace),
    )  # fmt: skip
    return {
        "synthetic": made["synthetic"], "plan": now.plan["plan"], "made_at": now.plan["made_at"],
        "starts": now.plan["starts"], "ends": now.plan["ends"],
        "resources": [
            {"name": name, "minutes_per_day": minutes, "service_minutes": service, "detection_rate": rate,
             "factor": asked.minutes.get(name, 1.0)}
            for name, (minutes, service, rate) in now.resources.items()
        ],
        "random_share": _share_of(now, asked), "planned_random_share": float(now.plan["random_share"]),
        "arrivals": asked.arrivals, "left_out": list(now.left_out), "answer": made,
    }  # fmt: skip


def _share_of(now: Present, asked: Turned) -> float:
    return float(now.plan["random_share"]) if asked.random_share is None else asked.random_share


def _require_bounds(asked: Turned, now: Present) -> None:
    for name, factor in asked.minutes.items():
        if name not in now.resources:
            raise UnknownName("resource of the latest plan", name, now.resources)
        if not 0 <= factor <= LARGEST_FACTOR:
            raise UsageError(f"Minutes are turned from 0 to {LARGEST_FACTOR:g} times those of now, not {factor:g}.")
    if not 0.1 <= asked.arrivals <= LARGEST_FACTOR:
        raise UsageError(f"Arrivals are turned from 0.1 to {LARGEST_FACTOR:g} times those of now.")
    if asked.random_share is not None and not 0 < asked.random_share <= 1:
        raise UsageError("The random share lies above 0 and is at most 1.", hint="Without chance nobody can judge.")


def _scenario(store: Store, now: Present, asked: Turned) -> ScenarioForm:
    """Return the latest plan as a scenario with at most one what-if."""
    share = float(now.plan["random_share"])
    lanes = [
        {"name": name, "mode": _way(name), "share_inspected": chosen / eligible}
        for name, (eligible, chosen) in now.lanes.items()
    ]
    changes = list(_changes(now, asked))
    whatif = [{"name": "with these numbers", "changes": changes}] if changes else []
    return ScenarioForm.model_validate({
        "title": "The latest plan, turned", "synthetic": is_synthetic(store), "draws": _DRAWS,
        "period_days": _PERIOD_DAYS, "random_share": share, "lane": lanes, "whatif": whatif,
    })  # fmt: skip


def _changes(now: Present, asked: Turned) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = []
    for name, factor in asked.minutes.items():
        number = (factor - 1.0) * now.resources[name][0] / _MINUTES_OF_ONE
        if number:
            # a hair less, so that rounding never takes more than there is
            changes.append(
                {"do": "add" if number > 0 else "take", "resource": name, "number": abs(number) * (1 - 1e-9)}
            )
    if asked.arrivals != 1:
        changes.append({"do": "arrivals", "times": asked.arrivals})
    if asked.random_share is not None:
        changes.append({"do": "random-share", "to": asked.random_share})
    return changes


def _way(lane: str) -> str:
    plain = lane.casefold()
    return next((way for word, way in _WAYS if word in plain), "land")
