"""Nowcasts against baselinenowcast, R's `nowcast` and CDC's own prediction, on public triangles and vintages.

    python benchmarks/bench_watch_nowcast.py [--library LIBRARY | --quantiles FILE] [--holidays DE]

German hospitalisations: every Sunday that has the history baselinenowcast asks for, horizons 0 to 14, truth = delay 40.
`--library` is the R library that holds baselinenowcast (see rivals/baselinenowcast.R); `--quantiles` takes what that
script wrote before. Days on both sides of 2021-07-11 were in view while settings of ours were tried. The interval of
a ratio resamples the days. HUS: the rows that R `nowcast` answered with all its methods. VSRR: each shared vintage from
the ones before it, against the newest that we hold; that is not final, so errors look smaller than they are.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import io
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from public_data import SHARED_DATA

from counterflow.core.seeds import generator
from counterflow.watch.nowcast import LEVELS, Triangle, nowcast
from counterflow.watch.nowcast.bayes import nowcast_bayes
from counterflow.watch.nowcast.read import Asked, read_triangles
from counterflow.watch.nowcast.rolling import nowcast_vintages
from counterflow.watch.nowcast.rolling_file import read_vintages
from counterflow.watch.nowcast.scores import weighted_interval_score

DATA = SHARED_DATA / "watch"
GERMAN = DATA / "germany_hosp_triangle_to_2021-08.csv.gz"
SUNDAYS = [dt.date(2021, 5, 23) + dt.timedelta(7 * k) for k in range(15)]
LOOKED_AT = dt.date(2021, 7, 11)
HORIZONS = 15


def rival_quantiles(asked, groups):
    """Return {(group, day, reference): quantiles} and CPU seconds a nowcast."""
    if asked.quantiles:
        text = asked.quantiles.read_text(encoding="utf-8")
    else:
        script = Path(__file__).parent / "rivals" / "baselinenowcast.R"
        days = ",".join(map(str, SUNDAYS))
        command = ["Rscript", str(script), str(asked.library), str(GERMAN), days, ",".join(groups)]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    held, cpu = defaultdict(dict), {}
    for row in csv.DictReader(io.StringIO(text)):
        key = (row["group"], row["as_of"], row["reference_date"])
        held[key][round(float(row["quantile"]), 3)] = float(row["value"])
        cpu[row["group"], row["as_of"]] = float(row["cpu"])
    quantiles = {key: np.array([found[level] for level in LEVELS]) for key, found in held.items()}
    return quantiles, float(np.mean(list(cpu.values())))


def ours(triangle, days, holidays, make):
    """Return {(day, reference): (quantiles, reported, chain ladder)} and CPU seconds a nowcast."""
    make(triangle, days[-1], holidays=holidays)  # compiled before the clock starts
    started, out = time.process_time(), {}
    for day in days:
        made = make(triangle, day, holidays=holidays)
        for place, reference in enumerate(made.reference.astype(object)):
            if (day - reference).days < HORIZONS:
                out[day, reference] = (made.values[place], made.reported[place], made.chain_ladder[place])
    return out, (time.process_time() - started) / len(days)


def table(rows):
    """Return WIS, MAE and coverage of rows (day, quantiles, truth)."""
    values, truth = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    score = weighted_interval_score(np.array(LEVELS), values, truth)
    held = [((values[:, a] <= truth) & (truth <= values[:, b])).mean() for a, b in ((5, 15), (1, 19))]
    return {"n": len(rows), "WIS": score.wis.mean(), "MAE": np.abs(values[:, 10] - truth).mean(),
            "cov50": held[0], "cov90": held[1]}, score.wis  # fmt: skip


def ratio(days, one, two):
    """Return the ratio of mean WIS and its 95 % interval, resampling days."""
    names = sorted(set(days))
    by_day = [[np.array(w)[[d == name for d in days]].sum() for name in names] for w in (one, two)]
    a, b = np.array(by_day)
    picks = generator(1, "bootstrap").integers(0, len(names), (2000, len(names)))
    drawn = a[picks].sum(axis=1) / b[picks].sum(axis=1)
    return a.sum() / b.sum(), *np.quantile(drawn, [0.025, 0.975])


def german(asked):
    """Sundays of every age group, ours and theirs on the same rows."""
    triangles = {one.group["age_group"]: one for one in read_triangles(GERMAN, Asked(each=True))}
    rival, cpu = rival_quantiles(asked, list(triangles)) if asked.quantiles or asked.library else ({}, float("nan"))
    for group, triangle in triangles.items():
        final = dict(zip(triangle.reference.astype(object), triangle.counts.sum(axis=1), strict=True))
        for name, make in (("default", nowcast), ("bayes", nowcast_bayes)):
            if name == "bayes" and group != "00+":
                continue
            found, own = ours(triangle, SUNDAYS, asked.holidays, make)
            for words, part in (("to July 10", lambda d: d < LOOKED_AT), ("from July 11", lambda d: d >= LOOKED_AT)):
                keys = [k for k in found if part(k[0]) and (not rival or (group, str(k[0]), str(k[1])) in rival)]
                if not keys:
                    continue
                told, wis = table([(k[0], found[k][0], final[k[1]]) for k in keys])
                print(f"{group:6} {words:9} {name:14} {line(told)} CPU {own:.3f}")
                ladder = np.mean([abs(found[k][2] - final[k[1]]) for k in keys])
                raw = np.mean([abs(found[k][1] - final[k[1]]) for k in keys])
                if rival and name == "default":
                    theirs, their_wis = table([(k[0], rival[group, str(k[0]), str(k[1])], final[k[1]]) for k in keys])
                    print(f"{group:6} {words:9} baselinenowcast {line(theirs)} CPU {cpu:.2f}")
                    middle, low, high = ratio([k[0] for k in keys], wis, their_wis)
                    print(f"{'':17}WIS ratio {middle:.2f} [{low:.2f}, {high:.2f}];", end=" ")
                if name == "default":
                    print(f"MAE of plain chain ladder {ladder:.1f}, of reported {raw:.1f}")


def line(told):
    return " ".join(f"{name} {value:.3g}" for name, value in told.items())


def hus():
    """Rows that R `nowcast` answered with every method, delays up to 14 days."""
    cases = [
        (dt.date.fromisoformat(row["dHosp"]), dt.date.fromisoformat(row["dReport"]))
        for row in csv.DictReader((DATA / "husO104Hosp.csv").open())
        if row["dHosp"] not in ("", "NA") and row["dReport"] not in ("", "NA")
    ]
    first, last = min(a for a, _ in cases), max(b for _, b in cases)
    counts = np.zeros(((last - first).days + 1, 15))
    for fell_ill, reported in cases:
        if 0 <= (reported - fell_ill).days <= 14:
            counts[(fell_ill - first).days, (reported - fell_ill).days] += 1
    triangle = Triangle(np.datetime64(first) + np.arange(len(counts)), counts)
    theirs = defaultdict(dict)
    for row in csv.DictReader((DATA / "r_nowcast_hus.csv").open()):
        theirs[row["now"], row["event"]][row["method"]] = row
    methods = ("bayes.trunc", "bayes.notrunc", "lawless")
    keys = [
        key for key, found in theirs.items()
        if all(m in found for m in methods)
        and 0 <= (dt.date.fromisoformat(key[0]) - dt.date.fromisoformat(key[1])).days < 14
    ]  # fmt: skip
    truth = np.array([float(theirs[key]["lawless"]["final"]) for key in keys])
    print(f"HUS: {len(keys)} rows of {len({key[0] for key in keys})} days;", end=" ")
    for method in methods:
        print(method, f"{np.abs([float(theirs[k][method]['nowcast']) for k in keys] - truth).mean():.2f}", end=" ")
    for name, make in (("default", nowcast), ("our bayes", nowcast_bayes)):
        found, cpu = ours(triangle, sorted({dt.date.fromisoformat(k[0]) for k in keys}), "", make)
        rows = [found[dt.date.fromisoformat(a), dt.date.fromisoformat(b)] for a, b in keys]
        told, _ = table([(None, row[0], y) for row, y in zip(rows, truth, strict=True)])
        print(f"{name} {told['MAE']:.2f} (cov90 {told['cov90']:.2f}, CPU {cpu:.3f})", end=" ")
    print(f"reported {np.abs(np.array([row[1] for row in rows]) - truth).mean():.2f} (mean absolute errors)")


def vsrr():
    """Each vintage by the ones before it, newest six months, against the newest vintage held."""
    path = DATA / "vsrr_vintages_2017-05_to_2018-11.parquet"
    for name in ("T40.4", "T40.5", "T40.1", "T43.6", "Number of Drug Overdose Deaths"):
        vintages = read_vintages(path, name)
        newest = dict(zip(zip(vintages[-1].place, vintages[-1].month, strict=True), vintages[-1].reported, strict=True))
        for upto in range(2, len(vintages)):
            made = nowcast_vintages(vintages[:upto])
            keys = list(zip(made.place, made.month, strict=True))
            truth = np.array([newest.get(key, np.nan) for key in keys])
            good = truth > 0
            errors = [100 * np.abs(x[good] / truth[good] - 1).mean() for x in (made.reported, made.expected)]
            held = ((made.low <= truth) & (truth <= made.high))[good].mean()
            month = vintages[upto - 1].through
            print(f"VSRR {name[:22]:22} through {month // 12}-{month % 12 + 1:02d}, {int(good.sum())} sums:"
                  f" MAPE reported {errors[0]:.3f} % ours {errors[1]:.3f} %, 90 % held {held:.2f}")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", type=Path, help="R library with baselinenowcast")
    parser.add_argument("--quantiles", type=Path, help="what rivals/baselinenowcast.R wrote")
    parser.add_argument("--holidays", default="", help="country whose holidays report as Sundays")
    asked = parser.parse_args()
    if not GERMAN.is_file():
        sys.exit(f"There is no {GERMAN.name}; set COUNTERFLOW_SHARED_DATA.")
    german(asked)
    hus()
    vsrr()


if __name__ == "__main__":
    main()
