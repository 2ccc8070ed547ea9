"""How fast the ledger takes entries, opens and is verified, beside a reference job in the same run.

    python benchmarks/bench_ledger.py [--entries 1000000] [--batch 1000] [--quick]

The reference writes the same bodies with `json.dumps` and SHA-256 to one file, without chain, tree, signature
or wait for the disk: what any audit file costs at least. Bars: 20,000 appends/s in durable batches; 1,000,000
entries verified in 60 s; opened in 3 s.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from measure import measured

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


def timed(what: str, count: int, work: Callable[[], object], base: float = 0.0) -> float:
    """Do the work and print what it took; return its CPU seconds, which are the base where none is given."""
    with measured() as taken:
        work()
    wall, cpu = taken.wall_s, taken.cpu_s
    print(
        f"{what:<32} {wall:8.2f} s wall {cpu:8.2f} s CPU {count / wall:12,.0f}/s wall"
        f" {count / cpu:12,.0f}/s CPU  {cpu / (base or cpu):6.2f} x reference"
    )
    return cpu


def count_entries(site: Path) -> int:
    with open_in(site) as ledger:
        return sum(1 for _ in ledger.entries())


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=1_000)
    parser.add_argument("--folder", type=Path, help="disk to write on; the system's temporary one by default")
    parser.add_argument("--quick", action="store_true", help="20,000 entries, to see that it runs")
    given = parser.parse_args()
    many = 20_000 if given.quick else given.entries
    items = list(bodies(many))
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        site = Path(folder)
        base = timed("reference: json.dumps + sha256", many, lambda: reference(site / "reference.tsv", items))
        timed("append, durable batches", many, lambda: fill(site, items, given.batch), base)
        timed("open and close", 1, lambda: open_in(site).close(), base)
        (site / "ledger" / "checkpoint.bin").unlink()
        timed("open without checkpoint", many, lambda: open_in(site).close(), base)
        timed("read all entries", many, lambda: count_entries(site), base)
        ledger = site / "ledger"
        size = sum(path.stat().st_size for path in ledger.iterdir())
        command = [sys.executable, str(VERIFIER), str(ledger), "--key", str(ledger / "ledger.pub")]
        timed("verify, stand-alone", many, lambda: subprocess.run(command, check=True), base)
        print(f"{size / many:,.0f} bytes per entry")
    return 0


if __name__ == "__main__":
    sys.exit(main())
