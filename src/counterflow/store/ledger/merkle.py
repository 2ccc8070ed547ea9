"""A Merkle tree that grows by one leaf at a time and keeps only its frontier.

RFC 9162 (Certificate Transparency 2.0, 2021), section 2.1.1: a leaf is SHA-256(0x00 || entry), a node is
SHA-256(0x01 || left || right), the root of nothing is SHA-256(""). A tree of n leaves splits at the largest
power of two below n, so the full subtrees on its left edge, one for each set bit of n, are all that is needed
to add a leaf (amortised one hash) or to tell the root (at most log2 n hashes).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Self

__all__ = ["EMPTY_ROOT", "Frontier", "leaf_hash"]

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return the leaf that stands for `entry`."""
    return hashlib.sha256(b"\x00" + entry).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The left edge of a Merkle tree: the roots of its full subtrees, largest first.

    Args:
        size: leaves so far.
        peaks: one hash per set bit of `size`.
    """

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} full subtrees, not {len(self.peaks)}")

    def copy(self) -> Self:
        """Return a frontier that grows apart from this one."""
        return type(self)(self.size, self.peaks)

    def push(self, leaf: bytes) -> None:
        """Add the hash of one more leaf."""
        carried, node = self.size, leaf
        while carried & 1:
            node = _node(self.peaks.pop(), node)
            carried >>= 1
        self.peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            node = _node(left, node)
        return node
