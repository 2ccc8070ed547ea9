"""Turning a name as written into the words it is compared by: one way, for lists and for records alike.

``LAST, First`` is turned round; accents, punctuation and case go; Cyrillic and Greek become Latin; company
forms and abbreviations become one word each; what a carrier wrote around the name (ATTN, C/O, TEL, PO BOX,
long numbers) is set aside under its kind. All of it rests on `data/names.toml`; `VERSION` changes with the
code and with that file, and with it every index built from names.

Names are taken in bulk: all are joined, each rule is one pass over the joined text, and only the words are a list.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import numpy as np
from ahocorasick_rs import BytesAhoCorasick

from counterflow.matching.scripts import latin_letters, script_source

__all__ = ["VERSION", "Name", "Rules", "normalise", "normalise_all", "rules", "set_aside", "set_aside_all"]

_CODE = 2
_MAX_NAME = 400  # characters; a name is no letter to a bank
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670]+")
_DOTTED = re.compile(r"(?<![^\W_])((?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?)")
_SMALL = frozenset(["and", "of", "the", "for", "y", "de", "la", "el", "et", "und", "al", "new"])
_GREEK = {"ου": "ou", "ευ": "ev", "αυ": "av", "γγ": "ng", "γχ": "nch", "γξ": "nx"}
_GREEK_PAIR = re.compile("|".join(_GREEK))
_DROPPED = "'`\u2018\u2019\u02bb\u02bc\u02bf\u02be\u0060\u00b4\u0640"


@dataclass(frozen=True, slots=True)
class Name:
    """A name ready to be compared.

    Args:
        tokens: its words, folded, in the order given name first where the name said so; empty when it
        names nobody.
        legal: for each word, whether it is a company form.
        set_aside: what was written around the name, as (kind, text).
    """

    tokens: tuple[str, ...]
    legal: tuple[bool, ...]
    set_aside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Rules:
    """What `data/names.toml` says, as look-ups."""

    data: dict[str, Any]

    @cached_property
    def legal_classes(self) -> frozenset[str]:
        """Words that stand for a company form after normalisation."""
        return frozenset(self.data["legal_forms"])

    @cached_property
    def generic(self) -> frozenset[str]:
        """Words that hardly tell one company from another."""
        return frozenset(self.data["generic"]["words"])

    @cached_property
    def placeholders(self) -> frozenset[tuple[str, ...]]:
        """Names that name nobody, as words."""
        names = self.data["placeholders"]["names"]
        return frozenset(tuple(self.one_word.get(word, word) for word in name.split()) for name in names)

    @cached_property
    def one_word(self) -> dict[str, str]:
        """Word to the word it is compared as: company forms and abbreviations."""
        tables = (self.data["abbreviations"], self.data["legal_forms"])
        return {written: word for table in tables for word, forms in table.items() for written in forms}

    @cached_property
    def one_word_in_companies(self) -> dict[str, str]:
        """Abbreviations that are also names of people, for names that hold a company word."""
        table = self.data["abbreviations_of_companies"]
        return {written: word for word, forms in table.items() for written in forms}

    @cached_property
    def company_words(self) -> frozenset[str]:
        """Words that show a name to be a company's."""
        return self.legal_classes | self.generic - _SMALL

    @cached_property
    def special(self) -> frozenset[str]:
        """Words without which the words of a name stay as they are."""
        nobody = {word for name in self.placeholders for word in name}
        return self.legal_classes.union(nobody, self.phrases, self.one_word_in_companies, self.cut_forms)

    @cached_property
    def cut_forms(self) -> dict[str, str]:
        """Beginnings of long company forms: what stands last where a field was cut off."""
        cut = {form[:end]: form for form in self.data["cut_off"]["forms"] for end in range(5, len(form))}
        return {begin: self.one_word[form] for begin, form in cut.items() if begin not in self.one_word}

    @cached_property
    def phrases(self) -> dict[str, list[tuple[tuple[str, ...], str]]]:
        """First word to the company forms of several words that begin with it, longest first."""
        found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for word, forms in self.data["legal_phrases"].items():
            for form in forms:
                parts = tuple(form.split())
                found.setdefault(parts[0], []).append((parts, word))
        return {first: sorted(forms, key=lambda f: -len(f[0])) for first, forms in found.items()}

    @cached_property
    def noise(self) -> re.Pattern[str]:
        """One pattern for all that is set aside; the group that matched names the kind."""
        kinds = [f"(?P<k{i}>{n['pattern']})" for i, n in enumerate(self.data["noise"])]
        return re.compile("|".join(kinds))

    @cached_property
    def noise_kinds(self) -> dict[str, str]:
        """Group of the noise pattern to its kind."""
        return {f"k{i}": n["kind"] for i, n in enumerate(self.data["noise"])}

    @cached_property
    def noise_hints(self) -> BytesAhoCorasick:
        """Finds the strings without which nothing is set aside."""
        return BytesAhoCorasick([hint.encode() for n in self.data["noise"] for hint in n["hints"]])

    @cached_property
    def letters(self) -> dict[int, str]:
        """Letter to the Latin letters it is compared as, for `str.translate`."""
        return str.maketrans(self.data["letters"])


