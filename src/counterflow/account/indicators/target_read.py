"""Reading one target: where it starts, what is promised, by when, in which readings, and what its words say."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from counterflow.account.indicators.amounts import Amount, read_amount, same_unit
from counterflow.account.indicators.checks_target import check_target
from counterflow.account.indicators.days import Period, read_period
from counterflow.account.indicators.keys import canonical
from counterflow.account.indicators.lines import line_of
from counterflow.account.indicators.records import Baseline, Indicator, Milestone, Reading, Target
from counterflow.account.indicators.tables import Found, Row

__all__ = ["FORMS", "read_target"]

#: when a target counts as reached
FORMS = ("level", "cumulative", "any-time")
#: what a target may say of its indicator itself
_FILLED = ("unit", "stated", "kind", "direction", "definition", "meaning", "source", "as_of", "sdg", "breaks",
           "outcome", "counter", "rate", "owner")  # fmt: skip
_WHEN = re.compile(
    r"[\s,(]*\b(?:in|by|as of|for|at the end of|at)\s+((?:the\s+end\s+of\s+)?(?:FY|fiscal)?\s*'?\d{4}.*)$",
    re.IGNORECASE,
)
_TIMES = re.compile(r"^\s*[+]?([\d.]+)\s*(?:x|×|times|-?fold)\s*$", re.IGNORECASE)


def read_target(
    row: Row, registry: Mapping[str, Indicator], indicator_of: Callable[[Row], Indicator]
) -> tuple[Target, Indicator, list[Row]]:
    """Return a target, the indicator that it is about as it now stands, and the tables of its actuals."""
    row.list_unknown()
    own = _merged(row, registry, indicator_of(row))
    baseline = _baseline(row, own)
    change = _change(row, own.direction)
    amount, when = _value(row, own)
    readings = _readings(row, own, amount, when, baseline, change)
    target = Target(
        id=row.of, indicator=own.id, readings=readings, baseline=baseline, milestones=_milestones(row, own),
        change=change, form=_form(row), quote=row.text("quote"), document=row.text("document"), row=row.text("row"),
        owner=row.text("owner") or own.owner, source=row.text("source"), lock=_lock(row),
        line=line_of(row.notes.lines, row.path),
    )  # fmt: skip
    check_target(row, target, own)
    return replace(target, sound=not row.notes.errors_of(row.of)), own, row.rows("actuals", "actual")


def _merged(row: Row, registry: Mapping[str, Indicator], said: Indicator) -> Indicator:
    """Return the indicator with what the target says of it; what contradicts the registry is listed."""
    known = registry.get(said.id)
    if known is None:
        for one in registry.values():
            if one.words and one.words.casefold() == said.id.casefold():
                known = one
    if known is None:
        return replace(said, words=said.id if row.text("indicator") else said.words)
    for name in ("unit", "kind", "direction", "definition"):
        mine, theirs = getattr(said, name), getattr(known, name)
        different = not same_unit(mine, theirs) if name == "unit" else mine != theirs
        if mine and theirs and different:
            row.problem(
                name, f"{name}-differs", f"The target says {mine!r}, its indicator {known.id} says {theirs!r}.",
                "Make them the same, or name another indicator.",
            )  # fmt: skip
    filled = {name: getattr(known, name) or getattr(said, name) for name in _FILLED}
    return replace(known, **filled)


def _baseline(row: Row, own: Indicator) -> Baseline | None:
    found = row.find("baseline")
    if found is None or not isinstance(found.value, dict):
        return _flat_baseline(row, own, found)
    inner = Row(row.of, "baseline", found.value, found.path, row.notes)
    inner.list_unknown()
    stated = inner.find("stated")
    if stated is not None and stated.value is False:
        return None
    at = inner.find("value")
    if at is None:
        inner.problem("value", "no-baseline-value", "The baseline has no value.", "Write baseline.value.")
        return None
    amount, when = _split(inner, at, inner.text("unit") or own.stated)
    period = inner.period("period") or when or inner.period("as_of")
    if amount is None:
        return None
    if period is None and inner.find("period") is None:
        inner.problem("period", "no-baseline-date", "The baseline has no day.", 'Write baseline.date = "FY 2023".')
    return Baseline(amount, period, inner.text("source"), inner.text("definition"))


def _flat_baseline(row: Row, own: Indicator, found: Found | None) -> Baseline | None:
    """Read a baseline that stands in keys of the target itself: `baseline_value`, `baseline_date` and so on."""
    at = row.find("baseline_value") or found
    if at is None or (isinstance(at.value, str) and at.value.strip().casefold() in ("not stated", "none", "unknown")):
        return None
    amount, when = _split(row, at, row.text("baseline_unit") or row.text("unit") or own.stated)
    period = row.period("baseline_date") or when
    if amount is None:
        return None
    if period is None and row.find("baseline_date") is None:
        row.problem("baseline_date", "no-baseline-date", "The baseline has no day.", 'Write baseline_date = "FY 2023".')
    return Baseline(amount, period, row.text("baseline_source"), row.text("baseline_definition"))


def _split(row: Row, at: Found, unit: str) -> tuple[Amount | None, Period | None]:
    """Return amount and day of a text that says both, as `1.2 billion doses in FY 2023`."""
    if isinstance(at.value, str):
        said = _WHEN.search(at.value)
        if said:
            try:
                when = read_period(said[1].rstrip(") ."), row.notes.fiscal)
                return read_amount(at.value[: said.start()], unit), when
            except ValueError:
                pass
    return row.amount_of(at, unit), None


def _value(row: Row, own: Indicator) -> tuple[Amount | None, Period | None]:
    at = row.find("value")
    if at is None:
        return None, None
    if isinstance(at.value, dict):
        inner = Row(row.of, "milestone", at.value, at.path, row.notes)
        return row.amount_of(at, row.text("target_unit") or own.stated), inner.period("period")
    return _split(row, at, row.text("target_unit") or row.text("unit") or own.stated)


def _change(row: Row, direction: str) -> float | None:
    """Return the relative change promised, as a share with its sign."""
    found = row.find("change")
    if found is None:
        return None
    times = _TIMES.match(found.value) if isinstance(found.value, str) else None
    if times:
        return float(times[1]) - 1
    read = row.amount_of(found, "percent" if "perc" in str(found.path[-1]) or "pct" in str(found.path[-1]) else "")
    if read is None:
        return None
    share = read.value / 100
    if not read.unit:
        if 1 < abs(read.value) <= 3:
            hint = 'Write "25 %", or a share, as 0.25.'
            row.problem("change", "change-without-unit", "It can be read as percent or as a share.", hint, "warning")
        share = read.value if abs(read.value) <= 1 else read.value / 100
    return -share if direction == "down" and share > 0 else share


def _readings(
    row: Row, own: Indicator, amount: Amount | None, when: Period | None, baseline: Baseline | None,
    change: float | None,
) -> tuple[Reading, ...]:  # fmt: skip
    """Return each way in which the target can be read; none where no deadline can be made out."""
    if amount is None and baseline is not None and change is not None:
        amount = replace(baseline.amount.scaled(1 + change), sign="")
    deadlines = _deadlines(row, when)
    made = [_reading(inner, own, amount, place) for place, inner in enumerate(row.rows("readings", "reading"))]
    read = tuple(one for one in made if one is not None)
    if not made:
        if len(deadlines) > 1:
            said = " and ".join(one.text for one in deadlines)
            hint = "Hold both: a [[target.reading]] for each, with its own deadline; the board then shows both."
            row.problem("deadline", "two-deadlines", f"The record has {len(deadlines)} deadlines: {said}.", hint)
            return ()
        return tuple(Reading("", amount, one) for one in deadlines)
    ids = [one.id for one in read]
    if len(set(ids)) < len(ids):
        row.problem("readings", "duplicate-reading", "Two readings have one id.", "Give each its own id.")
    if len(read) == 1:
        words = "One reading is no choice of readings."
        row.problem("readings", "one-reading", words, "Add the other, or write it as the deadline.", "warning")
    held = {one.deadline.last for one in read}
    for one in deadlines:
        if one.last not in held:
            words = f"The deadline {one.text} is in none of the readings."
            row.problem("deadline", "deadline-not-held", words, "Add a reading with it, or take it out.")
    return read


def _deadlines(row: Row, when: Period | None) -> list[Period]:
    found = row.find("deadline")
    if found is None:
        return [] if when is None else [when]
    said = found.value if isinstance(found.value, list) else [found.value]
    read = [row.period_of(Found(one, found.path)) for one in said]
    made = [one for one in read if one is not None]
    if when is not None:
        made.append(when)
    different: dict[dt.date, Period] = {}
    for one in made:
        different.setdefault(one.last, one)
    return list(different.values())


def _reading(row: Row, own: Indicator, amount: Amount | None, place: int) -> Reading | None:
    row.list_unknown()
    deadline = row.period("deadline")
    if deadline is None:
        if row.find("deadline") is None:
            row.problem("deadline", "no-deadline", "A reading needs its deadline.", 'Write deadline = "FY 2030".')
        return None
    said = row.amount("value", row.text("unit") or own.stated)
    return Reading(row.text("id") or f"reading-{place + 1}", said or amount, deadline, row.text("words"))


def _milestones(row: Row, own: Indicator) -> tuple[Milestone, ...]:
    made = []
    for inner in row.rows("milestones", "milestone"):
        inner.list_unknown()
        period, amount = inner.period("period"), inner.amount("value", inner.text("unit") or own.stated)
        for key, there in (("period", period), ("value", amount)):
            if there is None and inner.find(key) is None:
                inner.problem(key, f"milestone-without-{key}", f"A milestone needs its {key}.",
                              "As { date = 2027-09-30, value = 1.5e9 }.")  # fmt: skip
        if period is not None and amount is not None:
            made.append(Milestone(period, amount))
    return tuple(made)


def _form(row: Row) -> str:
    form = canonical("form", row.text("form")) or "level"
    if form not in FORMS:
        row.problem("form", "unknown-form", f"There is no form {form!r}.", f"Write one of {', '.join(FORMS)}.")
        return "level"
    return form


def _lock(row: Row) -> dt.date | None:
    found = row.find("lock")
    if found is None or isinstance(found.value, bool):
        return None
    said = found.value if isinstance(found.value, list) else [found.value]
    read = [row.period_of(Found(one, found.path)) for one in said]
    days = sorted(one.last for one in read if one is not None)
    return days[0] if days else None
