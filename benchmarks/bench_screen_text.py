"""How many goods lines a second of CPU takes through each text check; beside it a plain regular expression.

    python benchmarks/bench_screen_text.py [--lines 200000] [--quick]

The texts are put together from our own goods words and chapter titles, every one distinct, about 45
characters, with a share of lines that name a substance. The reference is `re` with all names as one
alternation, asked only whether a line names anything, without spans, context, numbers or evidence.
"""

from __future__ import annotations

import argparse
import re
import sys

import pyarrow as pa
from measure import measured, peak_mb, reference_seconds

from counterflow.core.check import Resources
from counterflow.core.seeds import generator
from counterflow.reference.goods_tables import load_goods_tables
from counterflow.reference.registry import load_registry
from counterflow.screen import equipment, goods_text, hs_contradiction, substances

REQUIRED = 60_000


def texts(count, share, seed):
    """Distinct texts of about 50 characters; `share` of them name a substance."""
    rng = generator(seed, "bench-screen-text")
    tables, registry = load_goods_tables(), load_registry()
    words = [w.word for w in tables.goods_words]
    titles = [c.title for c in tables.chapters.values()]
    names = [n.text for n in registry.names if n.ambiguity == 0]
    first, second = rng.integers(0, len(words), count), rng.integers(0, len(titles), count)
    named, which = rng.random(count) < share, rng.integers(0, len(names), count)
    return [
        f"{words[a]}, {titles[b]}, model {i}" + (f" {names[w]} HCl 99%" if hit else "")
        for i, (a, b, hit, w) in enumerate(zip(first, second, named, which, strict=True))
    ]


def batch_of(lines):
    """The engine's batch; each line declares a chapter that fits its goods word."""
    fitting = {w.word: f"{min(w.chapters)}" for w in load_goods_tables().goods_words}
    return pa.RecordBatch.from_pydict(
        {
            "row": pa.array(range(len(lines)), pa.int64()),
            "description": pa.array(lines),
            "hs": pa.array([fitting[line.partition(",")[0]] for line in lines]),
        }
    )


def rate(check, batch):
    batch = batch.select(["row", *check.reads])
    check.run(batch.slice(0, 10))  # the automaton is built once per process
    with measured() as taken:
        found = check.run(batch)
    return batch.num_rows / taken.cpu_s, found.num_rows


def told(what, got, plain, hits):
    print(f"{what:34} {got:10.0f} lines/CPU-s  {got / plain:6.1f} x re  {hits} findings")


def plain_expression(lines):
    """Lines per CPU second of one alternation of all names, longest first, on at most 5,000 lines."""
    names = sorted((n.text.casefold() for n in load_registry().names), key=len, reverse=True)
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)")
    some = lines[:5_000]
    with measured() as taken:
        sum(1 for line in some if pattern.search(line.casefold()))
    return len(some) / taken.cpu_s


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    count = 20_000 if asked.quick else asked.lines
    clean = texts(count, 0.0, asked.seed)
    print(f"{count} distinct lines, mean {sum(map(len, clean)) / count:.0f} characters")
    plain = plain_expression(clean)
    reference = reference_seconds()
    print(f"{'reference job':34} {reference:10.2f} CPU s")
    print(f"{'plain re alternation':34} {plain:10.0f} lines/CPU-s")
    made = substances.make(Resources())
    worst = None
    for share in (0.0, 0.02, 0.20):
        got, hits = rate(made, batch_of(texts(count, share, asked.seed)))
        worst = got if worst is None else worst
        told(f"substances, {share:.0%} with a name", got, plain, hits)
    for module in (goods_text, equipment, hs_contradiction):
        check = module.make(Resources())
        got, hits = rate(check, batch_of(clean))
        told(check.id, got, plain, hits)
    print(f"peak {peak_mb():.0f} MB; substances on clean lines at or above {REQUIRED}: {worst >= REQUIRED}")
    return 0 if asked.quick or worst >= REQUIRED else 1


if __name__ == "__main__":
    sys.exit(main())
