"""How often intervals of supply signals hold the truth, on made-up markets whose truth is known; CPU-seconds beside.

    .venv/bin/python benchmarks/bench_watch_supply.py

Prices of a pure gram: purchases with a known price level per period, expected purity rising with amount, noise in both.
Seizures a month: negative-binomial months. Mass a month: compound sums of log-normal seizures. All synthetic.
"""

import time

import numpy as np

from counterflow.core.seeds import generator
from counterflow.watch.supply.estimates import change, events_a_month, mass_a_month
from counterflow.watch.supply.price import Purchases, pure_gram_prices


def prices(runs=100, n=300):
    held = total = 0
    for run in range(runs):
        rng = generator(run, "bench", "price")
        period, place = rng.integers(0, 4, n), rng.integers(0, 5, n)
        grams = rng.lognormal(1, 1, n)
        expected = np.clip(0.3 + 0.03 * np.log(grams) + 0.02 * period, 0.05, 0.9)
        level = np.array([150.0, 140.0, 120.0, 100.0])
        price = level[period] * (grams * expected) ** 0.8 * np.exp(rng.normal(0, 0.3, n) + 0.1 * (place - 2))
        bought = Purchases(period, place, price, grams, np.clip(expected + rng.normal(0, 0.12, n), 0, 1))
        shift = np.exp(0.1 * (place.mean() - 2))
        for found in pure_gram_prices(bought, at_grams=1.0, draws=200, seed=run):
            held += found.low <= level[found.period] * shift <= found.high
            total += 1
    return held, total


def seizures(runs=2000, mean=8.0, size=4.0):
    held = ratio = 0
    for run in range(runs):
        rng = generator(run, "bench", "events")
        now, before = (rng.negative_binomial(size, size / (size + mean), 12) for _ in range(2))
        made = events_a_month(now.tolist())
        moved = change(made, events_a_month(before.tolist()))
        held += made.low <= mean <= made.high
        ratio += moved is not None and moved.low <= 1 <= moved.high
    return held, ratio, runs


def mass(runs=1000):
    held = 0
    for run in range(runs):
        rng = generator(run, "bench", "mass")
        months = [rng.lognormal(0, 1, rng.poisson(15)).sum() for _ in range(12)]
        made = mass_a_month(months, 180)
        held += made.low <= 15 * np.exp(0.5) <= made.high
    return held, runs


def main():
    start = time.process_time()
    held, total = prices()
    print(
        f"price of a pure gram: 95 % intervals hold {held / total:.1%} of {total}; {time.process_time() - start:.1f} CPU-s"
    )
    held, ratio, runs = seizures()
    print(f"seizures a month: {held / runs:.1%} of {runs}; no change told where there is none: {ratio / runs:.1%}")
    held, runs = mass()
    print(f"kilograms a month: {held / runs:.1%} of {runs}")


if __name__ == "__main__":
    main()
