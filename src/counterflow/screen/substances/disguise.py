"""Names written so that a search does not see them: `f3ntanyl`, `f e n t a n y l`, `fеntanyl` with a Cyrillic letter.

A sieve over whole columns picks the few texts that hold such writing; only these are rewritten, as one or two plain
texts each with the place that every character came from. Look-alike letters follow the idea of Unicode Technical
Standard #39 (confusables), in a small table of our own; digits and signs stand for letters as people use them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["rows_in_disguise", "undisguised"]

_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_CYRILLIC = dict(zip("асеорхуікмтнвѕԁԛ", "aceopxyikmthbsdq", strict=True))
_GREEK = dict(zip("αεικνορτυχ", "aeiknoptux", strict=True))
_LIKE = {ord(a): b for a, b in (_CYRILLIC | _GREEK).items()}
_LIKE |= {ord(a.upper()): b.upper() for a, b in (_CYRILLIC | _GREEK).items()}
_SIGNS = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i", "1": "i"}
_SIEVE = (
    rf"[{_INVISIBLE}]"
    r"|[A-Za-z][\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}][A-Za-z]"
    r"|[A-Za-z][013457@$!]+[A-Za-z]{2}|[A-Za-z]{2}[013457@$!]+[A-Za-z]"
    r"|(?:\b[A-Za-z][ ._*\-]){5}[A-Za-z]\b"
)
#: A word with a digit or sign inside; a run of single letters; a word of Latin and look-alike letters.
_LEET = re.compile(r"(?<![A-Za-z])[A-Za-z]++(?:[013457@$!]++[A-Za-z]++)+")
_SPACED = re.compile(r"(?<![^\W_])[A-Za-z](?:[ ._*\-]{1,2}[A-Za-z](?![^\W_])){5,}")
_MIXED = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-z]")


def rows_in_disguise(texts: pa.Array) -> list[int]:
    """Return the positions of texts that may hold a disguised name."""
    sieved = pc.fill_null(pc.match_substring_regex(texts, _SIEVE), False)
    positions: list[int] = pc.indices_nonzero(sieved).to_pylist()
    return positions


def undisguised(text: str) -> Iterator[tuple[str, list[int]]]:
    """Yield plain readings of a text, each with the place in `text` that every character came from.

    There are two where a `1` stands inside a word (it may be an i or an l), else one.

    >>> [plain for plain, _ in undisguised("F3ntanyl and a1prazo1am")]
    ['Fentanyl and aiprazoiam', 'Fentanyl and alprazolam']
    """
    places = [i for i, character in enumerate(text) if character not in _INVISIBLE]
    visible = "".join(text[i] for i in places)
    latin = _MIXED.sub(_as_latin, visible)
    plain, kept = _without_gaps(latin)
    places = [places[i] for i in kept]
    words = _LEET.findall(plain)
    for one in ("i", "l") if any("1" in word for word in words) else ("i",):
        signs = str.maketrans(_SIGNS | {"1": one})
        yield _LEET.sub(lambda met, signs=signs: met.group().translate(signs), plain), places  # type: ignore[misc]


def _as_latin(word: re.Match[str]) -> str:
    """Write look-alike letters in Latin where the word has Latin letters too; other words are left alone."""
    written = word.group()
    return written.translate(_LIKE) if _LATIN.search(written) else written


def _without_gaps(text: str) -> tuple[str, list[int]]:
    """Close up runs of six or more single letters; return the text and the place of each character kept."""
    dropped: set[int] = set()
    for run in _SPACED.finditer(text):
        dropped.update(i for i in range(*run.span()) if not text[i].isalpha())
    kept = [i for i in range(len(text)) if i not in dropped]
    return "".join(text[i] for i in kept), kept
