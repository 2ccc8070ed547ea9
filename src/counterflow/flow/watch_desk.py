"""What a duty desk does about alarms: reads one with all that was done, takes a look, and takes files in.

Telling, acknowledging, acting and judging are `watch.response.told`; agreements are `watch.disclosure.approvals`. Here
is what needs several parts of the room at once. The command line, the pages and the API call the same functions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import UnknownName
from counterflow.store.watch_payloads import ERASED

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace
    from counterflow.watch.response.files import FileReceipt, Kind

__all__ = ["FILES", "Looked", "alarm_file", "look_now", "registers", "take_counts", "take_register"]

#: small files that people keep by hand
FILES: Mapping[str, str] = {
    "contacts": "who must be told: contact,role,duty,organisation,area,channel[,level,tell_hours,answer_hours,until]",
    "places": "which place lies in which, and where: place,level,parent[,lat,lon]",
    "stock": "naloxone and test kits: place,item,stock,as_of[,use_per_week,delivered_per_week,lead_days]",
}
_SECRET = frozenset({"batch", "first_seen"})


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look put on record: ids of alarms that are new, were there already, and no longer stand."""

    new: tuple[str, ...]
    held: tuple[str, ...]
    corrected: tuple[str, ...]
    said: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"new": list(self.new), "held": list(self.held), "corrected": list(self.corrected),
                "said": list(self.said)}  # fmt: skip

    def in_words(self) -> str:
        """Return one line for the person who looked."""
        return f"{len(self.new)} new, {len(self.held)} on record already, {len(self.corrected)} that no longer stand."


def look_now(
    workspace: Workspace,
    *,
    as_of: dt.date | None = None,
    budget: str = "",
    periods: int = 1,
    made_by: str = "watch record",
    **asked: Any,
) -> Looked:
    """Judge stored counts by the default alarm and put its alarms on record; take back what no longer stands.

    Args:
        workspace: where.
        as_of: counts as known on this day; None: the latest.
        budget: false alarms that are borne, as "1%" per series and period or "2/week"; "" for the setting.
        periods: newest judged periods to record.
        made_by: who looked.
        asked: source, measure and level to look at; all where not named.

    Raises:
        InputError: nothing is held that fits.
    """
    from counterflow.watch.detect.budget import read_budget
    from counterflow.watch.look import keep, look

    borne = read_budget(budget) if budget else workspace.settings.watch.budget
    holidays = workspace.settings.watch.holidays
    new: list[str] = []
    held: list[str] = []
    corrected: list[str] = []
    said: list[str] = []
    # Counts by day and counts by week are different series: each is looked at by itself.
    grains: Sequence[str | None] = _grains(workspace, asked) or (None,)
    for grain in grains:
        seen = look(workspace.store, as_of=as_of, budget=borne, grain=grain, holidays=holidays, **asked)
        kept = keep(workspace, seen, periods=periods, made_by=made_by)
        new, held, corrected = [*new, *kept.new], [*held, *kept.held], [*corrected, *kept.corrected]
        said += seen.said
    return Looked(tuple(new), tuple(held), tuple(corrected), tuple(dict.fromkeys(said)))


def _grains(workspace: Workspace, asked: Mapping[str, Any]) -> list[str]:
    """Return the grains in which what is asked for is held; none where nothing fits."""
    from counterflow.watch.series.periods import GRAINS
    from counterflow.watch.series.stored import conditions

    where, values = conditions(asked, None, None)
    rows = workspace.store.rows(f"SELECT DISTINCT grain FROM series_count WHERE {where}", values)
    found = {str(row["grain"]) for row in rows}
    return [grain for grain in GRAINS if grain in found]


