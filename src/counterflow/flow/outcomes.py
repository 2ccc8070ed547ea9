"""Recording what came of one inspection, as somebody at the line does it: two keys, at once, and never twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterflow.core.errors import InputError
from counterflow.target.outcomes.take import OutcomeReceipt, record_said

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Changed", "Entered", "record_outcome", "record_outcomes"]


class Changed(InputError):  # noqa: N818 - reads as what it is
    """Somebody else recorded an outcome of the same record in the meantime."""

    code = "changed-meanwhile"
    http_status = 409


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered.

    Args:
        source: source of the record.
        record_id: the record.
        plan: plan that it answers.
        state: not_presented | presented | held | inspected.
        confirmation: none | suspected | presumptive | confirmed | refuted.
        harm_class: what was found; empty where nothing was.
        time: when it happened, ISO 8601; empty for now.
        seen: outcomes of the record that the person had before their eyes; None where that is not known.
    """

    source: str
    record_id: str
    plan: str
    state: str
    confirmation: str = "none"
    harm_class: str = ""
    time: str = ""
    seen: int | None = None


def record_outcome(workspace: Workspace, entered: Entered, *, person: str, where: str = "console") -> OutcomeReceipt:
    """Record one outcome and return its receipt.

    Args:
        workspace: where.
        entered: what was entered.
        person: who records.
        where: where it was entered, in a word.

    Raises:
        Changed: the record has more outcomes than the person saw: look again first.
        InputError: it cannot be taken; says why and what to do. Nothing is written.
    """
    held = workspace.store.rows(
        "SELECT count(*) AS n FROM outcome WHERE source = ? AND record_id = ?", [entered.source, entered.record_id]
    )
    if entered.seen is not None and int(str(held[0]["n"])) != entered.seen:
        raise Changed(
            "An outcome of this record was written since you opened the page.",
            hint="Open it again and look before you record; nothing was written now.",
        )
    row = {
        "record_id": entered.record_id, "source": entered.source, "plan": entered.plan, "state": entered.state,
        "confirmation": entered.confirmation, "harm_class": entered.harm_class, "time": entered.time,
    }  # fmt: skip
    return record_outcomes(workspace, [row], person=person, where=where)


def record_outcomes(
    workspace: Workspace, rows: Sequence[Mapping[str, str]], *, person: str, where: str
) -> OutcomeReceipt:
    """Record outcomes together: all of them, or none and the first reason.

    Args:
        workspace: where.
        rows: record_id, state, confirmation, harm_class, time (empty for now), source, plan of each, as text.
        person: who records.
        where: where they were entered, in a word.

    Raises:
        InputError: one cannot be taken; says why and what to do. Nothing is written.
    """
    now = workspace.clock().astimezone(dt.UTC).isoformat()
    timed = [{**row, "time": row["time"] or now} for row in rows]
    return record_said(workspace, timed, person=person, where=where)
