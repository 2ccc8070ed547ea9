#!/usr/bin/env python3
"""Check a firm's year against its ledger, without Counterflow.

    python verify_firm_year.py REPORT.json LEDGER

Counts the entries that each figure says it rests on, and holds the head in the report against the chain. Run
`verify_ledger.py` first: it shows that the ledger itself is whole. Figures that rest on tables cannot be checked here,
and are listed. Needs Python 3.11 and nothing else.
Exit: 0 all figures that rest on the ledger agree; 1 one does not; 3 something could not be read.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def entries(ledger: Path):
    for segment in sorted(ledger.glob("entries-*.jsonl")):
        with segment.open("rb") as lines:
            for line in lines:
                read = json.loads(line)
                if "entry" in read:
                    yield read["entry"], read["hash"]


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        report = json.loads(Path(arguments[0]).read_text("utf-8"))
        held = list(entries(Path(arguments[1])))
        year, size, chain = str(report["year"]), report["ledger"]["size"], report["ledger"]["chain"]
        figures = report["figures"]
    except (OSError, ValueError, KeyError) as error:
        print(f"cannot be read: {error}", file=sys.stderr)
        return 3
    wrong = []
    if len(held) < size:
        wrong.append(f"the report stands for {size} entries, the ledger holds {len(held)}")
    elif size and held[size - 1][1] != chain:
        wrong.append(f"entry {size} is not the one that the report's head stands for")
    checked, believed = 0, []
    for figure in figures:
        rests = figure["rests_on"]
        if "ledger" not in rests:
            believed.append(figure["what"])
            continue
        count = sum(
            entry["kind"] == rests["ledger"]
            and entry["time"][:4] == year
            and all(entry["body"].get(name) == value for name, value in rests["where"].items())
            for entry, _ in held[:size]
        )
        checked += 1
        if count != figure["value"]:
            wrong.append(f"{figure['what']}: the report says {figure['value']}, the ledger {count}")
    for words in wrong:
        print(f"DOES NOT AGREE: {words}")
    print(f"{checked} figures counted again from the ledger, {len(wrong)} findings")
    if believed:
        print(f"not in the ledger, to be believed: {'; '.join(believed)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
