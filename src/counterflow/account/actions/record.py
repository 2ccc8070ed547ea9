"""The calibration record: how often forecasts of actions were right, whose, of what; and which classes do harm."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from counterflow.account.actions.derived import Experience
from counterflow.account.actions.harm import classes_of
from counterflow.account.actions.plan import silent_on
from counterflow.account.actions.scoring import scores_of
from counterflow.account.actions.sealing import list_actions
from counterflow.account.actions.terms import AUTHORS, OVERDUE

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["coverage_rows", "experience_of", "record_of", "wilson"]

_LEVELS = (50, 80, 90)
#: how many times as long a window must be to stand for one that was forecast before it
_LONGER = 1.2
#: fewest scores that a share is told of
_FEWEST = 10
_Z95 = 1.959963984540054
_ESTIMATE = (
    "A forecast is an estimate by its author or a model, not a fact. That harm rose after an action does not show that"
    " the action did it; that is for its evaluation."
)
_SHARED = (
    "Windows of one area overlap in time and share its counts: the intervals here take scores as independent and are"
    " too narrow where few areas stand behind many scores."
)
_LIMITS = (_ESTIMATE, _SHARED)
_OF_MEASURE = (
    "SELECT s.*, a.kind, a.substance_class FROM action_score s JOIN action a USING (action) WHERE s.measure = ?"
    " AND s.\"by\" IN ('history', 'record') AND a.standing IS DISTINCT FROM 'late'"
    " ORDER BY s.scored_at, s.action, s.number"
)


def wilson(right: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson, JASA 22 (1927) 209-212).

    >>> low, high = wilson(9, 10)
    >>> round(low, 3), round(high, 3)
    (0.596, 0.982)
    """
    if of == 0:
        return 0.0, 1.0
    share, z2 = right / of, _Z95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z95 / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def record_of(workspace: Workspace) -> dict[str, Any]:
    """Return the record of all actions; harm first in every list.

    Only forecasts sealed before the first day count as forecasts: what an emergency or a late action says is left out
    of the coverage, and counted. An emergency still is evidence on harm: its yardstick is counts from before. A late
    action is not: who put it on record may have known what came of it.
    """
    actions, today = list_actions(workspace), workspace.clock().date()
    by_id = {row["action"]: row for row in actions}
    named = [
        one | {"kind": by_id[one["action"]]["kind"], "substance_class": by_id[one["action"]]["substance_class"]}
        for one in scores_of(workspace) if one["action"] in by_id
    ]  # fmt: skip
    scores = _one_window(named)
    forecast = [
        one for one in scores if by_id[one["action"]]["standing"] == "sealed" and by_id[one["action"]]["intact"]
    ]
    closed = {str(row["action"]): bool(row["cancelled"]) for row in workspace.store.rows("SELECT * FROM action_close")}
    open_ones = _overdue(actions, closed, {(one["action"], int(one["number"])) for one in named}, today)
    return {
        "as_of": today.isoformat(), "counts": _counts(actions, closed, named, open_ones),
        "harm_first": _harm(named), "classes": classes_of(_evidence(scores, by_id)),
        "coverage": coverage_rows(forecast, ("by",)),
        "by_measure": coverage_rows(forecast, ("by", "measure")), "by_kind": coverage_rows(forecast, ("by", "kind")),
        "overdue": open_ones,
        "unforecast": [_brief(row) for row in actions if row["standing"] != "sealed"],
        "words": [
            *_LIMITS,
        ],
    }  # fmt: skip


def _evidence(scores: Sequence[dict[str, Any]], actions: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in scores if one["by"] == "history" and actions[one["action"]]["standing"] != "late"]


def _one_window(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return of each action, author and measure the score of its longest window, so that no action counts twice.

    Of two as long the one that was forecast first stands, as the first year and not the second.
    """
    best: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["action"], row["by"], row["measure"])
        if key not in best or _days(row) > _LONGER * _days(best[key]):
            best[key] = row
    return sorted(best.values(), key=lambda row: (row["scored_at"], row["action"], row["number"]))


def _days(row: Mapping[str, Any]) -> int:
    return int((row["ends"] - row["starts"]).days)


def coverage_rows(rows: Sequence[Mapping[str, Any]], by: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return, per group, how many of its intervals held, with the 95 % interval of the share; and the bias.

    A share of fewer than ten scores is not told: the counts stand alone.
    """
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(str(row[name]) for name in by), []).append(row)
    made = []
    for key in sorted(groups):
        mine = groups[key]
        line: dict[str, Any] = dict(zip(by, key, strict=True)) | {"scores": len(mine)}
        for level in _LEVELS:
            told = [bool(row[f"inside_{level}"]) for row in mine if row[f"inside_{level}"] is not None]
            line |= _share(f"held_{level}", told)
        above = [row["observed"] > row["median"] for row in mine if row["median"] is not None]
        line |= _share("above_middle", above)
        line |= {"mean_score": _mean(mine, lambda row: row["pinball"]), "bias": _bias(line)}
        made.append(line)
    return made


