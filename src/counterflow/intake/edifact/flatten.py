"""A message as rows: one per goods item, with the fields of its consignment and message beside it.

A column is called after where it stands, so that a mapping can name any field of any dialect:

    message:TDT+20/2          second element of the message's TDT segment with qualifier 20
    consignment:NAD+CZ/3      third element of the consignor's NAD, its components joined by ", "
    goods:MEA+AAE+G/3.2       second component of the third element

Qualified segments carry their qualifier (two for MEA) after the tag. Where a field comes again within one consignment
or goods item, its texts are joined by a blank, in order.
"""

from __future__ import annotations

from collections.abc import Iterable

from counterflow.intake.edifact.envelope import Message
from counterflow.intake.edifact.segments import Segment

__all__ = ["consignments", "flatten_message"]

_ENVELOPE = frozenset({"UNH", "UNT"})
#: number of leading elements that say what a segment is about (UN/EDIFACT directory D.95B, segment directory)
_QUALIFIERS = {
    "ALI": 0, "CNT": 1, "DOC": 1, "DTM": 1, "EQD": 1, "FTX": 1, "GEI": 1, "LOC": 1, "MEA": 2, "MOA": 1, "NAD": 1,
    "PCI": 1, "PIA": 1, "QTY": 1, "RFF": 1, "TDT": 1, "TMD": 0,
}  # fmt: skip


def flatten_message(message: Message, *, consignment: str, goods: str) -> list[dict[str, str]]:
    """Return the rows of one message.

    Args:
        message: a message whose envelope is sound.
        consignment: tag that opens a consignment.
        goods: tag that opens a goods item within it.
    """
    rows: list[dict[str, str]] = []
    head: dict[str, str] = {"message:kind": message.kind, "message:reference": message.reference}
    body = [s for s in message.segments if s.tag not in _ENVELOPE]
    first = next((i for i, s in enumerate(body) if s.tag == consignment), len(body))
    _add(head, "message", body[:first])
    for group in _groups(body[first:], consignment):
        start = next((i for i, s in enumerate(group) if s.tag == goods), len(group))
        shared = dict(head)
        _add(shared, "consignment", group[:start])
        items = _groups(group[start:], goods)
        for item in items or [[]]:
            row = dict(shared)
            _add(row, "goods", item)
            rows.append(row)
    return rows


def consignments(message: Message, tag: str) -> int:
    """Return how many consignments a message holds; at least 1, so that a refused message counts."""
    return max(1, sum(s.tag == tag for s in message.segments))


def _groups(segments: list[Segment], opener: str) -> list[list[Segment]]:
    groups: list[list[Segment]] = []
    for segment in segments:
        if segment.tag == opener:
            groups.append([])
        groups[-1].append(segment)
    return groups


def _add(row: dict[str, str], scope: str, segments: Iterable[Segment]) -> None:
    for segment in segments:
        count = _QUALIFIERS.get(segment.tag, 0)
        qualifiers = "".join(f"+{segment.text(i)}" for i in range(1, count + 1) if segment.text(i))
        name = f"{scope}:{segment.tag}{qualifiers}"
        for place, element in enumerate(segment.elements, start=1):
            _put(row, f"{name}/{place}", ", ".join(c.strip() for c in element if c.strip()))
            for part, component in enumerate(element, start=1):
                _put(row, f"{name}/{place}.{part}", component.strip())


def _put(row: dict[str, str], name: str, text: str) -> None:
    if text:
        row[name] = f"{row[name]} {text}" if name in row else text
