"""The hidden schemes: what they send, and how they shift when it is caught.

After each week a scheme knows which of its consignments did not arrive. For each choice it makes (lane,
origin, consignor identity, kind of text, declared value) it keeps discounted counts of sent and lost, and
chooses next by a softmax over its own losses:

    P(k) = (1 − ε) · softmax_k( ln lean_k − s · lost_k / (sent_k + 2) ) + ε / K

with sharpness s and curiosity ε (`WorldOptions`). It is akin to the multiplicative weights of Freund &
Schapire (1997, J. Comput. Syst. Sci. 55:119–139) with a leaning as prior; real smugglers are neither so tidy
nor so slow. An identity that was lost is, half the time, replaced by a fresh one.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from counterflow.core.seeds import generator
from counterflow.demo.options import WorldOptions
from counterflow.demo.parties import PartyPool
from counterflow.demo.places import Places, data_text
from counterflow.demo.texts import TextPool
from counterflow.demo.traffic import Draft, draw_traffic

__all__ = ["CHOICES", "Scheme", "SchemeKind", "load_kinds", "make_schemes", "scheme_traffic"]

#: what a scheme chooses for each consignment, in this order
CHOICES = ("lane", "origin", "front", "cover", "value")
#: declared value as a multiple of the usual one
VALUE_FACTORS = np.array([0.2, 0.5, 1.0])
_FADE, _BURNED = 0.8, 0.5
_TEXTS_A_COVER = 6


@dataclass(frozen=True, slots=True)
class SchemeKind:
    """What `data/schemes.toml` says of a scheme; its comments explain each field."""

    name: str
    harm_class: str
    lanes: dict[str, float]
    covers: dict[str, float]
    plain_share: float
    plain: tuple[tuple[str, str], ...]
    payload_kg: tuple[float, float]
    mass: float
    fronts: int
    drops: int
    origins: int
    listed: bool = False


@dataclass
class Scheme:
    """A scheme at work: its people and places, and what it has learned.

    Args:
        kind: what it is.
        share: share of all records that it sends on average.
        origins: its departure countries, indexes.
        fronts: consignor parties, origins × slots.
        drops: consignee parties; a few of them lend their address to all.
        stock: its few texts, by option of the cover and whether it travels in bulk.
        lean: choice to the leaning of each option, before it learns.
        sent, lost: choice to discounted counts for each option.
    """

    kind: SchemeKind
    share: float
    origins: np.ndarray
    fronts: np.ndarray
    drops: np.ndarray
    stock: dict[tuple[int, bool], np.ndarray]
    lean: dict[str, np.ndarray]
    sent: dict[str, np.ndarray] = field(default_factory=dict)
    lost: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for choice, lean in self.lean.items():
            self.sent[choice] = np.zeros(len(lean))
            self.lost[choice] = np.zeros(len(lean))

    def probabilities(self, choice: str, options: WorldOptions) -> np.ndarray:
        """Return the chance of each option of `choice`, given the losses; what has no leaning stays out."""
        return self._chance(choice, self.lost[choice] / (self.sent[choice] + 2.0), options)

    def _chance(self, choice: str, rate: np.ndarray, options: WorldOptions) -> np.ndarray:
        lean = self.lean[choice]
        weight = lean * np.exp(-options.sharpness * rate)
        possible = lean > 0
        learned: np.ndarray = weight / weight.sum()
        chance: np.ndarray = (1 - options.curiosity) * learned + options.curiosity * possible / possible.sum()
        return chance

    def moved(self, chosen: dict[str, np.ndarray], options: WorldOptions) -> np.ndarray:
        """Return which choices are likelier now than before the scheme lost anything: where it moved to."""
        ratio = np.ones(len(chosen["lane"]))
        for choice in CHOICES:
            at_first = self._chance(choice, np.zeros(len(self.lean[choice])), options)
            ratio *= self.probabilities(choice, options)[chosen[choice]] / at_first[chosen[choice]]
        return ratio > 1.0

    def choose(self, options: WorldOptions, rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
        """Return what it chooses for its next `count` consignments, by choice."""
        return {
            choice: rng.choice(len(self.lean[choice]), count, p=self.probabilities(choice, options))
            for choice in CHOICES
        }

    def note_sent(self, chosen: dict[str, np.ndarray]) -> None:
        """Fade what it remembers and count what it now sends."""
        for choice in CHOICES:
            self.lost[choice] *= _FADE
            self.sent[choice] *= _FADE
            self.sent[choice] += np.bincount(chosen[choice], minlength=len(self.lean[choice]))

    def note_lost(self, chosen: dict[str, np.ndarray], parties: PartyPool, rng: np.random.Generator) -> None:
        """Count what was caught, and replace some of the identities that it was sent under."""
        for choice in CHOICES:
            self.lost[choice] += np.bincount(chosen[choice], minlength=len(self.lean[choice]))
        pairs = np.unique(np.stack([chosen["origin"], chosen["front"]], axis=1), axis=0)
        for origin, front in pairs[rng.random(len(pairs)) < _BURNED].tolist():
            self.fronts[origin, front] = _identity(self.kind, parties, int(self.origins[origin]), rng)


def load_kinds() -> list[SchemeKind]:
    """Return the schemes of `data/schemes.toml`."""
    return [_kind(entry) for entry in tomllib.loads(data_text("schemes.toml"))["schemes"]]


def _kind(entry: dict[str, Any]) -> SchemeKind:
    plain = tuple((row["text"], row["hs"]) for row in entry["plain"])
    return SchemeKind(**(entry | {"plain": plain, "payload_kg": tuple(entry["payload_kg"])}))


def make_schemes(options: WorldOptions, places: Places, parties: PartyPool, texts: TextPool) -> list[Scheme]:
    """Return the schemes of this world, with the origins, people and texts that the seed gave them."""
    kinds = load_kinds()
    volumes = np.array([lane.share * lane.prevalence for lane in places.lanes])
    affinity = np.array([[kind.lanes.get(lane.name, 0.0) for lane in places.lanes] for kind in kinds])
    totals = affinity.sum(axis=0)
    shares = volumes * affinity / np.where(totals > 0, totals, 1.0)
    schemes = [_scheme(options, places, parties, kind, share) for kind, share in zip(kinds, shares, strict=True)]
    for scheme in schemes:
        scheme.stock.update(_stock(options, scheme.kind, texts))
    return schemes


def _scheme(options: WorldOptions, places: Places, parties: PartyPool, kind: SchemeKind, lanes: np.ndarray) -> Scheme:
    rng = generator(options.seed, "world", "scheme", kind.name)
    outbound = any(name.endswith("-out") for name in kind.lanes)
    used = np.array([lane.name in kind.lanes for lane in places.lanes])
    reach = places.volume[used].mean(axis=0)
    origins = rng.choice(len(places.countries), kind.origins, replace=False, p=reach / reach.sum())
    slots = max(kind.fronts // kind.origins, 2)
    fronts = np.array(
        [[_identity(kind, parties, int(origin), rng) for _ in range(slots)] for origin in origins],
        dtype=np.int64,
    )
    drops = parties.draw_sellers(rng, rng.choice(origins, kind.drops)) if outbound else _homes(kind, parties, rng)
    covers = np.array([*kind.covers.values(), 0.0])
    covers[-1] = covers.sum() * kind.plain_share / (1 - kind.plain_share)
    lean = {
        "lane": np.where(lanes > 0, lanes, used * 1e-9),
        "origin": rng.dirichlet(np.full(kind.origins, 4.0)),
        "front": np.full(slots, 1.0 / slots),
        "cover": covers,
        "value": np.array([0.5, 0.3, 0.2]),
    }
    return Scheme(kind, float(lanes.sum()), origins, fronts, drops, {}, lean)


def _homes(kind: SchemeKind, parties: PartyPool, rng: np.random.Generator) -> np.ndarray:
    """Return the parties on this side that receive for a scheme: people for parcels, small firms for bulk."""
    first, end = parties.households if "mail" in kind.lanes else parties.firms
    return rng.integers(first, end, kind.drops)


def _identity(kind: SchemeKind, parties: PartyPool, country: int, rng: np.random.Generator) -> int:
    """Return a consignor: a listed name, a firm of this side, or a little-known seller of that country."""
    if kind.listed:
        return int(rng.choice(parties.listed))
    if any(name.endswith("-out") for name in kind.lanes):
        return int(rng.integers(*parties.firms))
    first, end = parties.sellers[country], parties.sellers[country + 1]
    return int(rng.integers(first + (end - first) // 2, end))


def scheme_traffic(
    scheme: Scheme,
    chosen: dict[str, np.ndarray],
    world: tuple[Places, PartyPool, TextPool],
    rng: np.random.Generator,
) -> tuple[Draft, np.ndarray]:
    """Return a scheme's consignments with the choices made, and the kilograms hidden in each."""
    places, parties, texts = world
    kind, count = scheme.kind, len(chosen["lane"])
    draft = draw_traffic(places, parties, texts, rng, chosen["lane"].astype(np.int8))
    country = scheme.origins[chosen["origin"]]
    reachable = places.volume[chosen["lane"], country] > 0
    draft["country"] = np.where(reachable, country, draft["country"]).astype(np.int16)
    outbound = np.array([lane.direction == "outbound" for lane in places.lanes])[chosen["lane"]]
    draft["origin"] = np.where(outbound, len(places.countries), country)
    slots = rng.integers(0, places.sender_of.shape[2], count)
    draft["sender"] = places.sender_of[draft["lane"], draft["country"], slots]
    draft["consignor"] = scheme.fronts[chosen["origin"], chosen["front"]]
    draft["consignee"] = rng.choice(scheme.drops, count)
    draft["consignee_address"] = scheme.drops[rng.integers(0, max(len(scheme.drops) // 4, 1), count)]
    draft["text"] = _cover_texts(scheme, chosen, places, rng)
    draft["hs_text"] = np.where(texts.hs[draft["text"]] == "", -1, draft["text"])
    payload = kind.payload_kg[0] * rng.lognormal(0.0, kind.payload_kg[1], count)
    draft["mass_kg"] = draft["mass_kg"] * kind.mass + payload
    draft["usd"] = draft["mass_kg"] * texts.usd_per_kg[draft["text"]] * VALUE_FACTORS[chosen["value"]]
    return draft, payload


def _stock(options: WorldOptions, kind: SchemeKind, texts: TextPool) -> dict[tuple[int, bool], np.ndarray]:
    """Return the few texts that a scheme writes under each cover: who ships often repeats himself."""
    rng = generator(options.seed, "world", "stock", kind.name)
    stock: dict[tuple[int, bool], np.ndarray] = {}
    for bulk in (False, True):
        for option, style in enumerate(kind.covers):
            pool = texts.by_style[style][bulk]
            stock[option, bulk] = rng.choice(pool, min(_TEXTS_A_COVER, len(pool)), replace=False)
        stock[len(kind.covers), bulk] = texts.plain[kind.name]
    return stock


def _cover_texts(scheme: Scheme, chosen: dict[str, np.ndarray], places: Places, rng: np.random.Generator) -> np.ndarray:
    """Return texts from the scheme's stock: ordinary goods of the chosen style, or the plain words."""
    is_cargo = np.array([lane.is_cargo for lane in places.lanes])[chosen["lane"]]
    numbers = np.zeros(len(is_cargo), np.int64)
    for (option, bulk), pool in scheme.stock.items():
        rows = np.flatnonzero((chosen["cover"] == option) & (is_cargo == bulk))
        if len(rows):
            numbers[rows] = rng.choice(pool, len(rows))
    return numbers
