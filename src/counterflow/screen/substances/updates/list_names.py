"""How a file calls the schedules of an instrument, and how the registry does: `I`, `Sch. 1`, `CSA IIN`, `Schedule II`.

>>> matched_list("IIN", ["Schedule I", "Schedule II"])
'Schedule II'
>>> matched_list("Category 2A", ["Category 1", "Category 2A", "Category 2B"])
'Category 2A'
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["matched_list"]

_WORD = re.compile(r"[^\W_]+")
_NUMBERS = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7"}
#: Words that only say that a list is meant.
_CALLED = frozenset(
    ("schedule", "sch", "list", "table", "category", "cat", "class", "anlage", "annex", "part", "csa", "of", "the")
)
#: The DEA writes the part of a schedule that holds no narcotics as IIN or 3N.
_NOT_NARCOTIC = re.compile(r"(i{1,3}|iv|v|[1-5])n")


def matched_list(label: str, lists: Iterable[str]) -> str | None:
    """Return the list of the registry that `label` means; None where it means none, or more than one."""
    known = list(lists)
    for name in known:
        if name.casefold() == label.strip().casefold():
            return name
    wanted = _key(label)
    meant = [name for name in known if _key(name) == wanted and wanted]
    return meant[0] if len(meant) == 1 else None


def _key(label: str) -> tuple[str, ...]:
    words = [_NOT_NARCOTIC.sub(r"\1", word) if _NOT_NARCOTIC.fullmatch(word) else word for word in _words(label)]
    return tuple(_NUMBERS.get(word, word) for word in words if word not in _CALLED)


def _words(label: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(label)]
