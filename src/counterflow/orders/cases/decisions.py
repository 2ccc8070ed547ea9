"""What a named person decides about an alarm, an order or a customer.

    alarm      dispose | report | outcome
    order      ship | hold | refuse | report | outcome
    customer   ship | hold | refuse | report | outcome        of a customer, ship lifts a hold or a refusal

Decisions are appended and never changed; the latest on a subject counts. Each is in the ledger before the table.
A disposal that finds an alarm *explained* may set what is to be expected from now on; unexplained and diverted never
teach it. Where the house asks for a second person (`orders.second_person`), two different names are needed; the law of
trade on record asks for two to destroy and to store, not to decide, so this is the house's rule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.persons import same_person
from counterflow.core.tables import ORDER_DECISION
from counterflow.orders.cases.sealing import required, seal, short_id

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["ACTS", "FINDINGS", "SEALED", "Choice", "Decided", "NeedsSecond", "decide", "standing"]

#: what may be decided about what
ACTS = {
    "alarm": ("dispose", "report", "outcome"),
    "order": ("ship", "hold", "refuse", "report", "outcome"),
    "customer": ("ship", "hold", "refuse", "report", "outcome"),
}
FINDINGS = ("explained", "unexplained", "diverted", "error")
#: columns that the ledger's digest of a decision is over
SEALED = (
    "subject", "subject_id", "customer_id", "product", "act", "ground", "finding", "person", "second_person",
    "holds_to", "new_expected",
)  # fmt: skip
_SHORTEST_GROUND = 8
_STOPS = ("hold", "refuse")


class NeedsSecond(InputError):  # noqa: N818 - a state, told as an error
    """A decision that one person may not take alone; everything else about it is as it must be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody wants to decide.

    Args:
        subject: alarm, order or customer.
        subject_id: its id.
        act: see `ACTS`.
        ground: why, in words that another person can follow.
        person: who decides.
        finding: of a disposal or an outcome: explained, unexplained, diverted or error.
        second_person: who agrees.
        holds_to: last day on which it holds.
        new_expected: monthly quantity accepted from now on, in the alarm's measure.
    """

    subject: str
    subject_id: str
    act: str
    ground: str
    person: str
    finding: str | None = None
    second_person: str | None = None
    holds_to: dt.date | None = None
    new_expected: float | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision as it stands in the table; `repeated` where it was on record already and nothing was written."""

    row: dict[str, Any]
    repeated: bool


def decide(workspace: Workspace, choice: Choice, *, against: Sequence[str] = ()) -> Decided:
    """Write a decision down: the ledger first, then the table.

    Args:
        workspace: where.
        choice: what is decided.
        against: what stands against shipping beside what the workspace holds, in words (an answer of hold).

    Raises:
        InputError: something is missing or contradictory; the hint says which.
        NeedsSecond: it needs a second person, and names none.
        UnknownName: there is no such alarm, order or customer.
    """
    _fits(choice, workspace.clock().date())
    about = _about(workspace.store, choice)
    row: dict[str, Any] = about | {
        "subject": choice.subject, "subject_id": choice.subject_id, "act": choice.act,
        "ground": required("ground", choice.ground, shortest=_SHORTEST_GROUND, why=_WHY),
        "finding": choice.finding, "person": required("person", choice.person),
        "second_person": " ".join(choice.second_person.split()) or None if choice.second_person else None,
        "holds_to": choice.holds_to, "new_expected": choice.new_expected,
    }  # fmt: skip
    earlier = workspace.store.rows(
        "SELECT * FROM order_decision WHERE subject = ? AND subject_id = ? ORDER BY decided_at, ledger_seq",
        [choice.subject, choice.subject_id],
    )
    if earlier and all(earlier[-1][name] == row.get(name) for name in SEALED):
        return Decided(dict(earlier[-1]), repeated=True)
    _agreed(workspace, row, against)
    row["decision"] = short_id("D", choice.subject, choice.subject_id, choice.act, len(earlier))
    entry = seal(
        workspace, "order-decision", row["decision"], row, columns=SEALED, body=_body(row),
        persons=(row["person"], row["second_person"]),
    )  # fmt: skip
    row |= {"decided_at": entry.time, "ledger_seq": entry.seq}
    workspace.store.append("order_decision", pa.Table.from_pylist([row], schema=ORDER_DECISION))
    return Decided(row, repeated=False)


_WHY = "Say what you saw and why that decides it, so that another person can follow (8 characters or more)."


def _body(row: dict[str, Any]) -> dict[str, Any]:
    from counterflow.store.ledger import decimal_text

    return {
        "decision": row["decision"], "subject": row["subject"], "subject_id": row["subject_id"], "act": row["act"],
        "finding": row["finding"], "holds_to": row["holds_to"].isoformat() if row["holds_to"] else None,
        "new_expected": None if row["new_expected"] is None else decimal_text(row["new_expected"]),
    }  # fmt: skip


def _fits(choice: Choice, today: dt.date) -> None:
    """Refuse what does not go together."""
    if choice.subject not in ACTS:
        raise UnknownName("subject of a decision", choice.subject, ACTS)
    acts = ACTS[choice.subject]
    if choice.act not in acts:
        hint = f"Of an {choice.subject}, one of {', '.join(acts)}." if choice.subject[0] in "ao" else ""
        hint = hint or f"Of a {choice.subject}, one of {', '.join(acts)}."
        raise InputError("This cannot be decided about it.", hint=hint, column="act", value=choice.act)
    finds = choice.act in {"dispose", "outcome"}
    if finds and choice.finding not in FINDINGS:
        hint = f"Say what was found: {', '.join(FINDINGS)}."
        raise InputError(f"A {choice.act} needs a finding.", hint=hint, column="finding", value=choice.finding)
    if not finds and choice.finding:
        hint = "Leave it out; once it is known what it was, record an outcome."
        raise InputError(f"A {choice.act} has no finding.", hint=hint, column="finding", value=choice.finding)
    _extras_fit(choice, today)


