"""Names in other scripts, written in the Latin letters that lists hold.

Arabic and Hebrew write no short vowels: their words come out in capitals, consonants and long vowels alone, and
`name_consonants` compares them with spellings that have all vowels (محمد is MHMD). Words of meaning (有限公司) come
out translated, since lists hold them translated; small words of names as lists spell them (بن is bin, ال is al). Han
characters are read in pinyin, Hangul syllable by syllable, kana, South Asian scripts and Thai with the vowels that
readers supply; all others letter by letter (package anyascii). `data/scripts.toml` holds the tables.

Names are taken in bulk: all that hold such letters are joined, and each rule is a pass over the joined text.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from anyascii import anyascii

__all__ = ["latin_letters", "script_source", "script_tables"]

_HOLDS_SEMITIC = re.compile("[\u0590-\u06ff\u0750-\u077f\u08a0-\u08ff]")
_HOLDS_EAST = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]")
_HOLDS_SOUTH = re.compile("[\u0900-\u0d7f\u0e00-\u0e7f]")
_UNSEEN = str.maketrans("", "", "\u200b\u200d\u200e\u200f\u2060\ufeff")


@cache
def script_source() -> str:
    """Return `data/scripts.toml` as it stands."""
    return (files("counterflow.matching") / "data" / "scripts.toml").read_text(encoding="utf-8")


@cache
def script_tables() -> Mapping[str, Any]:
    """Return what `data/scripts.toml` says."""
    return tomllib.loads(script_source())


def latin_letters(lines: list[str]) -> list[str]:
    """Return folded names with every letter of another script as Latin letters.

    Args:
        lines: names without capitals or accents.

    >>> [line.split() for line in latin_letters(["محمد بن سلمان", "习近平"])]
    [['MHMD', 'bin', 'SLMAN'], ['xi', 'jinping']]
    """
    lines = [line.translate(_UNSEEN) for line in lines]
    for holds, rewrite in _passes():
        rows = [row for row, line in enumerate(lines) if holds.search(line)]
        if rows:
            written = rewrite("\n".join(lines[row] for row in rows)).split("\n")
            for row, line in zip(rows, written, strict=True):
                lines[row] = line
    return "\n".join(lines).replace("ու", "u").translate(_LETTER_BY_LETTER).split("\n")


@cache
def _passes() -> list[tuple[re.Pattern[str], Callable[[str], str]]]:
    """What a name holds that a rule rewrites, and the rule."""
    from counterflow.matching.scripts_east import east_asian
    from counterflow.matching.scripts_south import south_asian

    return [
        (_HOLDS_SEMITIC, _semitic),
        (_HOLDS_EAST, lambda blob: east_asian(_translated(blob, _words(_HOLDS_EAST)))),
        (_HOLDS_SOUTH, lambda blob: south_asian(_translated(blob, _words(_HOLDS_SOUTH)))),
    ]


def bare(text: str) -> str:
    """Return text without accents and points, as the normaliser folds it."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", "".join(c for c in apart if not _is_point(c)))


def _is_point(character: str) -> bool:
    code = ord(character)
    return 0x300 <= code <= 0x36F or 0x591 <= code <= 0x5BD or 0x610 <= code <= 0x61A or 0x64B <= code <= 0x65F


# ---- words of meaning


@cache
def _originals() -> dict[str, str]:
    """Each original that is translated, folded, to its translation."""
    table = script_tables()["originals"]
    return {bare(form): word for word, forms in table.items() for form in forms}


@cache
def _words(holds: re.Pattern[str]) -> re.Pattern[str]:
    """One pattern for the originals that hold a script, longest first; whole words where the script has spaces."""
    words = sorted((w for w in _originals() if holds.search(w)), key=len, reverse=True)
    first = f"(?=[{re.escape(''.join({w[0] for w in words}))}])"
    any_of = f"{first}(?:{'|'.join(map(re.escape, words))})"
    return re.compile(any_of if holds is _HOLDS_EAST else rf"(?<![^\s(,.-]){any_of}(?![^\s),.-])")


def _translated(blob: str, pattern: re.Pattern[str]) -> str:
    words = _originals()
    return pattern.sub(lambda m: f" {words[m[0]]} ", blob)


# ---- Arabic and Hebrew

#: Abdullah is one name, however it is written; the servant of any other name of God is three words.
_ABDULLAH = re.compile(r"(?<!\w)عبد ?ال+[هہ](?!\w)")
_ABD_AL = re.compile(r"(?<!\w)عبد ?ال(?=\w\w)")
_ABU_AL = re.compile(r"(?<!\w)ابو ?ال(?=\w\w\w)")
_AND_AL = re.compile(r"(?<!\w)وال(?=\w\w\w)")
_ALLAH = re.compile(r"(?<=\w)الل[هہ](?!\w)|(?<!\w)الل[هہ](?!\w)")
_AL = re.compile(r"(?<!\w)ال(?=\w\w\w)")


@cache
def _small_words() -> tuple[re.Pattern[str], dict[str, str]]:
    words = {form: word for word, forms in script_tables()["small_words"].items() for form in forms}
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)"), words


@cache
def _capitals() -> dict[int, str]:
    tables = script_tables()
    return str.maketrans(tables["arabic"] | tables["hebrew"])


def _semitic(blob: str) -> str:
    """Arabic and Hebrew words to capitals, their small words and the article to Latin words."""
    # A joiner that joins nothing stands between the parts of Persian names.
    blob = _translated(blob.replace("\u200c", " "), _words(_HOLDS_SEMITIC))
    blob = _ABDULLAH.sub(" ABDALH ", blob)
    blob = _ABD_AL.sub(" abd al ", blob)
    blob = _ABU_AL.sub(" abu al ", blob)
    blob = _AND_AL.sub(" wa ال", _ALLAH.sub("ALH", blob))
    blob = _AL.sub(" al ", blob)
    pattern, words = _small_words()
    blob = pattern.sub(lambda m: words[m[0]], blob)
    return blob.translate(_capitals())


# ---- everything else


class _LetterByLetter(dict[int, str]):
    """For `str.translate`: small Latin letters for any letter or digit of another script; all else stays."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if code < 0x80 or not (character.isalnum() or unicodedata.category(character)[0] == "M"):
            answer = character
        else:
            latin = anyascii(character).lower()
            answer = "".join(c for c in latin if c.isalnum())
        self[code] = answer
        return answer


_LETTER_BY_LETTER = _LetterByLetter()
