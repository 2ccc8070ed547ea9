"""The model's parameters as a space: the posterior as one part, every parameter that was not fitted as its own."""

from __future__ import annotations

import numpy as np

from counterflow.strategy.doubt.space import Floats, Part, Quantiles, Space
from counterflow.strategy.model.draws import prior_quantiles
from counterflow.strategy.model.parameters import Parameters, parameters
from counterflow.strategy.model.posterior import Posterior, shipped

__all__ = ["FITTED", "model_space"]

FITTED = "all fitted parameters together"
_FIXED = "fixed"


def model_space(posterior: Posterior | None = None) -> Space:
    """Return the space of all parameters; without a fit every parameter stands alone."""
    held, fitted = parameters(), posterior or shipped()
    taken = () if fitted is None else fitted.names
    parts = []
    if fitted is not None:
        places = tuple(held.place(name) for name in fitted.names)
        parts.append(Part(FITTED, places, _row_at(fitted.rows.astype(np.float64)), informed=True))
    fixed = [
        p for p, r in enumerate(held.rows) if r.name not in taken and (r.scale == "fixed" or r.low == r.high)
    ]  # fmt: skip
    if fixed:
        parts.append(Part(_FIXED, tuple(fixed), _always(held.values[fixed]), informed=True))
    for place, row in enumerate(held.rows):
        if row.name not in taken and place not in fixed:
            parts.append(Part(row.name, (place,), _prior(Parameters((row,)))))
    return Space(held.names, tuple(parts))


def _row_at(rows: Floats) -> Quantiles:
    def quantiles(places: Floats) -> Floats:
        return np.asarray(rows[np.minimum((places * len(rows)).astype(np.intp), len(rows) - 1)])

    return quantiles


def _always(values: Floats) -> Quantiles:
    def quantiles(places: Floats) -> Floats:
        return np.tile(values, (len(places), 1))

    return quantiles


def _prior(row: Parameters) -> Quantiles:
    def quantiles(places: Floats) -> Floats:
        return prior_quantiles(places[:, None], row)

    return quantiles
