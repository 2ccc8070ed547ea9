"""A text file as UTF-8 bytes, whatever its encoding, with the place named where a byte does not belong to it."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from pathlib import Path
from typing import BinaryIO

from counterflow.core.errors import InputError

__all__ = ["find_encoding", "open_utf8"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEAD = 4096
_BLOCK = 1 << 20


def open_bytes(path: Path) -> BinaryIO:
    """Open a file for reading, through gzip where it is one."""
    if path.suffix == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return path.open("rb")


def find_encoding(path: Path, stated: str | None) -> tuple[str, int]:
    """Return the encoding of a text file and the length of its byte-order mark.

    Raises:
        InputError: Python knows no such encoding, or the file looks like UTF-16 and does not say so.
    """
    try:
        with open_bytes(path) as file:
            head = file.read(_HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"The file cannot be unpacked: {error}.", file=path) from error
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    name = stated or "utf-8"
    try:
        canonical = codecs.lookup(name).name
        "".encode(name)  # `zlib` and `rot13` are codecs too, and not of text
    except (LookupError, ValueError):  # ValueError: a name with a zero in it
        raise InputError(f"No encoding is called {name!r}.", hint="utf-8, cp1252, utf-16-le …", file=path) from None
    if canonical in {"utf-8", "ascii"} and len(head) > 3 and head.count(0) >= len(head) // 3:
        guess = "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
        raise InputError(
            "Every other byte is zero: this looks like UTF-16 without a byte-order mark.",
            hint=f'Say so in the mapping: [reader] encoding = "{guess}".',
            file=path,
        )
    return ("utf-8", 0) if canonical in {"utf-8", "utf-8-sig", "ascii"} else (canonical, 0)


def open_utf8(path: Path, encoding: str, mark: int) -> BinaryIO:
    """Open a text file as a stream of UTF-8 bytes, past its byte-order mark.

    UTF-8 itself passes through unchecked, so that a bad byte costs a row and not the file; in another encoding it
    raises InputError with line and byte when it is reached.
    """
    file = open_bytes(path)
    file.read(mark)
    return file if encoding == "utf-8" else io.BufferedReader(_Recoded(file, path, encoding, mark), _BLOCK)


class _Recoded(io.RawIOBase):
    """Decodes block by block and gives UTF-8."""

    def __init__(self, file: BinaryIO, path: Path, encoding: str, mark: int) -> None:
        self._file, self._path, self._encoding = file, path, encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._bytes_before, self._lines_before = mark, 0
        self._waiting = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        while not self._waiting and not self._ended:
            self._waiting = self._next_block()
        taken = self._waiting[: len(target)]
        target[: len(taken)] = taken
        self._waiting = self._waiting[len(taken) :]
        return len(taken)

    def _next_block(self) -> bytes:
        block = self._file.read(_BLOCK)
        self._ended = not block
        try:
            text = self._decoder.decode(block, final=self._ended)
        except UnicodeDecodeError as error:
            self._ended = True
            raise self._explain(error) from None
        except UnicodeError as error:  # UTF-16 that does not say its byte order
            self._ended = True
            raise InputError(
                f"This is not {self._encoding} text: {error}.",
                hint="Name the right encoding: utf-8, cp1252, utf-16-le or utf-16-be.",
                file=self._path,
            ) from None
        self._bytes_before += len(block)
        self._lines_before += text.count("\n")
        return text.encode("utf-8", "replace")

    def _explain(self, error: UnicodeDecodeError) -> InputError:
        before = bytes(error.object[: error.start]).decode(self._encoding, "replace")
        bad = bytes(error.object[error.start : error.end])
        return InputError(
            f"Byte {self._bytes_before + error.start + 1} (0x{bad.hex() or '??'}) is not {self._encoding} text.",
            hint='Name the right encoding in the mapping: [reader] encoding = "utf-8" or "cp1252".',
            file=self._path,
            line=self._lines_before + before.count("\n") + 1,
        )

    def close(self) -> None:
        self._file.close()
        super().close()
