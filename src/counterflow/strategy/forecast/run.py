"""The forward run: the fitted model past its last trained year, with supply as indicators show it or as it may move.

A run, in order:

1. draw parameter vectors (posterior; priors where nothing informs them; the live link's where asked for);
2. give each draw one structural alternative, by declared weight (`structures`);
3. draw paths of dose, share and price as far as they moved in the past, tied to the indicators there are (`walk`);
4. run the model: dose moves overdoses in the draws that hold dose for the cause, share in those that hold share; price
   moves availability in all;
5. lift each path of deaths to what was seen in the last known year (jump-off), so that the misfit of that year is not
   taken for a change to come;
6. multiply by what the model leaves unexplained: its own past misses where supply is held for the cause, changes as
   large as those of deaths themselves where it is not.

No figure of a later year enters: neither deaths nor drivers of supply.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import EngineError, UsageError
from counterflow.core.seeds import generator
from counterflow.strategy.forecast.indicators import Indicators
from counterflow.strategy.forecast.record import LAST_TRAINED, Known, known_at
from counterflow.strategy.forecast.structures import assigned, structures
from counterflow.strategy.forecast.supply import STATES, Supply, changes_of, supply_paths
from counterflow.strategy.forecast.walk import Moves, draw_paths, moves_of
from counterflow.strategy.model.draws import draw
from counterflow.strategy.model.engine import Changes, simulate
from counterflow.strategy.model.layout import LAST_YEAR, MECHANISMS, VARIABLES, places
from counterflow.strategy.model.parameters import parameters
from counterflow.strategy.model.posterior import Posterior

__all__ = ["QUANTILES", "Ask", "Forecast", "forecast"]

Floats = npt.NDArray[np.float64]
Update = Callable[[Floats], Floats]
QUANTILES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
_FIRST = 1999
_MOST_SOUND = 0.9
_FEWEST = 32
#: draws and relative change on which the answer of deaths to dose is measured
_TRIED, _TRIAL = 128, 0.2
#: what misses and unexplained change fall on: they are seen in deaths only, and an overdose survived goes with them
_HARM = tuple(
    place for place, v in enumerate(VARIABLES) if v.name.startswith("overdose_deaths") or v.name == "nonfatal_overdoses"
)


@dataclass(frozen=True)
class Forecast:
    """What a forward run gave.

    Args:
        years: calendar years, shape (Y,).
        values: shape (draws, Y, variables), in the order of `layout.VARIABLES`.
        structure: alternative of each draw, by its place in `structures()`.
        supply: the paths of supply behind it.
        said: what has to be known about it.
        origin: last known year.
        seed: seed.
        sizes: size of past moves of each state and of what is unexplained.
    """

    years: npt.NDArray[np.int64]
    values: Floats
    structure: npt.NDArray[np.intp]
    supply: Supply
    said: tuple[str, ...]
    origin: int
    seed: int
    sizes: Mapping[str, Moves]

    def of(self, name: str) -> Floats:
        """Return the paths of one variable, shape (draws, years)."""
        return np.asarray(self.values[:, :, places(VARIABLES)[name]])

    def rows(self, names: Sequence[str] = ()) -> list[dict[str, object]]:
        """Return year, variable, quantile, value: each quantile of `QUANTILES`, and the mean."""
        at = places(VARIABLES)
        chosen = [at[name] for name in names] if names else list(range(len(VARIABLES)))
        ends = np.quantile(self.values[:, :, chosen], QUANTILES, axis=0)
        means = self.values[:, :, chosen].mean(axis=0)
        return [
            {"year": int(year), "variable": VARIABLES[place].name, "quantile": said, "value": float(value)}
            for y, year in enumerate(self.years)
            for v, place in enumerate(chosen)
            for said, value in [*zip(map(str, QUANTILES), ends[:, y, v], strict=True), ("mean", means[y, v])]
        ]

    def by_structure(self, name: str = "overdose_deaths") -> list[dict[str, object]]:
        """Return median and 90 % interval under each alternative alone: where they part, the answer hangs on which."""
        paths = self.of(name)
        rows: list[dict[str, object]] = []
        for place, each in enumerate(structures()):
            mine = paths[self.structure == place]
            if len(mine) == 0:
                continue
            for y, year in enumerate(self.years):
                low, mid, high = np.quantile(mine[:, y], [0.05, 0.5, 0.95])
                rows.append(
                    {"structure": each.name, "weight": each.weight, "year": int(year), "variable": name,
                     "median": float(mid), "low": float(low), "high": float(high), "words": each.words}
                )  # fmt: skip
        return rows


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a forward run.

    Args:
        to: last year.
        since: first year shown.
        draws: parameter vectors, each with its own alternative and path of supply.
        seed: seed; same seed, same bytes.
        origin: last known year; an earlier one makes a pseudo-forecast.
        structure: hold one alternative; all by weight where "".
    """

    to: int = 2024
    since: int = 2021
    draws: int = 1000
    seed: int = 1
    origin: int = LAST_TRAINED
    structure: str = ""


