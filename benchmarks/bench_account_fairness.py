"""Fairness held against worlds whose truth is known: the bar, alarms, adjusted ratios, small cells, the swap.

    .venv/bin/python benchmarks/bench_account_fairness.py [--quick] [--part bar|alarms|ratios|small|swap]

Prints coverage of the threshold test's intervals with and without a random arm, how often hit rates and the test accuse
a group under one bar, and find two; false alarms a year and months to an alarm; coverage of ratios; whether differences
tell what was hidden; and changes of scores under the swap, with the first score, with a trained model, and with a score
that was made to read names.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from counterflow.account.fairness.adjust import adjusted, strata_of
from counterflow.account.fairness.bar import threshold_test
from counterflow.account.fairness.burden import BurdenOptions, burden_table
from counterflow.account.fairness.events import Events
from counterflow.account.fairness.over_time import watch_burden
from counterflow.account.fairness.rates import risk_ratio

LEVEL = 0.95


def text(prefix, values):
    return np.array([f"{prefix}{v}" for v in values], dtype=object)


def expit(x):
    return 1 / (1 + np.exp(-x))


def office(rng, phi, delta, bar, records, drawn):
    """Events of groups (rows) and units (columns) whose base rate, signal and bar are given."""
    from scipy.special import ndtr

    cut = (np.log(bar / (1 - bar)) - np.log(phi / (1 - phi))) / delta + delta / 2
    hit, miss = phi * ndtr(delta - cut), (1 - phi) * ndtr(-cut)
    rows = []
    for g, u in np.ndindex(*phi.shape):
        found, missed, _ = rng.multinomial(records, [hit[g, u], miss[g, u], 1 - hit[g, u] - miss[g, u]])
        rows.append((g, u, records, found + missed, found, 0.0))
        if drawn:
            rows.append((g, u, drawn, drawn, rng.binomial(drawn, phi[g, u]), 1.0))
    group, unit, n, opened, found, random = (np.array(c, float) for c in zip(*rows, strict=True))
    return Events({"g": text("G", group.astype(int))}, n, opened, found, np.zeros(len(n)),
                  random=random if drawn else None, unit=text("U", unit.astype(int)))  # fmt: skip


def bars(most):
    for name, drawn, units, worlds in (("random arm", 100, 4, most), ("no random arm, 8 units", 0, 8, most // 2)):
        held, wide, silent, all_of, began = 0, [], 0, 0, time.process_time()
        for seed in range(worlds):
            rng = np.random.default_rng(seed)
            shape = (3, units)
            phi = expit(-2.5 + rng.normal(0, 0.5, (3, 1)) + rng.normal(0, 0.4, (1, units)))
            delta = np.exp(0.5 + rng.normal(0, 0.25, (3, 1)) + rng.normal(0, 0.15, (1, units)))
            bar = expit(-2 + rng.normal(0, 0.5, (3, 1)) + rng.normal(0, 0.2, shape))
            test = threshold_test(office(rng, phi, delta, bar, 1500, drawn), "g", seed=seed)
            silent += not test.informative
            for row in test.rows if test.informative else ():
                truth = bar[int(row["group"][1:])].mean()
                held += row["bar_low"] <= truth <= row["bar_high"]
                wide.append(row["bar_high"] - row["bar_low"])
                all_of += 1
        spent = (time.process_time() - began) / worlds
        print(f"bar, {name}: 95 % intervals hold {held} of {all_of} ({held / max(all_of, 1):.1%}), median width"
              f" {np.median(wide):.3f}, no conclusion in {silent} of {worlds}, {spent:.1f} CPU-s each", flush=True)  # fmt: skip


def verdicts(worlds):
    """How often hit rates and the test say that a group has a lower bar: one bar with unlike risks, then two bars."""
    for name, bar, signal in (("one bar, unlike risks", (0.15, 0.15), (2.2, 0.9)),
                              ("two bars, like hit rates", (0.06, 0.24), (2.2, 0.95))):  # fmt: skip
        by_hits = by_test = 0
        for seed in range(worlds):
            rng = np.random.default_rng(1000 + seed)
            phi = np.full((2, 1), 0.1)
            given = office(rng, phi, np.array([[signal[0]], [signal[1]]]), np.array([[bar[0]], [bar[1]]]), 20_000, 1500)
            chosen = [(given.found[i], given.inspected[i]) for i in (0, 2)]
            by_hits += risk_ratio(*chosen[0], *chosen[1]).p < 1 - LEVEL
            test = threshold_test(given, "g", seed=seed)
            by_test += test.informative and any("lower bar" in row["verdict"] for row in test.rows)
        print(
            f"{name}: hit rates differ (5 %) in {by_hits} of {worlds}; the test names a lower bar in {by_test}",
            flush=True,
        )


def months(rng, rise, count=12, groups=6, per=200):
    month, band, group = (x.ravel() for x in np.meshgrid(*map(np.arange, (count, 3, groups)), indexing="ij"))
    n = rng.poisson(per, len(month)).astype(float)
    chance = np.array([0.02, 0.06, 0.15])[band] * (1 + 0.5 * np.sin(month))
    opened = rng.binomial(n.astype(int), chance * np.where((group == 0) & (month >= 6), rise, 1)).astype(float)
    period = np.array([f"2026-{m + 1:02d}" for m in month], dtype=object)
    none = np.zeros(len(n))
    return Events({"g": text("G", group)}, n, opened, none, none, band=text("b", band), period=period)


def alarms(worlds):
    false = sum(any(row["alarm"] for row in watch_burden(months(np.random.default_rng(s), 1.0), "g").rows)
                for s in range(worlds))  # fmt: skip
    print(f"alarms, treatment alike: {false} of {worlds} years with any false alarm (budget 5 %)", flush=True)
    for rise in (1.5, 2.0):
        waits, wrong = [], 0
        for seed in range(worlds // 3):
            rows = [r for r in watch_burden(months(np.random.default_rng(seed), rise), "g").rows if r["alarm"]]
            own = [r for r in rows if r["group"] == "G0" and r["month"] >= "2026-07"]
            waits += [int(own[0]["month"][5:]) - 6] if own else []
            wrong += any(r["group"] != "G0" for r in rows)
        print(f"alarms, a rise of {rise}: found in {len(waits)} of {worlds // 3}, median {np.median(waits):.0f} months"
              f" after it begins; another group named in {wrong}", flush=True)  # fmt: skip


def ratios(worlds):
    for per in (40, 400, 4000):
        rng, held, over = np.random.default_rng(per), 0, 0
        for _ in range(worlds):
            n = np.array([per * 3, per, per, per * 3]).astype(float)
            chance = np.array([0.05, 0.2, 0.05, 0.2]) * np.array([1.5, 1.5, 1, 1])
            seen = rng.binomial(n.astype(int), chance).astype(float)
            one = adjusted(strata_of(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), n, seen), 0, LEVEL).to_others
            held += one.low <= 1.5 <= one.high
            over += one.low > 1.5
        print(
            f"ratio at equal risk, {per * 8} consignments: 95 % intervals hold {held / worlds:.1%} of {worlds}",
            flush=True,
        )


def small(worlds):
    rng, shown, alone = np.random.default_rng(4), 0, 0
    for _ in range(worlds):
        k = int(rng.integers(3, 12))
        n = rng.integers(1, 60, k) * rng.choice([1, 1, 20], k)
        opened = rng.binomial(n, rng.uniform(0.02, 0.6, k))
        found = rng.binomial(opened, 0.2)
        given = Events({"g": text("G", range(k))}, *(v.astype(float) for v in (n, opened, found)), np.zeros(k))
        rows = burden_table(given, BurdenOptions(total_known=True))
        told = [row for row in rows[1:] if row["consignments"] is not None]
        shown += sum(0 < row[c] < 10 for row in told for c in ("consignments", "inspected"))
        left = int(n.sum()) - sum(row["consignments"] for row in told)
        alone += len(told) == k - 1 or 0 < left < 10
    print(f"small cells, {worlds} random tables with a known total: {shown} counts below 10 shown, in {alone} a hidden"
          " group's size follows by taking away", flush=True)  # fmt: skip


def swaps(records):
    from counterflow.demo.options import REHEARSAL_PREVALENCE, WorldOptions
    from counterflow.demo.play import play
    from counterflow.flow import account_swap
    from counterflow.store.workspace import Workspace

    more = {lane: min(5 * share, 0.2) for lane, share in REHEARSAL_PREVALENCE.items()}  # enough finds for a model
    with tempfile.TemporaryDirectory() as folder:
        played = Path(folder) / "demo"
        play(WorldOptions(records=records, weeks=12, prevalence=more), played)
        with Workspace(played / "workspace", flags={"target.learned": False}) as workspace:
            swap_told("first score", account_swap.swap_test(workspace, rounds=5))
        with Workspace(played / "workspace") as workspace:  # the world trains as it goes
            swap_told("as plans rank", account_swap.swap_test(workspace, rounds=5))
            honest = account_swap.rank_records

            def biased(view, asked, start, end, options):
                ranked = honest(view, asked, start, end, options)
                rows = view.store.rows("SELECT record_id FROM party WHERE role = 'consignee' AND name LIKE '%a'")
                theirs = {row["record_id"] for row in rows}
                worse = np.array([1.01 if r in theirs else 1.0 for r in asked["record_id"].to_pylist()])
                return dataclasses.replace(ranked, chance=ranked.chance * worse)

            account_swap.rank_records = biased
            swap_told("a score made to read names", account_swap.swap_test(workspace, rounds=1))
            account_swap.rank_records = honest


def swap_told(name, told):
    rounds = told["rounds"]
    worst = {
        k: max(r[k] for r in rounds)
        for k in ("names_changed", "moved", "by_list", "by_person", "unexplained", "places")
    }
    print(f"swap, {name}: {told['records']} records, {len(rounds)} rounds, exact {told['exact']}; at most {worst}"
          f" ({told['ranked_by'][:60]})", flush=True)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", choices=("bar", "alarms", "ratios", "small", "swap"))
    given = parser.parse_args()
    quick = given.quick
    parts = {
        "ratios": lambda: ratios(200 if quick else 2000), "small": lambda: small(50 if quick else 1000),
        "alarms": lambda: alarms(8 if quick else 60),
        "bar": lambda: (bars(2 if quick else 16), verdicts(2 if quick else 8)),
        "swap": lambda: swaps(1000 if quick else 6000),
    }  # fmt: skip
    for name, run in parts.items():
        if given.part in (None, name):
            run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
