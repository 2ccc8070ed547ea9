"""The mathematics of doubt on functions whose answers are known."""

import math

import numpy as np
import pytest
from scipy.stats import norm, qmc

from counterflow.strategy.doubt.drivers import drivers
from counterflow.strategy.doubt.labels import label
from counterflow.strategy.doubt.prim import discover
from counterflow.strategy.doubt.shares import Share, group_shares, paired_shares
from counterflow.strategy.doubt.sobol import indices
from counterflow.strategy.doubt.space import Part, Space, uniform
from counterflow.strategy.doubt.tornado import tornado
from counterflow.strategy.doubt.weights import averaged, pseudo_bma, stacking
from counterflow.strategy.doubt.worth import evpi, evppi

PI = math.pi


def ishigami(x):
    """Ishigami & Homma 1990, with a = 7 and b = 0.1."""
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def ishigami_space(informed=()):
    return uniform(("x1", "x2", "x3"), np.full(3, -PI), np.full(3, PI), informed)


def ishigami_truth():
    whole = 49 / 8 + 0.1 * PI**4 / 5 + 0.01 * PI**8 / 18 + 0.5
    v1, v2, v13 = 0.5 * (1 + 0.1 * PI**4 / 5) ** 2, 49 / 8, 8 * 0.01 * PI**8 / 225
    return {
        "x1": (v1 / whole, (v1 + v13) / whole),
        "x2": (v2 / whole, v2 / whole),
        "x3": (0.0, v13 / whole),
    }


def test_sobol_indices_of_ishigami():
    found = {index.name: index for index in indices(ishigami, ishigami_space(), 4096, 3)}
    for name, (first, total) in ishigami_truth().items():
        assert found[name].first == pytest.approx(first, abs=0.02)
        assert found[name].total == pytest.approx(total, abs=0.02)
        assert found[name].first_low - 0.01 <= first <= found[name].first_high + 0.01
        assert found[name].total_low <= total <= found[name].total_high
    assert list(found) == ["x1", "x2", "x3"]


@pytest.mark.parametrize(("informed", "group"), [(("x1",), ("x2", "x3")), (("x2",), ("x1", "x3")), (("x3",), ())])
def test_share_of_a_group_counts_its_interactions(informed, group):
    (share,) = group_shares(ishigami, ishigami_space(informed), 4096, 5)
    truth = ishigami_truth()
    # total effect of the rest = 1 - first-order effect of what is informed
    assert share.value == pytest.approx(1 - truth[informed[0]][0], abs=0.02)
    assert share.low <= 1 - truth[informed[0]][0] <= share.high


def test_shares_of_several_results_at_once_and_of_none():
    space = uniform(("a", "b"), np.zeros(2), np.ones(2), ("a",))
    found = group_shares(
        lambda x: np.column_stack([x[:, 0], x[:, 1], 2 * x[:, 0] + x[:, 1], x[:, 0] * 0 + 7]), space, 2048, 1
    )
    assert [None if s.value is None else round(s.value, 2) for s in found] == [0.0, 1.0, 0.2, None]
    assert label(found[1]).name == "assumption-driven"
    assert not label(found[1]).ranked
    assert label(found[2]).ranked
    assert label(found[3]).name == "no effect"


def test_a_posterior_moves_as_one_part():
    # Two fitted parameters that only their sum is known of: exchanged one by one they would seem to matter.
    rng = np.random.default_rng(1)
    rows = rng.normal(size=500)
    posterior = np.column_stack([rows, -rows])

    def of_posterior(places):
        return posterior[np.minimum((places * 500).astype(int), 499)]

    def of_prior(places):
        return places[:, None]

    space = Space(("a", "b", "c"), (Part("fit", (0, 1), of_posterior, True), Part("c", (2,), of_prior)))
    (share,) = group_shares(lambda x: x[:, 0] + x[:, 1] + x[:, 2], space, 1024, 1)
    assert share.value == pytest.approx(1.0)
    with pytest.raises(ValueError, match="together"):
        group_shares(lambda x: x[:, 0], space, 64, 1, np.array([0]))


def test_interval_of_a_share_holds_the_truth_as_often_as_it_says():
    held, trials = 0, 90
    rng = np.random.default_rng(7)
    for trial in range(trials):
        known, one, other = rng.normal(size=(3, 150))
        (share,) = paired_shares(known + one, known + other, trial)
        held += share.low <= 0.5 <= share.high
    assert 0.87 * trials <= held <= trials


def test_the_label_needs_the_draws_to_decide():
    assert label(Share(value=0.45, low=0.4, high=0.52, pairs=200, spread=1.0)).name == "undecided"
    assert not label(Share(value=0.45, low=0.4, high=0.52, pairs=200, spread=1.0)).ranked
    assert label(Share(value=0.55, low=0.45, high=0.6, pairs=200, spread=1.0)).name == "assumption-driven"
    assert label(Share(value=0.3, low=0.25, high=0.36, pairs=200, spread=1.0)).ranked


def test_same_seed_same_numbers():
    assert group_shares(ishigami, ishigami_space(("x1",)), 256, 9) == group_shares(
        ishigami, ishigami_space(("x1",)), 256, 9
    )
    assert group_shares(ishigami, ishigami_space(("x1",)), 256, 9) != group_shares(
        ishigami, ishigami_space(("x1",)), 256, 8
    )


