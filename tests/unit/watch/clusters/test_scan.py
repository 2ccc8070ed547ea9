"""The space-time scan against every cylinder by hand, its chance against chance, and what it refuses."""

import json
import math

import numpy as np
import pyarrow as pa
import pytest

from counterflow.core.errors import InputError, UsageError
from counterflow.watch.clusters import Asked, Coordinates, scan
from counterflow.watch.clusters.chance import Null
from counterflow.watch.clusters.circles import circles
from counterflow.watch.clusters.expected import by_history, by_population, spread_of
from counterflow.watch.grid import KEY, Grid

QUICK = {"replicates": 39, "workers": 1}


def grid_of(counts, *, places=None, days=None):
    counts = np.asarray(counts, float)
    names = places or [f"p{n}" for n in range(len(counts))]
    columns = dict.fromkeys(KEY.names, [""] * len(names)) | {"series": names, "place": names}
    starts = np.full(counts.shape[1], np.datetime64("NaT"), "datetime64[D]") if days is None else days
    return Grid(pa.table(columns, schema=KEY), "week", starts, np.arange(1, counts.shape[1] + 1), counts)


def study(seed, *, places=14, periods=12, hot=0):
    """Places with a population each, Poisson counts, and `hot` times more cases in the first few at the end."""
    rng = np.random.default_rng(seed)
    lat, lon = rng.uniform(41, 43, places), rng.uniform(-89, -87, places)
    at_risk = np.repeat(rng.lognormal(8, 0.7, places)[:, None], periods, axis=1)
    mean = at_risk / at_risk.mean() * 1.5
    near = np.argsort((lat - lat[0]) ** 2 + (lon - lon[0]) ** 2)[:3]
    mean[near, -3:] += hot * mean[near, -3:]
    names = tuple(f"p{n}" for n in range(places))
    return grid_of(rng.poisson(mean), places=names), Coordinates(names, lat, lon), at_risk


def by_hand(y, where, expected, size, windows, share):
    """Every cylinder, one after the other: the highest ratio and what it holds."""
    total, best = y.sum(), (0.0, ())
    lat, lon = np.radians(where.lat), np.radians(where.lon)
    for i in range(len(y)):
        half = np.sin((lat - lat[i]) / 2) ** 2 + np.cos(lat) * np.cos(lat[i]) * np.sin((lon - lon[i]) / 2) ** 2
        order = np.argsort(np.arcsin(np.sqrt(half)), kind="stable")
        for k in range(1, len(y) + 1):
            inside = order[:k]
            if k > 1 and size[inside].sum() > share * size.sum():
                break
            for w in range(1, windows + 1):
                c, m = y[inside, -w:].sum(), expected[inside, -w:].sum()
                if c < 2 or c <= m or m >= total:
                    continue
                ratio = c * math.log(c / m) + ((total - c) * math.log((total - c) / (total - m)) if c < total else 0)
                if ratio > best[0] + 1e-12:
                    best = ratio, (sorted(where.places[n] for n in inside), w, int(c), m)
    return best


@pytest.mark.parametrize(("seed", "hot"), [(1, 0), (2, 3), (3, 1)])
@pytest.mark.parametrize("population", [False, True], ids=["history", "population"])
def test_the_most_likely_cluster_is_that_of_every_cylinder_tried_by_hand(seed, hot, population):
    grid, where, at_risk = study(seed, hot=hot)
    y = grid.counts
    expected = at_risk / at_risk.sum(0) * y.sum(0) if population else np.outer(y.sum(1), y.sum(0)) / y.sum()
    size = at_risk.mean(1) if population else expected.mean(1)
    ratio, (places, w, c, m) = by_hand(y, where, expected, size, 5, 0.5)
    asked = Asked(windows=5, share=0.5, model="poisson", **QUICK)
    found = scan(grid, where, at_risk=at_risk if population else None, asked=asked).clusters[0]
    assert found.statistic == pytest.approx(ratio, abs=1e-9)
    assert found.log_likelihood_ratio == pytest.approx(ratio, abs=1e-9)
    assert (sorted(found.places), found.periods, found.observed) == (places, w, c)
    assert found.expected == pytest.approx(m)
    assert found.relative_risk == pytest.approx((c / m) / ((y.sum() - c) / (y.sum() - m)))


