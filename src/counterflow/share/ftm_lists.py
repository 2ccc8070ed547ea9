"""Entries of official lists as FollowTheMoney entities: the party with addresses, papers, wallets, and its listing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.reference.countries import country_codes
from counterflow.share.ftm_terms import (
    Entity,
    Properties,
    dates_of,
    digest_id,
    entity,
    identifier_property,
    listed_id,
    names_that_fit,
    paper_type,
    schema_of,
)

__all__ = ["address_entity", "list_entities"]

_CODES = re.compile(r"[^a-z]+")
_NAME_PROPERTY = {"primary": "name", "alias": "alias", "weak_alias": "weakAlias"}
_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class _Publisher:
    """Who publishes lists whose name begins so, and what being on them is called."""

    authority: str
    country: str
    topic: str


#: The publishers of the lists that we have loaders for; for any other list nothing is claimed.
_PUBLISHERS = {
    "ofac": _Publisher("Office of Foreign Assets Control", "us", "sanction"),
    "un": _Publisher("United Nations Security Council", "", "sanction"),
    "bis": _Publisher("Bureau of Industry and Security", "us", "export.control"),
}


def list_entities(entries: pa.Table, addresses: pa.Table | None = None) -> Iterator[Entity]:
    """Yield the entities of list entries, each followed by its addresses, papers, wallets and its listing.

    Args:
        entries: rows of `list_entry`; rows of one entry need not stand together.
        addresses: rows of `list_address` of the same versions.

    Raises:
        InputError: two versions of one list are mixed, or two entries would get one id.
    """
    _one_version_each(entries)
    order = [("list", "ascending"), ("entry_id", "ascending")]
    places = _by_entry(addresses) if addresses is not None else {}
    owners: dict[str, tuple[str, str]] = {}
    for key, rows in groupby(_rows(entries.sort_by(order)), key=lambda r: (r["list"], r["entry_id"])):
        identity = listed_id(*key)
        if owners.setdefault(identity, key) != key:
            raise InputError(
                f"{owners[identity][1]} of {owners[identity][0]} and {key[1]} of {key[0]} would share one id.",
                hint="Export one list at a time.",
                value=identity,
            )
        yield from _entry(identity, list(rows), places.get(key, ()))


def _one_version_each(entries: pa.Table) -> None:
    versions = entries.group_by("list").aggregate([("version", "count_distinct")]).to_pylist()
    mixed = sorted(row["list"] for row in versions if row["version_count_distinct"] > 1)
    if mixed:
        raise InputError(f"Two versions of {mixed[0]} are mixed.", hint="Give the entries of one version.")


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=_BATCH):
        yield from batch.to_pylist()


def _by_entry(addresses: pa.Table) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in _rows(addresses):
        found.setdefault((row["list"], row["entry_id"]), []).append(row)
    return found


def _entry(identity: str, rows: list[dict[str, Any]], places: Sequence[Mapping[str, Any]]) -> Iterator[Entity]:
    first = rows[0]
    schema, dataset = schema_of(first["schema"]), first["list"]
    properties, notes = _names(rows)
    around: list[Entity] = []
    _add_birth(properties, notes, schema, first)
    _add_identifiers(properties, notes, around, identity, schema, first)
    homes = [address_entity(place, dataset) for place in places]
    properties["addressEntity"] = [home["id"] for home in homes if home]
    around += [home for home in homes if home]
    properties["country"] = [code.lower() for code in country_codes(first["country"])]
    publisher = _PUBLISHERS.get(dataset.split("-")[0])
    properties["topics"] = [publisher.topic] if publisher else []
    properties["keywords"] = ["narcotics programme"] if first["narcotics"] else []
    properties["notes"] = [*notes, first["remarks"] or ""]
    yield entity(identity, schema, properties, dataset)
    yield from {other["id"]: other for other in around}.values()
    yield _listing(identity, first, publisher)


def _names(rows: list[dict[str, Any]]) -> tuple[Properties, list[str]]:
    """Return the names by property; a name longer than theirs may be stands whole in the notes."""
    properties: Properties = {name: [] for name in _NAME_PROPERTY.values()}
    notes: list[str] = []
    for row in rows:
        fit, too_long = names_that_fit([row["name"]])
        properties[_NAME_PROPERTY[row["name_kind"]]] += fit
        notes += too_long
    if not properties["name"]:
        # Every party needs a name: an alias stands in, and of a name that is too long its beginning.
        properties["name"] = (properties["alias"] or properties["weakAlias"] or [n[:300] for n in notes])[:1]
    return properties, notes


def _add_birth(properties: Properties, notes: list[str], schema: str, first: Mapping[str, Any]) -> None:
    dates, other = dates_of(first.get("born"))
    nationality = [code.lower() for code in country_codes(first.get("nationality"))]
    if schema == "Person":
        properties["birthDate"] = dates
        properties["nationality"] = nationality
        notes += other
    elif schema == "Vessel":
        properties["flag"] = nationality


def _add_identifiers(
    properties: Properties, notes: list[str], around: list[Entity], identity: str, schema: str, first: Mapping[str, Any]
) -> None:
    for part in (first.get("identifiers") or "").split(";"):
        kind, colon, number = (piece.strip() for piece in part.partition(":"))
        if not colon or not number:
            continue
        if kind.startswith("crypto"):
            around.append(_wallet(identity, number, first["list"]))
            continue
        held = identifier_property(schema, kind, number)
        called = paper_type(schema, kind, number)
        if held is not None:
            properties.setdefault(held[0], []).append(held[1])
        elif called is not None:
            around.append(_identification(identity, called, number, first["list"]))
        else:
            notes.append(f"{kind}: {number}")


def _identification(holder: str, called: str, number: str, dataset: str) -> Entity:
    properties = {"holder": [holder], "type": [called], "number": [number]}
    return entity(digest_id("identification", holder, called, number), "Identification", properties, dataset)


def _wallet(holder: str, number: str, dataset: str) -> Entity:
    properties = {"name": [number], "publicKey": [number], "holder": [holder]}
    return entity(digest_id("wallet", holder, number), "CryptoWallet", properties, dataset)


def address_entity(place: Mapping[str, Any], dataset: str) -> Entity | None:
    """Return an address as an entity; None where nothing of it is known."""
    written = [place.get(part) or "" for part in ("address", "city", "postcode", "country")]
    lines: list[str] = []
    for text in map(_plain, written):  # some lists print the city within the address as well
        if text and not any(text.casefold() in line.casefold() for line in lines):
            lines.append(text)
    if not lines:
        return None
    properties = {
        "full": [", ".join(lines)],
        "street": [] if written[1] and written[1] in written[0] else [written[0]],
        "city": [written[1]],
        "postalCode": [written[2]],
        "country": [code.lower() for code in country_codes(written[3])],
    }
    return entity(digest_id("address", dataset, *written), "Address", properties, dataset)


def _plain(text: str) -> str:
    """Return one line of an address with single commas between its parts, as their addresses are written."""
    return ", ".join(part for part in map(str.strip, re.split("[,;]", text)) if part)


def _listing(identity: str, first: Mapping[str, Any], publisher: _Publisher | None) -> Entity:
    program = first["program"] or ""
    # The US lists print several programmes as codes with blanks between; other lists print one in words.
    programs = program.split() if all(_CODES.fullmatch(word) for word in program.split()) else [program]
    properties = {
        "entity": [identity],
        "program": programs,
        "authority": [publisher.authority] if publisher else [],
        "country": [publisher.country] if publisher else [],
        "recordId": [first["entry_id"]],
        "summary": [f"{first['list']}, version {first['version']}"],
    }
    return entity(f"{identity}-listing", "Sanction", properties, first["list"])
