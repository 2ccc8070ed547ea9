"""Where every alarm stands, what is overdue, and how often alarms of each method turned out to be an outbreak."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from counterflow.core.proportions import clopper_pearson
from counterflow.watch.disclosure.approvals import Approval, log_read, standing
from counterflow.watch.disclosure.rules import HEALTH, allowed
from counterflow.watch.response.contacts import contacts, must_be_told
from counterflow.watch.response.places import Places
from counterflow.watch.response.showing import rough
from counterflow.watch.response.told import stands
from counterflow.watch.response.withheld import Withheld
from counterflow.watch.series.periods import ends_of

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["DISPOSE_DAYS", "Board", "board", "period_of", "precision"]

#: days from the alarm by which somebody says what it was
DISPOSE_DAYS = 14
#: verdicts that say whether there was an outbreak
_JUDGED = ("outbreak", "artefact", "data-error", "known-event")


class Board:
    """Alarms by state, newest first, with what is due and overdue.

    Args:
        rows: one per signal that may be shown.
        due: one per thing still to be done, soonest first, `overdue` where its time is past.
        precision: see `precision`.
        withheld: why alarms are withheld, in words.
    """

    def __init__(
        self,
        rows: list[dict[str, Any]],
        due: list[dict[str, Any]],
        judged: list[dict[str, Any]],
        withheld: str,
    ) -> None:
        self.rows, self.due, self.precision, self.withheld = rows, due, judged, withheld

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"alarms": self.rows, "due": self.due, "precision": self.precision, "withheld": self.withheld}


def board(workspace: Workspace, *, role: str = "health", purpose: str = HEALTH) -> Board:
    """Return the board as `role` may see it; reads under an agreement are put in the ledger."""
    store, now = workspace.store, workspace.clock()
    alarms = newest(store)
    agreed, places = standing(store), Places.of(store)
    shown, named_places, used, why = _may_see(alarms, role, purpose, agreed, places, now.date())
    if used:
        log_read(workspace, used, role, purpose, sum(shown))
    acts = _acts_by_signal(store)
    people = contacts(store, now.date())
    open_to = frozenset(one.area for one in agreed if one.state(now.date()) == "holds")
    hidden = Withheld(store, workspace.settings.watch.small_cell)
    rows: list[dict[str, Any]] = []
    due: list[dict[str, Any]] = []
    for alarm, may, place in zip(alarms, shown, named_places, strict=True):
        if not may:
            continue
        its = acts.get(alarm["signal"], [])
        told = must_be_told(alarm, people, places, open_to)
        todo = _due(alarm, its, told, {str(one["contact"]): one for one in people}, now)
        seen = hidden.shown(alarm, str(alarm["place"]), alarm["starts"], alarm["observed"])
        rows.append(_row(alarm, place, its, told, todo, seen))
        due += todo
    due.sort(key=lambda one: (one["by"], one["alarm"], one["what"], one["contact"]))
    return Board(rows, due, precision(store), why)


def newest(store: Store) -> list[dict[str, Any]]:
    """Return the newest row of each signal, latest alarm first."""
    rows: list[dict[str, Any]] = store.rows(
        "SELECT a.* FROM watch_alarm a JOIN (SELECT signal, max(made_at) AS made_at FROM watch_alarm GROUP BY signal) n"
        " ON a.signal = n.signal AND a.made_at = n.made_at ORDER BY a.made_at DESC, a.starts DESC, a.alarm"
    )
    return rows


def period_of(alarm: Mapping[str, Any]) -> tuple[dt.date, dt.date] | None:
    """Return first and last day of an alarm's period; None where only its index is known."""
    if alarm["starts"] is None:
        return None
    last: dt.date = ends_of(np.array([alarm["starts"]], "datetime64[D]"), str(alarm["grain"]))[0].item()
    return alarm["starts"], last


def _may_see(
    alarms: Sequence[Mapping[str, Any]],
    role: str,
    purpose: str,
    agreed: Sequence[Approval],
    places: Places,
    today: dt.date,
) -> tuple[list[bool], list[str], list[str], str]:
    """Return which alarms may be seen, how their places may be named, under which agreements, and why not."""
    if not alarms:
        return [], [], [], ""
    table = pa.table({name: [str(one[name] or "") for one in alarms] for name in ("place", "level", "measure")})
    coarser = places.counties() | {
        str(one["place"]): places.coarse(str(one["place"]), str(one["level"] or "")) for one in alarms if one["place"]
    }
    coarser = {place: coarse for place, coarse in coarser.items() if coarse}
    whole = allowed(table, role, purpose, coarser=coarser)
    shown, names, used = [bool(one) for one in whole.shown], list(whole.places), set(whole.approvals)
    # an agreement is for a period: alarms of different days are looked at one by one
    for n in [n for n, may in enumerate(shown) if not may] if agreed else []:
        one = allowed(table.slice(n, 1), role, purpose, agreed, today, coarser=coarser, period=period_of(alarms[n]))
        if one.shown[0]:
            shown[n], names[n] = True, one.places[0]
            used |= set(one.approvals)
    left = allowed(table.filter(pa.array([not may for may in shown])), role, purpose)
    return shown, names, sorted(used), left.why