class _Spacing(dict[int, int | None]):
    """For `str.translate`: letters, digits, marks and line ends stay, apostrophes go, all else is a space."""

    def __missing__(self, code: int) -> int | None:
        character = chr(code)
        stays = character.isalnum() or character == "\n" or unicodedata.category(character)[0] == "M"
        answer = code if stays else None if character in _DROPPED else 0x20
        self[code] = answer
        return answer


_SPACING = _Spacing()
_ASCII_SPACING = bytes(b if chr(b).isalnum() or b == ord("\n") else 0x20 for b in range(256))


@cache
def rules() -> Rules:
    """Return the rules of this version."""
    return Rules(tomllib.loads(_source()))


@cache
def _source() -> str:
    return (files("counterflow.matching") / "data" / "names.toml").read_text(encoding="utf-8")


#: Version of the normaliser: changes with its code and its data.
VERSION = f"{_CODE}-{hashlib.sha256(repr([_source(), script_source()]).encode()).hexdigest()[:8]}"


def normalise(text: str) -> Name:
    """Return one name ready to be compared, with what was set aside.

    >>> normalise("GUZMAN LOERA, Joaquín").tokens
    ('joaquin', 'guzman', 'loera')
    >>> normalise("ATTN Acme Trdg. Co., Ltd. TEL 86 131 2720 7140").tokens
    ('acme', 'trading', 'co', 'ltd')
    >>> normalise("N/A").tokens
    ()
    """
    tokens = normalise_all([text])[0]
    legal = tuple(token in rules().legal_classes for token in tokens)
    return Name(tuple(tokens), legal, set_aside(text))


def set_aside(text: str) -> tuple[tuple[str, str], ...]:
    """Return what a carrier wrote around the name, as (kind, text folded).

    >>> set_aside("C/O Maria Perez PO BOX 1234")
    (('attention', 'c/o'), ('post box', 'po box 1234'))
    """
    return set_aside_all([text])[0]


def set_aside_all(texts: Sequence[str | None]) -> list[tuple[tuple[str, str], ...]]:
    """Return what a carrier wrote around each name; see `set_aside`."""
    if not texts:
        return []
    found: list[tuple[tuple[str, str], ...]] = [()] * len(texts)
    lines = _latin(_fold("\n".join(_one_line(t) if t else "" for t in texts)).split("\n"))
    kinds, noise = rules().noise_kinds, rules().noise
    for row in _holding_noise(lines):
        found[row] = tuple((kinds[str(m.lastgroup)], m[0].strip(" .:")) for m in noise.finditer(lines[row]))
    return found


def normalise_all(texts: Sequence[str | None]) -> list[list[str]]:
    """Return the words of each name; none for one that names nobody (None, ``UNKNOWN``, digits only)."""
    if not texts:
        return []
    lines = _fold("\n".join(_one_line(t) if t else "" for t in texts)).split("\n")
    lines = _latin(lines)
    noise = rules().noise
    for row in _holding_noise(lines):
        lines[row] = noise.sub(" ", lines[row])
    lines = [_reshape(line) if "." in line or "," in line else line for line in lines]
    words = rules().one_word
    blob = _spaced(_with_articles("\n".join(lines)))
    found = [[words.get(t, t) for t in line.split()] for line in blob.split("\n")]
    return [_finish(tokens) for tokens in found]


def _holding_noise(lines: list[str]) -> list[int]:
    """Return the numbers of the lines that could hold something to set aside: one pass for all hints."""
    data = [line.encode() for line in lines]
    ends = np.cumsum(np.fromiter(map(len, data), dtype=np.int64, count=len(data)) + 1)
    hits = rules().noise_hints.find_matches_as_indexes(b"\n".join(data))
    places = np.fromiter((hit[1] for hit in hits), dtype=np.int64, count=len(hits))
    rows: list[int] = np.unique(np.searchsorted(ends, places, side="right")).tolist()
    return rows


