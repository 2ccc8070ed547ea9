"""Lists in FollowTheMoney JSON lines, as OpenSanctions and others publish them.

Format: one entity a line, ``{"id": …, "schema": …, "properties": {name: [values]}}`` (FollowTheMoney 4 schemata
Person, Company, Organization, LegalEntity, PublicBody, Vessel, Airplane; https://followthemoney.tech/). What stands in
entities of its own is joined to the party that it belongs to: Address, Sanction, Identification, Passport and
CryptoWallet. In the nested form these stand inside the party. Entities of other schemata are passed over and counted.

The file is read twice, line by line, so that a list of any length is read in little memory: first what is joined, then
the parties.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from counterflow.core.errors import InputError
from counterflow.intake.lists.csv_list import check_list_name
from counterflow.intake.lists.dates import iso_date
from counterflow.intake.lists.entry import Listed, Place
from counterflow.intake.lists.files import StreamedFile
from counterflow.intake.lists.load import Gathered, ListLoad
from counterflow.intake.lists.names import tidy
from counterflow.intake.lists.papers import kind_of, paper
from counterflow.intake.lists.programs import each_one_word

__all__ = ["load_ftm"]

_PARTIES = {
    "Person": "Person", "Company": "Organization", "Organization": "Organization", "PublicBody": "Organization",
    "LegalEntity": "LegalEntity", "Vessel": "Vessel", "Airplane": "Aircraft",
}  # fmt: skip
#: schema to the property that names the party it belongs to
_JOINED = {"Sanction": "entity", "Identification": "holder", "Passport": "holder", "CryptoWallet": "holder"}
_PARTS = frozenset({"Address", *_JOINED})
_IS_PART = re.compile(rb'"schema":\s*"(?:Address|Sanction|Identification|Passport|CryptoWallet)"')
_NAMES = (("name", "alias"), ("alias", "alias"), ("previousName", "alias"), ("weakAlias", "weak_alias"))
#: properties that hold papers; their kind is told by the name of the property
_PAPERS = (
    "passportNumber", "idNumber", "socialSecurityNumber", "taxNumber", "vatCode", "innCode", "irsCode",
    "registrationNumber", "ogrnCode", "uscCode", "cikCode", "leiCode", "dunsCode", "swiftBic", "bikCode",
    "licenseNumber", "imoNumber", "mmsi", "callSign", "serialNumber", "phone", "email", "website",
)  # fmt: skip
_NATIONS = ("nationality", "citizenship")
_COUNTRIES = ("country", "jurisdiction", "mainCountry", "flag")


@dataclass(slots=True)
class _Parts:
    """What stands in entities of its own, by the id of the party or the address; and the lines it stands on."""

    places: dict[str, Place] = field(default_factory=dict)
    programs: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    papers: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    lines: set[int] = field(default_factory=set)


def load_ftm(path: Path, list_name: str, published: dt.date | None = None) -> ListLoad:
    """Read one edition of a list of FollowTheMoney entities; nothing is stored yet.

    Args:
        path: JSON lines, plain or gzip.
        list_name: what the list is called here.
        published: the day the edition was published.

    Raises:
        InputError: the file is missing, damaged, or holds no JSON lines.
    """
    gathered = Gathered(check_list_name(list_name))
    file = StreamedFile(path)
    parts = _parts(file)
    before = file.sha256
    seen: set[str] = set()
    for line, raw in file.lines():
        if line not in parts.lines:
            _take(file, line, raw, parts, seen, gathered)
    if file.sha256 != before:
        raise InputError("The file changed while it was read.", hint="Load it again.", file=path)
    return gathered.finish([file.name], file.sha256, published)


def _parts(file: StreamedFile) -> _Parts:
    """Read the entities that belong to others."""
    parts = _Parts()
    for line, raw in file.lines():
        if _IS_PART.search(raw):
            entity = _entity(raw)
            if isinstance(entity, dict) and entity["schema"] in _PARTS:
                _keep_part(entity, parts)
                parts.lines.add(line)
    return parts


def _keep_part(entity: dict[str, Any], parts: _Parts, holder: str | None = None) -> None:
    schema, said = entity["schema"], entity["properties"]
    if schema == "Address":
        parts.places[entity["id"]] = _place(said)
        return
    for party in [holder] if holder is not None else _texts(said, _JOINED[schema]):
        if schema == "Sanction":
            parts.programs[party] += _texts(said, "programId") or _texts(said, "program")
        else:
            label = "wallet" if schema == "CryptoWallet" else " ".join(_texts(said, "type")) or schema
            numbers = _texts(said, "publicKey" if schema == "CryptoWallet" else "number", "passportNumber")
            parts.papers[party] += [found for number in numbers if (found := paper(kind_of(label), number))]


def _take(file: StreamedFile, line: int, raw: bytes, parts: _Parts, seen: set[str], gathered: Gathered) -> None:
    entity = _entity(raw)
    if isinstance(entity, str):
        gathered.read += 1
        hint = 'A line is like {"id": "x", "schema": "Person", "properties": {"name": ["Jane Roe"]}}.'
        gathered.refuse(file.name, line, raw[:500].decode("utf-8", "replace"), "not-an-entity", value=entity, hint=hint)
        return
    schema, number = entity["schema"], tidy(entity["id"])
    if schema not in _PARTIES:
        gathered.skipped[schema] += 1
        return
    gathered.read += 1
    names = list(_names(entity["properties"], entity.get("caption")))
    shown = [number, schema, names[0][0] if names else ""]
    if not number or number in seen:
        reason, hint = ("double-entry", "An earlier line has this id; the first counts.") if number else (
            "no-number", "The entity has no id.")  # fmt: skip
        gathered.refuse(file.name, line, shown, reason, column="id", value=number, hint=hint)
    elif gathered.usable(file.name, line, shown, names[0][0] if names else "", "name"):
        seen.add(number)
        gathered.take(_listed(entity, number, names, parts, gathered))
        gathered.accepted += 1


def _entity(raw: bytes) -> dict[str, Any] | str:
    """Return the entity of a line, or in words why it is none."""
    from pydantic_core import from_json

    try:
        entity = from_json(raw)
    except ValueError as error:
        return f"not JSON: {error}"
    if not isinstance(entity, dict):
        return "not an object"
    said = entity.setdefault("properties", {})
    if not isinstance(entity.get("schema"), str) or not isinstance(entity.get("id", ""), str | int):
        return "no schema, or an id that is no text"
    if not isinstance(said, dict):
        return "properties that are no object"
    entity["id"] = str(entity.get("id", ""))
    return entity


def _texts(said: dict[str, Any], *names: str) -> list[str]:
    """Return the values of properties that are text."""
    found = []
    for name in names:
        if name in said:
            values = said[name]
            found += [tidy(v) for v in (values if type(values) is list else (values,)) if type(v) is str]
    return [text for text in found if text]


def _nested(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the entities that stand inside a party."""
    for values in said.values():
        if type(values) is not list or not values or type(values[0]) is not dict:
            continue
        for value in values:
            if isinstance(value, dict) and value.get("schema") in _PARTS and isinstance(value.get("properties"), dict):
                yield value | {"id": str(value.get("id", ""))}


