"""From a file to its text: bounded in size, unpacked, decoded; what is no text is told by what it is."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from pathlib import Path

from counterflow.core.errors import InputError, UsageError

__all__ = ["LARGEST_BYTES", "content_of", "decoded"]

#: A list of all substances controlled anywhere is a few megabytes.
LARGEST_BYTES = 32 * 1024 * 1024
_NOT_TEXT = {b"%PDF": "a PDF", b"PK\x03\x04": "a workbook or an archive", b"\xd0\xcf\x11\xe0": "an old Office file"}
_GZIP = b"\x1f\x8b"


def content_of(path: Path) -> bytes:
    """Return the bytes of a list, unpacked.

    Raises:
        InputError: it is empty, too large, damaged, or plainly no CSV.
    """
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise InputError(
            f"{size:,} bytes are more than a list of substances has ({LARGEST_BYTES:,}).",
            hint="Is it the right file?",
            file=path,
        )
    content = path.read_bytes()
    if content.startswith(_GZIP):
        content = _unpacked(path, content)
    for start, kind in _NOT_TEXT.items():
        if content.startswith(start):
            raise InputError(f"The file is {kind}, no CSV.", hint="Save the table as CSV and give that.", file=path)
    if not content.strip():
        raise InputError("The file is empty.", hint="Fetch it again.", file=path)
    return content


def _unpacked(path: Path, content: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            unpacked = stream.read(LARGEST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"The file cannot be unpacked: {error}.", hint="Fetch it again.", file=path) from None
    if len(unpacked) > LARGEST_BYTES:
        raise InputError("Unpacked, it is larger than a list of substances.", hint="Is it the right file?", file=path)
    return unpacked


def decoded(path: Path, content: bytes, encoding: str) -> str:
    """Return bytes as text; a byte order mark goes before `encoding`.

    Raises:
        InputError: they are not of that encoding; names the line and the byte.
        UsageError: there is no such encoding.
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            encoding = name
    try:
        text = content.decode(encoding)
    except LookupError:
        raise UsageError(f"No encoding is called {encoding!r}.", hint="utf-8, cp1252, utf-16-le …") from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        bad = content[error.start : error.start + 1]
        raise InputError(
            f"Byte 0x{bad.hex()} is not {encoding}.",
            hint=f"If it means {bad.decode('cp1252', 'replace')!r}, give --encoding cp1252.",
            file=path,
            line=line,
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError("The file holds NUL: it is no text, or UTF-16 without its mark.", file=path, line=line,
                         hint="Give --encoding utf-16-le, or save the table as CSV in UTF-8.")  # fmt: skip
    return text
