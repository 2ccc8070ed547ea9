"""What was known at the end of a year: deaths seen, and the drivers as they stood, nothing later.

A forecast from an earlier year (`pseudo`) may use no figure that came after it; this is where that is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UsageError
from counterflow.reference.csv_files import read_rows
from counterflow.strategy.model.drivers import Drivers, drivers
from counterflow.strategy.model.positions import DRIVERS

__all__ = ["LAST_TRAINED", "SHARE", "Known", "known_at", "series_of"]

Floats = npt.NDArray[np.float64]
#: last year whose deaths the shipped model was trained on
LAST_TRAINED = 2022
#: drivers that carry supply
SHARE, PRICE, PEOPLE = "fentanyl", "illicit_price", "population"
#: last year in which the drivers of supply were observed; the two after it are the published projection
_LAST_MEASURED = 2020
_DEATHS = "ODTo"


@dataclass(frozen=True)
class Known:
    """What was known.

    Args:
        origin: the last year.
        years: years of deaths, all up to `origin`.
        deaths: deaths by opioid overdose (NVSS), same length.
        share: share of the illicit market that is fentanyl as observed, from the first year with any.
        share_then: that share in the last year, as the drivers have it.
        price: price of illicit opioids, 1999 = 1, by observed year.
        drivers: of the run: as seen up to `origin`, supply held from there.
    """

    origin: int
    years: npt.NDArray[np.int64]
    deaths: Floats
    share: Floats
    share_then: float
    price: Floats
    drivers: Drivers


def series_of(held: Drivers, name: str) -> Floats:
    """Return one driver by year."""
    return np.asarray(held.table[:, DRIVERS.index(name)])


@cache
def _seen() -> dict[int, float]:
    return {
        int(row["year"]): float(row["value"]) for row in read_rows("strategy", "targets.csv") if row["id"] == _DEATHS
    }


def known_at(origin: int = LAST_TRAINED) -> Known:
    """Return what was known at the end of a year.

    Args:
        origin: 2012 to the last trained year. Before that year every driver but population stands still from there
            on: nobody knew it then. In it, only supply does; other drivers follow their published projection.

    Raises:
        UsageError: another year.
    """
    if not 2012 <= origin <= LAST_TRAINED:
        raise UsageError(f"A forecast starts from 2012 to {LAST_TRAINED}, not {origin}.")
    whole = drivers("base")
    years = np.asarray(whole.years)
    upto = years <= origin
    still = [SHARE, PRICE] if origin == LAST_TRAINED else [name for name in DRIVERS if name != PEOPLE]
    held = whole
    for name in still:
        series = series_of(whole, name)
        last = float(series[years == origin][0])
        held = held.changed(name, {int(year): last for year in years[~upto]})
    seen = sorted((year, count) for year, count in _seen().items() if year <= origin)
    measured = years <= min(origin, _LAST_MEASURED)
    share = series_of(whole, SHARE)
    begun = int(np.argmax(share > 0))
    return Known(
        origin,
        np.array([year for year, _ in seen]),
        np.array([count for _, count in seen]),
        share[measured][begun:],
        float(share[years == origin][0]),
        series_of(whole, PRICE)[measured],
        held,
    )
