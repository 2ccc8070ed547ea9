"""V3: taught nothing after 2012, does the model know how little it knows of 2013 to 2020?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterflow.strategy.validate.metrics import coverage, relative_width, resampled, share_interval
from counterflow.strategy.validate.rows import Row, bars, row, unjudged
from counterflow.strategy.validate.setting import Setting, end_of

if TYPE_CHECKING:
    from counterflow.strategy.calibrate.fit import Prediction

__all__ = ["YEARS", "Held", "check", "held_series", "rows_of"]

Floats = npt.NDArray[np.float64]
YEARS = tuple(range(2013, 2021))
_AS_OF = end_of(2020)


@dataclass(frozen=True)
class Held:
    """One held-out series: observed values with our predictive interval, by year.

    Args:
        observed: shape (8,).
        low: lower ends of the 95 % interval, shape (8,).
        high: upper ends, shape (8,).
    """

    observed: Floats
    low: Floats
    high: Floats


def check(setting: Setting) -> list[Row]:
    """Return the rows of V3, from the posterior that was trained to 2012."""
    from counterflow.strategy.calibrate.fit import out_of_sample, shipped_2012

    fitted = shipped_2012()
    if fitted is None:
        why = (
            "no posterior trained to 2012 is shipped; make one: counterflow strategy calibrate --until 2012 --out FILE"
        )
        return [unjudged(bar.id, why, as_of=_AS_OF) for bar in bars().values() if bar.test == "V3"]
    count = 2 * setting.count
    seen = out_of_sample(fitted, draws=count, seed=setting.seed)
    doubt = out_of_sample(fitted, draws=count, seed=setting.seed, of_parameters=True)
    rows = rows_of(held_series(_ends(seen), setting), setting)
    alike = rows_of(held_series(_ends(doubt), setting), setting)
    return [*rows, *(_alike(r) for r in alike if r.id in ("V3.coverage", "V3.width"))]


def _ends(points: Sequence[Prediction]) -> dict[str, tuple[Floats, Floats]]:
    """Return series -> lower and upper ends by year."""
    ends = {(p.id, p.year): (p.low, p.high) for p in points}
    return {
        name: (np.array([ends[name, year][0] for year in YEARS]), np.array([ends[name, year][1] for year in YEARS]))
        for name in sorted({p.id for p in points})
    }


def _alike(judged: Row) -> Row:
    """Return the same measure as a row that is reported: intervals of parameters alone, as the published ones are."""
    if judged.value is None or judged.low is None or judged.high is None:
        return unjudged(f"{judged.id}_alike", judged.note, as_of=_AS_OF)
    return row(
        f"{judged.id}_alike", judged.value, (judged.low, judged.high), n=judged.n, as_of=_AS_OF, note=judged.note
    )


def held_series(intervals: dict[str, tuple[Floats, Floats]], setting: Setting) -> dict[str, Held]:
    """Return the published 15 series with our intervals beside what was observed.

    Args:
        intervals: series -> lower and upper ends for 2013 to 2020.
        setting: holds what was observed, and which series the published model was judged on.

    Raises:
        KeyError: an interval of one of these series is missing: fewer series would be an easier test.
    """
    names = setting.reference.fit["held out 2013-2020"]
    out = {}
    for name in sorted(names):
        low, high = intervals[name]
        out[name] = Held(np.array([setting.observed[name][year] for year in YEARS]), np.asarray(low), np.asarray(high))
    return out


def rows_of(held: dict[str, Held], setting: Setting) -> list[Row]:
    """Return coverage, width against the published intervals, and years of all deaths inside."""
    names = list(held)
    theirs = setting.reference.fit["held out 2013-2020"]
    inside = np.array([(h.low <= h.observed) & (h.observed <= h.high) for h in held.values()])
    ratios = np.array(
        [relative_width(h.observed, h.low, h.high) / theirs[n]["width_over_mean"] for n, h in held.items()]
    )

    def share(at: npt.NDArray[np.intp]) -> float:
        return float(inside[at].mean())

    def width(at: npt.NDArray[np.intp]) -> float:
        return float(ratios[at].mean())

    worst = sorted(names, key=lambda name: inside[names.index(name)].sum())[:4]
    said = "fewest of 8 inside: " + ", ".join(f"{name} {inside[names.index(name)].sum()}" for name in worst)
    deaths = held["ODTo"]
    count = 8 * coverage(deaths.observed, deaths.low, deaths.high)
    return [
        row(
            "V3.coverage", share(np.arange(len(names))), share_interval(share, names, seed=setting.seed),
            n=inside.size, as_of=_AS_OF, note=said,
        ),
        row(
            "V3.width", width(np.arange(len(names))), resampled(width, names, seed=setting.seed), n=len(names),
            as_of=_AS_OF, note=f"least {ratios.min():.2f}, most {ratios.max():.2f} ({names[int(ratios.argmax())]})",
        ),
        _point_by_point(held, setting),
        row("V3.total_deaths", round(count), n=8, as_of=_AS_OF, note=_missed_years(deaths)),
    ]  # fmt: skip


def _missed_years(deaths: Held) -> str:
    out = [
        year for year, x, a, b in zip(YEARS, deaths.observed, deaths.low, deaths.high, strict=True) if not a <= x <= b
    ]
    return "outside: " + ", ".join(map(str, out)) if out else "every year inside"


def _point_by_point(held: dict[str, Held], setting: Setting) -> Row:
    if not setting.reference.points:
        return unjudged(
            "V3.width_points", "single published intervals are not shipped; give --reference FOLDER", as_of=_AS_OF
        )
    ratios, series = [], []
    for point in setting.reference.points:
        at = YEARS.index(point.year)
        ratios.append((held[point.series].high[at] - held[point.series].low[at]) / (point.high - point.low))
        series.append(point.series)
    values = np.array(ratios)
    interval = resampled(lambda at: float(values[at].mean()), series, seed=setting.seed)
    note = f"median {np.median(values):.2f}, widest {values.max():.2f}"
    return row("V3.width_points", float(values.mean()), interval, n=len(values), as_of=_AS_OF, note=note)
