"""Numbers and structures in goods texts other than CAS numbers, found by their form or by their label.

An InChIKey is known by its form. A UNII and a DEA drug code are believed only behind their label, for any part number
may look like them; a DEA code may belong to several substances. Texts that look like a SMILES are handed over as they
stand (`structures_in`): whether they are one only chemistry can say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["LabelledNumber", "StructureText", "labelled_numbers", "rows_with_identifiers", "structures_in"]

#: Cheap sieve over whole columns; what passes is read with care.
_SIEVE = r"[A-Za-z]{14}-[A-Za-z]{10}-[A-Za-z]|\b(?:UNII|DEA|unii|dea|Dea|Unii)\b"
_INCHIKEY = re.compile(r"(?<![A-Za-z0-9])([A-Z]{14}-[A-Z]{10}-[A-Z])(?![A-Za-z0-9])", re.IGNORECASE)
_LABEL = r"[\s.:#=(]*(?:(?:drug|code|number|num|no|nr|id)[\s.:#=(]*){0,3}"
_UNII = re.compile(rf"\bUNII{_LABEL}([0-9A-Z]{{10}})\b", re.IGNORECASE)
_DEA = re.compile(rf"\bDEA{_LABEL}([0-9]{{4}})\b(?![-/]\d)", re.IGNORECASE)
_KINDS = (("InChIKey", _INCHIKEY), ("UNII", _UNII), ("DEA code", _DEA))
_SCHEME = {"InChIKey": "InChIKey", "UNII": "UNII", "DEA code": "DEA"}
#: What stands between two spaces or list signs, and what of it is atoms, bonds, rings and branches and nothing else.
_TOKEN = re.compile(r"[^\s,;\"'“”]+")
_SMILES = re.compile(r"(?:\[[^\]\s]{1,12}\]|Cl|Br|[BCNOSPFI]|[bcnosp]|[-=#$:/\\.()%]|\d){8,400}")
_LONGEST_SMILES = 400
_ORGANIC, _SIGNS = re.compile(r"[Cc]"), 2


@dataclass(frozen=True, slots=True)
class LabelledNumber:
    """One identifier met: how it is written (InChIKey | UNII | DEA code), its value, and where it stands."""

    written: str
    value: str
    start: int
    end: int

    @property
    def key(self) -> tuple[str, str]:
        """Scheme and value, as the registry's identifiers give them."""
        return _SCHEME[self.written], self.value


@dataclass(frozen=True, slots=True)
class StructureText:
    """A stretch of a text that gives a structure: kind InChIKey | SMILES, the text itself, and where it stands."""

    kind: str
    text: str
    start: int
    end: int


def rows_with_identifiers(texts: pa.Array) -> list[int]:
    """Return the positions of texts that may hold an InChIKey, a UNII or a DEA code."""
    positions: list[int] = pc.indices_nonzero(pc.fill_null(pc.match_substring_regex(texts, _SIEVE), False)).to_pylist()
    return positions


def labelled_numbers(text: str) -> Iterator[LabelledNumber]:
    """Yield the identifiers of a text.

    >>> [(n.written, n.value) for n in labelled_numbers("fentanyl (DEA code 9801), UNII: UF599785JZ, item 9801")]
    [('UNII', 'UF599785JZ'), ('DEA code', '9801')]
    """
    for written, pattern in _KINDS:
        for met in pattern.finditer(text):
            yield LabelledNumber(written, met.group(1).upper(), met.start(1), met.end(1))


def structures_in(text: str) -> tuple[StructureText, ...]:
    """Return the InChIKeys of a text and what looks like a SMILES, in order of place.

    >>> [(s.kind, s.text) for s in structures_in("item CC(=O)Oc1ccccc1C(=O)O, 25 kg; N-phenyl (2C-B)")]
    [('SMILES', 'CC(=O)Oc1ccccc1C(=O)O')]
    """
    keys = [StructureText("InChIKey", m.group(1), m.start(1), m.end(1)) for m in _INCHIKEY.finditer(text)]
    smiles = [
        StructureText("SMILES", m.group(), m.start(), m.end())
        for m in _TOKEN.finditer(text)
        if m.end() - m.start() <= _LONGEST_SMILES and _like_smiles(m.group())
    ]
    return tuple(sorted(keys + smiles, key=lambda s: s.start))


def _like_smiles(token: str) -> bool:
    """Whether it is signs of a SMILES, with carbon, balanced branches, and two of branch, ring closure and bond."""
    if not _SMILES.fullmatch(token):
        return False
    signs = ("(" in token) + (re.search(r"[A-Za-z\]]\d", token) is not None) + any(s in token for s in "=#[@")
    return bool(_ORGANIC.search(token)) and token.count("(") == token.count(")") and signs >= _SIGNS