def forecast(
    indicators: Indicators | None = None,
    ask: Ask = Ask(),
    *,
    posterior: Posterior | None = None,
    update: Update | None = None,
    threads: int | None = None,
) -> Forecast:
    """Run the model forward.

    Args:
        indicators: supply as seen; None where nobody saw any.
        ask: years, draws, seed.
        posterior: fitted rows; the shipped ones if not given.
        update: turns drawn parameter vectors into those that the live link's evidence leaves (`live.updated`).
        threads: of the engine.

    Raises:
        UsageError: years or draws out of range.
    """
    to, origin, seed, draws = ask.to, ask.origin, ask.seed, ask.draws
    _check(ask)
    known = known_at(origin)
    values = draw(draws, seed, posterior).values
    values = values if update is None else update(values)
    sizes = _sizes(known, values, threads)
    held = assigned(draws, generator(seed, "strategy forecast", "structure"), ask.structure)
    spread = np.sqrt(np.log1p(values[:, parameters().place("dose_cv")] ** 2))
    seen = {state: indicators.of_state(state) if indicators else () for state in STATES}
    supply = supply_paths(sizes, seen, spread, known.share_then, origin, seed)
    names = [each.name for each in structures()]
    uses = {
        "dose": held == names.index("dose"),
        "share": held == names.index("share"),
        "price": np.ones(draws, dtype=bool),
    }
    ahead = simulate(
        values,
        known.drivers,
        changes_of(supply, uses, max(to, origin)),
        first=_FIRST,
        last=max(to, origin),
        threads=threads,
    )
    years = np.arange(_FIRST, max(to, origin) + 1)
    out = ahead.values.copy()
    _put_supply(out, supply, years, ahead.of("fentanyl_share", baseline=True))
    _lift(out, ahead.of("overdose_deaths", baseline=True), known, years)
    _unexplained(out, sizes, held == names.index("neither"), years, known, seed)
    shown = (years >= ask.since) & (years <= to)
    sound = _sound(out)
    said = _words(indicators, known, int((~sound).sum()))
    return Forecast(years[shown], out[sound][:, shown], held[sound], supply, said, origin, seed, sizes)


def _sound(out: Floats) -> npt.NDArray[np.bool_]:
    """Return the draws whose run ended in numbers.

    Raises:
        EngineError: less than nine in ten did; then what is left is no sample of the doubt.
    """
    sound = np.asarray(np.isfinite(out).all(axis=(1, 2)))
    if sound.mean() < _MOST_SOUND:
        raise EngineError(
            f"{int((~sound).sum())} of {len(sound)} runs of the model did not end in numbers.",
            hint="Is the posterior that of this model? `counterflow strategy validate --quick` looks.",
        )
    return sound


def _check(ask: Ask) -> None:
    if ask.draws < _FEWEST:
        raise UsageError(f"{ask.draws} draws say too little of the doubt.", hint=f"Ask for {_FEWEST} at least.")
    if not ask.origin <= ask.to <= LAST_YEAR:
        raise UsageError(
            f"A forecast reaches from {ask.origin} to {LAST_YEAR}, not {ask.to}.",
            hint=f"Give --to {ask.origin + 1} to {LAST_YEAR}.",
        )
    if not _FIRST <= ask.since <= ask.to:
        raise UsageError(
            f"The first year shown lies from {_FIRST} to {ask.to}, not {ask.since}.", hint="Give another --from."
        )


