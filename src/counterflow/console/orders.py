"""Orders: may I ship this? Then what is open, by what waiting would cost, and what runs out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from counterflow.console.layout import page
from counterflow.console.substances import address, day_of
from counterflow.flow.order_law import threshold_places, thresholds
from counterflow.flow.order_room import OrderRoom, room_of
from counterflow.report import numbers
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["TABS", "pieces", "router"]

router = APIRouter()

Text = Annotated[str, Query(max_length=300)]
Short = Annotated[str, Query(max_length=80)]
From = Annotated[int, Query(ge=0, le=10_000_000)]
Minutes = Annotated[str, Query(max_length=8)]

TABS = (
    ("/orders", "May I ship this?"), ("/orders/open", "Open orders"), ("/orders/customers", "Customers"),
    ("/orders/ends", "What runs out"), ("/orders/questions", "Questions"), ("/orders/reports", "Reports"),
    ("/orders/thresholds", "Thresholds"), ("/orders/outcomes", "How it turned out"),
)  # fmt: skip
_ROWS = 50
_MOST_NAMES = 2000
ASKED = ("item", "quantity", "cas", "customer", "ship_from", "ship_to")


@router.get("/orders", response_class=HTMLResponse)
def show(
    request: Request,
    who: Annotated[Visitor, needs("orders")],
    minutes: Minutes = "",
    text: Text = "",
    offset: From = 0,
    wait: Annotated[bool, Query()] = False,
) -> HTMLResponse:
    """Ask about one order; below it, what is open. Where the queue is not at hand yet it comes a moment later."""
    room = room_of(site_of(request).workspace)
    ready = wait or room.ready()
    work = _work(room, minutes, text, offset) if ready else None
    if work:
        who.saw([row["customer_id"] for row in work["rows"]])
    return page(request, "orders/page.html", {
        "tabs": TABS, "asked": dict.fromkeys(ASKED, ""), "answer": None, "work": work, "minutes": minutes,
        "text": text, "later": address("/orders", minutes=minutes, text=text, offset=offset, wait=1),
    })  # fmt: skip


def _work(room: OrderRoom, minutes: str, text: str, offset: int) -> dict[str, Any]:
    rows = room.queue(minutes=_minutes(minutes))
    asked = " ".join(text.split()).casefold()
    found = [row for row in rows if asked in f"{row['customer_id']} {row['product']} {row['why']}".casefold()]
    ends = min(offset + _ROWS, len(found))
    fits = [row for row in rows if row["within"]]
    names = room.names()
    return {
        "overview": room.overview(), "total": len(found),
        "rows": [row | {"name": names.get(row["customer_id"], ""), "terms": _terms(row)} for row in found[offset:ends]],
        "fits": len(fits), "spent": sum(row["minutes"] for row in fits),
        "said": f"{offset + 1} to {ends} of {len(found)}" if found else "",
        "before": address("/orders", minutes=minutes, text=text, offset=max(offset - _ROWS, 0), wait=1)
        if offset else "",
        "after": address("/orders", minutes=minutes, text=text, offset=ends, wait=1) if ends < len(found) else "",
    }  # fmt: skip


def _minutes(text: str) -> float | None:
    from counterflow.core.errors import InputError

    if not text.strip():
        return None
    if not re.fullmatch(r"\d{1,5}(\.\d+)?", text.strip()):
        raise InputError("These are no minutes.", hint="Write a number, as 240.", column="minutes", value=text)
    return float(text)


def _terms(row: Mapping[str, Any]) -> str:
    """Return how a cost came about, so that it can be computed again."""
    return (
        f"(standing in law {row['standing']:.2g} × doubt {row['doubt']:.2g} × surplus {row['surplus']:.2g} × age"
        f" {row['age']:.2g} + delay {row['delay']:.2g}) × deadline {row['deadline']:.2g}"
    )


@router.get("/orders/ask", response_class=HTMLResponse)
def ask(
    request: Request,
    who: Annotated[Visitor, needs("orders")],
    item: Text = "",
    quantity: Short = "",
    cas: Short = "",
    customer: Short = "",
    ship_from: Short = "",
    ship_to: Short = "",
) -> HTMLResponse:
    """Answer one order as it is typed: clear, needs or hold."""
    room = room_of(site_of(request).workspace)
    asked = dict(zip(ASKED, (item, quantity, cas, customer, ship_from, ship_to), strict=True))
    answer = None
    if item.strip() or cas.strip():
        told = room.ask(item, quantity, customer=customer.strip() or None, cas=cas.strip(), ship_from=ship_from,
                        ship_to=ship_to)  # fmt: skip
        answer = answered(told.as_dict())
        who.saw([customer.strip()] if customer.strip() else [])
    return page(request, "orders/ask.html", {
        "tabs": TABS, "asked": asked, "answer": answer, "known": customer.strip() in room.names(),
    })  # fmt: skip


def answered(row: Mapping[str, str]) -> dict[str, Any]:
    """Return an answer in pieces that a page can set apart."""
    return {
        "answer": row["answer"], "reasons": pieces(row["reasons"]), "thresholds": pieces(row["thresholds"]),
        "duties": [(part, "") for part in row["duties"].split("; ") if part],
        "citations": [part for part in row["citations"].split("; ") if part],
    }  # fmt: skip


def pieces(text: str) -> list[tuple[str, str]]:
    """Return the sentences of an answer, each with whether it is a need or a hold.

    >>> pieces("hold: no licence; the day is past; needs: a declaration; Acetone is listed: US List II")
    [('no licence; the day is past', 'hold'), ('a declaration', 'needs'), ('Acetone is listed: US List II', '')]
    """
    found: list[tuple[str, str]] = []
    for part in re.split(r"; (?=hold: |needs: |proposed: |[A-Z0-9“])", text):
        level, mark, rest = part.partition(": ")
        if mark and level in ("hold", "needs"):
            found.append((rest, level))
        elif part:
            found.append((part, ""))
    return found


@router.get("/orders/customers/near", response_class=HTMLResponse)
def near(request: Request, who: Annotated[Visitor, needs("customers")], customer: Short = "") -> HTMLResponse:
    """Offer the customers whose number or name holds what is typed."""
    asked = customer.strip().casefold()
    names = room_of(site_of(request).workspace).names()
    found = [(one, name) for one, name in names.items() if asked in f"{one} {name}".casefold()] if asked else []
    who.saw([one for one, _ in found[:12]])
    return page(request, "orders/near.html", {"found": found[:12]})


@router.get("/orders/open", response_class=HTMLResponse)
def open_orders(
    request: Request,
    who: Annotated[Visitor, needs("orders")],
    since: Annotated[str, Query(max_length=10)] = "",
    answer: Annotated[str, Query(max_length=10)] = "",
    offset: From = 0,
) -> HTMLResponse:
    """Show open orders with their answers: what must not leave first."""
    room = room_of(site_of(request).workspace)
    found = room.open_orders(since=day_of(since))
    rows = [row for row in found["rows"] if answer in ("", row["answer"])]
    ends = min(offset + _ROWS, len(rows))
    shown = rows[offset:ends]
    who.saw([row["order_id"] for row in shown])
    asked, names = {"since": since, "answer": answer}, room.names()
    return page(request, "orders/open.html", {
        "tabs": TABS, "counts": found["counts"], "told": found["said"], "last": found["last"], "since": since,
        "answer": answer, "may_decide": who.may("orders", "act"),
        "rows": [row | {"said": answered(row), "name": names.get(row["customer_id"], "")} for row in shown],
        "said": f"{offset + 1} to {ends} of {len(rows)}" if rows else "",
        "before": address("/orders/open", **asked, offset=max(offset - _ROWS, 0)) if offset else "",
        "after": address("/orders/open", **asked, offset=ends) if ends < len(rows) else "",
    })  # fmt: skip


@router.get("/orders/customers", response_class=HTMLResponse)
def customers(
    request: Request, who: Annotated[Visitor, needs("customers")], text: Text = "", offset: From = 0
) -> HTMLResponse:
    """List customers with what there is to settle at each; no rating of anybody."""
    asked = " ".join(text.split()).casefold()
    rows = [
        row
        for row in room_of(site_of(request).workspace).customers()
        if asked in f"{row['customer_id']} {row['name']} {row['business_line']}".casefold()
    ]
    ends = min(offset + _ROWS, len(rows))
    who.saw([row["customer_id"] for row in rows[offset:ends]])
    return page(request, "orders/customers.html", {
        "tabs": TABS, "text": text, "rows": rows[offset:ends], "total": len(rows),
        "stopped": sum(row["stops"] > 0 for row in rows), "asking": sum(row["asks"] > 0 for row in rows),
        "said": f"{offset + 1} to {ends} of {len(rows)}" if rows else "",
        "before": address("/orders/customers", text=text, offset=max(offset - _ROWS, 0)) if offset else "",
        "after": address("/orders/customers", text=text, offset=ends) if ends < len(rows) else "",
    })  # fmt: skip


@router.get("/orders/ends", response_class=HTMLResponse)
def ends(request: Request, who: Annotated[Visitor, needs("customers")]) -> HTMLResponse:
    """Show licences and declarations that ran out or soon will."""
    rows = room_of(site_of(request).workspace).endings()
    who.saw([row["customer_id"] for row in rows])
    return page(request, "orders/ends.html", {
        "tabs": TABS, "expired": [row for row in rows if row["standing"] == "expired"],
        "expiring": [row for row in rows if row["standing"] == "expiring"],
    })  # fmt: skip


@router.get("/orders/thresholds", response_class=HTMLResponse)
def law(
    request: Request, who: Annotated[Visitor, needs("orders")], place: Annotated[str, Query(max_length=4)] = "",
    text: Text = "",
) -> HTMLResponse:  # fmt: skip
    """Show open orders near or past a threshold, then from which quantity duties begin."""
    workspace = site_of(request).workspace
    rows = [row for row in room_of(workspace).open_orders()["rows"] if _near(row["thresholds"])]
    who.saw([row["order_id"] for row in rows])
    return page(request, "orders/thresholds.html", {
        "tabs": TABS, "place": place, "places": threshold_places(workspace), "text": text,
        "near": [row | {"said": [one for one, _ in pieces(row["thresholds"]) if _near(one)]} for row in rows],
        "rows": [row | {"amount": _amount(row)} for row in thresholds(workspace, place=place, text=text)],
    })  # fmt: skip


def _near(words: str) -> bool:
    return any(mark in words for mark in (", near", ", exceeded", ", reached"))


def _amount(row: Mapping[str, Any]) -> str:
    """Return a threshold in words.

    >>> _amount({"any_amount": False, "quantity": 1500000.0, "unit": "g", "reaching": "exceeds", "period": "month"})
    'above 1\u202f500 kg a month'
    """
    per = {"transaction": "in one order", "30 days": "in 30 days"}.get(row["period"], f"a {row['period']}")
    if row["any_amount"]:
        return f"any amount {per}" if row["period"] != "transaction" else "any amount"
    if row["quantity"] is None:
        return "a quantity that is not recorded here"
    quantity, unit = row["quantity"], {"g": "g", "l": "L", "units": "units"}[row["unit"]]
    if unit == "g" and quantity >= 1000:
        quantity, unit = quantity / 1000, "kg"
    return f"{'above' if row['reaching'] == 'exceeds' else 'from'} {numbers.amount(quantity)} {unit} {per}"


def ids_of(rows: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    """Return what a column of rows says, each once."""
    return list(dict.fromkeys(str(row[name]) for row in rows if row.get(name)))
