"""Admin: who may come in, what each role may do and why, tokens, settings with where they come from, and health.

An admin keeps people and programs; no case is seen from here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.access.people import Person
from counterflow.access.policy import ACTIONS, APART, PURPOSES, RESOURCES, ROLES, matrix
from counterflow.console.layout import page
from counterflow.core.errors import InputError, UnknownName
from counterflow.core.settings import describe
from counterflow.flow.doctor import examine_opened
from counterflow.report import numbers
from counterflow.web.forms import Filled, filled
from counterflow.web.site import Site, site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_Form = Annotated[Filled, Depends(filled)]
_UsersRead = Annotated[Visitor, needs("users")]
_UsersManage = Annotated[Visitor, needs("users", "manage")]
_Name = Annotated[str, Query(max_length=80)]


@router.get("/admin", response_class=HTMLResponse)
def show(request: Request, who: _UsersRead) -> HTMLResponse:
    """Show who may come in, first those who need something done."""
    return _people(request, who)


@router.post("/admin/people", response_class=HTMLResponse)
def add(request: Request, who: _UsersManage, form: _Form) -> HTMLResponse:
    """Add a person; the password made for them is shown this once."""
    site, name, roles = site_of(request), form.need("name", "a name", 80), form.all("role")
    issuer, subject = form.get("issuer", ""), form.get("subject", "")
    if bool(issuer) != bool(subject):
        hint = "Give both, or neither: then they sign in here with a password."
        raise InputError("An identity provider and the id there go together.", hint=hint)
    if not site.access.people.anybody() and "admin" not in roles:
        hint = "As soon as somebody is named, everybody signs in, and only an admin names the next one."
        raise InputError("The first person is an admin.", hint=hint, column="role")
    with site.acting():
        person, password = site.access.add_person(
            name, roles, by=who.person, issuer=(issuer, subject) if issuer else None
        )
    return _people(request, who, given=_given(person, password))


@router.post("/admin/people/role")
def change_role(request: Request, who: _UsersManage, form: _Form) -> Response:
    """Give a person a role, or take one from them; it counts from their next request on."""
    site, name, role = site_of(request), form.need("person", "which person", 80), form.need("role", "which role", 40)
    with site.acting():
        if form.get("act") == "give":
            site.access.people.give(name, role, by=who.person)
        elif form.get("act") == "take":
            site.access.people.take(name, role, by=who.person)
        else:
            raise UnknownName("act", form.get("act", ""), ("give", "take"))
    return RedirectResponse("/admin", status_code=303)


@router.post("/admin/people/password", response_class=HTMLResponse)
def reset(request: Request, who: _UsersManage, form: _Form) -> HTMLResponse:
    """Make a new first password for a person; their sessions end."""
    site, name = site_of(request), form.need("person", "which person", 80)
    with site.acting():
        password = site.access.reset_password(name, by=who.person)
    return _people(request, who, given=_given(site.access.people.named(name), password))


@router.post("/admin/people/close")
def close(request: Request, who: _UsersManage, form: _Form) -> Response:
    """Let a person in no more."""
    site = site_of(request)
    with site.acting():
        site.access.close_person(
            form.need("person", "which person", 80), by=who.person, ground=form.need("ground", "why, in words", 500)
        )
    return RedirectResponse("/admin", status_code=303)


@router.get("/admin/tokens", response_class=HTMLResponse, dependencies=[needs("tokens")])
def tokens(request: Request) -> HTMLResponse:
    """Show every token: whose, for what, until when. What opens is not kept and not shown."""
    site = site_of(request)
    now = site.workspace.clock()
    rows = [
        {"id": one.id, "person": site.access.people.name_of(one.person), "label": one.label, "purpose": one.purpose,
         "scopes": sorted(one.scopes), "ends": _when(one.ends_at), "state": one.state(now)}
        for one in site.access.tokens.all()
    ]  # fmt: skip
    return page(request, "admin/tokens.html", {"tokens": rows, "open": sum(row["state"] == "open" for row in rows)})


@router.post("/admin/tokens/revoke")
def revoke(request: Request, who: Annotated[Visitor, needs("tokens", "manage")], form: _Form) -> Response:
    """Take a token back; it opens nothing from now on."""
    site = site_of(request)
    with site.acting():
        site.access.tokens.revoke(form.need("token", "which token", 40), by=who.person)
    return RedirectResponse("/admin/tokens", status_code=303)


@router.get("/admin/rights", response_class=HTMLResponse, dependencies=[needs("users")])
def rights(request: Request, role: _Name = "") -> HTMLResponse:
    """Show what each role may do, for which purposes, and why."""
    if role and role not in ROLES:
        raise UnknownName("role", role, ROLES)
    rows = matrix()
    shown = {
        "role": role, "roles": ROLES, "purposes_of_all": PURPOSES, "actions": ACTIONS, "apart": APART,
        "cells": _cells(rows), "resources": RESOURCES,
        "rows": [row for row in rows if row["role"] == role and row["allowed"] == "yes"],
    }  # fmt: skip
    return page(request, "admin/rights.html", shown)


@router.get("/admin/settings", response_class=HTMLResponse, dependencies=[needs("settings")])
def settings(request: Request) -> HTMLResponse:
    """Show every setting in force, and where it comes from; those that somebody set stand first."""
    loaded = site_of(request).workspace.loaded_settings
    rows = [row | {"is_set": row["origin"] != "default"} for row in describe(loaded)]
    return page(request, "admin/settings.html", {"rows": rows, "set": sum(row["is_set"] for row in rows)})


@router.get("/admin/health", response_class=HTMLResponse, dependencies=[needs("settings")])
def health(request: Request) -> HTMLResponse:
    """Show whether the installation is whole; every line that is not in order says how to mend it."""
    lines = [line.as_dict() for line in examine_opened(site_of(request).workspace)]
    return page(request, "admin/health.html", {"lines": lines, "broken": [line for line in lines if not line["ok"]]})


def _people(request: Request, who: Visitor, given: Mapping[str, str] | None = None) -> HTMLResponse:
    site = site_of(request)
    people = site.access.people.all()
    shown = {
        "given": given,
        "people": [_row(site, one) for one in people if one.open],
        "closed": [one.name for one in people if not one.open],
        "roles": ROLES,
        "may_manage": who.may("users", "manage"),
        "provider": site.workspace.settings.serve.oidc_issuer,
        "no_admin": not any(one.open and "admin" in one.roles for one in people),
        "anybody": site.access.people.anybody(),
    }
    return page(request, "admin/people.html", shown)


def _row(site: Site, one: Person) -> dict[str, Any]:
    sessions = site.access.sessions.of(one.id)
    return {
        "name": one.name, "id": one.id, "roles": sorted(one.roles), "others": [r for r in ROLES if r not in one.roles],
        "signs_in": f"at {one.issuer[0]} as {one.issuer[1]}" if one.issuer else "with a password" if one.secret else "",
        "has_password": one.secret is not None, "must_change": one.must_change, "sessions": len(sessions),
        "seen": _when(max(each.seen_at for each in sessions)) if sessions else "",
    }  # fmt: skip


def _given(person: Person, password: str | None) -> dict[str, str]:
    return {"name": person.name, "password": password or "", "at": person.issuer[0] if person.issuer else ""}


def _cells(rows: list[dict[str, str]]) -> dict[tuple[str, str], str]:
    """Return the acts allowed to each role on each kind of thing."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row["allowed"] == "yes":
            found.setdefault((row["resource"], row["role"]), []).append(row["action"])
    return {key: ", ".join(actions) for key, actions in found.items()}


def _when(moment: dt.datetime) -> str:
    return numbers.when(moment.isoformat())
