"""What differs between two lists of substances: added, removed, moved to another schedule, renamed.

Lines are paired in passes, the surest sign first: code with name, name, a code that stands once on each side, the
skeleton of the structure, a further name that stands once on each side. What is paired twice (a list that names one
substance on two lines) is no addition. What is left is added or removed.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from counterflow.reference.registry_overlay import ADDED, MOVED, REMOVED, RENAMED
from counterflow.screen.substances.updates.entry import Entry, keys_in_brackets, name_key

__all__ = ["UNSURE", "Difference", "Pairing", "compare", "pair"]

#: On the earlier list only, but whether it held, or whether the later list covers it by a code, cannot be told.
UNSURE = "unsure"

Keys = Callable[[Entry], Iterable[Hashable]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    Args:
        change: added | removed | moved | renamed | unsure.
        before: the line of the earlier list; None for what was added.
        after: the line of the later list; None for what was removed.
        by: code | name | structure: by which sign the two were found to be the same; empty where there is one.
    """

    change: str
    before: Entry | None
    after: Entry | None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Pairing:
    """Which lines are the same on two lists: pairs with the sign they were told by, and what is left of each."""

    pairs: tuple[tuple[Entry, Entry, str], ...]
    only_before: tuple[Entry, ...]
    only_after: tuple[Entry, ...]


def compare(before: Sequence[Entry], after: Sequence[Entry]) -> tuple[Difference, ...]:
    """Return what differs, in the order added, removed, moved, renamed, unsure, and of the lists within each.

    Args:
        before: the earlier list, or the registry; lines of it that may not hold (`Entry.sure`) are never "removed",
            nor is one whose code the later list has: isomers and salts stand under the code of their substance.
        after: the later list.
    """
    paired = pair(before, after)
    codes = {entry.code for entry in after if entry.code}
    gone = [entry for entry in paired.only_before if entry.sure and not (entry.substance and entry.code in codes)]
    found = [Difference(ADDED, None, entry) for entry in paired.only_after]
    found += [Difference(REMOVED, entry, None) for entry in gone]
    found += [Difference(MOVED, b, a, by) for b, a, by in paired.pairs if b.list and a.list and b.list != a.list]
    found += [Difference(RENAMED, b, a, by) for b, a, by in paired.pairs if _is_renamed(b, a)]
    found += [Difference(UNSURE, entry, None) for entry in paired.only_before if entry not in gone]
    return tuple(found)


def pair(before: Sequence[Entry], after: Sequence[Entry]) -> Pairing:
    """Return which lines are the same; every line of both stands in it once, but for lines that repeat another."""
    left_before, left_after = dict(enumerate(before)), dict(enumerate(after))
    pairs: list[tuple[Entry, Entry, str]] = []
    for by, keys_before, keys_after, once in _PASSES:
        met = _pass(left_before, left_after, keys_before, keys_after, once=once)
        pairs += [(left_before.pop(b), left_after.pop(a), by) for b, a in met]
    again = set(_repeated(pairs, left_after))
    kept = [a for number, a in left_after.items() if number not in again]
    return Pairing(tuple(pairs), tuple(left_before.values()), tuple(kept))


def _pass(
    before: dict[int, Entry], after: dict[int, Entry], keys_before: Keys, keys_after: Keys, *, once: bool
) -> list[tuple[int, int]]:
    """Pair by keys; where `once`, only by keys that stand on one line of each side."""
    held: defaultdict[Hashable, deque[int]] = defaultdict(deque)
    for number, entry in before.items():
        for key in keys_before(entry):
            held[key].append(number)
    asked = Counter(key for entry in after.values() for key in keys_after(entry))
    often = {key for key in asked if asked[key] > 1 or len(held.get(key, ())) > 1} if once else set()
    found: list[tuple[int, int]] = []
    taken: set[int] = set()
    for number, entry in after.items():
        for key in keys_after(entry):
            free = held.get(key, deque())
            while free and free[0] in taken:
                free.popleft()
            if free and key not in often:
                taken.add(free[0])
                found.append((free.popleft(), number))
                break
    return found


def _repeated(pairs: Sequence[tuple[Entry, Entry, str]], left: dict[int, Entry]) -> Iterator[int]:
    """Yield the lines that only repeat one before them: its name, or its code with its name, on the same list."""
    known: set[Hashable] = set()
    for before, after, _ in pairs:
        for entry in (before, after):
            known.update(_listed(entry.own_keys | entry.other_keys, after.list))
        if after.code:
            known.add((after.code, after.own_keys))
    for number, entry in left.items():
        if any(key in known for key in (*_listed(entry.own_keys, entry.list), (entry.code, entry.own_keys))):
            yield number
        known.add((name_key(entry.name), entry.list))


def _is_renamed(before: Entry, after: Entry) -> bool:
    """Whether the later name is none by which the earlier list knows it; lines on preparations have no name."""
    known = before.own_keys | before.other_keys
    return not before.scope and not known & (after.own_keys | keys_in_brackets(after.name))


def _listed(keys: Iterable[str], list_: str) -> list[Hashable]:
    return [(key, list_) for key in sorted(keys)]


def _own(entry: Entry) -> Iterable[Hashable]:
    return sorted(entry.own_keys)


def _all(entry: Entry) -> Iterable[Hashable]:
    return sorted(entry.own_keys | entry.other_keys)


def _with_code(keys: Keys) -> Keys:
    return lambda entry: [(entry.code, key) for key in keys(entry)] if entry.code else []


def _with_list(keys: Keys) -> Keys:
    return lambda entry: [(entry.list, key) for key in keys(entry)]


def _code(entry: Entry) -> list[Hashable]:
    return [entry.code] if entry.code else []


def _code_alone(entry: Entry) -> list[Hashable]:
    """Return the code of a line that does not say on which list it is."""
    return [] if entry.list else _code(entry)


def _skeleton(entry: Entry) -> list[Hashable]:
    return [entry.skeleton] if entry.skeleton and not entry.scope else []


def _preparation(entry: Entry) -> list[Hashable]:
    """Return the first words of a line, which say what a preparation is made from."""
    words = entry.name.split()
    return [name_key(" ".join(words[:count])) for count in range(1, len(words))]


def _narrowed(entry: Entry) -> Iterable[Hashable]:
    return _all(entry) if entry.scope else []


#: by which sign, its keys on the earlier and on the later list, and whether a key must stand once on each
_PASSES: tuple[tuple[str, Keys, Keys, bool], ...] = (
    ("code", _with_list(_with_code(_all)), _with_list(_with_code(_own)), False),
    ("code", _with_code(_all), _with_code(_own), False),
    ("name", _with_list(_all), _with_list(_own), False),
    ("code", _code, _code, True),
    ("name", _all, _own, True),
    ("code", _with_list(_code), _with_list(_code), False),
    ("code", _code, _code_alone, False),
    ("structure", _with_list(_skeleton), _with_list(_skeleton), False),
    ("structure", _skeleton, _skeleton, True),
    ("name", _all, _all, True),
    ("name", _with_list(_narrowed), _with_list(_preparation), False),
)
