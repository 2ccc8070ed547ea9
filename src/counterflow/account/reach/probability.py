"""How likely is a target to be reached by its deadline, and how sure is that?"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.account.reach.model import Prior, fit, prior_of, scale_of
from counterflow.account.reach.paths import draw_paths
from counterflow.account.reach.rolling import draw_rolling, fit_rolling
from counterflow.account.reach.rules import needed_on, straight_line
from counterflow.account.reach.series import Laid, Series, Target, as_known, lay, reached
from counterflow.core.seeds import generator

__all__ = ["FEWEST", "LEVEL", "METHOD", "PathPoint", "Reach", "answer", "draws_of", "probability"]

Floats = npt.NDArray[np.float64]
#: points below which nothing is said
FEWEST = 5
#: coverage of every interval here
LEVEL = 0.8
METHOD = (
    "share of simulated paths that reach it: local level with damped slope on the log scale (Harvey 1989; Gardner &"
    " McKenzie 1985), parameters by grid posterior, t shocks; prior and width from hindcasts of other series"
)
#: steps ahead, as a multiple of the steps seen, beyond which a path is a guess
_FARTHEST = 3.0


@dataclass(frozen=True, slots=True)
class PathPoint:
    """One coming step: median and 80 % interval of the paths, and the straight line's height."""

    period_end: dt.date
    value: float
    low80: float
    high80: float
    needed: float | None


