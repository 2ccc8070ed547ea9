"""The share of a result's variance that comes from parameters that no data inform.

Let the parameters fall into two independent groups: I, informed by data and drawn together from the posterior, and
U, all others, drawn from their priors. The total effect of U on a result f is

    T_U = E[ Var(f | I) ] / Var(f) = 1 - Var(E[f | I]) / Var(f)         (Homma & Saltelli 1996, eq. 8)

the variance that would remain if all that data can tell were known, interactions with I included. With two draws that
share I and differ in U (pick-freeze) it is estimated by

    T_U = mean( (f(I, U) - f(I, U'))² ) / (2 Var f)                      (Jansen 1999, eq. 7)

with Var f from both sets of runs. Its interval is the percentile bootstrap over pairs: Monte Carlo error only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from counterflow.core.seeds import generator
from counterflow.strategy.doubt.space import Evaluate, Floats, Space, require_finite

__all__ = ["METHOD", "Share", "exchanged", "group_shares", "paired_shares"]

METHOD = (
    "total effect of the group by pick-freeze (Jansen 1999); interval: bootstrap over pairs, Monte Carlo error only"
)
_RESAMPLES = 500
#: a spread below this part of the result's size is arithmetic noise
_NOISE = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of variance with its Monte Carlo interval.

    Args:
        value: the share in [0, 1]; None where the result does not vary at all.
        low: lower end of the 95 % interval.
        high: upper end.
        pairs: pairs of runs it rests on.
        lost: pairs that were left out, since a run did not stay finite.
        spread: standard deviation of the result, in its own unit.
    """

    value: float | None
    low: float
    high: float
    pairs: int
    spread: float
    lost: int = 0
    method: str = METHOD


def exchanged(base: Floats, other: Floats, columns: NDArray[np.intp]) -> Floats:
    """Return `base` with `columns` taken from `other`."""
    mixed = base.copy()
    mixed[:, columns] = other[:, columns]
    return mixed


def group_shares(
    evaluate: Evaluate, space: Space, n: int, seed: int, columns: NDArray[np.intp] | None = None
) -> tuple[Share, ...]:
    """Return, for each result, the share of its variance owed to a group of parameters: by default the uninformed.

    Args:
        evaluate: the model; returns (n,) or (n, results).
        space: what is not known.
        n: pairs of runs; the model is run 2 n times.
        seed: seed of the draws.
        columns: the group; whole parts only.

    Raises:
        ValueError: the group cuts through a part, or there are fewer than 16 pairs.

    >>> from counterflow.strategy.doubt.space import uniform
    >>> space = uniform(("known", "guessed"), np.zeros(2), np.ones(2), informed=("known",))
    >>> (found,) = group_shares(lambda x: 3 * x[:, 0] + x[:, 1], space, 1024, 1)
    >>> round(found.value, 2)  # 1 / (9 + 1)
    0.1
    """
    group = space.columns(informed=False) if columns is None else columns
    inside = set(group.tolist())
    if any(inside & set(part.columns) and not inside >= set(part.columns) for part in space.parts):
        raise ValueError("what is drawn together can only be exchanged together")
    base, other = space.pair(n, seed)
    return paired_shares(evaluate(base), evaluate(exchanged(base, other, group)), seed)


def paired_shares(first: Floats, second: Floats, seed: int) -> tuple[Share, ...]:
    """Return the share of each result from runs that were made already: row i of both shares all but the group.

    Args:
        first: results (n,) or (n, results).
        second: results of the same rows with the group drawn anew.
        seed: seed of the bootstrap.
    """
    a, b = (x.reshape(len(x), -1) for x in (first, second))
    if len(a) < 16 or a.shape != b.shape:
        raise ValueError(f"a share of variance needs two tables of the same shape with 16 rows or more, not {len(a)}")
    good = require_finite(a, b)
    a, b = a[good], b[good]
    n, lost = len(a), int((~good).sum())
    centre = (a.mean(axis=0) + b.mean(axis=0)) / 2
    scale = np.maximum(np.abs(a).max(axis=0, initial=0.0), np.abs(b).max(axis=0, initial=0.0))
    a, b = a - centre, b - centre
    weights = generator(seed, "strategy doubt", "bootstrap").multinomial(n, np.full(n, 1 / n), size=_RESAMPLES)
    sums = np.vstack([np.ones((1, n)), weights]) @ np.hstack([(a - b) ** 2, a**2 + b**2, a + b]) / n
    apart, squares, means = np.split(sums, 3, axis=1)
    variance = squares / 2 - (means / 2) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.clip(apart / 2 / variance, 0.0, 1.0)
    spread = np.sqrt(np.maximum(variance[0], 0.0))
    return tuple(
        _share(shares[:, k], (n, lost), float(spread[k]), still=bool(spread[k] <= _NOISE * max(scale[k], 1e-300)))
        for k in range(a.shape[1])
    )


def _share(found: Floats, pairs: tuple[int, int], spread: float, *, still: bool) -> Share:
    kept, lost = pairs
    if still:
        return Share(value=None, low=0.0, high=1.0, spread=0.0, pairs=kept, lost=lost)
    usable = found[1:][np.isfinite(found[1:])]
    low, high = np.quantile(usable, (0.025, 0.975))
    value = float(found[0])
    return Share(
        value=value, low=min(float(low), value), high=max(float(high), value), spread=spread, pairs=kept, lost=lost
    )
