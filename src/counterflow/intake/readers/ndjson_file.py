"""NDJSON: one JSON object a line. Nested fields become columns with dots, items of an array are numbered from 1.

`{"sender": {"name": "A"}, "contents": [{"hs": "293333"}]}` has the columns `sender.name` and `contents.1.hs`.
Numbers stay as they are written: no digit is lost on the way through a float.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.intake.identifiers import Unreadable
from counterflow.intake.readers.byte_stream import find_encoding, open_utf8
from counterflow.intake.readers.rows import SHOWN_VALUE, RawRows, ReaderOptions, RefusedRow

__all__ = ["NdjsonFile"]

_DEEPEST = 8


class NdjsonFile:
    """An opened NDJSON file (see `RowSource`). Columns are those of the first lines; later ones can bring more."""

    fixed = False

    def __init__(self, path: Path, options: ReaderOptions) -> None:
        self.path, self.options = path, options
        self._encoding = find_encoding(path, options.encoding)
        self._null = frozenset(options.null) | {""}
        first = self._first_byte()
        if first == b"[":
            raise InputError(
                "This is one JSON array, not one object a line.",
                hint="Write each object on its own line (NDJSON), without the brackets around them.",
                file=path,
            )
        names: dict[str, None] = {}
        for batch in self.batches():
            names.update(dict.fromkeys(batch.table.column_names))
            break
        self.columns = tuple(names)

    def batches(self) -> Iterator[RawRows]:
        """Yield the rows; see `RowSource`. A row is a line that is not empty."""
        taken: list[dict[str, str | None]] = []
        places: list[tuple[int, int]] = []
        refused: list[RefusedRow] = []
        row = 0
        with open_utf8(self.path, *self._encoding) as file:
            for line, data in enumerate(file, start=1):
                if not data.strip():
                    continue
                row += 1
                found = self._read_line(data, row, line)
                if isinstance(found, RefusedRow):
                    refused.append(found)
                else:
                    taken.append(found)
                    places.append((row, line))
                if len(taken) + len(refused) >= self.options.batch_rows:
                    yield _batch(taken, places, refused)
                    taken, places, refused = [], [], []
        if taken or refused:
            yield _batch(taken, places, refused)

    def _first_byte(self) -> bytes:
        with open_utf8(self.path, *self._encoding) as file:
            return file.read(4096).lstrip()[:1]

    def _read_line(self, data: bytes, row: int, line: int) -> dict[str, str | None] | RefusedRow:
        try:
            found = json.loads(data.decode(), parse_int=str, parse_float=str, parse_constant=str)
            return self._flat_object(found)
        except UnicodeDecodeError as error:
            fault = Unreadable("encoding", f"Byte {error.start + 1} of the line is not UTF-8.")
        except json.JSONDecodeError as error:
            fault = Unreadable("json", f"Not JSON at character {error.pos + 1}: {error.msg}.")
        except RecursionError:
            fault = Unreadable("json-depth", "The object is nested without end.")
        except Unreadable as error:
            fault = error
        text = data.decode("utf-8", "replace").strip().replace("\0", "␀")
        raw = {"_text": text[: self.options.field_limit]}
        return RefusedRow(row, line, "", text[:SHOWN_VALUE], fault.reason, fault.hint, raw)

    def _flat_object(self, found: object) -> dict[str, str | None]:
        if not isinstance(found, dict):
            raise Unreadable("json-not-object", "The line holds no JSON object.")
        flat: dict[str, str | None] = {}
        if not self._flatten(found, "", flat, 0):
            raise Unreadable("json-depth", f"The object is nested deeper than {_DEEPEST} levels.")
        limit = self.options.field_limit
        for name, value in flat.items():
            if value is not None and len(value) > limit:
                raise Unreadable("field-too-long", f"{name!r} has {len(value):,} characters; the limit is {limit:,}.")
            if value is not None and not _plain(value):
                raise Unreadable("nul-byte", f"{name!r} holds a zero byte or half a character.")
        return flat

    def _flatten(self, value: object, path: str, into: dict[str, str | None], depth: int) -> bool:
        if depth > _DEEPEST:
            return False
        if isinstance(value, Mapping):
            items = [(str(k), v) for k, v in value.items()]
        elif isinstance(value, list):
            items = [(str(i), v) for i, v in enumerate(value, start=1)]
        else:
            text = value if isinstance(value, str) else None if value is None else str(value).lower()
            into[path or "value"] = None if text in self._null else text
            return True
        return all(self._flatten(v, f"{path}.{k}" if path else k, into, depth + 1) for k, v in items)


def _plain(text: str) -> bool:
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _batch(taken: list[dict[str, str | None]], places: list[tuple[int, int]], refused: list[RefusedRow]) -> RawRows:
    names: dict[str, None] = {}
    for record in taken:
        names.update(dict.fromkeys(record))
    columns = {name: pa.array([record.get(name) for record in taken], pa.string()) for name in names}
    where = np.array(places, dtype=np.int64).reshape(-1, 2)
    # A line {} has no fields: the table keeps its rows by a column that nothing maps.
    table = pa.table(columns) if columns else pa.table({"": pa.nulls(len(taken), pa.string())})
    return RawRows(table, where[:, 0], where[:, 1], tuple(refused))
