"""The ledger of money: what was asked for, agreed, awarded and spent, on which side, on how good evidence, for what.

Sums are made within one currency and one status only: what was asked for is not what was spent. Cost per outcome
divides what was spent by what was counted and claims no cause: the outcome may have come without the money.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterflow.account.indicators.amounts import read_amount
from counterflow.account.indicators.days import read_period
from counterflow.account.indicators.evidence import grade_of
from counterflow.core.errors import InputError, nearest
from counterflow.reference.csv_files import read_rows

if TYPE_CHECKING:
    from counterflow.account.given import Rows

__all__ = ["SIDES", "STATUSES", "Money", "cost_rows", "grade_rows", "mix_rows", "read_money", "shipped_money"]

STATUSES = ("requested", "appropriated", "agreed", "awarded", "invested", "spent")
SIDES = ("supply", "enforcement", "prevention", "treatment", "harm reduction", "recovery", "diversion",
         "violence reduction", "remediation", "research", "administration", "all")  # fmt: skip
_NEEDED = ("programme", "side", "status", "amount", "currency", "period", "source")
_LEVEL = 0.95
NO_CLAIM = "Money over outcomes counted: no claim that the money caused them, nor that more would."


@dataclass(frozen=True, slots=True)
class Money:
    """One sum.

    Args:
        id: its name.
        programme: what it is for.
        side: one of `SIDES`.
        intervention: id of a study in the evidence library, or name of a lever; "" where none is named.
        status: one of `STATUSES`.
        amount: in `currency`.
        currency: ISO 4217.
        period: of the sum.
        outcome: what was counted beside it; "" where nothing was.
        outcomes: how many; None where not counted.
        low: lower end of that count, where its source gives one.
        high: upper end.
        source: where the sum stands.
        quote: its words.
        row: row of the list of recommendations.
        note: what else must be known.
    """

    id: str
    programme: str
    side: str
    intervention: str
    status: str
    amount: float
    currency: str
    period: str
    outcome: str
    outcomes: float | None
    low: float | None
    high: float | None
    source: str
    quote: str = ""
    row: str = ""
    note: str = ""


def shipped_money() -> list[Money]:
    """Return the sums that the documents name."""
    return [_money(row, place) for place, row in enumerate(read_rows("account", "money.csv"))]


def _money(row: Mapping[str, str], place: int) -> Money:
    count, low, high = (
        float(row[name]) if row.get(name) else None for name in ("outcomes", "outcomes_low", "outcomes_high")
    )
    return Money(
        row.get("id") or f"sum-{place + 1}", row["programme"], row["side"], row.get("intervention", ""), row["status"],
        float(row["amount"]), row["currency"].upper(), row["period"], row.get("outcome", ""), count, low, high,
        row["source"], row.get("quote", ""), row.get("row", ""), row.get("note", ""),
    )  # fmt: skip


def read_money(path: Path) -> list[Money]:
    """Read sums from a table with programme, side, status, amount, currency, period, source; more where known.

    Raises:
        InputError: a column is missing, or a cell cannot be used; with its line.
    """
    from counterflow.account.given import read_rows as rows_in

    table = rows_in(path, "a ledger of money")
    for name in _NEEDED:
        if name not in table.places:
            hint = f"The first line names {', '.join(_NEEDED)}; intervention, outcome and outcomes where known."
            close = nearest(name, table.header)
            raise InputError(f"There is no column {name!r}{f'; {close[0]!r} is near' if close else ''}.", file=path,
                             column=name, hint=hint)  # fmt: skip
    return [_read(table, place) for place in range(len(table.cells))]


def _read(table: Rows, place: int) -> Money:
    row = {name: table.cells[place][table.places[name]].strip() for name in table.header}
    row["side"], row["status"] = row["side"].casefold().replace("_", " "), row["status"].casefold()
    for name, known in (("side", SIDES), ("status", STATUSES)):
        if row[name] not in known:
            close = nearest(row[name], known)
            hint = f"Did you mean {close[0]!r}?" if close else f"One of {', '.join(known)}."
            raise table.fault(place, name, f"There is no {name} {row[name]!r}.", hint)
    if not row["source"]:
        raise table.fault(place, "source", "A sum without source is none.", "Say where it stands.")
    for name in ("amount", "outcomes", "outcomes_low", "outcomes_high"):
        if row.get(name):
            try:
                value = read_amount(row[name]).value
            except ValueError as error:
                raise table.fault(place, name, f"This is no number: {error}.", "As 5400000 or 5.4 million.") from error
            if value < 0:
                raise table.fault(place, name, "It is below nothing.", "Enter what was paid back as a row of its own.")
            row[name] = repr(value)
    if not row["amount"]:
        raise table.fault(place, "amount", "A sum without amount.", "Give it, or leave the row out.")
    if len(row["currency"]) != 3 or not row["currency"].isalpha():
        raise table.fault(place, "currency", "A currency is three letters.", "As USD (ISO 4217).")
    try:
        read_period(row["period"])
    except ValueError as error:
        raise table.fault(place, "period", f"This is no period: {error}.", "As FY 2024, 2024 or 2024-05.") from error
    return _money(row, place)


def mix_rows(sums: Sequence[Money]) -> list[dict[str, Any]]:
    """Return the mix: share of each side within one status and currency; sums over both sides stand apart."""
    totals: dict[tuple[str, str], float] = defaultdict(float)
    parts: dict[tuple[str, str, str], list[Money]] = defaultdict(list)
    for one in sums:
        parts[(one.status, one.currency, one.side)].append(one)
        if one.side != "all":
            totals[(one.status, one.currency)] += one.amount
    rows = []
    unsplit = {(status, currency) for status, currency, side in parts if side == "all"}
    for (status, currency, side), held in sorted(parts.items()):
        amount, total = math.fsum(one.amount for one in held), totals[(status, currency)]
        split = total > 0 and (status, currency) not in unsplit
        rows.append({
            "status": status, "currency": currency, "side": side, "programmes": len(held), "amount": amount,
            "share": amount / total if split else None,
            "why_not": "" if split else "a source of this status does not split its sum by side",
        })  # fmt: skip
    return rows


def grade_rows(sums: Sequence[Money], evidence: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return how much goes to which grade of evidence, within one status and currency; what names none is counted."""
    held: dict[tuple[str, str, str], list[Money]] = defaultdict(list)
    totals: dict[tuple[str, str], float] = defaultdict(float)
    for one in sums:
        held[(one.status, one.currency, grade_of(one.intervention, evidence) or "none named")].append(one)
        totals[(one.status, one.currency)] += one.amount
    return [
        {"status": status, "currency": currency, "grade": grade, "programmes": len(rows), "amount": amount,
         "share": amount / totals[(status, currency)] if totals[(status, currency)] else None}
        for (status, currency, grade), rows in sorted(held.items())
        for amount in [math.fsum(one.amount for one in rows)]
    ]  # fmt: skip