def _acts_by_signal(store: Store) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in store.rows("SELECT * FROM watch_act ORDER BY acted_at, ledger_seq, act, contact"):
        found.setdefault(str(row["about"]), []).append(dict(row))
    return found


def _row(
    alarm: Mapping[str, Any],
    place: str,
    acts: Sequence[Mapping[str, Any]],
    told: Sequence[Mapping[str, Any]],
    todo: Sequence[Mapping[str, Any]],
    observed: float | str | None,
) -> dict[str, Any]:
    verdicts = [str(one["verdict"]) for one in acts if one["act"] == "disposed"]
    count = Counter(str(one["act"]) for one in acts)
    return {
        "alarm": alarm["alarm"], "state": _state(acts, verdicts), "place": place or "–", "level": alarm["level"],
        "measure": alarm["measure"], "subject": alarm["subject"],
        "period": str(alarm["starts"] or f"period {alarm['t']}"), "observed": observed,
        "expected": rough(alarm["expected"]), "method": alarm["method"],
        "panel_changed": alarm["panel_changed"], "must_be_told": len(told), "told": count["told"],
        "acknowledged": len({one["contact"] for one in acts if one["act"] == "acknowledged"}),
        "acted": count["acted"], "overdue": sum(bool(one["overdue"]) for one in todo),
        "verdict": verdicts[-1] if verdicts else "", "made_at": alarm["made_at"],
    }  # fmt: skip


def _state(acts: Sequence[Mapping[str, Any]], verdicts: Sequence[str]) -> str:
    if not stands(acts):
        return "no longer stands"
    kinds = {one["act"] for one in acts}
    if verdicts:
        return "disposed"
    return next((kind for kind in ("acted", "acknowledged", "told") if kind in kinds), "new")


def _due(
    alarm: Mapping[str, Any],
    acts: Sequence[Mapping[str, Any]],
    told: Sequence[Mapping[str, Any]],
    people: Mapping[str, Mapping[str, Any]],
    now: dt.datetime,
) -> list[dict[str, Any]]:
    """Return what is still to be done about one alarm, with its deadline."""
    first_told = {str(one["contact"]): one["done_at"] for one in reversed(acts) if one["act"] == "told"}
    answered = {str(one["contact"]) for one in acts if one["act"] == "acknowledged"}
    todo: list[tuple[str, str, dt.datetime]] = []
    if not stands(acts):
        since = next(one["acted_at"] for one in reversed(acts) if one["act"] == "corrected")
        heard = {str(one["contact"]) for one in acts if one["act"] == "told-correction" and one["acted_at"] >= since}
        todo = [("tell that it no longer stands", name, since + _hours(people, name, "tell_hours"))
                for name in first_told if name not in heard]  # fmt: skip
    elif not any(one["act"] == "disposed" for one in acts):
        todo = [("tell", str(one["contact"]), alarm["made_at"] + dt.timedelta(hours=one["tell_hours"]))
                for one in told if one["contact"] not in first_told]  # fmt: skip
        todo += [("acknowledge", name, at + _hours(people, name, "answer_hours"))
                 for name, at in first_told.items() if name not in answered]  # fmt: skip
        todo.append(("say what it was", "", alarm["made_at"] + dt.timedelta(days=DISPOSE_DAYS)))
    return [
        {"alarm": alarm["alarm"], "what": what, "contact": name, "by": by, "overdue": now > by}
        for what, name, by in todo
    ]


def _hours(people: Mapping[str, Mapping[str, Any]], contact: str, column: str) -> dt.timedelta:
    from counterflow.watch.response.contacts import ANSWER_HOURS, TELL_HOURS

    fallback = TELL_HOURS if column == "tell_hours" else ANSWER_HOURS
    return dt.timedelta(hours=float(people.get(contact, {}).get(column, fallback)))


def precision(store: Store) -> list[dict[str, Any]]:
    """Return, per method and measure, how many disposed alarms were an outbreak, with the exact 95 % interval.

    Alarms that later counts took back count as data errors where nobody said otherwise. Those not judged stand beside:
    where they differ from the judged ones, the share misleads.
    """
    acts = _acts_by_signal(store)
    groups: dict[tuple[str, str], Counter[str]] = {}
    for alarm in newest(store):
        its = acts.get(alarm["signal"], [])
        said = [str(one["verdict"]) for one in its if one["act"] == "disposed"]
        verdict = said[-1] if said else ("open" if stands(its) else "data-error")
        groups.setdefault((str(alarm["method"]), str(alarm["measure"])), Counter())[verdict] += 1
    rows = []
    for (method, measure), count in sorted(groups.items()):
        n = sum(count[one] for one in _JUDGED)
        low, high = clopper_pearson(count["outbreak"], n)
        rows.append({
            "method": method, "measure": measure, "judged": n, **{one.replace("-", "_"): count[one] for one in _JUDGED},
            "not_judged": count["not-judged"], "open": count["open"],
            "share_outbreak": count["outbreak"] / n if n else None, "low": low, "high": high,
        })  # fmt: skip
    return rows
