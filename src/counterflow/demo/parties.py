"""Who trades with whom: sellers, firms, households and brokers, drawn so that names repeat as in trade.

Whoever trades, trades again: party sizes in trade follow a power law, so a party is drawn by rank from a
bounded Zipf law (the inverse of its distribution function on a continuous rank). Pool sizes are shares of the
records, so that 85–90 % of mentions repeat an earlier one at any size of world.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.seeds import generator
from counterflow.demo import words
from counterflow.demo.options import WorldOptions
from counterflow.demo.places import Places
from counterflow.demo.watchlist import WatchList, writings

__all__ = ["PartyPool", "make_parties", "zipf_ranks"]

#: pool sizes as shares of the records; households take most of the mail, so they are most of the names
_HOUSEHOLDS, _FIRMS, _SELLERS = 0.22, 0.02, 0.04
_FEWEST = 24
_BROKERS = 12
#: share of names in the country's own letters; share of foreign sellers who are people, not firms
_OTHER_SCRIPT, _PRIVATE_SELLERS = 0.15, 0.2
_FIRM_EXPONENT, _HOUSEHOLD_EXPONENT = 1.0, 0.7


@dataclass(frozen=True)
class PartyPool:
    """All parties in one numbering, so that a consignment carries numbers until it is written.

    Args:
        name: name of each party, as it writes itself.
        address: address, as one text.
        country: index into `Places.all_countries`.
        is_firm: whether it is a firm; only firms have an identifier.
        households: first and one-past-last number of the people on this side.
        firms: the same for firms on this side.
        sellers: first number of each foreign country's sellers, and one past the last.
        listed: numbers of writings of names on the watch list.
        brokers: names of the customs brokers, not numbered among the parties.
    """

    name: pa.Array
    address: pa.Array
    country: np.ndarray
    is_firm: np.ndarray
    households: tuple[int, int]
    firms: tuple[int, int]
    sellers: np.ndarray
    listed: np.ndarray
    brokers: pa.Array

    def draw_households(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Return `count` people of this side."""
        first, end = self.households
        return first + zipf_ranks(rng, np.full(count, end - first), _HOUSEHOLD_EXPONENT)

    def draw_firms(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Return `count` firms of this side."""
        first, end = self.firms
        return first + zipf_ranks(rng, np.full(count, end - first), _FIRM_EXPONENT)

    def draw_sellers(self, rng: np.random.Generator, countries: np.ndarray) -> np.ndarray:
        """Return one seller of each of the given countries (indexes)."""
        sizes = self.sellers[countries + 1] - self.sellers[countries]
        drawn: np.ndarray = self.sellers[countries] + zipf_ranks(rng, sizes, _FIRM_EXPONENT)
        return drawn

    def identifiers(self, numbers: np.ndarray) -> pa.Array:
        """Return traders' identifiers (firms) or nothing (people)."""
        scrambled = (numbers.astype(np.int64) * 7_919 + 13) % 9_999_991
        text = words.join("", "TR", pa.array(scrambled).cast(pa.string()))
        return pc.if_else(pa.array(self.is_firm[numbers]), text, pa.scalar(None, pa.string()))


def zipf_ranks(rng: np.random.Generator, sizes: np.ndarray, exponent: float) -> np.ndarray:
    """Return one rank from 0 for each pool size, by a bounded Zipf law with that exponent."""
    u = rng.random(len(sizes))
    top = sizes + 1.0
    if exponent == 1.0:
        ranks = top**u
    else:
        power = 1.0 - exponent
        ranks = ((top**power - 1.0) * u + 1.0) ** (1.0 / power)
    held: np.ndarray = np.minimum(ranks.astype(np.int64) - 1, sizes - 1)
    return held


def make_parties(options: WorldOptions, places: Places, watch_list: WatchList) -> PartyPool:
    """Return the pools of this world."""
    rng = generator(options.seed, "world", "parties")
    home = len(places.countries)
    sizes = _sizes(options.records, places)
    blocks = [words.persons(rng, int(sizes[0])), words.firms(rng, sizes[1])]
    firm_flags = [np.zeros(sizes[0], bool), np.ones(sizes[1], bool)]
    for i, script in enumerate(places.scripts):
        flags = rng.random(sizes[2 + i]) >= _PRIVATE_SELLERS
        blocks.append(_sellers(rng, flags, script))
        firm_flags.append(flags)
    listed, listed_home = writings(watch_list, places, rng)
    ends = np.concatenate([[0], np.cumsum(sizes)])
    countries = np.repeat([home, home, *range(home)], sizes)
    total = int(ends[-1])
    return PartyPool(
        name=pa.concat_arrays([*blocks, listed]),
        address=words.addresses(rng, total + len(listed)),
        country=np.concatenate([countries, listed_home]),
        is_firm=np.concatenate([*firm_flags, np.ones(len(listed), bool)]),
        households=(0, int(ends[1])),
        firms=(int(ends[1]), int(ends[2])),
        sellers=ends[2:],
        listed=np.arange(total, total + len(listed)),
        brokers=words.join(" ", words.pick(words.stock()["towns"], rng, _BROKERS), "Customs Brokers"),
    )


def _sizes(records: int, places: Places) -> np.ndarray:
    """Return pool sizes: households, firms, then sellers by country in proportion to its volume."""
    share = np.array([lane.share for lane in places.lanes]) @ places.volume
    sellers = np.maximum(records * _SELLERS * share / share.sum(), _FEWEST / 4)
    sizes = [max(records * _HOUSEHOLDS, _FEWEST), max(records * _FIRMS, _FEWEST), *sellers]
    return np.array(sizes, dtype=np.int64)


def _sellers(rng: np.random.Generator, firm: np.ndarray, script: str) -> pa.Array:
    """Return sellers' names: firms or people, some of them in their own letters."""
    count = len(firm)
    names = pc.if_else(pa.array(firm), words.firms(rng, count), words.persons(rng, count))
    if not script:
        return names
    own = pc.if_else(pa.array(firm), words.firms(rng, count, script), words.persons(rng, count, script))
    return pc.if_else(pa.array(rng.random(count) < _OTHER_SCRIPT), own, names)
