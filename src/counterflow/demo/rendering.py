"""From numbers to the file's columns: a `Draft` becomes the table that is written as CSV.

The columns are those that the mapping `training_world.toml` names. A field that is not there is empty.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.demo import identifiers, words
from counterflow.demo.parties import PartyPool
from counterflow.demo.places import Places
from counterflow.demo.texts import TextPool
from counterflow.demo.traffic import Draft

__all__ = ["COLUMNS", "Pools", "rendered"]

#: columns of the consignment file, in their order
COLUMNS = (
    "record_id", "kind", "item_id", "declared_on", "posted_at", "advance_at", "due_at", "arrived_at",
    "sender", "office", "lane", "direction", "departure", "origin", "destination", "gross_mass_kg", "value",
    "currency", "pieces", "description", "hs", "net_mass_kg", "consignor_name", "consignor_address",
    "consignor_country", "consignor_id", "consignee_name", "consignee_address", "consignee_country",
    "consignee_id", "declarant_name",
)  # fmt: skip
_EPOCH = dt.date(1970, 1, 1)
_DAY = 86_400


@dataclass(frozen=True)
class Pools:
    """What the numbers of a draft point into."""

    places: Places
    parties: PartyPool
    texts: TextPool


def rendered(draft: Draft, pools: Pools, monday: dt.date, first_serial: int, *, all_distinct: bool = False) -> pa.Table:
    """Return the rows of a draft as text columns.

    Args:
        draft: consignments of one week, in the order of the file.
        pools: what its numbers point into.
        monday: first day of the week.
        first_serial: serial of the first record; ids follow from it.
        all_distinct: write a different word after each name and description.
    """
    serials = np.arange(first_serial, first_serial + len(draft["lane"]), dtype=np.int64)
    columns = {
        "record_id": identifiers.record_ids(serials),
        "item_id": _item_ids(draft, pools.places, serials),
    }
    columns |= _ways(draft, pools.places)
    columns |= _times(draft, monday)
    columns |= _amounts(draft, pools.places)
    columns |= _goods(draft, pools.texts)
    columns |= _parties(draft, pools)
    if all_distinct:
        _set_apart(columns, serials)
    for role in ("consignor", "consignee"):  # who is not named has no identifier either
        columns[f"{role}_id"] = _without(columns[f"{role}_id"], draft[f"blank_{role}_name"])
    for name in [key.removeprefix("blank_") for key in draft if key.startswith("blank_")]:
        columns[name] = _without(columns[name], draft[f"blank_{name}"])
    return pa.table({name: columns[name] for name in COLUMNS})


def _take(words_: list[str] | tuple[str, ...], numbers: np.ndarray) -> pa.Array:
    return pa.array(words_).take(pa.array(numbers))


def _without(column: pa.Array, blank: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(blank), pa.scalar(None, column.type), column)


def _ways(draft: Draft, places: Places) -> dict[str, pa.Array]:
    """Lane, office, sender, and the countries of the way."""
    lanes = draft["lane"]
    countries = np.array(places.all_countries)
    home = len(places.countries)
    outbound = np.array([lane.direction == "outbound" for lane in places.lanes])[lanes]
    return {
        "kind": _take([lane.kind for lane in places.lanes], lanes),
        "lane": _take([lane.name for lane in places.lanes], lanes),
        "direction": _take([lane.direction for lane in places.lanes], lanes),
        "office": _take(places.offices, draft["office"]),
        "sender": _take(places.senders, draft["sender"]),
        "departure": pa.array(countries[np.where(outbound, home, draft["country"])]),
        "destination": pa.array(countries[np.where(outbound, draft["country"], home)]),
        "origin": pa.array(countries[draft["origin"]]),
    }


def _item_ids(draft: Draft, places: Places, serials: np.ndarray) -> pa.Array:
    """Each lane's own kind of identifier, with its check digit."""
    lanes = draft["lane"]
    base = np.array([lane.base for lane in places.lanes])[lanes]
    outbound = np.array([lane.direction == "outbound" for lane in places.lanes])[lanes]
    posted_in = np.array(places.all_countries)[np.where(outbound, len(places.countries), draft["country"])]
    mail, air, box, road = (
        np.flatnonzero(np.isin(base, bases)) for bases in (("mail",), ("express", "air"), ("sea", "rail"), ("road",))
    )
    parts = [
        identifiers.postal_items(serials[mail], posted_in[mail]),
        identifiers.air_waybills(serials[air]),
        identifiers.containers(serials[box]),
        identifiers.bills(serials[road]),
    ]
    back = np.argsort(np.concatenate([mail, air, box, road]), kind="stable")
    return pa.concat_arrays(parts).take(pa.array(back))


