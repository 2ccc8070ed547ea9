"""What the pages of queue and record show, every value ready to stand there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from counterflow.flow.queue import MOST_COUNTED, QueuePage
from counterflow.flow.queue_ask import ORDERS, SERIOUS, STATES, QueueAsk
from counterflow.report import numbers

__all__ = ["TO_LOOK_AT", "chips_of", "code_words", "count_words", "entry_of", "filters_of", "key_of", "record_address"]

#: what the queue shows before anybody asked: open records on which something was found that is about harm
TO_LOOK_AT = QueueAsk(state="open", harm_class="serious")
_CLASS_WORDS = {
    "serious": "anything about harm", "drug": "drug", "precursor": "precursor", "equipment": "equipment",
    "party": "listed party",
    "alike": "alike name, not judged", "cleared": "cleared name",
    "declaration": "declaration", "data": "data missing or late", "none": "nothing found",
}  # fmt: skip
_MOST_CODES = 3
_MOST_CHOICES = 60


def record_address(source: str, record_id: str) -> str:
    """Return the address of a record's page.

    >>> record_address("post & co", "A/1")
    '/record?source=post+%26+co&id=A%2F1'
    """
    return f"/record?{urlencode({'source': source, 'id': record_id})}"


def key_of(row: Mapping[str, Any]) -> str:
    """Return a record's key as one word of a form; `read_key` of the router takes it apart."""
    return f"{quote(str(row['source']), safe='')}/{quote(str(row['record_id']), safe='')}"


def code_words(code: str) -> str:
    """Return a finding's code as people read it."""
    return code.replace("-", " ")


def entry_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return one row of the list as text."""
    codes = [code for code in str(row["codes"] or "").split("|") if code]
    first = [code for code in codes if code == row["code"]]
    ordered = first + [code for code in codes if code not in first]
    found = row["confirmation"]
    way = " → ".join(str(row[k]) for k in ("departure", "destination") if row[k])
    return {
        "key": key_of(row),
        "address": record_address(str(row["source"]), str(row["record_id"])),
        "record_id": row["record_id"],
        "item_id": row["item_id"] or "",
        "goods": row["goods"] or "",
        "declared": str(row["declared_on"]),
        "where": ", ".join(str(row[k]) for k in ("office", "lane") if row[k]),
        "way": f"{row['kind'] or ''} {way}".strip(),
        "codes": [{"words": code_words(c), "serious": c == row["code"] and row["harm_class"] in SERIOUS,
                   "strength": c == row["code"]}
                  for c in ordered[:_MOST_CODES]],
        "codes_left": max(len(codes) - _MOST_CODES, 0),
        "strength": "" if row["strength"] is None else f"{row['strength']:.2f}",
        "harm": numbers.amount(row["expected_harm"]) if row["expected_harm"] is not None else "",
        "mass": f"{numbers.amount(row['mass_kg'])} kg" if row["mass_kg"] is not None else "",
        "value": f"{numbers.amount(row['value'])} {row['currency'] or ''}".strip() if row["value"] is not None else "",
        "state": row["state"],
        "arm": row["arm"] or "",
        "found": "" if found in (None, "none") else f"{found} {row['found_class'] or ''}".strip(),
        "hand": row["hand"] or "",
        "notes": row["notes"] or 0,
    }  # fmt: skip


def count_words(shown: QueuePage) -> str:
    """Return how many fit, in words that do not overstate what was counted."""
    if shown.more_than:
        return f"More than {numbers.count(MOST_COUNTED)} records"
    return numbers.counted(shown.count, "record")


def lag_words(shown: QueuePage) -> str:
    """Return how far the queue lags behind what was loaded; empty where it does not."""
    standing = shown.standing
    if standing.trouble:
        return f"The queue could not be brought up: {standing.trouble} What stands here is older."
    if standing.as_of is None:
        return "The queue is being made for the first time; it shows itself in a moment."
    if standing.behind:
        return f"{numbers.counted(standing.behind, 'newer record')} are being added."
    return "Something changed just now and is being added." if standing.stale else ""


def chips_of(choices: Mapping[str, Any], person: str, ask: QueueAsk) -> list[dict[str, Any]]:
    """Return the ready-made questions with how many records each holds; the first is what a day starts with."""
    state = choices["state"]
    mine = QueueAsk(hand=person)
    ready = [
        ("To look at", TO_LOOK_AT, choices["to_look_at"], "screened, something about harm found, nobody decided yet"),
        (
            "Names to judge",
            QueueAsk(state="open", harm_class="alike", order="strength"),
            choices["alike"],
            "like a listed name; no part in any rank",
        ),
        ("Planned", QueueAsk(state="planned"), state.get("planned", 0), "on a sheet, no outcome yet"),
        ("In my hands", mine, choices["hand"].get(person, 0), "taken in hand by you"),
        ("Wait for checks", QueueAsk(state="waiting", order="oldest"), state.get("waiting", 0), "not screened yet"),
        ("Released", QueueAsk(state="released", order="newest"), state.get("released", 0), "by two people"),
        ("Everything", QueueAsk(), choices["records"], "every record there is"),
    ]
    return [
        {"words": words, "address": f"/queue?{one.address()}", "count": numbers.count(count), "detail": detail,
         "here": one.asks() == ask.asks()}
        for words, one, count, detail in ready
    ]  # fmt: skip


def filters_of(choices: Mapping[str, Any], ask: QueueAsk) -> list[dict[str, Any]]:
    """Return the selects of the filter form: name, label, options (value, words), and the value chosen."""
    classes = ["serious", *choices["harm_class"], "none"]
    every: list[tuple[str, str, list[tuple[str, str]]]] = [
        ("state", "Stands", [(s, f"{s} ({numbers.count(choices['state'].get(s, 0))})") for s in STATES]),
        ("harm_class", "Found", [(c, _CLASS_WORDS.get(c, c)) for c in classes]),
        ("code", "Finding", _counted(choices["code"], code_words)),
        ("office", "Office", _counted(choices["office"])),
        ("lane", "Lane", _counted(choices["lane"])),
        ("kind", "Kind", _counted(choices["kind"])),
        ("departure", "From", _counted(choices["departure"])),
        ("arm", "Drawn as", _counted(choices["arm"])),
        ("confirmation", "Inspection found", _counted(choices["confirmation"])),
        ("hand", "In whose hands", [("nobody", "nobody's"), *_counted(choices["hand"])]),
        ("source", "Source", _counted(choices["source"])),
    ]
    return [
        {"name": name, "label": label, "value": getattr(ask, name), "options": _with(options, getattr(ask, name))}
        for name, label, options in every
        if options
    ]


def _counted(counts: Mapping[str, int], words: Any = str) -> list[tuple[str, str]]:
    return [(value, f"{words(value)} ({numbers.count(n)})") for value, n in list(counts.items())[:_MOST_CHOICES]]


def _with(options: list[tuple[str, str]], value: str) -> list[tuple[str, str]]:
    """Return the options with the chosen one among them, even where no record has it now."""
    return options if not value or value in dict(options) else [*options, (value, f"{value} (0)")]


def orders() -> list[tuple[str, str]]:
    """Return the orders as options."""
    return [(name, order.words) for name, order in ORDERS.items()]


def moment_words(time: dt.date | dt.datetime) -> str:
    """Return an instant to the minute in UTC, or a day."""
    return numbers.when(time.isoformat() if isinstance(time, dt.datetime) else str(time))
