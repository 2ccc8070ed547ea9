"""V4: are policies as good, as bad, and as entangled as the published model found them?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from counterflow.strategy.validate.metrics import median_relative_error, resampled, same_sign, share_interval, spearman
from counterflow.strategy.validate.rows import Row, row
from counterflow.strategy.validate.setting import FIRST_POLICY_YEAR, LAST_POLICY_YEAR, Setting, end_of, summed

if TYPE_CHECKING:
    from counterflow.strategy.model.engine import Runs

__all__ = ["JUDGED", "PACKAGE", "check", "package_rows", "paired", "rows_of"]

Floats = npt.NDArray[np.float64]
_AS_OF = end_of(2022)
_OVER = 0.001
#: scenarios whose effects are held against the published ones; others are kept back for whoever judges the model
JUDGED = ("base", "constant")
STRENGTHS = (10, 20)
#: the single levers that the published package pulls together
PACKAGE = (
    "People with Rx",
    "Heroin Init",
    "Nx Kits",
    "Fent OD Risk",
    "Peer Recovery",
    "Return to OUD",
    "Developing OUD",
)
_NOTHING = ("Baseline", "NoPolicy")
_EFFECTS = ("rel_change_od_deaths", "rel_change_ud_person_years")


@dataclass(frozen=True, slots=True)
class Pair:
    """One policy effect, ours and the published one."""

    scenario: str
    lever: str
    strength: int
    deaths: tuple[float, float]
    person_years: tuple[float, float]


def check(setting: Setting) -> list[Row]:
    """Return the rows of V4: the published policies on our draws, paired with the run without policy."""
    from counterflow.strategy.compare.published import policy_rows

    values = setting.draws.values[: 16 if setting.quick else 300]
    ours = [asdict(each) for each in policy_rows(STRENGTHS, JUDGED, values)]
    pairs = paired(ours, setting)
    idle = [abs(float(each[name])) for each in ours if each["policy"] in _NOTHING for name in _EFFECTS]
    ends = [abs(float(each[f"{name}_{end}"])) for each in ours if each["policy"] in _NOTHING for name in _EFFECTS
            for end in ("low", "high")]  # fmt: skip
    return [
        row("V4.null", max(*idle, *ends), n=len(values), as_of=_AS_OF),
        *rows_of(pairs, "deaths", setting),
        *rows_of(pairs, "person_years", setting),
        *package_rows(pairs, setting),
        *_baselines(setting),
    ]


def _baselines(setting: Setting) -> list[Row]:
    """Return deaths of 2022 to 2032 without policy over the published, by scenario."""
    from counterflow.strategy.model.drivers import drivers
    from counterflow.strategy.model.engine import simulate

    out = []
    for scenario, held in setting.reference.fit["baseline 2022-2032"].items():
        run = simulate(setting.draws.values[: 16 if setting.quick else 300], drivers(scenario))
        deaths = _ten_years(run) / held["deaths"]
        low, middle, high = (float(x) for x in np.quantile(deaths, (0.025, 0.5, 0.975)))
        note = f"published {held['deaths']:,.0f} deaths"
        out.append(row("V4.baseline", middle, (low, high), n=len(deaths), as_of=_AS_OF, of=scenario, note=note))
    return out


def _ten_years(run: Runs) -> Floats:
    """Return deaths of the published window, mid-2022 to mid-2032: half of the first and of the last year."""
    whole = summed(run, "overdose_deaths", FIRST_POLICY_YEAR, LAST_POLICY_YEAR)
    ends = summed(run, "overdose_deaths", FIRST_POLICY_YEAR, FIRST_POLICY_YEAR)
    return whole - (ends + summed(run, "overdose_deaths", LAST_POLICY_YEAR, LAST_POLICY_YEAR)) / 2


def paired(ours: list[dict[str, Any]], setting: Setting) -> list[Pair]:
    """Return our effects beside the published, those of no policy left out.

    Args:
        ours: rows with scenario, policy, strength, rel_change_od_deaths, rel_change_ud_person_years.
        setting: holds the published effects.
    """
    held = {(r["scenario"], r["policy"], round(float(r["strength"]))): r for r in ours}
    out = []
    for effect in setting.reference.effects:
        at = (effect.scenario, effect.lever, effect.strength)
        if effect.lever in _NOTHING or effect.scenario not in JUDGED or at not in held:
            continue
        mine = held[at]
        out.append(
            Pair(
                *at, (float(mine["rel_change_od_deaths"]), effect.deaths),
                (float(mine["rel_change_ud_person_years"]), effect.person_years),
            )
        )  # fmt: skip
    return out


def rows_of(pairs: list[Pair], outcome: str, setting: Setting) -> list[Row]:
    """Return sign, order and error of effects on `outcome` ("deaths" or "person_years")."""
    both = np.array([_of(pair, outcome) for pair in pairs])
    levers = [pair.lever for pair in pairs]
    wrong = [_told(p, outcome) for p in pairs if abs(_of(p, outcome)[1]) > _OVER and not _agree(_of(p, outcome))]
    gaps = np.abs(both[:, 0] - both[:, 1]) / np.abs(both[:, 1])
    worst = [pairs[at] for at in np.argsort(-gaps)[:3]]
    said = "largest gaps: " + "; ".join(_told(p, outcome) for p in worst)

    def sign(at: npt.NDArray[np.intp]) -> float:
        return same_sign(both[at, 0], both[at, 1], _OVER)

    def order(at: npt.NDArray[np.intp]) -> float:
        return spearman(both[at, 0], both[at, 1])

    def error(at: npt.NDArray[np.intp]) -> float:
        return median_relative_error(both[at, 0], both[at, 1])

    whole = np.arange(len(pairs))
    judged = int((np.abs(both[:, 1]) > _OVER).sum())
    made = (
        ("sign", sign, judged, "wrong: " + "; ".join(wrong) if wrong else "none wrong"),
        ("order", order, len(pairs), _within(pairs, outcome)),
        ("error", error, len(pairs), said),
    )
    interval_of = {"sign": share_interval, "order": resampled, "error": resampled}
    return [
        row(
            f"V4.{name}_{outcome}", of(whole), interval_of[name](of, levers, seed=setting.seed), n=n,
            as_of=_AS_OF, note=note, source=f"Lim et al. 2022; {setting.reference.source}",
        )
        for name, of, n, note in made
    ]  # fmt: skip


def _of(pair: Pair, outcome: str) -> tuple[float, float]:
    return pair.deaths if outcome == "deaths" else pair.person_years


def _agree(effects: tuple[float, float]) -> bool:
    return bool(np.sign(effects[0]) == np.sign(effects[1]))


def _told(pair: Pair, outcome: str) -> str:
    mine, theirs = _of(pair, outcome)
    return f"{pair.lever} {pair.strength} % {pair.scenario} {mine:+.3%} against {theirs:+.3%}"


def _within(pairs: list[Pair], outcome: str) -> str:
    """Return the rank correlation within each scenario and strength: pooling both could flatter the order."""
    said = []
    for scenario, strength in sorted({(p.scenario, p.strength) for p in pairs}):
        both = np.array([_of(p, outcome) for p in pairs if (p.scenario, p.strength) == (scenario, strength)])
        said.append(f"{scenario} {strength} %: {spearman(both[:, 0], both[:, 1]):.3f}")
    return "within " + ", ".join(said)


def package_rows(pairs: list[Pair], setting: Setting) -> list[Row]:
    """Return how far the package is from the published one, and how its levers overlap."""
    points, together, overlap = [], [], []
    for scenario in JUDGED:
        for strength in STRENGTHS:
            here = {p.lever: p.deaths for p in pairs if (p.scenario, p.strength) == (scenario, strength)}
            if "Package" not in here or any(lever not in here for lever in PACKAGE):
                continue
            mine, theirs = (here["Package"][k] / sum(here[lever][k] for lever in PACKAGE) for k in (0, 1))
            together.append(mine)
            if strength == max(STRENGTHS):
                points.append(abs(here["Package"][0] - here["Package"][1]))
                overlap.append(abs(mine - theirs))
    source = f"Lim et al. 2022; {setting.reference.source}"
    made = (("points", points), ("together", together), ("overlap", overlap))
    return [row(f"V4.package_{name}", max(v), n=len(v), as_of=_AS_OF, source=source) for name, v in made]
