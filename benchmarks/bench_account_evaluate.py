"""What a measure did: published answers again, rivals beside ours, and how often chance is taken for an effect.

    .venv/bin/python benchmarks/bench_account_evaluate.py            # everything (about 15 minutes on one core)
    .venv/bin/python benchmarks/bench_account_evaluate.py --quick    # a rehearsal

Prints the figures of docs/methods/account-evaluate.md: Proposition 99 and the Basque Country against the papers;
diff-diff on the same panel; seconds for 51 placebos; the search for predictor weights with and without its floor; and,
over placebo assignments on untreated units of public panels, the share in which p <= 0.05 and in which the 95 % interval
excludes no effect (there is none), how often plain ranks and normal intervals do, and how often an effect that was
planted is found.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from public_data import SHARED_DATA

from counterflow.account.evaluate import predictors
from counterflow.account.evaluate.ask import Ask
from counterflow.account.evaluate.blocks import BLOCK_METHODS, answered
from counterflow.account.evaluate.columns import named_specials
from counterflow.account.evaluate.panel import Block, block_of, panel_of, read_panel
from counterflow.account.evaluate.run import evaluate
from counterflow.account.given import read_rows
from counterflow.core.seeds import generator

DATA = SHARED_DATA / "account"
SECTORS = ("agriculture", "energy", "industry", "construction", "services.venta", "services.nonventa")
SCHOOL = ("school.illit", "school.prim", "school.med", "school.high", "school.post.high", "invest")


def prop99():
    return read_panel(DATA / "prop99.csv", unit="State", time="Year", outcome="PacksPerCapita")


def basque(fit=""):
    rows = read_rows(DATA / "basque.csv")
    odd = "1961,1963,1965,1967,1969"
    special = named_specials(rows, ["gdpcap:1960-1969", *(f"sec.{s}:{odd}" for s in SECTORS), "popdens:1969"])
    extra = [*SCHOOL, *dict.fromkeys(s.column for s in special)]
    panel = panel_of(rows, unit="regionname", time="year", outcome="gdpcap", extra=extra)
    ask = Ask(methods=("sc",), treated=("Basque Country (Pais Vasco)",), start="1970", predictors=SCHOOL,
              special=special, fit=fit)  # fmt: skip
    return panel, ask


def published():
    panel = prop99()
    ask = Ask(methods=("sdid", "sc", "did", "asc"), treated=("California",), start="1989")
    began = time.perf_counter()
    told = evaluate(panel, ask)
    print(
        f"Proposition 99, four estimators with placebos, in time and leave-one-out: {time.perf_counter() - began:.2f} s"
    )
    paper = {"sdid": "-15.604", "sc": "-19.6", "did": "-27.349", "asc": "-"}
    for name in ask.methods:
        one = told[name]
        print(f"  {name:5s} {one['effect']:9.4f} (paper {paper[name]})  95 % {one['low']:.2f} to {one['high']:.2f}"
              f"  se {one['se']:.2f}  p {one['placebo_p']:.4f}  rank p {one['placebos']['rank_p']:.4f}"
              f"  without one donor {one['leave_one_out']['low']:.2f} to {one['leave_one_out']['high']:.2f}"
              f"  largest in time {one['in_time']['largest']:.2f}")  # fmt: skip
    panel, ask = basque()
    began = time.perf_counter()
    told = evaluate(panel, ask)
    one = told["sc"]
    print(f"Basque Country, 14 predictors, with 17 placebos: {time.perf_counter() - began:.2f} s")
    print(f"  effect {one['effect']:.4f}  {one['low']:.2f} to {one['high']:.2f}  p {one['placebo_p']:.3f}  weights "
          + ", ".join(f"{n} {w:.4f}" for n, w in one["weights"].items()) + "  (paper Cataluna .851, Madrid .149)")  # fmt: skip
    print(f"  window {one['fit_window']}")
    panel, ask = basque("1955-1969")
    one = evaluate(panel, Ask(**{**ask_fields(ask), "breaks": False}))["sc"]
    print("  with the window 1955-1969: " + ", ".join(f"{n} {w:.4f}" for n, w in one["weights"].items()))


def ask_fields(ask):
    return {name: getattr(ask, name) for name in Ask.__dataclass_fields__}


def search_of_v(floors=(0.2, 0.1, 0.05, 0.02, 0.001), starts=40):
    """Look for better predictor weights than ours: many random starts, with and without the floor."""
    from scipy.optimize import minimize

    from counterflow.account.evaluate.simplex import nearest_mixture

    panel, ask = basque()
    start = panel.period_at("1970")
    known = predictors.predictors_of(panel, ask, start)
    block = block_of(panel, ask.treated, start)
    rows = [panel.units.index(n) for n in (*block.names, *block.treated_names)]
    scaled = known.values[:, rows] / known.values[:, rows].std(axis=1, ddof=1, keepdims=True)
    goal, paths = block.mean_treated[known.window], block.donors[:, known.window]
    count, kept = len(scaled), predictors.FLOOR
    print("Basque predictor weights: mean square gap over the window, ours and the best of many starts")
    for floor in floors:
        predictors.FLOOR = floor
        ours = known.estimator()(block)
        own = float(np.mean(ours.gaps[known.window] ** 2))
        rng = generator(1, "search", str(floor))
        best = (np.inf, ours.weights)
        for _ in range(starts):

            def loss(position):
                root = np.sqrt(predictors._share(position))  # noqa: SLF001 - the floor under study
                weight = nearest_mixture(root[:, None] * scaled[:, :-1], root * scaled[:, -1])
                return float(np.mean((goal - weight @ paths) ** 2)), weight

            end = minimize(lambda p: loss(p)[0], rng.normal(0, 3, count), method="Powell", options={"maxfev": 1500})
            if end.fun < best[0]:
                best = (float(end.fun), loss(end.x)[1])
        say = [", ".join(f"{n} {w:.3f}" for n, w in zip(block.names, weights, strict=True) if w > 0.002)
               for weights in (ours.weights, best[1])]  # fmt: skip
        print(
            f"  floor {floor:5.3f} of an equal share: ours {own:.6f} ({say[0]}); best of {starts} {best[0]:.6f} ({say[1]})"
        )
    predictors.FLOOR = kept


def beside_diff_diff():
    import pandas as pd
    from diff_diff import SyntheticDiD

    panel = prop99()
    frame = pd.DataFrame(
        [(u, int(p), panel.outcome[i, j], int(u == "California")) for i, u in enumerate(panel.units)
         for j, p in enumerate(panel.labels)], columns=["unit", "time", "y", "d"])  # fmt: skip
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = SyntheticDiD(n_bootstrap=200, seed=1).fit(
            frame, outcome="y", treatment="d", unit="unit", time="time", post_periods=list(range(1989, 2001)))  # fmt: skip
    taken = time.perf_counter() - began
    block = block_of(panel, ("California",), panel.period_at("1989"))
    began = time.perf_counter()
    ours = answered(BLOCK_METHODS["sdid"], block, Ask(methods=("sdid",), breaks=False))
    print(f"diff-diff SyntheticDiD {theirs.att:.4f} se {theirs.se:.2f}, 200 drawn placebos {taken:.2f} s; "
          f"ours {ours.effect:.4f} se {ours.se:.2f}, all {len(block.names)} placebos {time.perf_counter() - began:.2f} s")  # fmt: skip


def seconds_of_51():
    rng = generator(1, "fifty-one")
    path = rng.normal(0, 1, (52, 30)).cumsum(axis=1) + rng.normal(0, 3, (52, 1))
    names = tuple(f"u{i:02d}" for i in range(52))
    block = Block(names[1:], names[:1], tuple(map(str, range(30))), 18, path[1:], path[:1])
    for name in BLOCK_METHODS:
        began = time.perf_counter()
        answered(BLOCK_METHODS[name], block, Ask(methods=(name,)))
        print(f"  51 placebos, 30 periods, in time, leave-one-out: {name:5s} {time.perf_counter() - began:.2f} s")


def states(per_head):
    """Dosage units of two opioids by state and year, 2006-2014, from the published county totals."""
    import pyarrow.parquet as pq

    rows = pq.read_table(DATA / "arcos_county_annual_2006_2014.parquet").to_pylist()
    return _grid(rows, next(n for n in ("buyer_state", "BUYER_STATE", "state") if n in rows[0]), per_head)


def counties(most=60):
    import pyarrow.parquet as pq

    rows = [r for r in pq.read_table(DATA / "arcos_county_annual_2006_2014.parquet").to_pylist() if r["countyfips"]]
    grid = _grid(rows, "countyfips", per_head=True)
    return grid[generator(1, "counties").choice(len(grid), most, replace=False)]


def _grid(rows, unit, per_head):
    years = sorted({int(r["year"]) for r in rows})
    sums, heads = {}, {}
    for row in rows:
        if row["population"] is None or row["population"] != row["population"]:
            continue
        key = (row[unit], int(row["year"]))
        sums[key] = sums.get(key, 0.0) + float(row["dosage_units"])
        heads[key] = heads.get(key, 0.0) + float(row["population"])
    names = sorted({k[0] for k in sums})
    kept = [n for n in names if all((n, y) in sums for y in years)]
    return np.array([[sums[n, y] / (heads[n, y] if per_head else 1) for y in years] for n in kept])


def panels():
    panel, _ = basque()
    quiet = [i for i, u in enumerate(panel.units) if not u.startswith(("Spain", "Basque"))]
    cigarettes = prop99()
    kept = [i for i, u in enumerate(cigarettes.units) if u != "California"]
    with (DATA / "mpdta.csv").open(encoding="utf-8") as file:
        never = {r["countyreal"] for r in csv.DictReader(file) if float(r["first.treat"]) == 0}
    jobs = read_panel(DATA / "mpdta.csv", unit="countyreal", time="year", outcome="lemp")
    rows = [i for i, u in enumerate(jobs.units) if f"{u}.0" in never]
    rows = generator(1, "jobs").choice(rows, 60, replace=False)
    return {
        "cigarettes, 38 states": cigarettes.outcome[kept],
        "opioid doses per head, states": states(per_head=True),
        "opioid doses in total, states": states(per_head=False),
        "opioid doses per head, 60 counties": counties(),
        "log jobs, 60 counties": jobs.outcome[rows],
        "income, 16 Spanish regions": panel.outcome[quiet],
    }


def placebo_assignments(name, outcome, times, several):
    """Treat random units from a random period on, where nothing happened; count how often something is said to."""
    rng = generator(1, "assignments", name, *several)
    periods = outcome.shape[1]
    counts = {method: np.zeros(7) for method in BLOCK_METHODS}
    answers = dict.fromkeys(BLOCK_METHODS, 0)
    for turn in range(times):
        treated = sorted(rng.choice(len(outcome), int(rng.choice(several)), replace=False).tolist())
        start = int(rng.integers(max(3, int(0.4 * periods)), periods))
        kept = [i for i in range(len(outcome)) if i not in treated]
        names = [f"u{i:03d}" for i in range(len(outcome))]
        block = Block(tuple(names[i] for i in kept), tuple(names[i] for i in treated),
                      tuple(map(str, range(periods))), start, outcome[kept], outcome[treated])  # fmt: skip
        planted = 0.2 * np.abs(outcome[:, :start]).mean() * (np.arange(periods) >= start)
        moved = Block(block.names, block.treated_names, block.periods, start, block.donors, block.treated + planted)
        for method in BLOCK_METHODS:
            ask = Ask(methods=(method,), placebos=200, seed=turn, breaks=False)
            if method == "asc" and (turn % 5 or several != (1,)):
                continue
            one = answered(BLOCK_METHODS[method], block, ask)
            if one.low is None or one.placebo_p is None:
                continue
            answers[method] += 1
            rank = one.more["placebos"]["rank_p_ratio" if method == "sc" else "rank_p"]
            found = answered(BLOCK_METHODS[method], moved, ask) if turn % 5 == 0 and method != "asc" else None
            counts[method] += [one.placebo_p <= 0.05, one.excludes_zero, rank <= 0.05, abs(one.effect) > 1.96 * one.se,
                               0 if found is None else found.excludes_zero, found is not None, one.placebo_p <= 0.10]  # fmt: skip
    for method, row in counts.items():
        if answers[method]:
            share = row / answers[method]
            power = f"20 % planted, found {row[4] / row[5]:.0%} of {row[5]:.0f}" if row[5] else ""
            print(f"  {name:36s} {method:5s} {answers[method]:4d} x {'/'.join(map(str, several))} treated: p<=.05 {share[0]:.1%}"
                  f"  interval excludes 0 {share[1]:.1%}  plain rank {share[2]:.1%}  normal {share[3]:.1%}  p<=.10 {share[6]:.1%}  {power}",
                  flush=True)  # fmt: skip
    return counts, answers


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", help="one part: published, diff-diff, seconds, search, assignments")
    parser.add_argument("--panel", default="", help="with --only assignments: panels whose name holds this")
    given = parser.parse_args()
    times = 10 if given.quick else 500
    parts = {
        "published": published, "diff-diff": beside_diff_diff, "seconds": seconds_of_51,
        "search": lambda: search_of_v(starts=2 if given.quick else 40), "assignments": lambda: assignments(times, given.panel),
    }  # fmt: skip
    for name, part in parts.items():
        if given.only in ("", name):
            print(f"\n-- {name}", flush=True)
            part()


def assignments(times, wanted):
    total = {}
    for name, outcome in panels().items():
        if wanted not in name:
            continue
        for several in ((1,), (2, 3, 5)):
            counts, answers = placebo_assignments(name, outcome, times if several == (1,) else times // 5, several)
            if len(outcome) < 20:
                continue
            for method, row in counts.items():
                held = total.setdefault(method, [0.0, 0.0, 0])
                held[0], held[1], held[2] = held[0] + row[0], held[1] + row[1], held[2] + answers[method]
    for method, (by_p, by_interval, count) in total.items():
        if count:
            print(f"  all panels with a rank at 5 %  {method:5s} {count} assignments: p<=.05 {by_p / count:.1%}, "
                  f"interval excludes 0 {by_interval / count:.1%}")  # fmt: skip


if __name__ == "__main__":
    main()
