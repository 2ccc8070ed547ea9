"""What `target estimate` answers: the whole frame, and each stratum, office, lane, class of harm and period of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from counterflow.account.interdiction.intervals import Share, percent, zero_found_words
from counterflow.account.interdiction.stratified import summed
from counterflow.account.interdiction.stratified_file import Draws, columns_of
from counterflow.account.interdiction.stratified_halve import best_split, halving_factor, halving_factors
from counterflow.account.interdiction.stratified_part import EstimateOptions, Heavy, Part, Reading, read_part
from counterflow.core.estimate import Estimate

__all__ = ["estimate_rows", "flat_rows"]

_KEYS = ("period", "stratum", "office", "lane", "chance", "number", "harm_class")
_REMEDY = "draw more at random or pool more periods"
_OUTSIDE = "goods never declared, or carried outside the recorded flow, are not in this frame"


@dataclass(frozen=True)
class _Asked:
    """What every row needs."""

    options: EstimateOptions
    source: str
    as_of: dt.date
    names: tuple[str, ...]


def estimate_rows(draws: Draws, options: EstimateOptions, *, source: str, as_of: dt.date) -> dict[str, Any]:
    """Return the estimates of a frame: the whole at the top, lists of its parts below.

    Keys of the whole and of every part: by, name, records, drawn, inspected, not_presented, waiting, found (in the
    random sample), found_all (by every arm), chosen (by other arms), prevalence, violative, undetected,
    interdiction, violative_mass_kg and undetected_mass_kg (where masses are given), non_response, halve, out_of_reach,
    informative, why_not, words. Estimates are `Estimate.as_dict()`. The whole also has strata, offices, lanes,
    harm_classes, periods, joined, sensitivity, level, said and outside.
    """
    columns = columns_of(draws.groups)
    names, stratum = _strata(columns)
    chance, filled = _chances(columns, stratum)
    counts = {name: values for name, values in columns.items() if name not in _KEYS}
    heavy = None
    if draws.heavy is not None:
        heavy = Heavy(draws.heavy.column("mass").to_numpy(), draws.heavy.column("number").to_numpy().astype(np.int64))
    whole = Part(counts, stratum, chance, heavy)
    asked = _Asked(options, source, as_of, tuple(names))
    reading = read_part(whole, options)
    made = _row(asked, "*", "*", whole, reading)
    made["halve"] |= _split(asked, reading, made["halve"])
    parts = {
        "strata": list(_stratum_rows(asked, whole)),
        "offices": list(_cut(asked, "office", columns, whole)) if "office" in draws.columns else [],
        "lanes": list(_cut(asked, "lane", columns, whole)) if "lane" in draws.columns else [],
        "harm_classes": list(_classes(asked, draws, whole)) if "harm_class" in draws.columns else [],
        "periods": list(_cut(asked, "period", columns, whole)) if "period" in draws.columns else [],
    }
    joined = [[names[code] for code in cell] for cell in (reading.cells.joined if reading.cells else ())]
    said = [*draws.said, *_worth_saying(whole, names, filled)]
    return made | parts | {
        "joined": joined, "sensitivity": reading.sensitivity.as_dict(options.level), "level": options.level,
        "said": said, "outside": _OUTSIDE,
    }  # fmt: skip


def flat_rows(estimated: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the whole and its parts as rows of plain columns, for tables."""
    every = [
        estimated,
        *(row for part in ("periods", "lanes", "offices", "harm_classes", "strata") for row in estimated[part]),
    ]
    return [_flat(row) for row in every]


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat = {name: row[name] for name in ("by", "name", "records", "drawn", "inspected", "found", "found_all")}
    for name in ("prevalence", "undetected", "interdiction", "undetected_mass_kg"):
        of = row.get(name)
        for end in ("value", "low", "high"):
            flat[f"{name}_{end}"] = of[end] if of else None
    more = row["halve"]["more_inspections"] if row["halve"] else None
    return flat | {
        "non_response": row["non_response"]["share"], "bounds": row["non_response"]["handled"].startswith("worst"),
        "more_to_halve": more, "informative": row["informative"], "words": row["words"],
    }  # fmt: skip


