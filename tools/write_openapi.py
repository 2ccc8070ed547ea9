"""Write docs/reference/openapi.json, the frozen API document, and docs/reference/api.md, from the routes.

A test fails when the file differs from the routes. What differs is told in words, and what would break a program that
was written before is refused: within version 1 nothing is taken away and nothing optional becomes required.

    python tools/write_openapi.py            write both
    python tools/write_openapi.py --break    write them although a program would break (says what breaks)
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FROZEN = ROOT / "docs" / "reference" / "openapi.json"
PAGE = ROOT / "docs" / "reference" / "api.md"


def document() -> dict:
    """The document of the routes as they are."""
    from fastapi import FastAPI

    from counterflow.api.app import ROUTERS
    from counterflow.api.openapi import document as of

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for router in ROUTERS:
        app.include_router(router)
    return of(app)


def as_text(told: dict) -> str:
    return json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def operations(told: dict) -> dict[str, dict]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in told["paths"].items()
        for method, operation in methods.items()
    }


def differences(before: dict, now: dict) -> list[str]:
    """What was added, taken away or changed, in words."""
    old, new = operations(before), operations(now)
    said = [f"added: {name}" for name in sorted(new.keys() - old.keys())]
    said += [f"taken away: {name}" for name in sorted(old.keys() - new.keys())]
    said += [f"changed: {name}" for name in sorted(old.keys() & new.keys()) if old[name] != new[name]]
    shapes, shapes_now = before["components"]["schemas"], now["components"]["schemas"]
    said += [f"shape added: {name}" for name in sorted(shapes_now.keys() - shapes.keys())]
    said += [f"shape taken away: {name}" for name in sorted(shapes.keys() - shapes_now.keys())]
    said += [f"shape changed: {n}" for n in sorted(shapes.keys() & shapes_now.keys()) if shapes[n] != shapes_now[n]]
    return said


def breaks(before: dict, now: dict) -> list[str]:
    """What a program written for `before` would stumble over."""
    return [*_broken_operations(operations(before), operations(now)), *_broken_shapes(before, now)]


def _broken_operations(old: dict[str, dict], new: dict[str, dict]) -> Iterator[str]:
    for name, operation in old.items():
        if name not in new:
            yield f"{name} is taken away"
            continue
        here = {(p["in"], p["name"]): p for p in operation.get("parameters", [])}
        there = {(p["in"], p["name"]): p for p in new[name].get("parameters", [])}
        yield from (f"{name}: parameter {key[1]} is taken away" for key in here.keys() - there.keys())
        for key, parameter in there.items():
            if parameter.get("required") and not here.get(key, {}).get("required"):
                yield f"{name}: parameter {key[1]} is required now"
        if "requestBody" in new[name] and "requestBody" not in operation:
            yield f"{name}: a body is required now"


def _broken_shapes(before: dict, now: dict) -> Iterator[str]:
    shapes, sent = now["components"]["schemas"], _sent(now)
    for name, shape in before["components"]["schemas"].items():
        if name not in shapes:
            continue  # its operations tell whether anybody misses it
        gone = shape.get("properties", {}).keys() - shapes[name].get("properties", {}).keys()
        yield from (f"{name}.{field} is taken away" for field in sorted(gone))
        if name in sent:
            fresh = set(shapes[name].get("required", [])) - set(shape.get("required", []))
            yield from (f"{name}.{field} is required now" for field in sorted(fresh))


def _sent(told: dict) -> set[str]:
    """Names of shapes that programs send: those reached from a request body."""
    shapes = told["components"]["schemas"]
    waiting = [_references(o["requestBody"]) for o in operations(told).values() if "requestBody" in o]
    found: set[str] = set()
    while waiting:
        for name in waiting.pop() - found:
            found.add(name)
            waiting.append(_references(shapes.get(name, {})))
    return found


def _references(value: object) -> set[str]:
    if isinstance(value, dict):
        here = {value["$ref"].rpartition("/")[2]} if isinstance(value.get("$ref"), str) else set()
        return here.union(*(_references(v) for v in value.values()))
    return set().union(*(_references(v) for v in value)) if isinstance(value, list) else set()


def page(told: dict) -> str:
    """The reference page: each endpoint with who may ask and what it takes."""
    lines = [
        "# API, version 1",
        "",
        "Every endpoint, written from the routes by `tools/write_openapi.py`; the same as a document for programs:",
        "[openapi.json](openapi.json), served at `GET /v1/openapi.json`. How to use it:",
        "[Use the API](../how-to/use-the-api.md). *Needs* names the resource and the action that a role must be",
        "allowed: `counterflow access matrix` prints which are.",
    ]
    by_tag: dict[str, list[str]] = {}
    for name, operation in operations(told).items():
        by_tag.setdefault((operation.get("tags") or ["other"])[0], []).append(name)
    for tag, names in sorted(by_tag.items()):
        lines += ["", f"## {tag}"]
        for name in names:
            lines += ["", f"### {name}", "", *_told(operations(told)[name])]
    return "\n".join(lines) + "\n"


def _told(operation: dict) -> Iterator[str]:
    yield operation.get("description") or operation["summary"]
    needed = operation.get("x-needs")
    if needed:
        yield ""
        yield f"Needs: `{needed['resource']}`, {needed['action']}."
    rows = [
        f"| `{p['name']}` ({p['in']}{', required' if p.get('required') else ''}) | {_cell(p)} |"
        for p in operation.get("parameters", [])
    ]
    body = operation.get("requestBody", {}).get("content", {})
    for kind, content in body.items():
        named = content["schema"].get("$ref", "").rpartition("/")[2] or "a file"
        rows.append(f"| body | {kind}: {named} |")
    if rows:
        yield from ("", "| takes | what |", "|---|---|", *rows)


def _cell(parameter: dict) -> str:
    said = (
        parameter.get("description") or parameter["schema"].get("description") or parameter["schema"].get("title", "")
    )
    return said.replace("|", "\\|").replace("\n", " ")


def main(arguments: list[str]) -> int:
    told = document()
    before = json.loads(FROZEN.read_text("utf-8")) if FROZEN.exists() else told
    for line in differences(before, told):
        print(line)
    broken = breaks(before, told)
    for line in broken:
        print(f"BREAKS: {line}")
    if broken and "--break" not in arguments:
        print("Nothing was written. Keep what programs rely on, or write it all the same with --break.")
        return 1
    FROZEN.write_text(as_text(told), "utf-8")
    PAGE.write_text(page(told), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