def _reshape(line: str) -> str:
    """Make one word of letters with dots between them, and put the given name first."""
    line = _DOTTED.sub(_undotted, line) if "." in line else line
    return _given_name_first(line) if "," in line else line


#: Abdullah is one name however it is spelt; the servant of any other name of God is three words, where what follows is
#: long enough to be one (Abdulov is not). The l of the article may be the letter that follows (abdurrahman, ash-shami).
_ABDULLAH = re.compile(
    r"\babd[ -]?(?:(?:ou|[aeou])l+[ -]?l?ah?\b|[aeu]l[ -]allah?\b"
    r"|((?:ou|[aeiou])(?:l[ -](?=[^\W\d])|l(?!la[hey])(?=[^\W\daeiou]\w\w)|l(?!aev|ov)(?=[aeiou]\w\w\w)"
    r"|(sh|th|dh|[tdrzsn])[ -]?(?=\2))))"
)
_ARTICLE = re.compile(r"\b[aeiu](?:l|(sh|th|dh|[tdrzsn]))-(?(1)(?=\1))|\ba(sh|th|dh|[tdrzn]) (?=\2\w\w\w)")


def _with_articles(blob: str) -> str:
    """Write the Arabic article one way, where the spelling leaves no doubt that it is one."""
    if "abd" in blob:
        blob = _ABDULLAH.sub(lambda m: "abd al " if m[1] else "abdullah", blob)
    return _ARTICLE.sub("al ", blob)


def _spaced(blob: str) -> str:
    if blob.isascii():
        return blob.encode().translate(_ASCII_SPACING, b"'`").decode()
    return blob.translate(_SPACING)


def _one_line(text: str) -> str:
    return text[:_MAX_NAME].replace("\n", " ").replace("\r", " ")


def _fold(blob: str) -> str:
    """Case, width, accents and the letters of other alphabets; ASCII only needs its case."""
    if blob.isascii():
        return blob.lower()
    # The short i of Cyrillic would lose its mark and be an i: lists write y.
    whole = unicodedata.normalize("NFKC", blob).casefold().replace("\u0439", "y")
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", whole))
    bare = _GREEK_PAIR.sub(lambda m: _GREEK[m[0]], unicodedata.normalize("NFC", bare))
    return bare.translate(rules().letters)


def _latin(lines: list[str]) -> list[str]:
    """Write lines of other scripts in Latin letters; words that a script writes without vowels become capitals."""
    other = [row for row, line in enumerate(lines) if not line.isascii()]
    if not other:
        return lines
    for row, line in zip(other, latin_letters([lines[row] for row in other]), strict=True):
        lines[row] = line
    return lines


def _given_name_first(line: str) -> str:
    """``last, first`` to ``first last``, unless there is more than one comma or a company form behind it."""
    last, _, first = line.partition(",")
    words = first.replace(".", " ").split()
    is_form = bool(words) and rules().one_word.get(words[0]) in rules().legal_classes
    if not words or not last.strip() or "," in first or is_form:
        return line
    return f"{first} {last}"


def _undotted(match: re.Match[str]) -> str:
    return match[0].replace(".", "") + " "


def _finish(tokens: list[str]) -> list[str]:
    """Make company forms of several words one, and empty what names nobody."""
    known = rules()
    if known.special.isdisjoint(tokens) and not (tokens and tokens[0].isdigit()):
        return tokens
    if not known.phrases.keys().isdisjoint(tokens):
        tokens = list(_join_phrases(tokens))
    if len(tokens) > 1 and tokens[-1] in known.cut_forms:
        tokens[-1] = known.cut_forms[tokens[-1]]
    if not known.one_word_in_companies.keys().isdisjoint(tokens) and not known.company_words.isdisjoint(tokens):
        tokens = [known.one_word_in_companies.get(t, t) for t in tokens]
    names_nobody = tuple(tokens) in known.placeholders or all(t.isdigit() for t in tokens)
    return [] if names_nobody or known.legal_classes.issuperset(tokens) else tokens


def _join_phrases(tokens: list[str]) -> Iterable[str]:
    place = 0
    while place < len(tokens):
        for parts, word in rules().phrases.get(tokens[place], ()):
            if tuple(tokens[place : place + len(parts)]) == parts:
                yield word
                place += len(parts)
                break
        else:
            yield tokens[place]
            place += 1
