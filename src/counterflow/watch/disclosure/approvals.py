"""Two sides agree that a role may see harm below the county: somebody of health, and somebody else of oversight.

What they agree to has an id of its own, the digest of role, purpose, area and period; it holds when both sides agreed,
two persons by `core.persons.same_person`, neither took it back, and its last day is not past.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.persons import same_person
from counterflow.core.tables import WATCH_APPROVAL

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["LONGEST_DAYS", "SIDES", "Approval", "Request", "approve", "log_read", "standing", "withdraw"]

SIDES = ("health", "oversight")
#: an agreement is made anew at least so often
LONGEST_DAYS = 92


@dataclass(frozen=True)
class Approval:
    """What was asked for, and who agreed.

    Args:
        request: its id.
        role: role that may see.
        purpose: for what.
        area: place below which.
        starts: first day of counts.
        ends: last day of counts.
        expires: last day of reading.
        sides: side to the person that agreed.
    """

    request: str
    role: str
    purpose: str
    area: str
    starts: dt.date
    ends: dt.date
    expires: dt.date
    sides: tuple[tuple[str, str], ...]

    def state(self, today: dt.date) -> str:
        """Return holds | waits | expired."""
        people = dict(self.sides)
        if today > self.expires:
            return "expired"
        both = set(SIDES) <= people.keys() and not same_person(people["health"], people["oversight"])
        return "holds" if both else "waits"

    def holds(self, today: dt.date, role: str, purpose: str, period: tuple[dt.date, dt.date] | None) -> bool:
        """Whether counts of `period` may be read today by `role` for `purpose`; an unknown period is not inside."""
        inside = period is not None and self.starts <= period[0] and period[1] <= self.ends
        return inside and (role, purpose) == (self.role, self.purpose) and self.state(today) == "holds"

    def as_dict(self, today: dt.date) -> dict[str, Any]:
        """Return a row for a table."""
        people = dict(self.sides)
        return {
            "request": self.request, "state": self.state(today), "role": self.role, "purpose": self.purpose,
            "area": self.area, "starts": self.starts, "ends": self.ends, "expires": self.expires,
            "health": people.get("health", ""), "oversight": people.get("oversight", ""),
        }  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What two sides are asked to agree to.

    Args:
        purpose: one of `rules.PURPOSES`.
        area: place below which counts may be seen.
        starts: first day of counts.
        ends: last day of counts.
        expires: last day of reading.
        role: role that may see.
    """

    purpose: str
    area: str
    starts: dt.date
    ends: dt.date
    expires: dt.date
    role: str = "enforcement"

    @property
    def id(self) -> str:
        """Its id: a digest of all but its last day of reading."""
        body = f"{self.role}\x1f{self.purpose}\x1f{self.area}\x1f{self.starts.isoformat()}\x1f{self.ends.isoformat()}"
        return "Q-" + hashlib.sha256(body.encode()).hexdigest()[:12]

    def row(self) -> dict[str, Any]:
        """Return its columns of `watch_approval`."""
        return {"request": self.id} | asdict(self)


def approve(workspace: Workspace, asked: Request, *, side: str, person: str, ground: str) -> Approval:
    """Put the agreement of one side on record, and return what is agreed by now.

    Raises:
        InputError: no person or ground, days crossed or past, or longer than `LONGEST_DAYS`.
        UnknownName: no such side, purpose or role.
        AccessError: the same person agreed for the other side, however the name is written.
    """
    from counterflow.watch.disclosure.rules import PURPOSES, ROLES
    from counterflow.watch.response.acts import another_person, named, worded

    for what, value, known in (
        ("side", side, SIDES),
        ("purpose", asked.purpose, PURPOSES),
        ("role", asked.role, ROLES),
    ):
        if value not in known:
            raise UnknownName(what, value, known)
    who, why = named(person), worded("ground", ground)
    _check_days(asked.starts, asked.ends, asked.expires, workspace.clock().date())
    if not asked.area.strip():
        raise InputError("An agreement is for a named area.", hint="Give --area PLACE.", column="area")
    held = {one.request: dict(one.sides) for one in standing(workspace.store)}.get(asked.id, {})
    others = [name for its_side, name in held.items() if its_side != side]
    for other in others:
        another_person(other, who, "The two sides are two persons; this one agreed for the other.")
    _act(workspace, {**asked.row(), "act": "approve", "side": side}, [*others, who], why)
    return next(one for one in standing(workspace.store) if one.request == asked.id)


