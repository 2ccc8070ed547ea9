"""A table as aligned text for a terminal or a plain file; nothing in it can steer the terminal."""

from __future__ import annotations

import json
import re
from typing import IO, TYPE_CHECKING, TextIO

import pyarrow as pa

from counterflow.report.rows import plain

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["print_text", "visible", "write_text"]

#: C0 and C1 controls (tab and line feed too: a cell is one line), and the marks that reorder or hide text.
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def visible(text: str) -> str:
    r"""Return `text` with control and direction-changing characters spelled out, for terminals and pages.

    >>> visible("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return _UNSHOWN.sub(lambda m: ascii(m.group())[1:-1], text)


def write_text(table: pa.Table, stream: IO[bytes]) -> None:
    """Write the table as wide as it needs to be: a file is not cut at a terminal's edge."""
    names, rows, right = _text_cells(table)
    widths = [
        max(map(_shown_width, (name, *column))) for name, column in zip(names, _columns(rows, names), strict=True)
    ]
    rule = "  ".join("─" * w for w in widths)
    for line in (_aligned(names, widths, right), rule, *(_aligned(row, widths, right) for row in rows)):
        stream.write((line.rstrip() + "\n").encode())


def _columns(rows: list[list[str]], names: list[str]) -> list[tuple[str, ...]]:
    return list(zip(*rows, strict=True)) if rows else [() for _ in names]


def _shown_width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _aligned(cells: list[str], widths: list[int], right: list[bool]) -> str:
    parts = []
    for cell, width, to_right in zip(cells, widths, right, strict=True):
        gap = " " * (width - _shown_width(cell))
        parts.append(gap + cell if to_right else cell + gap)
    return "  ".join(parts)


#: characters that a column of long text needs to be read at all
_LEGIBLE = 16


def print_text(table: pa.Table, out: TextIO) -> None:
    """Print to the terminal's width: side by side, long text folded, or record by record where that cannot be read."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=out, highlight=False, markup=False, emoji=False)
    names, rows, right = _text_cells(table)
    if rows and not _fits(names, rows, console.width):
        _print_records(names, rows, console)
        return
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name, to_right in zip(names, right, strict=True):
        shown.add_column(Text(name), justify="right" if to_right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    console.print(shown)


def _fits(names: list[str], rows: list[list[str]], width: int) -> bool:
    """Say whether every column gets its own width, or what can be read of long text, within `width`."""
    widths = (max(map(_shown_width, (name, *c))) for name, c in zip(names, _columns(rows, names), strict=True))
    return sum(min(w, _LEGIBLE) + 2 for w in widths) - 2 <= width


def _print_records(names: list[str], rows: list[list[str]], console: Console) -> None:
    """Print each record downwards, what is empty left out."""
    from rich.table import Table
    from rich.text import Text

    for number, row in enumerate(rows, start=1):
        console.print(Text(f"── {number:,} of {len(rows):,} ──"))
        shown = Table.grid(padding=(0, 2), pad_edge=False)
        shown.add_column(no_wrap=True)
        shown.add_column(overflow="fold")
        for name, cell in zip(names, row, strict=True):
            if cell:
                shown.add_row(Text(name), Text(cell))
        console.print(shown)


def _text_cells(table: pa.Table) -> tuple[list[str], list[list[str]], list[bool]]:
    right = [pa.types.is_integer(f.type) or pa.types.is_floating(f.type) for f in table.schema]
    rows = [[_text_cell(v) for v in row.values()] for row in table.to_pylist()]
    return [visible(name) for name in table.column_names], rows, right


def _text_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    kept = plain(value)
    return visible(kept if isinstance(kept, str) else json.dumps(kept, ensure_ascii=False))
