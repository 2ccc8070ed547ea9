"""Many places at once: a small one borrows the delays of all of them together, as much as they are alike.

How a report travels is much the same law next door, so each place's reverse-time hazards are shrunk to those of the
other places together (a beta law per delay and kind of day; the Dirichlet law of the delays written in hazards). How
much is learned by moments: where places differ by more than their counts explain, they borrow less.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from counterflow.watch.nowcast.days import kinds_of_days
from counterflow.watch.nowcast.default import LEAST_PERIODS, Prior, Settings, nowcast
from counterflow.watch.nowcast.groups import is_total
from counterflow.watch.nowcast.nowcasts import LEVELS, Nowcasts
from counterflow.watch.nowcast.triangle import Floats, Triangle

__all__ = ["nowcast_each", "shared_delays", "with_history"]

#: weight of the other places, in counts per hazard: bounds of what moments may say
_LEAST, _MOST = 5.0, 5_000.0


def nowcast_each(
    triangles: Sequence[Triangle],
    as_of: dt.date | None = None,
    *,
    levels: Sequence[float] = LEVELS,
    settings: Settings | None = None,
    holidays: str = "",
) -> list[Nowcasts]:
    """Return a nowcast of each triangle; several borrow their delays from each other.

    Raises:
        InputError: see `nowcast`.
    """
    priors: list[Prior | None] = [None] * len(triangles)
    if len(triangles) > 1:
        day = as_of or min(triangle.last_report for triangle in triangles)
        priors = list(shared_delays(triangles, day, holidays))
    return [
        nowcast(triangle, as_of, levels=levels, settings=settings, holidays=holidays, prior=prior)
        for triangle, prior in zip(triangles, priors, strict=True)
    ]


def with_history(triangles: Sequence[Triangle], as_of: dt.date) -> tuple[list[Triangle], tuple[str, ...]]:
    """Return the triangles that have periods enough by `as_of`, and what to say of the others."""
    kept = []
    for triangle in triangles:
        first = triangle.reference[0].astype("datetime64[D]").astype(dt.date)
        periods = ((as_of - first).days - triangle.ends_after) // triangle.step + 1
        if min(periods, len(triangle.counts)) >= LEAST_PERIODS:
            kept.append(triangle)
    short = len(triangles) - len(kept)
    if not short:
        return kept, ()
    return kept, (f"{short} of {len(triangles)} series have fewer than {LEAST_PERIODS} periods: no nowcast of them.",)


def shared_delays(triangles: Sequence[Triangle], as_of: dt.date, holidays: str = "") -> list[Prior]:
    """Return for each place the delays of all the others, with the weight that moments give them.

    Args:
        triangles: of one step and one largest delay.
        as_of: the day to stand on.
        holidays: see `nowcast`.
    """
    tables = [_tallies(triangle.known_on(as_of).settled()[0], holidays) for triangle in triangles]
    new, held = np.stack([t[0] for t in tables]), np.stack([t[1] for t in tables])
    # A total is made of the others: it borrows from them, and they do not borrow from it.
    part = np.array([not is_total(triangle.group) for triangle in triangles])
    part = part if part.any() else ~part
    weight = _alike(new[part].sum(axis=2), held[part].sum(axis=2))
    everywhere_new, everywhere_held = new[part].sum(axis=0), held[part].sum(axis=0)
    out = []
    for own_new, own_held, counted in zip(new, held, part, strict=True):
        some, whole = everywhere_new - counted * own_new, everywhere_held - counted * own_held
        pooled = some.sum(axis=1, keepdims=True) / np.maximum(whole.sum(axis=1, keepdims=True), 1.0)
        out.append(Prior((some + 20.0 * pooled) / (whole + 20.0), weight))
    return out


def _tallies(known: Triangle, holidays: str) -> tuple[Floats, Floats]:
    """Return new reports and what was held, by delay and kind of reporting day, shape (D + 1, kinds)."""
    counts = np.nan_to_num(known.counts)
    cum = np.cumsum(counts, axis=1)
    periods, width = counts.shape
    kinds, many = kinds_of_days(known.reference[0], periods + width, known.step, holidays)
    day = np.arange(periods)[:, None] + np.arange(width)[None, :]
    due = (day < periods) & (np.arange(width)[None, :] > 0)
    cell = np.broadcast_to(np.arange(width)[None, :] * many, day.shape) + kinds[day]
    new = np.bincount(cell[due], counts[due], width * many).reshape(width, many).astype(np.float64)
    held = np.bincount(cell[due], cum[due], width * many).reshape(width, many).astype(np.float64)
    return new, held


def _alike(new: Floats, held: Floats) -> float:
    """Return the weight of other places in counts: the precision of the beta law of hazards between places.

    Method of moments: the variance of places' hazards around the pooled one, less what binomial counting explains.
    """
    pooled = new.sum(axis=0) / np.maximum(held.sum(axis=0), 1.0)
    law = pooled * (1.0 - pooled)
    used = (held >= 20.0) & (law > 0)[None, :]
    if used.sum() < 3:
        return _MOST
    share = new / np.maximum(held, 1.0)
    excess = float((((share - pooled) ** 2 * held - law) * used).sum())
    scale = float((law * (held - 1.0) * used).sum())
    return float(np.clip(scale / max(excess, 1e-12), _LEAST, _MOST))
