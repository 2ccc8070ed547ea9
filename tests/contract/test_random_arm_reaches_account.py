"""The target room draws, the account room estimates: together they must give the truth back.

Offices of very different size and staffing, a pool that several lanes share, fractional shares of minutes,
resources with different detection, a strong targeted arm on the same records: every plan is drawn by
`target.choose`, its outcomes follow from a known truth, and the account sees nothing but the tables.
"""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from counterflow.account.interdiction.rates import Frame, InterdictionOptions, interdiction_rows
from counterflow.core.seeds import generator
from counterflow.target.choice.capacity import Pool
from counterflow.target.choice.choose import ARMS, Exploration, FollowUps, choose
from counterflow.target.loop.strata import strata

DAYS = [dt.date(2026, 3, 2) + dt.timedelta(days=i) for i in range(5)]
POOLS = [
    Pool("JFK", "mail", None, "officer", 600.0, 10.0, 1.0, 2),
    Pool("JFK", "*", None, "dog", 300.0, 7.0, 0.7, 3),
    Pool("ORD", "mail", None, "officer", 130.0, 12.0, 1.0, 4),
    Pool("*", "sea", None, "scanner", 200.0, 25.0, 0.7, 5),
]
DRAWS = 120


@pytest.fixture(scope="module")
def world():
    """8,000 records; 6 % violative, crowded into the large lane; half of them look bad."""
    rng = generator(11, "world")
    places = [("JFK", "mail", 0.70), ("JFK", "sea", 0.10), ("ORD", "mail", 0.12), ("ORD", "sea", 0.08)]
    which = rng.choice(len(places), 8_000, p=[p for *_, p in places])
    records = pa.table(
        {
            "source": ["s"] * 8_000,
            "record_id": [f"r{i}" for i in range(8_000)],
            "office": [places[i][0] for i in which],
            "lane": [places[i][1] for i in which],
            "day": pa.array([DAYS[i] for i in rng.integers(0, len(DAYS), 8_000)], pa.date32()),
        }
    )
    chance = np.where(which == 0, 0.075, 0.025)
    violative = rng.random(8_000) < chance
    looks_bad = np.where(violative, rng.random(8_000) < 0.5, rng.random(8_000) < 0.02)
    return records, violative, np.where(looks_bad, 5.0, 0.1) + rng.random(8_000) * 0.01


def one_period(world, seed, explore=None):
    """Draw a plan, inspect what it selects; return the pooled random row, and the truth beside it."""
    records, violative, harm = world
    mandatory = np.arange(len(violative)) % 400 == 0
    choice = choose(records, POOLS, DAYS, harm, mandatory, share=0.23, seed=seed, explore=explore)
    rng = generator(seed, "inspection")
    detection = np.array([cell.pool.detection_rate for cell in choice.cells])
    rows = choice.selected
    found = violative[rows] & (rng.random(len(rows)) < detection[choice.cell[rows]])
    drawn = pa.table(
        {
            "lane": records.column("lane").take(pa.array(rows)),
            "arm": [ARMS[i] for i in choice.arm[rows]],
            "inclusion_probability": choice.probability[rows],
            "sampled": [ARMS[i] == "random" for i in choice.arm[rows]],
            "answered": [True] * len(rows),
            "detection_rate": detection[choice.cell[rows]],
            "state": ["inspected"] * len(rows),
            "confirmation": np.where(found, "confirmed", "none").tolist(),
        }
    )
    within = choice.probability > 0
    lanes = records.column("lane").to_numpy(zero_copy_only=False)
    eligible = {lane: int((within & (lanes == lane)).sum()) for lane in ("mail", "sea")}
    options = InterdictionOptions(usefulness_limit=1.0, declared_worth=1e6)
    rows_made = interdiction_rows(Frame(eligible, drawn, DAYS[-1], "test"), options)
    row = next(r for r in rows_made if (r["lane"], r["arm"]) == ("*", "random"))
    row["inspected_in_all_arms"] = len(rows)
    return row, int((violative & within).sum()), int(found.sum())


def explored(world):
    """Strata of score by lane drawn at rates of their own, and follow-ups of their minutes."""
    records, _, harm = world
    lanes = records.column("lane").to_numpy(zero_copy_only=False)
    made = strata(harm, lanes, np.where(harm > 1, 0.4, 0.02), taken=0.1)
    assert made.rate.max() > 2 * made.rate.min()
    return Exploration(made, FollowUps(np.arange(100, 400), np.linspace(0.1, 0.3, 300), 0.05))


@pytest.mark.parametrize("how", ["all alike", "in strata, with follow-ups"])
def test_undetected_and_interdiction_cover_the_truth_and_the_point_is_unbiased(world, how):
    covered = rate_covered = 0
    points = []
    explore = explored(world) if how.startswith("in strata") else None
    for seed in range(DRAWS):
        row, violative, found = one_period(world, seed, explore)
        undetected, rate = row["undetected"], row["interdiction"]
        covered += undetected["low"] <= violative - found <= undetected["high"]
        rate_covered += rate["low"] <= found / violative <= rate["high"]
        points.append(row["prevalence"]["value"] * row["eligible"] / violative)
    assert covered >= 0.93 * DRAWS
    assert rate_covered >= 0.93 * DRAWS
    error = np.std(points) / np.sqrt(DRAWS)
    assert abs(np.mean(points) - 1) < 3 * error


def test_the_hit_rate_of_all_inspections_would_be_far_off(world):
    """What the estimate guards against: the hit rate of everything inspected, times the volume."""
    row, violative, found = one_period(world, 1)
    naive = found / row["inspected_in_all_arms"] * row["eligible"]
    assert naive > 2 * violative
    assert row["prevalence"]["high"] * row["eligible"] < naive