def withdraw(workspace: Workspace, request: str, *, person: str, ground: str) -> None:
    """Take an agreement back, for both sides; any named person may.

    Raises:
        UnknownName: there is no such agreement.
    """
    from counterflow.watch.response.acts import named, worded

    known = {one.request: one for one in standing(workspace.store)}
    if request not in known:
        raise UnknownName("agreement", request, known)
    one, who, why = known[request], named(person), worded("ground", ground)
    body = {"role": one.role, "purpose": one.purpose, "area": one.area, "starts": one.starts, "ends": one.ends}
    for side, _ in one.sides:
        row = {"request": request, "act": "withdraw", "side": side, "expires": one.expires, **body}
        _act(workspace, row, [who], why)


def standing(store: Store) -> list[Approval]:
    """Return what was asked for, with the sides that agree now; of each side the latest act counts."""
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in store.rows("SELECT * FROM watch_approval ORDER BY acted_at, ledger_seq"):
        latest[str(row["request"]), str(row["side"])] = dict(row)
    agreed: dict[str, list[dict[str, Any]]] = {}
    for row in latest.values():
        if row["act"] == "approve":
            agreed.setdefault(str(row["request"]), []).append(row)
    return [_approval(rows) for _, rows in sorted(agreed.items())]


def log_read(workspace: Workspace, requests: Sequence[str], role: str, purpose: str, rows: int) -> None:
    """Put a read under these agreements in the ledger: which, for whom, how many rows; never what they say."""
    if requests:
        body = {"requests": list(requests), "role": role, "purpose": purpose, "rows": rows}
        workspace.ledger.append("watch-read", body)


def _approval(rows: list[dict[str, Any]]) -> Approval:
    first = rows[0]
    sides = tuple(sorted((str(row["side"]), str(row["person"])) for row in rows))
    expires = min(row["expires"] for row in rows)
    return Approval(first["request"], first["role"], first["purpose"], first["area"], first["starts"], first["ends"],
                    expires, sides)  # fmt: skip


def _check_days(starts: dt.date, ends: dt.date, expires: dt.date, today: dt.date) -> None:
    if ends < starts:
        raise InputError("The period ends before it starts.", hint="Swap the days.", column="to", value=ends)
    if expires < today:
        raise InputError("This agreement would have expired.", hint="Give a day to come.", column="expires",
                         value=expires)  # fmt: skip
    if expires > today + dt.timedelta(days=LONGEST_DAYS):
        hint = f"Give a day within {LONGEST_DAYS} days; it can be agreed to again."
        raise InputError("An agreement runs out, so that somebody looks again.", hint=hint, column="expires",
                         value=expires)  # fmt: skip


def _act(workspace: Workspace, row: dict[str, Any], persons: Sequence[str], ground: str) -> None:
    from counterflow.watch.response.acts import seal

    person = persons[-1]
    said = [ground, person, row["area"]]
    now = workspace.clock()
    body = {name: row[name] for name in ("request", "act", "side", "role", "purpose")}
    body |= {name: row[name].isoformat() for name in ("starts", "ends", "expires")}
    with workspace.store.transaction():
        record = f"{row['request']}/{row['act']}-{row['side']}-{now.isoformat()}"
        entry = seal(workspace, "watch-approval", record, said, body, persons)
        whole = row | {"ground": ground, "person": person, "acted_at": entry.time, "ledger_seq": entry.seq}
        workspace.store.append("watch_approval", pa.Table.from_pylist([whole], schema=WATCH_APPROVAL))
