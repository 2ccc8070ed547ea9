"""How fast the ledger takes entries, opens and is verified, beside a reference job in the same run.

    python benchmarks/bench_ledger.py [--entries 1000000] [--batch 1000]

The reference writes the same bodies with `json.dumps` and SHA-256 to one file, without chain, tree, signature
or wait for the disk: what any audit file costs at least. Bars: 20,000 appends/s in durable batches; 1,000,000
entries verified in 60 s; opened in 3 s.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from counterflow.store.ledger import Ledger, decimal_text

VERIFIER = Path(__file__).parents[1] / "tools" / "verify_ledger.py"


def bodies(count: int) -> Iterator[dict[str, object]]:
    """Draws as `target plan` records them."""
    for n in range(count):
        yield {
            "plan": "2026-03-01", "record": f"R{n:08d}", "source": "kr", "office": "INC", "lane": "parcel",
            "inclusion_probability": decimal_text((n % 997 + 1) / 1000), "selected": n % 7 == 0,
            "reasons": ["vague description", "first time sender"],
        }  # fmt: skip


def timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def reference(path: Path, items: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for body in items:
            text = json.dumps(body, sort_keys=True)
            file.write(f"{text}\t{hashlib.sha256(text.encode()).hexdigest()}\n")


def open_in(site: Path) -> Ledger:
    return Ledger.open(site / "ledger", keys=site / "keys", ledger_id="bench")


def fill(site: Path, items: list[dict[str, object]], batch: int) -> None:
    with open_in(site) as ledger:
        for start in range(0, len(items), batch):
            ledger.append_many([("draw", body) for body in items[start : start + batch]], key=f"batch-{start}")


def say(what: str, count: int, wall: float, cpu: float, base: float) -> None:
    print(
        f"{what:<32} {wall:8.2f} s wall {cpu:8.2f} s CPU {count / wall:12,.0f}/s wall"
        f" {count / cpu:12,.0f}/s CPU  {cpu / base:6.2f} x reference"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=1_000)
    parser.add_argument("--folder", type=Path, help="disk to write on; the system's temporary one by default")
    given = parser.parse_args()
    items = list(bodies(given.entries))
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        site = Path(folder)
        wall, base = timed(lambda: reference(site / "reference.tsv", items))
        say("reference: json.dumps + sha256", given.entries, wall, base, base)
        say("append, durable batches", given.entries, *timed(lambda: fill(site, items, given.batch)), base)
        say("open and close", 1, *timed(lambda: open_in(site).close()), base)
        (site / "ledger" / "checkpoint.bin").unlink()
        say("open without checkpoint", given.entries, *timed(lambda: open_in(site).close()), base)
        with open_in(site) as ledger:
            say("read all entries", given.entries, *timed(lambda: sum(1 for _ in ledger.entries())), base)
        size = sum(path.stat().st_size for path in (site / "ledger").iterdir())
        command = [
            sys.executable,
            str(VERIFIER),
            str(site / "ledger"),
            "--key",
            str(site / "ledger" / "ledger.pub"),
        ]
        start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, check=False)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        say("verify, stand-alone", given.entries, wall, cpu, base)
        print(f"{size / given.entries:,.0f} bytes per entry")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
