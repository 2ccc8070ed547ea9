"""What is not known, as independent parts: the block that data inform, and each parameter that they do not.

Pick-freeze methods exchange parts between two tables of draws. That is only right between independent parts, so
what was estimated together (a posterior) moves together, as one part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from counterflow.core.errors import EngineError
from counterflow.core.seeds import generator

__all__ = ["Evaluate", "Floats", "Part", "Space", "require_finite", "uniform"]

Floats = NDArray[np.float64]
#: what is asked of a model: a table of draws (n, parameters) in, one or more results (n,) or (n, results) out
Evaluate = Callable[[Floats], Floats]
#: places in (0, 1) of n draws -> values (n, columns of the part)
Quantiles = Callable[[Floats], Floats]


def require_finite(*results: Floats) -> NDArray[np.bool_]:
    """Return which rows are finite in all results (n, …); the others are left out by the caller, who says so.

    Raises:
        EngineError: more than half are not: what is left would not speak for the draws.
    """
    good = np.ones(len(results[0]), dtype=bool)
    for result in results:
        good &= np.isfinite(result).reshape(len(result), -1).all(axis=1)
    if good.sum() < len(good) / 2:
        raise EngineError(
            f"{int((~good).sum()):,} of {len(good):,} draws give no finite result.",
            hint="The parameters were not fitted, or to another model: see `counterflow strategy calibrate`.",
        )
    return good


@dataclass(frozen=True, slots=True)
class Part:
    """Parameters that are drawn together, independently of all others.

    Args:
        name: what people call it.
        columns: which columns of the table of draws it fills.
        quantiles: turns n places in (0, 1) into values, shape (n, number of columns).
        informed: whether data inform it.
    """

    name: str
    columns: tuple[int, ...]
    quantiles: Quantiles
    informed: bool = False


@dataclass(frozen=True, slots=True)
class Space:
    """All that is not known.

    Args:
        names: the columns of a table of draws.
        parts: independent parts; together they fill every column once.

    Raises:
        ValueError: a column is filled twice or not at all.
    """

    names: tuple[str, ...]
    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        if sorted(c for part in self.parts for c in part.columns) != list(range(len(self.names))):
            raise ValueError("every column belongs to exactly one part")

    def at(self, places: Floats) -> Floats:
        """Return draws (n, columns) at `places` (n, parts) in (0, 1)."""
        drawn = np.empty((len(places), len(self.names)))
        for number, part in enumerate(self.parts):
            drawn[:, part.columns] = part.quantiles(places[:, number])
        return drawn

    def draw(self, n: int, seed: int, *purpose: str) -> Floats:
        """Return `n` independent draws, shape (n, columns)."""
        return self.at(generator(seed, "strategy doubt", *purpose).random((n, len(self.parts))))

    def pair(self, n: int, seed: int) -> tuple[Floats, Floats]:
        """Return two tables of `n` draws each, for pick-freeze: rows of a scrambled Sobol' sequence (Owen 1995).

        `n` is best a power of two. The two halves of one long row are independent in each coordinate.
        """
        import warnings

        from scipy.stats import qmc

        wide = 2 * len(self.parts)
        rng = generator(seed, "strategy doubt", "pair")
        if wide > qmc.Sobol.MAXDIM:
            places = rng.random((n, wide))
        else:
            with warnings.catch_warnings():
                # Its balance needs a power of two; without one the rows are still valid draws.
                warnings.filterwarnings("ignore", message="The balance properties")
                places = qmc.Sobol(wide, scramble=True, rng=rng).random(n)
        places = np.clip(places, 1e-12, 1 - 1e-12)
        return self.at(places[:, : len(self.parts)]), self.at(places[:, len(self.parts) :])

    def columns(self, *, informed: bool) -> NDArray[np.intp]:
        """Return the columns whose parts data inform, or those that they do not."""
        return np.array([c for part in self.parts if part.informed is informed for c in part.columns], np.intp)


def uniform(names: tuple[str, ...], low: Floats, high: Floats, informed: tuple[str, ...] = ()) -> Space:
    """Return a space of independent parameters between `low` and `high`.

    >>> uniform(("a", "b"), np.zeros(2), np.ones(2)).draw(3, 1).shape
    (3, 2)
    """
    parts = tuple(
        Part(name, (i,), _between(float(low[i]), float(high[i])), name in informed) for i, name in enumerate(names)
    )
    return Space(names, parts)


def _between(low: float, high: float) -> Quantiles:
    def quantiles(places: Floats) -> Floats:
        return (low + (high - low) * places)[:, None]

    return quantiles
