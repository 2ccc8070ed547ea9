"""What a detector says of each period of each series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["NOT_JUDGED", "Judged", "blank"]

Floats = npt.NDArray[np.float64]

#: `alarm` where a method cannot judge a period (R's NA): no baseline yet, a count that is not known
NOT_JUDGED = -1


@dataclass(frozen=True)
class Judged:
    """Verdicts of one method on S series over T periods; every array has shape (S, T).

    Args:
        method: name of the method, as `--method` takes it.
        expected: expected count; NaN where the method gives none.
        upper: threshold of the count: an alarm is a count above it; NaN where the method gives none.
        score: how far the count lies from the expected, on the method's own scale; larger is stranger; NaN: none.
        alarm: 1 alarm, 0 none, `NOT_JUDGED`.
        first: place in T of the first period that each series' baseline window uses, or -1; for the brief.
    """

    method: str
    expected: Floats
    upper: Floats
    score: Floats
    alarm: npt.NDArray[np.int8]
    first: npt.NDArray[np.int64] | None = None


def blank(shape: tuple[int, ...]) -> tuple[Floats, Floats, Floats, npt.NDArray[np.int8]]:
    """Return expected, upper, score and alarm of this shape with nothing judged."""
    expected, upper, score = (np.full(shape, np.nan) for _ in range(3))
    return expected, upper, score, np.full(shape, NOT_JUDGED, np.int8)