def _names(said: dict[str, Any], caption: object) -> Iterator[tuple[str, str]]:
    """Yield the names of a party; the caption, where it is one of them, is the primary."""
    primary = said.get("name")
    ordered = _texts(said, "name") if isinstance(primary, list | str) else []
    if isinstance(caption, str) and (best := tidy(caption)) in ordered:
        ordered.remove(best)
        ordered.insert(0, best)
    if not ordered:
        ordered = [" ".join(_texts(said, "firstName", "secondName", "middleName", "lastName"))]
    yield ordered[0], "primary"
    yield from ((name, "alias") for name in ordered[1:])
    for prop, kind in _NAMES[1:]:
        yield from ((name, kind) for name in _texts(said, prop))


def _listed(
    entity: dict[str, Any], number: str, names: list[tuple[str, str]], parts: _Parts, gathered: Gathered
) -> Listed:
    said = entity["properties"]
    inside = _Parts()
    for part in _nested(said):
        _keep_part(part, inside, number)
    dates = [iso_date(written) for written in _texts(said, "birthDate")]
    gathered.noted["birth-not-understood"] += dates.count(None)
    programs = [*_texts(said, "programId"), *parts.programs.get(entity["id"], ()), *inside.programs[number]]
    found = [paper(kind_of(prop), value) for prop in _PAPERS if prop in said for value in _texts(said, prop)]
    joined = [parts.places[address] for address in _texts(said, "addressEntity") if address in parts.places]
    places = list(dict.fromkeys([*joined, *inside.places.values()]))
    known = {place.whole for place in places}
    places += [Place(whole=whole) for whole in dict.fromkeys(_texts(said, "address")) if whole not in known]
    return Listed(
        entry_id=number if ":" in number else f"{gathered.list_name}:{number}",
        names=names,
        schema=_PARTIES[entity["schema"]],
        program=each_one_word(programs or _texts(said, "program")),
        born=[date for date in dates if date],
        nationality=_texts(said, *_NATIONS),
        papers=[*filter(None, found), *parts.papers.get(entity["id"], ()), *inside.papers[number]],
        addresses=places,
        countries=_texts(said, *_COUNTRIES),
        remarks="; ".join((*_texts(said, "topics"), *_texts(said, "notes", "position"))),
    )


def _place(said: dict[str, Any]) -> Place:
    def first(*names: str) -> str:
        return next(iter(_texts(said, *names)), "")

    city, code = first("city"), first("postalCode")
    street = _texts(said, "postOfficeBox", "street", "street2")
    region = " ".join(filter(None, (", ".join(filter(None, (city, first("region", "state")))), code)))
    whole = first("full") or ", ".join(filter(None, (*street, region)))
    return Place(whole=whole, city=city, postcode=code, country=first("country"))
