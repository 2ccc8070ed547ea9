"""Lists: how fast each format is read, how much of the Treasury's remarks is understood, and what a comparison costs.

FollowTheMoney lines are made here (seeded, invented names): 300,000 parties with six names, an address and a sanction
each. Everything else is the public data.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from measure import measured, reference_seconds
from public_data import SHARED_DATA, rows_of

from counterflow.intake.lists import diff, load_bis, load_ftm, load_ofac, store_list
from counterflow.intake.lists.remarks import read_remarks
from counterflow.store.workspace import Workspace

PARTIES = SHARED_DATA / "parties"
WORDS = np.array(
    [
        "acme",
        "trading",
        "petro",
        "marine",
        "delta",
        "orient",
        "juan",
        "carlos",
        "maria",
        "sergei",
        "ahmed",
        "wei",
        "kim",
    ]
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parties = 10_000 if parser.parse_args().quick else 300_000
    if not PARTIES.is_dir():
        print(f"skipped: no public data at {PARTIES}")
        return 0
    print(f"reference job {reference_seconds():.2f} CPU-s")
    print_remarks()
    with tempfile.TemporaryDirectory() as folder:
        loads = {}
        for year in ("2019", "2021"):
            files = [PARTIES / f"ofac_{part}_{year}.csv.gz" for part in ("sdn", "alt", "add")]
            with measured() as cost:
                loads[year] = load_ofac(*files)
            tell(f"SDN of {year}, {loads[year].read:,} rows", cost)
        with measured() as cost:
            load_bis(PARTIES / "bis_dpl_2022.csv.gz")
        tell("Denied Persons of 2022, 581 rows", cost)
        print_difference(Path(folder), loads)
        print_lines(Path(folder), parties)
    return 0


def tell(what: str, cost) -> None:
    print(f"{what:<44} {cost.cpu_s:7.2f} CPU-s {cost.wall_s:7.2f} s {cost.peak_mb:7.0f} MB")


def print_remarks() -> None:
    for year in ("2019", "2021"):
        read = [read_remarks(row["remarks"]) for row in rows_of(PARTIES / f"ofac_sdn_{year}.csv.gz")]
        plain = [part for remarks in read for part in remarks.plain]
        kinds = {
            "births": sum(len(r.born) for r in read), "nationalities": sum(len(r.nationality) for r in read),
            "papers": sum(len(r.papers) for r in read), "weak aliases": sum(len(r.weak_aliases) for r in read),
            "other known kinds": sum(r.other for r in read),
        }  # fmt: skip
        numbered = sum(any(c.isdigit() for c in part) for part in plain)
        said = ", ".join(f"{n:,} {kind}" for kind, n in kinds.items())
        print(f"remarks {year}: {said}; plain words {len(plain):,}, of which {numbered} with a number")


def print_difference(folder: Path, loads) -> None:
    Workspace.create(folder / "W")
    with Workspace.open(folder / "W") as workspace:
        for load in loads.values():
            store_list(workspace, load)
        with measured() as cost:
            found = diff(workspace.store, loads["2019"].version, loads["2021"].version)
    tell("2019 to 2021 compared", cost)
    counts = found.group_by("change").aggregate([("entry_id", "count")]).to_pylist()
    print("  " + ", ".join(f"{row['entry_id_count']} {row['change']}" for row in counts))


def print_lines(folder: Path, parties: int) -> None:
    path = folder / "entities.jsonl"
    random = np.random.default_rng(7)
    with path.open("w", encoding="utf-8") as out:
        for number in range(parties):
            names = [" ".join(words).title() for words in WORDS[random.integers(0, len(WORDS), (6, 3))]]
            said = {
                "name": names[:2], "alias": names[2:5], "weakAlias": names[5:], "country": ["xx"], "topics": ["sanction"],
                "birthDate": ["1970-01-02"], "passportNumber": [str(number)], "addressEntity": [f"a{number}"],
                "notes": ["Invented for a measurement of speed. " * 5],
            }  # fmt: skip
            for entity in (
                {"id": f"p{number}", "schema": "Person", "properties": said},
                {"id": f"a{number}", "schema": "Address", "properties": {"full": ["1 Road, Town"], "city": ["Town"]}},
                {
                    "id": f"s{number}",
                    "schema": "Sanction",
                    "properties": {"entity": [f"p{number}"], "programId": ["X"]},
                },
            ):
                out.write(json.dumps(entity) + "\n")
    size = path.stat().st_size / 1e6
    with measured() as cost:
        load = load_ftm(path, "made")
    tell(f"FollowTheMoney, {load.read:,} parties, {size:.0f} MB", cost)
    print(f"  {cost.cpu_s / reference_seconds():.1f} × the reference job, timed just after")


if __name__ == "__main__":
    sys.exit(main())
