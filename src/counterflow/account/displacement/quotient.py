"""The weighted displacement quotient, with its doubt.

Bowers & Johnson (Measuring the Geographical Displacement and Diffusion of Benefit Effects of Crime Prevention Activity,
Journal of Quantitative Criminology 19 (2003) 275-301; recalled), of counts in treated places A, a buffer B around them
and control places C, before (0) and after (1):

    WDQ = (B1/C1 - B0/C0) / (A1/C1 - A0/C0)

Above 0 the buffer shared in the gain, below 0 it lost, and below -1 it lost more than the treated places gained. Total
net effect (Guerette, Analyzing Crime Displacement and Diffusion, 2009; recalled): counts fewer, over both, than had all
gone as in the control.

    TNE = (A0 C1/C0 - A1) + (B0 C1/C0 - B1)

Both differences hang on the same control counts and are drawn from a few numbers, so a bare quotient misleads. Counts
are taken as Poisson, their variance multiplied by the overdispersion that periods and places show; variances follow by
the delta method, and the interval of the quotient is Fieller's (Journal of the Royal Statistical Society B 16 (1954)
175-185): the ratios r for which N - r D is not far from 0. Where the treated places' own change D cannot be told from 0
the interval is unbounded, and there is no quotient: nothing can be said to have moved that cannot be said to have left.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["GROUPS", "METHOD", "Counts", "Displacement", "displacement"]

Floats = npt.NDArray[np.float64]
GROUPS = ("treated", "buffer", "control")
METHOD = (
    "weighted displacement quotient (Bowers & Johnson 2003), Fieller interval (1954) from overdispersed Poisson counts"
)
#: a group whose count before or after is below this tells nothing by a normal approximation
_FEWEST = 10


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts by place and period.

    Args:
        areas: names, in order.
        groups: treated, buffer or control, for each area.
        values: counts, shape (areas, periods).
        before: periods before the start, from the left; the others are after it.
        source: where they are from.
        said: what the reader left out or decided.
    """

    areas: tuple[str, ...]
    groups: tuple[str, ...]
    values: Floats
    before: int
    source: str = ""
    said: tuple[str, ...] = ()

    def of(self, group: str) -> Floats:
        """Return the counts of a group, shape (its areas, periods)."""
        return self.values[[each == group for each in self.groups]]


@dataclass(frozen=True, slots=True)
class Displacement:
    """What moved.

    Args:
        quotient: WDQ; None where it is not informative.
        low: lower end of its interval; None where that is unbounded.
        high: upper end.
        informative: whether treated places changed, against control, so that a quotient has a meaning.
        why_not: why not.
        reading: what it means, in words.
        net: counts fewer than had all gone as in control, over treated and buffer: value, low, high.
        treated: the same for the treated places alone.
        buffer_level: ratio of the buffer's count after to what control would lead one to expect: value, low, high.
        buffer_share: the buffer's share of all counts, before and after, with the interval of the change.
        counts: the six sums.
        neighbours: level of each place of the buffer, with interval.
        dispersion: variance over that of a Poisson count.
        level: coverage of the intervals.
        method: how it was made.
        said: what was left out or decided.
    """

    quotient: float | None
    low: float | None
    high: float | None
    informative: bool
    why_not: str
    reading: str
    net: dict[str, float]
    treated: dict[str, float]
    buffer_level: dict[str, float]
    buffer_share: dict[str, float]
    counts: dict[str, dict[str, float]]
    neighbours: tuple[dict[str, Any], ...]
    dispersion: float
    level: float
    method: str
    said: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def displacement(counts: Counts, *, level: float = 0.95) -> Displacement:
    """Return what moved from treated places to the buffer, against control.

    Args:
        counts: by place and period, each group with a place, at least one period before and one after.
        level: coverage of every interval.

    >>> import numpy as np
    >>> values = np.array([[100.0, 50.0], [100.0, 130.0], [1000.0, 1000.0]])
    >>> made = displacement(Counts(("a", "b", "c"), ("treated", "buffer", "control"), values, 1))
    >>> round(made.quotient, 2), made.informative
    (-0.6, True)
    """
    sums = {group: _sums(counts.of(group), counts.before) for group in GROUPS}
    phi = dispersion(counts)
    z = _normal_quantile(0.5 + level / 2)
    few = [group for group in GROUPS if min(sums[group]) < _FEWEST]
    quotient, low, high, why = _quotient(sums, phi, z)
    if few:
        why = f"fewer than {_FEWEST} counts before or after: {', '.join(few)}"
    treated, buffer = (_effect(sums[group], sums["control"], phi, z) for group in ("treated", "buffer"))
    if not why and not treated["value"] > 0:
        why = "the treated places did not gain against control: nothing left them that could have moved"
    return Displacement(
        quotient=None if why else quotient, low=None if why else low, high=None if why else high,
        informative=not why, why_not=why,
        reading=why or _reading(quotient, low, high), net=_net(sums, phi, z), treated=treated,
        buffer_level=_level(sums["buffer"], sums["control"], phi, z), buffer_share=_share(sums, phi, z),
        counts={group: {"before": pair[0], "after": pair[1]} for group, pair in sums.items()},
        neighbours=_neighbours(counts, sums["control"], phi, z), dispersion=phi, level=level, method=METHOD,
        said=(*counts.said, f"buffer: {-buffer['value']:+,.1f} counts against control"),
    )  # fmt: skip


