"""Put records that name one party together with splink 5 on DuckDB, tuned as a patient user of it would.

Runs in the environment of requirements-splink.txt. Reads records_dev.csv, gold_dev.csv and records_other.csv of a folder,
writes clusters_HALF.csv and components_HALF.csv (record_id,entity_id), prints one JSON object.

What is tuned, all of it on `dev`: records are cleaned (accents, punctuation, carriers' words, company forms, common
abbreviations); names are compared word by word, spelling forgiven (Jaro-Winkler), in levels of how rare the words are that
meet; addresses by shared words and house numbers; telephone by last digits; seven blocking rules, three of them on single
rare words; the prior; m by EM from four blockings, so that no field is trained under its own block; u from random pairs,
freed of the matches among them (splink takes random pairs for non-matches, which they are not where every tenth record
is a duplicate); the threshold; and, since connected components chain, a largest size beyond which a component is taken
apart at a higher threshold (splink itself has no such cut: `components` are the figures without it). Weights are learnt
on each half without labels, as ours are. A term-frequency adjustment on whole names made it worse: a name's own
duplicates make it look common.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import re
import resource
import sys
import time
import unicodedata
from collections import Counter
from pathlib import Path

import duckdb
import pyarrow as pa
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

CARRIER = re.compile(
    r"\b(attn|attention|c/o|m/s|tel|phone|fax|ref|no|p\.?\s*o\.?\s*box|sales dept)\b[.:]?", re.IGNORECASE
)
FORMS = {
    "co", "company", "ltd", "limited", "llc", "inc", "corp", "corporation", "sa", "de", "cv", "gmbh", "ag", "bv", "srl",
    "sarl", "ooo", "oao", "pjsc", "jsc", "plc", "pte", "sdn", "bhd", "fze", "fzco", "est", "the", "and", "of", "for",
    "joint", "stock", "open", "closed", "public", "pao", "ao", "zao", "kg", "ood", "eood", "obshchestvo", "aktsionernoe",
    "ogranichennoi", "ogranichennoy", "otvetstvennostyu", "otvetstvennostiu", "s", "aka", "el", "al",
}  # fmt: skip
SHORT = {
    "trdg": "trading", "intl": "international", "inds": "industries", "ind": "industrial", "gen": "general",
    "svcs": "services", "shpg": "shipping", "grp": "group", "ent": "enterprises", "dev": "development",
    "engg": "engineering", "transp": "transport", "inv": "investment", "st": "street", "ave": "avenue", "av": "avenida",
    "cl": "calle", "cra": "carrera", "rd": "road", "bldg": "building", "fl": "floor", "dist": "district",
    "blvd": "boulevard",
}  # fmt: skip
RARE_NAME, RARE_PLACE = 40, 25
THRESHOLDS = [x / 2 for x in range(-6, 25)]  # match weights, log2
SIZES = (6, 8, 10, 15, 10**9)


def words_of(text: str, drop: set[str]) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    return [SHORT.get(w, w) for w in re.findall(r"\w+", plain) if w not in drop]


def record_of(row: dict[str, str]) -> dict[str, object]:
    name = words_of(re.sub(r"\d{3,}", " ", CARRIER.sub(" ", row["name"])), FORMS) or words_of(row["name"], set())
    place = words_of(f"{row['address']} {row['city']}", {"no", "and", "the", "of"})
    digits = re.sub(r"\D", "", row["phone"])
    return {
        "unique_id": row["record_id"],
        "name": " ".join(sorted(name)) or None,
        "words": list(dict.fromkeys(w for w in name if len(w) > 1)) or None,
        "straight": "".join(name) or None,
        "place": list(dict.fromkeys(place)) or None,
        "numbers": list(dict.fromkeys(w for w in place if any(c.isdigit() for c in w))) or None,
        "city": " ".join(w for w in words_of(row["city"], set()) if not any(c.isdigit() for c in w)) or None,
        "country": row["country"].lower() or None,
        "phone": digits[-7:] if len(digits) >= 7 else None,
        "email": row["email"].strip().lower() or None,
        "kind": row["schema"] or None,
    }


def with_rare_words(records: list[dict]) -> None:
    """Add the words of names and places that few records hold: what blocking and two levels go by."""
    counts_of_names = Counter(w for r in records for w in r["words"] or ())
    for field, rare, most in (("words", "rare", RARE_NAME), ("place", "rare_place", RARE_PLACE)):
        counts = Counter(w for r in records for w in r[field] or ())
        for r in records:
            r[rare] = [w for w in r[field] or () if counts[w] <= most and len(w) > 2] or None
    for r in records:
        r["nats"] = [math.log(len(records) / counts_of_names[w]) for w in r["words"] or ()] or None
        r["weight"] = sum(r["nats"] or ()) or None
        r["stems"] = list(dict.fromkeys(w[:5] for w in r["rare"] or ())) or None


#: nats of the shorter name's words that the other name holds, spelt alike
MET = (
    "list_sum(list_transform(list_zip({a}, {n}), lambda z: CASE WHEN list_max(list_transform({b}, "
    "lambda y: jaro_winkler_similarity(z[1], y))) >= 0.9 THEN z[2] ELSE 0 END))"
)
LEFT = MET.format(a="words_l", n="nats_l", b="words_r")
RIGHT = MET.format(a="words_r", n="nats_r", b="words_l")
NATS = f"(CASE WHEN weight_l <= weight_r THEN {LEFT} ELSE {RIGHT} END)"
PART = f"({NATS} / least(weight_l, weight_r))"
SHARED_PLACE = "len(list_intersect(place_l, place_r)) / least(len(place_l), len(place_r))"


def settings() -> SettingsCreator:
    names = cl.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            cll.NullLevel("words"),
            cll.CustomLevel(f"{PART} >= 0.95 AND {NATS} >= 20"),
            cll.CustomLevel(f"{PART} >= 0.95 AND {NATS} >= 14"),
            cll.CustomLevel(f"name_l = name_r OR {PART} >= 0.95 AND {NATS} >= 8"),
            cll.CustomLevel(f"{PART} >= 0.75 AND {NATS} >= 20"),
            cll.CustomLevel(f"{PART} >= 0.75 AND {NATS} >= 12"),
            cll.CustomLevel("jaro_winkler_similarity(straight_l, straight_r) >= 0.92"),
            cll.CustomLevel(f"{PART} >= 0.55 AND {NATS} >= 12"),
            cll.CustomLevel(f"{PART} >= 0.75"),
            cll.CustomLevel(f"{PART} >= 0.4 AND {NATS} >= 6"),
            cll.CustomLevel(f"{PART} > 0"),
            cll.ElseLevel(),
        ],
    )
    places = cl.CustomComparison(
        output_column_name="place",
        comparison_levels=[
            cll.NullLevel("place"),
            cll.CustomLevel(f"{SHARED_PLACE} >= 0.8 AND least(len(place_l), len(place_r)) >= 4"),
            cll.CustomLevel(f"{SHARED_PLACE} >= 0.5 AND len(list_intersect(rare_place_l, rare_place_r)) >= 1"),
            cll.CustomLevel(f"{SHARED_PLACE} >= 0.5 AND len(list_intersect(numbers_l, numbers_r)) >= 1"),
            cll.CustomLevel("len(list_intersect(rare_place_l, rare_place_r)) >= 1"),
            cll.CustomLevel(f"{SHARED_PLACE} >= 0.5"),
            cll.CustomLevel(f"{SHARED_PLACE} > 0"),
            cll.ElseLevel(),
        ],
    )
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            names,
            places,
            cl.ExactMatch("country"),
            cl.LevenshteinAtThresholds("phone", [1]),
            cl.ExactMatch("email"),
            cl.ExactMatch("kind"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("name"),
            block_on("rare", arrays_to_explode=["rare"]),
            block_on("stems", arrays_to_explode=["stems"]),
            block_on("rare_place", arrays_to_explode=["rare_place"]),
            block_on("phone"),
            block_on("email"),
            block_on("substr(straight, 1, 7)"),
        ],
        retain_matching_columns=False,
        max_iterations=50,
    )


def free_u_of_matches(linker: Linker) -> None:
    prior = linker._settings_obj._probability_two_random_records_match  # noqa: SLF001 - it has no other way
    for comparison in linker._settings_obj.comparisons:  # noqa: SLF001
        for level in comparison.comparison_levels:
            if not level.is_null_level and level.m_probability and level.u_probability:
                u = (level.u_probability - prior * level.m_probability) / (1 - prior)
                level.u_probability = max(u, 5e-7)


def predictions(path: Path) -> tuple[list[str], list[tuple[str, str, float]]]:
    with path.open(encoding="utf-8", newline="") as file:
        records = [record_of(row) for row in csv.DictReader(file)]
    with_rare_words(records)
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    api = DuckDBAPI(connection)
    linker = Linker(api.register(pa.Table.from_pylist(records)), settings(), log_level=40)
    linker.training.estimate_probability_two_random_records_match([block_on("name"), block_on("phone")], recall=0.2)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=3)
    for rule in (block_on("phone"), block_on("email"), block_on("city", "numbers[1]"), block_on("name")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, record_sample_proportion=1.0)
    free_u_of_matches(linker)
    found = linker.inference.predict(threshold_match_weight=min(THRESHOLDS)).as_pyarrow_table()
    columns = [found.column(c).to_pylist() for c in ("unique_id_l", "unique_id_r", "match_weight")]
    return [str(r["unique_id"]) for r in records], list(zip(*columns, strict=True))


def clusters(ids: list[str], pairs: list[tuple[str, str, float]], threshold: float) -> dict[str, str]:
    """Return connected components, as splink's own clustering gives them at a threshold."""
    parent = {i: i for i in ids}

    def root(one: str) -> str:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for a, b, weight in pairs:
        if weight >= threshold:
            x, y = root(a), root(b)
            parent[max(x, y)] = min(x, y)
    return {i: root(i) for i in ids}


