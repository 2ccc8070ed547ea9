"""What an entity is called, and how its name outlives a new run.

An entity's id is made of its members' ids alone: the smallest of their SHA-256 digests. So the same records always get
the same id, whatever their order and on whatever machine. On a new run an entity keeps its id where most of its members
stay together; where it falls into parts, the part with most of them keeps it.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Event", "entity_ids", "events", "kept_ids"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Event:
    """What became of an entity: see `core.tables.entities.ENTITY_EVENT`."""

    entity: str
    what: str
    records: int
    before: tuple[str, ...]


def _digests(keys: Sequence[str]) -> list[str]:
    return [hashlib.sha256(key.encode()).hexdigest()[:16].upper() for key in keys]


def entity_ids(keys: Sequence[str], cluster: Ints) -> list[str]:
    """Return the id of each record's entity.

    >>> ids = entity_ids(["r1", "r2", "r3"], np.array([0, 7, 0]))
    >>> ids[0] == ids[2] != ids[1], ids == entity_ids(["r3", "r2", "r1"], np.array([4, 5, 4]))[::-1]
    (True, True)
    """
    digests = np.array(_digests(keys), dtype="U16")
    numbers, place = np.unique(cluster, return_inverse=True)
    order = np.lexsort((digests, place))
    first = order[np.searchsorted(place[order], np.arange(len(numbers)))] if len(numbers) else order
    names: list[str] = np.char.add("E", digests[first])[place].tolist() if len(numbers) else []
    return names


def kept_ids(fresh: Sequence[str], before: Sequence[str | None], taken: frozenset[str] = frozenset()) -> list[str]:
    """Return the id of each record's entity, given what each record's entity was called before.

    Args:
        fresh: ids as `entity_ids` makes them, one for each record.
        before: id of the entity that each record was of before; None where it was of none.
        taken: ids that other records of the workspace have.

    >>> kept_ids(["A", "A", "A", "D"], ["X", "X", None, "X"])
    ['X', 'X', 'X', 'D']
    """
    shared: dict[str, Counter[str]] = defaultdict(Counter)
    for now, then in zip(fresh, before, strict=True):
        if then is not None:
            shared[then][now] += 1
    claims: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for then, parts in shared.items():
        now, count = min(parts.items(), key=lambda part: (-part[1], part[0]))
        if 2 * count >= parts.total():
            claims[now].append((-count, then))
    name = {now: min(of)[1] for now, of in claims.items()}
    used = set(name.values()) | taken
    for now in dict.fromkeys(fresh):
        if now not in name:
            name[now] = _free(now, used)
            used.add(name[now])
    return [name[now] for now in fresh]


def _free(name: str, used: set[str] | frozenset[str]) -> str:
    """Return `name`, or one made of it where it is another entity's."""
    while name in used:
        name = f"E{_digests([name])[0]}"
    return name


def events(now: Sequence[str], before: Mapping[int, str], gone: Mapping[str, int]) -> list[Event]:
    """Return what changed.

    Args:
        now: entity of each record.
        before: row of a record to the entity it was of before.
        gone: entity to how many of its records are no longer there.
    """
    sizes = Counter(now)
    parts: dict[str, Counter[str]] = defaultdict(Counter)
    spread: dict[str, set[str]] = defaultdict(set)
    for row, then in before.items():
        parts[now[row]][then] += 1
        spread[then].add(now[row])
    found = []
    for entity, size in sizes.items():
        what = _became(parts[entity], size, spread, lost=entity in gone)
        if what:
            found.append(Event(entity, what, size, tuple(sorted(parts[entity]))))
    left = (set(spread) | set(gone)) - set(now)
    return found + [Event(entity, "gone", 0, (entity,)) for entity in sorted(left)]


def _became(of: Counter[str], size: int, spread: Mapping[str, set[str]], *, lost: bool) -> str:
    """Return what became of an entity made of parts of earlier ones; empty where nothing did, or one record came."""
    if not of:
        return "new" if size > 1 else ""
    if len(of) > 1:
        return "joined"
    if len(spread[next(iter(of))]) > 1:
        return "divided"
    return "grown" if size > of.total() else "shrunk" if lost else ""
