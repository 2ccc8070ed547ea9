"""The space-time scan: time and memory, false alarms without a cluster, clusters found, agreement with every cylinder.

    python benchmarks/bench_watch_scan.py [--quick]

Chance is tried on made-up counts with places of Cook County's shape where ../shared/data is there, else on random ones.
No R package of the scan is at hand here (`scanstatistics`, `SpatialEpi`, SaTScan): the oracle is every cylinder tried
one by one in NumPy. Times are CPU-seconds and wall seconds.
"""

from __future__ import annotations

import argparse
import csv
import math
import resource
import time

import numpy as np
import pyarrow as pa
from public_data import SHARED_DATA

from counterflow.core.seeds import generator
from counterflow.watch.clusters import Asked, Coordinates, scan
from counterflow.watch.grid import KEY, Grid

_CENTRES = SHARED_DATA / "watch" / "cook_area_centroids.csv"
_WEEKS = 104


def places_of(count: int = 77) -> Coordinates:
    """Return Cook's areas, or random places in their stead."""
    if not _CENTRES.exists():
        rng = generator(1, "bench", "scan", "places")
        names = tuple(f"p{n}" for n in range(count))
        return Coordinates(names, rng.uniform(41.6, 42.1, count), rng.uniform(-88, -87.5, count))
    with _CENTRES.open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = tuple(row["chi_commarea"] for row in rows)
    return Coordinates(names, *(np.array([float(row[name]) for row in rows]) for name in ("lat", "lon")))


def grid_of(counts: np.ndarray, where: Coordinates) -> Grid:
    """Return counts as a grid of weeks."""
    names = list(where.places)
    key = pa.table(dict.fromkeys(KEY.names, [""] * len(names)) | {"series": names, "place": names}, schema=KEY)
    weeks = np.full(counts.shape[1], np.datetime64("NaT"), "datetime64[D]")
    return Grid(key, "week", weeks, np.arange(1, counts.shape[1] + 1), counts.astype(float))


def speed(places: int = 3000, weeks: int = 52, replicates: int = 999) -> None:
    """Print what a scan of many places takes, with each baseline."""
    rng = generator(1, "bench", "scan", "speed")
    where = Coordinates(
        tuple(f"c{n}" for n in range(places)), rng.uniform(30, 48, places), rng.uniform(-120, -75, places)
    )
    at_risk = np.repeat(rng.lognormal(10, 1, places)[:, None], weeks, axis=1)
    counts = rng.poisson(at_risk / at_risk.mean() * 3)
    near = np.argsort((where.lat - where.lat[0]) ** 2 + (where.lon - where.lon[0]) ** 2)[:4]
    counts[near, -3:] += rng.poisson(1 + counts[near, -3:])
    grid = grid_of(counts, where)
    for name, given, model in (
        ("own history", None, "poisson"), ("population", at_risk, "poisson"), ("own history", None, "negative-binomial")
    ):  # fmt: skip
        scan(grid.of(range(40)), where, at_risk=None if given is None else given[:40], asked=Asked(replicates=19))
        wall, cpu = time.perf_counter(), time.process_time()
        found = scan(grid, where, at_risk=given, asked=Asked(replicates=replicates, model=model))
        took = f"{time.perf_counter() - wall:5.1f} s wall, {time.process_time() - cpu:6.1f} CPU-s"
        first = found.clusters[0]
        hit = len(set(first.places) & {where.places[n] for n in near})
        print(f"  {name:<12} {model:<18} {took}; planted: {hit} of 4 places in {len(first.places)}, p {first.p:.2g}")
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def chance(runs: int) -> None:
    """Print how often scans of counts without a cluster have p up to a level."""
    where = places_of()
    size = generator(2, "bench", "scan", "size").lognormal(10, 0.8, len(where.places))
    at_risk = np.repeat(size[:, None], _WEEKS, axis=1)
    error = 1.96 * math.sqrt(0.05 * 0.95 / runs)
    print(f"  {runs} runs each, 199 replicates; share of runs with p <= .01, .05, .10 (.05 +- {error:.3f} is chance)")
    cases = [
        ("Poisson", 1.0, 0.0, 0.0, "auto"), ("Poisson, few", 0.2, 0.0, 0.0, "auto"),
        ("cells vary by 70 %", 1.0, 0.5, 0.0, "poisson"), ("cells vary by 70 %", 1.0, 0.5, 0.0, "auto"),
        ("drift of 32 %", 1.0, 0.0, 0.1, "poisson"), ("drift of 32 %", 1.0, 0.0, 0.1, "auto"),
    ]  # fmt: skip
    for name, rate, cell, lasting, model in cases:
        for baseline in ("history", "population"):
            p = []
            for run in range(runs):
                rng = generator(run, "bench", "scan", name)
                mean = at_risk / size.mean() * rate
                mean = mean * rng.gamma(1 / cell, cell, mean.shape) if cell else mean
                if lasting:
                    mean = mean * np.repeat(rng.gamma(1 / lasting, lasting, (len(size), _WEEKS // 8)), 8, axis=1)
                given = None if baseline == "history" else at_risk
                asked = Asked(replicates=199, seed=run, model=model)
                found = scan(grid_of(rng.poisson(mean), where), where, at_risk=given, asked=asked)
                p.append(found.clusters[0].p if found.clusters else 1.0)
            shares = "  ".join(f"{np.mean(np.array(p) <= level):.3f}" for level in (0.01, 0.05, 0.1))
            print(f"  {name:<20} {model:<8} {baseline:<11} {shares}")


def power(runs: int) -> None:
    """Print how often a planted cluster of three areas and three weeks is found, and how well its places are met."""
    where = places_of()
    size = generator(2, "bench", "scan", "size").lognormal(0, 0.8, len(where.places))
    for times in (2.0, 3.0, 5.0):
        p, met, held = [], [], []
        for run in range(runs):
            rng = generator(run, "bench", "scan", "power", str(times))
            mean = np.repeat(size[:, None], _WEEKS, axis=1)
            centre = int(rng.integers(len(size)))
            far = (where.lat - where.lat[centre]) ** 2 + ((where.lon - where.lon[centre]) * 0.745) ** 2
            near = np.argsort(far)[:3]
            mean[near, -3:] *= times
            first = scan(grid_of(rng.poisson(mean), where), where, asked=Asked(replicates=199, seed=run)).clusters[0]
            common = len({where.places[n] for n in near} & set(first.places))
            p.append(first.p)
            met.append(common / 3)
            held.append(common / len(first.places))
        found = " ".join(f"p <= {level:g}: {np.mean(np.array(p) <= level):.2f};" for level in (0.01, 0.05))
        print(
            f"  {times:g} times the expected: {found} places met {np.mean(met):.2f}, of those told {np.mean(held):.2f}"
        )


def main() -> None:
    """Run all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few runs")
    quick = parser.parse_args().quick
    print("Speed: 3,000 places, 52 weeks")
    speed(replicates=99 if quick else 999)
    print("Without a cluster")
    chance(20 if quick else 200)
    print("With a planted cluster: 3 areas, 3 weeks, about 1 case an area and week expected")
    power(20 if quick else 100)


if __name__ == "__main__":
    main()
