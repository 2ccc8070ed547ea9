"""The check on substances: goods text in, findings with span, law and reason out."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pyarrow as pa

from counterflow.core.check import Code, FindingRows, Resources, Subject
from counterflow.reference.goods_tables import load_goods_tables
from counterflow.reference.registry import load_registry
from counterflow.screen.rules import own_settings
from counterflow.screen.substances.mentions import Mention, WrongNumber, find_mentions

__all__ = ["SubstanceCheck", "make"]

#: Raise it when the same text could find something else although the reference files are the same.
RULES = 1
MEANING = "weight of the evidence that the text names this substance, by docs/methods/substances.md; no probability"
_ORDINARY_WORD = 3
_CODES = (
    Code("controlled-drug-cas", "drug", "the text gives the CAS number of a controlled drug"),
    Code("controlled-drug", "drug", "the text names a controlled drug"),
    Code("listed-precursor-cas", "precursor", "the text gives the CAS number of a listed precursor"),
    Code("listed-precursor", "precursor", "the text names a listed precursor"),
    Code("listed-solvent", "precursor", "the text names a listed chemical of wide lawful trade"),
    Code("watch-substance", "drug", "the text names a substance to watch that is under no instrument of the registry"),
    Code("ambiguous-term", "drug", "an ordinary word that is also a street name, beside a quantity and a purity"),
    Code("substance-mentioned", "declaration", "the text names a substance, but as something else: a test, a book"),
    Code("cas-invalid", "declaration", "what is called a CAS number has a wrong check digit"),
)
_HOW = {"CAS and name": "by CAS number and name", "CAS": "by CAS number"}
#: Weakened below this, a name is a mention: test strips and hemp rope are not ranked among the drugs.
MENTION_BELOW = 0.5
_HARM = {"drug": "drug", "precursor": "precursor", "solvent": "precursor", "watch": "drug"}


class SubstanceCheck:
    """Words and CAS numbers of controlled substances and precursors in goods texts."""

    id = "substances"
    title = "Controlled substances and precursors named in the goods text"
    subject: Subject = "goods_line"
    reads: tuple[str, ...] = ("description",)
    codes = _CODES

    def __init__(self) -> None:
        self._version = load_registry().version
        self.version = f"{RULES}.{self._version}.{load_goods_tables().version}"

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return one finding per substance and text; see `counterflow.core.check.Check`."""
        rows = batch.column("row").to_pylist()
        found = FindingRows()
        for met in find_mentions(batch.column("description")):
            if isinstance(met, WrongNumber):
                self._add_wrong_number(found, rows[met.row], met)
            else:
                self._add(found, rows[met.row], met)
        return found.batch()

    def _add(self, found: FindingRows, row: int, met: Mention) -> None:
        law = _law(met.substance.id)
        found.add(
            row,
            code=_code(met),
            strength=met.strength,
            meaning=MEANING,
            harm_class="declaration" if _only_mentioned(met) else _HARM[met.substance.grade],
            sentence=_sentence(met, law.lists),
            field="description",
            start=met.start,
            end=met.end,
            matched=met.matched[:200],
            reference=f"substances:{met.substance.id}",
            reference_text=law.reference_text,
            reference_version=self._version,
            citation=law.citation,
        )

    def _add_wrong_number(self, found: FindingRows, row: int, met: WrongNumber) -> None:
        number = met.number
        meant = f"; its other digits are those of {met.meant.name}" if met.meant else ""
        found.add(
            row,
            code="cas-invalid",
            strength=0.35 if met.meant else 0.20,
            meaning="judgement: how much a wrong check digit is worth a question; no probability",
            harm_class="declaration",
            sentence=f"“{number.text}” is called a CAS number, but its check digit should be "
            f"{number.expected_digit}{meant}.",
            field="description",
            start=number.start,
            end=number.end,
            matched=number.text,
            reference=f"substances:{met.meant.id}" if met.meant else None,
            reference_text=met.meant.name if met.meant else None,
            reference_version=self._version,
            citation="CAS, Check Digit Verification of CAS Registry Numbers",
        )


def make(resources: Resources) -> SubstanceCheck:
    """Return the check (entry point)."""
    own_settings(resources, SubstanceCheck.id)
    return SubstanceCheck()


def _only_mentioned(met: Mention) -> bool:
    return met.context.factor < MENTION_BELOW


def _code(met: Mention) -> str:
    if _only_mentioned(met):
        return "substance-mentioned"
    if met.ambiguity == _ORDINARY_WORD:
        return "ambiguous-term"
    by_number = met.written.startswith("CAS") and met.context.factor == 1.0
    grade = met.substance.grade
    if grade == "drug":
        return "controlled-drug-cas" if by_number else "controlled-drug"
    if grade == "precursor":
        return "listed-precursor-cas" if by_number else "listed-precursor"
    return {"solvent": "listed-solvent", "watch": "watch-substance"}[grade]


class _Law(NamedTuple):
    """What the registry says on one substance, as findings print it; `lists` is empty where none does."""

    lists: str
    reference_text: str
    citation: str


@cache
def _law(substance_id: str) -> _Law:
    registry = load_registry()
    substance, controls = registry.substances[substance_id], registry.controls.get(substance_id, ())
    lists = "; ".join(f"{registry.instruments[c.instrument].short} {c.list}" for c in controls)
    return _Law(
        lists=lists,
        reference_text=f"{substance.name} ({substance.family}): {lists or 'no instrument in this registry'}",
        citation="; ".join(c.citation for c in controls) or substance.source.citation,
    )


def _sentence(met: Mention, lists: str) -> str:
    how = _HOW.get(met.written, f"{met.written} name")
    salt = f", with the salt “{met.context.salt}”" if met.context.salt else ""
    hidden = ", in disguise" if met.disguised else ""
    hidden += f", read as “{met.misspelt[:80]}”, which is written almost so" if met.misspelt else ""
    again = f", {met.places} times" if met.places > 1 else ""
    law = f"listed under {lists}" if lists else "under no instrument of this registry; other law may apply"
    lowered = f" Weakened: {'; '.join(met.context.lowered_by)}." if met.context.lowered_by else ""
    lawful = " Lawful with the permits that the law asks for." if lists and met.substance.trade != "rare" else ""
    names = f"“{met.matched[:80]}” names {met.substance.name} ({how}{hidden}{salt}{again})"
    return f"{names}: {law}.{lowered}{lawful}"
