"""What must hold across a pack: pairs, series, duplicates, and numbers that contradict each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from counterflow.account.indicators.amounts import as_text, same_unit
from counterflow.account.indicators.days import Period
from counterflow.account.indicators.records import Actual, Claim, Indicator, Pack, Problem, Target
from counterflow.account.indicators.tables import Notes
from counterflow.core.errors import nearest

__all__ = ["check_claims", "check_pack", "pair_of"]

#: what a template leaves to whoever fills it in
_TO_FILL = ("no-baseline", "baseline-not-stated", "no-value", "no-deadline", "no-source", "no-owner", "no-milestone",
            "source-of-indicator")  # fmt: skip
PAIRS = ("outcome", "counter", "rate")


def check_pack(pack: Pack, notes: Notes) -> Pack:
    """Return the pack with all problems listed, and its targets marked sound or not."""
    _contents(pack, notes)
    _duplicates(pack, notes)
    for target in pack.targets:
        _pairs(pack, target, notes)
        _lock(pack, target, notes)
    _series(pack, notes)
    check_claims(pack.claims, pack.actuals, notes)
    named = {name for name, one in pack.indicators.items() if any(p.target == name and p.severity == "error"
             for p in notes.problems)}  # fmt: skip
    targets = tuple(
        replace(one, sound=one.sound and not notes.errors_of(one.id) and one.indicator not in named)
        for one in pack.targets
    )
    if pack.template:
        notes.problems[:] = [replace(one, severity="note") if one.code in _TO_FILL else one for one in notes.problems]
    problems = sorted(notes.problems, key=lambda one: (one.line or 0, one.target, one.key, one.code))
    return replace(pack, targets=targets, problems=tuple(problems))


def _contents(pack: Pack, notes: Notes) -> None:
    if not (pack.targets or pack.claims or pack.commitments or pack.steps):
        hint = "Write [[target]] with id, indicator, baseline, value and deadline."
        notes.add("", ("target",), None, "empty", "The pack holds no target, claim, commitment or step.", hint)
        return
    kinds = {pack.indicators[one.indicator].kind for one in pack.targets}
    there = kinds | {one.kind for one in pack.indicators.values()}
    if "output" in kinds and not there & {"outcome"}:
        words = "The pack counts activity only: no indicator in it is an outcome."
        hint = (
            "Add what people are to gain, as deaths, violence or access to care; a board of outputs alone is refused."
        )
        notes.add("", ("indicator",), None, "output-only", words, hint)


def _duplicates(pack: Pack, notes: Notes) -> None:
    seen: dict[str, Target] = {}
    same: dict[tuple[object, ...], Target] = {}
    for target in pack.targets:
        if target.id in seen:
            words = f"The id {target.id!r} is given twice."
            _at(notes, target, "id", "duplicate-id", words, "Give each target its own id.", "error")
        seen.setdefault(target.id, target)
        for reading in target.readings:
            what = (target.indicator, reading.deadline.last, reading.amount.value if reading.amount else target.change)
            other = same.setdefault(what, target)
            if other.id != target.id:
                words = f"It promises the same as {other.id}: {target.indicator}, by {reading.deadline.text}."
                _at(notes, target, "indicator", "duplicate-target", words, "Keep one of them.", "warning")
    ids: set[str] = set()
    for claim in pack.claims:
        if claim.id in ids:
            notes.problems.append(Problem(claim.id, "id", claim.id, "duplicate-id", "The id is given twice.",
                                           "Give each its own.", "error", claim.line))  # fmt: skip
        ids.add(claim.id)


def _at(notes: Notes, target: Target, key: str, code: str, words: str, hint: str, severity: str) -> None:
    notes.problems.append(Problem(target.id, key, target.id, code, words, hint, severity, target.line))


def pair_of(pack: Pack, name: str) -> Indicator | None:
    """Return the indicator that a pair names, by id or by its words; None where the pack has none."""
    if name in pack.indicators:
        return pack.indicators[name]
    folded = name.casefold()
    return next((one for one in pack.indicators.values() if one.words.casefold() == folded), None)


def _pairs(pack: Pack, target: Target, notes: Notes) -> None:
    """An output stands beside an outcome, a counter-indicator and a rate, or it is refused."""
    own = pack.indicators[target.indicator]
    inline = all(name in {one.indicator for one in pack.targets} for name in pack.indicators)
    for part in PAIRS:
        name = getattr(own, part)
        if not name:
            if own.kind == "output":
                words = f"An output without its {_named(part)} says nothing of what came of it."
                hint = f"Write {part} = the id of the {_named(part)} that stands beside it."
                _at(notes, target, part, f"no-{part}", words, hint, "error")
            continue
        found = pair_of(pack, name)
        if found is None:
            close = nearest(name, pack.indicators)
            hint = f"Did you mean {close[0]!r}?" if close else f"Add it as an [[indicator]] of kind {part}."
            _at(notes, target, part, "unknown-indicator", f"There is no indicator {name!r} in the pack.", hint,
                "error" if own.kind == "output" and not inline else "warning")  # fmt: skip
        elif found.kind and found.kind != part and not (part == "counter" and found.kind == "outcome"):
            words = f"{found.id} is an indicator of kind {found.kind}, not {part}."
            _at(notes, target, part, "wrong-kind", words, f"Name one of kind {part}.", "error")
        elif found.id == own.id:
            _at(notes, target, part, "own-pair", "It stands beside itself.", "Name another indicator.", "error")


def _named(part: str) -> str:
    return {"outcome": "outcome", "counter": "counter-indicator", "rate": "rate"}[part]


def _lock(pack: Pack, target: Target, notes: Notes) -> None:
    """Expectations that are locked after the first actual was known were not expected."""
    if target.lock is None:
        return
    start = target.baseline.period.last if target.baseline and target.baseline.period else None
    after = [
        one for one in pack.actuals if one.indicator == target.indicator and (not start or one.period.last > start)
    ]
    first = min(after, key=lambda one: one.as_of or one.period.last, default=None)
    if first is not None and target.lock > (first.as_of or first.period.last):
        words = (
            f"Expectations are locked on {target.lock}, after the first actual, that of {first.period.text}, was known "
            f"({first.as_of or first.period.last})."
        )
        hint = "Lock before the first actual, or begin with a later period."
        _at(notes, target, "lock", "lock-after-actual", words, hint, "error")


def _series(pack: Pack, notes: Notes) -> None:
    """A series keeps its unit; a period is counted once; where it comes from is said."""
    by: dict[str, list[Actual]] = defaultdict(list)
    for one in pack.actuals:
        by[one.indicator].append(one)
    for name, rows in by.items():
        own = pack.indicators.get(name)
        if own is None:
            close = nearest(name, pack.indicators)
            hint = f"Did you mean {close[0]!r}?" if close else "Add the [[indicator]] that it counts."
            words = f"There is no indicator {name!r} in the pack."
            notes.problems.append(
                Problem(name, "indicator", name, "unknown-indicator", words, hint, "error", rows[0].line)
            )
            continue
        mine = [one.id for one in pack.targets if one.indicator == name]
        of = mine[0] if len(mine) == 1 else name
        _series_units(of, own, rows, notes)
        _series_periods(of, rows, notes)
        _series_partial(of, rows, notes)
        without = [one for one in rows if not one.source]
        if without and not own.source:
            words = f"{len(without)} of {len(rows)} actuals name no source."
            notes.problems.append(Problem(of, "source", "", "no-source", words, "Write source.", "error",
                                           without[0].line))  # fmt: skip


def _series_units(of: str, own: Indicator, rows: Sequence[Actual], notes: Notes) -> None:
    ordered = sorted(rows, key=lambda one: one.period.last)
    unit = own.unit or ordered[0].amount.unit
    for one in ordered:
        if not same_unit(unit, one.amount.unit):
            words = f"The unit of the series changes from {unit} to {one.amount.unit} in {one.period.text}."
            hint = f"Write every value in {own.unit or unit}; a series in two units is none."
            value = f"{one.amount.value:g} {one.amount.unit}"
            notes.problems.append(Problem(of, "unit", value, "unit-change", words, hint, "error", one.line))
            unit = one.amount.unit


def _series_partial(name: str, rows: Sequence[Actual], notes: Notes) -> None:
    for one in rows:
        if one.as_of is not None and one.as_of < one.period.last:
            words = (
                f"{one.period.text} ends on {one.period.last}, after the data end ({one.as_of}): a part is no whole."
            )
            hint = "Name the period that the data cover."
            value = one.as_of.isoformat()
            notes.problems.append(Problem(name, "as_of", value, "partial-period", words, hint, "warning", one.line))


def _series_periods(name: str, rows: Sequence[Actual], notes: Notes) -> None:
    seen: dict[tuple[object, ...], Actual] = {}
    for one in rows:
        key = (one.period.first, one.period.last, one.as_of, one.definition)
        other = seen.setdefault(key, one)
        if other is not one:
            words = f"{one.period.text} is counted twice as of the same day."
            notes.problems.append(Problem(name, "period", one.period.text, "duplicate-actual", words,
                                           "Give a correction its own as_of.", "error", one.line))  # fmt: skip


def check_claims(claims: Iterable[Claim], actuals: Iterable[Actual], notes: Notes) -> None:
    """Flag numbers that cannot all be right: one number for two periods, two for one, and against what was counted."""
    by: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.amount is not None and claim.period is not None and claim.indicator:
            by[claim.indicator].append(claim)
    for rows in by.values():
        for place, one in enumerate(rows):
            for other in rows[place + 1 :]:
                _against(one, other, notes)
    counted = [one for one in actuals if one.amount]
    for rows in by.values():
        for one in rows:
            _against_counts(one, [a for a in counted if a.indicator == one.indicator], notes)


def _against(one: Claim, other: Claim, notes: Notes) -> None:
    assert one.amount and other.amount and one.period and other.period  # noqa: S101, PT018 - asked before
    same_value = one.amount.value == other.amount.value and same_unit(one.amount.unit, other.amount.unit)
    same_period = _same(one.period, other.period)
    if same_value and not same_period:
        words = (
            f"Fact check: {one.id} and {other.id} give the same number, {one.amount.sign} {as_text(one.amount.value)}, "
            f"for {one.period.text} and for {other.period.text}."
        ).replace(",  ", ", ")
        hint = "Hold each against the source that counts; both stay on record with source and as-of."
        for claim, when in ((one, one.period), (other, other.period)):
            notes.problems.append(
                Problem(claim.id, "period", when.text, "fact-check", words, hint, "warning", claim.line)
            )
    elif same_period and not same_value and not (one.amount.sign or other.amount.sign):
        words = f"{one.id} and {other.id} give different numbers for {one.period.text}."
        notes.problems.append(Problem(other.id, "value", f"{other.amount.value:g}", "fact-check", words,
                                       "Say which one holds, and why.", "warning", other.line))  # fmt: skip


def _same(one: Period, other: Period) -> bool:
    return (one.first, one.last) == (other.first, other.last)


def _against_counts(claim: Claim, counted: Sequence[Actual], notes: Notes) -> None:
    assert claim.amount is not None and claim.period is not None  # noqa: S101, PT018 - asked before
    for one in counted:
        if not _same(one.period, claim.period) or not same_unit(one.amount.unit, claim.amount.unit):
            continue
        value, said = one.amount.value, claim.amount
        slack = max(said.half, abs(said.value) * 0.005)
        wrong = {
            "more than": value < said.value - slack,
            "less than": value > said.value + slack,
            "about": abs(value - said.value) > 0.15 * abs(said.value),
        }.get(said.sign, abs(value - said.value) > slack)
        if wrong:
            words = (
                f"Fact check: {said.sign + ' ' if said.sign else ''}{as_text(said.value)} is claimed for "
                f"{claim.period.text}; {as_text(value)} were counted ({one.source or 'source not given'})."
            )
            hint = "Count and claim may differ in definition or as-of; say which one holds."
            notes.problems.append(Problem(claim.id, "value", f"{said.value:g}", "fact-check", words, hint, "warning",
                                           claim.line))  # fmt: skip
