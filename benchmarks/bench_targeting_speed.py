"""How fast declarations are told from the past and scored, beside a pandas pipeline of out-of-fold target encodings.

    python benchmarks/bench_targeting_speed.py [--pandas E/pandas/bin/python] [--data ../shared/data/targeting] [--copies 10]

The declarations are SYNTHETIC; nothing here says how well anything is found in the field. All figures are rows per CPU-second,
models and kernels loaded before (compiling is told apart). `--pandas` names the interpreter of the environment of
rivals/requirements-pandas.txt; its encodings have 20 keys and two classes in one label, ours the default specification
and three forests. Four comparisons, because "feature build + score" can mean several things; no fitting is in any of them:

    quarter   the next quarter scored from what is kept of the past; the pandas pipeline as it is run, encodings of the
              history made first
    warm      the same, the pandas encodings kept too: only looked up
    batch     a year's training features, what is kept of them, and the next quarter scored: the same work on both sides
    morning   yesterday's outcomes come in, today's declarations are scored: the state is brought forward, the pandas
              pipeline makes its encodings anew, because out-of-fold encodings are of one body of outcomes
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from measure import peak_mb, reference_seconds
from public_data import SHARED_DATA

from counterflow.flow.labelled_file import read_labelled
from counterflow.intake.mapping import find_mapping
from counterflow.target.features.lines import Known, Lines
from counterflow.target.features.past import cross_features, past_and_state
from counterflow.target.features.spec import default_spec
from counterflow.target.features.state import State
from counterflow.target.learn.options import LearnOptions
from counterflow.target.learn.scorer import Scorer

EPOCH = dt.date(1970, 1, 1)
RIVAL = Path(__file__).parent / "rivals" / "pandas_target_encoding.py"
CLASSES = ("any", "top")


def spent(work, repeats=3):
    """Return the least CPU seconds of `work`, and what it gave: other jobs on the machine only ever add."""
    least, made = float("inf"), None
    for _ in range(repeats):
        started = time.process_time()
        made = work()
        least = min(least, time.process_time() - started)
    return least, made


def repeated(lines, copies):
    """Return the same declarations many times over, as one file of many."""
    table = pa.concat_tables([lines.table] * copies).combine_chunks()
    rows = np.concatenate([lines.row + i * lines.records for i in range(copies)])
    table = table.set_column(table.column_names.index("row"), "row", [rows])
    return Lines(table, lines.records * copies, lines.findings)


def some_of(lines, known, keep):
    """Return the records where `keep` is true."""
    place = np.cumsum(keep) - 1
    of_line = keep[lines.row]
    table = lines.table.filter(pa.array(of_line))
    table = table.set_column(table.column_names.index("row"), "row", [place[lines.row[of_line]]])
    kept = Known(known.found.filter(pa.array(keep)), known.on[keep], known.weight[keep], known.random[keep])
    return Lines(table, int(keep.sum()), lines.findings), kept


def with_top(known):
    """Return the outcomes with the public-safety class as the top tier, as learning pools it."""
    found = ["top" if f == "drug" else f for f in known.found.to_pylist()]
    return Known(pa.array(found, pa.string()), known.on, known.weight, known.random)


def rival(python, data, copies):
    """Return what the pandas pipeline spent."""
    command = [python, RIVAL, data / "customs_kr_2020_train.parquet", data / "customs_kr_2021q1_dev.parquet"]
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*map(str, command), "--copies", str(copies)], check=True, capture_output=True, text=True, env=env
    )
    return json.loads(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED_DATA / "targeting")
    parser.add_argument("--pandas", type=Path, help="interpreter of the environment of rivals/requirements-pandas.txt")
    parser.add_argument("--copies", type=int, default=10, help="the quarter to score, so many times over")
    asked = parser.parse_args()
    if not asked.data.is_dir():
        print(f"no public data at {asked.data}; name its folder with --data")
        return 0
    now, mapping = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), find_mapping("customs_kr")
    history = read_labelled(asked.data / "customs_kr_2020_train.parquet", mapping, now=now)
    quarter = read_labelled(asked.data / "customs_kr_2021q1_dev.parquet", mapping, now=now)
    started = time.process_time()
    past_and_state(
        *some_of(history.lines, history.known, np.arange(history.lines.records) < 50),
        default_spec(history.lines),
        CLASSES,
    )
    print(f"kernels loaded or compiled: {time.process_time() - started:.1f} CPU-s; SYNTHETIC declarations")
    started = time.process_time()
    first = EPOCH + dt.timedelta(days=int(quarter.known.on.min()))
    scorer = Scorer.fit(history.lines, history.known, LearnOptions(), on=first, seed=7)
    fit = time.process_time() - started
    spec = scorer.state.layout.spec
    many = repeated(quarter.lines, asked.copies)
    scorer.score(quarter.lines)

    told, matrix = spent(lambda: scorer.state.features(many))
    warm, _ = spent(lambda: scorer.score(many))
    records = many.records
    print(f"\nwarm: {records:,} declarations, {len(spec.keys)} keys, {matrix.values.shape[1]} features")
    print(f"  features           {records / told:10,.0f} a CPU-s")
    print(f"  features and score {records / warm:10,.0f} a CPU-s   (fit of the model: {fit:.1f} CPU-s, not in it)")

    pooled = with_top(history.known)
    for what, asked_for in (("all keys", default_spec(history.lines)), ("the keys that are used", spec)):
        past, _ = spent(lambda asked_for=asked_for: past_and_state(history.lines, pooled, asked_for, CLASSES))
        fold = np.arange(history.lines.records) % 10
        cross, _ = spent(
            lambda asked_for=asked_for, fold=fold: cross_features(history.lines, pooled, asked_for, CLASSES, fold), 2
        )
        print(
            f"training features of {history.lines.records:,} declarations, {what} ({len(asked_for.keys)}): past-only with the"
            f" state {past:.2f} CPU-s, left-out folds {cross:.2f} CPU-s"
        )
    once, _ = spent(lambda: scorer.score(quarter.lines))

    last_day = int(history.known.on.max())
    used = scorer.state.layout
    before = State.learn(history.lines, pooled, used.spec, used.classes, before=last_day)
    news = some_of(history.lines, pooled, history.known.on == last_day)
    today = some_of(quarter.lines, quarter.known, quarter.known.on == int(quarter.known.on.min()))[0]

    def morning():
        state = before.update(*news, before=last_day + 1)
        Scorer(state, *[getattr(scorer, n) for n in list(scorer.__dataclass_fields__)[1:]]).score(today)

    fresh, _ = spent(morning)
    ours = {"quarter": once, "warm": warm / asked.copies, "batch": past + once, "morning": fresh}
    if asked.pandas:
        theirs = rival(asked.pandas, asked.data, asked.copies)["cpu_s"]
        single = rival(asked.pandas, asked.data, 1)["cpu_s"]
        rebuilt = single["encode_train"] + single["learn_maps"]
        peer = {
            "warm": (theirs["encode_test"] + theirs["predict"]) / asked.copies,
            "batch": rebuilt + single["encode_test"] + single["predict"],
            "morning": rebuilt + (single["encode_test"] + single["predict"]) * today.records / quarter.lines.records,
        }
        print(f"\n{'':10}{'ours CPU-s':>12}{'pandas CPU-s':>14}{'ratio':>8}")
        peer["quarter"] = peer["batch"]
        for name, mine in ours.items():
            print(f"{name:10}{mine:12.3f}{peer[name]:14.3f}{peer[name] / mine:8.1f}")
        print(
            f"({quarter.lines.records:,} declarations; morning: {today.records}, after {news[0].records} outcomes of the day before)"
        )
    else:
        print("\nno rival is named; rivals/README.md says how to make its environment")
        print("  " + ", ".join(f"{name} {mine:.3f} CPU-s" for name, mine in ours.items()))
    print(f"peak {peak_mb():.0f} MB, reference job {reference_seconds():.2f} CPU-s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