def cost_rows(sums: Sequence[Money]) -> list[dict[str, Any]]:
    """Return the cost per outcome of each sum that was spent and has an outcome counted beside it.

    The interval carries the doubt of the count alone: the one that its source gives, else the exact interval of a
    Poisson count (Garwood 1936). What was only asked for, agreed or awarded has no cost per outcome.
    """
    rows = []
    for one in sums:
        row: dict[str, Any] = {
            "id": one.id, "programme": one.programme, "status": one.status, "amount": one.amount,
            "currency": one.currency, "outcome": one.outcome, "outcomes": one.outcomes, "cost": None, "low": None,
            "high": None, "level": _LEVEL, "why_not": _why_not(one), "claim": NO_CLAIM, "source": one.source,
        }  # fmt: skip
        if not row["why_not"] and one.outcomes is not None:
            low, high = _interval(one)
            row |= {"cost": one.amount / one.outcomes, "low": one.amount / high,
                    "high": one.amount / low if low > 0 else None}  # fmt: skip
        elif one.outcomes == 0 and one.status == "spent":
            row["low"] = one.amount / _interval(one)[1]
        rows.append(row)
    return rows


def _why_not(one: Money) -> str:
    if one.status not in ("spent", "invested"):
        return f"it was {one.status}, not spent"
    if not one.outcome or one.outcomes is None:
        return "no outcome is counted beside it"
    if one.outcomes == 0:
        return "nothing was counted: only a least cost can be given"
    return ""


def _interval(one: Money) -> tuple[float, float]:
    """Return the interval of the count of outcomes."""
    if one.low is not None and one.high is not None:
        return one.low, one.high
    from scipy.stats import chi2

    count, tail = one.outcomes or 0.0, (1 - _LEVEL) / 2
    low = float(chi2.ppf(tail, 2 * count)) / 2 if count else 0.0
    return low, float(chi2.ppf(1 - tail, 2 * count + 2)) / 2
