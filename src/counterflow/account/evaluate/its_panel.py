"""Interrupted time series as commands ask for it: which series, which season, counts or not, and what beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from counterflow.account.evaluate.ask import Ask
from counterflow.account.evaluate.equivalence import two_one_sided
from counterflow.account.evaluate.its import Series, controlled_series, interrupted
from counterflow.account.evaluate.panel import Panel, named_units
from counterflow.core.errors import InputError, UsageError

__all__ = ["controlled_its_asked", "its_asked", "series_of"]

_SEASONS = {"month": 12, "quarter": 4, "week": 52, "day": 7}
_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}


def its_asked(panel: Panel, ask: Ask) -> dict[str, Any]:
    """Answer `its`: level and slope before and after, with placebo dates, and placebo units where there are any."""
    return _answered(series_of(panel, ask), ask)


def controlled_its_asked(panel: Panel, ask: Ask) -> dict[str, Any]:
    """Answer `controlled-its`: the same on the difference from the mean of the untreated units."""
    return _answered(controlled_series(series_of(panel, ask)), ask)


def _answered(series: Series, ask: Ask) -> dict[str, Any]:
    told = interrupted(series, level=ask.level)
    if ask.margin is None:
        return told | {"equivalence": None}
    critical = (told["high"] - told["low"]) / 2 / told["se"]
    return told | {"equivalence": two_one_sided(told["effect"], critical, told["se"], ask.margin, alpha=1 - ask.level)}


def series_of(panel: Panel, ask: Ask) -> Series:
    """Return the treated series (the mean of several units) with its untreated units.

    Options: `season` (periods in a cycle; none for none; by default that of months, quarters, weeks or days where
    two cycles lie before the start) and `counts` (yes for counts of events).

    Raises:
        InputError: no start, no unit, a gap, or a unit that starts elsewhere.
        UsageError: an option that is not understood.
    """
    names, start = _who_and_when(panel, ask)
    row_of = {unit: i for i, unit in enumerate(panel.units)}
    values = panel.outcome[[row_of[name] for name in names]]
    gaps = np.isnan(values).sum(axis=0)
    missing = [label for label, gone in zip(panel.labels, gaps, strict=True) if gone]
    if missing:
        raise InputError(
            f"{', '.join(names)}: no {panel.outcome_name} in {', '.join(missing[:6])}.",
            hint="A series with gaps is not fitted: narrow the periods with --from and --to, or fill them on record.",
            file=panel.path, column=panel.outcome_name,
        )  # fmt: skip
    pool = [unit for unit in panel.units if unit not in names and (not ask.donors or unit in named_units(
        panel, ask.donors))]  # fmt: skip
    whole = [unit for unit in pool if not np.isnan(panel.outcome[row_of[unit]]).any()]
    counts = _yes(ask.options.get("counts", ""), "counts")
    combined = values.sum(axis=0) if counts else values.mean(axis=0)
    return Series(
        tuple(int(p.place) if p.kind == "number" and p.place.is_integer() else p.label for p in panel.periods),
        panel.places, np.asarray(combined), start, _season(panel, ask), counts,
        panel.outcome[[row_of[unit] for unit in whole]] if whole else None, tuple(whole),
        f"{panel.outcome_name} of {names[0]}" if len(names) == 1 else f"{panel.outcome_name} of {len(names)} units",
    )  # fmt: skip


def _who_and_when(panel: Panel, ask: Ask) -> tuple[tuple[str, ...], int]:
    if panel.group:
        starts = {period.label for period in panel.group if period is not None}
        if len(starts) != 1:
            raise InputError(
                f"Units start in {len(starts)} different periods; an interrupted series has one start.",
                hint="Use callaway-santanna, or name one unit with --treated and --start.", file=panel.path,
            )  # fmt: skip
        names = tuple(u for u, p in zip(panel.units, panel.group, strict=True) if p is not None)
        return names, panel.period_at(starts.pop())
    if not ask.start:
        raise InputError("When it started was not said.", hint="Give --start, the first treated period.")
    if ask.treated:
        return named_units(panel, ask.treated), panel.period_at(ask.start)
    if len(panel.units) == 1:
        return panel.units, panel.period_at(ask.start)
    raise InputError("Who is treated was not said.", hint="Give --treated with one of the units.", file=panel.path)


def _season(panel: Panel, ask: Ask) -> int:
    text = ask.options.get("season", "").strip().casefold()
    if not text:
        return _SEASONS.get(panel.periods[0].kind, 0)
    if text in {"none", "no", "0"}:
        return 0
    if text.isdecimal() and int(text) > 1:
        return int(text)
    raise UsageError(f"The season {text!r} is not understood.", hint="Write the periods of one cycle, as 12, or none.")


def _yes(text: str, name: str) -> bool:
    try:
        return _YES[text.strip().casefold()]
    except KeyError as error:
        raise UsageError(f"{name}={text!r} is not understood.", hint=f"Write {name}=yes or {name}=no.") from error
