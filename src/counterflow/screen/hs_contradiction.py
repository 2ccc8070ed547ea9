"""Do the declared HS code and net mass fit what the goods text says?

Four questions, strongest first: does a substance that the text names have a place in the declared heading; is the
line declared to weigh less than the text gives of the substance (both in `named_substances.py`); does the head word
of the text ("cotton **t-shirts**, size L") belong to the declared chapter; does the declared code exist in the HS at
all? HS 2022 gives several controlled substances subheadings of their own, so the first is a cheap and strong test of
misdeclaration. Codes are compared at the level they were declared at: two digits say only the chapter.
"""

from __future__ import annotations

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.check import Code, FindingRows, Resources, Subject
from counterflow.reference.goods_tables import GoodsWord, load_goods_tables
from counterflow.reference.registry import Registry, load_registry
from counterflow.screen.masks import findings_where, in_row_order
from counterflow.screen.named_substances import CODES, named_against_declared
from counterflow.screen.rules import own_settings
from counterflow.screen.substances.accepted import registry_from

__all__ = ["HsContradictionCheck", "make"]

RULES = 2
#: Codes that the HS leaves to states and special transactions.
_NATIONAL = frozenset({"98", "99"})
_HS = "Harmonized System 2022 (WCO)"
_CODES = (
    *CODES,
    Code("hs-goods", "declaration", "the head word of the text does not belong to the declared chapter"),
    Code("hs-invalid", "data", "the declared code has no chapter, or an odd form"),
    Code("hs-unknown-heading", "data", "the declared heading is not in HS 2022; it may be of another edition"),
)
#: The first piece of a text, and the words that open an aside in it; what stands before ends in its head word.
_PIECE = r"^(?P<piece>[^,;:(/.\[|]*)"
_ASIDE = (
    r"(?i) (?:for|of|with|without|from|to|in|on|at|by|as|about|and|or|made|like|style|containing|excluding"
    r"|except|other|size|set|kit)\b.*"
)
_LAST_TWO = r"(?P<words>[^ ]+ +[^ ]+) *$"
_LAST = r"(?P<words>[^ ]+) *$"


@cache
def _word_table() -> dict[str, GoodsWord]:
    """Return head words and their plurals, folded."""
    table: dict[str, GoodsWord] = {}
    for word in load_goods_tables().goods_words:
        table |= dict.fromkeys((word.word, _plural(word.word)), word)
    return table


def _plural(word: str) -> str:
    if word.endswith(("s", "x", "ch", "sh")):
        return word + "es"
    return word[:-1] + "ies" if word.endswith("y") and word[-2] not in "aeiou" else word + "s"


