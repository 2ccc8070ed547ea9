"""What somebody asks of the queue: filters, an order, a place to go on from; read from text and held to bounds."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from counterflow.core.errors import InputError, UnknownName

__all__ = ["ORDERS", "SERIOUS", "STATES", "Order", "Place", "QueueAsk"]

_LONGEST_TEXT = 200
_MOST_WORDS = 8
_MOST_ROWS = 200
_MOST_NUMBER = 9_007_199_254_740_992
#: classes of harm that are about what is inside or who is named, not about how the record was filled in
SERIOUS = ("drug", "precursor", "equipment", "party")
STATES = {
    "waiting": "waits for its checks",
    "open": "screened, and nothing more",
    "planned": "on a sheet, no outcome yet",
    "not presented": "was not presented",
    "presented": "was presented",
    "held": "is held",
    "inspected": "was inspected",
    "released": "two people released it",
}


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the queue: its column, whether the highest come first, and what it is called."""

    column: str
    falling: bool
    words: str
    kind: type = float


ORDERS: Mapping[str, Order] = {
    "harm": Order("expected_harm", True, "Expected harm, highest first"),
    "strength": Order("strength", True, "Strongest finding first"),
    "newest": Order("declared_on", True, "Declared last first", dt.date),
    "oldest": Order("declared_on", False, "Declared first first", dt.date),
    "mass": Order("mass_kg", True, "Heaviest first"),
    "value": Order("value", True, "Highest declared value first"),
    "record": Order("record_id", False, "By record id", str),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A place between two rows: the value of the order there and the row's number; forward or back from it."""

    value: float | str | dt.date | None
    n: int
    back: bool = False

    def text(self) -> str:
        """Return it as one opaque word for an address."""
        value = self.value.isoformat() if isinstance(self.value, dt.date) else self.value
        return base64.urlsafe_b64encode(json.dumps([value, self.n, self.back]).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, order: Order) -> Place:
        """Return the place that `text` names in `order`.

        Raises:
            InputError: it is none, or of another order.
        """
        try:
            value, n, back = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            fits = type(n) is int and type(back) is bool and 0 <= n <= _MOST_NUMBER
            place = cls(None if value is None else _value_of(value, order.kind), n, back) if fits else None
        except (ValueError, TypeError, binascii.Error, RecursionError):
            place = None
        if place is None:
            hint = "Go on from the first page: a place belongs to the order that it was given in."
            raise InputError("This is no place in the queue.", hint=hint, column="after", value=text[:60])
        return place


def _value_of(value: object, kind: type) -> float | str | dt.date:
    if kind is dt.date:
        return dt.date.fromisoformat(str(value))
    if kind is str:
        if not isinstance(value, str):
            raise ValueError(value)
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)


@dataclass(frozen=True, slots=True)
class QueueAsk:
    """What is asked; an empty text asks nothing.

    Args:
        text: words that must all stand in the goods text, the HS codes or the ids; one with a minus must not.
        name: words in the name of a party on the record.
        code: a finding of this code.
        harm_class: a finding of this class; `serious` is any of `SERIOUS`; `alike` is a name like a listed one that
            nobody judged; `none` is no finding at all.
        state: where the record stands, one of `STATES`.
        confirmation: what an inspection found: suspected | presumptive | confirmed | refuted | none.
        arm: of the plan that it is on: mandatory | random | followup | targeted.
        hand: who has it in hand; `nobody` is nobody.
        since: declared on this day or later.
        until: declared on this day or earlier.
        least: strength of its strongest finding, at least.
        order: one of `ORDERS`.
        after: a place, as a page before gave it.
        size: rows of a page, 1 to 200.
    """

    text: str = ""
    name: str = ""
    source: str = ""
    office: str = ""
    lane: str = ""
    kind: str = ""
    sender: str = ""
    departure: str = ""
    code: str = ""
    harm_class: str = ""
    state: str = ""
    confirmation: str = ""
    arm: str = ""
    hand: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    least: float | None = None
    order: str = "harm"
    after: str = ""
    size: int = 50

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, str) and len(value) > _LONGEST_TEXT:
                raise InputError(f"{field.name} is longer than {_LONGEST_TEXT} characters.", hint="Shorten it.")
        if self.order not in ORDERS:
            raise UnknownName("order", self.order, ORDERS)
        if self.state and self.state not in STATES:
            raise UnknownName("state", self.state, STATES)
        if not 1 <= self.size <= _MOST_ROWS:
            raise InputError(f"A page has 1 to {_MOST_ROWS} rows.", column="size", value=self.size)
        if len(self.words()) > _MOST_WORDS:
            raise InputError(f"At most {_MOST_WORDS} words are looked for at once.", column="text", value=self.text)
        if self.least is not None and not 0 <= self.least <= 1:
            raise InputError("A strength is 0 to 1.", column="least", value=self.least)

    @classmethod
    def read(cls, given: Mapping[str, str]) -> QueueAsk:
        """Return what the fields of a form or an address ask; unknown fields and empty ones ask nothing.

        >>> QueueAsk.read({"text": " 4-ANPP ", "since": "2026-03-01", "page": "7"}).asks()
        {'text': '4-ANPP', 'since': '2026-03-01'}

        Raises:
            InputError: a day, number, order or state is none.
        """
        known = {field.name for field in fields(cls)}
        said: dict[str, Any] = {k: " ".join(str(v).split()) for k, v in given.items() if k in known}
        said = {k: v for k, v in said.items() if v}
        for name, reads, hint in (
            ("since", dt.date.fromisoformat, "Write YYYY-MM-DD."),
            ("until", dt.date.fromisoformat, "Write YYYY-MM-DD."),
            ("least", float, "Write a number from 0 to 1."),
            ("size", int, f"Write a whole number from 1 to {_MOST_ROWS}."),
        ):
            if name in said:
                try:
                    said[name] = reads(said[name][:30])
                except ValueError:
                    raise InputError(f"{name} cannot be read.", hint=hint, column=name, value=said[name]) from None
        return cls(**said)

    def asks(self) -> dict[str, str]:
        """Return the filters and the order as text, without what is not asked and without the place."""
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("after", "size")}
        blank = QueueAsk()
        return {k: str(v) for k, v in plain.items() if v not in ("", None) and v != getattr(blank, k)}

    def address(self, **other: str | int) -> str:
        """Return it as a query string, with some fields set otherwise."""
        return urlencode(
            self.asks() | {"order": self.order} | ({"size": self.size} if self.size != QueueAsk().size else {}) | other
        )

    def without_place(self) -> QueueAsk:
        """Return the same question from its first page."""
        return replace(self, after="")

    def words(self) -> list[str]:
        """Return the words looked for."""
        return self.text.split()

    def place(self) -> Place | None:
        """Return where the page starts; None at the first."""
        return Place.read(self.after, ORDERS[self.order]) if self.after else None
