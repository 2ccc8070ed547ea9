"""Least squares over weights that are not negative and sum to one, solved exactly.

Two solvers for two shapes. `nearest_mixture` adds and drops one weight at a time: right where few weights are positive
(synthetic control, time weights). `ridge_mixture` works on the residuals, of which there are as many as periods, so
that three thousand donors with a ridge cost little. Both stop at the optimum itself, not at a tolerance of progress:
the same panel gives the same weights on every machine.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["nearest_mixture", "onto_simplex", "ridge_mixture"]

Floats = npt.NDArray[np.float64]

#: ridge that makes a minimum unique where several mixtures fit as well, as a share of the mean square of a column
_TINY = 1e-12
_MOST_STEPS = 10_000


def onto_simplex(point: Floats) -> Floats:
    """Return the nearest point with weights >= 0 that sum to one (Held, Wolfe & Crowder 1974).

    >>> onto_simplex(np.array([0.9, 0.3, -1.0])).round(6).tolist()
    [0.8, 0.2, 0.0]
    """
    falling = np.sort(point)[::-1]
    excess = np.cumsum(falling) - 1.0
    rank = np.arange(1, len(point) + 1)
    last = int(np.nonzero(falling - excess / rank > 0)[0][-1])
    return np.asarray(np.maximum(point - excess[last] / (last + 1), 0.0))


def nearest_mixture(columns: Floats, target: Floats, ridge: float = 0.0, start: Floats | None = None) -> Floats:
    """Return the weights w >= 0, sum w = 1, that minimise |columns @ w - target|^2 + ridge |w|^2.

    An active-set method (Lawson & Hanson 1974, chapter 23, with the sum as a further equation): each step solves the
    problem on the positive weights exactly and takes in the weight whose gradient promises most.

    Args:
        columns: shape (m, n).
        target: shape (m,).
        ridge: weight of the ridge; a tiny one is always there.
        start: weights to start from, for a problem close to one already solved.
    """
    rows, count = columns.shape
    if rows > 2 * count + 2:
        corner: Floats = np.asarray(np.linalg.qr(np.column_stack([columns, target]), mode="r"))
        columns, target = corner[:, :-1], corner[:, -1]
    scale = float(np.vdot(columns, columns)) / count or 1.0
    ridge = max(ridge, _TINY * scale)
    if start is None:
        square = np.einsum("ij,ij->j", columns, columns)
        weight = np.zeros(count)
        weight[int(np.argmin(square - 2 * (target @ columns)))] = 1.0
    else:
        weight = start.copy()
    for _ in range(_MOST_STEPS):
        weight = _settled(columns, target, ridge, weight)
        slope = columns.T @ (columns @ weight - target) + ridge * weight
        support = weight > 0
        level = float(slope[support].max())
        best = int(np.argmin(np.where(support, np.inf, slope)))
        if support.all() or slope[best] >= level - 1e-9 * scale:
            break
        weight = _taken_in(columns, target, ridge, weight, best)
    return weight


def _solved(columns: Floats, target: Floats, ridge: float, chosen: npt.NDArray[np.int64]) -> Floats:
    """Return the minimum over the chosen weights that sum to one, signs free."""
    part = columns[:, chosen]
    size = len(chosen)
    system = np.ones((size + 1, size + 1))
    system[:size, :size] = part.T @ part
    system.flat[: size * (size + 2) : size + 2] += ridge
    system[size, size] = 0.0
    right = np.ones(size + 1)
    right[:size] = part.T @ target
    return np.asarray(np.linalg.solve(system, right)[:size])


def _settled(columns: Floats, target: Floats, ridge: float, weight: Floats) -> Floats:
    """Return the minimum on the support of `weight`, dropping what would turn negative on the way."""
    weight = weight.copy()
    while True:
        chosen = np.nonzero(weight > 0)[0]
        wished = _solved(columns, target, ridge, chosen)
        if (wished > 0).all():
            weight[chosen] = wished
            return weight
        held = weight[chosen]
        down = wished <= 0
        step = held[down] / (held[down] - wished[down])
        moved = held + float(step.min()) * (wished - held)
        moved[np.nonzero(down)[0][int(np.argmin(step))]] = 0.0
        weight[chosen] = np.maximum(moved, 0.0)
        weight /= weight.sum()


def _taken_in(columns: Floats, target: Floats, ridge: float, weight: Floats, new: int) -> Floats:
    """Return weights with a first, exactly minimising share of the weight `new`."""
    towards = -weight
    towards[new] += 1.0
    change = columns @ towards
    bend = float(change @ change + ridge * towards @ towards)
    slope = float(change @ (columns @ weight - target) + ridge * weight @ towards)
    return np.asarray(weight + min(1.0, max(-slope / bend, 1e-12)) * towards)


def ridge_mixture(columns: Floats, target: Floats, ridge: float) -> Floats:
    """Return the weights w >= 0, sum w = 1, that minimise |columns @ w - target|^2 + ridge |w|^2, for a ridge > 0.

    At the optimum w is the projection of columns' r / ridge onto the simplex, r the residuals; the equation for r is
    the gradient of a convex function and piecewise linear, so Newton's method with step halving ends after a few
    solves of as many equations as `columns` has rows (Qi & Sun 1993).
    """
    count = columns.shape[1]
    residual = target - columns.mean(axis=1)
    weight = np.full(count, 1.0 / count)
    size = float(np.abs(target).max() + np.abs(columns).max()) or 1.0
    for _ in range(200):
        weight = onto_simplex(columns.T @ residual / ridge)
        gap = residual + columns @ weight - target
        if float(np.abs(gap).max()) <= 1e-12 * size:
            break
        part = columns[:, weight > 0]
        part = part - part.mean(axis=1, keepdims=True)
        step = np.linalg.solve(np.eye(len(target)) + part @ part.T / ridge, -gap)
        residual = _halved(columns, target, ridge, residual, step, float(gap @ step))
    return weight


def _halved(columns: Floats, target: Floats, ridge: float, residual: Floats, step: Floats, slope: float) -> Floats:
    """Return the residuals after the longest of the steps 1, 1/2, 1/4 … that makes enough progress."""

    def height(at: Floats) -> float:
        weight = onto_simplex(columns.T @ at / ridge)
        mixed = columns @ weight
        return float(at @ at / 2 - target @ at + at @ mixed - ridge / 2 * weight @ weight)

    now, length = height(residual), 1.0
    while length > 1e-10 and height(residual + length * step) > now + 1e-4 * length * slope + 1e-14 * abs(now):
        length /= 2
    return np.asarray(residual + length * step)
