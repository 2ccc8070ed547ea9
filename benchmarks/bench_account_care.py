"""Access against the package `access`, and placement against spopt on its San Francisco set and on a large made-up one.

    python benchmarks/bench_account_care.py [--quick] [--spopt FOLDER] [--oracle FILE]

--spopt: a folder with the three files of spopt's tests (SF_network_distance_candidateStore_16_censusTract_205_new.csv;
the others are not read); without it that part is left out, saying so. Its optima, solved by spopt 0.7.0 with CBC, stand
below; they are facts of the set and were computed by `rivals/spopt_sf.py`. --oracle: what `rivals/access_scores.py` wrote
with access 1.1.10; without it that part is left out, saying so.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from pathlib import Path

import numpy as np
from measure import measured

from counterflow.account.care.cover import Covering, most_covered
from counterflow.account.care.floating import floating_catchment, weights_of
from counterflow.account.care.median import p_median
from counterflow.account.care.problem import Problem
from counterflow.core.seeds import generator

SF = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
#: p to (p-median, people within 5 km) by spopt 0.7.0 with CBC
SPOPT = {
    1: (5731159103.675338, 448255.0), 2: (4009098972.1349096, 671938.0), 3: (3385565397.5315166, 791499.0),
    4: (2848268129.7145104, 875247.0), 5: (2554123350.187528, 927402.0), 6: (2347055166.677381, 941462.0),
    7: (2176547158.2823763, 950428.0), 8: (2054687610.6381974, 955113.0),
}  # fmt: skip


def access_part(oracle):
    """Compare scores of a made-up set with those of `access`."""
    people, supply, cost = access_set()
    names = {"2sfca": None, "e2sfca": None, "gaussian": "gaussian:12"}
    if oracle is None:
        print("access: no file of its scores is given (--oracle); left out")
        return False
    theirs = json.loads(Path(oracle).read_text())
    worst = 0.0
    for name, text in names.items():
        method = "2sfca" if name == "2sfca" else "e2sfca"
        ours = floating_catchment(people, supply, cost, 30.0, weights_of(text, method, 30.0)).score
        off = float(np.abs(ours - np.array(theirs[name])).max())
        worst = max(worst, off)
        print(f"access, {name}: largest difference to access 1.1.10 {off:.1e}, scores up to {ours.max():.3f}")
    return worst > 1e-9


def access_set():
    """Return people, supply and journeys (infinite where there is none) of a made-up region."""
    rng = generator(3, "account-care", "access")
    people, supply = rng.integers(0, 4000, 300).astype(float), rng.integers(0, 20, 40).astype(float)
    cost = np.where(rng.random((300, 40)) < 0.8, np.round(rng.gamma(4, 12, (300, 40)), 3), np.inf)
    return people, supply, cost


def spopt_part(folder):
    """Compare optima on spopt's set."""
    with (Path(folder) / SF).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    places, sites = (sorted({row[name] for row in rows}) for name in ("DestinationName", "name"))
    cost, people = np.full((len(places), len(sites)), np.nan), np.zeros(len(places))
    for row in rows:
        at = places.index(row["DestinationName"])
        cost[at, sites.index(row["name"])], people[at] = float(row["distance"]), float(row["demand"])
    failed = False
    for new, (median, covered) in SPOPT.items():
        problem = Problem(cost, people, new, np.zeros(len(sites), bool), np.ones(len(sites), bool))
        with measured() as taken:
            ours = p_median(problem)
        cover = most_covered(problem, Covering.within(problem, 5000.0))
        same = abs(ours.value - median) <= 1e-9 * median and cover.value == covered
        failed |= not same
        print(
            f"San Francisco {len(places)} x {len(sites)}, p = {new}: p-median {ours.value:.0f} (spopt {median:.0f}), gap "
            f"{ours.gap:.0e}, {taken.wall_s:.2f} s; covered {cover.value:.0f} (spopt {covered:.0f}); {'equal' if same else 'NOT EQUAL'}"
        )
    return failed


def large_part(places, sites, numbers, spread="towns"):
    """Time the p-median on made-up places, in towns or spread evenly, and say how far from the best it can be."""
    failed = False
    for new in numbers:
        rng = generator(new, "account-care", "large")
        towns = rng.random((30, 2)) * 100
        near = towns[rng.integers(0, 30, places)] + rng.normal(0, 4, (places, 2))
        at = near if spread == "towns" else rng.random((places, 2)) * 100
        to = at[rng.choice(places, sites, replace=False)]
        people = rng.integers(100, 5000, places).astype(float)
        cost = np.hypot(at[:, None, 0] - to[None, :, 0], at[:, None, 1] - to[None, :, 1])
        problem = Problem(cost, people, new, np.zeros(sites, bool), np.ones(sites, bool))
        begun = time.perf_counter()
        with measured() as taken:
            found = p_median(problem)
        wall = time.perf_counter() - begun
        cover = most_covered(problem, Covering.within(problem, 5.0))
        failed |= found.gap > 0.01 or wall > 60
        print(
            f"{places} x {sites}, {spread}, p = {new}: gap {found.gap:.2%} by {found.method}, {wall:.1f} s wall, {taken.cpu_s:.1f} s CPU; "
            f"max-cover {cover.value / people.sum():.1%}, proved to {cover.gap:.0e}"
        )
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--spopt")
    parser.add_argument("--oracle")
    asked = parser.parse_args()
    failed = access_part(asked.oracle)
    if asked.spopt:
        failed |= spopt_part(asked.spopt)
    else:
        print("San Francisco: no folder is given (--spopt); left out")
    size = (300, 40, (5,)) if asked.quick else (2000, 300, (5, 10, 20, 50))
    failed |= large_part(*size)
    failed |= large_part(*size, spread="evenly")
    return failed


if __name__ == "__main__":
    sys.exit(main())
