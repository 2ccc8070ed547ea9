"""Heads as others read them: a signed text of three lines that a second party can sign too.

The text is a checkpoint (C2SP tlog-checkpoint) in a signed note (C2SP signed-note); a second party's signature under
it is a cosignature (C2SP tlog-cosignature, Ed25519, type 0x04). Any witness that speaks these can co-sign ours.
The root is the ledger's own, RFC 9162; that one ledger grew out of an earlier state is shown by a consistency proof
(RFC 9162, section 2.1.4).

    counterflow/site-1
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — counterflow/site-1 Az3grl…
    — inspectorate.example jWbPPw…
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from counterflow.core.errors import InputError

__all__ = [
    "COSIGNATURE",
    "NOTE_SIGNATURE",
    "Checkpoint",
    "Line",
    "consistency_proof",
    "cosigned_message",
    "is_consistent",
    "key_id",
    "origin_of",
    "verifier_key",
]

#: what kind of signature a line holds: the log's own, and a second party's with its time
NOTE_SIGNATURE, COSIGNATURE = 0x01, 0x04
_MOST_LINES, _LONGEST = 64, 64_000
_HINT = "Give the checkpoint as it was handed out: three lines, an empty one, and signatures."


@dataclass(frozen=True, slots=True)
class Line:
    """One signature: whose, the id of the key, and what stands behind it."""

    name: str
    key: bytes
    signature: bytes

    def text(self) -> str:
        """Return the line as it stands in the note."""
        return f"\N{EM DASH} {self.name} {base64.b64encode(self.key + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A head as text.

    Args:
        origin: which ledger.
        size: entries.
        root: Merkle root over them, 32 bytes.
        lines: signatures.
        more: extension lines; none in ours.
    """

    origin: str
    size: int
    root: bytes
    lines: tuple[Line, ...] = ()
    more: tuple[str, ...] = ()

    def body(self) -> bytes:
        """Return what is signed: all before the empty line, with its last line end."""
        told = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.more)
        return ("\n".join(told) + "\n").encode()

    def text(self) -> str:
        """Return the whole note."""
        return self.body().decode() + "\n" + "".join(line.text() for line in self.lines)

    def signed(self, line: Line) -> Checkpoint:
        """Return it with one more signature; an older one of the same key goes."""
        kept = tuple(one for one in self.lines if (one.name, one.key) != (line.name, line.key))
        return Checkpoint(self.origin, self.size, self.root, (*kept, line), self.more)

    @classmethod
    def read(cls, text: str, name: str = "checkpoint") -> Checkpoint:
        """Read a note; its signatures are not checked here.

        Args:
            text: the note.
            name: what errors call it.

        Raises:
            InputError: it is no checkpoint.
        """
        if len(text) > _LONGEST or any(ord(c) < 0x20 and c != "\n" for c in text):
            raise InputError("This is no checkpoint: too long, or it holds control characters.", file=name, hint=_HINT)
        body, mark, signatures = text.rpartition("\n\n")
        lines = body.split("\n")
        if not mark or len(lines) < 3 or not all(lines):
            raise InputError("This is no checkpoint.", file=name, hint=_HINT)
        if not lines[1].isdecimal() or str(int(lines[1])) != lines[1] or len(lines[1]) > 15:
            raise InputError("The second line is no count of entries.", file=name, line=2, value=lines[1], hint=_HINT)
        root = _plain(lines[2])
        if root is None or len(root) != 32:
            raise InputError("The third line is no root.", file=name, line=3, value=lines[2], hint=_HINT)
        found = [one for one in signatures.split("\n") if one]
        if not 0 < len(found) <= _MOST_LINES:
            raise InputError(f"A checkpoint has 1 to {_MOST_LINES} signatures.", file=name, hint=_HINT)
        made = tuple(_line(one, name, len(lines) + 2 + place) for place, one in enumerate(found))
        return cls(lines[0], int(lines[1]), root, made, tuple(lines[3:]))


def _line(text: str, name: str, number: int) -> Line:
    parts = text.split(" ")
    whole = (
        _plain(parts[2]) if len(parts) == 3 and parts[0] == "\N{EM DASH}" and parts[1] and "+" not in parts[1] else None
    )
    if whole is None or len(whole) < 5:
        raise InputError("This is no signature of a note.", file=name, line=number, value=text, hint=_HINT)
    return Line(parts[1], whole[:4], whole[4:])


def _plain(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def origin_of(ledger_id: str) -> str:
    """Return the name of a ledger in checkpoints.

    >>> origin_of("site 1")
    'counterflow/site%201'
    """
    return f"counterflow/{quote(ledger_id, safe='')}"


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """Return the four bytes that tell keys apart: of SHA-256 over name, line end, kind and public key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def verifier_key(name: str, kind: int, public: bytes) -> str:
    """Return a public key as one line: name, id and key (`vkey` of C2SP signed-note)."""
    return f"{name}+{key_id(name, kind, public).hex()}+{base64.b64encode(bytes([kind]) + public).decode()}"


def cosigned_message(body: bytes, seconds: int) -> bytes:
    """Return what a second party signs at a time (seconds since 1970): C2SP tlog-cosignature, Ed25519."""
    return f"cosignature/v1\ntime {seconds}\n".encode() + body


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _root(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    cut = _cut(len(leaves))
    return _node(_root(leaves[:cut]), _root(leaves[cut:]))


def _cut(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def consistency_proof(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """Return the hashes that show that the first `old` leaves still stand (RFC 9162, section 2.1.4.1).

    Args:
        leaves: hashes of all leaves.
        old: size of the earlier tree, from 0 to as many as there are.

    Raises:
        ValueError: there are fewer leaves than that.
    """
    if not 0 <= old <= len(leaves):
        raise ValueError(f"a tree of {len(leaves)} leaves has no earlier one of {old}")
    return [] if old in (0, len(leaves)) else _subproof(old, leaves, whole=True)


def _subproof(old: int, leaves: Sequence[bytes], *, whole: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [_root(leaves)]
    cut = _cut(len(leaves))
    if old <= cut:
        return [*_subproof(old, leaves[:cut], whole=whole), _root(leaves[cut:])]
    return [*_subproof(old - cut, leaves[cut:], whole=False), _root(leaves[:cut])]


def is_consistent(old: tuple[int, bytes], new: tuple[int, bytes], proof: Sequence[bytes]) -> bool:
    """Say whether a proof shows that `new` (size, root) grew out of `old` (RFC 9162, section 2.1.4.2)."""
    (size_1, root_1), (size_2, root_2) = old, new
    if size_1 == size_2:
        return root_1 == root_2 and not proof
    if size_1 > size_2:
        return False
    if size_1 == 0:
        return not proof
    path = [root_1, *proof] if size_1 & (size_1 - 1) == 0 else list(proof)
    if not path:
        return False
    first, second = size_1 - 1, size_2 - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    left = right = path[0]
    for hashed in path[1:]:
        if second == 0:
            return False
        if first & 1 or first == second:
            left, right = _node(hashed, left), _node(hashed, right)
            while first and not first & 1:
                first, second = first >> 1, second >> 1
        else:
            right = _node(right, hashed)
        first, second = first >> 1, second >> 1
    return (left, right, second) == (root_1, root_2, 0)
