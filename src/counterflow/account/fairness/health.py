"""Disparity in harm and care between groups: rates, treatment gaps, deaths without treatment, how long treatment lasts.

Every figure carries its interval; small counts are hidden with what would give them away; a comparison is with a named
group, and its chances are adjusted for having looked at all (Holm). Disparity is an association. Age can be
taken out of it; poverty, place and what a group was denied before cannot, and should not be taken out unseen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.account.fairness.adjust import holm
from counterflow.account.fairness.durations import Lasting, lasting, mean_until
from counterflow.account.fairness.health_file import HealthCounts
from counterflow.account.fairness.rates import Span, difference_of_rates, poisson_span, rate_ratio, risk_ratio
from counterflow.account.fairness.small import LEAST
from counterflow.account.fairness.standard import Standard, standardised, weights_for
from counterflow.core.errors import InputError, UnknownName
from counterflow.core.proportions import clopper_pearson

__all__ = ["HealthOptions", "disparity"]

Floats = npt.NDArray[np.float64]
Row = dict[str, Any]


@dataclass(frozen=True)
class HealthOptions:
    """How to tell disparity.

    Args:
        reference: the group that others are compared with; None: the largest.
        standard: the standard population for age; None: none.
        per: people to a rate.
        level: nominal coverage.
        least: counts from 1 to below this are hidden.
        mid: mid-p intervals of ratios in place of exact ones.
    """

    reference: str | None = None
    standard: Standard | None = None
    per: float = 100_000
    level: float = 0.95
    least: int = LEAST
    mid: bool = False


def disparity(given: HealthCounts, options: HealthOptions) -> dict[str, Any]:
    """Return what the file allows: `rates`, `treatment`, `untreated_deaths`, `durations`, each a list of rows by group.

    Raises:
        InputError: one group only.
        UnknownName: the reference is no group of the file.
    """
    names = sorted(set(given.group.tolist()))
    if len(names) < 2:
        hint = "A disparity needs two groups; for one, ask for its rate."
        raise InputError("There is one group only.", file=given.file, value=names[0], hint=hint)
    if options.reference is not None and options.reference not in names:
        raise UnknownName("group", options.reference, names, file=given.file)
    made: dict[str, Any] = {"level": options.level, "min_cell": options.least, "said": list(given.said)}
    have = given.counts.keys()
    if {"events", "population"} <= have:
        made["rates"] = _rates(given, names, options, made["said"])
    if {"need", "received"} <= have:
        made["treatment"] = _shares(given, names, options, "received", "need", "received")
    if {"deaths", "untreated"} <= have:
        made["untreated_deaths"] = _shares(given, names, options, "untreated", "deaths", "untreated")
    if {"duration", "ended", "ongoing"} <= have:
        made["durations"] = _durations(given, names, options, made["said"])
    return made


def _sums(given: HealthCounts, names: Sequence[str], what: str) -> Floats:
    return np.array([given.counts[what][given.group == name].sum() for name in names])


def _reference(names: Sequence[str], sizes: Floats, options: HealthOptions) -> str:
    return options.reference or names[int(np.argmax(sizes))]


def _span(name: str, span: Span | None, per: float = 1.0) -> Row:
    ends = (None, None, None) if span is None else (span.value, span.low, span.high)
    return {f"{name}{end}": _plain(v, per) for end, v in zip(("", "_low", "_high"), ends, strict=True)}


def _plain(value: float | None, per: float = 1.0) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value * per, 6)


def _rates(given: HealthCounts, names: Sequence[str], options: HealthOptions, said: list[str]) -> list[Row]:
    events, people = _sums(given, names, "events"), _sums(given, names, "population")
    nobody = [name for name, n in zip(names, people, strict=True) if n == 0]
    if nobody:
        raise InputError("A group has no population.", file=given.file, value=nobody[0], hint="Leave it out.")
    reference = _reference(names, people, options)
    at = names.index(reference)
    aged = _aged(given, names, options, said)
    rows = []
    for i, name in enumerate(names):
        row: Row = {"group": name, "reference": reference, "events": int(events[i]), "population": people[i]}
        row |= _span("rate", poisson_span(events[i], people[i], options.level), options.per)
        ratio = rate_ratio(events[i], people[i], events[at], people[at], options.level, mid=options.mid)
        own = name == reference
        row |= _span("rate_ratio", None) if own else _ends("rate_ratio", ratio.value, ratio.low, ratio.high)
        apart = difference_of_rates(events[i], people[i], events[at], people[at], options.level)
        row |= _span("rate_difference", None if own else apart, options.per) | {"p": None if own else ratio.p}
        row |= _compared_ages(aged, i, at, options) if aged is not None else {}
        rows.append(row)
    return _finish(rows, events, options, _rate_words, "events")


def _ends(name: str, value: float | None, low: float, high: float) -> Row:
    return {name: _plain(value), f"{name}_low": _plain(low), f"{name}_high": _plain(high)}


@dataclass(frozen=True)
class _Aged:
    """Age-standardised rates of each group, and the relative error of each."""

    spans: list[Span | None]


def _aged(given: HealthCounts, names: Sequence[str], options: HealthOptions, said: list[str]) -> _Aged | None:
    if given.age is None or options.standard is None:
        if given.age is not None:
            said.append("ages were given and no standard was asked for: rates are crude")
        return None
    labels = sorted(set(given.age.tolist()))
    weights = weights_for(options.standard, labels, given.file)
    spans: list[Span | None] = []
    for name in names:
        here = given.group == name
        events = np.array([given.counts["events"][here & (given.age == a)].sum() for a in labels])
        people = np.array([given.counts["population"][here & (given.age == a)].sum() for a in labels])
        if (people == 0).any():
            missing = labels[int(np.flatnonzero(people == 0)[0])]
            said.append(f"{name}: nobody of age {missing}, so its rate cannot be standardised")
        spans.append(None if (people == 0).any() else standardised(events, people, weights, options.level))
    said.append(
        f"standard population: {options.standard.name} over {len(labels)} age groups; {options.standard.citation}"
    )
    return _Aged(spans)


def _compared_ages(aged: _Aged, i: int, at: int, options: HealthOptions) -> Row:
    """Return a standardised rate and its ratio and difference to the reference's, from the ends of both (MOVER)."""
    own, other = aged.spans[i], aged.spans[at]
    row = _span("adjusted_rate", own, options.per)
    if own is None or other is None or i == at or own.value == 0 or other.value == 0:
        return row | _span("adjusted_ratio", None) | _span("adjusted_difference", None)
    logs = [[math.log(max(v, 1e-300)) for v in (s.value, s.low, s.high)] for s in (own, other)]
    (a, a_low, a_high), (b, b_low, b_high) = logs
    ratio = Span(math.exp(a - b), math.exp(a - b - math.hypot(a - a_low, b_high - b)),
                 math.exp(a - b + math.hypot(a_high - a, b - b_low)))  # fmt: skip
    apart = own.value - other.value
    difference = Span(apart, apart - math.hypot(own.value - own.low, other.high - other.value),
                      apart + math.hypot(own.high - own.value, other.value - other.low))  # fmt: skip
    return row | _span("adjusted_ratio", ratio) | _span("adjusted_difference", difference, options.per)


