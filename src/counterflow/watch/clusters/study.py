"""One study made ready: counts of the last periods, what is expected of them, the circles, and how to draw again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterflow.watch.clusters.circles import Circles, Coordinates, circles
from counterflow.watch.clusters.expected import Spread, by_history, by_population, spread_of

if TYPE_CHECKING:
    from counterflow.watch.clusters.kernels import Around, Sums

__all__ = ["Study", "replicates_of", "study_of"]

Floats = npt.NDArray[np.float64]
Seeds = npt.NDArray[np.uint32]

#: columns that the compiled part works on at once; `kernels.LANES`, which is not loaded before it is needed
LANES = 8
#: a single case is no cluster
LEAST_CASES = 2.0


@dataclass(frozen=True)
class Study:
    """Counts and expectations, ready to be scanned.

    Args:
        counts: (N, T), 0 where not known.
        known: (N, T).
        expected: (N, T), 0 where not known.
        baseline: population or history.
        windows: periods of the longest window.
        spread: how much counts vary beyond Poisson.
        noisy: whether replicates vary by it.
        weight: what a place's counts are divided by, (N,); 1 where not noisy.
        circles: around each place.
    """

    counts: Floats
    known: npt.NDArray[np.bool_]
    expected: Floats
    baseline: str
    windows: int
    spread: Spread
    noisy: bool
    weight: Floats
    circles: Circles

    @property
    def total(self) -> float:
        """Cases of the whole study, over `weight`."""
        return float((self.counts / self.weight[:, None]).sum())

    def latest(self, values: Floats) -> Floats:
        """Return sums over the last one, two … periods of values over `weight`, and columns of 0 up to the lanes."""
        recent = values[:, : -self.windows - 1 : -1] / self.weight[:, None]
        return np.pad(np.cumsum(recent, axis=1), ((0, 0), (0, -self.windows % LANES)))

    @property
    def sums(self) -> Sums:
        """What is scanned; over `weight`, what is expected of all places is all that they hold."""
        from counterflow.watch.clusters.kernels import Sums

        y, m = self.latest(self.counts), self.latest(self.expected)
        expected = m[:, self.windows - 1].sum()
        times = y[:, self.windows - 1].sum() / expected if self.noisy and expected > 0 else 1.0
        return Sums(y, m * times, self.total, LEAST_CASES)

    @property
    def around(self) -> Around:
        """The circles, as the compiled part takes them."""
        from counterflow.watch.clusters.kernels import Around

        return Around(self.circles.near, self.circles.many, self.circles.ends)


def study_of(
    counts: Floats, where: Coordinates, *, at_risk: Floats | None, windows: int, share: float,
    radius_km: float | None, model: str,
) -> Study:  # fmt: skip
    """Return the study.

    Args:
        counts: (N, T), NaN where not known.
        where: of the N places.
        at_risk: population or own expected counts, (N, T); None: a place's own share of the past.
        windows: periods in the longest window.
        share: largest share of those at risk in a circle.
        radius_km: largest radius, or None.
        model: poisson | negative-binomial | auto, which takes the second where counts vary beyond chance.
    """
    baseline = "history" if at_risk is None else "population"
    expected = by_history(counts) if at_risk is None else by_population(counts, at_risk)
    older = counts[:, :-windows] if counts.shape[1] >= 2 * windows else counts
    if at_risk is None:
        spread = spread_of(older, by_history(older), baseline=baseline, longest=windows)
    else:
        before = by_population(older, at_risk[:, : older.shape[1]])
        spread = spread_of(older, before, baseline=baseline, longest=windows)
    noisy = model == "negative-binomial" or (model == "auto" and spread.beyond_chance)
    noisy = noisy and spread.lasting + spread.cell > 0
    mean = expected.mean(axis=1)
    # How much a place's sum over the longest window varies, in units of its Poisson variance.
    weight = 1 + mean * (spread.cell + spread.lasting * windows) if noisy else np.ones(len(mean))
    size = expected.mean(axis=1) if at_risk is None else np.nanmean(at_risk, axis=1)
    known = ~np.isnan(counts)
    return Study(
        np.where(known, counts, 0.0), known, expected, baseline, windows, spread, noisy, weight,
        circles(where, size, share=share, radius_km=radius_km),
    )  # fmt: skip


def replicates_of(study: Study) -> Callable[[Seeds, Floats], None]:
    """Return what fills in the highest ratio of each replicate."""
    from counterflow.watch.clusters.replicates import Draw, Noise, drawn, permuted

    around, of = study.around, study.sums
    by_time = study.counts.sum(axis=0).astype(np.int64)[::-1].copy()
    if study.baseline == "history" and not study.noisy and study.known.all():
        by_place = study.counts.sum(axis=1).astype(np.int64)
        places = np.repeat(np.arange(len(by_place), dtype=np.int32), by_place)
        return lambda seeds, out: permuted(seeds, places, by_time[: study.windows], around, of, out)
    refit = study.baseline == "history"
    base = np.ascontiguousarray(study.expected.T[::-1])
    if not refit:
        base, by_time = base[: study.windows].copy(), by_time[: study.windows].copy()
    older = 0.0 if refit else study.total - float(of.y[:, study.windows - 1].sum())
    spread = (study.spread.lasting, study.spread.cell) if study.noisy else (0.0, 0.0)
    draw, noise = Draw(base, by_time, study.windows, refit, older, base.sum(axis=0)), Noise(*spread, study.weight)
    return lambda seeds, out: drawn(seeds, draw, noise, around, of, out)
