"""The dossier as one page: its question answered first, the evidence after it; on screen, phone and paper.

One file without any request elsewhere. Charts are drawn into it, each with a sentence and its numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart
from counterflow.report.charts.peers import peers_chart
from counterflow.report.charts.timeline import timeline_chart
from counterflow.report.markup import Safe, join, tag
from counterflow.report.page import facts, grid_of, page, section
from counterflow.report.plots import peers_svg, timeline_svg

__all__ = ["in_kilograms", "render"]

_RULES = (
    "This page says what was seen in orders and files, and what would clear it. It accuses nobody: flags are looked at"
    " together, and a named person decides. A similar name on a list is a similar name until somebody has judged it."
)


def render(shown: Mapping[str, Any]) -> str:
    """Return the page of one dossier, as `counterflow.orders.cases.dossier` makes it. Every text in it is escaped."""
    name = shown["file"].get("Legal name")
    title = f"Customer {shown['customer_id']}" + (f", {shown['product']}" if shown["product"] else "")
    return page(
        f"Dossier: {title}",
        tag("p", f"Dossier as of {shown['as_of']}", class_="kicker"),
        tag("h1", title, tag("br"), name) if name else tag("h1", title),
        _lead(shown),
        *_all_series(shown["series"]),
        section("Flags, and what would clear each", *map(_flag, shown["flags"])),
        section("Customer file", facts(list(shown["file"].items())), _points(shown["points"]),
                empty="There is no customer file: ask for one before the next sale."),
        section("Licences", grid_of(shown["licences"], _LICENCE, caption="Licences and registrations on file"),
                empty="No licence is on file."),
        section("Names on lists, not judged yet unless it says so", _hits(shown["hits"])),
        section("May it be shipped?", grid_of(shown["answers"], _ANSWER, caption="Answers for its open orders")),
        section("Questions and answers", _questions(shown["questions"]), empty="Nothing was asked yet."),
        section("Decisions", grid_of(_decisions(shown), _DECISION, caption="Decisions of named persons, latest first"),
                empty="Nothing was decided yet."),
        section("Published rules beside ours", grid_of(
            shown["rules"], {"rule": "Rule", "month": "Last month it spoke", "says": "What it says now"},
            caption="Rules that others published; they fall silent while a rise lasts",
        )),
        section("Latest orders", grid_of(shown["orders"], _ORDER, caption="Latest lines; returns reduce nothing")),
        _footer(shown),
        synthetic=bool(shown["synthetic"]),
    )  # fmt: skip


#: grams in a month from which kilograms read better
_MANY_GRAMS = 10_000
_LICENCE = {
    "kind": "Kind", "number": "Number", "authority": "Authority", "covers": "Covers", "expires_on": "Last day",
    "checked_on": "Checked", "standing": "Standing",
}  # fmt: skip
_ANSWER = {"order_id": "Order", "answer": "Answer", "reasons": "Reasons", "citations": "Law"}
_DECISION = {
    "day": "Day", "about": "About", "act": "Act", "finding": "Finding", "ground": "Ground", "persons": "Persons",
    "ledger_seq": "Ledger entry",
}  # fmt: skip
_ORDER = {
    "ordered_on": "Day", "record_id": "Order", "kind": "Kind", "item": "Item", "quantity_text": "Quantity",
    "ship_to": "Ship to", "payment": "Payment",
}  # fmt: skip


def _lead(shown: Mapping[str, Any]) -> Safe:
    """Answer the question of the page: why is this open, what would clear it, what must be decided by when?"""
    due = [
        tag("li", tag("b", row["on"], " (past)" if row["past"] else "", class_="overdue" if row["past"] else None),
            ": ", row["what"])
        for row in shown["due"]
    ]  # fmt: skip
    why = _list(shown["why_open"], "Nothing is open here.")
    return tag(
        "div",
        tag("section", tag("h2", "Why is this open?"), _in_law(shown), _concern(shown), why, class_="why"),
        tag("section", tag("h2", "What would clear it?"), _list(shown["clears"], "There is nothing to clear.")),
        tag("section", tag("h2", "What must be decided by when?"), tag("ul", *due) if due else
            tag("p", "No day is set by law, licence or question."), _rank(shown["queue"]), class_="due"),
        class_="lead",
    )  # fmt: skip


def _in_law(shown: Mapping[str, Any]) -> Safe:
    """Say how the products stand in law before anything is said of the customer."""
    return join(*(tag("p", tag("b", words), ".") for words in shown["in_law"]))


def _concern(shown: Mapping[str, Any]) -> Safe:
    weighed = shown["concern"]
    if not weighed:
        return Safe("")
    return tag("p", "Taken together: ", tag("b", weighed["concern"]), f" ({weighed['groups']}).")


def _rank(queue: Sequence[Mapping[str, Any]]) -> Safe:
    lines = [
        f"{row['product'] or 'The customer as a whole'}: rank {row['rank']} in the queue (cost of waiting "
        f"{numbers.amount(row['cost'])}, open for {numbers.counted(row['days'], 'day')}). Next: {row['next']}."
        for row in queue
    ]
    return join(*(tag("p", line) for line in lines))


def _list(lines: Sequence[object], empty: str) -> Safe:
    return tag("ul", *(tag("li", line) for line in lines)) if lines else tag("p", empty)


def _all_series(series: Sequence[Mapping[str, Any]]) -> list[Safe]:
    """Return the charts of products with an alarm in full; those of quiet ones stand folded up behind them."""
    drawn = [(number, in_kilograms(one)) for number, one in enumerate(series, start=1)]
    loud = [(number, one) for number, one in drawn if any(m["alarm"] or m["open"] for m in one["months"])] or drawn[:1]
    quiet = [pair for pair in drawn if pair not in loud]
    folded = [
        tag("details", tag("summary", f"Orders of {one['product']}, in {one['measure']}"), _series(number, one))
        for number, one in quiet
    ]
    return [*(_series(number, one) for number, one in loud), section("Other products, without an alarm", *folded)]


def in_kilograms(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a series of grams in kilograms where that reads better."""
    most = max((float(m["quantity"]) for m in one["months"]), default=0.0)
    if one["measure"] != "grams" or most < _MANY_GRAMS:
        return one
    months = [
        dict(m) | {name: m[name] / 1000 for name in ("quantity", "baseline") if m[name] is not None}
        for m in one["months"]
    ]
    scaled = {"peers": [value / 1000 for value in one["peers"]], "own": one["own"] / 1000}
    return dict(one) | scaled | {"measure": "kg", "months": months, "returned": one["returned"] / 1000}


