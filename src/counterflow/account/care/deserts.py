"""Who lives in a desert of care, by group: people and shares, with the definition that was used.

"Desert" has no one meaning: for food shops a mile in town and ten in the country is usual, for pharmacies both a
distance and a count per head are. Here it is what the caller declares: nothing within reach, or a score below a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.account.care.floating import Access, spread
from counterflow.account.care.withheld import too_small

__all__ = ["Desert", "by_group", "desert_of"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Desert:
    """Which places are deserts.

    Args:
        places: shape (D,).
        definition: what makes one, in words.
    """

    places: Mask
    definition: str


def desert_of(access: Access, reach: float, unit: str, below: float | None = None) -> Desert:
    """Return the places from which no site with supply is within `reach`, or whose score is below a line."""
    if below is not None:
        return Desert(access.score < below, f"less than {below:g} of supply for each person (score)")
    return Desert(~(access.nearest <= reach), f"no site with supply within {reach:g} {unit}".rstrip())


def by_group(
    people: Floats, groups: dict[str, Floats], access: Access, desert: Desert, small: int
) -> list[dict[str, Any]]:
    """Return for everybody and for each group how many live in a desert, and what they reach.

    Counts of 1 to `small` - 1 people are withheld, with one more so that none can be computed from the others.

    Args:
        people: at each place, shape (D,).
        groups: name to people at each place.
        access: what each place reaches.
        desert: which places are deserts.
        small: smallest count of people that is shown.
    """
    everybody = float(people[desert.places].sum())
    rows = [_row("everybody", people, access, desert, everybody / float(people.sum()))]
    rows += [_row(name, held, access, desert, everybody / float(people.sum())) for name, held in groups.items()]
    for row, few in zip(rows, too_small(people, groups, desert.places, small), strict=True):
        row["withheld"] = few
    return [_shown(row) for row in rows]


def _row(name: str, held: Floats, access: Access, desert: Desert, everybody: float) -> dict[str, Any]:
    whole, inside = float(held.sum()), float(held[desert.places].sum())
    reached = np.isfinite(access.nearest)
    share = inside / whole if whole > 0 else None
    middle = spread(access.nearest[reached], held[reached], (0.5, 0.9)) if reached.any() else [float("nan")] * 2
    return {
        "group": name,
        "people": whole,
        "in_desert": inside,
        "share": share,
        "times_everybody": share / everybody if share is not None and everybody > 0 else None,
        "mean_score": float((access.score * held).sum() / whole) if whole > 0 else None,
        "median_nearest": middle[0] if middle[0] == middle[0] else None,
        "nearest_of_90_percent": middle[1] if middle[1] == middle[1] else None,
        "without_any_journey": float(held[~reached].sum()),
        "withheld": False,
    }


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as it may be shown: of a withheld count nothing that it could be computed from."""
    if row["withheld"]:
        row |= dict.fromkeys(("in_desert", "share", "times_everybody", "without_any_journey"))
    return row
