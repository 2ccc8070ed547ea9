"""Told, acknowledged, acted, disposed: what people did about an alarm, each with who and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.core.tables import WATCH_ACT
from counterflow.watch.disclosure.approvals import standing
from counterflow.watch.disclosure.rules import HEALTH, allowed
from counterflow.watch.response.acts import named, seal, worded
from counterflow.watch.response.contacts import contact_named, contacts, must_be_told
from counterflow.watch.response.places import Places

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = [
    "VERDICTS",
    "WATCH_PREFIX",
    "acknowledge",
    "act",
    "acts_of",
    "dispose",
    "find_about",
    "find_alarm",
    "stands",
    "tell",
    "told_list",
]

#: health watches' ids begin so
WATCH_PREFIX = "H-"
#: what an alarm can turn out to have been
VERDICTS = ("outbreak", "artefact", "data-error", "known-event", "not-judged")


def find_alarm(store: Store, asked: str) -> dict[str, Any]:
    """Return an alarm by its id, or the newest of a signal by the part before the dot.

    Raises:
        UnknownName: there is none; the nearest are named.
    """
    column = "alarm" if "." in asked else "signal"
    rows: list[dict[str, Any]] = store.rows(
        f"SELECT * FROM watch_alarm WHERE {column} = ? ORDER BY made_at DESC, alarm DESC LIMIT 1", [asked]
    )
    if rows:
        return rows[0]
    known = store.rows(f"SELECT DISTINCT {column} AS name FROM watch_alarm ORDER BY 1")
    raise UnknownName("alarm", asked, [str(row["name"]) for row in known])


def find_about(store: Store, asked: str) -> dict[str, Any]:
    """Return an alarm, or a health watch in the same columns: what people are told of.

    Raises:
        UnknownName: there is neither.
    """
    if not asked.startswith(WATCH_PREFIX):
        return find_alarm(store, asked)
    rows = store.rows("SELECT * FROM health_watch WHERE watch = ? AND act = 'open'", [asked])
    if not rows:
        known = store.rows("SELECT DISTINCT watch FROM health_watch ORDER BY 1")
        raise UnknownName("health watch", asked, [str(row["watch"]) for row in known])
    row = rows[0]
    return {"alarm": None, "signal": row["watch"], "place": row["area"], "level": row["level"], "measure": "harm",
            "made_at": row["acted_at"]}  # fmt: skip


def acts_of(store: Store, about: str) -> list[dict[str, Any]]:
    """Return the acts on a signal or a health watch, in the order they came on record."""
    rows: list[dict[str, Any]] = store.rows(
        "SELECT * FROM watch_act WHERE about = ? ORDER BY acted_at, ledger_seq, act, contact", [about]
    )
    return rows


def stands(acts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an alarm with these acts still stands by the newest counts."""
    last = [one["act"] for one in acts if one["act"] in ("corrected", "stands-again")]
    return not last or last[-1] == "stands-again"


