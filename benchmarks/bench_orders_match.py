"""Private matching of two files by the protocol itself: seconds, and whether the result is the plain intersection.

    python benchmarks/bench_orders_match.py [--size 10000] [--quick]

Both parties run in this process, so the CPU-seconds are those of both together. Identifiers are made up.
"""

from __future__ import annotations

import argparse
import time

import pyarrow as pa

from counterflow.orders.across.keys import read_keys
from counterflow.orders.across.pairs import Party, match_pairs


def party(name: str, first: int, size: int) -> Party:
    numbers = range(first, first + size)
    return Party(pa.table({"registration": [f"HRB {number}" for number in numbers]}), [f"{name}{n}" for n in numbers])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=10_000, help="identifiers of each side; half are in both")
    parser.add_argument("--quick", action="store_true", help="a small size, to see that it runs")
    given = parser.parse_args()
    size = 500 if given.quick else given.size
    keys = read_keys(["registration"])
    wall, cpu = time.perf_counter(), time.process_time()
    found = match_pairs(party("a", 0, size), party("b", size // 2, size), keys, keys)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    wanted = [(f"a{n}", f"b{n}") for n in range(size // 2, size)]
    exact = list(zip(found["a_id"].to_pylist(), found["b_id"].to_pylist(), strict=True)) == wanted
    print(f"{size:,} x {size:,}: {found.num_rows:,} in both; {cpu:.1f} CPU-s, {wall:.1f} s wall; exact: {exact}")
    assert exact


if __name__ == "__main__":
    main()
