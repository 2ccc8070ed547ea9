"""A first look at a file that nobody has described: its columns, and what a row of it most likely is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError
from counterflow.intake.convert.assemble import column_of
from counterflow.intake.convert.values import as_text
from counterflow.intake.mapping.targets import RecordTable
from counterflow.intake.propose.choose import BY_CONTENT, first_rows, propose_mapping
from counterflow.intake.propose.headers import match_headers
from counterflow.intake.propose.names import fold
from counterflow.intake.propose.profile import ColumnProfile, profile_column
from counterflow.intake.propose.recognise import needed_fields
from counterflow.intake.readers import ReaderOptions, find_format, open_source
from counterflow.intake.readers.rows import FileFormat, check_file

__all__ = ["KINDS_OF_ROWS", "FirstLook", "RowsOf", "first_look"]

#: what a row can be: a record table, or a name and no more
RowsOf = Literal["consignment", "order", "customer", "stock", "party"]
KINDS_OF_ROWS: Mapping[RowsOf, str] = {
    "consignment": "something sent: a parcel, a declaration, a container",
    "order": "an order, sale or purchase of a product",
    "customer": "a customer's file",
    "stock": "a movement of stock",
    "party": "a person or a firm: only the name is looked up, nothing is kept",
}
_OF_ORDERS: tuple[RowsOf, ...] = ("order", "customer", "stock")
#: rows looked at
_SAMPLE = 2_000
_MOST_COLUMNS = 500
#: headers of a plain list of names
PARTY_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "full_name", "party", "party_name", "company", "company_name", "firm", "query", "entity", "person",
             "nombre", "nom", "vendor", "supplier", "customer", "customer_name", "client"),
    "schema": ("schema", "entity_type", "party_type"),
    "born": ("born", "date_of_birth", "birth_date", "birthdate", "dob", "year_of_birth"),
    "country": ("country", "country_code", "pais", "pays", "land"),
    "address": ("address", "street", "addr", "adresse", "direccion"),
    "identifier": ("identifier", "passport", "tax_id", "registration", "registration_number", "imo", "vat", "lei"),
}  # fmt: skip


@dataclass(frozen=True)
class FirstLook:
    """What was seen.

    Args:
        form: format of the file.
        rows: rows looked at.
        columns: its columns, with their first values.
        labels: columns that say what an inspection found: never loaded.
        offers: what a row may be, to column and field; the likeliest first.
    """

    form: FileFormat
    rows: int
    columns: tuple[ColumnProfile, ...]
    labels: tuple[str, ...]
    offers: Mapping[RowsOf, Mapping[str, str]]

    @property
    def likely(self) -> RowsOf:
        """What a row most likely is."""
        return next(iter(self.offers))


def first_look(file: Path, options: ReaderOptions | None = None) -> FirstLook:
    """Look at the first rows of a file.

    Args:
        file: CSV, XLSX, Parquet or NDJSON.
        options: how to read it.

    Raises:
        InputError: the file cannot be read, has no row, or has no columns to go by.
    """
    check_file(file)
    options = replace(options or ReaderOptions(), batch_rows=_SAMPLE)
    form = options.format or find_format(file)
    if form == "edifact":
        raise InputError(
            "An EDIFACT message has places and no columns.",
            hint="Load it on the command line: counterflow intake load FILE --map cuscar.",
            file=file.name,
        )
    table = first_rows(open_source(file, options), file).slice(0, _SAMPLE)
    if table.num_columns > _MOST_COLUMNS:
        raise InputError(
            f"The file has {table.num_columns:,} columns; {_MOST_COLUMNS} are looked at at most.",
            hint="Delete the columns that say nothing of a record, or choose the sheet that has the records.",
            file=file.name,
        )
    proposal = propose_mapping(file, name="first-look", options=options)
    offers = {"consignment": {p.column.name: p.rule.target for p in proposal.fields}}
    profiles = tuple(profile_column(name, column_of(table, name)) for name in table.column_names)
    headers = [c.name for c in profiles if c.name not in proposal.labels]
    values = {name: _counted(table, name) for name in headers}
    for kind in _OF_ORDERS:
        found = match_headers(tuple(headers), cast("RecordTable", kind), values)
        offers[kind] = {column.name: column.target for column in found}
    offers["party"] = _as_names(profiles)
    named = {p.column.name: p.rule.target for p in proposal.fields if not p.remark.startswith(BY_CONTENT)}
    speaks = offers | {"consignment": named}
    ranked = sorted(offers, key=lambda kind: -_likelihood(cast("RowsOf", kind), speaks[kind]))
    return FirstLook(
        form, table.num_rows, profiles, proposal.labels, {cast("RowsOf", kind): offers[kind] for kind in ranked}
    )


def _counted(table: pa.Table, name: str) -> pa.Table:
    counts = pc.value_counts(as_text(column_of(table, name)).drop_null())
    flat = counts.combine_chunks() if isinstance(counts, pa.ChunkedArray) else counts
    return pa.table({"value": flat.field("values"), "count": flat.field("counts")})


def _as_names(columns: tuple[ColumnProfile, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, known in PARTY_COLUMNS.items():
        named = [(known.index(fold(c.name)), c.name) for c in columns if fold(c.name) in known and c.name not in found]
        if named:
            found[min(named)[1]] = field
    return found


def _likelihood(kind: RowsOf, offer: Mapping[str, str]) -> float:
    """Return how much speaks for rows of a kind: fields that are there, if what it cannot do without is among them."""
    fed = set(offer.values())
    if kind == "party":
        return len(fed) + 0.5 if "name" in fed else -1.0
    if kind != "consignment":
        # An order says who, what and how much; a customer's number alone is anybody's number.
        needed = needed_fields(kind) + ((("name", "trade_name"),) if kind == "customer" else ())
        whole = all(fed.intersection(choices) for choices in needed)
        return len(fed) + 0.6 if whole else -1.0
    telling = any(target.startswith(("goods.", "party.")) or target == "item_id" for target in fed)
    return len(fed) + 1.0 if telling else 0.4
