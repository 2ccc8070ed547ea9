"""Access and placement: against numbers worked out otherwise, and every choice against all choices."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.account.care.cover import Covering, covered_by, most_covered
from counterflow.account.care.floating import Weights, floating_catchment, weights_of
from counterflow.account.care.general import median_with_rules
from counterflow.account.care.median import bounded_below, interchanged, p_median
from counterflow.account.care.places import demand_of, sites_of
from counterflow.account.care.problem import Problem, served_cost
from counterflow.account.care.travel import great_circle, reach_of
from counterflow.account.given import Rows, rows_of
from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.flow.account_care import CareFiles, access_asked, place_asked

DEMAND = "id,lat,lon,people,area,latino\na,41.0,-73.0,1000,north,900\nb,41.0,-73.1,2000,south,100\nc,41.5,-73.0,500,north,300\n"
SITES = "id,lat,lon,supply\np,41.0,-73.02,2\nq,41.02,-73.1,1\n"


def rows(text: str, name: str = "demand.csv") -> Rows:
    """Return the rows of a file given as text."""
    return rows_of(text.encode(), Path(name))


def files(demand: str = DEMAND, sites: str = SITES, costs: str | None = None, **more: object) -> CareFiles:
    """Return files given as text."""
    journeys = rows(costs, "costs.csv") if costs else None
    return CareFiles(rows(demand), rows(sites, "sites.csv"), journeys, **more)  # type: ignore[arg-type]


def problem_of(cost: np.ndarray, people: np.ndarray, new: int, fixed: tuple[int, ...] = ()) -> Problem:
    """Return a question with some sites there already."""
    there = np.isin(np.arange(cost.shape[1]), fixed)
    return Problem(cost, people, new, there, ~there)


PROBLEMS = st.builds(
    lambda seed, new: (np.random.default_rng(seed).uniform(0, 10, (14, 7)), np.random.default_rng(seed + 1).integers(0, 50, 14).astype(float), new),
    st.integers(0, 10_000), st.integers(1, 4),
)  # fmt: skip


def test_two_steps_by_hand() -> None:
    cost = np.array([[5.0, 20.0], [10.0, 10.0], [50.0, 12.0]])
    found = floating_catchment(np.array([100.0, 50.0, 10.0]), np.array([3.0, 6.0]), cost, 15.0, Weights(((15.0, 1.0),)))
    # p serves 150 people, q serves 60
    assert found.ratio == pytest.approx([3 / 150, 6 / 60])
    assert found.score == pytest.approx([0.02, 0.12, 0.1])
    assert found.nearest.tolist() == [5.0, 10.0, 12.0]


def test_the_usual_weights_are_those_of_ten_twenty_and_thirty_minutes() -> None:
    assert weights_of(None, "e2sfca", 30.0).steps == ((10.0, 1.0), (20.0, 0.68), (30.0, 0.22))
    assert weights_of("gaussian:12", "e2sfca", 30.0).of(np.array([12.0]))[0] == pytest.approx(np.exp(-0.5))


@given(PROBLEMS)
@settings(max_examples=20, deadline=None)
def test_all_supply_is_shared_out_among_those_who_reach_it(given_: tuple[np.ndarray, np.ndarray, int]) -> None:
    cost, people, _ = given_
    supply = np.arange(7, dtype=float)
    found = floating_catchment(people, supply, cost, 4.0, weights_of(None, "e2sfca", 4.0))
    assert people @ found.score == pytest.approx(supply[np.isfinite(found.ratio)].sum())


@given(PROBLEMS)
@settings(max_examples=20, deadline=None)
def test_the_median_is_the_best_of_all_choices(given_: tuple[np.ndarray, np.ndarray, int]) -> None:
    cost, people, new = given_
    problem = problem_of(cost, people, new, fixed=(2,))
    best = min(served_cost(problem, np.array([2, *sites])) for sites in combinations([0, 1, 3, 4, 5, 6], new))
    found = p_median(problem)
    assert found.value == pytest.approx(best, rel=2e-6, abs=1e-9)
    assert found.bound <= best * (1 + 1e-9) + 1e-9
    assert 2 in found.sites


@given(PROBLEMS)
@settings(max_examples=15, deadline=None)
def test_the_bound_is_never_above_the_best(given_: tuple[np.ndarray, np.ndarray, int]) -> None:
    cost, people, new = given_
    problem = problem_of(cost, people, new)
    start = interchanged(problem, np.arange(new))
    best = min(served_cost(problem, np.array(sites)) for sites in combinations(range(7), new))
    found = bounded_below(problem, start, 0.0, rounds=40)
    assert found.low <= best * (1 + 1e-9) + 1e-9
    # No exchange of one site for another helps any more.
    for out in range(new):
        for site in set(range(7)) - set(start.tolist()):
            swapped = np.array([*np.delete(start, out), site])
            assert served_cost(problem, swapped) >= served_cost(problem, start) - 1e-6


@given(PROBLEMS)
@settings(max_examples=15, deadline=None)
def test_covering_is_the_best_of_all_choices_and_keeps_the_floor(given_: tuple[np.ndarray, np.ndarray, int]) -> None:
    cost, people, new = given_
    problem = problem_of(cost, people + 1, new)
    covering = Covering.within(problem, 2.5)
    groups = {"few": np.where(np.arange(14) < 4, 5.0, 0.0), "many": people + 1}
    choices = [np.array(sites) for sites in combinations(range(7), new)]
    reached = {tuple(sites): covered_by(covering, sites) for sites in choices}
    found = most_covered(problem, covering)
    assert found is not None
    assert found.value == pytest.approx(max(problem.people @ mask for mask in reached.values()))
    floor = 0.5
    keep = [
        problem.people @ m for m in reached.values() if all(h @ m >= floor * h.sum() - 1e-9 for h in groups.values())
    ]
    fair = most_covered(problem, covering, groups, floor)
    assert (fair is None) == (not keep)
    if fair is not None:
        assert fair.value == pytest.approx(max(keep))


def test_capacity_shares_people_among_sites() -> None:
    cost = np.array([[1.0, 5.0], [1.0, 5.0], [2.0, 5.0]])
    found = median_with_rules(problem_of(cost, np.array([10.0, 10.0, 10.0]), 2), np.array([15.0, 15.0]))
    assert found is not None
    # 15 of 30 can go to the near site: the dearest of the near ones and half another go far
    assert found.value == pytest.approx(10 * 1 + 5 * 1 + 5 * 5 + 10 * 5)
    assert median_with_rules(problem_of(cost, np.full(3, 10.0), 2), np.array([10.0, 10.0])) is None


def test_the_price_of_a_floor_is_printed() -> None:
    demand = "id,people,side\na,100,w\nb,90,w\nc,20,e\n"
    costs = "origin,dest,cost\na,p,1\nb,q,1\nc,r,1\na,r,9\nb,r,9\nc,p,9\n"
    asked = files(demand, "id\np\nq\nr\n", costs)
    made = place_asked(asked, "max-cover", 2, "2km", "side:max", None, capacity=False, small=2)
    assert made["chosen"] == ["p", "r"]
    price = made["price_of_equity"]
    assert (price["covered_without_floor"], price["covered_with_floor"]) == (190, 120)
    assert price["people_not_covered_for_it"] == 70
    assert price["floor"] == pytest.approx(100 / 190)
    with pytest.raises(InputError, match=r"best is 52\.63%"):
        place_asked(asked, "max-cover", 2, "2km", "side:0.9", None, capacity=False, small=2)


def test_scenarios_weigh_their_people_and_say_what_is_lost_in_each() -> None:
    futures = rows("scenario,id,people,probability\nnow,a,100,0.75\nnow,b,10,0.75\nlater,b,90,0.25\n", "s.csv")
    asked = files("id,people\na,1\nb,1\n", "id\np\nq\n", "origin,dest,cost\na,p,1\nb,q,1\na,q,5\nb,p,5\n")
    made = place_asked(asked, "p-median", 1, None, None, futures, capacity=False, small=2)
    assert made["chosen"] == ["p"]
    assert made["value"] == pytest.approx(0.75 * (100 + 50) + 0.25 * 450)
    later = made["scenarios"][1]
    assert (later["value"], later["best_alone"], later["chosen_alone"]) == (450, 90, ["q"])


def test_deserts_are_counted_by_group_with_counts() -> None:
    made = access_asked(files(groups=("area", "latino")), "2sfca", "10km", None, None, 10)
    by_name = {row["group"]: row for row in made["groups"]}
    assert by_name["everybody"]["in_desert"] == 500
    assert by_name["area=north"]["in_desert"] == 500
    assert by_name["area=north"]["share"] == pytest.approx(1 / 3)
    assert by_name["latino"]["in_desert"] == 300
    assert [point["desert"] for point in made["points"]] == [False, False, True]


def test_few_people_in_a_desert_are_withheld_and_do_not_follow_from_the_rest() -> None:
    demand = "id,lat,lon,people,area\na,41,-73,1000,n\nb,41.5,-73,4,n\nc,41.5,-73,60,s\nd,41,-73,70,s\n"
    made = access_asked(files(demand, groups=("area",)), "2sfca", "10km", None, None, 10)
    assert [row["withheld"] for row in made["groups"]] == [False, True, True]
    assert all(row["in_desert"] is None for row in made["groups"][1:])


def test_a_journey_that_is_missing_is_said() -> None:
    costs = "origin,dest,minutes\na,p,10\nb,p,20\nzz,p,3\n"
    made = access_asked(files(costs=costs), "2sfca", "30min", None, None, 10)
    assert made["places_without_any_journey"] == ["c"]
    assert made["sites_nobody_reaches"] == ["q"]
    assert any("1 journey(s)" in words for words in made["said"])


def test_a_degree_of_latitude_is_111_km() -> None:
    assert great_circle(np.array([40.0]), np.array([-73.0]), np.array([41.0]), np.array([-73.0]))[
        0, 0
    ] == pytest.approx(2 * np.pi * 6371.0088 / 360)


@pytest.mark.parametrize(
    ("old", "new", "words", "line"),
    [
        ("41.0,-73.1", "-73.1,41.0", "look swapped", 3),
        ("41.0,-73.1", "141.0,-73.1", "look swapped", 3),
        ("41.0,-73.1", "95,200", "No place has this latitude", 3),
        ("41.0,-73.1", ",-73.1", "coordinate is missing", 3),
        ("41.0,-73.1", "0,0", "lies in the sea", 3),
        ("2000", "-5", "cannot be negative", 3),
        ("2000", "", "There is no number", 3),
        (",100\n", ",2100\n", "this many cannot be", 3),
        ("b,41.0", "a,41.0", "stands in line 2 too", 3),
    ],
)
def test_places_that_cannot_be_are_refused_with_their_line(old: str, new: str, words: str, line: int) -> None:
    with pytest.raises(InputError, match=words) as met:
        demand_of(rows(DEMAND.replace(old, new)), groups=("latino",))
    assert met.value.line == line


def test_nobody_anywhere_is_refused_and_nothing_to_give_is_said() -> None:
    with pytest.raises(InputError, match="Nobody lives"):
        demand_of(rows("id,lat,lon,people\na,41,-73,0\n"))
    assert "nothing to give" in sites_of(rows("id,lat,lon,supply\np,41,-73,0\n")).said[0]


@pytest.mark.parametrize(
    "ask",
    [
        lambda: reach_of("far"),
        lambda: access_asked(files(), "2sfca", "30min", None, None, 10),
        lambda: access_asked(files(), "2sfca", "10km", "10:1", None, 10),
        lambda: place_asked(files(), "max-cover", 1, None, None, None, capacity=False, small=10),
        lambda: place_asked(files(), "p-median", 1, "2km", "area:0.5", None, capacity=False, small=10),
    ],
)
def test_questions_that_do_not_go_together_are_refused(ask: object) -> None:
    with pytest.raises(UsageError):
        ask()  # type: ignore[operator]


def test_more_sites_than_candidates_are_refused() -> None:
    with pytest.raises(InputError, match="there are 2 candidates"):
        place_asked(files(), "p-median", 3, None, None, None, capacity=False, small=10)
    with pytest.raises(UnknownName):
        access_asked(files(groups=("nation",)), "2sfca", "10km", None, None, 10)


def test_sites_that_are_open_serve_and_excluded_ones_are_not_chosen() -> None:
    sites = "id,open,excluded\np,1,\nq,0,1\nr,0,0\n"
    costs = "origin,dest,cost\na,p,1\nb,q,1\nc,q,1\na,r,3\nb,r,3\nc,p,8\nb,p,8\n"
    made = place_asked(files(sites=sites, costs=costs), "p-median", 1, None, None, None, capacity=False, small=10)
    assert made["chosen"] == ["r"]
    assert made["open_already"] == ["p"]
