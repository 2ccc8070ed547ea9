"""V2: does the model tell the years 1999 to 2020 as well as the published one did?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.strategy.model.posterior import shipped
from counterflow.strategy.validate.metrics import mape, mean_error, r_squared, resampled
from counterflow.strategy.validate.rows import Row, row, unjudged
from counterflow.strategy.validate.setting import HISTORY, SERIES, Setting, end_of

__all__ = ["check", "paths"]

Floats = npt.NDArray[np.float64]
_AS_OF = end_of(2020)
#: sums of other series, which the published mean of errors leaves out
_SUMS = ("ROUT", "InRT", "ODRT")


def paths(setting: Setting) -> dict[str, tuple[Floats, Floats]]:
    """Return series -> (median path over the draws, observed path), each of 22 years, missing years NaN."""
    span = (setting.base.years >= HISTORY[0]) & (setting.base.years <= HISTORY[-1])
    out = {}
    for series, variable in SERIES.items():
        held = setting.observed.get(series, {})
        seen = np.array([held.get(year, np.nan) for year in HISTORY])
        out[series] = (np.median(setting.base.of(variable)[:, span], axis=0), seen)
    return out


def check(setting: Setting) -> list[Row]:
    """Return the rows of V2."""
    told = paths(setting)
    names = sorted(told)
    error = np.array([mean_error(*told[name]) for name in names])
    relative = np.array([mape(*told[name]) for name in names])
    squared = np.array([r_squared(*told[name]) for name in names])
    whose = setting.reference.source
    rows = [
        _mean("V2.mean_error", error, names, setting),
        _like_for_like(names, error, setting),
        _deaths(told["ODTo"], setting),
        _mean("V2.mean_mape", relative, names, setting),
        _mean("V2.mean_r2", squared, names, setting),
    ]
    theirs = np.array([setting.reference.fit["fit"][name]["mae_over_mean"] for name in names])
    worse = [name for name, ours, bar in zip(names, error, theirs, strict=True) if ours > bar]
    rows.append(row("V2.worse", len(worse), n=len(names), as_of=_AS_OF, note="; ".join(worse) or "none", source=whose))
    rows += _fit_itself(setting)
    return rows if setting.quick else rows + [_one(name, told[name], setting) for name in names]


def _fit_itself(setting: Setting) -> list[Row]:
    """Return whether the sampler that made the posterior had come to rest, and of how many parameters it learnt."""
    fitted = setting.posterior or shipped()
    held = fitted.about.get("parameters", []) if fitted else []
    if not held:
        why = "the posterior holds no record of its sampler"
        return [unjudged(bar, why, as_of=_AS_OF) for bar in ("V2.mixed", "V2.learnt")]
    rhat = np.array([each["rhat"] for each in held])
    bulk = np.array([each["bulk"] for each in held])
    bound = [each["name"] for each in held if "bound" in each["standing"]]
    learnt = sum(each["standing"] == "learnt" for each in held)
    mixed = f"R-hat median {np.median(rhat):.2f}, largest {rhat.max():.2f}; least effective draws {bulk.min():.0f}"
    told = f"{learnt} of {len(held)}; on a bound, not identified: {', '.join(bound) or 'none'}"
    return [
        row("V2.mixed", float(np.mean(rhat < 1.1)), n=len(held), as_of=_AS_OF, note=mixed),
        row("V2.learnt", learnt / len(held), n=len(held), as_of=_AS_OF, note=told),
    ]


def _mean(bar: str, values: Floats, names: list[str], setting: Setting) -> Row:
    interval = resampled(lambda at: float(values[at].mean()), names, seed=setting.seed)
    best, worst = int(values.argmin()), int(values.argmax())
    note = f"from {values[best]:.3f} ({names[best]}) to {values[worst]:.3f} ({names[worst]})"
    return row(bar, float(values.mean()), interval, n=len(names), as_of=_AS_OF, note=note)


def _like_for_like(names: list[str], error: Floats, setting: Setting) -> Row:
    """Return the mean over the series that the published mean is of: sums of others would count twice there."""
    kept = [at for at, name in enumerate(names) if name not in _SUMS]
    return _mean("V2.mean_error_18", error[kept], [names[at] for at in kept], setting)


def _deaths(pair: tuple[Floats, Floats], setting: Setting) -> Row:
    path, seen = pair
    interval = resampled(lambda at: mape(path[at], seen[at]), np.arange(len(seen)), seed=setting.seed)
    gaps = path / seen - 1
    at = int(np.argmax(np.abs(gaps)))
    note = f"largest gap {gaps[at]:+.0%} in {HISTORY[at]}; in 2020 {gaps[-1]:+.0%}"
    return row("V2.total_deaths_mape", mape(path, seen), interval, n=len(seen), as_of=_AS_OF, note=note)


def _one(name: str, pair: tuple[Floats, Floats], setting: Setting) -> Row:
    path, seen = pair
    clusters = np.flatnonzero(np.isfinite(seen))
    a, b = path[clusters], seen[clusters]
    interval = resampled(lambda at: mean_error(a[at], b[at]), clusters, seed=setting.seed, times=300)
    bar = setting.reference.fit["fit"][name]["mae_over_mean"]
    note = f"published model {bar:.3g}; variable {SERIES[name]}"
    return row("V2.series", mean_error(path, seen), interval, n=len(clusters), as_of=_AS_OF, of=name, note=note)
