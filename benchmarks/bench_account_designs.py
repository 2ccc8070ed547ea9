"""Evaluation designs on public panels: published effects, false alarms under placebo, coverage, power.

    python benchmarks/bench_account_designs.py [--quick]

Prints every figure quoted in docs/methods/account-designs.md. Panels: county teen employment (Callaway & Sant'Anna
2021), cigarette packs of 39 states (Abadie et al. 2010), opioid units by state and by county (ARCOS 2006 to 2014).
Placebo assignments use units that nothing was done to, or all units before anything was done; what is found is false.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pyarrow.parquet as pq
from public_data import SHARED_DATA

from counterflow.account.evaluate.ask import Ask
from counterflow.account.evaluate.cells import NEVER, aggregate
from counterflow.account.evaluate.cohorts import Staggered, prepared
from counterflow.account.evaluate.equivalence import two_one_sided
from counterflow.account.evaluate.its import Series, controlled_series, interrupted
from counterflow.account.evaluate.panel import read_panel
from counterflow.account.evaluate.power import power_of, read_before
from counterflow.account.evaluate.segments import Segments, fit_level
from counterflow.account.evaluate.staggered_panel import callaway_santanna_asked, staggered_of
from counterflow.account.evaluate.staggered_second import event_study, imputation, sun_abraham
from counterflow.core.errors import InputError

FOLDER = SHARED_DATA / "account"
PUBLISHED = {
    (2004, 2004): -0.0105, (2004, 2005): -0.0704, (2004, 2006): -0.1373, (2004, 2007): -0.1008,
    (2006, 2004): 0.0065, (2006, 2005): -0.0028, (2006, 2006): -0.0046, (2006, 2007): -0.0412,
    (2007, 2004): 0.0305, (2007, 2005): -0.0027, (2007, 2006): -0.0311, (2007, 2007): -0.0261,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--part", default="", help="one part only, by the name of its function")
    asked = parser.parse_args()
    if not FOLDER.is_dir():
        print(f"no public data at {FOLDER}; set COUNTERFLOW_SHARED_DATA")
        return
    quick = asked.quick
    rounds = 20 if quick else 500
    parts = {
        "published": published,
        "false_alarms": lambda: false_alarms(rounds),
        "time_series": lambda: time_series(rounds // 5),
        "remembering": lambda: remembering(60 if quick else 400),
        "equivalence": lambda: equivalence(200 if quick else 4000),
        "power_curves": lambda: power_curves(60 if quick else 800),
    }
    for name, part in parts.items():
        if asked.part in ("", name):
            part()


def employment():
    return read_panel(FOLDER / "mpdta.csv", unit="countyreal", time="year", outcome="lemp", group="first.treat")


def published() -> None:
    print("\n-- County teen employment, ATT(g,t) against the published table (bar: 0.0005) --")
    began = time.perf_counter()
    told = callaway_santanna_asked(employment(), Ask(methods=()))
    spent = time.perf_counter() - began
    worst = 0.0
    for row in told["att"]:
        away = abs(row["effect"] - PUBLISHED[row["group"], row["time"]])
        worst = max(worst, away)
        print(f"{row['group']} {row['time']}  {row['effect']:+.4f}  se {row['se']:.4f}  away {away:.5f}")
    print(f"largest distance {worst:.5f}")
    print(f"simple {told['effect']:.5f} se {told['se']:.5f}; pre-trends p {told['pretrend']['p']:.5f}")
    for name, row in told["overall"].items():
        print(f"{name} {row['effect']:.4f} se {row['se']:.4f}")
    print(f"honest breakdown {told['honest']['breakdown']}; placebo p {told['placebo_p']:.3f}; {spent:.2f} s")


def arcos(level):
    """Log of oxycodone and hydrocodone units a head, by state or by county of Ohio, complete series only."""
    table = pq.read_table(FOLDER / "arcos_county_annual_2006_2014.parquet").to_pandas()
    table.columns = [c.lower() for c in table.columns]
    units = next(c for c in table.columns if "dosage" in c)
    state, county = (next(c for c in table.columns if w in c) for w in ("state", "county"))
    table = table.dropna(subset=["population"])
    keys = [state] if level == "state" else [state, county]
    if level == "county":
        table = table[table[state] == "OH"]
    summed = table.groupby([*keys, "year"])[[units, "population"]].sum().reset_index()
    summed["y"] = np.log(summed[units] / summed["population"])
    wide = summed.pivot(index=keys, columns="year", values="y").dropna()
    return wide.to_numpy()


def false_alarms(rounds: int) -> None:
    print(f"\n-- False alarms at 5 % over {rounds} placebo assignments (bar: 3 to 7 %) --")
    panel = staggered_of(employment(), Ask(methods=()))
    counties = panel.outcome[panel.cohort == NEVER]
    packs = read_panel(FOLDER / "prop99.csv", unit="State", time="Year", outcome="PacksPerCapita").outcome[:, :19]
    states, ohio = arcos("state"), arcos("county")
    sets = (
        ("employment, 191 of 309 treated", counties, ((1, 20), (3, 40), (4, 131))),
        ("employment, 12 of 60 treated", counties, ((1, 3), (3, 4), (4, 5))),
        (f"opioids, 15 of {len(states)} states", states, ((3, 5), (5, 5), (6, 5))),
        (f"opioids, 30 of {len(ohio)} counties of Ohio", ohio, ((3, 10), (5, 10), (6, 10))),
        ("cigarettes, 1 of 39 states", packs, ((12, 1),)),
        ("cigarettes, 3 of 39 states", packs, ((10, 1), (12, 1), (14, 1))),
    )
    runs = [(by_cells, one, rounds) for one in sets]
    runs += [(method, one, rounds // 5) for one in sets for method in (imputation, event_study, sun_abraham)]
    for method, (name, outcome, cohorts), many in runs:
        if many:
            began = time.perf_counter()
            alarms, by_p, count = alarms_of(method, outcome, cohorts, 60 if "of 60" in name else len(outcome), many)
            each = (time.perf_counter() - began) / max(count, 1)
            print(
                f"{name:40s} {method.__name__:18s} interval {alarms:.3f}  placebo p {by_p:.3f}  of {count}  ({each:.2f} s each)",
                flush=True,
            )


def by_cells(panel, *, seed):
    """The simple effect of Callaway & Sant'Anna from our own cells: what is printed, to 1e-10, without diff-diff."""
    ready = prepared(panel, control="never", anticipation=0, level=0.95, seed=seed)
    mean = aggregate([cell for cell in ready.cells if not cell.pre], ready.panel.cohort)
    row = ready.mean_row(mean.effect, mean.error())
    return row | ready.closing(row) | {"placebo_p": ready.placebo_p}


