"""Blocks as a PDF of A4 pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report.blocks import Block, Facts, Figure, Flag, Heading, Lines, Note, Said, Table
from counterflow.report.marks import Area, Drawing, Path, Triangle, Words
from counterflow.report.pdf.sheet import BODY, INK, RULE, SMALL, SOFT, WARN, Sheet

__all__ = ["pdf"]

Colour = tuple[int, int, int]
_LOOKS: dict[str, Colour] = {
    "bar": (143, 169, 181), "bar open": (138, 82, 0), "bar small": (214, 224, 229), "rule": RULE, "base": (10, 96, 105),
    "limit": WARN, "alarm": WARN,
}  # fmt: skip
_GAP, _NAMES, _PAD = 1.6, 46.0, 2.4


def pdf(title: str, kicker: str, blocks: Sequence[Block], *, made_at: dt.datetime, foot: str, band: str = "") -> bytes:
    """Return the document: the same content gives the same bytes.

    Args:
        title: its title.
        kicker: the line above it.
        blocks: what it says.
        made_at: date of the document, in UTC.
        foot: words at the foot of each page.
        band: words on top of each page; "" for none.
    """
    sheet = Sheet(title, made_at, foot, band)
    sheet.write_in(SMALL, SOFT)
    sheet.paragraph(kicker)
    sheet.ln(1)
    sheet.write_in(16, bold=True)
    sheet.paragraph(title, kind="H1")
    for block in blocks:
        _write(sheet, block)
    return bytes(sheet.output())


def _write(sheet: Sheet, block: Block) -> None:
    match block:
        case Heading():
            _heading(sheet, block.text)
        case Flag():
            _flag(sheet, block.text)
        case Said():
            sheet.ln(_GAP)
            sheet.write_in(SMALL if isinstance(block, Note) else BODY, SOFT if isinstance(block, Note) else INK)
            sheet.paragraph(block.text)
        case Facts():
            _facts(sheet, block)
        case Lines():
            sheet.ln(_GAP)
            sheet.write_in(BODY)
            for item in block.items:
                sheet.paragraph(f"–  {item}", left=2.0, kind="LI")
        case Table():
            _table(sheet, block)
        case Figure():
            _figure(sheet, block)


def _heading(sheet: Sheet, text: str) -> None:
    sheet.ln(3.4)
    sheet.write_in(11.5, bold=True)
    sheet.room(24.0)
    y = sheet.get_y()
    sheet.set_draw_color(*INK)
    sheet.set_line_width(0.4)
    with sheet.tagged("Artifact"):
        sheet.polyline([(sheet.l_margin, y), (sheet.w - sheet.r_margin, y)])
    sheet.ln(2.0)
    sheet.paragraph(text, kind="H2")


def _flag(sheet: Sheet, text: str) -> None:
    sheet.ln(_GAP + 1)
    sheet.write_in(BODY, WARN, bold=True)
    words = sheet.plain(text)
    high = sheet.height_of(sheet.epw - 4, words)
    sheet.room(high + 2)
    sheet.set_fill_color(*WARN)
    sheet.rect(sheet.l_margin, sheet.get_y(), 1.2, high, style="F")
    sheet.paragraph(text, left=4.0)


def _facts(sheet: Sheet, block: Facts) -> None:
    sheet.ln(_GAP)
    for name, value in block.rows:
        sheet.write_in(BODY)
        words = sheet.plain(value)
        high = sheet.height_of(sheet.epw - _NAMES, words)
        sheet.room(high)
        y = sheet.get_y()
        with sheet.tagged("P", sheet.plain(f"{name}: {value}")):
            sheet.write_in(BODY, SOFT)
            sheet.cell(_NAMES, sheet.line_high, sheet.plain(name))
            sheet.write_in(BODY)
            sheet.multi_cell(sheet.epw - _NAMES, sheet.line_high, words, align="L")
        sheet.set_xy(sheet.l_margin, y + high + 0.5)


def _table(sheet: Sheet, block: Table) -> None:
    sheet.ln(_GAP)
    sheet.write_in(SMALL, SOFT)
    sheet.room(20.0)
    sheet.paragraph(block.caption)
    widths = _widths(sheet, block)
    heads = list(block.columns.values())
    _row(sheet, block, heads, heads, widths, bold=True)
    for row in block.rows:
        cells = ["" if row.get(name) is None else str(row[name]) for name in block.columns]
        if _row_height(sheet, cells, widths) + sheet.get_y() > sheet.h - 22:
            sheet.add_page()
            _row(sheet, block, heads, heads, widths, bold=True)
        _row(sheet, block, cells, heads, widths)


def _widths(sheet: Sheet, block: Table) -> list[float]:
    """Return widths by what the columns hold: long ones share what short ones leave."""
    sheet.write_in(SMALL, bold=True)
    heads = [_word_width(sheet, head) for head in block.columns.values()]
    sheet.write_in(SMALL)
    cells = [[sheet.plain(str(row.get(name) or "")) for row in block.rows] for name in block.columns]
    wanted = [min(max([head, *map(sheet.get_string_width, column)]) + _PAD, 62.0)
              for head, column in zip(heads, cells, strict=True)]  # fmt: skip
    least = [min(max([head, *(_word_width(sheet, cell) for cell in column)]) + _PAD, width)
             for head, column, width in zip(heads, cells, wanted, strict=True)]  # fmt: skip
    spare = sheet.epw - sum(least)
    more = [width - low for width, low in zip(wanted, least, strict=True)]
    share = min(1.0, spare / sum(more)) if sum(more) > 0 and spare > 0 else 0.0
    widths = [low + extra * share for low, extra in zip(least, more, strict=True)]
    return [width * sheet.epw / sum(widths) for width in widths]


def _word_width(sheet: Sheet, text: str) -> float:
    return max((sheet.get_string_width(word) for word in text.split()), default=0.0)


def _row_height(sheet: Sheet, cells: Sequence[str], widths: Sequence[float]) -> float:
    return max(sheet.height_of(width - _PAD, sheet.plain(cell)) for cell, width in zip(cells, widths, strict=True))


def _row(
    sheet: Sheet,
    block: Table,
    cells: Sequence[str],
    heads: Sequence[str],
    widths: Sequence[float],
    *,
    bold: bool = False,
) -> None:
    sheet.write_in(SMALL, SOFT if bold else INK, bold=bold)
    high = _row_height(sheet, cells, widths)
    x, y = sheet.l_margin, sheet.get_y() + 0.6
    read = "; ".join(f"{head}: {cell}" for head, cell in zip(heads, cells, strict=True))
    with sheet.tagged("P", sheet.plain("Columns: " + ", ".join(heads) if bold else read)):
        for name, cell, width in zip(block.columns, cells, widths, strict=True):
            sheet.set_xy(x, y)
            align = "R" if name in block.numbers else "L"
            sheet.multi_cell(width - _PAD, sheet.line_high, sheet.plain(cell), align=align)
            x += width
    sheet.set_draw_color(*RULE)
    sheet.set_line_width(0.2)
    sheet.polyline([(sheet.l_margin, y + high + 0.4), (sheet.w - sheet.r_margin, y + high + 0.4)])
    sheet.set_xy(sheet.l_margin, y + high + 0.6)


def _figure(sheet: Sheet, block: Figure) -> None:
    sheet.ln(_GAP)
    sheet.write_in(SMALL, SOFT)
    sheet.paragraph(f"{block.drawing.summary} {block.key}")
    scale = sheet.epw / block.drawing.width
    sheet.room(block.drawing.height * scale + 2)
    top = sheet.get_y() + 1
    with sheet.tagged("Figure", sheet.plain(block.drawing.summary)):
        _draw(sheet, block.drawing, scale, top)
    sheet.set_xy(sheet.l_margin, top + block.drawing.height * scale)


def _draw(sheet: Sheet, drawing: Drawing, scale: float, top: float) -> None:
    def at(x: float, y: float) -> tuple[float, float]:
        return sheet.l_margin + x * scale, top + y * scale

    for mark in drawing.marks:
        match mark:
            case Area():
                sheet.set_fill_color(*_LOOKS[mark.kind])
                sheet.rect(*at(mark.x, mark.y), mark.width * scale, mark.height * scale, style="F")
            case Path():
                sheet.set_draw_color(*_LOOKS[mark.kind])
                sheet.set_line_width({"rule": 0.15, "base": 0.45}.get(mark.kind, 0.35))
                sheet.set_dash_pattern(**_dashes(mark.kind))
                sheet.polyline([at(x, y) for x, y in mark.points])
                sheet.set_dash_pattern()
            case Triangle():
                sheet.set_fill_color(*_LOOKS[mark.kind])
                points = [at(mark.x, mark.y), at(mark.x - 5, mark.y - 9), at(mark.x + 5, mark.y - 9)]
                sheet.polygon(points, style="F")
            case Words():
                sheet.write_in(SMALL - 1, SOFT)
                words = sheet.plain(mark.text)
                x, y = at(mark.x, mark.y)
                sheet.text(
                    x - {"end": 1.0, "middle": 0.5}.get(mark.anchor, 0.0) * sheet.get_string_width(words), y, words
                )


def _dashes(kind: str) -> Mapping[str, Any]:
    return {"dash": 1.2, "gap": 0.9} if kind == "limit" else {}
