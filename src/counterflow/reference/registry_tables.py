"""The rows of the registry of substances: what each table holds, in the words of the people who use it.

Substance, Name, Identifier and Structure say what a thing is; Jurisdiction, Instrument and Control say what the law
makes of it, since when, under which words, and whether those words were at hand when the row was written.
"""

from __future__ import annotations

from dataclasses import dataclass

from counterflow.reference.csv_files import Source
from counterflow.reference.dated import Dated

__all__ = ["Control", "Exclusion", "Identifier", "Instrument", "Jurisdiction", "Name", "Structure", "Substance"]


@dataclass(frozen=True, slots=True)
class Substance:
    """One substance, plant or group of substances.

    Args:
        id: stable short id.
        name: preferred name.
        kind: compound | plant | group.
        grade: drug | precursor | solvent | watch; `watch` stands in no convention and on no US or EU list here,
            though some state may control it.
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
        lang: ISO 639 code; empty where the name is of no language (a trade name, an abbreviation), `und` where
            several share it.
        type: statutory | INN | chemical | trade | abbreviation | street | foreign.
        ambiguity: 0 means only this; 1 mostly this; 2 often something else; 3 an ordinary word.
        source: where the line comes from.
    """

    substance: str
    text: str
    lang: str
    type: str
    ambiguity: int
    source: Source


@dataclass(frozen=True, slots=True)
class Identifier:
    """One number of a substance, or of its salt or ester `form`: CAS, HS (six digits, HS 2022), DEA, UNII, InChIKey."""

    substance: str
    scheme: str
    value: str
    form: str
    source: Source


@dataclass(frozen=True, slots=True)
class Structure:
    """The structure of a substance, with how far it can be relied on.

    Args:
        substance: id of the substance.
        smiles: canonical SMILES of the base or acid, without salt.
        inchikey: standard InChIKey of the same.
        standing: two (two independent sources agree) | one (one source) | none (sources disagree: the law's name
            wins and the structure waits for a person).
        sources: the sources compared.
    """

    substance: str
    smiles: str
    inchikey: str
    standing: str
    sources: tuple[Source, ...]

    @property
    def unverified(self) -> bool:
        """Whether nothing but memory stands behind it, so that a person has to confirm it."""
        return all(source.read == "recalled" for source in self.sources)

    @property
    def rests_on(self) -> str:
        """What the structure rests on, for sentences."""
        if self.standing == "one" and self.unverified:
            return "memory alone, unverified"
        return {"two": "two sources that agree", "one": "one source"}.get(
            self.standing, "nothing: the sources disagree, it waits for a person"
        )


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What an instrument leaves out in so many words, though a substance, an isomer or a derivative would be in.

    Args:
        name: what is left out: a substance, or some products of one.
        smiles: canonical SMILES of the substance; empty where only some products are left out.
        instrument: id of the instrument.
        citation: where the law says so.
        read: text | recalled, as for `Control`.
        words: the words of the law, or what its table of products says.
    """

    name: str
    smiles: str
    instrument: str
    citation: str
    read: str
    words: str


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """Where an instrument holds (international | union | state); `member_of`: unions whose law holds there too."""

    code: str
    name: str
    kind: str
    member_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Instrument:
    """One law or convention, its short name for sentences, and how far this registry covers it.

    Args:
        id: stable short id.
        short: name for sentences.
        jurisdiction: code of the jurisdiction.
        title: full title.
        citation: where it is published.
        coverage: complete | partial; every answer that rests on the instrument repeats it.
        as_of: day up to which amendments were looked for, ISO 8601.
        coverage_note: what was read and what is missing, in words.
    """

    id: str
    short: str
    jurisdiction: str
    title: str
    citation: str
    coverage: str
    as_of: str
    coverage_note: str

    @property
    def coverage_text(self) -> str:
        """The coverage as answers repeat it: "complete as of 2025-12-03: …" or "partial, as of …: …"."""
        head = f"complete as of {self.as_of}" if self.coverage == "complete" else f"partial, as of {self.as_of}"
        return f"{head}: {self.coverage_note}"


@dataclass(frozen=True, slots=True)
class Control(Dated):
    """One substance on one list of one instrument.

    Args:
        substance: id of the substance.
        instrument: id of the instrument.
        list: schedule, table, list or category.
        date_from: day, month or year from which it holds, ISO 8601; with ".." before it, by that day at the latest
            (the day of the text read); empty where not recorded.
        date_to: last day, or last month or year; empty while it holds.
        date_read: text | recalled, how the dates were read; empty where there is none.
        basis: drug | precursor | immediate precursor | class | temporary.
        extends_to: what else the entry covers, of salts, isomers, esters, ethers, isotopes, preparations, derivatives,
            analogues.
        scope: words that narrow the entry to some preparations or forms; empty where it is the substance itself.
        threshold: quantity or concentration at which duties begin, in words.
        citation: where the law says so.
        source: the document read.
        read: text (the document was at hand) | recalled (from memory; shown as unverified).
    """

    substance: str
    instrument: str
    list: str
    date_from: str
    date_to: str
    date_read: str
    basis: str
    extends_to: tuple[str, ...]
    scope: str
    threshold: str
    citation: str
    source: Source
    read: str
