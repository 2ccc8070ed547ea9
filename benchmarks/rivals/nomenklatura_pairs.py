"""Score pairs of names with nomenklatura's logic-v2 (or another of its algorithms), names only.

Runs in the environment of requirements-nomenklatura.txt. Reads name1,name2,schema (further columns are kept), writes the
same with `score`, prints one JSON object of measurements. Each name has its own entity id, see nomenklatura_screen.py.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from pathlib import Path

from followthemoney import EntityProxy, model
from nomenklatura.matching import get_algorithm


def named(identity: str, schema: str, name: str) -> EntityProxy:
    data = {"id": identity, "schema": schema, "properties": {"name": [name] if name else []}}
    return model.get_proxy(data)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--algorithm", default="logic-v2")
    asked = parser.parse_args()
    algorithm = get_algorithm(asked.algorithm)
    if algorithm is None:
        parser.error(f"nomenklatura has no algorithm {asked.algorithm}")
    config = algorithm.default_config()
    with asked.pairs.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    algorithm.compare(named("w1", "Person", "Jane Roe"), named("w2", "Person", "Janet Roe"), config)
    started = time.process_time()
    for number, row in enumerate(rows):
        one = named(f"a{number}", row["schema"], row["name1"])
        other = named(f"b{number}", row["schema"], row["name2"])
        row["score"] = repr(float(algorithm.compare(one, other, config).score))
    seconds = time.process_time() - started
    with asked.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    print(json.dumps({"algorithm": algorithm.NAME, "pairs": len(rows), "cpu_s": seconds}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