def test_the_same_seed_gives_the_same_whatever_the_number_of_threads():
    grid, where, _ = study(4, hot=2)
    one, two = (scan(grid, where, asked=Asked(replicates=99, workers=n)).as_dict() for n in (1, 3))
    assert one == two
    other = scan(grid, where, asked=Asked(replicates=99, workers=1, seed=2))
    assert other.clusters[0].statistic == one["clusters"][0]["statistic"]
    assert other.clusters[0].p != one["clusters"][0]["p"]


def test_a_planted_cluster_is_found_and_its_places_are_not_in_another():
    grid, where, at_risk = study(5, places=30, periods=20, hot=6)
    found = scan(grid, where, at_risk=at_risk, asked=Asked(**QUICK))
    first = found.clusters[0]
    assert first.alarm
    assert first.p_monte_carlo == pytest.approx(1 / 40)
    assert first.p == pytest.approx(1 / 40_000), "the tail goes on below what replicates can tell, but not for ever"
    assert first.recurrence_periods == pytest.approx(1 / first.p)
    named = [place for cluster in found.clusters for place in cluster.places]
    assert len(named) == len(set(named))
    assert json.loads(json.dumps(found.as_dict()))["study"]["places"] == 30


def test_one_by_one_takes_the_first_clusters_places_out():
    grid, where, at_risk = study(5, places=30, periods=20, hot=6)
    far = int(np.argmax((where.lat - where.lat[0]) ** 2 + (where.lon - where.lon[0]) ** 2))
    counts = grid.counts.copy()
    counts[far, -2:] += 25
    found = scan(
        grid_of(counts, places=where.places), where, at_risk=at_risk, asked=Asked(one_by_one=True, **QUICK)
    ).clusters
    assert [where.places[far] in cluster.places for cluster in found[:2]].count(True) == 1
    assert found[0].alarm
    assert found[1].alarm
    assert not set(found[0].places) & set(found[1].places)


def test_what_rises_everywhere_at_once_is_no_cluster():
    grid, where, at_risk = study(6, places=30, periods=20)
    flood = grid.counts.copy()
    flood[:, -3:] += np.random.default_rng(1).poisson(8 * at_risk[:, -3:] / at_risk.mean())
    found = scan(grid_of(flood, places=where.places), where, at_risk=at_risk, asked=Asked(model="poisson", **QUICK))
    assert found.clusters[0].p > 0.02


def test_counts_that_vary_beyond_poisson_are_met_with_wider_chance():
    rng = np.random.default_rng(7)
    _, where, _ = study(7, places=40, periods=30)
    wild = grid_of(rng.poisson(4 * rng.gamma(1.0, 1.0, (40, 30))), places=where.places)
    plain = scan(wild, where, asked=Asked(model="poisson", **QUICK))
    wide = scan(wild, where, asked=Asked(**QUICK))
    assert plain.settings["model"] == "poisson"
    assert wide.settings["model"] == "negative-binomial"
    assert wide.spread.cell == pytest.approx(1.0, abs=0.35)
    assert wide.clusters[0].p > plain.clusters[0].p
    assert any("TOO SMALL" in line for line in plain.said)


def test_unknown_counts_are_left_out_and_never_zero():
    grid, where, at_risk = study(8, places=20, periods=16)
    holes = grid.counts.copy()
    holes[3, 5:9] = np.nan
    holes[4, -1] = np.nan
    for given in (None, at_risk):
        found = scan(grid_of(holes, places=where.places), where, at_risk=given, asked=Asked(**QUICK))
        assert found.unknown_cells == 5
        assert any("not known" in line for line in found.said)
    fitted = by_history(holes)
    assert fitted[3, 6] == 0
    assert np.allclose(fitted.sum(axis=1), np.nansum(holes, axis=1))
    assert np.allclose(fitted.sum(axis=0), np.nansum(holes, axis=0))


def test_expected_counts_keep_each_periods_total():
    counts, at_risk = np.array([[1.0, 4.0], [3.0, np.nan]]), np.array([[10.0, 10.0], [30.0, 30.0]])
    assert by_population(counts, at_risk).tolist() == [[1.0, 4.0], [3.0, 0.0]]
    assert by_history(np.array([[2.0, 2.0], [1.0, 3.0]])).tolist() == [[1.5, 2.5], [1.5, 2.5]]


