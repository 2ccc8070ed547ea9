"""A sheet of A4 that breaks before a block and not inside it, and tags what it writes for those who listen to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import cast

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from counterflow.report.text import visible

__all__ = ["BODY", "INK", "RULE", "SMALL", "SOFT", "WARN", "Sheet"]

Colour = tuple[int, int, int]
INK, SOFT, RULE, WARN = (20, 32, 43), (75, 90, 104), (201, 209, 217), (157, 39, 39)
BODY, SMALL = 9.5, 8.0
_FAMILY, _MARGIN, _LINE = "text", 16.0, 1.42
_MM_A_POINT = 25.4 / 72


class Sheet(FPDF):
    """Pages of A4 with a running foot.

    Args:
        title: title of the document.
        made_at: its date; the only time in it.
        foot: words at the foot of each page.
        band: words in a band on top of each page; "" for none.
    """

    def __init__(self, title: str, made_at: dt.datetime, foot: str, band: str = "") -> None:
        super().__init__(format="A4")
        self._foot, self._band = foot, band
        folder = resources.files("counterflow.report.pdf") / "fonts"
        for style, name in (("", "DejaVuSansCondensed.ttf"), ("B", "DejaVuSansCondensed-Bold.ttf")):
            with resources.as_file(folder / name) as path:
                self.add_font(_FAMILY, style, path)
        font = self.fonts[_FAMILY]
        self._letters = frozenset(font.cmap) if isinstance(font, TTFFont) else frozenset()
        self.set_lang("en")
        self.set_title(self.plain(title))
        self.set_creator("counterflow")
        self.set_producer("counterflow")
        self.set_creation_date(made_at)
        self.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.set_auto_page_break(False)
        self.c_margin = 0.0
        self.write_in(BODY)
        self.add_page()

    def header(self) -> None:
        """Write the band, where there is one."""
        if self._band:
            self.set_fill_color(*WARN)
            self.write_in(BODY, (255, 255, 255), bold=True)
            self.rect(0, 0, self.w, 9, style="F")
            self.set_xy(0, 1.5)
            self.cell(self.w, 6, self.plain(self._band), align="C")
            self.set_y(_MARGIN)

    def footer(self) -> None:
        """Write the foot."""
        self.set_y(-12)
        self.write_in(SMALL - 0.5, SOFT)
        self.cell(self.epw * 0.85, 5, self.plain(self._foot))
        self.cell(self.epw * 0.15, 5, f"{self.page_no()} / {{nb}}", align="R")

    def write_in(self, size: float, colour: Colour = INK, *, bold: bool = False) -> None:
        """Write from here on in this size and colour."""
        self.set_font(_FAMILY, "B" if bold else "", size)
        self.set_text_color(*colour)

    def plain(self, text: str) -> str:
        """Return text that can be written: thin gaps as blanks, letters that the font lacks by their code."""
        shown = visible(text.replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"))
        return "".join(c if ord(c) in self._letters else f"[U+{ord(c):04X}]" for c in shown)

    @property
    def line_high(self) -> float:
        """Height of a line of the present size."""
        return self.font_size_pt * _MM_A_POINT * _LINE

    def room(self, height: float) -> None:
        """Begin a new page where less than `height` is left."""
        if self.get_y() + height > self.h - _MARGIN - 4:
            size, colour, bold = self.font_size_pt, self.text_color, "B" in self.font_style
            self.add_page()
            self.set_font(_FAMILY, "B" if bold else "", size)
            self.text_color = colour

    @contextmanager
    def tagged(self, kind: str, instead: str | None = None) -> Iterator[None]:
        """Tag what is written inside as a structure element; `instead` is read out in its place."""
        place = self.struct_builder.next_mcid_for_page(self.page)
        self._add_marked_content(struct_type=f"/{kind}", mcid=place, alt_text=instead)
        self._out(f"/{kind} <</MCID {place}>> BDC")
        yield
        self._out("EMC")

    def height_of(self, width: float, text: str) -> float:
        """Return how high a text stands in this width."""
        lines = cast("list[str]", self.multi_cell(width, self.line_high, text, dry_run=True, output="LINES", align="L"))
        return max(1, len(lines)) * self.line_high

    def paragraph(self, text: str, *, kind: str = "P", left: float = 0.0, instead: str | None = None) -> None:
        """Write a paragraph that is kept together, as far as a page holds it."""
        words, width = self.plain(text), self.epw - left
        self.room(min(self.height_of(width, words), 200.0))
        with self.tagged(kind, instead):
            self.set_x(self.l_margin + left)
            self.multi_cell(width, self.line_high, words, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
