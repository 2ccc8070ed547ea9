"""What an alarm costs in CPU seconds, ours and R's `surveillance` in the same run.

    python benchmarks/bench_watch_speed.py [--counties 3000] [--skip-r] [--seed 1]

Synthetic county counts (seeded), 260 weeks. R judges a few of the same series; where there is no Rscript the recorded
16 ms per series-week stand. CPU seconds of this process and its children, all cores together; wall-clock beside them.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from counterflow.core.seeds import generator
from counterflow.watch.alarms.methods import judge
from counterflow.watch.grid import KEY, Grid

RECORDED = 0.016
R = r"""
suppressMessages(library(surveillance)); a <- commandArgs(TRUE); d <- as.matrix(read.csv(a[1], header=FALSE)); n <- ncol(d)
cpu <- function() sum(proc.time()[1:2]); b <- 2; rg <- (52*b+31):n; used <- 0
for (i in 1:nrow(d)) { x <- sts(observed=d[i,], start=c(2000,1), frequency=52); t0 <- cpu()
  e <- farringtonFlexible(x, control=list(range=rg, noPeriods=10, b=b, w=3, weightsThreshold=2.58,
    pastWeeksNotIncluded=26, pThresholdTrend=1, thresholdMethod="nbPlugin", alpha=0.01, trend=TRUE, limit54=c(0,4),
    glmWarnings=FALSE)); used <- used + cpu() - t0 }
cat(used / (nrow(d) * length(rg)), "\n")
"""


def cpu() -> float:
    """Return CPU seconds so far of this process, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def counties(series: int, weeks: int, seed: int) -> Grid:
    """Return synthetic counts of counties from nearly none to many."""
    r = generator(seed, "watch-speed")
    level = r.lognormal(0.3, 1.3, series)
    wave = np.exp(0.3 * np.sin(2 * np.pi * np.arange(weeks) / 52))
    mean = level[:, None] * wave * np.exp(r.normal(0, 0.1, (series, 1)) * np.arange(weeks) / 52)
    counts = r.poisson(mean * r.gamma(4, 1 / 4, mean.shape)).astype(float)
    names = [f"c{at}" for at in range(series)]
    key = pa.table({name: names if name == "series" else [""] * series for name in KEY.names}, schema=KEY)
    return Grid(key, "week", np.full(weeks, "NaT", "datetime64[D]"), np.arange(1, weeks + 1), counts)


def of_r(grid: Grid, series: int) -> tuple[float, str]:
    """Return R's CPU seconds per series-week, measured now where R is here."""
    if shutil.which("Rscript") is None:
        return RECORDED, "recorded"
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "counts.csv", Path(folder) / "ask.R"
        np.savetxt(data, grid.counts[:series], "%d", ",")
        script.write_text(R)
        done = subprocess.run(["Rscript", str(script), str(data)], capture_output=True, text=True, check=False)
    return (float(done.stdout), "measured now") if done.returncode == 0 else (RECORDED, "recorded")


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counties", type=int, default=3000)
    parser.add_argument("--skip-r", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    grid = counties(asked.counties, 260, asked.seed)
    start, began = cpu(), time.monotonic()
    judge(grid.of([0]), "farrington-flexible")
    print(f"first call (loading, compiling or the cache): {cpu() - start:.1f} CPU-s, {time.monotonic() - began:.1f} s")
    slow, how = (RECORDED, "recorded") if asked.skip_r else of_r(grid, 6)
    print(f"R farringtonFlexible, {how}: {slow * 1000:.2f} ms CPU per series-week")
    print(f"{asked.counties:,} series x 260 weeks, two years of baseline (b=2) and, where b is set, three")
    for name, settings in (
        ("farrington-flexible", {}), ("farrington-flexible", {"b": 3}), ("farrington", {}), ("ears-c1", {}),
        ("ears-c2", {}), ("ears-c3", {}), ("cusum-rossi", {}), ("bayes", {}), ("shewhart", {}),
    ):  # fmt: skip
        judge(grid.of([0]), name, **settings)
        start, began = cpu(), time.monotonic()
        found = judge(grid, name, **settings)
        used, wall, cells = cpu() - start, time.monotonic() - began, int((found.alarm >= 0).sum())
        ratio = f"{slow / (used / cells):8.0f} x less CPU than R" if name == "farrington-flexible" else ""
        shown = ", ".join(f"{key}={value}" for key, value in settings.items())
        print(
            f"{name + ' ' + shown:26}{used:8.2f} CPU-s{wall:8.2f} s  {cells:8,} judged {1000 * used / cells:8.4f} ms{ratio}"
        )
    print(f"largest memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