def _shares(
    given: HealthCounts, names: Sequence[str], options: HealthOptions, part: str, whole: str, label: str
) -> list[Row]:
    """Return the share of `part` in `whole` by group; of treatment the gap is one minus it."""
    some, all_of = _sums(given, names, part), _sums(given, names, whole)
    reference = _reference(names, all_of, options)
    at = names.index(reference)
    rows = []
    for i, name in enumerate(names):
        own = name == reference
        row: Row = {"group": name, "reference": reference, whole: int(all_of[i]), part: int(some[i])}
        if all_of[i] == 0:
            rows.append(row | _span(f"{label}_share", None) | _span("gap", None) | _span("share_ratio", None)
                        | _span("share_difference", None) | {"p": None})  # fmt: skip
            continue
        low, high = clopper_pearson(some[i], all_of[i], options.level)
        share = Span(some[i] / all_of[i], low, high)
        row |= _span(f"{label}_share", share)
        row |= _span("gap", Span(1 - share.value, 1 - high, 1 - low) if label == "received" else None)
        if own or all_of[at] == 0:
            rows.append(row | _span("share_ratio", None) | _span("share_difference", None) | {"p": None})
            continue
        ratio = risk_ratio(some[i], all_of[i], some[at], all_of[at], options.level)
        rest = Span(some[at] / all_of[at], *clopper_pearson(some[at], all_of[at], options.level))
        apart = share.value - rest.value
        row |= _ends("share_ratio", ratio.value, ratio.low, ratio.high)
        below = math.hypot(share.value - low, rest.high - rest.value)
        above = math.hypot(high - share.value, rest.value - rest.low)
        row |= _span("share_difference", Span(apart, apart - below, apart + above))
        rows.append(row | {"p": ratio.p})
    small = np.minimum(some, all_of - some)
    return _finish(rows, np.where(small > 0, small, np.maximum(some, 0)), options, _share_words(label), part)


