"""V8: headlines of other models, put to this one; they disagree tenfold among themselves: reported, never tuned to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from counterflow.strategy.validate.published import Other, others
from counterflow.strategy.validate.rows import Row, row
from counterflow.strategy.validate.setting import Setting, change, end_of, summed

__all__ = ["check"]

Floats = npt.NDArray[np.float64]


def check(setting: Setting) -> list[Row]:
    """Return one row of each headline: our median with 95 % interval, theirs, and whether theirs lies inside."""
    return [_row(other, _QUESTIONS[other.question](setting)) for other in others()]


def _row(other: Other, ours: Floats) -> Row:
    low, middle, high = (float(x) for x in np.quantile(ours, (0.025, 0.5, 0.975)))
    overlap = low <= (other.high or other.value) and high >= (other.low or other.value)
    theirs = f"{other.value:g}" + (f" ({other.low:g} to {other.high:g})" if other.low is not None else "")
    place = (
        "inside our interval"
        if low <= other.value <= high
        else ("overlaps ours" if overlap else "outside our interval")
    )
    note = f"{other.measure}; theirs {theirs} {other.unit}: {place}. {other.note}"
    source = f"{other.source} ({other.read})"
    return row(
        "V8.other", middle, (low, high), n=len(ours), as_of=end_of(2022), of=other.question, note=note, source=source
    )


def _status_quo(setting: Setting) -> Floats:
    return summed(setting.base, "overdose_deaths", 2020, 2024)


def _more_kits(amount: float) -> Callable[[Setting], Floats]:
    def averted(setting: Setting) -> Floats:
        deaths, _ = _with_kits(setting, amount)
        return 1 - deaths / summed(setting.base, "overdose_deaths")

    return averted


def _kits_per_death(setting: Setting) -> Floats:
    deaths, kits = _with_kits(setting, 0.2)
    fewer = summed(setting.base, "overdose_deaths") - deaths
    more = kits - summed(setting.base, "kits")
    return np.asarray(more / np.where(fewer > 0, fewer, np.nan))[fewer > 0]


def _with_kits(setting: Setting, amount: float) -> tuple[Floats, Floats]:
    """Return deaths and kits of 2022 to 2032 with more kits, over the draws."""
    from counterflow.strategy.model.drivers import drivers
    from counterflow.strategy.model.engine import simulate

    run = simulate(setting.draws.values, drivers("base"), change("naloxone_kits", amount))
    return summed(run, "overdose_deaths"), summed(run, "kits")


def _without(loop: str) -> Callable[[Setting], Floats]:
    def moved(setting: Setting) -> Floats:
        from counterflow.strategy.model.drivers import drivers
        from counterflow.strategy.model.engine import simulate

        run = simulate(setting.draws.values, drivers("base"), last=2020, switches={loop: 0})
        return summed(run, "overdose_deaths", 1999, 2020) / summed(setting.base, "overdose_deaths", 1999, 2020) - 1

    return moved


_QUESTIONS: dict[str, Callable[[Setting], Floats]] = {
    "status quo 2020-2024": _status_quo,
    "naloxone +30 %": _more_kits(0.3),
    "naloxone +50 %": _more_kits(0.5),
    "kits per death averted": _kits_per_death,
    "naloxone +20 %": _more_kits(0.2),
    "no perceived risk": _without("perceived_risk"),
    "no availability": _without("availability"),
    "no social influence": _without("social_influence"),
}