def _share(name: str, told: Sequence[bool]) -> dict[str, Any]:
    low, high = wilson(sum(told), len(told))
    enough = len(told) >= _FEWEST
    return {
        name: sum(told), f"{name}_of": len(told), f"{name}_share": sum(told) / len(told) if enough else None,
        f"{name}_low": low if enough else None, f"{name}_high": high if enough else None,
    }  # fmt: skip


def _mean(rows: Sequence[Mapping[str, Any]], what: Callable[[Mapping[str, Any]], Any]) -> float | None:
    return sum(float(what(row)) for row in rows) / len(rows) if rows else None


def _bias(line: Mapping[str, Any]) -> str:
    low, high = line["above_middle_low"], line["above_middle_high"]
    if low is None or high is None:
        return "too few to tell"
    return (
        "more happened than was expected"
        if low > 0.5
        else "less happened than was expected"
        if high < 0.5
        else ("cannot be told from none")
    )


def _overdue(
    actions: Sequence[Mapping[str, Any]], closed: Mapping[str, bool], scored: set[tuple[str, int]], today: dt.date
) -> list[dict[str, Any]]:
    """Return the actions with a forecast whose window ended long ago and which nobody has scored."""
    found = []
    for row in actions:
        if closed.get(row["action"]):
            continue
        due = [one for n, one in enumerate(row["forecasts"], 1)
               if one.levels and one.basis == "value" and (row["action"], n) not in scored
               and today > one.ends + OVERDUE]  # fmt: skip
        if due:
            found.append(_brief(row) | {"forecasts": len(due), "ended": max(one.ends for one in due)})
    return found


def _brief(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("action", "kind", "substance_class", "starts", "standing", "reason")}


def _harm(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the scores in which harm rose, the first weeks first, then by how far."""
    kept = ("action", "kind", "substance_class", "by", "measure", "window", "observed", "median", "z", "scored_at")
    mine = [row for row in rows if row["harm"]]
    mine.sort(key=lambda row: (row["window"] != "first weeks", -(row["z"] or 0.0)))
    return [{name: row[name] for name in kept} for row in mine]


def _counts(
    actions: Sequence[Mapping[str, Any]], closed: Mapping[str, bool], scores: Sequence[Mapping[str, Any]],
    overdue: Sequence[object],
) -> dict[str, Any]:  # fmt: skip
    standing = [row["standing"] for row in actions]
    silent = [name for row in actions if row["standing"] == "sealed" for name in silent_on(row["forecasts"])]
    return {
        "actions": len(actions), "forecast": standing.count("sealed"), "unforecast": standing.count("unforecast"),
        "late": standing.count("late"), "changed_since": sum(not row["intact"] for row in actions),
        "closed": len(closed), "cancelled": sum(closed.values()), "scored": len({row["action"] for row in scores}),
        "overdue": len(overdue), "harm_rose": len({row["action"] for row in scores if row["harm"]}),
        "silent_on": {name: silent.count(name) for name in sorted(set(silent))}, "authors": dict(AUTHORS),
    }  # fmt: skip


def experience_of(workspace: Workspace, kind: str, substance_class: str, measure: str) -> Experience:
    """Return what was scored by now: of this class against counts alone, and of our own forecasts of every class."""
    rows = workspace.store.rows(_OF_MEASURE, [measure])
    mine = _one_window([dict(row) for row in rows])
    same = [row for row in mine if (row["kind"], row["substance_class"] or "all") == (kind, substance_class)]
    usable = [row for row in same if row["by"] == "history" and row["median"] and row["observed"] > 0
              and row["log_spread"]]  # fmt: skip
    return Experience(
        tuple(math.log(row["observed"] / row["median"]) for row in usable),
        tuple(float(row["log_spread"]) ** 2 for row in usable),
        tuple(max(min(float(row["z"]), 3.0), -3.0) for row in mine if row["by"] == "record" and row["z"] is not None),
    )


def single_values(outputs: str | None) -> dict[str, tuple[float, str, str]]:
    """Return what the agency itself counted, from a closing's outputs: measure to value, unit and source."""
    rows = json.loads(outputs or "{}").get("observed", [])
    return {row["measure"]: (float(row["value"]), row["unit"], row["source"]) for row in rows}
