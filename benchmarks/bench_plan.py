"""Planning: eligible records chosen over many offices, with findings, goods and a past, into a workspace.

    python benchmarks/bench_plan.py [--records 1000000] [--offices 40] [--days 7] [--past 20000] [--quick]

Records are made up (no distribution of the field): three lanes an office, an officer pool for each lane, a
dog team for each office and one team for all; one to three goods lines, an importer and a consignee with an address.
A tenth of the records bear findings. A model is trained on past outcomes first (`--no-model`: the first score ranks).
Prints seconds for scoring, choosing, reasons, writing and sealing as one plan, peak memory of all processes, records
per CPU-second, and the ratio to the reference job of the same run.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from measure import measured, peak_mb, reference_seconds

from counterflow.store.workspace import Workspace
from counterflow.target.choice.plan import plan
from counterflow.target.models.train import train

MONDAY = dt.date(2026, 3, 2)
LANES = ("mail", "express", "cargo")
COUNTRIES = ("CN", "IN", "NL", "MX", "DE", "TR", "US", "HK", "GB", "PL")
CODES = (
    ("controlled-drug", "drug"),
    ("listed-precursor", "precursor"),
    ("stop-word-isolated", "declaration"),
    ("fields-missing", "data"),
    ("controlled-drug-cas", "drug"),
)


def pick(rng, values, count):
    return pa.array(list(values), pa.string()).take(pa.array(rng.integers(0, len(values), count)))


def fill(store, rng, prefix, count, offices, first, days):
    """Append `count` consignments with one goods line each."""
    ids = pa.array([f"{prefix}{i:08d}" for i in rng.permutation(count).tolist()])
    same = {"source": pick(rng, ["bench"], count), "record_id": ids, "batch": pick(rng, ["b"], count)}
    seen = pa.array([dt.datetime(2026, 1, 1, tzinfo=dt.UTC)], pa.timestamp("us", tz="UTC"))
    on = pa.array([first + dt.timedelta(days=i) for i in range(days)]).take(pa.array(rng.integers(0, days, count)))
    attributes = pa.array([[("tax_rate", str(i)), ("tax_type", "A")] for i in range(10)],
                          pa.map_(pa.string(), pa.string()))  # fmt: skip
    store.append("consignment", pa.table({
        **same, "declared_on": on, "first_seen": seen.take(pa.array(np.zeros(count, np.int64))),
        "office": pick(rng, offices, count), "lane": pick(rng, LANES, count),
        "sender": pick(rng, [f"post-{i}" for i in range(60)], count),
        "departure": pick(rng, COUNTRIES, count),
        "mass_kg": pa.array(np.round(rng.lognormal(0, 1, count), 3)),
        "value": pa.array(np.round(rng.lognormal(3, 1, count), 2)), "currency": pick(rng, ["EUR"], count),
        "pieces": pa.array(rng.integers(1, 4, count), pa.int32()),
        "origin": pick(rng, COUNTRIES, count),
        "attributes": attributes.take(pa.array(rng.integers(0, 10, count))),
    }))  # fmt: skip
    hs = [f"{c:02d}{h:02d}{s}0" for c in range(1, 97) for h in range(1, 12) for s in range(1, 4)]
    for number, share in ((1, 1.0), (2, 0.2), (3, 0.1)):
        having = pa.array(np.flatnonzero(rng.random(count) < share))
        some = {name: column.take(having) for name, column in same.items()}
        store.append("goods_line", pa.table({
            **some, "line": pa.array(np.full(len(having), number, np.int32)), "hs": pick(rng, hs, len(having)),
            "description": pick(rng, [f"goods {i}" for i in range(5000)], len(having)),
        }))  # fmt: skip
    for role, many in (("importer", 200_000), ("consignee", 2_000_000)):
        who = rng.integers(0, many, count).astype(str)
        store.append("party", pa.table({
            **same, "role": pick(rng, [role], count), "name": pick(rng, ["A Name"], count),
            "identifier": pa.array(who), "address": pa.array(np.char.add(who, " Example Street")),
        }))  # fmt: skip
    return ids, on


def add_findings(store, rng, ids):
    count = len(ids) // 10
    which = rng.integers(0, len(CODES), count)
    rows = ids.take(pa.array(rng.choice(len(ids), count, replace=False)))
    text = {k: pick(rng, [v], count) for k, v in {
        "source": "bench", "part": "1", "check": "c", "check_version": "1", "kind": "deterministic",
        "meaning": "m",
        "sentence": "The goods text names something", "run": "r", "field": "description",
    }.items()}  # fmt: skip
    store.append("finding", pa.table({
        **text, "record_id": rows, "strength": pa.array(rng.uniform(0.1, 0.95, count)),
        "code": pa.array([c for c, _ in CODES]).take(pa.array(which)),
        "harm_class": pa.array([h for _, h in CODES]).take(pa.array(which)),
    }))  # fmt: skip


def add_past(store, rng, ids, on):
    noon = pa.array([dt.datetime.combine(d, dt.time(12), dt.UTC) for d in on.to_pylist()], pa.timestamp("us", tz="UTC"))
    # some goods and lanes hold more than others, so that there is something to learn
    hs = store.query("SELECT record_id, min(hs) AS hs FROM goods_line WHERE record_id LIKE 'p%' GROUP BY record_id")
    heading = dict(zip(hs.column("record_id").to_pylist(), hs.column("hs").to_pylist(), strict=True))
    bad = np.array([int(heading[i][:4]) % 7 == 0 for i in ids.to_pylist()])
    found = rng.random(len(ids)) < np.where(bad, 0.3, 0.02)
    store.append("outcome", pa.table({
        "source": pick(rng, ["bench"], len(ids)), "record_id": ids, "plan": pick(rng, ["past"], len(ids)),
        "state": pick(rng, ["inspected"], len(ids)), "time": noon, "recorded_at": noon,
        "confirmation": pa.array(np.where(found, "confirmed", "none").tolist()),
        "harm_class": pa.array(np.where(found, "drug", "").tolist()),
    }))  # fmt: skip


def write_capacity(path, records, offices, days):
    daily = records * 0.1 / days
    rows = ["office,lane,day,resource,minutes,service_minutes,detection_rate"]
    rows += [
        f"{o},{lane},*,officer,{daily / len(offices) / 3 * 0.7 * 15:.0f},15,0.85" for o in offices for lane in LANES
    ]
    rows += [f"{o},*,*,dogs,{daily / len(offices) * 0.25 * 4:.0f},4,0.7" for o in offices]
    rows += [f"*,*,*,team,{daily * 0.05 * 30:.0f},30,0.95"]
    path.write_text("\n".join(rows) + "\n", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--offices", type=int, default=40)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--past", type=int, default=20_000)
    parser.add_argument("--no-model", action="store_true", help="rank by findings and rates by key")
    parser.add_argument("--quick", action="store_true", help="20,000 records, to see that it runs")
    asked = parser.parse_args()
    if asked.quick:
        asked.records, asked.past = 20_000, 2_000
    rng = np.random.default_rng(1)
    offices = [f"office-{i:02d}" for i in range(asked.offices)]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        Workspace.create(home / "w")
        with Workspace(home / "w") as workspace:
            ids, _ = fill(workspace.store, rng, "r", asked.records, offices, MONDAY, asked.days)
            add_findings(workspace.store, rng, ids)
            old, on = fill(workspace.store, rng, "p", asked.past, offices, MONDAY - dt.timedelta(days=200), 190)
            add_past(workspace.store, rng, old, on)
            write_capacity(home / "capacity.csv", asked.records, offices, asked.days)
            if not asked.no_model:
                with measured() as trained:
                    made = train(workspace, MONDAY, judge=False)
                print(f"{made.model}: {trained.wall_s:.1f} s wall, {trained.cpu_s:.1f} s CPU, {made.said}")
            print(f"made {asked.records:,} records; peak before planning {peak_mb():,.0f} MB")
            last = MONDAY + dt.timedelta(days=asked.days - 1)
            with measured() as taken:
                made = plan(workspace, home / "capacity.csv", MONDAY, last, 0.1, 7)
            print(made.counts())
            print(*made.said, sep="\n")
    ratio = taken.cpu_s / reference_seconds()
    print(
        f"plan: {taken.wall_s:.1f} s wall, {taken.cpu_s:.1f} s CPU, {asked.records / taken.cpu_s:,.0f} records/CPU-s,"
    )
    print(f"peak {taken.peak_mb:,.0f} MB; {ratio:.1f} times the reference job")
    return 0


if __name__ == "__main__":
    sys.exit(main())
