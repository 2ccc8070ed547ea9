"""Finding many terms in many texts in one pass, with the place of each hit in the text as it was written.

A goods description is searched for thousands of names at once (Aho and Corasick 1975, "Efficient string
matching", CACM 18(6), through the Rust crate `aho-corasick`, leftmost-longest). Text and terms are
folded the same way, so that ``1,4-Butanediol``, ``1.4 BUTANEDIOL`` and ``1 4 butanediol`` are one term.
A term is met only as whole words. Scripts that put no spaces between words (Chinese, Japanese, Thai,
Lao, Khmer, Burmese) are searched without regard to words, and end the word of another script beside
them: ``PMK粉`` holds ``PMK``.

All texts of a block are joined to one byte string, folded by table and searched by one call; only texts that
are not plain ASCII are folded one by one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from ahocorasick_rs import BytesAhoCorasick, MatchKind

__all__ = ["FoldedTexts", "TermAutomaton", "TermHit", "fold", "fold_texts", "fold_with_offsets"]

_BLOCK_TEXTS = 16_384
_SPACE = 0x20
_BOUNDARY = 0  # stands between two texts; never part of a term
#: Scripts that put no space between words: Thai, Lao, Tibetan, Burmese, Khmer, kana, Han, half-width kana.
_UNSPACED_CLASS = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003134f"
)
_UNSPACED = re.compile(f"[{_UNSPACED_CLASS}]")
#: Where a word of a spaced script touches one of these: a word ends there.
_TOUCHING = re.compile(
    f"(?<=[{_UNSPACED_CLASS}])(?=[^\\W{_UNSPACED_CLASS}])|(?<=[^\\W{_UNSPACED_CLASS}])(?=[{_UNSPACED_CLASS}])"
)
#: Letters that Unicode does not take apart but people write without their stroke or dot.
_STROKES = {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "ħ": "h", "ŧ": "t"}


class TermHit(NamedTuple):
    """Term number `term` met in text number `row`, from character `start` to before `end` as written."""

    row: int
    term: int
    start: int
    end: int


@cache
def _byte_table() -> bytes:
    """Return byte to compared byte: letters lowered, digits kept, other ASCII a space, other scripts kept."""
    return bytes(b if b >= 0x80 or b == _BOUNDARY or chr(b).isalnum() else _SPACE for b in range(256)).lower()


@cache
def _letter(character: str) -> str:
    """Return a case-folded character as compared: Latin letters lose accents, the rest a space."""
    base = _STROKES.get(character) or unicodedata.normalize("NFKD", character)[0]
    if base.isascii() and base.isalnum():
        return base
    return character if character.isalnum() or unicodedata.category(character)[0] == "M" else " "


def fold(text: str) -> str:
    """Return `text` as it is compared: NFKC, case folded, no Latin accents, a space for what is not.

    >>> fold("1,4-Butanediol (98 %)")
    '1 4 butanediol  98   '
    """
    if text.isascii():
        return text.replace("\0", " ").encode().translate(_byte_table()).decode()
    return "".join(map(_letter, unicodedata.normalize("NFKC", text).casefold()))


def fold_with_offsets(text: str) -> tuple[str, list[tuple[int, int]] | None]:
    """Return the folded text and, where folding moved characters, the place each came from in `text`.

    >>> fold_with_offsets("Ether")
    ('ether', None)
    >>> fold_with_offsets("ﬁx")
    ('fix', [(0, 1), (0, 1), (1, 2)])
    """
    folded = fold(text)
    # Case folding only ever lengthens, so equal lengths of a normalised text mean one character for one.
    same = len(folded) == len(text) and unicodedata.is_normalized("NFKC", text)
    if same and not _TOUCHING.search(folded):
        return folded, None
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        piece = fold(text[start:end])
        if pieces and _TOUCHING.search(pieces[-1][-1:] + piece[:1]):
            piece = " " + piece
        pieces.append(piece)
        places.extend([(start, end)] * len(piece))
    return "".join(pieces), places


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of characters with marks and jamo that belong to them, which NFKC may melt into one."""
    start = 0
    for place in range(1, len(text)):
        if not (unicodedata.category(text[place])[0] == "M" or text[place] in "\uff9e\uff9f" or _is_jamo(text[place])):
            yield start, place
            start = place
    if text:
        yield start, len(text)


def _is_jamo(character: str) -> bool:
    """Return whether it is a Hangul vowel or final consonant, which composes with what stands before."""
    return "\u1160" <= character <= "\u11ff"


