"""Officer integrity on SYNTHETIC years: who is found, how many innocents are flagged, by kind of year.

    .venv/bin/python benchmarks/bench_account_integrity.py [--quick]

The detector was made on seeds below 1,000; every figure here is of seeds from 10,000 on, which nothing was chosen by.
Prints for each kind of year: AUC of the ranking, the mean share of false discoveries among those flagged and among
those named, years with more than one innocent, the share of colluding officers flagged and named, and seconds a year.
"Plain" years come from a second generator that knows no lanes, shifts or habits, to see whether the first one was
needed; "bare" years lack all but officer, firm, decision and result.
"""

import sys
import time
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import rankdata

from counterflow.account.oversight.coded_table import table_of_columns
from counterflow.account.oversight.events import events_of
from counterflow.account.oversight.integrity import integrity
from counterflow.core.proportions import clopper_pearson
from counterflow.core.seeds import generator
from counterflow.demo.officer_year import YearPlan, officer_year

FIRST_SEED = 10_000


@dataclass
class Tally:
    auc: list = field(default_factory=list)
    flagged_wrong: list = field(default_factory=list)
    named_wrong: list = field(default_factory=list)
    innocents: list = field(default_factory=list)
    flagged: list = field(default_factory=list)
    named: list = field(default_factory=list)
    odd: dict = field(default_factory=dict)
    odd_of: dict = field(default_factory=dict)


def plain_year(seed, colluding=2, officers=60, each=300, firms=200):
    """A year as somebody else might make it: one row a decision, no lanes, no shifts, no habits."""
    rng = generator(seed, "plain-year")
    n = officers * each
    bad = rng.choice(officers, colluding, replace=False)
    officer, firm = rng.integers(0, officers, n), rng.choice(firms, n, p=rng.dirichlet(np.ones(firms)))
    lot = rng.random(n) < 0.5
    override, hit, look = rng.beta(3, 57, officers), rng.beta(10, 90, officers), rng.beta(2, 98, officers)
    favoured = np.zeros(n, bool)
    for one in bad:
        friends = rng.choice(firms, 2, replace=False)
        moved = (officer == one) & ~lot & (rng.random(n) < 0.25)
        firm[moved] = rng.choice(friends, moved.sum())
        favoured |= (officer == one) & np.isin(firm, friends)
    overridden = rng.random(n) < np.where(favoured, 0.4, override[officer])
    released = overridden | (rng.random(n) < 0.3)
    found = ~released & (rng.random(n) < np.where(favoured, 0.02, hit[officer]))
    away = rng.random(n) < look[officer] + 0.04 * np.isin(officer, bad)
    times = np.datetime64("2024-01-01T00:00") + rng.integers(0, 366 * 1440, n).astype("timedelta64[m]")
    rows = {
        "badge": [f"B{one:02d}" for one in officer], "importer": [f"T{one:03d}" for one in firm],
        "timestamp": times.astype(str).tolist(), "randomised": np.where(lot, "1", "0").tolist(),
        "overridden": np.where(overridden, "yes", "no").tolist(), "released": np.where(released, "yes", "no").tolist(),
        "result": np.where(released, "", np.where(found, "seizure", "none")).tolist(),
        "out_of_shift_lookup": np.where(away, "1", "0").tolist(),
    }  # fmt: skip
    return rows, {f"B{one:02d}" for one in bad}, {}


def full_year(seed, drop=(), **plan):
    year = officer_year(seed, YearPlan(**plan))
    return {name: values for name, values in year.rows.items() if name not in drop}, set(year.colluding), year.odd


def judge(rows, guilty, odd, tally):
    report = integrity(events_of(table_of_columns(rows, "year"), {}))
    truth = np.array([row["officer"] in guilty for row in report.rows])
    flagged = np.array([row["flagged"] for row in report.rows])
    named = np.array([row["named"] for row in report.rows])
    if truth.any():
        ranks = rankdata([row["score"] for row in report.rows])
        ones = truth.sum()
        tally.auc.append((ranks[truth].sum() - ones * (ones + 1) / 2) / (ones * (~truth).sum()))
        tally.flagged.append(flagged[truth].mean())
        tally.named.append(named[truth].mean())
    tally.innocents.append(int((flagged & ~truth).sum()))
    tally.flagged_wrong.append((flagged & ~truth).sum() / max(flagged.sum(), 1))
    tally.named_wrong.append((named & ~truth).sum() / max(named.sum(), 1))
    for row, wrong in zip(report.rows, flagged & ~truth, strict=True):
        kind = odd.get(row["officer"])
        if kind:
            tally.odd_of[kind] = tally.odd_of.get(kind, 0) + 1
            tally.odd[kind] = tally.odd.get(kind, 0) + int(wrong)


def told(name, years, make):
    tally, started = Tally(), time.process_time()
    for seed in range(FIRST_SEED, FIRST_SEED + years):
        judge(*make(seed), tally)
    seconds = (time.process_time() - started) / years
    said = f"{name:34s} {years:4d} years"
    if tally.auc:
        said += f"  AUC {np.mean(tally.auc):.4f} (least {np.min(tally.auc):.3f})  flagged {np.mean(tally.flagged):.1%}"
        said += f"  named {np.mean(tally.named):.1%}"
    some = sum(count > 0 for count in tally.innocents)
    low, high = clopper_pearson(some, years)
    said += f"  false share flagged {np.mean(tally.flagged_wrong):.2%} named {np.mean(tally.named_wrong):.2%}"
    said += f"  years with an innocent flagged {some} ({low:.1%} to {high:.1%}), with more than one"
    said += f" {sum(count > 1 for count in tally.innocents)}  {seconds:.2f} CPU-s a year"
    print(said, flush=True)
    if tally.odd_of:
        odd = ", ".join(f"{kind}: {tally.odd[kind]} of {count}" for kind, count in sorted(tally.odd_of.items()))
        print(f"{'':34s} honest officers with special work, flagged: {odd}", flush=True)


def main():
    quick = "--quick" in sys.argv
    many, some = (4, 2) if quick else (200, 60)
    told("2 of 60 collude", many, full_year)
    told("nobody colludes", some, lambda seed: full_year(seed, colluding=0))
    told("5 of 60 collude", some, lambda seed: full_year(seed, colluding=5))
    told("2 of 60, weak (0.4)", some, lambda seed: full_year(seed, strength=0.4))
    told("2 of 60, a quarter of the work", some, lambda seed: full_year(seed, consignments=6_000, traders=100))
    told("2 of 12 officers", some, lambda seed: full_year(seed, officers=12, consignments=6_000, traders=80, odd=False))
    bare = ("lane", "shift", "risk", "assignment", "time", "recommended", "later_found", "on_shift")
    told("2 of 60, bare columns", some, lambda seed: full_year(seed, drop=bare))
    told("nobody, bare columns", some, lambda seed: full_year(seed, drop=bare, colluding=0))
    told("plain years, 2 of 60", some, plain_year)
    told("plain years, nobody", some, lambda seed: plain_year(seed, colluding=0))


if __name__ == "__main__":
    main()
