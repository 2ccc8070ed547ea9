"""Is the goods text good enough to screen at all?

A line that says "parts" or "gift" tells nobody what it is. Under the European entry summary declaration a
stop word *alone* has the declaration refused (Delegated Regulation (EU) 2015/2446, annex B, data element 18
05 000 000: general terms "cannot be accepted"); inside a longer text it is a hint only. Sources differ on
the embedded case, so: alone = worth refusing, embedded = a warning, and only for terms that stay vague in a
longer text.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.check import Code, Resources, Subject
from counterflow.matching.automaton import TermAutomaton
from counterflow.reference.goods_tables import StopWord, load_goods_tables
from counterflow.screen.masks import findings_where, in_row_order

__all__ = ["GoodsTextCheck", "make"]

RULES = 1
#: Three letters, or one sign of a script that writes goods in one ("tea" and "hat" are the shortest of ours).
_ENOUGH = r"\p{L}\P{L}*\p{L}\P{L}*\p{L}|[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
_LAW = "Delegated Regulation (EU) 2015/2446, annex B, 18 05 000 000"
_MEANING = "judgement: how little the text lets anyone screen the line; no probability"
_CODES = (
    Code("text-missing", "data", "there is no goods text"),
    Code("text-no-letters", "data", "the goods text holds no letter"),
    Code("text-too-short", "data", "the goods text has fewer than three letters"),
    Code("text-placeholder", "data", "the goods text is a placeholder"),
    Code("text-unreadable", "data", "the goods text holds replacement characters: its encoding was broken"),
    Code(
        "stop-word-isolated",
        "declaration",
        "the whole goods text is a stop word; a European declaration is refused",
    ),
    Code("stop-word-embedded", "declaration", "a vague term stands in a longer goods text; a warning"),
)


@cache
def _by_term() -> dict[str, StopWord]:
    return {_plain_text(s.term): s for s in load_goods_tables().stop_words if not s.paused}


@cache
def _embedded() -> tuple[TermAutomaton, tuple[StopWord, ...]]:
    words = tuple(s for s in load_goods_tables().stop_words if s.embedded and not s.paused)
    return TermAutomaton([s.term for s in words]), words


class GoodsTextCheck:
    """Vague, empty and unreadable goods texts. The setting `embedded = "off"` drops the warnings."""

    id = "goods-text"
    title = "Vague, empty or unreadable goods text"
    subject: Subject = "goods_line"
    reads: tuple[str, ...] = ("description",)
    codes = _CODES

    def __init__(self, *, warn_embedded: bool = True) -> None:
        self._warn_embedded = warn_embedded
        self.version = f"{RULES}.{load_goods_tables().version}" + ("" if warn_embedded else ".isolated")

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return findings on texts that cannot be screened; see `counterflow.core.check.Check`."""
        texts = pc.fill_null(batch.column("description"), "")
        plain = _plain_if_short(texts)
        empty = pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(texts)), 0)
        isolated = pc.is_in(plain, pa.array(_of_kind("stop")))
        placeholder = pc.and_not(pc.is_in(plain, pa.array(_of_kind("placeholder"))), empty)
        rest = pc.invert(pc.or_(pc.or_(empty, isolated), placeholder))
        wordless = pc.and_not(rest, pc.match_substring_regex(texts, r"\p{L}"))
        short = pc.and_not(pc.and_not(rest, wordless), pc.match_substring_regex(texts, _ENOUGH))
        found = [
            _found(empty, batch, "text-missing", "data", 0.50, "There is no goods text."),
            _found(
                wordless, batch, "text-no-letters", "data", 0.45, "The goods text holds no letter.", texts
            ),
            _found(
                short,
                batch,
                "text-too-short",
                "data",
                0.40,
                "The goods text is too short to name goods.",
                texts,
            ),
            _found(
                placeholder,
                batch,
                "text-placeholder",
                "data",
                0.50,
                "The goods text is a placeholder.",
                texts,
            ),
            _found(
                pc.match_substring(texts, "\ufffd"),
                batch,
                "text-unreadable",
                "data",
                0.30,
                "The goods text was damaged by a wrong encoding.",
                texts,
            ),
            _found(
                isolated,
                batch,
                "stop-word-isolated",
                "declaration",
                0.60,
                "The whole goods text is a stop word: it does not say what the goods are.",
                texts,
            ),
        ]
        if self._warn_embedded:
            found.append(_warnings(batch, texts, rest))
        return in_row_order(found)


