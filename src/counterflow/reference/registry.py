"""The registry of substances: what a name or number means, under which law, from when, and who says so.

Five tables that a person can review (`substances/*.csv`): Substance, Name, Identifier, Control and
Instrument, each line with its source. The registry is a starter set and says so: that a name is *not* found
here never means that it is not controlled (`Instrument.coverage` states per instrument how far it goes).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from counterflow.core.errors import UnknownName
from counterflow.reference.csv_files import Source, content_version, read_rows, read_sources

__all__ = [
    "Control",
    "Identifier",
    "Instrument",
    "Name",
    "Registry",
    "Substance",
    "cas_check_digit",
    "load_registry",
]

_FOLDER = "substances"
_FILES = ("substances.csv", "names.csv", "identifiers.csv", "controls.csv", "instruments.csv", "sources.csv")


@dataclass(frozen=True, slots=True)
class Substance:
    """One substance, plant or group of substances.

    Args:
        id: stable short id.
        name: preferred name.
        kind: compound | plant | group.
        grade: drug | precursor | solvent | watch; `watch` is under no instrument of this registry.
        family: substances that belong together, for example `fentanyls`.
        trade: rare | medical | some | wide, how much lawful trade there is; only tempers a finding's
            strength.
        source: where the line comes from.
    """

    id: str
    name: str
    kind: str
    grade: str
    family: str
    trade: str
    source: Source


@dataclass(frozen=True, slots=True)
class Name:
    """One way to write a substance.

    Args:
        substance: id of the substance.
        text: the name.
        type: statutory | INN | chemical | trade | abbreviation | street | foreign.
        ambiguity: 0 means only this; 1 mostly this; 2 often something else; 3 an ordinary word.
        source: where the line comes from.
    """

    substance: str
    text: str
    type: str
    ambiguity: int
    source: Source


@dataclass(frozen=True, slots=True)
class Identifier:
    """One number of a substance: scheme CAS, HS (six digits, HS 2022) or DEA; `form`: its salt or ester."""

    substance: str
    scheme: str
    value: str
    form: str
    source: Source


@dataclass(frozen=True, slots=True)
class Instrument:
    """One law or convention, its short name for sentences, and how far this registry covers it."""

    id: str
    short: str
    jurisdiction: str
    title: str
    citation: str
    coverage: str


@dataclass(frozen=True, slots=True)
class Control:
    """One substance on one list of one instrument.

    Args:
        substance: id of the substance.
        instrument: id of the instrument.
        list: schedule, table, list or category.
        date_from: day or year from which it holds, ISO 8601; empty where not recorded.
        date_to: last day; empty while it holds or where not recorded.
        basis: drug | precursor | immediate precursor | class | temporary.
        citation: where the law says so.
        source: where the line comes from.
    """

    substance: str
    instrument: str
    list: str
    date_from: str
    date_to: str
    basis: str
    citation: str
    source: Source


@dataclass(frozen=True)
class Registry:
    """All tables, indexed. `version` names the content of the files."""

    version: str
    substances: Mapping[str, Substance]
    names: tuple[Name, ...]
    identifiers: tuple[Identifier, ...]
    controls: Mapping[str, tuple[Control, ...]]
    instruments: Mapping[str, Instrument]
    cas_numbers: Mapping[str, Identifier]
    hs_codes: Mapping[str, tuple[str, ...]]

    def substance(self, id_: str) -> Substance:
        """Return a substance by id; raises UnknownName with the nearest ids."""
        try:
            return self.substances[id_]
        except KeyError:
            raise UnknownName("substance", id_, self.substances) from None


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
        Name(r["substance"], r["text"], r["type"], int(r["ambiguity"]), sources[r["source"]])
        for r in read_rows(_FOLDER, "names.csv")
    )
    identifiers = tuple(
        Identifier(r["substance"], r["scheme"], r["value"], r["form"], sources[r["source"]])
        for r in read_rows(_FOLDER, "identifiers.csv")
    )
    return Registry(
        version=content_version(_FOLDER, _FILES),
        substances={s.id: s for s in _substances(sources)},
        names=names,
        identifiers=identifiers,
        controls=_controls(sources),
        instruments={r["id"]: Instrument(**r) for r in read_rows(_FOLDER, "instruments.csv")},
        cas_numbers={i.value: i for i in identifiers if i.scheme == "CAS"},
        hs_codes=_hs_codes(identifiers),
    )


def _substances(sources: Mapping[str, Source]) -> list[Substance]:
    return [
        Substance(r["id"], r["name"], r["kind"], r["grade"], r["family"], r["trade"], sources[r["source"]])
        for r in read_rows(_FOLDER, "substances.csv")
    ]


def _controls(sources: Mapping[str, Source]) -> dict[str, tuple[Control, ...]]:
    grouped: defaultdict[str, list[Control]] = defaultdict(list)
    for row in read_rows(_FOLDER, "controls.csv"):
        plain = {key: value for key, value in row.items() if key != "source"}
        grouped[row["substance"]].append(Control(**plain, source=sources[row["source"]]))
    return {substance: tuple(rows) for substance, rows in grouped.items()}


def _hs_codes(identifiers: tuple[Identifier, ...]) -> dict[str, tuple[str, ...]]:
    grouped: defaultdict[str, list[str]] = defaultdict(list)
    for identifier in identifiers:
        if identifier.scheme == "HS":
            grouped[identifier.substance].append(identifier.value)
    return {substance: tuple(codes) for substance, codes in grouped.items()}
