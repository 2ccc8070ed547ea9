"""Read a file of orders, customers, stock or consignments without a workspace: a spreadsheet is enough.

The same reading, the same refusals and the same counts as a load; only nothing is stored. Within the file an order that
corrects another takes its place, as it would in a workspace.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError, UsageError
from counterflow.core.standing import standing
from counterflow.core.tables import (
    CONSIGNMENT,
    CUSTOMER,
    CUSTOMER_EXPECTED,
    CUSTOMER_LICENCE,
    CUSTOMER_OWNER,
    GOODS_LINE,
    ORDER_LINE,
    PARTY,
    QUARANTINE,
    STOCK_EVENT,
)
from counterflow.intake.convert.rows import Converter, Piece
from counterflow.intake.load import pieces, reader_options
from counterflow.intake.mapping.model import Mapping
from counterflow.intake.readers import open_source
from counterflow.intake.readers.rows import RawRows, check_file

__all__ = ["ReadFile", "StandaloneTable", "read_file"]

StandaloneTable = Literal["order", "customer", "stock", "consignment"]
_TABLES: dict[StandaloneTable, dict[str, pa.Schema]] = {
    "order": {"order_line": ORDER_LINE},
    "customer": {
        "customer": CUSTOMER,
        "customer_licence": CUSTOMER_LICENCE,
        "customer_expected": CUSTOMER_EXPECTED,
        "customer_owner": CUSTOMER_OWNER,
    },
    "stock": {"stock_event": STOCK_EVENT},
    "consignment": {"consignment": CONSIGNMENT, "goods_line": GOODS_LINE, "party": PARTY},
}


@dataclass(frozen=True)
class ReadFile:
    """A file that was read; `read` = `accepted` + rows of `refused`, always.

    Args:
        tables: table of the house to its rows.
        read: rows of the file.
        accepted: rows taken.
        refused: rows that could not be taken, as the quarantine table holds them: row, line, column, value, reason,
            hint, and the row as read.
        said: what a person should know: which column was read as what, what was left out, what was read how.
        mapping: the mapping that was used.
        replaced: of orders, rows that were taken and whose place another row of the file takes: `row`, `record_id`.
    """

    tables: dict[str, pa.Table]
    read: int
    accepted: int
    refused: pa.Table
    said: tuple[str, ...]
    mapping: Mapping
    replaced: pa.Table | None = None


@dataclass
class _AsRead:
    """Rows that were read when their columns were recognised: a large file is read once."""

    columns: tuple[str, ...]
    fixed: bool
    rows: tuple[RawRows, ...]

    def batches(self) -> Iterator[RawRows]:
        return iter(self.rows)


def read_file(
    file: Path,
    mapping: Mapping | None,
    *,
    table: StandaloneTable,
    source: str = "file",
    now: dt.datetime,
    date_format: str | None = None,
) -> ReadFile:
    """Read `file` as orders, customers, stock or consignments.

    Args:
        file: CSV, XLSX, Parquet or NDJSON.
        mapping: which column feeds which field; None recognises the columns by their names, and says so.
        table: what a row of the file is.
        source: who the records come from.
        now: when they are first seen.
        date_format: strptime format of the days, where no mapping says it.

    Raises:
        InputError: the file cannot be read, holds no row, or its columns are not recognised.
        ConfigError: the mapping names a column that the file does not have.
        UsageError: the mapping makes something else of a row.
    """
    check_file(file)
    if mapping is not None and date_format is not None:
        raise UsageError("--dates goes with columns read by their names; a mapping has its own format.")
    said: tuple[str, ...] = ()
    held: tuple[RawRows, ...] | None = None
    if mapping is None:
        from counterflow.intake.propose.recognise import recognise

        if table == "consignment":
            raise UsageError("Consignments are read under a mapping.", hint="Name one with --map.")
        recognised = recognise(file, table, date_format=date_format, keep_rows=True)
        mapping, said, held = recognised.mapping, recognised.said, recognised.rows
        del recognised
    if mapping.table != table:
        raise UsageError(
            f"The mapping {mapping.name} makes a row a {mapping.table}, and a {table} is wanted.",
            hint=f"Name a mapping of table {table!r}, or none: the columns are then recognised by their names.",
        )
    rows = open_source(file, reader_options(mapping))
    mapping.check_columns(rows, file.name)
    converter = Converter(mapping, source=source, batch="file", first_seen=now, required=mapping.required or ())
    given = rows if held is None else _AsRead(rows.columns, rows.fixed, held)
    del held
    made = list(pieces(converter, given, grouped=mapping.in_one))
    del given
    read = sum(piece.read for piece in made)
    if read == 0:
        raise InputError("The file has no row: only a header, or empty lines.", file=file)
    notes: Counter[str] = sum((piece.warnings for piece in made), Counter())
    tables = {name: _joined([p.tables[name] for p in made], schema) for name, schema in _TABLES[table].items()}
    replaced = None
    if table == "order":
        tables["order_line"], replaced = _stood(tables["order_line"], made)
    used = {c for rule in mapping.fields for c in rule.all_columns} | set(mapping.attributes) | set(mapping.labels)
    unread = [c for c in rows.columns if c not in used]
    absent = [c for rule in mapping.fields if rule.optional for c in rule.columns if c not in rows.columns]
    said += (f"Not read: {', '.join(unread)}.",) if unread else ()
    said += (f"Not in the file, left empty: {', '.join(absent)}.",) if absent and rows.columns else ()
    said += tuple(f"{note}: {count:,} rows." for note, count in sorted(notes.items()))
    return ReadFile(
        tables=tables,
        read=read,
        accepted=sum(piece.accepted for piece in made),
        refused=_joined([p.tables["quarantine"] for p in made], QUARANTINE),
        said=said,
        mapping=mapping,
        replaced=replaced,
    )


def _stood(lines: pa.Table, made: list[Piece]) -> tuple[pa.Table, pa.Table]:
    """Return the lines that stand, and the rows of the file whose place another takes."""
    taken = pa.concat_tables([piece.orders for piece in made if piece.orders is not None])
    own = taken.filter(pc.invert(taken["gone"]))
    stood = standing(lines.append_column("_row", own["row"]))
    away = pc.invert(pc.is_in(taken["row"], value_set=stood["_row"].combine_chunks()))
    return stood.drop_columns(["_row"]), taken.filter(away).select(["row", "record_id"])


def _joined(parts: list[pa.Table], schema: pa.Schema) -> pa.Table:
    return pa.concat_tables(parts) if parts else schema.empty_table()
