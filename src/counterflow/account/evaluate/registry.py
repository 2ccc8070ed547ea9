"""Designs sealed before outcomes are read, and every result kept: what makes "it worked" worth hearing.

A seal proves when the design was written down, not that nobody looked. So three things are told apart: `confirmatory`,
sealed before anyone could know an outcome after the start; `registered`, sealed before this workspace read one, though
outcomes existed; `exploratory`, everything else, which is no shame as long as it says so.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.account.evaluate.design import Design, design_of_plan
from counterflow.account.evaluate.panel import Panel
from counterflow.core.errors import InputError, UnknownName
from counterflow.core.tables import EVALUATION_DESIGN, EVALUATION_RUN
from counterflow.store.ledger import decimal_text

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Scope", "content_digest", "earlier_readings", "keep_run", "list_designs", "list_runs", "named_design",
           "named_run", "register", "standing"]  # fmt: skip

Scope = dict[str, str]

#: years after which no official count is still unknown
_MOST_YEARS_LATE = 3


def register(workspace: Workspace, design: Design) -> dict[str, Any]:
    """Seal a design and store it; sealing the same one again changes nothing. Return its row.

    Raises:
        InputError: another design was sealed under its id.
    """
    known = workspace.store.rows("SELECT * FROM evaluation_design WHERE design = ?", [design.design])
    if known:
        if known[0]["sha256"] == design.digest():
            return known[0]
        raise InputError(
            f"Another design was sealed as {design.design!r} on {known[0]['sealed_at']:%Y-%m-%d %H:%M} UTC.",
            hint="A sealed design is never changed; give the new plan its own id.",
            column="design",
        )
    today = workspace.clock().date()
    prospective = design.first_known is not None and today < design.first_known and not _long_ago(design.start, today)
    body = {
        "design": design.design,
        "sha256": design.digest(),
        "estimators": list(design.estimators),
        "first_known": design.first_known.isoformat() if design.first_known else None,
        "prospective": prospective,
    }
    entry = workspace.ledger.append("evaluation-design", body, key=f"evaluation-design:{design.digest()}")
    row = {
        "design": design.design, "title": design.title, "question": design.question, "who": design.who,
        "plan": design.plan(), "first_known": design.first_known, "prospective": prospective,
        "sha256": design.digest(), "sealed_seq": entry.seq, "sealed_at": entry.time,
    }  # fmt: skip
    workspace.store.append("evaluation_design", pa.Table.from_pylist([row], schema=EVALUATION_DESIGN))
    return row


def _long_ago(start: str, today: dt.date) -> bool:
    """Whether a start in calendar years lies further back than any office is late with its counts."""
    found = re.match(r"(1[89]\d\d|2\d{3})(?!\d)", start)
    return found is not None and today.year - int(found[1]) > _MOST_YEARS_LATE


def list_designs(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the designs, latest first, each with how often it was run and whether its words are the sealed ones."""
    rows = workspace.store.rows("SELECT * FROM evaluation_design ORDER BY sealed_seq DESC")
    count = workspace.store.rows("SELECT design, count(*) AS n FROM evaluation_run GROUP BY design")
    runs = {row["design"]: row["n"] for row in count}
    return [row | {"runs": runs.get(row["design"], 0), "intact": _intact(workspace, row)} for row in rows]


def _intact(workspace: Workspace, row: Mapping[str, Any]) -> bool:
    sealed = workspace.ledger.entry(row["sealed_seq"]).body.get("sha256")
    return bool(sealed == row["sha256"] == hashlib.sha256(row["plan"].encode()).hexdigest())


def named_design(workspace: Workspace, name: str) -> tuple[dict[str, Any], Design]:
    """Return a design's row and the design.

    Raises:
        UnknownName: none is called so.
        InputError: its words are not those that were sealed.
    """
    rows = {row["design"]: row for row in list_designs(workspace)}
    if name not in rows:
        raise UnknownName("evaluation design", name, rows)
    if not rows[name]["intact"]:
        raise InputError(
            f"The design {name!r} is not what was sealed.",
            hint="Its words were changed in the store; see account verify.",
        )
    return rows[name], design_of_plan(rows[name]["plan"])


def list_runs(workspace: Workspace, design: str | None = None) -> list[dict[str, Any]]:
    """Return every result that was computed, earliest first: those of one design, or all."""
    where, values = ("", []) if design is None else ("WHERE design = ?", [design])
    rows: list[dict[str, Any]] = workspace.store.rows(
        f"SELECT * FROM evaluation_run {where} ORDER BY sealed_seq", values
    )
    return rows


def named_run(workspace: Workspace, name: str) -> dict[str, Any]:
    """Return one result, with `intact`: is it what was sealed?

    Raises:
        UnknownName: none is called so.
    """
    rows = {row["run"]: row for row in list_runs(workspace)}
    if name not in rows:
        raise UnknownName("result", name, rows)
    row = rows[name]
    sealed = workspace.ledger.entry(row["sealed_seq"]).body.get("sha256")
    digest = hashlib.sha256(row["result"].encode()).hexdigest()
    return row | {"intact": bool(sealed == digest == row["result_sha256"])}


