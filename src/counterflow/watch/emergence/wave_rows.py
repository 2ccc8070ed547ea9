"""What is told of changes of regime: per series when, how sure, what changed, and what else took over."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.watch.emergence.factor import factor_over
from counterflow.watch.emergence.periods import label
from counterflow.watch.emergence.streams import DENOMINATORS, Streams
from counterflow.watch.emergence.waves import Break, Finding, Waves, find_waves
from counterflow.watch.grid import Grid

__all__ = ["SCHEMA", "Series", "of_grid", "of_streams", "tell_waves"]

Floats = npt.NDArray[np.float64]

_WORDS = (
    "series", "place", "source", "what", "at", "low", "high", "led_before", "leads_after", "said",
)  # fmt: skip
_NUMBERS = (
    "level_percent", "growth_before", "before_low", "before_high", "growth_after", "after_low", "after_high",
    "share_before", "share_after", "value", "value_low", "value_high", "chance", "false_alarm",
)  # fmt: skip

#: columns of a row
SCHEMA = pa.schema([*((n, pa.string()) for n in _WORDS), *((n, pa.float64()) for n in _NUMBERS)])

_SAID = {
    "wave": "",
    "definition": "a definition, panel or coverage changed here: no wave",
    "start": "nothing was counted before: ask whether looking began here; no wave",
}

_NOTHING = DENOMINATORS.index("none")


@dataclass(frozen=True)
class Series:
    """Series as waves are looked for in them; arrays of shape (S, T) or (T,).

    Args:
        names: series, place and source of each.
        labels: how each period is shown.
        counts: counts.
        tested: what they are a share of; NaN throughout where not known.
        known: where a definition, panel or coverage changed.
        season: place of each period in the year.
        frequency: periods in a year.
        parts: whether the series of one source and place are parts of a whole, so that shares of them can be told.
    """

    names: Sequence[tuple[str, str, str]]
    labels: Sequence[str]
    counts: Floats
    tested: Floats
    known: npt.NDArray[np.bool_]
    season: npt.NDArray[np.int64] | None
    frequency: int
    parts: bool = False


def of_streams(streams: Streams) -> Series:
    """Return streams as series."""
    parts = [streams.names(row) for row in range(len(streams.found))]
    names = [(subject, place, source) for source, place, _, subject in parts]
    counts = np.where(streams.look, streams.found, np.nan)
    tested = np.where((streams.denominator == _NOTHING)[:, None], np.nan, streams.tested)
    begun = np.zeros(counts.shape, bool)
    begun[:, 1:] = streams.look[:, 1:] & ~streams.look[:, :-1]
    labels = [label(day, streams.grain) for day in streams.starts]
    return Series(names, labels, counts, tested, streams.restart | begun, None, streams.frequency, parts=True)


def of_grid(grid: Grid) -> Series:
    """Return a grid of counts as series."""
    key = grid.key
    columns = [key.column(name).to_pylist() for name in ("series", "place", "source")]
    names = [(str(series), str(place or ""), str(source or "")) for series, place, source in zip(*columns, strict=True)]
    dated = not np.isnat(grid.starts).all()
    labels = [label(day, grid.grain) for day in grid.starts] if dated else [str(t) for t in grid.t]
    tested = np.full(grid.counts.shape, np.nan)
    known = np.zeros(grid.counts.shape, bool)
    season = grid.t % grid.frequency if grid.season is None else grid.season
    return Series(names, labels, grid.counts, tested, known, season, grid.frequency)


def tell_waves(series: Series, finding: Finding, *, years: int | None = None) -> list[dict[str, Any]]:
    """Return a row per change of regime, one for how things stand now, and one for growth over `years` where asked."""
    rows: list[dict[str, Any]] = []
    for row, (name, place, source) in enumerate(series.names):
        seen = np.flatnonzero(~np.isnan(series.counts[row]))
        span = slice(int(seen[0]), int(seen[-1]) + 1) if len(seen) else slice(0, 0)
        share = None if np.isnan(series.tested[row]).all() else series.tested[row]
        waves = find_waves(
            series.counts[row, span], series.frequency, known=series.known[row, span],
            tested=None if share is None else share[span],
            season=None if series.season is None else series.season[span], finding=finding,
        )  # fmt: skip
        head = {"series": name, "place": place, "source": source}
        rows += [head | _wave(series, row, one, waves, finding, span.start) for one in waves.breaks]
        rows.append(head | _now(series, waves, span.stop - 1))
        if years is not None:
            rows.append(head | _factor(series, row, years, share))
    return [{name: row.get(name) for name in SCHEMA.names} for row in rows]


def _wave(series: Series, row: int, one: Break, waves: Waves, finding: Finding, first: int) -> dict[str, Any]:
    (before, before_low, before_high), (after, after_low, after_high) = one.before, one.after
    nothing = not np.nansum(series.counts[row, : first + one.at]) > 0
    what = "definition" if one.known else "start" if nothing else "wave"
    said = _SAID[what]
    if waves.width > 1:
        said = f"dated to {waves.width} periods; {said}".rstrip("; ")
    return {
        "what": what, "at": series.labels[first + one.at], "low": _label(series, first + one.low),
        "high": _label(series, first + one.high),
        "level_percent": _round(100 * (one.level - 1)), "growth_before": _percent(before),
        "before_low": _percent(before_low), "before_high": _percent(before_high), "growth_after": _percent(after),
        "after_low": _percent(after_low), "after_high": _percent(after_high),
        "chance": max((c for c in waves.chances if c <= finding.level), default=None) if what == "wave" else None,
        "false_alarm": finding.level, "said": said, **_shares(series, row, first + one.at),
    }  # fmt: skip


def _now(series: Series, waves: Waves, last: int) -> dict[str, Any]:
    said = waves.said or "probability that a new regime began within the last year"
    return {
        "what": "now", "at": _label(series, last), "value": _round(waves.ended),
        "false_alarm": _round(waves.ended_by_chance), "said": said,
    }  # fmt: skip


def _factor(series: Series, row: int, years: int, share: Floats | None) -> dict[str, Any]:
    told = factor_over(series.counts[row], years, series.frequency, changed=series.known[row], tested=share)
    of = "of the share" if share is not None else "of the volume; nobody says of how much that was looked through"
    return {
        "what": f"{years}-year factor", "at": series.labels[-1], "value": _round(told.value),
        "value_low": _round(told.low), "value_high": _round(told.high), "said": told.why_not or of,
    }  # fmt: skip


def _shares(series: Series, row: int, at: int) -> Mapping[str, Any]:
    """Return the share among the series of one source and place in the years before and after, and who leads."""
    _, place, source = series.names[row]
    mine = [number for number, (_, other, by) in enumerate(series.names) if (other, by) == (place, source)]
    if len(mine) < 2 or not series.parts:
        return {}
    told: dict[str, Any] = {}
    spans = (("before", slice(max(0, at - series.frequency), at)), ("after", slice(at, at + series.frequency)))
    for when, span in spans:
        sums = np.nansum(series.counts[mine, span], axis=1)
        if sums.sum() > 0:
            told[f"share_{when}"] = _round(float(sums[mine.index(row)] / sums.sum()))
            told["led_before" if when == "before" else "leads_after"] = series.names[mine[int(sums.argmax())]][0]
    return told


def _label(series: Series, at: int) -> str:
    return series.labels[min(max(at, 0), len(series.labels) - 1)]


def _percent(ratio: float) -> float | None:
    return _round(100 * (ratio - 1))


def _round(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(f"{value:.4g}")
