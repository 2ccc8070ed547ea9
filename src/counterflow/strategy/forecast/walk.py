"""How far supply has moved in the past, and paths of it in years to come: with nothing known, or given indicators.

The size of past moves is taken from the record as it is: the mean square of changes over 1, 2, … years, whichever way
they went. A plain random walk would make it grow in step with the span; the record grows faster, since a rise is
followed by a rise. So a path is a walk plus a slope drawn once, both around zero:

    x(t) = slope · (t - t0) + w(t),   slope ~ N(0, trend²),   w a Brownian motion of variance step² a year

with trend² and step² fitted to the mean squares of the record (non-negative least squares). A record of few years says
little of its own size: each path is scaled by sqrt(ν / χ²_ν), so that ends have Student's tails. Past errors as the
measure of future ones: Reifschneider and Tulip, Gauging the uncertainty of the economic outlook, International Journal
of Forecasting 35 (2019) 1564-1582. Conditioning of drawn paths on indicators: Matheron's rule (Journel and Huijbregts,
Mining Geostatistics, 1978, chapter VII.A.2); it is exact for Gaussian paths.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Moves", "condition", "draw_paths", "knots", "moves_of"]

Floats = npt.NDArray[np.float64]
#: spans of change that are looked at, as long as the record has twice as many years
_LONGEST_SPAN = 6
#: knots a year on which a path is drawn
PER_YEAR = 4


@dataclass(frozen=True, slots=True)
class Moves:
    """How a quantity moved in the past, on the scale it was given in.

    Args:
        trend: standard deviation of the slope, per year.
        step: standard deviation of a year's step of the walk.
        freedom: degrees of freedom with which that size is known.
        mean_square: mean square of changes over 1, 2, … years.
    """

    trend: float
    step: float
    freedom: float
    mean_square: tuple[float, ...]

    def spread(self, years: float) -> float:
        """Return the standard deviation over a span of years, tails aside."""
        return math.sqrt(self.trend**2 * years**2 + self.step**2 * abs(years))


def moves_of(record: Sequence[float] | Floats) -> Moves:
    """Return the size of past moves of a yearly record without gaps.

    Args:
        record: values, one a year, four at least, on the scale on which moves add (log, logit).

    >>> moves_of([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]).step < 1
    True
    >>> flat = moves_of([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    >>> round(flat.trend, 6), round(flat.step, 6)
    (0.1, 0.0)
    """
    from scipy.optimize import nnls

    values = np.asarray(record, np.float64)
    if len(values) < 4:
        raise ValueError(f"a record of moves needs four years, not {len(values)}")
    spans = np.arange(1, max(2, min(_LONGEST_SPAN, len(values) // 2)) + 1)
    squares = np.array([float(np.mean((values[h:] - values[:-h]) ** 2)) for h in spans])
    # each mean square is weighted by its inverse size: long spans are few and large
    weight = 1 / np.maximum(spans.astype(np.float64), 1)
    fitted, _ = nnls(np.stack([spans**2, spans], axis=1) * weight[:, None], squares * weight)
    freedom = max(3.0, len(values) / 2)
    return Moves(math.sqrt(fitted[0]), math.sqrt(fitted[1]), freedom, tuple(squares.tolist()))


def knots(first: float, last: float) -> Floats:
    """Return the times of a path, a quarter apart, from `first` to `last` included."""
    return first + np.arange(round((last - first) * PER_YEAR) + 1) / PER_YEAR


def draw_paths(moves: Moves, times: Floats, origin: float, count: int, random: np.random.Generator) -> Floats:
    """Return paths that are 0 at `origin` and move either way from there.

    Args:
        moves: how far.
        times: knots, shape (T,), `origin` among them.
        origin: where every path is 0.
        count: how many.
        random: generator.

    Returns:
        Shape (count, T).
    """
    scale = np.sqrt(moves.freedom / random.chisquare(moves.freedom, count))
    slope = random.normal(0, moves.trend, count)
    steps = random.normal(0, 1, (count, len(times) - 1)) * (moves.step * np.sqrt(np.diff(times)))
    walk = np.concatenate([np.zeros((count, 1)), np.cumsum(steps, axis=1)], axis=1)
    at = int(np.argmin(np.abs(times - origin)))
    walk = walk - walk[:, at : at + 1] + slope[:, None] * (times - times[at])
    return np.asarray(walk * scale[:, None])


def covariance(moves: Moves, times: Floats, origin: float) -> Floats:
    """Return the covariance of a path at its knots, shape (T, T), tails aside."""
    a = times - origin
    same = np.sign(a)[:, None] == np.sign(a)[None, :]
    walk = np.where(same, np.minimum(np.abs(a)[:, None], np.abs(a)[None, :]), 0.0)
    return np.asarray(moves.trend**2 * np.outer(a, a) + moves.step**2 * walk)


def condition(
    paths: Floats,
    prior: Floats,
    means: Floats,
    values: Floats,
    errors: Floats,
    tied: npt.NDArray[np.intp],
    random: np.random.Generator,
) -> Floats:
    """Return the paths as they are once indicators are known.

    Args:
        paths: drawn without them, shape (n, T).
        prior: their covariance, shape (T, T).
        means: what each of m values is a mean of, as weights over the knots, shape (m, T).
        values: what was seen, shape (n, m): on the scale of the path, so it may differ by draw.
        errors: standard deviation of each value, shape (n, m).
        tied: for each value the place of the unknown level it shares with others of its indicator, shape (m,); one
            level per place, about which nothing is known.
        random: generator, for the errors of Matheron's rule.

    Returns:
        Shape (n, T). Where one indicator has a single value nothing follows from it: its level is not known.
    """
    if means.shape[0] == 0:
        return paths
    same_level = (tied[:, None] == tied[None, :]).astype(np.float64)
    wide = 1e3 * (float(np.max(np.abs(values))) + 1.0) ** 2
    cross = prior @ means.T
    seen = means @ cross + wide * same_level
    levels = random.normal(0, math.sqrt(wide), (len(paths), int(tied.max()) + 1))[:, tied]
    noise = random.normal(0, 1, values.shape) * errors
    gap = values - (paths @ means.T + levels + noise)
    system = seen[None] + np.einsum("nm,mk->nmk", errors**2, np.eye(means.shape[0]))
    weights = np.linalg.solve(system, gap[:, :, None])[:, :, 0]
    return np.asarray(paths + weights @ cross.T)
