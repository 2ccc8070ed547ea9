"""What would others have done with the same work? The share expected of each decision, from everybody but its officer.

Decisions are compared within their kind of work (lane, band of risk, shift, lot or choice), and there with the firm:
what others did with the same firm counts as far as they met it. So an officer with safe firms, or a hard lane, is
measured by those; where nobody else does such work the decision is left out, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Expected", "expected_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: decisions of others that a kind of work needs before it can say what is usual
_PEERS = 20
#: decisions of others with a firm that weigh as much as the whole kind of work
_FIRM_WEIGHT = 20.0


@dataclass(frozen=True)
class Expected:
    """What is expected of some decisions.

    Args:
        share: expected share of each decision (n,); nan where nobody else does such work.
        alone: decisions that nobody else's work can judge.
    """

    share: Floats
    alone: int


def expected_of(y: Ints, officer: Ints, stratum: Ints, firm: Ints | None) -> Expected:
    """Return the share of 1 expected of each decision, from the decisions of other officers.

    Args:
        y: 0 or 1 (n,).
        officer: place of the officer (n,).
        stratum: kind of work (n,).
        firm: place of the firm, -1 where none; None where firms shall not count (n,).
    """
    made, total = _others(y, officer, stratum)
    whole, all_of = _others(y, officer, np.zeros_like(stratum))
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = np.where(all_of > 0, whole / all_of, np.nan)
        # a small kind of work leans on all work by as much as one twentieth of what it needs to stand alone
        share = (made + 2 * usual) / (total + 2)
    share[total < _PEERS] = np.nan
    if firm is not None and (firm >= 0).any():
        met, of = _others(y - np.where(np.isnan(share), 0, share), officer, np.where(firm >= 0, firm, firm.max() + 1))
        shift = np.where(firm >= 0, met / (of + _FIRM_WEIGHT), 0.0)
        share = np.clip(share + shift, 0.002, 0.998)
    return Expected(share, int(np.isnan(share).sum()))


def _others(y: npt.NDArray[np.float64] | Ints, officer: Ints, group: Ints) -> tuple[Floats, Floats]:
    """Return sum and count of `y` over the same group without the row's own officer (n,)."""
    wide = int(officer.max(initial=0)) + 1
    pair = group * wide + officer
    size = int(group.max(initial=0)) + 1
    sums, counts = np.bincount(group, y, size), np.bincount(group, minlength=size).astype(float)
    _, inverse = np.unique(pair, return_inverse=True)
    own, owns = np.bincount(inverse, y), np.bincount(inverse).astype(float)
    return np.asarray(sums[group] - own[inverse], float), np.asarray(counts[group] - owns[inverse], float)