def _sums(values: Floats, before: int) -> tuple[float, float]:
    return float(values[:, :before].sum()), float(values[:, before:].sum())


def _normal_quantile(p: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)


def dispersion(counts: Counts) -> float:
    """Return variance over that of a Poisson count, at least 1: the larger of that among periods and among places.

    Pearson's statistic over its degrees of freedom (McCullagh & Nelder, Generalized Linear Models, 1989, section 6.2),
    once for periods about the mean of their place and phase, once for the change of each place about its group's.
    """
    found = [1.0]
    parts = (counts.values[:, : counts.before], counts.values[:, counts.before :])
    misses, free = 0.0, 0
    for part in parts:
        mean = part.mean(axis=1, keepdims=True)
        shown = mean[:, 0] > 0
        misses += float(((part - mean)[shown] ** 2 / mean[shown]).sum())
        free += int(shown.sum()) * (part.shape[1] - 1)
    found += [misses / free] if free >= 3 else []
    misses, free = 0.0, 0
    for group in GROUPS:
        rows = counts.of(group)
        before, after = rows[:, : counts.before].sum(axis=1), rows[:, counts.before :].sum(axis=1)
        whole = before + after
        shown = whole > 0
        if shown.sum() < 2:
            continue
        share = after[shown].sum() / whole[shown].sum()
        spread = np.maximum(whole[shown] * share * (1 - share), 1e-9)
        misses += float(((after[shown] - whole[shown] * share) ** 2 / spread).sum())
        free += int(shown.sum()) - 1
    found += [misses / free] if free >= 3 else []
    return max(found)


def _quotient(
    sums: dict[str, tuple[float, float]], phi: float, z: float
) -> tuple[float | None, float | None, float | None, str]:
    """Return (WDQ, low, high, why it is not informative)."""
    (a0, a1), (b0, b1), (c0, c1) = (sums[group] for group in GROUPS)
    if c0 == 0 or c1 == 0:
        return None, None, None, "the control places have no counts before or after"
    own, next_door = a1 / c1 - a0 / c0, b1 / c1 - b0 / c0
    own_var = phi * (_ratio_variance(a1, c1) + _ratio_variance(a0, c0))
    next_var = phi * (_ratio_variance(b1, c1) + _ratio_variance(b0, c0))
    both = phi * (a1 * b1 / c1**3 + a0 * b0 / c0**3)
    # Fieller: (N - r D)^2 <= z^2 (vN - 2 r cov + r^2 vD): a bounded set only where D can be told from 0
    square, linear, free = own**2 - z**2 * own_var, next_door * own - z**2 * both, next_door**2 - z**2 * next_var
    if square <= 0:
        why = "the change of the treated places cannot be told from none: the interval of the quotient is unbounded"
        return None, None, None, why
    root = math.sqrt(max(linear**2 - square * free, 0.0))
    return next_door / own, (linear - root) / square, (linear + root) / square, ""