def content_digest(panel: Panel) -> str:
    """Return the SHA-256 of units, periods and outcomes, the same however a file orders or writes them."""
    lines = sorted(
        f"{unit}\x1f{period.place!r}\x1f{value!r}"
        for unit, values in zip(panel.units, panel.outcome.tolist(), strict=True)
        for period, value in zip(panel.periods, values, strict=True)
        if not math.isnan(value)
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def scope_of(panel: Panel, treated: Sequence[str], start: str) -> Scope:
    """Return what a run reads, as columns of its row."""
    return {
        "outcome": panel.outcome_name, "treated": json.dumps(list(treated), ensure_ascii=False), "start": start,
        "first_period": panel.labels[0], "last_period": panel.labels[-1], "panel_sha256": panel.digest,
        "content_sha256": content_digest(panel),
    }  # fmt: skip


def earlier_readings(workspace: Workspace, row: Mapping[str, Any], scope: Scope) -> list[dict[str, Any]]:
    """Return results computed from the same outcomes before a design was sealed.

    The same content, however written; or the same column for a treated unit of the design.
    """
    treated = set(json.loads(scope["treated"]))
    return [
        run for run in list_runs(workspace)
        if run["sealed_seq"] < row["sealed_seq"] and (
            run["content_sha256"] == scope["content_sha256"]
            or (run["outcome"] == scope["outcome"] and treated & set(json.loads(run["treated"] or "[]")))
        )
    ]  # fmt: skip


def standing(
    row: Mapping[str, Any] | None,
    deviations: Sequence[Mapping[str, str]],
    earlier: Sequence[Mapping[str, Any]],
    today: dt.date | None = None,
) -> tuple[str, str]:
    """Return how a result stands, and why.

    Args:
        row: the design's row; None where there is none.
        deviations: what was done otherwise than registered.
        earlier: readings of the outcomes before the seal.
        today: the day of the run, against which a design's word on when outcomes are known is held.
    """
    if row is None:
        return "exploratory", "No design was registered before these outcomes were read."
    if deviations:
        changed = ", ".join(d["what"] for d in deviations)
        return "exploratory", f"It departs from the registered design in: {changed}."
    if earlier:
        return "exploratory", (
            f"These outcomes were read here before the design was sealed ({earlier[0]['run']},"
            f" {earlier[0]['ran_at']:%Y-%m-%d %H:%M} UTC)."
        )
    if row["prospective"] and today is not None and today < row["first_known"]:
        return "exploratory", (
            f"The design says that no outcome after the start can be known before {row['first_known']}; this panel"
            f" held them on {today}."
        )
    sealed = f"{row['sealed_at']:%Y-%m-%d %H:%M} UTC, ledger entry {row['sealed_seq']}"
    if row["prospective"]:
        return "confirmatory", (
            f"Sealed on {sealed}, before {row['first_known']}, when the first outcome after the start could be known."
        )
    return "registered", (
        f"Sealed on {sealed}, before these outcomes were read here. They existed by then: that nobody had seen them"
        " elsewhere rests on the word of who registered it."
    )


def keep_run(
    workspace: Workspace,
    *,
    design: str,
    scope: Scope,
    result: Mapping[str, Any],
    verdict: str,
    stands: tuple[str, str],
    deviations: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """Seal a result and store it beside all earlier ones; none is ever replaced. Return its row."""
    text = json.dumps(result, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    number = len(list_runs(workspace, design)) + 1
    name = f"{design or 'unregistered'}-{number}"
    body = {
        "run": name, "design": design, "standing": stands[0], "sha256": digest, "panel": scope["panel_sha256"],
        "content": scope["content_sha256"], "deviations": [d["what"] for d in deviations], "effects": _effects(result),
    }  # fmt: skip
    entry = workspace.ledger.append("evaluation-run", body)
    row = {
        "run": name, "design": design, "standing": stands[0], "why": stands[1],
        "deviations": json.dumps([dict(d) for d in deviations], ensure_ascii=False), **scope, "result": text,
        "verdict": verdict, "result_sha256": digest, "sealed_seq": entry.seq, "ran_at": entry.time,
    }  # fmt: skip
    workspace.store.append("evaluation_run", pa.Table.from_pylist([row], schema=EVALUATION_RUN))
    return row


def _effects(result: Mapping[str, Any]) -> dict[str, dict[str, str | None]]:
    """Return effect and interval of each estimator as the ledger writes numbers."""
    found = {}
    for name, told in result.items():
        if isinstance(told, dict) and "effect" in told and "low" in told:
            ends = {end: told[end] for end in ("effect", "low", "high")}
            found[name] = {end: None if value is None else decimal_text(value) for end, value in ends.items()}
    return found
