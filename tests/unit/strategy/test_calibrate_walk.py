"""Walkers and their diagnostics, against densities whose answer is known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from counterflow.core.seeds import generator
from counterflow.strategy.calibrate.diagnostics import bulk_ess, rank_rhat, tail_ess
from counterflow.strategy.calibrate.ensemble import Density, Reference, Walk, walk

Floats = npt.NDArray[np.float64]
COVARIANCE = np.array([[1.0, 0.9, 0.0], [0.9, 2.0, -0.5], [0.0, -0.5, 0.5]])
PRECISION = np.linalg.inv(COVARIANCE)


def normal(points: Floats) -> Floats:
    """A correlated normal about (1, -2, 3)."""
    apart = points - np.array([1.0, -2.0, 3.0])
    return np.asarray(-0.5 * np.einsum("ni,ij,nj->n", apart, PRECISION, apart))


def banana(points: Floats) -> Floats:
    """Haario's banana: x normal with variance 4, y given x normal about x²/2 with variance 1."""
    x, y = points[:, 0], points[:, 1]
    return np.asarray(-0.5 * x**2 / 4.0 - 0.5 * (y - 0.5 * x**2) ** 2)


def begun(density: Density, walkers: int, size: int) -> Walk:
    points = generator(3, "begun").standard_normal((walkers, size))
    return Walk(points, density(points), 0, [], [])


@pytest.mark.parametrize("leaning", [False, True])
def test_walkers_find_mean_and_covariance_of_a_normal(leaning: bool) -> None:
    reference = Reference(np.zeros(3), 1.5 * np.eye(3)) if leaning else None
    walked = walk(normal, begun(normal, 40, 3), 1500, 5, reference=reference)
    draws = walked.chains[300:].reshape(-1, 3)
    assert draws.mean(axis=0) == pytest.approx([1.0, -2.0, 3.0], abs=0.08)
    assert np.cov(draws, rowvar=False) == pytest.approx(COVARIANCE, abs=0.15)
    assert max(rank_rhat(walked.chains[300:, :, p]) for p in range(3)) < 1.06


def test_walkers_follow_a_banana() -> None:
    walked = walk(banana, begun(banana, 40, 2), 3000, 7)
    draws = walked.chains[600:].reshape(-1, 2)
    assert draws[:, 0].var() == pytest.approx(4.0, rel=0.15)
    assert draws[:, 1].mean() == pytest.approx(2.0, rel=0.1)  # E[x²] / 2
    assert float(np.mean(np.abs(draws[:, 0]) > 1.96 * 2.0)) == pytest.approx(0.05, abs=0.02)


def test_a_walk_gone_on_with_is_the_walk_at_once() -> None:
    at_once = walk(normal, begun(normal, 12, 3), 200, 9, thin=10)
    first = walk(normal, begun(normal, 12, 3), 100, 9, thin=10)
    again = Walk(first.points, first.values, first.steps, first.kept, first.kept_values, first.accepted)
    resumed = walk(normal, again, 200, 9, thin=10)
    assert resumed.chains.tobytes() == at_once.chains.tobytes()
    assert resumed.accepted == at_once.accepted


def test_rhat_sees_chains_that_have_not_met_and_ess_counts_memory() -> None:
    random = generator(1, "chains")
    free = random.standard_normal((1000, 4))
    assert rank_rhat(free) < 1.01
    assert bulk_ess(free) == pytest.approx(4000, rel=0.15)
    assert tail_ess(free) > 2500
    apart = free + np.array([0.0, 0.0, 0.0, 3.0])
    assert rank_rhat(apart) > 1.3
    wider = free * np.array([1.0, 1.0, 1.0, 10.0])
    assert rank_rhat(wider) > 1.1  # seen by the folded ranks alone
    slow = np.empty((4000, 4))
    slow[0] = random.standard_normal(4)
    for step in range(1, 4000):
        slow[step] = 0.9 * slow[step - 1] + np.sqrt(1 - 0.81) * random.standard_normal(4)
    assert bulk_ess(slow) == pytest.approx(16000 * 0.1 / 1.9, rel=0.3)  # (1 - r) / (1 + r) of the draws
