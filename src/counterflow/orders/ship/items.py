"""What the items of orders are, as the room of orders takes it from whoever knows substances.

`flow.order_items.recognise` fills the table; here it is only read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.orders.ship.arrow import fill, join
from counterflow.reference.registry import cas_check_digit

__all__ = ["ITEMS", "LISTED", "ItemBook", "ItemFacts", "days_of", "item_key", "text_of"]

#: One row for each distinct item and CAS number, substance in it, and place asked; see `flow.order_items`.
ITEMS = pa.schema(
    [
        ("item", pa.string()),  # as written
        ("cas", pa.string()),  # as written
        ("substance", pa.string()),  # id; empty where nothing was recognised
        ("name", pa.string()),  # its name in the registry
        ("how", pa.string()),  # what was met, in words
        ("doubt", pa.string()),  # why it is not sure; empty where it is
        ("jurisdiction", pa.string()),  # place whose law answers
        ("verdict", pa.string()),  # controlled | listed_precursor | unclear | watch | none | equipment
        ("list", pa.string()),  # short name of the instrument
        ("schedule", pa.string()),  # list, schedule or category
        ("instrument", pa.string()),  # id of the instrument
        ("citation", pa.string()),
        ("reason", pa.string()),
        ("scope", pa.string()),  # words that narrow the entry
        ("since", pa.string()),
        ("extends_to", pa.string()),  # salts isomers …
        ("unverified", pa.bool_()),  # whether the entry or its days are recalled
    ]
)

#: Verdicts under which the law of the place has something to say.
LISTED = frozenset({"controlled", "listed_precursor", "unclear"})
_BETWEEN = "\x1f"


def text_of(table: pa.Table, name: str) -> pa.Array:
    """Return a text column in one piece, nulls as they are; all null where the table has none."""
    if name not in table.column_names:
        return pa.nulls(table.num_rows, pa.string())
    column = table[name].cast(pa.string())
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def days_of(table: pa.Table, name: str) -> npt.NDArray[np.datetime64]:
    """Return a column of days; all NaT where the table has none."""
    if name not in table.column_names:
        return np.full(table.num_rows, np.datetime64("NaT"), "datetime64[D]")
    column = table[name].cast(pa.date32())
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(column.to_numpy(zero_copy_only=False)).astype("datetime64[D]")


def item_key(table: pa.Table) -> pa.Array:
    """Return what tells items apart: `item` and `cas` as written."""
    parts = (fill(text_of(table, name), "") for name in ("item", "cas"))
    return join(*parts, _BETWEEN)


@dataclass
class ItemFacts:
    """All that is known of one item.

    Args:
        item: as written.
        cas: as written.
        laws: substance to place to the row that speaks of it.
        doubt: why it is not sure what it is; empty where it is.
        how: what was met, in words.
        machine: the row of a machine or its tooling; None where it names none.
    """

    item: str
    cas: str
    laws: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    doubt: str = ""
    how: str = ""
    machine: dict[str, Any] | None = None

    @property
    def recognised(self) -> bool:
        """Whether it names a substance of the registry, or a machine."""
        return bool(self.laws) or self.machine is not None

    @property
    def listed_anywhere(self) -> bool:
        """Whether any law held lists what it names, on the day asked."""
        return self.machine is not None or any(
            row["verdict"] != "none" for places in self.laws.values() for row in places.values()
        )

    @property
    def cas_stands(self) -> bool:
        """Whether it carries a CAS number whose check digit is right."""
        digits = self.cas.strip().replace("-", "")
        if not digits.isdigit() or len(digits) < 5:
            return False
        return cas_check_digit(digits[:-1]) == int(digits[-1])

    def add(self, row: dict[str, Any]) -> None:
        """Take in one row of the table."""
        if row["verdict"] == "equipment":
            self.machine = row
            return
        self.how = self.how or row["how"] or ""
        if row["substance"] and row["jurisdiction"]:
            self.laws.setdefault(row["substance"], {})[row["jurisdiction"]] = row
        if row["doubt"] or (row["substance"] and not row["jurisdiction"]):
            self.doubt = self.doubt or row["doubt"] or row["how"]


class ItemBook:
    """The items of a table `ITEMS`, each with all its rows, and which of them a line holds."""

    def __init__(self, items: pa.Table) -> None:
        self.facts: list[ItemFacts] = []
        self._places: dict[str, int] = {}
        for key, row in zip(item_key(items).to_pylist(), items.to_pylist(), strict=True):
            place = self._places.setdefault(key, len(self.facts))
            if place == len(self.facts):
                self.facts.append(ItemFacts(row["item"] or "", row["cas"] or ""))
            self.facts[place].add(row)

    def places(self, lines: pa.Table) -> npt.NDArray[np.int64]:
        """Return the position in `facts` of the item of each line; one not asked about joins as unknown."""
        encoded = item_key(lines).dictionary_encode()
        at = [self._place(key) for key in encoded.dictionary.to_pylist()]
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        return np.asarray(at, np.int64)[codes] if len(codes) else np.zeros(0, np.int64)

    def _place(self, key: str) -> int:
        place = self._places.setdefault(key, len(self.facts))
        if place == len(self.facts):
            item, cas = key.split(_BETWEEN)
            self.facts.append(ItemFacts(item, cas))
        return place
