"""The brief of an alarm, as plain data: what, where, since when, how sure, who is told, and what is not known."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import AccessError
from counterflow.watch.brief import parts
from counterflow.watch.disclosure.approvals import log_read, standing
from counterflow.watch.disclosure.rules import HEALTH, allowed
from counterflow.watch.response.board import period_of
from counterflow.watch.response.compare import Compared, ratio_of
from counterflow.watch.response.kits import kits
from counterflow.watch.response.places import Places
from counterflow.watch.response.showing import two_digits
from counterflow.watch.response.told import acts_of, find_alarm, stands, told_list
from counterflow.watch.response.withheld import Withheld

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["build", "kits_of"]

_CAUTION = (
    "An alarm says that a count is higher than its method expects. It does not say why, it is about counts and never"
    " about a person, and it accuses nobody."
)

#: where the place is not named, neither are the places that hold stocks
_UNNAMED: Mapping[str, Any] = {"rows": [], "said": ["Stocks are shown to health."], "source": ""}


def build(workspace: Workspace, asked: str, *, role: str = "health", purpose: str = HEALTH) -> dict[str, Any]:
    """Return the brief of an alarm as `role` may see it.

    Raises:
        UnknownName: there is no such alarm; the nearest are named.
        AccessError: the role may not see it.
    """
    store, least = workspace.store, workspace.settings.watch.small_cell
    alarm = find_alarm(store, asked)
    place, named = _may_see(workspace, alarm, role, purpose)
    own = _seen(store, alarm["alarm"], "own")
    spread = parts.spread_of(own, str(alarm["grain"]))
    withheld = Withheld(store, least)
    seen = withheld.shown(alarm, str(alarm["place"]), alarm["starts"], alarm["observed"])
    past = parts.history(own, alarm, withheld)
    hides = any(isinstance(row["observed"], str) for row in past)
    begun, run = parts.since(own)
    like = parts.comparable(_seen(store, alarm["alarm"], "sibling"), alarm, withheld, least, named=named)
    acts = acts_of(store, alarm["signal"])
    told = {
        "alarm": alarm["alarm"], "title": _title(alarm, place), "synthetic": _synthetic(store),
        "stands": stands(acts), "corrections": [one["words"] for one in acts if one["act"] == "corrected"],
        "what": {"measure": alarm["measure"], "subject": alarm["subject"], "source": alarm["source"],
                 "definition": alarm["definition"]},
        "where": {"place": place, "level": alarm["level"] if named else "county or coarser"},
        "when": {"period": str(alarm["starts"] or alarm["t"]), "grain": alarm["grain"], "since": begun, "run": run,
                 "ends": None if period_of(alarm) is None else str(period_of(alarm)[1])},  # type: ignore[index]
        "numbers": _numbers(alarm, spread, seen, hides=hides),
        "method": _method(alarm, hides or isinstance(seen, str)),
        "data": _data(alarm, isinstance(seen, str)),
        "history": past,
        "like_places": like,
        "after": parts.after(store, alarm),
        "response": _response(workspace, alarm, acts),
        "kits": kits(store, alarm, spread, workspace.clock().date(), least=least) if named else _UNNAMED,
        "role": role, "purpose": purpose, "small_cell": least,
        "again": {"command": f"counterflow -w WORKSPACE watch brief {alarm['alarm']}",
                  "data_digest": alarm["data_digest"], "signal": alarm["signal"]},
        "made_at": alarm["made_at"].isoformat(timespec="seconds"), "caution": _CAUTION,
    }  # fmt: skip
    return told | {"not_known": _not_known(told)}


def kits_of(workspace: Workspace, asked: str, role: str, purpose: str) -> dict[str, Any]:
    """Return where kits will run short under an alarm that `role` may see; see `response.kits`.

    Raises:
        UnknownName: there is no such alarm.
        AccessError: the role may not see it.
    """
    store = workspace.store
    alarm = find_alarm(store, asked)
    _may_see(workspace, alarm, role, purpose)
    spread = parts.spread_of(_seen(store, alarm["alarm"], "own"), str(alarm["grain"]))
    return kits(store, alarm, spread, workspace.clock().date(), least=workspace.settings.watch.small_cell)


def _may_see(workspace: Workspace, alarm: Mapping[str, Any], role: str, purpose: str) -> tuple[str, bool]:
    """Return the place as it may be named, and whether that is the place itself."""
    today, places = workspace.clock().date(), Places.of(workspace.store)
    own = str(alarm["place"] or "")
    coarse = places.coarse(own, str(alarm["level"] or ""))
    row = pa.table({name: [str(alarm[name] or "")] for name in ("place", "level", "measure")})
    seen = allowed(row, role, purpose, standing(workspace.store), today, coarser={own: coarse} if coarse else {},
                   period=period_of(alarm))  # fmt: skip
    if seen.refused:
        raise AccessError(seen.why, hint=f"The alarm {alarm['alarm']} is on harm below the county.")
    log_read(workspace, seen.approvals, role, purpose, 1)
    return seen.places[0] or "place not told", seen.places[0] == own


def _seen(store: Store, alarm: object, part: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = store.rows(
        "SELECT * FROM watch_seen WHERE alarm = ? AND part = ? ORDER BY t, place, series", [alarm, part]
    )
    return rows


def _title(alarm: Mapping[str, Any], place: str) -> str:
    what = str(alarm["measure"]).replace("-", " ") or str(alarm["series"])
    subject = "" if alarm["subject"] in (None, "", "all") else f" ({alarm['subject']})"
    when = f"{alarm['grain']} of {alarm['starts']}" if alarm["starts"] else f"{alarm['grain']} {alarm['t']}"
    return f"More {what}{subject} than expected: {place}, {when}"


def _numbers(alarm: Mapping[str, Any], spread: float, shown: float | str | None, *, hides: bool) -> dict[str, Any]:
    """Return observed against expected; of a hidden count neither it nor what would tell it.

    Where the series `hides` any count, what was learned from all of them is told to two digits.

    Where reports of the period still come in, it is held against what was to be expected by then.
    """
    share = _share(alarm)
    ratio = None
    expected = two_digits(alarm["expected"]) if hides else alarm["expected"]
    if expected and not isinstance(shown, str):
        ratio = ratio_of(Compared(float(alarm["observed"]), float(expected) * share, spread))
    by_now = "" if share == 1 else f" times the share of {share:.0%} that was to be in by then"
    return {
        "observed": shown, "expected": expected, "ratio": ratio,
        # between a threshold of 8 and the limit of 10 there is one count
        "upper": None if hides or isinstance(shown, str) else alarm["upper"],
        "by_now": None if share == 1 or expected is None else float(expected) * share,
        "ratio_method": f"quasi-Poisson, spread {spread:.2g}; the expected count{by_now} taken as known",
    }  # fmt: skip


def _share(alarm: Mapping[str, Any]) -> float:
    """Return the share of a period's reports that was to be in, 1 where nobody says."""
    return 1.0 if alarm["complete"] is None else max(0.01, min(1.0, float(alarm["complete"])))


