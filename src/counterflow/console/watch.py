"""Early warning: what is new and who must be told, then the series, the map, the answers, and what is not known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from counterflow.console.layout import page
from counterflow.report import numbers
from counterflow.report.charts.places import places_chart
from counterflow.report.charts.series import series_chart, series_summary
from counterflow.report.grid import grid
from counterflow.report.map_svg import places_svg
from counterflow.report.series_svg import series_svg
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs
from counterflow.web.watch_views import room_for

__all__ = ["nothing", "room_view", "router"]

router = APIRouter()

_MOST = 30
_OPEN = ("new", "told", "acknowledged", "acted")
_STATES = {"told_at": "Told", "acknowledged_at": "Acknowledged", "acted_at": "Acted", "disposed_at": "Disposed"}


@router.get("/watch", response_class=HTMLResponse)
def show(
    request: Request,
    who: Annotated[Visitor, needs("watch")],
    new: Annotated[int, Query(ge=-1, le=1_000_000)] = -1,
    held: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    gone: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> HTMLResponse:
    """Show what is starting; after a look, what it put on record."""
    looked = ""
    if new >= 0:
        looked = f"The look put {numbers.counted(new, 'new alarm')} on record; {held} were there already"
        looked += f", {gone} no longer stand." if gone else "."
    shown = room_view(room_for(site_of(request), who))
    return page(request, "watch/page.html", shown | {"may_act": who.may("watch", "act"), "looked": looked})


def nothing() -> Mapping[str, Any]:
    """Return a room that holds nothing, for a console that is not given one."""
    lists = ("alarms", "due", "precision", "withheld", "acts", "series", "points", "sources", "changes", "missing")
    numbers_of = ("counts", "contacts", "nowcasts", "located", "series_left")
    return {
        "synthetic": False, "as_of": None, "role": "health", "purpose": "health-response", "small": 10, "grain": "",
        **{name: [] for name in lists}, **dict.fromkeys(numbers_of, 0),
    }  # fmt: skip


def room_view(room: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the template shows, every text and number ready to stand on the page."""
    small = int(room["small"])
    alarms, due = list(room["alarms"]), list(room["due"])
    fresh = _by_series([alarm for alarm in alarms if alarm["state"] == "new"])
    return {
        "synthetic": bool(room["synthetic"]), "as_of": _when(room["as_of"]), "role": room["role"],
        "purpose": room["purpose"], "withheld": room["withheld"], "tiles": _tiles(alarms, due),
        "fresh": [_fresh(alarm, due) for alarm in fresh[:_MOST]], "fresh_left": max(len(fresh) - _MOST, 0),
        "due": grid([_due(one, alarms) for one in due if one["what"] != "tell"][:_MOST]),
        "multiples": [_multiple(one, n, small) for n, one in enumerate(room["series"])],
        "series_left": room["series_left"], "map": _map(room, small), "response": grid(
            [_answered(alarm) for alarm in room["acts"][:_MOST]]), "response_left": max(len(alarms) - _MOST, 0),
        "precision": grid([_precise(row) for row in room["precision"]]),
        "sources": grid([_source(row) for row in room["sources"]]),
        "changes": [f"{row['from_day']}: {row['said']} ({row['source']})" for row in room["changes"][:_MOST]],
        "unknown": _unknown(room), "steps": _steps(room),
    }  # fmt: skip


