"""Filter, order and page the queue of a million records: at rest, and while a hundred thousand rows a second are written.

    python benchmarks/bench_console_queue.py [--records 1000000] [--rate 100000] [--seconds 20] [--rounds 6]

Records are invented and written straight into the tables of a workspace in a temporary folder; no check is run, the
findings are invented too. Prints how long the queue took to make, and for each question the median, the 95th
percentile and the CPU; then the 95th percentile over all questions, at rest and under the load, and how far the queue
lagged behind. A question is put once before it is measured only where it says "again": the others are new each time.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from counterflow.flow.queue import queue_page
from counterflow.flow.queue_ask import QueueAsk
from counterflow.flow.queue_model import QueueModel
from counterflow.store.workspace import Workspace

_GOODS = ("plastic garden tools", "phone case", "vitamin tablets", "4-anpp powder", "cotton socks", "face powder",
          "machine parts", "tablet press punch", "books", "dried fruit", "led lamp", "yoga mat")  # fmt: skip
_OFFICES = [f"OFFICE-{i:02d}" for i in range(12)]
_LANES = ["mail", "express", "air", "sea", "road"]
_COUNTRIES = ["CN", "IN", "NL", "DE", "US", "MX", "VN", "SG", "TR", "PL"]
_CODES = ["fields-missing", "listed-similar", "controlled-drug", "advance-late", "text-missing", "listed-precursor"]
_CLASSES = ["data", "party", "drug", "data", "data", "precursor"]
_ALL_SEEN = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@dataclass
class Load:
    """Tables of one invented load."""

    batch: str
    tables: dict[str, pa.Table]
    records: int


def _pick(rng: np.random.Generator, values: list[str], n: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, len(values), n), pa.int32()), pa.array(values)).cast(
        pa.string()
    )


def invent(rng: np.random.Generator, first: int, n: int, batch: str) -> Load:
    """Return a load of `n` records, numbered from `first`, with findings on three in ten."""
    source = pa.array(["bench"] * n)
    ids = pa.array([f"B-{first + i:09d}" for i in range(n)])
    consignment = pa.table(
        {
            "source": source, "record_id": ids, "batch": pa.array([batch] * n),
            "kind": _pick(rng, ["parcel", "express", "declaration", "container"], n),
            "item_id": pa.array([f"RR{(first + i) * 7919 % 10**9:09d}CN" for i in range(n)]),
            "declared_on": pa.array(
                np.datetime64("2026-01-01") + rng.integers(0, 120, n).astype("timedelta64[D]"), pa.date32()),
            "first_seen": pa.array([_ALL_SEEN] * n, pa.timestamp("us", tz="UTC")),
            "sender": _pick(rng, [f"SENDER-{i}" for i in range(200)], n), "office": _pick(rng, _OFFICES, n),
            "lane": _pick(rng, _LANES, n), "departure": _pick(rng, _COUNTRIES, n),
            "mass_kg": np.round(rng.gamma(1.2, 2, n), 3), "value": np.round(rng.lognormal(3, 1.2, n), 2),
            "currency": pa.array(["USD"] * n), "pieces": pa.array(rng.integers(1, 9, n), pa.int32()),
        }
    )  # fmt: skip
    words = rng.integers(0, len(_GOODS), n)
    goods = pa.table(
        {
            "source": source, "record_id": ids, "batch": pa.array([batch] * n), "line": pa.array([1] * n, pa.int32()),
            "description": pa.array([f"{_GOODS[w]} {i % 9973} pcs set gift, not for resale" for i, w in enumerate(words)]),
            "hs": _pick(rng, ["300490", "292429", "847780", "392690", "610910"], n),
        }
    )  # fmt: skip
    hit = np.flatnonzero(rng.random(n) < 0.3)
    which = rng.integers(0, len(_CODES), len(hit))
    m = len(hit)
    finding = pa.table(
        {
            "source": pa.array(["bench"] * m), "record_id": ids.take(pa.array(hit)), "part": pa.array([""] * m),
            "check": pa.array(["invented"] * m), "check_version": pa.array(["1"] * m),
            "code": pa.array(_CODES).take(pa.array(which)), "kind": pa.array(["calibrated"] * m),
            "strength": np.round(rng.random(m) * 0.98 + 0.01, 4), "meaning": pa.array(["invented"] * m),
            "harm_class": pa.array(_CLASSES).take(pa.array(which)), "sentence": pa.array(["invented"] * m),
            "run": pa.array(["screen-bench"] * m),
        }
    )  # fmt: skip
    return Load(batch, {"consignment": consignment, "goods_line": goods, "finding": finding}, n)


def put(workspace: Workspace, load: Load) -> None:
    """Write a load as the owner of the store does: all its tables and its manifest, or nothing."""
    row = {
        "source": "bench", "batch": load.batch, "content_sha256": load.batch, "received_at": _ALL_SEEN,
        "synthetic": True, "read": load.records, "accepted": load.records, "rejected": 0, "reasons": "{}",
        "tables": json.dumps({"consignment": load.records}),
    }  # fmt: skip
    seen = {"run": "screen-bench", "source": "bench", "batch": load.batch, "check": "invented", "check_version": "1",
            "screened_at": _ALL_SEEN}  # fmt: skip
    with workspace.store.transaction():
        for name, table in load.tables.items():
            workspace.store.append(name, table)
        workspace.store.append("screening", pa.Table.from_pylist([seen]))
        workspace.store.append("batch", pa.Table.from_pylist([row]))


def plan_all(workspace: Workspace, rng: np.random.Generator) -> None:
    """Write a plan that frames every record and draws one in fifty."""
    keys = workspace.store.query("SELECT source, record_id, office, lane, declared_on AS day FROM consignment")
    n = keys.num_rows
    drawn = rng.random(n) < 0.02
    draw = keys.append_column("plan", pa.array(["plan-bench"] * n))
    draw = draw.append_column("arm", pa.array(np.where(drawn, "targeted", "")))
    draw = draw.append_column("inclusion_probability", pa.array(np.full(n, 0.01)))
    draw = draw.append_column("expected_harm", pa.array(np.round(rng.gamma(0.5, 3, n), 6)))
    plan = {"plan": "plan-bench", "starts": dt.date(2026, 1, 1), "ends": dt.date(2026, 4, 30), "seed": 1,
            "random_share": 0.1, "made_at": _ALL_SEEN, "ledger_seq": 1}  # fmt: skip
    with workspace.store.transaction():
        workspace.store.append("draw", draw)
        workspace.store.append("plan", pa.Table.from_pylist([plan]))


def questions(rng: np.random.Generator) -> dict[str, QueueAsk]:
    """Return what an officer may ask; values differ each time, so that no count is remembered."""
    office, lane = _OFFICES[rng.integers(12)], _LANES[rng.integers(5)]
    day = dt.date(2026, 1, 1) + dt.timedelta(days=int(rng.integers(100)))
    return {
        "all, by harm": QueueAsk(),
        "office, by harm": QueueAsk(office=office),
        "office and lane, by mass": QueueAsk(office=office, lane=lane, order="mass"),
        "to look at, by strength": QueueAsk(
            state="open", harm_class="serious", order="strength", least=float(rng.random() / 9)
        ),
        "a word, by harm": QueueAsk(text=_GOODS[rng.integers(12)].split()[0]),
        "two words and an office, newest": QueueAsk(text=f"{_GOODS[rng.integers(12)]}", office=office, order="newest"),
        "a number, by record": QueueAsk(text=str(rng.integers(10**7, 10**9)), order="record"),
        "nothing fits": QueueAsk(text=f"zq{rng.integers(10**6)}"),
        "a code in a month, by value": QueueAsk(
            code=_CODES[rng.integers(6)], since=day, until=day + dt.timedelta(30), order="value"
        ),
        "by record id": QueueAsk(order="record", departure=_COUNTRIES[rng.integers(10)]),
    }


def measure(workspace: Workspace, rounds: int, seed: int) -> dict[str, list[tuple[float, float]]]:
    """Return seconds and CPU-seconds of each question, first page and the page after."""
    rng = np.random.default_rng(seed)
    took: dict[str, list[tuple[float, float]]] = {}
    for _ in range(rounds):
        for name, ask in questions(rng).items():
            for page in ("", ", next page"):
                start, cpu = time.perf_counter(), time.process_time()
                shown = queue_page(workspace, ask)
                took.setdefault(name + page, []).append((time.perf_counter() - start, time.process_time() - cpu))
                if not shown.next:
                    break
                ask = replace(ask, after=shown.next)  # noqa: PLW2901 - the page after
    return took


def p95(values: list[float]) -> float:
    """Return the 95th percentile."""
    return float(np.quantile(values, 0.95))


def show(title: str, took: dict[str, list[tuple[float, float]]]) -> float:
    """Print a table and return the 95th percentile over everything, in milliseconds."""
    print(f"\n{title}\n{'question':44s} {'median ms':>10s} {'p95 ms':>8s} {'CPU ms':>8s}")
    for name, pairs in took.items():
        walls = [1000 * w for w, _ in pairs]
        print(f"{name:44s} {statistics.median(walls):10.1f} {p95(walls):8.1f} "
              f"{1000 * statistics.median(c for _, c in pairs):8.1f}")  # fmt: skip
    whole = p95([1000 * w for pairs in took.values() for w, _ in pairs])
    print(f"{'95th percentile over all':44s} {'':10s} {whole:8.1f}")
    return whole


class Writer(threading.Thread):
    """Writes so many invented records a second until told to stop."""

    def __init__(self, workspace: Workspace, rate: int, first: int, seconds: float) -> None:
        super().__init__(daemon=True)
        self._workspace, self._ended, self.written, self.behind_s = workspace, threading.Event(), 0, 0.0
        rng = np.random.default_rng(99)
        # Made beforehand and renamed for each write: what is measured is writing, not inventing.
        # A record is a row of what was declared, one of goods, and three in ten a finding.
        records = int(rate / 2.3)
        self._loads = [invent(rng, first + i * records, records, f"bench-more-{i}") for i in range(int(seconds) + 2)]

    def run(self) -> None:
        begun = time.perf_counter()
        for i, load in enumerate(self._loads):
            if self._ended.is_set():
                return
            put(self._workspace, load)
            self.written += sum(table.num_rows for table in load.tables.values())
            self.behind_s = max(0.0, time.perf_counter() - begun - (i + 1))
            self._ended.wait(max(0.0, begun + i + 1 - time.perf_counter()))

    def stop(self) -> None:
        """Stop after the load that is being written."""
        self._ended.set()
        self.join()


def main() -> None:
    """Measure."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--records", type=int, default=1_000_000)
    ask.add_argument("--rate", type=int, default=100_000, help="rows a second written in the second part")
    ask.add_argument("--seconds", type=float, default=20)
    ask.add_argument("--rounds", type=int, default=6)
    ask.add_argument("--quick", action="store_true", help="50,000 records, three seconds of writing, one round")
    given = ask.parse_args()
    if given.quick:
        given.records, given.rate, given.seconds, given.rounds = 50_000, 10_000, 3, 1
    with tempfile.TemporaryDirectory() as folder:
        path = Workspace.create(Path(folder) / "workspace")
        with Workspace(path) as workspace:
            rng = np.random.default_rng(7)
            for i in range(0, given.records, 100_000):
                put(workspace, invent(rng, i, min(100_000, given.records - i), f"bench-{i}"))
            plan_all(workspace, rng)
            model = QueueModel.of(workspace)
            start, cpu = time.perf_counter(), time.process_time()
            standing = model.refresh()
            size = (path / "cache" / "queue.duckdb").stat().st_size / 1e6
            print(f"{standing.records} records; the queue was made in {time.perf_counter() - start:.1f} s,"
                  f" {time.process_time() - cpu:.1f} CPU-s; {size:.0f} MB")  # fmt: skip
            start, cpu = time.perf_counter(), time.process_time()
            model.choices()
            print(f"choices and counts: {1000 * (time.perf_counter() - start):.0f} ms")
            rest = show("At rest", measure(workspace, given.rounds, 1))
            writer = Writer(workspace, given.rate, given.records, given.seconds)
            start = time.perf_counter()
            writer.start()
            loaded: dict[str, list[tuple[float, float]]] = {}
            lag, seed = 0, 2
            while time.perf_counter() - start < given.seconds and writer.is_alive():
                for name, pairs in measure(workspace, 1, seed).items():
                    loaded.setdefault(name, []).extend(pairs)
                lag = max(lag, model.standing(wait=0).behind)
                seed += 1
            elapsed = time.perf_counter() - start
            writer.stop()
            busy = show(f"While {writer.written / elapsed:,.0f} rows/s were written for {elapsed:.0f} s", loaded)
            print(f"\nratio of the 95th percentiles: {busy / rest:.2f}; the queue lagged by at most {lag:,} records;"
                  f" the writer was late by {writer.behind_s:.1f} s")  # fmt: skip
            start = time.perf_counter()
            held = model.refresh().records
            print(f"caught up with {held:,} records {time.perf_counter() - start:.1f} s after the last was written")
            model.close()


if __name__ == "__main__":
    main()
