"""The structural alternatives of a forecast: which sign of supply moves overdoses, each with its declared weight."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UnknownName
from counterflow.reference.csv_files import read_rows

__all__ = ["Structure", "assigned", "structures"]


@dataclass(frozen=True, slots=True)
class Structure:
    """One answer to the question what moved overdoses.

    Args:
        name: its name.
        weight: declared weight; those of all add up to 1.
        words: what it claims.
        rests_on: what speaks for it.
        against: what speaks against it.
    """

    name: str
    weight: float
    words: str
    rests_on: str
    against: str


@cache
def structures() -> tuple[Structure, ...]:
    """Return the alternatives in the order of the shipped table."""
    return tuple(
        Structure(row["structure"], float(Fraction(row["weight"])), row["words"], row["rests_on"], row["against"])
        for row in read_rows("strategy", "forecast_structures.csv")
    )


def assigned(count: int, random: np.random.Generator, only: str = "") -> npt.NDArray[np.intp]:
    """Return the alternative of each draw, shape (count,): as many of each as its weight says, in random order.

    Args:
        count: draws.
        random: generator.
        only: name of the one to hold; all by weight where "".

    Raises:
        UnknownName: there is none of that name.
    """
    names = [each.name for each in structures()]
    if only:
        if only not in names:
            raise UnknownName("structural alternative", only, names)
        return np.full(count, names.index(only), dtype=np.intp)
    ends = np.cumsum([each.weight for each in structures()])
    shares = (np.arange(count) + 0.5) / count
    return np.asarray(random.permutation(np.searchsorted(ends, np.minimum(shares, ends[-1] - 1e-12))))