def alarms_of(method, outcome, cohorts, size, rounds):
    rng = np.random.default_rng(20)
    by_interval = by_p = count = 0
    for seed in range(rounds):
        rows = rng.choice(len(outcome), size=size, replace=False)
        cohort = np.full(size, NEVER)
        at = 0
        for first, many in cohorts:
            cohort[at : at + many] = first
            at += many
        made = Staggered(tuple(map(str, rows)), tuple(range(outcome.shape[1])), outcome[rows], cohort, np.arange(size))
        try:
            told = method(made, seed=seed)
        except InputError:
            continue
        count += 1
        by_interval += bool(told["excludes_zero"])
        by_p += told["placebo_p"] <= 0.05
    return by_interval / max(count, 1), by_p / max(count, 1), count


def time_series(rounds: int) -> None:
    print(f"\n-- One series: false alarms at 5 % over {rounds} placebo states and dates --")
    from scipy.stats import t

    packs = read_panel(FOLDER / "prop99.csv", unit="State", time="Year", outcome="PacksPerCapita")
    untreated = packs.outcome[[unit != "California" for unit in packs.units]]
    states = arcos("state")
    for name, outcome, starts in (
        ("cigarettes 1970 to 1988", packs.outcome[:, :19], (9, 10, 11, 12, 13)),
        ("cigarettes 1970 to 2000", untreated, (15, 18, 21, 24)),
        ("opioids 2006 to 2014", states, (5, 6)),
    ):
        rng = np.random.default_rng(7)
        counts = {"straight line taken for granted": 0, "its alone, as printed": 0, "its alone, settles nothing": 0,
                  "its beside other units": 0, "controlled-its": 0, "controlled-its, placebo p": 0}  # fmt: skip
        for _ in range(rounds):
            start, unit = int(rng.choice(starts)), int(rng.integers(len(outcome)))
            others = np.delete(outcome, unit, axis=0)
            size = outcome.shape[1]
            base = Series(tuple(range(size)), np.arange(float(size)), outcome[unit], start)
            beside = Series(base.labels, base.places, base.values, start, controls=others,
                            names=tuple(map(str, range(len(others)))))  # fmt: skip
            try:
                told, alone = interrupted(controlled_series(beside)), interrupted(base)
                free = size - Segments.of(base.places, start, 0).columns
                counts["straight line taken for granted"] += abs(alone["effect"]) > t.ppf(0.975, free) * alone["se"]
                counts["its alone, as printed"] += bool(alone["excludes_zero"])
                counts["its alone, settles nothing"] += not alone["informative"]
                counts["its beside other units"] += interrupted(beside)["excludes_zero"]
                counts["controlled-its"] += told["excludes_zero"]
                counts["controlled-its, placebo p"] += told["placebo_p"] <= 0.05
            except InputError as error:
                print(name, error)
                break
        for method, found in counts.items():
            print(f"{name:28s} {method:32s} {found / rounds:.3f}")


