"""Plans for programs: made from a capacity table that is sent, listed, and their whole draw a page at a time."""

from __future__ import annotations

import datetime as dt
import secrets
import tempfile
from pathlib import Path
from typing import Any

from counterflow.core.errors import UnknownName
from counterflow.store.repository import Store
from counterflow.store.workspace import Workspace

__all__ = ["draw_after", "make_plan", "plan_named", "plans_made"]

_LARGEST_SEED = 2**31
_COLUMNS = (
    "source", "record_id", "office", "lane", "day", "arm", "rank", "inclusion_probability", "resource",
    "service_minutes", "detection_rate", "expected_harm", "reasons", "chance", "stratum",
)  # fmt: skip


def make_plan(
    workspace: Workspace,
    capacity: str,
    start: dt.date,
    end: dt.date,
    random_share: float | None = None,
    seed: int | None = None,
) -> dict[str, Any]:
    """Choose what to inspect within a capacity that is given as CSV text; see `target.choice.plan.plan`.

    Args:
        workspace: records, findings, outcomes; takes the plan.
        capacity: CSV `office,lane,day,resource,minutes,service_minutes,detection_rate`.
        start: first day, by date of declaration.
        end: last day, included.
        random_share: share of minutes for the random arm; None takes the setting.
        seed: seed of the draw; None draws a fresh one, which stands in the ledger: a seed that everybody knows
            beforehand is a draw that everybody knows beforehand.

    Returns:
        What was counted, the seed, what the person who planned has to know, and whether this very plan was there.
    """
    from counterflow.target.choice.plan import plan

    used = secrets.randbelow(_LARGEST_SEED) if seed is None else seed
    with tempfile.TemporaryDirectory(prefix="counterflow-") as folder:
        file = Path(folder) / "capacity.csv"
        file.write_text(capacity, "utf-8")
        made = plan(workspace, file, start, end, random_share, used)
    return {
        **made.counts(), "starts": made.starts, "ends": made.ends, "seed": used, "said": list(made.said),
        "repeated": made.repeated,
    }  # fmt: skip


def plans_made(store: Store) -> list[dict[str, Any]]:
    """Return every plan in the order they were made, with records eligible, selected and with an outcome."""
    from counterflow.target.choice.plan import plans

    rows: list[dict[str, Any]] = plans(store).to_pylist()
    return rows


def plan_named(store: Store, name: str) -> dict[str, Any]:
    """Return one plan, with what was said when it was made.

    Raises:
        UnknownName: there is none of this name.
    """
    found = plans_made(store)
    for row in found:
        if row["plan"] == name:
            said = store.rows("SELECT said, model FROM plan WHERE plan = ?", [name])[0]
            return row | {"said": list(said["said"] or ()), "model": said["model"]}  # type: ignore[call-overload]
    raise UnknownName("plan", name, [str(row["plan"]) for row in found])


def draw_after(
    store: Store, plan: str, after: tuple[str, str] | None, count: int, *, arm: str | None = None
) -> list[dict[str, Any]]:
    """Return up to `count` records of a plan's frame after (source, record id), drawn or not.

    Args:
        store: the tables.
        plan: whose frame.
        after: key of the last one seen.
        count: how many.
        arm: only this arm; "selected" is every arm; None is the whole frame, whose probabilities an outsider needs
            to check an estimate.
    """
    said, values = ["plan = ?"], list[object]((plan,))
    if arm == "selected":
        said.append("arm <> ''")
    elif arm is not None:
        said.append("arm = ?")
        values.append(arm)
    if after is not None:
        said.append("(source, record_id) > (?, ?)")
        values += after
    return store.rows(
        f"SELECT {', '.join(_COLUMNS)} FROM draw WHERE {' AND '.join(said)} ORDER BY source, record_id LIMIT ?",
        [*values, count],
    )
