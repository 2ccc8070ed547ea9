"""What the desk of strategy can do, one function per act: pages, programs and commands all call these.

Every answer is a model estimate and says so: interval, method, source, as-of and the version of the model go with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UnknownName, UsageError
from counterflow.flow.strategy_kept import Ensemble, worlds
from counterflow.flow.strategy_mix import text_of_pulls
from counterflow.flow.strategy_runs import model_digests
from counterflow.strategy.calibrate.targets import targets
from counterflow.strategy.compare.groups import by_group
from counterflow.strategy.compare.outcomes import outcomes
from counterflow.strategy.levers.policy import Pull
from counterflow.strategy.levers.registry import lever, levers
from counterflow.strategy.model.engine import Runs
from counterflow.strategy.model.layout import FIRST_YEAR, LAST_YEAR, VARIABLES, Variable
from counterflow.strategy.model.parameters import parameters
from counterflow.strategy.model.posterior import shipped

__all__ = [
    "FIRST_START", "MARKET", "MOST_DRAWS", "MOST_MIXES", "SCENARIOS", "Mix", "band_of", "compared", "levers_of",
    "model_of", "run_of", "variable_of", "variables_of", "warnings_of",
]  # fmt: skip

Floats = npt.NDArray[np.float64]
SCENARIOS: Mapping[str, str] = {
    "base": "fentanyl goes on as it was going",
    "constant": "everything stays at its last value",
    "high": "more fentanyl than that",
    "low": "less fentanyl than that",
}
QUANTILES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
#: the year from which a mix is judged where it names no start itself
FIRST_START = 2027
MOST_MIXES = 4
MOST_DRAWS = 2000
_OPIOIDS = ("seized_fentanyl", "seized_heroin")
#: told as a market, with its level: seizures, price, purity, availability
MARKET = (
    "seized_fentanyl", "seized_heroin", "seized_methamphetamine", "seized_cocaine", "interdiction_share",
    "illicit_opioid_price", "illicit_opioid_purity", "illicit_opioid_availability", "stimulant_price",
)  # fmt: skip
#: a relative change of less than this is told as none
_NOTHING = 0.005
_NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class Mix:
    """A mix of measures to be simulated.

    Args:
        pulls: what is pulled, when and how far.
        scenario: of the drivers, one of `SCENARIOS`.
        draws: parameter vectors, the same ones with and without the mix.
        seed: of the draws.
    """

    pulls: tuple[Pull, ...] = ()
    scenario: str = "base"
    draws: int = 500
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse a scenario that there is none of, and too many draws at once."""
        if self.scenario not in SCENARIOS:
            raise UnknownName("scenario", self.scenario[:60], SCENARIOS)
        if not 50 <= self.draws <= MOST_DRAWS:
            raise UsageError(f"{self.draws} draws were asked for.", hint=f"Ask for 50 to {MOST_DRAWS}.")

    @property
    def ensemble(self) -> Ensemble:
        """Which ensemble it runs on."""
        return Ensemble(self.scenario, self.draws, self.seed)

    @property
    def first(self) -> int:
        """The first calendar year that it is judged on."""
        return int(min((pull.start for pull in self.pulls), default=FIRST_START))


def levers_of() -> list[dict[str, Any]]:
    """Return every lever with its unit, range, ramp, cost, grade of evidence and source."""
    return [
        asdict(each) | {"cost_words": each.cost.words, "mechanisms": each.mechanisms, "parameters": each.parameters}
        for each in levers()
    ]  # fmt: skip


def variables_of() -> list[dict[str, Any]]:
    """Return every variable that a run gives."""
    return [asdict(variable) for variable in VARIABLES]


def variable_of(name: str) -> Variable:
    """Return a variable by name.

    Raises:
        UnknownName: there is none.
    """
    held = {variable.name: variable for variable in VARIABLES}
    if name not in held:
        raise UnknownName("variable", name[:60], held)
    return held[name]


