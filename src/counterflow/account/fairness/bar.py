"""The threshold test: how likely must a find look before a record of a group is opened, and is that bar the same?

Hit rates answer another question. Where the risks of two groups are spread differently, one bar for both gives two hit
rates, and two bars can give one (infra-marginality: Ayres 2002; Simoiu, Corbett-Davies & Goel 2017). A lower bar means
that records of the group are opened on less evidence. The model is `bar_model`; that it fits is checked, and where it
does not, nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.account.fairness.bar_model import PRIORS, BarModel, Cells, Unpacked, shares
from counterflow.account.fairness.events import NOT_GIVEN, Events
from counterflow.account.fairness.sampling import AGREED, Peak, draw_posterior, whiten
from counterflow.account.fairness.small import LEAST
from counterflow.core.seeds import generator

__all__ = ["BarTest", "cells_of", "threshold_test"]

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]

#: values of sigma that are averaged over, the loosest first: each begins where the one before ended
_SIGMAS = np.array([0.8, 0.4, 0.2, 0.1])
_LEAST_WEIGHT = 0.02
#: weight from which the agreement of chains counts
_TELLING = 0.1
_MOST_UNITS = 20
#: more cells take minutes and tell little more
_MOST_CELLS = 120
_MOST_GROUPS = 30
_LEAST_UNITS = 3
#: a replicate as far off as the data must not be rarer than this, else the model does not fit
_MISFIT = 0.01


@dataclass(frozen=True)
class BarTest:
    """What the threshold test says.

    Args:
        rows: one per group: by, group, records, opened, found, drawn, drawn_found; bar, base_rate and times_others
            (the bar over that of all others) with _low and _high; lower (chance that the bar is
            below the others'), verdict.
        informative: False where nothing can be concluded; then `why_not` says so.
        why_not: why.
        fit: chance of replicates as far off, for what was opened, found, and found at random; None where not run.
        r_hat: the worst split R-hat.
        said: what must be said.
    """

    rows: tuple[dict[str, Any], ...]
    informative: bool
    why_not: str
    fit: dict[str, float] | None
    r_hat: float | None
    said: tuple[str, ...]


def cells_of(events: Events, groups: Texts, least: int = LEAST) -> tuple[Cells, list[str], list[str]]:
    """Return counts by group and unit, the names of the groups, and what is said; small groups are left out.

    Records that await a result are not among the opened, nor among the records. What was drawn at random is no choice
    of anybody and counts as drawn only.
    """
    random = events.random if events.random is not None else np.zeros(len(groups))
    chosen = random == 0
    records = np.where(chosen, events.consignments - events.awaiting, 0.0)
    opened = np.where(chosen, events.inspected - events.awaiting, 0.0)
    drawn = np.where(chosen, 0.0, events.inspected - events.awaiting)
    values = np.stack(
        [records, opened, np.where(chosen, events.found, 0.0), drawn, np.where(chosen, 0.0, events.found)]
    )
    names, group = np.unique(groups.astype(str), return_inverse=True)
    sizes = np.bincount(group, values[0])
    finds = np.bincount(group, values[2] + values[4])
    kept = [i for i, name in enumerate(names) if min(sizes[i], finds[i]) >= least and name != NOT_GIVEN]
    left, said = len(names) - len(kept), list[str]()
    if len(kept) > _MOST_GROUPS:
        said.append(f"only the largest {_MOST_GROUPS} of {len(kept)} groups are in the threshold test")
        kept = sorted(sorted(kept, key=lambda i: -sizes[i])[:_MOST_GROUPS])
    unit = _units(events, values[0], max(_LEAST_UNITS, min(_MOST_UNITS, _MOST_CELLS // max(len(kept), 1))), said)
    if left:
        said.append(f"{left} group(s) left out of the threshold test: fewer than {least} finds, or no name")
    place = np.full(len(names), -1)
    place[kept] = np.arange(len(kept))
    inside = place[group] >= 0
    units = int(unit.max(initial=0)) + 1
    code = place[group[inside]] * units + unit[inside]
    cells, at = np.unique(code, return_inverse=True)
    sums = [np.bincount(at, one[inside], minlength=len(cells)).astype(np.float64) for one in values]
    return Cells(cells // units, cells % units, *sums), [str(names[i]) for i in kept], said


def _units(events: Events, records: Floats, most: int, said: list[str]) -> npt.NDArray[np.int64]:
    """Return the code of each row's unit; beyond `most` the smallest are taken as one."""
    if events.unit is None:
        return np.zeros(len(records), np.int64)
    names, code = np.unique(events.unit.astype(str), return_inverse=True)
    if len(names) <= most:
        return code.astype(np.int64)
    order = np.argsort(-np.bincount(code, records), kind="stable")
    place = np.full(len(names), most - 1)
    place[order[: most - 1]] = np.arange(most - 1)
    said.append(f"{len(names) - most + 1} small units are taken as one in the threshold test")
    return place[code]


def threshold_test(
    events: Events, by: str, *, level: float = 0.95, seed: int = 1, least: int = LEAST, kept: int = 300
) -> BarTest:
    """Run the threshold test over the groups of one grouping.

    Args:
        events: what was opened, why, and what came of it.
        by: the grouping.
        level: nominal coverage of intervals.
        seed: seed of the draws.
        least: groups with fewer finds are left out.
        kept: draws kept of each chain.
    """
    cells, names, said = cells_of(events, events.groups[by], least)
    why = _not_possible(cells, names) if events.results else "nothing says what was found"
    if why:
        return BarTest((), False, why, None, None, tuple(said))
    rng = generator(seed, "threshold-test", by)
    sigmas = _SIGMAS if cells.units > 1 else _SIGMAS[1:2]
    peaks: list[Peak] = []
    for i in range(len(sigmas)):
        model = BarModel(cells, sigmas[i : i + 1])
        peaks.append(whiten(model.density, peaks[-1].mode if peaks else model.begin))
    weight = _weights(sigmas, np.array([peak.log_mass for peak in peaks]))
    used = np.flatnonzero(weight >= _LEAST_WEIGHT)
    model = BarModel(cells, sigmas[used])
    drawn = draw_posterior(model.density, [peaks[i] for i in used], rng, kept=kept)
    r_hat = max(one.r_hat for one, i in zip(drawn, used, strict=True) if weight[i] >= _TELLING)
    pick = rng.choice(len(used), size=len(drawn[0].flat), p=weight[used] / weight[used].sum())
    z = np.stack([drawn[i].flat[j] for j, i in enumerate(pick)])
    at = model.unpack(z)
    fit = _fit(cells, at, rng)
    misfit = min(fit.values()) < _MISFIT
    why = "the model does not fit these counts: replicates are hardly ever as far off" if misfit else ""
    why = f"chains do not agree (R-hat {r_hat:.2f})" if r_hat > AGREED else why
    rows = _rows(cells, names, by, at.logit_phi, at.logit_bar, level, informative=not why)
    said.append("" if cells.drawn.sum() else "no random arm: the base rate is not observed, and the priors weigh more")
    return BarTest(rows, not why, why, fit, round(r_hat, 3), tuple(s for s in said if s))


def _not_possible(cells: Cells, names: Sequence[str]) -> str:
    if len(names) < 2:
        return "fewer than two groups have finds enough: nothing can be compared"
    by_group = np.bincount(cells.group, cells.drawn, minlength=len(names))
    if by_group.min() < LEAST and cells.units < _LEAST_UNITS:
        return f"no random arm in every group and fewer than {_LEAST_UNITS} units: a low bar and a high risk look alike"
    return ""


def _weights(sigmas: Floats, log_mass: Floats) -> Floats:
    """Return the posterior weight of each value of sigma, by Laplace's approximation there."""
    prior = np.log(sigmas) - 0.5 * (sigmas / PRIORS.sigma) ** 2  # evenly spaced in the logarithm
    weight = np.exp(log_mass + prior - (log_mass + prior).max())
    return np.asarray(weight / weight.sum())


def _fit(c: Cells, at: Unpacked, rng: np.random.Generator) -> dict[str, float]:
    """Return posterior predictive chances: how often replicates lie as far from what is expected as the data do."""
    from scipy.special import expit

    hit, miss = shares(at)
    share, phi = np.clip(hit + miss, 1e-12, 1 - 1e-12), expit(at.logit_phi)
    worth = np.clip(hit / share, 1e-12, 1 - 1e-12)
    opened = rng.binomial(c.records.astype(np.int64), share)
    made = {
        "opened": _rarer(c.opened, opened, c.records, share),
        "found": _rarer(c.found, rng.binomial(c.opened.astype(np.int64), worth), c.opened, worth),
    }
    if c.drawn.any():
        made["drawn_found"] = _rarer(c.drawn_found, rng.binomial(c.drawn.astype(np.int64), phi), c.drawn, phi)
    return made


def _rarer(seen: Floats, again: npt.NDArray[np.int64], n: Floats, p: Floats) -> float:
    spread = np.maximum(n * p * (1 - p), 1e-9)
    off, far = ((x - n * p) ** 2 / spread for x in (seen, again))
    return round(float((far.sum(axis=1) >= off.sum(axis=1)).mean()), 3)


def _rows(
    cells: Cells,
    names: Sequence[str],
    by: str,
    logit_phi: Floats,
    logit_bar: Floats,
    level: float,
    *,
    informative: bool,
) -> tuple[dict[str, Any], ...]:
    from scipy.special import expit

    bar, phi = expit(logit_bar), expit(logit_phi)
    of_unit = np.bincount(cells.unit, cells.records, minlength=cells.units)
    sizes = np.bincount(cells.group, cells.records, minlength=len(names))
    own = np.stack([_mean(bar, cells.group == g, of_unit[cells.unit]) for g in range(len(names))])
    base = np.stack([_mean(phi, cells.group == g, cells.records) for g in range(len(names))])
    rows = []
    for g, name in enumerate(names):
        rest = np.arange(len(names)) != g
        others = (own[rest] * sizes[rest, None]).sum(axis=0) / sizes[rest].sum()
        row: dict[str, Any] = {"by": by, "group": name}
        for what in ("records", "opened", "found", "drawn", "drawn_found"):
            row[what] = int(getattr(cells, what)[cells.group == g].sum())
        for what, draws in (("bar", own[g]), ("base_rate", base[g]), ("times_others", own[g] / others)):
            low, mid, high = np.quantile(draws, [(1 - level) / 2, 0.5, (1 + level) / 2])
            row |= {
                what: round(float(mid), 6),
                f"{what}_low": round(float(low), 6),
                f"{what}_high": round(float(high), 6),
            }
        row["lower"] = round(float((own[g] < others).mean()), 4)
        row["verdict"] = _verdict(row, (1 - level) / 2 / len(names)) if informative else "not informative"
        rows.append(row)
    return tuple(sorted(rows, key=lambda r: (r["bar"], r["group"])))


def _mean(draws: Floats, here: npt.NDArray[np.bool_], weight: npt.NDArray[Any]) -> Floats:
    """Return the mean over cells of one group, weighted."""
    return np.asarray((draws[:, here] * weight[here]).sum(axis=1) / weight[here].sum())


def _verdict(row: dict[str, Any], tail: float) -> str:
    span = f"{row['bar']:.1%} ({row['bar_low']:.1%} to {row['bar_high']:.1%})"
    if row["lower"] >= 1 - tail:
        return f"a lower bar than others, {span}: opened on less evidence"
    if row["lower"] <= tail:
        return f"a higher bar than others, {span}: opened on more evidence"
    return f"no other bar shown, nor excluded: {span}"
