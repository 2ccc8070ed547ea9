"""From sums over twelve months to the months: only with the first twelve months known, and with a growing doubt.

    S(t) - S(t-1) = m(t) - m(t-12)        so   m(t) = S(t) - S(t-1) + m(t-12)

The month that leaves the sum has to be known. Without twelve months to begin with, any twelve numbers that add up to
the first sum fit, and nothing is given out. Where the source says what share of a period's reports is in, each sum may
be higher than it reads, by up to what is missing; that range is carried through, and it grows with every year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError

__all__ = ["Months", "months_of"]

Floats = npt.NDArray[np.float64]
_YEAR = 12


@dataclass(frozen=True)
class Months:
    """Monthly counts behind rolling sums, each with the range that missing reports leave.

    Args:
        value: count of each month after the first twelve; NaN where a sum needed for it is not known.
        low: at least, never below 0.
        high: at most.
        said: what has to be known.
    """

    value: Floats
    low: Floats
    high: Floats
    said: tuple[str, ...]


def months_of(sums: npt.ArrayLike, first: npt.ArrayLike, complete: npt.ArrayLike | None = None) -> Months:
    """Return the months behind sums over twelve months.

    Args:
        sums: S of consecutive months, the first of them the sum of `first`; NaN where not known.
        first: counts of the twelve months that the first sum adds up.
        complete: share of each sum's reports that is in, 0 to 1; None where every sum is final.

    Raises:
        InputError: not twelve first months, or they do not add up to the first sum.

    >>> months_of([120, 121, 119], [10] * 12).value.tolist()
    [11.0, 8.0]
    """
    total, begin = np.asarray(sums, np.float64), np.asarray(first, np.float64)
    if begin.shape != (_YEAR,) or np.isnan(begin).any():
        hint = "Monthly counts of those 12 months stand in CDC WONDER; without them the sums have no one answer."
        raise InputError("Sums over 12 months give months only where the first 12 months are known.", hint=hint)
    if len(total) == 0 or np.isnan(total[0]) or begin.sum() != total[0]:
        hint = "Take both from the same release, by the same place (occurrence or residence)."
        raise InputError(
            f"The first 12 months add up to {begin.sum():g}, the first sum is {total[0] if len(total) else 'missing'}.",
            hint=hint,
        )
    share = np.ones(len(total)) if complete is None else np.asarray(complete, np.float64)
    most = total / np.clip(np.nan_to_num(share, nan=1.0), 1e-3, 1.0)
    count = len(total) - 1
    value, low, high = (np.concatenate([begin, np.full(count, np.nan)]) for _ in range(3))
    for t in range(count):
        value[_YEAR + t] = total[t + 1] - total[t] + value[t]
        low[_YEAR + t] = max(total[t + 1] - most[t] + low[t], 0.0)
        high[_YEAR + t] = most[t + 1] - total[t] + high[t]
    said = ["differences of sums over 12 months: every revision of either sum moves the month"]
    if complete is None:
        said.append("taken as final: no share of reports was given, so no range is shown")
    if (value[_YEAR:] < 0).any():
        said.append("some months come out below 0: the sums are of different releases or were revised unevenly")
    return Months(value[_YEAR:], low[_YEAR:], high[_YEAR:], tuple(said))
