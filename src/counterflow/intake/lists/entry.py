"""One entry of a list, as every loader hands it on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["ADDRESS_FIELDS", "ENTRY_FIELDS", "Listed", "Place", "schema_of"]

ENTRY_FIELDS = (
    "entry_id", "name", "name_kind", "schema", "program", "narcotics", "country", "born", "nationality", "identifiers",
    "remarks",
)  # fmt: skip
ADDRESS_FIELDS = ("entry_id", "address", "city", "postcode", "country")
_SCHEMAS = {
    "individual": "Person", "person": "Person", "natural person": "Person", "persona fisica": "Person",
    "": "Organization", "entity": "Organization", "legalentity": "LegalEntity", "company": "Organization",
    "organization": "Organization", "organisation": "Organization", "publicbody": "Organization",
    "vessel": "Vessel", "ship": "Vessel", "aircraft": "Aircraft", "airplane": "Aircraft",
}  # fmt: skip
_MOST_REMARKS = 4000  # characters kept of remarks; a biography of a page is not repeated for every alias


@dataclass(frozen=True, slots=True)
class Place:
    """One address: `whole` as a person writes it, its city and postcode where the list tells them apart."""

    whole: str = ""
    city: str = ""
    postcode: str = ""
    country: str = ""

    def row(self, entry_id: str) -> tuple[str | None, ...]:
        """Return a row of `ADDRESS_FIELDS`."""
        return entry_id, self.whole or None, self.city or None, self.postcode or None, self.country or None

    def __bool__(self) -> bool:
        return bool(self.whole or self.city or self.postcode or self.country)


@dataclass(slots=True, kw_only=True)
class Listed:
    """One entry: a party and what its list says of it.

    Args:
        entry_id: the list's own id, with the short name of the list before it, as ``ofac:12345``.
        names: (name, kind) with the primary first; kind is primary, alias or weak_alias.
        schema: Person, Organization, LegalEntity, Vessel or Aircraft; None where the list's word is not known.
        program: programmes, space-separated.
        born: days and years of birth, ISO 8601.
        nationality: nationalities as printed.
        papers: papers and numbers as ``kind:number``.
        addresses: addresses; also those that are only a country, which make the entry's countries.
        countries: countries that the list names elsewhere than in an address.
        remarks: remarks as printed.
    """

    entry_id: str
    names: list[tuple[str, str]]
    schema: str | None
    program: str = ""
    born: list[str] = field(default_factory=list)
    nationality: list[str] = field(default_factory=list)
    papers: list[str] = field(default_factory=list)
    addresses: list[Place] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    remarks: str = ""

    def said(self, *, narcotics: bool) -> tuple[object, ...]:
        """Return what is the same for all names of the entry: `ENTRY_FIELDS` from the fourth on."""
        return (
            self.schema, self.program or None, narcotics,
            _joined([*self.countries, *(place.country for place in self.addresses)]),
            _joined(self.born), _joined(self.nationality), _joined(self.papers), self.remarks[:_MOST_REMARKS] or None,
        )  # fmt: skip

    def places(self) -> Iterator[Place]:
        """Yield the addresses that say something."""
        return (place for place in self.addresses if place)


def _joined(values: list[str]) -> str | None:
    """Return the different values, `; ` between them; a semicolon inside one becomes a comma."""
    return "; ".join(dict.fromkeys(value.replace(";", ",") for value in values if value)) or None


def schema_of(kind: str) -> str | None:
    """Return the schema for a list's own word (Person, Organization …); None for a word nobody knows.

    >>> schema_of("individual"), schema_of("Ship"), schema_of("planet")
    ('Person', 'Vessel', None)
    """
    return _SCHEMAS.get(kind.strip().casefold())
