"""What must hold within one target: where its numbers come from, its days, its units, its path, its own words."""

from __future__ import annotations

import re
from itertools import pairwise

from counterflow.account.indicators.amounts import Amount, as_text, same_unit, unit_name
from counterflow.account.indicators.days import years_in
from counterflow.account.indicators.records import Indicator, Reading, Target
from counterflow.account.indicators.tables import Row

__all__ = ["check_target", "promised_change"]

_UP = re.compile(
    r"\b(?:increas|rais|grow|expand|up)\w*\s+by\s+(?:at least\s+|about\s+)?([\d.,]+)\s*(?:%|per\s?cent)", re.IGNORECASE
)
_DOWN = re.compile(
    r"\b(?:reduc|decreas|cut|lower|fall|down)\w*\s+by\s+(?:at least\s+|about\s+)?([\d.,]+)\s*(?:%|per\s?cent)",
    re.IGNORECASE,
)
#: half a percentage point: what a whole per cent may have been rounded by
_HALF_PERCENT = 0.005
_LONGEST_YEAR = 366


def check_target(row: Row, target: Target, own: Indicator) -> None:
    """List what does not hold in `target`; `own` is its indicator as it stands."""
    _said(row, target, own)
    _days(row, target)
    _units(row, target, own)
    _definitions(row, target, own)
    _ways(row, target, own)
    _percent(row, target)
    _path(row, target, own)
    _words(row, target)


def _said(row: Row, target: Target, own: Indicator) -> None:
    if not row.text("indicator") and not own.words:
        row.problem("indicator", "no-indicator", "It does not say what is measured.", "Write indicator.")
    baseline_source = target.baseline.source if target.baseline else ""
    fallback = baseline_source or own.source
    if not target.source and fallback:
        words = f"The promise names no source of its own; that of its numbers is taken: {fallback}."
        hint = "Write source: where the promise stands, and in which edition."
        row.problem("source", "source-of-indicator", words, hint, "warning")
    elif not target.source:
        words = "It has no source: nobody can check who promised this, or who counted the baseline."
        row.problem("source", "no-source", words, "Write source: who says so, in which edition.")
    for key in ("unit", "kind", "direction"):
        if not getattr(own, key) and not (key != "unit" and row.find(key)):
            hint = {
                "unit": "Write unit, as doses, percent, or deaths per 100,000.",
                "kind": "Write kind: input, output, outcome, counter or rate.",
                "direction": "Write direction: up or down; it says which way is better.",
            }[key]
            if key == "unit" and _unit_of_amounts(target):
                continue
            row.problem(key, f"no-{key}", f"It has no {key}.", hint)
    for key, there in (("definition", own.definition), ("owner", target.owner)):
        if not there:
            hint = {"definition": "Write definition_version; without it a change of definition goes unseen.",
                    "owner": "Write owner: who answers for it."}[key]  # fmt: skip
            row.problem(key, f"no-{key}", f"It names no {key}.", hint, "warning")
    if target.baseline is None and not any(p.target == target.id and "baseline" in p.key for p in row.notes.problems):
        found = row.find("baseline")
        declared = found is not None
        words = (
            "The source states no baseline: nobody can say how far it has come." if declared else "It has no baseline."
        )
        hint = "Find the value that it starts from, with its day and source."
        row.problem("baseline", "baseline-not-stated" if declared else "no-baseline", words, hint,
                    "warning" if declared else "error")  # fmt: skip


def _unit_of_amounts(target: Target) -> str:
    amounts = [r.amount for r in target.readings] + ([target.baseline.amount] if target.baseline else [])
    return next((one.unit for one in amounts if one is not None and one.unit), "")


def _days(row: Row, target: Target) -> None:
    if not target.readings and not row.find("deadline") and not row.rows("readings", "reading"):
        row.problem("deadline", "no-deadline", "It has no deadline.", 'Write deadline = "FY 2030", or 2030-09-30.')
    start = target.baseline.period if target.baseline else None
    for reading in target.readings:
        if start is not None and reading.deadline.last <= start.last:
            same = reading.deadline.last == start.last
            words = (
                f"The deadline {reading.deadline.text} {'is on' if same else 'is before'} the day of the baseline, "
                f"{start.text}."
            )
            hint = "Mend whichever of the two is wrong."
            row.problem("deadline", "deadline-before-baseline", words, hint, value=reading.deadline.text)
    for reading in target.readings:
        if (reading.deadline.last - reading.deadline.first).days > _LONGEST_YEAR:
            words = f"The deadline {reading.deadline.text} is a stretch of years, not a day."
            hint = "Write its last year, or hold each end as a [[target.reading]]."
            row.problem("deadline", "deadline-is-a-span", words, hint, value=reading.deadline.text)
    if len(target.readings) > 1:
        words = f"It is held in {len(target.readings)} readings: {', '.join(one.id for one in target.readings)}."
        hint = "The board shows each; ask the author which one was meant."
        ids = ", ".join(one.id for one in target.readings)
        row.problem("readings", "readings-held", words, hint, "note", ids)
    if target.lock is not None:
        for reading in target.readings:
            if target.lock > reading.deadline.last:
                words = f"Expectations would be locked on {target.lock}, after the deadline {reading.deadline.text}."
                row.problem("lock", "lock-after-deadline", words, "Lock before what is expected can be known.")


