"""How often does the random arm's interval hold the true rate? Beside it, the usual normal interval.

    python benchmarks/bench_interval_coverage.py [--draws 2000] [--seed 7] [--quick] [--worlds one,crowded,...]

Two tables. The first puts `target estimate` (`account/interdiction/stratified.py`) through frames in strata (`coverage_worlds.py`):
coverage and mean width beside the normal interval, plain Clopper-Pearson, Korn & Graubard (1998) and Fay & Feuer
(1997) on the same draws; bias of the point in Monte-Carlo standard errors. The second is the estimator without strata.

Every line of the second draws the random arm anew `--draws` times from a fixed frame whose truth is known, and asks the
code that `account interdiction` uses. Designs:

equal        simple random sampling, every record with the same chance
strata       three lanes drawn at 0.4, 1 and 3 %; the violative records crowd into the first
cells        4,000 cells of office, lane and day, 0.1 to 3 draws each, fractions rounded by chance
tested       equal, inspections find 80 % of what is there, known from 40 blind tests drawn anew each time
declared     equal, 80 % declared in the capacity file and true
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from coverage_worlds import NAMES, world
from scipy.special import gammaincinv

from counterflow.account.interdiction.intervals import clopper_pearson, korn_graubard
from counterflow.account.interdiction.prevalence import RandomSample, estimate_prevalence
from counterflow.account.interdiction.sensitivity import Sensitivity
from counterflow.account.interdiction.stratified import estimate_share, sampled
from counterflow.core.seeds import generator

RATES = (("21 %", 0.21), ("1 %", 0.01), ("0.2 %", 0.002), ("100 per million", 1e-4), ("10 per million", 1e-5))
STRATA_RATES = (("21 %", 0.21), ("1 %", 0.01), ("0.5 %", 0.005), ("0.2 %", 0.002), ("100 per million", 1e-4))
RIVALS = ("normal", "plain", "korn", "fay")
FRAME = 400_000
REQUIRED = 0.93


class Equal:
    """Simple random sampling of `n` of `FRAME`; `detect` says how often an inspection finds what is there."""

    def __init__(self, rate, _rng, n=2_000, detect=1.0):
        self.n, self.detect, self.violative = n, detect, round(rate * FRAME)

    def draw(self, rng):
        there = rng.hypergeometric(self.violative, FRAME - self.violative, self.n)
        found = np.arange(self.n) < rng.binomial(there, self.detect)
        return np.full(self.n, self.n / FRAME), found, self.sensitivity(rng)

    def sensitivity(self, _rng):
        return Sensitivity.known(1.0)


class Tested(Equal):
    """The same with sensitivity 0.8, estimated from 40 blind tests."""

    def __init__(self, rate, rng):
        super().__init__(rate, rng, detect=0.8)

    def sensitivity(self, rng):
        return Sensitivity.tested(max(int(rng.binomial(40, self.detect)), 1), 40)


class Declared(Tested):
    """The same with sensitivity 0.8 as the capacity file declares."""

    def sensitivity(self, _rng):
        return None


class Strata:
    """Three lanes drawn at different rates; nine tenths of the violative records move in the first."""

    sizes = np.array([250_000, 100_000, 50_000])
    fractions = np.array([0.004, 0.01, 0.03])

    def __init__(self, rate, _rng):
        self.violative = round(rate * FRAME)
        parts = np.round(self.violative * np.array([0.90, 0.08])).astype(int)
        self.in_lane = np.array([*parts, self.violative - parts.sum()])
        self.n = (self.sizes * self.fractions).astype(int)

    def draw(self, rng):
        there = rng.hypergeometric(self.in_lane, self.sizes - self.in_lane, self.n)
        found = np.concatenate([np.arange(n) < k for n, k in zip(self.n, there, strict=True)])
        return np.repeat(self.n / self.sizes, self.n), found, Sensitivity.known(1.0)


class Cells:
    """Small cells with a fractional number of draws each; the violative records lie in clumps."""

    def __init__(self, rate, rng):
        sizes = rng.gamma(1.5, 1.0, 4_000)
        self.sizes = np.maximum(np.round(sizes / sizes.sum() * FRAME), 4).astype(int)
        self.expected = np.minimum(rng.uniform(0.1, 3.0, 4_000), self.sizes)
        clumps = rng.gamma(0.3, 1.0, 4_000) * self.sizes
        self.in_cell = np.minimum(rng.multinomial(round(rate * self.sizes.sum()), clumps / clumps.sum()), self.sizes)
        self.violative = int(self.in_cell.sum())

    def draw(self, rng):
        n = np.floor(self.expected + rng.random(len(self.expected))).astype(int)
        n = np.minimum(n, self.sizes)
        there = rng.hypergeometric(self.in_cell, self.sizes - self.in_cell, n)
        chance = np.repeat(self.expected / self.sizes, n)
        first = np.repeat(np.cumsum(n) - n, n)
        return chance, np.arange(n.sum()) - first < np.repeat(there, n), Sensitivity.known(1.0)


DESIGNS = {"equal": Equal, "strata": Strata, "cells": Cells, "tested": Tested, "declared": Declared}


def wald(chance, found, sensitivity):
    """Return the usual interval: Horvitz-Thompson share plus and minus 1.96 linearised standard errors."""
    weights = 1 / chance
    share = (weights * found).sum() / weights.sum()
    error = np.sqrt(((weights * (found - share)) ** 2).sum()) / weights.sum()
    return (share - 1.96 * error) / sensitivity, (share + 1.96 * error) / sensitivity


def run(design, name, rate, draws, seed):
    """Return the mean number drawn, coverage of ours and of the normal interval, mean width and bias."""
    rng = generator(seed, "coverage", design, name)
    world = DESIGNS[design](rate, rng)
    frame = int(world.sizes.sum()) if hasattr(world, "sizes") else FRAME
    truth = world.violative / frame
    ours = normal = 0
    widths, points, sizes = [], [], []
    for _ in range(draws):
        chance, found, sensitivity = world.draw(rng)
        none = np.zeros(len(found), dtype=bool)
        detect = getattr(world, "detect", 1.0)
        sample = RandomSample(chance, ~none, found, none, np.full(len(found), detect))
        share = estimate_prevalence(sample, sensitivity=sensitivity).share
        ours += share.low <= truth <= share.high
        low, high = wald(chance, found, sensitivity.value if sensitivity else detect)
        normal += low <= truth <= high
        widths.append(share.high - share.low)
        points.append(share.value)
        sizes.append(len(found))
    return np.mean(sizes), ours / draws, normal / draws, np.mean(widths), np.mean(points) / truth - 1


def rivals(groups, draw):
    """Return the intervals of others for the same draw: name to (low, high)."""
    m, x = groups.answered.astype(int), groups.total.astype(int)
    weights = np.repeat(draw.weight, m)
    found = np.concatenate([np.arange(n) < k for n, k in zip(m, x, strict=True) if n]).astype(float)
    error = np.sqrt((weights**2 * (found - draw.share) ** 2).sum()) / draw.records
    kept = korn_graubard(found, weights)
    return {
        "normal": (draw.share - 1.96 * error, draw.share + 1.96 * error),
        "plain": clopper_pearson(found.sum(), len(found)),
        "korn": (kept.low, kept.high),
        "fay": _fay_feuer(weights, found, draw.records),
    }


def _fay_feuer(weights, found, records):
    total, square, most = (weights * found).sum(), (weights**2 * found).sum(), weights.max()
    low = 0.0 if total == 0 else gammaincinv(total**2 / square, 0.025) * square / total
    upper, spread = total + most, square + most**2
    return low / records, gammaincinv(upper**2 / spread, 0.975) * spread / upper / records


def in_strata(name, rate, draws, seed):
    """Return the row of one world: drawn, coverages, widths and bias in Monte-Carlo standard errors."""
    rng = generator(seed, "strata", name, str(rate))
    made = world(name, rate, rng)
    held, wide = dict.fromkeys(("ours", *RIVALS), 0), dict.fromkeys(("ours", *RIVALS), 0.0)
    points, seen = [], 0
    for _ in range(draws):
        groups = made.draw(rng)
        share = estimate_share(groups, 0.95)
        ends = {"ours": (share.low, share.high)} | rivals(groups, sampled(groups))
        for rival, (low, high) in ends.items():
            held[rival] += low - 1e-12 <= made.truth <= high + 1e-12
            wide[rival] += high - low
        points.append(share.value)
        seen += groups.answered.sum()
    error = np.std(points) / np.sqrt(draws)
    bias = (np.mean(points) - made.truth) / error if error else 0.0
    return seen / draws, {k: v / draws for k, v in held.items()}, {k: v / draws for k, v in wide.items()}, bias


def strata_table(asked, draws):
    """Print the table of frames in strata; return the lowest coverage and every bias."""
    print("| world | true rate | inspected | coverage | normal | plain CP | Korn-Graubard | Fay-Feuer | mean width |"
          " normal | Korn-Graubard | Fay-Feuer | bias in MC-SE |")  # fmt: skip
    print("|---" * 13 + "|")
    lowest, biases = 1.0, []
    for name in asked.worlds.split(",") if asked.worlds else NAMES:
        for words, rate in STRATA_RATES:
            n, held, wide, bias = in_strata(name, rate, draws, asked.seed)
            lowest, biases = min(lowest, held["ours"]), [*biases, bias]
            covers = " | ".join(f"{held[k]:.3f}" for k in ("ours", *RIVALS))
            widths = " | ".join(f"{wide[k]:.2g}" for k in ("ours", "normal", "korn", "fay"))
            print(f"| {name} | {words} | {n:,.0f} | {covers} | {widths} | {bias:+.1f} |", flush=True)
    return lowest, np.array(biases)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="400 draws of frames in strata, 50 of the rest")
    parser.add_argument("--worlds", default="", help="only these frames in strata, and nothing else")
    asked = parser.parse_args()
    draws = 50 if asked.quick else asked.draws
    began = time.process_time()
    kept, biases = strata_table(asked, 400 if asked.quick else asked.draws)
    over = int((np.abs(biases) > 2).sum())
    print(f"\nframes in strata: lowest coverage {kept:.3f}; bias above two standard errors in {over} of {len(biases)} "
          f"lines, largest {np.abs(biases).max():.1f}; {time.process_time() - began:.0f} CPU-s\n")  # fmt: skip
    if asked.worlds:
        return 0
    print("| design | true rate | drawn | coverage | normal interval | mean width | bias of the point |")
    print("|---|---|---|---|---|---|---|")
    lowest = 1.0
    for design in DESIGNS:
        for name, rate in RATES:
            n, ours, normal, width, bias = run(design, name, rate, draws, asked.seed)
            lowest = min(lowest, ours)
            print(
                f"| {design} | {name} | {n:,.0f} | {ours:.3f} | {normal:.3f} | {width:.2g} | {bias:+.1%} |",
                flush=True,
            )
    spent = time.process_time() - began
    print(f"\nlowest coverage {lowest:.3f} (must be at least {REQUIRED}); {spent:.0f} CPU-s")
    return 0 if asked.quick or min(lowest, kept) >= REQUIRED else 1


if __name__ == "__main__":
    sys.exit(main())
