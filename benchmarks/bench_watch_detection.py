"""The default alarm against R's Farrington flexible: outbreaks put into real series, matched rates of false alarms.

Series: Connecticut deaths by substance and Chicago areas of Cook County in the shared data, 417 weeks each. Outbreaks
are ours (seeded): Poisson(k sd) cases, lognormal over at most 8 weeks, in the last 105 weeks. R runs fresh
(`Rscript`, package surveillance); only the weeks of outbreaks and the uninjected last 105 weeks are scored, which is
all that is compared. Thresholds come from the other series (leave-series-out); intervals resample series and
replicates and estimate the threshold anew in each draw; beside them those with thresholds held. The shipped alarm at its budget is judged too: its alarms
rest on earlier weeks only. A second table has made-up (synthetic) series with a strong season.

    python benchmarks/bench_watch_detection.py [--quick] [--replicates 10] [--seed 101]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from public_data import SHARED_DATA

from counterflow.watch.detect.backtest import Scored, trial
from counterflow.watch.detect.default import judge, scorer
from counterflow.watch.detect.inject import Outbreaks, detected, outbreaks
from counterflow.watch.detect.realised import realised
from counterflow.watch.grid import KEY, Grid

WEEKS, LATE = 417, 312
RATES = (0.01, 0.02, 0.05)
R_CODE = """
suppressMessages(library(surveillance))
a <- commandArgs(TRUE); d <- read.csv(a[1], stringsAsFactors = FALSE); con <- file(a[2], "w")
for (j in seq_len(nrow(d))) {
  y <- as.numeric(strsplit(d$y[j], " ")[[1]]); r <- d$from[j]:d$to[j]
  x <- sts(observed = y, frequency = 52, start = c(2015, 1))
  f <- suppressWarnings(farringtonFlexible(x, control = list(range = r, noPeriods = 10, b = 5, w = 3,
    weightsThreshold = 2.58, pastWeeksNotIncluded = 26, pThresholdTrend = 1, thresholdMethod = "nbPlugin",
    alpha = 0.01, trend = TRUE, limit54 = c(0, 4))))
  cat(paste(d$id[j], r, f@control$score[, 1], as.integer(alarms(f)[, 1]), sep = ","), sep = "\\n", file = con)
}
close(con)
"""


def real_series() -> dict[str, np.ndarray]:
    """Return the shared series of 2015 to 2022, 417 weeks each, by name."""
    folder, found = SHARED_DATA / "watch", {}
    with gzip.open(folder / "inject_series.csv.gz", "rt") as file:
        rows = [row for row in csv.DictReader(file) if row["rep"] == "0"]
    for name in rows[0]:
        if name not in {"t", "rep"}:
            found[name] = np.array([float(row[name]) for row in rows])
    with gzip.open(folder / "r_series.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    for name in ("cook_NEAR_NORTH_SIDE", "ct_methadone", "ct_fentanyl_analogue", "ct_gabapentin"):
        found[name] = np.array([float(row["y"]) for row in rows if row["series"] == name])[-WEEKS:]
    return found


def earlier_series() -> dict[str, np.ndarray]:
    """Return Connecticut's series of 2012 to 2019; several are of the same deaths, and one week of 2019 stands out."""
    found = {}
    with (SHARED_DATA / "watch" / "ct_weekly_by_substance_2012_2019.csv").open() as file:
        rows = list(csv.DictReader(file))
    for name in ("cocaine", "benzo", "ethanol", "oxycodone", "all", "heroin", "fentanyl", "methadone"):
        found[f"ct_{name}_to_2019"] = np.array([float(row[name]) for row in rows])[-WEEKS:]
    return found


def seasonal_series() -> dict[str, np.ndarray]:
    """Return made-up series with a season: means 1 to 30 a week, amplitudes .3 to 1 on the log scale."""
    rng, t, found = np.random.default_rng(77), np.arange(WEEKS), {}
    for mean in (1, 3, 10, 30):
        for swing in (0.3, 0.6, 1.0):
            mu = mean * np.exp(swing * np.cos(2 * np.pi * (t - 10) / 52) + 0.15 * np.sin(4 * np.pi * t / 52) + 8e-4 * t)
            found[f"synthetic_{mean}_{swing}"] = rng.negative_binomial(20, 20 / (20 + mu)).astype(float)
    return found


