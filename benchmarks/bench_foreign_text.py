"""Party and substance checks, through load and screen, on text that nobody here wrote.

    python benchmarks/bench_foreign_text.py [--data ../shared/data]

Every record carries one name of the public screening queries (perturbed OFAC names, and clean people and companies)
as its consignee, and one line of the Harmonized System's own nomenclature as its goods text. Into every tenth line a
controlled substance of the US list of 2021 is planted by its first name. Prints what was found, what was not, and what
alerted without cause. The queries are a development half; their clean names are made up: no field precision.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections import Counter
from pathlib import Path

from measure import measured, reference_seconds
from public_data import SHARED_DATA, rows_of

from counterflow.intake.lists import load_ofac, store_list
from counterflow.intake.load import load
from counterflow.intake.mapping import find_mapping
from counterflow.screen.run import screen
from counterflow.store.workspace import Workspace

#: headings that name controlled substances or medicines themselves: a finding there is no false alarm
NAMED_BY_HS = ("2921", "2922", "2923", "2924", "2925", "2926", "2927", "2928", "2929", "2930", "2931", "2932", "2933",
               "2934", "2935", "2936", "2937", "2938", "2939", "3003", "3004", "1211", "1302")  # fmt: skip
ALERTS = ("controlled-drug", "controlled-drug-cas", "listed-precursor", "listed-precursor-cas")


def write_records(path, queries, lines, names):
    """Write the parcels; return record id to (query, planted name, HS code)."""
    known = {}
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["record_id", "declared_on", "description", "hs_code", "consignee_name"])
        for number, query in enumerate(queries):
            line, planted = lines[number % len(lines)], ""
            text = line["description"]
            if number % 10 == 0:
                planted = names[number // 10 % len(names)]
                text = f"{text}; {planted} 5 g"
            out.writerow([f"Q{number}", "2026-03-02", text, line["hscode"], query["query"]])
            known[f"Q{number}"] = (query, planted, line["hscode"])
    return known


MAPPING = """\
[mapping]
name = "foreign_text"
version = "1"
source = "foreign-text"
[fields]
record_id = { column = "record_id", required = true }
declared_on = { column = "declared_on", required = true }
goods.description = "description"
goods.hs = { column = "hs_code", on_invalid = "blank" }
party.consignee.name = "consignee_name"
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED_DATA)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if not given.data.is_dir():
        print(f"no public data at {given.data}: nothing measured")
        return 0
    parties = given.data / "parties"
    queries = rows_of(parties / "screen_queries_dev.csv.gz")[: 500 if given.quick else None]
    lines = [r for r in rows_of(given.data / "substances" / "hs_nomenclature.csv.gz") if r["level"] == "6"]
    with (given.data / "substances" / "us_csa_alpha_2021.csv").open(encoding="utf-8") as file:
        names = [r["substance"] for r in csv.DictReader(file)]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "m.toml").write_text(MAPPING, "utf-8")
        known = write_records(folder / "parcels.csv", queries, lines, names)
        with Workspace(Workspace.create(folder / "w")) as site:
            store_list(site, load_ofac(*(parties / f"ofac_{part}_2021.csv.gz" for part in ("sdn", "alt", "add"))))
            receipt = load(site, folder / "parcels.csv", find_mapping(str(folder / "m.toml")))
            with measured() as taken:
                screen(site)
            party = site.store.rows("SELECT record_id, reference FROM finding WHERE \"check\" = 'list-parties'")
            goods = site.store.rows(
                f"SELECT DISTINCT record_id FROM finding WHERE code IN ({', '.join('?' for _ in ALERTS)})", list(ALERTS)
            )
    tell(known, receipt, party, {str(r["record_id"]) for r in goods})
    print(f"screened in {taken.cpu_s:.1f} CPU-s ({taken.cpu_s / reference_seconds():.1f} x the reference job)")
    return 0


def tell(known, receipt, party, alerted):
    hits: dict[str, set[str]] = {}
    for row in party:
        hits.setdefault(str(row["record_id"]), set()).add(str(row["reference"]).rpartition(":")[2])
    listed = {r: q["gold_ent_num"] for r, (q, _, _) in known.items() if q["gold_ent_num"]}
    clean = [r for r, (q, _, _) in known.items() if not q["gold_ent_num"]]
    right = sum(gold in hits.get(record, ()) for record, gold in listed.items())
    print(f"{receipt.accepted} records of public names and public HS lines; {receipt.rejected} rejected")
    print(f"listed parties: {right} of {len(listed)} found by their own entry ({right / len(listed):.3f})")
    print(f"clean parties: {sum(r in hits for r in clean)} of {len(clean)} alert")
    missed = Counter(known[r][0]["class"] for r, gold in listed.items() if gold not in hits.get(r, ()))
    print("  missed by kind of change: " + ", ".join(f"{kind} {count}" for kind, count in missed.most_common(6)))
    planted = {r: name for r, (_, name, _) in known.items() if name}
    found = sum(r in alerted for r in planted)
    print(f"planted names of the US list 2021: {found} of {len(planted)} alert ({found / len(planted):.3f})")
    other = [r for r, (_, name, hs) in known.items() if not name and hs[:4] not in NAMED_BY_HS]
    false = sum(r in alerted for r in other)
    print(f"HS lines outside the headings that name drugs: {false} of {len(other)} alert ({false / len(other):.4f})")


if __name__ == "__main__":
    sys.exit(main())