def _durations(given: HealthCounts, names: Sequence[str], options: HealthOptions, said: list[str]) -> list[Row]:
    curves: list[Lasting] = []
    for name in names:
        here = given.group == name
        counts = [given.counts[what][here] for what in ("duration", "ended", "ongoing")]
        if (counts[1] + counts[2]).sum() == 0:
            raise InputError("A group has nobody in treatment.", file=given.file, value=name, hint="Leave it out.")
        curves.append(lasting(counts[0], counts[1], counts[2], options.level))
    limit = min(curve.longest for curve in curves)
    said.append(f"mean durations are up to {limit:g}, the longest that every group was followed")
    people = np.array([curve.people for curve in curves])
    reference = _reference(names, people, options)
    base, spread = mean_until(curves[names.index(reference)], limit, options.level)
    from scipy.special import ndtr, ndtri

    reach = float(ndtri(0.5 + options.level / 2))
    rows = []
    for name, curve in zip(names, curves, strict=True):
        mean, variance = mean_until(curve, limit, options.level)
        row: Row = {"group": name, "reference": reference, "people": int(curve.people), "ended": int(curve.ended)}
        row |= {"median": curve.median, "median_low": curve.low, "median_high": curve.high, "limit": limit}
        row |= _span("mean", mean)
        error = math.sqrt(variance + spread)
        apart = mean.value - base.value
        own = name == reference or error == 0
        row |= _span("mean_difference", None if own else Span(apart, apart - reach * error, apart + reach * error))
        rows.append(row | {"p": None if own else 2 * float(ndtr(-abs(apart) / error))})
    return _finish(rows, people, options, _duration_words, "people")


def _finish(
    rows: list[Row], counts: Floats, options: HealthOptions, words: Callable[[Row, float], str], what: str
) -> list[Row]:
    """Adjust chances for all groups, say what they say, and hide what is small."""
    with_p = [row for row in rows if row["p"] is not None]
    for row, p in zip(with_p, holm([row["p"] for row in with_p]), strict=True):
        row["p"] = round(p, 6)
    # No total stands beside these rows, so none gives a hidden count away; `account publish` is for tables with one.
    small = (counts > 0) & (counts < options.least)
    reference = next(i for i, row in enumerate(rows) if row["group"] == row["reference"])
    for row, few in zip(rows, small, strict=True):
        row["verdict"] = words(row, options.level)
        row["suppressed"] = ""
        if few:
            _hide(row, f"{what}: fewer than {options.least}")
        elif small[reference]:
            _hide(row, f"the group to compare with is hidden: {what}", only=("ratio", "difference"))
    return rows


def _hide(row: Row, why: str, only: tuple[str, ...] = ()) -> None:
    for name in row:
        if name in ("group", "reference", "population", "limit"):
            continue
        if not only or any(part in name for part in only) or name in ("p", "verdict"):
            row[name] = None
    row["suppressed"], row["verdict"] = why, "not told: too few"


def _rate_words(row: Row, level: float) -> str:
    kind = "adjusted_ratio" if row.get("adjusted_ratio") is not None else "rate_ratio"
    if row["group"] == row["reference"]:
        return "the group that others are compared with"
    value, low, high = (row[f"{kind}{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return "not informative: no event to compare with"
    aged = " of the same age" if kind == "adjusted_ratio" else ""
    span = f"({low:.2f} to {'any' if high is None else f'{high:.2f}'})"
    clear = low > 1 or (high is not None and high < 1)
    if row["p"] < 1 - level and clear:
        return f"{value:.2f} times the rate of {row['reference']}{aged} {span}"
    return f"no difference from {row['reference']}{aged} shown, nor excluded {span}"


def _share_words(label: str) -> Callable[[Row, float], str]:
    told = {"received": "received treatment", "untreated": "died without evidence of treatment"}[label]

    def words(row: Row, level: float) -> str:
        share, low, high = (row[f"{label}_share{end}"] for end in ("", "_low", "_high"))
        if share is None:
            return "nobody to count"
        own = f"{share:.1%} {told} ({low:.1%} to {high:.1%})"
        if row["p"] is None:
            return own
        apart = row["share_difference"]
        if row["p"] < 1 - level:
            points = f"{abs(apart) * 100:.1f} points {'more' if apart > 0 else 'fewer'} than {row['reference']}"
            return f"{own}: {points}"
        return f"{own}: no difference from {row['reference']} shown, nor excluded"

    return words


def _duration_words(row: Row, level: float) -> str:
    half = "half never left in the time seen" if row["median"] is None else f"half left by {row['median']:g}"
    if row["p"] is None:
        return half
    apart, low, high = (row[f"mean_difference{end}"] for end in ("", "_low", "_high"))
    if row["p"] < 1 - level:
        side = "shorter" if apart < 0 else "longer"
        return f"{half}; {abs(apart):.1f} {side} on average than {row['reference']} ({low:.1f} to {high:.1f})"
    return f"{half}; no difference from {row['reference']} shown, nor excluded ({low:.1f} to {high:.1f})"
