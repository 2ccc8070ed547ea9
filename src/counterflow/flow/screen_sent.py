"""Records that a program sends as plain data, as the tables that checks read."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.core.tables import CONSIGNMENT, GOODS_LINE, PARTY
from counterflow.flow.screen_now import ScreenedNow, screen_now
from counterflow.store.workspace import Workspace

__all__ = ["MOST_FINDINGS", "screen_sent"]

#: findings in one answer; more are a sign that the records are better loaded
MOST_FINDINGS = 50_000
_SOURCE = "sent"


def screen_sent(workspace: Workspace, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Screen records that are given as dictionaries, and answer with what was found on which of them.

    Args:
        workspace: whose checks, lists and thresholds speak.
        records: fields of `consignment` by name, with `goods` (fields of `goods_line`) and `parties` (of `party`);
            a record without a day is taken as declared today.

    Raises:
        InputError: two records have the same id, or there is too much to tell.
    """
    doubled = [one for one, times in Counter(r["record_id"] for r in records).items() if times > 1]
    if doubled:
        raise InputError(
            "Two records have the same id.", hint="Give each its own.", column="record_id", value=doubled[0]
        )
    today = workspace.clock()
    told = screen_now(workspace, _tables(records, today))
    if told.findings.num_rows > MOST_FINDINGS:
        raise InputError(
            f"{told.findings.num_rows:,} findings are more than one answer holds ({MOST_FINDINGS:,}).",
            hint="Send the records in parts.",
        )
    return _answer(told, [r["record_id"] for r in records if r.get("declared_on") is None], today.date())


def _tables(records: Sequence[Mapping[str, Any]], now: dt.datetime) -> dict[str, pa.Table]:
    key = {"source": _SOURCE, "batch": _SOURCE}
    heads = [
        {**record, **key, "first_seen": now, "declared_on": record.get("declared_on") or now.date()}
        for record in records
    ]
    goods = [
        {**line, **key, "record_id": record["record_id"], "line": number}
        for record in records
        for number, line in enumerate(record.get("goods") or (), start=1)
    ]
    parties = [
        {**party, **key, "record_id": record["record_id"]}
        for record in records
        for party in record.get("parties") or ()
    ]
    # Columns that the schema does not know (goods, parties) are left out by it.
    return {
        "consignment": pa.Table.from_pylist(heads, schema=CONSIGNMENT),
        "goods_line": pa.Table.from_pylist(goods, schema=GOODS_LINE),
        "party": pa.Table.from_pylist(parties, schema=PARTY),
    }


def _answer(told: ScreenedNow, undated: Sequence[str], today: dt.date) -> dict[str, Any]:
    rows: list[dict[str, Any]] = told.findings.drop_columns(["source", "run"]).to_pylist()
    references: dict[str, dict[str, Any]] = {}
    for row in rows:
        said = {"text": row.pop("reference_text"), "version": row.pop("reference_version")}
        if row["reference"]:
            references[row["reference"]] = said
    notes = [f"{run.check} did not run: {run.waits_for}" for run in told.checks if run.waits_for]
    if undated:
        notes.append(f"{len(undated):,} records name no day; the law of {today} was asked.")
    return {
        "records": told.records,
        "with_findings": len({row["record_id"] for row in rows}),
        "findings": rows,
        "references": references,
        "checks": [
            {"check": r.check, "version": r.version, "findings": r.findings, "waits_for": r.waits_for}
            for r in told.checks
        ],
        "lists": dict(told.lists),
        "said": notes,
    }
