"""A spreadsheet on its way in, in words: what its columns were taken for, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.console.intake_view import reason_words
from counterflow.flow.upload_columns import ColumnSeen, Seen, choices_of_rows, fields_of
from counterflow.report import numbers

__all__ = ["FOR_ALL", "answer_view", "columns_view", "field_words"]

#: fields in the words of whoever owns the spreadsheet; others are told by their own name
_WORDS = {
    "record_id": "its own number (id)",
    "item_id": "tracking or container number",
    "declared_on": "day it was declared",
    "posted_at": "when it was posted",
    "advance_at": "when advance data came",
    "due_at": "when advance data were due",
    "arrived_at": "when it arrived",
    "sender": "who sends the data",
    "office": "office or port",
    "lane": "lane or mode",
    "direction": "inbound or outbound",
    "kind": "parcel, container …",
    "departure": "country it leaves",
    "origin": "country of origin of the goods",
    "destination": "country it goes to",
    "mass_kg": "weight of the whole",
    "value": "value of the whole",
    "currency": "currency",
    "pieces": "number of pieces",
    "goods.description": "what is inside, in words",
    "goods.hs": "HS or tariff code",
    "goods.quantity": "quantity",
    "goods.unit": "unit of the quantity",
    "goods.mass_kg": "net weight",
    "goods.value": "value of the goods line",
    "goods.currency": "currency of the goods line",
    "goods.origin": "origin of the goods line",
    "customer_id": "customer",
    "ordered_on": "day of the order",
    "item": "product",
    "cas": "CAS number",
    "quantity": "quantity",
    "unit": "unit",
    "ship_to_country": "country it is shipped to",
    "name": "name",
    "schema": "person or firm",
    "born": "day or year of birth",
    "identifier": "passport, tax or register number",
    "address": "address",
    "country": "country",
}
_ROLES = {"consignor": "sender", "consignee": "recipient"}
#: what may hold for every row of a file of shipments: field, words, choices
FOR_ALL = (
    (
        "kind",
        "What they are",
        (
            ("", "not said"),
            ("parcel", "parcels"),
            ("express", "express"),
            ("letter", "letters"),
            ("declaration", "declarations"),
            ("container", "containers"),
            ("bill", "bills of lading"),
        ),
    ),
    ("direction", "Coming in or going out", (("", "not said"), ("inbound", "coming in"), ("outbound", "going out"))),
    ("departure", "Country they leave", ()),
    ("destination", "Country they go to", ()),
    ("currency", "Currency of the values", ()),
)
_DAY_WORDS = {
    "": "as 2026-04-03",
    "%d/%m/%Y": "day first: 03/04 is 3 April",
    "%m/%d/%Y": "month first: 03/04 is March 4",
    "%d-%m-%Y": "day first: 03-04 is 3 April",
    "%m-%d-%Y": "month first: 03-04 is March 4",
    "%d.%m.%Y": "day first: 03.04. is 3 April",
}


def field_words(field: str) -> str:
    """Return a field in words.

    >>> field_words("party.consignee.name"), field_words("goods.hs")
    ('recipient: name', 'HS or tariff code')
    """
    if field in _WORDS:
        return _WORDS[field]
    if field.startswith("party."):
        _, role, what = field.split(".", 2)
        return f"{_ROLES.get(role, role)}: {_WORDS.get(what, what)}"
    return field.replace("_", " ").replace(".", ": ")


def columns_view(seen: Seen) -> dict[str, Any]:
    """Return what the page shows of a file that waits to be confirmed."""
    fields = sorted(((field_words(f), f) for f in fields_of(seen.rows)), key=lambda pair: pair[0].lower())
    return {
        "rows": seen.rows,
        "kinds": list(choices_of_rows().items()),
        "source": seen.source,
        "looked_at": numbers.counted(seen.looked_at, "row"),
        "numbered": seen.numbered,
        "undated": seen.undated,
        "columns": [_column(column, number, fields) for number, column in enumerate(seen.columns)],
        "used": sum(bool(column.field) for column in seen.columns),
        "left": [column.name for column in seen.columns if not column.field and not column.label],
        "for_all": [
            (name, words, choices) for name, words, choices in FOR_ALL if name not in {c.field for c in seen.columns}
        ]
        if seen.rows == "consignment"
        else [],
    }


def _column(column: ColumnSeen, number: int, fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "number": number,
        "name": column.name,
        "values": list(column.values),
        "filled": numbers.share(column.filled),
        "field": column.field,
        "remark": column.remark,
        "label": column.label,
        "must": len(column.days) > 1 and "more than one way" in column.remark,
        "days": [("iso" if day == "" else day, _DAY_WORDS.get(day, f"as {day}")) for day in column.days]
        if len(column.days) > 1
        else [],
        "fields": [(name, words, name == column.field) for words, name in fields]
        # numbered groups (licence.2.expires_on) are none of the plain fields, and stay as they were taken
        + (
            [(column.field, field_words(column.field), True)]
            if column.field and column.field not in {name for _, name in fields}
            else []
        ),
    }


# -- the answer -------------------------------------------------------------------------------------------------------


def answer_view(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows of a load."""
    receipt = answer["receipt"]
    counts = answer["counts"]
    return {
        "file": receipt["file"] or receipt["batch"],
        "source": receipt["source"],
        "batch": receipt["batch"],
        "when": numbers.when(receipt["received_at"].isoformat()),
        "kind": answer["kind"],
        "said": answer["said"],
        "answer": _answer(answer),
        "tiles": _tiles(receipt, counts, answer),
        "screened": answer["screened"],
        "open": receipt["open"],
        "reasons": [(reason_words(k), numbers.count(v)) for k, v in receipt["reasons"].items()],
        "blind": answer["blind"],
        "left": answer.get("look_left", 0),
        "look": [_look(answer["kind"], one) for one in answer["look"]],
        "codes": answer.get("codes", []),
        "vague": answer["vague"],
        "quiet": answer["quiet"],
        "taken": receipt["accepted"],
        "synthetic": bool(receipt["synthetic"]),
    }