def make(resources: Resources) -> GoodsTextCheck:
    """Return the check (entry point); reads its setting `embedded`."""
    settings = resources.settings.get("goods-text", {})
    return GoodsTextCheck(warn_embedded=settings.get("embedded", "warn") != "off")


def _plain_if_short(texts: pa.Array) -> pa.Array:
    """Return texts as stop words are compared; a text too long to be one is not looked at (null)."""
    longest = 2 * max(map(len, _by_term()))
    return _plain(
        pc.if_else(pc.less_equal(pc.utf8_length(texts), longest), texts, pa.scalar(None, pa.string()))
    )


def _plain(texts: pa.Array) -> pa.Array:
    """Fold case, strip signs from both ends, and make runs of spaces and signs one space."""
    folded = pc.utf8_lower(texts)
    folded = pc.replace_substring_regex(folded, r"^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$", "")
    return pc.replace_substring_regex(folded, r"[\s.,;:_\-]+", " ")


def _plain_text(term: str) -> str:
    folded: str = _plain(pa.array([term]))[0].as_py()
    return folded


@cache
def _of_kind(kind: str) -> tuple[str, ...]:
    return tuple(term for term, word in _by_term().items() if word.kind == kind)


def _found(
    mask: pa.Array,
    batch: pa.RecordBatch,
    code: str,
    harm: str,
    strength: float,
    sentence: str,
    texts: pa.Array | None = None,
) -> pa.RecordBatch:
    whole = {} if texts is None else _whole_text(texts)
    return findings_where(
        mask,
        batch,
        code=code,
        harm_class=harm,
        strength=strength,
        sentence=sentence,
        meaning=_MEANING,
        field="description",
        citation=_LAW,
        reference_version=load_goods_tables().version,
        **whole,
    )


def _whole_text(texts: pa.Array) -> dict[str, pa.Array]:
    lengths = pc.utf8_length(texts)
    return {
        "matched": pc.utf8_slice_codeunits(texts, 0, 200),
        "start": pa.repeat(pa.scalar(0, lengths.type), len(texts)),
        "end": lengths,
    }


def _warnings(batch: pa.RecordBatch, texts: pa.Array, rest: pa.Array) -> pa.RecordBatch:
    """Return at most one warning per text: the first vague term in it."""
    automaton, words = _embedded()
    positions = pc.indices_nonzero(rest)
    first: dict[int, tuple[int, int, int]] = {}
    for row, term, start, end in automaton.find(texts.take(positions).to_pylist()):
        first.setdefault(row, (term, start, end))
    return _warning_batch(
        batch, texts, positions.take(pa.array(list(first), pa.int64())), list(first.values()), words
    )


def _warning_batch(
    batch: pa.RecordBatch,
    texts: pa.Array,
    positions: pa.Array,
    places: list[tuple[int, int, int]],
    words: tuple[StopWord, ...],
) -> pa.RecordBatch:
    part = pa.RecordBatch.from_arrays([batch.column("row").take(positions)], names=["row"])
    met = [words[term] for term, _, _ in places]
    spans = zip(texts.take(positions).to_pylist(), places, strict=True)
    column: Callable[[list[str]], pa.Array] = lambda values: pa.array(values, pa.string())  # noqa: E731
    return findings_where(
        pa.repeat(True, len(met)),
        part,
        code="stop-word-embedded",
        harm_class="declaration",
        strength=0.05,
        meaning=_MEANING,
        field="description",
        reference_version=load_goods_tables().version,
        start=pa.array([start for _, start, _ in places], pa.int32()),
        end=pa.array([end for _, _, end in places], pa.int32()),
        matched=column([text[start:end] for text, (_, start, end) in spans]),
        reference=column([f"stop-words:{word.term}" for word in met]),
        citation=column([word.source.citation for word in met]),
        sentence=column(
            [f"“{word.term}” is a vague term; the rest of the text must say what it is." for word in met]
        ),
    )
