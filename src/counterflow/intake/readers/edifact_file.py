"""EDIFACT files: one row per goods item of each sound message; an unsound message is refused, whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.intake.edifact.envelope import Interchange, Message, read_envelope
from counterflow.intake.edifact.flatten import consignments, flatten_message
from counterflow.intake.edifact.segments import Segment, split_segments
from counterflow.intake.identifiers import Unreadable
from counterflow.intake.readers.byte_stream import find_encoding
from counterflow.intake.readers.rows import SHOWN_VALUE, RawRows, ReaderOptions, RefusedRow

__all__ = ["EdifactFile"]

#: repertoires of UNB 0001 and the encodings they stand for (ISO 9735-1, annex A); A and B are within ASCII
_REPERTOIRES = {
    "UNOA": "ascii", "UNOB": "ascii", "UNOC": "iso8859-1", "UNOD": "iso8859-2", "UNOE": "iso8859-5",
    "UNOF": "iso8859-7", "UNOG": "iso8859-3", "UNOH": "iso8859-4", "UNOI": "iso8859-6", "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9", "UNOW": "utf-8", "UNOY": "utf-8",
}  # fmt: skip


class EdifactFile:
    """An opened interchange (see `RowSource`). Lines are those on which a consignment's message begins.

    Raises:
        InputError: not text, not EDIFACT, or an envelope whose own counters are wrong.
    """

    fixed = False

    def __init__(self, path: Path, options: ReaderOptions) -> None:
        self.path, self.options = path, options
        self._interchange = self._read()
        names: dict[str, None] = {}
        self._rows, self._places, self._refused = self._flatten()
        for row in self._rows:
            names.update(dict.fromkeys(row))
        self.columns = tuple(sorted(names))

    def batches(self) -> Iterator[RawRows]:
        """Yield the rows; see `RowSource`."""
        columns = {n: pa.array([r.get(n) for r in self._rows], pa.string()) for n in self.columns}
        where = np.array(self._places, dtype=np.int64).reshape(-1, 2)
        if self._rows or self._refused:
            yield RawRows(pa.table(columns), where[:, 0], where[:, 1], tuple(self._refused))

    def _read(self) -> Interchange:
        text = self._decode(self.path.read_bytes())
        if not text.lstrip().startswith(("UNA", "UNB", "UNH")):
            raise InputError("This is no EDIFACT interchange: it begins with neither UNA nor UNB.", file=self.path)
        try:
            found = read_envelope(split_segments(text.lstrip()))
        except Unreadable as error:
            raise InputError(error.hint, file=self.path, line=1) from error
        if not found.messages:
            raise InputError("The interchange holds no message.", file=self.path)
        return found

    def _decode(self, data: bytes) -> str:
        _, mark = find_encoding(self.path, None)
        unb = data.find(b"UNB")
        named = data[unb + 4 : unb + 8].decode("ascii", "replace") if unb >= 0 else ""
        encoding = self.options.encoding or _REPERTOIRES.get(named, "iso8859-1")
        try:
            return data[mark:].decode(encoding)
        except UnicodeDecodeError as error:
            raise InputError(
                f"Byte {mark + error.start + 1} (0x{data[mark + error.start]:02x}) is outside {named or encoding}.",
                hint='Name the encoding that was meant: [reader] encoding = "utf-8" (or iso8859-1 …).',
                file=self.path,
                line=data.count(b"\n", 0, mark + error.start) + 1,
            ) from None
        except LookupError:
            raise InputError(f"No encoding is called {encoding!r}.", file=self.path) from None

    def _flatten(self) -> tuple[list[dict[str, str]], list[tuple[int, int]], list[RefusedRow]]:
        rows: list[dict[str, str]] = []
        places: list[tuple[int, int]] = []
        refused: list[RefusedRow] = []
        number = 0
        shared = self._about()
        envelope = "; ".join(self._interchange.faults)
        for message in self._interchange.messages:
            fault = message.fault or (("envelope", f"The envelope does not agree: {envelope}.") if envelope else None)
            made = [] if fault else self._rows_of(message)
            if fault is None and not made:
                wanted = self.options.consignment
                fault = ("no-consignment", f"The {message.kind or 'message'} holds no {wanted} segment.")
            line = message.segments[0].line
            if fault:
                for _ in range(consignments(message, self.options.consignment)):
                    number += 1
                    refused.append(_refuse(message, number, line, fault))
                continue
            for row in made:
                number += 1
                rows.append(shared | row)
                places.append((number, line))
        return rows, places, refused

    def _rows_of(self, message: Message) -> list[dict[str, str]]:
        return flatten_message(message, consignment=self.options.consignment, goods=self.options.goods)

    def _about(self) -> dict[str, str]:
        found = self._interchange
        date, time = found.prepared
        said = {
            "interchange:sender": found.sender,
            "interchange:recipient": found.recipient,
            "interchange:reference": found.reference,
            "interchange:date": date,
            "interchange:time": time,
        }
        return {name: text for name, text in said.items() if text}


def _refuse(message: Message, number: int, line: int, fault: tuple[str, str]) -> RefusedRow:
    text = "'".join(_written(s) for s in message.segments)
    return RefusedRow(number, line, "", text[:SHOWN_VALUE], *fault, {"_text": text})


def _written(segment: Segment) -> str:
    return "+".join([segment.tag, *(":".join(e) for e in segment.elements)])
