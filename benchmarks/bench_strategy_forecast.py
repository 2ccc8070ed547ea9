"""Pseudo-forecasts of deaths by opioid overdose: as if at the end of 2014, 2016, 2018, 2020; outcomes to 2022.

Prints, without and with the share of fentanyl in laboratory reports as an indicator: coverage of 90 % intervals, mean
width over the outcome, median size of error; each year; and the CPU seconds of one forecast of 1,000 draws. No year after
2022 is read. Where a posterior trained to 2012 is shipped it is used beside the one that knows all years.
"""

from __future__ import annotations

import argparse
import json
from importlib.resources import as_file, files

from measure import measured

from counterflow.strategy.forecast.pseudo import ORIGINS, pseudo_rows, pseudo_summary
from counterflow.strategy.forecast.run import Ask, forecast
from counterflow.strategy.model.posterior import load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two origins, 100 draws")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    origins, draws = ((2014, 2020), 100) if given.quick else (ORIGINS, 1000)
    forecast(None, Ask(draws=32))  # compiled and loaded
    with measured() as taken:
        forecast(None, Ask(draws=draws))
    print(json.dumps({"forecast": draws, "cpu_s": round(taken.cpu_s, 2), "wall_s": round(taken.wall_s, 2)}))
    early = files("counterflow.reference").joinpath("strategy", "posterior_2012.npz")
    held = {"shipped": None}
    if early.is_file():
        with as_file(early) as path:
            held["trained to 2012"] = load(path)
    for name, posterior in held.items():
        rows = pseudo_rows(origins, draws=draws, seed=given.seed, posterior=posterior)
        for row in rows:
            print(json.dumps({"posterior": name} | {k: _short(v) for k, v in row.items()}))
        for row in pseudo_summary(rows):
            print(json.dumps({"posterior": name, "summary": True} | {k: _short(v) for k, v in row.items()}))


def _short(value: object) -> object:
    return float(f"{value:.4g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