class HsContradictionCheck:
    """Declared HS code and net mass against the substance or goods named in the text.

    Args:
        registry: what is listed, and under which codes; the shipped one where None.
    """

    id = "hs-contradiction"
    title = "Declared HS code and net mass against the goods text"
    subject: Subject = "goods_line"
    reads: tuple[str, ...] = ("description", "hs", "mass_kg")
    codes = _CODES

    def __init__(self, registry: Registry | None = None) -> None:
        self._registry = registry or load_registry()
        self.version = f"{RULES}.{self._registry.version}.{load_goods_tables().version}"

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return contradictions; see `counterflow.core.check.Check`."""
        hs = pc.replace_substring_regex(pc.fill_null(batch.column("hs"), ""), r"[^0-9]", "")
        chapter = pc.utf8_slice_codeunits(hs, 0, 2)
        known = pa.array(list(load_goods_tables().chapters))
        exists = pc.is_in(chapter, known)
        return in_row_order(
            [
                *_ill_formed(batch, hs, chapter, exists),
                _goods(batch, chapter, exists),
                named_against_declared(batch, hs, exists, self._registry),
            ]
        )


def make(resources: Resources) -> HsContradictionCheck:
    """Return the check (entry point), on the registry with what was accepted in the workspace."""
    own_settings(resources, HsContradictionCheck.id)
    return HsContradictionCheck(registry_from(resources))


def _ill_formed(batch: pa.RecordBatch, hs: pa.Array, chapter: pa.Array, exists: pa.Array) -> list[pa.RecordBatch]:
    length = pc.utf8_length(hs)
    given = pc.greater(pc.utf8_length(pc.fill_null(batch.column("hs"), "")), 0)
    national = pc.is_in(chapter, pa.array(sorted(_NATIONAL)))
    odd = pc.or_(pc.invert(pc.or_(exists, national)), pc.equal(length, 1))
    headings = pa.array([h for c in load_goods_tables().chapters.values() for h in sorted(c.headings)])
    heading = pc.utf8_slice_codeunits(hs, 0, 4)
    unknown = pc.and_(pc.and_(exists, pc.greater_equal(length, 4)), pc.invert(pc.is_in(heading, headings)))
    common = {
        "field": "hs",
        "matched": pc.utf8_slice_codeunits(batch.column("hs"), 0, 40),
        "citation": _HS,
        "harm_class": "data",
        "reference_version": load_goods_tables().version,
        "meaning": "judgement: how much an impossible code is worth a question; no probability",
    }
    return [
        findings_where(
            pc.and_(given, odd),
            batch,
            code="hs-invalid",
            strength=0.40,
            sentence="The declared HS code has no chapter of the HS.",
            **common,
        ),
        findings_where(
            pc.and_(given, unknown),
            batch,
            code="hs-unknown-heading",
            strength=0.10,
            sentence="The declared heading is not one of HS 2022; it may come from another edition.",
            **common,
        ),
    ]


def _goods(batch: pa.RecordBatch, chapter: pa.Array, exists: pa.Array) -> pa.RecordBatch:
    """Hold the last two words, then the last word, of the text's first piece against the declared chapter."""
    heads = _heads(batch)
    table = _word_table()
    words = pa.array(list(table))
    two, one = (pc.index_in(_extract(heads, pattern, "words"), words) for pattern in (_LAST_TWO, _LAST))
    index = pc.fill_null(pc.coalesce(two, one), -1).to_numpy(zero_copy_only=False)
    entries, found = list(table.items()), FindingRows()
    rows, texts = batch.column("row"), batch.column("description")
    for place in pc.indices_nonzero(pc.and_(exists, pa.array(index >= 0))).to_pylist():
        form, word = entries[index[place]]
        declared = chapter[place].as_py()
        if declared not in word.chapters:
            _add_goods(found, rows[place].as_py(), texts[place].as_py(), form, word, declared)
    return found.batch()


def _heads(batch: pa.RecordBatch) -> pa.Array:
    """Return the lowered first piece of each text, up to an aside, from its first 120 characters."""
    texts = pc.utf8_slice_codeunits(pc.fill_null(batch.column("description"), ""), 0, 120)
    piece = _extract(pc.replace_substring(texts, "\n", " "), _PIECE, "piece")
    return pc.utf8_lower(pc.replace_substring_regex(piece, _ASIDE, ""))


def _extract(texts: pa.Array, pattern: str, group: str) -> pa.Array:
    return pc.struct_field(pc.extract_regex(texts, pattern), group)


def _add_goods(found: FindingRows, row: int, text: str, form: str, word: GoodsWord, declared: str) -> None:
    chapters = load_goods_tables().chapters
    fitting = ", ".join(f"{c} ({chapters[c].title})" for c in sorted(word.chapters))
    start = text.lower().find(form)
    found.add(
        row,
        code="hs-goods",
        strength=0.35,
        meaning="judgement: one head word against one chapter; no probability",
        harm_class="declaration",
        sentence=f"The text names “{form}”, goods of chapter {fitting}; declared is chapter {declared} "
        f"({chapters[declared].title}).",
        field="description",
        start=start if start >= 0 else None,
        end=start + len(form) if start >= 0 else None,
        matched=form,
        reference=f"goods-words:{word.word}",
        reference_text=fitting,
        reference_version=load_goods_tables().version,
        citation=word.source.citation,
    )
