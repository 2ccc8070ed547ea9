"""Does the goods text name a tablet press, dies, an encapsulator, or what stands beside them?

Tableting and encapsulating machines are under reporting duties of their own (21 U.S.C. 830(b)(1)(D); 21 CFR
1310.05(b)(2)); dies that copy a medicine's imprint are forbidden goods (21 U.S.C. 843(a)(5)). Mixers,
counters and binders are ordinary goods and only add weight beside a machine.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import pyarrow as pa

from counterflow.core.check import Code, FindingRows, Resources, Subject
from counterflow.matching.automaton import TermAutomaton
from counterflow.reference.goods_tables import Equipment, load_goods_tables
from counterflow.screen.rules import own_settings

__all__ = ["EquipmentCheck", "make"]

RULES = 2
#: Strength by group; a second group in the same text adds `_BESIDE`.
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
    """Tablet presses, dies, encapsulators and what stands beside them."""

    id = "equipment"
    title = "Equipment to press tablets and fill capsules"
    subject: Subject = "goods_line"
    reads: tuple[str, ...] = ("description",)
    codes = _CODES

    def __init__(self) -> None:
        self.version = f"{RULES}.{load_goods_tables().version}"

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the strongest finding per text; see `counterflow.core.check.Check`."""
        texts = batch.column("description").to_pylist()
        automaton, terms = _lexicon()
        hits: defaultdict[int, list[_Hit]] = defaultdict(list)
        for row, term, start, end in automaton.find(texts):
            if terms[term].group != "innocent":
                hits[row].append((terms[term], start, end))
        rows, found = batch.column("row").to_pylist(), FindingRows()
        for row, met in hits.items():
            _add(found, rows[row], texts[row], met)
        return found.batch()


def make(resources: Resources) -> EquipmentCheck:
    """Return the check (entry point)."""
    own_settings(resources, EquipmentCheck.id)
    return EquipmentCheck()


def _add(found: FindingRows, row: int, text: str, met: list[_Hit]) -> None:
    best, start, end = max(met, key=lambda hit: (STRENGTH[hit[0].group], -hit[1]))
    beside: dict[str, str] = {}
    for other, first, last in sorted(met, key=lambda hit: hit[1]):
        if other.group != best.group:
            beside.setdefault(other.group, f"“{text[first:last]}” ({other.group})")
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
