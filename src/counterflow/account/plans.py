"""The latest plan as the board shows it: how many of each arm, whose minutes, the head of the sheet."""

from __future__ import annotations

import datetime as dt

from counterflow.store.plans import latest_plan, split_reasons
from counterflow.store.repository import Store

__all__ = ["plan_summary", "sheet_rows"]

_SHOWN_PER_CELL = 5

_ARMS = """
SELECT arm, count(*) AS records FROM draw WHERE plan = ? AND arm <> '' GROUP BY arm ORDER BY arm
"""

_CELLS = """
SELECT coalesce(office, '') AS office, coalesce(lane, '') AS lane, count(*) AS eligible,
       count(CASE WHEN arm <> '' THEN 1 END) AS selected,
       coalesce(sum(CASE WHEN arm = 'mandatory' THEN service_minutes END), 0) AS mandatory,
       coalesce(sum(CASE WHEN arm = 'random' THEN service_minutes END), 0) AS random,
       coalesce(sum(CASE WHEN arm = 'followup' THEN service_minutes END), 0) AS followup,
       coalesce(sum(CASE WHEN arm = 'targeted' THEN service_minutes END), 0) AS targeted,
       coalesce(sum(CASE WHEN arm <> '' THEN service_minutes END), 0) AS minutes
FROM draw WHERE plan = ? GROUP BY 1, 2 ORDER BY 1, 2
"""

_SHEET = """
SELECT office, lane, day, rank, source, record_id, arm, resource, service_minutes AS minutes, expected_harm, reasons
FROM draw WHERE plan = ? AND day = ? AND arm <> '' AND rank <= ? ORDER BY office, lane, rank, source, record_id
"""


def plan_summary(store: Store, today: dt.date) -> dict[str, object]:
    """Return the plan made last, with counts by arm and minutes by office and lane.

    Empty where nothing was planned. `minutes` of a cell are those that the plan uses.
    """
    plan = latest_plan(store)
    if plan is None:
        return {}
    arms = {str(row["arm"]): row["records"] for row in store.rows(_ARMS, [plan["plan"]])}
    cells = store.rows(_CELLS, [plan["plan"]])
    return plan | {
        "day": _shown_day(store, plan["plan"], today),
        "eligible": sum(int(str(cell["eligible"])) for cell in cells),
        "selected": sum(int(str(cell["selected"])) for cell in cells),
        "arms": {arm: arms.get(arm, 0) for arm in ("mandatory", "random", "followup", "targeted")},
        "cells": cells,
    }


def _shown_day(store: Store, plan: str, today: dt.date) -> object:
    """Return the day whose sheet is shown: today or the next on which the plan selects, else its last."""
    rows = store.rows(
        "SELECT coalesce(min(CASE WHEN day >= ? THEN day END), max(day)) AS day FROM draw WHERE plan = ? AND arm <> ''",
        [today, plan],
    )
    return rows[0]["day"]


def sheet_rows(store: Store, today: dt.date) -> list[dict[str, object]]:
    """Return the first ranks of each office and lane on the day shown; reasons as a list."""
    plan = latest_plan(store)
    day = _shown_day(store, plan["plan"], today) if plan else None
    rows = store.rows(_SHEET, [plan["plan"], day, _SHOWN_PER_CELL]) if plan and day else []
    return [row | {"reasons": split_reasons(str(row["reasons"] or ""))} for row in rows]
