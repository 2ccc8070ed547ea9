"""Capacity planning: how far formula and simulation of waiting lines agree, and how long an answer takes.

    python benchmarks/bench_capacity.py

Exponential service is exact (Erlang C), so there the simulation is held against the truth; for other service times the
formula is an approximation and the simulation is the better witness. Times are CPU-seconds.
"""

from __future__ import annotations

import datetime as dt
import sys
import time

import numpy as np

from counterflow.core.seeds import generator
from counterflow.core.settings import TargetSettings
from counterflow.target.choice.capacity import parse_capacity
from counterflow.target.whatif import lines
from counterflow.target.whatif.answer import answer
from counterflow.target.whatif.example import capacity_text, scenario_text
from counterflow.target.whatif.queues import wait_of
from counterflow.target.whatif.scenario import parse_scenario

_REPEATS, _SERVICE = 16, 6.0


def agreement() -> None:
    """Print, per variability of service, the mean simulated wait over the formula's, for several lines."""
    print("servers  load  " + "".join(f"cv {cv:<14g}" for cv in (0.0, 0.5, 1.0, 1.5)))
    for servers in (1, 3, 10, 30):
        for used in (0.5, 0.8, 0.9):
            cells = []
            for variability in (0.0, 0.5, 1.0, 1.5):
                rate = used * servers / _SERVICE
                line = lines.Line(
                    (rate * 60,) * 24, (_SERVICE,), (1.0,), variability, (0.0,) * servers, (1440.0,) * servers
                )
                purpose = ("bench", servers, str(used), str(variability))
                means = [lines.simulate_line(line, generator(k, *purpose)).mean() for k in range(_REPEATS)]
                said = wait_of(rate, _SERVICE, servers, variability).mean or 0.0
                error = np.std(means, ddof=1) / np.sqrt(_REPEATS)
                cells.append(f"{np.mean(means) / said:.2f} ± {error / said:.2f}")
            print(f"{servers:>7}  {used:.2f}  " + "".join(f"{cell:<17}" for cell in cells))


def speed() -> None:
    """Print what the example's answer takes: nine plans of ten lanes, 400 draws."""
    severity = {name: (points, "stated") for name, points in TargetSettings().severity.items()}
    form = parse_scenario(scenario_text().encode(), "scenario.toml")
    capacity = parse_capacity(capacity_text().encode(), "capacity.csv")
    begun = time.process_time()
    told = answer(form, capacity, severity, as_of=dt.date(2026, 1, 1), file="scenario.toml")
    spent = time.process_time() - begun
    plans = len(told["scenarios"])
    print(f"\n{plans} plans of {len(told['scenarios'][0]['lanes'])} lanes: {spent:.1f} CPU-s")


if __name__ == "__main__":
    agreement()
    speed()
    sys.exit(0)
