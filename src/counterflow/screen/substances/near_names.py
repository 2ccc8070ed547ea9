"""Which official names a word is one letter away from: the index, and what counts as one letter."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from counterflow.matching.automaton import fold, fold_with_offsets
from counterflow.reference.goods_tables import GoodsTables
from counterflow.reference.registry import Name
from counterflow.screen.substances.compounds import CompoundWords

__all__ = ["OFFICIAL", "SHORTEST", "NearIndex", "Part", "Suspect", "near_side", "one_edit_apart"]

OFFICIAL = frozenset({"statutory", "INN", "chemical"})
#: Letters of the shortest name that may be misspelt; shorter ones are too near to too much.
SHORTEST = 7
#: Letters of the shortest word that may be wrong in a name of several words; and of the word that may be intact.
_SHORTEST_PART, _SHORTEST_ANCHOR, _SHORTEST_BESIDE = 4, 5, 3
#: Letters from which a name of several words is long, and those of its shortest word that may be wrong.
_LONG, _SHORTEST_IN_LONG = 20, 2
#: Letters of the shortest beginning of a name that a space may follow, and of what must be left.
_SHORTEST_BEGINNING, _SHORTEST_REST = 4, 2
#: Longest name, written as one word, that may have a letter wrong.
_LONGEST_JOINED = 30
_ENDING = re.compile(r"(?:ane|ene|ine|yne|one|ole|ide|ite|ate|ol|al|yl)$")
_NO_DIGITS = re.compile(r"\D+")
_Words = tuple[str, ...]


class Part(NamedTuple):
    """One word of a name of several; a tuple, for there are ten thousand to make before the first answer.

    Args:
        name: the name.
        before: its words before that word.
        behind: its words behind it.
        text_before: the words before run together.
        text_behind: the words behind run together.
        long: whether the name is so long that hardly anything else reads like it: short words may be wrong too.
    """

    name: Name
    before: _Words
    behind: _Words
    text_before: str
    text_behind: str
    long: bool


@dataclass(frozen=True, slots=True)
class Suspect:
    """What a word may be.

    Args:
        near: words of official names that it is one letter away from, or a name of several words written as one.
        anchor: whether it is, as it stands, the longest word of a name whose other words may be wrong.
        begins: names of one word that begin with it: a space may stand inside.
        compound: the name that stands in it before a salt or form, as German writes them.
    """

    near: _Words = ()
    anchor: bool = False
    begins: _Words = ()
    compound: Name | None = None

    def __bool__(self) -> bool:
        """Whether there is anything to look into."""
        return bool(self.near or self.anchor or self.begins or self.compound)


def one_edit_apart(word: str, other: str) -> bool:
    """Whether one letter inserted, left out, changed, or two neighbours exchanged, turn one word into the other.

    >>> [one_edit_apart("ketamine", w) for w in ("ketamin", "ketaimne", "kettamine", "ketomine", "katomine")]
    [True, True, True, True, False]
    """
    if word == other or abs(len(word) - len(other)) > 1:
        return False
    head = _same_head(word, other)
    if len(word) != len(other):
        longer, shorter = (word, other) if len(word) > len(other) else (other, word)
        return longer[head + 1 :] == shorter[head:]
    if word[head + 1 :] == other[head + 1 :]:
        return True
    return word[head : head + 2] == other[head : head + 2][::-1] and word[head + 2 :] == other[head + 2 :]


def _same_head(word: str, other: str) -> int:
    short = min(len(word), len(other))
    return next((i for i in range(short) if word[i] != other[i]), short)


def _another_chemical(word: str, other: str) -> bool:
    """Whether the difference is one that tells chemicals apart: a number, ethyl for methyl, or an ending."""
    if _NO_DIGITS.sub("", word) != _NO_DIGITS.sub("", other):
        return True
    if word.replace("meth", "eth") == other.replace("meth", "eth"):
        return True
    mine, theirs = _ENDING.search(word), _ENDING.search(other)
    return bool(mine and theirs and mine[0] != theirs[0] and word[: mine.start()] == other[: theirs.start()])


def near_side(written: str, words: _Words, *, long: bool = False) -> bool:
    """Whether `written` is `words` run together with one letter wrong, in a word that can bear it.

    Args:
        written: what stands there, without spaces.
        words: what the name has there.
        long: whether the name is long.

    >>> near_side("glacialacetc", ("glacial", "acetic")), near_side("1boc5", ("1", "boc", "4"))
    (True, False)
    """
    meant = "".join(words)
    if not one_edit_apart(written, meant) or _another_chemical(written, meant):
        return False
    at, passed = _same_head(written, meant), 0
    wrong = words[-1]
    for word in words:
        passed += len(word)
        if at < passed:
            wrong = word
            break
    return _letters(wrong) >= (_SHORTEST_IN_LONG if long else _SHORTEST_BESIDE)


class NearIndex:
    """The official names of a registry, to be met with one letter wrong.

    Args:
        names: all names of the registry; those of unofficial types only count as known words.
        goods: words that are no misspelling.
    """

    def __init__(self, names: Sequence[Name], goods: GoodsTables) -> None:
        split = [_words(name.text) for name in names]
        self.known = {word for words in split for word in words} | set(_words_of_goods(goods))
        self.single: defaultdict[str, list[Name]] = defaultdict(list)
        self.parts: defaultdict[str, list[Part]] = defaultdict(list)
        self.anchors: defaultdict[str, list[Part]] = defaultdict(list)
        self._beginnings: defaultdict[str, list[str]] = defaultdict(list)
        self._near: dict[str, _Words] = {}
        self._compounds = CompoundWords(names)
        for name, words in zip(names, split, strict=True):
            if name.type in OFFICIAL and name.ambiguity <= 1 and _letters(joined := "".join(words)) >= SHORTEST:
                self._add(words, joined, name)
        near = self._near
        for word in {*self.parts, *self.single}:
            for key in _keys(word):
                near[key] = (*near[key], word) if key in near else (word,)

    def _add(self, words: _Words, joined: str, name: Name) -> None:
        if len(words) == 1:
            self.single[words[0]].append(name)
            for end in range(_SHORTEST_BEGINNING, len(words[0]) - _SHORTEST_REST + 1):
                self._beginnings[words[0][:end]].append(words[0])
            return
        if joined not in self.known and len(joined) <= _LONGEST_JOINED:
            self.single[joined].append(name)
        longest = max(range(len(words)), key=lambda i: len(words[i]) * words[i].isalpha())
        odd = any(not word.isalpha() or len(word) < _SHORTEST_PART for word in words)
        long = _letters(joined) >= _LONG
        passed = 0
        for at, word in enumerate(words):
            start, passed = passed, passed + len(word)
            if len(word) >= _SHORTEST_PART and _letters(word) >= _SHORTEST_PART:
                part = Part(name, words[:at], words[at + 1 :], joined[:start], joined[passed:], long)
                self.parts[word].append(part)
                if odd and at == longest and len(word) >= _SHORTEST_ANCHOR:
                    self.anchors[word].append(part)

    def look_up(self, word: str) -> Suspect:
        """Return what a word may be; nothing where it is known and no part of a longer name."""
        if word in self.known:
            return Suspect(anchor=word in self.anchors)
        if word in self.single:
            return Suspect(near=(word,))
        if compound := self._compounds.find(word):
            return Suspect(compound=compound)
        near = {other for key in _keys(word) for other in self._near.get(key, ())}
        meant = (o for o in near if one_edit_apart(word, o) and not self._no_misspelling(word, o))
        return Suspect(near=tuple(sorted(meant)), begins=tuple(self._beginnings.get(word, ())))

    def _no_misspelling(self, word: str, other: str) -> bool:
        """Whether the difference is grammar: that of chemical names, or the plural of a word inside a name."""
        return _another_chemical(word, other) or (word == f"{other}s" and other not in self.single)


def _words(text: str) -> _Words:
    return tuple((fold(text) if text.isascii() else fold_with_offsets(text)[0]).split())


def _letters(word: str) -> int:
    return len(word) if word.isalpha() else sum(map(str.isalpha, word))


def _keys(word: str) -> list[str]:
    """Return the word, and the word with each letter left out, each once."""
    return [word, *{word[:i] + word[i + 1 :] for i in range(len(word))}]


def _words_of_goods(goods: GoodsTables) -> Iterator[str]:
    """Yield words that goods texts hold and that are no misspelling."""
    phrases: Iterable[str] = (
        *goods.near_words,
        *(w.word for w in goods.goods_words),
        *(s.term for s in goods.stop_words),
        *(e.term for e in goods.equipment),
        *(c.title for c in goods.chapters.values()),
        *(phrase for kind in goods.context.values() for phrase in kind),
    )
    for phrase in phrases:
        yield from _words(phrase)
