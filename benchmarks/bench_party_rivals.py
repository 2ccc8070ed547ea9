"""Our look-up of parties beside nomenklatura's, and our resolution beside splink's: same machine, same run, same data.

    python benchmarks/bench_party_rivals.py --nomenklatura PYTHON [--splink PYTHON] [--keep FOLDER] [--quick]

PYTHON names the interpreter of an environment made from `rivals/requirements-*.txt` (rivals/README.md says how). Ours is
asked through its own command line: `counterflow parties screen`, `pairs`, `resolve`. Theirs is called as its documents
say: the blocking index, logic-v2 on the 15 best candidates, each entity with an id of its own.

* screening: `screen_queries_dev` against the OFAC list of mid-2021 with its aliases. Found: the right entry is among the
  ten best with a score above the threshold that at most 1 % (0.1 %) of the clean queries exceed, a threshold for each
  kind of party. Exact intervals (Clopper & Pearson 1934).
* pairs: `name_pairs_dev`; paired bootstrap, 2,000 resamples, of pairs and of whole case groups; leave one group out.
* scripts: the original-script names of the UN list against its Latin names and aliases.
* resolution: the records of `resolution_gold.py`; everything set on `dev`, both reported.

Without an interpreter the part that needs it says so and measures nothing. `--keep` leaves all files there, with
`rival_wins.csv`: the queries that the rival finds and we do not.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from party_metrics import (
    auc,
    b_cubed,
    best_f1,
    clopper_pearson,
    leave_one_group_out,
    paired_bootstrap,
    pairwise,
    threshold_at,
)
from public_data import SHARED_DATA, rows_of

RATES = (0.01, 0.001)
RIVALS = Path(__file__).parent / "rivals"
TOP = "10"


@dataclass(frozen=True)
class Cost:
    """What a process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def run(command: list[str | Path], **environment: str) -> tuple[str, Cost]:
    """Run a process alone; return what it printed and what it took."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(list(map(str, command)), stdout=out, stderr=err, env=os.environ | environment)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        taken = Cost(time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise SystemExit(f"{' '.join(map(str, command))}\n{err.read().decode()[-3000:]}")
        return out.read().decode(), taken


def ours(*arguments: str | Path) -> tuple[str, Cost]:
    return run([sys.executable, "-m", "counterflow", *arguments], COUNTERFLOW_ENGINE__WORKERS="1")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[dict[str, str]], columns: tuple[str, ...]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
    return path


# ---- screening


class Answers:
    """The best score of each query, and the score of its right entry; 0 where there is none."""

    def __init__(self, queries: list[dict[str, str]], hits: Path) -> None:
        top: dict[str, float] = {}
        right: dict[str, float] = {}
        gold = {q["query_id"]: q["gold"] for q in queries}
        self.first = 0
        for row in read(hits):
            score, query = float(row["score"]), row["query_id"]
            top[query] = max(top.get(query, 0.0), score)
            if row["entity_id"] == gold[query]:
                right[query] = max(right.get(query, 0.0), score)
                self.first += row["rank"] == "1"
        self.top = np.array([top.get(q["query_id"], 0.0) for q in queries])
        self.right = np.array([right.get(q["query_id"], 0.0) for q in queries])


def found(answers: Answers, clean: np.ndarray, kind: np.ndarray, rate: float) -> np.ndarray:
    """Which queries are found, each kind of party at its own threshold."""
    at = np.zeros(len(clean))
    for one in np.unique(kind):
        at[kind == one] = threshold_at(answers.top[clean & (kind == one)], rate)
    return answers.right > at


def share(hits: np.ndarray) -> str:
    low, high = clopper_pearson(float(hits.sum()), len(hits))
    return f"{hits.mean():.3f} [{low:.3f}, {high:.3f}]"


def workspace(folder: Path, *load: str | Path) -> Path:
    place = folder / "W"
    ours("init", place)
    ours("-w", place, "lists", "load", *load)
    return place


def names_of(place: Path, path: Path) -> Path:
    """Write the list's names as the rival takes them; aircraft are left out, since no query is one."""
    rows, _ = ours("-w", place, "lists", "show", "--format", "csv")
    version = next(csv.DictReader(rows.splitlines()))["version"]
    entries = folder_of(path) / "entries.csv"
    ours("-w", place, "lists", "show", version, "--format", "csv", "--out", entries)
    kept = [row for row in read(entries) if row["schema"] != "Aircraft"]
    return write(path, kept, ("entry_id", "schema", "name", "name_kind"))


