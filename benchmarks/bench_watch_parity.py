"""Alarm methods number by number against R's `surveillance`: recorded outputs, and fresh ones where R is installed.

    python benchmarks/bench_watch_parity.py [--fresh] [--others] [--seed 1]

Recorded: ../shared/data/watch/r_series and r_alarms, inject_series and inject_r_farrington. Fresh (--fresh, needs
Rscript with surveillance): seeded synthetic series of tiny counts, zeros, spikes, trends, seasons, overdispersion,
late starts, gaps of zeros and short histories. --others asks R for series of the shared data that r_alarms has not:
Connecticut's of 2012 to 2019 and every eighth area of Cook County. Printed per method: rows, flags that differ, rows in which one is empty
and the other not, worst relative difference of upper and of expected where R gives them.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np

from counterflow.core.seeds import generator
from counterflow.watch.alarms.methods import judge
from counterflow.watch.grid import Grid
from counterflow.watch.series.csv_series import read_series

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "watch"
NAMES = {
    "ears_C1": "ears-c1", "ears_C2": "ears-c2", "ears_C3": "ears-c3", "ff_original": "farrington",
    "ff_improved": "farrington-flexible", "cusum_rossi": "cusum-rossi", "bayes": "bayes", "glrnb": "glrnb",
}  # fmt: skip
R = r"""
suppressMessages(library(surveillance))
a <- commandArgs(TRUE); d <- read.csv(a[1]); out <- list(); k <- 0
fl <- function(e, rg) data.frame(t=rg, upper=as.numeric(upperbound(e)), alarm=as.numeric(alarms(e)),
  expected=if (is.null(e@control$expected)) NA else as.numeric(e@control$expected))