def test_poisson_counts_are_not_taken_for_more():
    rng = np.random.default_rng(9)
    beyond = 0
    for _ in range(40):
        y = rng.poisson(rng.lognormal(0, 0.5, (30, 1)) * np.ones(40)).astype(float)
        beyond += spread_of(y, by_history(y), baseline="history", longest=8).beyond_chance
    assert beyond <= 2


def test_no_case_gives_no_cluster_and_says_so():
    _, where, at_risk = study(1)
    found = scan(grid_of(np.zeros((14, 12)), places=where.places), where, at_risk=at_risk, asked=Asked(**QUICK))
    assert found.clusters == ()
    assert any("nothing to cluster" in line for line in found.said)


def test_the_gumbel_tail_is_used_only_where_replicates_follow_it():
    rng = np.random.default_rng(3)
    good = Null(rng.gumbel(6, 1.2, 999))
    assert good.fits
    assert good.gumbel(15.0) == pytest.approx(1 - math.exp(-math.exp(-9 / 1.2)), rel=0.5)
    assert good.monte_carlo(25.0) == pytest.approx(0.001)
    assert good.gumbel(1e9) == pytest.approx(1e-6)
    few = Null(rng.choice([1.0, 2.0], 999))
    assert few.gumbel(3.0) is None
    assert few.p(3.0) == few.monte_carlo(3.0)


def test_circles_go_by_great_circle_and_never_part_places_at_one_spot():
    where = Coordinates(("a", "b", "c", "d"), np.array([0.0, 0.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0, -179.5]))
    made = circles(where, np.ones(4), share=1.0)
    assert made.near[0].tolist() == [0, 1, 2, 3]
    assert made.ends[0].tolist() == [False, True, True, True]
    assert made.km[0, 2] == pytest.approx(111.195, abs=0.01)
    assert made.near[3, 1] in (0, 1)
    assert circles(where, np.ones(4), share=0.5).many.tolist() == [2, 2, 2, 2]
    assert circles(where, np.ones(4), share=1.0, radius_km=50).many.tolist() == [2, 2, 1, 1]


@pytest.mark.parametrize(
    ("lat", "lon", "said"),
    [
        ([41.0, 95.0], [-87.0, 41.0], "swapped"),
        ([-87.6, -87.7], [41.8, 41.9], "swapped"),
        ([41.0, 42.0], [-87.0, 190.0], "nowhere on Earth"),
        ([41.0, float("nan")], [-87.0, -88.0], "nowhere on Earth"),
    ],
    ids=["out-of-range", "at-a-pole", "beyond", "not-a-number"],
)
def test_coordinates_that_cannot_be_are_refused(lat, lon, said):
    with pytest.raises(InputError) as refused:
        Coordinates(("a", "b"), np.array(lat), np.array(lon))
    assert said in str(refused.value)


def test_what_cannot_be_scanned_is_refused_with_what_to_do():
    grid, where, at_risk = study(1)
    for bad, why in ((-1.0, "no count"), (0.5, "no count"), (np.inf, "no count")):
        counts = grid.counts.copy()
        counts[2, 3] = bad
        with pytest.raises(InputError, match=why):
            scan(grid_of(counts, places=where.places), where, asked=Asked(**QUICK))
    with pytest.raises(InputError, match="One place"):
        scan(grid.of([0]), where, asked=Asked(**QUICK))
    with pytest.raises(InputError, match="one period"):
        scan(grid_of(grid.counts[:, :1], places=where.places), where, asked=Asked(**QUICK))
    with pytest.raises(InputError, match="no place with coordinates named 'p3'"):
        scan(grid, Coordinates(where.places[:3], where.lat[:3], where.lon[:3]), asked=Asked(**QUICK))
    with pytest.raises(UsageError, match="cannot be compared"):
        scan(grid, where, at_risk=at_risk, asked=Asked(windows=7, **QUICK))
    with pytest.raises(UsageError, match="say nothing"):
        Asked(replicates=3)
