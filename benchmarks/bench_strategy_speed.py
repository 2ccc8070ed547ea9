"""What a run of the strategy model costs, beside NumPy and PySD in the same run.

    python benchmarks/bench_strategy_speed.py [--quick] [--pysd PYTHON] [--model FILE.mdl]

CPU seconds of all threads after the first run (object code is made or loaded there); wall-clock beside them. The
reference job is the small model of `rivals/pysd_years.py` in NumPy, 1,000 runs side by side: the same span and step, 40
stocks, about 400 equations, no supply chain, no custody. `--pysd` names the Python of an environment made from
`rivals/requirements-pysd.txt`; `--model` a Vensim file that PySD can run, in place of the small model.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from counterflow.strategy.model.draws import draw
from counterflow.strategy.model.drivers import drivers
from counterflow.strategy.model.engine import simulate
from counterflow.strategy.validate.setting import change

RIVALS = Path(__file__).parent / "rivals"
sys.path.insert(0, str(RIVALS))
SMALL, WIDE = 40, 1000


def cpu() -> float:
    """Return CPU seconds so far of this process, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(job):
    """Return CPU and wall seconds of `job()`."""
    used, wall = cpu(), time.perf_counter()
    job()
    return cpu() - used, time.perf_counter() - wall


def say(what, runs, cost, reference, bar=""):
    used, wall = cost
    each = used / runs * 1000
    print(f"{what:54} {used:8.2f} CPU-s {wall:7.2f} s wall {each:9.3f} ms a run {each / reference:8.2f} x  {bar}")


def ours(quick, reference):
    many = 200 if quick else 10_000
    base, few = drivers("base"), draw(500, 1).values
    all_rows = draw(many, 1).values
    kits = change("naloxone_kits", 0.2)
    simulate(few[:2], base)
    simulate(few[:2], base, kits)
    without = simulate(few, base, keep=True)
    one = few[:1]
    tries = [measured(lambda: simulate(one, base)) for _ in range(5)]
    say("one national run 1999-2032", 1, min(tries), reference, "must 2 ms, stretch 0.5 ms")
    say(
        f"{many:,} runs, no policy", many, measured(lambda: simulate(all_rows, base)), reference, "must 15 s for 10,000"
    )
    say(
        "500 draws with a policy (slider)",
        500,
        measured(lambda: simulate(few, base, kits, reference=without)),
        reference,
        "part of 1 s",
    )
    policies = [change("naloxone_kits", 0.01 * k, ramp=1 + k % 3) for k in range(4 if quick else 40)]
    draws = all_rows[: min(many, 1000)]
    held = simulate(draws, base, keep=True)  # what a comparison holds: the run without policy
    cost = measured(lambda: [simulate(draws, base, each, reference=held) for each in policies])
    say(
        f"{len(policies)} policies x {len(draws):,} draws",
        len(policies) * len(draws),
        cost,
        reference,
        "must 60 s for 40 x 1,000",
    )


def numpy_reference(runs):
    """Return CPU milliseconds a run of the reference job."""
    from pysd_years import in_numpy

    wide = 200 if runs else WIDE
    tries = [measured(lambda: in_numpy(SMALL, 16, wide))[0] for _ in range(2)]
    each = min(tries) / wide * 1000
    print(
        f"reference job: small model of {SMALL} stocks in NumPy, {wide} runs side by side: {each:.3f} CPU-ms a run = 1 x"
    )
    return each


def pysd(asked, reference):
    if asked.pysd is None:
        print("PySD: not measured here (no --pysd)")
        return
    more = ["--model", str(asked.model)] if asked.model else ["--stocks", str(SMALL)]
    text = subprocess.run(
        [str(asked.pysd), str(RIVALS / "pysd_years.py"), *more, "--runs", "1" if asked.quick else "3"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    told = json.loads(text.splitlines()[-1])
    each = told["cpu_s_a_run"] * 1000
    print(
        f"PySD {told['pysd']}, {told['model']}, {told['variables']} variables: {each:,.0f} CPU-ms a run "
        f"({told['translate_cpu_s']:.1f} CPU-s to translate), {each / reference:,.0f} x the reference job on "
        + ("a model of yours" if asked.model else "the same small model, same result to 1e-9")
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--pysd", type=Path)
    parser.add_argument("--model", type=Path)
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores, NumPy {np.__version__}; load {os.getloadavg()[0]:.1f}")
    reference = numpy_reference(asked.quick)
    ours(asked.quick, reference)
    pysd(asked, reference)
    return 0


if __name__ == "__main__":
    sys.exit(main())
