"""What stands behind the coverage table: which field is missing, how late, which way it goes, what the law asks for."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa

from counterflow.core.errors import UnknownName
from counterflow.intake.coverage import BY, NOT_SAID, coverage
from counterflow.store.repository import Store

__all__ = ["completeness", "lateness", "report", "statutory", "targets", "trend"]

_QUANTILES = (0.1, 0.5, 0.9, 0.99)


def completeness(store: Store, by: Sequence[str] = ()) -> pa.Table:
    """Return, per cell and required field, on how many records the source left it empty, and the share that has it.

    Only fields that are missing somewhere have a row; a cell without rows is complete.
    """
    keys, group = _cut(by)
    return store.query(
        f"""WITH records AS (SELECT sender, departure, lane, strftime(declared_on, '%Y-%m') AS period, missing
                FROM consignment),
            cells AS (SELECT {keys}, count(*) AS received FROM records GROUP BY ALL),
            gaps AS (SELECT {keys}, unnest(missing) AS field FROM records),
            counted AS (SELECT {group}, field, count(*) AS missing FROM gaps GROUP BY ALL)
        SELECT {group}, field, missing, received, 1 - missing / received AS present_share
        FROM counted JOIN cells USING (sender, departure, lane, period) ORDER BY {group}, field"""
    )


def lateness(store: Store, by: Sequence[str] = ()) -> pa.Table:
    """Return, per cell, how many hours after it was due advance data came: count, quantiles, and share on time.

    Negative hours are early. Records without both times are in `unknown`: late data cannot be told from missing times.
    """
    keys, group = _cut(by)
    quantiles = ", ".join(f"quantile_cont(hours, {q}) AS p{round(q * 100):02d}_hours" for q in _QUANTILES)
    return store.query(
        f"""WITH records AS (SELECT sender, departure, lane, strftime(declared_on, '%Y-%m') AS period,
                epoch(advance_at - due_at) / 3600.0 AS hours FROM consignment),
            cells AS (SELECT {keys}, hours FROM records)
        SELECT {group}, count(*) AS received, count(hours) AS known, count(*) - count(hours) AS unknown, {quantiles},
            avg(CAST(hours <= 0 AS INTEGER)) FILTER (hours IS NOT NULL) AS on_time_share
        FROM cells GROUP BY ALL ORDER BY {group}"""
    )


def trend(store: Store, by: Sequence[str] = (), expected: Path | pa.Table | None = None) -> list[dict[str, Any]]:
    """Return coverage by month and `by`, each month with its change against the month before it that has records.

    Changes are differences of shares in percentage points, and the ratio of records received.
    """
    cut = (*[name for name in by if name != "period"], "period")
    rows: list[dict[str, Any]] = coverage(store, cut, expected).to_pylist()
    rows.sort(key=lambda r: (r["sender"], r["departure"], r["lane"], r["period"]))
    before: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        cell = (row["sender"], row["departure"], row["lane"])
        last = before.get(cell)
        for share in ("complete_share", "valid_share", "on_time_share"):
            known = last is not None and row[share] is not None and last[share] is not None
            row[f"{share}_change"] = 100 * (row[share] - last[share]) if known and last is not None else None
        row["received_ratio"] = row["received"] / last["received"] if last is not None else None
        if row["received"]:
            before[cell] = row
    return rows


def targets() -> list[dict[str, Any]]:
    """Return the statutory targets that ship with the program, with their citations and how each was read."""
    text = (resources.files("counterflow.intake") / "statutory.toml").read_text("utf-8")
    return list(tomllib.loads(text)["target"])


def statutory(store: Store, expected: Path | pa.Table | None = None) -> list[dict[str, Any]]:
    """Return, per statutory target and month, the share of mail that had advance data, beside the share asked for.

    The share counts records whose advance data came at all; `in_time` those of them that came before they were due.
    Announcements that are given here must be of the mail that the law covers; then they are what is shared in. Those
    in the store can hold other traffic and are not used. Without any it is the records that reached us, and mail that
    sent nothing at all is not seen: `of` says which.
    """
    rows: list[dict[str, Any]] = []
    announced: dict[str, int] = {}
    if expected is not None:
        announced = {r["period"]: r["expected"] for r in coverage(store, ("period",), expected).to_pylist()}
    for target in targets():
        for month in _months(store, target):
            wanted = announced.get(month["period"]) if target["departure"] == "*" else None
            of = wanted or month["received"]
            rows.append({
                "target": target["id"], "period": month["period"], "asked": target["share"],
                "share": min(1.0, month["with_data"] / of), "with_data": month["with_data"], "of_records": of,
                "of": "announced" if wanted else "received", "in_time": month["in_time"],
                "met": month["with_data"] / of >= target["share"], "law": target["law"],
                "citation": target["citation"], "says": target["says"], "read": target["read"],
            })  # fmt: skip
    return rows


def _months(store: Store, target: dict[str, Any]) -> list[dict[str, Any]]:
    ends = target.get("ends", dt.date.max)
    kinds = ", ".join("?" for _ in target["kinds"])
    return store.rows(
        f"""SELECT strftime(declared_on, '%Y-%m') AS period, count(*) AS received, count(advance_at) AS with_data,
            count(*) FILTER (advance_at <= due_at) AS in_time
        FROM consignment WHERE direction = 'inbound' AND destination = ? AND kind IN ({kinds})
            AND (? = '*' OR departure = ?) AND declared_on > ? AND declared_on <= ?
        GROUP BY 1 ORDER BY 1""",
        [
            target["destination"],
            *target["kinds"],
            target["departure"],
            target["departure"],
            target["starts"],
            ends,
        ],
    )


def report(store: Store, by: Sequence[str] = BY, expected: Path | pa.Table | None = None) -> dict[str, Any]:
    """Return everything that coverage knows, as plain data for JSON."""
    whole = coverage(store, (), expected).to_pylist()[0]
    return {
        "whole": whole,
        "cells": coverage(store, by, expected).to_pylist(),
        "missing_fields": completeness(store).to_pylist(),
        "lateness": lateness(store).to_pylist(),
        "trend": trend(store, (), expected),
        "statutory": statutory(store, expected),
        "cannot_be_screened": whole["unscreenable"],
    }


def _cut(by: Sequence[str]) -> tuple[str, str]:
    for name in by:
        if name not in BY:
            raise UnknownName("dimension of coverage", name, BY)
    keys = ", ".join(f"coalesce({name}, '{NOT_SAID}') AS {name}" if name in by else f"'*' AS {name}" for name in BY)
    return keys, ", ".join(BY)
