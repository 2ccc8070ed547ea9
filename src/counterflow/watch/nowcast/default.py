"""The default nowcast: chain ladder by reporting day joined with the level of neighbouring periods."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from counterflow.core.errors import InputError
from counterflow.watch.nowcast.days import kinds_of_days
from counterflow.watch.nowcast.nowcasts import LEVELS, Nowcasts, quantiles
from counterflow.watch.nowcast.spread import Doubt, Past, joined, learn
from counterflow.watch.nowcast.triangle import Floats, Triangle

__all__ = ["DAILY", "LEAST_PERIODS", "WEEKLY", "Prior", "Settings", "nowcast", "start"]

#: periods that are needed before a nowcast is made
LEAST_PERIODS = 4
#: after so many steps without a report the feed is taken to have stopped
_SILENT_STEPS = 3


@dataclass(frozen=True)
class Settings:
    """Fixed settings of the method, in steps of the triangle.

    Args:
        half_life: age at which a report counts half in learning delays.
        pooled_days: weight of the delay of all days beside that of one kind of day, in days.
        pooled_counts: the same, in counts.
        kind_half_life: age at which a period counts half in learning weekday effects.
        kind_shrink: weight of "no effect", in days.
        width: width of the local fit of the level.
        ridge: hold on the slope of the local fit.
        window: periods that the local fit looks at, at most, on either side.
        origins: past days on which the method is tried out.
        past_half_life: age at which such a trial counts half.
    """

    half_life: float = 21.0
    pooled_days: float = 0.15
    pooled_counts: float = 10.0
    kind_half_life: float = 42.0
    kind_shrink: float = 0.1
    width: float = 7.0
    ridge: float = 100.0
    window: int = 35
    origins: int = 56
    past_half_life: float = 28.0


DAILY = Settings()
WEEKLY = Settings(half_life=26.0, width=4.0, window=20, origins=52, past_half_life=26.0, ridge=10.0)


@dataclass(frozen=True)
class Prior:
    """Delays of a wider place, for a small one to borrow.

    Args:
        hazards: reverse-time hazards by delay and kind of day, shape (D + 1, kinds).
        counts: weight in counts.
    """

    hazards: Floats
    counts: float


def nowcast(
    triangle: Triangle,
    as_of: dt.date | None = None,
    *,
    levels: Sequence[float] = LEVELS,
    settings: Settings | None = None,
    holidays: str = "",
    prior: Prior | None = None,
) -> Nowcasts:
    """Return what the counts of `triangle` will come to, from what was known at the end of `as_of`.

    Args:
        triangle: incident counts by reference period and delay.
        as_of: the day to stand on; the last reference day where not given, or the last report.
        levels: quantile levels to give, rising.
        settings: settings of the method; `DAILY` or `WEEKLY` where not given.
        holidays: country, or country and state, whose public holidays report as Sundays do, as DE or US-CT.
        prior: delays of a wider place, see `places.shared_delays`.

    Raises:
        InputError: nothing was reported yet, too little history, or counts that are no counts.
    """
    day, known, cum, said = start(triangle, as_of)
    last, most = len(cum) - 1, known.max_delay
    used = settings or (DAILY if triangle.step == 1 else WEEKLY)
    kinds, count = kinds_of_days(known.reference[0], last + most + 2, triangle.step, holidays)
    given = prior or Prior(np.zeros((most + 1, count)), 0.0)
    past, now = _try_out(cum, last, kinds, used, given)
    doubt = learn(past)
    made = _law(now, doubt, np.asarray(levels, np.float64))
    said += _thin(doubt, now)
    found = asdict(used) | {"holidays": holidays}
    oldest = slice(None, None, -1)
    return Nowcasts(
        known.reference[last + 1 - len(now[0]):], np.asarray(levels, np.float64), made["values"][oldest],
        now[0][oldest], now[1][oldest], made["missing"][oldest], made["size"][oldest], made["stretch"][oldest],
        doubt.together, (now[0] / now[1])[oldest], day, "chain-ladder", dict(triangle.group), found,
        _figures(doubt), tuple(said),
    )  # fmt: skip


def start(triangle: Triangle, as_of: dt.date | None) -> tuple[dt.date, Triangle, Floats, tuple[str, ...]]:
    """Return the day to stand on, what was known on it, that as cumulative counts, and what a person must know.

    Raises:
        InputError: nothing was reported yet, too little history, or counts that are no counts.
    """
    day, late = _day_to_stand_on(triangle, as_of)
    known, cells = triangle.known_on(day).settled()
    cum, said = _cumulative(known, cells)
    if len(cum) < LEAST_PERIODS:
        hint = f"Give at least {LEAST_PERIODS} periods, and for a spread of its own three times the usual delay."
        raise InputError(f"There are {len(cum)} periods by {day}: too little history for a nowcast.", hint=hint)
    return day, known, cum, said + late


def _cumulative(known: Triangle, cells: int) -> tuple[Floats, tuple[str, ...]]:
    """Return cumulative counts of what is known, and what had to be settled."""
    known_cells = known.counts[~np.isnan(known.counts)]
    if (known_cells != np.rint(known_cells)).any():
        value = float(known_cells[known_cells != np.rint(known_cells)][0])
        raise InputError(
            f"A count is {value:g}: counts are whole.", hint="Rates and shares are no counts; give events by delay."
        )
    said: tuple[str, ...] = known.said
    if cells:
        said += (f"{cells} reports corrected earlier ones downward; each was taken from the reports before it.",)
    age = len(known.counts) - 1 - np.arange(len(known.counts))
    due = np.arange(known.counts.shape[1])[None, :] <= age[:, None]
    gaps = int((np.isnan(known.counts) & due & (due.sum(axis=1) > _SILENT_STEPS)[:, None]).sum())
    if gaps:
        said += (f"{gaps} reports are not known; they count as nothing new.",)
    return np.cumsum(np.nan_to_num(known.counts), axis=1), said


def _day_to_stand_on(triangle: Triangle, as_of: dt.date | None) -> tuple[dt.date, tuple[str, ...]]:
    """Return the day of the nowcast: `as_of`, or the last report where that is long ago, for silence is no count."""
    final = triangle.last_report
    if as_of is None:
        newest = triangle.reference[-1].astype("datetime64[D]").astype(dt.date)
        return min(final, newest + dt.timedelta(triangle.ends_after)), ()
    if (as_of - final).days > _SILENT_STEPS * triangle.step:
        return final, (f"The last report is of {final}: the nowcast stands on that day, not on {as_of}.",)
    return as_of, ()


def _try_out(
    cum: Floats, last: int, kinds: Any, used: Settings, prior: Prior
) -> tuple[Past, tuple[Floats, Floats, Floats]]:
    """Return nowcasts as of past days beside what their periods came to, and the parts of today's."""
    from counterflow.watch.nowcast.kernels import hazards_of

    horizons = cum.shape[1] - 1
    knobs = np.array(
        [
            used.half_life, used.pooled_days, used.pooled_counts, prior.counts, used.kind_half_life, used.kind_shrink,
            used.width, 0.02, used.ridge, used.window,
        ]
    )  # fmt: skip
    hazards = hazards_of(cum, last, kinds, knobs, prior.hazards)
    seen_now, share, level_now = _stand(cum, last, kinds, knobs, hazards)
    now = (seen_now[::-1][:horizons], share[::-1][:horizons], level_now)
    best = seen_now / share
    # A trial that stands before the longest delays were ever seen takes those from today.
    lent = prior.hazards if prior.counts else hazards
    seen, then, level = np.full((3, min(used.origins, last), horizons), np.nan)
    for i, day in enumerate(range(last - 1, max(last - 1 - used.origins, min(13, last // 2) - 1), -1)):
        own, shares, levels = _stand(cum, day, kinds, knobs, hazards_of(cum, day, kinds, knobs, lent))
        count = len(levels)
        seen[i, :count], then[i, :count], level[i, :count] = own[::-1][:count], shares[::-1][:count], levels
    made = last - 1 - np.arange(len(seen))
    period = made[:, None] - np.arange(seen.shape[1])[None, :]
    there = ~np.isnan(seen) & (period >= 0)
    at = np.clip(period, 0, last)
    # A trial teaches once half of what was missing then has come in since.
    there &= (1.0 - share[at]) <= 0.5 * (1.0 - np.where(there, then, 0.0))
    weight = np.where(there, 2.0 ** (-(last - made) / used.past_half_life)[:, None], 0.0)
    return Past(
        np.where(there, seen, 0.0), np.where(there, then, 0.5), np.where(there, level, 1.0), best[at], weight
    ), now  # fmt: skip


def _stand(cum: Floats, last: int, kinds: Any, knobs: Floats, hazards: Floats) -> tuple[Floats, Floats, Floats]:
    """Return what is in at period `last` and the share expected to be in, by period; the level, newest first."""
    from counterflow.watch.nowcast.kernels import completeness, levels_of

    most = cum.shape[1] - 1
    seen = cum[np.arange(last + 1), np.minimum(most, last - np.arange(last + 1))]
    share = completeness(hazards, kinds, last)
    return seen, share, levels_of(seen, share, kinds, hazards.shape[1], knobs, min(last + 1, most))


def _law(now: tuple[Floats, Floats, Floats], doubt: Doubt, levels: Floats) -> dict[str, Floats]:
    """Return the law of what is missing, newest period first."""
    seen, share, level = now
    count = len(seen)
    expected, relative = joined(seen, share, level, doubt.phi, doubt.sigma[:count])
    missing = np.maximum((expected - seen) * doubt.lean[:count], 1e-6)
    size = missing**2 / np.maximum(doubt.factor[:count] * relative * expected**2, 1e-9)
    stretch = np.full(count, doubt.stretch)
    values = seen[:, None] + quantiles(missing, size, stretch, levels)
    return {"values": values, "missing": missing, "size": size, "stretch": stretch}


def _thin(doubt: Doubt, now: tuple[Floats, Floats, Floats]) -> tuple[str, ...]:
    said: tuple[str, ...] = ()
    if doubt.origins < 7:
        said += ("Fewer than seven past days could be tried out: the spread rests mostly on an assumption.",)
    if not now[0].any():
        said += ("Nothing at all has been reported of these periods, and that is taken as true.",)
    return said


def _figures(doubt: Doubt) -> Mapping[str, Any]:
    return {"origins": round(doubt.origins, 1), "phi": doubt.phi, "stretch": doubt.stretch}
