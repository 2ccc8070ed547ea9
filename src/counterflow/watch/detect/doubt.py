"""Alarms on periods whose reports are still coming in: how likely the final count is an alarm, and what says so.

Two things are asked of each unfinished period. Would its final count be an alarm? Every joint draw of the final counts
is judged as if it were known, so the doubt of the delay, in this period and in those just before it, is in the share of
draws that are alarms. And is what is reported *so far* already more than what was reported of earlier periods after
the same time? That needs no nowcast, so a wrong one cannot make it; it is weaker where little is in. What drives an
alarm is told: the reports, the filling up, or both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.seeds import generator
from counterflow.watch.detect.budget import Budget
from counterflow.watch.detect.default import Verdict, judge, strangeness_of
from counterflow.watch.grid import KEY, Grid
from counterflow.watch.nowcast.nowcasts import Nowcasts
from counterflow.watch.nowcast.triangle import Triangle

__all__ = ["Doubted", "judge_unfinished", "probability", "so_far"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_DRAWS = 400
_SURE = 0.5


@dataclass(frozen=True)
class Doubted:
    """Verdicts on K unfinished periods, oldest first.

    Args:
        reference: first day of each.
        reported: counted so far.
        median: median of the final count.
        expected: expected final count if nothing has begun.
        upper: count above which it is an alarm, with the median of the periods before it.
        probability: of an alarm when all reports are in.
        reports: whether the reports so far are an alarm among earlier periods at the same delay; NaN: not judged.
        drives: both | reports | nowcast | none.
        said: what a reader must know.
    """

    reference: npt.NDArray[np.datetime64]
    reported: Floats
    median: Floats
    expected: Floats
    upper: Floats
    probability: Floats
    reports: Floats
    drives: tuple[str, ...]
    said: tuple[str, ...]

    def rows(self) -> list[dict[str, object]]:
        """Return one plain row per period; a number that is not there is None."""
        figures = ("reported", "median", "expected", "upper", "probability", "reports")
        rows: list[dict[str, object]] = []
        for i, day in enumerate(self.reference):
            of_day: dict[str, object] = {name: _plain(getattr(self, name)[i]) for name in figures}
            rows.append({"reference_date": str(day.astype("datetime64[D]")), **of_day, "drives": self.drives[i]})
        return rows


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def probability(grid: Grid, verdict: Verdict, row: int, at: Ints, final: Floats) -> Floats:
    """Return the share of draws in which each period is an alarm, shape (K,).

    Args:
        grid: counts that were judged.
        verdict: verdicts on them: its rules and its bars are used.
        row: the series.
        at: places of the unfinished periods, shape (K,).
        final: draws of their final counts, shape (n, K).
    """
    counts = np.repeat(grid.counts[row : row + 1], len(final), axis=0)
    counts[:, at] = final
    key = grid.key.take(np.full(len(final), row))
    drawn = Grid(key, grid.grain, grid.starts, grid.t, counts, None, grid.as_of, grid.season)
    strange = strangeness_of(drawn, verdict.threshold.choices)[:, at]
    return np.asarray((np.nan_to_num(strange) >= verdict.bar[row, at]).mean(axis=0))


def so_far(triangle: Triangle, at: Ints, budget: Budget | float) -> Floats:
    """Return whether the reports of each period are an alarm among earlier periods after the same delay; NaN: unjudged.

    Args:
        triangle: reports by period and delay.
        at: places of the unfinished periods in it.
        budget: false alarms that are borne, as for finished periods.
    """
    known = ~np.isnan(triangle.counts)
    total = np.cumsum(np.where(known, triangle.counts, 0.0), axis=1)
    delay = np.where(known.any(axis=1), known.shape[1] - 1 - known[:, ::-1].argmax(axis=1), -1)
    series = np.full((len(at), len(triangle.reference)), np.nan)
    for i, r in enumerate(at):
        if delay[r] >= 0:
            reached = np.arange(len(delay)) <= r
            reached &= delay >= delay[r]
            series[i, reached] = np.maximum(total[reached, delay[r]], 0.0)
    alarm = judge(_grid(series, triangle, [f"after {d}" for d in delay[at]]), budget).judged.alarm
    found = alarm[np.arange(len(at)), at].astype(np.float64)
    found[found < 0] = np.nan
    return found


def judge_unfinished(
    triangle: Triangle, nowcasts: Nowcasts, budget: Budget | float = 0.01, *, draws: int = _DRAWS, seed: int = 1
) -> Doubted:
    """Judge the periods of a nowcast with the delay's doubt.

    Args:
        triangle: the reports that the nowcast was made of, as known on its day.
        nowcasts: final counts as they are expected.
        budget: false alarms per series-period that are borne.
        draws: joint draws of the final counts.
        seed: of the draws.
    """
    seen = triangle.known_on(nowcasts.as_of)
    place = {day: i for i, day in enumerate(seen.reference.astype("datetime64[D]").tolist())}
    at = np.array([place[day] for day in nowcasts.reference.astype("datetime64[D]").tolist()], np.int64)
    known = ~np.isnan(seen.counts)
    counts = np.where(known.any(axis=1), np.nansum(seen.counts, axis=1), np.nan)
    counts = np.maximum(counts, 0.0)
    counts[at] = nowcasts.median
    grid = _grid(counts[None, :], seen, ["all"])
    verdict = judge(grid, budget)
    final = np.maximum(nowcasts.draws(draws, generator(seed, "watch-doubt")), 0.0)
    likely = probability(grid, verdict, 0, at, final)
    likely = np.where(verdict.judged.alarm[0, at] < 0, np.nan, likely)
    reports = so_far(seen, at, budget)
    drives = tuple(_drives(p, r) for p, r in zip(likely, reports, strict=True))
    return Doubted(
        nowcasts.reference, nowcasts.reported, nowcasts.median, verdict.judged.expected[0, at],
        verdict.judged.upper[0, at], likely, reports, drives, (*verdict.threshold.said, *_said(drives)),
    )  # fmt: skip


def _drives(likely: float, reports: float) -> str:
    of_nowcast, of_reports = bool(likely >= _SURE), bool(reports == 1.0)
    if of_nowcast and of_reports:
        return "both"
    return "nowcast" if of_nowcast else ("reports" if of_reports else "none")


def _said(drives: tuple[str, ...]) -> tuple[str, ...]:
    found = []
    if "nowcast" in drives:
        found.append(
            "An alarm driven by the nowcast alone stands or falls with how reports will come in: ask the source."
        )
    if "reports" in drives:
        found.append(
            "An alarm driven by the reports alone: more came in by now than is usual, but the final count is likely to "
            "be ordinary; reporting may have become faster."
        )
    return tuple(found)


def _grid(counts: Floats, triangle: Triangle, names: list[str]) -> Grid:
    grain = "day" if triangle.step == 1 else "week"
    days = triangle.reference.astype("datetime64[D]")
    index = days.astype(np.int64) // triangle.step
    names = [f"{i} {name}" for i, name in enumerate(names)]
    key = pa.table({f.name: names if f.name == "series" else [""] * len(names) for f in KEY}, schema=KEY)
    t = index[0] + np.arange(len(days)) if len(days) else index
    return Grid(key, grain, days, t, counts)
