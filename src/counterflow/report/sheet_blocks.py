"""The inspection sheet as a PDF of A4 pages: what the page says, with boxes to tick, for where there is no screen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from counterflow.report import numbers
from counterflow.report.blocks import Block, Facts, Flag, Heading, Lines, Note, Said
from counterflow.report.sheet import SYNTHETIC

__all__ = ["sheet_blocks", "sheet_pdf"]

_ARM_WORDS = {
    "mandatory": "mandatory", "random": "drawn at random", "followup": "follows up a random find",
    "targeted": "by expected harm",
}  # fmt: skip
_BOX = "[  ]"
_TICKS = (
    ("not presented", "presented", "held", "inspected"),
    ("nothing found", "suspected", "presumptive", "confirmed", "refuted"),
)


def sheet_pdf(sheet: Mapping[str, Any], *, made_at: dt.datetime, person: str = "") -> bytes:
    """Return the sheet as PDF.

    Args:
        sheet: as `counterflow.target.sheets.sheet` makes it; an item may carry `outcomes` recorded so far.
        made_at: when it was made; the only time of making in it.
        person: who made it; stands at the foot of each page.
    """
    from counterflow.report.pdf import pdf

    where = f"{sheet['office'] or 'any office'}, {sheet['lane'] or 'any lane'}"
    count = numbers.counted(len(sheet["items"]), "record")
    by = f" by {person}" if person else ""
    return pdf(
        where,
        f"Inspection sheet, {sheet['day']}: {count}. Plan {sheet['plan']}.",
        list(sheet_blocks(sheet)),
        made_at=made_at,
        foot=f"{where}, {sheet['day']}. Made {made_at:%Y-%m-%d %H:%M} UTC{by}. Advice; a named person decides.",
        band=SYNTHETIC if sheet.get("synthetic") else "",
    )


def sheet_blocks(sheet: Mapping[str, Any]) -> Iterator[Block]:
    """Yield the sheet block by block: safety first, then each record in order of rank."""
    safety = sheet.get("safety") or {}
    if safety.get("text"):
        yield Flag(f"Safety. {safety['text']}")
        yield Note(f"Source: {safety['source']}")
    for item in sheet["items"]:
        yield from _item(item)
    yield Heading("After the shift")
    yield Said(
        "Records drawn at random are inspected like the others; they alone show what is missed. A presumptive test is"
        " no find until a laboratory confirms it. Outcomes go back in the console under Today, or with"
        " `counterflow target record OUTCOMES.csv`."
    )


def _item(item: Mapping[str, Any]) -> Iterator[Block]:
    number = str(item.get("item_id") or "")
    also = f"  ({number})" if number and number != str(item["record_id"]) else ""
    yield Heading(f"{item['rank']}   {item['record_id']}{also}")
    if item.get("declared"):
        yield Said(str(item["declared"]))
    yield Facts((
        ("Why here", _ARM_WORDS.get(str(item["arm"]), str(item["arm"]))),
        ("By", f"{item['resource']}, {numbers.amount(item['minutes'])} minutes"),
        ("Expected harm", f"{numbers.amount(item['expected_harm'])} points"),
    ))  # fmt: skip
    yield Lines(tuple(str(reason) for reason in item["reasons"]))
    if item["evidence"]:
        yield Lines(tuple(_evidence(one) for one in item["evidence"]))
    if item["look_for"]:
        yield Note("Look for: " + " ".join(str(line) for line in item["look_for"]))
    last = (item.get("outcomes") or [None])[-1]
    if last:
        found = f"{last['confirmation']} {last['harm_class'] or ''}".strip()
        yield Said(
            f"Recorded already: {str(last['state']).replace('_', ' ')}, {found},"
            f" {numbers.when(last['time'].isoformat())}."
        )
    else:
        for words in _TICKS:
            yield Said("      ".join(f"{_BOX} {word}" for word in words))
        yield Note(
            "Harm class ____________   Time ____________   Officer ____________________   Note ____________________"
        )


def _evidence(one: Mapping[str, Any]) -> str:
    """Return a finding as a line, its span between guillemets: paper has no colour.

    >>> _evidence({"field": "description", "text": "brass die set", "start": 6, "end": 9, "sentence": "A die."})
    'description: "brass «die» set". A die.'
    """
    text, start, end = str(one.get("text") or ""), one.get("start"), one.get("end")
    if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text):
        text = f"{text[:start]}«{text[start:end]}»{text[end:]}"
    grounds = " · ".join(str(one[key]) for key in ("citation", "list") if one.get(key))
    quoted = f' "{text}".' if text else ""
    field = str(one.get("field") or "").replace("_", " ")
    return f"{field}:{quoted} {one.get('sentence') or ''}{f' [{grounds}]' if grounds else ''}".strip()
