"""How many listed parties are found at a fixed rate of false alerts, by class, and who pays for false alerts.

    python benchmarks/bench_parties.py [--calibrate] [--shared-data FOLDER]

Queries: `screen_queries_dev` (2,250 listed names perturbed in 18 ways; 2,500 clean people, 1,000 clean companies made
of the list's own trade words) against the OFAC list of mid-2021 with its aliases, asked as a user asks: `PartyLookup`.
A query is found when its entry is among the ten best with a score above the threshold that alerts on at most 1 %
(0.1 %) of the clean ones of its kind. The weights of the score were set on even query numbers: `odd` is the half they
did not see. Exact intervals (Clopper and Pearson 1934).

False alerts: 20,000 clean people at the shipped threshold, by script. `--calibrate` prints the table of
`screen/parties/calibration.py` anew. How it stands beside other programs: `bench_party_rivals.py`.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import unicodedata
from pathlib import Path

import numpy as np
import pyarrow as pa
from measure import measured, peak_mb
from party_metrics import auc, best_f1, clopper_pearson, leave_one_group_out, threshold_at
from public_data import SHARED_DATA, rows_of

from counterflow.intake.lists import load_ofac, store_list
from counterflow.screen.parties import PartyLookup
from counterflow.screen.parties.calibration import FALSE_ALERTS, default_threshold, expected_per_1000
from counterflow.screen.parties.pairs import score_pairs
from counterflow.store.workspace import Workspace

RATES = (0.01, 0.001)


class Answers:
    """The screening queries and what was found for each: the best score, and that of the right entry."""

    def __init__(self, rows: list[dict[str, str]], look: PartyLookup) -> None:
        self.kind = np.array([r["class"] for r in rows])
        self.person = np.array([r["schema"] == "Person" for r in rows])
        self.odd = np.array([int(r["query_id"]) % 2 == 1 for r in rows])
        gold = np.array([f"ofac:{r['gold_ent_num']}" if r["gold_ent_num"] else "" for r in rows])
        self.clean = gold == ""
        asked = {"query_id": [str(n) for n in range(len(rows))], "query": [r["query"] for r in rows]}
        found = look.screen(pa.table(asked | {"schema": [r["schema"] for r in rows]}), top=10)
        row = np.array(found.column("query_id").to_pylist(), dtype=np.int64)
        score, entry = np.array(found.column("score").to_pylist()), np.array(found.column("entity_id").to_pylist())
        self.top, self.right = np.zeros(len(rows)), np.zeros(len(rows))
        np.maximum.at(self.top, row, score)
        hit = entry == gold[row]
        np.maximum.at(self.right, row[hit], score[hit])

    def found(self, rate: float, half: np.ndarray) -> np.ndarray:
        """Whether each query is found at this rate of false alerts among the clean ones of `half`."""
        at = [threshold_at(self.top[half & self.clean & of], rate) for of in (~self.person, self.person)]
        return self.right > np.array(at)[self.person.astype(int)]


def recall(answers: Answers) -> None:
    everyone = np.ones(len(answers.top), bool)
    print("recall at false alerts of                1 %                      0.1 %")
    for name, half in (("all", everyone), ("even", ~answers.odd), ("odd, not seen", answers.odd)):
        of = half & ~answers.clean
        print(f"  {name:14} {of.sum():5}   {'   '.join(share(answers.found(r, half)[of]) for r in RATES)}")
    both = [answers.found(r, everyone) for r in RATES]
    for kind in sorted(set(answers.kind[~answers.clean])):
        of = answers.kind == kind
        print(f"  {kind:14} {of.sum():5}   {'   '.join(share(found[of]) for found in both)}")


def share(hits: np.ndarray) -> str:
    low, high = clopper_pearson(int(hits.sum()), len(hits))
    return f"{hits.mean():.4f} [{low:.3f}, {high:.3f}]"


def per_1000(hits: np.ndarray) -> str:
    low, high = clopper_pearson(int(hits.sum()), len(hits))
    return f"{hits.sum():5} of {len(hits):6}: {1000 * hits.mean():6.2f} in 1,000 [{1000 * low:.2f}, {1000 * high:.2f}]"


def false_alerts(answers: Answers, names: list[str], people: np.ndarray) -> None:
    """Who alerts at the shipped thresholds, which promise 10 in 1,000."""
    at, firms = default_threshold("person"), default_threshold("organisation")
    print(f"false alerts at the shipped thresholds, person {at}, organisation {firms} (stated: 10 in 1,000)")
    half = np.arange(len(people)) % 2 == 1
    clean = answers.clean & answers.person
    print("  people, lines not calibrated on  ", per_1000(people[half] >= at))
    print("  people of the queries, not either", per_1000(answers.top[clean] >= at))
    print("  companies (calibrated on)        ", per_1000(answers.top[answers.clean & ~answers.person] >= firms))
    script = np.array([script_of(name) for name in names])
    overall = (people >= at).mean()
    for one in sorted(set(script), key=lambda s: -(script == s).sum()):
        of = script == one
        print(f"  {one:33} {per_1000(people[of] >= at)}, {(people[of] >= at).mean() / overall:.2f} of overall")


def script_of(name: str) -> str:
    letters = [unicodedata.name(c, "?").split()[0] for c in name if c.isalpha()]
    return letters[0].lower() if letters else "no letters"


def calibrate(answers: Answers, people: np.ndarray) -> None:
    firms = answers.top[answers.clean & ~answers.person]
    print("score, of 1,000 people (even lines) and of 1,000 companies those that reach it; what the table says")
    for row in FALSE_ALERTS:
        seen = [1000 * (of >= row.score).mean() for of in (people[::2], firms)]
        said = [expected_per_1000(kind, row.score) for kind in ("person", "organisation")]
        print("  {:.2f}  {:7.2f} {:7.2f}   {:7.2f} {:7.2f}".format(row.score, *seen, *said))


def pairs(path: Path) -> None:
    """Labelled pairs of names (nomenklatura's bench, development half): area under the curve, best F1."""
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    match, groups = np.array([r["is_match"] == "true" for r in rows]), np.array([r["case_group"] for r in rows])
    score = np.asarray(score_pairs(*([r[column] for r in rows] for column in ("name1", "name2", "schema"))))
    held, without = leave_one_group_out(match, score, groups)
    said = ", ".join(f"{group} {value:.3f}" for group, value in without.items())
    print(f"{len(rows)} labelled pairs: AUC {auc(match, score):.3f}, best F1 {best_f1(match, score)[0]:.3f}")
    print(f"  each group at the threshold of the others: F1 {held:.3f}; AUC without {said}")


def best_of(names: list[str], look: PartyLookup) -> np.ndarray:
    found = look.screen(names, schema="Person", top=1)
    best = np.zeros(len(names))
    row = np.array(found.column("query_id").to_pylist(), dtype=np.int64)
    np.maximum.at(best, row - row.min(), np.array(found.column("score").to_pylist()))
    return best


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--quick", action="store_true", help="4,000 clean people instead of 20,000")
    parser.add_argument("--shared-data", type=Path, default=SHARED_DATA)
    asked = parser.parse_args()
    data = asked.shared_data / "parties"
    if not data.is_dir():
        print(f"no public data at {asked.shared_data}; name its folder with --shared-data")
        return 0
    with (
        tempfile.TemporaryDirectory() as folder,
        Workspace.open(Workspace.create(Path(folder) / "W")) as workspace,
    ):
        store_list(workspace, load_ofac(*(data / f"ofac_{part}_2021.csv.gz" for part in ("sdn", "alt", "add"))))
        look = PartyLookup.open(workspace)
        rows = rows_of(data / "screen_queries_dev.csv.gz")
        look.screen([rows[0]["query"]])  # load what is compiled, build the index
        with measured() as took:
            answers = Answers(rows, look)
        rate = len(rows) / took.cpu_s
        print(f"{len(rows):,} queries, ten best each, explained: {rate:,.0f} queries/CPU-s, {peak_mb():.0f} MB")
        names = [r["full_name"] for r in rows_of(data / "clean_people_dev.csv.gz")][: 4_000 if asked.quick else None]
        people = best_of(names, look)
    recall(answers)
    false_alerts(answers, names, people)
    if asked.calibrate:
        calibrate(answers, people)
    pairs(data / "name_pairs_dev.csv")
    return 0


if __name__ == "__main__":
    sys.exit(main())