def _series(number: int, one: Mapping[str, Any]) -> Safe:
    timeline = timeline_chart(one["months"], measure=one["measure"], product=one["product"])
    beside = peers_chart(
        one["peers"], one["own"], measure=one["measure"], group=one["peer_group"], months=one["peer_months"]
    )
    about = f"{one['product']}, {one['measure']}"
    returned = f"Returned in all: {numbers.amount(one['returned'])} {one['measure']}." if one["returned"] else ""
    return section(
        f"Orders of {one['product']}, in {one['measure']}",
        _figure(f"{number}-timeline", timeline, timeline_svg(one["months"], summary=timeline.summary), _KEY, about),
        tag("p", returned, class_="note") if returned else "",
        _figure(f"{number}-peers", beside, peers_svg(one["peers"], one["own"], summary=beside.summary), "", about),
    )


_KEY = "Bars: ordered. Line: to be expected, where known. Triangle: alarm. Bars in the second colour: an alarm is open."


def _figure(name: str, chart: Chart, drawn: Safe, key: str, about: str) -> Safe:
    table = grid_of(
        [dict(zip(chart.columns, row, strict=True)) for row in chart.rows],
        {column: column for column in chart.columns},
        caption=f"{chart.title} ({about}): the numbers",
        numbers=chart.columns[1:],
    )
    caption = tag("figcaption", tag("b", chart.title), ". ", chart.summary)
    more = tag("details", tag("summary", f"Numbers: {chart.title.lower()}"), table) if chart.rows else ""
    note = tag("p", key, class_="note") if key and drawn else ""
    return tag("figure", caption, drawn, note, more, id=f"figure-{name}")


def _flag(flag: Mapping[str, Any]) -> Safe:
    evidence = flag["evidence"]
    told = evidence if isinstance(evidence, str) else json.dumps(evidence, ensure_ascii=False, default=str)
    return tag(
        "div",
        tag("p", tag("span", flag["grade"], class_=f"grade {flag['grade']}"), " ", tag("b", flag["kind"]), ": ",
            flag["words"]),
        tag("p", tag("b", "Clears it: "), flag["clears"]),
        tag("p", "Evidence: ", tag("code", told), class_="note"),
        tag("p", flag["citation"], class_="note") if flag["citation"] else "",
        class_="flag",
    )  # fmt: skip


def _points(points: Sequence[Mapping[str, Any]]) -> Safe:
    poor = [row for row in points if row["standing"] not in {"ok", "told"}]
    rows = [
        {"point": row["point"], "standing": tag("span", row["standing"], class_=str(row["standing"])),
         "words": row["words"], "to_do": row["to_do"]}
        for row in poor
    ]  # fmt: skip
    columns = {"point": "Point", "standing": "Standing", "words": "What was seen", "to_do": "What to do"}
    if points and not poor:
        return tag("p", f"All {numbers.counted(len(points), 'point')} of the file stand well.", class_="note")
    return grid_of(rows, columns, caption=f"{len(poor)} of {numbers.counted(len(points), 'point')} to look at")


def _hits(hits: Sequence[Mapping[str, Any]]) -> Safe:
    rows = [dict(row) | {"judged": row.get("cleared") or "not judged"} for row in hits]
    columns = {
        "role": "Role", "name": "Name on file", "listed_name": "Listed name", "list": "List", "entry": "Entry",
        "judged": "Judged", "explanation": "Why it is shown",
    }  # fmt: skip
    return grid_of(rows, columns, caption="Similar names; they have no part in any rank")


def _questions(rows: Sequence[Mapping[str, Any]]) -> Safe:
    shown = [
        {"due_on": row["due_on"], "state": tag("span", row["state"], class_=str(row["state"])), "text": row["text"],
         "answer": row["answer"], "by": " / ".join(str(row[n]) for n in ("asked_by", "answered_by") if row[n])}
        for row in rows
    ]  # fmt: skip
    columns = {"due_on": "Due", "state": "State", "text": "Question", "answer": "Answer", "by": "Asked / written by"}
    return grid_of(shown, columns, caption="Questions of due diligence")


def _decisions(shown: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        dict(row)
        | {
            "day": f"{row['decided_at']:%Y-%m-%d}" if hasattr(row["decided_at"], "year") else row["decided_at"],
            "about": f"{row['subject']} {row['subject_id']}",
            "persons": " and ".join(str(row[name]) for name in ("person", "second_person") if row[name]),
        }
        for row in shown["decisions"]
    ]


def _footer(shown: Mapping[str, Any]) -> Safe:
    entries = "; ".join(f"{row['seq']} ({row['what']}, {row['hash'][:12]}…)" for row in shown["ledger"])
    return tag(
        "footer",
        tag("p", _RULES),
        tag("p", "Ledger entries: ", entries, ".") if entries else tag("p", "No ledger entry rests on this yet."),
    )
