"""The whole fit, stage by stage, each kept so that it can be gone on with.

1. which parameters move the series (`screen.movers`);
2. screen: three Latin hypercubes, 3 % of the runs (`screen.screen`);
3. descents from what was not ruled out, and from the usual values as one start among them (`search.descend`);
4. hindcast inside the fitted years: how fast the structure goes astray (`errors.hindcast`);
5. walkers: the rest of the runs (`ensemble.walk`); what they lean on is learnt anew from themselves at a sixth and a
   third of the way and stays fixed from then on; the first 45 % of the steps are left out;
6. what was learnt (`learnt`), the errors of the series (`errors`), the rows of the posterior.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.clock import Clock
from counterflow.core.errors import UsageError
from counterflow.core.seeds import generator
from counterflow.strategy.calibrate.checkpoint import Checkpoint
from counterflow.strategy.calibrate.ensemble import Reference, Walk, walk
from counterflow.strategy.calibrate.errors import SeriesError, hindcast, series_errors
from counterflow.strategy.calibrate.learnt import Learnt, learnt_of, tied
from counterflow.strategy.calibrate.likelihood import Likelihood, Simulator, likelihood_of
from counterflow.strategy.calibrate.screen import movers, screen
from counterflow.strategy.calibrate.search import Found, descend, log_density
from counterflow.strategy.calibrate.space import Space, space_of
from counterflow.strategy.calibrate.targets import Targets
from counterflow.strategy.model.parameters import Parameters
from counterflow.strategy.model.posterior import Posterior

__all__ = ["LEAST_RUNS", "MOST_RUNS", "Asked", "Calibration", "calibrate"]

Floats = npt.NDArray[np.float64]
Progress = Callable[[str], None]
LEAST_RUNS, MOST_RUNS = 5_000, 20_000_000
_SCREEN_SHARE = 0.03
_KEPT = 400  # steps of the walk that are kept
_RELEARN = (1 / 6, 1 / 3)
_LEFT_OUT = 0.45
_WALKERS = 60  # at least: a call of the engine costs the same for few


@dataclass(frozen=True)
class Asked:
    """What is asked of a fit.

    Args:
        targets: the series, already cut at the last year to be fitted.
        runs: engine runs to spend, about.
        seed: whole number from 0.
        rows: rows of the posterior.
        folder: where checkpoints are kept, or None.
        drivers: digest of the drivers.
    """

    targets: Targets
    runs: int = 1_000_000
    seed: int = 1
    rows: int = 1500
    folder: Path | None = None
    drivers: str = ""

    def __post_init__(self) -> None:
        if not LEAST_RUNS <= self.runs <= MOST_RUNS:
            raise UsageError(
                f"{self.runs} runs are no fit.", hint=f"Ask for {LEAST_RUNS} to {MOST_RUNS}; 1,000,000 is usual."
            )


@dataclass(frozen=True)
class Calibration:
    """A finished fit.

    Args:
        posterior: its rows and what is known about them.
        learnt: what the data say of each parameter.
        errors: what the model gets wrong, by series.
        space: the space it was made in.
        likelihood: the likelihood it used.
        best: the best point found, shape (d,).
    """

    posterior: Posterior
    learnt: tuple[Learnt, ...]
    errors: tuple[SeriesError, ...]
    space: Space
    likelihood: Likelihood
    best: Floats


def calibrate(asked: Asked, held: Parameters, simulate: Simulator, clock: Clock, tell: Progress) -> Calibration:
    """Fit the model to the series.

    Args:
        asked: series, runs, seed.
        held: the parameters of the model.
        simulate: runs it.
        clock: today's date is noted with the posterior.
        tell: called with one line now and then.
    """
    kept = Checkpoint(asked.folder)
    words = {
        "version": held.version, "targets": asked.targets.digest, "drivers": asked.drivers,
        "until": asked.targets.years[-1], "runs": asked.runs, "seed": asked.seed, "rows": asked.rows,
    }  # fmt: skip
    if kept.begin(words):
        tell(f"going on with the run in {asked.folder}")
    names = movers(held, simulate, asked.targets)
    space = space_of(held, names)
    tell(f"{len(names)} of {len(held.rows)} parameters move the series; {asked.targets.fitted.sum()} values to fit")
    found, likelihood, steps = _found(asked, space, simulate, kept, tell)
    walked = _walked(asked, space, simulate, likelihood, found, kept, tell)
    left_out = int(_LEFT_OUT * len(walked.kept))
    chains = walked.chains[left_out:]
    learnt = learnt_of(space, chains)
    values = np.stack(walked.kept_values)[left_out:]
    best = chains.reshape(-1, space.size)[values.argmax()].astype(np.float64)
    errors = series_errors(space, simulate, likelihood, best, steps)
    about = words | _about(space, chains, learnt, errors, walked, best)
    about["day"] = clock().date().isoformat()
    random = generator(asked.seed, "strategy", "calibrate", "rows")
    flat = chains.reshape(-1, space.size)
    rows = flat[random.choice(len(flat), size=asked.rows, replace=len(flat) < asked.rows)].astype(np.float64)
    posterior = Posterior(space.names, space.values(rows).astype(np.float32), held.version, about)
    return Calibration(posterior, learnt, errors, space, likelihood, best)


def _found(
    asked: Asked, space: Space, simulate: Simulator, kept: Checkpoint, tell: Progress
) -> tuple[Found, Likelihood, dict[str, float]]:
    """Screen, descend, look back; or read what an earlier run found."""
    likelihood = likelihood_of(asked.targets)
    families = sorted({s.family for s in asked.targets.series})
    had = kept.read("descents")
    if had is not None:
        found = Found(had["points"], had["values"], had["root"], had["errors"], int(had["runs"]))
        steps = dict(zip(families, had["steps"].tolist(), strict=True))
        return found, likelihood.with_correlation(had["correlation"]), steps
    few = asked.runs < 100_000
    seen = screen(
        space, simulate, likelihood, int(asked.runs * _SCREEN_SHARE), asked.seed, tell, starts=3 if few else 15
    )
    starts = np.concatenate([space.usual()[None], seen.starts])
    found, likelihood = descend(space, simulate, likelihood, starts, tell, most=8 if few else 25)
    steps = hindcast(space, simulate, likelihood, found.points[: 1 if few else 3], asked.seed)
    tell("what the structure misses, per year: " + ", ".join(f"{k} {100 * v:.1f} %" for k, v in steps.items()))
    kept.write(
        "descents", points=found.points, values=found.values, root=found.root, errors=found.errors,
        runs=found.runs, correlation=likelihood.correlation, steps=[steps[f] for f in families],
    )  # fmt: skip
    return found, likelihood, steps


def _walked(
    asked: Asked,
    space: Space,
    simulate: Simulator,
    likelihood: Likelihood,
    found: Found,
    kept: Checkpoint,
    tell: Progress,
) -> Walk:
    """Let the walkers walk, from where an earlier run left them if there was one."""
    density = log_density(space, simulate, likelihood)
    walkers = max(_WALKERS, 2 * int(np.ceil(1.1 * space.size + 4)))
    steps = max(100, int(asked.runs * (1 - _SCREEN_SHARE)) // walkers // 50 * 50)
    thin = max(1, steps // _KEPT)
    had = kept.read("walk")
    if had is None:
        begun = _begin(space, density, found, walkers, asked.seed)
    else:
        begun = Walk(
            had["points"], had["values"], int(had["steps"]), list(had["kept"]), list(had["kept_values"]),
            int(had["accepted"]),
        )  # fmt: skip

    def after(now: Walk) -> None:
        if now.steps % 250 == 0 or now.steps >= steps:
            kept.write(
                "walk", points=now.points, values=now.values, steps=now.steps, kept=np.stack(now.kept),
                kept_values=np.stack(now.kept_values), accepted=now.accepted,
            )  # fmt: skip
            tell(
                f"walkers: step {now.steps} of {steps}, {now.steps * walkers:,} runs, "
                f"{100 * now.acceptance:.0f} % taken, mean log density {now.values.mean():.1f}"
            )

    reference = Reference(found.points[0], found.root)
    before = 0
    for end in (*(int(steps * share) // 50 * 50 for share in _RELEARN), steps):
        walk(density, begun, end, asked.seed, thin=thin, reference=reference, after_block=after)
        reference = _relearnt(begun.kept[(before + end) // (2 * thin) : end // thin], reference)
        before = end
    return begun


def _relearnt(kept: list[Floats], reference: Reference) -> Reference:
    """Return the normal of where the walkers were lately; the one before where they are too few for it."""
    pool = np.concatenate([*kept, np.empty((0, len(reference.mean)))])
    if len(pool) < 40 * pool.shape[1]:
        return reference
    # Walkers hang together: their covariance is drawn to the one before by a tenth.
    covariance = 0.9 * np.cov(pool, rowvar=False) + 0.1 * reference.root @ reference.root.T
    return Reference(pool.mean(axis=0), np.asarray(np.linalg.cholesky(covariance), dtype=np.float64))


def _begin(space: Space, density: Callable[[Floats], Floats], found: Found, walkers: int, seed: int) -> Walk:
    """Return walkers spread about the best points, each hill with a share, all where the density is above nothing."""
    random = generator(seed, "strategy", "calibrate", "walkers")
    near = found.values > found.values[0] - 20.0
    hills = found.points[near][random.integers(near.sum(), size=walkers)]
    points = np.clip(hills + random.standard_normal((walkers, space.size)) @ found.root.T, -4.0, 4.0)
    values = density(points)
    lost = ~np.isfinite(values)
    points[lost] = found.points[0] + 1e-3 * random.standard_normal((int(lost.sum()), space.size))
    if lost.any():
        values = density(points)
    return Walk(points, values, 0, [], [])


def _about(
    space: Space,
    chains: Floats,
    learnt: tuple[Learnt, ...],
    errors: tuple[SeriesError, ...],
    walked: Walk,
    best: Floats,
) -> dict[str, Any]:
    """Return what must be known about the rows."""
    flat = chains.reshape(-1, space.size)
    definition = flat[:, -1]
    return {
        "parameters": [one.as_dict() for one in learnt],
        "learnt": [one.name for one in learnt if one.standing == "learnt"],
        "on_bound": [one.name for one in learnt if one.standing == "on its bound"],
        "tied": [list(pair) for pair in tied(space, flat)],
        "errors": [one.as_dict() for one in errors],
        "definition_2015": [float(definition.mean()), float(definition.std())],
        "best": dict(zip(space.names, (float(v) for v in space.values(best[None])[0]), strict=True)),
        "rhat_most": max(one.rhat for one in learnt),
        "rhat_median": float(np.median([one.rhat for one in learnt])),
        "bulk_least": min(one.bulk for one in learnt),
        "tail_least": min(one.tail for one in learnt),
        "acceptance": walked.acceptance,
        "walkers": len(walked.points),
        "steps": walked.steps,
    }
