"""Chinese, Japanese and Korean names in Latin letters; see `scripts`."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from anyascii import anyascii

from counterflow.matching.scripts import script_tables

__all__ = ["east_asian"]

_KEPT = 1 << 14  # words kept as they were read last
_HAN = "\u3005\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3041-\u3096\u30a1-\u30ff"
_RUN = re.compile(f"[{_HAN}{_KANA}]+")
_KANA_RUN = re.compile(f"[{_KANA}]+子?")
_HANGUL_RUN = re.compile("[\uac00-\ud7a3]+")
_ALONE = re.compile(rf"(?m)^[^\S\n]*([{_HAN}]{{2,4}}|[\uac00-\ud7a3]{{2,5}})[^\S\n]*$")
_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)} | {0x30FC: None}
_CONTRACTED = re.compile(r"(.)([ゃゅょぁぃぅぇぉ])")
_DOUBLED = re.compile(r"っ(?=(.))")
_FIRST_HANGUL, _LAST_KIND, _VOWELS = 0xAC00, 28, 21


def east_asian(blob: str) -> str:
    """Write every Han character, kana and Hangul syllable in Latin letters.

    A line that is one run of two to four characters is a person's name: the family name stands first. Given names come
    out as one word, longer runs syllable by syllable.

    >>> east_asian("김정은").split()
    ['kim', 'jongun']
    >>> east_asian("佐藤 花子").split()
    ['sato', 'huazi']
    """
    blob = _ALONE.sub(_person, blob)
    blob = _HANGUL_RUN.sub(lambda m: _hangul(m[0]), blob)
    blob = _KANA_RUN.sub(lambda m: _kana(m[0]), blob)
    return _RUN.sub(lambda m: _han(m[0]), blob)


@cache
def _family(table: str) -> dict[str, str]:
    return {form: name for name, forms in script_tables()[table].items() for form in forms}


def _person(match: re.Match[str]) -> str:
    """Put a space behind the family name of a name written without one."""
    name = match[1]
    families = _family("korean_family") if "\uac00" <= name[0] <= "\ud7a3" else _two_character_families()
    if name in families:
        return name
    if len(name) > 2 and name[:2] in families:
        return f"{families[name[:2]]} {_given(name[2:])}"
    if "\uac00" <= name[0] <= "\ud7a3":
        return f"{families[name[0]]} {name[1:]}" if name[0] in families and len(name) < 5 else name
    return f"{_han(name[0])} {_given(name[1:])}" if len(name) < 4 else name


def _given(name: str) -> str:
    """A given name in Latin letters: never read as a family name (中山 of 孙中山 is no Nakayama)."""
    return name if "\uac00" <= name[0] <= "\ud7a3" else "".join(map(anyascii, name)).lower()


@cache
def _two_character_families() -> dict[str, str]:
    both = _family("japanese_family") | _family("han_family")
    return {form: name for form, name in both.items() if len(form) > 1}


@lru_cache(_KEPT)
def _han(run: str) -> str:
    family = _family("japanese_family").get(run) or _family("han_family").get(run)
    if family:
        return f" {family} "
    syllables = [anyascii(character).lower() for character in run]
    return f" {('' if len(run) < 4 else ' ').join(syllables)} "


def _kana(run: str) -> str:
    """Kana in Hepburn's spelling (1886) without marks of length; 子 behind kana is ko."""
    text = _CONTRACTED.sub(_contracted, run.translate(_TO_HIRAGANA).replace("子", "こ"))
    latin = [c if c.isascii() or c == "っ" else anyascii(c).lower() for c in text]
    return _DOUBLED.sub(lambda m: m[1] if m[1].isalpha() else "", "".join(latin)).replace("っ", "")


def _contracted(match: re.Match[str]) -> str:
    base, small = anyascii(match[1]).lower(), match[2]
    stem, vowel = base[:-1] or base, anyascii(small).lower()[-1]
    glide = "y" if small in "ゃゅょ" and not stem.endswith(("sh", "ch", "j")) else ""
    return stem + glide + vowel


@lru_cache(_KEPT)
def _hangul(run: str) -> str:
    """Hangul syllables after McCune and Reischauer (1939) without marks; a lone family name as lists spell it."""
    family = _family("korean_family").get(run)
    if family:
        return f" {family} "
    tables = script_tables()["hangul"]
    out, unvoiced = "", True
    for character in run:
        first, rest = divmod(ord(character) - _FIRST_HANGUL, _LAST_KIND * _VOWELS)
        vowel, last = divmod(rest, _LAST_KIND)
        initial = tables["first" if unvoiced else "medial"][first]
        out += initial + tables["vowel"][vowel] + tables["last"][last]
        unvoiced = tables["last"][last] in ("k", "t", "p")
    return f" {out} "