def _ratio_variance(x: float, c: float) -> float:
    """Return the variance of x / c for Poisson x and c (delta method)."""
    return float(x / c**2 + x**2 / c**3)


def _effect(group: tuple[float, float], control: tuple[float, float], phi: float, z: float) -> dict[str, float]:
    """Return how many counts fewer a group has than had it gone as control did."""
    (x0, x1), (c0, c1) = group, control
    if c0 == 0 or c1 == 0:
        return {"value": math.nan, "low": math.nan, "high": math.nan}
    value = x0 * c1 / c0 - x1
    error = z * math.sqrt(phi * (x1 + (x0 * c1 / c0) ** 2 * _relative(x0, c0, c1)))
    return {"value": value, "low": value - error, "high": value + error}


def _relative(*counts: float) -> float:
    """Return the sum of squared relative errors of Poisson counts; a count of none stands for a half."""
    return sum(1 / max(count, 0.5) for count in counts)


def _net(sums: dict[str, tuple[float, float]], phi: float, z: float) -> dict[str, float]:
    both = (sums["treated"][0] + sums["buffer"][0], sums["treated"][1] + sums["buffer"][1])
    return _effect(both, sums["control"], phi, z)


def _level(group: tuple[float, float], control: tuple[float, float], phi: float, z: float) -> dict[str, float]:
    """Return the ratio of ratios after to before, a half added to each count, with a log-normal interval."""
    (x0, x1), (c0, c1) = ((one + 0.5, other + 0.5) for one, other in (group, control))
    value = x1 / x0 * c0 / c1
    factor = math.exp(z * math.sqrt(phi * (1 / x0 + 1 / x1 + 1 / c0 + 1 / c1)))
    return {"value": value, "low": value / factor, "high": value * factor}


def _share(sums: dict[str, tuple[float, float]], phi: float, z: float) -> dict[str, float]:
    """Return the buffer's share of all counts before and after, and the change with its interval."""
    shares, variance = [], 0.0
    for phase in (0, 1):
        whole = sum(pair[phase] for pair in sums.values())
        share = sums["buffer"][phase] / whole if whole else math.nan
        shares.append(share)
        variance += phi * share * (1 - share) / whole if whole else math.nan
    change, error = shares[1] - shares[0], z * math.sqrt(variance)
    return {"before": shares[0], "after": shares[1], "change": change, "low": change - error, "high": change + error}


def _neighbours(counts: Counts, control: tuple[float, float], phi: float, z: float) -> tuple[dict[str, Any], ...]:
    made = []
    for area, group, row in zip(counts.areas, counts.groups, counts.values, strict=True):
        if group == "buffer":
            pair = (float(row[: counts.before].sum()), float(row[counts.before :].sum()))
            made.append({"area": area, "before": pair[0], "after": pair[1], "level": _level(pair, control, phi, z)})
    return tuple(made)


def _reading(quotient: float | None, low: float | None, high: float | None) -> str:
    """Return what a quotient means."""
    if quotient is None or low is None or high is None:
        return ""
    if low <= 0 <= high:
        return "neither displacement nor a spread of benefit can be told: the interval holds 0"
    if quotient > 0:
        more = ", more than the treated places gained" if low > 1 else ""
        return f"benefit spread to the buffer{more}"
    if high < -1:
        return "displacement: the buffer lost more than the treated places gained"
    if low < -1:
        return "displacement: the buffer lost; whether less or more than the treated places gained cannot be told"
    return "displacement: the buffer lost less than the treated places gained"
