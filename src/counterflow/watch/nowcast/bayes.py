"""A Bayesian nowcast: random-walk intensity, delays with their own doubt, sampled.

The model of Höhle & an der Heiden 2014 (Biometrics 70: 993-1002) and McGough et al. 2020 (PLoS Comput Biol 16:
e1007735) in its plainest form: counts are Poisson around a log-normal random walk, delays a law of their own, here in
reverse-time hazards, whose posterior is exactly beta (the truncated multinomial likelihood factorises: Lawless 1994).
Reports are taken as independent, so where whole days are late together its intervals are too narrow; the default
learns its width from past errors instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from counterflow.core.seeds import generator
from counterflow.watch.nowcast.days import kinds_of_days
from counterflow.watch.nowcast.default import start
from counterflow.watch.nowcast.nowcasts import LEVELS, Nowcasts
from counterflow.watch.nowcast.triangle import Floats, Triangle

__all__ = ["nowcast_bayes"]

#: shape and rate of the walk's variance; counts by which a kind of day borrows from all
_PRIOR = (2.0, 0.05, 30.0)
#: reports older than this many largest delays no longer teach
_MEMORY = 2


def nowcast_bayes(
    triangle: Triangle,
    as_of: dt.date | None = None,
    *,
    levels: Sequence[float] = LEVELS,
    holidays: str = "",
    draws: int = 1000,
    seed: int = 1,
    **_: Any,
) -> Nowcasts:
    """Return the posterior law of final counts, from what was known at the end of `as_of`.

    Args:
        triangle: incident counts by reference period and delay.
        as_of: the day to stand on.
        levels: quantile levels.
        holidays: see `default.nowcast`.
        draws: posterior draws kept.
        seed: seed of the sampling.

    Raises:
        InputError: see `default.nowcast`.
    """
    from counterflow.watch.nowcast.gibbs import sample

    day, known, cum, said = start(triangle, as_of)
    last, most = len(cum) - 1, known.max_delay
    kinds, count = kinds_of_days(known.reference[0], last + most + 2, triangle.step, holidays)
    new, held = _tallies(cum, kinds, count, _MEMORY * most)
    first = max(0, last + 1 - 2 * most)
    seen = cum[np.arange(last + 1), np.minimum(most, last - np.arange(last + 1))]
    rng = generator(seed, "watch-nowcast", str(day))
    finals, shares = sample(rng, seen[first:], new, held, kinds[first:], np.array(_PRIOR), draws)
    kept = slice(max(0, len(seen[first:]) - most), None)
    finals, share = finals[:, kept], shares[:, kept].mean(axis=0)
    asked = np.asarray(levels, np.float64)
    reported = seen[first:][kept]
    values = np.quantile(finals, asked, axis=0, method="inverted_cdf").T
    missing = np.maximum(finals.mean(axis=0) - reported, 1e-6)
    size = missing**2 / np.maximum(finals.var(axis=0) - missing, 1e-6 * missing + 1e-12)
    steps = finals - finals.mean(axis=0)
    spread = np.maximum(steps.std(axis=0), 1e-9)
    together = float(
        np.clip(np.mean((steps[:, 1:] * steps[:, :-1]).mean(axis=0) / (spread[1:] * spread[:-1])), 0, 0.95)
    )
    return Nowcasts(
        known.reference[first:][kept], asked, values, reported, share, missing, size, np.ones(len(missing)), together,
        reported / share, day, "bayes", dict(triangle.group), {"draws": draws, "seed": seed, "holidays": holidays},
        {}, said,
    )  # fmt: skip


def _tallies(cum: Floats, kinds: Any, count: int, memory: int) -> tuple[Floats, Floats]:
    """Return new reports and what was held, by delay and kind of reporting day, of recent days."""
    periods, width = cum.shape
    fresh = np.diff(cum, axis=1, prepend=0.0)
    day = np.arange(periods)[:, None] + np.arange(width)[None, :]
    due = (day < periods) & (day >= periods - memory) & (np.arange(width)[None, :] > 0)
    cell = np.broadcast_to(np.arange(width)[None, :] * count, day.shape) + kinds[day]
    new = np.bincount(cell[due], fresh[due], width * count).reshape(width, count).astype(np.float64)
    held = np.bincount(cell[due], cum[due], width * count).reshape(width, count).astype(np.float64)
    return new, held
