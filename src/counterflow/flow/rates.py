"""The rates: of what comes through, how much is found, what is missed, and has the flow moved since?"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from counterflow.account.fairness.places import burden_rows
from counterflow.account.interdiction.frame import interdiction
from counterflow.core.errors import UsageError
from counterflow.store.loads import is_synthetic
from counterflow.target.loop.drift import DriftOptions, watch
from counterflow.target.loop.drift_input import watched_in_store

if TYPE_CHECKING:
    from counterflow.account.interdiction.sensitivity import Sensitivity
    from counterflow.store.workspace import Workspace

__all__ = ["drift_of", "rates_of", "state_of"]

_RECENT_DAYS = 28
_COUNTS = """
    SELECT (SELECT count(*) FROM outcome) AS outcomes, (SELECT count(*) FROM plan) AS plans,
           (SELECT count(*) FROM consignment) AS records, (SELECT count(*) FROM crossing) AS crossings,
           (SELECT count(*) FROM severity_act) AS severities
"""


def rates_of(
    workspace: Workspace,
    *,
    since: dt.date | None = None,
    until: dt.date | None = None,
    sensitivity: Sensitivity | None = None,
) -> dict[str, Any]:
    """Return what was found and missed over a period of planned days, by lane and arm, with the burden beside it.

    Args:
        workspace: plans and outcomes.
        since: first planned day; the first there is where None.
        until: last planned day, included.
        sensitivity: how well inspection detects; the settings, else the declared detection rates where None.

    Returns:
        synthetic, as_of, since, until, planned (first and last planned day there are), rows (as
        `account.interdiction_rows` makes them, all lanes as ``*`` first), burden.

    Raises:
        UsageError: the period ends before it starts.
    """
    if since and until and until < since:
        raise UsageError(f"The period ends ({until}) before it starts ({since}).", hint="Swap the days.")
    store = workspace.store
    planned = store.rows("SELECT min(day) AS first, max(day) AS last FROM draw")[0]
    rows = interdiction(workspace, since=since, until=until, sensitivity=sensitivity)
    return {
        "synthetic": is_synthetic(store), "as_of": rows[0]["as_of"], "since": since, "until": until,
        "planned": (planned["first"], planned["last"]), "rows": rows, "burden": burden_rows(store, since, until),
    }  # fmt: skip


def drift_of(workspace: Workspace, *, recent_days: int = _RECENT_DAYS, level: float = 0.01) -> dict[str, Any]:
    """Return what is watched for drift, alarms first, on all plans and outcomes there are.

    Args:
        workspace: plans and outcomes.
        recent_days: days that are judged; all before are the reference.
        level: chance of a false alarm of one kind in one look.

    Returns:
        recent_days, level, signals (as `target.loop.drift` gives them), alarms (how many).
    """
    options = DriftOptions(recent_days=recent_days, level=level)
    signals = [signal.as_dict() for signal in watch(watched_in_store(workspace.store), options)]
    return {
        "recent_days": recent_days, "level": level, "signals": signals,
        "alarms": sum(bool(signal["alarm"]) for signal in signals),
    }  # fmt: skip


def state_of(workspace: Workspace) -> object:
    """Return what differs once anything came in that rates, drift or a what-if rest on, and on another day.

    Not the size of the ledger: that grows with every read that is logged.
    """
    return workspace.store.rows(_COUNTS), workspace.clock().date()
