"""Pseudo-forecasts: as if it were the end of an earlier year, and the years up to the last trained one the outcome.

The record up to the origin sets how far supply may move and how far the model misses; drivers stand still from there.
One thing leaks: parameters come from the posterior that knows all years, unless one trained to the origin is given. The
jump-off takes away most of what that would flatter, and the rows say which posterior they rest on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from counterflow.strategy.forecast.indicators import Indicators, Observation, indicators, scaled
from counterflow.strategy.forecast.periods import Period
from counterflow.strategy.forecast.record import LAST_TRAINED, SHARE, known_at, series_of
from counterflow.strategy.forecast.run import Ask, forecast
from counterflow.strategy.model.drivers import drivers
from counterflow.strategy.model.posterior import Posterior

__all__ = ["ORIGINS", "pseudo_rows", "pseudo_summary", "share_seen"]

ORIGINS = (2014, 2016, 2018, 2020)


def share_seen(origin: int, last: int = LAST_TRAINED) -> Indicators:
    """Return the share of fentanyl among laboratory reports as an indicator, from `origin` to `last`."""
    whole, kind = drivers("base"), indicators()["seizure_share"]
    series = dict(zip(np.asarray(whole.years).tolist(), series_of(whole, SHARE).tolist(), strict=True))
    rows = [
        Observation(
            kind, Period(float(year), year + 1.0, str(year)), series[year], scaled(kind.link, series[year]), kind.error,
            0, "NFLIS-Drug, as published by FDA (Lim et al. 2022)",
        )
        for year in range(origin, last + 1)
    ]  # fmt: skip
    return Indicators(tuple(rows))


def pseudo_rows(
    origins: Sequence[int] = ORIGINS, *, draws: int = 500, seed: int = 1, posterior: Posterior | None = None
) -> list[dict[str, object]]:
    """Return one row per origin, year and kind: what was forecast, and what came.

    Keys: origin, year, horizon, with_indicators, observed, median, low, high (90 %), covered, error (median against
    observed), width (interval over observed).
    """
    seen = known_at(LAST_TRAINED)
    came = dict(zip(seen.years.tolist(), seen.deaths.tolist(), strict=True))
    rows: list[dict[str, object]] = []
    for origin in origins:
        for given in (False, True):
            ask = Ask(LAST_TRAINED, origin + 1, draws, seed, origin)
            made = forecast(share_seen(origin) if given else None, ask, posterior=posterior)
            ends = np.quantile(made.of("overdose_deaths"), [0.05, 0.5, 0.95], axis=0)
            for place, year in enumerate(made.years.tolist()):
                low, middle, high = (float(end) for end in ends[:, place])
                rows.append(
                    {"origin": origin, "year": year, "horizon": year - origin, "with_indicators": given,
                     "observed": came[year], "median": middle, "low": low, "high": high,
                     "covered": low <= came[year] <= high, "error": middle / came[year] - 1,
                     "width": (high - low) / came[year]}
                )  # fmt: skip
    return rows


def pseudo_summary(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """Return coverage, mean width and median size of error, without and with indicators."""
    told: list[dict[str, object]] = []
    for given in (False, True):
        mine = [row for row in rows if row["with_indicators"] is given]
        if not mine:
            continue
        errors = [abs(math.log1p(float(str(row["error"])))) for row in mine]
        told.append(
            {"with_indicators": given, "n": len(mine), "covered": sum(bool(row["covered"]) for row in mine),
             "mean_width": float(np.mean([float(str(row["width"])) for row in mine])),
             "median_error": float(np.expm1(np.median(errors)))}
        )  # fmt: skip
    return told