def _times(draft: Draft, monday: dt.date) -> dict[str, pa.Array]:
    """Declaration day and instants, ISO 8601, UTC; no advance data, no instant of it."""
    day = (monday - _EPOCH).days + draft["day"].astype(np.int64)
    arrived = day * _DAY + draft["second"]
    posted = arrived - draft["transit"]
    due = posted + draft["due"]
    return {
        "declared_on": pa.array(day.astype(np.int32), pa.date32()).cast(pa.string()),
        "arrived_at": _instants(arrived),
        "posted_at": _instants(posted),
        "due_at": _instants(due),
        "advance_at": _without(_instants(np.minimum(due - draft["lead"], arrived + _DAY)), ~draft["advance"]),
    }


def _instants(seconds: np.ndarray) -> pa.Array:
    return pa.array(seconds).cast(pa.timestamp("s", "UTC")).cast(pa.string())


def _decimals(values: np.ndarray, places: int) -> pa.Array:
    return pa.array(np.round(values, places)).cast(pa.string())


def _amounts(draft: Draft, places: Places) -> dict[str, pa.Array]:
    """Mass, value in the sender's currency, pieces."""
    outbound = np.array([lane.direction == "outbound" for lane in places.lanes])[draft["lane"]]
    payer = np.where(outbound, len(places.countries), draft["country"])
    mass = np.maximum(draft["mass_kg"], 0.005)
    return {
        "gross_mass_kg": _decimals(mass, 3),
        "net_mass_kg": _decimals(mass * 0.92, 3),
        "value": _decimals(np.maximum(draft["usd"], 0.5) * places.per_usd[payer], 2),
        "currency": _take(places.currencies, payer),
        "pieces": pa.array(draft["pieces"]).cast(pa.string()),
    }


def _goods(draft: Draft, texts: TextPool) -> dict[str, pa.Array]:
    silent = draft["hs_text"] < 0
    hs = pa.array(texts.hs[np.where(silent, 0, draft["hs_text"])].tolist())
    return {"description": texts.text.take(pa.array(draft["text"])), "hs": _without(hs, silent)}


def _parties(draft: Draft, pools: Pools) -> dict[str, pa.Array]:
    """Names, addresses, countries and identifiers of both sides, and the broker's name where one declared."""
    parties, columns = pools.parties, {}
    countries = np.array(pools.places.all_countries)
    for role in ("consignor", "consignee"):
        numbers = draft[role]
        at = draft["consignee_address"] if role == "consignee" else numbers
        columns[f"{role}_name"] = parties.name.take(pa.array(numbers))
        columns[f"{role}_address"] = parties.address.take(pa.array(at))
        columns[f"{role}_country"] = pa.array(countries[parties.country[numbers]])
        columns[f"{role}_id"] = parties.identifiers(numbers)
    broker = draft["broker"]
    columns["declarant_name"] = _without(parties.brokers.take(pa.array(np.maximum(broker, 0))), broker < 0)
    return columns


def _set_apart(columns: dict[str, pa.Array], serials: np.ndarray) -> None:
    """Add a word of its own to each description and party name."""
    for offset, name in enumerate(("description", "consignor_name", "consignee_name")):
        columns[name] = words.join(" ", columns[name], words.serial_words(serials * 3 + offset))
