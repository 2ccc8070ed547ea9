"""Probability of reaching, held against what came: hindcast targets from public series, split by series before any fit.

    .venv/bin/python benchmarks/bench_account_reach.py [--quick]
    .venv/bin/python benchmarks/bench_account_reach.py --fit        the prior again, from the development half

Prints Brier scores of the model and of the rules it has to beat, coverage of 80 % intervals, by family and half; targets
asked on what was known at the time (published vintages of overdose deaths); a calibration table; seconds for 40 targets;
and how often intervals of the displacement quotient hold a known one.
"""

import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import reach_series
from reach_series import families, is_test, vintage_cases

from counterflow.account.displacement import Counts, displacement
from counterflow.account.reach import probability
from counterflow.account.reach.hindcast import brier, cases_of, coverage, ratio, score, scored
from counterflow.core.seeds import generator


def told(name, rows):
    made = score(rows)
    print(
        f"{name:28s} {made['cases']:6.0f} targets {made['series']:4.0f} series  reached {made['reached']:.2f}  Brier {made['brier']:.3f}"
        f"  straight {made['brier_straight']:.3f}  last {made['brier_last']:.3f}  regression {made['brier_regression']:.3f}"
        f"  ratio {made['ratio']:.2f}  80 % intervals hold {made['coverage']:.1%}",
        flush=True,
    )


def of_ratio(rows):
    return score(rows)["ratio"]


def soft(rows, width):
    from statistics import NormalDist

    return [NormalDist().cdf(row.margin / width) for row in rows]


def widths(rows):
    came = [row.case.outcome for row in rows]
    tried = np.geomspace(0.02, 2, 41)
    return float(tried[np.argmin([brier(soft(rows, width), came) for width in tried])])


def one_each(rows, draws=400):
    """One target of each series, drawn at random again and again: no two of a draw share a series."""
    by_series = defaultdict(list)
    for row in rows:
        by_series[row.case.series].append(row)
    rng, made = generator(1, "bench", "one each"), []
    for _ in range(draws):
        some = [found[rng.integers(len(found))] for found in by_series.values()]
        came = [row.case.outcome for row in some]
        made.append((brier([row.reach.probability for row in some], came), brier([row.straight for row in some], came)))
    mine, line = np.array(made).T
    share = np.quantile(mine / line, [0.05, 0.5, 0.95])
    print(
        f"one target of each of {len(by_series)} series, {draws} draws: Brier {mine.mean():.3f}, straight {line.mean():.3f}; ratio {share[1]:.2f} (90 % of draws {share[0]:.2f} to {share[2]:.2f})"
    )


def calibration(rows):
    said = np.array([row.reach.probability for row in rows])
    came = np.array([row.case.outcome for row in rows])
    for low in np.arange(0, 1, 0.1):
        inside = (said >= low) & (said < low + 0.1 + 1e-9 * (low > 0.85))
        if inside.sum() >= 20:
            print(
                f"  said {low:.1f} to {low + 0.1:.1f}: {inside.sum():5d} targets, mean said {said[inside].mean():.2f}, came {came[inside].mean():.2f}"
            )


def hindcasts():
    halves = {"development": [], "test": []}
    for name, found in families().items():
        parts = defaultdict(list)
        for series in found:
            parts["test" if is_test(series.name) else "development"] += scored(list(cases_of(series)))
        for half, rows in parts.items():
            halves[half] += rows
            told(f"{half[:4]} {name}", rows)
    for half, rows in halves.items():
        told(f"{half} half", rows)
        for what, measure in (("ratio to straight line", of_ratio), ("coverage", coverage)):
            low, high = ratio(rows, measure, draws=300)
            print(f"  {what}: {low:.3f} to {high:.3f} (95 %, series resampled)")
    rows, width = halves["test"], widths(halves["development"])
    came = [row.case.outcome for row in rows]
    mine, line = brier([row.reach.probability for row in rows], came), brier(soft(rows, width), came)
    print(
        f"softened straight line (width {width:.2f} of the baseline, from development): Brier {line:.3f} on test, ratio {mine / line:.2f}"
    )
    for lead in sorted({row.case.lead for row in rows}):
        told(f"test, {lead:g} years ahead", [row for row in rows if row.case.lead == lead])
    one_each(rows)
    print("calibration, test half")
    calibration(rows)


