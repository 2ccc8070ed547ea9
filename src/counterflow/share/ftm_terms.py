"""How our words are called in FollowTheMoney, and what its value types take.

FollowTheMoney's model is public (followthemoney 4, `followthemoney/schema/*.yaml`, MIT); this is our own mapping onto
it, and needs nothing of it at run time. A value that its type would refuse (a telephone number without a country, an
invalid IMO number) is kept as words in `notes`: nothing is lost and nothing is bent.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

__all__ = [
    "Entity",
    "Properties",
    "dataset_of",
    "dates_of",
    "digest_id",
    "email_of",
    "entity",
    "identifier_property",
    "listed_id",
    "names_that_fit",
    "paper_type",
    "phone_of",
    "schema_of",
    "website_of",
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
_WEBSITE = re.compile(
    r"(https?://)?((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]{2,})(/[!-~]*)?", re.IGNORECASE
)
_EMAIL = re.compile(r"[\w.!#$%&'*+/=^`{|}~-]{1,64}@(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]{2,}")
_QUOTED = re.compile(r"""^(['"])(.*)\1$""")

_LONGEST_NAME, _LONGEST_NUMBER = 384, 64

#: Kind of identifier, as the loaders of lists write it, to the property of a legal entity.
_OF_LEGAL = {
    "": "idNumber", "national-id": "idNumber",
    "tax": "taxNumber", "vat": "vatCode", "registration": "registrationNumber", "licence": "licenseNumber",
    "bank": "swiftBic", "lei": "leiCode", "duns": "dunsCode", "website": "website", "email": "email", "phone": "phone",
}  # fmt: skip
_OF_ORGANIZATION = {"imo": "imoNumber"}
_OF_PERSON = {"passport": "passportNumber"}
_OF_VEHICLE = {"imo": "imoNumber", "mmsi": "mmsi", "call-sign": "callSign", "aircraft-serial": "serialNumber"}
#: What a paper without a property of its own is called in an Identification.
_CALLED = {
    "imo": "IMO number",
    "imo-company": "IMO company number",
    "bank": "SWIFT/BIC",
    "securities": "ISIN or ticker",
}
_NO_PAPERS = {"website", "email", "phone"}


def entity(identity: str, schema: str, properties: Properties, dataset: str) -> Entity:
    """Return one entity; properties without a value are left out, values are kept once and in order."""
    kept = {name: list(dict.fromkeys(v for v in values if v)) for name, values in properties.items()}
    return {
        "id": identity,
        "schema": schema,
        "properties": {name: values for name, values in kept.items() if values},
        "datasets": [dataset_of(dataset)],
    }


def dataset_of(name: str) -> str:
    """Return the name of a list or source in the form of their dataset names.

    >>> dataset_of("ofac-sdn"), dataset_of("Poste 2 (été)")
    ('ofac_sdn', 'poste_2_ete')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or digest_id("source", name).replace("-", "_")


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


def identifier_property(schema: str, kind: str, number: str) -> tuple[str, str] | None:
    """Return the property that holds an identifier, and the form it takes there; None where none holds it.

    >>> identifier_property("Person", "passport", "A1"), identifier_property("Vessel", "imo", "9187629")
    (('passportNumber', 'A1'), ('imoNumber', 'IMO9187629'))
    """
    if not number or len(number) > _LONGEST_NUMBER:
        return None
    if schema in _VEHICLES:
        name = _OF_VEHICLE.get(kind, "registrationNumber")
    else:
        more = _OF_PERSON if schema == "Person" else _OF_ORGANIZATION if schema != "LegalEntity" else {}
        name = (_OF_LEGAL | more).get(kind, "")
    form = _FORMS[name](number) if name in _FORMS else number
    return (name, form) if name and form else None


def paper_type(schema: str, kind: str, number: str) -> str | None:
    """Return what a paper is called in an `Identification`, which any legal entity can hold; None where it cannot.

    >>> paper_type("Person", "driver-licence", "180839"), paper_type("Vessel", "other", "1")
    ('driver licence', None)
    """
    if schema in _VEHICLES or kind in _NO_PAPERS or len(number) > _LONGEST_NUMBER:
        return None
    return _CALLED.get(kind, kind.replace("-", " "))


def _imo(number: str) -> str | None:
    from stdnum import imo

    plain = number.upper().removeprefix("IMO").strip()
    return f"IMO{plain}" if imo.is_valid(plain) else None


def _bic(code: str) -> str | None:
    from stdnum import bic

    return str(bic.compact(code)) if bic.is_valid(code) else None


def _lei(code: str) -> str | None:
    from stdnum import lei

    return str(lei.compact(code)) if lei.is_valid(code) else None


def website_of(written: str) -> str | None:
    """Return the address of a site, or None where it is none.

    >>> website_of("www.Example.org"), website_of("see their page")
    ('http://www.example.org/', None)
    """
    found = _WEBSITE.fullmatch(written.strip())
    return f"{(found[1] or 'http://').lower()}{found[2].lower()}{found[3] or '/'}" if found else None


def dates_of(born: str | None) -> tuple[list[str], list[str]]:
    """Return days or years in the form they take, and in words what that form cannot say (a range, an estimate).

    >>> dates_of("1957-11-18; 1960~; 1962/1964")
    (['1957-11-18', '1960'], ['Born about 1960', 'Born 1962/1964'])
    """
    dates, words = [], []
    for part in filter(None, map(str.strip, (born or "").split(";"))):
        day = part.removesuffix("~")
        exact = bool(_DATE.fullmatch(day))
        dates += [day] if exact else []
        words += [f"Born about {day}"] if exact and day != part else [] if exact else [f"Born {part}"]
    return dates, words


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


#: Properties whose type insists on a form; what has another form goes into the notes.
_FORMS: dict[str, Callable[[str], str | None]] = {
    "imoNumber": _imo,
    "swiftBic": _bic,
    "leiCode": _lei,
    "website": website_of,
    "email": email_of,
    "phone": phone_of,
}
