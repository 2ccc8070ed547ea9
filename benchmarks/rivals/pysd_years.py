"""Run a system-dynamics model from 1999 to 2032 in PySD: a model file that you have, or a small one written here.

Runs in the environment of requirements-pysd.txt; called by `benchmarks/bench_strategy_speed.py --pysd PYTHON`.

    python pysd_years.py [--model FILE.mdl] [--stocks 40] [--runs 3] [--steps 16]

The small model is a ring of stocks with smoothed feedback, tables over time, ceilings and shares: ten equations a
stock, as plain as such models come. The same arithmetic is run in NumPy, many runs side by side, and both must agree to
1e-9. A model file is used as it is: PySD's limits (empty equations, binary data) are for its owner to mend. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

FIRST, LAST = 1999, 2032
TABLE = [(1999, 1.0), (2006, 1.2), (2012, 0.9), (2020, 1.5), (2032, 1.1)]


def constants(stocks):
    """Return rates, sensitivities, ceilings, shares and initial stocks of the small model."""
    at = np.arange(stocks)
    return (
        0.05 + 0.2 * ((7 * at) % 11) / 11,
        0.5 * ((3 * at) % 5) / 5,
        np.full(stocks, 0.3),
        0.6 + 0.3 * (at % 3) / 3,
        (1000.0 * (1 + at % 4)),
    )


def written(stocks, steps):
    """Return the small model as Vensim text."""
    rate, sense, ceiling, share, start = (each.tolist() for each in constants(stocks))
    lines = ["{UTF-8}"]

    def put(name, text, unit="1"):
        lines.append(f"{name} = {text}\n\t~ {unit}\n\t~ |\n")

    put("total", " + ".join(f"stock {k}" for k in range(stocks)))
    put("crowd", " + ".join(f"stock {k}" for k in range(0, stocks, 2)))
    put("pressure", "INTEG( (crowd / total - pressure) / 2, 0.5)")
    table = ",".join(f"({x},{y})" for x, y in TABLE)
    put("driver", f"WITH LOOKUP(Time, ([(1999,0)-(2032,2)],{table}))")
    for k in range(stocks):
        put(f"rate {k}", repr(rate[k]))
        put(f"pushed {k}", f"rate {k} * (1 + {sense[k]!r} * pressure)")
        put(f"driven {k}", f"pushed {k} * driver")
        put(f"held {k}", f"MIN(driven {k}, {ceiling[k]!r})")
        put(f"leaving {k}", f"held {k} * stock {k}")
        put(f"onward {k}", f"{share[k]!r} * leaving {k}")
        put(f"back {k}", f"leaving {k} - onward {k}")
        put(f"density {k}", f"stock {k} / total")
        put(f"risk {k}", f"density {k} ^ 0.5")
        before, after = (k - 1) % stocks, (k + 1) % stocks
        put(f"stock {k}", f"INTEG( onward {before} + back {after} - leaving {k}, {start[k]!r})")
    lines.append("*" * 20 + "\n\t.Control\n" + "*" * 20 + "~\n\t\tSimulation Control Parameters\n\t|\n")
    for name, value in (("FINAL TIME", LAST), ("INITIAL TIME", FIRST), ("SAVEPER", 1), ("TIME STEP", 1 / steps)):
        put(name, repr(value), "Year")
    return "\n".join(lines)


def in_numpy(stocks, steps, runs):
    """Return the stocks at the end, shape (stocks, runs): the arithmetic of `written`, runs side by side."""
    rate, sense, ceiling, share, start = (np.tile(x[:, None], (1, runs)) for x in constants(stocks))
    stock, pressure, dt = start.copy(), np.full(runs, 0.5), 1 / steps
    years, values = zip(*TABLE, strict=True)
    for step in range((LAST - FIRST) * steps):
        driver = np.interp(FIRST + step * dt, years, values)
        total, crowd = stock.sum(axis=0), stock[::2].sum(axis=0)
        leaving = np.minimum(rate * (1 + sense * pressure) * driver, ceiling) * stock
        onward = share * leaving
        back = leaving - onward
        _ = (stock / total) ** 0.5
        pressure = pressure + dt * (crowd / total - pressure) / 2
        stock = stock + dt * (np.roll(onward, 1, axis=0) + np.roll(back, -1, axis=0) - leaving)
    return stock


def timed(job, times):
    """Return the least CPU seconds of a few tries, and the last result."""
    least, out = float("inf"), None
    for _ in range(times):
        started = time.process_time()
        out = job()
        least = min(least, time.process_time() - started)
    return least, out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--stocks", type=int, default=40)
    parser.add_argument("--steps", type=int, default=16, help="steps a year of the small model")
    parser.add_argument("--runs", type=int, default=3, help="tries, of which the quickest counts")
    parser.add_argument("--side-by-side", type=int, default=1000, help="runs that NumPy makes at once")
    asked = parser.parse_args()
    import pysd

    with tempfile.TemporaryDirectory() as folder:
        path = asked.model
        if path is None:
            path = Path(folder) / "small.mdl"
            path.write_text(written(asked.stocks, asked.steps), "utf-8")
        translating, model = timed(lambda: pysd.read_vensim(str(path)), 1)
        seconds, table = timed(model.run, asked.runs)
    told = {
        "model": path.name, "pysd": pysd.__version__, "variables": len(model.doc), "translate_cpu_s": translating,
        "cpu_s_a_run": seconds,
    }  # fmt: skip
    if asked.model is None:
        wide = asked.side_by_side
        together, ends = timed(lambda: in_numpy(asked.stocks, asked.steps, wide), 2)
        theirs = np.array([table[f"stock {k}"].iloc[-1] for k in range(asked.stocks)])
        gap = float(np.max(np.abs(theirs / ends[:, 0] - 1)))
        if not gap < 1e-9:
            raise SystemExit(f"PySD and NumPy differ by {gap:.1e}: they do not run the same model")
        told |= {"stocks": asked.stocks, "numpy_cpu_s_a_run": together / wide, "numpy_side_by_side": wide, "gap": gap}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