def _units(row: Row, target: Target, own: Indicator) -> None:
    base = target.baseline.amount if target.baseline else None
    for name, amount in _amounts(target):
        if not same_unit(amount.unit, own.unit):
            words = f"It is in {amount.unit}, its indicator in {own.unit}."
            row.problem(
                name, "unit-differs", words, f"Write it in {own.unit}.", value=f"{amount.value:g} {amount.unit}"
            )
        elif base is not None and not same_unit(amount.unit, base.unit):
            words = f"The unit changes from {base.unit} in the baseline to {amount.unit}."
            row.problem(
                name, "unit-change", words, f"Write both in {base.unit}.", value=f"{amount.value:g} {amount.unit}"
            )
        elif unit_name(amount.unit or own.unit) == "percent" and amount.value > 100:
            row.problem(name, "over-100", "A share of more than 100 percent.", "Mend the value or the unit.", "warning")
        elif unit_name(amount.unit or own.unit) == "share" and amount.value > 1:
            row.problem(name, "over-1", "A share of more than 1.", "Write it as percent, or mend it.", "warning")


def _amounts(target: Target) -> list[tuple[str, Amount]]:
    found = [("baseline", target.baseline.amount)] if target.baseline else []
    found += [("value", one.amount) for one in target.readings if one.amount is not None]
    return found + [("milestones", one.amount) for one in target.milestones]


def _definitions(row: Row, target: Target, own: Indicator) -> None:
    said = target.baseline.definition if target.baseline else ""
    if not said or not own.definition or said == own.definition:
        return
    if any(one.linked for one in own.breaks):
        return
    words = f"The baseline follows definition {said!r}, the indicator {own.definition!r}."
    hint = (
        "Restate the baseline under the new definition, or add a [[break]] with linked = true if it was carried over."
    )
    row.problem("baseline_definition", "definition-differs", words, hint, value=said)


def _ways(row: Row, target: Target, own: Indicator) -> None:
    """Hold the direction against the values and the change that is promised."""
    base = target.baseline.amount if target.baseline else None
    sign = {"up": 1, "down": -1}.get(own.direction)
    for reading in target.readings:
        if reading.amount is None:
            if target.change is None and not any(
                p.target == target.id and p.key == "value" for p in row.notes.problems
            ):
                row.problem("value", "no-value", "It does not say what is to be reached.", "Write value, or change.")
            continue
        if base is None or sign is None or not same_unit(base.unit, reading.amount.unit):
            continue
        step = (reading.amount.value - base.value) * sign
        if step < 0:
            words = (
                f"Better is {own.direction}, yet it goes from {as_text(base.value)} to {as_text(reading.amount.value)}."
            )
            row.problem(
                "direction", "direction-and-values", words, "Mend the direction or a value.", value=own.direction
            )
        elif step == 0:
            words = "The value to be reached is that of the baseline: nothing is promised."
            row.problem(
                "value", "nothing-promised", words, "Mend one of them, or say that it is to be held.", "warning"
            )


def promised_change(quote: str) -> float | None:
    """Return the relative change that a sentence promises, as a share with its sign; None where it names none.

    >>> promised_change("production potential of cocaine is reduced by 33% by 2030")
    -0.33
    """
    for pattern, sign in ((_UP, 1), (_DOWN, -1)):
        found = pattern.search(quote)
        if found and found[1].strip(".,"):
            try:
                return sign * float(found[1].strip(".,").replace(",", "")) / 100
            except ValueError:
                return None
    return None


def _percent(row: Row, target: Target) -> None:
    """Hold the percentage against the two numbers, allowing for the digits that rounding hid."""
    base = target.baseline.amount if target.baseline else None
    quoted = promised_change(target.quote)
    if target.change is not None and quoted is not None and abs(target.change - quoted) > _HALF_PERCENT:
        words = f"The quote says {quoted:+.0%}, the record {target.change:+.0%}."
        row.problem("change", "change-and-quote", words, "Mend one of them.")
    change = target.change if target.change is not None else quoted
    for reading in target.readings:
        if change is None or base is None or reading.amount is None or not same_unit(base.unit, reading.amount.unit):
            continue
        if base.value == 0:
            words = "A relative change from nothing means nothing."
            row.problem("change", "change-from-zero", words, "Give the value to be reached instead.")
            continue
        low, high = _ratio(base, reading)
        if not low - _HALF_PERCENT <= change <= high + _HALF_PERCENT:
            exact = reading.amount.value / base.value - 1
            words = (
                f"{change:+.4g} as a share is promised ({change:+.0%}), yet {as_text(base.value)} to "
                f"{as_text(reading.amount.value)} is {exact:+.1%}."
            )
            leads = as_text(base.value * (1 + change))
            hint = f"{change:+.0%} of {as_text(base.value)} leads to {leads}: mend one of them."
            key = "change" if row.find("change") else "value"
            row.problem(key, "percent-and-numbers", words, hint, value=f"{change:+.0%}")


