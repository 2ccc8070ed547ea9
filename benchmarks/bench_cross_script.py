"""Names in their original script against lists in Latin letters: found at a fixed rate of false alerts, by script.

    python benchmarks/bench_cross_script.py [--quick] [--shared-data FOLDER]

Queries: the names that the United Nations list of February 2026 prints in their original script (mostly Arabic). List:
the Latin names and aliases of the same list, alone and with the OFAC list of mid-2021 beside it. A query is found when
its entry is among the ten best with a score above the threshold that alerts on at most 1 % (0.1 %) of the clean people:
of all scripts together, as the check has one threshold, and of the queries' own script alone. What was set was set on
even entry numbers; `odd` is the half it did not see. False alerts are then shown by the script the clean name is
written in, with the exact interval of Clopper and Pearson (1934, Biometrika 26(4)).
"""

from __future__ import annotations

import argparse
import csv
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
from measure import measured
from party_metrics import clopper_pearson, threshold_at
from public_data import SHARED_DATA, rows_of

from counterflow.matching.name_index import NameIndex, SearchOptions

RATES = (0.01, 0.001)
WIDE = SearchOptions(threshold=0.2, most_hits=10)


def script_of(text: str) -> str:
    """The script most letters of a text are of, in Unicode's word for it."""
    first = Counter(unicodedata.name(c, "?").split()[0] for c in text if c.isalpha())
    return first.most_common(1)[0][0].replace("HIRAGANA", "CJK") if first else "NONE"


def un_names(rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(f"un:{r['dataid']}", n) for r in rows for n in (r["name"], *r["aliases"].split("; ")) if n]


def ofac_names(folder: Path) -> list[tuple[str, str]]:
    named = [(r["ent_num"], r.get("name") or r.get("alt_name") or "") for part in ("sdn", "alt")
             for r in rows_of(folder / f"ofac_{part}_2021.csv.gz")]  # fmt: skip
    return [(f"ofac:{entry}", name) for entry, name in named if name]


def best_scores(
    index: NameIndex, texts: list[str], entries: list[str], right: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """The best score of each text, and the best that meets its right entry ('' for none)."""
    top, met = np.zeros(len(texts)), np.zeros(len(texts))
    for hit in index.search(texts, WIDE):
        top[hit.row] = max(top[hit.row], hit.score)
        if entries[hit.listed] == right[hit.row]:
            met[hit.row] = max(met[hit.row], hit.score)
    return top, met


def recall(rows: list[dict[str, str]], met: np.ndarray, clean: np.ndarray, scripts: np.ndarray) -> None:
    odd = np.array([int(r["dataid"]) % 2 == 1 for r in rows])
    own = np.array([script_of(r["name_original_script"]) for r in rows])
    person = np.array([r["kind"].lower().startswith("ind") for r in rows])
    for said, among in (
        ("all clean people", np.ones(len(clean), bool)),
        ("clean people in Arabic", scripts == "ARABIC"),
    ):
        for rate in RATES:
            at = threshold_at(clean[among], rate)
            found = met > at
            parts = [("all", odd | ~odd), ("even", ~odd), ("odd", odd), ("people", person), ("organisations", ~person)]
            parts += [(s.lower(), own == s) for s in sorted(set(own))]
            shares = ", ".join(f"{name} {found[part].mean():.3f} of {part.sum()}" for name, part in parts if part.any())
            print(f"  {100 * rate:g} % of {said} (threshold {at:.3f}): {shares}")


def by_script(clean: np.ndarray, scripts: np.ndarray) -> None:
    for rate in RATES:
        at = threshold_at(clean, rate)
        print(f"  false alerts by script at the threshold {at:.3f} that {1000 * rate:g} of 1,000 clean people pass:")
        for script, total in Counter(scripts.tolist()).most_common():
            alerts = int((clean[scripts == script] > at).sum())
            low, high = clopper_pearson(alerts, total)
            print(
                f"    {script:11}{alerts:5} of {total:6}  {1000 * alerts / total:5.1f} of 1,000 ({1000 * low:.1f} to {1000 * high:.1f})"
            )


def known_names(listed: list[str], clean: np.ndarray) -> None:
    """Public figures in many scripts, each looked for among all listed names and the others of the table."""
    with Path(__file__).with_name("names_in_two_scripts.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    names = listed + [r["latin"] for r in rows]
    index = NameIndex.of(names, list(range(len(names))))
    right = [str(len(listed) + number) for number in range(len(rows))]
    _, met = best_scores(index, [r["original"] for r in rows], [str(n) for n in range(len(names))], right)
    at = [threshold_at(clean, rate) for rate in RATES]
    print(
        f"{len(rows)} public figures, their Latin names among {len(listed):,} listed; found above {at[0]:.3f} and {at[1]:.3f}:"
    )
    for script in dict.fromkeys(r["script"] for r in rows):
        mine = np.array([r["script"] == script for r in rows])
        missed = "; ".join(
            f"{r['original']} {m:.2f}" for r, m in zip(rows, met, strict=True) if r["script"] == script and m <= at[0]
        )
        print(
            f"    {script:11}{(met[mine] > at[0]).sum():3} and {(met[mine] > at[1]).sum():2} of {mine.sum():2}  {missed}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--shared-data", type=Path, default=SHARED_DATA)
    asked = parser.parse_args()
    folder = asked.shared_data / "parties"
    if not folder.is_dir():
        print(f"no public data at {asked.shared_data}; name its folder with --shared-data")
        return 0
    listed = rows_of(folder / "un_consolidated_2026-02.csv.gz")
    queries = [r for r in listed if script_of(r["name_original_script"]) not in ("NONE", "LATIN")]
    people = [r["full_name"] for r in rows_of(folder / "clean_people_dev.csv.gz")][:: 5 if asked.quick else 1]
    scripts = np.array([script_of(name) for name in people])
    for said, names in (("UN", un_names(listed)), ("UN and OFAC", un_names(listed) + ofac_names(folder))):
        entries = [entry for entry, _ in names]
        numbers = {entry: number for number, entry in enumerate(dict.fromkeys(entries))}
        index = NameIndex.of([name for _, name in names], [numbers[e] for e in entries])
        texts, right = [r["name_original_script"] for r in queries], [f"un:{r['dataid']}" for r in queries]
        _, met = best_scores(index, texts, entries, right)
        with measured() as taken:
            clean, _ = best_scores(index, people, entries, [""] * len(people))
        print(
            f"{said}: {len(names):,} names; {len(texts)} queries, {(met > 0).mean():.3f} with their entry among the ten best"
        )
        recall(queries, met, clean, scripts)
        by_script(clean, scripts)
        print(
            f"  {len(people):,} clean people in {taken.cpu_s:.1f} CPU-s: {len(people) / taken.cpu_s:,.0f} names/CPU-s"
        )
    known_names([name for _, name in names], clean)
    return 0


if __name__ == "__main__":
    sys.exit(main())
