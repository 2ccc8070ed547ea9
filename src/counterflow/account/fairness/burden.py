"""The burden of each group: how many were opened, how many for nothing, how long they waited, and was it their risk?

Counts are what happened; rates carry exact intervals, ratios are adjusted for declared risk, and small cells are not
told. A ratio is an association: it says who pays, not why.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.account.fairness.adjust import Adjusted, adjusted, holm, scatter, strata_of
from counterflow.account.fairness.delay import delay_figures
from counterflow.account.fairness.events import NOT_GIVEN, Events
from counterflow.account.fairness.hide import hide_small
from counterflow.account.fairness.rates import poisson_span
from counterflow.account.fairness.small import LEAST, hidden
from counterflow.core.proportions import clopper_pearson

__all__ = ["MEASURES", "BurdenOptions", "burden_table"]

Texts = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: what is counted against consignments, and the name of its rate
MEASURES = {"inspected": "inspections_per_1000", "fruitless": "fruitless_per_1000"}
#: a ratio between these counts as alike, where its whole interval lies there: a judgement, the four-fifths rule
ALIKE = (0.8, 1.25)


@dataclass(frozen=True)
class BurdenOptions:
    """How to tell burden.

    Args:
        level: nominal coverage of intervals.
        least: counts from 1 to below this are hidden.
        within_unit: adjust within units too, so that a port that opens much is not taken for treatment of a group.
        publication: hide small counts of finds and of fruitless inspections as well, for readers outside.
        total_known: the whole is known from elsewhere, as that of a workspace is.
    """

    level: float = 0.95
    least: int = LEAST
    within_unit: bool = False
    publication: bool = False
    total_known: bool = False


def burden_table(events: Events, options: BurdenOptions | None = None) -> list[dict[str, Any]]:
    """Return one row for everything (`group` ``*``) and one per group of each grouping, highest burden first.

    Keys: by, group, consignments, inspected, found, fruitless, awaiting; inspections_per_1000 and fruitless_per_1000,
    each with _low and _high; inspected_expected, inspected_ratio (to the whole), inspected_to_others and the same of
    fruitless, with ends, inspected_p and fruitless_p (Holm over the groups); hit_rate_chosen, hit_rate_random, with
    ends and chosen_inspected, random_inspected; delay_known, delay_median, delay_hours, delay_per_1000; suppressed,
    verdict. A hidden cell is None and `suppressed` says why.
    """
    used = options or BurdenOptions()
    rows = [row for by, groups in events.groups.items() for row in _grouping(events, by, groups, used)]
    for row in rows:
        row["verdict"] = _verdict(row, used)
    return rows


def _grouping(events: Events, by: str, groups: Texts, options: BurdenOptions) -> list[dict[str, Any]]:
    names, code = np.unique(groups.astype(str), return_inverse=True)
    out = _too_small(events, code, len(names), options)
    told = ~out[code]
    kept = events.where(told)
    inside = np.unique(code[told], return_inverse=True)[1].astype(np.int64)
    shown = names[~out]
    whole = (
        _row(kept, by, "*", np.ones(len(inside), bool), options) if len(shown) else _not_told(events, by, "*", options)
    )
    rows = [_row(kept, by, str(name), inside == place, options) for place, name in enumerate(shown)]
    if len(shown) > 1:
        for measure, counts in (("inspected", kept.inspected), ("fruitless", kept.fruitless)):
            _adjust(rows, kept, inside, measure, counts, options)
    for row in (whole, *rows):
        row["groups"], row["suppressed"] = len(shown), ""
        if not events.results:
            row |= {name: None for name in row if name.startswith(_RESTS_ON_RESULTS)}
    hide_small([whole, *rows], options.least, publication=options.publication)
    rows.sort(key=lambda r: (r["group"] == NOT_GIVEN, -_burden(r), r["group"]))
    rest = [_not_told(events, by, str(name), options) for name in names[out]]
    if out.any():
        whole["suppressed"] = f"without {int(out.sum())} group(s) that are not told"
    return [whole, *rows, *rest]


def _too_small(events: Events, code: Ints, count: int, options: BurdenOptions) -> npt.NDArray[np.bool_]:
    """Return which groups are not told: they and their counts are left out of everything, the whole too.

    Where the whole is known from elsewhere, one alone could be found by taking away: then another goes with it.
    """
    sizes = np.bincount(code, events.consignments, minlength=count)
    opened = np.bincount(code, events.inspected, minlength=count)
    small = (sizes < options.least) | ((opened > 0) & (opened < options.least))
    if options.total_known and small.any():
        first, beside = hidden(np.where(small, np.minimum(sizes, options.least - 1), sizes).tolist(), options.least)
        small = small | first | beside
    return small


def _not_told(events: Events, by: str, group: str, options: BurdenOptions) -> dict[str, Any]:
    """Return a row that says nothing but that it says nothing, with the columns of all others."""
    nobody = _row(events.where(np.zeros(len(events.inspected), bool)), by, group, np.zeros(0, bool), options)
    kept = {"by": by, "group": group, "groups": 0}
    words = f"fewer than {options.least} consignments or inspections, or hidden so that differences do not tell"
    return dict.fromkeys(nobody) | kept | {"suppressed": words}


#: figures that need to know what was found
_RESTS_ON_RESULTS = ("found", "fruitless", "awaiting", "chosen", "random", "hit_rate")


def _burden(row: Mapping[str, Any]) -> float:
    # What is hidden stands last: its place in the order would tell how much it was.
    told = (row["fruitless_per_1000"], row["inspections_per_1000"])
    return next((float(value) for value in told if value is not None), -1.0)


def _row(events: Events, by: str, group: str, here: npt.NDArray[np.bool_], options: BurdenOptions) -> dict[str, Any]:
    total = {
        "consignments": events.consignments, "inspected": events.inspected, "found": events.found,
        "fruitless": events.fruitless, "awaiting": events.awaiting,
    }  # fmt: skip
    row: dict[str, Any] = {"by": by, "group": group}
    row |= {name: int(values[here].sum()) for name, values in total.items()}
    for measure, name in MEASURES.items():
        span = poisson_span(row[measure], max(row["consignments"], 1e-9), options.level, per=1000.0)
        row |= _ends(name, span.value, span.low, span.high)
        row |= {f"{measure}_{end}": None for end in _ADJUSTED}
        row |= {f"{measure}_expected": None, f"{measure}_scatter": None}
    row |= _hit_rates(events, here, options.level)
    row |= delay_figures(events, here, options.level)
    return row


_ADJUSTED = ("ratio", "ratio_low", "ratio_high", "to_others", "to_others_low", "to_others_high", "p")


def _ends(name: str, value: float | None, low: float | None, high: float | None) -> dict[str, float | None]:
    return {name: _plain(value), f"{name}_low": _plain(low), f"{name}_high": _plain(high)}


def _plain(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 6)


def _hit_rates(events: Events, here: npt.NDArray[np.bool_], level: float) -> dict[str, Any]:
    """Return the share found of what was chosen and of what was drawn at random; of all where nobody says which."""
    random = events.random if events.random is not None else np.zeros(len(events.found))
    made: dict[str, Any] = {}
    for name, arm in (("chosen", here & (random == 0)), ("random", here & (random == 1))):
        n = float((events.inspected - events.awaiting)[arm].sum())
        found = float(events.found[arm].sum())
        low, high = clopper_pearson(found, n, level)
        made[f"{name}_inspected"] = int(n)
        made |= _ends(f"hit_rate_{name}", found / n, low, high) if n else _ends(f"hit_rate_{name}", None, None, None)
    return made


def _adjust(
    rows: Sequence[dict[str, Any]], events: Events, code: Ints, measure: str, counts: Floats, options: BurdenOptions
) -> None:
    band = _codes(events.band, len(code))
    unit = _codes(events.unit, len(code))
    if options.within_unit:
        band = band * (int(unit.max()) + 1) + unit
        unit = np.zeros_like(unit)
    cell = unit * 10_000 + _codes(events.period, len(code))
    spread = scatter(code, band, np.unique(cell, return_inverse=True)[1], events.consignments, counts)
    strata = strata_of(code, band, events.consignments, counts)
    made = [adjusted(strata, place, options.level, spread or 1.0) for place in range(len(rows))]
    for row, one, p in zip(rows, made, holm([a.to_others.p for a in made]), strict=True):
        _tell(row, measure, one, p)
        row[f"{measure}_scatter"] = None if spread is None else round(spread, 3)


def _tell(row: dict[str, Any], measure: str, one: Adjusted, p: float) -> None:
    row[f"{measure}_expected"] = round(one.expected, 3)
    if one.to_whole is not None:
        row |= _ends(f"{measure}_ratio", one.to_whole.value, one.to_whole.low, one.to_whole.high)
    row |= _ends(f"{measure}_to_others", one.to_others.value, one.to_others.low, one.to_others.high)
    row[f"{measure}_p"] = round(p, 6)


def _codes(values: Texts | None, count: int) -> Ints:
    if values is None:
        return np.zeros(count, np.int64)
    return np.unique(values.astype(str), return_inverse=True)[1].astype(np.int64)


def _verdict(row: Mapping[str, Any], options: BurdenOptions) -> str:
    """Say in words how a group's burden stands to that of all others."""
    if row["consignments"] is None:
        return "not told: too few"
    if row["group"] == "*":
        return "everything told, to compare with"
    if row["groups"] == 1:
        return "one group only: there is nothing to compare it with"
    told = row["fruitless_per_1000"] is not None or row["inspected"] is None
    said = [_compared(row, m, words, options) for m, words in _WORDS.items() if m == "inspected" or told]
    return "; ".join(dict.fromkeys(said))


_WORDS = {"inspected": "opened", "fruitless": "opened for nothing"}


def _compared(row: Mapping[str, Any], measure: str, words: str, options: BurdenOptions) -> str:
    low, high, p = (row[f"{measure}_{end}"] for end in ("to_others_low", "to_others_high", "p"))
    if row[measure] is None:
        return f"{words}: not told, too few"
    if p is None or (low in (None, 0.0) and high is None):
        return f"{words}: not informative"
    value = row[f"{measure}_to_others"]
    times = f"{value:.2f} times as often as others" if value is not None else "more often than others, who never were,"
    within = f"({low or 0:.2f} to {'any' if high is None else f'{high:.2f}'})"
    if p < 1 - options.level:
        return f"{words} {times} {within}"
    if low is not None and high is not None and low >= ALIKE[0] and high <= ALIKE[1]:
        return f"{words} alike, within a fifth or so {within}"
    looked = f", having looked at {row['groups']} groups" if row["groups"] > 2 else ""
    return f"{words}: no difference shown, nor excluded {within}{looked}"
