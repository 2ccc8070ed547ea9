"""What the items of orders are, asked of the registry of substances: a table that the room of orders can use.

Equal items are read once. A row speaks of one substance in one place; an item that names nothing known has one row too,
with an empty `substance`, and that never says that it is not controlled. Machines that press tablets or fill capsules
are told by the words of `screen.equipment`, as rows whose `how` begins with "equipment".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.check import Resources
from counterflow.orders.ship.items import ITEMS, item_key
from counterflow.reference.registry import Registry, load_registry
from counterflow.screen.substances import SubstanceLookup
from counterflow.screen.substances.law import RANK, Law

__all__ = ["product_of", "recognise", "registry_places"]

_DISAGREE = "the fields disagree"
#: a convention is asked too: it tells whether an item is listed anywhere at all
_PROBE = "UN"
#: look-ups of late, by day, places and version of the registry (which names its content)
_LOOKS: dict[tuple[dt.date, tuple[str, ...], str], SubstanceLookup] = {}
_MOST_LOOKS = 8
_MACHINES = frozenset({"tablet-machine", "tablet-tooling"})


def recognise(
    lines: pa.Table, *, on: dt.date, registry: Registry | None = None, places: Iterable[str] = ()
) -> pa.Table:
    """Say what each distinct item of `lines` is, under the law of every place that the lines go from or to.

    Args:
        lines: `item` and `cas`; `ship_from` and `ship_to_country` where they are there.
        on: the day whose law is asked.
        registry: the registry; the shipped one where None.
        places: further places to ask, as codes.

    Returns:
        Table of schema `orders.ship.items.ITEMS`, in order of first appearance.

    >>> from datetime import date
    >>> lines = pa.table({"item": ["acetone"], "cas": ["67-64-1"], "ship_from": ["US"], "ship_to_country": ["US"]})
    >>> recognise(lines, on=date(2026, 5, 4)).select(["substance", "jurisdiction", "list", "schedule"]).to_pylist()[0]
    {'substance': 'acetone', 'jurisdiction': 'US', 'list': 'US chemicals', 'schedule': 'List II'}
    """
    registry = registry or load_registry()
    asked = _distinct(lines)
    codes = registry_places(lines, places)
    look = _look(on, tuple(codes), registry)
    answered = look.check_table(
        pa.table({"id": pa.array(range(asked.num_rows)).cast(pa.string()), "name": asked["item"], "cas": asked["cas"]})
    )
    rows = [*_rows(answered, asked, look.law, registry), *_equipment(asked)]
    rows.sort(key=lambda row: row.pop("place"))
    return pa.Table.from_pylist(rows, schema=ITEMS)


def product_of(lines: pa.Table, items: pa.Table | None = None, *, registry: Registry | None = None) -> pa.Array:
    """Return what each line is an order of: the id of the substance where it is sure, else the item, folded.

    Args:
        lines: `item` and `cas`.
        items: what `recognise` said of them; asked here (as the law is known today, which does not matter) where None.
        registry: the registry; the shipped one where None.
    """
    if items is None:
        items = recognise(lines.select([c for c in ("item", "cas") if c in lines.column_names]), on=dt.date.max,
                          registry=registry)  # fmt: skip
    sure: dict[str, set[str]] = {}
    for key, substance, doubt in zip(
        item_key(items).to_pylist(), items["substance"].to_pylist(), items["doubt"].to_pylist(), strict=True
    ):
        sure.setdefault(key, set()).add("" if doubt else substance or "")
    single = {key: next(iter(found)) for key, found in sure.items() if len(found) == 1 and "" not in found}
    keys = item_key(lines)
    at = pc.index_in(keys, value_set=pa.array(list(single), pa.string()))
    known = pa.array(list(single.values()), pa.string()).take(at)
    folded = pc.utf8_lower(pc.utf8_trim_whitespace(pc.fill_null(_text(lines, "item"), "")))
    return pc.coalesce(known, pc.replace_substring_regex(folded, r"\s+", " "))


def registry_places(lines: pa.Table, further: Iterable[str] = ()) -> list[str]:
    """Return the places that the lines name, codes in order, and the conventions of the United Nations."""
    named = {code for name in ("ship_from", "ship_to_country") if name in lines.column_names
             for code in pc.unique(lines[name]).to_pylist() if code}  # fmt: skip
    return [*sorted(named | {code for code in further if code} - {_PROBE}), _PROBE]


def _look(on: dt.date, places: tuple[str, ...], registry: Registry) -> SubstanceLookup:
    """Return the look-up of a day, places and registry; the latest few are kept, with the names they have read."""
    key = on, places, registry.version
    look = _LOOKS.pop(key, None) or SubstanceLookup(on, places, registry)
    _LOOKS[key] = look
    while len(_LOOKS) > _MOST_LOOKS:
        del _LOOKS[next(iter(_LOOKS))]
    return look


def _text(lines: pa.Table, name: str) -> pa.Array:
    if name not in lines.column_names:
        return pa.nulls(lines.num_rows, pa.string())
    column = lines[name].cast(pa.string())
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _distinct(lines: pa.Table) -> pa.Table:
    """Return the distinct (item, cas), in order of first appearance."""
    keys = item_key(lines)
    encoded = keys.dictionary_encode()
    first = np.unique(encoded.indices.to_numpy(zero_copy_only=False), return_index=True)[1]
    at = pa.array(np.sort(first))
    return pa.table({"item": _text(lines, "item").take(at), "cas": _text(lines, "cas").take(at)})


def _rows(answered: pa.Table, asked: pa.Table, law: Law, registry: Registry) -> Iterator[dict[str, Any]]:
    unverified = {i.short: i.id for i in registry.instruments.values()}
    items, cas = asked["item"].to_pylist(), asked["cas"].to_pylist()
    for row in answered.to_pylist():
        place = int(row["id"])
        yield {
            "place": (place, 0), "item": items[place], "cas": cas[place], "substance": row["substance"],
            "name": registry.substances[row["substance"]].name if row["substance"] else "",
            "jurisdiction": row["jurisdiction"], "verdict": row["verdict"], "list": row["list"],
            "schedule": row["schedule"], "citation": row["citation"], "reason": row["reason"],
            "instrument": unverified.get(row["list"], ""),
            **_evidence(row, law),
        }  # fmt: skip


def _evidence(row: Mapping[str, str], law: Law) -> dict[str, Any]:
    """Say how the item was recognised, and what is in doubt about it."""
    held = next((r for r in law.rows(row["substance"]) if r.jurisdiction == row["jurisdiction"]), None) if (
        row["substance"] and row["jurisdiction"]) else None  # fmt: skip
    how = (
        row["reason"].removesuffix(f": {held.reason}")
        if held
        else row["reason"].split("; that is not")[0].split(f"; {law.said_day}")[0]
    )
    doubt = ""
    if held is None and (row["substance"] or row["verdict"] == "unclear"):
        doubt = how  # a number that is wrong, or a name of something else
    elif held and (RANK[row["verdict"]] < RANK[held.verdict] or _DISAGREE in how):
        doubt = how
    return {
        "how": how, "doubt": doubt, "unverified": bool(held and (held.unverified or held.date_unverified)),
        "scope": held.scope if held else "", "since": held.since if held else "",
        "extends_to": held.extends_to if held else "",
    }  # fmt: skip


def _equipment(asked: pa.Table) -> Iterator[dict[str, Any]]:
    """Yield a row for each item whose words name a machine or its tooling."""
    from counterflow.screen.equipment import make

    texts = pc.fill_null(asked["item"], "").combine_chunks()
    found = make(Resources()).run(pa.record_batch({"row": pa.array(range(len(texts))), "description": texts}))
    items, cas = asked["item"].to_pylist(), asked["cas"].to_pylist()
    for row in found.to_pylist():
        if row["code"] in _MACHINES:
            yield {
                "place": (row["row"], 1), "item": items[row["row"]], "cas": cas[row["row"]], "substance": "",
                "name": row["matched"], "jurisdiction": "", "verdict": "equipment", "list": "", "schedule": row["code"],
                "citation": row["citation"], "reason": row["sentence"], "instrument": "",
                "how": f"equipment: {row['sentence']}", "doubt": "", "unverified": False, "scope": "", "since": "",
                "extends_to": "",
            }  # fmt: skip
