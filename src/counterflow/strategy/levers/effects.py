"""From a mix of levers to timed changes of the model's mechanisms, draw by draw.

Effects are read from the draw's own parameters, so that two mixes compared under one set of draws differ by what is
pulled and by nothing else (common random numbers: Glasserman & Yao 1992).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from counterflow.strategy.levers.policy import Pull, check_together, checked
from counterflow.strategy.model.engine import NONE, Changes
from counterflow.strategy.model.layout import MECHANISMS, places
from counterflow.strategy.model.parameters import parameters

__all__ = ["changes"]

Floats = npt.NDArray[np.float64]


def changes(pulls: Sequence[Pull], values: Floats) -> Changes:
    """Return the timed changes of a mix.

    Args:
        pulls: what is pulled; strength 0 leaves the lever out, so that the arithmetic is that of no policy.
        values: parameter vectors, shape (n, P).

    Returns:
        One row for each lever and mechanism, with an amount for each draw.

    Raises:
        UnknownName, InputError: a lever that is not known or out of its range.
    """
    check_together(pulls)
    where, held = places(MECHANISMS), parameters()
    rows = [(pull, effect) for pull in pulls for effect in checked(pull).effects if pull.strength]
    if not rows:
        return NONE
    ones = np.ones(len(values))

    def column(name: str) -> Floats:
        return values[:, held.place(name)] if name else ones

    amounts = [
        _formed(effect.form, pull.strength) * effect.factor * column(effect.parameter) / column(effect.base)
        for pull, effect in rows
    ]
    return Changes(
        np.array([where[effect.mechanism] for _, effect in rows], dtype=np.int32),
        np.array([pull.start for pull, _ in rows]),
        np.array([pull.ramp_years for pull, _ in rows]),
        np.array([pull.stop for pull, _ in rows]),
        np.ascontiguousarray(np.stack(amounts)),
    )


def _formed(form: str, strength: float) -> float:
    return -math.log2(1 - strength) if form == "log2" else strength
