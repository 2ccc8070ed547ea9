"""What a design could find, told before it starts: the smallest effect that it would show four times in five.

Nothing is assumed about errors. Units that nothing was done to are taken as treated from dates at which nothing
happened, in the periods before the start, and the estimator is asked each time; the spread of its answers is its
noise. Every estimator here shifts by exactly the effect when the treated outcomes after the start do, since weights
come from the periods before: so one set of placebo answers gives the power for every size of effect. Outcomes from
the start on are not read.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from counterflow.account.evaluate.blocks import BLOCK_METHODS
from counterflow.account.evaluate.panel import Block, Floats, Panel, named_units, panel_of
from counterflow.account.evaluate.periods import read_periods
from counterflow.account.evaluate.placebo import critical_value
from counterflow.account.given import Rows, read_rows
from counterflow.core.errors import InputError, UnknownName
from counterflow.core.seeds import generator

__all__ = ["POWER", "power_of", "read_before", "smallest_effect"]

#: the power that is asked for by custom
POWER = 0.8
_FEWEST_BEFORE = 3
_POINTS = 21


def read_before(path: Path, *, unit: str, time: str, outcome: str, start: str) -> tuple[Panel, int]:
    """Read only the periods before a start; outcomes from it on are left unread, and counted.

    Args:
        path: the panel.
        unit: column of the unit.
        time: column of the period.
        outcome: column of the outcome.
        start: first treated period, which the file need not hold yet.

    Returns:
        The panel before the start, and how many rows were left unread.

    Raises:
        InputError: the start is not a period like those of the file, or nothing lies before it.
    """
    from counterflow.account.evaluate.periods import read_period

    rows = read_rows(path, "a panel: one row for each unit and period")
    stamps = read_periods(rows, time)
    first = read_period(start)
    if first is None or (stamps and first.kind != stamps[0].kind):
        kind = stamps[0].kind if stamps else "period"
        raise InputError(f"--start {start!r} is not a {kind} like those of the file.", file=path, value=start)
    early = [i for i, stamp in enumerate(stamps) if stamp.place < first.place]
    if not early:
        hint = f"They begin with {stamps[0].label}." if stamps else ""
        raise InputError(f"No period lies before {start}.", file=path, hint=hint)
    return panel_of(_only(rows, early), unit=unit, time=time, outcome=outcome), len(stamps) - len(early)


def _only(rows: Rows, kept: list[int]) -> Rows:
    return replace(rows, lines=tuple(rows.lines[i] for i in kept), cells=tuple(rows.cells[i] for i in kept))


def power_of(
    panel: Panel,
    *,
    treated: tuple[str, ...],
    after: int,
    method: str = "sdid",
    draws: int = 400,
    level: float = 0.95,
    seed: int = 1,
) -> dict[str, Any]:
    """Return the smallest effect that a design would find, and its power over sizes of effect.

    Args:
        panel: periods before the start only; units with a gap are left out.
        treated: units that are to be treated; how many there are is what counts.
        after: periods that will be looked at after the start.
        method: sdid, sc, asc or did.
        draws: placebo assignments of units and dates.
        level: of the test.
        seed: of the draws.

    Raises:
        UnknownName: another estimator.
        InputError: too few units or periods.
    """
    if method not in BLOCK_METHODS:
        raise UnknownName("estimator with a power", method, BLOCK_METHODS)
    names = named_units(panel, treated)
    whole = ~np.isnan(panel.outcome).any(axis=1)
    outcome = panel.outcome[whole]
    units, periods = outcome.shape
    count = len(names)
    if units - count < 2:
        raise InputError(f"{units} unit(s) without gaps: too few to compare {count} with.", file=panel.path)
    starts = list(range(_FEWEST_BEFORE, periods - after + 1))
    if not starts:
        raise InputError(
            f"{periods} periods before the start are too few to play {after} periods after it.",
            hint=f"Give at least {_FEWEST_BEFORE + after}, or look at fewer with --after.",
            file=panel.path,
        )
    nulls = _nulls(panel, outcome, count, after, starts, method, draws, seed)
    critical, words = critical_value(np.abs(nulls), level)
    mean = float(outcome[:, -after:].mean())
    row_of = {unit: i for i, unit in enumerate(panel.units)}
    own = float(np.nanmean(panel.outcome[[row_of[name] for name in names]][:, -after:]))
    found = smallest_effect(nulls, critical)
    return {
        "method": method,
        "level": level,
        "smallest_effect": found,
        "smallest_share": found / abs(own) if found is not None and own else None,
        "power": POWER,
        "critical": critical if math.isfinite(critical) else None,
        "noise": float(nulls.std()),
        "placebos": len(nulls),
        "treated": len(names),
        "units": units,
        "left_out": int((~whole).sum()),
        "periods": periods,
        "after": after,
        "mean": mean,
        "mean_treated": own,
        "curve": _curve(nulls, critical, found),
        "words": _words(found, own, words),
        "reachable": units - count >= math.ceil(level / (1 - level)),
    }


def _nulls(
    panel: Panel, outcome: Floats, count: int, after: int, starts: list[int], method: str, draws: int, seed: int
) -> Floats:
    """Return the estimator's answers where nothing happened: random units, dates in turn."""
    rng = generator(seed, "power", method)
    estimator = BLOCK_METHODS[method].estimator
    labels, rows = panel.labels, np.arange(len(outcome))
    found = []
    for draw in range(draws):
        start = starts[draw % len(starts)]
        chosen = rng.choice(len(outcome), size=count, replace=False)
        rest = np.setdiff1d(rows, chosen)
        first = max(0, start + after - outcome.shape[1])
        window = slice(first, start + after)
        block = Block(
            tuple(str(i) for i in rest), tuple(str(i) for i in chosen), labels[window], start - first,
            outcome[rest][:, window], outcome[chosen][:, window],
        )  # fmt: skip
        found.append(estimator(block).effect)
    return np.array(found)


def _power(nulls: Floats, critical: float, effect: float) -> float:
    """Return the chance to find an effect of this size, the mean over both directions."""
    up, down = np.abs(nulls + effect) > critical, np.abs(nulls - effect) > critical
    return float((up.mean() + down.mean()) / 2)


def smallest_effect(nulls: Floats, critical: float, power: float = POWER) -> float | None:
    """Return the smallest size of effect that is found with this chance; None where none is.

    >>> round(smallest_effect(np.array([-1.0, 0.0, 1.0]), 1.0), 3)
    2.0
    """
    if not math.isfinite(critical):
        return None
    low, high = 0.0, critical + float(np.abs(nulls).max()) + 1e-9 * (1 + critical)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if _power(nulls, critical, middle) >= power else (middle, high)
    return high


def _curve(nulls: Floats, critical: float, found: float | None) -> list[dict[str, float]]:
    if found is None:
        return []
    return [
        {"effect": float(effect), "power": _power(nulls, critical, float(effect))}
        for effect in np.linspace(0, 2 * found, _POINTS)
    ]


def _words(found: float | None, own: float, words: str) -> str:
    if found is None:
        return f"No effect, however large, could be found at this level: {words}."
    share = f", {found / abs(own):.0%} of the treated units' latest mean".replace("%", " %") if own else ""
    return (
        f"Four times in five this design would find an effect of {found:.3g} or more{share}. A smaller one would most"
        " likely be missed: finding nothing then says nothing about it."
    )
