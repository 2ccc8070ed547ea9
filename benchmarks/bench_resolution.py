"""How well records of shippers are put together, and how fast.

    python benchmarks/bench_resolution.py [--quick] [--write FOLDER] [--records N] [--varied] [--shared-data FOLDER]

Quality: records made of the names and addresses of listed entities, written badly (`resolution_gold.py`), in two halves
by entity. The defaults of the weights were set on `dev`; `other` is the half they did not see. Pairwise and B-cubed
figures; calibration: of the pairs said to be one party with such a probability, how many are. `--write` writes the
records and the true entities of both halves, which `rivals/splink_resolve.py` reads.

Speed: a million records (`--records`) of made-up parties that write themselves in several ways, as manifests do: few
parties send most, and most records say exactly what an earlier one said. `--varied` takes the last away: every
record is written anew.
"""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise as pairwise_of
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
from measure import measured, peak_mb, reference_seconds
from party_metrics import b_cubed, pairwise
from public_data import SHARED_DATA
from resolution_gold import COLUMNS, Writer, entities, gold, write

from counterflow.core.seeds import generator
from counterflow.link.resolution import resolve_records

EDGES = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.99, 1.0)


def as_table(records: list[dict[str, str]]) -> pa.Table:
    return pa.table({c: pa.array([r[c] or None for r in records], pa.string()) for c in COLUMNS})


def quality(folder: Path, out: Path | None) -> None:
    print("records put together                     pairwise                      B-cubed                CPU-s")
    for half in ("dev", "other"):
        records, truth = gold(folder, half)
        if out:
            write(out, half, records, truth)
        table, true = as_table(records), np.unique(truth, return_inverse=True)[1]
        resolve_records(table.slice(0, 200))  # load what is compiled
        with measured() as taken:
            found = resolve_records(table)
        print(
            f"  {half:5} {len(records):6,} records {pairwise(true, found.cluster)}  {b_cubed(true, found.cluster)}  {taken.cpu_s:.1f}"
        )
        calibration(found, true)


def calibration(found, true: np.ndarray) -> None:
    of_form = np.zeros(len(found.forms), np.int64)
    of_form[found.forms.of_record] = true
    links = found.links
    same = of_form[found.form_of_node[links.left]] == of_form[found.form_of_node[links.right]]
    print("    said          pairs   said   true")
    for low, high in pairwise_of(EDGES):
        of = (links.probability >= low) & (links.probability < high)
        if of.any():
            print(
                f"    {low:.2f} - {high:.2f} {of.sum():8,}  {links.probability[of].mean():.3f}  {same[of].mean():.3f}"
            )


def traffic(folder: Path, count: int, seed: int = 5) -> tuple[pa.Table, np.ndarray]:
    """Return records of made-up parties (words of listed names in new order, few sending most), and who each is."""
    rng = generator(seed, "resolution traffic")
    listed = list(entities(folder).values())
    words = sorted(
        {w for e in listed for n in e["names"] for w in n.replace(",", " ").split() if w.isalpha() and len(w) > 2}
    )
    streets = sorted({p[0] for e in listed for p in e["places"] if p[0] and len(p[0]) < 60})
    towns = sorted({p[1:] for e in listed for p in e["places"] if p[1]})
    syllables = sorted({w[:4].title() for w in words if len(w) > 5})
    writer = Writer(rng)
    forms: list[tuple[str, ...]] = []
    sizes = rng.geometric(0.6, max(count // 5, 1))
    picks = rng.random((len(sizes), 8))

    def one(of: list, at: float):
        return of[int(at * len(of))]

    for size, at in zip(sizes.tolist(), picks.tolist(), strict=True):
        made = one(syllables, at[0]) + one(syllables, at[1]).lower() if at[2] < 0.6 else one(words, at[0])
        name = " ".join([made, one(words, at[3]), *([one(words, at[4])] if at[5] < 0.5 else [])])
        street, (town, country) = f"{1 + int(at[6] * 400)} {one(streets, at[7])}", one(towns, at[1])
        phone = writer.phone() if at[4] < 0.5 else ""
        for _ in range(size):
            record = writer.record(name, (street, town, country), phone, "", "")
            forms.append(tuple(record[c] for c in COLUMNS[1:]))
    # Zipf over parties (few send most), and the party's first form three times in four
    weight = 1.0 / np.arange(1, len(sizes) + 1) ** 0.8
    sent = rng.choice(len(sizes), count, p=weight / weight.sum())
    first = np.cumsum(sizes) - sizes
    pick = first[sent] + np.where(rng.random(count) < 0.75, 0, rng.integers(0, 1 << 30, count) % sizes[sent])
    columns = {
        c: pa.array([f[k] or None for f in forms], pa.string()).take(pa.array(pick)) for k, c in enumerate(COLUMNS[1:])
    }
    return pa.table({"record_id": pa.array([f"m{k:07d}" for k in range(count)])} | columns), sent


def varied(folder: Path, count: int) -> tuple[pa.Table, np.ndarray]:
    """Return records of which hardly any two say exactly the same."""
    table, true = traffic(folder, 5 * count)
    texts = pa.compute.binary_join_element_wise(*(pa.compute.fill_null(table.column(c), "") for c in COLUMNS[1:]), "|")
    first = np.unique(texts.combine_chunks().dictionary_encode().indices.to_numpy(), return_index=True)[1][:count]
    return table.take(pa.array(first)), true[first]


def speed(folder: Path, count: int, *, anew: bool = False) -> None:
    table, true = (varied if anew else traffic)(folder, count)
    before = peak_mb()
    with measured() as taken:
        found = resolve_records(table)
    entities_found = len(np.unique(found.cluster))
    print(
        f"{count:,} records, {len(found.forms):,} distinct, {found.pairs:,} pairs compared, {found.cut:,} groups cut,"
        f" {entities_found:,} entities: {taken.wall_s:.0f} s, {taken.cpu_s:.0f} CPU-s, {taken.peak_mb:.0f} MB"
        f" (of which {before:.0f} MB are the records and their making)"
    )
    print(f"  put together right: {pairwise(true, found.cluster)}; B-cubed {b_cubed(true, found.cluster)}")
    print(f"the reference job takes {reference_seconds():.2f} CPU-s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--varied", action="store_true")
    parser.add_argument("--shared-data", type=Path, default=SHARED_DATA)
    asked = parser.parse_args()
    folder = asked.shared_data / "parties"
    if not folder.is_dir():
        print(f"no public data at {asked.shared_data}; name its folder with --shared-data")
        return 0
    quality(folder, asked.write)
    speed(folder, 20_000 if asked.quick else asked.records, anew=asked.varied)
    return 0


if __name__ == "__main__":
    sys.exit(main())
