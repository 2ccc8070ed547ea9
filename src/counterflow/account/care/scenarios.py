"""Demand that is not certain: people at each place in each of a few futures, with how likely each is."""

from __future__ import annotations

import math

import numpy as np

from counterflow.account.care.places import Demand, Floats
from counterflow.account.given import Rows
from counterflow.core.errors import InputError

__all__ = ["scenarios_of"]


def scenarios_of(rows: Rows, demand: Demand) -> dict[str, tuple[float, Floats]]:
    """Return each scenario with its probability and its people at each place.

    Args:
        rows: scenario, id, people; and probability, the same in all rows of a scenario; without it all are as likely.
        demand: the places; one that a scenario does not name has nobody in it.

    Raises:
        InputError: a place that is not there, one named twice, or probabilities that are none.
    """
    for name in ("scenario", "id", "people"):
        rows.column(name)
    at = {name: number for number, name in enumerate(demand.ids)}
    people, shares = rows.numbers("people"), _shares(rows)
    found: dict[str, tuple[float, Floats]] = {}
    seen: set[tuple[str, str]] = set()
    for row, (scenario, place) in enumerate(zip(rows.column("scenario"), rows.column("id"), strict=True)):
        if place not in at:
            raise rows.fault(row, "id", f"{demand.file} has no such place.", "Places are named alike in both files.")
        if (scenario, place) in seen:
            raise rows.fault(row, "id", "This place stands twice in its scenario.", "Keep one row each.")
        seen.add((scenario, place))
        if math.isnan(people[row]) or people[row] < 0:
            raise rows.fault(row, "people", "This is no number of people.", "Write 0 where there is nobody.")
        found.setdefault(scenario, (shares.get(scenario, 0.0), np.zeros(len(demand.ids))))[1][at[place]] = people[row]
    return found


def _shares(rows: Rows) -> dict[str, float]:
    """Return how likely each scenario is; together 1."""
    names = rows.column("scenario")
    if "probability" not in rows.header:
        return dict.fromkeys(names, 1 / len(set(names)))
    shares: dict[str, float] = {}
    for row, (name, share) in enumerate(zip(names, rows.numbers("probability"), strict=True)):
        if not 0 < share <= 1 or shares.setdefault(name, share) != share:
            raise rows.fault(
                row, "probability", "This is no probability of the scenario.", "Write the same in each row."
            )
    if abs(sum(shares.values()) - 1) > 1e-6:
        message = f"The probabilities are {sum(shares.values()):g} together."
        raise InputError(message, file=rows.path, column="probability", hint="They are 1 together.")
    return shares
