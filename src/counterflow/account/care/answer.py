"""What access people have, as it is told: each place, each group, what was assumed, what cannot be said."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from counterflow.account.care.deserts import by_group, desert_of
from counterflow.account.care.floating import Access, Weights, floating_catchment
from counterflow.account.care.places import Demand, Sites
from counterflow.account.care.travel import Reach, Travel
from counterflow.core.errors import UsageError

__all__ = ["Asked", "access_of"]

LIMITS = (
    "Access is modelled from places and journeys; it does not say who is turned away, insured, open or trusted.",
    "All people of a place are taken to start from one point, and to use only the sites of these files.",
    "Groups are compared, never scored: no figure of a person comes of this.",
)


@dataclass(frozen=True)
class Asked:
    """What access is asked for.

    Args:
        method: 2sfca or e2sfca.
        catchment: how far is in reach.
        weights: how much a journey counts.
        below: score below which a place is a desert; None: no site within reach makes one.
        small: counts of people from 1 to one less are withheld.
    """

    method: str
    catchment: Reach
    weights: Weights
    below: float | None = None
    small: int = 10


def access_of(demand: Demand, sites: Sites, travel: Travel, asked: Asked) -> dict[str, Any]:
    """Return the access of every place and group.

    Raises:
        UsageError: the catchment is in another unit than the journeys.
    """
    if travel.unit and asked.catchment.unit and travel.unit != asked.catchment.unit:
        raise UsageError(
            f"The catchment is in {asked.catchment.unit}, and journeys are in {travel.unit}.",
            hint="Give --costs in minutes, or --speed, for a catchment in minutes.",
        )
    unit = travel.unit or asked.catchment.unit
    reach = asked.catchment.value
    gives = ~sites.excluded & (sites.open if sites.says_open else True)
    supply = np.where(gives, sites.supply, 0.0)
    access = floating_catchment(demand.people, supply, travel.cost, reach, asked.weights)
    desert = desert_of(access, reach, unit, asked.below)
    idle = [
        name
        for name, ratio, amount in zip(sites.ids, access.ratio, supply, strict=True)
        if amount > 0 and math.isnan(ratio)
    ]
    nowhere = [name for name, near in zip(demand.ids, access.nearest, strict=True) if not math.isfinite(near)]
    return {
        "method": asked.method,
        "catchment": reach,
        "unit": unit,
        "weights": [list(step) for step in asked.weights.steps] or {"gaussian": asked.weights.sigma},
        "desert": desert.definition,
        "groups": by_group(demand.people, demand.groups, access, desert, asked.small),
        "points": _points(demand, access, desert.places),
        "sites_nobody_reaches": idle,
        "places_without_any_journey": nowhere,
        "said": [*demand.said, *sites.said, *_candidates(sites), *travel.said],
        "limits": list(LIMITS),
    }


def _candidates(sites: Sites) -> list[str]:
    left = int((~sites.open).sum()) if sites.says_open else 0
    return [f"{left:,} site(s) are not open: they give nothing yet."] if left else []


def _points(demand: Demand, access: Access, desert: np.typing.NDArray[np.bool_]) -> list[dict[str, Any]]:
    return [
        {
            "id": name,
            "people": float(demand.people[number]),
            "score": float(access.score[number]),
            "nearest": float(access.nearest[number]) if math.isfinite(access.nearest[number]) else None,
            "sites_in_reach": int(access.sites[number]),
            "desert": bool(desert[number]),
        }
        for number, name in enumerate(demand.ids)
    ]
