"""An observed count against an expected one, as a ratio with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

__all__ = ["Compared", "ratio_of"]

LEVEL = 0.95


@dataclass(frozen=True)
class Compared:
    """What was seen and what was to be expected.

    Args:
        observed: the count.
        expected: count to be expected; above 0 for a ratio.
        spread: variance over mean, at least 1.
        periods: periods that both are summed over.
    """

    observed: float
    expected: float
    spread: float
    periods: int = 1

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        """Return places taken together: sums, with the mean spread by expected count."""
        expected = sum(one.expected for one in parts)
        weighed = sum(one.spread * one.expected for one in parts)
        spread = weighed / expected if expected else 1.0
        return cls(sum(one.observed for one in parts), expected, spread, parts[0].periods)


def ratio_of(one: Compared) -> dict[str, Any] | None:
    """Return observed over expected with its 95 % interval; None where nothing was expected.

    The exact Poisson interval (Garwood, Biometrika 28 (1936) 437-442) of the count over its spread, times the spread
    (quasi-Poisson); the expected count is taken as known.

    >>> found = ratio_of(Compared(20.0, 10.0, 1.0))
    >>> round(found["value"], 2), round(found["low"], 2), round(found["high"], 2)
    (2.0, 1.22, 3.09)
    """
    if one.expected <= 0:
        return None
    from scipy.special import gammaincinv

    tail, count = (1 - LEVEL) / 2, one.observed / one.spread
    low = 0.0 if count <= 0 else float(gammaincinv(count, tail)) * one.spread
    high = float(gammaincinv(count + 1, 1 - tail)) * one.spread
    value = one.observed / one.expected
    return {"value": value, "low": low / one.expected, "high": high / one.expected, "level": LEVEL}