class TermAutomaton:
    """Many terms, ready to be looked for in many texts.

    Args:
        terms: the terms as people write them; each must hold a letter or digit. Of terms that fold to the
            same text, the first is reported.

    >>> automaton = TermAutomaton(["acetic anhydride", "ether"])
    >>> [tuple(hit) for hit in automaton.find(["Diethyl-ether; ACETIC-ANHYDRIDE 99%", "gathering ether"])]
    [(0, 1, 8, 13), (0, 0, 15, 31), (1, 1, 10, 15)]
    """

    def __init__(self, terms: Sequence[str]) -> None:
        self.terms = tuple(terms)
        self._patterns = [_pattern(term) for term in self.terms]
        starts_padded = [p[:1] == b" " for p in self._patterns]
        ends_padded = [p[-1:] == b" " for p in self._patterns]
        self._lead = np.array(starts_padded, dtype=np.int64)
        self._trail = np.array(ends_padded, dtype=np.int64)
        self._automaton = BytesAhoCorasick(self._patterns, MatchKind.LeftmostLongest) if self.terms else None

    def __reduce__(self) -> tuple[type[TermAutomaton], tuple[tuple[str, ...]]]:
        """Travel as the terms; the other side builds its own automaton."""
        return TermAutomaton, (self.terms,)

    def find(self, texts: Sequence[str | None]) -> Iterator[TermHit]:
        """Yield every hit in order of text and place; in a text they never overlap; the longest wins.

        Args:
            texts: any length; None is a text without hits.
        """
        rows = iter(texts)
        first = 0
        while block := list(islice(rows, _BLOCK_TEXTS)):
            for row, term, start, end in self.find_in(fold_texts(block)):
                yield TermHit(first + row, term, start, end)
            first += len(block)

    def find_in(self, folded: FoldedTexts) -> Iterator[TermHit]:
        """Yield every hit in texts folded before, as `find` does; rows are those of the block."""
        if self._automaton is None:
            return
        found = self._automaton.find_matches_as_indexes(folded.spaced)
        hits = np.array(found, dtype=np.int64).reshape(-1, 3)
        if not len(hits):
            return
        term = hits[:, 0]
        begins = folded.unspaced(hits[:, 1] + self._lead[term])
        ends = folded.unspaced(hits[:, 2] - 1 - self._trail[term]) + 1
        for (row, start, end), met in zip(folded.as_written(begins, ends), term.tolist(), strict=True):
            yield TermHit(row, met, start, end)


def _pattern(term: str) -> bytes:
    """Return the bytes to look for: words two spaces apart, and a space at each end where a word must end."""
    words = fold_with_offsets(term)[0].split()
    if not words:
        raise ValueError(f"a term needs a letter or digit: {term!r}")
    lead = "" if _UNSPACED.match(words[0][0]) else " "
    trail = "" if _UNSPACED.match(words[-1][-1]) else " "
    return (lead + "  ".join(words) + trail).encode()


_Folded = tuple[bytes, list[tuple[int, int]] | None]


@dataclass(frozen=True)
class FoldedTexts:
    """A block of texts, folded and joined: what several searches share, so that folding is paid for once.

    Args:
        blob: all texts as compared, with a byte 0 between two.
        starts: where in it each text begins.
        folded: by row, texts that are not plain ASCII: their bytes, and the place every character came from.
    """

    blob: bytes
    starts: npt.NDArray[np.int64]
    folded: dict[int, _Folded]

    @cached_property
    def words(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Where in `blob` each word begins and ends, in order; the byte 0 between two texts counts as one."""
        letters = np.frombuffer(self.blob, dtype=np.uint8) != _SPACE
        edges = np.flatnonzero(letters[1:] != letters[:-1]) + 1
        return edges[::2], edges[1::2]

    @cached_property
    def spaced(self) -> bytes:
        """The words with exactly two spaces between, so that neighbouring words each own the space beside them."""
        return b" " + b"  ".join(self.blob.split()) + b" "

    def unspaced(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Turn places inside words of `spaced` into places in `blob`."""
        begins, ends = self.words
        spaced = 1 + np.concatenate([[0], np.cumsum(ends - begins + 2)[:-1]])
        word = np.searchsorted(spaced, places, side="right") - 1
        offset: npt.NDArray[np.int64] = begins[word] - spaced[word]
        return offset + places

    def rows(self, begins: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the row that each place in `blob` belongs to."""
        return np.searchsorted(self.starts, begins, side="right") - 1

    def as_written(self, begins: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
        """Yield row, first character and one past the last, as written, for stretches of `blob` in order."""
        row = self.rows(begins)
        begins, ends = begins - self.starts[row], ends - self.starts[row]
        at, characters = -1, np.zeros(0, dtype=np.int64)
        for r, begin, end in zip(row.tolist(), begins.tolist(), ends.tolist(), strict=True):
            if r not in self.folded:
                yield r, begin, end
                continue
            if r != at:
                at, characters = r, _character_of_byte(self.folded[r][0])
            places, start, stop = self.folded[r][1], int(characters[begin]), int(characters[end])
            yield (r, start, stop) if places is None else (r, places[start][0], places[stop - 1][1])


def _character_of_byte(data: bytes) -> npt.NDArray[np.int64]:
    """Return for each byte of UTF-8, and one past the last, the number of characters that begin before it."""
    leading = (np.frombuffer(data, dtype=np.uint8) & 0xC0) != 0x80
    return np.concatenate([[0], np.cumsum(leading)])


def fold_texts(texts: Sequence[str | None]) -> FoldedTexts:
    r"""Fold texts as terms are folded and join them; None is an empty text.

    >>> fold_texts(["Acetic-Anhydride", None]).blob
    b' acetic anhydride \x00  '
    """
    return FoldedTexts(*_blob([t or "" for t in texts]))


def _blob(texts: list[str]) -> tuple[bytes, npt.NDArray[np.int64], dict[int, _Folded]]:
    """Return all texts as one byte string, the start of each, and the folding of those not plain ASCII."""
    folded: dict[int, _Folded] = {}
    joined = " \0 ".join(texts)
    if not joined.isascii() or joined.count("\0") >= len(texts):
        texts = texts.copy()
        for row, text in enumerate(texts):
            if not text.isascii():
                texts[row], places = fold_with_offsets(text)
                folded[row] = (texts[row].encode(), places)
            texts[row] = texts[row].replace("\0", " ")
        joined = " \0 ".join(texts)
    lengths = [len(folded[r][0]) for r in range(len(texts)) if r in folded]
    sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    if folded:
        sizes[list(folded)] = lengths
    starts = 1 + np.concatenate([[0], np.cumsum(sizes[:-1] + 3)])
    return f" {joined} ".encode().translate(_byte_table()), starts, folded
