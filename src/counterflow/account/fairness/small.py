"""Small cells are hidden, and others with them, so that no difference to a total tells what was hidden.

One list of groups with a known total: hide each count from 1 to below the limit; then, while only one is hidden or the
hidden ones sum to less than the limit, hide the smallest that is left. Tables with more than one total are for the
suppression of `account publish`, which tries to undo what it hid.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["LEAST", "hidden"]

#: counts below this are not told
LEAST = 10

Bools = npt.NDArray[np.bool_]


def hidden(counts: Sequence[float], least: int = LEAST, already: Sequence[bool] | None = None) -> tuple[Bools, Bools]:
    """Return which counts are hidden for being small, and which with them.

    Args:
        counts: of each group; their total is known to the reader.
        least: counts from 1 to below this are small.
        already: counts that are hidden anyway, with their rows. Where there are any, two hidden ones are enough, though
            they sum to few: a sum over two groups names neither, and hiding a large group for it would cost its answer.

    >>> small, beside = hidden([500, 4, 60, 30])
    >>> small.tolist(), beside.tolist()
    ([False, True, False, False], [False, False, False, True])
    """
    values = np.asarray(counts, np.float64)
    small = (values > 0) & (values < least)
    out = small | np.asarray(already if already is not None else np.zeros(len(values)), bool)
    start = out.copy()
    if not out.any():
        return small, np.zeros(len(values), bool)
    few = values[out].sum() < least if already is None or not np.any(already) else False
    while (out.sum() == 1 or few) and not out.all():
        left = np.where(out, np.inf, np.where(values > 0, values, np.finfo(np.float64).max))
        out[int(np.argmin(left))] = True
        few = few and bool(values[out].sum() < least)
    return small, out & ~start