def taken_apart(ids: list[str], pairs: list[tuple[str, str, float]], threshold: float, size: int) -> dict[str, str]:
    """Return components, those larger than `size` joined anew at ever higher thresholds."""
    done: dict[str, str] = {}
    waiting = [(ids, pairs, threshold)]
    while waiting:
        some, among, at = waiting.pop()
        found = clusters(some, among, at)
        members: dict[str, list[str]] = {}
        for one, root in found.items():
            members.setdefault(root, []).append(one)
        inside: dict[str, list[tuple[str, str, float]]] = {}
        for pair in among:
            if pair[2] >= at and len(members[found[pair[0]]]) > size:
                inside.setdefault(found[pair[0]], []).append(pair)
        for root, group in members.items():
            if root in inside:
                waiting.append((group, inside[root], at + 0.5))
            else:
                done |= dict.fromkeys(group, root)
    return done


def pairwise_f1(found: dict[str, str], gold: dict[str, str]) -> float:
    def pairs(counts: Counter) -> int:
        return sum(n * (n - 1) // 2 for n in counts.values())

    both = pairs(Counter((found[i], gold[i]) for i in found))
    return 2 * both / (pairs(Counter(found.values())) + pairs(Counter(gold.values())))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    said: dict[str, object] = {}
    with (asked.folder / "gold_dev.csv").open(encoding="utf-8", newline="") as file:
        gold = {row["record_id"]: row["entity"] for row in csv.DictReader(file)}
    best = (0.0, 10**9)
    plain = 0.0
    for half in ("dev", "other"):
        at = time.process_time()
        ids, pairs = predictions(asked.folder / f"records_{half}.csv")
        if half == "dev":
            f1 = {(t, n): pairwise_f1(taken_apart(ids, pairs, t, n), gold) for t in THRESHOLDS[::2] for n in SIZES}
            best = max(f1, key=f1.__getitem__)
            plain = max(THRESHOLDS, key=lambda t: pairwise_f1(clusters(ids, pairs, t), gold))
            said |= {"f1_dev": f1[best], "threshold": best[0], "largest": best[1], "components_threshold": plain}
        took = round(time.process_time() - at, 1)
        for name, found in (("clusters", taken_apart(ids, pairs, *best)), ("components", clusters(ids, pairs, plain))):
            with (asked.out / f"{name}_{half}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([("record_id", "entity_id"), *found.items()])
        said[half] = {"records": len(ids), "pairs": len(pairs), "cpu_s": took}
    said["rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main())
