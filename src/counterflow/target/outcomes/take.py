"""Taking outcomes: what happened to the records that were drawn.

    not_presented → presented → held → inspected            what happened to the record; it only moves forward
    none → suspected → presumptive → confirmed | refuted    what was found; only *confirmed* counts as found

A record that was not presented is missing, not clean. A presumptive test is not a find: a laboratory
confirms or refutes it. Confirmed and refuted may replace each other when a result is corrected. Later rows
supersede earlier ones and none is changed. A row for a record that was never drawn is refused: without its
probability it can tell nothing about what was missed.

Whoever received a suspicion (the office, and the recipients in the settings) is told when it is refuted or
confirmed: see `notices`.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.core.refused import Refused
from counterflow.store.workspace import Workspace
from counterflow.target.csv_file import read_content
from counterflow.target.options import options_from
from counterflow.target.outcomes.notices import notices_for
from counterflow.target.outcomes.rows import REQUIRED, OutcomeRow, read_outcomes
from counterflow.target.outcomes.rules import Known, OnRecord, refusal

__all__ = ["OutcomeReceipt", "record", "record_said"]

SOURCE = "outcomes"
_STATED = ("source", "plan", "record_id", "state", "confirmation", "harm_class", "time")


@dataclass(frozen=True)
class OutcomeReceipt:
    """What became of an outcomes file: read = accepted + rejected.

    Args:
        accepted: rows taken, those included that were on record already.
        rejected: rows refused.
        already: accepted rows that were on record already and changed nothing.
        reasons: reason to number of refused rows.
        refused: each refused row: line, column, value, reason, hint.
        notices: people told of a suspicion, confirmation or refutation.
        taken_as_utc: accepted rows whose time names no offset.
    """

    accepted: int
    rejected: int
    already: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()
    notices: int = 0
    taken_as_utc: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "accepted": self.accepted, "rejected": self.rejected, "already": self.already,
            "notices": self.notices, "reasons": dict(self.reasons),
            "refused": [r.as_dict() for r in self.refused],
        }  # fmt: skip


def record(workspace: Workspace, path: Path, *, person: str | None = None) -> OutcomeReceipt:
    """Take the outcomes in a CSV file.

    Columns: record_id, state, confirmation, harm_class, time; also source, plan and recorded_by where wanted.
    Rows are taken in order of time. The same row again changes nothing, so a file may be sent twice.

    Args:
        workspace: holds the draws; takes the outcomes.
        path: the file.
        person: who records, where the file does not say.

    Raises:
        InputError: the file cannot be read at all, or lacks a column. A bad row does not raise: it is refused,
            counted, and kept in quarantine with its reason.
    """
    return _take(workspace, read_content(path, "a CSV of outcomes"), path.name, person)


def record_said(workspace: Workspace, rows: Sequence[Mapping[str, str]], *, person: str, where: str) -> OutcomeReceipt:
    """Take outcomes that a person enters on a screen: all of them, or none and the reason.

    Args:
        workspace: holds the draws; takes the outcomes.
        rows: record_id, state, confirmation, harm_class and time of each, as text; also source and plan.
        person: who records.
        where: where they were entered, in a word; stands in the receipt in place of a file's name.

    Raises:
        InputError: a row cannot be taken; it says which, why, and what to do. Nothing is written then.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, (*REQUIRED, "source", "plan"), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return _take(workspace, text.getvalue().encode(), where, person, all_or_none=True)


def _take(
    workspace: Workspace, content: bytes, name: str, person: str | None, *, all_or_none: bool = False
) -> OutcomeReceipt:
    options, now = options_from(workspace.settings.target), workspace.clock()
    rows, refused = read_outcomes(content, name, options.severity)
    known = _known(workspace, rows)
    taken: list[tuple[OutcomeRow, OnRecord]] = []
    already = 0
    for row in sorted(rows, key=lambda r: (r.time, r.line)):
        said = known.place(row)
        problem = said if isinstance(said, Refused) else refusal(row, said, now)
        if problem is not None:
            refused.append(problem)
        elif not isinstance(said, Refused) and said.has(row):
            already += 1
        elif not isinstance(said, Refused):
            taken.append((row, said))
            said.take(row)
    refused.sort(key=lambda r: r.line)
    if all_or_none and refused:
        raise _as_error(refused[0])
    as_utc = sum(row.taken_as_utc for row, _ in taken)
    told = _write(workspace, name, content, taken, already, refused, person)
    reasons = dict(sorted(Counter(r.reason for r in refused).items()))
    return OutcomeReceipt(len(taken) + already, len(refused), already, reasons, tuple(refused), told, as_utc)


