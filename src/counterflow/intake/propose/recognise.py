"""Recognise a file of orders, customers or stock by its headers, so that a spreadsheet can be read as it is.

Headers are matched by name, whole; a unit in a header ("Qty (kg)") is that of the column; "licence 2 number" is the
number of the second licence. How days and numbers are written is judged by all values of a column. What was read as
what is said, and so is what was not read and what is unclear: nothing is guessed.

The result is a mapping like any other: it is kept with the load, and refused rows are loaded again by it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import tomlkit

from counterflow.core.errors import InputError, UsageError, nearest
from counterflow.intake.convert.assemble import column_of
from counterflow.intake.convert.values import as_text
from counterflow.intake.mapping.model import Mapping
from counterflow.intake.mapping.parse import parse_mapping
from counterflow.intake.mapping.targets import RecordTable, default_kind
from counterflow.intake.propose.headers import BETWEEN, REQUIRED, Column, match_headers
from counterflow.intake.propose.marks_seen import NumberStyle, day_style, number_style
from counterflow.intake.propose.names import fold
from counterflow.intake.propose.order_names import NAMES_OF, TITLES
from counterflow.intake.readers import ReaderOptions, find_format, open_source
from counterflow.intake.readers.rows import RawRows, check_file

__all__ = ["Recognised", "needed_fields", "recognise"]

#: without these a file is none of its table
_NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "order": (("customer_id",), ("item", "cas", "product_code"), ("quantity", "units", "active_g")),
    "customer": (("record_id",),),
    "stock": (("item",), ("kind",), ("happened_on",), ("quantity", "units")),
}
#: fields whose unreadable values are emptied and counted, for the row says enough without them
_BLANKED = frozenset({"price", "currency", "purity_pct", "density_kg_l", "resells", "share_pct"})
#: the same of a customer: what is emptied here is asked for by name, or is a bare fact; a customer is not lost by it.
#: Not among them: what would read as better than it is when empty (first and last days that narrow, where a licence
#: holds).
_BLANKED_OF_CUSTOMER = frozenset(
    {
        "country", "established_on", "customer_since", "visited_on", "end_use_on", "research", "bank_country",
        "licence.expires_on", "licence.checked_on", "expected.quantity", "expected.period", "expected.declared_on",
        "owner.country", "owner.schema",
    }
)  # fmt: skip
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?")
_NUMERIC = frozenset({"number", "amount", "share", "integer"})
#: a workbook with several sheets: names of the one that is meant
_SHEETS = {
    "order": ("order", "orders", "sales", "order lines", "order book"),
    "customer": ("customer", "customers", "clients", "accounts", "customer file"),
    "stock": ("stock", "inventory", "stock events", "stock movements"),
}
#: what people write into a cell that is empty; NA is Namibia and stays
_EMPTY = ("-", "--", "n/a", "N/A", "n.a.", "#N/A", "null", "NULL", "none", "None", "NONE")
_MANY = 5000


@dataclass(frozen=True)
class Recognised:
    """A mapping for a file, and what a person should know of it.

    Args:
        mapping: which column feeds which field.
        said: what a person should know.
        rows: the rows, where they were asked for and reading by the mapping would give the same again; None else.
    """

    mapping: Mapping
    said: tuple[str, ...]
    rows: tuple[RawRows, ...] | None = None


def recognise(
    file: Path,
    table: RecordTable,
    *,
    date_format: str | None = None,
    options: ReaderOptions | None = None,
    keep_rows: bool = False,
    chosen: Dictionary[str, str] | None = None,
) -> Recognised:
    """Recognise the columns of a file.

    Args:
        file: CSV, XLSX, Parquet or NDJSON.
        table: "order", "customer" or "stock".
        date_format: strptime format of its days, where the person says it.
        options: how to read the file.
        keep_rows: whether to give the rows too, where they need not be read again.
        chosen: a person's own choice, column to field, in place of what the names say.

    Raises:
        InputError: the file cannot be read, or a column that is needed is not recognised.
        UsageError: the date format is none.
    """
    check_file(file)
    if date_format is not None and "%" not in date_format:
        raise UsageError(f"{date_format!r} is no date format.", hint='For example "%d/%m/%Y".')
    options = options or ReaderOptions()
    options = replace(options, null=options.null or _EMPTY)
    form = options.format or find_format(file)
    if form == "edifact":
        raise InputError("An EDIFACT message has no headers to go by.", hint="Name a mapping with --map.", file=file)
    source = open_source(file, replace(options, sheet_called=_SHEETS[table]))
    options = replace(options, sheet=options.sheet or getattr(source, "sheet_by_name", None))
    batches = tuple(source.batches())
    values = _values(source.columns, batches)
    found = match_headers(tuple(values), table, values)
    if chosen is not None:
        by_name = {(column.name, column.target): column for column in found}
        found = [by_name.get(pair, Column(*pair)) for pair in chosen.items() if pair[0] in values]
    _need(found, table, tuple(values), file)
    writer = _Writer(table, values, comma_file=getattr(source, "delimiter", ",") == ";", date_format=date_format)
    text = writer.toml(found, form, options)
    mapping = parse_mapping(text, f"columns of {file.name}")
    # Cells of CSV are text whatever a mapping says of them; those of a workbook are written as it wants them.
    same = keep_rows and form == "csv" and mapping.reader == replace(options, format="csv", sheet=None, sheet_called=())
    return Recognised(mapping, (*_told(found), *writer.said), batches if same else None)


def needed_fields(table: str) -> tuple[tuple[str, ...], ...]:
    """Return the fields without which a file is none of its table; of each group one is enough."""
    return _NEEDED[table]


def _values(columns: Sequence[str], batches: Sequence[RawRows]) -> dict[str, pa.Table]:
    """Return, per column, its distinct values with how many rows hold each, as text."""
    names = dict.fromkeys([*columns, *(name for batch in batches for name in batch.table.column_names)])
    counted = {}
    for name in names:
        arrays = [
            as_text(column_of(batch.table, name)).drop_null() for batch in batches if name in batch.table.column_names
        ]
        counts = pc.value_counts(pa.chunked_array(arrays, pa.string()))
        flat = counts.combine_chunks() if isinstance(counts, pa.ChunkedArray) else counts
        counted[name] = pa.table({"value": flat.field("values"), "count": flat.field("counts")})
    return counted


def _need(found: list[Column], table: RecordTable, headers: tuple[str, ...], file: Path) -> None:
    fed = {re.sub(r"\.\d\.", ".", c.target) for c in found}
    for choices in _NEEDED[table]:
        if not fed.intersection(choices):
            known = [name for target in choices for name in NAMES_OF[table][target]]
            close = [h for h in headers if nearest(fold(h), known)]
            near = f" Is it {close[0]!r}?" if close else ""
            wanted = TITLES.get(choices[0], choices[0])
            message = f"No column is recognised as the {wanted} of {_A[table]}; there are"
            write = f"counterflow intake map FILE --table {table} --out M.toml"
            if len(headers) == 1:
                near += " It has one column only: are its columns parted by comma, semicolon, tab or bar?"
            raise InputError(
                f"{message} {', '.join(map(repr, headers[:20]))}.{near}",
                hint=f"Call it {', '.join(known[:4])} …, or write a mapping: {write}.",
                file=file,
            )


_A = {"order": "an order", "customer": "a customer", "stock": "an event of stock"}


def _told(found: list[Column]) -> list[str]:
    pairs = []
    for column in found:
        title = TITLES.get(column.target, column.target.replace("_", " "))
        unit = f" in {column.unit}" if column.unit else ""
        pairs.append(f"{column.name!r} as {title}{unit}")
    return [f"Read by their names: {'; '.join(pairs)}."]


# -- the mapping ------------------------------------------------------------------------------------------------------


class _Writer:
    """Writes the mapping, and collects what a person should know."""

    def __init__(
        self, table: RecordTable, values: dict[str, pa.Table], *, comma_file: bool, date_format: str | None
    ) -> None:
        self.table, self.values, self.comma_file, self.date_format = table, values, comma_file, date_format
        self.said: list[str] = []
        self._file_marks: tuple[str, str] | None = None
        self._styles: dict[str, NumberStyle] = {}

    def toml(self, found: list[Column], form: str, options: ReaderOptions) -> str:
        """Return the mapping as TOML."""
        document = tomlkit.document()
        head = tomlkit.table()
        title = "Columns recognised by their names; read it through before you keep it"
        for key, value in (("name", f"recognised-{self.table}"), ("version", "1"), ("title", title)):
            head.add(key, value)
        for key, value in (
            ("source", f"{self.table}s".replace("stocks", "stock")),
            ("table", self.table),
            ("format", form),
        ):
            head.add(key, value)
        document.add("mapping", head)
        reader = {
            "encoding": options.encoding, "sheet": options.sheet, "skip_lines": options.skip_lines,
            "null": list(options.null),
        }  # fmt: skip
        document.add("reader", {k: v for k, v in reader.items() if v})
        constants = self._constants(found)
        if constants:
            document.add("constants", constants)
        self._file_marks = self._marks_of_file(found)
        fields: dict[str, object] = {}
        repeated: dict[str, dict[str, dict[str, object]]] = {}
        groups = {m[1] for c in found if (m := re.match(r"(\w+)\.\d\.", c.target))}
        for column in found:
            self._place(column, groups, fields, repeated)
        document.add("fields", fields)
        for group, numbered in repeated.items():
            entries = tomlkit.aot()
            for number in sorted(numbered):
                entries.append(tomlkit.item(numbered[number]))
            document.add(group, entries)
        return tomlkit.dumps(document)

    def _place(
        self,
        column: Column,
        groups: set[str],
        fields: dict[str, object],
        repeated: dict[str, dict[str, dict[str, object]]],
    ) -> None:
        group, _, rest = column.target.partition(".")
        rule = self._rule(column)
        if not rest:
            fields[column.target] = rule
        elif group in groups:
            number, _, field = rest.partition(".") if rest[0].isdigit() else ("1", "", rest)
            repeated.setdefault(group, {}).setdefault(number, {})[field] = rule
        else:
            inner = fields.setdefault(group, {})
            if isinstance(inner, dict):
                inner[rest] = rule

    def _constants(self, found: list[Column]) -> dict[str, object]:
        fed = {c.target for c in found}
        made: dict[str, object] = {}
        for column in found:
            unit_of_it = "unit" if column.target == "quantity" else "expected.unit"
            if column.unit and column.target != "pack" and unit_of_it not in fed:
                _put(made, unit_of_it, column.unit)
            if column.unit and column.target == "pack" and "pack_unit" not in fed:
                made["pack_unit"] = column.unit
            if column.period and "expected.period" not in fed:
                _put(made, "expected.period", column.period)
        if self.table == "order" and "kind" not in fed:
            self.said.append("No column says what moved: every row is read as a sale.")
        if self.table == "order" and "ordered_on" not in fed:
            self.said.append("No column is recognised as the day of the order: rows have none.")
        if self.table == "order" and "record_id" not in fed:
            self.said.append("No column is recognised as the order's number: rows get one made of what they say.")
        if self.table in {"order", "stock"} and "unit" not in fed and "unit" not in made and "quantity" in fed:
            self.said.append("No column of units: a quantity has the unit that its cell says, or none.")
        return made

    def _rule(self, column: Column) -> dict[str, object]:
        plain = re.sub(r"\.\d\.", ".", column.target)
        kind = default_kind(plain, self.table)
        rule: dict[str, object] = {"column": column.name}
        if plain in REQUIRED:
            rule["required"] = True
        if plain.rpartition(".")[2] in _BLANKED or (self.table == "customer" and plain in _BLANKED_OF_CUSTOMER):
            rule["on_invalid"] = "blank"
        if kind == "date":
            self._say_days(column, rule)
        if kind in _NUMERIC:
            self._say_marks(column, rule)
        if kind == "share" and ("%" in column.name or re.search(r"pct|percent", column.name, re.IGNORECASE)):
            rule["unit"] = "%"
        return rule

    def _say_days(self, column: Column, rule: dict[str, object]) -> None:
        table = self.values[column.name]
        if self.date_format is not None:
            # A column of ISO days, or of a spreadsheet's own, says all itself: two files are not always written alike.
            if not all(_ISO_DAY.fullmatch(text) for text in table.column("value").to_pylist()):
                rule["format"] = [self.date_format]
            return
        days: Counter[str] = Counter()
        for text, count in zip(table.column("value").to_pylist(), table.column("count").to_pylist(), strict=True):
            days.update(
                dict.fromkeys(BETWEEN.split(text.strip()), count) if column.target.count(".") else {text: count}
            )
        style = day_style(days)
        if style.format:
            rule["format"] = [style.format]
            self.said.append(f"{column.name!r} has days as {style.format}.")
        if style.unclear:
            self.said.append(f"{column.name!r}: {style.unclear}. Such rows are refused; each says what to do.")

    def _say_marks(self, column: Column, rule: dict[str, object]) -> None:
        style = self._style(column)
        decimal, thousands = style.decimal, style.thousands
        if not style.said and self._file_marks is not None:
            decimal, thousands = self._file_marks
        elif style.unclear:
            self.said.append(f"{column.name!r}: {style.unclear}. Such rows are refused; write them without the mark.")
        if thousands and not any(thousands in text for text in self._texts(column)):
            thousands = ""
        if decimal != ".":
            rule["decimal"] = decimal
            self.said.append(f"{column.name!r} has decimal commas.")
        if thousands:
            rule["thousands"] = thousands

    def _style(self, column: Column) -> NumberStyle:
        if column.name not in self._styles:
            self._styles[column.name] = number_style(self._texts(column), comma_file=self.comma_file)
        return self._styles[column.name]

    def _texts(self, column: Column) -> list[str]:
        marked = self.values[column.name].column("value")
        marked = marked.filter(pc.match_substring_regex(marked, "[.,]"))
        return [str(text) for text in marked.slice(0, 20 * _MANY).to_pylist()]

    def _marks_of_file(self, found: list[Column]) -> tuple[str, str] | None:
        """Return the marks that the columns of numbers agree on, where one of them says."""
        said = set()
        for column in found:
            if default_kind(re.sub(r"\.\d\.", ".", column.target), self.table) in _NUMERIC:
                style = self._style(column)
                if style.said:
                    said.add((style.decimal, "." if style.decimal == "," else ","))
        return said.pop() if len(said) == 1 else None


def _put(made: dict[str, object], target: str, value: str) -> None:
    group, _, field = target.partition(".")
    if not field:
        made[group] = value
        return
    inner = made.setdefault(group, {})
    if isinstance(inner, dict):
        inner[field] = value
