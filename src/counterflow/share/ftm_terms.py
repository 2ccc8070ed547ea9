"""How our words are called in FollowTheMoney, and what its value types take.

FollowTheMoney's model is public (followthemoney 4, `followthemoney/schema/*.yaml`, MIT); this is our own mapping onto
it, and needs nothing of it at run time. A value that its type would refuse (a telephone number without a country, an
invalid IMO number) is kept as words in `notes`: nothing is lost and nothing is bent.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any, TypeAlias

__all__ = [
    "Entity",
    "Properties",
    "dates_of",
    "digest_id",
    "email_of",
    "entity",
    "identifier_property",
    "listed_id",
    "names_that_fit",
    "phone_of",
    "schema_of",
]

#: One FollowTheMoney entity: id, schema, properties (each a list of text), datasets.
Entity: TypeAlias = dict[str, Any]
Properties: TypeAlias = dict[str, list[str]]

#: Our kinds of listed party; one that the list does not tell is a LegalEntity, which is either.
_SCHEMATA = {
    "person": "Person", "organization": "Organization", "company": "Company", "legalentity": "LegalEntity",
    "vessel": "Vessel", "aircraft": "Airplane",
}  # fmt: skip
_VEHICLES = {"Vessel", "Airplane"}

_ID = re.compile(r"[0-9a-zA-Z]([0-9a-zA-Z.-]*[0-9a-zA-Z])?")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_PHONE = re.compile(r"(?:\+|00)([1-9]\d{7,14})")
_EMAIL = re.compile(r"[\w.!#$%&'*+/=^`{|}~-]{1,64}@(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]{2,}")
_QUOTED = re.compile(r"""^(['"])(.*)\1$""")

_LONGEST_NAME, _LONGEST_NUMBER = 384, 64

#: Kind of identifier, as the loaders write it, to the property of a legal entity.
_OF_LEGAL = {
    "tax": "taxNumber", "vat": "vatCode", "registration": "registrationNumber", "license": "licenseNumber",
    "passport": "idNumber", "national_id": "idNumber", "id": "idNumber", "swift": "swiftBic", "lei": "leiCode",
    "duns": "dunsCode",
}  # fmt: skip
_OF_PERSON = {"passport": "passportNumber", "ssn": "socialSecurityNumber"}
_OF_VESSEL = {"imo": "imoNumber", "mmsi": "mmsi", "call_sign": "callSign"}
_OF_AIRPLANE = {"serial": "serialNumber"}


def entity(identity: str, schema: str, properties: Properties, dataset: str) -> Entity:
    """Return one entity; properties without a value are left out, values are kept once and in order."""
    kept = {name: list(dict.fromkeys(v for v in values if v)) for name, values in properties.items()}
    return {
        "id": identity,
        "schema": schema,
        "properties": {name: values for name, values in kept.items() if values},
        "datasets": [dataset],
    }


def schema_of(kind: str | None) -> str:
    """Return the schema of a kind of party.

    >>> schema_of("Aircraft"), schema_of(None)
    ('Airplane', 'LegalEntity')
    """
    return _SCHEMATA.get((kind or "").casefold(), "LegalEntity")


def digest_id(kind: str, *parts: str | None) -> str:
    """Return an id that is the same for the same parts, and tells nothing of them to whoever cannot guess them.

    >>> digest_id("party", "post", "R1", "consignee") == digest_id("party", "post", "R1", "consignee")
    True
    """
    digest = hashlib.sha256("\x1f".join(part or "" for part in parts).encode("utf-8", "surrogatepass"))
    return f"{kind}-{digest.hexdigest()[:32]}"


def listed_id(list_name: str, entry_id: str) -> str:
    """Return the id of a listed entry: the list's own, which other publishers of that list use as well.

    A list that is not the one whose prefix its ids carry (a training list with ids of the same form) keeps its name in
    front, so that invented entries never merge with real ones.

    >>> listed_id("ofac-sdn", "ofac:12345"), listed_id("training-sdn", "ofac:12345"), listed_id("os", "NK-2x")
    ('ofac-12345', 'training-sdn-ofac-12345', 'NK-2x')
    """
    prefix, colon, _ = entry_id.partition(":")
    stem = entry_id.replace(":", "-")
    if colon and list_name != prefix and not list_name.startswith(f"{prefix}-"):
        stem = f"{list_name}-{stem}"
    return stem if _ID.fullmatch(stem) else digest_id("listed", list_name, entry_id)


def identifier_property(schema: str, kind: str, number: str) -> str | None:
    """Return the property that holds an identifier; None where it fits none and belongs into the notes.

    >>> identifier_property("Person", "passport", "A1"), identifier_property("Vessel", "imo", "9187629")
    ('passportNumber', 'imoNumber')
    """
    kind = re.sub(r"[\W_]+", "_", kind.casefold()).strip("_")
    if not number or len(number) > _LONGEST_NUMBER:
        return None
    if schema in _VEHICLES:
        found = (_OF_VESSEL if schema == "Vessel" else _OF_AIRPLANE).get(kind, "registrationNumber")
    elif schema == "Person" and kind in _OF_PERSON:
        found = _OF_PERSON[kind]
    else:
        found = _OF_LEGAL.get(kind, "idNumber")
    return found if _has_form(found, number) else None


def _has_form(name: str, number: str) -> bool:
    """Whether the number passes the check digits that the property's type insists on."""
    from stdnum import bic, imo, lei

    checks = {"imoNumber": imo, "leiCode": lei, "swiftBic": bic}
    return bool(checks[name].is_valid(number)) if name in checks else True


def dates_of(born: str | None) -> tuple[list[str], list[str]]:
    """Return days or years in the form they take, and what has another form (a range, an estimate).

    >>> dates_of("1957-11-18; 1960/1962")
    (['1957-11-18'], ['1960/1962'])
    """
    parts = [part.strip() for part in (born or "").split(";") if part.strip()]
    return [p for p in parts if _DATE.fullmatch(p)], [p for p in parts if not _DATE.fullmatch(p)]


def phone_of(written: str | None) -> str | None:
    """Return a telephone number in international form, or None where it does not name its country.

    >>> phone_of("+49 (171) 123-4567"), phone_of("0171 1234567")
    ('+491711234567', None)
    """
    found = _PHONE.fullmatch(re.sub(r"\(0\)|[\s()./-]", "", written or ""))
    return f"+{found[1]}" if found else None


def email_of(written: str | None) -> str | None:
    """Return an e-mail address, or None where it is none."""
    found = _EMAIL.fullmatch((written or "").strip().removeprefix("mailto:"))
    return found[0] if found else None


def names_that_fit(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return names as long as a name may be, and those that are longer.

    Quotation marks around the whole of a name are not part of it, there as here.

    >>> names_that_fit(["'FOOPIE'", "O'BRIEN  Pat"])
    (['FOOPIE', "O'BRIEN Pat"], [])
    """
    all_names = [_QUOTED.sub(r"\2", " ".join(name.split())) for name in names]
    return [n for n in all_names if n and len(n) <= _LONGEST_NAME], [n for n in all_names if len(n) > _LONGEST_NAME]
