"""Draws of the whole parameter vector: what data inform from the posterior, the rest from its prior.

The two blocks are independent by construction, which is what lets `doubt` say how much of a result rests on
parameters no data informs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from counterflow.core.errors import ConfigError, UsageError
from counterflow.core.seeds import generator
from counterflow.strategy.model.parameters import Parameters, parameters
from counterflow.strategy.model.posterior import Posterior, shipped

__all__ = ["MOST_DRAWS", "Draws", "draw", "prior_quantiles"]

Floats = npt.NDArray[np.float64]
MOST_DRAWS = 100_000
_Z = 1.959963984540054  # the normal 97.5 % point


@dataclass(frozen=True)
class Draws:
    """Parameter vectors.

    Args:
        values: shape (n, P), in the order of `parameters()`.
        informed: whether each place came from the posterior, shape (P,).
        seed: what they were drawn with.
        version: version of the model.
    """

    values: Floats
    informed: npt.NDArray[np.bool_]
    seed: int
    version: str


def prior_quantiles(shares: Floats, which: Parameters | None = None) -> Floats:
    """Return prior values at cumulative shares.

    Args:
        shares: shape (n, P), each in (0, 1).
        which: the parameters; those shipped if not given.

    Returns:
        Shape (n, P). Normal, log-normal and logit-normal priors have `value` as median and (low, high) as 95 %
        interval, each side with its own spread (a split normal); uniform priors lie between low and high.
    """
    held = which or parameters()
    out = np.empty_like(shares)
    for place, row in enumerate(held.rows):
        u = shares[:, place]
        if row.scale == "fixed" or row.low == row.high:
            out[:, place] = row.value
        elif row.scale == "uniform":
            out[:, place] = row.low + (row.high - row.low) * u
        else:
            out[:, place] = _split_normal(row.scale, row.value, row.low, row.high, ndtri(u))
    return out


def _split_normal(scale: str, value: float, low: float, high: float, z: Floats) -> Floats:
    if scale == "log":
        value, low, high = np.log(value), np.log(low), np.log(high)
    elif scale == "logit":
        value, low, high = (np.log(x / (1 - x)) for x in (value, low, high))
    line = value + np.where(z < 0, value - low, high - value) * z / _Z
    if scale == "log":
        return np.asarray(np.exp(line))
    return np.asarray(1 / (1 + np.exp(-line))) if scale == "logit" else np.asarray(line)


def draw(count: int, seed: int, posterior: Posterior | None = None) -> Draws:
    """Return `count` parameter vectors; same seed, same bytes.

    Args:
        count: how many, 1 to `MOST_DRAWS`.
        seed: whole number from 0.
        posterior: fitted rows; the shipped ones if not given.

    Raises:
        UsageError: count out of range.
        ConfigError: there are no fitted parameters.
    """
    if not 1 <= count <= MOST_DRAWS:
        raise UsageError(f"{count} draws were asked for.", hint=f"Ask for 1 to {MOST_DRAWS}.")
    held, fitted = parameters(), posterior or shipped()
    if fitted is None:
        raise ConfigError(
            "This installation holds no fitted parameters of the strategy model.",
            hint="Install counterflow again, or fit them with `counterflow strategy calibrate --out FILE`.",
        )
    shares = generator(seed, "strategy", "prior").random((count, len(held.rows)))
    values = prior_quantiles(np.clip(shares, 1e-9, 1 - 1e-9), held)
    informed = np.zeros(len(held.rows), dtype=bool)
    places = [held.place(name) for name in fitted.names]
    values[:, places] = fitted.rows[_rows_of(len(fitted.rows), count, seed)]
    informed[places] = True
    return Draws(values, informed, seed, held.version)


def _rows_of(held: int, count: int, seed: int) -> npt.NDArray[np.intp]:
    """Return which rows are taken: each once before any is taken twice."""
    random = generator(seed, "strategy", "posterior")
    turns = [random.permutation(held) for _ in range(-(-count // held))]
    return np.concatenate(turns)[:count]
