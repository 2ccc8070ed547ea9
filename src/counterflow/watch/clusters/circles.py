"""Circles around every place: its nearest places, by great circle, up to a share of those at risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError, UnknownName

__all__ = ["EARTH_KM", "Circles", "Coordinates", "circles"]

Floats = npt.NDArray[np.float64]

#: mean radius of the Earth (IUGG, R1)
EARTH_KM = 6371.0088
#: places nearer than this to each other's distance are equally far: they enter a circle together
_SAME_KM = 0.001
_BLOCK = 256
#: nobody is counted nearer to a pole than this: such latitudes are longitudes
_NORTHERNMOST, _SOUTHERNMOST = 80.0, -60.0


@dataclass(frozen=True)
class Coordinates:
    """Where places lie.

    Args:
        places: their ids, each once.
        lat: degrees north.
        lon: degrees east.

    Raises:
        InputError: a place stands twice, or degrees are out of range or swapped.
    """

    places: tuple[str, ...]
    lat: Floats
    lon: Floats

    def __post_init__(self) -> None:
        if len(set(self.places)) != len(self.places):
            twice = next(p for n, p in enumerate(self.places) if p in self.places[:n])
            raise InputError("This place has coordinates twice.", hint="Keep one row a place.", value=twice)
        wrong = ~((np.abs(self.lat) <= 90) & (np.abs(self.lon) <= 180))
        if wrong.any():
            n = int(np.argmax(wrong))
            swapped = "Latitude and longitude look swapped. " if abs(self.lon[n]) <= 90 else ""
            hint = f"{swapped}lat lies within -90 and 90, lon within -180 and 180, in degrees."
            said = f"{self.places[n]} lies nowhere on Earth."
            raise InputError(said, hint=hint, value=f"{self.lat[n]}, {self.lon[n]}")
        if len(self.lat) and ((self.lat > _NORTHERNMOST) | (self.lat < _SOUTHERNMOST)).all():
            hint = "Latitude and longitude look swapped: exchange the columns."
            raise InputError("Every place lies at a pole.", hint=hint, value=f"{self.lat[0]}, {self.lon[0]}")

    def of(self, places: Sequence[str]) -> Coordinates:
        """Return these places only, in this order.

        Raises:
            UnknownName: one of them has no coordinates; the nearest that have are named.
        """
        at = {place: n for n, place in enumerate(self.places)}
        lacking = [place for place in places if place not in at]
        if lacking:
            error = UnknownName("place with coordinates named", lacking[0], self.places)
            if len(lacking) > 1:
                error.hint += f" {len(lacking)} places of the counts have none."
            raise error
        rows = [at[place] for place in places]
        return Coordinates(tuple(places), self.lat[rows], self.lon[rows])


@dataclass(frozen=True)
class Circles:
    """For each place, the places around it by distance, itself first.

    Args:
        near: places in order of distance, shape (N, K); beyond `many` of a row nothing is meant.
        many: how many of a row belong to its largest circle.
        ends: whether a circle may end here: not between two that are equally far.
        km: distance, shape (N, K).
    """

    near: npt.NDArray[np.uint32]
    many: npt.NDArray[np.int32]
    ends: npt.NDArray[np.bool_]
    km: npt.NDArray[np.float32]


def circles(where: Coordinates, at_risk: Floats, *, share: float, radius_km: float | None = None) -> Circles:
    """Return all circles that hold at most `share` of those at risk and reach at most `radius_km`.

    A place alone (with those at the same spot) is always a circle.

    Args:
        where: coordinates of N places.
        at_risk: weight of each place, shape (N,).
        share: largest share of the sum of weights, in (0, 1].
        radius_km: largest radius; no limit where None.
    """
    size = len(where.places)
    rows, most = [], 1
    for first in range(0, size, _BLOCK):
        block = [_row(where, n, at_risk, share, radius_km) for n in range(first, min(first + _BLOCK, size))]
        most = max(most, *(many for _, _, _, many in block))
        rows += [(order[:many], km[:many], ends[:many], many) for order, km, ends, many in block]
    near, km = np.zeros((size, most), np.uint32), np.zeros((size, most), np.float32)
    ends, many = np.zeros((size, most), np.bool_), np.zeros(size, np.int32)
    for n, (order, far, end, count) in enumerate(rows):
        near[n, :count], km[n, :count], ends[n, :count], many[n] = order, far, end, count
    return Circles(near, many, ends, km)


def _row(
    where: Coordinates, n: int, at_risk: Floats, share: float, radius_km: float | None
) -> tuple[npt.NDArray[np.int64], Floats, npt.NDArray[np.bool_], int]:
    far = np.round(_km(where, n) / _SAME_KM) * _SAME_KM
    far[n] = -1.0  # itself first, before others at the same spot
    order = np.argsort(far, kind="stable")
    far[n] = 0.0
    far = far[order]
    ends = np.append(far[1:] > far[:-1], True)
    within = np.cumsum(at_risk[order]) <= share * at_risk.sum() * (1 + 1e-12)
    if radius_km is not None:
        within &= far <= radius_km
    many = len(within) if within.all() else int(np.argmin(within))
    return order, far, ends, max(many, int(np.argmax(ends)) + 1)


def _km(where: Coordinates, n: int) -> Floats:
    """Return great-circle distances from place `n` (haversine; Sinnott, Sky & Telescope 68 (1984) 159)."""
    lat, lon = np.radians(where.lat), np.radians(where.lon)
    half = np.sin((lat - lat[n]) / 2) ** 2 + np.cos(lat) * np.cos(lat[n]) * np.sin((lon - lon[n]) / 2) ** 2
    km: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return km
