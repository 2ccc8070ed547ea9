"""What a pattern found, and how it becomes a row of ORDER_FLAG."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from counterflow.core.tables import ORDER_FLAG
from counterflow.orders.patterns.desk import Desk
from counterflow.orders.patterns.kinds import KINDS

__all__ = ["Found", "amount", "as_flags", "day_of", "month_of", "peers"]

_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that stands out.

    Args:
        kind: name of its kind.
        grade: weak | moderate | strong.
        c: number of the customer on the desk.
        p: number of the product on the desk; 0 where it concerns the customer as a whole.
        day: day from which it stands, as days since 1970.
        words: what was seen, in a sentence.
        order_id: order it rests on; empty where it rests on several.
        evidence: figures and orders it rests on.
    """

    kind: str
    grade: str
    c: int
    p: int
    day: int
    words: str
    order_id: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)


def amount(quantity: float, measure: str) -> str:
    """Return a quantity for sentences.

    >>> amount(25000.0, "g"), amount(1200.0, "units"), amount(2.5, "l")
    ('25 kg', '1,200 units', '2.5 l')
    """
    if measure == "g" and quantity >= 1000:
        return f"{quantity / 1000:,.4g} kg" if quantity < 1e6 else f"{quantity / 1000:,.0f} kg"
    return f"{quantity:,.4g} {measure}" if quantity < 1000 else f"{quantity:,.0f} {measure}"


def day_of(number: int) -> str:
    """Return a day since 1970 as it is written."""
    return (_EPOCH + dt.timedelta(days=number)).isoformat()


def month_of(number: int) -> str:
    """Return a counted month as it is written.

    >>> month_of(2026 * 12 + 10)
    '2026-11'
    """
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def peers(row: dict[str, Any]) -> str:
    """Say who the peers were: customers of the same line of business, or all customers."""
    return f"{row['b_customers']:,} customers of {row['who']} in the year before"


def as_flags(found: Iterable[Found], desk: Desk) -> pa.Table:
    """Return rows of ORDER_FLAG, in the order of customer, day, kind.

    The metadata `silent` of its schema names the kinds for which there is too little to compare with.
    """
    customers = {row["c"]: row["customer_id"] for row in desk.rows("SELECT c, customer_id FROM cust")}
    products = {row["p"]: row["product"] for row in desk.rows("SELECT DISTINCT p, product FROM prod")}
    rows = [_row(one, customers[one.c], products.get(one.p, "")) for one in found]
    table = pa.Table.from_pylist(rows, schema=ORDER_FLAG)
    table = table.sort_by([(name, "ascending") for name in ("customer_id", "day", "kind", "flag")])
    return table.replace_schema_metadata({"silent": "; ".join(dict.fromkeys(desk.silent))})


def _row(one: Found, customer: str, product: str) -> dict[str, Any]:
    kind, day = KINDS[one.kind], _EPOCH + dt.timedelta(days=one.day)
    named = "\x1f".join((one.kind, customer, product, one.order_id, day.isoformat(), one.evidence.get("which", "")))
    return {
        "flag": hashlib.sha256(named.encode()).hexdigest()[:16],
        "kind": one.kind,
        "group": kind.group,
        "grade": one.grade,
        "customer_id": customer,
        "product": product or None,
        "order_id": one.order_id or None,
        "day": day,
        "words": one.words,
        "evidence": json.dumps(one.evidence, ensure_ascii=False, sort_keys=True, default=str),
        "clears": kind.clears,
        "citation": "" if kind.citation == "ours" else kind.citation,
    }
