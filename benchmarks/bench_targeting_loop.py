"""The weekly loop on the public Korean declarations: adaptive beside its peers, with and without hidden schemes.

    python benchmarks/bench_targeting_loop.py [--seeds 10] [--shapes chapter-route,price-band,…] [--jobs 2]
        [--parts loop,schemes,new-importers] [--rate 0.10] [--random-share 0.08]

The declarations are SYNTHETIC (a generator fitted on inspected entries): a regression bench of the machinery on which one
glued key (hs6+departure+origin+tax rate+tax type) carries most of the signal; it says nothing about the field.

loop: adaptive beside exploit (published and own learner), plain random 10 % and the bound, on the history as it is.
schemes: for each shape and seed another segment that the model of week 26 scores safe is not safe from week 26 on; the
peer is plain random 10 % (hybrid, published learner). Even seeds are those that were developed on, odd ones were not
looked at before; both are printed. new-importers: the same with records of importers that nobody saw before week 26.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path

from measure import measured
from public_data import SHARED_DATA

from counterflow.core.errors import InputError
from counterflow.flow.labelled_file import read_labelled
from counterflow.intake.mapping import find_mapping
from counterflow.target.simulate.compare import Entry, compare
from counterflow.target.simulate.measure import measures, periods, ratio, spread
from counterflow.target.simulate.result import PLAIN_SHARE, answer, beside, caveat, table
from counterflow.target.simulate.run import Protocol
from counterflow.target.simulate.schemes import SHAPES, hide_scheme, lay_scheme, safe_scores
from counterflow.target.simulate.world import make_world

PLAIN_RANDOM = Entry("hybrid", "plain", PLAIN_SHARE)


def history(data):
    """Read both public files as one world."""
    files = [data / "customs_kr_2020_train.parquet", data / "customs_kr_2021q1_dev.parquet"]
    read = read_labelled(files, find_mapping("customs_kr"), now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    return make_world(read.lines, read.known.found, critical={"drug"}, said=read.said, synthetic=read.synthetic)


def loop(world, adaptive, protocol, given):
    """Print adaptive beside its peers on the history as it is."""
    finished = compare(world, [adaptive, *beside([adaptive])], protocol, range(given.seeds), jobs=given.jobs)
    said = answer(world, finished, [adaptive], protocol)
    for row in table(said):
        print("  " + "  ".join(f"{name} {value}" for name, value in row.items() if value))
    for one in said["ratios"]:
        print(f"  {one['of']} / {one['to']}: last13 {shown(one['last13'])}, all weeks {shown(one['precision'])}")
    costs = {}
    for one in finished:
        costs.setdefault(one.entry.name, []).append(one.cpu_seconds)
    print("  CPU-s a run: " + ", ".join(f"{name} {sum(c) / len(c):.1f}" for name, c in costs.items()))


def shown(value):
    """Return a ratio with its interval."""
    if value["value"] is None:
        return "no ratio"
    inside = f" [{value['low']:.2f}, {value['high']:.2f}]" if value["low"] is not None else ""
    return f"{value['value']:.2f}{inside} ({value['seeds']} runs)"


def schemes(world, adaptive, protocol, given, new_importers):
    """Print what share of hidden schemes is found, adaptive beside plain random 10 %."""
    scores = safe_scores(world, 26)
    sizes = (2.0, 30.0) if new_importers else (10.0, 30.0)
    every = []
    for shape in given.shapes:
        rows = []
        for seed in range(given.seeds):
            try:
                hidden = hide_scheme(world, shape, seed, new_importers=new_importers, sizes=sizes, scores=scores)
            except InputError as none:
                print(f"  {shape}, seed {seed}: {none.message}")
                continue
            laid = lay_scheme(world, hidden)
            spans = periods(world.weeks, protocol)
            both = [compare(laid, [each], protocol, [seed])[0].run for each in (adaptive, PLAIN_RANDOM)]
            rows.append([{name: measures(laid, run, spans[name]) for name in ("all", "last13")} for run in both])
            rows[-1].append((seed, hidden))
        every += rows
        told(shape, rows)
    told("ALL SHAPES", every)
    told("  developed on (even seeds)", [row for row in every if row[2][0] % 2 == 0])
    told("  untouched (odd seeds)", [row for row in every if row[2][0] % 2 == 1])


def told(name, rows):
    """Print one line: share found by both, their ratio, and precision elsewhere."""
    if not rows:
        return
    line = [f"  {name}: {len(rows)} runs, {sum(r[2][1].per_week for r in rows) / len(rows):.1f} a week"]
    for period in ("all", "last13"):
        ours, theirs = ([row[at][period]["scheme_found"] for row in rows] for at in (0, 1))
        line.append(f"found {period} {mean(ours)} v {mean(theirs)}, ratio {shown(ratio(ours, theirs))}")
    ours, theirs = ([row[at]["last13"]["precision_elsewhere"] for row in rows] for at in (0, 1))
    line.append(f"elsewhere last13 {mean(ours)} v {mean(theirs)}, ratio {shown(ratio(ours, theirs))}")
    print("; ".join(line), flush=True)


def mean(values):
    """Return mean and standard deviation as text."""
    made = spread(values)
    return f"{made['mean']:.3f}" + (f" (sd {made['sd']:.3f})" if made["sd"] is not None else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED_DATA / "targeting")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--parts", default="loop,schemes,new-importers")
    parser.add_argument("--rate", type=float, default=0.10)
    parser.add_argument("--random-share", type=float, default=0.08)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    given.shapes = given.shapes.split(",")
    if given.quick:
        given.seeds, given.shapes, given.parts = 1, given.shapes[:1], "schemes"
    if not given.data.is_dir():
        print(f"no public data at {given.data}: nothing measured")
        return 0
    world = history(given.data)
    adaptive, protocol = Entry("adaptive", "counterflow", given.random_share), Protocol(rate=given.rate)
    print(caveat(world))
    for part in given.parts.split(","):
        with measured() as taken:
            print(f"{part}:")
            if part == "loop":
                loop(world, adaptive, protocol, given)
            else:
                schemes(world, adaptive, protocol, given, part == "new-importers")
        print(f"  {taken.cpu_s:.0f} CPU-s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
