"""What the past says of selected records, in words, and the past cases nearest to them; many records at a time.

The most telling key of a record is the finest one (most columns) under which earlier inspections confirmed the harm
class that brings most of the record's expected harm; where no key has such a find, the finest one under which
anything was inspected at all, and then only cases are named, not a rate. A case is told by its own id, the day its
outcome became known, and what came of it: never by who sent or received it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.target.choice.cells import Ints
from counterflow.target.first_score.history import History, KeyCounts
from counterflow.target.told import PIECE, pieces

__all__ = ["past_words"]

_MOST_CASES = 3
_CONFIRMED, _CLEARED = "confirmed ", "nothing found"


@dataclass(frozen=True)
class _Telling:
    """Records whose most telling key this is.

    Args:
        key: the key.
        rows: the records.
        code: the key's value of each.
        words: what it says of each; null where only its cases are worth a word.
        named: the key's value in words.
    """

    key: KeyCounts
    rows: Ints
    code: Ints
    words: pa.Array
    named: pa.Array


def past_words(history: History, rows: Ints, classes: npt.NDArray[np.object_], place: int) -> list[pa.Table]:
    """Return what the past says of `rows` as pieces: a rate at `place`, the nearest cases right after it.

    Args:
        history: past rates of the records.
        rows: records to be told of.
        classes: for each the harm class to speak of.
        place: order among a record's reasons.
    """
    made = [PIECE.empty_table()]
    left, kind = rows, classes
    for with_find in (True, False):
        for key in reversed(history.counts):
            if not len(left):
                return made
            telling, taken = _telling(history, key, left, kind, with_find)
            left, kind = left[~taken], kind[~taken]
            made.append(pieces(telling.rows, place, telling.words))
            cases = _cases(history, telling)
            made.append(pieces(telling.rows, place + 1, cases))
    return made


def _telling(
    history: History, key: KeyCounts, rows: Ints, classes: npt.NDArray[np.object_], with_find: bool
) -> tuple[_Telling, npt.NDArray[np.bool_]]:
    """Return the records of `rows` for which `key` is the most telling one, and which of them these are."""
    lines = history.line_of[rows]
    code = key.codes[lines]
    inspected, found = key.inspected[code], np.zeros(len(rows), np.int64)
    for name, counts in key.found.items():
        mine = classes == name
        found[mine] = counts[code[mine]]
    taken = (found > 0) if with_find else (inspected > 0)
    named = _named(history.lines, key, lines[taken])
    # What the record leaves empty is not what it has in common with earlier ones: no reason for a person.
    held = pc.not_equal(named, "").to_numpy(zero_copy_only=False)
    taken[taken] = held
    named = named.filter(pa.array(held))
    if with_find:
        counted = [pa.array(n[taken]).cast(pa.string()) for n in (found, inspected)]
        said = pa.array(classes[taken].tolist(), pa.string())
        words = pc.binary_join_element_wise(
            counted[0], " of ", counted[1], " earlier inspections confirmed ", said, ": ", named, ""
        )
    else:
        words = pa.nulls(int(taken.sum()), pa.string())
    return _Telling(key, rows[taken], code[taken], words, named), taken


def _named(lines: pa.Table, key: KeyCounts, wanted: Ints) -> pa.Array:
    """Return the key's value in words, as "hs 300490, origin CN"; "" where a part of it is empty."""
    asked = pa.array(wanted)
    parts = []
    for name in key.columns:
        value = lines.column(name).take(asked).cast(pa.string()).combine_chunks()
        value = pc.if_else(pc.equal(value, ""), pa.scalar(None, pa.string()), value)
        parts.append(pc.binary_join_element_wise(name.removeprefix("attributes."), value, " "))
    return pc.fill_null(pc.binary_join_element_wise(*parts, ", "), "")


def _cases(history: History, telling: _Telling) -> pa.Array:
    """Return the cases nearest to each record in words: its key's latest finds, then its latest clean ones."""
    past = history.past
    nothing = pa.nulls(len(telling.rows), pa.string())
    if past.cases is None or not len(telling.rows):
        return nothing
    key = telling.key
    asked = np.unique(telling.code)
    mine = np.flatnonzero(np.isin(key.past, asked))
    pairs = np.unique(np.stack([key.past[mine], past.lines.column("row").to_numpy()[mine]]), axis=1)
    code, row = pairs[0], pairs[1]
    found = past.found.take(pa.array(row))
    clean = pc.equal(found, "").to_numpy(zero_copy_only=False)
    day = past.cases.column("day").to_numpy()[row]
    order = np.lexsort((row, -day.astype("datetime64[D]").astype(np.int64), clean, code))
    starts = np.searchsorted(code[order], asked, side="left")
    kept = np.concatenate([np.arange(s, min(s + _MOST_CASES, e)) for s, e in _spans(starts, len(order))])
    order = order[kept]
    hit = pc.binary_join_element_wise(_CONFIRMED, found.take(pa.array(order)), "")
    what = pc.if_else(pa.array(clean[order]), _CLEARED, hit)
    told = past.cases.take(pa.array(row[order]))
    words = pc.binary_join_element_wise(
        told.column("record_id").combine_chunks(), " (", told.column("day").combine_chunks().cast(pa.string()), ", ",
        what, ")", "",
    )  # fmt: skip
    offsets = np.append(np.searchsorted(code[order], asked, side="left"), len(order)).astype(np.int32)
    each = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), words), ", ")
    mine_each = each.take(pa.array(np.searchsorted(asked, telling.code)))
    return pc.binary_join_element_wise("nearest past cases (same ", telling.named, "): ", mine_each, "")


def _spans(starts: Ints, end: int) -> list[tuple[int, int]]:
    return list(zip(starts.tolist(), [*starts[1:].tolist(), end], strict=True))
