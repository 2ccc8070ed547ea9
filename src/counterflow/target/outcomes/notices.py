"""Who is told what: a suspicion goes to those who act on it, and its end goes to everyone who received it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from counterflow.store.repository import Store

__all__ = ["notices_for"]

_SUSPICIONS = ("suspected", "presumptive")
_WORDS = {
    "suspected": "suspected; not tested, not a find",
    "presumptive": "presumptive test; not a find until a laboratory confirms it",
    "confirmed": "confirmed by a laboratory or an equal proof",
    "refuted": "refuted: the suspicion told before was not borne out; undo what was done because of it",
}


def notices_for(
    store: Store, outcomes: Sequence[Mapping[str, Any]], recipients: Iterable[str], now: dt.datetime
) -> list[dict[str, Any]]:
    """Return the notices that new outcomes call for.

    Args:
        store: offices of the records, and notices sent so far.
        outcomes: new outcomes in order of time: source, record_id, confirmation, harm_class.
        recipients: who is told of a suspicion beside the record's office.
        now: when they are told.
    """
    called = [o for o in outcomes if o["confirmation"] in _WORDS]
    if not called:
        return []
    asked = pa.table({k: pa.array([o[k] for o in called], pa.string()) for k in ("source", "record_id")})
    offices = _offices(store, asked)
    told = _told(store, asked)
    notices: list[dict[str, Any]] = []
    for outcome in called:
        key = (outcome["source"], outcome["record_id"])
        heard = told.setdefault(key, {})
        first = dict.fromkeys([*([offices[key]] if offices.get(key) else []), *recipients])
        # Also whoever heard of it under other settings, or when it belonged to another office.
        for recipient in dict.fromkeys([*first, *heard]):
            if outcome["confirmation"] == "refuted" and recipient not in heard:
                continue
            heard[recipient] = None
            notices.append(_notice(outcome, recipient, now))
    return notices


def _notice(outcome: Mapping[str, Any], recipient: str, now: dt.datetime) -> dict[str, Any]:
    what = f"{outcome['harm_class']}: " if outcome["harm_class"] else ""
    told = outcome["confirmation"]
    return {
        "source": outcome["source"], "record_id": outcome["record_id"], "recipient": recipient,
        "told": told, "about": what + _WORDS[told], "told_at": now,
    }  # fmt: skip


def _offices(store: Store, asked: pa.Table) -> dict[tuple[str, str], str]:
    rows = store.rows(
        "SELECT DISTINCT c.source, c.record_id, c.office FROM consignment c JOIN asked a"
        " ON a.source = c.source AND a.record_id = c.record_id WHERE c.office IS NOT NULL"
        " ORDER BY c.source, c.record_id, c.office",
        asked=asked,
    )
    return {(str(r["source"]), str(r["record_id"])): str(r["office"]) for r in rows}


def _told(store: Store, asked: pa.Table) -> dict[tuple[str, str], dict[str, None]]:
    rows = store.rows(
        "SELECT DISTINCT n.source, n.record_id, n.recipient FROM notice n JOIN asked a"
        " ON a.source = n.source AND a.record_id = n.record_id"
        f" WHERE n.told IN ({', '.join('?' for _ in (*_SUSPICIONS, 'confirmed'))})"
        " ORDER BY n.source, n.record_id, n.recipient",
        [*_SUSPICIONS, "confirmed"],
        asked=asked,
    )
    told: dict[tuple[str, str], dict[str, None]] = {}
    for r in rows:
        told.setdefault((str(r["source"]), str(r["record_id"])), {})[str(r["recipient"])] = None
    return told
