"""The firm's year as a page that prints: each figure with what it rests on, and what the report cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterflow.report import numbers
from counterflow.report.markup import Safe, tag
from counterflow.report.page import facts, grid_of, page, section

__all__ = ["render"]


def render(shown: Mapping[str, Any]) -> str:
    """Return the page of one year, as `counterflow.orders.cases.year` makes it."""
    ledger, cost = shown["ledger"], shown["counter_indicators"]
    held, waited = cost["held_orders"], shown["days_to_disposal"]
    title = f"Orders watched in {shown['year']}"
    return page(
        title,
        tag("p", f"As of {shown['as_of']}{'' if shown['whole_year'] else '; the year is not over'}", class_="kicker"),
        tag("h1", title),
        section("What was done", grid_of(
            [{"what": row["what"], "value": numbers.count(row["value"]), "on": _rests(row["rests_on"])}
             for row in shown["figures"]],
            {"what": "Figure", "value": "Value", "on": "Rests on"}, caption="Figures of the year", numbers=("value",),
        )),
        section("What it cost those who were in the right", facts([
            ("Share of alarms that were cleared", numbers.estimate(cost["alarms_cleared"])),
            ("Orders held", numbers.count(held["held"])),
            ("Of them shipped after all", numbers.count(held["shipped_after_all"])),
            ("Median delay of those, days", numbers.amount(held["median_days_of_delay"])),
            ("Still waiting", numbers.count(held["waiting"])),
            ("Median days from alarm to finding", numbers.amount(waited["median"])),
            ("Most days from alarm to finding", numbers.amount(waited["most"])),
        ])),
        section("What it rests on", facts([
            ("Ledger", ledger["ledger_id"]), ("Entries", ledger["size"]), ("Chain", ledger["chain"]),
            ("Root", ledger["root"]), *((f"Rows {state}", count) for state, count in shown["rows"].items()),
        ])),
        section("What this cannot tell", _list(shown["not_told"])),
        tag("footer", tag("p", "Count it again: ", tag("code", "tools/verify_firm_year.py REPORT.json LEDGER"))),
    )  # fmt: skip


def _rests(rests: Mapping[str, Any]) -> str:
    if "ledger" not in rests:
        return f"table {rests['table']}: to be believed"
    says = ", ".join(f"{name} {value}" for name, value in rests["where"].items())
    span = f", entries {rests['first']} to {rests['last']}" if rests["first"] else ""
    return f"ledger: {rests['ledger']}{' (' + says + ')' if says else ''}{span}"


def _list(lines: list[str]) -> Safe:
    return tag("ul", *(tag("li", line) for line in lines))
