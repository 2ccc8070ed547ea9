"""Two records side by side, field by field: for each pair of forms, in which band each field falls.

A field that either record leaves empty is in no band and says nothing. Address and country are one comparison, since
who lives at the same address lives in the same country. Names and addresses carry, beside their band, how many nats of
rarity they share: the same ``abdullah trading`` says less than the same ``zarkovic petrochem`` (term-frequency
adjustment; Winkler 1988, ASA Proceedings). The rarity shared counts by how alike the two are: a
surname shared by two names that otherwise contradict each other says less than one shared by two that do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.link.resolution.blocking import distinct
from counterflow.link.resolution.fields import Forms, Sets
from counterflow.link.resolution.likeness import LIKE_NAMES, LIKE_PLACES, name_room, place_room
from counterflow.link.resolution.pairwise import EMAIL, PAPER, PHONE, born_bands, set_bands
from counterflow.link.resolution.threads import in_parts
from counterflow.link.resolution.words import AT_LARGE
from counterflow.matching.name_arrays import letter_sets

__all__ = ["BANDS", "NONE", "Vectors", "compare"]

Ints = npt.NDArray[np.int32]
Bands = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]

NONE = -1

#: what is compared, and what each band of it means
BANDS: dict[str, tuple[str, ...]] = {
    "name": ("another name", "some words alike", "half alike", "much alike", "nearly the same", "the same words"),
    "place": (
        "another address in another country", "another address", "another address in the same country",
        "something of the address", "half of the address", "much of the address, or no number in it",
        "the same address",
        "another country", "the same country",
    ),
    "phone": ("another number", "one digit apart", "the same number"),
    "email": ("another address", "another address at the same domain", "the same address"),
    "identifier": ("another number", "another number of the same kind", "the same number"),
    "born": ("another year", "a year or some days apart", "the same year", "the same day"),
    "schema": ("another kind of party", "the same kind"),
}  # fmt: skip
#: bands that are told by shared rarity: of names all but the first, of places those of a shared address
BY_NATS = {"name": (1, 5), "place": (3, 6)}
COMPARED = tuple(BANDS)
#: likeness from which a name or an address is in the next band
NAME_EDGES = (0.35, 0.55, 0.72, 0.86, 0.97)
PLACE_EDGES = (0.15, 0.4, 0.65, 0.88)
FURTHER_WORDS = 0.35  # of its rarity that a word of an address counts beside the rarest one shared


@dataclass(frozen=True, slots=True)
class Vectors:
    """Comparison of pairs of forms.

    Args:
        bands: pairs by what is compared (`COMPARED`); NONE where one of the two says nothing.
        nats: pairs by name and place: rarity that the two share, times how alike they are.
        shared: pairs by what is compared: how many forms hold that which the two share (of an address: its rarest
            word); 1 where nothing is.
    """

    bands: Bands
    nats: Floats
    shared: Ints

    def __len__(self) -> int:
        return len(self.bands)

    def take(self, rows: npt.NDArray[np.int64]) -> Vectors:
        """Return some of the pairs."""
        return Vectors(self.bands[rows], self.nats[rows], self.shared[rows])

    def band(self, what: str) -> Bands:
        """Return the band of each pair in one comparison."""
        return self.bands[:, COMPARED.index(what)]


def compare(forms: Forms, left: Ints, right: Ints) -> Vectors:
    """Return the comparison of forms `left` with forms `right`; the same whichever stands left."""
    bands = np.full((len(left), len(COMPARED)), NONE, np.int8)
    nats = np.zeros((len(left), 2))
    shared = np.ones((len(left), len(COMPARED)), np.int32)
    _names(forms, left, right, bands[:, 0], nats[:, 0])
    _places(forms, left, right, bands[:, 1], nats[:, 1], shared[:, 1])
    for what, kind, sets in (
        ("phone", PHONE, forms.phones),
        ("email", EMAIL, forms.emails),
        ("identifier", PAPER, forms.papers),
    ):
        at, ids = COMPARED.index(what), forms.column(what)
        bands[:, at], shared[:, at] = set_bands(
            kind, ids[left], ids[right], sets.begins, sets.values, sets.kinds, *_holders(ids, sets)
        )
    _born(forms, left, right, bands, shared)
    schema = forms.column("schema")
    a, b = schema[left], schema[right]
    bands[:, COMPARED.index("schema")] = np.where((a >= 0) & (b >= 0), (a == b).astype(np.int8), NONE)
    return Vectors(bands, nats, shared)


def _distinct_pairs(ids: Ints, left: Ints, right: Ints) -> tuple[npt.NDArray[np.int64], ...]:
    """Return the distinct pairs of ids that both forms have, the rows of pairs that do, and the pair of each row."""
    a, b = ids[left].astype(np.int64), ids[right].astype(np.int64)
    rows = np.flatnonzero((a >= 0) & (b >= 0))
    total = int(ids.max(initial=0)) + 1
    wanted = np.minimum(a, b)[rows] * total + np.maximum(a, b)[rows]
    keys = distinct(wanted)
    place = np.searchsorted(keys, wanted)
    low, high = np.divmod(keys, total)
    return low, high, rows, place


def _names(forms: Forms, left: Ints, right: Ints, band: Bands, nats: Floats) -> None:
    low, high, rows, place = _distinct_pairs(forms.column("name"), left, right)
    words = forms.names
    like, said = np.zeros(len(low)), np.zeros(len(low))
    held = letter_sets(words.letters, words.words)

    def part(first: int, last: int) -> None:
        some = slice(first, last)
        LIKE_NAMES(
            low[some], high[some], words.letters, words.words, words.names, words.rarity, *held, *name_room(),
            like[some], said[some],
        )  # fmt: skip

    in_parts(part, len(low))
    band[rows] = np.digitize(like, NAME_EDGES)[place]
    nats[rows] = (said * like)[place]


def _places(forms: Forms, left: Ints, right: Ints, band: Bands, nats: Floats, shared: Ints) -> None:
    low, high, rows, place = _distinct_pairs(forms.column("address"), left, right)
    places = forms.places
    like, said, top, numbers = np.zeros(len(low)), np.zeros(len(low)), np.zeros(len(low)), np.zeros(len(low), np.int8)

    def part(first: int, last: int) -> None:
        some = slice(first, last)
        LIKE_PLACES(
            low[some], high[some], places.begins, places.tokens, places.letters, places.words, places.rarity,
            places.number, place_room(), like[some], said[some], top[some], numbers[some],
        )  # fmt: skip

    in_parts(part, len(low))
    found = np.digitize(like, PLACE_EDGES)
    # The same street at another number is another address, if a near one.
    found = np.where((numbers < 0) & (found > 2), 2, found)
    # Without a number it may be a town as well as a house.
    found = np.where((numbers == 0) & (found > 3), 3, found)
    country = forms.column("country")
    a, b = country[left], country[right]
    both, same = (a >= 0) & (b >= 0), (a == b) & (a >= 0)
    band[both] = np.where(same, 8, 7)[both]
    apart = np.where(same, 2, np.where(both, 0, 1))
    met = found[place]
    band[rows] = np.where(met == 0, apart[rows], met + 2)
    # The words of an address hang together: street, town and postcode are not three coincidences.
    nats[rows] = (like * (top + FURTHER_WORDS * (said - top)))[place]
    shared[same] = np.bincount(country[country >= 0])[a[same]]
    crowd = np.exp(-top) * max(int((forms.column("address") >= 0).sum()), AT_LARGE)
    by_nats = (band[rows] >= BY_NATS["place"][0]) & (band[rows] <= BY_NATS["place"][1])
    shared[rows[by_nats]] = np.maximum(crowd[place[by_nats]], 1.0)


def _holders(ids: Ints, sets: Sets) -> tuple[npt.NDArray[np.int64], Ints]:
    """Return all values of a field in order, and how many forms hold each."""
    of_id = np.bincount(ids[ids >= 0], minlength=len(sets.begins) - 1)
    values, number = np.unique(sets.values, return_inverse=True)
    held = np.bincount(number, weights=np.repeat(of_id, np.diff(sets.begins)), minlength=len(values))
    return values, held.astype(np.int32)


def _born(forms: Forms, left: Ints, right: Ints, bands: Bands, shared: Ints) -> None:
    at, ids = COMPARED.index("born"), forms.column("born")
    days = np.append(forms.born, -1)
    a, b = days[ids[left]], days[ids[right]]
    bands[:, at] = born_bands(a, b)
    years = np.where(ids >= 0, days[ids] // 10_000, 0)
    shared[:, at] = np.where(a >= 0, np.bincount(years)[years[left]], 1)