def _strata(columns: dict[str, Any]) -> tuple[list[str], np.ndarray[Any, np.dtype[np.int64]]]:
    """Return the names of the strata and each group's code; a stratum of each period is one of its own."""
    named = [f"{p}: {s}" if p else s for p, s in zip(columns["period"], columns["stratum"], strict=True)]
    names, code = np.unique(np.array(named, dtype=object).astype(str), return_inverse=True)
    return names.tolist(), code.reshape(-1).astype(np.int64)


def _chances(columns: dict[str, Any], stratum: Any) -> tuple[Any, float]:
    """Return the chance of each group and how many records took that of their stratum because they state none.

    A record that was not drawn and states no chance takes the share of its stratum that was drawn; where nothing of
    the stratum was drawn no draw could reach it, as far as this file tells.
    """
    chance = columns["chance"].copy()
    blank = np.isnan(chance)
    share = np.bincount(stratum, columns["drawn"]) / np.bincount(stratum, columns["records"])
    chance[blank] = share[stratum][blank]
    alone = blank & (chance > 0)
    for code in np.unique(stratum[alone]):  # one stated chance in the stratum is that of all of it
        here = stratum == code
        stated = np.unique(chance[here & ~blank])
        if len(stated) == 1:
            chance[here & blank] = stated[0]
    return chance, float(columns["records"][alone].sum())


def _cut(asked: _Asked, by: str, columns: dict[str, Any], whole: Part) -> Iterator[dict[str, Any]]:
    for name in sorted(set(columns[by])):
        part = whole.take(columns[by] == name)
        yield _row(asked, by, name or "not stated", part, read_part(part, asked.options))


def _classes(asked: _Asked, draws: Draws, whole: Part) -> Iterator[dict[str, Any]]:
    """Yield one row per class of harm: the whole frame, and finds of that class alone."""
    finds = columns_of(draws.finds)
    numbers = finds["number"].astype(np.int64)
    sums = ("total", "square", "mass_total", "mass_square", "found", "found_all", "mass_found_all")
    clear = whole.columns["clear_all"] + whole.columns["found_all"]
    for name in sorted(set(finds["harm_class"])):
        here = finds["harm_class"] == name
        many = len(whole.stratum)
        of = {c: summed(numbers[here], finds[c][here], many) for c in sums}
        part = whole.with_finds(of | {"clear_all": clear - of["found_all"]})
        yield _row(asked, "harm_class", name or "not stated", part, read_part(part, asked.options))


def _stratum_rows(asked: _Asked, whole: Part) -> Iterator[dict[str, Any]]:
    """Yield one row per stratum; the halving of those of one chance is worked out for all at once."""
    order = np.argsort(whole.stratum, kind="stable")
    ends = np.searchsorted(whole.stratum[order], np.arange(len(asked.names) + 1))
    which = np.zeros(len(whole.stratum), dtype=bool)
    light = Part(whole.columns, whole.stratum, whole.chance)
    parts, readings = [], []
    for code in range(len(asked.names)):
        which[:] = False
        which[order[ends[code] : ends[code + 1]]] = True
        part = (whole if len(asked.names) <= _HEAVY_STRATA else light).take(which)
        parts.append(part)
        readings.append(read_part(part, asked.options))
    factors = _single_factors(readings, asked.options.level)
    for name, part, reading, factor in zip(asked.names, parts, readings, factors, strict=True):
        yield _row(asked, "stratum", name, part, reading, factor)


#: above this many strata mass is not estimated for each of them
_HEAVY_STRATA = 200


def _single_factors(readings: list[Reading], level: float) -> list[float | None]:
    single = [i for i, r in enumerate(readings) if r.draw is not None and r.draw.single]
    out: list[float | None] = [None] * len(readings)
    for finite in (True, False):
        draws = [(i, d) for i in single if (d := readings[i].draw) is not None and d.hiding.finite == finite]
        if not draws:
            continue
        found = np.array([min(float(d.found[0]), float(d.hiding.answered[0])) for _, d in draws])
        seen, size = (np.array([float(getattr(d.hiding, n)[0]) for _, d in draws]) for n in ("answered", "records"))
        for (i, _), factor in zip(draws, halving_factors(found, seen, size, level, finite=finite), strict=True):
            out[i] = float(factor)
    return out


