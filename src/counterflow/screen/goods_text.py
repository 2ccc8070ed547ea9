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

from counterflow.core.check import Resources, Subject
from counterflow.matching.automaton import TermAutomaton
from counterflow.reference.goods_tables import StopWord, load_goods_tables
from counterflow.screen.masks import in_row_order
from counterflow.screen.rules import Rule, by_code, codes_of, own_settings

__all__ = ["GoodsTextCheck", "make"]

RULES = 2
_SUBHEADING = 6
#: Three letters, or one sign of a script that writes goods in one ("tea" and "hat" are the shortest of ours).
_ENOUGH = r"\p{L}\P{L}*\p{L}\P{L}*\p{L}|[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
_LAW = "Delegated Regulation (EU) 2015/2446, annex B, 18 05 000 000"
_MEANING = "judgement: how little the text lets anyone screen the line; no probability"
_RULES = by_code(
    Rule(
        "text-missing", "data", 0.50, "description",
        "There is no goods text, and no HS code of six digits in its place.",
        "there is neither a goods text nor an HS code of six digits",
    ),
    Rule(
        "text-no-letters", "data", 0.45, "description", "The goods text holds no letter.",
        "the goods text holds no letter",
    ),
    Rule(
        "text-too-short", "data", 0.40, "description", "The goods text is too short to name goods.",
        "the goods text has fewer than three letters",
    ),
    Rule(
        "text-placeholder", "data", 0.50, "description", "The goods text is a placeholder.",
        "the goods text is a placeholder",
    ),
    Rule(
        "text-unreadable", "data", 0.30, "description", "The goods text was damaged by a wrong encoding.",
        "the goods text holds replacement characters: its encoding was broken",
    ),
    Rule(
        "stop-word-isolated", "declaration", 0.60, "description",
        "The whole goods text is a stop word: it does not say what the goods are.",
        "the whole goods text is a stop word; a European declaration is refused",
    ),
    Rule(
        "stop-word-embedded", "declaration", 0.05, "description",
        "A vague term; the rest of the text must say what it is.",
        "a vague term stands in a longer goods text; a warning",
    ),
)  # fmt: skip


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
    reads: tuple[str, ...] = ("description", "hs")
    codes = codes_of(_RULES)

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
        masks = {
            "text-no-letters": wordless,
            "text-too-short": pc.and_not(pc.and_not(rest, wordless), pc.match_substring_regex(texts, _ENOUGH)),
            "text-placeholder": placeholder,
            "text-unreadable": pc.match_substring(texts, "\ufffd"),
            "stop-word-isolated": isolated,
        }
        whole = _whole_text(texts)
        found = [_RULES[code].found(mask, batch, **whole, **_said()) for code, mask in masks.items()]
        # A source whose declarations carry codes and no text is a fact for coverage, not a finding on each record.
        coded = pc.greater_equal(pc.utf8_length(pc.fill_null(batch.column("hs"), "")), _SUBHEADING)
        found.append(_RULES["text-missing"].found(pc.and_not(empty, coded), batch, **_said()))
        if self._warn_embedded:
            found.append(_warnings(batch, texts, rest))
        return in_row_order(found)


def _said() -> dict[str, object]:
    return {"meaning": _MEANING, "citation": _LAW, "reference_version": load_goods_tables().version}


def make(resources: Resources) -> GoodsTextCheck:
    """Return the check (entry point); its setting `embedded` is `warn` or `off`."""
    settings = own_settings(resources, GoodsTextCheck.id, {"embedded": ("warn", "off")})
    return GoodsTextCheck(warn_embedded=settings["embedded"] == "warn")


def _plain_if_short(texts: pa.Array) -> pa.Array:
    """Return texts as stop words are compared; a text too long to be one is not looked at (null)."""
    longest = 2 * max(map(len, _by_term()))
    return _plain(pc.if_else(pc.less_equal(pc.utf8_length(texts), longest), texts, pa.scalar(None, pa.string())))


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
    return _warning_batch(batch, texts, positions.take(pa.array(list(first), pa.int64())), list(first.values()), words)


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
    return _RULES["stop-word-embedded"].found(
        pa.repeat(True, len(met)),
        part,
        meaning=_MEANING,
        reference_version=load_goods_tables().version,
        start=pa.array([start for _, start, _ in places], pa.int32()),
        end=pa.array([end for _, _, end in places], pa.int32()),
        matched=column([text[start:end] for text, (_, start, end) in spans]),
        reference=column([f"stop-words:{word.term}" for word in met]),
        citation=column([word.source.citation for word in met]),
        sentence=column([f"“{word.term}” is a vague term; the rest of the text must say what it is." for word in met]),
    )
