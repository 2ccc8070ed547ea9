"""What a chart is here: a specification, a sentence for those who do not see it, and its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counterflow.report.text import visible

__all__ = ["ARMS", "Chart", "records", "shown_name", "specification", "text_of"]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"  # names the grammar; nothing is fetched
ARMS = ("mandatory", "random", "targeted", "followup")

Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart.

    Args:
        id: short name, unique on a page.
        title: what it shows.
        summary: what can be read from it, in one sentence.
        spec: Vega-Lite specification with its data inside; None where there is nothing to draw.
        columns: headings of `rows`.
        rows: the numbers drawn, as text.
        left_out: how many rows the chart leaves to the table for want of room.
    """

    id: str
    title: str
    summary: str
    spec: Spec | None
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int = 0


def specification(values: Sequence[Mapping[str, Any]], description: str, **rest: Any) -> Spec:
    """Return a specification as wide as the page gives, with its data inside."""
    return {
        "$schema": SCHEMA,
        "description": description,
        "width": "container",
        "data": {"values": [dict(v) for v in values]},
        **rest,
    }


def shown_name(value: object, of: str) -> str:
    """Return a dimension's value as shown: ``*`` and nothing are told in words.

    >>> shown_name("*", "lane"), shown_name("post", "lane")
    ('all lanes', 'post')
    """
    if value == "*":
        return f"all {of}s"
    return f"no {of} given" if value in (None, "") else visible(str(value))


def records(value: object) -> list[Mapping[str, Any]]:
    """Return the records of a board's list, leaving out what is none."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [v for v in value if isinstance(v, Mapping)]


def text_of(value: object) -> str:
    """Return a text cell; nothing stays nothing."""
    return "" if value is None else str(value)
