"""Changes of regime: when a series left its trend for another, how sure that is, and whether the current one has ended.

A regime is a straight line on the log scale with negative-binomial counts (joinpoint regression: Kim, Fay, Feuer &
Midthune, Statistics in Medicine 19 (2000) 335-351), level and slope its own. Dynamic programming finds the best k
breaks (Auger & Lawrence, Bulletin of Mathematical Biology 51 (1989) 39-54); one more is believed only where so much
gain comes seldom when counts are drawn from the fit with one fewer. Dates have the posterior interval over all ways to
place the breaks (Fearnhead, Statistics and Computing 16 (2006) 203-213); whether the current regime has ended is the
same sum read forward (Fearnhead & Liu, JRSS B 69 (2007) 589-605; Adams & MacKay 2007).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator

__all__ = ["Break", "Finding", "Waves", "find_waves"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: a regime strays so much from its straight line at least, whatever the counts say
_STRAY = 0.03
_MOST_DISPERSED = 2.0
_WINSOR = 9.0
#: prior standard deviation of a slope, as log growth in a year
_SLOPE_A_YEAR = 1.0
#: periods beyond which neighbours are added up before breaks are looked for
_MOST_PERIODS = 64
_SEASONS = 2


@dataclass(frozen=True)
class Finding:
    """How breaks are looked for.

    Args:
        level: chance of one break too many that is accepted at each step.
        most: breaks looked for at most.
        draws: series drawn without the break.
        shortest_years: years of the shortest regime; three periods at least.
        regime_years: years that a regime lasts on average, for the question whether the current one has ended.
        seed: seed of the draws.
    """

    level: float = 0.05
    most: int = 5
    draws: int = 99
    shortest_years: float = 1.0
    regime_years: float = 5.0
    seed: int = 0


@dataclass(frozen=True)
class Break:
    """One change of regime.

    Args:
        at: first period of the new regime.
        low, high: interval of that, 95 %.
        known: whether a definition or panel changed there: then it is no wave.
        level: new level over the old one's continuation, as a ratio.
        before, after: growth a year as a ratio, with low and high.
    """

    at: int
    low: int
    high: int
    known: bool
    level: float
    before: tuple[float, float, float]
    after: tuple[float, float, float]


@dataclass(frozen=True)
class Waves:
    """Changes of regime of one series.

    Args:
        breaks: in order.
        chances: for each number of breaks tried, the share of drawn series without the last one that gain as much.
        expected: fitted counts, shape (T,).
        ended: probability that a new regime began within the last year.
        ended_by_chance: share of drawn series that stay in their regime and show as much.
        width: periods added up to one before breaks were looked for.
        said: what was done or could not be.
    """

    breaks: tuple[Break, ...]
    chances: tuple[float, ...]
    expected: Floats
    ended: float
    ended_by_chance: float
    width: int = 1
    said: str = ""


def find_waves(
    counts: Floats,
    frequency: int,
    *,
    known: Bools | None = None,
    tested: Floats | None = None,
    season: npt.NDArray[np.int64] | None = None,
    finding: Finding | None = None,
) -> Waves:
    """Return the changes of regime of a series.

    Args:
        counts: counts or published estimates, shape (T,); NaN where not known.
        frequency: periods in a year.
        known: where a definition, panel or coverage changed: regimes end there, and no wave is told, shape (T,).
        tested: what the counts are a share of, shape (T,); the counts themselves are told where None.
        season: place of each period in the year; the position modulo `frequency` where None.
        finding: how breaks are looked for.
    """
    finding = finding or Finding()
    y = np.asarray(counts, float)
    place = np.arange(len(y)) if season is None else season
    offset = _seasonal(y, place % frequency, frequency)
    if tested is not None:
        offset = offset + np.log(np.maximum(tested, 0.5))
    forced = np.zeros(len(y), bool) if known is None else np.asarray(known, bool).copy()
    width = max(1, math.ceil(len(y) / _MOST_PERIODS))
    model = _Model.of(*_added_up(y, offset, forced, width), frequency / width, finding)
    if model is None:
        return Waves((), (), np.full(len(y), np.nan), math.nan, math.nan, width, "too few counts to tell a regime")
    return model.waves(width, len(y))


def _added_up(y: Floats, offset: Floats, forced: Bools, width: int) -> tuple[Floats, Floats, Bools]:
    """Return the series by blocks of `width` periods, the last whole; unknown periods count on neither side."""
    if width == 1:
        return y, offset, forced
    first = len(y) % width
    shape = (-1, width)
    known = ~np.isnan(y[first:]).reshape(shape)
    counts = np.where(known, np.nan_to_num(y[first:]).reshape(shape), 0.0).sum(1)
    weight = np.where(known, np.exp(offset[first:]).reshape(shape), 0.0).sum(1)
    marks = np.asarray(forced[first:].reshape(shape).any(1))
    return np.where(known.any(1), counts, np.nan), np.log(np.maximum(weight, 1e-9)), marks


def _seasonal(y: Floats, place: npt.NDArray[np.int64], frequency: int) -> Floats:
    """Return the log of the season's factor: harmonics of what is left beside a centred mean over a year.

    None where there are less than three years or the harmonics explain no more than chance would (F test, 1 %).
    """
    from scipy.special import fdtrc

    none = np.zeros(len(y))
    if frequency < 4 or len(y) < 3 * frequency or np.nanmean(y) <= 0:
        return none
    window = np.ones(frequency + 1)
    window[[0, -1]] = 0.5
    filled = np.where(np.isnan(y), np.nanmean(y), y)
    smooth = np.convolve(filled, window / frequency, "valid")
    half = frequency // 2
    at = np.arange(half, half + len(smooth))
    kept = ~np.isnan(y[at]) & (smooth > 0)
    left = y[at][kept] / smooth[kept] - 1.0
    pairs = min(_SEASONS, (frequency - 1) // 2)
    angles = [2 * np.pi * k * place / frequency for k in range(1, pairs + 1)]
    waves = np.stack([f(a) for a in angles for f in (np.cos, np.sin)], 1)
    design = waves[at][kept]
    coefficients, *_ = np.linalg.lstsq(design, left, rcond=None)
    rest = ((left - design @ coefficients) ** 2).sum()
    free = len(left) - design.shape[1]
    gain = (((left**2).sum() - rest) / design.shape[1]) / max(rest / free, 1e-12)
    if float(fdtrc(design.shape[1], free, gain)) > 0.01:
        return none
    return np.asarray(np.log(np.maximum(1.0 + waves @ coefficients, 0.05)))


@dataclass(frozen=True)
class _Model:
    """A series with what its regimes are reckoned with."""

    y: Floats
    offset: Floats
    forced: Bools
    frequency: float
    finding: Finding
    theta: float
    centre: float
    shortest: int

    @classmethod
    def of(
        cls, y: Floats, offset: Floats, forced: Bools, frequency: float, finding: Finding
    ) -> _Model | None:  # fmt: skip
        seen = ~np.isnan(y)
        shortest = max(3, math.ceil(finding.shortest_years * frequency))
        if seen.sum() < 2 * shortest or not np.nansum(y) > 0:
            return None
        centre = math.log(float(np.nansum(y)) / float(np.exp(offset)[seen].sum()))
        return cls(y, offset, forced, frequency, finding, _size(y, offset), centre, shortest)

    @property
    def slope_sd(self) -> float:
        return _SLOPE_A_YEAR / self.frequency

    def evidence(self, y: Floats) -> Floats:
        from counterflow.watch.emergence.segment_kernels import stretches

        theta = self.theta if y is self.y else _size(y, self.offset)
        return np.asarray(stretches(y, self.offset, theta, self.centre, self.slope_sd, self.shortest, self.forced))

    def waves(self, width: int, periods: int) -> Waves:
        from counterflow.watch.emergence.segment_kernels import chain

        evidence = self.evidence(self.y)
        fixed = int(self.forced[1:].sum())
        most = min(fixed + self.finding.most, len(self.y) // self.shortest + fixed)
        best, came = chain(evidence, most)
        number, chances = fixed, []
        draws = generator(self.finding.seed, "waves")
        while number < most and np.isfinite(best[number + 1, -1]):
            chance = self._chance(float(best[number + 1, -1] - best[number, -1]), _cuts(came, number), draws)
            chances.append(chance)
            if chance > self.finding.level:
                break
            number += 1
        cuts = _cuts(came, number)
        ended, by_chance = self._ended(cuts, draws)
        first = periods % width
        spans = _positions(evidence, number)
        fits = self._fits(cuts)
        breaks = tuple(
            _break(cut, spans[place], fits[place], fits[place + 1], self, width, first)
            for place, cut in enumerate(cuts[1:-1])
        )
        return Waves(breaks, tuple(chances), np.repeat(self._expected(cuts), width), ended, by_chance, width)

    def _fits(self, cuts: list[int]) -> list[tuple[int, int, tuple[float, float, float, float, float]]]:
        from counterflow.watch.emergence.segment_kernels import fit

        return [
            (begin, end, fit(self.y, self.offset, begin, end, self.theta, self.centre, self.slope_sd))
            for begin, end in pairwise(cuts)
        ]

    def _expected(self, cuts: list[int]) -> Floats:
        out = np.zeros(len(self.y))
        for begin, end, (_, level, slope, _, _) in self._fits(cuts):
            at = np.arange(begin, end)
            out[at] = np.exp(self.offset[at] + level + slope * (at - 0.5 * (begin + end - 1)))
        return out

    def _drawn(self, cuts: list[int], draws: np.random.Generator) -> Floats:
        mean = self._expected(cuts)
        made = draws.poisson(np.minimum(draws.gamma(self.theta, mean / self.theta), 1e12)).astype(float)
        return np.where(np.isnan(self.y), np.nan, made)

    def _chance(self, gain: float, cuts: list[int], draws: np.random.Generator) -> float:
        """Return the share of series drawn with these breaks in which one more gains as much.

        Drawing stops early where it is clear that the share is large (Besag & Clifford, Biometrika 78 (1991) 301-304).
        """
        from counterflow.watch.emergence.segment_kernels import chain

        number, met = len(cuts) - 2, 0
        enough = max(5, int(3 * self.finding.level * (self.finding.draws + 1)))
        for made in range(1, self.finding.draws + 1):
            best, _ = chain(self.evidence(self._drawn(cuts, draws)), number + 1)
            met += int(best[number + 1, -1] - best[number, -1] >= gain)
            if met >= enough:
                return float(met / made)
        return float((met + 1) / (self.finding.draws + 1))

    def _ended(self, cuts: list[int], draws: np.random.Generator) -> tuple[float, float]:
        """Return the probability of a new regime within the last year, and how often as much comes by chance."""
        hazard = 1.0 / max(self.finding.regime_years * self.frequency, 2.0)
        recent = max(1, round(self.frequency))
        mine = _recent(self._short(self.y), hazard, recent)
        last = [*cuts[:-1], cuts[-1]]
        if len(cuts) > 2 and cuts[-2] > len(self.y) - recent - self.shortest:
            last = [*cuts[:-2], cuts[-1]]
        times = max(19, self.finding.draws // 3)
        met = sum(_recent(self._short(self._drawn(last, draws)), hazard, recent) >= mine for _ in range(times))
        return mine, (met + 1) / (times + 1)

    def _short(self, y: Floats) -> Floats:
        """Return the evidence of stretches of any length: a regime that has just begun is short."""
        from counterflow.watch.emergence.segment_kernels import stretches

        return np.asarray(stretches(y, self.offset, _size(y, self.offset), self.centre, self.slope_sd, 1, self.forced))


def _size(y: Floats, offset: Floats) -> float:
    """Return the size of the negative binomial from second differences, which a steady trend leaves at nothing."""
    rate = y / np.exp(offset)
    weight = np.exp(offset)[1:-1]
    middle = (rate[2:] + rate[1:-1] + rate[:-2]) / 3.0 * weight
    bend = (rate[2:] - 2.0 * rate[1:-1] + rate[:-2]) * weight
    kept = ~np.isnan(bend) & (middle > 0)
    if kept.sum() < 3:
        return 1.0 / 0.05
    middle, square = middle[kept], bend[kept] ** 2 / 6.0
    over = 0.05
    for _ in range(8):
        usual = middle + over * middle**2
        capped = np.minimum(square, _WINSOR * usual)
        over = float(np.clip(((capped - middle) / usual).sum() / (middle**2 / usual).sum(), _STRAY**2, _MOST_DISPERSED))
    return 1.0 / over


def _cuts(came: npt.NDArray[np.int64], number: int) -> list[int]:
    """Return 0, the breaks of the best `number`, and the end."""
    cuts = [came.shape[1] - 1]
    for k in range(number, 0, -1):
        cuts.append(int(came[k, cuts[-1]]))
    return [0, *reversed(cuts)]


def _positions(evidence: Floats, number: int) -> list[Floats]:
    """Return for each of `number` breaks the probability of every first period of the new regime, shape (T + 1,)."""
    forward = [evidence[0]]
    backward = [evidence[:, -1]]
    for _ in range(number):
        forward.append(_log_sum(forward[-1][:, None] + evidence, 0))
        backward.append(_log_sum(evidence + backward[-1][None, :], 1))
    out = []
    for k in range(number):
        both = forward[k] + backward[number - 1 - k]
        out.append(np.exp(both - both.max()) / np.exp(both - both.max()).sum())
    return out


def _log_sum(values: Floats, axis: int) -> Floats:
    top = np.maximum(values.max(axis, keepdims=True), -1e300)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(values - top).sum(axis)) + top.squeeze(axis))


def _recent(evidence: Floats, hazard: float, recent: int) -> float:
    """Return the probability that the run up to now began within the last `recent` periods."""
    periods = evidence.shape[0] - 1
    begun = np.full(periods + 1, -np.inf)
    begun[0] = 0.0
    stay, turn = math.log1p(-hazard), math.log(hazard)
    length = np.arange(periods + 1)
    for at in range(1, periods):
        until = begun[:at] + evidence[:at, at] + stay * (at - 1 - length[:at])
        begun[at] = turn + _log_sum(until, 0)
    run = begun[:periods] + evidence[:periods, periods] + stay * (periods - 1 - length[:periods])
    weight = np.exp(run - run.max())
    return float(weight[max(1, periods - recent) :].sum() / weight.sum())


def _break(
    cut: int,
    position: Floats,
    before: tuple[int, int, tuple[float, float, float, float, float]],
    after: tuple[int, int, tuple[float, float, float, float, float]],
    model: _Model,
    width: int,
    first: int,
) -> Break:
    low, high = (int(np.searchsorted(np.cumsum(position), level)) for level in (0.025, 0.975))
    values = []
    for begin, end, (_, level, slope, _, _) in (before, after):
        values.append(level + slope * (cut - 0.5 * (begin + end - 1)))
    growth = []
    for _, _, (_, _, slope, _, variance) in (before, after):
        ends = (slope, slope - 1.96 * math.sqrt(variance), slope + 1.96 * math.sqrt(variance))
        rate, least_rate, most_rate = (math.exp(min(model.frequency * one, 50.0)) for one in ends)
        growth.append((rate, least_rate, most_rate))
    near = bool(model.forced[max(low, 0) : min(high, len(model.y) - 1) + 1].any())
    at, least, most = (first + width * one for one in (cut, min(low, cut), max(high, cut)))
    ratio = math.exp(min(values[1] - values[0], 50.0))
    return Break(at, least, most, near, ratio, growth[0], growth[1])
