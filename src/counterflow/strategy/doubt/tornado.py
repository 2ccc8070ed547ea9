"""Tornado: what one result becomes when each parameter alone goes to its low and its high end.

The others stay at their medians. It sees no interaction and no correlation between fitted parameters: a picture to
start from, not a measure of doubt; `shares` and `sobol` are that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from counterflow.strategy.doubt.space import Evaluate, Floats, Space

__all__ = ["Bar", "tornado"]

_ENDS = (0.05, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One parameter: its ends (5 % and 95 % points of its draws) and the result there.

    `middle` is the result with everything at its median.
    """

    name: str
    low: float
    high: float
    at_low: float
    at_high: float
    middle: float
    informed: bool

    @property
    def swing(self) -> float:
        """How far apart the results lie; infinite where an end leaves the model without a finite result."""
        swing = abs(self.at_high - self.at_low)
        return swing if np.isfinite(swing) else np.inf


def tornado(evaluate: Evaluate, space: Space, seed: int, n: int = 1000) -> tuple[Bar, ...]:
    """Return a bar for every parameter that varies, widest first: 2 runs each and one in the middle.

    Args:
        evaluate: the model, one result (n,).
        space: what is not known.
        seed: seed of the `n` draws that medians and ends are read from.
        n: how many draws.
    """
    drawn = space.draw(n, seed, "tornado")
    middle = np.median(drawn, axis=0)
    ends = np.quantile(drawn, _ENDS, axis=0)
    columns = np.flatnonzero(ends[0] < ends[1])
    table = np.tile(middle, (2 * len(columns) + 1, 1))
    for side in (0, 1):
        rows = 1 + side * len(columns) + np.arange(len(columns))
        table[rows, columns] = ends[side, columns]
    results = evaluate(table)
    low, high = results[1 : len(columns) + 1], results[len(columns) + 1 :]
    return _bars(space, columns, ends, (low, high), float(results[0]))


def _bars(
    space: Space, columns: np.ndarray[tuple[int], np.dtype[np.intp]], ends: Floats, results: tuple[Floats, Floats],
    middle: float,
) -> tuple[Bar, ...]:  # fmt: skip
    known = set(space.columns(informed=True).tolist())
    bars = [
        Bar(
            name=space.names[c], low=float(ends[0, c]), high=float(ends[1, c]), at_low=float(results[0][i]),
            at_high=float(results[1][i]), middle=middle, informed=int(c) in known,
        )
        for i, c in enumerate(columns)
    ]  # fmt: skip
    return tuple(sorted(bars, key=lambda bar: (-bar.swing, bar.name)))
