"""The board of a pack: each target in every reading, with latest actual, status, probability and what stands beside.

An output that cannot be shown beside an outcome, a counter-indicator and a rate that was measured is not shown as a
result: it stands among the refused, with the reason. A target whose record does not hold is refused likewise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from counterflow.account.indicators.checks_pack import PAIRS, check_claims, pair_of
from counterflow.account.indicators.records import Actual, Claim, Indicator, Pack, Reading, Target
from counterflow.account.indicators.slip import commitment_row, step_row
from counterflow.account.indicators.status import latest_of, others_of, series_of, standing
from counterflow.account.indicators.tables import Notes

__all__ = ["Reacher", "actual_row", "board_of_pack"]

#: gives the probability of reaching one reading, as plain data with `probability` or `why`
Reacher = Callable[[Target, Reading, Indicator, Sequence[Actual]], Mapping[str, Any]]

#: what is still said of a refused target
_KEPT = ("row", "document", "quote", "kind", "unit", "direction", "definition", "sdg", "owner", "baseline", "source",
         "breaks", "others")  # fmt: skip
_NOTES = (
    "A status compares the latest actual with a straight path; a probability is a forecast. Neither says why it moved.",
    "Of a promise that can be read in two ways, both readings are shown; neither is preferred.",
    "An output is no success: it is shown beside an outcome, a counter-indicator and a measured rate, or refused.",
)


def board_of_pack(
    pack: Pack,
    today: dt.date,
    *,
    actuals: Sequence[Actual] = (),
    reach: Reacher | None = None,
    measured: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return the board as plain data.

    Args:
        pack: what was promised.
        today: day on which the board is made.
        actuals: what was counted, beside what the pack itself holds.
        reach: makes the probability of reaching; without it none is given.
        measured: estimates made by this house, by indicator: they stand in for actuals of rates and counters.
    """
    counted = [one for one in (*pack.actuals, *actuals) if (one.as_of or one.period.last) <= today]
    estimates = measured or {}
    rows, refused = [], []
    for target in pack.targets:
        row = _row(pack, target, counted, today, reach, estimates)
        why = _refusal(pack, target, row)
        if why:
            refused.append({"id": target.id, "what": row["words"], "why": why} | _kept(row))
        else:
            rows.append(row)
    flags = _flags(pack, counted)
    claims = [_claim(pack, one, counted, flags, estimates) for one in pack.claims]
    refused += [{"id": one["id"], "what": one["words"], "why": one["refused"], "kind": one["kind"],
                 "quote": one["quote"]} for one in claims if one["refused"]]  # fmt: skip
    dates = [one.as_of or one.period.last for one in counted]
    return {
        "pack": pack.name, "title": pack.title, "edition": pack.edition, "sha256": pack.sha256,
        "as_of": max(dates).isoformat() if dates else None, "made_on": today.isoformat(),
        "rows": rows, "refused": refused, "claims": [one for one in claims if not one["refused"]],
        "flags": [one.as_dict() for one in flags],
        "steps": [step_row(one, today) for one in pack.steps],
        "commitments": [commitment_row(one, today) for one in pack.commitments],
        "problems": {severity: sum(one.severity == severity for one in pack.problems)
                     for severity in ("error", "warning", "note")},
        "notes": list(_NOTES),
    }  # fmt: skip


