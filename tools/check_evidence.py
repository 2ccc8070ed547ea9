#!/usr/bin/env python3
"""Check an evidence pack without Counterflow; run it in the folder that the pack was unpacked to.

    python check_evidence.py [FOLDER] [--key ledger.pub] [--head SAVED]...

It checks that the ledger in the pack is whole and signed (by verify_ledger.py beside it), that every file stands as
SHA256SUMS says, that an entry `evidence` of the ledger holds the same digests, and that outcomes were sealed after the
plan that drew them. Exit: 0 all held; 1 something did not; 3 something could not be read.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import subprocess
import sys
from pathlib import Path


def sums_of(root: Path) -> dict[str, str]:
    """Return what SHA256SUMS says: file to digest."""
    lines = (root / "SHA256SUMS").read_text("utf-8").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def changed(root: Path, sums: dict[str, str]) -> list[str]:
    """Return what is wrong with the files."""
    wrong = []
    for name, digest in sums.items():
        path = root / name
        if not path.resolve().is_relative_to(root.resolve()):
            wrong.append(f"SHA256SUMS names {name}, which is not in the pack")
        elif not path.is_file():
            wrong.append(f"{name} is missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            wrong.append(f"{name} was changed")
    found = {
        str(path.relative_to(root))
        for part in ("tables", "figures")
        for path in (root / part).rglob("*")
        if path.is_file()
    }
    return wrong + [f"{name} is in the pack and not in SHA256SUMS" for name in sorted(found - set(sums))]


def sealed(root: Path, sums: dict[str, str]) -> int | None:
    """Return the number of the entry that holds these digests, or None."""
    seq = None
    for path in sorted((root / "ledger").glob("entries-*.jsonl")):
        with path.open("rb") as lines:
            for line in lines:
                if b'"kind":"evidence"' in line:
                    entry = json.loads(line)["entry"]
                    if entry["kind"] == "evidence" and entry["body"].get("files") == sums:
                        seq = entry["seq"]
    return seq


def too_early(root: Path) -> list[str]:
    """Return what was sealed in the wrong order: an outcome before its draw."""
    with (root / "tables" / "plans.csv").open(newline="", encoding="utf-8") as file:
        plans = {row["plan"]: int(row["ledger_seq"]) for row in csv.DictReader(file) if row["ledger_seq"]}
    wrong = 0
    with (root / "tables" / "outcomes.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["ledger_seq"] and int(row["ledger_seq"]) <= plans.get(row["plan"], 0):
                wrong += 1
    return [f"{wrong} outcomes were sealed before the plan that drew them"] if wrong else []


def main() -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument(
        "--key", type=Path, help="public key that you were given earlier; the pack's own where not given"
    )
    parser.add_argument("--head", type=Path, action="append", default=[], help="a head that you kept; may be repeated")
    given = parser.parse_args()
    root = given.folder
    try:
        sums = sums_of(root)
        wrong = changed(root, sums)
        seq = sealed(root, sums)
        wrong += too_early(root) if not wrong else []
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"UNREADABLE: {error}")
        return 3
    if seq is None:
        wrong.append("no entry of the ledger holds the digests of SHA256SUMS")
    command = [sys.executable, str(root / "verify_ledger.py"), str(root / "ledger")]
    command += ["--key", str(given.key or root / "ledger" / "ledger.pub"), "--head", str(root / "head.json")]
    for head in given.head:
        command += ["--head", str(head)]
    verified = subprocess.run(command, check=False).returncode
    if verified:
        wrong.append("the ledger did not verify: see above")
    for each in wrong:
        print(f"  problem: {each}")
    if wrong:
        print("FAILED: this pack is not what it claims to be.")
        return 3 if verified == 3 else 1
    print(
        f"HELD: {len(sums)} files stand as sealed by entry {seq} of the ledger; every outcome was sealed after its draw."
    )
    if given.key is None:
        print("  The key came with the pack: compare its fingerprint with one that you were given by hand.")
    if not given.head:
        print("  No earlier head was given: that all of it was written anew cannot be excluded.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
