"""Scores of the package access (1.1.10) on the made-up region of `bench_account_care.py`, written as JSON.

python -m venv R && R/bin/pip install access==1.1.10
python benchmarks/rivals/access_scores.py --set set.json          # with our own Python: writes the region
R/bin/python benchmarks/rivals/access_scores.py --from set.json --out scores.json
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set")
    parser.add_argument("--from", dest="source")
    parser.add_argument("--out")
    asked = parser.parse_args()
    if asked.set:
        sys.path.insert(0, str(Path(__file__).parents[1]))
        from bench_account_care import access_set

        people, supply, cost = access_set()
        kept = {"people": people.tolist(), "supply": supply.tolist()}
        kept["cost"] = [[None if value == float("inf") else value for value in row] for row in cost.tolist()]
        Path(asked.set).write_text(json.dumps(kept))
        return
    import pandas as pd
    from access import weights
    from access.fca import two_stage_fca

    warnings.filterwarnings("ignore")
    held = json.loads(Path(asked.source).read_text())
    demand = pd.DataFrame({"people": held["people"]})
    supply = pd.DataFrame({"supply": held["supply"]})
    costs = pd.DataFrame(
        [(a, b, value) for a, row in enumerate(held["cost"]) for b, value in enumerate(row) if value is not None],
        columns=["origin", "dest", "cost"],
    )
    kinds = {"2sfca": None, "e2sfca": weights.step_fn({10: 1, 20: 0.68, 30: 0.22}), "gaussian": weights.gaussian(12)}
    told = {}
    for name, weight in kinds.items():
        scores = two_stage_fca(
            demand, supply, costs.copy(), max_cost=30, demand_index=True, demand_name="people", supply_index=True,
            supply_name="supply", weight_fn=weight,
        )  # fmt: skip
        told[name] = scores.reindex(range(len(demand))).fillna(0).tolist()
    Path(asked.out).write_text(json.dumps(told))


if __name__ == "__main__":
    main()