def _row(
    pack: Pack, target: Target, counted: Sequence[Actual], today: dt.date, reach: Reacher | None,
    estimates: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    own = pack.indicators[target.indicator]
    series, left_out = series_of(own, counted)
    latest = latest_of(series)
    base = target.baseline
    return {
        "id": target.id, "row": target.row, "document": target.document, "quote": target.quote,
        "indicator": own.id, "words": own.words or own.id, "unit": own.unit, "kind": own.kind,
        "direction": own.direction, "definition": own.definition, "sdg": list(own.sdg), "owner": target.owner,
        "source": target.source or own.source, "form": target.form, "change": target.change,
        "baseline": None if base is None else {
            "value": base.amount.value, "unit": base.amount.unit or own.unit,
            "period": base.period.text if base.period else None, "source": base.source or target.source,
            "definition": base.definition or own.definition,
        },
        "readings": [_reading(target, one, own, series, today, reach) for one in target.readings],
        "milestones": [{"period": one.period.text, "value": one.amount.value} for one in target.milestones],
        "latest": None if latest is None else actual_row(latest, own),
        "actuals": len(series), "other_definition": left_out,
        "others": [actual_row(one, own) for one in others_of(own, counted)],
        "breaks": [{"on": one.on.isoformat(), "words": one.words, "linked": one.linked} for one in own.breaks],
        "lock": target.lock.isoformat() if target.lock else None,
        "beside": {part: _beside(pack, getattr(own, part), counted, estimates) for part in PAIRS},
    }  # fmt: skip


def _reading(
    target: Target, reading: Reading, own: Indicator, series: Sequence[Actual], today: dt.date, reach: Reacher | None
) -> dict[str, Any]:
    held = standing(target, reading, own, series, today)
    if reach is None:
        chance: Mapping[str, Any] = {"probability": None, "why": "No probability was asked for."}
    elif held.status == "not assessable":
        chance = {"probability": None, "why": held.reason}
    else:
        chance = reach(target, reading, own, series)
    return {
        "id": reading.id, "words": reading.words, "value": reading.amount.value if reading.amount else None,
        "unit": (reading.amount.unit if reading.amount else "") or own.unit,
        "deadline": reading.deadline.text, "deadline_day": reading.deadline.last.isoformat(),
        "status": held.status, "reason": held.reason, "expected": held.expected, "way": held.way,
        "p_reach": dict(chance),
    }  # fmt: skip


def actual_row(actual: Actual, own: Indicator) -> dict[str, Any]:
    """Return an actual as plain data, with its source and as-of day."""
    return {
        "value": actual.amount.value, "low": actual.low, "high": actual.high,
        "unit": actual.amount.unit or own.unit, "period": actual.period.text,
        "period_end": actual.period.last.isoformat(), "source": actual.source or own.source,
        "as_of": actual.as_of.isoformat() if actual.as_of else None, "definition": actual.definition or own.definition,
        "note": actual.note,
    }  # fmt: skip


def _beside(
    pack: Pack, name: str, counted: Sequence[Actual], estimates: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Return what stands beside: the indicator with what was measured last; `latest` is None where nothing was."""
    found = pair_of(pack, name) if name else None
    if found is None:
        return None
    latest = latest_of(series_of(found, counted)[0])
    shown: Mapping[str, Any] | None = None if latest is None else actual_row(latest, found)
    why_not = "" if shown else "nothing has been measured"
    if found.id in estimates:
        estimate = estimates[found.id]
        informative = bool(estimate.get("informative", True))
        shown, why_not = (estimate, "") if informative else (shown, str(estimate.get("why_not") or why_not))
    return {"id": found.id, "words": found.words or found.id, "kind": found.kind, "unit": found.unit,
            "direction": found.direction, "latest": shown, "why_not": why_not}  # fmt: skip


def _refusal(pack: Pack, target: Target, row: Mapping[str, Any]) -> str:
    """Return why a target is not shown among the results; "" where it is."""
    if not target.sound:
        mine = [one for one in pack.problems if one.target in (target.id, target.indicator)]
        said = [one for one in mine if one.severity == "error"]
        if not said:
            return f"It is to be filled in: {', '.join(dict.fromkeys(one.key for one in mine))}."
        return "The record does not hold: " + " ".join(one.problem for one in said[:3])
    if row["kind"] != "output":
        return ""
    return _unpaired(row["beside"])


def _unpaired(beside: Mapping[str, Any]) -> str:
    named = {"outcome": "outcome", "counter": "counter-indicator", "rate": "rate"}
    missing = []
    for part, words in named.items():
        pair = beside[part]
        if pair is None:
            missing.append(f"No {words} stands beside it.")
        elif pair["latest"] is None:
            missing.append(f"Its {words}, {pair['words']}, has no figure: {pair['why_not']}.")
    return " ".join(missing)


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is still said of a refused target: what was promised, in every reading, and what is missing."""
    readings = [{name: one[name] for name in ("id", "words", "value", "unit", "deadline", "deadline_day")}
                for one in row["readings"]]  # fmt: skip
    return {name: row[name] for name in _KEPT} | {"readings": readings, "beside": row["beside"]}


def _flags(pack: Pack, counted: Sequence[Actual]) -> list[Any]:
    """Return what claims contradict, with the actuals that were brought from elsewhere counted in."""
    notes = Notes({})
    check_claims(pack.claims, counted, notes)
    return notes.problems


def _claim(
    pack: Pack, claim: Claim, counted: Sequence[Actual], flags: Sequence[Any],
    estimates: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    own = pack.indicators.get(claim.indicator, Indicator(claim.indicator))
    latest = latest_of(series_of(own, counted)[0])
    beside = {part: _beside(pack, getattr(own, part), counted, estimates) for part in PAIRS}
    return {
        "id": claim.id, "row": claim.row, "document": claim.document, "quote": claim.quote,
        "indicator": own.id, "words": own.words or own.id, "kind": own.kind,
        "value": claim.amount.value if claim.amount else None, "unit": claim.amount.unit if claim.amount else "",
        "sign": claim.amount.sign if claim.amount else "", "period": claim.period.text if claim.period else None,
        "source": claim.source, "note": claim.note,
        "latest": None if latest is None else actual_row(latest, own),
        "beside": {part: one for part, one in beside.items() if one},
        "flags": [one.problem for one in flags if one.target == claim.id],
        "refused": _unpaired(beside) if own.kind == "output" else "",
    }  # fmt: skip
