"""Reading XML lists record by record, with no trust in the file: small in memory, quick to refuse.

No document type, no entities and nothing fetched from elsewhere (defusedxml), so that a "billion laughs" file ends at
its first line. Depth, the size of a record and of a single piece of markup are bounded, so that a gigabyte of opening
tags or one endless attribute ends early as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.handler import ContentHandler  # the handler only; what parses is defusedxml

from counterflow.core.errors import InputError
from counterflow.intake.lists.files import StreamedFile
from counterflow.intake.lists.names import tidy

__all__ = ["Element", "XmlRecords"]

_DEEPEST = 40
_MOST_ELEMENTS = 50_000  # in one record
_MOST_TEXT = 1 << 22  # characters in one record
_MOST_SILENT = 1 << 22  # bytes of one piece of markup: a tag with its attributes, or a comment
_FIRST_BYTES = 512
_OTHER_FORMATS = {b"PK\x03\x04": "a ZIP file", b"%PDF": "a PDF", b"{": "JSON", b"[": "JSON", b"PAR1": "Parquet"}


class Element:
    """One element of a record: its tag without prefix, its text, its children."""

    __slots__ = ("children", "line", "tag", "text_parts")

    def __init__(self, tag: str, line: int) -> None:
        self.tag = tag
        self.line = line
        self.text_parts: list[str] = []
        self.children: list[Element] = []

    @property
    def text(self) -> str:
        """Its own text, on one line."""
        return tidy("".join(self.text_parts))

    def all(self, *path: str) -> list[Element]:
        """Return the elements at `path` below this one."""
        found = [self]
        for tag in path:
            found = [child for element in found for child in element.children if child.tag == tag]
        return found

    def get(self, *path: str) -> str:
        """Return the first text at `path` that is not empty, else an empty one."""
        return next((text for element in self.all(*path) if (text := element.text)), "")

    def texts(self, *path: str) -> list[str]:
        """Return every text at `path` that is not empty."""
        return [text for element in self.all(*path) if (text := element.text)]


class _Handler(ContentHandler):
    """Builds the elements of records and drops everything else."""

    def __init__(self, records: frozenset[str], facts: frozenset[str]) -> None:
        super().__init__()
        self.parser: Any = None
        self.records = records
        self.facts = facts
        self.done: deque[Element | int] = deque()
        self.said: dict[str, str] = {}
        self.root = ""
        self.depth = 0
        self.open: list[Element] = []
        self.too_large = False
        self.sizes = [0, 0]
        self.heard = 0

    def line(self) -> int:
        return int(self.parser.getLineNumber())

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802 - the name that SAX calls
        self.heard += 1
        self.depth += 1
        tag = name.rpartition(":")[2]
        if self.depth == 1:
            self.root = tag
            self.said.update({key: attrs.getValue(key) for key in attrs.getNames()})
        if self.depth > _DEEPEST:
            raise _TooDeep
        if self.open:
            self._inside(tag)
        elif tag in self.records or tag in self.facts:
            self.too_large, self.sizes = False, [1, 0]
            self.open.append(Element(tag, self.line()))

    def _inside(self, tag: str) -> None:
        self.sizes[0] += 1
        self.too_large = self.too_large or self.sizes[0] > _MOST_ELEMENTS
        element = Element(tag, self.open[-1].line)
        if not self.too_large:
            self.open[-1].children.append(element)
        self.open.append(element)

    def characters(self, content: str) -> None:
        self.heard += 1
        if self.open and not self.too_large:
            self.sizes[1] += len(content)
            self.too_large = self.sizes[1] > _MOST_TEXT
            self.open[-1].text_parts.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802, ARG002
        self.heard += 1
        self.depth -= 1
        if self.open:
            element = self.open.pop()
            if not self.open and element.tag in self.records:
                self.done.append(element.line if self.too_large else element)
            elif not self.open:
                self.said[element.tag] = element.text


class _TooDeep(Exception):  # noqa: N818 - never seen outside this file
    pass


class XmlRecords:
    """The records of an XML list.

    Args:
        file: the file.
        roots: tag of the root to what the file then is; another root is refused.
        root: the root that it must have.
        records: tags of records.
        facts: tags of single facts about the list outside its records, kept in `said` with the root's attributes.
    """

    def __init__(
        self, file: StreamedFile, *, root: str, records: tuple[str, ...], facts: tuple[str, ...] = (),
        roots: Mapping[str, str],
    ) -> None:  # fmt: skip
        self.file = file
        self.root = root
        self.roots = roots
        self._handler = _Handler(frozenset(records), frozenset(facts))

    @property
    def said(self) -> Mapping[str, str]:
        """Facts about the list, as far as it has been read."""
        return self._handler.said

    def __iter__(self) -> Iterator[Element | int]:
        """Yield each record; for one that is too large, the line it begins on.

        Raises:
            InputError: the file is not this list, is broken, or tries to do harm.
        """
        from xml.sax import SAXException, SAXParseException

        from defusedxml import DefusedXmlException

        name = self.file.name
        try:
            yield from self._parsed()
        except DefusedXmlException as error:
            said = "It declares a document type or entities, which no official list needs."
            raise InputError(said, hint=_HARM, file=name, line=self._handler.line()) from error
        except _TooDeep as error:
            said = f"Its elements are nested more than {_DEEPEST} deep."
            raise InputError(said, hint=_HARM, file=name, line=self._handler.line()) from error
        except SAXParseException as error:
            hint, line = "Download the file again; it may be cut off.", int(error.getLineNumber() or 1)
            raise InputError(
                f"This is not whole XML: {error.getMessage()}.", hint=hint, file=name, line=line
            ) from error
        except SAXException as error:
            raise InputError(f"This is not XML: {error}.", hint="Download it again.", file=name) from error
        self._check_root()

    def _parsed(self) -> Iterator[Element | int]:
        from defusedxml.expatreader import create_parser

        handler = self._handler
        handler.parser = parser = create_parser(forbid_dtd=True)
        parser.setContentHandler(handler)
        heard, silent = -1, 0
        for piece in self.file.pieces():
            if heard < 0:
                self._look_at(piece)
            parser.feed(piece)
            self._check_root()
            silent = 0 if handler.heard > heard else silent + len(piece)
            heard = handler.heard
            if silent > _MOST_SILENT:
                said = f"One tag or comment here is longer than {_MOST_SILENT:,} bytes."
                raise InputError(said, hint=_HARM, file=self.file.name, line=handler.line())
            while handler.done:
                yield handler.done.popleft()
        parser.close()

    def _look_at(self, piece: bytes) -> None:
        start = piece[:_FIRST_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
        if not start.startswith(b"<") and start[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            kind = next((kind for mark, kind in _OTHER_FORMATS.items() if start.startswith(mark)), "plain text")
            raise InputError(
                f"This is {kind}, not XML.", hint="Take the list's XML edition.", file=self.file.name, line=1
            )
        if start[:14].lower().startswith((b"<html", b"<!doctype html")):
            hint = "The publisher's site may have answered with an error; download it again."
            raise InputError("This is a web page, not the list.", hint=hint, file=self.file.name, line=1)

    def _check_root(self) -> None:
        root = self._handler.root
        if root and root != self.root:
            looks = (
                f"It looks like {self.roots[root]}." if root in self.roots else f"The list begins with <{self.root}>."
            )
            raise InputError(f"It begins with <{root[:40]}>, not with <{self.root}>.", hint=looks, file=self.file.name)


_HARM = "It was not read: take the list from its publisher's own address."
