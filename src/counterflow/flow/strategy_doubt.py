"""What a mix's result rests on: how much of its doubt no data inform, and which parameters move it most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.flow.strategy_desk import Mix, model_of
from counterflow.flow.strategy_kept import worlds
from counterflow.flow.strategy_mix import text_of_pulls
from counterflow.strategy.doubt.again import second, truly_informed
from counterflow.strategy.doubt.questions import findings
from counterflow.strategy.levers.effects import changes
from counterflow.strategy.model.drivers import drivers
from counterflow.strategy.model.engine import simulate
from counterflow.strategy.model.layout import FIRST_YEAR
from counterflow.strategy.model.parameters import parameters

__all__ = ["doubt_of"]

Floats = npt.NDArray[np.float64]
_DEATHS = "overdose_deaths"
_MOST_BARS = 10
_ENDS = (0.05, 0.95)


@lru_cache(maxsize=32)
def doubt_of(mix: Mix) -> dict[str, Any]:
    """Return what the deaths that a mix averts rest on.

    Returns:
        model, mix, finding (share of the variance that no data inform with its Monte Carlo interval, label, words,
        whether it may be ranked, the ten parameters that explain most alone; as `doubt.questions.Finding`), tornado
        (the ten whose ends move the result most).
    """
    held = worlds().draws(mix.ensemble)
    without, turned = worlds().without(mix.ensemble), worlds().turned(mix.ensemble, mix.pulls)
    first = _averted(mix, without.of(_DEATHS), turned.of(_DEATHS))
    evaluate = _evaluated(mix)
    (found,) = findings(first[:, None], evaluate(second(held).values)[:, None], held, (_DEATHS,))
    bars = _tornado(evaluate, held.values, truly_informed(held), parameters().names)
    return {"model": model_of(), "mix": text_of_pulls(mix.pulls), "finding": found.as_dict(), "tornado": bars}


def _averted(mix: Mix, without: Floats, turned: Floats) -> Floats:
    found: Floats = (without - turned)[:, mix.first - FIRST_YEAR :].sum(axis=1)
    return found


def _evaluated(mix: Mix) -> Callable[[Floats], Floats]:
    """Return the deaths averted by a mix as a function of parameter vectors (n, P)."""
    path = drivers(mix.scenario)

    def averted(values: Floats) -> Floats:
        runs = simulate(values, path, changes(mix.pulls, values))
        return _averted(mix, runs.of(_DEATHS, baseline=True), runs.of(_DEATHS))

    return averted


def _tornado(
    evaluate: Callable[[Floats], Floats], drawn: Floats, informed: npt.NDArray[np.bool_], names: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the result at either end of each parameter, all others at their medians; the widest first."""
    middle, ends = np.median(drawn, axis=0), np.quantile(drawn, _ENDS, axis=0)
    places = [int(place) for place in np.flatnonzero(ends[0] < ends[1])]
    table = np.tile(middle, (1 + 2 * len(places), 1))
    for row, (side, place) in enumerate(((s, p) for s in (0, 1) for p in places), 1):
        table[row, place] = ends[side, place]
    found = evaluate(table)
    low, high = found[1 : 1 + len(places)], found[1 + len(places) :]
    rows: list[dict[str, Any]] = [
        {"name": names[place], "low": float(low[i]), "high": float(high[i]), "middle": float(found[0]),
         "informed": bool(informed[place])}
        for i, place in enumerate(places)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: -abs(row["high"] - row["low"]))[:_MOST_BARS]