def _answer(answer: Mapping[str, Any]) -> str:
    receipt, counts, kind = answer["receipt"], answer["counts"], answer["kind"]
    refused = f" {numbers.counted(receipt['rejected'], 'row')} could not be taken." if receipt["rejected"] else ""
    if not receipt["accepted"]:
        return f"Nothing of {numbers.counted(receipt['read'], 'row')} was taken. The reasons stand below."
    if not counts:
        return f"{numbers.count(receipt['accepted'])} of {numbers.counted(receipt['read'], 'row')} were taken.{refused}"
    looks, records = counts["look"], counts["records"]
    if kind == "order":
        verb = "needs" if counts["needs"] == 1 else "need"
        said = f"Of {numbers.counted(records, 'order line')}, {numbers.count(counts['hold'])} must not leave now,"
        said += f" {numbers.count(counts['needs'])} {verb} something first, {numbers.count(counts['clear'])} are clear."
        return said + refused
    thing = "customer file" if kind == "customer" else "record"
    if not answer["screened"]:
        verb = "has" if records == 1 else "have"
        return f"{numbers.counted(records, thing)} came in and {verb} not been screened yet.{refused}"
    if not looks:
        return f"Nothing was found on {numbers.counted(records, thing)} by the checks that looked.{refused}"
    verb = "needs" if looks == 1 else "need"
    return f"{numbers.count(looks)} of {numbers.counted(records, thing)} {verb} a look.{refused}"


def _tiles(receipt: Mapping[str, Any], counts: Mapping[str, Any], answer: Mapping[str, Any]) -> list[dict[str, str]]:
    tiles = [
        {
            "label": "Rows read",
            "value": numbers.count(receipt["read"]),
            "tone": "",
            "detail": f"{numbers.count(receipt['accepted'])} taken, {numbers.count(receipt['rejected'])} refused",
        },
    ]
    if counts and answer["screened"]:
        tiles.append(
            {
                "label": "Need a look",
                "value": numbers.count(counts["look"]),
                "tone": "doubt" if counts["look"] else "",
                "detail": "each with its reason below; a person decides",
            }
        )
        if answer["kind"] == "consignment":
            tiles.append(
                {
                    "label": "Poorly described",
                    "value": numbers.count(answer["vague"]),
                    "tone": "",
                    "detail": "vague, incomplete or contradictory, and nothing else",
                }
            )
        tiles.append(
            {
                "label": "Nothing found",
                "value": numbers.count(answer["quiet"]),
                "tone": "",
                "detail": "by the checks that looked: no statement that all is well",
            }
        )
    return tiles


def _look(kind: str, one: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "consignment":
        return _record(one)
    if kind == "order":
        amount = f"{one['quantity'] or ''} {one['unit'] or ''}".strip()
        reasons = _reasons(str(one["reasons"] or ""))
        return {
            "title": one["item"] or one["order_id"],
            "tone": one["answer"],
            "verdict": one["answer"],
            "detail": ", ".join(str(p) for p in (amount, f"customer {one['customer_id']}", one["ordered_on"]) if p),
            "reasons": reasons,
            "id": one["order_id"],
            "citations": one["citations"],
            "thresholds": one["thresholds"],
        }
    reasons = [f"{p['words']} – {p['to_do']}" for p in one["points"]]
    hits = [
        f"{h['name']} is like {h['listed_name']} ({h['list']} {h['entry']}, {float(h['score']):.2f})"
        + (f"; {h['cleared']}" if h["cleared"] else "")
        for h in one["hits"]
    ]
    return {
        "title": one["name"] or one["customer_id"],
        "id": one["customer_id"],
        "reasons": [*hits, *reasons],
        "verdict": "met on a list" if one["hits"] else "ask",
        "tone": "hold" if one["hits"] else "needs",
        "detail": "",
        "citations": "",
        "thresholds": "",
    }


def _reasons(told: str) -> list[str]:
    """Return the reasons of an answer; a clause that goes on with the one before stays with it.

    >>> _reasons("hold: no licence; needs: say where; if they cross a border, a permit")
    ['hold: no licence', 'needs: say where; if they cross a border, a permit']
    """
    reasons: list[str] = []
    for part in filter(None, told.split("; ")):
        if reasons and part[:1].islower() and not part.startswith(("hold:", "needs:")):
            reasons[-1] += f"; {part}"
        else:
            reasons.append(part)
    return reasons


def _record(one: Mapping[str, Any]) -> dict[str, Any]:
    parties = [f"{_ROLES.get(p['role'], p['role'])} {p['name']}" for p in one["parties"] if p["name"]]
    goods = [str(g["description"]) for g in one["goods"] if g["description"]]
    return {
        "title": "; ".join(goods) or "no description of the goods",
        "id": one["record_id"],
        "source": one["source"],
        "detail": ", ".join(parties),
        "findings": [
            {
                "before": f["text"][: f["start"]],
                "marked": f["text"][f["start"] : f["end"]],
                "after": f["text"][f["end"] :],
                "sentence": f["sentence"],
                "citation": f["citation"] or "",
                "code": f["code"],
                "weak": f["harm_class"] in {"declaration", "data"},
                "meaning": f["meaning"],
            }
            for f in one["findings"]
        ],
    }
