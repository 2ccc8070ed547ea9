"""Our sensitivities beside those that the best published model reported: direction and rank, not size.

Two tables of Lim et al. 2022 (PNAS 10.1073/pnas.2115714119): cumulative overdose deaths with a feedback loop switched
off and no new fit, and with one projected input exchanged between the base and the constant projection.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import spearmanr

from counterflow.reference.csv_files import read_rows
from counterflow.strategy.doubt.space import Floats, require_finite
from counterflow.strategy.model.draws import draw
from counterflow.strategy.model.layout import FIRST_YEAR, LAST_YEAR
from counterflow.strategy.model.positions import DRIVERS

__all__ = ["Beside", "agreement", "loops", "projected_inputs"]

#: the published runs change course after their last observed year
_HISTORY, _PROJECTED = (1999, 2020), (2021, LAST_YEAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One sensitivity of ours beside the published one.

    Args:
        kind: loop or input.
        name: ours.
        case: which years or which scenario.
        ours: relative change of cumulative overdose deaths, median over draws.
        low: 2.5 % point.
        high: 97.5 % point.
        published: theirs.
    """

    kind: str
    name: str
    case: str
    ours: float
    low: float
    high: float
    published: float

    @property
    def same_sign(self) -> bool:
        """Whether both point the same way."""
        return bool(np.sign(self.ours) == np.sign(self.published))


def loops(n: int = 200, seed: int = 1, values: Floats | None = None) -> tuple[Beside, ...]:
    """Return what cumulative deaths become with each loop off and no new fit, history and projection apart.

    Args:
        n: draws.
        seed: seed of the draws.
        values: parameter vectors (m, P) in place of draws.
    """
    from counterflow.strategy.model.drivers import drivers
    from counterflow.strategy.model.engine import simulate

    given, found = draw(n, seed).values if values is None else values, []
    base = simulate(given, drivers()).of("overdose_deaths")
    for row in read_rows("strategy", "published_sensitivity.csv"):
        if row["kind"] != "loop":
            continue
        off = simulate(given, drivers(), switches={row["ours"]: 0}).of("overdose_deaths")
        for case, span, theirs in (("history", _HISTORY, row["base"]), ("projected", _PROJECTED, row["constant"])):
            found.append(_beside("loop", row["ours"], case, _relative(off, base, span), float(theirs)))
    return tuple(found)


def projected_inputs(n: int = 200, seed: int = 1, values: Floats | None = None) -> tuple[Beside, ...]:
    """Return what projected deaths become when one driver is exchanged between the base and the constant projection.

    Args:
        n: draws.
        seed: seed of the draws.
        values: parameter vectors (m, P) in place of draws.
    """
    from counterflow.strategy.model.drivers import drivers
    from counterflow.strategy.model.engine import simulate

    given, found = draw(n, seed).values if values is None else values, []
    paths = {name: drivers(name) for name in ("base", "constant")}
    whole = {name: simulate(given, path).of("overdose_deaths") for name, path in paths.items()}
    for row in read_rows("strategy", "published_sensitivity.csv"):
        if row["kind"] != "input":
            continue
        place = DRIVERS.index(row["ours"])
        for case, other in (("base", "constant"), ("constant", "base")):
            table = paths[case].table.copy()
            table[:, place] = paths[other].table[:, place]
            turned = simulate(given, replace(paths[case], table=table)).of("overdose_deaths")
            change = _relative(turned, whole[case], _PROJECTED)
            found.append(_beside("input", row["ours"], case, change, float(row[case])))
    return tuple(found)


def agreement(rows: tuple[Beside, ...], least: float = 0.001) -> tuple[int, int, float]:
    """Return how many of the published changes above `least` have our sign, of how many, and the rank correlation."""
    said = [row for row in rows if abs(row.published) > least]
    rank = spearmanr([row.ours for row in rows], [row.published for row in rows]).statistic
    return sum(row.same_sign for row in said), len(said), float(rank)


def _relative(turned: Floats, base: Floats, span: tuple[int, int]) -> Floats:
    years = slice(span[0] - FIRST_YEAR, span[1] - FIRST_YEAR + 1)
    change = turned[:, years].sum(axis=1) / base[:, years].sum(axis=1) - 1
    return np.asarray(change[require_finite(change)])


def _beside(kind: str, name: str, case: str, change: Floats, published: float) -> Beside:
    low, middle, high = (float(q) for q in np.quantile(change, (0.025, 0.5, 0.975)))
    return Beside(kind=kind, name=name, case=case, ours=middle, low=low, high=high, published=published)