def grid_of(series: dict[str, np.ndarray]) -> Grid:
    names = list(series)
    key = pa.table({f.name: names if f.name == "series" else [""] * len(names) for f in KEY}, schema=KEY)
    counts = np.array([series[name] for name in names])
    return Grid(key, "week", np.full(WEEKS, np.datetime64("NaT", "D")), np.arange(1, WEEKS + 1), counts)


def r_scores(grid: Grid, put: Outbreaks) -> tuple[Scored, np.ndarray, np.ndarray]:
    """Run R's Farrington flexible; return scores and its own alarms, on the series and on the copies."""
    late = WEEKS - LATE
    with tempfile.TemporaryDirectory() as folder:
        asked, answered, code = (Path(folder) / name for name in ("in.csv", "out.csv", "run.R"))
        code.write_text(R_CODE)
        lines = ["id,from,to,y"]
        lines += [f"b{i},{LATE + 1},{WEEKS},{_text(y)}" for i, y in enumerate(grid.counts)]
        for i, (y, added) in enumerate(zip(put.into(grid.counts), put.added, strict=True)):
            at = np.flatnonzero(added) + 1
            lines.append(f"c{i},{at[0]},{at[-1]},{_text(y)}")
        asked.write_text("\n".join(lines) + "\n")
        subprocess.run(["Rscript", str(code), str(asked), str(answered)], check=True, capture_output=True)
        quiet, copies = np.full((len(grid.names), late, 2), np.nan), np.full((len(put), late, 2), np.nan)
        for line in answered.read_text().splitlines():
            name, t, score, alarm = line.split(",")
            into = quiet if name[0] == "b" else copies
            into[int(name[1:]), int(t) - LATE - 1] = _number(score), _number(alarm)
    none = np.full((len(grid.names), 104), np.nan)
    return Scored(none, quiet[..., 0], copies[..., 0]), quiet[..., 1], copies[..., 1]


def _text(counts: np.ndarray) -> str:
    return " ".join(str(int(y)) for y in counts)


def _number(text: str) -> float:
    return 0.0 if text in {"NA", "NaN"} else float(text)


def shipped(grid: Grid, put: Outbreaks, rate: float) -> None:
    """Print what the shipped alarm does at a budget, each replicate and size as one grid of its own."""
    late = slice(LATE, WEEKS)
    quiet = judge(grid, rate)
    came = realised(quiet.judged.alarm[:, late])
    seen, delay = np.zeros(len(put), bool), np.full(len(put), np.nan)
    for replicate in range(int(put.replicate.max()) + 1):
        for size in np.unique(put.size):
            at = np.flatnonzero((put.replicate == replicate) & (put.size == size))
            counts = grid.counts.copy()
            counts[put.row[at]] += put.added[at]
            with_them = Grid(grid.key, grid.grain, grid.starts, grid.t, counts)
            found = detected(judge(with_them, rate).judged.alarm[put.row[at]] == 1, put.added[at])
            seen[at], delay[at] = found.seen, found.delay
    shares = "  ".join(f"{k:g} sd {seen[put.size == k].mean():.2f}" for k in np.unique(put.size))
    names = ", ".join(dict.fromkeys(c.name for c in quiet.threshold.choices))
    print(f"  budget {rate:.3f}: alarms {came.rate:.4f} [{came.low:.4f}, {came.high:.4f}] of uninjected series-weeks; "
          f"seen {shares}; mean delay {np.nanmean(delay):.2f} weeks; rules {names}")  # fmt: skip
    by = (quiet.judged.alarm[:, late] == 1).mean(axis=1)
    print("    by series: " + ", ".join(f"{n} {s:.3f}" for n, s in zip(grid.names, by, strict=True)))