def alarm_file(workspace: Workspace, asked: str, *, role: str, purpose: str) -> dict[str, Any]:
    """Return one alarm as a role may see it: its brief, every act on it, and what can be done next.

    Raises:
        UnknownName: there is no such alarm; the nearest are named.
        AccessError: the role may not see it.
    """
    from counterflow.watch.brief.build import build
    from counterflow.watch.response.told import acts_of, find_alarm, stands, told_list

    brief = build(workspace, asked, role=role, purpose=purpose)
    alarm = find_alarm(workspace.store, asked)
    acts = acts_of(workspace.store, str(alarm["signal"]))
    standing = stands(acts)
    told = {str(one["contact"]) for one in acts if one["act"] == "told"}
    answered = {str(one["contact"]) for one in acts if one["act"] == "acknowledged"}
    corrected = {str(one["contact"]) for one in acts if one["act"] == "told-correction"}
    due = [str(one["contact"]) for one in told_list(workspace, alarm)]
    left = [name for name in due if name not in told] if standing else sorted(told - corrected)
    # Who did it, and in which words, is for those who answer for it and those who check them.
    names = () if role in ("health", "oversight") else ("person", "words")
    verdicts = [str(one["verdict"]) for one in acts if one["act"] == "disposed"]
    return {
        "alarm": str(alarm["alarm"]), "brief": brief, "stands": standing,
        "acts": [_without(one, names) for one in acts],
        "to_tell": left, "told": sorted(told), "to_acknowledge": sorted(told - answered) if standing else [],
        "verdict": verdicts[-1] if verdicts else "",
    }  # fmt: skip


def registers(workspace: Workspace) -> dict[str, Any]:
    """Return what is held: counts by source, who must be told, places, stocks."""
    from counterflow.watch.response.contacts import contacts
    from counterflow.watch.response.stock import stocks
    from counterflow.watch.series.held import held

    store = workspace.store
    people = contacts(store, workspace.clock().date())
    places: list[dict[str, Any]] = store.rows(
        "SELECT level, count(DISTINCT place) AS places, count(DISTINCT place) FILTER (WHERE lat IS NOT NULL) AS located"
        " FROM watch_place GROUP BY level ORDER BY level"
    )
    return {
        "counts": held(store), "places": places,
        "contacts": [_without(row) for row in people if row["channel"] != ERASED],
        "stock": [_without(row) for row in stocks(store)],
    }  # fmt: skip


def take_register(workspace: Workspace, what: str, path: Path) -> FileReceipt:
    """Take a small CSV in: contacts, places or stock.

    Raises:
        UnknownName: no such register.
        InputError: the file cannot be read at all, or lacks a column. A bad row is refused and counted instead.
    """
    from counterflow.watch.response.acts import salt_of
    from counterflow.watch.response.contacts import contacts
    from counterflow.watch.response.files import load_file

    receipt = load_file(workspace, path, _kind(what))
    if what == "contacts":  # a contact can be named for erasure from its first day on
        for row in contacts(workspace.store, workspace.clock().date()):
            salt_of(workspace, str(row["contact"]))
    return receipt


def take_counts(
    workspace: Workspace,
    path: Path,
    *,
    form: str,
    source: str = "",
    as_of: dt.date | None = None,
    more: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Take a file of counts in; returns its receipt as plain data.

    Raises:
        UnknownName: no such form.
        InputError: the file as a whole cannot be used.
    """
    from counterflow.watch.series.load import load_file
    from counterflow.watch.series.reader import Options

    options = Options(today=workspace.clock().date(), as_of=as_of, source=source, more=dict(more or {}))
    receipt: dict[str, Any] = load_file(workspace, path, options, form=form).as_dict()
    return receipt


def _kind(what: str) -> Kind:
    from counterflow.watch.response.contacts import CONTACTS
    from counterflow.watch.response.places import PLACES
    from counterflow.watch.response.stock import STOCK

    kinds = {"contacts": CONTACTS, "places": PLACES, "stock": STOCK}
    if what not in kinds:
        raise UnknownName("register", what, kinds)
    return kinds[what]


def _without(row: Mapping[str, Any], names: Sequence[str] = ()) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k not in _SECRET and k not in names}
