"""The check on substances: goods text, route and day in, findings with span, law and reason out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.check import Code, FindingRows, Resources, Subject
from counterflow.reference.class_members import class_members_version
from counterflow.reference.goods_tables import load_goods_tables
from counterflow.reference.registry import Registry, load_registry
from counterflow.screen.rules import own_settings
from counterflow.screen.substances.accepted import registry_from
from counterflow.screen.substances.mentions import Mention, WrongNumber
from counterflow.screen.substances.on_route import RouteLaw, Standing
from counterflow.screen.substances.read_once import mentions_by_text
from counterflow.screen.substances.strength import CAPS

__all__ = ["SubstanceCheck", "make"]

#: Raise it when the same text could find something else although the reference files are the same.
RULES = 2
MEANING = "weight of the evidence that the text names this substance, by docs/methods/substances.md; no probability"
_ORDINARY_WORD = 3
_CODES = (
    Code("controlled-drug-cas", "drug", "the text gives the CAS number of a controlled drug"),
    Code("controlled-drug", "drug", "the text names a drug that the law of the route controls on the day"),
    Code("listed-precursor-cas", "precursor", "the text gives the CAS number of a listed precursor"),
    Code("listed-precursor", "precursor", "the text names a precursor that the law of the route lists on the day"),
    Code("listed-solvent", "precursor", "the text names a listed chemical of wide lawful trade"),
    Code("substance-unclear", "drug", "the law of the route may list the substance; its dates or words do not decide"),
    Code("watch-substance", "drug", "no entry found in the law of the route on the day; listed elsewhere, or to watch"),
    Code("ambiguous-term", "drug", "an ordinary word that is also a street name, beside a quantity and a purity"),
    Code("substance-mentioned", "declaration", "the text names a substance, but as something else: a test, a book"),
    Code("cas-invalid", "declaration", "what is called a CAS number has a wrong check digit"),
)
_HOW = {
    "CAS and name": "by CAS number and name",
    "CAS": "by CAS number",
    "InChIKey": "by InChIKey",
    "UNII": "by UNII",
    "DEA code": "by DEA code",
}
#: Weakened below this, a name is a mention: test strips and hemp rope are not ranked among the drugs.
MENTION_BELOW = 0.5
_HARM = {"drug": "drug", "precursor": "precursor", "solvent": "precursor", "watch": "drug"}
_ROUTE = ("departure", "destination", "declared_on")


class SubstanceCheck:
    """Words and CAS numbers of controlled substances and precursors in goods texts, under the law of the route.

    Args:
        registry: what is listed where; the shipped one where None.
    """

    id = "substances"
    title = "Controlled substances and precursors named in the goods text"
    subject: Subject = "goods_line"
    reads: tuple[str, ...] = ("description", *_ROUTE)
    codes = _CODES

    def __init__(self, registry: Registry | None = None) -> None:
        self._registry = registry or load_registry()
        self._law = RouteLaw(self._registry)
        law = f"{self._registry.version}.{class_members_version()}"
        self.version = f"{RULES}.{law}.{load_goods_tables().version}"

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return one finding per substance and text; see `counterflow.core.check.Check`.

        Each distinct text is read once, whatever the number of routes and days it stands with.
        """
        texts = pc.dictionary_encode(batch.column("description"))
        met_in = mentions_by_text(texts.dictionary, self._registry)
        found = FindingRows()
        number = pc.fill_null(texts.indices, -1).to_numpy(zero_copy_only=False)
        hits = np.flatnonzero(np.isin(number, np.fromiter(met_in, np.int64, len(met_in))))
        asked = batch.take(pa.array(hits))
        routes = zip(*(asked.column(name).to_pylist() for name in ("row", *_ROUTE)), strict=True)
        for text, (row, departure, destination, day) in zip(number[hits].tolist(), routes, strict=True):
            for met in met_in[text]:
                if isinstance(met, WrongNumber):
                    self._add_wrong_number(found, row, met)
                else:
                    self._add(found, row, met, self._law.standing(met.substance.id, departure, destination, day))
        return found.batch()

    def _add(self, found: FindingRows, row: int, met: Mention, law: Standing) -> None:
        code = _code(met, law.verdict)
        found.add(
            row,
            code=code,
            strength=min(met.strength, CAPS["watch"]) if code == "watch-substance" else met.strength,
            meaning=MEANING,
            harm_class="declaration" if _only_mentioned(met) else _harm(met, law.verdict),
            sentence=_sentence(met, law),
            field="description",
            start=met.start,
            end=met.end,
            matched=met.matched[:200],
            reference=f"substances:{met.substance.id}",
            reference_text=_reference_text(met, law),
            reference_version=self._registry.version,
            citation=law.citation or met.substance.source.citation,
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
            reference_version=self._registry.version,
            citation="CAS, Check Digit Verification of CAS Registry Numbers",
        )


def make(resources: Resources) -> SubstanceCheck:
    """Return the check (entry point), on the registry with what was accepted in the workspace."""
    own_settings(resources, SubstanceCheck.id)
    return SubstanceCheck(registry_from(resources))


def _only_mentioned(met: Mention) -> bool:
    return met.context.factor < MENTION_BELOW


def _code(met: Mention, verdict: str) -> str:
    """Return the code: how sure the text is comes first, then what the law of the route makes of the substance."""
    if _only_mentioned(met):
        return "substance-mentioned"
    if met.ambiguity == _ORDINARY_WORD:
        return "ambiguous-term"
    by_number = "-cas" if met.written.startswith("CAS") and met.context.factor == 1.0 else ""
    if verdict in {"watch", "none"}:
        return "watch-substance"
    if verdict == "unclear":
        return "substance-unclear"
    if met.substance.grade == "solvent":
        return "listed-solvent"
    return f"controlled-drug{by_number}" if _harm(met, verdict) == "drug" else f"listed-precursor{by_number}"


def _harm(met: Mention, verdict: str) -> str:
    """Return the harm class: what the law of the route lists as a precursor is one there, whatever its grade."""
    return "precursor" if verdict == "listed_precursor" else _HARM[met.substance.grade]


def _reference_text(met: Mention, law: Standing) -> str:
    substance = met.substance
    return f"{substance.name} ({substance.family}): {law.lists or 'no entry found'}. {law.coverage}"


def _sentence(met: Mention, law: Standing) -> str:
    how = _HOW.get(met.written, f"{met.written} name")
    salt = f", with the salt “{met.context.salt}”" if met.context.salt else ""
    hidden = ", in disguise" if met.disguised else ""
    hidden += f", read as “{met.misspelt[:80]}”, which is written almost so" if met.misspelt else ""
    again = f", {met.places} times" if met.places > 1 else ""
    lowered = f" Weakened: {'; '.join(met.context.lowered_by)}." if met.context.lowered_by else ""
    lawful = " Lawful with the permits that the law asks for." if law.lists and met.substance.trade != "rare" else ""
    names = f"“{met.matched[:80]}” names {met.substance.name} ({how}{hidden}{salt}{again})"
    return f"{names}: {law.told}.{lowered}{lawful}"