def table(title: str, grid: Grid, put: Outbreaks, draws: int) -> None:
    """Print the comparison at matched rates."""
    start = time.process_time()
    of_default = scorer(grid, LATE)
    quiet = of_default(grid)
    key = grid.key.take(pa.array(put.row))
    copies = Grid(key, grid.grain, grid.starts, grid.t, put.into(grid.counts))
    scored = {"default": Scored(quiet[:, LATE - 104 : LATE], quiet[:, LATE:], of_default(copies)[:, LATE:])}
    print(f"\n{title}: {len(grid.names)} series, {len(put)} outbreaks; default {time.process_time() - start:.1f} CPU-s")
    if shutil.which("Rscript"):
        scored["R farringtonFlexible"], alarms, found = r_scores(grid, put)
        hit = detected(np.nan_to_num(found) == 1, put.added[:, LATE:]).seen
        shares = "  ".join(f"{k:g} sd {hit[put.size == k].mean():.2f}" for k in np.unique(put.size))
        print(f"  R at its nominal alpha .01: alarms in {np.nanmean(alarms):.4f} of uninjected weeks; seen {shares}")
    else:
        print("  Rscript is not here: the default alone")
    print("  rate  size  method                in-sample  leave-series-out  [95 %]          default sees more [95 %]"
          "  [95 %, thresholds held]")  # fmt: skip
    lines(scored, put, draws)
    print("  all sizes together (size 0):")
    lines(scored, replace(put, size=np.zeros(len(put))), draws)


def lines(scored: dict[str, Scored], put: Outbreaks, draws: int) -> None:
    """Print one line per rate, size and method."""
    made, held = (trial(scored, put, LATE, first="default", rates=RATES, draws=draws, anew=anew).rows
                  for anew in (True, False))  # fmt: skip
    for row, of_held in zip(made, held, strict=True):
        if row["threshold"] != "other series":
            continue
        each, at = scored[str(row["method"])], put.size == row["size"]
        bar = np.nanquantile(each.late, 1 - float(row["rate"]), method="higher")  # type: ignore[arg-type]
        inside = detected(np.nan_to_num(each.put, nan=-np.inf) > bar, put.added[:, LATE:]).seen[at].mean()
        more = (f"{row['first_sees_more']:+.3f} [{row['more_low']:+.3f}, {row['more_high']:+.3f}]"
                f"  [{of_held['more_low']:+.3f}, {of_held['more_high']:+.3f}]"
                if "first_sees_more" in row else "")  # fmt: skip
        print(f"  {row['rate']:.3f} {row['size']:4g}  {row['method']:<22} {inside:8.3f} {row['seen']:14.3f}"
              f"     [{row['seen_low']:.3f}, {row['seen_high']:.3f}]   {more}")  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--replicates", type=int, default=10)
    parser.add_argument("--seed", type=int, default=101)
    given = parser.parse_args()
    if not (SHARED_DATA / "watch").is_dir():
        print("the shared series are not here")
        return 0
    runs, draws = (2, 50) if given.quick else (given.replicates, 1000)
    real = real_series()
    earlier = earlier_series()
    once = {name: y for name, y in real.items() if name not in {"ct_gabapentin", "ct_fentanyl_analogue"}}
    for name in ("cocaine", "benzo", "ethanol", "oxycodone"):
        once[f"ct_{name}_to_2019"] = earlier[f"ct_{name}_to_2019"]
    for title, series in (
        ("Real series, each area and substance once", once),
        ("Real series, 2015 to 2022, with two whose column began on the way", real),
        ("Real series, Connecticut 2012 to 2019: the same deaths many times", earlier),
        ("SYNTHETIC seasonal series", seasonal_series()),
    ):
        grid = grid_of(series)
        n = max(runs // 2, 1) if title.startswith("SYNTHETIC") else runs
        put = outbreaks(grid.counts, (LATE, WEEKS), replicates=n, seed=given.seed)
        table(title, grid, put, draws)
        print("  Shipped alarm, thresholds of earlier weeks only:")
        for rate in RATES:
            shipped(grid, put, rate)
    return 0


if __name__ == "__main__":
    sys.exit(main())
