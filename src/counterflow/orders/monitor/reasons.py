"""Why a month is told, in plain words with its figures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.orders.monitor.layout import (
    HOW_CAPPED,
    HOW_DECLARED,
    HOW_GIVEN,
    HOW_OWN,
    HOW_PEERS,
    VISITS,
    WHY_AGAIN,
    WHY_LEVEL,
    WHY_SUM,
)
from counterflow.orders.monitor.setting import Setting
from counterflow.orders.monitor.watched import Watched

__all__ = ["amount", "basis", "reasons_of"]

Ints = npt.NDArray[np.int64]

_NOTHING_YET = "nothing can be expected yet: too few months of its own, and too few peers"


def amount(value: float, measure: str) -> str:
    """Write a quantity with its measure.

    >>> amount(3400.0, "units"), amount(12.75, "grams"), amount(0.0375, "litres")
    ('3,400 units', '12.8 grams', '0.0375 litres')
    """
    if value >= 100 or value == round(value):
        return f"{value:,.0f} {measure}"
    return f"{value:.3g} {measure}"


def reasons_of(seen: Watched, setting: Setting, at: Ints, of: Ints, without: npt.NDArray[np.bool_]) -> pa.Array:
    """Return the reasons of rows: months `at` of subjects `of`; `without` marks those with no baseline.

    A month in which nothing is to be told has none.
    """
    rows = seen.rows
    names = rows.months.names
    told = np.zeros(len(at), dtype=np.int64)
    words = [""]
    told[without] = _number(words, _NOTHING_YET)
    since = seen.open_since()[at, of]
    for column in np.unique(since[since >= 0]):
        told[since == column] = _number(words, f"open since {names[column]}: nobody has disposed of it")
    for beside, text in _beside(seen, at, of):
        told[beside] = _number(words, "; ".join(part for part in (words[told[beside]], text) if part))
    alarmed = np.maximum.reduceat(seen.alarm > 0, rows.begins[:-1], axis=1) if len(rows.begins) > 1 else seen.alarm
    for place in np.flatnonzero(alarmed[at, of]):
        told[place] = _number(words, _alarm(seen, setting, int(at[place]), int(of[place])))
    return pa.array(words, pa.string()).take(pa.array(told))


def _beside(seen: Watched, at: Ints, of: Ints) -> Iterator[tuple[int, str]]:
    """Yield rows whose month has orders in a measure other than the first, and none in that: it shows 0."""
    rows = seen.rows
    firsts = rows.begins[of]
    other = np.flatnonzero((rows.kind != VISITS) & (np.arange(len(rows.kind)) != rows.begins[rows.subject]))
    has_other = np.isin(of, rows.subject[other])
    for place in np.flatnonzero(has_other & (rows.quantity[firsts, at] == 0) & (rows.started[firsts] <= at)):
        t, e = int(at[place]), int(of[place])
        rest = range(int(rows.begins[e]) + 1, int(rows.begins[e + 1]))
        mine = [r for r in rest if rows.kind[r] != VISITS and rows.quantity[r, t] > 0]
        parts = [amount(float(rows.quantity[r, t]), rows.months.measures[rows.series[r]]) for r in mine]
        if parts:
            yield int(place), f"ordered in this month in another measure: {', '.join(parts)}"


def _number(words: list[str], text: str) -> int:
    words.append(text)
    return len(words) - 1


def _alarm(seen: Watched, setting: Setting, t: int, e: int) -> str:
    """Say why an alarm was raised on subject `e` in month `t`."""
    rows = seen.rows
    mine = range(int(rows.begins[e]), int(rows.begins[e + 1]))
    said = [part for r in mine if seen.alarm[t, r] for part in _row(seen, setting, t, r)]
    back = sum(float(rows.months.returned[rows.series[r], t]) for r in mine if rows.kind[r] != VISITS)
    if back:
        measure = rows.months.measures[rows.series[mine[0]]]
        said.append(f"{amount(back, measure)} came back in that month, which takes nothing off")
    return "; ".join(said)


def _times(ratio: float) -> str:
    return f"{ratio:,.0f} times" if ratio >= 10 else f"{ratio:.1f} times"


def _row(seen: Watched, setting: Setting, t: int, r: int) -> list[str]:
    rows, why = seen.rows, int(seen.alarm[t, r])
    visits = rows.kind[r] == VISITS
    measure = "days with orders" if visits else rows.months.measures[rows.series[r]]
    expected, quantity = float(seen.baseline[t, r]), rows.quantity[r]
    there = f"{amount(float(quantity[t]), measure)} in {rows.months.names[t]}"
    rests_on = basis(seen, setting, t, r)
    parts = [f"{there}, {_times(quantity[t] / expected)} the {amount(expected, measure)} to be expected ({rests_on})"]
    if why & WHY_LEVEL and t > rows.started[r]:
        mean = (quantity[t] + quantity[t - 1]) / 2
        parts.append(f"the mean of the last two months, {amount(float(mean), measure)}, is beyond the limit")
    if why & WHY_SUM and seen.how[t, r] == HOW_DECLARED and not why & WHY_LEVEL:
        parts.append("more than was declared has added up, beyond what stocking up explains")
    elif why & WHY_SUM:
        parts.append("smaller excesses have added up over months (CUSUM beyond its limit)")
    if why & WHY_AGAIN:
        parts.append(f"raised again: grown by {setting.again:g} times or more since the alarm before")
    return parts


def basis(seen: Watched, setting: Setting, t: int, r: int) -> str:
    """Say what the expected quantity rests on."""
    clean = min(int(seen.learned[r, :t].sum()), int(setting.window))
    words = {
        HOW_OWN: f"held mean of {clean} clean months",
        HOW_CAPPED: f"{clean} clean months, growth held to {setting.growth:.0%} a year",
        HOW_DECLARED: "the declared volume",
        HOW_GIVEN: "the level that a person accepted",
        HOW_PEERS: f"a new customer: {clean} months of its own, and what peers order",
    }[int(seen.how[t, r])]
    factor = float(seen.factor[t, seen.rows.group[r]])
    return f"{words}; peers ×{factor:.2f}" if factor > 1.005 else words
