"""How much of the effort chance gets: more while the model is being surprised, less while all is quiet.

    log2(share / centre) = surprise + drift + doubt          then held between floor and cap

    surprise = clip(z, -1, 2) / 2      z = (found - sum p) / sqrt(sum p (1 - p)) over the random arm of the last weeks
    drift    = 1/2 while a drift alarm stands
    doubt    = clip(log2(width / wanted), -1, 1) / 2         width of the interval on what was missed / its value

`p` is what the model said of each record before its outcome. When random inspections find more than the model
said (z > 0) something hides from it, and looking pays; when they find what it said, looking more only costs finds
elsewhere. A surprise of two standard errors doubles the share. Raising exploration when predictions fail is the idea of
ADAPT (Mai et al. 2021, "Customs Fraud Detection in the Presence of Concept Drift", ICDM workshops); the rule here is a
plain one that can be worked out by hand, and the share never falls to 0, since without a random arm nothing can be
said of what was missed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["FLOOR", "Share", "ShareRule", "random_share"]

Floats = npt.NDArray[np.float64]

#: no rule lets the random arm have less of the effort
FLOOR = 0.05


@dataclass(frozen=True)
class ShareRule:
    """The bounds of the random share.

    Args:
        centre: share while there is nothing to learn from; the start.
        floor: never less.
        cap: never more.
        wanted: width of the interval on what was missed, relative to the estimate, that is narrow enough.

    Raises:
        ValueError: not 0 < floor <= cap <= 1.
    """

    centre: float = 0.08
    floor: float = FLOOR
    cap: float = 0.16
    wanted: float = 1.0

    def __post_init__(self) -> None:
        """Refuse bounds that exclude each other."""
        if not 0 < self.floor <= self.cap <= 1:
            raise ValueError(f"floor {self.floor} and cap {self.cap} must fulfil 0 < floor <= cap <= 1")


@dataclass(frozen=True)
class Share:
    """The random share of a day or week and why it is what it is.

    Args:
        value: the share.
        surprise, drift, doubt: the terms of the sum, in doublings.
        said: one sentence for people.
    """

    value: float
    surprise: float
    drift: float
    doubt: float
    said: str


def random_share(
    rule: ShareRule, found: npt.NDArray[np.bool_], said: Floats, *, drift: bool = False, width: float | None = None
) -> Share:
    """Return the random share.

    Args:
        rule: its bounds.
        found: outcomes of the random arm of the last weeks.
        said: what the model had said of each before: chance of a find, 0 to 1.
        drift: whether a drift alarm stands.
        width: width of the interval on what was missed, relative to the estimate; None where there is none.

    >>> quiet = random_share(ShareRule(), np.zeros(60, bool), np.full(60, 0.1))
    >>> quiet.value
    0.05656854249492381
    """
    spread = math.sqrt(float((said * (1 - said)).sum()))
    z = float(found.sum() - said.sum()) / spread if spread > 0 else 0.0
    surprise = min(max(z, -1.0), 2.0) / 2
    moved = 0.5 if drift else 0.0
    doubt = 0.0 if not width or width <= 0 else min(max(math.log2(width / rule.wanted), -1.0), 1.0) / 2
    value = min(max(rule.centre * 2 ** (surprise + moved + doubt), rule.floor), rule.cap)
    words = f"{int(found.sum())} found of {len(found)} random inspections, {said.sum():.1f} expected"
    words += ", drift alarm" if drift else ""
    return Share(value, surprise, moved, doubt, f"{words}: random share {value:.1%}")