def _sizes(known: Known, values: Floats, threads: int | None) -> dict[str, Moves]:
    """Return the size of past moves: dose and unexplained as deaths say, share and price as their series say.

    Who holds dose for the cause holds that past changes of deaths were changes of dose; so dose moved as much as those
    say, divided by how strongly deaths answer to it. How much of a past change was people at risk and how much was risk
    is the model's own estimate: it is not taken off, or what the model believes would narrow what it does not know.
    """
    year = known.origin
    more = Changes(
        np.array([places(MECHANISMS)["illicit_dose"]], np.int32), np.array([float(year)]), np.array([0.0]),
        np.array([np.inf]), np.array([[_TRIAL]]),
    )  # fmt: skip
    tried = simulate(values[:_TRIED], known.drivers, more, first=_FIRST, last=year, threads=threads)
    sound = np.isfinite(tried.values).all(axis=(1, 2))
    before = tried.of("overdose_deaths", baseline=True)[sound]
    answer = np.median(np.log(tried.of("overdose_deaths")[sound, -1] / before[:, -1]))
    elasticity = max(0.1, float(answer) / math.log1p(_TRIAL))
    which = known.years - _FIRST
    hazard = moves_of(np.log(known.deaths))
    return {
        "hazard": hazard,
        "missed": moves_of(np.log(known.deaths / np.median(before, axis=0)[which])),
        "dose": replace(hazard, trend=hazard.trend / elasticity, step=hazard.step / elasticity),
        "share": moves_of(np.arcsin(np.sqrt(known.share))),
        "price": moves_of(np.log(known.price)),
    }


def _put_supply(out: Floats, supply: Supply, years: npt.NDArray[np.int64], share: Floats) -> None:
    """Write the paths of supply where they are shown: they move in every draw, whatever overdoses follow."""
    at = places(VARIABLES)
    later = years > supply.origin
    out[:, :, at["illicit_opioid_purity"]] = np.exp(supply.yearly("dose", years))
    out[:, :, at["illicit_opioid_price"]] = np.exp(supply.yearly("price", years))
    out[:, :, at["fentanyl_share"]] = np.where(later, supply.share(supply.yearly("share", years)), share)


def _lift(out: Floats, unchanged: Floats, known: Known, years: npt.NDArray[np.int64]) -> None:
    """Lift deaths after the last known year by what the model missed in it (jump-off)."""
    origin = known.origin - _FIRST
    lift = known.deaths[-1] / unchanged[:, origin]
    later = years > known.origin
    for place in _HARM:
        out[:, later, place] *= lift[:, None]


def _unexplained(
    out: Floats, sizes: Mapping[str, Moves], neither: npt.NDArray[np.bool_], years: npt.NDArray[np.int64], known: Known,
    seed: int,
) -> None:  # fmt: skip
    """Multiply deaths by what the model does not explain: up to the last known year its misses, then their walk."""
    random = generator(seed, "strategy forecast", "unexplained")
    times = years[years >= known.origin].astype(np.float64)
    paths = [
        draw_paths(sizes[name], times, times[0], len(out), random) if len(times) > 1 else np.zeros((len(out), 1))
        for name in ("missed", "hazard")
    ]
    after = np.where(neither[:, None], paths[1], paths[0])
    spread = math.sqrt(sizes["missed"].mean_square[0] / 2)
    before = random.normal(0, spread, (len(out), int((years <= known.origin).sum())))
    factor = np.exp(np.concatenate([before, after[:, 1:]], axis=1))
    for place in _HARM:
        out[:, :, place] *= factor


def _words(indicators: Indicators | None, known: Known, lost: int) -> tuple[str, ...]:
    alternatives = ", ".join(f"{each.name} ({each.weight:.0%})" for each in structures())
    said = [
        f"deaths up to {known.origin} are known to it, nothing later; calendar years",
        f"three answers to what moves overdoses, weighed as declared: {alternatives}",
    ]
    if lost:
        said.append(f"{lost} runs did not end in numbers and are left out")
    if indicators is None:
        return (*said, "no supply indicator was given: supply may move either way as fast as it ever did")
    return (*said, *indicators.said)