@cache
def model_of() -> dict[str, Any]:
    """Return what every answer carries: version, what it was fitted to and when, digest of its tables."""
    fitted = shipped()
    about = dict(fitted.about) if fitted else {}
    held = parameters()
    return {
        "estimate": "model estimate", "version": held.version, "fitted": fitted is not None,
        "as_of": str(about.get("day", "")), "until": about.get("until"),
        "data_sha256": model_digests()[1], "source": "docs/methods/strategy-model.md",
    }  # fmt: skip


def run_of(mix: Mix, variables: Sequence[str] = ("overdose_deaths",)) -> dict[str, Any]:
    """Return what a mix would do: each variable as a fan with and without it, and what adds up over its years.

    Args:
        mix: what is pulled.
        variables: which fans are given.

    Raises:
        UnknownName: there is no such variable.
    """
    named = [variable_of(name) for name in variables]
    without, turned = worlds().without(mix.ensemble), worlds().turned(mix.ensemble, mix.pulls)
    return {
        "model": model_of(), "scenario": mix.scenario, "scenario_words": SCENARIOS[mix.scenario], "draws": mix.draws,
        "left_out": mix.draws - len(without.values),
        "seed": mix.seed, "mix": text_of_pulls(mix.pulls), "pulls": [_pulled(pull) for pull in mix.pulls],
        "first": mix.first, "last": LAST_YEAR,
        "fans": [
            {
                "name": one.name, "words": one.words, "unit": one.unit, "kind": one.kind, "activity": one.activity,
                "without": band_of(without.of(one.name)),
                "turned": band_of(turned.of(one.name)) if mix.pulls else None, "counted": _counted(one),
            }
            for one in named
        ],
        "outcomes": _outcomes(mix, without, turned) if mix.pulls else [], "market": _market(mix, without, turned),
        "groups": [asdict(row) for row in by_group(without, turned, mix.first, LAST_YEAR)] if mix.pulls else [],
        "warnings": warnings_of(mix, without, turned) if mix.pulls else [],
    }  # fmt: skip


def _pulled(pull: Pull) -> dict[str, Any]:
    held = lever(pull.name)
    stop = None if pull.stop == math.inf else pull.stop
    return asdict(pull) | {"stop": stop, "words": held.words, "unit": held.unit}


def _counted(variable: Variable) -> list[dict[str, Any]]:
    """Return what was counted of a variable, year by year; what may serve to identify only is not shown."""
    held, until = targets(), model_of()["until"]
    if variable.target not in held.ids or held.series[held.place(variable.target)].use != "fit":
        return []
    place = held.place(variable.target)
    return [
        {"year": year, "value": float(held.values[row, place]), "held_back": until is not None and year > int(until),
         "source": held.series[place].source}
        for row, year in enumerate(held.years)
        if np.isfinite(held.values[row, place]) and held.fitted[row, place]
    ]  # fmt: skip


def band_of(runs: Floats) -> dict[str, list[float]]:
    """Return the quantiles and the mean of runs (n, years) by year, `years` first."""
    found = np.quantile(runs, QUANTILES, axis=0)
    told: dict[str, list[Any]] = {"years": list(range(FIRST_YEAR, FIRST_YEAR + runs.shape[1]))}
    told |= {f"q{share:g}": row.tolist() for share, row in zip(QUANTILES, found, strict=True)}
    return told | {"mean": runs.mean(axis=0).tolist()}


def _outcomes(mix: Mix, without: Runs, turned: Runs) -> list[dict[str, Any]]:
    found = outcomes(mix.pulls, without, turned, since=mix.first, until=LAST_YEAR, seed=mix.seed)
    return [asdict(row) for row in found]