def remembering(rounds: int) -> None:
    print(f"\n-- One made-up series with errors that remember: false alarms at 5 % over {rounds} draws --")
    from scipy.stats import t

    for size, start in ((24, 12), (31, 19), (48, 24), (72, 48), (120, 60)):
        line = []
        for rho in (0.0, 0.4, 0.8):
            rng, segments, found = np.random.default_rng(5), Segments.of(np.arange(float(size)), start, 0), 0
            for _ in range(rounds):
                errors = rng.normal(size=size + 50)
                for i in range(1, size + 50):
                    errors[i] += rho * errors[i - 1]
                fit = fit_level(errors[50:], segments, checked=False)
                found += abs(fit.ratio) > t.ppf(0.975, fit.df)
            line.append(f"rho {rho:.1f}: {found / rounds:.3f}")
        print(f"{size:4d} periods, start {start:3d}   {'   '.join(line)}")


def equivalence(rounds: int) -> None:
    print(f"\n-- Equivalence: how often 'no effect as large as the margin' is said ({rounds} draws) --")
    rng = np.random.default_rng(3)
    for true in (0.0, 1.0, 2.0):
        said = np.mean([two_one_sided(true + rng.normal() * 0.5, 1.96, 0.5, 2.0)["equivalent"] for _ in range(rounds)])
        print(f"true effect {true:.1f}, margin 2, error 0.5: said {said:.3f}" + (" (wrongly)" if true >= 2 else ""))


def power_curves(draws: int) -> None:
    print(f"\n-- Power before the start: cigarettes, one state, periods before 1989 ({draws} placebos) --")
    panel, unread = read_before(
        FOLDER / "prop99.csv", unit="State", time="Year", outcome="PacksPerCapita", start="1989"
    )  # fmt: skip
    print(f"{unread} rows from 1989 on not read")
    for after in (4, 8):
        for method in ("did", "sc", "asc", "sdid"):
            told = power_of(panel, treated=("California",), after=after, method=method, draws=draws)
            curve = "  ".join(f"{row['effect']:.1f}:{row['power']:.2f}" for row in told["curve"][::4])
            print(f"{after} years after, {method:5s} smallest effect {told['smallest_effect']:.1f} packs"
                  f" ({told['smallest_share']:.0%})   {curve}")  # fmt: skip
    ready = prepared(staggered_of(employment(), Ask(methods=())), control="never", anticipation=0, level=0.95, seed=1)
    print(f"employment: standard error of the simple effect {ready.told.critical:.2f} critical, "
          f"smallest effect {2.80 * 0.01203:.4f} by the usual formula")  # fmt: skip


if __name__ == "__main__":
    main()
