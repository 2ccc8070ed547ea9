"""Emergence and changes of regime: false alarms and lead time beside each other, and breaks against R.

    python benchmarks/bench_watch_emergence.py [--seed 7] [--subjects 600] [--series 40] [--only PART] [--r]

1. Laboratory streams made here (**synthetic**): quarters, 12 places, samples that hang together (beta-binomial), volume
   that doubles, a third of the subjects each quiet, with a panel start at full height, with a changed definition; and
   true emergences (logistic growth of the share, spreading over places). False alarms per subject-year where nothing
   happened, alarms at panel starts and changes, and quarters from 1 % true share (and before 5 %) to the alarm.
2. Fentanyl-class reports of state laboratories by year to 2022 (NFLIS; `../shared/data/watch`): years from the alarm to a
   share of 5 %, and to the day of federal control, and false alarms in shuffled order; two halves of the substances.
3. Connecticut's weekly flags (`ct_weekly_by_substance_2012_2019.csv`): columns that start must not alarm.
4. Waves: false breaks where there is none, breaks found where there are, dates against R's `strucchange` (`--r`).
5. Speed.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import subprocess
import sys
from collections import Counter

import numpy as np
import pyarrow as pa
from measure import measured
from public_data import SHARED_DATA

from counterflow.core.seeds import generator
from counterflow.watch.emergence.judge import Rule, judge, shuffled
from counterflow.watch.emergence.read import read_panel, read_streams
from counterflow.watch.emergence.streams import BASES, KEY, Change, Streams
from counterflow.watch.emergence.waves import Finding, find_waves

PLACES, YEARS, FREQUENCY = 12, 8, 4
KINDS = ("quiet", "quiet", "panel", "definition", "volume", "emerging")


def beta_binomial(draws, n, share, rho):
    scale = (1 - rho) / rho
    p = draws.beta(np.maximum(share * scale, 1e-9), np.maximum((1 - share) * scale, 1e-9))
    return draws.binomial(n.astype(int), p).astype(float)


def made(seed, subjects, rho, *, said=True):
    """Streams with what is true of them: kind of each subject, and the true share over all places."""
    draws = generator(seed, "bench", "emergence", str(rho))
    periods = YEARS * FREQUENCY
    rows = subjects * PLACES
    kind = np.array([KINDS[j % len(KINDS)] for j in range(subjects)])
    volume = draws.lognormal(5.0, 0.7, (PLACES, 1)) * draws.lognormal(0, 0.15, (PLACES, periods))
    found, tested = np.zeros((rows, periods)), np.zeros((rows, periods))
    look, restart = np.ones((rows, periods), bool), np.zeros((rows, periods), bool)
    truth = np.zeros((subjects, periods))
    changes, key = [], []
    starts = np.datetime64("2010-01", "M") + 3 * np.arange(periods)
    starts = starts.astype("datetime64[D]")
    for j in range(subjects):
        level = 10 ** draws.uniform(-4, -1)
        place = level * draws.lognormal(0, 0.6, PLACES)
        share = np.repeat(place[:, None], periods, 1)
        n = draws.poisson(np.repeat(volume[None], 1, 0)[0]).astype(float) + 1
        at = int(draws.integers(12, periods - 6))
        if kind[j] == "volume":
            n[:, at:] *= 2
        if kind[j] == "definition":
            share[:, at:] *= draws.choice([3.0, 5.0, 0.3])
            changes.append(Change("lab", "*", "*", f"s{j}", starts[at], "definition"))
            restart[j * PLACES : (j + 1) * PLACES, at] = True
        if kind[j] == "emerging":
            rate = np.log(2) / draws.uniform(0.7, 4.0)
            onset = at - 4 + draws.exponential(2.0, PLACES).round()
            peak = 10 ** draws.uniform(-1.2, -0.3)
            grown = np.arange(periods)[None, :] - onset[:, None]
            share = np.where(grown >= 0, peak / (1 + peak / 0.0005 * np.exp(-rate * grown)), 1e-7)
        share = np.minimum(share, 0.9)
        x = beta_binomial(draws, n, share, rho)
        mine = slice(j * PLACES, (j + 1) * PLACES)
        if kind[j] == "panel":
            x = beta_binomial(draws, n, np.minimum(share * 20, 0.6), rho)
            x[:, :at] = 0
            if said:
                look[mine, :at] = False
                restart[mine, at] = True
        found[mine], tested[mine] = x, n
        truth[j] = (share * n).sum(0) / n.sum(0)
        key += [("lab", f"p{p:02}", "lab-reports", f"s{j}") for p in range(PLACES)]
    table = pa.table([pa.array(column) for column in zip(*key, strict=True)], schema=KEY)
    basis = np.full(rows, BASES.index("panel" if said else "tested"), np.int8)
    streams = Streams(
        table, "quarter", starts, found, tested, look, restart, basis, np.zeros(rows, np.int8), tuple(changes)
    )
    return streams, kind, truth


def alarms_by_subject(said, subjects):
    """Periods of all alarms of each subject, over all places and single ones."""
    names = [one[2] for one in said.subjects]
    place = {name: number for number, name in enumerate(names)}
    any_place = np.zeros(said.all_alarm.shape, int)
    np.add.at(any_place, said.subject, (said.alarm & ~said.doubted).astype(int))
    both = any_place + said.all_alarm
    return np.array([both[place[f"s{j}"]] for j in range(subjects)])


def synthetic(seed, subjects):
    print("\n## Synthetic laboratory streams (made here): false alarms per subject-year and lead time, side by side")
    for rho in (0.0005, 0.005, 0.02):
        for budget in (0.02, 0.05, 0.2):
            streams, kind, truth = made(seed, subjects, rho)
            rule = Rule(budget=budget)
            said = judge(streams, rule)
            met = alarms_by_subject(said, subjects)
            years = YEARS - 1
            told = []
            for name in ("quiet", "volume", "panel", "definition"):
                mine = met[kind == name]
                told.append(f"{name} {mine.sum() / (len(mine) * years):.4f}")
            emerging = np.flatnonzero(kind == "emerging")
            late, lead, missed, reached = [], [], 0, 0
            for j in emerging:
                when = np.flatnonzero(met[j])
                first = when[0] if len(when) else None
                one, five = (np.flatnonzero(truth[j] >= level) for level in (0.01, 0.05))
                if len(one):
                    reached += 1
                    missed += first is None
                    if first is not None:
                        late.append(first - one[0])
                if len(five) and first is not None:
                    lead.append(five[0] - first)
            print(
                f"rho {rho:<7} budget {budget:<5} false/subject-year: {', '.join(told)} | emergence past 1 %: {reached},"
                f" missed {missed}, quarters after 1 %: median {np.median(late):+.0f} [{np.quantile(late, 0.1):+.0f},"
                f" {np.quantile(late, 0.9):+.0f}]; before 5 %: median {np.median(lead):.0f} (n {len(lead)})"
            )
    for rho in (0.005,):
        streams, kind, truth = made(seed, subjects, rho, said=False)
        said = judge(streams, Rule())
        met = alarms_by_subject(said, subjects)
        mine = kind == "panel"
        pairs = [
            (np.flatnonzero(met[j]), np.flatnonzero(truth[j] >= 0.01))
            for j in np.flatnonzero(kind == "emerging")
            if (truth[j] >= 0.01).any()
        ]
        late = [when[0] - one[0] for when, one in pairs if len(when)]
        print(
            f"  emergence there: missed {len(pairs) - len(late)} of {len(pairs)}, quarters after 1 %: median {np.median(late):+.0f}"
        )
        print(
            f"panel starts, rho {rho}: subjects that alarm within the year after: told"
            f" {early(*made(seed, subjects, rho)[:2])}, not told (zeros with a number tested before) {early(streams, kind)},"
            f" of {int(mine.sum())}; not told, in all later years too: {int((met[mine] > 0).any(1).sum())}"
        )


def early(streams, kind):
    """Subjects whose panel began that alarm within four quarters of its start."""
    met = alarms_by_subject(judge(streams), len(kind))
    seen = np.nan_to_num(streams.found).reshape(len(kind), PLACES, -1).sum(1)
    begun = (seen > 0).argmax(1)
    return sum(bool(met[j, begun[j] : begun[j] + 4].any()) for j in np.flatnonzero(kind == "panel"))


def nflis():
    print("\n## NFLIS, fentanyl-class reports by state and year (share of all reports of the class)")
    path = SHARED_DATA / "watch" / "nflis_fentanyl_state_year_to_2022.csv.gz"
    counts = Counter()
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            counts[row["YYYY"], row["STATE"], row["BASE_DESCRIPTION"]] += int(row["DRUG_REPORTS"])
    columns = [[key[at] for key in counts] for at in range(3)]
    rows = pa.table([*columns, [str(n) for n in counts.values()]], names=["period", "place", "subject", "count"])
    panel = read_panel(pa.table({"from_day": ["1998-01-01"], "change": ["added"], "subject": ["*"]}))
    streams = read_streams(rows, panel, source="nflis").streams
    with measured() as cost:
        said = judge(streams)
    print(
        f"{len(streams.found)} streams, {len(streams.starts)} years: {cost.cpu_s:.2f} CPU-s (kernels compiled or loaded)"
    )
    total = streams.found.copy()
    for half in ("development", "untouched"):
        lead, listed, never = [], [], 0
        for number, (_, _, subject) in enumerate(said.subjects):
            if half_of(subject) != half:
                continue
            mine = said.subject == number
            share = np.nansum(total[mine], 0) / np.maximum(np.nansum(total, 0), 1)
            reached = np.flatnonzero(share >= 0.01)
            if not len(reached) or reached[0] < 6:
                continue
            alarms = np.flatnonzero(said.all_alarm[number] | said.alarm[mine].any(0))
            if len(alarms):
                lead.append(int(reached[0] - alarms[0]))
            else:
                never += 1
            listed.append(subject)
        print(f"{half}: {len(listed)} substances came to 1 % of the class; years of lead {sorted(lead)}, never {never}")
    for rate in shuffled(streams, times=20):
        print(f"shuffled: {rate.in_words()}")


def half_of(name):
    return ("development", "untouched")[hashlib.sha256(f"half:{name}".encode()).digest()[0] % 2]


def connecticut():
    print("\n## Connecticut's weekly flags: a column that starts")
    path = SHARED_DATA / "watch" / "ct_weekly_by_substance_2012_2019.csv"
    cells = {"period": [], "subject": [], "count": [], "tested": []}
    with path.open() as file:
        for row in csv.DictReader(file):
            for name in row:
                if name not in ("week", "all"):
                    for column, value in zip(cells, (row["week"], name, row[name], row["all"]), strict=True):
                        cells[column].append(value)
    starts = (("fentanyl_analogue", "2017-01-01"), ("xylazine", "2020-01-01"), ("gabapentin", "2021-01-01"))
    panel = read_panel(
        pa.table({"from_day": [day for _, day in starts], "change": ["added"] * 3, "subject": [n for n, _ in starts]})
    )
    for label, known in (("panel told", panel), ("panel not told", ())):
        for grain in ("week", "month"):
            streams = read_streams(pa.table(cells), known, source="ct", grain=grain).streams
            said = judge(streams)
            told = []
            for row in range(len(streams.found)):
                days = [str(day) for day in streams.starts[said.alarm[row] & ~said.doubted[row]]]
                doubt = " (withheld once)" if said.doubted[row].any() else ""
                told += [f"{streams.names(row)[3]} {' '.join(days)}{doubt}"] if days or doubt else []
            print(f"{label}, by {grain}: {'; '.join(told)}")


def waves(seed, draws_of_series, with_r):
    print("\n## Waves: breaks where there is none, breaks found where there are (synthetic)")
    finding = Finding(draws=99)
    for name, periods, frequency, level, theta in (
        ("22 years of 2,000", 22, 1, 2000, 400.0),
        ("22 years of 60", 22, 1, 60, 50.0),
        ("60 months of 30", 60, 12, 30, 40.0),
    ):
        draws = generator(seed, "bench", "waves", name)
        false = ended = right = near = 0
        for _ in range(draws_of_series):
            mean = level * np.exp(np.linspace(0, draws.normal(0, 1.0), periods))
            y = draws.poisson(draws.gamma(theta, mean / theta)).astype(float)
            told = find_waves(y, frequency, finding=finding)
            false += bool(told.breaks)
            ended += told.ended_by_chance <= 0.05
            at = int(draws.integers(periods // 3, 2 * periods // 3))
            turned = mean * np.exp(np.maximum(np.arange(periods) - at, 0) * 0.35 / frequency)
            y = draws.poisson(draws.gamma(theta, turned / theta)).astype(float)
            told = find_waves(y, frequency, finding=finding)
            right += bool(told.breaks)
            near += any(one.low - 1 <= at <= one.high + 1 for one in told.breaks)
        n = draws_of_series
        print(
            f"{name}: a break told where there is none {false}/{n} (level 5 %); regime called ended at 5 % {ended}/{n};"
            f" a slope that turns by +35 % a year found {right}/{n}, its interval (one period wider) holds the turn {near}/{n}"
        )
    print("\n## Waves: overdose deaths of the United States, 1999 to 2020 (published estimates of SOURCE from NVSS)")
    series = {}
    with gzip.open(SHARED_DATA / "strategy" / "source_timeseries.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            if "NVSS" in row["series"]:
                series.setdefault(row["series"], {})[int(float(row["time"]))] = float(row["value"])
    for name, found in series.items():
        y = np.array([found[year] for year in sorted(found)])
        with measured() as cost:
            told = find_waves(y, 1, finding=finding)
        words = [
            f"{1999 + b.at} [{1999 + b.low}, {1999 + b.high}] {100 * (b.before[0] - 1):+.0f} -> {100 * (b.after[0] - 1):+.0f} % a year"
            for b in told.breaks
        ]
        print(
            f"{name}: {'; '.join(words)}; ended {told.ended:.2f} (by chance {told.ended_by_chance:.2f}); {cost.cpu_s:.2f} CPU-s"
        )
        if with_r:
            print(f"    R strucchange::breakpoints(log(y) ~ year, h = 3): {r_breaks(y)}")


def r_breaks(y):
    code = (
        "suppressMessages(library(strucchange)); y <- log(c(" + ",".join(f"{v:.6f}" for v in y) + "));"
        "x <- seq_along(y); b <- breakpoints(y ~ x, h = 3); cat(1999 + b$breakpoints)"
    )
    ran = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False)
    return ran.stdout.strip() or ran.stderr.strip()[-200:]


def speed(seed):
    print("\n## Speed")
    streams, _, _ = made(seed, 2_000, 0.005)
    judge(streams)
    with measured() as cost:
        judge(streams)
    print(f"{len(streams.found):,} streams x {len(streams.starts)} quarters judged: {cost.cpu_s:.2f} CPU-s")


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--seed", type=int, default=7)
    ask.add_argument("--subjects", type=int, default=600)
    ask.add_argument("--series", type=int, default=40, help="drawn series per kind, for waves")
    ask.add_argument("--r", action="store_true", help="compare breaks with R's strucchange")
    ask.add_argument("--only", choices=["synthetic", "nflis", "connecticut", "waves", "speed"])
    asked = ask.parse_args()
    parts = {
        "synthetic": lambda: synthetic(asked.seed, asked.subjects),
        "nflis": nflis,
        "connecticut": connecticut,
        "waves": lambda: waves(asked.seed, asked.series, asked.r),
        "speed": lambda: speed(asked.seed),
    }
    for name, part in parts.items():
        if asked.only in (None, name):
            part()
    return 0


if __name__ == "__main__":
    sys.exit(main())
