"""Today's work: which sheets a day has and how far each has come, and one sheet whole with what was recorded on it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.store.loads import is_synthetic
from counterflow.target.choice.said import TOP_TIER
from counterflow.target.sheets.sheet import sheet

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["Place", "day_shown", "minutes_of", "planned_days", "room_at", "today_of"]

_MOST_DAYS = 62

#: the days that plans select anything for, newest plans' days last
_DAYS = """
    SELECT day, count(*) AS records FROM draw WHERE arm <> '' GROUP BY day ORDER BY day DESC LIMIT ?
"""
#: every sheet of a day; where several plans have the same office and lane, the plan made last holds
_SHEETS = """
    WITH chosen AS (
        SELECT coalesce(d.office, '') AS office, coalesce(d.lane, '') AS lane, d.plan, d.source, d.record_id,
               d.service_minutes, d.arm, p.made_at, p.ledger_seq
        FROM draw d JOIN plan p ON p.plan = d.plan WHERE d.arm <> '' AND d.day = ?
    ), newest AS (
        SELECT office, lane, plan FROM (
            SELECT office, lane, plan, row_number() OVER (
                PARTITION BY office, lane ORDER BY max(made_at) DESC, max(ledger_seq) DESC, plan) AS turn
            FROM chosen GROUP BY office, lane, plan) ordered WHERE turn = 1
    ), answered AS (
        SELECT DISTINCT o.plan, o.source, o.record_id FROM outcome o
        JOIN chosen c ON c.plan = o.plan AND c.source = o.source AND c.record_id = o.record_id
    )
    SELECT c.office, c.lane, c.plan, count(*) AS records, count(a.record_id) AS done,
           sum(c.service_minutes) AS minutes,
           sum(CASE WHEN a.record_id IS NULL THEN 0 ELSE c.service_minutes END) AS minutes_done,
           count(CASE WHEN c.arm = 'mandatory' AND a.record_id IS NULL THEN 1 END) AS mandatory_open
    FROM chosen c JOIN newest n ON n.office = c.office AND n.lane = c.lane AND n.plan = c.plan
    LEFT JOIN answered a ON a.plan = c.plan AND a.source = c.source AND a.record_id = c.record_id
    GROUP BY c.office, c.lane, c.plan ORDER BY c.office, c.lane
"""
_OUTCOMES = """
    SELECT o.source, o.record_id, o.plan, o.state, o.confirmation, o.harm_class, o.time, o.recorded_at, o.recorded_by,
           o.ledger_seq
    FROM outcome o JOIN asked a ON a.source = o.source AND a.record_id = o.record_id
    ORDER BY o.source, o.record_id, o.time, o.recorded_at, o.ledger_seq
"""
_CLASSES = """
    SELECT f.source, f.record_id, f.harm_class, max(f.strength) AS strength FROM finding f
    JOIN asked a ON f.source = a.source AND f.record_id = a.record_id
    WHERE f.harm_class IS NOT NULL GROUP BY f.source, f.record_id, f.harm_class
