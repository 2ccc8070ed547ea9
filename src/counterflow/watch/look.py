"""The look that a watch takes each morning: stored counts as known today, judged with the doubt of what is to come.

One way for all who ask: the command line, the console and the training world. Finished periods are judged by the
default method. A period whose reports still come in is an alarm where, in more than half of the draws of its final
count, that count is one. What is recorded as observed is what was reported, never a nowcast; the nowcast stands beside.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError, UsageError
from counterflow.core.seeds import generator
from counterflow.watch.alarms.judged import NOT_JUDGED, Judged
from counterflow.watch.detect.budget import Budget
from counterflow.watch.detect.default import SOURCES, Verdict, judge
from counterflow.watch.detect.doubt import probability
from counterflow.watch.grid import Grid
from counterflow.watch.nowcast.nowcasts import Nowcasts
from counterflow.watch.nowcast.triangle import MAX_DELAY, Triangle
from counterflow.watch.series.stored import Asked
from counterflow.watch.series.stored import grid as stored_grid

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace
    from counterflow.watch.response.record import Recorded

__all__ = ["Look", "keep", "look"]

Floats = npt.NDArray[np.float64]
_DRAWS = 400
_LIKELY = 0.5
#: from this expected share on, what is still to come changes nothing
_ALL_IN = 0.995
_LEVEL = 0.9
#: series from which trying their nowcasts on past days takes too long for a morning
_MOST_SCORED = 100


@dataclass(frozen=True)
class Look:
    """What a look showed.

    Args:
        grid: counts as reported, with the expected share of each that is in.
        judged: verdicts; of an unfinished period `expected` and `upper` stand against its final count.
        verdict: what the default rests on.
        probability: of an alarm once all is in, shape (S, T); NaN where a period is finished or cannot be judged.
        nowcasts: series to its nowcast, where its delays are known.
        triangles: series to the reports that its nowcast was made of.
        said: what a reader must know.
    """

    grid: Grid
    judged: Judged
    verdict: Verdict
    probability: Floats
    nowcasts: Mapping[str, Nowcasts]
    triangles: Mapping[str, Triangle]
    said: tuple[str, ...]

    def nowcast_facts(self, row: int, at: int) -> dict[str, object]:
        """Return what the nowcast says of one period, empty where it is finished or none was made."""
        made = self.nowcasts.get(self.grid.names[row])
        if made is None or np.isnan(self.probability[row, at]):
            return {}
        here = np.flatnonzero(made.reference == self.grid.starts[at])
        tail = (1 - _LEVEL) / 2
        low, middle, high = (round(float(v), 1) for v in made.at(np.array([tail, 0.5, 1 - tail]))[here[0]])
        return {
            "value": middle, "low": low, "high": high, "level": _LEVEL, "method": made.method,
            "probability_of_alarm": round(float(self.probability[row, at]), 3),
        }  # fmt: skip


def look(
    store: Store, *, as_of: dt.date | None = None, budget: Budget | float = 0.01, grain: str | None = None,
    max_delay: int = MAX_DELAY, seed: int = 1, holidays: str = "", **asked: Unpack[Asked],
) -> Look:  # fmt: skip
    """Judge stored counts as they were known on a day.

    Args:
        store: the tables.
        as_of: the day; None: the latest.
        budget: false alarms that are borne; a plain number is per series and period.
        grain: day or week, where several are held; nowcasts need one of them.
        max_delay: delay, in periods, after which a count is final.
        seed: of the draws of final counts.
        holidays: country, or country and state, on whose holidays reports come as on Sundays; none where empty.
        asked: names of source, measure, subject, place, level and definition.

    Raises:
        InputError: nothing is held that fits.
    """
    reported = stored_grid(store, as_of=as_of, grain=grain, **asked)
    nowcasts, triangles, told = _nowcasts(store, reported, max_delay, asked, holidays)
    filled, complete, open_ = _filled(reported, nowcasts)
    verdict = judge(filled, budget, seed=seed)
    likely = _likely(filled, verdict, open_, nowcasts, seed)
    alarm = verdict.judged.alarm.copy()
    known = ~np.isnan(likely)
    alarm[known] = likely[known] > _LIKELY
    judged = replace(verdict.judged, alarm=alarm)
    grid = replace(reported, complete=complete)
    return Look(grid, judged, verdict, likely, nowcasts, triangles, (*verdict.threshold.said, *told))


def keep(workspace: Workspace, seen: Look, *, periods: int = 1, made_by: str = "watch alarms") -> Recorded:
    """Put the alarms of the newest periods on record, each with what a nowcast said of its count; keep the nowcasts.

    Args:
        workspace: where.
        seen: the look.
        periods: how many of the newest judged periods to record.
        made_by: command that looked.
    """
    from counterflow.watch.response.record import How, record

    threshold = seen.verdict.threshold
    # What was chosen by people alone: the rule was chosen by the counts, and may be another tomorrow.
    settings = {"budget": threshold.rate}
    how = How(SOURCES, settings, made_by, threshold.rate, " ".join(threshold.said))
    facts = {}
    for row, name in enumerate(seen.grid.names):
        raised = np.flatnonzero(seen.judged.alarm[row] == 1)
        if len(raised):
            facts[name] = seen.nowcast_facts(row, int(raised[-1]))
    _keep_nowcasts(workspace, seen)
    return record(
        workspace, seen.grid, seen.judged, how, nowcast={k: v for k, v in facts.items() if v}, periods=periods
    )


def _keep_nowcasts(workspace: Workspace, seen: Look) -> None:
    """Keep the vintage of every nowcast; with its scores on past days where the series are few enough to try."""
    from counterflow.watch.nowcast.kept import keep as keep_nowcasts
    from counterflow.watch.nowcast.scores import retrospective

    names = sorted(seen.nowcasts)
    scores: list[list[dict[str, Any]]] = [[] for _ in names]
    for place, name in enumerate(names if len(names) <= _MOST_SCORED else ()):
        triangle, day = seen.triangles[name], seen.nowcasts[name].as_of
        with suppress(InputError):  # too short a past to try: then there is no score to show
            every = 7 if triangle.step == 1 else 2
            free = str(seen.nowcasts[name].settings.get("holidays", ""))
            tried = retrospective(triangle, day, dates=10, every=every, horizons=14, holidays=free)
            scores[place] = tried.by_horizon()
    keep_nowcasts(workspace, [seen.nowcasts[n] for n in names], [seen.triangles[n] for n in names], scores)


def _nowcasts(
    store: Store, grid: Grid, max_delay: int, asked: Asked, holidays: str
) -> tuple[dict[str, Nowcasts], dict[str, Triangle], tuple[str, ...]]:
    """Return a nowcast of each series whose counts were said more than once, and what is to be said of the rest."""
    from counterflow.watch.nowcast.places import nowcast_each, with_history
    from counterflow.watch.series.vintages import triangles

    if grid.grain not in {"day", "week"}:
        return {}, {}, (f"Counts by {grid.grain} have no nowcast here: late reports are not allowed for.",)
    try:
        found = triangles(store, as_of=grid.as_of, grain=grid.grain, max_delay=max_delay, **asked)
        after = {1: 0, 7: 6}
        day = grid.as_of or max(one.last_report for one in found)
        kept, said = with_history([replace(one, ends_after=after[one.step]) for one in found], day)
        made = nowcast_each(kept, day, holidays=holidays)
    except (InputError, UsageError) as error:
        return {}, {}, (f"No nowcast: {str(error).splitlines()[0]} Late reports are not allowed for.",)
    names = {tuple(row[name] for name in _OWN): str(row["series"]) for row in grid.key.to_pylist()}
    keyed = {names.get(tuple(one.group[name] for name in _OWN), ""): place for place, one in enumerate(made)}
    keyed.pop("", None)
    return {n: made[place] for n, place in keyed.items()}, {n: kept[place] for n, place in keyed.items()}, said


_OWN = ("source", "place", "level", "measure", "subject", "definition")


def _filled(
    grid: Grid, nowcasts: Mapping[str, Nowcasts]
) -> tuple[Grid, Floats | None, dict[int, npt.NDArray[np.int64]]]:
    """Return counts with unfinished ones at their median, the shares that are in, and which cells are unfinished."""
    if not nowcasts:
        return grid, grid.complete, {}
    counts = grid.counts.copy()
    complete = np.ones_like(counts) if grid.complete is None else grid.complete.copy()
    unfinished: dict[int, npt.NDArray[np.int64]] = {}
    for row, name in enumerate(grid.names):
        made = nowcasts.get(name)
        if made is None:
            continue
        at = np.searchsorted(grid.starts, made.reference)
        late = made.complete < _ALL_IN
        late &= (at < len(grid.starts)) & (grid.starts[np.minimum(at, len(grid.starts) - 1)] == made.reference)
        unfinished[row] = at[late].astype(np.int64)
        counts[row, unfinished[row]] = made.median[late]
        complete[row, unfinished[row]] = made.complete[late]
    return replace(grid, counts=counts), complete, unfinished


def _likely(
    grid: Grid, verdict: Verdict, unfinished: Mapping[int, npt.NDArray[np.int64]], nowcasts: Mapping[str, Nowcasts],
    seed: int,
) -> Floats:  # fmt: skip
    """Return how likely the final count of each unfinished period is an alarm."""
    likely = np.full(grid.counts.shape, np.nan)
    for row, at in unfinished.items():
        if not len(at):
            continue
        made = nowcasts[grid.names[row]]
        place = np.flatnonzero(np.isin(made.reference, grid.starts[at]))
        final = np.maximum(made.draws(_DRAWS, generator(seed, "watch-look", row))[:, place], 0.0)
        likely[row, at] = probability(grid, verdict, row, at, final)
    likely[verdict.judged.alarm == NOT_JUDGED] = np.nan
    return likely
