"""What people accepted from official lists of substances, beside the registry that is shipped.

Both tables are append-only: an update that was wrong is taken back by another one with its own date. The ledger holds
their ids, counts and digests.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = ["SUBSTANCE_CHANGE", "SUBSTANCE_LIST_VERSION"]

#: One accepted edition of an official list of substances, or the taking back of one.
SUBSTANCE_LIST_VERSION = table_of(
    ("update", pa.string(), "id of the update"),
    ("ordinal", pa.int64(), "its place among the updates accepted here, from 1: the order in which they are applied"),
    ("act", pa.string(), "accept | take-back"),
    ("takes_back", pa.string(), "the update that is taken back; empty for an edition of a list"),
    ("instrument", pa.string(), "instrument of the registry that the list belongs to"),
    ("version", pa.string(), "version of the list: the first 12 hex digits of its SHA-256"),
    ("sha256", pa.string(), "SHA-256 of the file"),
    ("file", pa.string(), "name of the file"),
    ("edition", pa.date32(), "day that the list speaks of; entries were compared as of this day"),
    ("retrieved", INSTANT, "when it was read here"),
    ("rows", pa.int64(), "rows read"),
    ("accepted", pa.int64(), "rows understood"),
    ("rejected", pa.int64(), "rows refused, each with its reason; an edition with any is accepted only in part"),
    ("changes", pa.int64(), "changes accepted"),
    ("effective", pa.date32(), "first day on which the changes hold"),
    ("accepted_by", pa.string(), "who accepted it"),
    ("accepted_at", INSTANT, "when"),
    ("registry", pa.string(), "version of the registry, as overlaid, that it was compared with"),
    required=(
        *("update", "ordinal", "act", "instrument", "version", "sha256", "retrieved", "rows", "accepted", "rejected"),
        *("changes", "effective", "accepted_by", "accepted_at", "registry"),
    ),
)

#: One accepted change of the registry of substances.
SUBSTANCE_CHANGE = table_of(
    ("update", pa.string(), "the update that it belongs to"),
    ("number", pa.int64(), "its place in the update, from 1"),
    ("change", pa.string(), "added | removed | moved | renamed"),
    ("instrument", pa.string(), "instrument of the registry"),
    ("substance", pa.string(), "id of the substance"),
    ("name", pa.string(), "name as the list prints it; of what was removed, as the registry has it"),
    ("list_before", pa.string(), "schedule, table or category before; empty for what was added"),
    ("list_after", pa.string(), "schedule, table or category after; empty for what was removed"),
    ("scope", pa.string(), "words that narrow the entry to some preparations, as the registry has them"),
    ("code", pa.string(), "code that the list gives"),
    ("scheme", pa.string(), "whose code that is, for example DEA; empty where the list has none"),
    ("cas", pa.string(), "CAS number that the list gives"),
    ("smiles", pa.string(), "structure that the list gives, without salt; of what is new"),
    ("inchikey", pa.string(), "InChIKey of it"),
    ("other_names", pa.list_(pa.string()), "further names that the list gives"),
    ("is_new", pa.bool_(), "true where the registry did not know the substance"),
    ("effective", pa.date32(), "first day on which it holds"),
    required=("update", "number", "change", "instrument", "substance", "name", "is_new", "effective"),
)