"""


@dataclass(frozen=True, slots=True)
class Place:
    """One sheet: an office and lane on a day, "" where records name none.

    Args:
        office: office.
        lane: lane.
        plan: plan that chose.
        records: records on it.
        done: of them with an outcome.
        minutes: minutes they take.
        minutes_done: of them those of records with an outcome.
        mandatory_open: mandatory records without an outcome.
    """

    office: str
    lane: str
    plan: str
    records: int
    done: int
    minutes: float
    minutes_done: float
    mandatory_open: int


def planned_days(store: Store) -> list[dict[str, Any]]:
    """Return the latest days that any plan chose records for, oldest first: day, records."""
    return store.rows(_DAYS, [_MOST_DAYS])[::-1]


def day_shown(days: Sequence[Mapping[str, Any]], today: dt.date) -> dt.date | None:
    """Return the day to begin with: today or the next with a sheet, else the last that had one; None without any."""
    planned: list[dt.date] = [row["day"] for row in days]
    return next((day for day in planned if day >= today), planned[-1] if planned else None)


def today_of(
    workspace: Workspace,
    *,
    day: dt.date | None = None,
    office: str | None = None,
    lane: str | None = None,
    plan: str | None = None,
) -> dict[str, Any]:
    """Return what is to be inspected: the sheets of a day, and one of them whole.

    Args:
        workspace: plans, findings, outcomes.
        day: the day; today, else the next or last planned one where None.
        office: with `lane` the sheet; where None the one with most mandatory records, then most records, left to do.
            "" is records that name none.
        lane: see `office`.
        plan: a certain plan; the latest that chose for the place where None.

    Returns:
        synthetic, today, day, days, places (`Place`), sheet (as `target.sheets.sheet` makes it, each item with
        `outcomes` and `likely`, the gravest class of goods that its findings name), capacity, classes, plan_said.
        `sheet` is None where the day has none.

    Raises:
        UnknownName: there is no such sheet.
        InputError: a lane without office.
    """
    store, today = workspace.store, workspace.clock().date()
    days = planned_days(store)
    on = day or day_shown(days, today)
    rows: list[dict[str, Any]] = store.rows(_SHEETS, [on]) if on else []
    places = [Place(**row) for row in rows]
    shown: dict[str, Any] = {
        "synthetic": is_synthetic(store), "today": today, "day": on, "days": days, "places": places,
        "classes": _classes(workspace), "sheet": None, "capacity": [], "plan_said": [],
    }  # fmt: skip
    asked = _asked_place(places, office, lane)
    if on is None or asked is None:
        return shown
    severity = workspace.settings.target.severity
    made = sheet(
        store, office=asked[0], lane=asked[1], day=on, plan=plan or _plan_of(places, *asked),
        synthetic=bool(shown["synthetic"]),
    )  # fmt: skip
    _add_outcomes(store, made["items"], severity)
    said: list[dict[str, Any]] = store.rows("SELECT said FROM plan WHERE plan = ?", [made["plan"]])
    return shown | {
        "sheet": made, "plan_said": list(said[0]["said"] or []) if said else [],
        "capacity": room_at(workspace, made["plan"], asked[0], asked[1], on),
    }  # fmt: skip


def _classes(workspace: Workspace) -> list[str]:
    """Return the harm classes, gravest first."""
    severity = workspace.settings.target.severity
    return sorted(severity, key=lambda name: (-severity[name], name))


def _asked_place(places: Sequence[Place], office: str | None, lane: str | None) -> tuple[str, str] | None:
    """Return office and lane of the sheet to show; None where the day has none and none was named."""
    if office is None and lane is not None:
        raise InputError("A lane alone is no sheet.", hint="Name its office too.", column="lane", value=lane)
    if office is not None and lane is not None:
        return office, lane
    fitting = [one for one in places if office is None or one.office == office]
    if office is not None and not fitting:
        raise UnknownName("office with a sheet on this day", office, sorted({one.office for one in places}))
    if not fitting:
        return None
    # what must be inspected first, then where most is left to do
    first = min(fitting, key=lambda one: (-one.mandatory_open, one.done - one.records))
    return first.office, first.lane


def _plan_of(places: Sequence[Place], office: str, lane: str) -> str:
    for one in places:
        if (one.office, one.lane) == (office, lane):
            return one.plan
    known = [f"{one.office}/{one.lane}" for one in places]
    raise UnknownName("sheet of this day for office/lane", f"{office}/{lane}", known)


def _add_outcomes(store: Store, items: Sequence[dict[str, Any]], severity: Mapping[str, float]) -> None:
    """Give each item what was recorded of it, oldest first, and what its findings say may be in it."""
    asked = pa.table({k: pa.array([i[k] for i in items], pa.string()) for k in ("source", "record_id")})
    told: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in store.rows(_OUTCOMES, asked=asked):
        told[str(row["source"]), str(row["record_id"])].append(row)
    classes: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in store.rows(_CLASSES, asked=asked):
        classes[str(row["source"]), str(row["record_id"])].append(str(row["harm_class"]))
    for item in items:
        key = (str(item["source"]), str(item["record_id"]))
        item["outcomes"] = told[key]
        grave = [name for name in classes[key] if severity.get(name, 0.0) >= TOP_TIER]
        item["likely"] = max(grave, key=lambda name: (severity[name], name), default="")


def room_at(workspace: Workspace, plan: str, office: str, lane: str, day: dt.date) -> list[dict[str, Any]]:
    """Return the minutes there were for a sheet by resource, and how many its plan spent, here and on all it serves.

    The ledger holds them since the draw: pools of minutes for a day, of which one may serve several offices or lanes.
    Keys: resource, shared (with other sheets), inspections, chosen, chosen_here, minutes, minutes_chosen.
    """
    here: list[dict[str, Any]] = workspace.store.rows(
        "SELECT resource, service_minutes, count(*) AS chosen FROM draw WHERE plan = ? AND coalesce(office, '') = ?"
        " AND coalesce(lane, '') = ? AND day = ? AND arm <> '' GROUP BY resource, service_minutes ORDER BY resource",
        [plan, office, lane, day],
    )
    used = {str(row["resource"]): row for row in here}
    rooms = []
    for cell in cells_of(workspace, plan):
        reaches = cell["office"] in ("*", office) and cell["lane"] in ("*", lane) and cell["day"] == day.isoformat()
        if not reaches:
            continue
        row = used.get(str(cell["resource"]))
        service = float(row["service_minutes"]) if row else None
        chosen = sum(int(cell.get(arm, 0)) for arm in ("mandatory", "random", "followup", "targeted"))
        rooms.append({
            "resource": cell["resource"], "shared": "*" in (cell["office"], cell["lane"]),
            "inspections": int(cell["inspections"]), "chosen": chosen,
            "chosen_here": int(row["chosen"]) if row else 0,
            "minutes": minutes_of(cell["inspections"], service), "minutes_chosen": minutes_of(chosen, service),
        })  # fmt: skip
    return rooms


def minutes_of(inspections: int, service_minutes: float | None) -> float | None:
    """Return the minutes that so many inspections take; None where nobody says how long one takes.

    >>> minutes_of(3, 15.0), minutes_of(3, None)
    (45.0, None)
    """
    return None if service_minutes is None else inspections * service_minutes


def cells_of(workspace: Workspace, plan: str) -> list[dict[str, Any]]:
    """Return the pools of minutes of a plan, one row per pool and day, as the ledger has held them since the draw."""
    rows: list[dict[str, Any]] = workspace.store.rows("SELECT ledger_seq FROM plan WHERE plan = ?", [plan])
    if not rows or rows[0]["ledger_seq"] is None:
        return []
    cells: list[Any] = []
    for entry in workspace.ledger.entries(start=int(rows[0]["ledger_seq"]) + 1):
        if entry.kind != "draw-cells" or entry.body.get("plan") != plan:
            break
        held = entry.body["cells"]
        cells += held if isinstance(held, list) else []
    return cells
