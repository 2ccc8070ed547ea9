"""Which lines of orders an earlier load of the source holds already, to the letter or with other content."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from counterflow.core.standing import standing
from counterflow.core.tables import ORDER_LINE
from counterflow.intake.convert.assemble import column_of
from counterflow.intake.convert.orders import Held, HeldRows
from counterflow.intake.convert.row_marks import content_marks
from counterflow.store.repository import Store

__all__ = ["held_lines"]

#: columns that say nothing of the order itself
_APART = frozenset({"batch", "first_seen", "quantity_text"})


def held_lines(store: Store, source: str) -> Held | None:
    """Return a test for lines that an earlier load of `source` holds; None where it has loaded none.

    An order whose every line is held to the letter is the same order again; one line that differs makes it an order
    with other content, which takes the place of the one that is held.
    """
    if not store.rows("SELECT 1 AS one FROM order_line WHERE source = ? LIMIT 1", [source]):
        return None

    def held(lines: pa.Table) -> HeldRows:
        asked = lines.select(["record_id"])
        before = store.query(
            "SELECT o.* FROM order_line o WHERE o.source = ? AND EXISTS"
            " (SELECT 1 FROM asked a WHERE a.record_id = o.record_id)",
            [source],
            asked=asked,
        )
        if not before.num_rows:
            nowhere = np.zeros(lines.num_rows, dtype=bool)
            return HeldRows(nowhere, nowhere)
        stood = standing(before)
        same = np.isin(_marks(lines), _marks(stood))
        code = column_of(lines, "record_id").dictionary_encode().indices.to_numpy(zero_copy_only=False)
        other = np.unique(code[~same])
        whole = same & ~np.isin(code, other)
        known = np.isin(_ids(lines), _ids(before))
        return HeldRows(whole, known & ~whole)

    return held


def _marks(lines: pa.Table) -> np.ndarray:
    names = [n for n in ORDER_LINE.names if n not in _APART]
    return content_marks({n: column_of(lines, n) for n in names}, lines.num_rows)


def _ids(lines: pa.Table) -> np.ndarray:
    return content_marks({"record_id": column_of(lines, "record_id")}, lines.num_rows)
