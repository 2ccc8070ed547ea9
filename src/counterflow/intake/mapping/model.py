"""What a mapping says, once it is read and found sound."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from typing import Literal

from counterflow.core.errors import ConfigError, nearest
from counterflow.intake.mapping.targets import OF_ORDERS, Kind, RecordTable
from counterflow.intake.readers.rows import FileFormat, ReaderOptions, RowSource

__all__ = ["FieldRule", "Mapping", "OnInvalid", "SameRows"]

OnInvalid = Literal["reject", "blank", "keep"]
SameRows = Literal["refuse", "keep"]


@dataclass(frozen=True, kw_only=True)
class FieldRule:
    """How one field is fed.

    Args:
        target: field of the house; repeated goods are `goods.1.hs`, `goods.2.hs`.
        columns: columns of the file; several are joined by `join`, or the first that is not empty is taken (`pick`).
        kind: how the text is read.
        join: what stands between joined columns.
        pick: take the first non-empty of `columns` instead of joining them.
        formats: date formats (strptime); empty is ISO 8601.
        timezone: zone of times that name none.
        unit: unit of a mass.
        unit_column: column that names the unit, row by row.
        decimal: decimal mark.
        thousands: mark between thousands; empty allows none.
        codes: the source's codes to ours; "" makes a code empty.
        closed: refuse values that `codes` does not list.
        required: refuse rows where it is empty.
        default: text taken where the column is empty.
        on_invalid: what an invalid value does: reject the row, blank the value, or (text) keep it; both counted.
        hs_pad: give an HS code its lost zero back; counted.
        optional: the file may lack the column; the field is then empty.
        table: what a row becomes; the words of a field depend on it.
        line: line of the mapping file.
    """

    target: str
    columns: tuple[str, ...]
    kind: Kind
    join: str = " "
    pick: bool = False
    formats: tuple[str, ...] = ()
    timezone: str = "UTC"
    unit: str = "kg"
    unit_column: str | None = None
    decimal: str = "."
    thousands: str = ""
    codes: Dictionary[str, str] = field(default_factory=dict)
    closed: bool = False
    required: bool = False
    default: str | None = None
    on_invalid: OnInvalid = "reject"
    hs_pad: bool = False
    optional: bool = False
    table: RecordTable = "consignment"
    line: int | None = None

    @property
    def all_columns(self) -> tuple[str, ...]:
        """Return every column that the rule reads."""
        return (*self.columns, self.unit_column) if self.unit_column else self.columns


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """A mapping.

    Args:
        name: its name.
        version: its version; part of every receipt.
        title: what it is for, in words.
        source: who the records come from, unless the load says otherwise.
        table: what a row becomes: a consignment, a vehicle's crossing, an order, a customer, what happened to stock.
        format: file format; None lets the file say.
        reader: how the file is read.
        fields: the rules, in order.
        constants: target to the text that every record has.
        attributes: columns carried along under their own names.
        labels: columns that say the outcome: never loaded, never carried along.
        finds: of a back-test, what a label means: (harm class, column, value), the first that a row meets.
        required: fields that coverage asks for; None leaves it to the settings.
        group_by: "record_id" where one record stands on several rows.
        synthetic: nobody ever sent these records; whatever shows them says so.
        same_rows: of orders without a number: refuse rows that came before to the letter, or keep them.
        number_rows: consignments that have no id of their own get one: the load's and the row's number.
        text: the mapping as written.
        path: where it was read, for messages.
    """

    name: str
    version: str
    title: str
    source: str | None
    format: FileFormat | None
    reader: ReaderOptions
    fields: tuple[FieldRule, ...]
    constants: Dictionary[str, str] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    finds: tuple[tuple[str, str, str], ...] = ()
    table: RecordTable = "consignment"
    required: tuple[str, ...] | None = None
    group_by: str | None = None
    synthetic: bool = False
    same_rows: SameRows = "refuse"
    number_rows: bool = False
    text: str = ""
    path: str = ""

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the mapping as written."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def identity(self) -> str:
        """Return name, version and the first digits of the text's digest, as receipts show them."""
        return f"{self.name} {self.version} {self.sha256[:12]}"

    @property
    def in_one(self) -> bool:
        """Say whether the rows of a file are converted together, because one can say what another means."""
        return self.group_by is not None or self.table in OF_ORDERS

    def hides(self, column: str) -> bool:
        """Say whether a column may not be kept, not even in quarantine.

        Labels never are. Of a crossing nothing is kept but what the mapping names: whatever else the file has may tell
        who sat in the vehicle.
        """
        if self.table == "crossing":
            return not any(column in rule.all_columns for rule in self.fields)
        return column in self.labels

    def check_columns(self, source: RowSource, file: str) -> None:
        """Raise where the file lacks a column that the mapping names.

        A file whose columns are not fixed (NDJSON, EDIFACT) is held to those columns only that a required field needs.

        Raises:
            ConfigError: names the line of the mapping, the column and the nearest columns of the file.
        """
        there = set(source.columns)
        if not there:
            return  # every row was refused: the receipt says why, row by row
        for rule in self.fields:
            if rule.optional or not (source.fixed or rule.required) or (rule.pick and there & set(rule.columns)):
                continue
            for column in rule.columns[:1] if rule.pick else rule.all_columns:
                if column not in there:
                    raise self._missing(column, rule.target, rule.line, source.columns, file)
        if source.fixed:
            for column in self.attributes:
                if column not in there:
                    raise self._missing(column, "attributes", None, source.columns, file)

    def _missing(self, column: str, target: str, line: int | None, columns: tuple[str, ...], file: str) -> ConfigError:
        where = f"{self.path}, line {line}" if line else self.path
        close = nearest(column, columns)
        shown = close or list(columns[:12])
        hint = f"{'Nearest' if close else 'Its columns'}: {', '.join(repr(c) for c in shown)}."
        return ConfigError(f"{where}: {target} reads column {column!r}, which {file} does not have.", hint=hint)
