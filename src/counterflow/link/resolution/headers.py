"""Which column of a table of records is what: the usual spellings are known, others can be named.

``Shipper Name``, ``consignee_name`` and ``NAME`` are all names. A column that is not known is left out and said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError, UsageError, nearest
from counterflow.link.resolution.texts import side_by_side, text_column

__all__ = ["COLUMNS", "Records", "read_columns", "records_of"]

#: what a record may say; identifiers and addresses may stand in several columns
COLUMNS = (
    "record_id", "name", "schema", "address", "city", "postcode", "country", "phone", "email", "identifier", "born",
)  # fmt: skip
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "record_id": ("recordid", "record", "id", "rowid", "recid", "uid", "uniqueid", "reference", "queryid", "partyid"),
    "name": (
        "name", "fullname", "partyname", "companyname", "entityname", "nombre", "nom", "caption", "firm", "company",
    ),
    "schema": ("schema", "type", "kind", "partytype", "entitytype"),
    "address": (
        "address", "address1", "address2", "address3", "addressline1", "addressline2", "street", "streetaddress",
        "addr", "direccion", "adresse", "fulladdress",
    ),
    "city": ("city", "town", "citystatezip", "citystate", "ciudad", "ville", "ort", "state", "province", "region"),
    "postcode": ("postcode", "postalcode", "zip", "zipcode", "plz", "codepostal", "cp"),
    "country": ("country", "countrycode", "pais", "pays", "land", "nation"),
    "phone": (
        "phone", "telephone", "tel", "phonenumber", "phoneno", "telephonenumber", "telephoneno", "telno", "mobile",
        "telefono", "telefon", "fax",
    ),
    "email": ("email", "mail", "emailaddress", "correo"),
    "identifier": (
        "identifier", "identifiers", "taxid", "vat", "vatnumber", "eori", "passport", "nationalid", "registration",
        "registrationnumber", "imo", "imonumber", "nit", "rfc", "cedula", "inn", "ogrn", "duns", "lei",
    ),
    "born": ("born", "birthdate", "dateofbirth", "dob", "birthyear", "yearofbirth"),
}  # fmt: skip
_ROLES = re.compile(
    r"^(shipper|consignee|consignor|sender|receiver|recipient|importer|exporter|party|customer|notify)(s)?"
)
_PLAIN_IDENTIFIERS = {"identifier", "identifiers"}


@dataclass(frozen=True, slots=True)
class Records:
    """Records ready to be resolved.

    Args:
        table: text columns of `COLUMNS`, those that are at hand.
        read: column of the table to the file's columns it was read from.
        unknown: columns of the file that are not used.
    """

    table: pa.Table
    read: Mapping[str, Sequence[str]]
    unknown: Sequence[str]

    def in_words(self) -> str:
        """Return which column was read as what."""
        said = "; ".join(f"{', '.join(found)} as {column}" for column, found in self.read.items() if found != [column])
        left = f" Not used: {', '.join(self.unknown)}." if self.unknown else ""
        return f"Read {said}.{left}" if said else left.strip()


def read_columns(texts: Sequence[str]) -> dict[str, str]:
    """Return what a user named, from ``name=Shipper`` and the like: column of `COLUMNS` by column of the file.

    Raises:
        UsageError: it is not written so, or no such column is known here.
    """
    found = {}
    for text in texts:
        ours, equals, theirs = text.partition("=")
        if not equals or not theirs.strip():
            raise UsageError(f"{text!r} names no column.", hint="Write it as name=Shipper.")
        if ours.strip() not in COLUMNS:
            close = nearest(ours.strip(), COLUMNS) or list(COLUMNS)
            raise UsageError(f"Records have no {ours.strip()!r}.", hint=f"Use {' or '.join(close)}.")
        found[theirs.strip()] = ours.strip()
    return found


def records_of(table: pa.Table, given: Mapping[str, str], file: str, lines: Sequence[int] = ()) -> Records:
    """Return the records of a table as read.

    Args:
        table: columns of text.
        given: what the user named: column of the file to column of `COLUMNS`.
        file: its name, for errors.
        lines: line of each row, for errors.

    Raises:
        InputError: a column is not there, two columns are the same thing, no column can be compared, or a record's id
            is missing or stands there twice.
    """
    absent = [column for column in given if column not in table.column_names]
    if absent:
        close = nearest(absent[0], table.column_names)
        hint = f"Is it {' or '.join(map(repr, close))}?" if close else f"It has {', '.join(table.column_names[:12])}."
        raise InputError("There is no such column.", hint=hint, file=file, line=1, column=absent[0])
    read: dict[str, list[str]] = {column: [] for column in COLUMNS}
    for column in table.column_names:
        known = given.get(column) or _known_as(column)
        if known and not (known in given.values() and column not in given):
            read[known].append(column)
    _refuse_doubles(read, file)
    used = {column for columns in read.values() for column in columns}
    columns = {ours: _column(table, ours, theirs) for ours, theirs in read.items() if theirs}
    if not columns.keys() - {"record_id", "schema", "country"}:
        hint = f"Name one, for example --columns name={table.column_names[0]}."
        raise InputError("No column holds names, addresses or numbers.", hint=hint, file=file, line=1)
    ids = columns.get("record_id", pa.array([str(n + 1) for n in range(table.num_rows)], pa.string()))
    columns["record_id"] = _distinct(ids, file, lines)
    unknown = [column for column in table.column_names if column not in used]
    return Records(pa.table(columns), {ours: theirs for ours, theirs in read.items() if theirs}, unknown)


def _known_as(column: str) -> str | None:
    plain = re.sub(r"[\W_]+", "", column.casefold())
    bare = _ROLES.sub("", plain)
    for name in (plain, bare):
        for ours, spellings in _SPELLINGS.items():
            if name in spellings:
                return ours
    # `shipper` alone is the shipper's name
    return "name" if plain and not bare else None


def _refuse_doubles(read: Mapping[str, Sequence[str]], file: str) -> None:
    for ours in ("record_id", "name", "schema", "postcode", "country", "born"):
        if len(read[ours]) > 1:
            raise InputError(
                f"These columns are all the {ours} of a record: {', '.join(read[ours])}.",
                hint=f"Say which one, for example --columns {ours}={read[ours][0]}.",
                file=file, line=1,
            )  # fmt: skip


def _column(table: pa.Table, ours: str, theirs: Sequence[str]) -> pa.Array:
    texts = [text_column(table, column) for column in theirs]
    if ours == "identifier":
        texts = [_with_kind(text, column) for text, column in zip(texts, theirs, strict=True)]
    return texts[0] if len(texts) == 1 else side_by_side(texts, ", " if ours in {"address", "city"} else "; ")


def _with_kind(text: pa.Array, column: str) -> pa.Array:
    """Say of each number what kind it is, where the column does."""
    plain = _ROLES.sub("", re.sub(r"[\W_]+", "", column.casefold()))
    if plain in _PLAIN_IDENTIFIERS:
        return text
    bare = pc.invert(pc.fill_null(pc.match_substring(text, ":"), fill_value=True))
    return pc.if_else(bare, pc.binary_join_element_wise(pa.scalar(plain), text, ":"), text)


def _distinct(ids: pa.Array, file: str, lines: Sequence[int]) -> pa.Array:
    trimmed = pc.fill_null(pc.utf8_trim_whitespace(ids), "")
    texts = trimmed.to_pylist()
    if len(set(texts)) == len(texts) and "" not in set(texts):
        return trimmed
    first: dict[str, int] = {}
    for row, text in enumerate(texts):
        if not text:
            _refuse(row, "A record has no id.", file, lines, "")
        if text in first:
            where = f" in line {lines[first[text]]}" if len(lines) else ""
            _refuse(row, f"This record's id stands there twice, first{where}.", file, lines, text)
        first[text] = row
    return trimmed


def _refuse(row: int, message: str, file: str, lines: Sequence[int], value: str) -> None:
    line = lines[row] if len(lines) else row + 1
    raise InputError(
        message, hint="Give each record its own id.", file=file, line=line, column="record_id", value=value
    )
