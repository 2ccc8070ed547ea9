"""Ordinary consignments as numbers: an array per property, a row per consignment; `rendering` writes them.

The numbers point into the pools (`Places`, `PartyPool`, `TextPool`), so that a million consignments cost a few arrays.
"""

from __future__ import annotations

import numpy as np

from counterflow.demo.parties import PartyPool
from counterflow.demo.places import Places
from counterflow.demo.texts import TextPool

__all__ = ["Draft", "draw_lanes", "draw_traffic", "joined"]

#: column to array; see `draw_traffic` for the columns
Draft = dict[str, np.ndarray]

#: share of the week's records on each day, Monday first
_DAYS = np.array([0.17, 0.17, 0.16, 0.16, 0.16, 0.10, 0.08])
_WRONG_HS, _NO_HS_PARCEL, _OTHER_ORIGIN = 0.03, 0.15, 0.10


def draw_lanes(places: Places, rng: np.random.Generator, count: int) -> np.ndarray:
    """Return a lane (index) for each of `count` consignments."""
    return rng.choice(len(places.lanes), count, p=[lane.share for lane in places.lanes]).astype(np.int8)


def draw_traffic(
    places: Places, parties: PartyPool, texts: TextPool, rng: np.random.Generator, lanes: np.ndarray
) -> Draft:
    """Return consignments on the given lanes, as trade would send them.

    Returns:
        Columns: lane, office, country (the foreign side), origin, day (0–6), second (of the day), sender,
        consignor, consignee, consignee_address (a party whose address is used), broker (-1 for none), text,
        hs_text (the text whose HS code is declared; -1 for none), mass_kg, usd, pieces, transit (seconds
        since posting).
    """
    count = len(lanes)
    draft: Draft = {"lane": lanes, "office": np.zeros(count, np.int16), "country": np.zeros(count, np.int16)}
    for name in ("mass_kg", "usd"):
        draft[name] = np.zeros(count)
    draft["broker"] = np.full(count, -1, np.int16)
    draft["transit"] = np.zeros(count, np.int64)
    home_party, foreign_party = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for i, lane in enumerate(places.lanes):
        rows = np.flatnonzero(lanes == i)
        n = len(rows)
        known = [places.offices.index(office) for office in lane.offices]
        draft["office"][rows] = rng.choice(known, n, p=list(lane.offices.values()))
        draft["country"][rows] = rng.choice(len(places.countries), n, p=places.volume[i])
        median, spread = lane.mass_kg
        draft["mass_kg"][rows] = median * rng.lognormal(0.0, spread, n)
        draft["broker"][rows] = np.where(rng.random(n) < lane.broker, _broker(parties, rng, n), -1)
        draft["transit"][rows] = rng.integers(lane.transit[0] * 86_400, (lane.transit[1] + 1) * 86_400, n)
        firm = rng.random(n) < lane.firms
        home_party[rows] = np.where(firm, parties.draw_firms(rng, n), parties.draw_households(rng, n))
        foreign_party[rows] = parties.draw_sellers(rng, draft["country"][rows])
    outbound = np.array([lane.direction == "outbound" for lane in places.lanes])[lanes]
    draft["consignor"] = np.where(outbound, home_party, foreign_party)
    draft["consignee"] = np.where(outbound, foreign_party, home_party)
    draft["consignee_address"] = draft["consignee"].copy()
    _goods(draft, places, texts, rng)
    _moments(draft, places, rng)
    return draft


def _broker(parties: PartyPool, rng: np.random.Generator, count: int) -> np.ndarray:
    """Few brokers carry most declarations: shares fall as one over the rank."""
    weights = 1.0 / np.arange(1, len(parties.brokers) + 1)
    return rng.choice(len(parties.brokers), count, p=weights / weights.sum())


def _goods(draft: Draft, places: Places, texts: TextPool, rng: np.random.Generator) -> None:
    """Fill text, HS, value, pieces and origin."""
    lanes = draft["lane"]
    count = len(lanes)
    is_cargo = np.array([lane.is_cargo for lane in places.lanes])[lanes]
    draft["text"] = texts.draw(rng, is_cargo)
    declared = np.where(rng.random(count) < _WRONG_HS, rng.choice(texts.parcel, count), draft["text"])
    silent = (rng.random(count) < _NO_HS_PARCEL) & ~is_cargo
    draft["hs_text"] = np.where(silent | (texts.hs[draft["text"]] == ""), -1, declared)
    draft["usd"] = draft["mass_kg"] * texts.usd_per_kg[draft["text"]] * rng.lognormal(0.0, 0.4, count)
    draft["pieces"] = np.where(is_cargo, rng.integers(1, 60, count), 1 + (rng.random(count) ** 6 * 8).astype(np.int64))
    elsewhere = rng.integers(0, len(places.countries), count)
    home = len(places.countries)
    outbound = np.array([lane.direction == "outbound" for lane in places.lanes])[lanes]
    made_in = np.where(rng.random(count) < _OTHER_ORIGIN, elsewhere, draft["country"])
    draft["origin"] = np.where(outbound, home, made_in)


def _moments(draft: Draft, places: Places, rng: np.random.Generator) -> None:
    """Fill day, second of arrival and sender of the data."""
    count = len(draft["lane"])
    draft["day"] = rng.choice(7, count, p=_DAYS).astype(np.int8)
    draft["second"] = np.clip(rng.normal(10.0, 3.5, count) * 3_600, 0, 86_399).astype(np.int64)
    slots = rng.integers(0, places.sender_of.shape[2], count)
    draft["sender"] = places.sender_of[draft["lane"], draft["country"], slots]


def joined(drafts: list[Draft]) -> Draft:
    """Return the rows of several drafts, one after the other."""
    return {name: np.concatenate([draft[name] for draft in drafts]) for name in drafts[0]}
