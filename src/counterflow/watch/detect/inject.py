"""Outbreaks put into real counts, to learn how many of them an alarm would have seen and how soon.

The size of an outbreak is Poisson with `k` standard deviations of the series' own last year as its mean; its cases are
spread over at most eight periods as a lognormal, a step or a ramp (the lognormal after Noufaily et al., Stat. Med. 32
(2013), section 4; ours has median 1.5 periods and log-sd 0.5, most of it within four). Everything is drawn from a seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator

__all__ = ["LONGEST", "SHAPES", "Found", "Outbreaks", "Shape", "detected", "outbreaks", "peaks"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shape = Literal["lognormal", "step", "ramp"]
SHAPES: tuple[Shape, ...] = ("lognormal", "step", "ramp")
#: periods that an outbreak lasts at most
LONGEST = 8
_LEAST_SD = 0.5


@dataclass(frozen=True)
class Outbreaks:
    """N outbreaks, each in a copy of one series.

    Args:
        row: series of each, shape (N,).
        replicate: run of each, shape (N,).
        size: its size in standard deviations, shape (N,).
        added: cases put in, shape (N, T).
    """

    row: Ints
    replicate: Ints
    size: Floats
    added: Floats

    def __len__(self) -> int:
        return len(self.row)

    def of(self, chosen: npt.NDArray[np.bool_]) -> Outbreaks:
        """Return those chosen only."""
        return Outbreaks(self.row[chosen], self.replicate[chosen], self.size[chosen], self.added[chosen])

    def into(self, counts: Floats) -> Floats:
        """Return the counts with them, shape (N, T); an unknown count stays unknown."""
        return np.asarray(counts[self.row] + self.added)


def outbreaks(
    counts: Floats,
    window: tuple[int, int],
    *,
    sizes: tuple[float, ...] = (2.0, 4.0, 8.0),
    replicates: int = 10,
    seed: int = 1,
    shape: Shape = "lognormal",
    together: Ints | None = None,
) -> Outbreaks:
    """Return one outbreak for each series, size and replicate; those that drew no case are left out.

    Args:
        counts: series by periods.
        window: first period in which one may begin, and the period before which all have ended.
        sizes: in standard deviations of the series in the 52 periods before `window`.
        replicates: how many of each.
        seed: of everything drawn.
        shape: lognormal, step (all periods alike) or ramp (rising to the last).
        together: number of the group of each series, shape (S,); series of one group have their outbreak in the same
            periods (one bad batch in several places).

    Raises:
        ValueError: the window is shorter than an outbreak.
    """
    first, last = window
    if last - first < LONGEST:
        raise ValueError(f"outbreaks of {LONGEST} periods do not fit into {last - first}")
    (series, periods), sd = counts.shape, _deviation(counts[:, max(first - 52, 0) : max(first, 2)])
    group = np.arange(series) if together is None else np.asarray(together, np.int64)
    made = []
    for replicate in range(replicates):
        for size in sizes:
            rng = generator(seed, "watch-outbreaks", shape, replicate, f"{size:g}")
            start = rng.integers(first, last - LONGEST + 1, int(group.max(initial=0)) + 1)[group]
            cases = rng.poisson(size * sd)
            row = np.repeat(np.arange(series), cases)
            lag = _lags(rng, len(row), shape)
            added = np.bincount(row * periods + start[row] + lag, minlength=series * periods).reshape(series, periods)
            made.append(
                Outbreaks(
                    np.arange(series),
                    np.full(series, replicate),
                    np.full(series, size, np.float64),
                    added.astype(np.float64),
                )
            )
    return _joined(made).of(np.concatenate([each.added.sum(axis=1) > 0 for each in made]))


def _deviation(before: Floats) -> Floats:
    """Return the standard deviation of each series, at least half a case."""
    sd = np.full(len(before), _LEAST_SD)
    some = (~np.isnan(before)).sum(axis=1) > 1
    sd[some] = np.maximum(np.nanstd(before[some], axis=1, ddof=1), _LEAST_SD)
    return sd


def _joined(made: list[Outbreaks]) -> Outbreaks:
    return Outbreaks(
        np.concatenate([each.row for each in made]),
        np.concatenate([each.replicate for each in made]),
        np.concatenate([each.size for each in made]),
        np.concatenate([each.added for each in made]),
    )


def _lags(rng: np.random.Generator, cases: int, shape: Shape) -> Ints:
    """Return how many periods after its beginning each case falls."""
    if shape == "step":
        return rng.integers(0, LONGEST, cases)
    if shape == "ramp":
        return np.asarray(LONGEST * np.sqrt(rng.random(cases)), np.int64)
    return np.minimum(rng.lognormal(np.log(1.5), 0.5, cases), LONGEST - 1).astype(np.int64)


@dataclass(frozen=True)
class Found:
    """What was seen of N outbreaks.

    Args:
        seen: whether an alarm fell within it, from its first case to its last, shape (N,).
        delay: periods from its first case to the first such alarm; NaN where not seen.
    """

    seen: npt.NDArray[np.bool_]
    delay: Floats


def detected(alarm: npt.NDArray[np.bool_], added: Floats) -> Found:
    """Return which outbreaks had an alarm between their first and last case, and after how many periods."""
    inside = _within(added)
    hit = alarm & inside
    seen = np.asarray(hit.any(axis=1))
    delay = np.where(seen, hit.argmax(axis=1) - inside.argmax(axis=1), np.nan)
    return Found(seen, delay)


def peaks(score: Floats, added: Floats) -> Floats:
    """Return the highest score between the first and the last case of each outbreak; -inf where none is known."""
    return np.asarray(np.where(_within(added) & ~np.isnan(score), score, -np.inf).max(axis=1))


def _within(added: Floats) -> npt.NDArray[np.bool_]:
    """Return the periods from the first to the last case of each outbreak."""
    begun = np.cumsum(added, axis=1)
    return np.asarray((begun > 0) & (begun - added < begun[:, -1:]))
