"""The house's own decisions as officers' events, its acts of two, and its logs: what oversight looks at.

Officers stand under codes: a keyed digest of the name, whose key dies with the workspace. The name behind a code is
told once a review of that officer is opened, and a review needs two independent signals.

What this house's tables do not tell is left out and said: there is no roster, so no look-up is out of shift; a record
that is not presented was not let go by anybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.account.oversight.coded_table import table_of_columns
from counterflow.account.oversight.events import events_of
from counterflow.account.oversight.four_eyes import ActOfTwo
from counterflow.account.oversight.integrity import Report, integrity
from counterflow.account.oversight.reconcile import Reconciled, reconcile
from counterflow.account.oversight.sightings import Log, log_of, read_log
from counterflow.core.errors import InputError, UnknownName
from counterflow.core.persons import folded
from counterflow.core.tables import RECONCILIATION
from counterflow.store.integrity_payloads import INTEGRITY_UNDER
from counterflow.store.salts import salt_of

if TYPE_CHECKING:
    from counterflow.account.oversight.decisions import Events
    from counterflow.store.workspace import Workspace

__all__ = ["LOGS", "SOURCE", "acts_of_two", "name_behind", "note_look", "own_events", "own_integrity", "reconcile_logs",
           "reconciliations", "system_log"]  # fmt: skip

LOGS = ("scanner", "gate", "lab")
SOURCE = "the decisions of this house"
_CODES = "codes"

#: decisions: inspections with their result by who recorded them, and releases by who agreed to them
_DECISIONS = """
    SELECT o.recorded_by AS person, o."time" AS at, o.source || '/' || o.record_id AS "case", d.office, d.lane,
        CASE d.arm WHEN 'random' THEN 'random' ELSE 'chosen' END AS assignment, 'inspect' AS decision,
        CASE o.confirmation WHEN 'confirmed' THEN 'found' WHEN 'none' THEN 'none' WHEN 'refuted' THEN 'none'
            ELSE 'pending' END AS hit, p.name AS trader
    FROM (SELECT * FROM outcome WHERE state = 'inspected' AND recorded_by IS NOT NULL QUALIFY row_number() OVER (
            PARTITION BY source, record_id, plan ORDER BY recorded_at DESC, ledger_seq DESC) = 1) o
    LEFT JOIN draw d ON d.plan = o.plan AND d.source = o.source AND d.record_id = o.record_id
    LEFT JOIN (SELECT source, record_id, min(name) AS name FROM party WHERE role IN ('consignee', 'importer')
        GROUP BY ALL) p ON p.source = o.source AND p.record_id = o.record_id
    UNION ALL
    SELECT coalesce(a.second_person, a.person), a.acted_at, a.source || '/' || a.record_id, c.office, c.lane, 'chosen',
        'release', '', p.name
    FROM queue_act a LEFT JOIN consignment c USING (source, record_id)
    LEFT JOIN (SELECT source, record_id, min(name) AS name FROM party WHERE role IN ('consignee', 'importer')
        GROUP BY ALL) p USING (source, record_id)
    WHERE a.act = 'release'
    UNION ALL
    SELECT coalesce(n.name, v."by"), v."at", v.request, '', '', 'chosen', 'override', '', NULL
    FROM access_override v LEFT JOIN access_person n ON n.person = v."by" WHERE v.act = 'use'
    ORDER BY ALL"""
_TWO = """
    SELECT r.asked_by AS asker, a."by" AS second, r.act, a.act = 'agree' AS agreed,
        date_diff('millisecond', r.asked_at, a."at") / 1000.0 AS seconds, CAST(a."at" AS DATE) AS day
    FROM access_request r JOIN access_request_act a USING (request)
    WHERE a.act IN ('agree', 'refuse') ORDER BY r.asked_at, r.request"""
_SYSTEM = """
    SELECT coalesce(item_id, record_id) AS id, coalesce(office, '') AS port,
        CAST(epoch(coalesce(arrived_at, CAST(declared_on AS TIMESTAMPTZ))) / 60 AS BIGINT) AS minute
    FROM consignment
    UNION ALL SELECT record_id, port, CAST(epoch(hour) / 60 AS BIGINT) FROM crossing ORDER BY ALL"""


def own_events(workspace: Workspace) -> Events:
    """Return this house's own decisions as events, officers and firms under codes.

    Raises:
        InputError: nobody has decided anything yet.
    """
    rows: list[dict[str, Any]] = workspace.store.rows(_DECISIONS)
    if not rows:
        raise InputError("This house has no decision yet.", hint="Give a file of decisions, or record outcomes first.")
    columns: dict[str, list[str]] = {
        "officer": [_code(workspace, "O", str(row["person"])) for row in rows],
        "trader": [_code(workspace, "F", str(row["trader"])) if row["trader"] else "" for row in rows],
        "time": [row["at"].strftime("%Y-%m-%dT%H:%M") for row in rows],
    }
    columns |= {name: [str(row[name] or "") for row in rows]
                for name in ("case", "office", "lane", "assignment", "decision", "hit")}  # fmt: skip
    return events_of(table_of_columns(columns, SOURCE), {})


def own_integrity(workspace: Workspace) -> Report:
    """Return patterns in this house's own decisions.

    Raises:
        InputError: nobody has decided anything, or fewer than three officers have.
    """
    return integrity(own_events(workspace))


def note_look(workspace: Workspace, report: Report, person: str) -> None:
    """Put on record that somebody looked at patterns: how many officers, how many flagged; no code, no name."""
    from counterflow.store.ledger import salted_digest

    salt = salt_of(workspace.store, INTEGRITY_UNDER, _CODES)
    body = {
        "act": "look", "officers": len(report.rows), "flagged": sum(row["flagged"] for row in report.rows),
        "person": salted_digest(salt, f"person:{folded(person)}"),
    }  # fmt: skip
    workspace.ledger.append("integrity-look", body)


def _code(workspace: Workspace, letter: str, name: str) -> str:
    """Return the code of a name: a keyed digest, so that nobody finds it by trying names against a list."""
    salt = _salt(workspace)
    digest = hashlib.blake2b(folded(name).encode(), key=salt, digest_size=4).hexdigest()
    return f"{letter}-{digest}"


def _salt(workspace: Workspace) -> bytes:
    return salt_of(workspace.store, INTEGRITY_UNDER, _CODES)


def name_behind(workspace: Workspace, code: str) -> str:
    """Return the name behind an officer's code; ask it only where a review is opened.

    Raises:
        UnknownName: no officer of this house has that code.
    """
    names = {str(row["person"]) for row in workspace.store.rows(_DECISIONS)}
    for name in sorted(names):
        if _code(workspace, "O", name) == code:
            return name
    raise UnknownName("officer", code, [])


def acts_of_two(workspace: Workspace) -> list[ActOfTwo]:
    """Return the requests that a second person decided, by ids of persons."""
    rows: list[dict[str, Any]] = workspace.store.rows(_TWO)
    return [
        ActOfTwo(row["asker"], row["second"], row["act"], bool(row["agreed"]), row["seconds"], row["day"])
        for row in rows
    ]


def system_log(workspace: Workspace) -> Log:
    """Return what this house has on record as having come: consignments and crossings, by id, port and time."""
    rows: list[dict[str, Any]] = workspace.store.rows(_SYSTEM)
    return log_of("system", "this workspace", [(str(r["id"]), str(r["port"]), r["minute"]) for r in rows])


def reconcile_logs(
    workspace: Workspace, logs: Mapping[str, Path], *, person: str, columns: Mapping[str, str], within: int
) -> list[Reconciled]:
    """Hold logs against this workspace's records, and put the counts on record.

    Args:
        workspace: whose records.
        logs: kind of log to its file.
        person: who does it; the ledger gets a salted digest.
        columns: field to column, where names do not tell.
        within: minutes that two times of one passing may be apart.

    Raises:
        InputError: a log cannot be read, or there is nothing to compare with.
    """
    system = system_log(workspace)
    made = [reconcile(read_log(path, name, columns), system, within=within) for name, path in logs.items()]
    for one in made:
        _put(workspace, one, person)
    return made


def _put(workspace: Workspace, one: Reconciled, person: str) -> None:
    """Seal the counts of a reconciliation; what is missing goes in as salted digests of ids."""
    from counterflow.store.ledger import decimal_text, salted_digest

    now = workspace.clock()
    told = {key: one.summary[key] for key in ("lines", "matched", "other_time", "missing", "again", "no_id")}
    run = "E-" + hashlib.sha256(f"{one.log}\x1f{now.isoformat()}\x1f{told}".encode()).hexdigest()[:12]
    salt = salt_of(workspace.store, INTEGRITY_UNDER, run)
    missing = [str(line["id"]) for line in one.lines if line["state"] == "missing"]
    body: dict[str, object] = {
        "run": run, "log": one.log, **told, "unseen": len(one.unseen), "low": decimal_text(one.summary["low"]),
        "high": decimal_text(one.summary["high"]), "digest": salted_digest(salt, "\x1f".join(sorted(missing))),
        "person": salted_digest(salt, f"person:{folded(person)}"),
    }  # fmt: skip
    with workspace.store.transaction():
        entry = workspace.ledger.append("reconciliation", body)
        row = {
            "run": run, "log": one.log, "file": one.summary["source"], **told, "unseen": len(one.unseen),
            "low": one.summary["low"], "high": one.summary["high"], "level": one.summary["level"], "person": person,
            "ran_at": now, "ledger_seq": entry.seq,
        }  # fmt: skip
        workspace.store.append("reconciliation", pa.Table.from_pylist([row], schema=RECONCILIATION))


def reconciliations(workspace: Workspace, limit: int = 20) -> list[dict[str, Any]]:
    """Return the latest reconciliations, newest first."""
    return workspace.store.rows("SELECT * FROM reconciliation ORDER BY ran_at DESC, run LIMIT ?", [limit])