def _by_series(alarms: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Return alarms of one series together, the newest period first."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for alarm in sorted(alarms, key=lambda alarm: str(alarm["period"]), reverse=True):
        found.setdefault(str(alarm["signal_series"]), []).append(alarm)
    return list(found.values())


def _tiles(alarms: Sequence[Mapping[str, Any]], due: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    state = [alarm["state"] for alarm in alarms]
    tell = [one for one in due if one["what"].startswith("tell")]
    answer = [one for one in due if one["what"] == "acknowledge"]
    late = sum(bool(one["overdue"]) for one in due)
    open_ones = sum(s in _OPEN for s in state)
    return [
        _tile("New alarms", state.count("new"), f"{open_ones} open in all", doubt=False),
        _tile("To be told", len(tell), f"{sum(bool(o['overdue']) for o in tell)} overdue", doubt=bool(tell)),
        _tile("No answer yet", len(answer), f"{sum(bool(o['overdue']) for o in answer)} overdue", doubt=False),
        _tile("Overdue", late, "tell, acknowledge, or say what it was", doubt=late > 0),
    ]


def _tile(label: str, value: int, detail: str, *, doubt: bool) -> dict[str, str]:
    return {"label": label, "value": numbers.count(value), "detail": detail, "tone": "doubt" if doubt else ""}


def _fresh(alarms: Sequence[Mapping[str, Any]], due: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    alarm, ids = alarms[0], {one["alarm"] for one in alarms}
    by = sorted((one for one in due if one["alarm"] in ids and one["what"] == "tell"), key=lambda one: one["by"])
    earliest = {one["contact"]: one for one in reversed(by)}
    whom = sorted(earliest.values(), key=lambda one: (one["by"], one["contact"]))  # most urgent first
    expected = "" if alarm["expected"] is None else f", {numbers.amount(alarm['expected'])} expected"
    subject = "" if alarm["subject"] in (None, "", "all") else f" ({alarm['subject']})"
    return {
        "alarm": alarm["alarm"], "place": alarm["place"], "what": f"{alarm['measure']}{subject}",
        "period": alarm["period"], "observed": f"{_count(alarm['observed'])} counted{expected}",
        "earlier": [one["period"] for one in alarms[1:]], "method": alarm["method"], "doubt": alarm["doubt"],
        "whom": [
            {"contact": one["contact"], "by": _when(one["by"]), "overdue": bool(one["overdue"])} for one in whom
        ],
    }  # fmt: skip


def _due(one: Mapping[str, Any], alarms: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    place = next((a["place"] for a in alarms if a["alarm"] == one["alarm"]), "")
    return {
        "What is due": one["what"], "Who": one["contact"] or "the duty desk", "By": _when(one["by"]),
        "Overdue": "overdue" if one["overdue"] else "", "Place": place, "Alarm": one["alarm"],
    }  # fmt: skip


def _multiple(one: Mapping[str, Any], number: int, small: int) -> dict[str, Any]:
    periods, score = one["periods"], one["score"]
    summary = series_summary(one["name"], periods)
    said = ""
    if one["nowcast_as_of"] is not None:
        said = f"Whiskers: nowcast as of {one['nowcast_as_of']}, 90 % interval; bars: as reported. "
        said += _score(score) if score else "It has not been scored on past days: take it with care."
    chart = series_chart(one["name"], periods, number=number)
    return {
        "name": one["name"], "source": one["source"], "summary": summary, "score": said,
        "drawing": series_svg(periods, summary=summary, small=small), "chart": chart,
    }  # fmt: skip


def _score(score: Mapping[str, Any]) -> str:
    told = f"On {numbers.count(score['tried'])} past nowcasts, {numbers.share(score['coverage_90'])} of final counts"
    told += f" lay inside; mean error {numbers.amount(score['mae'])}"
    return f"{told}, where taking what is reported as final errs by {numbers.amount(score['mae_reported'])}."


def _map(room: Mapping[str, Any], small: int) -> dict[str, Any] | None:
    if not room["points"]:
        return None
    chart = places_chart(room["points"], [], small=small, what="counts")
    raised = sum(point.alarm for point in room["points"])
    summary = f"{numbers.counted(len(room['points']), 'place')} with what was counted in the last 8 periods of a"
    summary += f" {room['grain']};"
    summary += f" {numbers.counted(raised, 'place')} with an open alarm."
    return {"chart": chart, "summary": summary,
            "drawing": places_svg(room["points"], [], summary=summary, small=small, what="counts")}  # fmt: skip


def _answered(alarm: Mapping[str, Any]) -> dict[str, Any]:
    row = {
        "Place": alarm["place"], "Measure": alarm["measure"], "Period": alarm["period"], "State": alarm["state"],
        "Counted": _count(alarm["observed"]), "Expected": numbers.amount(alarm["expected"]),
    }  # fmt: skip
    row |= {words: _when(alarm[name]) if alarm[name] else "" for name, words in _STATES.items()}
    return row | {"Verdict": alarm["verdict"], "Overdue": alarm["overdue"] or "", "Alarm": alarm["alarm"]}


def _precise(row: Mapping[str, Any]) -> dict[str, Any]:
    share = "none judged yet"
    if row["judged"]:
        share = f"{numbers.share(row['share_outbreak'])} ({numbers.interval(row)})"
    return {
        "Method": row["method"], "Measure": row["measure"], "Judged": row["judged"],
        "Turned out to be an outbreak": share, "Not judged": row["not_judged"], "Open": row["open"],
    }  # fmt: skip


def _source(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Source": row["source"], "Measure": row["measure"], "By": row["grain"], "Places": row["places"],
        "Counted up to": str(row["ends"]), "As of": str(row["as_of"]), "Age, days": row["days"],
        "State": "STALE" if row["stale"] else "fresh", "Withheld by the source": row["suppressed"],
        "Not looked for": row["not_looked"],
    }  # fmt: skip


def _unknown(room: Mapping[str, Any]) -> list[str]:
    said = list(room["missing"])
    if any(period.expected is None for one in room["series"] for period in one["periods"][-1:]):
        said.append("What was to be expected of series without an alarm on record: their bars stand alone.")
    stale = [str(row["source"]) for row in room["sources"] if row["stale"]]
    if stale:
        said.append(f"Nothing new came from {', '.join(dict.fromkeys(stale))}: an alarm there would come late.")
    hidden = sum(period.withheld for one in room["series"] for period in one["periods"])
    if hidden:
        said.append(
            f"{numbers.counted(hidden, 'small count')} and those that would give them away are not drawn (pale boxes)."
        )
    if room["counts"] and not room["nowcasts"]:
        said.append("How many reports of the newest periods are still to come: no nowcast is kept.")
    said.append("Why a count is high: chance, reporting, or more harm. An alarm accuses nobody.")
    return said


def _steps(room: Mapping[str, Any]) -> dict[str, str]:
    """Return, for each part that is empty, the command that fills it."""
    return {
        "counts": "" if room["counts"] else "counterflow watch load FILE --as NAME",
        "alarms": "" if room["alarms"] else "counterflow watch record",
        "contacts": "" if room["contacts"] else "counterflow watch contacts FILE",
        "nowcasts": "" if room["nowcasts"] else "counterflow watch nowcast --stored",
        "places": "" if room["located"] else "counterflow watch places FILE",
    }


def _count(value: object) -> str:
    return value if isinstance(value, str) else numbers.count(value)


def _when(value: object) -> str:
    return numbers.when(value.isoformat() if isinstance(value, dt.datetime) else value)
