"""The counterfactual swap: names and what hints at a nationality change places, and no score may move.

Names, countries and days of birth are dealt anew among the parties of one role. Whatever a score rests on beside that
stays: goods, codes, routes, identifiers, addresses, outcomes. A score that moves was reading who somebody is. Two
things may move it, and are counted apart: an exact match with a list entry, and a lookout or rule that a person set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["BEARING", "Scored", "Swapped", "compared", "deal_anew", "texts_by_row"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: fields of a party that bear a group, or are taken to
BEARING = ("name", "country", "born")


@dataclass(frozen=True)
class Scored:
    """What the scoring path made of records.

    Args:
        harm: expected harm by which they are ordered.
        chance: chance that an inspection finds anything.
        grounds: per record its mandatory grounds, as one text.
        matched: per record its exact matches with lists, as one text.
        others: per record all other findings that may enter a score, as one text.
        shown: per record what is shown to people and in no score, as one text.
    """

    harm: Floats
    chance: Floats
    grounds: tuple[str, ...]
    matched: tuple[str, ...]
    others: tuple[str, ...]
    shown: tuple[str, ...]


@dataclass(frozen=True)
class Swapped:
    """What changed between two scorings of the same records.

    Args:
        records: how many.
        moved: records whose chance, expected harm or mandatory grounds changed at all.
        by_list: of those, with an exact list match before or after.
        by_person: of those left, by a lookout or rule that a person set.
        unexplained: of those left: every one of them is a fault.
        places: records untouched by lists and persons whose place among such records changed.
        shown: records whose findings in no score changed: likenesses of names, for people to judge.
        first: place of the first unexplained record; None where there is none.
    """

    records: int
    moved: int
    by_list: int
    by_person: int
    unexplained: int
    places: int
    shown: int
    first: int | None


def deal_anew(parties: pa.Table, rng: np.random.Generator) -> tuple[pa.Table, int]:
    """Return the parties with `BEARING` dealt anew within each role, and how many bear another name now.

    A party without a name keeps having none: that it is missing says something of the data, not of a person.
    """
    order = np.arange(parties.num_rows)
    roles = parties["role"].to_numpy(zero_copy_only=False)
    named = pc.fill_null(pc.greater(pc.utf8_length(pc.fill_null(parties["name"], "")), 0), fill_value=False)
    named = np.asarray(named.to_numpy())
    for role in sorted(set(roles)):
        here = rng.permutation(np.flatnonzero((roles == role) & named))
        order[here] = np.roll(here, 1)
    made = parties
    for name in BEARING:
        place = parties.column_names.index(name)
        made = made.set_column(place, parties.schema.field(name), parties[name].take(pa.array(order)))
    other = pc.not_equal(pc.fill_null(made["name"], ""), pc.fill_null(parties["name"], ""))
    return made, int(pc.sum(other).as_py() or 0)


def compared(before: Scored, after: Scored) -> Swapped:
    """Return what changed; numbers are compared to the last bit."""
    moved = (before.harm != after.harm) | (before.chance != after.chance) | _differs(before.grounds, after.grounds)
    listed = np.array([bool(a or b) for a, b in zip(before.matched, after.matched, strict=True)], bool)
    changed = _differs(before.others, after.others)
    # The ground of a person's lookout or rule names who set it; a code's ground is the finding's own.
    grounds = _differs(before.grounds, after.grounds)
    person = moved & ~listed & ~changed & grounds & (before.harm == after.harm) & (before.chance == after.chance)
    unexplained = moved & ~listed & ~person
    calm = ~listed & ~person
    places = _places(before.harm[calm]) != _places(after.harm[calm])
    first = np.flatnonzero(unexplained)
    return Swapped(
        len(moved), int(moved.sum()), int((moved & listed).sum()), int(person.sum()), int(unexplained.sum()),
        int(places.sum()), int(_differs(before.shown, after.shown).sum()), int(first[0]) if len(first) else None,
    )  # fmt: skip


def _differs(before: tuple[str, ...], after: tuple[str, ...]) -> Bools:
    return np.array([a != b for a, b in zip(before, after, strict=True)], bool)


def _places(harm: Floats) -> npt.NDArray[np.int64]:
    return np.argsort(np.argsort(-harm, kind="stable"), kind="stable").astype(np.int64)


def texts_by_row(rows: npt.NDArray[np.int64], words: list[str], count: int) -> tuple[str, ...]:
    """Return for each of `count` records its words in a fixed order, as one text."""
    gathered: dict[int, list[str]] = {}
    for row, word in zip(rows.tolist(), words, strict=True):
        gathered.setdefault(row, []).append(word)
    return tuple("; ".join(sorted(gathered.get(i, []))) for i in range(count))
