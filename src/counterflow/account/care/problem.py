"""A question of placement: people, sites, what journeys take, how many new sites."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Chosen", "Problem", "served_cost"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Problem:
    """What is asked.

    Args:
        cost: what a journey takes, shape (D, S), finite.
        people: at each place, shape (D,), at least 0.
        new: how many sites are to be chosen besides those that are there.
        fixed: sites that are there, shape (S,).
        free: sites that may be chosen, shape (S,); none of them fixed.
    """

    cost: Floats
    people: Floats
    new: int
    fixed: Mask
    free: Mask


@dataclass(frozen=True)
class Chosen:
    """An answer with how good it is proved to be.

    Args:
        sites: sites in use, the fixed ones too, in order.
        value: person-journeys, or people covered.
        bound: no choice is better than this.
        method: how it was found.
        assigned: site of each place, shape (D,), -1 where none; None where places are not assigned to one.
    """

    sites: Places
    value: float
    bound: float
    method: str
    assigned: Places | None = None

    @property
    def gap(self) -> float:
        """How far from the bound the value is, as a share of the value."""
        return 0.0 if self.value == self.bound else abs(self.value - self.bound) / max(abs(self.value), 1e-300)


def served_cost(problem: Problem, sites: Places) -> float:
    """Return the person-journeys where everybody goes to the nearest of `sites`."""
    return float(problem.people @ problem.cost[:, sites].min(axis=1))
