"""Results over all structural alternatives: under each, averaged by weight, and how much of the variance lies between.

Questions are answered one at a time, all others as the model is built. For loops each alternative brings its own fit
(`refit`), for the others the fit is the same and only the years to come differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import as_file, files

import numpy as np

from counterflow.core.errors import ConfigError
from counterflow.reference.csv_files import read_rows
from counterflow.strategy.doubt.questions import Asked, results
from counterflow.strategy.doubt.space import Floats, require_finite
from counterflow.strategy.doubt.structures import Structure, questions, switches_of
from counterflow.strategy.doubt.weights import FLOOR, averaged, pseudo_bma, stacking
from counterflow.strategy.levers.policy import Pull
from counterflow.strategy.model.draws import draw
from counterflow.strategy.model.parameters import parameters
from counterflow.strategy.model.posterior import Posterior, load

__all__ = ["SCORES", "Weighed", "about_weights", "across", "file_of", "fitted_under", "weigh", "weighed"]

SCORES = "structure_scores.csv"
_ENDS = (0.025, 0.5, 0.975)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """One alternative with its weight.

    Args:
        structure: the alternative.
        weight: what it counts for: pseudo-BMA+ with a floor where data speak, else as declared.
        stacked: the same by stacking; NaN where data do not speak.
        score: log predictive density of the held-out years; NaN where data do not speak.
        years: how many years were held out.
    """

    structure: Structure
    weight: float
    stacked: float
    score: float
    years: int

    def as_dict(self) -> dict[str, object]:
        """Return plain data."""
        s = self.structure
        spoken = self.years > 0
        return {
            "question": s.question, "structure": s.name, "words": s.words, "declared": s.prior, "weight": self.weight,
            "stacked": self.stacked if spoken else None, "held_out_score": self.score if spoken else None,
            "held_out_years": self.years, "rests_on": s.rests_on, "against": s.against,
        }  # fmt: skip


def file_of(structure: Structure) -> str:
    """Return the name of the shipped file with the fit under an alternative."""
    return f"posterior_{structure.name.replace(' ', '_')}.npz"


@cache
def fitted_under(structure: Structure) -> Posterior | None:
    """Return the fit under an alternative; None for the model as built, whose fit is the shipped posterior.

    Raises:
        ConfigError: there is none in this installation.
        InputError: it belongs to another version of the model.
    """
    if not (structure.data_speak and structure.switch):
        return None
    at = files("counterflow.reference").joinpath("strategy", file_of(structure))
    if not at.is_file():
        raise ConfigError(
            f"This installation holds no fit of the model under '{structure.name}'.",
            hint="Make it with `counterflow strategy structures --refit FOLDER`.",
        )
    with as_file(at) as path:
        return load(path)


@cache
def weighed(seed: int = 1) -> tuple[Weighed, ...]:
    """Return every alternative with its weight."""
    scored: dict[str, dict[int, float]] = {}
    if files("counterflow.reference").joinpath("strategy", SCORES).is_file():
        for row in read_rows("strategy", SCORES):
            if row["version"] != parameters().version:
                # Scores of another model say nothing of this one.
                continue
            scored.setdefault(row["structure"], {})[int(row["year"])] = float(row["score"])
    return tuple(each for answers in questions().values() for each in weigh(answers, scored, seed))


def weigh(answers: Sequence[Structure], scored: dict[str, dict[int, float]], seed: int) -> list[Weighed]:
    """Return the answers to one question with their weights, from the score of each held-out year."""
    prior = np.array([s.prior for s in answers])
    if not all(s.data_speak and s.name in scored for s in answers):
        return [Weighed(structure=s, weight=s.prior, stacked=np.nan, score=np.nan, years=0) for s in answers]
    years = sorted(scored[answers[0].name])
    points = np.array([[scored[s.name][year] for s in answers] for year in years])
    found, stacked = pseudo_bma(points, prior, seed), stacking(points, prior)
    return [
        Weighed(structure=s, weight=float(found[k]), stacked=float(stacked[k]), score=float(points[:, k].sum()),
                years=len(years))
        for k, s in enumerate(answers)
    ]  # fmt: skip


def across(pulls: Sequence[Pull], asked: Asked, n: int, seed: int) -> list[dict[str, object]]:
    """Return the effect of a mix under each alternative and averaged, one row each, for the first outcome asked for.

    Args:
        pulls: the mix.
        asked: which result.
        n: draws under each alternative.
        seed: seed of the draws; the same rows of what no data inform under every alternative.

    Returns:
        Rows question, structure, weight, declared, effect with its 95 % interval, baseline; for each question a row
        `averaged` with `between`, the share of the variance that lies between alternatives. An alternative that
        this installation holds no fit of is named without a result, and its question has no average.
    """
    rows: list[dict[str, object]] = []
    built = _under(pulls, asked, None, n, seed)
    held = weighed()
    for question in questions():
        answers = [each for each in held if each.structure.question == question]
        found = [
            None if not _fitted(each.structure)
            else _under(pulls, asked, each.structure, n, seed) if each.structure is not answers[0].structure
            else built
            for each in answers
        ]  # fmt: skip
        rows += [_row(question, each, run) for each, run in zip(answers, found, strict=True)]
        runs = [run for run in found if run is not None]
        if len(runs) == len(found):
            # Where a run under one alternative did not stay finite, alternatives hold unlike numbers of draws.
            fewest = min(run.shape[1] for run in runs)
            rows.append(_averaged_row(question, answers, np.stack([run[:, :fewest] for run in runs])))
    return rows


def _fitted(structure: Structure) -> bool:
    """Return whether results can be drawn under an alternative: it needs no fit of its own, or there is one."""
    if not (structure.data_speak and structure.switch):
        return True
    return files("counterflow.reference").joinpath("strategy", file_of(structure)).is_file()


def _under(pulls: Sequence[Pull], asked: Asked, structure: Structure | None, n: int, seed: int) -> Floats:
    """Return result without and with the mix under one alternative, shape (2, n)."""
    posterior = None if structure is None else fitted_under(structure)
    switches = dict(asked.switches) | dict(() if structure is None else switches_of(structure))
    wanted = replace(asked, switches=tuple(switches.items()))
    run = results(draw(n, seed, posterior).values, [pulls], wanted)[:, :, 0]
    return np.asarray(run[:, require_finite(run.T)])


def _row(question: str, each: Weighed, run: Floats | None) -> dict[str, object]:
    told: dict[str, object] = {
        "question": question, "structure": each.structure.name, "declared": each.structure.prior,
        "weight": each.weight,
    }  # fmt: skip
    if run is None:
        nothing = dict.fromkeys(("effect", "low", "median", "high", "baseline", "between"))
        return told | nothing | {"note": "not fitted: counterflow strategy structures --refit FOLDER"}
    effect = run[1] - run[0]
    low, middle, high = np.quantile(effect, _ENDS)
    return told | {
        "effect": float(effect.mean()), "low": float(low), "median": float(middle), "high": float(high),
        "baseline": float(run[0].mean()), "between": None, "note": "",
    }  # fmt: skip


def _averaged_row(question: str, answers: Sequence[Weighed], runs: Floats) -> dict[str, object]:
    weights = np.array([each.weight for each in answers])
    weights = weights / weights.sum()
    mixed = averaged(runs[:, 1] - runs[:, 0], weights, _ENDS)
    low, middle, high = (float(q) for q in mixed.quantiles)
    return {
        "question": question, "structure": "averaged", "declared": None, "weight": 1.0, "effect": mixed.mean,
        "low": low, "median": middle, "high": high, "baseline": float(weights @ runs[:, 0].mean(axis=1)),
        "between": mixed.between, "note": "",
    }  # fmt: skip


def about_weights() -> str:
    """Return in one sentence how the weights were made."""
    years = max(each.years for each in weighed())
    if not years:
        return f"Weights are as declared; no structure was fitted to model version {parameters().version}."
    return (
        f"Loops: declared weight times the fit to {years} held-out years (pseudo-BMA+, Yao et al. 2018), {FLOOR:.0%} "
        "spread evenly; all other weights are as declared: no data speak."
    )
