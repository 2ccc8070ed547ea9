"""`/v1/orders`, `/v1/customers`: may I ship this; what is open; the dossier; decisions, questions and answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from counterflow.api.day import Day
from counterflow.api.idempotency import Key, digest_of, once
from counterflow.api.openapi import PREFIX
from counterflow.api.paging import Cursor, Limit, Page, list_of, page_of
from counterflow.api.sent import sent
from counterflow.flow import order_cases, order_decisions
from counterflow.flow.order_law import thresholds
from counterflow.flow.order_room import room_of
from counterflow.orders.cases import questions as library
from counterflow.orders.cases import reports as papers
from counterflow.orders.cases.decisions import FINDINGS, NeedsSecond
from counterflow.orders.cases.dispositions import dispositions
from counterflow.report.rows import plain
from counterflow.store.workspace import Workspace
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["orders"])

Id = Annotated[str, Query(max_length=200)]


class OrderAsked(BaseModel):
    """One order, as it stands before goods leave."""

    model_config = ConfigDict(extra="forbid")

    item: str = Field("", max_length=2_000, description="product or substance as written")
    quantity: str = Field("", max_length=80, description="quantity with its unit, as 25 kg or 2 x 5 L")
    cas: str = Field("", max_length=80)
    customer: str = Field("", max_length=200, description="the customer's number")
    ship_from: str = Field("", max_length=80, description="country it leaves")
    ship_to: str = Field("", max_length=80, description="country it goes to; the customer's where empty")


class OrdersAsked(BaseModel):
    """Orders to answer, each by itself: they do not count in each other's sums."""

    model_config = ConfigDict(extra="forbid")

    orders: list[OrderAsked] = Field(min_length=1, max_length=100)


class AnswerTold(BaseModel):
    """May it leave? `clear` says only that nothing known here stands against it."""

    order_id: str
    answer: Literal["clear", "needs", "hold"]
    duties: str
    thresholds: str
    reasons: str
    citations: str


class DecisionAsked(BaseModel):
    """What a person decides about an order, an alarm or a customer."""

    model_config = ConfigDict(extra="forbid")

    subject: Literal["alarm", "order", "customer"]
    subject_id: str = Field(min_length=1, max_length=200)
    act: Literal["ship", "hold", "refuse", "report", "dispose", "outcome"]
    ground: str = Field(min_length=1, max_length=4_000, description="why, in words that another person can follow")
    finding: str = Field("", max_length=20, description=f"of dispose and outcome: {', '.join(FINDINGS)}")
    holds_to: dt.date | None = Field(None, description="last day on which it holds")
    new_expected: float | None = Field(None, ge=0, le=1e15, description="monthly quantity accepted from now on")


class DecisionTold(BaseModel):
    """A decision on record, or one that waits for a second person."""

    state: Literal["decided", "waits"]
    decision: str = Field(description="id of the decision; empty while it waits")
    ledger_seq: int | None = Field(description="its entry of the ledger")
    request: str = Field(description="id of the request that a second person agrees to; empty where none is needed")


class QuestionAsked(BaseModel):
    """A question to a customer; nothing is sent from here."""

    model_config = ConfigDict(extra="forbid")

    customer: str = Field(min_length=1, max_length=200)
    about: str = Field("", max_length=200, description="alarm or order that it is about")
    kinds: list[Annotated[str, Field(max_length=80)]] = Field(
        default_factory=list, max_length=50, description="questions of the library, or kinds and groups of flags"
    )
    text: str = Field("", max_length=4_000, description="in one's own words")
    due: dt.date | None = Field(None, description="day by which an answer is wanted")


