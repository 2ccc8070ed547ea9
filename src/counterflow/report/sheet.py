"""The inspection sheet of an office, lane and day: what officers carry to the line, on screen or on A4 paper.

Each record stands with its rank, its reasons in words, the evidence with the very span marked, what to look
for, and empty boxes for what happened. The safety line stands above the first record. Made-up data says so on
every page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from counterflow.report import numbers
from counterflow.report.markup import Safe, join, safe, tag

__all__ = ["render", "stylesheet"]

SYNTHETIC = "SYNTHETIC – training data, no real consignment"

_ARM_WORDS = {
    "mandatory": "mandatory", "random": "drawn at random", "followup": "follows up a random find",
    "targeted": "by expected harm",
}  # fmt: skip
#: The states and confirmations that `target record` reads, in the order of work.
_STATES = (
    ("not presented", "presented", "held", "inspected"),
    ("nothing found", "suspected", "presumptive", "confirmed", "refuted"),
)
_BLANKS = ("Harm class", "Time", "Officer", "Note")


def stylesheet() -> str:
    """Return the sheet's style, for screen and print."""
    return (resources.files("counterflow.report") / "sheet.css").read_text(encoding="utf-8")


def render(sheet: Mapping[str, Any], *, style_url: str | None = None, back_url: str | None = None) -> str:
    """Return the sheet as one HTML page.

    Args:
        sheet: `office`, `lane`, `day`, `plan`, `synthetic`, `capacity`, `safety` and `items`, as
            `counterflow.target.sheets.sheet` makes them. Every text in it is escaped.
        style_url: link to the style instead of carrying it, for pages served under a strict content policy.
        back_url: where "back to the board" leads; left out on files.
    """
    where = f"{_named(sheet.get('office'), 'office')}, {_named(sheet.get('lane'), 'lane')}"
    title = f"Inspection sheet: {where}, {sheet.get('day', '')}"
    style = tag("link", rel="stylesheet", href=style_url) if style_url else tag("style", Safe(stylesheet()))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        style,
    )
    synthetic = bool(sheet.get("synthetic"))
    body = tag("body", _body(sheet, where, back_url), class_="synthetic" if synthetic else None)
    return "<!doctype html>\n" + tag("html", head, body, lang="en") + "\n"


def _named(value: object, kind: str) -> str:
    return f"any {kind}" if value in (None, "", "*") else str(value)


def _body(sheet: Mapping[str, Any], where: str, back_url: str | None) -> Safe:
    items = _records(sheet.get("items"))
    ranked = (
        tag("ol", *(_item(item) for item in items), class_="items")
        if items
        else tag("p", "Nothing is planned here for this day.", class_="nothing")
    )
    return join(
        tag("nav", tag("a", "← Back to the board", href=back_url), aria_label="Back") if back_url else "",
        tag(
            "main",
            tag("p", SYNTHETIC, class_="band") if sheet.get("synthetic") else "",
            _header(sheet, where, len(items)),
            _safety(sheet.get("safety")),
            ranked,
            _footer(sheet),
        ),
    )


def _header(sheet: Mapping[str, Any], where: str, count: int) -> Safe:
    facts = [("Day", sheet.get("day")), ("Records", numbers.count(count)), ("Plan", sheet.get("plan"))]
    facts += [(_label(key), value) for key, value in _flat(sheet.get("capacity")).items()]
    rows = [tag("div", tag("dt", name), tag("dd", _shown(value))) for name, value in facts if value is not None]
    return tag(
        "header",
        tag("p", "Inspection sheet", class_="kicker"),
        tag("h1", where),
        tag("dl", *rows, class_="facts"),
        _minutes_bar(_flat(sheet.get("capacity"))),
    )


def _minutes_bar(capacity: Mapping[str, Any]) -> Safe:
    """Draw the minutes used of the minutes there are; nothing where they are not both known."""
    total = capacity.get("minutes")
    used = capacity.get("used", capacity.get("planned"))
    if not isinstance(total, int | float) or not isinstance(used, int | float) or total <= 0:
        return Safe("")
    width = 100 * min(used / total, 1)
    words = f"{numbers.amount(used)} of {numbers.amount(total)} minutes planned"
    bar = tag(
        "svg",
        tag("rect", class_="all", x="0", y="0", width="100", height="4"),
        tag("rect", class_="used", x="0", y="0", width=f"{width:.2f}", height="4"),
        viewBox="0 0 100 4", preserveAspectRatio="none", role="img", aria_label=words,
    )  # fmt: skip
    return tag("div", bar, tag("span", words), class_="minutes")


