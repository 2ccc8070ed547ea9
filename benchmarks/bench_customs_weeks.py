"""The public Korean declarations, week by week through load, screen, plan, record and account.

    python benchmarks/bench_customs_weeks.py [--data ../shared/data/targeting] [--rate 0.10] [--random-share 0.10]

The declarations are SYNTHETIC (a generator fitted on inspected entries): figures on them are a regression bench of the
machinery and of the estimators; they say nothing about the field. Labels are withheld from loading and come back only
as outcomes of the records that the plan selected. Capacity is one pool a day, so large that `--rate` of the average
day can be inspected. Prints time, memory, hit rates by arm, and the random arm's interval beside the known truth.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from measure import measured, peak_mb, reference_seconds
from public_data import SHARED_DATA

from counterflow.flow.board import board_of
from counterflow.intake.load import load
from counterflow.intake.mapping import find_mapping
from counterflow.screen.run import screen
from counterflow.store.workspace import Workspace
from counterflow.target.choice.plan import plan, selected_rows
from counterflow.target.models.train import train
from counterflow.target.outcomes.take import record

MINUTES_EACH = 20
STEPS = ("load", "screen", "train", "plan", "record", "account")


class Watch:
    now = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)

    def __call__(self):
        return self.now


def weeks_of(table):
    """Yield (Monday, rows of that week), in order."""
    days = table.column("date").cast(pa.date32())
    mondays = pc.subtract(days.cast(pa.int32()), pc.cast(pc.day_of_week(days), pa.int32()))
    for number in sorted(set(mondays.to_pylist())):
        yield dt.date(1970, 1, 1) + dt.timedelta(days=number), table.filter(pc.equal(mondays, number))


def write_outcomes(path, selected, labels):
    """Answer each selected record by its own label: 2 is the public-safety class, 1 any other fraud."""
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["record_id", "state", "confirmation", "harm_class", "time"])
        for row in selected.select(["record_id", "day"]).to_pylist():
            fraud, critical = labels[row["record_id"]]
            found = "confirmed" if fraud else "none"
            harm = "" if not fraud else "drug" if critical == 2 else "revenue"
            out.writerow([row["record_id"], "inspected", found, harm, f"{row['day']}T12:00:00+00:00"])


def run(data, rate, share, seed, most_weeks, train_every=2, without=()):
    files = [data / "customs_kr_2020_train.parquet", data / "customs_kr_2021q1_dev.parquet"]
    whole = pa.concat_tables([pq.read_table(path) for path in files])
    ids = whole.column("declaration_id").cast(pa.string()).to_pylist()
    labels = dict(
        zip(
            ids,
            zip(whole.column("fraud").to_pylist(), whole.column("critical_fraud").to_pylist(), strict=True),
            strict=True,
        )
    )
    spent = dict.fromkeys(STEPS, 0.0)
    weekly, watch = [], Watch()
    mapping = find_mapping("customs_kr")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        minutes = round(whole.num_rows / 456 * rate) * MINUTES_EACH
        capacity = folder / "capacity.csv"
        capacity.write_text(
            f"office,lane,day,resource,minutes,service_minutes,detection_rate\n*,*,*,officer,{minutes},{MINUTES_EACH},1.0\n"
        )
        Workspace.create(folder / "w", clock=watch)
        with Workspace.open(folder / "w", clock=watch) as workspace:
            for number, (monday, rows) in enumerate(weeks_of(whole)):
                if number == most_weeks:
                    break
                file = folder / f"{monday}.parquet"
                pq.write_table(rows, file)
                watch.now = dt.datetime.combine(monday, dt.time(0, 5), dt.UTC)
                for step, act in (
                    ("load", lambda file=file: load(workspace, file, mapping)),
                    ("screen", lambda: screen(workspace)),
                    *(
                        [
                            (
                                "train",
                                lambda monday=monday: train(
                                    workspace, monday, without=frozenset(without), seed=seed, judge=False
                                ),
                            )
                        ]
                        if train_every and number and number % train_every == 0
                        else []
                    ),
                    (
                        "plan",
                        lambda monday=monday: plan(
                            workspace, capacity, monday, monday + dt.timedelta(days=6), share, seed
                        ),
                    ),
                ):
                    with measured() as taken:
                        made = act()
                    spent[step] += taken.wall_s
                selected = selected_rows(workspace.store, made.plan)
                answers = folder / f"{monday}.csv"
                write_outcomes(answers, selected, labels)
                watch.now += dt.timedelta(days=7)
                with measured() as taken:
                    receipt = record(workspace, answers, person="bench")
                spent["record"] += taken.wall_s
                assert not receipt.rejected, receipt.reasons
                weekly.append((selected.select(["record_id", "arm"]).to_pylist(), monday))
            with measured() as taken:
                board = board_of(workspace)
            spent["account"] += taken.wall_s
    return labels, weekly, spent, board


def rates_of(labels, picked):
    """Return (share with any fraud, share of the public-safety class, how many)."""
    met = [labels[row["record_id"]] for row in picked]
    count = max(len(met), 1)
    return sum(fraud for fraud, _ in met) / count, sum(critical == 2 for _, critical in met) / count, len(met)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED_DATA / "targeting")
    parser.add_argument("--rate", type=float, default=0.10)
    parser.add_argument("--random-share", type=float, default=0.10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--weeks", type=int, default=10_000)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument(
        "--train-every", type=int, default=2, help="weeks between trainings; 0 ranks by the first score"
    )
    parser.add_argument("--without", nargs="*", default=(), help="columns left out, as origin departure")
    given = parser.parse_args()
    if not given.data.is_dir():
        print(f"no public data at {given.data}: nothing measured")
        return 0
    reference = reference_seconds()
    with measured() as taken:
        labels, weekly, spent, board = run(
            given.data, given.rate, given.random_share, given.seed, 4 if given.quick else given.weeks,
            given.train_every, given.without,
        )  # fmt: skip
    print("SYNTHETIC declarations (public, fitted on inspected Korean entries); a regression bench, not the field")
    print(
        f"weeks {len(weekly)}, wall {taken.wall_s:.1f} s, CPU {taken.cpu_s:.1f} s ({taken.cpu_s / reference:.1f} x the reference job), peak {peak_mb():.0f} MB"
    )
    print("  " + ", ".join(f"{step} {spent[step]:.1f} s" for step in STEPS))
    for title, part in (("all weeks", weekly), ("last 13 weeks", weekly[-13:])):
        for arm in ("mandatory", "random", "followup", "targeted"):
            fraud, safety, count = rates_of(labels, [row for picked, _ in part for row in picked if row["arm"] == arm])
            if count:
                print(f"  {title}, {arm}: {count} inspected, any fraud {fraud:.3f}, public-safety class {safety:.4f}")
    truth = sum(fraud for fraud, _ in labels.values()) / len(labels)
    safety = sum(critical == 2 for _, critical in labels.values()) / len(labels)
    row = next(r for r in board["interdiction"] if r["lane"] == "*" and r["arm"] == "random")
    shown = {k: row["prevalence"][k] for k in ("value", "low", "high")} if row["prevalence"] else None
    print(f"  random arm: prevalence {shown}; truth over all records {truth:.4f} (public-safety class {safety:.4f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
