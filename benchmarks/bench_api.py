"""How fast the API takes batches, screens records at once and turns pages, over real HTTP on loopback.

    python benchmarks/bench_api.py [--records 100000] [--quick]

A server process serves a new workspace; the typed client asks it. CPU seconds are the server's own (and say what a
modest machine needs); wall is what a sender waits. The reference job hashes a fixed text in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from measure import reference_seconds

from counterflow.client import Client, Problem
from counterflow.client.problem import Unreachable

_TICKS = os.sysconf("SC_CLK_TCK")
GOODS = ("cotton shirts", "pure 4-ANPP powder", "phone cases", "pill press die set", "garden hose", "vitamin C 1 kg",
         "machine parts", "acetic anhydride 25 l", "books", "gifts")  # fmt: skip


class Served:
    """A server process over a new workspace, and the CPU seconds that it has used."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "counterflow"]
        subprocess.run([*command, "init", str(folder)], check=True, capture_output=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen([*command, "-w", str(folder), "serve", "--port", str(port)], stderr=subprocess.DEVNULL)  # fmt: skip
        with Client(self.address, tries=1) as api:
            for _ in range(600):
                try:
                    api.get("/v1/openapi.json")
                except (Unreachable, Problem):
                    time.sleep(0.1)
                else:
                    return
        raise SystemExit("the server did not come up")

    def cpu(self) -> float:
        parts = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / _TICKS


def rows(count: int, start: int = 0) -> Iterator[dict[str, object]]:
    for n in range(start, start + count):
        yield {
            "record_id": f"R-{n:09d}",
            "declared_on": f"2026-{n % 12 + 1:02d}-{n % 28 + 1:02d}",
            "goods": [{"description": f"{GOODS[n % len(GOODS)]} {n % 997}"}],
            "parties": [{"role": "consignee", "name": f"Ana Silva {n % 4099}"}],
        }


def flat(count: int) -> pa.Table:
    made = list(rows(count))
    return pa.table(
        {
            "id": [r["record_id"] for r in made],
            "day": [r["declared_on"] for r in made],
            "goods": [r["goods"][0]["description"] for r in made],
            "name": [r["parties"][0]["name"] for r in made],
        }
    )


MAPPING = """
[mapping]
name = "bench"
version = "1"
source = "bench"
[fields.record_id]
column = "id"
[fields.declared_on]
column = "day"
format = ["%Y-%m-%d"]
[[goods]]
description = {column = "goods"}
[fields.party.consignee]
name = "name"
"""


def as_file(table: pa.Table, form: str, folder: Path) -> Path:
    path = folder / f"batch.{form}"
    if form == "ndjson":
        path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()), "utf-8")
    elif form == "csv":
        from pyarrow import csv

        csv.write_csv(table, path)
    elif form == "parquet":
        from pyarrow import parquet

        parquet.write_table(table, path)
    else:
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table)
    return path


def timed(served: Served, what: str, count: int, work: Callable[[], object], base: float) -> None:
    cpu, wall = served.cpu(), time.perf_counter()
    work()
    cpu, wall = served.cpu() - cpu, time.perf_counter() - wall
    rate = count / cpu if cpu else float("inf")
    print(
        f"{what:<44} {count:>9,}  wall {wall:7.2f} s  server CPU {cpu:7.2f} s  {rate:>10,.0f}/CPU-s  {cpu / base:7.1f}x reference"
    )


def pages(api: Client, most: int) -> tuple[list[float], int]:
    took, cursor, seen = [], "", 0
    while seen < most:
        began = time.perf_counter()
        page = api.get("/v1/records", limit=100, cursor=cursor)
        took.append(time.perf_counter() - began)
        seen, cursor = seen + len(page["items"]), page["next"]
        if not cursor:
            break
    return took, seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    count = 2_000 if asked.quick else asked.records
    base = reference_seconds()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        served = Served(folder / "w")
        try:
            with Client(served.address) as api:
                measure(api, served, count, base, folder)
        finally:
            served.process.terminate()
            served.process.wait(30)
    return 0


def measure(api: Client, served: Served, count: int, base: float, folder: Path) -> None:
    mapping = api.post("/v1/mappings", {"toml": MAPPING})["mapping"]
    table = flat(count)
    for form in ("csv", "ndjson", "parquet", "arrow"):
        file = as_file(table, form, folder)
        timed(served, f"batch as {form} ({file.stat().st_size / 1e6:.1f} MB)", count,
              lambda file=file, form=form: api.load(file, mapping=mapping, source=f"bench-{form}"), base)  # fmt: skip
    timed(served, "first screening of one record (indexes made)", 1, lambda: list(api.screen(rows(1))), base)
    timed(
        served,
        "one record screened at once, 20 calls",
        20,
        lambda: [list(api.screen(rows(1, n))) for n in range(20)],
        base,
    )
    timed(served, "10,000 records screened at once", 10_000, lambda: list(api.screen(rows(10_000))), base)
    timed(served, "what was loaded, screened", 4 * count, lambda: api.post("/v1/screenings"), base)
    for what in ("first pages of 100", "the same again"):
        took, seen = pages(api, 20_000)
        took.sort()
        print(
            f"{what:<44} {seen:>9,}  p50 {took[len(took) // 2] * 1000:6.1f} ms  p95 {took[int(len(took) * 0.95)] * 1000:6.1f} ms over {4 * count:,} records"
        )


if __name__ == "__main__":
    raise SystemExit(main())
