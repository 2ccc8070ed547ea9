"""Where and since when more happens than elsewhere, now: the prospective space-time scan.

Every cylinder is tried: a circle of neighbouring places, over the last one, two … periods up to now. The one whose
count is least like the rest of the study is the most likely cluster; how often chance alone gives one as striking comes
from replicates. Kulldorff, J. R. Statist. Soc. A 164 (2001) 61-72; Kulldorff et al., PLoS Med 2 (2005) e59.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError, UsageError
from counterflow.core.seeds import generator
from counterflow.watch.clusters.chance import Null, replicate
from counterflow.watch.clusters.circles import Coordinates
from counterflow.watch.clusters.cluster import Cluster, Scan, poisson_interval
from counterflow.watch.clusters.study import Study, replicates_of, study_of
from counterflow.watch.clusters.words import METHOD, SOURCES, said_of
from counterflow.watch.grid import Grid

__all__ = ["MODELS", "Asked", "longest_window", "scan"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

MODELS = ("auto", "poisson", "negative-binomial")
#: periods of the longest window where nobody says, by grain: what starts, not what has been so for a season
_LONGEST = {"day": 28, "week": 8, "month": 4, "quarter": 2, "year": 2}
_DAYS = {"day": 1.0, "week": 7.0, "month": 30.436875, "quarter": 91.310625, "year": 365.2425}
#: the most likely cluster is always told; others only where they are less likely than this
_TOLD = 0.5
_FEWEST_REPLICATES = 19


@dataclass(frozen=True)
class Asked:
    """How to scan.

    Args:
        replicates: without a cluster, to compare with.
        seed: of the replicates.
        windows: periods in the longest window; None: by grain, and at most half of the study.
        share: largest share of those at risk in a circle.
        radius_km: largest radius; None: no limit.
        model: poisson | negative-binomial | auto, which takes the second where counts vary beyond chance.
        one_by_one: take the places of each cluster found out and scan again, so that one does not hide the next.
        alpha: a cluster with at most this probability is an alarm.
        most: clusters told.
        workers: threads; 0 = one a core.

    Raises:
        UsageError: one of them is out of range.
    """

    replicates: int = 999
    seed: int = 1
    windows: int | None = None
    share: float = 0.25
    radius_km: float | None = None
    model: str = "auto"
    one_by_one: bool = False
    alpha: float = 0.01
    most: int = 10
    workers: int = 0

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise UsageError(f"There is no model {self.model!r}.", hint=f"Models: {', '.join(MODELS)}.")
        if self.replicates < _FEWEST_REPLICATES:
            raise UsageError(f"{self.replicates} replicates say nothing.", hint="Take 99 or more; 999 are usual.")
        if not 0 < self.share <= 1 or not 0 < self.alpha < 1:
            raise UsageError("A share lies between 0 and 1.", hint="A share of 0.25 and an alpha of 0.01 are usual.")


@dataclass(frozen=True)
class _Round:
    """One scan of some of the places: `kept` are their rows in the grid."""

    study: Study
    null: Null
    kept: Whole


def scan(grid: Grid, where: Coordinates, *, at_risk: Floats | None = None, asked: Asked | None = None) -> Scan:
    """Return the clusters that are alive in the last period, the most likely first.

    Args:
        grid: one series a place; the `place` of its key names it. NaN is not known, never a zero.
        where: coordinates of these places, and maybe of others, which are left out.
        at_risk: population, or counts expected by a model of one's own, shape (S, T); None: what is expected is each
            place's own share of all cases (the space-time permutation model).
        asked: how; as `Asked` where not given.

    Raises:
        InputError: fewer than two places, a count that is negative or not whole, a place twice or without
            coordinates, a study of one period without population.
    """
    asked = asked or Asked()
    places = [str(name) for name in grid.key.column("place").to_pylist()]
    _check(grid, places, at_risk)
    where = where.of(places)
    windows = longest_window(grid, asked.windows)
    rounds: list[_Round] = []
    clusters: list[Cluster] = []
    kept = np.arange(len(places))
    while True:
        here = _scanned(grid, where, at_risk, kept, windows, asked, number=len(rounds))
        rounds.append(here)
        found = [_told(grid, where, here, at, asked) for at in _apart(here.study)]
        clusters += found[:1] if asked.one_by_one else found
        again = asked.one_by_one and found and found[0].alarm and len(clusters) < asked.most
        if not again:
            break
        taken = set(found[0].places)
        kept = np.array([n for n in kept if places[n] not in taken], np.int64)
        if len(kept) < 2 or not np.nansum(grid.counts[kept]):
            break
    shown = [c for n, c in enumerate(clusters) if n == 0 or c.p <= _TOLD][: asked.most]
    first = rounds[0]
    return Scan(
        clusters=tuple(shown), settings=_settings(asked, first.study), digest=_digest(grid, where, at_risk),
        said=said_of(grid, first.study, first.null, shown, one_by_one=asked.one_by_one),
        cases=int(np.nansum(grid.counts)), places=len(places), periods=len(grid.t), first_t=_named(grid, 0),
        last_t=_named(grid, -1), unknown_cells=int(np.isnan(grid.counts).sum()), spread=first.study.spread,
    )  # fmt: skip


def longest_window(grid: Grid, asked: int | None = None) -> int:
    """Return the periods of the longest window: as asked, else by grain; at most half of the study.

    Raises:
        UsageError: longer than half of the study, or shorter than one period.
    """
    half = max(len(grid.t) // 2, 1)
    if asked is None:
        return min(_LONGEST[grid.grain], half)
    if not 1 <= asked <= half:
        raise UsageError(
            f"A window of {asked} periods cannot be compared with a study of {len(grid.t)}.",
            hint=f"Take from 1 to {half}: at most half of the study (Kulldorff 2001).",
        )
    return asked


def _check(grid: Grid, places: list[str], at_risk: Floats | None) -> None:
    if len(places) < 2:
        said = "One place cannot be compared with others." if places else "There is no place."
        raise InputError(said, hint="A scan needs two places or more; `watch alarms` watches one series.")
    if len(set(places)) != len(places):
        twice = next(p for n, p in enumerate(places) if p in places[:n])
        hint = "A scan takes one series a place: choose one measure, subject and definition."
        raise InputError("Two series are of one place.", hint=hint, value=twice)
    counts = grid.counts
    wrong = (counts < 0) | (counts != np.floor(counts)) & ~np.isnan(counts) | np.isinf(counts)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        said = f"The count of {places[row]} at {grid.t[column]} is no count."
        raise InputError(said, hint="Counts are whole numbers from 0.", value=counts[row, column])
    if at_risk is None and len(grid.t) < 2:
        hint = "Give a population, or counts of earlier periods to compare with."
        raise InputError("There is one period and no population.", hint=hint)
    if at_risk is not None and (at_risk.shape != counts.shape or not (np.isfinite(at_risk) & (at_risk >= 0)).all()):
        raise InputError("Population is not given for every place and period.", hint="Numbers from 0, none left out.")


def _scanned(
    grid: Grid, where: Coordinates, at_risk: Floats | None, kept: Whole, windows: int, asked: Asked, *, number: int
) -> _Round:
    near = Coordinates(tuple(where.places[n] for n in kept), where.lat[kept], where.lon[kept])
    study = study_of(
        grid.counts[kept], near, at_risk=None if at_risk is None else at_risk[kept], windows=windows,
        share=asked.share, radius_km=asked.radius_km, model=asked.model,
    )  # fmt: skip
    seeds = generator(asked.seed, "watch-scan", number).integers(0, 2**32, asked.replicates, dtype=np.uint32)
    if not study.latest(study.counts).any():
        return _Round(study, Null(np.zeros(asked.replicates)), kept)
    return _Round(study, replicate(replicates_of(study), seeds, asked.workers), kept)


def _apart(study: Study) -> Iterator[tuple[int, int, int, float]]:
    """Yield centre, circle, window and ratio of clusters that share no place, the highest ratio first."""
    from counterflow.watch.clusters.kernels import best_of_each

    size = len(study.counts)
    ratio, circle, window = np.zeros(size), np.full(size, -1), np.full(size, -1)
    best_of_each(study.around, study.sums, ratio, circle, window)
    c = study.circles
    taken = np.zeros(size, np.bool_)
    for n in np.argsort(-ratio, kind="stable"):
        if circle[n] < 0:
            return
        inside = c.near[n, : circle[n] + 1]
        if not taken[inside].any():
            taken[inside] = True
            yield int(n), int(circle[n]), int(window[n]), float(ratio[n])


def _told(grid: Grid, where: Coordinates, here: _Round, at: tuple[int, int, int, float], asked: Asked) -> Cluster:
    from counterflow.watch.clusters.kernels import likelihood_ratio

    centre, circle, window, ratio = at
    study, inside = here.study, here.study.circles.near[centre, : circle + 1]
    first = len(grid.t) - 1 - window
    observed = float(study.counts[inside, first:].sum())
    expected = float(study.expected[inside, first:].sum())
    low, high = poisson_interval(observed, expected)
    total = float(study.counts.sum())
    outside = (total - observed) / (total - expected) if total > expected else 0.0
    p = here.null.p(ratio)
    before = float(study.expected[inside, :first].sum())
    lasting = study.baseline == "population" and before > 0
    row = here.kept[centre]
    return Cluster(
        places=tuple(where.places[here.kept[n]] for n in inside), centre=where.places[row],
        lat=float(where.lat[row]), lon=float(where.lon[row]),
        radius_km=round(float(study.circles.km[centre, circle]), 3),
        first_t=_named(grid, first), last_t=_named(grid, -1),
 periods=window + 1,
        observed=int(observed), expected=expected, ratio=observed / expected, ratio_low=low, ratio_high=high,
        relative_risk=observed / expected / outside if outside > 0 else None,
        log_likelihood_ratio=float(likelihood_ratio(observed, expected, total)), statistic=ratio, p=p,
        p_monte_carlo=here.null.monte_carlo(ratio), p_gumbel=here.null.gumbel(ratio), recurrence_periods=1 / p,
        recurrence_days=None if np.isnat(grid.starts[first]) else _DAYS[grid.grain] / p,
        ratio_before=float(study.counts[inside, :first].sum()) / before if lasting else None, alarm=p <= asked.alpha,
    )  # fmt: skip


def _named(grid: Grid, at: int) -> int | str:
    """Return a period as the source names it: its first day, or its number."""
    return int(grid.t[at]) if np.isnat(grid.starts[at]) else str(grid.starts[at])


def _settings(asked: Asked, study: Study) -> dict[str, Any]:
    return {
        "method": METHOD[study.baseline], "model": "negative-binomial" if study.noisy else "poisson",
        "model_asked": asked.model, "baseline": study.baseline, "longest_window": study.windows,
        "largest_share": asked.share, "largest_radius_km": asked.radius_km, "replicates": asked.replicates,
        "seed": asked.seed, "alpha": asked.alpha, "one_by_one": asked.one_by_one, "sources": list(SOURCES),
    }  # fmt: skip


def _digest(grid: Grid, where: Coordinates, at_risk: Floats | None) -> str:
    """Return SHA-256 of what was scanned, in the order of places' names: the order of rows changes nothing."""
    order = sorted(range(len(where.places)), key=lambda n: where.places[n])
    made = hashlib.sha256("\x1f".join(where.places[n] for n in order).encode())
    for values in (grid.counts, where.lat[:, None], where.lon[:, None], at_risk):
        if values is not None:
            made.update(np.ascontiguousarray(values[order], "<f8").tobytes())
    made.update(grid.t.astype("<i8").tobytes())
    return made.hexdigest()
