"""The regression behind an interrupted time series: level, slope, season, and errors that remember the last one."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Fit", "Segments", "fit_counts", "fit_level"]

Floats = npt.NDArray[np.float64]

#: pairs of waves that stand for a season; fewer where its cycle is short
_WAVES = 2
_FEWEST_FOR_SLOPE = 3
_MOST_RHO = 0.95
_ROUNDS = 50
#: share of the autocorrelation's standard error that is added to it; chosen on simulated series of 24 to 120 periods
_CAUTION = 0.75


@dataclass(frozen=True)
class Segments:
    """The design of a segmented regression.

    Args:
        with_it: shape (T, k): intercept, time, level after, slope after (where three periods or more are treated),
            and waves of the season.
        without: the same with level and slope after set to zero: had nothing started.
        after: shape (T,), which periods are treated.
        slope: whether a change of slope is fitted.
    """

    with_it: Floats
    without: Floats
    after: npt.NDArray[np.bool_]
    slope: bool

    @property
    def columns(self) -> int:
        """How many coefficients."""
        return int(self.with_it.shape[1])

    @property
    def contrast(self) -> Floats:
        """The mean difference over the treated periods, as weights of the coefficients."""
        return np.asarray((self.with_it - self.without)[self.after].mean(axis=0))

    @classmethod
    def of(cls, places: Floats, start: int, season: int) -> Segments:
        """Return the design for periods at `places` treated from index `start` on."""
        scale = max(float(np.median(np.diff(places))), 1e-12)
        time = (places - places[0]) / scale
        after = np.arange(len(places)) >= start
        slope = int(after.sum()) >= _FEWEST_FOR_SLOPE
        columns = [np.ones_like(time), time - time[min(start, len(time) - 1)], after.astype(float)]
        if slope:
            columns.append(np.where(after, time - time[start], 0.0))
        if season > 1 and start >= 2 * season:
            for wave in range(1, min(_WAVES, (season - 1) // 2) + 1):
                angle = 2 * np.pi * wave * time / season
                columns += [np.sin(angle), np.cos(angle)]
        with_it = np.stack(columns, axis=1)
        without = with_it.copy()
        without[:, 2 : 4 if slope else 3] = 0.0
        return cls(with_it, without, after, slope)


@dataclass(frozen=True)
class Fit:
    """What a segmented regression says.

    Args:
        effect: mean of fitted less expected-without over the treated periods, in the outcome's unit.
        error: its standard error.
        df: degrees of freedom of the errors.
        level_change: jump at the start.
        level_error: its standard error.
        slope_change: change per period after the start; None where too few periods are treated.
        slope_error: its standard error.
        fitted: shape (T,).
        without: what was expected without the start, shape (T,).
        words: model and errors, in words.
        checks: autocorrelation before and after the correction.
        relative: for counts the ratio of fitted to expected, with its interval's ends; else None.
    """

    effect: float
    error: float
    df: int
    level_change: float
    level_error: float
    slope_change: float | None
    slope_error: float
    fitted: Floats
    without: Floats
    words: str
    checks: dict[str, Any] = field(default_factory=dict)
    relative: float | None = None

    @property
    def ratio(self) -> float:
        """The effect over its standard error."""
        return self.effect / self.error if self.error > 0 else float("nan")


def fit_level(values: Floats, segments: Segments, *, checked: bool = True) -> Fit:
    """Fit on the outcome's own scale with first-order autocorrelated errors (Prais & Winsten 1954).

    The autocorrelation is estimated from the residuals, corrected for the bias that fitting leaves in short series
    (Kendall 1954: about -(1 + 3 rho) / T, and one more share for each further coefficient), and iterated. Part of
    its own standard error is added: taken as known, it makes intervals of short series too narrow.

    Args:
        values: the outcome, shape (T,).
        segments: the design.
        checked: whether to compute the checks, which cost more than the fit.
    """
    from statsmodels.api import OLS

    design, rho = segments.with_it, 0.0
    found = OLS(values, design).fit()
    for _ in range(_ROUNDS):
        residual = values - design @ found.params
        last, rho = rho, _rho(residual, design.shape[1])
        found = OLS(_whitened(values, rho), _whitened(design, rho)).fit()
        if abs(rho - last) < 1e-6:
            break
    contrast = segments.contrast
    covariance = np.asarray(found.cov_params())
    error = np.sqrt(np.diag(covariance))
    return Fit(
        float(contrast @ found.params), float(np.sqrt(contrast @ covariance @ contrast)), int(found.df_resid),
        float(found.params[2]), float(error[2]),
        float(found.params[3]) if segments.slope else None, float(error[3]) if segments.slope else float("nan"),
        design @ found.params, segments.without @ found.params,
        f"Prais-Winsten errors (autocorrelation {rho:.2f})",
        _checks(values, segments, np.asarray(found.resid), rho) if checked else {},
    )  # fmt: skip


def _rho(residual: Floats, coefficients: int) -> float:
    size = len(residual)
    square = float(residual @ residual)
    raw = float(residual[1:] @ residual[:-1]) / square if square > 0 else 0.0
    likely = float(np.clip(raw + (1 + 3 * raw + (coefficients - 1)) / size, -_MOST_RHO, _MOST_RHO))
    doubt = np.sqrt((1 - likely**2) / size)
    return float(np.clip(likely + _CAUTION * doubt, -_MOST_RHO, _MOST_RHO))


def _whitened(values: Floats, rho: float) -> Floats:
    first = values[:1] * np.sqrt(1 - rho**2)
    return np.concatenate([first, values[1:] - rho * values[:-1]])


def _checks(values: Floats, segments: Segments, residual: Floats, rho: float) -> dict[str, Any]:
    """Return Durbin-Watson before the correction and Ljung-Box after it, and the error that HAC would have given."""
    from statsmodels.api import OLS
    from statsmodels.stats.diagnostic import acorr_ljungbox
    from statsmodels.stats.stattools import durbin_watson

    lags = _lags(len(values))
    plain = OLS(values, segments.with_it).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    contrast = segments.contrast
    hac = float(np.sqrt(max(contrast @ np.asarray(plain.cov_params()) @ contrast, 0.0)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        box = float(acorr_ljungbox(residual, lags=[lags])["lb_pvalue"].iloc[0]) if len(values) > lags + 1 else np.nan
    return {
        "autocorrelation": rho,
        "durbin_watson": float(durbin_watson(values - segments.with_it @ plain.params)),
        "ljung_box_p": box if np.isfinite(box) else None,
        "ljung_box_lags": lags,
        "newey_west_effect": float(contrast @ plain.params),
        "newey_west_se": hac,
    }


def fit_counts(values: Floats, segments: Segments) -> Fit:
    """Fit counts on the log scale with variance in proportion to the mean, errors robust to autocorrelation.

    Quasi-Poisson (McCullagh & Nelder 1989, section 6.2) with Newey & West (1987) errors; the effect is given in
    events per period by the delta method, and as a ratio.
    """
    import statsmodels.api as sm

    lags = _lags(len(values))
    model = sm.GLM(values, segments.with_it, family=sm.families.Poisson())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = model.fit(scale="X2", cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
        plain = model.fit(scale="X2")
    robust, usual = np.asarray(found.cov_params()), np.asarray(plain.cov_params())
    fitted, without = np.exp(segments.with_it @ found.params), np.exp(segments.without @ found.params)
    after = segments.after
    slope = (segments.with_it * fitted[:, None] - segments.without * without[:, None])[after].mean(axis=0)
    # the larger of the two: HAC is too small in short series, the dispersion alone under autocorrelation
    error = float(np.sqrt(max(slope @ robust @ slope, slope @ usual @ slope)))
    spread = np.sqrt(np.maximum(np.diag(robust), np.diag(usual)))
    pearson = np.asarray(found.resid_pearson)
    return Fit(
        float((fitted - without)[after].mean()), error, int(found.df_resid),
        float(found.params[2]), float(spread[2]),
        float(found.params[3]) if segments.slope else None, float(spread[3]) if segments.slope else float("nan"),
        fitted, without,
        f"quasi-Poisson with dispersion {float(plain.scale):.2f} (level and slope on the log scale)",
        {"autocorrelation": _plain_rho(pearson), "dispersion": float(plain.scale), "ljung_box_p": None},
        float(fitted[after].sum() / without[after].sum()),
    )  # fmt: skip


def _lags(size: int) -> int:
    """Return Newey & West's (1994) rule of thumb for the bandwidth."""
    return max(1, int(4 * (size / 100) ** (2 / 9)))


def _plain_rho(residual: Floats) -> float:
    square = float(residual @ residual)
    return float(residual[1:] @ residual[:-1]) / square if square > 0 else 0.0
