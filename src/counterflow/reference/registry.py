"""The registry of substances: what a name or number means, under which law, from when, and who says so.

Tables that a person can review, each a folder of CSV files under `reference/substances/`, every line with its source:
`substances/`, `names/`, `identifiers/`, `structures/`, `jurisdictions.csv`, `instruments.csv`, `controls/` (one file
per instrument, named by its id) and `exclusions.csv`. Several files of one table are read as one, so that two people
can work at the same time. That a substance is *not* found here never means that it is not controlled: each instrument
says how far it goes (`Instrument.coverage_text`).

>>> from datetime import date
>>> registry = load_registry()
>>> before, after = (registry.controls_on("norfentanyl", date(year, 1, 1), ["UN"]) for year in (2022, 2024))
>>> [c.list for c in before], [c.list for c in after]
([], ['Table I'])
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from counterflow.core.errors import UnknownName
from counterflow.reference.csv_files import Source, content_version, read_lines, read_rows, read_sources, table_files
from counterflow.reference.registry_tables import (
    Control,
    Exclusion,
    Identifier,
    Instrument,
    Jurisdiction,
    Name,
    Structure,
    Substance,
)

__all__ = [
    "Control",
    "Exclusion",
    "Identifier",
    "Instrument",
    "Jurisdiction",
    "Name",
    "Registry",
    "Structure",
    "Substance",
    "cas_check_digit",
    "load_registry",
]

_FOLDER = "substances"
#: Columns of the tables kept as folders, in order; an instrument's file repeats its id so that each line stands alone.
_TABLES = {
    "substances": ("id", "name", "kind", "grade", "family", "trade", "source"),
    "names": ("substance", "text", "lang", "type", "ambiguity", "source"),
    "identifiers": ("substance", "scheme", "value", "form", "source"),
    "structures": ("substance", "smiles", "inchikey", "standing", "sources"),
    "controls": (
        *("substance", "instrument", "list", "date_from", "date_to", "date_read", "basis"),
        *("extends_to", "scope", "threshold", "citation", "source", "read"),
    ),
}
_SINGLE = ("exclusions.csv", "instruments.csv", "jurisdictions.csv", "sources.csv")


@dataclass(frozen=True)
class Registry:
    """All tables, indexed. `version` names the content of the files."""

    version: str
    substances: Mapping[str, Substance]
    names: tuple[Name, ...]
    identifiers: tuple[Identifier, ...]
    controls: Mapping[str, tuple[Control, ...]]
    instruments: Mapping[str, Instrument]
    jurisdictions: Mapping[str, Jurisdiction]
    structures: Mapping[str, Structure]
    cas_numbers: Mapping[str, Identifier]
    hs_codes: Mapping[str, tuple[str, ...]]
    exclusions: tuple[Exclusion, ...] = ()

    def substance(self, id_: str) -> Substance:
        """Return a substance by id; raises UnknownName with the nearest ids."""
        try:
            return self.substances[id_]
        except KeyError:
            raise UnknownName("substance", id_, self.substances) from None

    def jurisdiction(self, code: str) -> Jurisdiction:
        """Return a jurisdiction by code; raises UnknownName with the nearest codes."""
        try:
            return self.jurisdictions[code]
        except KeyError:
            raise UnknownName("jurisdiction", code, self.jurisdictions) from None

    def law_in(self, code: str) -> tuple[Instrument, ...]:
        """Return the instruments that hold in a jurisdiction: its own, then those of the unions it is a member of.

        Conventions of the United Nations bind states, not people, and are asked for by their own code `UN`.

        Args:
            code: code of the jurisdiction; raises UnknownName where the registry holds nothing of it.
        """
        codes = (code, *self.jurisdiction(code).member_of)
        return tuple(i for c in codes for i in self.instruments.values() if i.jurisdiction == c)

    def controls_on(self, substance: str, day: date, jurisdictions: Iterable[str]) -> tuple[Control, ...]:
        """Return the entries of a substance that hold, or may hold, on a day in the jurisdictions.

        Entries whose dates do not tell (`Control.holds_on` is None) are returned too: unknown is not "no". Entries
        narrowed to some preparations (`Control.scope`) come after those on the substance itself.

        Args:
            substance: id of the substance; raises UnknownName.
            day: the day asked for.
            jurisdictions: codes such as UN, EU, US, DE; raises UnknownName.
        """
        self.substance(substance)
        asked = {i.id for code in jurisdictions for i in self.law_in(code)}
        held = [c for c in self.controls.get(substance, ()) if c.instrument in asked and c.holds_on(day) is not False]
        return tuple(sorted(held, key=lambda c: bool(c.scope)))


def cas_check_digit(body: str) -> int:
    """Return the check digit of a CAS registry number from its other digits.

    Each digit is weighted by its place from the right, beginning with 1; the sum modulo 10 is the check digit
    (CAS, "Check Digit Verification of CAS Registry Numbers").

    >>> cas_check_digit("43738")
    7
    """
    return sum(place * int(digit) for place, digit in enumerate(reversed(body), 1)) % 10


@cache
def load_registry() -> Registry:
    """Return the registry shipped with this installation (read once per process)."""
    sources = read_sources(_FOLDER)
    names = tuple(
        Name(substance, text, lang, type_, int(ambiguity), sources[source])
        for substance, text, lang, type_, ambiguity, source in _table("names")
    )
    identifiers = tuple(
        Identifier(substance, scheme, value, form, sources[source])
        for substance, scheme, value, form, source in _table("identifiers")
    )
    return Registry(
        version=content_version(
            _FOLDER, [*_SINGLE, *(file for table in _TABLES for file in table_files(_FOLDER, table))]
        ),
        substances={s.id: s for s in _substances(sources)},
        names=names,
        identifiers=identifiers,
        controls=_controls(sources),
        instruments={r["id"]: Instrument(**r) for r in read_rows(_FOLDER, "instruments.csv")},
        jurisdictions=_jurisdictions(),
        structures=_structures(sources),
        cas_numbers={i.value: i for i in identifiers if i.scheme == "CAS"},
        hs_codes=_hs_codes(identifiers),
        exclusions=tuple(Exclusion(**row) for row in read_rows(_FOLDER, "exclusions.csv")),
    )


def _table(table: str) -> list[list[str]]:
    columns = _TABLES[table]
    return [line for file in table_files(_FOLDER, table) for line in read_lines(_FOLDER, file, columns)]


def _substances(sources: Mapping[str, Source]) -> list[Substance]:
    return [
        Substance(id_, name, kind, grade, family, trade, sources[source])
        for id_, name, kind, grade, family, trade, source in _table("substances")
    ]


def _controls(sources: Mapping[str, Source]) -> dict[str, tuple[Control, ...]]:
    grouped: defaultdict[str, list[Control]] = defaultdict(list)
    for line in _table("controls"):
        *dated, extends, scope, threshold, citation, source, read = line
        substance, instrument, list_, begins, ends, dates, basis = dated
        grouped[substance].append(
            Control(
                *(substance, instrument, list_, begins, ends, dates, basis),
                *(_words(extends), scope, threshold, citation, sources[source], read),
            )
        )
    return {substance: tuple(rows) for substance, rows in grouped.items()}


@cache
def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _jurisdictions() -> dict[str, Jurisdiction]:
    return {
        r["code"]: Jurisdiction(r["code"], r["name"], r["kind"], _words(r["member_of"]))
        for r in read_rows(_FOLDER, "jurisdictions.csv")
    }


def _structures(sources: Mapping[str, Source]) -> dict[str, Structure]:
    return {
        substance: Structure(substance, smiles, inchikey, standing, tuple(sources[s] for s in _words(compared)))
        for substance, smiles, inchikey, standing, compared in _table("structures")
    }


def _hs_codes(identifiers: tuple[Identifier, ...]) -> dict[str, tuple[str, ...]]:
    grouped: defaultdict[str, list[str]] = defaultdict(list)
    for identifier in identifiers:
        if identifier.scheme == "HS":
            grouped[identifier.substance].append(identifier.value)
    return {substance: tuple(codes) for substance, codes in grouped.items()}