def folder_of(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.parent


def compare_screening(
    folder: Path, place: Path, queries: list[dict[str, str]], python: Path
) -> tuple[Answers, Answers, dict[str, float]]:
    """Ask both for all queries; print what it cost."""
    names = names_of(place, folder / "names.csv")
    asked = write(folder / "queries.csv", queries, ("query_id", "query", "schema"))
    one = write(folder / "one.csv", queries[:1], ("query_id", "query", "schema"))
    screen = ("-w", place, "parties", "screen")
    _, built = ours(*screen, one, "--top", TOP, "--format", "csv", "--out", folder / "one_ours.csv")
    _, cold = ours(*screen, one, "--top", TOP, "--format", "csv", "--out", folder / "one_ours.csv")
    _, mine = ours(*screen, asked, "--top", TOP, "--format", "csv", "--out", folder / "ours.csv")
    told, rival = run(
        [python, RIVALS / "nomenklatura_screen.py", "--list", names, "--queries", asked, "--top", TOP,
         "--hits", folder / "theirs.csv", "--blocked", folder / "blocked.csv"],
        NOMENKLATURA_DUCKDB_THREADS="1",
    )  # fmt: skip
    said = json.loads(told.splitlines()[-1])
    searching = said["block_cpu_s"] + said["score_cpu_s"]
    ready = said["import_cpu_s"] + said["first_compare_cpu_s"] + said["build_cpu_s"]
    rate, theirs = len(queries) / (mine.cpu_s - cold.cpu_s), len(queries) / searching
    print(f"{len(queries):,} queries, {said['names']:,} names")
    print("                        counterflow    nomenklatura")
    print(
        f"  list to index, CPU-s  {built.cpu_s:11.2f}    {said['build_cpu_s']:12.2f}   (ours with start and one query)"
    )
    print(f"  cold start, CPU-s     {cold.cpu_s:11.2f}    {ready:12.2f}   (from a saved index; it keeps none)")
    print(f"  cold start, wall s    {cold.wall_s:11.2f}")
    print(f"  peak MB               {mine.peak_mb:11.0f}    {rival.peak_mb:12.0f}")
    print(f"  peak MB, one query    {cold.peak_mb:11.0f}")
    print(f"  search, CPU-s         {mine.cpu_s - cold.cpu_s:11.2f}    {searching:12.2f}   (ours with explanations)")
    print(f"  queries per CPU-s     {rate:11.0f}    {theirs:12.0f}   ratio {rate / theirs:.1f}")
    whole = len(queries) / mine.cpu_s, len(queries) / rival.cpu_s
    print(f"  the same, whole runs  {whole[0]:11.0f}    {whole[1]:12.0f}   ratio {whole[0] / whole[1]:.1f}")
    said["ratio"] = rate / theirs
    return Answers(queries, folder / "ours.csv"), Answers(queries, folder / "theirs.csv"), said


def screening(folder: Path, data: Path, python: Path, *, quick: bool) -> None:
    print("\n-- screening: OFAC 2021, development queries")
    parts = [(f"--{part}", data / f"ofac_{part}_2021.csv.gz") for part in ("sdn", "alt", "add")]
    place = workspace(folder, "ofac", *(x for pair in parts for x in pair))
    rows = rows_of(data / "screen_queries_dev.csv.gz")[:: 9 if quick else 1]
    queries = [row | {"gold": f"ofac:{row['gold_ent_num']}" if row["gold_ent_num"] else ""} for row in rows]
    mine, theirs, said = compare_screening(folder, place, queries, python)
    clean = np.array([not q["gold"] for q in queries])
    kind = np.array([q["schema"] for q in queries])
    named = np.array([q["class"] for q in queries])
    blocked = {(r["query_id"], r["entity_id"]) for r in read(folder / "blocked.csv")}
    kept = np.array([(q["query_id"], q["gold"]) in blocked for q in queries])[~clean].mean()
    listed = (~clean).sum()
    print(f"  its index holds the right entry {kept:.4f}, with {said['mean_candidates']:.1f} candidates on average")
    print(f"  right entry first     {mine.first / listed:11.4f}    {theirs.first / listed:12.4f}")
    table = {rate: (found(mine, clean, kind, rate), found(theirs, clean, kind, rate)) for rate in RATES}
    print(f"  {'class':12} {'n':>5}  {'ours at 1 %':22} {'theirs':22} {'ours at 0.1 %':22} theirs")
    groups = [("all", ~clean), *((c, named == c) for c in sorted(set(named[~clean])))]
    even = np.array([int(q["query_id"]) % 2 == 0 for q in queries])
    groups += [("even", ~clean & even), ("odd", ~clean & ~even)]
    for name, of in ((name, of) for name, of in groups if of.any()):
        cells = "  ".join(f"{share(one[of]):20}" for rate in RATES for one in table[rate])
        print(f"  {name:12} {of.sum():5}  {cells}")
    wins = [
        q | {"rate": str(rate), "ours": f"{mine.right[i]:.4f}", "theirs": f"{theirs.right[i]:.4f}"}
        for rate in RATES
        for i, q in enumerate(queries)
        if q["gold"] and table[rate][1][i] and not table[rate][0][i]
    ]
    write(folder / "rival_wins.csv", wins, ("rate", "class", "query_id", "query", "schema", "gold", "ours", "theirs"))
    counts = [sum(w["rate"] == str(rate) for w in wins) for rate in RATES]
    back = [int((table[rate][0] & ~table[rate][1])[~clean].sum()) for rate in RATES]
    print(f"  found by it alone: {counts[0]} at 1 %, {counts[1]} at 0.1 %; by us alone: {back[0]}, {back[1]}")


def scripts(folder: Path, data: Path, python: Path, *, quick: bool) -> None:
    print("\n-- scripts: UN original-script names against Latin names and aliases")
    rows = rows_of(data / "un_consolidated_2026-02.csv.gz")
    for row in rows:
        row["kind"] = "person" if row["kind"].lower().startswith("ind") else "entity"
    listed = write(folder_of(folder / "un.csv") / "un.csv", rows, ("dataid", "kind", "name", "aliases", "weak_aliases"))
    place = workspace(
        folder, "csv", listed, "--list", "un", "--name", "name", "--id", "dataid", "--schema", "kind",
        "--alias", "aliases", "--weak-alias", "weak_aliases",
    )  # fmt: skip
    queries = [
        {"query_id": f"u{r['dataid']}", "query": r["name_original_script"], "gold": f"un:{r['dataid']}",
         "schema": "Person" if r["kind"] == "person" else "Organization"}
        for r in rows if r["name_original_script"]
    ]  # fmt: skip
    clean_people = [r for r in rows_of(data / "screen_queries_dev.csv.gz") if r["class"] == "neg.person"]
    queries += [
        {"query_id": f"c{r['query_id']}", "query": r["query"], "gold": "", "schema": "Person"} for r in clean_people
    ]
    mine, theirs, _ = compare_screening(folder, place, queries[:: 9 if quick else 1], python)
    queries = queries[:: 9 if quick else 1]
    clean = np.array([not q["gold"] for q in queries])
    every = np.full(len(queries), "any")
    odd = np.array([q["query_id"][-1] in "13579" for q in queries])
    for rate in RATES:
        for name, of in (("all", ~clean), ("even", ~clean & ~odd), ("odd", ~clean & odd)):
            cells = [share(found(answers, clean, every, rate)[of]) for answers in (mine, theirs)]
            print(f"  at {100 * rate:g} %, {name:4} of {of.sum()}: ours {cells[0]}, theirs {cells[1]}")


# ---- pairs


def pairs(folder: Path, data: Path, python: Path, *, resamples: int) -> None:
    print("\n-- labelled pairs, names only, development half")
    path = data / "name_pairs_dev.csv"
    ours("parties", "pairs", path, "--format", "csv", "--out", folder / "pairs_ours.csv")
    told, _ = run([python, RIVALS / "nomenklatura_pairs.py", path, folder / "pairs_theirs.csv"])
    rows, other = read(folder / "pairs_ours.csv"), read(folder / "pairs_theirs.csv")
    match = np.array([r["is_match"] == "true" for r in rows])
    mine, theirs = (np.array([float(r["score"]) for r in table]) for table in (rows, other))
    groups = np.array([r["case_group"] for r in rows])
    print(f"  {len(rows)} pairs, {match.sum()} match, {len(set(groups))} case groups; {json.loads(told)['algorithm']}")
    for name, statistic in (("AUC", auc), ("best F1", lambda y, s: best_f1(y, s)[0])):
        for by, of in (("pairs", None), ("case groups", groups)):
            gain = paired_bootstrap(statistic, match, mine, theirs, groups=of, resamples=resamples)
            print(f"  {name:8} ours v theirs {gain}   ({resamples:,} resamples of {by})")
    for who, scores in (("ours", mine), ("theirs", theirs)):
        f1, without = leave_one_group_out(match, scores, groups)
        worst = min(without, key=without.__getitem__)
        print(
            f"  {who}: F1 at thresholds set on other groups {f1:.4f}; AUC falls to {without[worst]:.4f} without {worst}"
        )
    for group in sorted(set(groups)):
        of = groups == group
        both = 0 < match[of].sum() < of.sum()
        area = "   ".join(f"{auc(match[of], s[of]):.3f}" if both else "  -  " for s in (mine, theirs))
        print(f"    {group:28} {of.sum():4} pairs, {match[of].sum():4} match: AUC {area}")


# ---- resolution


def resolution(folder: Path, data: Path, python: Path) -> None:
    import resolution_gold

    print("\n-- resolution: records of OFAC entities written badly (synthetic records over public names)")
    for half in ("dev", "other"):
        resolution_gold.write(folder / "gold", half, *resolution_gold.gold(data, half))
    told, rival = run([python, RIVALS / "splink_resolve.py", folder / "gold", "--out", folder / "splink"])
    said = json.loads(told.splitlines()[-1])
    print(
        f"  splink: threshold {said['threshold']} (log2) and at most {said['largest']} records an entity, both set on dev;"
        f" {rival.cpu_s:.0f} CPU-s, {rival.peak_mb:.0f} MB. `parts`: its connected components as they are"
    )
    for half in ("dev", "other"):
        gold = {r["record_id"]: r["entity"] for r in read(folder / "gold" / f"gold_{half}.csv")}
        mine = folder / f"resolved_{half}.csv"
        _, cost = ours("parties", "resolve", folder / "gold" / f"records_{half}.csv", "--format", "csv", "--out", mine)
        true = np.array(list(gold.values()))
        for who, path in (
            ("ours", mine),
            ("splink", folder / "splink" / f"clusters_{half}.csv"),
            ("parts", folder / "splink" / f"components_{half}.csv"),
        ):
            entity = {r["record_id"]: r["entity_id"] for r in read(path)}
            put = np.array([entity[record] for record in gold])
            took = f"; {cost.cpu_s:.1f} CPU-s" if who == "ours" else f"; {said[half]['cpu_s']} CPU-s"
            print(f"  {half:5} {who:6} pairs {pairwise(true, put)}   B-cubed {b_cubed(true, put)}{took}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nomenklatura", type=Path, help="interpreter of its environment")
    parser.add_argument("--splink", type=Path, help="interpreter of its environment")
    parser.add_argument("--only", choices=("screening", "pairs", "scripts", "resolution"))
    parser.add_argument("--keep", type=Path, help="folder to leave all files in")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--shared-data", type=Path, default=SHARED_DATA)
    asked = parser.parse_args()
    data = asked.shared_data / "parties"
    if not data.is_dir():
        print(f"no public data at {asked.shared_data}; name its folder with --shared-data")
        return 0
    if not asked.nomenklatura and not asked.splink:
        print("no rival is named; rivals/README.md says how to make their environments")
        return 0
    with tempfile.TemporaryDirectory() as room:
        folder = asked.keep or Path(room)
        folder.mkdir(parents=True, exist_ok=True)
        wanted = [asked.only] if asked.only else ["screening", "pairs", "scripts", "resolution"]
        if asked.nomenklatura and "screening" in wanted:
            screening(folder_of(folder / "screening" / "x"), data, asked.nomenklatura, quick=asked.quick)
        if asked.nomenklatura and "pairs" in wanted:
            pairs(folder, data, asked.nomenklatura, resamples=200 if asked.quick else 2000)
        if asked.nomenklatura and "scripts" in wanted:
            scripts(folder_of(folder / "scripts" / "x"), data, asked.nomenklatura, quick=asked.quick)
        if asked.splink and "resolution" in wanted and not asked.quick:
            resolution(folder, data, asked.splink)
    return 0


if __name__ == "__main__":
    sys.exit(main())
