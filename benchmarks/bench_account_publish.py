"""A thousand random tables published as files, then attacked by linear programs that know only what went out.

    python benchmarks/bench_account_publish.py [--quick] [--tables 1000] [--seed 1]

Shapes: wide with margins, wide without, long of two labels with and without totals, long of three labels, regions with
counties. Counts: mostly small, mostly large, and with many zeros. A table without totals is attacked by a reader who
knows them all the same, but those that are small themselves and those that the release says must not be published. A cell is recovered where less than 1 to 9 stays
possible for a small one (attack: counts at least 0; and again by a reader who knows that zeros are shown), or where any
other withheld cell has one value only. Prints also how much is withheld beyond need, and the seconds.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import time
from pathlib import Path

import numpy as np
from publish_attack import TOTAL, attack, with_all_totals

from counterflow.account.given import rows_of
from counterflow.account.publish import Ask, release
from counterflow.account.publish.layout import TOTAL as MARK
from counterflow.account.publish.sheet import sheet_of
from counterflow.core.seeds import generator

K = 10
SHAPES = ("wide+margins", "wide", "long+totals", "long", "three labels", "regions")


def counts_of(rng, shape):
    """Return counts of one of three kinds."""
    kind = rng.integers(3)
    if kind == 0:
        return rng.poisson(rng.choice([2, 8, 30], shape))
    if kind == 1:
        return np.round(rng.gamma(0.7, 60, shape)).astype(int)
    return np.where(rng.random(shape) < 0.4, 0, np.round(rng.gamma(1.5, 40, shape))).astype(int)


def table_of(rng, shape):
    """Return (text of the file, true cells by labels as in the file)."""
    if shape == "three labels":
        size = tuple(rng.integers(2, 4, 3))
    elif shape == "regions":
        size = (int(rng.integers(2, 4)), int(rng.integers(2, 5)))
    else:
        size = tuple(rng.integers(2, 9, 2))
    counts = counts_of(rng, size)
    cells = {tuple(f"{'abc'[k]}{i}" for k, i in enumerate(at)): int(counts[at]) for at in np.ndindex(*size)}
    if shape == "regions":
        cells = {(region, f"{region}.{county}"): value for (region, county), value in cells.items()}
        regions = sorted({region for region, _ in cells})
        totals = {(r, TOTAL): sum(v for (s, _), v in cells.items() if s == r) for r in regions}
        cells |= totals
        cells[TOTAL, TOTAL] = sum(totals.values())
        return _long(cells), cells
    if shape.endswith(("+margins", "+totals")):
        cells = with_all_totals(cells)
    return (_wide(cells) if shape.startswith("wide") else _long(cells)), cells


def _long(cells):
    labels = len(next(iter(cells)))
    return _text([[f"label{n}" for n in range(labels)] + ["n"], *([*key, value] for key, value in cells.items())])


def _wide(cells):
    rows, columns = (list(dict.fromkeys(key[n] for key in cells)) for n in (0, 1))
    return _text([["place", *columns], *([row, *(cells[row, column] for column in columns)] for row in rows)])


def _text(lines):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def published_of(made, shape, cells):
    """Return the cells as anybody reads them in the file that went out."""
    out = {}
    for row in made.rows():
        fields = list(row.values())
        if shape.startswith("wide"):
            for column, field in list(zip(row, fields, strict=True))[1:]:
                out[fields[0], column] = None if field == "*" else int(field)
        else:
            out[tuple(fields[:-1])] = None if fields[-1] == "*" else int(fields[-1])
    assert out.keys() == cells.keys()
    assert all(value is None or value == cells[key] for key, value in out.items())
    return out


def with_known_totals(made, out, cells):
    """Return what a reader has who knows the totals too: those that the rule lets anybody publish."""
    whole = with_all_totals(cells)
    unpublished = {
        tuple(TOTAL if part == MARK else part for part in made.cells.keys[cell])
        for cell in np.flatnonzero(made.pattern.hidden & made.cells.assumed)
    }
    known = dict(out)
    for key, value in whole.items():
        if key not in out:
            known[key] = None if key in unpublished or 0 < value < K else value
    return known, whole


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    tables = 30 if asked.quick else asked.tables
    rng = generator(asked.seed, "account-publish")
    recovered = {"plain": 0, "knowing zeros are shown": 0, "complementary": 0, "small shown": 0}
    tally = {shape: [0, 0, 0, 0, 0.0] for shape in SHAPES}
    fractional = 0
    for number in range(tables):
        shape = SHAPES[number % len(SHAPES)]
        text, cells = table_of(rng, shape)
        begun = time.process_time()
        made = release(sheet_of(rows_of(text.encode(), Path("table.csv"))), Ask(minimum=K))
        spent = time.process_time() - begun
        fractional += made.pattern.fractional
        out = published_of(made, shape, cells)
        recovered["small shown"] += sum(v is not None and 0 < v < K for v in out.values())
        known, whole = (
            (out, cells) if shape in ("wide+margins", "long+totals", "regions") else with_known_totals(made, out, cells)
        )
        for name, least in (("plain", 0), ("knowing zeros are shown", 1)):
            for key, (low, high) in attack(known, least).items():
                if key not in out:
                    continue
                if 0 < whole[key] < K:
                    floor = 1 + 1e-6 if TOTAL not in key else np.inf
                    recovered[name] += bool(low > floor or high < K - 1 - 1e-6)
                elif name == "plain":
                    recovered["complementary"] += high - low < 1 - 1e-6
        counts = made.counts()
        for at, name in enumerate(("cells", "primary", "complementary")):
            tally[shape][at] += counts[name]
        tally[shape][3] += counts["margins_not_to_publish"]
        tally[shape][4] += spent
    print(f"{tables} random tables, seed {asked.seed}; small: 1 to {K - 1}")
    print(f"{'shape':14}{'cells':>8}{'primary':>9}{'compl.':>8}{'totals not to publish':>23}{'CPU s':>8}")
    for shape, (cells, primary, other, margins, spent) in tally.items():
        print(f"{shape:14}{cells:>8}{primary:>9}{other:>8}{margins:>23}{spent:>8.1f}")
    for name, count in recovered.items():
        print(f"recovered, {name}: {count}")
    print(f"tables whose protection is not proved in whole numbers: {fractional}")
    if not asked.quick:
        large(asked.seed)
    return bool(sum(recovered.values()))


def large(seed):
    """Time one table of 250 x 5."""
    rng = generator(seed, "account-publish", "large")
    counts = np.round(rng.gamma(0.6, 80, (250, 5))).astype(int)
    cells = {(f"r{a}", f"c{b}"): int(counts[a, b]) for a, b in np.ndindex(250, 5)}
    begun = time.process_time()
    told = release(sheet_of(rows_of(_wide(cells).encode(), Path("table.csv"))), Ask(minimum=K)).counts()
    print(
        f"one table of 250 x 5: {told['primary']} small, {told['complementary']} withheld for their sake, "
        f"{time.process_time() - begun:.0f} CPU s"
    )


if __name__ == "__main__":
    sys.exit(main())
