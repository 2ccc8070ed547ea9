"""What each method would have seen of outbreaks put into the later part of the user's own series.

Everything a method may learn or a threshold may rest on lies before the split or in other series; what is reported lies
behind it. Two thresholds are shown for each rate: from the two years before the split of all series (what a user gets;
the rate that came of it is told with its interval), and from the later part of the *other* series (rates matched
between methods, no series judged by its own weeks). Intervals resample series and replicates and estimate the threshold
anew in each draw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator
from counterflow.watch.detect.inject import Outbreaks, detected, peaks
from counterflow.watch.grid import Grid

__all__ = ["RATES", "Scored", "Trial", "copies", "score_all", "trial"]

Floats = npt.NDArray[np.float64]
Scorer = Callable[[Grid], Floats]
RATES = (0.005, 0.01, 0.02, 0.05)
_DRAWS = 300
_NEVER = -np.inf


@dataclass(frozen=True)
class Scored:
    """A method's scores.

    Args:
        early: scores of the two years before the split, series by periods.
        late: scores from the split on, without outbreaks.
        put: scores from the split on of the copies with outbreaks, shape (N, later periods).
    """

    early: Floats
    late: Floats
    put: Floats


@dataclass(frozen=True)
class Trial:
    """Rows of a back-test and what must be said with them."""

    rows: tuple[dict[str, object], ...]
    said: tuple[str, ...]


def copies(grid: Grid, put: Outbreaks) -> Grid:
    """Return a grid with one copy of a series for each outbreak, the outbreak in it."""
    key = grid.key.take(put.row)
    names = [f"{name} #{i}" for i, name in enumerate(key.column("series").to_pylist())]
    key = key.set_column(0, key.schema.field("series"), [names])
    return Grid(key, grid.grain, grid.starts, grid.t, put.into(grid.counts), None, grid.as_of, grid.season)


def score_all(grid: Grid, put: Outbreaks, split: int, scorers: Mapping[str, Scorer]) -> dict[str, Scored]:
    """Return the scores of each method on the series and on the copies."""
    with_them, found = copies(grid, put), {}
    before = max(split - 2 * grid.frequency, 0)
    for name, scorer in scorers.items():
        quiet = scorer(grid)
        found[name] = Scored(quiet[:, before:split], quiet[:, split:], scorer(with_them)[:, split:])
    return found


def trial(
    scored: Mapping[str, Scored], put: Outbreaks, split: int, *, first: str, rates: tuple[float, ...] = RATES,
    draws: int = _DRAWS, seed: int = 1, anew: bool = True,
) -> Trial:  # fmt: skip
    """Compare methods: share of outbreaks seen, delay, false alarms that came, difference to the method `first`.

    Args:
        scored: scores by method.
        put: the outbreaks, as they were put into the copies.
        split: first later period.
        first: method that the others are compared with.
        rates: false alarms per series-period to compare at.
        draws: resamplings for intervals.
        seed: of the resampling.
        anew: estimate the threshold anew in each draw; without, intervals leave its noise out.
    """
    within = put.added[:, split:]
    highest = {name: peaks(each.put, within) for name, each in scored.items()}
    picks = _picks(put, len(scored[first].late), draws, seed)
    rows: list[dict[str, object]] = []
    for rate in rates:
        resampled = {name: _resampled(scored[name].late, highest[name], put, rate, picks, anew) for name in scored}
        for way in ("earlier part", "other series"):
            bars = {name: _bars(each, put, rate, way) for name, each in scored.items()}
            for name, each in scored.items():
                if np.isnan(bars[name][1]).all():
                    continue
                came = _came(each.late, bars[name][0])
                for size in sorted(set(put.size.tolist())):
                    at = put.size == size
                    hit = highest[name] > bars[name][1]
                    seen = detected(np.nan_to_num(each.put, nan=_NEVER) > bars[name][1][:, None], within)
                    row: dict[str, object] = {
                        "method": name, "rate": rate, "threshold": way, "size": size, "outbreaks": int(at.sum()),
                        "seen": float(hit[at].mean()), "delay": _mean(seen.delay[at]), **came,
                    }  # fmt: skip
                    if way == "other series":
                        row |= _intervals(resampled, name, first, size, hit, highest[first] > bars[first][1], at)
                    rows.append(row)
    return Trial(tuple(rows), _said(scored, put, first))


def _bar(scores: Floats, rate: float) -> float:
    """Return what at most the share `rate` of scores is above; NaN where that is to be fewer than one score."""
    known = scores[~np.isnan(scores)]
    return float(np.quantile(known, 1.0 - rate, method="higher")) if len(known) * rate >= 1.0 else np.nan


def _bars(each: Scored, put: Outbreaks, rate: float, way: str) -> tuple[Floats, Floats]:
    """Return the threshold of each series and of each outbreak."""
    series = len(each.late)
    if way == "earlier part":
        by = np.full(series, _bar(each.early, rate))
    else:
        others = [np.delete(each.late, i, axis=0) if series > 1 else each.late for i in range(series)]
        by = np.array([_bar(other, rate) for other in others])
    return by, by[put.row]


def _came(late: Floats, bars: Floats) -> dict[str, object]:
    """Return the false alarms that came in the later part without outbreaks, with an interval over series."""
    from counterflow.watch.detect.realised import realised

    alarm = np.where(np.isnan(late), -1, np.nan_to_num(late) > bars[:, None]).astype(np.int8)
    found = realised(alarm)
    return {"came": found.rate, "came_low": found.low, "came_high": found.high}


def _mean(values: Floats) -> float | None:
    return float(np.nanmean(values)) if (~np.isnan(values)).any() else None


def _picks(put: Outbreaks, series: int, draws: int, seed: int) -> list[tuple[npt.NDArray[np.int64], Floats]]:
    """Return, for each draw, the series drawn and how often each outbreak counts (series times replicate)."""
    rng, runs = generator(seed, "watch-backtest"), int(put.replicate.max(initial=0)) + 1
    found = []
    for _ in range(draws):
        rows = rng.integers(0, series, series)
        each = np.bincount(rows, minlength=series)[put.row] * np.bincount(
            rng.integers(0, runs, runs), minlength=runs
        )[put.replicate]  # fmt: skip
        found.append((rows, each.astype(np.float64)))
    return found


def _resampled(
    late: Floats, peak: Floats, put: Outbreaks, rate: float, picks: list[tuple[npt.NDArray[np.int64], Floats]],
    anew: bool,
) -> dict[float, Floats]:  # fmt: skip
    """Return the share seen in each draw, by size, with the threshold of the series drawn, or of all."""
    sizes = sorted(set(put.size.tolist()))
    found, of_all = {size: np.full(len(picks), np.nan) for size in sizes}, _bar(late, rate)
    for draw, (rows, weight) in enumerate(picks):
        hit = peak > (_bar(late[rows], rate) if anew else of_all)
        for size in sizes:
            of = weight * (put.size == size)
            if of.sum():
                found[size][draw] = (hit * of).sum() / of.sum()
    return found


def _intervals(
    resampled: Mapping[str, dict[float, Floats]], name: str, first: str, size: float,
    hit: npt.NDArray[np.bool_], of_first: npt.NDArray[np.bool_], at: npt.NDArray[np.bool_],
) -> dict[str, object]:  # fmt: skip
    """Return 95 % intervals of the share seen, and of how much more `first` saw of the same outbreaks."""
    low, high = np.nanquantile(resampled[name][size], [0.025, 0.975])
    found: dict[str, object] = {"seen_low": float(low), "seen_high": float(high)}
    if name != first:
        gap = resampled[first][size] - resampled[name][size]
        low, high = np.nanquantile(gap, [0.025, 0.975])
        more = float(of_first[at].mean() - hit[at].mean())
        found |= {"first_sees_more": more, "more_low": float(low), "more_high": float(high)}
    return found


def _said(scored: Mapping[str, Scored], put: Outbreaks, first: str) -> tuple[str, ...]:
    series = len(scored[first].late)
    said = [f"{len(put):,} outbreaks in {series:,} series; they are ours, lognormal over weeks, not history's."]
    if series < 10:
        said.append(f"Intervals resample {series} series: with so few they are too narrow and differences are noise.")
    if series == 1:
        said.append("With one series there are no other series: the threshold of its own later part stands there.")
    return tuple(said)
