"""Sending the alert of an action: made, put on record with who received it, and sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.account.actions.acts import named, seal_act
from counterflow.account.actions.alerts import Alert, Place, coarse_enough, make_alert
from counterflow.account.actions.sealing import action_named
from counterflow.core.errors import InputError
from counterflow.core.tables import ACTION_ALERT

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["alert_of", "alerts_of", "plan_alert", "send_alert"]


def plan_alert(row: dict[str, Any], places: Sequence[Place], *, tell_class: bool) -> tuple[Alert, Place]:
    """Return the alert of an action and the place it speaks of.

    Args:
        row: the action, as `action_named` gives it.
        places: its area and those it lies in, from the finest on.
        tell_class: False where the class of substance would tell the target.

    Raises:
        InputError: its words were changed, or no place is coarse enough.
    """
    if not row["intact"]:
        hint = "`account action list` shows it; an alert rests on what was sealed."
        raise InputError("The action is not what was sealed.", column="action", value=row["action"], hint=hint)
    place = coarse_enough(places)
    return make_alert(place, row["starts"], row["ends"], row["substance_class"] if tell_class else "all"), place


def send_alert(
    workspace: Workspace,
    action: str,
    alert: Alert,
    place: Place,
    *,
    received_by: Sequence[str],
    person: str,
    watch: str,
) -> dict[str, Any]:
    """Put an alert on record; return its row.

    Raises:
        InputError: nobody is named as having received it, or one was sent for this area before.
    """
    who, row = named(person), action_named(workspace, action)
    offices = sorted({" ".join(one.split()) for one in received_by} - {""})
    if not offices:
        raise InputError("Who receives it?", column="to", hint="Name the health office: --to OFFICE.")
    if any(one["area"] == alert.area for one in alerts_of(workspace, action)):
        raise InputError("An alert was sent for this action and area.", column="action", value=action,
                         hint="`account action show` has it as it was sent.")  # fmt: skip
    late = workspace.clock().date() >= row["starts"]
    kept: dict[str, Any] = {
        "action": action, "alert": alert.alert, "area": alert.area, "level": alert.level,
        "period_from": alert.months[0], "period_to": alert.months[1], "substance_class": alert.substance_class,
        "targets": place.targets, "late": late, "received_by": ", ".join(offices), "watch": watch,
        "sha256": alert.digest(), "person": who,
    }  # fmt: skip
    body = {"alert": alert.alert, "sha256": alert.digest(), "late": late}
    with workspace.store.transaction():
        entry = seal_act(workspace, "action-alert", action, [alert.alert, *offices, who], body, who)
        kept |= {"sent_at": entry.time, "ledger_seq": entry.seq}
        workspace.store.append("action_alert", pa.Table.from_pylist([kept], schema=ACTION_ALERT))
    return kept


def alerts_of(workspace: Workspace, action: str) -> list[dict[str, Any]]:
    """Return the alerts of an action in the order they were sent."""
    rows: list[dict[str, Any]] = workspace.store.rows(
        "SELECT * FROM action_alert WHERE action = ? ORDER BY sent_at, alert", [action]
    )
    return rows


def alert_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return a stored alert as it was sent, and nothing that was not sent."""
    months = (row["period_from"], row["period_to"])
    return Alert(row["alert"], row["area"], row["level"], months, row["substance_class"]).as_dict()
