"""Tables as FollowTheMoney entities, one JSON object a line: the form that OpenSanctions, Aleph and yente read.

| our table | their schema |
|---|---|
| `list_entry` | Person, Organization, Company, LegalEntity, Vessel, Airplane; each with a Sanction |
| its papers and digital currency | properties; Identification, CryptoWallet |
| `list_address`, addresses of parties | Address |
| `party` | LegalEntity (Person where a day of birth was sent) |
| `entity_member` with `party` | LegalEntity or Person, with every name and address of its records |
| `finding` on a party's name | Similar, between the party or entity and the list's entry |

Ids are the lists' own (`ofac-12345`), or digests of the record's key: the same row has the same id in every export.
`datasets` names the list or the source. No score is written: not of a person, not of a likeness.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import IO

import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.share.ftm_lists import list_entities
from counterflow.share.ftm_parties import party_entities, resolved_entities
from counterflow.share.ftm_terms import Entity

__all__ = ["to_ftm", "write_lines"]


def to_ftm(
    rows: pa.Table,
    *,
    addresses: pa.Table | None = None,
    findings: pa.Table | None = None,
    parties: pa.Table | None = None,
) -> Iterator[Entity]:
    """Yield the FollowTheMoney entities of a table.

    Args:
        rows: `list_entry`, `party` or `entity_member` rows.
        addresses: for list entries: their `list_address` rows.
        findings: for parties and entities: `finding` rows on the same records.
        parties: for entities: the `party` rows that they are made of.

    >>> row = {"list": "ofac-sdn", "version": "1", "entry_id": "ofac:7", "name": "ACME", "name_kind": "primary"}
    >>> from counterflow.core.tables import LIST_ENTRY
    >>> [e["schema"] for e in to_ftm(pa.Table.from_pylist([row], schema=LIST_ENTRY))]
    ['LegalEntity', 'Sanction']

    Raises:
        InputError: the table is none of them, or its entries do not belong together.
    """
    columns = set(rows.column_names)
    if {"list", "version", "entry_id", "name", "name_kind"} <= columns:
        return list_entities(rows, addresses)
    if {"source", "record_id", "role", "name"} <= columns:
        return party_entities(rows, findings)
    if {"entity", "source", "record_id", "part"} <= columns and parties is not None:
        return resolved_entities(rows, parties, findings)
    raise InputError(
        "This table holds neither entries of lists nor parties nor members of entities with their parties.",
        hint="Give rows of list_entry, of party, or of entity_member with parties=.",
        value=", ".join(rows.column_names),
    )


def write_lines(entities: Iterable[Entity], out: IO[bytes]) -> tuple[int, str]:
    """Write one JSON object a line in UTF-8; return how many, and the SHA-256 of all that was written."""
    count, digest = 0, hashlib.sha256()
    for one in entities:
        line = json.dumps(one, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        digest.update(line)
        out.write(line)
        count += 1
    return count, digest.hexdigest()