pl <- function(e, rg) data.frame(t=rg, upper=as.numeric(e$upperbound), alarm=as.numeric(e$alarm), expected=NA)
for (s in unique(d$series)) {
  y <- d$y[d$series==s]; n <- length(y); b <- if (n>=290) 3 else 2; rg <- (52*b+31):n
  x <- sts(observed=y, start=c(2000,1), frequency=52); dp <- sts2disProg(x)
  ff <- function(...) fl(farringtonFlexible(x, control=list(range=rg, b=b, w=3, trend=TRUE, glmWarnings=FALSE, ...)), rg)
  ask <- list(
    ears_C1=function() fl(earsC(x, control=list(range=10:n, method="C1", baseline=7, minSigma=0, alpha=0.001)), 10:n),
    ears_C2=function() fl(earsC(x, control=list(range=10:n, method="C2", baseline=7, minSigma=0, alpha=0.001)), 10:n),
    ears_C3=function() fl(earsC(x, control=list(range=12:n, method="C3", baseline=7, minSigma=0, alpha=0.025)), 12:n),
    ff_improved=function() ff(noPeriods=10, weightsThreshold=2.58, pastWeeksNotIncluded=26, pThresholdTrend=1,
      thresholdMethod="nbPlugin", alpha=0.01, limit54=c(0,4)),
    ff_original=function() ff(noPeriods=1, weightsThreshold=1, pastWeeksNotIncluded=3, pThresholdTrend=0.05,
      thresholdMethod="delta", alpha=0.05, limit54=c(5,4)),
    cusum_rossi=function() pl(algo.cusum(dp, control=list(range=rg, k=1.04, h=2.26, m=NULL, trans="rossi")), rg),
    bayes=function() pl(algo.bayes(dp, control=list(range=rg, b=b, w=3, actY=TRUE, alpha=0.05)), rg),
    glrnb=function() fl(glrnb(x, control=list(range=rg, c.ARL=5, mu0=list(S=1, trend=FALSE), ret="value")), rg))
  for (m in names(ask)) {
    r <- tryCatch(suppressWarnings(ask[[m]]()), error=function(err) NULL)
    if (!is.null(r)) { k <- k + 1; out[[k]] <- cbind(series=s, method=m, r) }
  }
}
options(digits=15); write.csv(do.call(rbind, out), a[2], row.names=FALSE, na="", quote=FALSE)
"""


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV, packed or not."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as opened:
        return list(csv.DictReader(opened))


def number(text: str) -> float:
    """Return a field as a number; NaN where it is empty."""
    return float(text) if text not in ("", "NA") else float("nan")


def relative(ours: float, theirs: float) -> float:
    """Return the difference over the larger; 0 where either is empty."""
    largest = 0.0 if np.isnan(ours) or np.isnan(theirs) else max(abs(ours), abs(theirs))
    return abs(ours - theirs) / largest if largest > 0 else 0.0


def compare(title: str, grid: Grid, theirs: list[dict[str, str]]) -> None:
    """Print how far each method's verdicts are from R's."""
    print(f"\n{title}")
    print(
        f"{'method':22}{'rows':>7}{'flags ≠':>9}{'empty ≠':>9}{'upper':>10}{'expected':>10}  series with differing flags"
    )
    place = {name: at for at, name in enumerate(grid.names)}
    by_method = defaultdict(list)
    for row in theirs:
        by_method[row["method"]].append(row)
    for method, rows in sorted(by_method.items()):
        found = judge(grid, NAMES[method])
        flags, empty, upper, expected, where = 0, 0, 0.0, 0.0, set()
        for row in rows:
            s, t = place[row["series"]], int(row["t"]) - int(grid.t[0])
            alarm = int(row["alarm"]) if row["alarm"] not in ("", "NA") else -1
            if alarm != found.alarm[s, t]:
                flags += 1
                where.add(row["series"])
            bound = number(row["upper"])
            mean = number(row["expected"]) if "ff" in method else float("nan")
            empty += np.isnan(bound) != np.isnan(found.upper[s, t])
            empty += "ff" in method and np.isnan(mean) != np.isnan(found.expected[s, t])
            upper = max(upper, relative(found.upper[s, t], bound))
            expected = max(expected, relative(found.expected[s, t], mean))
        print(
            f"{NAMES[method]:22}{len(rows):7}{flags:9}{empty:9}{upper:10.1e}{expected:10.1e}  {', '.join(sorted(where))}"
        )


def injected() -> None:
    """Compare the improved Farrington method with five years of baseline on series with outbreaks put in."""
    theirs = rows_of(DATA / "inject_r_farrington.csv.gz")
    wide = rows_of(DATA / "inject_series.csv.gz")
    counts = defaultdict(dict)
    for row in wide:
        for name, y in row.items():
            if name not in ("t", "rep"):
                counts[row["rep"], name][int(row["t"])] = y
    text = io.StringIO("series,t,y\n")
    text.seek(0, 2)
    for (rep, name), series in counts.items():
        for t, y in sorted(series.items()):
            text.write(f"{rep}|{name},{t},{y}\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inject.csv"
        path.write_text(text.getvalue())
        grid = read_series(path)
    place = {name: at for at, name in enumerate(grid.names)}
    found = judge(grid, "farrington-flexible", b=5)
    flags, worst, off = 0, 0.0, 0
    for row in theirs:
        s, t = place[f"{row['rep']}|{row['series']}"], int(row["t"]) - 1
        if grid.counts[s, t] != float(row["y"]):
            off += 1
            continue
        flags += int(row["ff_alarm"]) != found.alarm[s, t]
        worst = max(worst, relative(found.upper[s, t], number(row["ff_upper"])),
                    relative(found.expected[s, t], number(row["ff_exp"])))  # fmt: skip
    print(f"\nRecorded: series with outbreaks put in, b=5: {len(theirs)} rows, {off} with other counts,"
          f" flags that differ {flags}, worst relative {worst:.1e}")  # fmt: skip


def synthetic(seed: int) -> list[tuple[str, list[int]]]:
    """Return series that are hard in one way each."""
    r = generator(seed, "watch-parity")
    made: list[tuple[str, np.ndarray]] = []
    for i, n in enumerate((205, 235, 300, 330)):
        t = np.arange(n)
        wave = np.exp(0.5 * np.sin(2 * np.pi * (t + 13 * i) / 52))
        mean = 10 * wave
        spiky = r.poisson(3, n)
        spiky[r.integers(0, n, 6)] += r.integers(10, 60, 6)
        late, gap, rare = r.poisson(4, n), r.poisson(4, n), np.zeros(n, int)
        late[: n - 70], gap[60 : n - 40] = 0, 0
        rare[r.integers(0, n, 4)] = r.integers(1, 30, 4)
        made += [
            (f"tiny{i}", r.poisson(0.05 * (i + 1), n)), (f"small{i}", r.poisson(0.5, n)),
            (f"season{i}", r.poisson(5 * wave)), (f"rise{i}", r.poisson(2 * np.exp(0.008 * t))),
            (f"fall{i}", r.poisson(20 * np.exp(-0.012 * t))), (f"over{i}", r.negative_binomial(2, 2 / (2 + mean))),
            (f"large{i}", r.negative_binomial(20, 20 / (20 + 300 * mean))), (f"spikes{i}", spiky), (f"late{i}", late),
            (f"gap{i}", gap), (f"rare{i}", rare), (f"in-season{i}", r.poisson(8 * (np.abs(t % 52 - 26) < 6))),
        ]  # fmt: skip
    made += [("zeros", np.zeros(300, int)), ("sevens", np.full(300, 7)), ("stairs", np.arange(300)),
             ("short", r.poisson(3, 140))]  # fmt: skip
    return [(name, [int(v) for v in y]) for name, y in made]


def others() -> list[tuple[str, list[int]]]:
    """Return series of the shared data that stand in no recorded output."""
    areas = rows_of(DATA / "cook_weekly_by_area_2015_2019.csv.gz")
    state = rows_of(DATA / "ct_weekly_by_substance_2012_2019.csv")
    made = [(f"cook {name}", [int(row[name]) for row in areas]) for name in list(areas[0])[1::8]]
    return made + [(f"ct {name}", [int(row[name]) for row in state]) for name in list(state[0])[1:]]


def fresh(title: str, asked: list[tuple[str, list[int]]]) -> None:
    """Ask R for these series and compare."""
    if shutil.which("Rscript") is None:
        print("\nNo Rscript here: nothing fresh to compare with.")
        return
    with tempfile.TemporaryDirectory() as folder:
        series, script, answer = (Path(folder) / name for name in ("series.csv", "ask.R", "answer.csv"))
        lines = [f"{name},{t},{v}" for name, y in asked for t, v in enumerate(y, 1)]
        series.write_text("series,t,y\n" + "\n".join(lines) + "\n")
        script.write_text(R)
        done = subprocess.run(
            ["Rscript", str(script), str(series), str(answer)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print("R could not answer:", done.stderr.strip().splitlines()[-1:])
            return
        compare(f"Fresh from R, {title}", read_series(series), rows_of(answer))


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fresh", action="store_true", help="ask R itself, for synthetic series")
    parser.add_argument("--others", action="store_true", help="ask R for shared series that no recorded output has")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if (DATA / "r_series.csv.gz").exists():
        grid = read_series(DATA / "r_series.csv.gz")
        compare("Recorded: r_series against r_alarms", grid, rows_of(DATA / "r_alarms.csv.gz"))
        injected()
    if asked.fresh:
        fresh(f"synthetic series, seed {asked.seed}", synthetic(asked.seed))
    if asked.others:
        fresh("other series of the shared data", others())
    return 0


if __name__ == "__main__":
    sys.exit(main())