def real_time():
    for through, column, months in (
        ("2017-05", "reported", 12),
        ("2018-03", "reported", 8),
        ("2018-03", "predicted", 8),
    ):
        told(f"{through} {column}, as apart", scored(vintage_cases(through, column, months, rolling=1)))
        rows = scored(vintage_cases(through, column, months))
        told(f"{through} {column}, window", rows)
        low, high = ratio(rows, of_ratio, draws=300)
        print(f"  ratio: {low:.3f} to {high:.3f} (95 %, series resampled)")


def speed():
    cases = [case for series in families()["cigarettes"] for case in list(cases_of(series))[40:44]][:40]
    start, cpu = time.perf_counter(), time.process_time()
    for case in cases:
        probability(case.known, case.target)
    print(
        f"{len(cases)} targets of 30 yearly points: {time.perf_counter() - start:.2f} s, {time.process_time() - cpu:.2f} CPU-s"
    )


def quotient(runs=2000):
    """Intervals of the quotient on made-up counts: Poisson and overdispersed, quotient known."""
    for spread in (1.0, 3.0):
        held = telling = 0
        for run in range(runs):
            rng = generator(run, "bench", "displacement")
            mean = np.repeat([[40.0], [60.0], [200.0]], 24, axis=1)
            mean[0, 12:], mean[1, 12:] = 20.0, 66.0
            values = rng.poisson(mean) if spread == 1 else rng.negative_binomial(mean / (spread - 1), 1 / spread)
            made = displacement(Counts(("a", "b", "c"), ("treated", "buffer", "control"), values.astype(float), 12))
            telling += made.informative
            held += bool(made.informative and made.low <= -0.3 <= made.high)
        print(
            f"displacement quotient -0.3, variance {spread:g} times Poisson: 95 % intervals hold {held / telling:.1%} of {telling} informative of {runs}"
        )


def fit_prior(rounds=60, added=2.0):
    """Print the weights of the prior: expectation-maximisation on the grid, no family with the weight of more than ten."""
    from counterflow.account.reach.model import AXES, fit, grid_of, prior_of, scale_of
    from counterflow.account.reach.series import lay

    likelihood, weight = [], []
    start = grid_of(prior_of())
    for found in families().values():
        mine = [s for s in found if not is_test(s.name) and len(s.points) >= 6]
        for series in mine:
            laid = lay(series, series.points[-1].period_end)
            scale = scale_of(laid.values)
            fitted = fit(scale.into(laid.values), scale.error(laid.values, laid.errors), laid.per_year, prior_of())
            likelihood.append(np.log(np.maximum(fitted.posterior, 1e-300)) - start.weight + fitted.log_likelihood)
            weight.append(1 / max(len(mine), 10))
    likelihood, weight = np.array(likelihood), np.array(weight) * 10 * len(families()) / sum(weight)
    values = {"noise": start.noise, "level": start.level, "slope": start.slope, "kept": np.exp(-start.theta)}
    place = {name: np.array([np.argmin(np.abs(np.array(AXES[name]) - v)) for v in values[name]]) for name in AXES}
    prior = {name: np.full(len(AXES[name]), 1 / len(AXES[name])) for name in AXES}
    for _ in range(rounds):
        joint = likelihood + sum(np.log(prior[name])[place[name]] for name in AXES)
        share = np.exp(joint - np.logaddexp.reduce(joint, axis=1)[:, None])
        for name in AXES:
            count = np.bincount(place[name], weight @ share, minlength=len(AXES[name])) + added
            prior[name] = count / count.sum()
    for name, found in prior.items():
        print(f"{name} = {[round(float(each), 3) for each in found]}")


if __name__ == "__main__":
    if "--fit" in sys.argv:
        fit_prior()
        sys.exit()
    if "--quick" in sys.argv:
        reach_series.PER_FAMILY = 2
    speed()
    quotient(100 if "--quick" in sys.argv else 2000)
    real_time()
    hindcasts()