def _market(mix: Mix, without: Runs, turned: Runs) -> list[dict[str, Any]]:
    """Return price, purity, availability and seizures over the mix's years: activity and market, never success."""
    rows = []
    for name in MARKET:
        variable, change = variable_of(name), _relative(name, mix, without, turned)
        before = without.of(name)[:, _years(mix)].mean(axis=1)
        rows.append({
            "name": name, "words": variable.words, "unit": variable.unit, "activity": variable.activity,
            "without": _told(before), "change": _told(change),
        })  # fmt: skip
    return rows


def _years(mix: Mix) -> slice:
    return slice(mix.first - FIRST_YEAR, LAST_YEAR - FIRST_YEAR + 1)


def _relative(name: str, mix: Mix, without: Runs, turned: Runs) -> Floats:
    """Return the relative change of a variable over the mix's years, draw by draw; noise of arithmetic is none."""
    before, after = (world.of(name)[:, _years(mix)].sum(axis=1) for world in (without, turned))
    found: Floats = np.divide(after - before, before, out=np.zeros_like(before), where=before != 0)
    found[np.abs(found) < _NOISE] = 0.0
    return found


def _told(found: Floats, level: float = 0.95) -> dict[str, float]:
    low, middle, high = np.quantile(found, ((1 - level) / 2, 0.5, (1 + level) / 2))
    return {"value": float(middle), "low": float(low), "high": float(high), "level": level}


def warnings_of(mix: Mix, without: Runs, turned: Runs) -> list[str]:
    """Return what must not be overlooked beside the figures, in words."""
    seized = np.max([np.median(_relative(name, mix, without, turned)) for name in _OPIOIDS])
    scarce = _told(_relative("illicit_opioid_availability", mix, without, turned))
    deaths = _told(_relative("overdose_deaths", mix, without, turned))
    years = _told(_relative("disorder_person_years", mix, without, turned))
    arrests = _told(_relative("arrests", mix, without, turned))
    told = []
    if seized > _NOTHING and scarce["high"] > -_NOTHING:
        told.append("Seizures rose, availability did not fall for sure: what was seized was replaced. Seized kilograms "
                    "are activity, not drugs that nobody took.")  # fmt: skip
    if deaths["low"] < 0 < deaths["high"]:
        told.append("The interval of deaths holds zero: by this model the mix may help, do nothing or harm.")
    if deaths["value"] > _NOTHING:
        told.append("More deaths are likelier than fewer.")
    if deaths["value"] < 0 < years["low"]:
        told.append("Fewer deaths, more years lived with a disorder: survivors remain in need of care.")
    if arrests["value"] > _NOTHING:
        told.append(
            "More people with a disorder are arrested. Where no lever touches arrests, these are survivors at constant"
            " rates of arrest; the burden stands beside the deaths."
        )
    return told


def compared(mixes: Sequence[Mix]) -> dict[str, Any]:
    """Return mixes side by side, in the order given, and how often each averts more deaths than each other one.

    Raises:
        UsageError: there is none, there are too many, or they do not run on the same ensemble.
    """
    if not 1 <= len(mixes) <= MOST_MIXES:
        raise UsageError(f"{len(mixes)} mixes were given.", hint=f"Compare 1 to {MOST_MIXES}.")
    if len({mix.ensemble for mix in mixes}) > 1:
        raise UsageError("These mixes run on different scenarios, draws or seeds.", hint="Give all the same.")
    first = min(mix.first for mix in mixes)
    shown = [run_of(mix) for mix in mixes]
    without = worlds().without(mixes[0].ensemble)
    alike = Mix((), mixes[0].scenario, mixes[0].draws, mixes[0].seed)
    saved = []
    for mix in mixes:
        change = worlds().turned(mix.ensemble, mix.pulls).of("overdose_deaths") - without.of("overdose_deaths")
        saved.append(-change[:, first - FIRST_YEAR :].sum(axis=1))
    chance = [[float(np.mean(a > b)) if a is not b else None for b in saved] for a in saved]
    return {"model": model_of(), "first": first, "last": LAST_YEAR, "runs": shown, "scenario": alike.scenario,
            "more_deaths_averted": chance}  # fmt: skip
