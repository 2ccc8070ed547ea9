"""An entry: what was known or decided, at its place in the chain, as one line of bytes.

    {"entry":{"body":{…},"kind":"draw","prev":"<hex>","seq":7,"time":"2026-03-01T06:00:00.000000Z"},"hash":"<hex>"}

`hash` is SHA-256 over the bytes of the entry object as they stand in the line, so a verifier hashes a slice
and never has to write JSON itself; `prev` is the hash of the entry before, so each hash seals all that came before it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from counterflow.core.errors import EngineError, UsageError
from counterflow.store.ledger.canonical import Json, canonical_bytes
from counterflow.store.ledger.files import LONGEST_LINE
from counterflow.store.ledger.heads import read_instant

__all__ = ["Entry", "check_kind", "entry_line", "entry_of", "read_entry"]

_KIND = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_START = b'{"entry":'
#: `,"hash":"` + 64 digits + `"}` + line end
_TAIL = 9 + 64 + 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the ledger.

    Args:
        seq: its number, from 1.
        time: when it was written.
        kind: what sort of entry (`load`, `draw`, `outcome`, …).
        body: what it says; no personal text, no decimal numbers.
        prev: hash of the entry before it.
        hash: its own hash.
    """

    seq: int
    time: dt.datetime
    kind: str
    body: Mapping[str, Json]
    prev: str
    hash: str


def check_kind(kind: str) -> None:
    """Raise UsageError unless `kind` is a plain lower-case name."""
    if not _KIND.fullmatch(kind):
        raise UsageError(
            f"{kind!r} is not a kind of ledger entry.",
            hint="A kind is 1 to 64 characters: a-z, 0-9, dot, dash, underscore; a letter first.",
        )


def entry_line(seq: int, time: str, kind: str, body: object, prev: str) -> tuple[bytes, bytes, str]:
    """Return the line (line end included), the entry's own bytes (what is hashed), and the hash.

    Raises:
        UsageError: the body has no canonical spelling, or is too long for one line.
    """
    tail = f',"kind":"{kind}","prev":"{prev}","seq":{seq},"time":"{time}"}}'
    entry = b'{"body":' + canonical_bytes(body) + tail.encode()
    digest = hashlib.sha256(entry).hexdigest()
    line = b'%b%b,"hash":"%b"}\n' % (_START, entry, digest.encode())
    if len(line) > LONGEST_LINE:
        raise UsageError(
            f"A ledger entry of {len(line):,} bytes is too long; a line holds {LONGEST_LINE:,}.",
            hint="Write the rows to a table, and their digest to the ledger.",
        )
    return line, entry, digest


def entry_of(line: bytes) -> bytes:
    """Return the entry's own bytes out of `line` (line end included), if its hash is right.

    Raises:
        ValueError: the line is not laid out as an entry, or its hash is not that of its bytes.
    """
    entry = line[len(_START) : -_TAIL]
    digest = hashlib.sha256(entry).hexdigest()
    if line != b'%b%b,"hash":"%b"}\n' % (_START, entry, digest.encode()):
        raise ValueError("not an entry, or its hash is not that of its bytes")
    return entry


def read_entry(line: bytes) -> Entry:
    """Return the entry in `line` (line end included).

    Raises:
        EngineError: the line was changed since it was written.
    """
    try:
        entry = entry_of(line)
        value = json.loads(entry)
        return Entry(
            value["seq"], read_instant(value["time"]), value["kind"], value["body"], value["prev"],
            hashlib.sha256(entry).hexdigest(),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise EngineError(
            f"A line of the ledger was changed since it was written: {error}.",
            hint="Run tools/verify_ledger.py to find it, and restore the ledger from a copy.",
        ) from error
