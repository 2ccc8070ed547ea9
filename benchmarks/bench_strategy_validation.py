"""The whole validation of the strategy model, V1 to V9, and its fit by series and year.

    python benchmarks/bench_strategy_validation.py [--quick] [--seed 1] [--write]

Against the public strategy data where they are (full digits, single points), else against the shipped facts. `--write`
puts the table into docs/methods/strategy-validation.md and the fit into docs/methods/strategy-model-card.md: the figures
there come from nowhere else (tests/unit/strategy/test_validate_docs.py holds page and command together).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from public_data import SHARED_DATA

from counterflow.strategy.validate import history
from counterflow.strategy.validate.pages import fit_by_series, fit_by_year, fit_itself, put_between, table_of
from counterflow.strategy.validate.protocol import validate
from counterflow.strategy.validate.published import published
from counterflow.strategy.validate.setting import HISTORY, Setting

METHODS = Path(__file__).parents[1] / "docs" / "methods"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    folder = SHARED_DATA / "strategy"
    folder = folder if folder.is_dir() else None
    used = time.process_time()
    told = validate(quick=asked.quick, folder=folder, seed=asked.seed)
    print(f"held against {told.about['held_against']}; {time.process_time() - used:.1f} CPU-s")
    print(table_of(told.rows))
    paths = history.paths(Setting(quick=asked.quick, seed=asked.seed, reference=published(folder)))
    print(fit_by_series(told.rows), fit_by_year(paths), sep="\n")
    gaps = np.array([abs(path / np.where(seen > 0, seen, np.nan) - 1) for path, seen in paths.values()])
    worst = np.nanmedian(gaps, axis=0)
    print(f"year with the largest median gap over the series: {HISTORY[int(worst.argmax())]} ({worst.max():.0%})")
    print("\n".join(told.said))
    if asked.write:
        put_between(METHODS / "strategy-validation.md", "validation", table_of(told.rows))
        put_between(METHODS / "strategy-model-card.md", "fit by series", fit_by_series(told.rows))
        put_between(METHODS / "strategy-model-card.md", "fit itself", fit_itself(told.rows))
        put_between(METHODS / "strategy-model-card.md", "fit by year", fit_by_year(paths))
    return 0


if __name__ == "__main__":
    sys.exit(main())
