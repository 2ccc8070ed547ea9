"""Who must be told of an alarm: offices and posts by area and level, as the user's own table says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import UnknownName
from counterflow.store.watch_payloads import ERASED
from counterflow.watch.disclosure.rules import LEVELS, ROLES, SUPPLY
from counterflow.watch.response.files import Bad, Kind, a_day, a_number, a_word, one_of
from counterflow.watch.response.places import Places

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["ANSWER_HOURS", "CONTACTS", "TELL_HOURS", "contact_named", "contacts", "must_be_told"]

#: deadlines where the table gives none
TELL_HOURS, ANSWER_HOURS = 24.0, 48.0
#: private mail providers: a channel is an office's, not a person's
_PRIVATE = frozenset(
    {"gmail", "googlemail", "yahoo", "hotmail", "outlook", "live", "icloud", "aol", "gmx", "web", "proton",
     "protonmail", "yandex", "mail", "qq", "163"}
)  # fmt: skip


def _row(row: Mapping[str, str]) -> dict[str, Any]:
    channel = a_word(row, "channel")
    domain = channel.casefold().rpartition("@")[2]
    if "@" in channel and (domain.split(".")[0] in _PRIVATE and domain.count(".") == 1):
        raise Bad("channel", "", "private-address", "Give the address of the office, not of a person.")
    contact = a_word(row, "contact")
    if "/" in contact:
        raise Bad("contact", contact, "no-id", "Write an id without a slash.")
    return {
        "contact": contact, "role": one_of(row, "role", ROLES), "duty": a_word(row, "duty"),
        "organisation": a_word(row, "organisation"), "area": a_word(row, "area"),
        "level": one_of(row, "level", {*LEVELS, "*"}, empty="*"), "channel": channel,
        "tell_hours": a_number(row, "tell_hours", empty=TELL_HOURS, more=True),
        "answer_hours": a_number(row, "answer_hours", empty=ANSWER_HOURS, more=True),
        "until": a_day(row, "until", required=False),
    }  # fmt: skip


#: CSV: contact,role,duty,organisation,area,channel and more
CONTACTS = Kind(
    "watch_contact",
    ("contact", "role", "duty", "organisation", "area", "channel"),
    ("level", "tell_hours", "answer_hours", "until"),
    _row,
)


def contacts(store: Store, today: dt.date) -> list[dict[str, Any]]:
    """Return the contacts that hold today, by id; of each the row that came last. Nobody is told by an erased one."""
    rows: list[dict[str, Any]] = store.rows("SELECT * FROM watch_contact ORDER BY first_seen, batch")
    latest = {str(row["contact"]): row for row in rows}
    return [
        row
        for _, row in sorted(latest.items())
        if row["channel"] != ERASED and (row["until"] is None or row["until"] >= today)
    ]


def contact_named(store: Store, contact: str, today: dt.date) -> dict[str, Any]:
    """Return one contact.

    Raises:
        UnknownName: none of this id holds today.
    """
    known = {str(row["contact"]): row for row in contacts(store, today)}
    if contact not in known:
        raise UnknownName("contact", contact, known)
    return known[contact]


def must_be_told(
    alarm: Mapping[str, Any], people: list[dict[str, Any]], places: Places, open_to: frozenset[str] = frozenset()
) -> list[dict[str, Any]]:
    """Return the contacts that answer for an alarm's place, most urgent first.

    An enforcement contact is not told of harm below the county, unless an agreement opens that area (`open_to`).

    Args:
        alarm: row of `watch_alarm`, or of a health watch with `place` and `level`.
        people: contacts that hold.
        places: which place lies in which.
        open_to: places below which an agreement of two sides lets enforcement see.
    """
    place, level = str(alarm["place"] or ""), str(alarm["level"] or "")
    inside = {"*", *places.within(place)}
    fine = level not in LEVELS[:4] and alarm["measure"] not in SUPPLY
    hidden = fine and not (inside & open_to)
    told = [
        one
        for one in people
        if one["area"] in inside
        and (one["level"] == "*" or level in LEVELS[: LEVELS.index(one["level"]) + 1])
        and not (one["role"] == "enforcement" and hidden)
    ]
    return sorted(told, key=lambda one: (one["tell_hours"], one["contact"]))