def _safety(safety: Mapping[str, Any] | None) -> Safe:
    if not safety or not safety.get("text"):
        return Safe("")
    source = tag("cite", "Source: ", safety["source"]) if safety.get("source") else ""
    return tag(
        "aside",
        tag("strong", "Safety"),
        tag("p", safety["text"]),
        source,
        class_="safety",
        aria_label="Safety",
    )


def _item(item: Mapping[str, Any]) -> Safe:
    arm = str(item.get("arm", ""))
    known = [
        ("why here", _ARM_WORDS.get(arm, arm)),
        ("by", item.get("resource")),
        ("minutes", _shown(item.get("minutes"))),
        ("expected harm", numbers.amount(item.get("expected_harm"))),
    ]
    facts = [
        tag("span", tag("b", name), " ", value) for name, value in known if value not in (None, "", numbers.ABSENT)
    ]
    number = str(item.get("item_id") or "")
    also = tag("span", number, class_="item") if number and number != str(item.get("record_id")) else ""
    return tag(
        "li",
        tag("p", item.get("rank"), class_="rank", aria_label=f"Rank {item.get('rank')}"),
        tag(
            "div",
            tag("h2", tag("code", item.get("record_id")), also),
            tag("p", item["declared"], class_="declared") if item.get("declared") else "",
            tag("p", *facts, class_="how"),
            _list("Reasons", [safe(r) for r in _texts(item.get("reasons"))]),
            _list("Evidence", [_evidence(e) for e in _records(item.get("evidence"))], "evidence"),
            _list("What to look for", [safe(r) for r in _texts(item.get("look_for"))]),
            _outcome(str(item.get("record_id"))),
            class_="body",
        ),
        class_="record",
    )


def _list(title: str, lines: Sequence[Safe], class_: str | None = None) -> Safe:
    if not lines:
        return Safe("")
    return tag("section", tag("h3", title), tag("ul", *(tag("li", line) for line in lines), class_=class_))


def _evidence(evidence: Mapping[str, Any]) -> Safe:
    grounds = [str(evidence[key]) for key in ("citation", "list") if evidence.get(key)]
    quoted = tag("q", marked(evidence)) if evidence.get("text") else ""
    field = tag("b", _label(str(evidence["field"]))) if evidence.get("field") else ""
    sentence = tag("span", evidence["sentence"], class_="said") if evidence.get("sentence") else ""
    return join(field, " ", quoted, " ", sentence, " ", tag("cite", " · ".join(grounds)) if grounds else "")


def marked(evidence: Mapping[str, Any]) -> Safe:
    """Return the evidence's text with its span in `<mark>`; unmarked where the whole field speaks.

    >>> marked({"text": "brass die set", "start": 6, "end": 9})
    'brass <mark>die</mark> set'
    """
    text, start, end = str(evidence.get("text") or ""), evidence.get("start"), evidence.get("end")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= len(text):
        return safe(text)
    return join(text[:start], tag("mark", text[start:end]), text[end:])


def _outcome(record_id: str) -> Safe:
    """Empty boxes for what happened, in the words that the outcomes file takes."""
    box, line = (tag("i", class_=name, aria_hidden="true") for name in ("box", "line"))
    ticks = [tag("p", *(tag("span", box, word) for word in words), class_="ticks") for words in _STATES]
    blanks = tag("p", *(tag("span", name, line) for name in _BLANKS), class_="blanks")
    label = f"Outcome of {record_id}"
    return tag("section", tag("h3", "Outcome"), *ticks, blanks, class_="outcome", aria_label=label)


def _footer(sheet: Mapping[str, Any]) -> Safe:
    return tag(
        "footer",
        tag(
            "p",
            "Ranks are advice: a named person decides. Records drawn at random are inspected like the "
            "others; they alone show what is missed. A presumptive test is no find until confirmed.",
        ),
        tag("p", "Outcomes go back with ", tag("code", "counterflow target record OUTCOMES.csv"), "."),
        tag("p", SYNTHETIC, class_="band") if sheet.get("synthetic") else "",
    )


def _flat(capacity: object) -> dict[str, Any]:
    """Return the capacity's plain facts; lists and nested tables have no room in the header."""
    if not isinstance(capacity, Mapping):
        return {}
    return {str(k): v for k, v in capacity.items() if isinstance(v, str | int | float) and not isinstance(v, bool)}


def _label(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _shown(value: object) -> str:
    return numbers.amount(value) if isinstance(value, int | float) else str("" if value is None else value)


def _records(value: object) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, Sequence) else []


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(";") if part.strip()]
    return [str(v) for v in value] if isinstance(value, Sequence) else []
