"""The index of listed names: built, kept, loaded, changed, asked; and a process from its start to its first answer.

    python benchmarks/bench_name_index.py [--quick] [--only PART ...] [--shared-data FOLDER]

Parts: `build` (and kept, and loaded), `blocking` (is the right entry among the candidates), `rate` (queries a
CPU-second with the ten best entries and their reasons), `delta` (edition 2019 to 2021), `cold` (a new process, list
loaded before), `large` (300,000 names made of the words of listed ones: synthetic).

List: OFAC SDN of mid-2021 with its aliases. Queries: `screen_queries_dev`, 5,750, of which 2,250 name a listed party.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from measure import measured, peak_mb
from public_data import SHARED_DATA, rows_of

from counterflow.core.seeds import generator
from counterflow.intake.lists import load_ofac
from counterflow.matching.name_index import HOW, NameIndex, SearchOptions

LARGE = 300_000


class Edition:
    """One edition of the list: names in the order the index takes them, with their entries."""

    def __init__(self, folder: Path, year: int) -> None:
        self.folder = folder
        parts = {part: folder / f"ofac_{part}_{year}.csv.gz" for part in ("sdn", "alt")}
        keys = [("entry_id", "ascending"), ("name_kind", "ascending"), ("name", "ascending")]
        rows = load_ofac(*parts.values()).entries.sort_by(keys)
        self.names = rows.column("name").combine_chunks()
        self.entries = rows.column("entry_id").to_pylist()
        self.weak = np.array([kind == "weak_alias" for kind in rows.column("name_kind").to_pylist()])
        numbers = {entry: number for number, entry in enumerate(dict.fromkeys(self.entries))}
        self.owners = np.array([numbers[entry] for entry in self.entries])

    def index(self, known: NameIndex | None = None) -> NameIndex:
        return NameIndex.of(self.names, self.owners, self.weak, known=known)


class Queries:
    """The queries, and for each the listed entry it names, if any."""

    def __init__(self, folder: Path, *, quick: bool) -> None:
        rows = rows_of(folder / "screen_queries_dev.csv.gz")[:: 10 if quick else 1]
        self.text = [row["query"] for row in rows]
        self.gold = np.array([f"ofac:{row['gold_ent_num']}" if row["gold_ent_num"] else "" for row in rows])
        self.odd = np.array([int(row["query_id"]) % 2 == 1 for row in rows])


def build(edition: Edition, _queries: Queries, folder: Path) -> None:
    with measured() as built:
        index = edition.index()
    with measured() as saved:
        index.save(folder / "index")
    with measured() as loaded:
        NameIndex.load(folder / "index")
    size = (folder / "index").stat().st_size / 1e6
    print(
        f"build   {len(index):,} names in {built.cpu_s:.2f} CPU-s; {size:.1f} MB kept in {saved.cpu_s:.2f}, loaded in"
    )
    print(f"        {loaded.cpu_s:.3f} CPU-s")


def blocking(edition: Edition, queries: Queries, _folder: Path) -> None:
    index = edition.index()
    names, entries = index.looked_for(queries.text), np.array(edition.entries)
    listed = queries.gold != ""
    print("blocking  candidates by letters + consonants: mean, recall of 2,250 (even, odd query numbers)")
    for letters, consonants in ((10, 0), (10, 5), (20, 0), (20, 5), (25, 0), (45, 5)):
        most = letters + consonants
        options = SearchOptions(letters, consonants, 1, 0.0, 0.0, most, 0.0)
        hits = index.find(names, options)
        right = np.zeros(len(listed), bool)
        right[hits.row[entries[hits.listed] == queries.gold[hits.row]]] = True
        said = [right[listed & half].mean() for half in (np.ones(len(listed), bool), ~queries.odd, queries.odd)]
        print(
            f"          {letters:2} + {consonants}: {hits.candidates.mean():5.1f}  {said[0]:.4f} ({said[1]:.4f}, {said[2]:.4f})"
        )


def rate(edition: Edition, queries: Queries, _folder: Path) -> None:
    index = edition.index()
    index.search(queries.text[:10])
    with measured() as normal:
        names = index.looked_for(queries.text)
    with measured() as searched:
        hits = index.find(names, SearchOptions.top(10))
    with measured() as told:
        index.explain_all(names, hits.row, hits.listed)
    with measured() as checked:
        index.find(names, SearchOptions(threshold=0.75))
    total, asked = normal.cpu_s + searched.cpu_s + told.cpu_s, len(queries.text)
    print(
        f"rate    {asked:,} queries: made ready {normal.cpu_s:.2f}, ten best {searched.cpu_s:.2f}, {len(hits.row):,} reasons"
    )
    print(
        f"        {told.cpu_s:.2f} CPU-s ({len(hits.row) / told.cpu_s:,.0f} a CPU-s): {asked / total:,.0f} queries/CPU-s in all;"
    )
    print(f"        only hits from 0.75: {asked / (normal.cpu_s + checked.cpu_s):,.0f} queries/CPU-s")


def answers(index: NameIndex, edition: Edition, queries: Queries) -> list[tuple[object, ...]]:
    hits = index.find(index.looked_for(queries.text), SearchOptions.top(10))
    columns = hits.row.tolist(), hits.listed.tolist(), hits.how.tolist(), hits.score.tolist()
    return [
        (r, edition.entries[n], edition.names[n].as_py(), HOW[how], s) for r, n, how, s in zip(*columns, strict=True)
    ]


def delta(edition: Edition, queries: Queries, folder: Path) -> None:
    before = Edition(edition.folder, 2019)
    before.index().save(folder / "before")
    old = NameIndex.load(folder / "before")
    with measured() as changed:
        index = edition.index(known=old)
    with measured() as anew:
        other = edition.index()
    same = answers(index, edition, queries) == answers(other, edition, queries)
    taken = len(set(before.names.to_pylist()) & set(edition.names.to_pylist()))
    print(
        f"delta   {len(old):,} names of 2019 to {len(index):,} of 2021, {taken:,} taken over: {changed.cpu_s:.3f} CPU-s"
    )
    print(
        f"        ({changed.wall_s:.3f} s); built anew {anew.cpu_s:.3f}; the same answers to {len(queries.text):,} queries: {same}"
    )
    if not same:
        raise SystemExit("an index that was changed answers otherwise than one built anew")


def cold(edition: Edition, _queries: Queries, folder: Path) -> None:
    command = [sys.executable, "-m", "counterflow"]
    site = str(folder / "site")
    files = [f"--{part}={edition.folder / f'ofac_{part}_2021.csv.gz'}" for part in ("sdn", "alt", "add")]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*command, "init", site], check=True, **quiet)
    subprocess.run([*command, "-w", site, "lists", "load", "ofac", *files], check=True, **quiet)
    asked = folder / "one.csv"
    asked.write_text("query_id,query,schema\n1,Juakin Guzman Loera,Person\n")
    screen = [*command, "-w", site, "parties", "screen", str(asked), "--top", "10", "--format", "csv"]
    taken = [run_once(screen) for _ in range(6)]
    wall, cpu, mb = (min(figure) for figure in zip(*taken[1:], strict=True))
    print(
        f"cold    first use, index built: {taken[0][0]:.2f} s; from the kept index: {wall:.2f} s wall, {cpu:.2f} CPU-s, {mb:.0f} MB"
    )
    print(f"        (the best of {len(taken) - 1} processes, start to end)")


def run_once(command: list[str]) -> tuple[float, float, float]:
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(command)} ended with {status}")
    return time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def large(edition: Edition, queries: Queries, folder: Path) -> None:
    """Names of words drawn from listed names, each word as often as lists hold it, with a third varied by letters."""
    draw = generator(20_261_122, "bench-name-index", "large")
    words = [word for words in edition.index().tokens for word in words]
    count = draw.integers(2, 5, LARGE)
    picked = draw.integers(0, len(words), int(count.sum()))
    varied = draw.random(len(picked)) < 1 / 3
    letters = "abcdefghijklmnopqrstuvwxyz"
    places, others = draw.integers(0, 1 << 30, len(picked)), draw.integers(0, 26, len(picked))
    made = []
    for number, vary, place, other in zip(
        picked.tolist(), varied.tolist(), places.tolist(), others.tolist(), strict=True
    ):
        word = words[number]
        at = place % len(word)
        made.append(word[:at] + letters[other] + word[at + 1 :] if vary else word)
    ends = np.concatenate([[0], np.cumsum(count)]).tolist()
    names = [" ".join(made[a:b]) for a, b in pairwise(ends)]
    before = peak_mb()
    with measured() as built:
        index = NameIndex.of(names, np.arange(LARGE) // 2)
    print(
        f"large   {LARGE:,} synthetic names: {built.wall_s:.1f} s wall, {built.cpu_s:.1f} CPU-s, {peak_mb():.0f} MB ({before:.0f} before)"
    )
    index.save(folder / "large")
    with measured() as loaded:
        index = NameIndex.load(folder / "large")
    asked = index.looked_for(queries.text)
    with measured() as searched:
        index.find(asked, SearchOptions(threshold=0.75))
    with measured() as topped:
        index.find(asked, SearchOptions.top(10))
    figures = [len(queries.text) / part.cpu_s for part in (searched, topped)]
    print(f"        {(folder / 'large').stat().st_size / 1e6:.0f} MB kept, loaded in {loaded.cpu_s:.2f} CPU-s;")
    print(f"        hits from 0.75: {figures[0]:,.0f} queries/CPU-s; ten best: {figures[1]:,.0f}")


PARTS = {part.__name__: part for part in (build, blocking, rate, delta, cold, large)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--shared-data", type=Path, default=SHARED_DATA)
    asked = parser.parse_args()
    folder = asked.shared_data / "parties"
    if not folder.is_dir():
        print(f"no public data at {asked.shared_data}; name its folder with --shared-data")
        return 0
    edition, queries = Edition(folder, 2021), Queries(folder, quick=asked.quick)
    edition.index().search(["anybody at all"])  # load what is compiled
    with tempfile.TemporaryDirectory() as room:
        for part in asked.only:
            PARTS[part](edition, queries, Path(room))
    return 0


if __name__ == "__main__":
    sys.exit(main())