def told_list(workspace: Workspace, alarm: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the contacts that must be told of an alarm today; of a health watch, those of health alone."""
    today = workspace.clock().date()
    open_to = frozenset(one.area for one in standing(workspace.store) if one.state(today) == "holds")
    told = must_be_told(alarm, contacts(workspace.store, today), Places.of(workspace.store), open_to)
    return told if alarm["alarm"] else [one for one in told if one["role"] == "health"]


def tell(
    workspace: Workspace,
    asked: str,
    *,
    person: str,
    to: Sequence[str] = (),
    at: dt.datetime | None = None,
) -> list[dict[str, Any]]:
    """Put on record that contacts were told of an alarm; of one that no longer stands, that they were told so.

    Args:
        workspace: where.
        asked: id of the alarm.
        person: who told them.
        to: contacts; all that must be told and were not, where none is named.
        at: when they were told; now where not given.

    Raises:
        UnknownName: no such alarm or contact.
        InputError: nobody is to be told, no person is named, or the time is not between the alarm and now.
        AccessError: a contact's role may not see it.
    """
    alarm, who = find_about(workspace.store, asked), named(person)
    acts = acts_of(workspace.store, alarm["signal"])
    kind = "told" if stands(acts) else "told-correction"
    before = {one["contact"] for one in acts if one["act"] == "told"}
    # of a correction everybody who was told hears, and only they
    done = before if kind == "told" else {one["contact"] for one in acts if one["act"] == kind}
    due = [one["contact"] for one in told_list(workspace, alarm)] if kind == "told" else sorted(before)
    today = workspace.clock().date()
    chosen = [_may_be_told(workspace, alarm, contact_named(workspace.store, one, today)) for one in to]
    names = [one["contact"] for one in chosen] or due
    names = [name for name in names if name not in done]
    if not names:
        hint = "`watch contacts` lists who answers for which area; `watch board` who was told."
        raise InputError("Nobody is left to be told of this alarm.", column="alarm", value=asked, hint=hint)
    when = _when(workspace, at, alarm["made_at"])
    return [_keep(workspace, alarm, kind, who, when, contact=name) for name in names]


def acknowledge(
    workspace: Workspace, asked: str, *, contact: str, person: str, at: dt.datetime | None = None
) -> dict[str, Any]:
    """Put on record that a contact acknowledged.

    Raises:
        InputError: they were not told, or only later.
    """
    alarm, who = find_about(workspace.store, asked), named(person)
    told = [one for one in acts_of(workspace.store, alarm["signal"]) if one["act"] == "told"]
    mine = [one for one in told if one["contact"] == contact]
    if not mine:
        known = ", ".join(sorted(str(one["contact"]) for one in told)) or "nobody"
        hint = f"Told so far: {known}. First: watch told {asked} --to {contact} --person …"
        raise InputError("Who was not told cannot acknowledge.", column="contact", value=contact, hint=hint)
    when = _when(workspace, at, mine[-1]["done_at"])
    return _keep(workspace, alarm, "acknowledged", who, when, contact=contact)


def act(
    workspace: Workspace,
    asked: str,
    *,
    person: str,
    words: str,
    contact: str = "",
    at: dt.datetime | None = None,
) -> dict[str, Any]:
    """Put on record what was done about an alarm."""
    alarm, who = find_about(workspace.store, asked), named(person)
    if contact:
        contact_named(workspace.store, contact, workspace.clock().date())
    when = _when(workspace, at, alarm["made_at"])
    return _keep(workspace, alarm, "acted", who, when, contact=contact, words=worded("words", words))


def dispose(workspace: Workspace, asked: str, verdict: str, *, person: str, words: str) -> dict[str, Any]:
    """Put on record what an alarm turned out to have been; a later disposal counts in place of an earlier one.

    Raises:
        UnknownName: no such verdict.
    """
    if verdict not in VERDICTS:
        raise UnknownName("verdict", verdict, VERDICTS)
    alarm, who = find_alarm(workspace.store, asked), named(person)
    when = _when(workspace, None, alarm["made_at"])
    return _keep(workspace, alarm, "disposed", who, when, verdict=verdict, words=worded("words", words))


def _may_be_told(workspace: Workspace, alarm: Mapping[str, Any], contact: dict[str, Any]) -> dict[str, Any]:
    """Return a contact whose role may see the alarm.

    Raises:
        AccessError: it may not.
    """
    if not alarm["alarm"] and contact["role"] != "health":
        raise AccessError("A notice of a health watch goes to health contacts.", hint="Name one of them with --to.")
    if contact["role"] != "enforcement":
        return contact
    row = pa.table({name: [alarm[name] or ""] for name in ("place", "level", "measure")})
    seen = allowed(row, "enforcement", HEALTH)
    if seen.refused and contact["contact"] not in {one["contact"] for one in told_list(workspace, alarm)}:
        raise AccessError(f"{contact['contact']} serves enforcement. {seen.why}", hint="Tell the health contacts.")
    return contact


def _when(workspace: Workspace, at: dt.datetime | None, after: dt.datetime) -> dt.datetime:
    now = workspace.clock()
    when = at or now
    if when > now or (at is not None and when < after):
        hint = f"Give a time from {after:%Y-%m-%d %H:%M} to {now:%Y-%m-%d %H:%M} UTC."
        raise InputError("This cannot have been done then.", column="at", value=when.isoformat(), hint=hint)
    return when


def _keep(
    workspace: Workspace,
    alarm: Mapping[str, Any],
    kind: str,
    person: str,
    when: dt.datetime,
    *,
    contact: str = "",
    verdict: str = "",
    words: str = "",
) -> dict[str, Any]:
    signal = str(alarm["signal"])
    row: dict[str, Any] = {
        "about": signal, "alarm": alarm["alarm"], "act": kind, "contact": contact or None, "verdict": verdict or None,
        "words": words or None, "person": person, "done_at": when,
    }  # fmt: skip
    body = {"act": kind, "alarm": str(alarm["alarm"] or signal), "done_at": when.isoformat(timespec="seconds")}
    body |= {"verdict": verdict} if verdict else {}
    record = f"{signal}/{kind}-{contact}-{workspace.clock().isoformat()}"
    with workspace.store.transaction():
        entry = seal(workspace, "watch-act", record, [contact, words, person, when], body, [person])
        row |= {"acted_at": entry.time, "ledger_seq": entry.seq}
        workspace.store.append("watch_act", pa.Table.from_pylist([row], schema=WATCH_ACT))
    return row
