"""What a licence says it covers, read as people write it: substances, categories, schedules, lists, or everything.

>>> said = read_covers("EU category 1 and 2; acetic anhydride")
>>> said.meets("Category 2A", ["acetic anhydride"]), said.meets("Category 1", ["ephedrine"])
(True, True)
>>> read_covers("Schedules II-V").meets("Schedule III", []), read_covers("Schedules II-V").meets("Schedule I", [])
(True, False)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["Covers", "fold", "read_covers"]

_KINDS = {
    "category": ("category", "categories", "categoria", "categoría", "cat", "kategorie", "kategorien", "kat", "类"),
    "schedule": ("schedule", "schedules", "sched", "anlage", "anlagen", "grupo", "group", "c"),
    "list": ("list", "lists", "lista", "table"),
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words}
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}
_NUMBER = r"(?:[1-6]|iii|ii|iv|vi|v|i)(?:[abn](?![a-z0-9]))?(?![a-z0-9])"
_GROUPS = re.compile(
    rf"(?<![a-z])({'|'.join(sorted(_KIND_OF, key=len, reverse=True))})[\s.\-:]*"
    rf"({_NUMBER}(?:\s*(?:,|;|/|&|\+|-|\u2013|to|through|bis|a|and|und|y|or)\s*{_NUMBER})*)"
)
_BARE = re.compile(rf"{_NUMBER}(?:\s*(?:,|;|/|&|-|\u2013|to|through|and)\s*{_NUMBER})*")
_CHINESE = {"一": "1", "二": "2", "三": "3"}
_PART = re.compile(rf"({_NUMBER})|(-|\u2013|to|through|bis)")
_EVERYTHING = frozenset(
    {"all", "any", "everything", "all substances", "all schedules", "all categories", "all listed chemicals",
     "all scheduled substances", "alle", "todas", "todos"}
)  # fmt: skip
_BREAK = re.compile(r"[;,|\n]")


def fold(text: str) -> str:
    """Return `text` as names are compared: lower case, one space, no marks at the ends."""
    return re.sub(r"\s+", " ", text.casefold()).strip(" .")


@dataclass(frozen=True)
class Covers:
    """What a licence covers.

    Args:
        groups: (category | schedule | list, number, letter) named.
        names: every part as written, folded: substances among them.
        everything: whether it says that it covers all.
    """

    groups: frozenset[tuple[str, int, str]]
    names: frozenset[str]
    everything: bool

    @property
    def said(self) -> bool:
        """Whether it says anything."""
        return self.everything or bool(self.groups or self.names)

    def meets(self, schedule: str, names: Iterable[str]) -> bool:
        """Say whether it covers an entry of law, or a substance by any of its names (folded)."""
        if self.everything or self.names.intersection(names):
            return True
        entry = next(iter(_groups(fold(schedule))), None)
        if entry is None:
            return fold(schedule) in self.names
        kind, number, letter = entry
        return (kind, number, "") in self.groups or (kind, number, letter) in self.groups


def read_covers(text: str) -> Covers:
    """Return what a licence covers, from its words."""
    folded = re.sub("第([一二三1-3])类", lambda met: f" category {_CHINESE.get(met[1], met[1])} ", fold(text))
    if _BARE.fullmatch(folded):  # "II-V", "2, 2N, 3": numbers alone, of whatever the authority numbers
        groups = frozenset(group for kind in _KINDS for group in _groups(f"{kind} {folded}"))
        return Covers(groups, frozenset(), everything=False)
    parts = frozenset(part for part in (fold(piece) for piece in _BREAK.split(text)) if part)
    return Covers(frozenset(_groups(folded)), parts, folded in _EVERYTHING or bool(parts & _EVERYTHING))


def _groups(folded: str) -> Iterator[tuple[str, int, str]]:
    for word, numbers in _GROUPS.findall(folded):
        before: int | None = None
        through = False
        for number, dash in _PART.findall(numbers):
            if dash:
                through = True
                continue
            value, letter = _value(number)
            if through and before is not None:
                yield from ((_KIND_OF[word], between, "") for between in range(before + 1, value))
            yield _KIND_OF[word], value, letter
            before, through = value, False


def _value(number: str) -> tuple[int, str]:
    body = number[:-1] if number[-1] in "abn" and len(number) > 1 else number
    letter = number[len(body) :].replace("n", "")
    return _ROMAN[body] if body in _ROMAN else int(body), letter