@dataclass(frozen=True, slots=True)
class Reach:
    """The answer.

    Args:
        probability: that the target is reached by its deadline; None where there is nothing left to guess or to go by.
        low: lower end of an 80 % interval of that probability, over parameters and draws.
        high: upper end.
        expected: what the target speaks of, at its deadline: value (median), low80, high80.
        status: met, on track (probability 0.5 or more), behind, missed, not assessable.
        straight_line: 1 or 0 as the straight line from the baseline says; None without a baseline.
        method: how it was made.
        origin: end of the last period used.
        n: points used.
        why: what to know, in words; why not, where it is not assessable.
        path: coming steps, for a chart.
    """

    probability: float | None
    low: float | None
    high: float | None
    expected: dict[str, float] | None
    status: str
    straight_line: float | None
    method: str
    origin: dt.date | None
    n: int
    why: str
    path: tuple[PathPoint, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, days as ISO text, without the path."""
        told = {name: value for name, value in asdict(self).items() if name != "path"}
        return told | {"origin": self.origin.isoformat() if self.origin else None, "level": LEVEL}


def probability(
    series: Series, target: Target, *, as_of: dt.date | None = None, seed: int = 1, prior: Prior | None = None
) -> Reach:
    """Return how likely a target is to be reached.

    Args:
        series: what has been seen; points may carry an interval.
        target: what is to be reached, and by when.
        as_of: use only what was known by this day; everything where not given.
        seed: seed of the draws; the same one gives the same answer.
        prior: what other series have been like; the one shipped where not given.

    Raises:
        InputError: series or target do not hold together.
    """
    used = as_known(series, target, as_of)
    known = used.points
    last = known[-1].period_end if known else None
    if len(known) < 2:
        return _not(last, len(known), _too_few(series, len(known)))
    laid = lay(used, target.by)
    over = _decided(laid, target)
    if over is not None:
        return over
    if len(known) < FEWEST:
        return _not(last, len(known), _too_few(series, len(known)))
    if laid.ahead > _FARTHEST * len(laid.values):
        why = f"the deadline is {laid.ahead} steps away and {len(laid.values)} were seen: no trend reaches that far"
        return _not(last, len(known), why)
    gaps = _gaps(laid, target)
    if gaps:
        return _not(last, len(known), gaps)
    return answer(laid, target, draws_of(laid, seed, prior or prior_of()), seed)


def _too_few(series: Series, count: int) -> str:
    cut = len(series.points) - count
    said = f"{count} points, and fewer than {FEWEST} show no trend"
    return f"{said}; {cut} more lie before a break in definition or were not known yet" if cut else said


def _not(origin: dt.date | None, n: int, why: str) -> Reach:
    return Reach(None, None, None, None, "not assessable", None, METHOD, origin, n, why)


def _since(laid: Laid, target: Target) -> dt.date:
    """Return the day after whose period a cumulative or any-time target begins to count."""
    if target.kind == "cumulative":
        return target.since or target.baseline_on or laid.ends[-1]
    return target.baseline_on or (laid.ends[-2] if len(laid.ends) > 1 else dt.date.min)


def _decided(laid: Laid, target: Target) -> Reach | None:
    """Return the answer where time has given it: the deadline has passed, or what is asked has happened."""
    ends = np.array(laid.ends)
    inside = (ends > _since(laid, target)) & (np.arange(len(ends)) <= len(ends) - 1 + laid.ahead)
    seen = laid.values[inside]
    n, line = int((~np.isnan(laid.values)).sum()), straight_line(laid, target)
    total = float(np.nansum(seen))
    if target.kind == "any-time" and reached(seen[~np.isnan(seen)], target).any():
        return Reach(None, None, None, None, "met", line, METHOD, laid.ends[-1], n, "it has been reached already")
    if laid.ahead > 0:
        return None
    at = laid.values[laid.ahead - 1] if -laid.ahead < len(laid.values) else np.nan
    value = {"level": float(at), "cumulative": total, "any-time": float(seen[-1]) if seen.size else np.nan}[target.kind]
    unseen = np.isnan(value) if target.kind != "cumulative" else bool(np.isnan(seen).any() or not seen.size)
    if unseen:
        return _not(laid.ends[-1], n, "the deadline has passed, and no value of its period is there")
    met = target.kind != "any-time" and bool(reached(np.array([value]), target)[0])
    why = f"the deadline has passed; the value was {value:.6g}: no probability is left to tell"
    return Reach(None, None, None, None, "met" if met else "missed", line, METHOD, laid.ends[-1], n, why)


def _gaps(laid: Laid, target: Target) -> str:
    if target.kind != "cumulative":
        return ""
    since = _since(laid, target)
    if since < laid.ends[0] and (laid.ends[0] - since).days > 370 / laid.per_year:
        return f"the sum counts from {since} and the series begins with the period of {laid.ends[0]}"
    missing = [end for end, v in zip(laid.ends, laid.values, strict=True) if end > since and np.isnan(v)]
    return f"the sum needs the period of {missing[0]}, and no value is there" if missing else ""


def draws_of(laid: Laid, seed: int, prior: Prior) -> Floats:
    """Return paths to the deadline, shape (vectors, paths, steps ahead); they hang on the series, not on the target."""
    scale = scale_of(laid.values)
    seen, errors = scale.into(laid.values), scale.error(laid.values, laid.errors)
    rng = generator(seed, "reach", laid.grain, len(laid.values), laid.ahead)
    if laid.rolling > 1:
        overlapping = fit_rolling(seen, errors, laid.per_year, laid.rolling, prior)
        return draw_rolling(overlapping, scale, prior, laid.ahead, rng)
    fitted = fit(seen, errors, laid.per_year, prior)
    return draw_paths(fitted, scale, prior, laid.ahead, rng)


def answer(laid: Laid, target: Target, paths: Floats, seed: int = 1) -> Reach:
    """Return what paths say of a target whose deadline is ahead."""
    asked = _asked(paths, laid, target, generator(seed, "reach", "known part"))
    hits = reached(asked, target)
    share = hits.mean(axis=1)
    # never a saturated 0 or 1: half a path stands for those that were not drawn
    value = (float(hits.sum()) + 0.5) / (hits.size + 1)
    tail = (1 - LEVEL) / 2
    low, high = (float(end) for end in np.quantile(share, [tail, 1 - tail]))
    ends = np.quantile(asked, [tail, 0.5, 1 - tail])
    expected = {"value": float(ends[1]), "low80": float(ends[0]), "high80": float(ends[2])}
    n = int((~np.isnan(laid.values)).sum())
    return Reach(
        value, min(low, value), max(high, value), expected, "on track" if value >= 0.5 else "behind",
        straight_line(laid, target), METHOD, laid.ends[-1], n, _words(laid, target, n), _path(paths, laid, target),
    )  # fmt: skip


def _asked(paths: Floats, laid: Laid, target: Target, rng: np.random.Generator) -> Floats:
    """Return what the target speaks of in each path, shape of the first two axes."""
    if target.kind == "level":
        return np.asarray(paths[:, :, -1])
    if target.kind == "any-time":
        return np.asarray(paths.min(axis=2) if target.direction == "down" else paths.max(axis=2))
    since = _since(laid, target)
    counted = np.array(laid.ends) > since
    coming = np.array(laid.coming()) > since
    error = float(np.sqrt((laid.errors[counted] ** 2).sum()))
    known = float(laid.values[counted].sum()) + error * rng.standard_normal(paths.shape[:2])
    return np.asarray(known + paths[:, :, coming].sum(axis=2))


def _path(paths: Floats, laid: Laid, target: Target) -> tuple[PathPoint, ...]:
    ends = np.quantile(paths, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2], axis=(0, 1))
    made = []
    for place, day in enumerate(laid.coming()):
        line = None if target.kind == "cumulative" else needed_on(target, day)
        low, value, high = (float(end) for end in ends[:, place])
        made.append(PathPoint(day, value, low, high, line))
    return tuple(made)


def _words(laid: Laid, target: Target, n: int) -> str:
    said = [f"{n} points by {laid.grain}, {laid.ahead} ahead"]
    holes = int(np.isnan(laid.values).sum())
    if holes:
        said.append(f"{holes} missing between them")
    if laid.rolling > 1:
        said.append(f"each value sums {laid.rolling} of them")
    if laid.errors.any():
        said.append(f"{int((laid.errors > 0).sum())} with an interval of their own")
    if target.baseline is None:
        said.append("no baseline was given, so no straight line")
    if n < 2 * FEWEST:
        said.append("so few points that the answer rests mostly on how other series behaved")
    return "; ".join(said)
