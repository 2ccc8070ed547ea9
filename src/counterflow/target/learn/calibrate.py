"""From scores to probabilities, on inspections that the model has not seen.

Where inspections are chosen by score, the rate of finds among them is not the rate in the stream. So probabilities are
fitted on records drawn at random, where there are enough of them with a find; else on all held-out inspections, each
weighted by 1 / the probability of its draw where that is known. Which one it was is recorded and said.

Platt (1999, "Probabilistic outputs for support vector machines"): two numbers, slope and shift of the log-odds, here
with a normal prior around "as it is" (standard deviation 0.5 and 1), so that few finds move little. Isotonic: the
pool-adjacent-violators fit of the rate, joined by straight lines between the centres of its blocks (Oron and Flournoy
2017, Statistics in Biopharmaceutical Research 9:258-267) and tilted by a thousandth of Platt's curve. Both rise
strictly, so that calibrating never makes two records equal that were not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from counterflow.target.learn.model import sigmoid

__all__ = ["Calibration", "calibrate", "reliability"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_SLOPE_SD, _SHIFT_SD = 0.5, 1.0
_STEPS = 50
_TILT = 1e-3
_BINS = 10


@dataclass(frozen=True)
class Calibration:
    """A rising curve from log-odds to probability.

    Args:
        method: ``platt``, ``isotonic`` or ``none``.
        slope, shift: of the log-odds.
        at, rate: centres of the isotonic blocks and their rates; empty for Platt.
        basis: what it was fitted on, in words.
        table: reliability on the records that it was fitted to: see `reliability`.
    """

    method: str = "none"
    slope: float = 1.0
    shift: float = 0.0
    at: tuple[float, ...] = ()
    rate: tuple[float, ...] = ()
    basis: str = "not calibrated: the figures rank and are no probabilities"
    table: tuple[Mapping[str, float], ...] = ()

    def probability(self, margin: Floats) -> Floats:
        """Return the probability that belongs to each log-odds; rises strictly with it."""
        smooth = sigmoid(self.slope * margin + self.shift)
        if not self.at:
            return smooth
        steps = np.interp(margin, self.at, self.rate)
        return (1.0 - _TILT) * steps + _TILT * smooth

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Calibration:
        """Read what `as_dict` gave."""
        tuples = {name: tuple(said[name]) for name in ("at", "rate", "table")}
        return cls(**{**said, **tuples})


def calibrate(
    margin: Floats,
    found: Bools,
    weight: Floats,
    random: Bools,
    *,
    method: Literal["platt", "isotonic", "none"],
    enough: int,
) -> Calibration:
    """Fit a curve on held-out records.

    Args:
        margin: log-odds that a model gave records that it had not seen.
        found: whether each was a find.
        weight: 1 / probability of having been inspected, where known; 1 elsewhere.
        random: drawn at random.
        method: see the module.
        enough: finds, and inspections without one, that a fit needs.
    """
    for use, words in ((random, "drawn at random"), (np.ones(len(found), bool), "chosen in any way")):
        finds, clean = int(found[use].sum()), int((~found[use]).sum())
        if method != "none" and min(finds, clean) >= enough:
            basis = f"{finds + clean} held-out inspections {words}, {finds} with a find"
            kept = (margin[use], found[use], weight[use])
            slope, shift = _platt(*kept)
            at, rate = _isotonic(*kept) if method == "isotonic" else ((), ())
            made = Calibration(method, slope, shift, at, rate, basis)
            table = reliability(made.probability(kept[0]), kept[1], kept[2])
            return Calibration(method, slope, shift, at, rate, basis, tuple(table))
    return Calibration()


def _platt(margin: Floats, found: Bools, weight: Floats) -> tuple[float, float]:
    """Return slope and shift at the mode: Newton's method on the penalised log-likelihood."""
    weight = weight * len(weight) / weight.sum()
    design = np.column_stack([margin, np.ones_like(margin)])
    prior, spread = np.array([1.0, 0.0]), np.diag([_SLOPE_SD**-2, _SHIFT_SD**-2])
    beta = prior.copy()
    for _ in range(_STEPS):
        p = sigmoid(design @ beta)
        gradient = design.T @ (weight * (found - p)) - spread @ (beta - prior)
        curve = (design * (weight * p * (1.0 - p))[:, None]).T @ design + spread
        step = np.linalg.solve(curve, gradient)
        beta = beta + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-10:
            break
    # A falling curve would turn the order round: no slope is better than that.
    return float(max(beta[0], 1e-3)), float(beta[1])


def _isotonic(margin: Floats, found: Bools, weight: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
    from scipy.optimize import isotonic_regression

    order = np.argsort(margin, kind="stable")
    fitted = isotonic_regression(found[order].astype(float), weights=weight[order])
    starts = fitted.blocks[:-1]
    mass = np.add.reduceat(weight[order], starts)
    at = np.add.reduceat(weight[order] * margin[order], starts) / mass
    # Blocks without any find, or with nothing else, are pulled off 0 and 1: half a find among their records.
    rate = (np.add.reduceat(weight[order] * found[order], starts) + 0.5) / (mass + 1.0)
    rate = np.maximum.accumulate(rate)
    return tuple(at.tolist()), tuple(rate.tolist())


def reliability(probability: Floats, found: Bools, weight: Floats) -> list[dict[str, float]]:
    """Return, for tenths of the records by probability, what was said and what came true.

    Returns:
        rows of `records`, `said` (mean probability), `found` (weighted rate of finds), `low` and `high` (exact interval
        of the unweighted rate at .95: Clopper and Pearson 1934, Biometrika 26:404-413).
    """
    from counterflow.core.proportions import clopper_pearson

    rows = []
    for part in np.array_split(np.argsort(probability, kind="stable"), _BINS):
        if not len(part):
            continue
        low, high = clopper_pearson(int(found[part].sum()), len(part))
        mean = np.average(np.column_stack([probability[part], found[part]]), axis=0, weights=weight[part])
        rows.append({"records": len(part), "said": float(mean[0]), "found": float(mean[1]), "low": low, "high": high})
    return rows
