"""From files of people, sites and journeys to access and placement, for the command line and the console alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from counterflow.account.care.answer import Asked, access_of
from counterflow.account.care.floating import weights_of
from counterflow.account.care.place import Equity, Placement, place
from counterflow.account.care.places import Demand, Sites, demand_of, sites_of
from counterflow.account.care.scenarios import scenarios_of
from counterflow.account.care.travel import Reach, Travel, great_circle_travel, reach_of, travel_of
from counterflow.account.given import Rows
from counterflow.core.errors import UsageError

__all__ = ["CareFiles", "access_asked", "journeys", "place_asked"]

METHODS = ("2sfca", "e2sfca")


@dataclass(frozen=True)
class CareFiles:
    """The files that a question of care is asked of.

    Args:
        demand: where people live.
        sites: where care is or could be.
        costs: journeys between them; None: straight over the ground.
        people: column of people.
        supply: column of supply.
        groups: columns of groups.
        speed: km/h that straight distance is turned into minutes with; None: it is not.
    """

    demand: Rows
    sites: Rows
    costs: Rows | None = None
    people: str | None = None
    supply: str | None = None
    groups: Sequence[str] = field(default_factory=tuple)
    speed: float | None = None


def access_asked(
    files: CareFiles, method: str, catchment: str, weights: str | None, below: float | None, small: int
) -> dict[str, Any]:
    """Return the access of every place and group.

    Raises:
        UsageError: no such method, catchment or weights.
        InputError: the files cannot be used.
    """
    if method not in METHODS:
        raise UsageError(f"There is no method {method!r}.", hint=f"Use {' or '.join(METHODS)}.")
    reach = reach_of(catchment)
    asked = Asked(method, reach, weights_of(weights, method, reach.value), below, small)
    demand, sites, travel = journeys(files, reach)
    return access_of(demand, sites, travel, asked)


def journeys(files: CareFiles, reach: Reach | None) -> tuple[Demand, Sites, Travel]:
    """Return people, sites and what it takes to get from the ones to the others.

    Raises:
        UsageError: minutes are asked for, and nothing says how long a journey takes.
    """
    demand = demand_of(files.demand, files.people, files.groups)
    sites = sites_of(files.sites, files.supply)
    if files.costs is not None:
        return demand, sites, travel_of(files.costs, demand, sites, _unit_of(files.costs, reach))
    if reach is not None and reach.unit == "min" and files.speed is None:
        message = "Coordinates give kilometres, and the catchment is in minutes."
        raise UsageError(message, hint="Give journeys with --costs, or --speed in km/h, or a catchment such as 10km.")
    speed = files.speed if reach is None or reach.unit == "min" else None
    return demand, sites, great_circle_travel(demand, sites, speed)


def _unit_of(costs: Rows, reach: Reach | None) -> str:
    """Return the unit that the header of a file of journeys names, else the one asked for."""
    names = {name.casefold() for name in costs.header}
    if names & {"minutes", "min"}:
        return "min"
    if "km" in names:
        return "km"
    return reach.unit if reach is not None else ""


def place_asked(
    files: CareFiles, objective: str, new: int, radius: str | None, equity: str | None, scenarios: Rows | None,
    *, capacity: bool, small: int,
) -> dict[str, Any]:  # fmt: skip
    """Return where new sites go.

    Args:
        files: people, sites, journeys.
        objective: p-median or max-cover.
        new: how many sites to choose.
        radius: how far covers, "2km"; None where only the way counts.
        equity: "COLUMN:SHARE" or "COLUMN:max"; "all" for every column of `files.groups`.
        scenarios: rows of scenario, id, people and, with it, probability.
        capacity: whether capacity counts.
        small: counts of people from 1 to one less are withheld.

    Raises:
        UsageError: what is asked does not go together, or cannot be read.
        InputError: the files cannot be used, or the floor cannot be reached.
    """
    reach = reach_of(radius) if radius is not None else None
    column, floor = _floor_of(equity)
    named = list(files.groups)
    if column not in (None, "all") and column not in named:
        named.append(str(column))
    files = replace(files, groups=tuple(named))
    demand, sites, travel = journeys(files, reach)
    if reach is not None and travel.unit and reach.unit and travel.unit != reach.unit:
        message = f"The radius is in {reach.unit}, and journeys are in {travel.unit}."
        raise UsageError(message, hint="Give both in the same unit.")
    fair = None
    if column is not None:
        mine = {n: held for n, held in demand.groups.items() if column == "all" or n.partition("=")[0] == column}
        if not mine:
            raise UsageError("A floor for all groups needs groups.", hint="Name their columns with --group.")
        fair = Equity(mine, floor)
    asked = Placement(
        objective, new, reach.value if reach else None, fair, scenarios_of(scenarios, demand) if scenarios else None,
        small, capacity,
    )  # fmt: skip
    return place(demand, sites, travel, asked)


def _floor_of(text: str | None) -> tuple[str | None, float | None]:
    if text is None:
        return None, None
    column, mark, share = text.rpartition(":")
    if mark and column and share == "max":
        return column, None
    try:
        floor = float(share)
    except ValueError:
        floor = -1.0
    if not (mark and column and 0 < floor <= 1):
        raise UsageError(f"{text!r} is no floor for groups.", hint="Write COLUMN:0.8 or COLUMN:max.")
    return column, floor
