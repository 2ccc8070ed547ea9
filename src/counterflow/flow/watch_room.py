"""What the page of early warning shows: alarms and who must be told, series, places, and what is not known.

Everything is read as the installation's role may see it (`watch.disclosure`); small cells, and those that would give
them away, are left out before anything leaves this module.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from counterflow.core.errors import CounterflowError
from counterflow.flow.watch_series import Shown, panel_changes
from counterflow.report.charts.places import Point
from counterflow.watch.disclosure.rules import HEALTH, role_in_force
from counterflow.watch.response.board import board

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["own_purpose", "room_of"]

#: days back that a change of panel is told
_CHANGED_DAYS = 180
_PURPOSE = {"health": HEALTH, "oversight": "audit", "enforcement": HEALTH}
_DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}


def own_purpose(role: str) -> str:
    """Return what a role of the room reads for where nobody says otherwise."""
    return _PURPOSE[role]


def room_of(workspace: Workspace, *, role: str | None = None, purpose: str | None = None) -> dict[str, Any]:
    """Return what the page shows.

    Args:
        workspace: whose counts.
        role: as which to read; the one that the installation serves where not given.
        purpose: what for; that role's own where not given.

    Raises:
        AccessError: the role sees more than the installation's.
    """
    from counterflow.store.loads import is_synthetic

    store, settings = workspace.store, workspace.settings.watch
    role = role_in_force(settings.role, role)
    purpose = purpose or _PURPOSE[role]
    told = board(workspace, role=role, purpose=purpose).as_dict()
    alarms = _with_doubt(store, told["alarms"])
    shown = Shown(workspace, purpose, role)
    series = shown.series(alarms)
    points: list[Point] = shown.points(alarms) if shown.grids else []
    today = workspace.clock().date()
    return {
        "synthetic": is_synthetic(store), "as_of": workspace.clock(), "role": role, "purpose": purpose,
        "small": settings.small_cell, "alarms": alarms, "due": told["due"], "precision": told["precision"],
        "withheld": [why for why in dict.fromkeys([told["withheld"], *shown.why]) if why],
        "acts": _acts(store, alarms), "series": series, "series_left": shown.left, "points": points,
        "grain": shown.grain,
        "sources": _sources(store, today), "changes": _changes(store, today), "missing": shown.missing(),
        "contacts": _count(store, "watch_contact"), "counts": _count(store, "series_count"),
        "nowcasts": _count(store, "watch_nowcast"), "located": _count(store, "watch_place", "lat IS NOT NULL"),
    }  # fmt: skip


def _with_doubt(store: Store, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the board's rows with what each alarm rests on."""
    kept: dict[Any, dict[str, Any]] = {
        row["alarm"]: row
        for row in store.rows(
            "SELECT alarm, signal, series, upper, budget, rests_on, complete, panel_said, method_source, as_of, grain"
            " FROM watch_alarm"
        )
    }
    made = []
    for row in rows:
        its = kept[row["alarm"]]
        doubt = []
        if its["budget"] is not None:
            doubt.append(f"false alarms accepted: {float(its['budget']):.3g} per series and {its['grain']}")
        if its["complete"] is not None and its["complete"] < 1:
            doubt.append(f"about {100 * float(its['complete']):.0f} % of reports are in")
        if its["panel_said"]:
            doubt.append(f"what is counted changed: {its['panel_said']}")
        if its["as_of"] is None:
            doubt.append("nobody says as of when the counts stood")
        made.append({**row, "signal": its["signal"], "signal_series": its["series"], "doubt": doubt,
                     "rests_on": its["rests_on"] or "", "method_source": its["method_source"]})  # fmt: skip
    return made


def _acts(store: Store, alarms: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return when each alarm was first told, acknowledged, acted on and disposed."""
    first = {
        (row["about"], row["act"]): row["at"]
        for row in store.rows("SELECT about, act, min(done_at) AS at FROM watch_act GROUP BY about, act")
    }
    kinds = {"told_at": "told", "acknowledged_at": "acknowledged", "acted_at": "acted", "disposed_at": "disposed"}
    return [{**alarm, **{name: first.get((alarm["signal"], kind)) for name, kind in kinds.items()}} for alarm in alarms]


def _sources(store: Store, today: dt.date) -> list[dict[str, Any]]:
    """Return each source with its newest period and how old it is; stale where more than two periods passed."""
    rows = store.rows(
        "SELECT source, measure, grain, max(ends) AS ends, max(as_of) AS as_of, count(DISTINCT place) AS places,"
        " count(*) FILTER (WHERE suppressed) AS suppressed, count(*) FILTER (WHERE NOT looked_for) AS not_looked"
        " FROM series_count GROUP BY source, measure, grain ORDER BY source, measure, grain"
    )
    made = []
    for row in rows:
        ends, grain = cast("dt.date", row["ends"]), str(row["grain"])
        days = (today - ends).days
        made.append({**row, "days": days, "stale": days > 2 * _DAYS.get(grain, 31)})
    return made


def _changes(store: Store, today: dt.date) -> list[dict[str, Any]]:
    recent = today - dt.timedelta(days=_CHANGED_DAYS)
    return [row for row in panel_changes(store) if row["from_day"] >= recent]


def _count(store: Store, table: str, where: str = "TRUE") -> int:
    try:
        found = store.rows(f"SELECT count(*) AS n FROM {table} WHERE {where}")
    except CounterflowError:
        # A workspace of an earlier version has no such table: there is none of it.
        return 0
    return int(cast("int", found[0]["n"]))
