"""What happens to an estimate when one donor is left out, and when the start is moved to where nothing happened."""

from __future__ import annotations

from typing import Any

import numpy as np

from counterflow.account.evaluate.fit import Estimator, Fit
from counterflow.account.evaluate.panel import Block

__all__ = ["in_time", "leave_one_out"]

#: donors with less weight than this change little, and at most so many are left out one by one
_LEAST_WEIGHT = 0.01
_MOST_DONORS = 40


def leave_one_out(block: Block, estimator: Estimator, fit: Fit) -> dict[str, Any]:
    """Return the effect without each donor that carries weight, most weight first, and the range of these effects."""
    order = [int(i) for i in np.argsort(-np.abs(fit.weights), kind="stable")]
    heavy = [i for i in order if abs(fit.weights[i]) >= min(_LEAST_WEIGHT, 0.5 / len(order))]
    tried = heavy[:_MOST_DONORS]
    if len(block.names) < 3:
        return {"effects": {}, "low": None, "high": None, "words": "Two donors: none can be left out."}
    effects: dict[str, float] = {}
    for row in tried:
        kept = np.arange(len(block.names)) != row
        names = tuple(name for name, keep in zip(block.names, kept, strict=True) if keep)
        less = Block(names, block.treated_names, block.periods, block.before, block.donors[kept], block.treated)
        effects[block.names[row]] = estimator(less).effect
    low, high = min(effects.values()), max(effects.values())
    words = f"Without any one of {len(tried)} donors the effect lies between {low:.4g} and {high:.4g}."
    if len(heavy) > len(tried):
        words += f" The {len(heavy) - len(tried)} lighter ones were not left out."
    if min(low, fit.effect) < 0 < max(high, fit.effect):
        words += " It changes sign: it rests on single donors."
    return {"effects": effects, "low": low, "high": high, "words": words}


def in_time(block: Block, estimator: Estimator, latest: int = 0) -> dict[str, Any]:
    """Return the effect of starts before the true one, on the periods before it: there should be none.

    Starts lie at a half, two thirds and five sixths of the periods before the true start, with three periods before.

    Args:
        block: the block.
        estimator: the estimator.
        latest: the last period that predictors are taken from; a start before it would see its own future.
    """
    before = block.before
    starts = sorted({round(before * share) for share in (1 / 2, 2 / 3, 5 / 6)})
    starts = [start for start in starts if start >= 3 and before - start >= 1 and start > latest]
    if not starts:
        why = "too few periods before the start" if not latest else "the predictors reach up to the start"
        return {"starts": [], "words": f"Not run: {why}."}
    rows, largest = list[dict[str, Any]](), 0.0
    for start in starts:
        early = Block(
            block.names,
            block.treated_names,
            block.periods[:before],
            start,
            block.donors[:, :before],
            block.treated[:, :before],
        )
        effect = estimator(early).effect
        rows.append({"start": block.periods[start], "periods": before - start, "effect": effect})
        largest = max(largest, abs(effect))
    return {
        "starts": rows,
        "largest": largest,
        "words": f"With the start moved to where nothing began, the effect is at most {largest:.4g} in size.",
    }
