"""A document as blocks, so that a page and a PDF say the same: headings, paragraphs, facts, lists, tables, drawings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from counterflow.report.marks import Drawing, svg
from counterflow.report.markup import Safe, tag
from counterflow.report.page import facts, grid_of

__all__ = ["Block", "Facts", "Figure", "Flag", "Heading", "Lines", "Note", "Said", "Table", "html"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the second level."""

    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Note(Said):
    """A paragraph that stands back."""


@dataclass(frozen=True, slots=True)
class Flag(Said):
    """A paragraph that must not be overlooked."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; every cell is text."""

    caption: str
    columns: Mapping[str, str]
    rows: tuple[Mapping[str, Any], ...]
    numbers: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its sentence."""

    drawing: Drawing
    key: str


Block: TypeAlias = Heading | Said | Facts | Lines | Table | Figure


def html(blocks: Sequence[Block]) -> list[Safe]:
    """Return blocks as sections of a page: each heading begins one."""
    groups: list[list[Safe]] = [[]]
    for block in blocks:
        if isinstance(block, Heading):
            groups.append([])
        groups[-1].append(_html(block))
    return [tag("section", *group) if n else tag("div", *group) for n, group in enumerate(groups) if group]


def _html(block: Block) -> Safe:
    match block:
        case Heading():
            shown = tag("h2", block.text)
        case Said():
            look = {Flag: "flagged", Note: "note"}.get(type(block))
            shown = tag("p", block.text, class_=look)
        case Facts():
            shown = facts(block.rows)
        case Lines():
            shown = tag("ul", *(tag("li", item) for item in block.items))
        case Table():
            shown = grid_of(block.rows, block.columns, caption=block.caption, numbers=block.numbers)
        case Figure():
            words = f"{block.drawing.summary} {block.key}"
            shown = tag("figure", tag("figcaption", words), svg(block.drawing))
    return shown
