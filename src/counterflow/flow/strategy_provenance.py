"""Where each parameter of the model of strategy comes from, and what the data could tell of it."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import Any

import numpy as np

from counterflow.strategy.model.parameters import parameters
from counterflow.strategy.model.posterior import Posterior, shipped

__all__ = ["ON_BOUND", "parameters_of"]

ON_BOUND = "on its bound"


@cache
def parameters_of() -> tuple[dict[str, Any], ...]:
    """Return every parameter: value, range, source, grade, what informs it, and what the fit made of it.

    Returns:
        One row per parameter, in the order of the engine: what `Parameter` holds, and `fitted` (median, low and high of
        the posterior's 95 % interval; None where it keeps its prior), `shrinkage` (how much narrower than the prior),
        `standing` ("learnt", "not learnt", "on its bound" - not identified - or "prior").
    """
    fitted = shipped()
    found = _fits(fitted) if fitted else {}
    none = {"fitted": None, "shrinkage": None, "standing": "prior"}
    return tuple(asdict(row) | found.get(row.name, none) for row in parameters().rows)


def _fits(fitted: Posterior) -> dict[str, dict[str, Any]]:
    said = {str(row["name"]): row for row in fitted.about.get("parameters", ())}
    ends = np.quantile(fitted.rows.astype(float), (0.025, 0.5, 0.975), axis=0)
    return {
        name: {
            "fitted": {"low": float(low), "median": float(median), "high": float(high)},
            "shrinkage": said.get(name, {}).get("shrinkage"), "standing": said.get(name, {}).get("standing", "fitted"),
        }
        for name, (low, median, high) in zip(fitted.names, ends.T, strict=True)
    }  # fmt: skip
