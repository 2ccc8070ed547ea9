"""What is decided about an order, an alarm or a customer: one act for commands, pages and programs.

Where the house asks for two (`orders.second_person`), a page or a program asks a second person, who agrees in a session
of their own; `agreed` is what then happens.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import InputError
from counterflow.flow.order_cases import stands_against
from counterflow.orders.cases.decisions import Choice, Decided
from counterflow.orders.cases.decisions import decide as keep_decision

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["agreed", "agreed_withdrawal", "as_payload", "choice_of", "decide", "decided", "form_of_report",
           "withdrawal_of"]  # fmt: skip

_LONGEST = 4000


def decide(workspace: Workspace, choice: Choice) -> Decided:
    """Write a decision down; before an order is shipped, what its answer holds against that is asked.

    Raises:
        InputError: something is missing or contradictory; the hint says which.
        NeedsSecond: a second person must agree, and none is named.
        UnknownName: there is no such alarm, order or customer.
    """
    shipped = (choice.subject, choice.act) == ("order", "ship")
    return keep_decision(workspace, choice, against=stands_against(workspace, choice.subject_id) if shipped else ())


def choice_of(said: Mapping[str, Any], person: str, second_person: str | None = None) -> Choice:
    """Return a decision from what a form or a program says: texts, empty where nothing is said.

    Args:
        said: subject, subject_id, act, ground; finding, holds_to (a day), new_expected (a quantity).
        person: who decides.
        second_person: who agreed.

    Raises:
        InputError: a day or a quantity cannot be read, or a text is too long.
    """
    texts = {name: str(said.get(name) or "").strip() for name in ("subject", "subject_id", "act", "ground")}
    for name, text in texts.items():
        if len(text) > _LONGEST:
            raise InputError(f"{name} is too long.", hint=f"Give at most {_LONGEST} characters.", column=name)
    return Choice(
        **texts, person=person, second_person=second_person, finding=str(said.get("finding") or "") or None,
        holds_to=_day(said.get("holds_to")), new_expected=_quantity(said.get("new_expected")),
    )  # fmt: skip


def as_payload(choice: Choice) -> dict[str, Any]:
    """Return a decision as it waits for a second person; `choice_of` reads it again."""
    return {
        "subject": choice.subject, "subject_id": choice.subject_id, "act": choice.act, "ground": choice.ground,
        "finding": choice.finding or "", "holds_to": choice.holds_to.isoformat() if choice.holds_to else "",
        "new_expected": "" if choice.new_expected is None else repr(choice.new_expected),
    }  # fmt: skip


def agreed(  # the form of every act that needs two
    workspace: Workspace,
    subject: str,  # noqa: ARG001
    payload: Mapping[str, Any],
    *,
    asked_by: str,
    agreed_by: str,
    ground: str,  # noqa: ARG001
) -> dict[str, Any]:
    """Take a decision that a second person has agreed to.

    Args:
        workspace: where.
        subject: what it is about, as it was asked.
        payload: the decision, as `as_payload` gives it.
        asked_by: who decided.
        agreed_by: who agreed.
        ground: why the second person agreed; the decision's own ground stands in the payload.
    """
    made = decide(workspace, choice_of(payload, asked_by, agreed_by))
    return {"decision": made.row["decision"], "ledger_seq": made.row["ledger_seq"], "repeated": made.repeated}


def decided(workspace: Workspace, subject: str, subject_id: str) -> list[dict[str, Any]]:
    """Return what was decided about an order, an alarm or a customer, the latest first."""
    rows: list[dict[str, Any]] = workspace.store.rows(
        "SELECT decided_at, act, finding, ground, person, second_person, holds_to, ledger_seq FROM order_decision"
        " WHERE subject = ? AND subject_id = ? ORDER BY decided_at DESC, ledger_seq DESC",
        [subject, subject_id],
    )
    return rows


def form_of_report(row: Mapping[str, Any]) -> str:
    """Return the id of the form that a report was drafted on; empty where it is none of ours any more."""
    from counterflow.orders.cases.forms import forms
    from counterflow.orders.cases.sealing import short_id

    return next((one for one in forms() if short_id("R", one, row["subject_id"]) == row["report"]), "")


def withdrawal_of(report: str, ground: str) -> dict[str, Any]:
    """Return the withdrawal of a report as it waits for a second person."""
    return {"report": report, "ground": ground}


def agreed_withdrawal(
    workspace: Workspace,
    subject: str,  # noqa: ARG001
    payload: Mapping[str, Any],
    *,
    asked_by: str,
    agreed_by: str,
    ground: str,  # noqa: ARG001
) -> dict[str, Any]:
    """Withdraw a report after a second person has agreed; arguments as of `agreed`."""
    from counterflow.orders.cases.reports import withdraw

    row = withdraw(
        workspace, str(payload["report"]), ground=str(payload["ground"]), person=asked_by, second_person=agreed_by
    )
    return {"report": row["report"], "state": row["state"], "ledger_seq": row["ledger_seq"]}


def _day(value: object) -> dt.date | None:
    if value in (None, ""):
        return None
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise InputError("This is no day.", hint="Write it as 2026-12-31.", column="holds_to", value=value) from None


def _quantity(value: object) -> float | None:
    if value in (None, ""):
        return None
    try:
        return float(str(value))
    except ValueError:
        raise InputError(
            "This is no quantity.", hint="Write a number, as 250 or 12.5.", column="new_expected", value=value
        ) from None
