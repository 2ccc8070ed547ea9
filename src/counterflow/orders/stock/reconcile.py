"""Reconciliation: what should be there by the books against what was counted, item by item, between two counts.

expected = opening count + receipts + returns - sales - losses - thefts - spillage - destruction - samples.

A count holds at the close of its day: movements of that day come before it. The difference is held against what went
through (opening count, receipts and returns): a share of it, the tolerance, is what scales and pours explain.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from counterflow.orders.stock.desk import Desk

__all__ = ["RECONCILED", "TOLERANCE", "reconcile"]

#: share of what went through that is not told, where none is set for an item; a figure of ours
TOLERANCE = 0.005
#: what `reconcile` returns
RECONCILED = pa.schema(
    [
        pa.field("site", pa.string(), nullable=False),
        pa.field("product", pa.string(), nullable=False),
        pa.field("measure", pa.string(), nullable=False),
        pa.field("count_from", pa.date32()),
        pa.field("count_to", pa.date32()),
        *(
            pa.field(name, pa.float64())
            for name in ("opening", "receipts", "returns", "sales", "losses", "destroyed", "expected", "counted")
        ),
        pa.field("difference", pa.float64()),
        pa.field("difference_pct", pa.float64()),
        pa.field("tolerance_pct", pa.float64()),
        pa.field("standing", pa.string(), metadata={"doc": "ok | short | over | no two counts | cannot be measured"}),
        pa.field("words", pa.string()),
    ]
)
_PERIODS = """CREATE OR REPLACE TABLE period AS SELECT *, lead(day) OVER w AS until, lead(q) OVER w AS counted FROM (
    SELECT site, product, measure, day, sum(q) AS q FROM event WHERE kind = 'count' AND measure IS NOT NULL
    GROUP BY ALL) WINDOW w AS (PARTITION BY site, product, measure ORDER BY day)"""
_MOVED = """CREATE OR REPLACE TABLE moved AS SELECT site, product, measure, day, kind, q FROM event
    WHERE kind <> 'count' AND measure IS NOT NULL
  UNION ALL SELECT site, product, measure, day, 'sale', q FROM line WHERE kind = 'sale' AND measure IS NOT NULL
  UNION ALL SELECT l.site, l.product, l.measure, l.day, 'return', l.q FROM line l WHERE l.kind = 'return'
    AND l.measure IS NOT NULL AND NOT EXISTS (SELECT 1 FROM event e WHERE e.kind = 'return' AND e.product =
      l.product)"""
_SUMS = """SELECT p.site, p.product, p.measure, p.day AS count_from, p.until AS count_to, p.q AS opening, p.counted,
    {sums} FROM period p LEFT JOIN moved m ON m.site = p.site AND m.product = p.product AND m.measure = p.measure
    AND m.day > p.day AND m.day <= p.until WHERE p.until IS NOT NULL GROUP BY ALL"""
_KINDS = {
    "receipts": ("receipt",),
    "returns": ("return",),
    "sales": ("sale",),
    "losses": ("loss", "theft", "spillage"),
    "destroyed": ("destruction", "sample"),
}
_UNPAIRED = """SELECT site, product, measure, min(day) AS count_from, NULL::DATE AS count_to FROM period
  GROUP BY site, product, measure HAVING count(*) = 1"""
_UNMEASURED = """SELECT site, product, count(*) AS rows FROM (
    SELECT site, product FROM event WHERE measure IS NULL UNION ALL
    SELECT l.site, l.product FROM line l WHERE (l.measure IS NULL OR l.measure = 'l')
      AND EXISTS (SELECT 1 FROM event e WHERE e.product = l.product)) GROUP BY ALL"""


def reconcile(desk: Desk, tolerances: Mapping[str, float] | None = None, *, tolerance: float = TOLERANCE) -> pa.Table:
    """Return each period between two counts, and what could not be reconciled and why.

    Args:
        desk: movements laid out.
        tolerances: share of what went through that is not told, by product.
        tolerance: the same for products not named.
    """
    desk.store.execute(_PERIODS)
    desk.store.execute(_MOVED)
    sums = ", ".join(
        f"coalesce(sum(m.q) FILTER (m.kind IN ({', '.join(repr(kind) for kind in kinds)})), 0) AS {name}"
        for name, kinds in _KINDS.items()
    )
    named = tolerances or {}
    rows = [_told(row, named.get(str(row["product"]), tolerance)) for row in desk.rows(_SUMS.format(sums=sums))]
    for row in desk.rows(_UNPAIRED):
        words = f"Counted once, on {row['count_from']}: a second count is needed before anything can be compared."
        rows.append(row | {"standing": "no two counts", "words": words})
    for row in desk.rows(_UNMEASURED):
        words = f"{row.pop('rows')} rows give neither grams nor pieces (litres need a density): they are left out."
        rows.append(row | {"measure": "", "standing": "cannot be measured", "words": words})
    rank = {"short": 0, "over": 1}
    rows.sort(
        key=lambda row: (rank.get(str(row["standing"]), 2), row["site"], row["product"], str(row.get("count_to")))
    )
    return pa.Table.from_pylist(rows, schema=RECONCILED)


def _told(row: dict[str, float | str], tolerance: float) -> dict[str, object]:
    number = {name: float(value) for name, value in row.items() if isinstance(value, int | float)}
    through = number["opening"] + number["receipts"] + number["returns"]
    expected = through - number["sales"] - number["losses"] - number["destroyed"]
    difference = number["counted"] - expected
    share = difference / through if through > 0 else (0.0 if difference == 0 else float("inf"))
    beyond = abs(difference) > tolerance * through and difference != 0
    standing = "ok" if not beyond else "short" if difference < 0 else "over"
    side = "fewer" if difference < 0 else "more"
    compared = (
        f"{abs(difference):,.6g} {row['measure']} {side} than the books say" if difference else "as the books say"
    )
    words = f"Counted {number['counted']:,.6g} on {row['count_to']}, {expected:,.6g} expected: {compared}."
    return dict(row) | {
        "expected": expected,
        "difference": difference,
        "difference_pct": 100 * share if through > 0 else None,
        "tolerance_pct": 100 * tolerance,
        "standing": standing,
        "words": words if not beyond else f"{words} That is beyond the tolerance of {tolerance:.2%}.",
    }
