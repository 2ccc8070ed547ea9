"""Every route for every role: what is expected stands in permissions.csv, and what nobody expected is refused.

A row of the file is a route, a column a role; the cell names the purposes for which the request gets through to the
handler (`any`, or nothing where it is refused whatever the purpose). After adding or changing a route, write the file
anew, look at what changed in it, and commit both:  WRITE_PERMISSIONS=1 pytest tests/console/test_permissions.py
"""

import csv
import os
import re
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from fastapi import APIRouter, FastAPI, routing
from fastapi.responses import PlainTextResponse
from fastapi.testclient import TestClient
from tests.visitors import CSRF, TestDoorman, visiting

from counterflow.access import policy
from counterflow.access.policy import PURPOSES, ROLES, usual_purpose, verdict
from counterflow.core.errors import ConfigError
from counterflow.server.app import OPEN, create_app, refuse_unguarded, routes_of
from counterflow.web import visitor as visitors
from counterflow.web.visitor import Need, needs

FILE = Path(__file__).with_name("permissions.csv")
WRITING = os.environ.get("WRITE_PERMISSIONS") == "1"
LET_IN = "through the door"


@pytest.fixture(scope="module")
def application(empty_site_of_module):
    """The whole application, its handlers never called: whoever is let in is told so and nothing is done."""

    async def told(**_call):
        return PlainTextResponse(LET_IN)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing, "run_endpoint_function", told)
        yield create_app(empty_site_of_module)


@pytest.fixture(scope="module")
def empty_site_of_module(tmp_path_factory):
    from counterflow.server.app import site_for
    from counterflow.store.workspace import Workspace

    with Workspace(Workspace.create(tmp_path_factory.mktemp("permissions") / "w")) as workspace:
        site = site_for(workspace)
        site.doorman = TestDoorman()
        yield site
        site.close()


def routes(app):
    """Each method and path of the application, with its need."""
    return sorted(
        (method, path, found[0])
        for path, methods, found in routes_of(app)
        if path not in OPEN
        for method in methods
        if method != "HEAD"
    )


def key_of(route):
    return route[0], route[1]


def expected():
    with FILE.open(encoding="utf-8", newline="") as file:
        return {(row["method"], row["route"]): row for row in csv.DictReader(file)}


def found_of(need):
    if not isinstance(need, Need):
        return dict.fromkeys((*ROLES, "nobody"), "any") | {"needs": "anybody"}
    return {role: _purposes(role, need) for role in ROLES} | {
        "nobody": "",
        "needs": f"{need.resource}:{need.action}",
    }


def _purposes(role, need):
    fit = [purpose for purpose in PURPOSES if verdict([role], need.resource, need.action, purpose).allowed]
    return "any" if len(fit) == len(PURPOSES) else " ".join(fit)


def _purpose_to_try(role, allowed):
    return usual_purpose([role]) if allowed in {"", "any"} else allowed.split()[0]


def test_every_route_has_its_expected_verdict_for_every_role(application):
    rows = [{"method": m, "route": path} | found_of(need) for m, path, need in sorted(routes(application), key=key_of)]
    if WRITING:
        with FILE.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["method", "route", "needs", *ROLES, "nobody"], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    held = expected()
    assert {(row["method"], row["route"]): row for row in rows} == held, f"see {FILE.name}'s own words on changing it"
    assert len(held) > 60


def statuses(app, asked):
    """Ask the application without a client between, which would take most of the time; give (status, body) of each."""

    async def ask(method, path, headers):
        told = {"body": b""}
        named = [(b"host", b"127.0.0.1"), *((k.encode(), v.encode()) for k, v in headers.items())]
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": named, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "scheme": "http",
            "http_version": "1.1", "asgi": {"version": "3.0"}, "root_path": "",
        }  # fmt: skip

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            told["status"] = message.get("status", told.get("status"))
            told["body"] += message.get("body", b"")

        await app(scope, receive, send)
        return told["status"], told["body"].decode()

    async def ask_all():
        return [await ask(*each) for each in asked]

    return anyio.run(ask_all)


def test_each_route_answers_each_role_as_the_file_says(application):
    """Asked over HTTP, by everybody: the need stands before the handler, whatever the handler would take."""
    held = expected()
    asked = [
        (
            role,
            method,
            path,
            {"x-csrf-token": CSRF}
            | ({} if role == "nobody" else visiting(role, purpose=_purpose_to_try(role, held[method, path][role]))),
        )
        for role in (*ROLES, "nobody")
        for method, path, _ in routes(application)
    ]
    answers = statuses(application, [(m, re.sub(r"\{[^}]*\}", "x", path), headers) for _, m, path, headers in asked])
    wrong = [
        (role, method, path, status, body[:200])
        for (role, method, path, _), (status, body) in zip(asked, answers, strict=True)
        if (status in {401, 403}) != (held[method, path][role] == "") or status >= 500
    ]
    assert wrong == []


def test_without_its_rule_a_right_is_gone(application, monkeypatch):
    """Default deny: take one rule away, and what it alone allowed is refused with a reason."""
    rest = tuple(
        rule if "board" not in rule.resources else replace(rule, resources=rule.resources - {"board"})
        for rule in policy.RULES
    )

    def judged(roles, resource, action, purpose, scopes=None, *, must_change=False):
        return verdict(roles, resource, action, purpose, rest)

    with TestClient(application, base_url="http://127.0.0.1", headers=visiting("viewer")) as web:
        assert web.get("/").text == LET_IN
        monkeypatch.setattr(visitors, "judged", judged)
        answer = web.get("/")
    assert answer.status_code == 403
    assert "No rule lets viewer read" in answer.text


def test_an_application_with_a_route_that_names_no_need_is_not_made():
    for named in ([], [needs("board"), needs("queue")]):
        app, router = FastAPI(), APIRouter()
        router.get("/forgotten", dependencies=named)(lambda: "anything")
        app.include_router(router)
        with pytest.raises(ConfigError, match=f"/forgotten names {len(named)} needs"):
            refuse_unguarded(app)


def test_a_need_names_what_the_policy_knows(application):
    for _, path, need in routes(application):
        if isinstance(need, Need):
            assert need.resource in policy.RESOURCES, path
            assert need.action in policy.ACTIONS, path
