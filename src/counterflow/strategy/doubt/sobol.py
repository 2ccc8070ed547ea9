"""First-order and total indices: how much of a result's variance each parameter brings, alone and with all others.

    S_j = Var(E[f | x_j]) / Var f      T_j = E[Var(f | all but x_j)] / Var f

estimated from tables A, B and A with column j of B (Saltelli et al. 2010, table 2): S_j = mean(f_B (f_ABj - f_A)) / V
(their row b, results centred), T_j = mean((f_A - f_ABj)²) / 2V (row f, Jansen 1999). n (parts + 2) runs.
Intervals: percentile bootstrap over rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from counterflow.core.seeds import generator
from counterflow.strategy.doubt.shares import exchanged
from counterflow.strategy.doubt.space import Evaluate, Floats, Space

__all__ = ["Index", "indices"]

_RESAMPLES = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """What one part brings to the variance of a result: 95 % Monte Carlo intervals beside each number."""

    name: str
    first: float
    first_low: float
    first_high: float
    total: float
    total_low: float
    total_high: float
    informed: bool


def indices(
    evaluate: Evaluate, space: Space, n: int, seed: int, only: tuple[str, ...] | None = None
) -> tuple[Index, ...]:
    """Return the indices of the parts, largest total first.

    Args:
        evaluate: the model, one result (n,).
        space: what is not known.
        n: rows of a table, best a power of two; the model is run n (parts + 2) times.
        seed: seed of the tables.
        only: names of the parts that are asked for; all where None.

    Raises:
        ValueError: the result does not vary.
    """
    base, other = space.pair(n, seed)
    a, b = evaluate(base), evaluate(other)
    centre = float(np.mean([a.mean(), b.mean()]))
    a, b = a - centre, b - centre
    if max(float(a.std()), float(b.std())) <= 1e-12 * max(abs(centre), 1e-300):
        raise ValueError("the result is the same in every draw")
    weights = generator(seed, "strategy doubt", "bootstrap").multinomial(n, np.full(n, 1 / n), size=_RESAMPLES)
    rows = np.vstack([np.ones((1, n)), weights]) / n
    variance = rows @ (a**2 + b**2) / 2 - (rows @ (a + b) / 2) ** 2
    found = []
    for part in space.parts:
        if only is not None and part.name not in only:
            continue
        mixed = evaluate(exchanged(base, other, np.array(part.columns, np.intp))) - centre
        first, total = rows @ (b * (mixed - a)) / variance, rows @ (a - mixed) ** 2 / 2 / variance
        found.append(_index(part.name, first, total, informed=part.informed))
    return tuple(sorted(found, key=lambda index: (-index.total, index.name)))


def _index(name: str, first: Floats, total: Floats, *, informed: bool) -> Index:
    sides = [np.quantile(x[1:], (0.025, 0.975)) for x in (first, total)]
    return Index(
        name=name, first=float(first[0]), first_low=float(sides[0][0]), first_high=float(sides[0][1]),
        total=float(total[0]), total_low=float(sides[1][0]), total_high=float(sides[1][1]), informed=informed,
    )  # fmt: skip
