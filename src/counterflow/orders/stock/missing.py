"""What has to be reported: thefts, losses and shortages, with the duty of the law and the day by which it is owed.

The duties are rows of the law (`reference.trade_law`, kind *report*) that speak of loss, theft or disappearance. What
is proposed asks nothing; a row from memory is marked unverified. Working days are Monday to Friday: public holidays are
not known here, so that the day shown is never later than the law's.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from counterflow.core.errors import UnknownName
from counterflow.orders.stock.desk import Desk
from counterflow.reference.trade_law import Duty, TradeLaw

__all__ = ["MISSING", "missing"]

_OF_LOSS = re.compile(r"\b(loss|losses|lost|theft|thefts|stolen|disappear\w*)\b", re.IGNORECASE)
#: what `missing` returns
MISSING = pa.schema(
    [
        pa.field("record", pa.string(), metadata={"doc": "stock event, or the period between two counts"}),
        pa.field("site", pa.string()),
        pa.field("product", pa.string()),
        pa.field("kind", pa.string(), metadata={"doc": "theft | loss | spillage | short"}),
        pa.field("day", pa.date32(), metadata={"doc": "day, or day of discovery"}),
        pa.field("quantity", pa.float64()),
        pa.field("measure", pa.string()),
        pa.field("explanation", pa.string()),
        pa.field("reported", pa.string()),
        pa.field("duty", pa.string(), metadata={"doc": "what the law asks; empty where no rule is known here"}),
        pa.field("due_on", pa.date32()),
        pa.field("standing", pa.string(), metadata={"doc": "reported | due | overdue | look"}),
        pa.field("citation", pa.string()),
    ]
)
_EVENTS = """SELECT record_id AS record, site, product, kind, day, q AS quantity, measure, explanation, reported
  FROM event WHERE kind IN ('theft', 'loss', 'spillage')"""


def missing(
    desk: Desk, reconciled: pa.Table, law: TradeLaw | None, jurisdiction: str | None, *, on: dt.date
) -> pa.Table:
    """Return thefts, losses and shortages, what is overdue first.

    Args:
        desk: movements laid out.
        reconciled: what `reconcile` returned; its shortages are listed too.
        law: the law; None where none is asked.
        jurisdiction: code of the place whose law holds, for example US or DE; None where it is not known.
        on: the day as of which is asked.
    """
    found = [*desk.rows(_EVENTS), *_shortages(reconciled)]
    rows = [row for one in found for row in _owed(one, law, jurisdiction, on)]
    rank = {"overdue": 0, "due": 1, "look": 2, "reported": 3}
    rows.sort(key=lambda row: (rank[row["standing"]], str(row["due_on"]), row["site"], row["product"], str(row["day"])))
    return pa.Table.from_pylist(rows, schema=MISSING)


def _shortages(reconciled: pa.Table) -> Iterator[dict[str, Any]]:
    for row in reconciled.to_pylist():
        if row["standing"] == "short":
            yield {
                "record": f"{row['count_from']}/{row['count_to']}", "site": row["site"], "product": row["product"],
                "kind": "short", "day": row["count_to"], "quantity": -row["difference"], "measure": row["measure"],
                "explanation": row["words"], "reported": None,
            }  # fmt: skip


def _owed(one: dict[str, Any], law: TradeLaw | None, jurisdiction: str | None, on: dt.date) -> Iterator[dict[str, Any]]:
    """Yield the event once for each duty, or once without any."""
    duties = _duties(law, jurisdiction, one["product"], one["day"])
    if not duties:
        standing = "reported" if one["reported"] else "look"
        yield one | {"duty": "", "due_on": None, "standing": standing, "citation": ""}
    for duty in duties:
        due = _due(one["day"], duty)
        late = "overdue" if due is not None and on > due else "due"
        yield one | {
            "duty": duty.words + (" (unverified)" if duty.unverified else ""),
            "due_on": due,
            "standing": "reported" if one["reported"] else late,
            "citation": duty.citation,
        }


def _duties(law: TradeLaw | None, jurisdiction: str | None, product: str, day: dt.date) -> list[Duty]:
    if law is None or not jurisdiction or product not in law.registry.substances:
        return []
    try:
        held = law.duties_on(day, jurisdiction, substance=product)
    except UnknownName:
        return []
    ours = [one for one in held if one.kind == "report" and one.status == "in force"]
    return [one for one in ours if _OF_LOSS.search(one.words)]


def _due(day: dt.date, duty: Duty) -> dt.date | None:
    """Return the last day on which the duty can be done in time; None where the law counts no days."""
    if duty.days is None:
        return None
    if duty.day_kind != "working":
        return day + dt.timedelta(days=duty.days)
    due, left = day, duty.days
    while left:
        due += dt.timedelta(days=1)
        left -= due.weekday() < 5
    return due