def _row(
    asked: _Asked, by: str, name: str, part: Part, reading: Reading, factor: float | None = None
) -> dict[str, Any]:
    options = asked.options
    found_all, records = part.sum("found_all"), part.sum("records")
    why = _why_not(reading, options)
    share = reading.prevalence
    missed = _missed(reading.violative, found_all)
    rate = _rate(reading.violative, found_all)
    made = {
        "by": by, "name": name, "records": int(records), "drawn": int(part.sum("drawn")),
        "inspected": int(part.sum("answered")), "not_presented": int(part.sum("drawn") - part.sum("answered")),
        "waiting": int(part.sum("waiting")), "found": int(part.sum("found")), "found_all": int(found_all),
        "chosen": int(part.sum("chosen")),
        "prevalence": _estimate(asked, share, reading.method, "share of records", why),
        "violative": _estimate(asked, reading.violative, reading.method, "records", why),
        "undetected": _estimate(asked, missed, f"violative less found by all arms; {reading.method}", "records", why),
        "interdiction": rate and _estimate(
            asked, rate, f"found by all arms / violative; {reading.method}", "share of violative records",
            _wide(rate, options) or why,
        ),
    }  # fmt: skip
    if reading.mass is not None:
        mass_missed = _missed(reading.mass, part.sum("mass_found_all"))
        made["violative_mass_kg"] = _estimate(asked, reading.mass, reading.method, "kg of declared mass", why)
        made["undetected_mass_kg"] = _estimate(asked, mass_missed, reading.method, "kg of declared mass", why)
    return made | {
        "non_response": _non_response(reading), "halve": _halve(reading, options, factor),
        "out_of_reach": int(reading.out_of_reach), "informative": not why, "why_not": why,
        "words": _words(made, reading, options),
    }  # fmt: skip


def _estimate(asked: _Asked, share: Share, method: str, unit: str, why: str) -> dict[str, object]:
    return Estimate(
        value=share.value, low=share.low, high=share.high, level=asked.options.level, method=method,
        source=asked.source, as_of=asked.as_of, unit=unit, informative=not why, why_not=why,
    ).as_dict()  # fmt: skip


def _missed(violative: Share, found: float) -> Share:
    """Return what nobody found, never below 0."""
    ends = (max(violative.low - found, 0.0), max(violative.high - found, 0.0))
    return Share(None if violative.value is None else max(violative.value - found, 0.0), *ends, 0.0)


def _rate(violative: Share, found: float) -> Share | None:
    """Return found / violative; None where nothing was found and nothing need be there."""
    if violative.high == 0 or (found == 0 and violative.low == 0):
        return None

    def part(there: float) -> float:
        return found / max(there, found) if found else 0.0

    value = part(violative.value) if violative.value else None
    return Share(value, part(violative.high), 1.0 if violative.low == 0 else part(violative.low), 0.0)


def _non_response(reading: Reading) -> dict[str, Any]:
    if reading.missing == 0:
        handled = "every random draw was inspected"
    elif reading.bounds:
        handled = "worst-case bounds: lower end takes all of it as clean, upper end as violative (Manski 1990)"
    else:
        handled = "adjusted within stratum: those that answered stand for those that did not"
    return {"share": reading.missing, "handled": handled}


def _halve(reading: Reading, options: EstimateOptions, factor: float | None) -> dict[str, Any]:
    """Return how many inspections at random would halve the interval, if the draw keeps its shape."""
    empty = {"inspections": None, "more_inspections": None, "draws": None, "why_not": "nothing was inspected"}
    if reading.draw is None:
        return empty
    if reading.bounds:
        why = "most of the width comes from draws without a result; more draws do not help, answers do"
        return empty | {"why_not": why}
    if factor is None:
        factor = halving_factor(reading.draw, options.level)
    seen, drawn = float(reading.groups.answered.sum()), float(reading.groups.drawn.sum())
    wanted = min(np.ceil(seen * factor), float(reading.groups.records.sum()))
    return {
        "inspections": int(wanted), "more_inspections": int(max(wanted - seen, 0)),
        "draws": int(np.ceil(wanted * drawn / seen)), "why_not": "",
    }  # fmt: skip