def test_drivers_are_found_in_order_and_chance_is_left_out():
    rng = np.random.default_rng(3)
    draws = rng.random((2000, 30))
    result = 3 * draws[:, 4] - 2 * draws[:, 7] + (draws[:, 9] - 0.5) ** 2 * 4
    informed = np.arange(30) == 7
    found = drivers(draws, result, tuple(f"p{i}" for i in range(30)), informed)
    assert [d.name for d in found[:3]] == ["p4", "p7", "p9"]
    assert found[0].share == pytest.approx(9 / 12 / (9 / 12 + 4 / 12 + 16 / 180), abs=0.03)
    assert found[1].direction < 0 < found[0].direction
    assert found[1].informed
    assert len(found) <= 5


def test_tornado_orders_by_swing():
    space = uniform(("a", "b", "fixed"), np.array([0.0, 0, 2]), np.array([1.0, 1, 2]), ("a",))
    found = tornado(lambda x: x[:, 0] - 5 * x[:, 1] + x[:, 2], space, 1)
    assert [bar.name for bar in found] == ["b", "a"]
    assert found[0].at_high < found[0].middle < found[0].at_low
    assert found[0].swing == pytest.approx(4.5, abs=0.15)
    assert found[1].informed


def test_prim_finds_a_known_box():
    table = qmc.Sobol(8, scramble=True, rng=np.random.default_rng(5)).random(4096)
    hits = (table[:, 2] > 0.6) & (table[:, 5] < 0.35)
    found = discover(table, hits, 1, density=0.95)
    assert [r.column for r in found.restrictions] == [2, 5]
    assert found.restrictions[0].low == pytest.approx(0.6, abs=0.03)
    assert found.restrictions[1].high == pytest.approx(0.35, abs=0.03)
    assert found.restrictions[0].high == np.inf
    assert found.density > 0.9
    assert found.coverage > 0.85
    assert found.base == pytest.approx(0.14, abs=0.02)
    assert max(r.p_value for r in found.restrictions) < 1e-6


def test_prim_finds_a_kind():
    rng = np.random.default_rng(2)
    table = np.column_stack([rng.random(2000), rng.integers(0, 4, 2000)])
    hits = (table[:, 1] == 2) & (table[:, 0] < 0.7)
    found = discover(table, hits, 1, kinds=(1,), density=0.95)
    assert {r.column: r.kinds for r in found.restrictions}[1] == (2,)
    assert found.density > 0.9


@pytest.mark.parametrize("seed", range(3))
def test_prim_says_nothing_of_chance(seed):
    rng = np.random.default_rng(seed)
    found = discover(rng.random((600, 30)), rng.random(600) < 0.3, seed)
    # Whatever was found in the searched half is told by the other half: no better than all draws.
    assert found is None or found.density_low <= found.base


def normal_worth(mean, spread):
    """Expected worth of knowing N(mean, spread²) for a choice between it and nothing."""
    return spread * norm.pdf(mean / spread) - abs(mean) * norm.cdf(-abs(mean) / spread)


@pytest.mark.parametrize("mean", [0.0, 0.8])
def test_worth_of_knowing_in_closed_form(mean):
    rng = np.random.default_rng(11)
    a, b, idle = rng.normal(size=(3, 2000))
    losses = np.column_stack([np.full(2000, 5.0) + b, 5 + b + mean + 2 * a + idle])
    everything = evpi(losses, 1)
    assert everything.value == pytest.approx(normal_worth(mean, math.sqrt(5)), rel=0.06)
    assert everything.low <= normal_worth(mean, math.sqrt(5)) <= everything.high
    of_a = evppi(losses, a[:, None], 1)
    assert of_a.value == pytest.approx(normal_worth(mean, 2.0), rel=0.1)
    assert evppi(losses, rng.normal(size=(2000, 1)), 1).value < 0.03
    both = evppi(losses, np.column_stack([a, idle]), 1)
    assert of_a.value < both.value <= everything.value * 1.05


def test_worth_of_a_pair_that_only_tells_together():
    rng = np.random.default_rng(4)
    x = rng.uniform(-1, 1, (2500, 2))
    losses = np.column_stack([np.zeros(2500), x[:, 0] * x[:, 1]])
    assert evppi(losses, x[:, :1], 1).value < 0.01
    assert evppi(losses, x, 1).value == pytest.approx(0.125, rel=0.1)  # E|x y| / 2


def test_weights_follow_fit_prior_and_floor():
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.normal(-1, 0.1, 40), rng.normal(-2, 0.1, 40)])
    even = np.array([1.0, 1.0])
    assert pseudo_bma(points, even, 1)[0] == pytest.approx(0.9, abs=0.01)
    assert stacking(points, even)[0] == pytest.approx(0.9, abs=0.01)
    assert pseudo_bma(points[:0], np.array([3.0, 1.0]), 1, floor=0.0).tolist() == [0.75, 0.25]
    # Each is right for half of the points: stacking keeps both.
    halves = np.vstack([points[:20], points[20:, ::-1]])
    assert stacking(halves, even, floor=0.0) == pytest.approx([0.5, 0.5], abs=0.02)
    assert pseudo_bma(halves, even, 1).sum() == pytest.approx(1.0)


def test_a_mixture_adds_what_lies_between():
    results = np.array([[0.0, 2.0], [10.0, 12.0]])
    found = averaged(results, np.array([0.5, 0.5]))
    assert found.mean == 6
    assert found.between == pytest.approx(25 / 26)
    assert averaged(np.zeros((2, 3)), np.array([0.5, 0.5])).between is None
