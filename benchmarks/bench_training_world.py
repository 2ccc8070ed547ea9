"""One million synthetic consignments loaded and screened: records per second, where the time goes, peak memory.

    python benchmarks/bench_training_world.py [--records 1000000] [--workers 0] [--list FOLDER] [--all-distinct] [--same-rows N]

With the public OFAC files at hand (--list, or the shared data folder) parties are screened against them. Each distinct
description and party is screened once; `--all-distinct` writes a world in which nothing repeats, the worst case.
`--same-rows N` screens N records once in this process and once in the pool and compares the findings row for row.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from measure import measured, reference_seconds
from public_data import SHARED_DATA

from counterflow.demo.files import write_world
from counterflow.demo.options import WorldOptions
from counterflow.intake.lists import load_ofac, store_list
from counterflow.intake.load import load
from counterflow.intake.mapping import find_mapping
from counterflow.screen.run import list_findings, screen
from counterflow.store.workspace import Workspace

PARTIES = SHARED_DATA / "parties"


def make_site(folder, files, lists, workers):
    """Return an opened workspace with the list loaded, and what loading the records took."""
    Workspace.create(folder)
    site = Workspace(folder, doing="benchmark", flags={"engine.workers": workers})
    if lists is not None:
        store_list(site, load_ofac(*(lists / f"ofac_{part}_2021.csv.gz" for part in ("sdn", "alt", "add"))))
    else:
        store_list(site, load_ofac(files.sdn, files.alt, files.add))
    with measured() as taken:
        receipt = load(site, files.week.consignments, find_mapping(str(files.mapping)))
    return site, receipt, taken


def findings_digest(site):
    table = list_findings(site.store).drop_columns(["run"])
    return hashlib.sha256(str(table.to_pylist()).encode()).hexdigest(), table.num_rows


def whole(files, lists, workers, records, scratch):
    site, receipt, loading = make_site(scratch / "site", files, lists, workers)
    with site:
        repeated = site.store.rows("SELECT count(*) AS n, count(DISTINCT name) AS d FROM party WHERE name IS NOT NULL")[
            0
        ]
        with measured() as screening:
            reports = screen(site)
        total = loading.wall_s + screening.wall_s
        print(
            f"accepted {receipt.accepted}, rejected {receipt.rejected}; {repeated['n']} party names, {repeated['d']} distinct"
            f" ({1 - repeated['d'] / repeated['n']:.0%} repeat)"
        )
        print(f"load    {loading.wall_s:7.1f} s wall {loading.cpu_s:7.1f} s CPU")
        print(f"screen  {screening.wall_s:7.1f} s wall {screening.cpu_s:7.1f} s CPU")
        for line in reports:
            print(
                f"  {line.check:18} {line.records:9} rows {line.distinct:9} distinct {line.findings:8} findings"
                f"  gather {line.gather_s:6.1f}  check {line.check_s:6.1f}  store {line.store_s:6.1f} s"
            )
        reference = reference_seconds()
        print(
            f"load + screen: {records / total:,.0f} records/s wall, {records / (loading.cpu_s + screening.cpu_s):,.0f} per CPU-second;"
            f" {(loading.cpu_s + screening.cpu_s) / reference:.0f} x the reference job; peak of all processes {loading.peak_mb:,.0f} MB in load, {screening.peak_mb:,.0f} MB in screening"
        )


def same_rows(count, lists, seed, scratch):
    files = write_world(scratch / "small", records=count, weeks=2, seed=seed)
    digests = []
    for workers in (1, 2):
        site, *_ = make_site(scratch / f"site{workers}", files, lists, workers)
        with site:
            screen(site)
            digests.append(findings_digest(site))
    print(
        f"one process and pool on {count} records: {'the same' if digests[0] == digests[1] else 'DIFFERENT'} {digests[0][1]} findings"
    )
    return digests[0] == digests[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--list", type=Path, default=PARTIES if PARTIES.is_dir() else None)
    parser.add_argument("--all-distinct", action="store_true")
    parser.add_argument("--same-rows", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    records = 20_000 if given.quick else given.records
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        options = WorldOptions(records=records, weeks=12, seed=given.seed, all_distinct=given.all_distinct)
        # Made in a process of its own, so that its memory is not counted here.
        with measured() as making, ProcessPoolExecutor(1) as maker:
            files = maker.submit(write_world, folder / "world", options).result()
        print(
            f"SYNTHETIC world of {records} records written in {making.wall_s:.1f} s;"
            f" list: {'OFAC 2021' if given.list else 'the training list'}{'; all distinct' if given.all_distinct else ''}"
        )
        whole(files, given.list, given.workers, records, folder)
        agree = given.same_rows == 0 or same_rows(
            2000 if given.quick else given.same_rows, given.list, given.seed, folder
        )
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
