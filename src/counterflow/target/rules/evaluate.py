"""Which records a rule meets: over columns, never record by record.

A rule looks at one goods line at a time, with the facts of its record beside it; a record is hit where one of its lines
meets the whole condition. What is empty or cannot be told is neither met nor not met (Kleene's three values): the test
fails, and so does its negation, so that a gap in the data never makes a record a hit. `is missing` asks for gaps.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.units import amount
from counterflow.target.features.lines import Lines
from counterflow.target.options import UNSCORED_CODES
from counterflow.target.rules.conditions import (
    And,
    Between,
    Compare,
    Condition,
    Finding,
    Is,
    Missing,
    New,
    Not,
    Or,
    Past,
    Rule,
    Starts,
    Test,
    Value,
)
from counterflow.target.rules.keys import column_of
from counterflow.target.rules.looking_back import History, declared_before, inspected_before
from counterflow.target.rules.names import FIELDS
from counterflow.target.rules.values import in_base_unit

__all__ = ["hits", "steps", "undecided"]

Bools = npt.NDArray[np.bool_]
_COMPARE: dict[str, Callable[..., pa.Array]] = {
    "<": pc.less, "<=": pc.less_equal, "=": pc.equal, ">=": pc.greater_equal, ">": pc.greater,
}  # fmt: skip
_COLUMNS = {"mass": "mass_kg", "value": "value", "lead": "lead_hours", "missing_fields": "missing", "pieces": "pieces"}
_LITRES = {"l", "ml"}


def hits(rule: Rule, lines: Lines, history: History | None = None) -> Bools:
    """Return for each record of `lines` whether the rule meets it (its cap apart).

    Args:
        rule: the rule.
        lines: records asked about.
        history: stored past for tests that look back; the lines themselves are past to each other by their day.
    """
    met = pc.fill_null(_Evaluation(lines, history).of(rule.condition), False)
    return _any_line(lines, met)


def undecided(rule: Rule, lines: Lines, history: History | None = None) -> Bools:
    """Return for each record whether it is no hit only because something is empty or cannot be told."""
    told = _Evaluation(lines, history).of(rule.condition)
    return _any_line(lines, pc.is_null(told)) & ~_any_line(lines, pc.fill_null(told, False))


def steps(rule: Rule, lines: Lines, history: History | None = None) -> list[tuple[Condition, int]]:
    """Return how many records are left after each test of the rule's `and`, from the first to the last.

    A line has to meet all tests so far; so the last number is that of the hits.
    """
    parts = rule.condition.parts if isinstance(rule.condition, And) else (rule.condition,)
    evaluation = _Evaluation(lines, history)
    left, found = np.ones(len(lines.row), bool), []
    for part in parts:
        met = pc.fill_null(evaluation.of(part), False)
        left &= np.asarray(met.to_numpy(zero_copy_only=False), bool)
        found.append((part, int(np.count_nonzero(np.bincount(lines.row, left, minlength=lines.records)))))
    return found


def _any_line(lines: Lines, met: pa.Array) -> Bools:
    flags = np.asarray(met.to_numpy(zero_copy_only=False), bool)
    return np.bincount(lines.row, flags, minlength=lines.records) > 0


class _Evaluation:
    """One pass over lines; what several tests read is worked out once."""

    def __init__(self, lines: Lines, history: History | None) -> None:
        self._lines = lines
        self._history = history
        self._columns: dict[str, pa.Array] = {}

    def of(self, condition: Condition) -> pa.Array:
        """Return true, false or null for each line."""
        if isinstance(condition, And | Or):
            join = pc.and_kleene if isinstance(condition, And) else pc.or_kleene
            met = self.of(condition.parts[0])
            for part in condition.parts[1:]:
                met = join(met, self.of(part))
            return met
        if isinstance(condition, Not):
            return pc.invert(self.of(condition.part))
        return self._tested(condition)

    def _tested(self, test: Test) -> pa.Array:
        match test:
            case Is(name, values):
                column = self._text(name)
                met = pc.is_in(column, value_set=pa.array(values, pa.string()))
                met = pc.if_else(pc.is_null(column), pa.scalar(None, pa.bool_()), met)
            case Starts(name, prefixes):
                met = pc.starts_with(self._text(name), prefixes[0])
                for prefix in prefixes[1:]:
                    met = pc.or_(met, pc.starts_with(self._text(name), prefix))
            case Missing(name):
                met = pc.is_null(self._any_column(name))
            case Compare(name, op, value):
                met = self._compared(name, op, value)
            case Between(name, low, high):
                met = pc.and_kleene(self._compared(name, ">=", low), self._compared(name, "<=", high))
            case New():
                met = declared_before(test, self._lines, self._history)
            case Finding():
                met = self._found(test)
            case Past():
                met = inspected_before(test, self._lines, self._history)
        return met

    def _text(self, name: str) -> pa.Array:
        if name not in self._columns:
            self._columns[name] = column_of(self._lines.table, name)
        return self._columns[name]

    def _any_column(self, name: str) -> pa.Array:
        field = FIELDS.get(name)
        if field is None or field.type in {"text", "code", "country", "choice", "party"}:
            return self._text(name)
        return self._numbers(name, "pieces" if name == "quantity" else "")

    def _compared(self, name: str, op: str, value: Value | dt.date) -> pa.Array:
        if isinstance(value, dt.date):
            return _COMPARE[op](self._lines.table.column("day"), pa.scalar(value, pa.date32())).combine_chunks()
        numbers = self._numbers(name, value.unit)
        return _COMPARE[op](numbers, pa.scalar(_bound(value), pa.float64()))

    def _numbers(self, name: str, unit: str) -> pa.Array:
        """Return the number of each line in the unit of the table; null where it has none in this measure."""
        key = f"{name}\x1f{unit}"
        if key not in self._columns:
            self._columns[key] = _no_nan(self._read_numbers(name, unit))
        return self._columns[key]

    def _read_numbers(self, name: str, unit: str) -> pa.Array:
        table = self._lines.table
        if name == "lines":
            counts = np.bincount(self._lines.row, minlength=self._lines.records)
            return pa.array(counts[self._lines.row], pa.float64())
        if name == "quantity":
            return self._quantity(unit)
        if name in {"value", "value per kg"}:
            return self._money(name, unit)
        if name in _COLUMNS:
            return _flat(table.column(_COLUMNS[name])).cast(pa.float64())
        text = self._text(name)
        reads = pc.match_substring_regex(text, r"^\s*[-+]?(\d+\.?\d*|\.\d+)\s*$")
        return pc.utf8_trim_whitespace(pc.if_else(reads, text, pa.scalar(None, pa.string()))).cast(pa.float64())

    def _quantity(self, unit: str) -> pa.Array:
        table = self._lines.table
        amounts = amount(_flat(table.column("quantity")), _flat(table.column("unit")))
        if unit == "pieces":
            return amounts.pieces
        return amounts.volume_l if unit in _LITRES else pc.divide(amounts.mass_g, 1000.0)

    def _money(self, name: str, unit: str) -> pa.Array:
        """Return values in the currency of the unit; any currency where none is named (is the field missing?)."""
        table = self._lines.table
        value = _flat(table.column("value"))
        currency = unit.partition(" ")[0]
        if currency:
            same = pc.equal(_flat(table.column("currency")), currency)
            value = pc.if_else(pc.fill_null(same, False), value, pa.scalar(None, pa.float64()))
        if name == "value":
            return value
        mass = _flat(table.column("mass_kg"))
        mass = pc.if_else(pc.greater(mass, 0.0), mass, pa.scalar(None, pa.float64()))
        return pc.divide(value, mass)

    def _found(self, test: Finding) -> pa.Array:
        """Return for each line whether its record has the finding. Names that nobody has judged are not looked at."""
        findings = self._lines.findings
        fuzzy = pc.and_(
            pc.fill_null(pc.equal(findings.column("harm_class"), "party"), False),
            pc.not_equal(findings.column("kind"), "deterministic"),
        )
        kept_out = pc.is_in(findings.column("code"), value_set=pa.array(UNSCORED_CODES, pa.string()))
        same = (
            pc.equal(findings.column("code"), test.code)
            if test.code
            else pc.fill_null(pc.equal(findings.column("harm_class"), test.harm_class), False)
        )
        strong = pc.greater_equal(findings.column("strength"), float(test.at_least))
        met = pc.and_(pc.and_(same, strong), pc.invert(pc.or_(fuzzy, kept_out)))
        record = np.zeros(self._lines.records, bool)
        record[findings.column("row").filter(met).to_numpy()] = True
        return pa.array(record[self._lines.row])


def _bound(value: Value) -> float:
    number: Decimal = in_base_unit(value)
    return float(number)


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks or [pa.array([], column.type)])


def _no_nan(numbers: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, pa.float64()))