def _method(alarm: Mapping[str, Any], hidden: bool) -> dict[str, Any]:
    return {
        "name": alarm["method"], "source": alarm["method_source"], "settings": json.loads(alarm["settings"]),
        "score": None if hidden else alarm["score"], "baseline_from": alarm["baseline_from"],
        "baseline_starts": None if alarm["baseline_starts"] is None else str(alarm["baseline_starts"]),
        "budget": alarm["budget"], "rests_on": alarm["rests_on"],
    }  # fmt: skip


def _data(alarm: Mapping[str, Any], hidden: bool) -> dict[str, Any]:
    nowcast = None if hidden or not alarm["nowcast"] else json.loads(alarm["nowcast"])
    return {
        "as_of": None if alarm["as_of"] is None else str(alarm["as_of"]), "complete": alarm["complete"],
        "nowcast": nowcast,
        "panel_changed": alarm["panel_changed"], "panel_said": alarm["panel_said"],
        "supersedes": alarm["supersedes"],
    }  # fmt: skip


def _response(
    workspace: Workspace, alarm: Mapping[str, Any], acts: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return who is to be told, by post and organisation, and how far that is; no person and no address."""
    first: dict[tuple[str, str], dt.datetime] = {}
    for one in reversed(acts):
        first[str(one["contact"] or ""), str(one["act"])] = one["done_at"]
    rows = []
    for one in told_list(workspace, alarm):
        name = str(one["contact"])
        by = alarm["made_at"] + dt.timedelta(hours=one["tell_hours"])
        rows.append({
            "contact": name, "duty": one["duty"], "organisation": one["organisation"], "role": one["role"],
            "tell_by": by.isoformat(timespec="minutes"), "told": _time(first.get((name, "told"))),
            "acknowledged": _time(first.get((name, "acknowledged"))), "acted": _time(first.get((name, "acted"))),
        })  # fmt: skip
    return rows


def _time(at: dt.datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="minutes")


def _synthetic(store: Store) -> bool:
    from counterflow.store.loads import is_synthetic

    return is_synthetic(store)


def _not_known(told: Mapping[str, Any]) -> list[str]:
    """Return what the reader must not take for granted."""
    data, like = told["data"], told["like_places"]
    said = ["Why the count is high: chance, reporting, or more harm."]
    if data["complete"] is None and data["nowcast"] is None:
        said.append("How complete the newest counts are: nobody says, and late reports may change them.")
    if data["as_of"] is None:
        said.append("The day as of which the counts stood.")
    if told["numbers"]["expected"] is None:
        said.append("What was to be expected: this method gives no expected count.")
    if isinstance(told["numbers"]["observed"], str):
        said.append("The exact count, which is small or would tell a small one, and is not shown.")
    if not like["places"]:
        said.append("How like places fare: none with the same measure, subject and level stands beside it.")
    if not told["after"]["n"]:
        said.append("What usually follows: there is no past alarm of this kind here.")
    if not told["response"]:
        said.append("Who must be told: no contact on record answers for this place.")
    return said
