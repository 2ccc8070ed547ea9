"""Does the goods text name a tablet press, dies, an encapsulator, or what stands beside them?

Tableting and encapsulating machines are under reporting duties of their own (21 U.S.C. 830(b)(1)(D); 21 CFR
1310.05(b)(2)); dies that copy a medicine's imprint are forbidden goods (21 U.S.C. 843(a)(5)). Mixers,
counters and binders are ordinary goods and only add weight beside a machine; so does a listed substance that the same
text names.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import pyarrow as pa

from counterflow.core.check import Code, FindingRows, Resources, Subject
from counterflow.matching.automaton import TermAutomaton
from counterflow.reference.goods_tables import Equipment, load_goods_tables
from counterflow.reference.registry import Registry, load_registry
from counterflow.screen.rules import own_settings
from counterflow.screen.substances.accepted import registry_from
from counterflow.screen.substances.mentions import Mention, find_mentions

__all__ = ["EquipmentCheck", "make"]

RULES = 3
#: Strength by group; a second group, or a listed substance, in the same text adds `_BESIDE`.
STRENGTH = {"machine": 0.70, "tooling": 0.75, "related": 0.15, "supply": 0.10}
_BESIDE = 0.10
_CODES = (
    Code("tablet-machine", "equipment", "a tableting or encapsulating machine is named"),
    Code("tablet-tooling", "equipment", "dies, punches or moulds for tablets are named"),
    Code("tablet-related", "equipment", "goods that stand beside tablet machines are named; weak alone"),
)
_CODE_OF = {
    "machine": "tablet-machine",
    "tooling": "tablet-tooling",
    "related": "tablet-related",
    "supply": "tablet-related",
}
_MEANING = "judgement: weight of the words by group of equipment (docs/methods/goods-checks.md); no probability"
_Hit = tuple[Equipment, int, int]


@cache
def _lexicon() -> tuple[TermAutomaton, tuple[Equipment, ...]]:
    terms = load_goods_tables().equipment
    return TermAutomaton([t.term for t in terms]), terms


class EquipmentCheck:
    """Tablet presses, dies, encapsulators and what stands beside them.

    Args:
        registry: the substances that may stand beside them; the shipped registry where None.
    """

    id = "equipment"
    title = "Equipment to press tablets and fill capsules"
    subject: Subject = "goods_line"
    reads: tuple[str, ...] = ("description",)
    codes = _CODES

    def __init__(self, registry: Registry | None = None) -> None:
        self._registry = registry or load_registry()
        self.version = f"{RULES}.{self._registry.version}.{load_goods_tables().version}"

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the strongest finding per text; see `counterflow.core.check.Check`."""
        texts = batch.column("description").to_pylist()
        automaton, terms = _lexicon()
        hits: defaultdict[int, list[_Hit]] = defaultdict(list)
        for row, term, start, end in automaton.find(texts):
            if terms[term].group != "innocent":
                hits[row].append((terms[term], start, end))
        rows, found = batch.column("row").to_pylist(), FindingRows()
        named = self._substances([texts[row] for row in hits])
        for number, (row, met) in enumerate(hits.items()):
            _add(found, rows[row], texts[row], met, named.get(number, ""))
        return found.batch()

    def _substances(self, texts: list[str]) -> dict[int, str]:
        """Return the strongest substance that each text names as goods, in words, by position of the text."""
        named: dict[int, str] = {}
        for met in find_mentions(pa.array(texts, pa.string()), self._registry):
            if isinstance(met, Mention) and met.context.factor >= 1 and met.row not in named:
                named[met.row] = f"“{met.matched[:80]}” (substance: {met.substance.name})"
        return named


def make(resources: Resources) -> EquipmentCheck:
    """Return the check (entry point)."""
    own_settings(resources, EquipmentCheck.id)
    return EquipmentCheck(registry_from(resources))


def _add(found: FindingRows, row: int, text: str, met: list[_Hit], substance: str) -> None:
    best, start, end = max(met, key=lambda hit: (STRENGTH[hit[0].group], -hit[1]))
    beside: dict[str, str] = {}
    for other, first, last in sorted(met, key=lambda hit: hit[1]):
        if other.group != best.group:
            beside.setdefault(other.group, f"“{text[first:last]}” ({other.group})")
    if substance:
        beside["substance"] = substance
    also = f" The text also names {', '.join(beside[group] for group in sorted(beside))}." if beside else ""
    found.add(
        row,
        code=_CODE_OF[best.group],
        strength=STRENGTH[best.group] + _BESIDE * bool(beside),
        meaning=_MEANING,
        harm_class="equipment",
        sentence=f"“{text[start:end]}” names equipment of the group “{best.group}”.{also}",
        field="description",
        start=start,
        end=end,
        matched=text[start:end],
        reference=f"equipment:{best.term}",
        reference_text=best.group,
        reference_version=load_goods_tables().version,
        citation=best.source.citation,
    )
