"""The default order on the public Korean declarations: learnt on 2020, looked at on 2021 Q1, beside a plain peer.

    python benchmarks/bench_targeting_rank.py [--data ../shared/data/targeting] [--within-train] [--quick]

The peer is the published baseline, re-run here: LightGBM, 300 trees of 31 leaves, raw columns as label codes. With
`--within-train` the same is done at two cuts inside 2020 (learn on two or three quarters, look at the next), which is where
the order was developed. Figures are CPU-seconds, rows per CPU-second and metrics with their intervals.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from measure import reference_seconds
from public_data import SHARED_DATA

from counterflow.flow.labelled_file import read_labelled
from counterflow.intake.mapping import find_mapping
from counterflow.target.features.lines import Known
from counterflow.target.learn.backtest import ROUTE, Replay, backtest, ties
from counterflow.target.learn.metrics import evaluate
from counterflow.target.learn.options import LearnOptions
from counterflow.target.learn.rank import distinct
from counterflow.target.learn.scorer import part_of

RATES = (0.01, 0.02, 0.05, 0.10)
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
TEXT = ("office", "lane", "sender", "departure", "origin", "hs", "importer", "consignor", "courier")
NUMBERS = ("mass_kg", "value")


def raw_columns(lines, values):
    """Return the columns as they came: text by its place among `values`, which come from the history alone."""
    table = lines.table
    texts = [c for c in table.column_names if c in TEXT or c.startswith("attributes.")]
    made = []
    for name in texts:
        known = values.setdefault(name, pc.unique(table[name].combine_chunks()).drop_null().sort())
        made.append(pc.index_in(table[name], value_set=known).to_numpy().astype(float))
    made += [table[name].to_numpy(zero_copy_only=False) for name in NUMBERS]
    return np.column_stack(made)


def peer(history, known, test):
    """Return the plain learner's scores of the test."""
    values = {}
    found = pc.not_equal(known.found, "").to_numpy(zero_copy_only=False)
    settings = {"objective": "binary", "num_leaves": 31, "verbosity": -1, "num_threads": 1, "deterministic": True,
                "force_row_wise": True, "seed": 7}  # fmt: skip
    model = lightgbm.train(settings, lightgbm.Dataset(raw_columns(history, values), label=found.astype(float)), 300)
    return np.asarray(model.predict(raw_columns(test, values), num_threads=1))


def shown(measured):
    return f"{measured['value']:.3f} [{measured['low']:.3f}, {measured['high']:.3f}]"


def table(title, measures):
    print(f"  {title}: AUC {shown(measures['auc'])}, average precision {shown(measures['average_precision'])}")
    for row in measures["rates"]:
        print(
            f"    {row['rate']:.0%}: precision {shown(row['precision'])}, recall {row['recall']['value']:.3f},"
            f" critical recall {shown(row['critical_recall'])}, value recall {row['value_recall']:.3f}"
        )


def compare(title, replay, options, seed):
    print(f"{title}: {replay.history.records} records to learn from, {replay.test.records} to rank")
    found = pc.not_equal(replay.truth.found, "").to_numpy(zero_copy_only=False)
    critical = pc.equal(replay.truth.found, "drug").to_numpy(zero_copy_only=False)
    start = time.process_time()
    plain = distinct(peer(replay.history, replay.known, replay.test), ties(replay.test))
    table(f"plain LightGBM ({time.process_time() - start:.1f} CPU-s)", evaluate(plain, found, critical, RATES,
                                                                                 value=values_of(replay.test)))  # fmt: skip
    start = time.process_time()
    ours = backtest(replay, options, RATES, seed)
    spent = time.process_time() - start
    table(f"Counterflow ({spent:.1f} CPU-s in all)", ours.measures)
    start = time.process_time()
    ours.scorer.score(replay.test)
    print(f"    features and score: {replay.test.records / (time.process_time() - start):,.0f} declarations per CPU-s")
    spread = [g["precision"]["value"] for g in ours.groups if g["group"].startswith("office") and g["chosen"] >= 10]
    print(
        f"    precision at 10 % by office with at least 10 chosen: {min(spread):.2f} to {max(spread):.2f} ({len(spread)})"
    )
    for group in ours.groups:
        if group["group"].startswith("importer"):
            print(
                f"    {group['group']}: {group['records']} records, {group['chosen']} chosen, precision"
                f" {shown(group['precision'])}, critical recall {shown(group['critical_recall'])}"
            )
    for left_out in (frozenset(("origin",)), frozenset(("departure",)), ROUTE):
        bare = backtest(replay, replace(options, without=left_out), RATES, seed)
        table(f"Counterflow without {' and '.join(sorted(left_out))}", bare.measures)


def values_of(lines):
    return np.nan_to_num(lines.table["value"].to_numpy(zero_copy_only=False))


def cut(file, first, after):
    """Return the replay of a file cut at two days: learn before `first`, look at `first` until `after`."""
    day = file.lines.table["day"].to_numpy().astype("datetime64[D]")
    past, later = (np.flatnonzero(m) for m in (day < first, (day >= first) & (day < after)))

    def known(rows):
        k = file.known
        return Known(k.found.take(pa.array(rows)), k.on[rows], k.weight[rows], k.random[rows])

    return Replay(part_of(file.lines, past), known(past), part_of(file.lines, later), known(later), len(later))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED_DATA / "targeting")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--within-train", action="store_true")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if not given.data.is_dir():
        print(f"no public data at {given.data}: nothing measured")
        return 0
    print(
        "synthetic declarations; regression bench; one glued key (hs6+departure+origin+tax rate+tax type) carries most of"
        " the signal; says nothing about the field"
    )
    print(
        f"the reference job takes {reference_seconds():.2f} s here; intervals at .95 (exact for rates, resampled else)"
    )
    mapping = find_mapping("customs_kr")
    train = read_labelled(given.data / "customs_kr_2020_train.parquet", mapping, now=NOW)
    options = LearnOptions.fast() if given.quick else LearnOptions()
    if given.within_train:
        for first, after in (("2020-07-01", "2020-10-01"), ("2020-10-01", "2021-01-01")):
            replay = cut(train, np.datetime64(first), np.datetime64(after))
            compare(f"within 2020, cut at {first}", replay, options, given.seed)
    dev = read_labelled(given.data / "customs_kr_2021q1_dev.parquet", mapping, now=NOW)
    replay = Replay(train.lines, train.known, dev.lines, dev.known, len(dev.all_ids))
    compare("2020 to 2021 Q1", replay, options, given.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
