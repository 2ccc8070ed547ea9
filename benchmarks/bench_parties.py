"""How many listed parties are found at a fixed rate of false alerts, and how fast a mostly clean load goes.

    python benchmarks/bench_parties.py [--quick] [--calibrate] [--shared-data FOLDER]

Queries: `screen_queries_dev` (2,250 listed names perturbed in 18 ways; 2,500 clean people, 1,000 clean
companies made of the list's own trade words). A query is found when its entry is among the ten best with
a score above the threshold that alerts on at most 1 % (0.1 %) of the clean ones; thresholds per schema,
as the anchors were measured, and one for all, as the check uses it. The weights were set on even query
numbers: `odd` is the half they did not see.

Speed: clean people with 2 % listed names among them, against RapidFuzz comparing sorted words with every
name.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from measure import measured, peak_mb
from public_data import SHARED_DATA, rows_of

from counterflow.intake.lists import load_ofac
from counterflow.matching.name_alignment import align
from counterflow.matching.name_index import NameIndex, SearchOptions
from counterflow.matching.name_score import Weights
from counterflow.matching.normalise import normalise_all
from counterflow.screen.parties.calibration import FALSE_ALERTS
from counterflow.screen.parties.check import PartySettings

RATES = (0.01, 0.001)
WIDE = SearchOptions(threshold=0.3, most_hits=10)


class Queries:
    """The screening queries, what was found for each, and which half each is in."""

    def __init__(self, rows: list[dict[str, str]], entries: list[str], index: NameIndex) -> None:
        self.text = [r["query"] for r in rows]
        self.kind = np.array([r["class"] for r in rows])
        self.person = np.array([r["schema"] == "Person" for r in rows])
        self.odd = np.array([int(r["query_id"]) % 2 == 1 for r in rows])
        gold = [f"ofac:{r['gold_ent_num']}" if r["gold_ent_num"] else "" for r in rows]
        self.clean = np.array([not g for g in gold])
        self.top, self.right = np.zeros(len(rows)), np.zeros(len(rows))
        for hit in index.search(self.text, WIDE):
            self.top[hit.row] = max(self.top[hit.row], hit.score)
            if entries[hit.listed] == gold[hit.row]:
                self.right[hit.row] = max(self.right[hit.row], hit.score)

    def threshold(self, among: np.ndarray, rate: float) -> float:
        scores = np.sort(self.top[among & self.clean])[::-1]
        return float(scores[int(rate * len(scores))])

    def found(self, rate: float, half: np.ndarray, *, per_schema: bool) -> np.ndarray:
        if not per_schema:
            return self.right > max(self.threshold(half, rate), 1e-9)
        return np.where(
            self.person,
            self.right > max(self.threshold(half & self.person, rate), 1e-9),
            self.right > max(self.threshold(half & ~self.person, rate), 1e-9),
        )


def recall(queries: Queries) -> None:
    everyone = np.ones(len(queries.text), bool)
    print("recall at false alerts of      1 %    0.1 %   (threshold for all: 1 %, 0.1 %)")
    for name, half in (("all", everyone), ("even", ~queries.odd), ("odd", queries.odd)):
        for per_schema in (True, False):
            shares = [queries.found(r, half, per_schema=per_schema)[half & ~queries.clean].mean() for r in RATES]
            said = "per schema" if per_schema else "one for all"
            at = "" if per_schema else "   ({:.3f}, {:.3f})".format(*(queries.threshold(half, r) for r in RATES))
            print(f"  {name:5} {said:12}          {shares[0]:.4f}  {shares[1]:.4f}{at}")
    at = PartySettings().threshold
    told, alerts = (queries.right >= at)[~queries.clean].mean(), (queries.top >= at)[queries.clean].mean()
    print(f"  at {at}, the check's own threshold: {told:.4f} found, {1000 * alerts:.1f} of 1,000 clean parties alert")
    both = [queries.found(r, everyone, per_schema=True) for r in RATES]
    for kind in sorted(set(queries.kind[~queries.clean])):
        of = queries.kind == kind
        print(f"  {kind:12} {of.sum():4}             {both[0][of].mean():.3f}   {both[1][of].mean():.3f}")


def calibrate(queries: Queries) -> None:
    half = queries.odd & queries.clean
    people, companies = half & queries.person, half & ~queries.person
    print(f"clean parties of the odd half: {people.sum()} people, {companies.sum()} companies; alerts in 1,000")
    for step in range(60, 96, 5):
        score = step / 100
        rows = [1000 * (queries.top[of] >= score).mean() for of in (people, companies, half)]
        print("    FalseAlerts({:.2f}, {:.1f}, {:.1f}, {:.1f}),".format(score, *rows))
    if any(abs(1000 * (queries.top[half] >= row.score).mean() - row.all) > 0.06 for row in FALSE_ALERTS):
        print("  differs from the table in calibration.py")


def pairs(index: NameIndex, path: Path) -> None:
    """Labelled pairs of names (nomenklatura's bench, development half): area under the curve, best F1."""
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    match = np.array([r["is_match"] == "true" for r in rows])
    scores = np.zeros(len(rows))
    for number, row in enumerate(rows):
        one, other = normalise_all([row["name1"], row["name2"]])
        if one and other:
            scores[number] = align(one, index.rarity(one), other, index.rarity(other), Weights()).score
    above = (scores[match][:, None] > scores[~match][None, :]).mean()
    level = (scores[match][:, None] == scores[~match][None, :]).mean()
    f1 = max(2 * (match & (scores >= t)).sum() / ((scores >= t).sum() + match.sum()) for t in np.unique(scores))
    print(f"{len(rows)} labelled pairs, names only: AUC {above + level / 2:.3f}, best F1 {f1:.3f}")


def speed(index: NameIndex, names: list[str], clean: list[str], queries: Queries) -> None:
    from rapidfuzz import fuzz, process

    listed = [t for t, is_clean in zip(queries.text, queries.clean, strict=True) if not is_clean]
    load = clean + listed[: len(clean) // 50]
    options = SearchOptions(threshold=PartySettings().threshold)
    index.search(load[:50], options)
    with measured() as ours:
        hits = index.search(load, options)
    some = load[:: max(len(load) // 400, 1)]
    sorted_words = [" ".join(sorted(t)) for t in normalise_all(names)]
    with measured() as theirs:
        asked = [" ".join(sorted(t)) for t in normalise_all(some)]
        process.cdist(asked, sorted_words, scorer=fuzz.ratio, workers=1, dtype=np.float32)
    rate, reference = len(load) / ours.cpu_s, len(some) / theirs.cpu_s
    print(f"{len(load):,} names, 2 % listed, {len(hits):,} hits: {rate:,.0f} names/CPU-s")
    print(f"RapidFuzz, ratio of sorted words, all pairs: {reference:,.0f} names/CPU-s")
    print(f"ours is {rate / reference:.1f} times that")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--shared-data", type=Path, default=SHARED_DATA)
    asked = parser.parse_args()
    folder = asked.shared_data / "parties"
    if not folder.is_dir():
        print(f"no public data at {asked.shared_data}; name its folder with --shared-data")
        return 0
    load = load_ofac(*(folder / f"ofac_{part}_2021.csv.gz" for part in ("sdn", "alt")))
    strong = [kind != "weak_alias" for kind in load.entries.column("name_kind").to_pylist()]
    rows = load.entries.filter(pa.array(strong))
    names, entries = rows.column("name").to_pylist(), rows.column("entry_id").to_pylist()
    owners = {entry: number for number, entry in enumerate(dict.fromkeys(entries))}
    NameIndex.of(names[:10], list(range(10)))  # load what is compiled
    with measured() as built:
        index = NameIndex.of(names, [owners[e] for e in entries])
    print(f"{len(names):,} names of {len(owners):,} entries indexed in {built.cpu_s:.2f} CPU-s, {peak_mb():.0f} MB")
    queries = Queries(rows_of(folder / "screen_queries_dev.csv.gz"), entries, index)
    recall(queries)
    if asked.calibrate:
        calibrate(queries)
    pairs(index, folder / "name_pairs_dev.csv")
    people = [r["full_name"] for r in rows_of(folder / "clean_people_dev.csv.gz")]
    speed(index, names, people[: 2_000 if asked.quick else None], queries)
    return 0


if __name__ == "__main__":
    sys.exit(main())
