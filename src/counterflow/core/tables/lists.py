"""Official lists, as versions that never change."""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = ["LIST_ADDRESS", "LIST_ENTRY", "LIST_VERSION"]

#: One name on an official list; an entry with three names has three rows.
LIST_ENTRY = table_of(
    ("list", pa.string(), "list, for example ofac-sdn"),
    ("version", pa.string(), "version of the list: the first 12 hex digits of its SHA-256"),
    ("entry_id", pa.string(), "the list's own id, as ofac:12345"),
    ("name", pa.string(), "one name as printed"),
    ("name_kind", pa.string(), "primary | alias | weak_alias"),
    ("schema", pa.string(), "Person | Organization | Vessel | Aircraft"),
    ("program", pa.string(), "programmes, space-separated"),
    ("narcotics", pa.bool_(), "true for a narcotics programme (SDNT, SDNTK, ILLICIT-DRUGS-EO14059)"),
    ("country", pa.string(), "countries of its addresses as printed, `; `-joined"),
    ("born", pa.string(), "years or days of birth, ISO 8601, `; `-joined; corroborates a hit, never a score"),
    ("nationality", pa.string(), "nationalities as printed, `; `-joined; corroborates a hit, never a score"),
    (
        "identifiers",
        pa.string(),
        "papers and numbers as kind:value, `; `-joined, for example passport:A1234; imo:9187629",
    ),
    ("remarks", pa.string(), "remarks as printed"),
    required=("list", "version", "entry_id", "name", "name_kind"),
)

LIST_ADDRESS = table_of(
    ("list", pa.string(), "list"),
    ("version", pa.string(), "version of the list"),
    ("entry_id", pa.string(), "the list's own id"),
    ("address", pa.string(), "address as printed"),
    ("city", pa.string(), "city, with state and postcode where the list prints them together"),
    ("postcode", pa.string(), "postcode, where the list has it apart"),
    ("country", pa.string(), "country as printed"),
    required=("list", "version", "entry_id"),
)

LIST_VERSION = table_of(
    ("list", pa.string(), "list"),
    ("version", pa.string(), "version: the first 12 hex digits of its SHA-256"),
    ("sha256", pa.string(), "SHA-256 of the files, in the order they were named"),
    ("files", pa.string(), "file names, `; `-joined"),
    ("published", pa.date32(), "day of publication, where the file or the user says"),
    ("loaded_at", INSTANT, "when it was loaded here"),
    ("read", pa.int64(), "rows read"),
    ("accepted", pa.int64(), "rows parsed"),
    ("rejected", pa.int64(), "rows refused, each with a reason in quarantine"),
    required=("list", "version", "sha256", "loaded_at", "read", "accepted", "rejected"),
)
