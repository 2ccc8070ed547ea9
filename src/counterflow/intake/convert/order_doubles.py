"""Orders that stand on several rows, come twice, or contradict themselves within one file.

The same row again is a duplicate; another item under the same number is the next line of the order. The same item twice
with different content and no line numbers can be two lines or a correction: it is refused and asked for. A row that
says it corrects its own order number takes the place of the rows before it.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from counterflow.intake.convert.assemble import Mask, present
from counterflow.intake.convert.refusals import Fault, Faults
from counterflow.intake.convert.row_marks import content_marks, rank
from counterflow.intake.identifiers import Unreadable

__all__ = ["judge_numbers", "judge_orders", "number_lines"]

_DOUBLE = Unreadable(
    "duplicate-record", "The very same row came before in this file. Two orders? Give each its own number."
)
_MIXED = Unreadable("order-of-two-customers", "Rows of one order number name two customers. Which is it?")
_LINE_TWICE = Unreadable("line-twice", "This line of the order came before with other content. Which one holds?")
_ITEM_TWICE = Unreadable(
    "item-twice",
    "The same item comes twice under one order number, not the same to the letter. Two lines? Number them in a column"
    " `line`. A correction? Say which order it corrects.",
)
_SIBLING = Unreadable("record-incomplete", "Another row of the same order was refused; an order goes in whole.")
_NUMBER_TWICE = Unreadable(
    "duplicate-record", "This number came before in this file. Give the row its own, or discard it."
)
#: what makes a line of an order another line
_ITEM = ("kind", "item", "cas", "product_code", "grade", "purity_pct")
_NO_CONTENT = frozenset({"quantity_text", "_gone"})


def judge_orders(fed: dict[str, pa.Array], faults: Faults, column: str) -> Mask:
    """Add what is wrong with orders that stand on several rows; return the rows that a later row corrects.

    Args:
        fed: target to its values; `record_id` and `customer_id` are there.
        faults: what is wrong with the rows so far.
        column: column of the order numbers, for messages.
    """
    ids = fed["record_id"]
    rows = len(ids)
    gone = np.zeros(rows, dtype=bool)
    code = _codes(ids)
    doubles = np.zeros(rows, dtype=bool)
    chosen = np.flatnonzero(~faults.any & (code >= 0))
    chosen = chosen[np.bincount(code[chosen], minlength=1)[code[chosen]] > 1] if len(chosen) else chosen
    if len(chosen):
        doubles[chosen] = rank(content_marks(_taken(fed, chosen), len(chosen))) > 1
        faults.add(Fault(column, doubles, ids, same=_DOUBLE))
        chosen = chosen[~doubles[chosen]]
        chosen = chosen[~_superseded(fed, code, chosen, gone)]
        _contradictions(fed, code, chosen, faults, column)
    broken = np.unique(code[faults.any & ~doubles & (code >= 0)])
    if len(broken):
        faults.add(Fault(column, np.isin(code, broken) & ~faults.any, ids, same=_SIBLING))
    return gone & ~faults.any


def number_lines(fed: dict[str, pa.Array], keep: Mask) -> pa.Array:
    """Return the line of each row within its order: as written, else counted in the order of the file."""
    places = np.ones(len(keep), dtype=np.int64)
    chosen = np.flatnonzero(keep)
    places[chosen] = rank(_codes(fed["record_id"])[chosen])
    counted = pa.array(places, pa.int32())
    written = fed.get("line")
    return counted if written is None or written.null_count else written


def _contradictions(
    fed: dict[str, pa.Array], code: np.ndarray, chosen: np.ndarray, faults: Faults, column: str
) -> None:
    ids, rows = fed["record_id"], len(code)
    own = code[chosen].astype(np.uint64)
    customer = content_marks({"customer_id": fed["customer_id"].take(pa.array(chosen))}, len(chosen))
    order = np.lexsort((customer, own))
    edges = (own[order][1:] == own[order][:-1]) & (customer[order][1:] != customer[order][:-1])
    mixed = np.isin(own, own[order][1:][edges])
    faults.add(Fault(column, _spread(chosen[mixed], rows), ids, same=_MIXED))
    lines = fed.get("line")
    numbered = present(lines)[chosen] if lines is not None else np.zeros(len(chosen), dtype=bool)
    if lines is not None and numbered.any():
        held = {"record_id": ids, "line": lines}
        twice = _several(content_marks(_taken(held, chosen), len(chosen))) & numbered
        faults.add(Fault(column, _spread(chosen[twice], rows), ids, same=_LINE_TWICE))
    held = {"record_id": ids, **{name: fed[name] for name in _ITEM if name in fed}}
    twice = _several(content_marks(_taken(held, chosen), len(chosen))) & ~numbered
    faults.add(Fault(column, _spread(chosen[twice], rows), ids, same=_ITEM_TWICE))


def _superseded(fed: dict[str, pa.Array], code: np.ndarray, chosen: np.ndarray, gone: Mask) -> Mask:
    """Mark the rows before a row that corrects its own order number; return them among the chosen."""
    corrects = fed.get("corrects")
    if corrects is None or corrects.null_count == len(corrects):
        return np.zeros(len(chosen), dtype=bool)
    told = corrects.take(pa.array(chosen)).to_pylist()
    ids = fed["record_id"].take(pa.array(chosen)).to_pylist()
    own = np.array([a is not None and a == b for a, b in zip(told, ids, strict=True)], dtype=bool)
    first = np.full(int(code.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, code[chosen[own]], chosen[own])
    before = ~own & (chosen < first[code[chosen]]) & (first[code[chosen]] < np.iinfo(np.int64).max)
    gone[chosen[before]] = True
    return np.asarray(before)


def _several(marks: np.ndarray) -> Mask:
    """Tell the rows whose mark is not theirs alone."""
    _, index, counts = np.unique(marks, return_inverse=True, return_counts=True)
    return np.asarray(counts[index] > 1)


def _taken(fed: dict[str, pa.Array], chosen: np.ndarray) -> dict[str, pa.Array]:
    index = pa.array(chosen)
    return {name: values.take(index) for name, values in fed.items() if name not in _NO_CONTENT}


def _codes(ids: pa.Array) -> np.ndarray:
    indices = ids.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.asarray(indices, dtype=np.int64)


def _spread(chosen: np.ndarray, rows: int) -> Mask:
    mask = np.zeros(rows, dtype=bool)
    mask[chosen] = True
    return mask


def judge_numbers(fed: dict[str, pa.Array], faults: Faults, column: str) -> None:
    """Refuse, of events that stand on one row each, numbers that came before."""
    ids = fed["record_id"]
    chosen = np.flatnonzero(~faults.any)
    again = np.zeros(len(ids), dtype=bool)
    again[chosen] = rank(_codes(ids)[chosen]) > 1
    faults.add(Fault(column, again, ids, same=_NUMBER_TWICE))
