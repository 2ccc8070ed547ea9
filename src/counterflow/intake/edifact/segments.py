"""From the text of an interchange to its segments, each by itself, so that one bad segment costs one message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from counterflow.intake.identifiers import Unreadable

__all__ = ["Marks", "Segment", "split_segments"]


@dataclass(frozen=True, slots=True)
class Marks:
    """The characters of the syntax, as the UNA segment sets them (ISO 9735-1, 9.1)."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    terminator: str = "'"

    @property
    def una(self) -> str:
        """Return the UNA segment that says this."""
        return f"UNA{self.component}{self.element}{self.decimal}{self.release} {self.terminator}"


DEFAULT_MARKS = Marks()


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment.

    Args:
        number: its place in the interchange, from 1 (UNA not counted).
        line: line of the file it starts on.
        tag: three letters or digits.
        elements: data elements, each a tuple of components; elements count from 1 in `text`.
        fault: why it could not be split, else empty.
    """

    number: int
    line: int
    tag: str
    elements: tuple[tuple[str, ...], ...]
    fault: str = ""

    def text(self, element: int, component: int = 1) -> str:
        """Return a component (both counted from 1), or "" where there is none.

        >>> Segment(1, 1, "LOC", (("9",), ("CRMOB", "", "139"))).text(2, 3)
        '139'
        """
        if element > len(self.elements) or component > len(self.elements[element - 1]):
            return ""
        return self.elements[element - 1][component - 1]


def read_marks(text: str) -> tuple[Marks, int]:
    """Return the marks of an interchange and where its first segment begins.

    Raises:
        Unreadable: the UNA segment is cut off or gives one character two meanings.
    """
    if not text.startswith("UNA"):
        return DEFAULT_MARKS, 0
    if len(text) < 9:
        raise Unreadable("una", "The UNA segment is cut off; it has nine characters.")
    marks = Marks(text[3], text[4], text[5], text[6], text[8])
    used = [
        marks.component,
        marks.element,
        marks.terminator,
        *([marks.release] if marks.release != " " else []),
    ]
    if len(set(used)) != len(used) or any(c.isalnum() or c.isspace() for c in used):
        raise Unreadable("una", f"The UNA segment {text[:9]!r} gives one character two meanings.")
    return marks, 9


def split_segments(text: str) -> Iterator[Segment]:
    """Yield the segments of an interchange in order; one that cannot be split carries its fault.

    Raises:
        Unreadable: see `read_marks`.
    """
    marks, start = read_marks(text)
    release = re.escape(marks.release) if marks.release != " " else ""
    stop = re.escape(marks.terminator)
    body = rf"(?:{release}.|[^{release}{stop}])*" if release else rf"[^{stop}]*"
    line, number, position = text.count("\n", 0, start) + 1, 0, start
    for found in re.compile(rf"({body})(?:{stop}|\Z)", re.DOTALL).finditer(text, start):
        raw = found[1]
        bare = raw.lstrip("\r\n\t ")
        line += text.count("\n", position, found.start() + len(raw) - len(bare))
        position = found.start() + len(raw) - len(bare)
        closed = found.end() > found.end(1)
        if not bare.strip():
            continue
        number += 1
        yield _segment(number, line, bare, marks, closed=closed)


def _segment(number: int, line: int, raw: str, marks: Marks, *, closed: bool) -> Segment:
    tag = re.split(f"[{re.escape(marks.element + marks.component)}]", raw, maxsplit=1)[0].strip()
    if not closed:
        return Segment(number, line, tag[:3], (), f"the segment is not closed by {marks.terminator}")
    if not re.fullmatch(r"[A-Z][A-Z0-9]{2}", tag):
        return Segment(number, line, tag[:3], (), f"{tag[:20]!r} is no segment tag")
    try:
        elements = _elements(raw, marks)
    except _pydifact_errors() as error:
        return Segment(number, line, tag, (), str(error).splitlines()[0])
    return Segment(number, line, tag, elements[1:])


def _elements(raw: str, marks: Marks) -> tuple[tuple[str, ...], ...]:
    """Split one segment by pydifact's tokenizer; the first element is the tag."""
    from pydifact.control.characters import Characters
    from pydifact.parser import Parser, TokenIterator
    from pydifact.tokenizer import Tokenizer

    characters: Any = Characters.from_str(marks.una)
    # Line ends inside a segment are laid out for readers and carry nothing (ISO 9735-1, 8.3).
    text = raw.replace("\r", "").replace("\n", "") + marks.terminator
    tokens = TokenIterator(Tokenizer().get_tokens(text, characters))
    for elements in Parser().convert_tokens_to_raw_segments(tokens):
        return tuple(tuple(e) if isinstance(e, list) else (e,) for e in elements)
    return ()


def _pydifact_errors() -> tuple[type[Exception], ...]:
    from pydifact.exceptions import EDISyntaxError

    return (EDISyntaxError, AssertionError, IndexError, TypeError)