def _extras_fit(choice: Choice, today: dt.date) -> None:
    if choice.new_expected is not None:
        if choice.act != "dispose" or choice.finding not in {"explained", "error"}:
            hint = "What is unexplained or diverted never becomes what is expected."
            raise InputError("Only an explained alarm sets a new expectation.", hint=hint, column="new_expected")
        if not 0 <= choice.new_expected < float("inf"):
            hint = "Give the quantity of a month in the alarm's measure, 0 or more."
            raise InputError("This is no quantity.", hint=hint, column="new_expected", value=choice.new_expected)
    if choice.holds_to is not None:
        if choice.act not in {"ship", *_STOPS}:
            raise InputError(
                f"A {choice.act} does not end.", hint="Leave --holds-to out.", column="holds_to", value=choice.holds_to
            )
        if choice.holds_to < today:
            hint = f"Give a day from {today}."
            raise InputError("The last day is past.", hint=hint, column="holds_to", value=choice.holds_to)


def _about(store: Store, choice: Choice) -> dict[str, Any]:
    """Return whose matter it is; the subject must be on record."""
    sql = {
        "alarm": "SELECT customer_id, product FROM order_alarm WHERE alarm = ? LIMIT 1",
        "order": "SELECT max(customer_id) AS customer_id, CASE WHEN count(DISTINCT item) = 1 THEN max(item) END AS"
        " product FROM order_line WHERE record_id = ? HAVING count(*) > 0",
        "customer": "SELECT customer_id, NULL AS product FROM (SELECT record_id AS customer_id FROM customer UNION"
        " SELECT customer_id FROM order_line) WHERE customer_id = ? LIMIT 1",
    }[choice.subject]
    found = store.rows(sql, [choice.subject_id])
    if not found:
        column, table = {
            "alarm": ("alarm", "order_alarm"), "order": ("record_id", "order_line"),
            "customer": ("customer_id", "order_line"),
        }[choice.subject]  # fmt: skip
        known = store.query(f"SELECT DISTINCT {column} AS id FROM {table} WHERE {column} IS NOT NULL LIMIT 50000")
        raise UnknownName(choice.subject, choice.subject_id, known.column("id").to_pylist())
    return {"customer_id": found[0]["customer_id"] or "", "product": found[0]["product"]}


def _agreed(workspace: Workspace, row: dict[str, Any], against: Sequence[str]) -> None:
    """Refuse one person's word where two are needed."""
    second, first = row["second_person"], row["person"]
    if second and same_person(first, second):
        hint = "A second person is another person."
        raise InputError("One person was named twice.", hint=hint, column="second_person", value=second)
    asked = _asked(workspace, row, against)
    if asked and not second:
        raise NeedsSecond(
            f"A second person must agree: {'; '.join(asked)}.",
            hint="Name them with --second-person.",
            column="second_person",
        )


def _asked(workspace: Workspace, row: dict[str, Any], against: Sequence[str]) -> list[str]:
    """Return why a second person is asked for; empty where none is."""
    house = set(workspace.settings.orders.second_person)
    asked = []
    if row["act"] in house:
        asked.append(f"the house asks for two to {row['act']} (orders.second_person)")
    if row["act"] == "ship" and "ship-against-hold" in house:
        asked += [*against, *_holds(workspace, row)]
    if row["act"] == "dispose" and "dispose-strong" in house:
        limit = workspace.settings.orders.strong_alarm
        strength = workspace.store.rows(
            "SELECT max(strength) AS strength FROM order_alarm WHERE alarm = ?", [row["subject_id"]]
        )[0]["strength"]
        if strength is not None and float(str(strength)) >= limit:
            asked.append(f"the alarm is strong ({float(str(strength)):.3g}, from {limit:g}: orders.strong_alarm)")
    return asked


def _holds(workspace: Workspace, row: dict[str, Any]) -> list[str]:
    """Return what the workspace holds against shipping: decisions in force and open alarms."""
    today = workspace.clock().date()
    held = [
        f"{one['act']} of {one['subject']} {one['subject_id']} is in force ({one['decision']})"
        for one in standing(workspace.store, today)
        if one["act"] in _STOPS
        and ((one["subject"], one["subject_id"]) in {("order", row["subject_id"]), ("customer", row["customer_id"])})
    ]
    from counterflow.orders.cases.matters import open_alarms

    asked = {row["product"]} if row["product"] else None
    alarms = [
        one["alarm"]
        for one in open_alarms(workspace.store, row["customer_id"])
        if asked is None or one["product"] in asked
    ]
    return held + ([f"alarm {alarms[0]} on it is open"] if alarms else [])


def standing(store: Store, on: dt.date) -> list[dict[str, Any]]:
    """Return the decision in force on `on` for each order and customer: the latest ship, hold or refuse not ended."""
    rows: list[dict[str, Any]] = store.rows(
        "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY subject, subject_id"
        " ORDER BY decided_at DESC, ledger_seq DESC) AS place FROM order_decision"
        " WHERE act IN ('ship', 'hold', 'refuse') AND CAST(decided_at AS DATE) <= ?) AS ordered"
        " WHERE place = 1 AND (holds_to IS NULL OR holds_to >= ?) ORDER BY subject, subject_id",
        [on, on],
    )
    return rows
