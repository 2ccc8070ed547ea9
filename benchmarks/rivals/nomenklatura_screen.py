"""Screen queries against a list with nomenklatura: its blocking index, then logic-v2 on the best candidates.

Runs in the environment of requirements-nomenklatura.txt. Reads CSV, writes CSV, prints one JSON object of measurements.

    python nomenklatura_screen.py --list LIST.csv --queries QUERIES.csv --hits HITS.csv --blocked BLOCKED.csv

LIST.csv      entry_id,schema,name,name_kind     one row a name; names of one entry make one entity
QUERIES.csv   query_id,query,schema
HITS.csv      query_id,rank,entity_id,score      the best --top of the candidates that logic-v2 scored
BLOCKED.csv   query_id,rank,entity_id            what its index gave, best first

Every query has its own id: logic-v2 remembers parsed names by entity id alone, and another name under the same id would
get the old answer. The first comparison loads data for seconds; it is timed apart and not counted in the rate.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import re
import resource
import sys
import tempfile
import time
from pathlib import Path

CLOCK = time.process_time
STARTED = CLOCK()

from followthemoney import Dataset, StatementEntity  # noqa: E402
from nomenklatura.blocker import Index  # noqa: E402
from nomenklatura.matching import LogicV2, ScoringConfig  # noqa: E402

IMPORTED = CLOCK()
SOURCE = Dataset.make({"name": "screening", "title": "Screening"})
KINDS = {"primary": "name", "alias": "alias", "weak_alias": "weakAlias"}


class Listed:
    """What the index asks of a view: its name, and the entities to index."""

    scope = SOURCE

    def __init__(self, entities: dict[str, StatementEntity]) -> None:
        self.by_id = entities

    def entities(self, include_schemata: object = None) -> list[StatementEntity]:
        del include_schemata
        return list(self.by_id.values())


def safe(identity: str) -> str:
    return re.sub(r"[^0-9a-zA-Z.]", "-", identity)


def straight(name: str, schema: str) -> str:
    """Return a person's name as their crawlers give it: “LAST, First” is turned round."""
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma and schema == "Person" else name


def listed_of(path: Path) -> tuple[Listed, dict[str, str]]:
    entities: dict[str, StatementEntity] = {}
    ours: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            identity = safe(row["entry_id"])
            schema = row["schema"] or "LegalEntity"
            if identity not in entities:
                entities[identity] = StatementEntity.from_data(SOURCE, {"id": identity, "schema": schema})
                ours[identity] = row["entry_id"]
            name = straight(row["name"], schema)
            entities[identity].add(KINDS[row["name_kind"]], name, cleaned=True)
    return Listed(entities), ours


def queries_of(path: Path) -> dict[str, StatementEntity]:
    found = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            entity = StatementEntity.from_data(SOURCE, {"id": f"q-{row['query_id']}", "schema": row["schema"]})
            entity.add("name", row["query"], cleaned=True)
            found[entity.id] = entity
    return found


def warm(config: ScoringConfig) -> None:
    """Have everything loaded that the first comparison loads."""
    one, other = (
        StatementEntity.from_data(SOURCE, {"id": f"warm-{n}", "schema": "Person", "properties": {"name": [name]}})
        for n, name in enumerate(("Jane Q. Roe", "Roe Janet"))
    )
    LogicV2.compare(one, other, config)


def rss_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--hits", type=Path, required=True)
    parser.add_argument("--blocked", type=Path, required=True)
    parser.add_argument("--top", type=int, default=10)
    parser.add_argument("--candidates", type=int, default=15, help="candidates that logic-v2 scores")
    parser.add_argument("--bucket", type=int, default=60, help="its max_bucket_size; 60 is its default")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    config = LogicV2.default_config()
    at = CLOCK()
    warm(config)
    said = {"import_cpu_s": IMPORTED - STARTED, "first_compare_cpu_s": CLOCK() - at}
    listed, ours = listed_of(asked.list)
    queries = queries_of(asked.queries)
    with tempfile.TemporaryDirectory() as folder:
        at = CLOCK()
        index = Index(listed, Path(folder), options={"max_bucket_size": asked.bucket})
        index.build()
        said["build_cpu_s"] = CLOCK() - at
        said["build_rss_mb"] = rss_mb()
        at = CLOCK()
        blocked = {query.id: found for query, found in index.match_entities(queries.values())}
        said["block_cpu_s"] = CLOCK() - at
        index.close()
    at = CLOCK()
    compared, hits = 0, []
    for identity, query in queries.items():
        scored = []
        for candidate, _ in blocked.get(identity, [])[: asked.candidates]:
            score = LogicV2.compare(query, listed.by_id[candidate.id], config).score
            compared += 1
            if score > 0:
                scored.append((score, candidate.id))
        scored.sort(key=lambda pair: (-pair[0], pair[1]))
        hits += [(identity[2:], rank, ours[c], repr(s)) for rank, (s, c) in enumerate(scored[: asked.top], 1)]
    said["score_cpu_s"] = CLOCK() - at
    said |= {
        "queries": len(queries),
        "compared": compared,
        "rss_mb": rss_mb(),
        "names": len(asked.list.read_text("utf-8").splitlines()) - 1,
    }
    said["mean_candidates"] = sum(map(len, blocked.values())) / max(len(queries), 1)
    with asked.hits.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("query_id", "rank", "entity_id", "score"), *hits])
    with asked.blocked.open("w", encoding="utf-8", newline="") as file:
        rows = [(q[2:], r, ours[c.id]) for q, found in blocked.items() for r, (c, _) in enumerate(found, 1)]
        csv.writer(file).writerows([("query_id", "rank", "entity_id"), *rows])
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main())