def _split(asked: _Asked, reading: Reading, halve: dict[str, Any]) -> dict[str, Any]:
    """Return the inspections that would halve the interval by stratum: as now, and as Neyman (1934) would lay them."""
    if reading.draw is None or halve["inspections"] is None:
        return {"by_stratum": []}
    strata, best = best_split(reading.groups, halve["inspections"])
    seen = np.bincount(reading.groups.stratum, reading.groups.answered, minlength=len(asked.names))
    size = np.bincount(reading.groups.stratum, reading.groups.records, minlength=len(asked.names))
    factor = halve["inspections"] / seen.sum()
    return {
        "by_stratum": [
            {
                "stratum": asked.names[code], "inspected": int(seen[code]),
                "as_now": int(min(np.ceil(seen[code] * factor), size[code])), "narrowest": int(np.ceil(n)),
            }
            for code, n in zip(strata.tolist(), best, strict=True)
        ]
    }  # fmt: skip


def _why_not(reading: Reading, options: EstimateOptions) -> str:
    if reading.draw is None:
        return "no record of the random draw was inspected"
    width = reading.prevalence.high - reading.prevalence.low
    if width <= options.usefulness_limit:
        return ""
    because = ""
    if reading.bounds:
        because += f"; {percent(reading.missing)} of the draws gave no result"
    if reading.out_of_reach:
        because += f"; {reading.out_of_reach:,.0f} records no draw could reach"
    ends = f"{percent(reading.prevalence.low)} and {percent(reading.prevalence.high)}"
    limit = percent(options.usefulness_limit)
    return f"prevalence lies between {ends}: wider than the usefulness limit of {limit}{because}; {_REMEDY}"


def _wide(rate: Share, options: EstimateOptions) -> str:
    if rate.high - rate.low <= options.interdiction_limit:
        return ""
    ends = f"{percent(rate.low)} and {percent(rate.high)}"
    return f"the rate lies between {ends}: wider than the limit of {percent(options.interdiction_limit)}; {_REMEDY}"


def _words(made: dict[str, Any], reading: Reading, options: EstimateOptions) -> str:
    share, seen = reading.prevalence, made["inspected"]
    if reading.draw is None:
        return "nothing of the random draw was inspected: anything is possible"
    if made["found"] == 0 and not reading.bounds:
        return zero_found_words(seen, share.high, options.level)
    value = f"{percent(share.value)} " if share.value is not None else ""
    ends = f"{percent(share.low)} to {percent(share.high)}"
    kind = "worst-case bounds" if reading.bounds else f"{options.level * 100:g} % interval"
    missed = f"{made['undetected']['low']:,.0f} to {made['undetected']['high']:,.0f} records not found"
    return f"{made['found']:,} found in {seen:,}: {value}({kind} {ends}); {missed}"


def _worth_saying(whole: Part, names: list[str], filled: float) -> list[str]:
    """Return what does not fit: chances that the numbers drawn contradict, other arms, records out of reach."""
    said = []
    if filled:
        said.append(f"{filled:,.0f} records state no chance and take that of their stratum")
    expected = np.bincount(whole.stratum, whole.columns["records"] * whole.chance)
    drawn = np.bincount(whole.stratum, whole.columns["drawn"])
    doubt = 4 * np.sqrt(np.maximum(expected, 1)) + 2
    said += [
        f"stratum {names[code]!r}: its chances say {expected[code]:,.0f} draws, the file holds {drawn[code]:,.0f}; "
        "where all have one chance, the number drawn is used"
        for code in np.flatnonzero(np.abs(drawn - expected) > doubt)[:5]
    ]
    chosen = whole.sum("chosen")
    if chosen:
        words = "records were chosen by other arms: what was found there counts as found, and no rate is made of it"
        said.append(f"{chosen:,.0f} {words}")
    out = float(whole.columns["records"][whole.chance <= 0].sum())
    if out:
        said.append(f"{out:,.0f} records could not be drawn: the upper ends count them all as violative")
    inspected, found = whole.sum("answered"), whole.sum("found")
    if inspected and found in (0, inspected):
        which = "nothing was found" if found == 0 else "everything inspected was found violative"
        said.append(f"one class only: {which}")
    return said
