"""A page that stands alone: one HTML file with its style inside, for screen, phone and paper, in light and dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from counterflow.report.markup import Safe, join, tag

__all__ = ["SYNTHETIC", "facts", "grid_of", "page", "section"]

SYNTHETIC = "SYNTHETIC – made-up orders, no real customer"


def page(title: str, *parts: object, synthetic: bool = False) -> str:
    """Return the whole page; every text in `parts` is escaped unless it is markup."""
    style = (resources.files("counterflow.report") / "dossier.css").read_text(encoding="utf-8")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Safe(style)),
    )
    band = tag("p", SYNTHETIC, class_="band") if synthetic else ""
    body = tag("body", tag("main", band, *parts))
    return "<!doctype html>\n" + tag("html", head, body, lang="en") + "\n"


def section(title: str, *parts: object, empty: str = "") -> Safe:
    """Return a section with its heading; `empty` stands where it has no parts."""
    shown = [part for part in parts if part]
    if not shown and not empty:
        return Safe("")
    return tag("section", tag("h2", title), *(shown or [tag("p", empty, class_="note")]))


def facts(rows: Sequence[tuple[str, object]]) -> Safe:
    """Return facts as a list of names and values; those without a value are left out."""
    shown = [tag("div", tag("dt", name), tag("dd", value)) for name, value in rows if value not in (None, "")]
    return tag("dl", *shown, class_="facts") if shown else Safe("")


def grid_of(
    rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, caption: str, numbers: Sequence[str] = ()
) -> Safe:
    """Return rows as a table that scrolls sideways where the page is narrow.

    Args:
        rows: the rows.
        columns: name in the rows to heading, in order.
        caption: what the table shows.
        numbers: columns that hold numbers, set to the right.
    """
    if not rows:
        return Safe("")
    side = {name: "n" if name in numbers else None for name in columns}
    head = tag("tr", *(tag("th", words, scope="col", class_=side[name]) for name, words in columns.items()))
    body = [
        tag("tr", *(tag("td", "" if row.get(name) is None else row[name], class_=side[name]) for name in columns))
        for row in rows
    ]
    whole = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", join(*body)))
    return tag("div", whole, class_="wide", tabindex="0", role="region", aria_label=caption)
