"""Words about goods: what is vague, what is equipment, what changes a name's meaning; and the HS chapters.

Shipped as CSV files in `goods/`, each line with its source. Vague words follow the European list of stop
words as far as it could be read; the rest are our own lists and say so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from counterflow.reference.csv_files import Source, content_version, read_rows, read_sources

__all__ = ["Chapter", "Equipment", "GoodsTables", "GoodsWord", "StopWord", "load_goods_tables"]

_FOLDER = "goods"
_FILES = (
    "context.csv",
    "equipment.csv",
    "goods_words.csv",
    "hs_chapters.csv",
    "hs_former.csv",
    "near_words.csv",
    "sources.csv",
    "stop_words.csv",
)


@dataclass(frozen=True, slots=True)
class StopWord:
    """A text too vague to screen; `embedded`: inside a longer text too; `paused`: its list holds it back."""

    term: str
    kind: str
    embedded: bool
    paused: bool
    source: Source


@dataclass(frozen=True, slots=True)
class Equipment:
    """A name of equipment: group machine | tooling | related | supply, or innocent: only sounds like it."""

    term: str
    group: str
    source: Source


@dataclass(frozen=True, slots=True)
class GoodsWord:
    """A head word of goods and the HS chapters (two digits) that such goods can stand in."""

    word: str
    chapters: frozenset[str]
    source: Source


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the HS: two digits, what it holds in our words, and its four-digit headings."""

    chapter: str
    title: str
    headings: frozenset[str]
    source: Source


@dataclass(frozen=True)
class GoodsTables:
    """All tables.

    `context` maps a kind of context to its phrases, each with its factor as text; `near_words` are ordinary words and
    other chemicals one letter away from an official name of a listed substance, which are no misspelling of it;
    `former_codes` maps a substance to HS codes of earlier editions that it stood under.
    """

    version: str
    stop_words: tuple[StopWord, ...]
    equipment: tuple[Equipment, ...]
    goods_words: tuple[GoodsWord, ...]
    chapters: Mapping[str, Chapter]
    context: Mapping[str, Mapping[str, str]]
    near_words: frozenset[str]
    former_codes: Mapping[str, frozenset[str]]


@cache
def load_goods_tables() -> GoodsTables:
    """Return the tables shipped with this installation (read once per process)."""
    sources = read_sources(_FOLDER)
    return GoodsTables(
        version=content_version(_FOLDER, _FILES),
        stop_words=tuple(
            StopWord(r["term"], r["kind"], r["embedded"] == "yes", r["state"] == "paused", sources[r["source"]])
            for r in read_rows(_FOLDER, "stop_words.csv")
        ),
        equipment=tuple(
            Equipment(r["term"], r["group"], sources[r["source"]]) for r in read_rows(_FOLDER, "equipment.csv")
        ),
        goods_words=tuple(
            GoodsWord(r["word"], frozenset(r["chapters"].split()), sources[r["source"]])
            for r in read_rows(_FOLDER, "goods_words.csv")
        ),
        chapters={
            r["chapter"]: Chapter(r["chapter"], r["title"], _headings(r), sources[r["source"]])
            for r in read_rows(_FOLDER, "hs_chapters.csv")
        },
        context=_context(),
        near_words=frozenset(r["word"] for r in read_rows(_FOLDER, "near_words.csv")),
        former_codes=_former_codes(),
    )


def _headings(row: Mapping[str, str]) -> frozenset[str]:
    """Spell out `01-03 05` of chapter 64 as 6401, 6402, 6403 and 6405."""
    numbers: set[int] = set()
    for piece in row["headings"].split():
        first, _, last = piece.partition("-")
        numbers.update(range(int(first), int(last or first) + 1))
    return frozenset(f"{row['chapter']}{number:02d}" for number in numbers)


def _former_codes() -> dict[str, frozenset[str]]:
    grouped: defaultdict[str, set[str]] = defaultdict(set)
    for row in read_rows(_FOLDER, "hs_former.csv"):
        grouped[row["substance"]].add(row["hs"])
    return {substance: frozenset(codes) for substance, codes in grouped.items()}


def _context() -> dict[str, dict[str, str]]:
    grouped: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in read_rows(_FOLDER, "context.csv"):
        grouped[row["kind"]][row["phrase"]] = row["factor"]
    return dict(grouped)
