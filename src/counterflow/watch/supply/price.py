"""What a pure gram costs, from purchases: the expected-purity method of the US price and purity series.

A buyer does not know the purity of what is bought; price follows the purity that is usual, not the one that turns out.
So purity is first regressed on amount, place and time, and price then on the *expected* pure amount (Caulkins, Pacula,
Arkes, Reuter, Paddock, Iguchi and Riley, The Price and Purity of Illicit Drugs: 1981 Through the Second Quarter of
2003, ONDCP, NCJ 207768, 2004; Arkes, Pacula, Paddock, Caulkins and Reuter, Why the DEA STRIDE data are still useful
for understanding drug markets, NBER 14224, 2008; both recalled, the method is described in NCJ 225862, 2008, too). In
logs:

    purity  = a(place) + b(period) + c log(amount)                                  over all purchases, also of nothing
    log price = α(place) + β(period) + γ log(amount · expected purity)              purchases with a price

The price of a pure gram of a period is exp(mean α + β + γ log q) / q at a standard amount of q pure grams: large lots
are cheaper by the gram, so the amount has to stand still. The interval resamples purchases and runs both steps again.
What is bought is what officers chose to buy: no sample of a market (National Research Council 2001, Informing America's
Policy on Illegal Drugs, appendix A).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator

__all__ = ["METHOD", "PeriodPrice", "Purchases", "pure_gram_prices"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
METHOD = "expected-purity regression (ONDCP 2004, NCJ 207768; Arkes et al. 2008), resampled"
#: purchases of one substance below which nothing is estimated, and those of one period below which it is left out
_FEWEST = 20
_FEWEST_IN_PERIOD = 4
_LEAST_PURITY = 0.01


@dataclass(frozen=True)
class Purchases:
    """Purchases of one substance in one form.

    Args:
        period: number of the period of each.
        place: number of the place of each.
        price: what was paid, NaN where it was seized or not said.
        grams: gross weight, above 0.
        purity: share from 0 to 1, NaN where not measured.
    """

    period: Whole
    place: Whole
    price: Floats
    grams: Floats
    purity: Floats


@dataclass(frozen=True)
class PeriodPrice:
    """The price of a pure gram in one period, 95 % interval, and the purchases of that period behind it."""

    period: int
    value: float
    low: float
    high: float
    n: int


def pure_gram_prices(
    bought: Purchases, *, at_grams: float | None = None, draws: int = 200, seed: int = 1
) -> list[PeriodPrice]:
    """Return the price of a pure gram per period; empty where there is too little to say.

    Args:
        bought: the purchases.
        at_grams: standard amount of pure grams; the median expected one where not given.
        draws: resamples behind the interval.
        seed: their seed.
    """
    usable = (bought.grams > 0) & ~np.isnan(bought.grams)
    known = usable & ~np.isnan(bought.purity)
    priced = usable & (bought.price > 0)
    periods = [
        int(p) for p in np.unique(bought.period[priced]) if (bought.period[priced] == p).sum() >= _FEWEST_IN_PERIOD
    ]
    if known.sum() < _FEWEST or priced.sum() < _FEWEST or not periods:
        return []
    expected = _expected_purity(bought, np.flatnonzero(known))
    standard = at_grams or float(np.median((bought.grams * expected)[priced]))
    point = _prices(bought, np.flatnonzero(known), np.flatnonzero(priced), periods, standard)
    rng = generator(seed, "supply", "price")
    some = np.array([
        _prices(bought, *_resampled(bought, known, priced, rng), periods, standard) for _ in range(draws)
    ])  # fmt: skip
    made = []
    for place, period in enumerate(periods):
        low, high = (float(q) for q in np.nanquantile(some[:, place], [0.025, 0.975]))
        n = int((bought.period[priced] == period).sum())
        value = float(point[place])
        made.append(PeriodPrice(period, value, min(low, value), max(high, value), n))
    return made


def _resampled(
    bought: Purchases, known: npt.NDArray[np.bool_], priced: npt.NDArray[np.bool_], rng: np.random.Generator
) -> tuple[Whole, Whole]:
    """Return one resample of purchases, those with a purity and those with a price."""
    chosen = rng.integers(0, len(bought.grams), len(bought.grams))
    return chosen[known[chosen]], chosen[priced[chosen]]


def _prices(bought: Purchases, known: Whole, priced: Whole, periods: list[int], standard: float) -> Floats:
    """Return the price of a pure gram at the standard amount per period; NaN where a period is not in the sample."""
    expected = _expected_purity(bought, known)
    pure = np.log(bought.grams[priced] * expected[priced])
    design, times, places = _design(bought.period[priced], bought.place[priced], pure)
    fit = np.linalg.lstsq(design, np.log(bought.price[priced]), rcond=None)[0]
    by_time = dict(zip(times.tolist(), fit[: len(times)], strict=True))
    # the mean place: effects of places weighed by how often each was bought in
    shares = design[:, len(times) : len(times) + len(places) - 1].mean(axis=0)
    middle = float(shares @ fit[len(times) : len(times) + len(places) - 1])
    log_price = np.array([by_time.get(p, np.nan) for p in periods]) + middle + fit[-1] * np.log(standard)
    return np.asarray(np.exp(log_price) / standard)


def _expected_purity(bought: Purchases, known: Whole) -> Floats:
    """Return the purity that was to be expected of every purchase, from its amount, place and period."""
    design, times, places = _design(bought.period[known], bought.place[known], np.log(bought.grams[known]))
    fit = np.linalg.lstsq(design, bought.purity[known], rcond=None)[0]
    mean = float(bought.purity[known].mean())
    centre = np.log(bought.grams[known]).mean()
    base = mean - fit[-1] * centre
    time = dict(zip(times.tolist(), fit[: len(times)], strict=True))
    place = dict(zip(places.tolist()[1:], fit[len(times) : -1], strict=True)) | {int(places[0]): 0.0}
    at_time = np.array([time.get(int(p), base) for p in bought.period])
    at_place = np.array([place.get(int(p), 0.0) for p in bought.place])
    with np.errstate(divide="ignore", invalid="ignore"):
        amount = np.where(bought.grams > 0, np.log(bought.grams), centre)
    return np.asarray(np.clip(at_time + at_place + fit[-1] * amount, _LEAST_PURITY, 1.0))


def _design(period: Whole, place: Whole, amount: Floats) -> tuple[Floats, Whole, Whole]:
    """Return columns for each period, each place but the first, and the amount."""
    times, where = np.unique(period), np.unique(place)
    columns = [(period == t).astype(float) for t in times] + [(place == p).astype(float) for p in where[1:]]
    return np.column_stack([*columns, amount]), times, where
