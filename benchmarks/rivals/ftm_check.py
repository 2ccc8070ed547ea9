"""Look at JSON lines with FollowTheMoney's own model: is every entity valid, and does it read back as written?

Runs in the environment of requirements-followthemoney.txt; standard output is one JSON object:
entities, by_schema, invalid (id and what is wrong, at most 20), unknown_properties, dangling references,
names (SHA-256 over the sorted `id, name` lines as their model reads them back).
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

from followthemoney import model
from followthemoney.dataset.util import dataset_name_check
from followthemoney.exc import InvalidData
from followthemoney.types import registry


def problems_of(data: dict) -> list[str]:
    schema = model.get(data["schema"])
    if schema is None:
        return [f"no schema {data['schema']}"]
    found = [f"no property {name}" for name in data["properties"] if name not in schema.properties]
    found += [f"{name} is required" for name in schema.required if not data["properties"].get(name)]
    if not registry.entity.validate(data["id"]):
        found.append("its id has a form that references cannot hold")
    try:
        for name in data["datasets"]:
            dataset_name_check(name)
    except ValueError as error:
        found.append(str(error))
    try:
        schema.validate(data)
    except InvalidData as error:
        found.append(json.dumps(error.errors, ensure_ascii=False))
    strict = model.get_proxy(data, cleaned=False)  # cleans every value, and drops what its type refuses
    for name, values in data["properties"].items():
        read = schema.properties.get(name)
        # of a telephone number their library drops the trunk zero of some countries: read, in another form
        same = read and (
            len(strict.get(name)) == len(values)
            if read.type == registry.phone
            else sorted(strict.get(name)) == sorted(values)
        )
        if read and not same:
            found.append(f"{name}: {values} is read as {strict.get(name)}")
    return found


def main(path: Path) -> dict:
    invalid, schemata, known, pointed, names = [], Counter(), set(), {}, []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            data = json.loads(line)
            schemata[data["schema"]] += 1
            problems = problems_of(data)
            if problems:
                invalid.append({"id": data["id"], "problems": problems})
                continue
            proxy = model.get_proxy(data)
            known.add(proxy.id)
            names += [f"{proxy.id}, {name}" for name in proxy.names]
            pointed |= {ref: proxy.id for prop, ref in proxy.itervalues() if prop.type == registry.entity}
    return {
        "entities": schemata.total(),
        "by_schema": dict(sorted(schemata.items())),
        "invalid": invalid[:20],
        "invalid_count": len(invalid),
        "dangling": sorted(set(pointed) - known)[:20],
        "names": hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest(),
        "name_count": len(names),
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1])), ensure_ascii=False, indent=1))
