"""The first look: which parameters move the series at all, and where in their priors the series are not missed by far.

History matching (Craig et al. 1997; Vernon, Goldstein & Bower 2010): a point is implausible where a series is missed
by more than three times what measurement and model error allow. It rules out, it does not estimate; what is left
gives the descents their starts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from counterflow.core.errors import ConfigError
from counterflow.core.seeds import generator
from counterflow.strategy.calibrate.likelihood import Likelihood, Simulator
from counterflow.strategy.calibrate.space import Space
from counterflow.strategy.calibrate.targets import Targets
from counterflow.strategy.model.draws import prior_quantiles
from counterflow.strategy.model.parameters import Parameters

__all__ = ["CUTOFF", "Screened", "movers", "screen"]

Floats = npt.NDArray[np.float64]
Progress = Callable[[str], None]
CUTOFF = 3.0
_MOVES = 0.1
_BATCH = 2000
_SECOND = 2  # the second worst series decides: one series may be badly measured


@dataclass(frozen=True)
class Screened:
    """What the screen left.

    Args:
        runs: points that were run.
        plausible: points that no series but one rules out.
        starts: best points, shape (m, d), best first and apart from each other.
        implausibility: of each start, shape (m,).
    """

    runs: int
    plausible: int
    starts: Floats
    implausibility: Floats


def movers(held: Parameters, simulate: Simulator, targets: Targets) -> tuple[str, ...]:
    """Return the parameters that move a fitted series by more than a tenth of its error, one prior spread up or down.

    Raises:
        ConfigError: none does; the parameter tables and the engine do not fit.
    """
    free = [p for p, row in enumerate(held.rows) if row.scale != "fixed" and row.high > row.low]
    shares = np.full((2 * len(free) + 1, len(held.rows)), 0.5)
    for place, where in enumerate(free):
        shares[1 + 2 * place, where], shares[2 + 2 * place, where] = 0.16, 0.84
    vectors = prior_quantiles(shares, held)
    middle = [p for p in range(len(held.rows)) if p not in set(free)]
    vectors[:, middle] = held.values[middle]
    runs = np.log(np.maximum(simulate(vectors, targets.years[-1]), 1e-6))
    errors = np.array([s.error for s in targets.series])
    moved = np.where(targets.fitted, runs[1:] - runs[0], 0.0)
    size = np.sqrt((moved**2).sum(axis=1) / np.maximum(1, targets.fitted.sum(axis=0))) / errors
    most = size.max(axis=1).reshape(-1, 2).max(axis=1)
    names = tuple(held.rows[where].name for where, m in zip(free, most, strict=True) if m > _MOVES)
    if not names:
        raise ConfigError("No parameter moves any series.", hint="Install counterflow again; a table was changed.")
    return names


def screen(
    space: Space, simulate: Simulator, likelihood: Likelihood, count: int, seed: int, tell: Progress, starts: int = 24
) -> Screened:
    """Run a Latin hypercube over the priors, then two over what the one before left, and return the best points.

    Args:
        space: the parameters.
        simulate: runs the model.
        likelihood: over the fitted years.
        count: runs in all, the three waves together.
        seed: whole number from 0.
        tell: takes a line of progress.
        starts: how many points to return, at most.
    """
    from scipy.stats import qmc

    last = likelihood.targets.years[-1]
    centre, spread = np.zeros(space.size), np.ones(space.size)
    points, misses = np.empty((0, space.size)), np.empty(0)
    for wave, share in enumerate((0.4, 0.3, 0.3)):
        random = generator(seed, "strategy", "calibrate", "screen", wave)
        cube = qmc.LatinHypercube(space.size, rng=random).random(max(16, int(count * share)))
        new = np.clip(centre + spread * ndtri(np.clip(cube, 1e-4, 1 - 1e-4)), -4.0, 4.0)
        found = np.concatenate(
            [
                _implausibility(simulate(space.vectors(part), last), part, likelihood)
                for part in np.array_split(new, -(-len(new) // _BATCH))
            ]
        )
        points, misses = np.concatenate([points, new]), np.concatenate([misses, found])
        best = points[np.argsort(misses)[: max(16, len(points) // 100)]]
        centre, spread = best.mean(axis=0), np.minimum(1.0, 1.2 * best.std(axis=0))
        tell(f"screen, wave {wave + 1}: {len(points)} runs, {(misses < CUTOFF).sum()} not ruled out")
    order = np.argsort(misses)
    chosen = _apart(points[order[: 40 * starts]], starts)
    return Screened(len(points), int((misses < CUTOFF).sum()), points[order][chosen], misses[order][chosen])


def _implausibility(runs: Floats, points: Floats, likelihood: Likelihood) -> Floats:
    """Return the second worst series of each run: its root mean square miss in units of its error."""
    good = np.asarray(np.isfinite(runs).all(axis=(1, 2)))
    expected = likelihood.expected(np.where(good[:, None, None], runs, 1.0), points[:, -1])
    residuals = likelihood.residuals(expected)
    errors = np.array([s.error * np.sqrt(1 + s.bias**2) for s in likelihood.targets.series])
    count = np.maximum(1, likelihood.targets.fitted.sum(axis=0))
    by_series = np.sqrt((residuals**2).sum(axis=1) / count) / errors
    return np.where(good, np.sort(by_series, axis=1)[:, -_SECOND], np.inf)


def _apart(points: Floats, count: int) -> list[int]:
    """Return places of `count` points, the first and then whichever is farthest from those taken."""
    taken = [0]
    distance = np.linalg.norm(points - points[0], axis=1)
    while len(taken) < min(count, len(points)):
        taken.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(points - points[taken[-1]], axis=1))
    return sorted(taken)
