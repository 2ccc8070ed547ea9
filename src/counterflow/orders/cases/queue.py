"""The queue: one row per open matter, ordered by what waiting would cost (`costs` has the formula).

A matter is a customer and a product. It is open while an alarm on it has no disposal, a flag raised since a finding
stands, an order of it is held, a question about it is unanswered, a report on it was decided and not filed, or a
licence that it rests on is about to end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import shorten
from typing import Any

from counterflow.orders.cases.costs import FLAG_WEIGHTS, Terms, cost_of, doubt_of
from counterflow.orders.cases.standing import UNASKED, Standing, strictest

__all__ = ["Open", "Typical", "queue_rows", "within_minutes"]

#: customer and product; the product is empty where the customer as a whole is meant
Key = tuple[str, str]
#: product and measure to what a typical customer orders of it in a month
Typical = Mapping[tuple[str, str], float]

_SHOWN = 3
#: characters of one reason in a row of the queue; the dossier has it whole
_LONGEST = 200


@dataclass(frozen=True)
class Open:
    """All that is open, as rows of the tables.

    Args:
        alarms: open alarms (`matters.open_alarms`).
        flags: flags raised since the last finding on their matter.
        held: held orders: order_id, customer_id, product, day, quantity, measure, words.
        questions: unanswered questions, with `state` and `due_on`; `product` where the subject has one.
        licences: licences about to end: customer_id, kind, number, expires_on.
        reports: reports decided or drafted and not filed: customer_id, product, due_on, words.
        licit: share of alarms explained so far (`dispositions.licit_share`).
        recent: customer, product and measure to what is ordered in a month of late (`usual.recent_months`); the
            alarm's own month stands in where it is not known.
        standing: product to how it stands in law (`standing.standing_of`).
        products: customer to the products it orders, for what concerns the customer as a whole.
    """

    alarms: Sequence[Mapping[str, Any]] = ()
    flags: Sequence[Mapping[str, Any]] = ()
    held: Sequence[Mapping[str, Any]] = ()
    questions: Sequence[Mapping[str, Any]] = ()
    licences: Sequence[Mapping[str, Any]] = ()
    reports: Sequence[Mapping[str, Any]] = ()
    licit: float = 0.5
    recent: Mapping[tuple[str, str, str], float] = field(default_factory=dict)
    standing: Mapping[str, Standing] = field(default_factory=dict)
    products: Mapping[str, Iterable[str]] = field(default_factory=dict)


@dataclass
class _Matter:
    alarms: list[Mapping[str, Any]] = field(default_factory=list)
    flags: list[Mapping[str, Any]] = field(default_factory=list)
    held: list[Mapping[str, Any]] = field(default_factory=list)
    questions: list[Mapping[str, Any]] = field(default_factory=list)
    licences: list[Mapping[str, Any]] = field(default_factory=list)
    reports: list[Mapping[str, Any]] = field(default_factory=list)


def queue_rows(found: Open, *, typical: Typical, minutes: Mapping[str, float], today: dt.date) -> list[dict[str, Any]]:
    """Return the open matters, the costliest to leave first.

    Args:
        found: what is open.
        typical: what is usual of each product, see `Typical`.
        minutes: minutes of work by what opens a matter (`orders.minutes`).
        today: the day.
    """
    rows = [_row(key, matter, found, typical, minutes, today) for key, matter in _matters(found).items()]
    rows.sort(key=lambda row: (-row["cost"], row["since"], row["customer_id"], row["product"]))
    return [{"rank": rank} | row for rank, row in enumerate(rows, start=1)]


def within_minutes(rows: Iterable[Mapping[str, Any]], minutes: float | None) -> list[dict[str, Any]]:
    """Return the rows with `within`: whether they fit in the minutes there are, taken in order of rank.

    A matter that does not fit is left for another day and a smaller one after it may still be taken.
    """
    left, marked = minutes, []
    for row in rows:
        fits = left is None or float(row["minutes"]) <= left
        if left is not None and fits:
            left -= float(row["minutes"])
        marked.append(dict(row) | {"within": fits})
    return marked


def _matters(found: Open) -> dict[Key, _Matter]:
    matters: dict[Key, _Matter] = {}
    for name in ("alarms", "flags", "held", "questions", "licences", "reports"):
        for row in getattr(found, name):
            key = (str(row["customer_id"]), str(row.get("product") or ""))
            getattr(matters.setdefault(key, _Matter()), name).append(row)
    return _joined(matters)


def _joined(matters: dict[Key, _Matter]) -> dict[Key, _Matter]:
    """Lay what concerns the customer as a whole to its one product matter, where there is just one."""
    by_customer: dict[str, list[str]] = {}
    for customer, product in matters:
        by_customer.setdefault(customer, []).append(product)
    for customer, products in by_customer.items():
        if len(products) == 2 and "" in products:
            whole = matters.pop((customer, ""))
            into = matters[customer, next(p for p in products if p)]
            for name in vars(whole):
                getattr(into, name).extend(getattr(whole, name))
    return matters


def _row(
    key: Key,
    matter: _Matter,
    found: Open,
    typical: Typical,
    minutes: Mapping[str, float],
    today: dt.date,
) -> dict[str, Any]:
    since, (due, due_why) = _since(matter, today), _due(matter)
    latest = _latest(matter.alarms)
    terms = _terms(key, matter, latest, found=found, typical=typical, since=since, due=due, today=today)
    opened = _opened_by(matter)
    return {
        "customer_id": key[0], "product": key[1], "in_law": _standing(key, found).words,
        "why": _told(_why(matter, latest)),
        "cost": round(terms.cost(), 4), "since": since, "days": (today - since).days, "due_on": due,
        "due_why": due_why, "opened_by": "; ".join(opened),
        "minutes": sum(minutes.get(name, 0.0) for name in opened),
        "alarm": None if latest is None else latest["alarm"],
    } | terms.as_dict() | {"next": _next(matter, due_why)}  # fmt: skip


def _terms(
    key: Key,
    matter: _Matter,
    latest: Mapping[str, Any] | None,
    *,
    found: Open,
    typical: Typical,
    since: dt.date,
    due: dt.date | None,
    today: dt.date,
) -> Terms:
    groups: dict[str, str] = {}
    for flag in matter.flags:
        held = groups.get(flag["group"])
        if held is None or FLAG_WEIGHTS[flag["grade"]] > FLAG_WEIGHTS[held]:
            groups[flag["group"]] = flag["grade"]
    strength = max((float(a["strength"]) for a in matter.alarms), default=None)
    excess, usual = None, None
    if latest is not None and latest["quantity"] is not None:
        measure = str(latest["measure"])
        now = found.recent.get((*key, measure), float(latest["quantity"]))
        excess, usual = now - float(latest["baseline"] or 0), typical.get((key[1], measure))
    waiting = sum(_months_held(row, typical) for row in matter.held) + len(matter.licences)
    return cost_of(
        excess=excess, typical=usual, doubt=doubt_of(strength, groups), since=since, held=waiting, licit=found.licit,
        due=due, today=today, standing=_standing(key, found).weight,
    )  # fmt: skip


def _standing(key: Key, found: Open) -> Standing:
    """Return how the product of a matter stands in law; of a customer as a whole, the strictest of what it orders."""
    of = (key[1],) if key[1] else found.products.get(key[0], ())
    return strictest(found.standing.get(product, UNASKED) for product in of)


def _months_held(row: Mapping[str, Any], typical: Typical) -> float:
    """Return a held order in typical months of its product; one where that cannot be told."""
    usual = typical.get((str(row.get("product") or ""), str(row.get("measure") or "")))
    quantity = row.get("quantity")
    return float(quantity) / usual if quantity is not None and usual else 1.0


def _latest(alarms: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return max(alarms, key=lambda a: (a["month"], float(a["strength"]), a["alarm"]), default=None)


def _since(matter: _Matter, today: dt.date) -> dt.date:
    """Return the first day on which any part of the matter was there."""
    days = [_day(a["raised_at"]) for a in matter.alarms]
    days += [row["day"] for row in (*matter.flags, *matter.held) if row.get("day")]
    days += [_day(q["asked_at"]) for q in matter.questions if q.get("asked_at")]
    return min((*days, today))


def _day(moment: dt.datetime | dt.date) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment


def _due(matter: _Matter) -> tuple[dt.date | None, str]:
    """Return the nearest deadline and what sets it."""
    dues = [(r["due_on"], str(r["words"])) for r in matter.reports if r.get("due_on")]
    dues += [(q["due_on"], f"answer to {q['question']}") for q in matter.questions if q.get("due_on")]
    dues += [(li["expires_on"], f"{li['kind']} {li['number'] or ''} ends".replace("  ", " ")) for li in matter.licences]
    return min(dues, default=(None, ""))


def _opened_by(matter: _Matter) -> list[str]:
    there = {
        "alarm": matter.alarms, "flags": matter.flags, "held-order": matter.held,
        "question": [q for q in matter.questions if q["state"] == "overdue"], "licence": matter.licences,
        "report": matter.reports,
    }  # fmt: skip
    return [name for name, rows in there.items() if rows] or ["question"]


def _told(reasons: Sequence[str]) -> str:
    return "; ".join(shorten(words, _LONGEST, placeholder=" …") for words in reasons)


def _why(matter: _Matter, latest: Mapping[str, Any] | None) -> list[str]:
    words = []
    if latest is not None:
        count = f"{len(matter.alarms)} open alarms, the latest" if len(matter.alarms) > 1 else "open alarm"
        words.append(f"{count} of {latest['month']}: {latest['reasons'] or latest['meaning']}")
    order = sorted(matter.flags, key=lambda f: (-FLAG_WEIGHTS[f["grade"]], str(f["kind"]), str(f["flag"])))
    words += [f"{f['grade']} flag {f['kind']}: {f['words']}" for f in order[:_SHOWN]]
    if len(order) > _SHOWN:
        words.append(f"{len(order) - _SHOWN} more flags")
    words += [f"order {row['order_id']} is held: {row['words']}" for row in matter.held[:_SHOWN]]
    if len(matter.held) > _SHOWN:
        words.append(f"{len(matter.held) - _SHOWN} more held orders")
    words += [
        f"question {q['question']} is {q['state']} since {q['due_on']}"
        for q in matter.questions
        if q["state"] == "overdue"
    ]
    words += [f"{li['kind']} {li['number'] or ''} ends on {li['expires_on']}" for li in matter.licences]
    return words + [str(r["words"]) for r in matter.reports]


def _next(matter: _Matter, due_why: str) -> str:
    """Say what would move the matter on."""
    if matter.reports:
        return "file the report, or withdraw it with a second person"
    if any(q["state"] == "waiting" for q in matter.questions):
        return "wait for the answer; it is not due yet"
    if any(q["state"] == "overdue" for q in matter.questions):
        return "call the customer: the answer is overdue; then decide"
    if matter.alarms or matter.flags:
        return "read the dossier; ask what would clear it, or dispose of it with a finding"
    if matter.held:
        return "supply what is missing and ship, or refuse"
    return f"ask for a renewal: {due_why}" if due_why else "read the dossier"