#: why a row is refused, as said to somebody at a screen
_WHY = {
    "not-drawn": "This record was not drawn", "ambiguous": "Several records have this id",
    "before-draw": "This was before the draw was made", "in-the-future": "This time is too far ahead",
    "superseded": "A later outcome is on record", "goes-back": "This would go back behind what is on record",
    "no-harm-class": "This needs a harm class", "contradiction": "State, finding and harm class do not go together",
}  # fmt: skip


def _as_error(refused: Refused) -> InputError:
    said = _WHY.get(refused.reason, f"This outcome cannot be taken: {refused.reason}")
    return InputError(f"{said}.", hint=refused.hint, column=refused.column or None, value=refused.value or None)


def _known(workspace: Workspace, rows: list[OutcomeRow]) -> Known:
    """Read the draws and the outcomes so far of the records named."""
    asked = pa.table({"record_id": pa.array(sorted({r.record_id for r in rows}), pa.string())})
    draws = workspace.store.rows(
        "SELECT d.source, d.record_id, d.plan, d.day, d.arm, p.made_at, p.ledger_seq FROM draw d"
        " JOIN asked a ON a.record_id = d.record_id JOIN plan p ON p.plan = d.plan"
        " ORDER BY p.made_at DESC, p.ledger_seq DESC, d.source, d.record_id",
        asked=asked,
    )
    outcomes = workspace.store.rows(
        "SELECT o.source, o.record_id, o.plan, o.state, o.confirmation, o.harm_class, o.time FROM outcome o"
        " JOIN asked a ON a.record_id = o.record_id"
        " ORDER BY o.source, o.record_id, o.time, o.recorded_at, o.ledger_seq",
        asked=asked,
    )
    return Known(draws, outcomes, rows)


def _write(
    workspace: Workspace,
    name: str,
    content: bytes,
    taken: list[tuple[OutcomeRow, OnRecord]],
    already: int,
    refused: list[Refused],
    person: str | None,
) -> int:
    """Seal the outcomes in the ledger, then keep rows, notices, refusals and the receipt, all or nothing."""
    store, now = workspace.store, workspace.clock()
    batch = f"outcomes-{hashlib.sha256(content).hexdigest()[:16]}"
    rows = [
        {
            "source": drawn.source, "record_id": row.record_id, "plan": drawn.plan, "state": row.state,
            "confirmation": row.confirmation, "harm_class": row.harm_class or None, "time": row.time,
            "recorded_at": now, "recorded_by": row.recorded_by or person,
        }
        for row, drawn in taken
    ]  # fmt: skip
    bodies = [{k: _plain(row[k]) for k in _STATED} for row in rows]
    told = notices_for(store, rows, options_from(workspace.settings.target).recipients, now)
    with store.transaction():
        if rows:
            key = hashlib.sha256(json.dumps(bodies).encode()).hexdigest()
            sealed = workspace.ledger.append_many([("outcome", b) for b in bodies], key=f"outcome {key}")
            kept = [row | {"ledger_seq": e.seq} for row, e in zip(rows, sealed, strict=True)]
            store.append("outcome", pa.Table.from_pylist(kept))
        if told:
            store.append("notice", pa.Table.from_pylist(told))
        _keep_receipt(workspace, name, content, batch, len(taken) + already, refused)
    return len(told)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _keep_receipt(
    workspace: Workspace, name: str, content: bytes, batch: str, accepted: int, refused: list[Refused]
) -> None:
    store = workspace.store
    for table in ("batch", "quarantine"):
        store.execute(f"DELETE FROM {table} WHERE source = ? AND batch = ?", [SOURCE, batch])
    if refused:
        kept = [r.as_quarantine() | {"source": SOURCE, "batch": batch, "state": "open"} for r in refused]
        store.append("quarantine", pa.Table.from_pylist(kept))
    row = {
        "source": SOURCE, "batch": batch, "content_sha256": hashlib.sha256(content).hexdigest(),
        "file": name, "mapping": SOURCE, "received_at": workspace.clock(),
        "read": accepted + len(refused), "accepted": accepted, "rejected": len(refused),
        "reasons": json.dumps(dict(sorted(Counter(r.reason for r in refused).items()))),
        "tables": json.dumps({"outcome": accepted}),
    }  # fmt: skip
    store.append("batch", pa.Table.from_pylist([row]))
