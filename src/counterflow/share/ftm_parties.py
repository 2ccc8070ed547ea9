"""Parties on records, the entities they were taken for, and what they met on lists, as FollowTheMoney entities.

A party becomes a LegalEntity, which says neither person nor company (a Person where a day of birth was sent). A listed
name that it met becomes a `Similar`: two parties that a person should compare. It is no link, and carries no number:
`confidenceScore` stays empty, since a likeness of names is nothing to sort people by at a partner's.

An entity of the resolution is its records together: every way its name was written, every address; `referents` names
the parties it was made of, so that whoever receives it can take it apart again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.reference.countries import country_codes
from counterflow.share.ftm_lists import address_entity
from counterflow.share.ftm_terms import (
    Entity,
    Properties,
    dates_of,
    digest_id,
    email_of,
    entity,
    identifier_property,
    listed_id,
    names_that_fit,
    phone_of,
)

__all__ = ["party_entities", "party_id", "resolved_entities"]

_BATCH = 20_000
_CRITERIA = "alike names; a person decides"


def party_id(source: str, record_id: str, role: str) -> str:
    """Return the id of the party in this role on this record."""
    return digest_id("party", source, record_id, role)


def party_entities(parties: pa.Table, findings: pa.Table | None = None) -> Iterator[Entity]:
    """Yield the entities of parties, each followed by its address and by the listed entries it met.

    Args:
        parties: rows of `party`; one without a name is passed over.
        findings: rows of `finding` on the same records; those that name a list's entry are used.
    """
    met = _listed_met(findings) if findings is not None else {}
    for batch in parties.to_batches(max_chunksize=_BATCH):
        for row in batch.to_pylist():
            if row["name"] and row["name"].strip():
                yield from _party(row, met.get((row["source"], row["record_id"], row["role"]), ()))


def _listed_met(findings: pa.Table) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    of_a_party = pc.and_(pc.equal(findings.column("harm_class"), "party"), pc.is_valid(findings.column("reference")))
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in findings.filter(of_a_party).to_pylist():
        found.setdefault((row["source"], row["record_id"], row["part"]), []).append(row)
    return found


def resolved_entities(members: pa.Table, parties: pa.Table, findings: pa.Table | None = None) -> Iterator[Entity]:
    """Yield the entities of a resolution, each followed by its addresses and by the listed entries it met.

    Args:
        members: rows of `entity_member`; a record whose party is erased or has no name is passed over, and an entity
            of which no party is left.
        parties: rows of `party`.
        findings: rows of `finding` on the parties.
    """
    met = _listed_met(findings) if findings is not None else {}
    keys = ["source", "record_id", "role"]
    joined = (
        members.select(["source", "record_id", "part", "entity"])
        .rename_columns([*keys, "entity"])
        .join(parties.filter(pc.is_valid(parties.column("name"))), keys=keys, join_type="inner")
        .sort_by([(column, "ascending") for column in ("entity", *keys)])
    )
    rows = (row for batch in joined.to_batches(max_chunksize=_BATCH) for row in batch.to_pylist())
    for identity, group in groupby((row for row in rows if row["name"].strip()), key=itemgetter("entity")):
        together = list(group)
        found = [f for row in together for f in met.get((row["source"], row["record_id"], row["role"]), ())]
        yield from _resolved(identity, together, found)


def _resolved(identity: str, rows: Sequence[Mapping[str, Any]], met: Sequence[Mapping[str, Any]]) -> Iterator[Entity]:
    dataset = "counterflow entities"
    schemata, each = zip(*map(described, rows), strict=True)
    properties = {name: [value for one in each for value in one[name]] for name in each[0]}
    by_use = [name for name, _ in Counter(properties["name"]).most_common()]
    properties |= {"name": by_use[:1], "alias": by_use[1:]}
    properties["summary"] = [f"Taken for one party from {len(rows)} records: a claim, to be looked at by a person"]
    homes = [home for home in (_home(row, dataset) for row in rows) if home]
    properties["addressEntity"] = [home["id"] for home in homes]
    whole = entity(identity, "Person" if "Person" in schemata else "LegalEntity", properties, dataset)
    yield whole | {"referents": [party_id(row["source"], row["record_id"], row["role"]) for row in rows]}
    yield from {home["id"]: home for home in homes}.values()
    alike = [similar(identity, finding, dataset) for finding in met]
    yield from {one["id"]: one for one in alike}.values()


def _home(row: Mapping[str, Any], dataset: str) -> Entity | None:
    return address_entity(row, dataset) if row["address"] or row["postcode"] else None


def _party(row: Mapping[str, Any], met: Sequence[Mapping[str, Any]]) -> Iterator[Entity]:
    identity, dataset = party_id(row["source"], row["record_id"], row["role"]), row["source"]
    home = _home(row, dataset)
    schema, properties = described(row)
    properties["addressEntity"] = [home["id"]] if home else []
    yield entity(identity, schema, properties, dataset)
    if home:
        yield home
    alike = [similar(identity, finding, dataset) for finding in met]
    yield from {one["id"]: one for one in alike}.values()


def described(row: Mapping[str, Any]) -> tuple[str, Properties]:
    """Return the schema of a party, and what is known of it in the form their types take."""
    names, too_long = names_that_fit([row["name"]])
    dates, other = dates_of(row["born"])
    phone, email = phone_of(row["phone"]), email_of(row["email"])
    paper = row["identifier"] or ""
    fits = identifier_property("LegalEntity", "", paper)
    notes = [*too_long, *other] + ([f"Identifier: {paper}"] if paper and not fits else [])
    notes += [f"Telephone as written: {row['phone']}"] if row["phone"] and not phone else []
    notes += [f"E-mail as written: {row['email']}"] if row["email"] and not email else []
    properties = {
        "name": names or [too_long[0][:300]],
        "country": [code.lower() for code in country_codes(row["country"])],
        "phone": [phone or ""],
        "email": [email or ""],
        "idNumber": [paper if fits else ""],
        "birthDate": dates,
        "notes": notes,
    }
    return ("Person" if dates else "LegalEntity"), properties


def similar(candidate: str, finding: Mapping[str, Any], dataset: str) -> Entity:
    """Return “these two could be one, a person should look” between a party and the list's entry that it met."""
    list_name = (finding["reference_version"] or "").partition("@")[0]
    match = listed_id(list_name, finding["reference"])
    properties = {
        "candidate": [candidate],
        "match": [match],
        "criteria": [f"{finding['code']}: {_CRITERIA}"],
        "matcher": [f"counterflow {finding['check']} {finding['check_version']}"],
    }
    return entity(digest_id("similar", candidate, match), "Similar", properties, dataset)