class AnswerAsked(BaseModel):
    """What a customer answered."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=4_000)


@router.post("/orders/answers", response_model=list[AnswerTold])
def ask(
    request: Request, who: Annotated[Visitor, needs("orders")], told: Annotated[OrdersAsked, sent(OrdersAsked)]
) -> JSONResponse:
    """Answer for each order whether it may leave: clear, needs (each thing named) or hold."""
    room = room_of(site_of(request).workspace)
    answers = [
        room.ask(
            one.item, one.quantity, customer=one.customer or None, cas=one.cas, ship_from=one.ship_from,
            ship_to=one.ship_to,
        ).as_dict() | {"order_id": str(number)}
        for number, one in enumerate(told.orders)
    ]  # fmt: skip
    who.saw([one.customer for one in told.orders if one.customer])
    return JSONResponse(answers)


@router.get("/orders/queue", response_model=Page[dict[str, Any]])
def queue(
    request: Request,
    who: Annotated[Visitor, needs("orders")],
    minutes: Annotated[float | None, Query(ge=0, le=100_000, description="minutes there are today")] = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> JSONResponse:
    """List what is open by what waiting would cost, with the terms of each cost."""
    rows = room_of(site_of(request).workspace).queue(minutes=minutes)
    who.saw([row["customer_id"] for row in rows[:1000]])
    return page_of(rows, lambda row: (f"{row['rank']:09}",), limit, cursor, list_of("order-queue", minutes=minutes))


@router.get("/orders/open", response_model=Page[dict[str, Any]])
def open_orders(
    request: Request,
    who: Annotated[Visitor, needs("orders")],
    since: Annotated[Day, Query(description="first day of the orders; a month back where not given")] = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> JSONResponse:
    """List open order lines with their answers: holds first, then what is needed."""
    rows = room_of(site_of(request).workspace).open_orders(since=since)["rows"]
    numbered = [row | {"place": place} for place, row in enumerate(rows)]
    who.saw([row["order_id"] for row in rows[:1000]])
    return page_of(numbered, lambda row: (f"{row['place']:09}",), limit, cursor, list_of("orders-open", since=since))


@router.get("/orders/thresholds", response_model=Page[dict[str, Any]], dependencies=[needs("orders")])
def law(
    request: Request,
    place: Annotated[str, Query(max_length=8)] = "",
    text: Annotated[str, Query(max_length=300)] = "",
    limit: Limit = 100,
    cursor: Cursor = "",
) -> JSONResponse:
    """List from which quantity duties begin, by substance and place."""
    rows = [
        row | {"place_in_list": number}
        for number, row in enumerate(thresholds(site_of(request).workspace, place=place, text=text))
    ]
    of = list_of("order-thresholds", place=place, text=text)
    return page_of(rows, lambda row: (f"{row['place_in_list']:09}",), limit, cursor, of)


@router.get("/orders/endings", response_model=Page[dict[str, Any]])
def endings(
    request: Request, who: Annotated[Visitor, needs("customers")], limit: Limit = 100, cursor: Cursor = ""
) -> JSONResponse:
    """List licences and declarations that ran out or will within 60 days."""
    rows = room_of(site_of(request).workspace).endings()
    who.saw([row["customer_id"] for row in rows[:1000]])
    return page_of(rows, _ending, limit, cursor, list_of("order-endings"))


def _ending(row: Mapping[str, Any]) -> tuple[str, ...]:
    return str(row["standing"]), str(row["customer_id"]), str(row["point"]), str(row["words"])


@router.get("/orders/outcomes", response_model=list[dict[str, Any]], dependencies=[needs("orders")])
def outcomes(request: Request) -> JSONResponse:
    """Say how alarms and flags turned out, with intervals."""
    workspace = site_of(request).workspace
    return JSONResponse(plain(dispositions(workspace.store, workspace.clock().date())))


@router.post("/orders/decisions", response_model=DecisionTold)
def decide(
    request: Request,
    who: Annotated[Visitor, needs("orders", "act")],
    told: Annotated[DecisionAsked, sent(DecisionAsked)],
    key: Key = "",
) -> JSONResponse:
    """Write a decision down; where the house asks for two, a second person is asked and nothing happens before."""
    site = site_of(request)
    choice = order_decisions.choice_of(told.model_dump(), who.person)

    def act(workspace: Workspace) -> Mapping[str, Any]:
        try:
            made = order_decisions.decide(workspace, choice).row
        except NeedsSecond:
            asked = site.access.requests.ask(
                "order-decision", f"{choice.subject} {choice.subject_id}", order_decisions.as_payload(choice), who,
                choice.ground,
            )  # fmt: skip
            return {"state": "waits", "decision": "", "ledger_seq": None, "request": asked}
        return {"state": "decided", "decision": made["decision"], "ledger_seq": made["ledger_seq"], "request": ""}

    return once(request, site, who, key, digest_of(told.model_dump_json().encode()), act)


@router.get("/orders/questions", response_model=Page[dict[str, Any]])
def questions(
    request: Request,
    who: Annotated[Visitor, needs("customers")],
    customer: Id = "",
    limit: Limit = 100,
    cursor: Cursor = "",
) -> JSONResponse:
    """List questions with their state: waiting, overdue, answered."""
    workspace = site_of(request).workspace
    rows = library.questions(workspace.store, workspace.clock().date(), customer or None)
    who.saw([row["customer_id"] for row in rows[:1000]])
    of = list_of("order-questions", customer=customer)
    return page_of(rows, lambda row: (str(row["question"]),), limit, cursor, of)


@router.post("/orders/questions", response_model=list[dict[str, Any]], status_code=201)
def ask_customer(
    request: Request,
    who: Annotated[Visitor, needs("customers", "act")],
    told: Annotated[QuestionAsked, sent(QuestionAsked)],
) -> JSONResponse:
    """Put a question on record; the same question that still waits is returned as it stands."""
    with site_of(request).acting() as workspace:
        asked = order_cases.ask_customer(
            workspace, told.customer, about=told.about or None, kinds=told.kinds, text=told.text or None,
            person=who.person, due=told.due,
        )  # fmt: skip
    return JSONResponse(plain(asked), status_code=201)


@router.post("/orders/questions/{question}/answer", response_model=dict[str, Any])
def answer(
    request: Request,
    who: Annotated[Visitor, needs("customers", "act")],
    question: Annotated[str, Path(max_length=200)],
    told: Annotated[AnswerAsked, sent(AnswerAsked)],
) -> JSONResponse:
    """Write down what a customer answered."""
    with site_of(request).acting() as workspace:
        row = library.answer(workspace, question, text=told.text, person=who.person)
    return JSONResponse(plain(row))


@router.get("/orders/reports", response_model=Page[dict[str, Any]])
def reports(
    request: Request, who: Annotated[Visitor, needs("orders")], limit: Limit = 100, cursor: Cursor = ""
) -> JSONResponse:
    """List reports to authorities with their state and, of drafts, the last day of the law."""
    rows = [row | {"due_on": papers.due_of(row)} for row in papers.reports(site_of(request).workspace.store)]
    who.saw([row["report"] for row in rows[:1000]])
    return page_of(rows, lambda row: (str(row["report"]),), limit, cursor, list_of("order-reports"))


@router.get("/customers", response_model=Page[dict[str, Any]])
def customers(
    request: Request, who: Annotated[Visitor, needs("customers")], limit: Limit = 100, cursor: Cursor = ""
) -> JSONResponse:
    """List customers with what there is to settle at each; no rating of anybody."""
    rows = room_of(site_of(request).workspace).customers()
    who.saw([row["customer_id"] for row in rows[:1000]])
    return page_of(rows, lambda row: (str(row["customer_id"]),), limit, cursor, list_of("customers"))


@router.get("/customers/{customer:path}", response_model=dict[str, Any])
def dossier(
    request: Request,
    who: Annotated[Visitor, needs("customers")],
    customer: Annotated[str, Path(max_length=200)],
    product: Id = "",
) -> JSONResponse:
    """Give all that is known of a customer: why it is open, what would clear it, what is due when, the evidence."""
    shown = room_of(site_of(request).workspace).dossier(customer, product or None)
    who.saw([customer])
    return JSONResponse(plain(shown))
