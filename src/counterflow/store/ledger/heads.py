"""Heads: one signed line that stands for everything the ledger held at one moment.

Whoever keeps a head can later prove that the ledger was cut, forked or re-signed since; nobody else can. That
is why heads are handed out: to the inspectorate, a court, a partner, a newspaper.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from counterflow.store.ledger.canonical import canonical_bytes, read_canonical
from counterflow.store.ledger.keys import Signer
from counterflow.store.ledger.merkle import EMPTY_ROOT

__all__ = ["FORMAT", "NO_CHAIN", "Head", "SignedHead", "instant_text", "read_instant"]

FORMAT = "counterflow-ledger-1"
#: what the first entry names as its predecessor
NO_CHAIN = "0" * 64

_INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"


def instant_text(moment: dt.datetime) -> str:
    """Return `moment` as the ledger writes it: UTC, to the microsecond, always 27 characters."""
    return moment.astimezone(dt.UTC).strftime(_INSTANT).rjust(27, "0")


def read_instant(text: str) -> dt.datetime:
    """Return the instant that `instant_text` wrote."""
    return dt.datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class Head:
    """What is signed.

    Args:
        batch: batches so far.
        chain: hash of the last entry; 64 zeros when there is none.
        key: what makes the batch that this head closes repeatable; None without one, and in heads handed out.
        ledger_id: which ledger.
        root: Merkle root (RFC 9162) over all entries, hexadecimal.
        size: entries so far, which is also the number of the last one.
        time: when it was signed.
        format: version of the ledger's format.
    """

    batch: int
    chain: str
    key: str | None
    ledger_id: str
    root: str
    size: int
    time: str
    format: str = FORMAT

    def canonical(self) -> bytes:
        """Return the bytes that are signed."""
        return canonical_bytes(asdict(self))


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head and its Ed25519 signature (RFC 8032), as 128 hexadecimal digits."""

    head: Head
    signature: str

    @classmethod
    def sign(cls, head: Head, signer: Signer) -> SignedHead:
        """Return `head`, signed."""
        return cls(head, signer.sign(head.canonical()).hex())

    @classmethod
    def read(cls, line: bytes) -> SignedHead:
        """Return the head that `line` (without line end) spells; its signature is not checked here.

        Raises:
            ValueError: it is no signed head in canonical spelling.
        """
        value: Any = read_canonical(line)
        try:
            signed = cls(Head(**value["head"]), bytes.fromhex(value["signature"]).hex())
        except (TypeError, KeyError, IndexError) as error:
            raise ValueError(f"not a signed head: {error}") from error
        if signed.line() != line:
            raise ValueError("not a signed head of this format")
        return signed

    def line(self) -> bytes:
        """Return the canonical line, without line end."""
        return b'{"head":%b,"signature":"%b"}' % (self.head.canonical(), self.signature.encode())

    def as_json(self) -> str:
        """Return the line to hand out; `tools/verify_ledger.py --head` takes it as it is."""
        return self.line().decode()

    def genuine(self, signer: Signer) -> bool:
        """Say whether the signature belongs to this head and this ledger's key."""
        return signer.verifies(bytes.fromhex(self.signature), self.head.canonical())


def first_head(ledger_id: str, moment: dt.datetime) -> Head:
    """Return the head of a ledger that holds nothing yet."""
    return Head(0, NO_CHAIN, None, ledger_id, EMPTY_ROOT.hex(), 0, instant_text(moment))
