"""Rows of a file as lines of orders: what was ordered, by whom, when, how much, and where it goes.

Every row is one line. Rows without an order number get one made of their content, so that the same row is known again
in another file. What an earlier load holds already is a duplicate; an order that comes again with other content takes
the place of the one before it (`counterflow.core.standing`), and the receipt counts it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.tables import INSTANT, ORDER_LINE, conform
from counterflow.intake.convert.amounts import AmountColumns, Amounts, read_amounts
from counterflow.intake.convert.assemble import Mask, Origin, mask_of, present, repeat
from counterflow.intake.convert.destinations import with_countries
from counterflow.intake.convert.order_doubles import judge_orders, number_lines
from counterflow.intake.convert.refusals import Fault, Faults
from counterflow.intake.convert.row_marks import content_marks, made_ids, rank
from counterflow.intake.identifiers import Unreadable
from counterflow.intake.mapping.model import Mapping

__all__ = ["Held", "HeldRows", "OrderTables", "amounts_of", "own_ids"]

_NO_AMOUNT = Unreadable("required-empty", "The row says no quantity.")
_NO_ITEM = Unreadable("required-empty", "The row names no item: neither a product, nor a CAS number, nor a code.")
_NO_KIND = Unreadable("required-empty", "Say what moved: sale, return, purchase, loss or other.")
_NO_ID = Unreadable("required-empty", "Other rows have a number of their own; this one has none.")
_HELD = Unreadable("duplicate-record", "An earlier load holds this order, the same to the letter. Discard the row.")
_SAME_ROW = Unreadable(
    "duplicate-record",
    "The very same row came before, and neither has a number. Two of them? Give each its own number.",
)
#: what a row without a number is known by
_KNOWN_BY = (
    "supplier_id", "customer_id", "ordered_on", "item", "cas", "product_code", "grade", "kind", "quantity", "unit",
    "packs", "units", "strength_mg", "active_g", "price", "site", "happened_on",
)  # fmt: skip


@dataclass(frozen=True)
class HeldRows:
    """Which lines an earlier load holds.

    Args:
        same: lines of orders that are held to the letter.
        changed: lines of orders that are held with other content.
    """

    same: Mask
    changed: Mask


#: given lines of orders, tells which of them an earlier load holds
Held = Callable[[pa.Table], HeldRows]


class OrderTables:
    """Makes lines of orders of rows whose fields have been read.

    Args:
        mapping: what feeds what.
        origin: the load that the rows come by.
        held: tells the lines that an earlier load of the source holds.
    """

    def __init__(self, mapping: Mapping, origin: Origin, held: Held | None = None) -> None:
        self.mapping, self._origin, self._held = mapping, origin, held

    def checked(self, fed: dict[str, pa.Array], faults: Faults, notes: Counter[str]) -> dict[str, pa.Array]:
        """Return the fields with amounts and ids; what is wrong goes to `faults`, what was read so to `notes`."""
        fed = dict(fed)
        rows = len(fed["customer_id"])
        if "kind" not in fed:
            fed["kind"] = repeat(pa.scalar("sale"), rows)
        if "status" in fed:
            fed["kind"] = _without_cancelled(fed["kind"], fed.pop("status"), notes)
        faults.add(Fault(self._column("kind"), ~present(fed["kind"]) & ~faults.any, same=_NO_KIND))
        fed = with_countries(fed, notes)
        fed |= _amount_fields(fed, amounts_of(self.mapping, fed, rows, faults, notes))
        faults.add(
            Fault(self._column("quantity"), _none_of(fed, ("quantity", "units", "active_g"), faults), same=_NO_AMOUNT)
        )
        faults.add(Fault(self._column("item"), _none_of(fed, ("item", "cas", "product_code"), faults), same=_NO_ITEM))
        made = own_ids(self.mapping, fed, rows, faults, notes)
        column = self._column("record_id")
        gone = np.zeros(rows, dtype=bool) if made else judge_orders(fed, faults, column)
        fed["line"] = number_lines(fed, ~faults.any & ~gone)
        if self._held is not None:
            self._refuse_held(fed, gone, faults, notes, column)
        if gone.any():
            notes["rows that a later row of the file corrects"] += int((gone & ~faults.any).sum())
        return fed | {"_gone": pa.array(gone)}

    def tables(self, fed: dict[str, pa.Array], _attributes: list[pa.Array]) -> dict[str, pa.Table]:
        """Return the table of rows that are all sound; rows that a later row of the file corrects are left out."""
        return {"order_line": self._lines(fed, ~mask_of(fed["_gone"]))}

    def _lines(self, fed: dict[str, pa.Array], keep: Mask) -> pa.Table:
        columns = {name: fed[name] for name in ORDER_LINE.names if name in fed}
        columns |= self._origin.beside(fed["record_id"])
        columns["first_seen"] = repeat(pa.scalar(self._origin.first_seen, INSTANT), len(fed["record_id"]))
        table = pa.table(columns)
        return conform(table if keep.all() else table.filter(pa.array(keep)), ORDER_LINE)

    def _refuse_held(
        self, fed: dict[str, pa.Array], gone: Mask, faults: Faults, notes: Counter[str], column: str
    ) -> None:
        rows = len(gone)
        chosen = np.flatnonzero(~faults.any & ~gone)
        if not len(chosen) or self._held is None:
            return
        found = self._held(
            self._lines({n: v.take(pa.array(chosen)) for n, v in fed.items()}, np.ones(len(chosen), bool))
        )
        same = np.zeros(rows, dtype=bool)
        same[chosen[found.same]] = True
        faults.add(Fault(column, same, fed["record_id"], same=_HELD))
        if found.changed.any():
            notes["lines of orders that take the place of earlier ones"] += int(found.changed.sum())

    def _column(self, target: str) -> str:
        return next((r.columns[0] for r in self.mapping.fields if r.target == target), target)


def amounts_of(mapping: Mapping, fed: dict[str, pa.Array], rows: int, faults: Faults, notes: Counter[str]) -> Amounts:
    """Return the amounts of rows; see `read_amounts`."""
    returned = mask_of(pc.equal(fed["kind"], "return")) if "kind" in fed else np.zeros(rows, dtype=bool)
    columns = AmountColumns(
        quantity=fed.get("quantity", pa.nulls(rows, pa.string())),
        unit=fed.get("unit"),
        pack=fed.get("pack"),
        pack_unit=fed.get("pack_unit"),
        packs=fed.get("packs"),
        pack_count=fed.get("pack_count"),
        returned=returned,
        rules={rule.target: rule for rule in mapping.fields},
    )
    return read_amounts(columns, faults, notes)


def own_ids(mapping: Mapping, fed: dict[str, pa.Array], rows: int, faults: Faults, notes: Counter[str]) -> bool:
    """Make sure that every row has an id; return whether they had to be made of what the rows say."""
    if "record_id" in fed:
        column = next((r.columns[0] for r in mapping.fields if r.target == "record_id"), "record_id")
        faults.add(Fault(column, ~present(fed["record_id"]) & ~faults.any, same=_NO_ID))
        return False
    marks = content_marks({name: fed[name] for name in _KNOWN_BY if name in fed}, rows)
    place = rank(marks)
    fed["record_id"] = made_ids(marks, place)
    again = (place > 1) & ~faults.any
    if mapping.same_rows == "refuse":
        faults.add(Fault("record_id", again, same=_SAME_ROW))
    elif again.any():
        notes["rows that are the same to the letter, kept as orders of their own"] += int(again.sum())
    return True


def _amount_fields(fed: dict[str, pa.Array], amounts: Amounts) -> dict[str, pa.Array]:
    units = pc.coalesce(fed["units"], amounts.pieces) if "units" in fed else amounts.pieces
    return {
        "quantity": amounts.quantity, "unit": amounts.unit, "packs": amounts.packs, "quantity_text": amounts.text,
        "mass_g": amounts.mass_g, "volume_l": amounts.volume_l, "units": units,
    }  # fmt: skip


def _without_cancelled(kind: pa.Array, status: pa.Array, notes: Counter[str]) -> pa.Array:
    """Return what moved; what is cancelled is kept beside the orders, and takes the place of the order it was."""
    cancelled = pc.fill_null(pc.equal(status, "cancelled"), False)
    if count := pc.sum(cancelled).as_py():
        notes["cancelled, says their status: kept beside, not counted as orders"] += count
    return pc.if_else(cancelled, "other", kind)


def _none_of(fed: dict[str, pa.Array], names: tuple[str, ...], faults: Faults) -> Mask:
    """Return the rows that hold none of these fields, of those that nothing else is wrong with."""
    empty = ~faults.any
    for name in names:
        if name in fed:
            empty &= ~present(fed[name])
    return empty
