"""Reports to an authority: drafted here from what is on record, filed by a person, never sent.

A draft may be drafted anew until it is filed. Filing records what the authority gave back: its number and the day. A
filed or drafted report can be withdrawn; the house asks a second person for that (`orders.second_person`).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.persons import same_person
from counterflow.core.tables import ORDER_REPORT
from counterflow.orders.cases.facts import facts_about
from counterflow.orders.cases.forms import form as form_of
from counterflow.orders.cases.forms import forms
from counterflow.orders.cases.sealing import required, seal, short_id

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["SEALED", "body_of", "draft", "due_of", "file", "report", "reports", "withdraw"]

#: columns that the ledger's digest of a report is over
SEALED = (
    "kind", "authority", "customer_id", "subject_id", "state", "body", "citation", "person", "reference",
)  # fmt: skip
_SHORTEST_GROUND = 8

#: the latest row of each report
LATEST = """
SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY report ORDER BY ledger_seq DESC) AS place,
  min("at") OVER (PARTITION BY report) AS drafted_at, count(*) OVER (PARTITION BY report) AS version
  FROM order_report) AS ordered WHERE place = 1
"""


def draft(
    workspace: Workspace, form: str, subject: str, *, person: str, given: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Draft a report about an alarm, an order or a stock event and return its row; drafting it again changes nothing.

    Args:
        workspace: where.
        form: id of the form.
        subject: alarm, order or stock event.
        person: who drafts.
        given: fields that a person wrote, by name.

    Raises:
        UnknownName: no such form, subject or field.
        InputError: the report was filed already.
    """
    asked = form_of(form)
    about = facts_about(workspace.store, subject, asked.kind)
    identity = short_id("R", asked.id, subject)
    held = {row["report"]: row for row in reports(workspace.store)}.get(identity)
    if held is not None and held["state"] == "filed":
        hint = "Withdraw it first, or send a correction to the authority and file its number."
        raise InputError(f"{identity} was filed already.", hint=hint, column="subject", value=subject)
    known = dict(_given(held)) | dict(given or {})
    row = {
        "report": identity, "kind": asked.kind, "authority": asked.authority,
        "customer_id": about.get("customer_id"), "subject_id": subject, "state": "draft",
        "body": json.dumps(asked.filled(about, known), ensure_ascii=False), "citation": asked.citation,
        "person": required("person", person), "reference": None,
    }  # fmt: skip
    if held is not None and all(held[name] == row[name] for name in SEALED):
        return held
    return _keep(workspace, row, persons=[row["person"]])


def _given(held: Mapping[str, Any] | None) -> dict[str, str]:
    """Return what persons wrote into the draft so far."""
    fields = body_of(held)["fields"] if held is not None else []
    return {field["name"]: field["value"] for field in fields if field["source"] == "as written by the person"}


def file(
    workspace: Workspace, report_id: str, *, reference: str, person: str, on: dt.date | None = None
) -> dict[str, Any]:
    """Write down that a person filed a report: the authority's number and the day. Nothing is sent from here.

    Raises:
        UnknownName: no such report.
        InputError: it is not a draft, the day is to come, or number or person is missing.
    """
    held, today = report(workspace.store, report_id), workspace.clock().date()
    number, day = required("reference", reference), on or today
    if held["state"] == "filed" and held["reference"] == number:
        return held
    if held["state"] != "draft":
        raise InputError(f"{report_id} is {held['state']}.", hint="Only a draft is filed.", column="report")
    if day > today:
        raise InputError("The day is to come.", hint=f"Give a day up to {today}.", column="on", value=day)
    body = body_of(held) | {"filed_on": day.isoformat()}
    row = _next(held, "filed", body) | {"person": required("person", person), "reference": number}
    return _keep(workspace, row, persons=[row["person"]])


def withdraw(
    workspace: Workspace, report_id: str, *, ground: str, person: str, second_person: str | None = None
) -> dict[str, Any]:
    """Withdraw a report, with the reason; what was filed is withdrawn at the authority by a person.

    Raises:
        UnknownName: no such report.
        InputError: it was withdrawn already, no reason is given, or a second person is missing.
    """
    held = report(workspace.store, report_id)
    if held["state"] == "withdrawn":
        raise InputError(f"{report_id} was withdrawn already.", hint="Draft it anew.", column="report")
    person = required("person", person)
    if second_person and same_person(person, second_person):
        hint = "A second person is another person."
        raise InputError("One person was named twice.", hint=hint, column="second_person", value=second_person)
    if not second_person and "report-withdrawn" in workspace.settings.orders.second_person:
        hint = "Name them with --second-person."
        raise InputError("A second person must agree to withdraw a report.", hint=hint, column="second_person")
    why = required("ground", ground, shortest=_SHORTEST_GROUND)
    body = body_of(held) | {"withdrawn_because": why, "second_person": second_person}
    return _keep(workspace, _next(held, "withdrawn", body) | {"person": person}, persons=[person, second_person])


def reports(store: Store) -> list[dict[str, Any]]:
    """Return each report as it stands now, drafts first, then by when it was drafted."""
    rows = store.rows(f"{LATEST} ORDER BY state <> 'draft', drafted_at, report")
    return [{name: value for name, value in row.items() if name != "place"} for row in rows]


def report(store: Store, report_id: str) -> dict[str, Any]:
    """Return one report as it stands; raises UnknownName with the near ones."""
    known = {str(row["report"]): row for row in reports(store)}
    if report_id not in known:
        raise UnknownName("report", report_id, known)
    return known[report_id]


def body_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a report as data.

    Raises:
        InputError: they were erased with the customer.
    """
    try:
        body: dict[str, Any] = json.loads(row["body"])
    except ValueError:
        hint = "Its number and days stay on record; what it said is gone."
        raise InputError("The report was erased with its customer.", hint=hint, value=row["report"]) from None
    return body


def due_of(row: Mapping[str, Any]) -> dt.date | None:
    """Return the last day on which a drafted report is to be filed: the law's days from its first draft.

    None where no law sets a day (the firm's year).
    """
    if row["kind"] not in {one.kind for one in forms().values()} or row["state"] != "draft":
        return None
    try:
        name = body_of(row)["form"]
    except InputError:  # erased: nobody can file it any more
        return None
    return forms()[name].due(row["drafted_at"].date())


def _next(held: Mapping[str, Any], state: str, body: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: held[name] for name in ("report", *SEALED, "version")}
    return kept | {"state": state, "body": json.dumps(body, ensure_ascii=False)}


def _keep(workspace: Workspace, row: dict[str, Any], *, persons: list[str | None]) -> dict[str, Any]:
    held = workspace.store.rows("SELECT count(*) AS n FROM order_report WHERE report = ?", [row["report"]])
    record = f"{row['report']}/{held[0]['n']}"
    body = {"report": row["report"], "kind": row["kind"], "state": row["state"], "subject_id": row["subject_id"]}
    entry = seal(workspace, "order-report", record, row, columns=SEALED, body=body, persons=persons)
    kept = {name: row.get(name) for name in ("report", *SEALED)} | {"at": entry.time, "ledger_seq": entry.seq}
    workspace.store.append("order_report", pa.Table.from_pylist([kept], schema=ORDER_REPORT))
    return kept
