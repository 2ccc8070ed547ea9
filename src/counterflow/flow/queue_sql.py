"""What is asked of the queue, as SQL over its one table; every value stands as a parameter."""

from __future__ import annotations

from typing import Any

from counterflow.flow.queue_ask import ORDERS, SERIOUS, Place, QueueAsk

__all__ = ["PLAIN", "Where", "order_by", "start_at", "where_of"]

#: a word as texts are compared: small letters, no accents
PLAIN = "lower(strip_accents(?))"
_SAME = ("source", "office", "lane", "kind", "sender", "departure", "state", "confirmation", "arm")


class Where:
    """Conditions that must all hold, with their values."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.values: list[Any] = []

    def add(self, part: str, *values: Any) -> None:
        """Add a condition."""
        self.parts.append(part)
        self.values.extend(values)

    @property
    def sql(self) -> str:
        """The conditions as one."""
        return " AND ".join(self.parts) or "true"


def where_of(ask: QueueAsk) -> Where:
    """Return the filters of a question, without its place; a name is looked up elsewhere (table `named`)."""
    found = Where()
    for column in _SAME:
        if value := getattr(ask, column):
            found.add(f'"{column}" = ?', value)
    if ask.code:
        found.add("contains(codes, ?)", f"|{ask.code}|")
    _of_class(found, ask.harm_class)
    if ask.hand:
        found.add(*(("hand IS NULL",) if ask.hand == "nobody" else ("hand = ?", ask.hand)))
    if ask.since:
        found.add("declared_on >= ?", ask.since)
    if ask.until:
        found.add("declared_on <= ?", ask.until)
    if ask.least is not None:
        found.add("strength >= ?", ask.least)
    for word in ask.words():
        barred = word.startswith("-") and len(word) > 1
        found.add(f"{'NOT ' if barred else ''}contains(sought, {PLAIN})", word[1:] if barred else word)
    if ask.name:
        found.add("EXISTS (SELECT 1 FROM named m WHERE m.source = record.source AND m.record_id = record.record_id)")
    return found


def _of_class(found: Where, harm_class: str) -> None:
    if harm_class == "none":
        found.add("findings = 0")
    elif harm_class:
        classes = SERIOUS if harm_class == "serious" else (harm_class,)
        either = " OR ".join("contains(classes, ?)" for _ in classes)
        found.add(f"({either})", *(f"|{name}|" for name in classes))


def order_by(ask: QueueAsk, place: Place | None) -> str:
    """Return the order; backwards where the page before a place is asked for. What has no value comes last."""
    order = ORDERS[ask.order]
    back = place is not None and place.back
    direction = "DESC" if order.falling != back else "ASC"
    return f'"{order.column}" {direction} NULLS {"FIRST" if back else "LAST"}, n {"DESC" if back else "ASC"}'


def start_at(found: Where, ask: QueueAsk, place: Place) -> None:
    """Keep what comes after the place, or before it."""
    order = ORDERS[ask.order]
    column, tie = f'"{order.column}"', "n < ?" if place.back else "n > ?"
    if place.value is None:
        found.add(f"({column} IS NOT NULL OR {tie})" if place.back else f"({column} IS NULL AND {tie})", place.n)
        return
    beyond = "<" if order.falling != place.back else ">"
    rest = "" if place.back else f" OR {column} IS NULL"
    found.add(f"({column} {beyond} ? OR ({column} = ? AND {tie}){rest})", place.value, place.value, place.n)
