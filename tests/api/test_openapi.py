"""The API document is frozen: what changes is told in words, and what would break a program is refused."""

import copy
import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("write_openapi", ROOT / "tools" / "write_openapi.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def told(tool):
    return tool.document()


def test_the_frozen_document_is_what_the_routes_say(tool, told):
    frozen = json.loads(tool.FROZEN.read_text("utf-8"))
    assert tool.differences(frozen, told) == [], "run: python tools/write_openapi.py"
    assert tool.FROZEN.read_text("utf-8") == tool.as_text(told)
    assert tool.PAGE.read_text("utf-8") == tool.page(told)


def test_every_operation_says_who_may_ask_and_what_can_go_wrong(tool, told):
    for name, operation in tool.operations(told).items():
        assert operation["x-needs"].keys() == {"resource", "action"}, name
        assert {"400", "401", "403", "404", "409", "413", "422", "429", "503"} <= operation["responses"].keys(), name
        assert operation.get("description"), f"{name} says nothing"


def test_every_number_and_text_that_is_asked_for_is_bounded(tool, told):
    """No integer of 10^21, no text without an end."""
    loose = [
        f"{name}: {parameter['name']}"
        for name, operation in tool.operations(told).items()
        for parameter in operation.get("parameters", [])
        if not _bounded(parameter["schema"])
    ]
    shapes = told["components"]["schemas"]
    loose += [
        f"{shape}.{field}"
        for shape in tool._sent(told)
        for field, schema in shapes[shape].get("properties", {}).items()
        if not _bounded(schema)
    ]
    assert not loose


def _bounded(schema):
    if "anyOf" in schema:
        return all(_bounded(one) for one in schema["anyOf"])
    if "$ref" in schema or "enum" in schema or "const" in schema:
        return True
    kind = schema.get("type")
    if kind == "string":
        return "maxLength" in schema or "pattern" in schema or schema.get("format") in {"date", "date-time"}
    if kind in {"integer", "number"}:
        low = "minimum" in schema or "exclusiveMinimum" in schema
        return low and ("maximum" in schema or "exclusiveMaximum" in schema)
    if kind == "array":
        return "maxItems" in schema and _bounded(schema["items"])
    return kind in {"boolean", "null"} or (kind == "object" and "maxProperties" in schema)


def test_what_breaks_a_program_is_named(tool, told):
    fewer = copy.deepcopy(told)
    del fewer["paths"]["/v1/records"]
    assert tool.breaks(told, fewer) == ["GET /v1/records is taken away"]
    assert "taken away: GET /v1/records" in tool.differences(told, fewer)

    harder = copy.deepcopy(told)
    asked = harder["paths"]["/v1/coverage"]["get"]["parameters"]
    next(p for p in asked if p["name"] == "since")["required"] = True
    harder["components"]["schemas"]["RecordSent"]["required"].append("kind")
    del harder["components"]["schemas"]["ScreenTold"]["properties"]["lists"]
    assert sorted(tool.breaks(told, harder)) == [
        "GET /v1/coverage: parameter since is required now",
        "RecordSent.kind is required now",
        "ScreenTold.lists is taken away",
    ]
    assert tool.breaks(fewer, told) == []  # more is no harm
