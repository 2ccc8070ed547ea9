"""V9: is the arithmetic sound? Checks of the engine from outside, by what it hands out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.strategy.model import positions as at
from counterflow.strategy.model.draws import draw
from counterflow.strategy.model.drivers import drivers
from counterflow.strategy.model.engine import Runs, simulate
from counterflow.strategy.model.layout import VARIABLES
from counterflow.strategy.validate.rows import Row, row
from counterflow.strategy.validate.setting import Setting, change, end_of, summed

__all__ = ["bytes_that_differ", "check", "unbalanced"]

Floats = npt.NDArray[np.float64]
_AS_OF = end_of(2022)
_STOCKS = [place for place, each in enumerate(VARIABLES) if each.kind == "stock"]
_STARTS = ("rx_initiation", "illicit_initiation_direct")
_STEPPED = ("overdose_deaths", "disorder")


def check(setting: Setting) -> list[Row]:
    """Return the rows of V9."""
    values = setting.draws.values[: 20 if setting.quick else 100]
    base = drivers("base")
    ends = [simulate(values, base, last=last) for last in (2005, 2019, 2032)]
    kits = simulate(values, base, change("naloxone_kits", 0.2))
    n, whole = len(values), ends[-1]
    balance = max(unbalanced(run.final) for run in (*ends, kits))
    middle = simulate(values, base, last=2010)
    return [
        row("V9.mass_balance", balance, n=n, as_of=_AS_OF, note="also with a policy"),
        row("V9.flows_add_up", _added_up(middle, whole), n=n, as_of=_AS_OF),
        _smallest(whole, kits, n),
        _null(values, whole),
        _half_step(values, whole),
        row("V9.same_seed", _again(setting, values), n=n, as_of=_AS_OF, note="draws made anew, and run again"),
        row("V9.threads", _threads(values, whole), n=n, as_of=_AS_OF),
    ]


def unbalanced(final: Floats) -> float:
    """Return how far living, former and dead people are from everybody who entered, as a share of these."""
    held = (
        final[:, : at.PEOPLE].sum(axis=1) + final[:, at.FORMER] + final[:, at.DEAD_OVERDOSE] + final[:, at.DEAD_OTHER]
    )
    return float(np.max(np.abs(held / final[:, at.ENTERED] - 1)))


def _added_up(first: Runs, whole: Runs) -> float:
    """Return the gap between starts handed out for 2011 to 2032 and what entered the stocks meanwhile."""
    entered = whole.final[:, at.ENTERED] - first.final[:, at.ENTERED]
    told = sum((summed(whole, name, 2011, 2032) for name in _STARTS), np.zeros(len(entered)))
    return float(np.max(np.abs(told - entered) / entered))


def _smallest(whole: Runs, turned: Runs, n: int) -> Row:
    inside = min(float(run.final[:, : at.PEOPLE].min()) for run in (whole, turned))
    shown = min(float(run.values[:, :, _STOCKS].min()) for run in (whole, turned))
    return row(
        "V9.negative", min(inside, shown), n=n, as_of=_AS_OF, note=f"inside {inside:.3g}, handed out {shown:.3g}"
    )


def bytes_that_differ(one: Floats, other: Floats) -> int:
    """Return how many bytes of two arrays differ; arrays of another shape differ in all."""
    if one.shape != other.shape:
        return max(one.nbytes, other.nbytes)
    return int((np.frombuffer(one.tobytes(), np.uint8) != np.frombuffer(other.tobytes(), np.uint8)).sum())


def _null(values: Floats, whole: Runs) -> Row:
    nothing = simulate(values, drivers("base"), change("naloxone_kits", 0.0))
    supply = simulate(values, drivers("base"), change("inspection_cargo_port", 0.0))
    late = simulate(values, drivers("base"), change("illicit_dose", 0.5, start=2033.5))
    differ = sum(bytes_that_differ(each.values, whole.values) for each in (nothing, supply, late))
    note = "amount zero on kits, on inspection, and a change that starts after the last year"
    return row("V9.null_policy", differ, n=len(values), as_of=_AS_OF, note=note)


def _half_step(values: Floats, whole: Runs) -> Row:
    finer = simulate(values, drivers("base"), steps_per_year=32)
    gaps = {name: float(np.max(np.abs(whole.of(name) / finer.of(name) - 1))) for name in _STEPPED}
    note = ", ".join(f"{name} {gap:.2%}" for name, gap in gaps.items()) + "; every year and draw"
    return row("V9.half_step", max(gaps.values()), n=len(values), as_of=_AS_OF, note=note)


def _again(setting: Setting, values: Floats) -> int:
    anew = draw(setting.count, setting.seed, setting.posterior).values[: len(values)]
    runs = [simulate(each, drivers("base"), change("naloxone_kits", 0.2)).values for each in (values, anew)]
    return bytes_that_differ(values, anew) + bytes_that_differ(*runs)


def _threads(values: Floats, whole: Runs) -> int:
    one, three = (simulate(values, drivers("base"), threads=count).values for count in (1, 3))
    return bytes_that_differ(one, whole.values) + bytes_that_differ(three, whole.values)
