"""The fields that a mapping can feed, what each is read as, and the short names by which coverage asks for them."""

from __future__ import annotations

import re
from typing import Literal, cast

from counterflow.intake.mapping.order_targets import CUSTOMER_GROUPS, CUSTOMER_TARGETS, ORDER_TARGETS, STOCK_TARGETS

__all__ = [
    "ALWAYS",
    "CHOICES",
    "CONSIGNMENT_TARGETS",
    "CROSSING_TARGETS",
    "GOODS_TARGETS",
    "KINDS",
    "OF_ORDERS",
    "PARTY_FIELDS",
    "ROLES",
    "TARGETS",
    "TARGETS_OF",
    "Kind",
    "RecordTable",
    "allowed_kinds",
    "choices_of",
    "coverage_targets",
    "default_kind",
]

#: what a row of a file becomes: something sent, a vehicle through a lane, or what a firm that sells chemicals records
RecordTable = Literal["consignment", "crossing", "order", "customer", "stock"]
#: the record tables of orders; their rows are read as one file, for one row can say what another means
OF_ORDERS: frozenset[RecordTable] = frozenset({"order", "customer", "stock"})

Kind = Literal[
    "text", "choice", "number", "integer", "date", "instant", "hs", "country", "locode", "currency", "mass",
    "s10", "container", "amount", "share", "word", "yes-no",
]  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "text", "choice", "number", "integer", "date", "instant", "hs", "country", "locode", "currency", "mass",
    "s10", "container", "amount", "share", "word", "yes-no",
)  # fmt: skip

CONSIGNMENT_TARGETS: dict[str, Kind] = {
    "record_id": "text", "kind": "choice", "item_id": "text", "declared_on": "date", "posted_at": "instant",
    "advance_at": "instant", "due_at": "instant", "arrived_at": "instant", "sender": "text", "office": "text",
    "lane": "text", "direction": "choice", "departure": "country", "origin": "country", "destination": "country",
    "mass_kg": "mass", "value": "number", "currency": "currency", "pieces": "integer",
}  # fmt: skip
GOODS_TARGETS: dict[str, Kind] = {
    "description": "text", "hs": "hs", "quantity": "number", "unit": "text", "mass_kg": "mass", "value": "number",
    "currency": "currency", "origin": "country",
}  # fmt: skip
ROLES = ("consignor", "consignee", "declarant", "importer", "seller", "courier", "notify")
PARTY_FIELDS: dict[str, Kind] = {
    "name": "text",
    "address": "text",
    "country": "country",
    "identifier": "text",
}

#: one vehicle through one lane; no driver and no owner, on purpose
CROSSING_TARGETS: dict[str, Kind] = {
    "record_id": "text", "port": "text", "lane": "text", "hour": "instant", "direction": "choice",
    "vehicle_class": "choice", "scan_state": "choice", "result": "choice",
}  # fmt: skip

#: every target of a consignment by its full name
TARGETS: dict[str, Kind] = (
    dict(CONSIGNMENT_TARGETS)
    | {f"goods.{name}": kind for name, kind in GOODS_TARGETS.items()}
    | {f"party.{role}.{name}": kind for role in ROLES for name, kind in PARTY_FIELDS.items()}
)

#: by what a row becomes: the targets, and those that every record has
TARGETS_OF: dict[RecordTable, dict[str, Kind]] = {
    "consignment": TARGETS,
    "crossing": CROSSING_TARGETS,
    "order": cast("dict[str, Kind]", ORDER_TARGETS),
    "customer": cast("dict[str, Kind]", CUSTOMER_TARGETS),
    "stock": cast("dict[str, Kind]", STOCK_TARGETS),
}
ALWAYS: dict[RecordTable, tuple[str, ...]] = {
    "consignment": ("record_id", "declared_on"),
    "crossing": ("record_id", "port", "hour"),
    "order": ("customer_id",),
    "customer": ("record_id",),
    "stock": ("item",),
}

#: values of the fields that have a closed set of them
CHOICES: dict[str, tuple[str, ...]] = {
    "kind": ("parcel", "express", "letter", "declaration", "container", "bill"),
    "direction": ("inbound", "outbound"),
    "vehicle_class": ("passenger", "freight", "bus", "rail"),
    "scan_state": ("not_scanned", "scanned", "unreadable"),
    "result": ("none", "anomaly", "found"),
}

#: other ways in which a target may be read
_ALSO: dict[str, tuple[Kind, ...]] = {
    "item_id": ("s10", "container"),
    "departure": ("locode",),
    "origin": ("locode",),
    "destination": ("locode",),
    "declared_on": ("instant",),
}
_NUMBERED = re.compile(rf"(goods|{'|'.join(CUSTOMER_GROUPS)})\.\d+\.")
_PARTY_SHORT = re.compile(r"(?P<role>[a-z]+)_(?P<field>name|address|country|identifier)")


def _plain(target: str) -> str:
    return _NUMBERED.sub(r"\1.", target)


def _kinds(table: RecordTable) -> dict[str, Kind]:
    # What consignments and crossings both have is read in one way.
    return TARGETS_OF[table] if table in OF_ORDERS else TARGETS | CROSSING_TARGETS


def default_kind(target: str, table: RecordTable = "consignment") -> Kind:
    """Return how a target is read where a mapping does not say.

    >>> default_kind("licence.2.expires_on", "customer"), default_kind("goods.1.hs")
    ('date', 'hs')
    """
    return _kinds(table)[_plain(target)]


def allowed_kinds(target: str, table: RecordTable = "consignment") -> tuple[Kind, ...]:
    """Return the ways in which a target may be read.

    >>> allowed_kinds("item_id")
    ('text', 's10', 'container')
    """
    own = _kinds(table)[_plain(target)]
    return (own,) if table in OF_ORDERS else (own, *_ALSO.get(_plain(target), ()))


def choices_of(target: str, table: RecordTable) -> tuple[str, ...]:
    """Return the values of a field that has a closed set of them, else none."""
    return () if table in OF_ORDERS else CHOICES.get(target, ())


def coverage_targets(name: str) -> tuple[str, ...]:
    """Return the targets that answer a field which coverage asks for; one of them is enough. Empty when unknown.

    Short names stand for what a form calls them: `sender_name` is who sends the goods.

    >>> coverage_targets("sender_name")
    ('party.consignor.name', 'party.seller.name')
    >>> coverage_targets("description"), coverage_targets("mass_kg")
    (('goods.description',), ('mass_kg', 'goods.mass_kg'))
    """
    if name in TARGETS and "." in name:
        return (name,)
    found = tuple(t for t in (name, f"goods.{name}") if t in TARGETS)
    if found:
        return found
    match = _PARTY_SHORT.fullmatch(name)
    if match is None:
        return ()
    roles = {"sender": ("consignor", "seller"), "recipient": ("consignee", "importer")}.get(
        match["role"], ("consignee", "importer") if match["role"] == "consignee" else (match["role"],)
    )
    return tuple(f"party.{role}.{match['field']}" for role in roles if role in ROLES)
