"""The threshold test on made-up data whose bars are known."""

import numpy as np
import pytest
from scipy.special import expit, ndtr

from counterflow.account.fairness.bar import threshold_test
from counterflow.account.fairness.bar_model import BarModel, Cells, Unpacked, shares
from counterflow.account.fairness.events import Events


def sampled(groups, units=4, records=3000, drawn=250, seed=1, found_by=None):
    """Events of groups {name: (base rate, signal, bar)}, alike in all units; `found_by` replaces the finds of a group."""
    rng = np.random.default_rng(seed)
    made = {name: [] for name in ("group", "unit", "n", "opened", "found", "random")}
    for name, (phi, delta, bar) in groups.items():
        cut = (np.log(bar / (1 - bar)) - np.log(phi / (1 - phi))) / delta + delta / 2
        hit, miss = phi * ndtr(delta - cut), (1 - phi) * ndtr(-cut)
        for unit in range(units):
            a, b, rest = rng.multinomial(records, [hit, miss, 1 - hit - miss])
            rows = [(a + b + rest, a + b, a, 0)]
            if drawn:
                rows.append((drawn, drawn, rng.binomial(drawn, phi), 1))
            for n, opened, found, random in rows:
                for key, value in zip(made, (name, f"U{unit}", n, opened, found, random), strict=True):
                    made[key].append(value)
    numbers = {key: np.array(made[key], float) for key in ("n", "opened", "found", "random")}
    texts = {key: np.array(made[key], dtype=object) for key in ("group", "unit")}
    return Events({"g": texts["group"]}, numbers["n"], numbers["opened"], numbers["found"], np.zeros(len(texts["unit"])),
                  random=numbers["random"] if drawn else None, unit=texts["unit"])  # fmt: skip


def rates(events):
    chosen = events.random == 0
    return {name: events.found[chosen & (events.groups["g"] == name)].sum()
            / events.inspected[chosen & (events.groups["g"] == name)].sum() for name in ("a", "b")}  # fmt: skip


def run(events, **more):
    test = threshold_test(events, "g", kept=150, **more)
    return test, {row["group"]: row for row in test.rows}


def test_the_gradient_is_the_density_s_own():
    rng = np.random.default_rng(2)
    group, unit = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    cells = Cells(group, unit, np.full(4, 900.0), np.array([90.0, 60, 120, 80]), np.array([20.0, 9, 12, 15]),
                  np.full(4, 50.0), np.array([3.0, 2, 1, 4]))  # fmt: skip
    model = BarModel(cells, np.array([0.3]))
    z = model.begin + 0.3 * rng.normal(size=(1, model.size))
    slope = model.density(z)[1][0]
    step = 1e-6 * np.eye(model.size)
    by_hand = [(model.density(z + s)[0] - model.density(z - s)[0])[0] / 2e-6 for s in step]
    assert slope == pytest.approx(by_hand, abs=1e-3, rel=1e-5)


def test_shares_are_those_of_a_bar_drawn_by_hand():
    rng = np.random.default_rng(3)
    phi, delta, bar = 0.2, 1.5, 0.35
    carries = rng.random(200_000) < phi
    x = rng.normal(size=200_000) + delta * carries
    odds = phi / (1 - phi) * np.exp(delta * x - delta**2 / 2)
    opened = odds / (1 + odds) > bar
    cut = (np.log(bar / (1 - bar)) - np.log(phi / (1 - phi))) / delta + delta / 2
    at = Unpacked(np.array([[np.log(phi / (1 - phi))]]), np.log([[delta]]), np.array([[cut]]))
    hit, miss = shares(at)
    assert hit[0, 0] == pytest.approx((opened & carries).mean(), abs=0.003)
    assert miss[0, 0] == pytest.approx((opened & ~carries).mean(), abs=0.003)
    assert expit(at.logit_bar[0, 0]) == pytest.approx(bar)


def test_one_bar_and_two_hit_rates_is_not_taken_for_two_bars():
    """Infra-marginality: group a's risks are spread wider, so more is found of it under the very same bar."""
    given = sampled({"a": (0.10, 2.2, 0.15), "b": (0.10, 0.9, 0.15)}, units=2, drawn=500)
    hit = rates(given)
    assert hit["a"] > 1.4 * hit["b"]  # a hit-rate test would say that b is opened on less evidence
    test, rows = run(given)
    assert test.informative
    for name in "ab":
        assert rows[name]["bar_low"] < 0.15 < rows[name]["bar_high"]
        assert "no other bar shown" in rows[name]["verdict"]


def test_two_bars_and_one_hit_rate_are_told_apart():
    given = sampled({"a": (0.10, 2.2, 0.06), "b": (0.10, 0.95, 0.24)}, units=1, records=30_000, drawn=3000)
    hit = rates(given)
    assert abs(hit["a"] - hit["b"]) < 0.05  # a hit-rate test would say that both are treated alike
    test, rows = run(given)
    assert test.informative
    assert rows["a"]["verdict"].startswith("a lower bar than others")
    assert rows["a"]["bar_low"] < 0.06 < rows["a"]["bar_high"]
    assert rows["b"]["bar_low"] < 0.24 < rows["b"]["bar_high"]


def test_the_same_seed_gives_the_same_answer():
    given = sampled({"a": (0.1, 1.2, 0.15), "b": (0.05, 1.2, 0.15)}, units=1)
    assert run(given)[0].rows == run(given)[0].rows


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (sampled({"a": (0.1, 1.2, 0.15), "b": (0.1, 1.2, 0.15)}, units=2, drawn=0), "no random arm"),
        (sampled({"a": (0.1, 1.2, 0.15)}), "fewer than two groups"),
        (sampled({"a": (0.1, 1.2, 0.15), "b": (0.001, 1.2, 0.3)}, units=1, records=200, drawn=20), "fewer than two"),
    ],
)
def test_what_cannot_be_told_is_said(given, words):
    test, _ = run(given)
    assert not test.informative
    assert words in test.why_not
    assert test.rows == ()