def _ratio(base: Amount, reading: Reading) -> tuple[float, float]:
    """Return the least and the most that the relative change can be, as the numbers were rounded."""
    to = reading.amount
    assert to is not None  # noqa: S101 - asked before
    ends = [
        (to.value + a * to.half) / (base.value + b * base.half) - 1
        for a in (-1, 1)
        for b in (-1, 1)
        if base.value + b * base.half
    ]
    return min(ends), max(ends)


def _path(row: Row, target: Target, own: Indicator) -> None:
    """Hold milestones against each other, the baseline and what is to be reached."""
    steps = target.milestones
    if not steps:
        return
    for before, after in pairwise(steps):
        if after.period.last <= before.period.last:
            same = after.period.last == before.period.last
            told = "is there twice" if same else f"stands after {before.period.text}"
            words = f"The milestone {after.period.text} {told}."
            row.problem("milestones", "milestones-out-of-order", words, "Put them in order of time.",
                        value=after.period.text)  # fmt: skip
    ends = [one for one in target.readings if one.amount is not None]
    last = max(ends, key=lambda one: one.deadline.last, default=None)
    start = target.baseline
    for one in steps:
        if start is not None and start.period is not None and one.period.last <= start.period.last:
            words = f"The milestone {one.period.text} is not after the baseline, {start.period.text}."
            row.problem("milestones", "milestone-before-baseline", words, "Mend its day.", value=one.period.text)
        if last is not None and one.period.last > last.deadline.last:
            words = f"The milestone {one.period.text} is after the deadline, {last.deadline.text}."
            row.problem("milestones", "milestone-after-deadline", words, "Mend its day.", value=one.period.text)
    _levels(row, target, own, last)


def _levels(row: Row, target: Target, own: Indicator, last: Reading | None) -> None:
    ordered = sorted(target.milestones, key=lambda one: one.period.last)
    goal = last.amount.value if last is not None and last.amount is not None else None
    base = target.baseline.amount.value if target.baseline else None
    sign = {"up": 1.0, "down": -1.0}.get(own.direction)
    if sign is None:
        if goal is None or base is None or goal == base:
            return
        sign = 1.0 if goal > base else -1.0
    before = base
    for one in ordered:
        value = one.amount.value
        said = f"{as_text(value)} in {one.period.text}"
        if goal is not None and (value - goal) * sign > 0:
            words = f"The milestone {said} lies beyond what is to be reached, {as_text(goal)}."
            row.problem("milestones", "milestone-off-path", words, "Mend it or the target.", value=said)
        elif before is not None and (value - before) * sign < 0:
            words = f"The milestone {said} goes back: {as_text(before)} stands before it."
            row.problem("milestones", "milestone-off-path", words, "Mend one of them.", value=said)
        elif last is not None and goal is not None and one.period.last == last.deadline.last and value != goal:
            words = f"The milestone {said} is due with the target, and another value, {as_text(goal)}."
            row.problem("milestones", "milestone-off-path", words, "Mend one of them.", value=said)
        before = value


def _words(row: Row, target: Target) -> None:
    """Hold the deadlines that the quote names against those of the record: one sentence may name two."""
    if not target.quote:
        return
    start = target.baseline.period.last.year if target.baseline and target.baseline.period else 0
    named = [(year, fiscal) for year, fiscal in years_in(target.quote) if year > start]
    different = list(dict.fromkeys(year for year, _ in named))
    held = {_named_year(one) for one in target.readings}
    if len(different) > 1 and not set(different) <= held:
        said = " and ".join(f"{'FY ' if fiscal else ''}{year}" for year, fiscal in named)
        words = f"The quote names {len(different)} deadlines: {said}."
        hint = "Hold both: a [[target.reading]] for each, with its own deadline; the board then shows both, never one."
        row.problem("quote", "two-deadlines", words, hint)
    elif len(different) == 1 and held and different[0] not in held:
        words = f"The quote says {different[0]}, the record {', '.join(str(year) for year in sorted(held))}."
        row.problem("deadline", "deadline-and-quote", words, "Mend one of them.")


def _named_year(reading: Reading) -> int:
    """Return the year that a deadline is named for: FY 2030 and 2030-09-30 are both 2030."""
    return reading.deadline.last.year
