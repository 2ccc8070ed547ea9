"""What a model's chances of selected records are made of, in words that an officer can check.

The strongest contributions of a record's margin (`Scorer.contributions`, exact along the paths of the trees) are told
by what they rest on (`features.evidence`): counts of earlier inspections, or how far a number lies from what is usual.
Only what raises the chance is told, one feature of a kind, and none that says nothing to a person. A record drawn at
random is not told of: no reason is meant there.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.store.repository import Store
from counterflow.target.choice.choose import ARMS, Choice
from counterflow.target.features.evidence import Evidence
from counterflow.target.features.lines import Lines
from counterflow.target.features.spec import HS_LENGTH, key_name
from counterflow.target.features.stored import feature_lines
from counterflow.target.models.kept import Kept
from counterflow.target.models.scoring import THREADS
from counterflow.target.told import PIECE, pieces

__all__ = ["model_words"]

_PLACE = 30
_MOST = 2
#: records whose contributions are worked out at a time
_SLICE = 50_000
#: kinds of features of which there is one for each harm class
_PER_CLASS = frozenset(("rate", "found", "since"))

Ints = npt.NDArray[np.int64]


def model_words(store: Store, records: pa.Table, choice: Choice, kept: Kept) -> list[pa.Table]:
    """Return what the model says of the selected records, as pieces of reasons.

    Args:
        store: records.
        records: eligible records.
        choice: what was chosen.
        kept: the model that ranked.
    """
    rows = np.flatnonzero((choice.arm > 0) & (choice.arm != ARMS.index("random")))

    def told(some: Ints) -> pa.Table:
        lines = feature_lines(store, records.take(pa.array(some)), attributes=kept.row["attributes"] or ())
        return _of_slice(lines, some, kept)

    parts = [rows[begin : begin + _SLICE] for begin in range(0, len(rows), _SLICE)]
    with ThreadPoolExecutor(THREADS) as pool:
        return [PIECE.empty_table(), *pool.map(told, parts)]


def _of_slice(lines: Lines, rows: Ints, kept: Kept) -> pa.Table:
    """Return the words of some records."""
    top = _strongest(kept.scorer.contributions(lines, np.arange(lines.records)))
    if not top.num_rows:
        return PIECE.empty_table()
    place = np.asarray(top.column("row").to_numpy(), np.int64)
    line = np.searchsorted(lines.row, place)
    features = top.column("feature").combine_chunks().dictionary_encode()
    told = np.full(len(place), None, object)
    for number, feature in enumerate(features.dictionary.to_pylist()):
        mine = np.flatnonzero(features.indices.to_numpy() == number)
        told[mine] = _told(lines, kept, line[mine], feature)
    turn = top.column("turn").to_numpy().astype(np.int32)
    return pieces(rows[place], _PLACE + turn, pa.array(told, pa.string()))


def _told(lines: Lines, kept: Kept, line: Ints, feature: str) -> npt.NDArray[np.object_]:
    """Return what a feature rests on for some lines; lines that share the key's value share the words."""
    alike = _alike(lines, kept, line, feature)
    distinct, first, back = np.unique(alike, return_index=True, return_inverse=True)
    evidence = Evidence.of(kept.scorer.state, lines, line[first])
    words = [evidence.words(one, feature) or None for one in range(len(distinct))]
    return np.array(words, object)[back]


def _alike(lines: Lines, kept: Kept, line: Ints, feature: str) -> Ints:
    """Return numbers that are equal where a feature rests on the same past."""
    kind, _, rest = feature.partition(":")
    name = rest.rpartition(":")[0] if kind in _PER_CLASS else rest
    keys = {key_name(key): key for key in kept.scorer.state.layout.spec.keys}
    if kind not in {*_PER_CLASS, "inspected", "seen"} or name not in keys:
        return np.arange(len(line))
    asked = pa.array(line)
    columns = []
    for column in keys[name]:
        value = lines.table.column("hs" if column in HS_LENGTH else column).take(asked).cast(pa.string())
        columns.append(pc.utf8_slice_codeunits(value, 0, HS_LENGTH[column]) if column in HS_LENGTH else value)
    joined = pc.binary_join_element_wise(*columns, "\x1f", null_handling="replace", null_replacement="\x1e")
    whole = joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined
    return np.asarray(whole.dictionary_encode().indices.to_numpy(), np.int64)


def _strongest(contributions: pa.Table) -> pa.Table:
    """Return the features that raise each record's margin most: row, feature, turn."""
    raising = contributions.filter(
        pc.and_(
            pc.greater(contributions.column("contribution"), 0.05), pc.not_equal(contributions.column("feature"), "")
        )
    )
    raising = raising.group_by(["row", "feature"]).aggregate([("contribution", "max")])
    ordered = raising.sort_by([("row", "ascending"), ("contribution_max", "descending"), ("feature", "ascending")])
    row = ordered.column("row").to_numpy()
    turn = np.arange(len(row)) - np.searchsorted(row, row, side="left")
    kept = pa.array(turn < _MOST)
    return pa.table(
        {"row": ordered.column("row"), "feature": ordered.column("feature"), "turn": pa.array(turn)}
    ).filter(kept)
