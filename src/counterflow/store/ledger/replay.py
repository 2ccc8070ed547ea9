"""What a ledger holds, read back from its lines: from the start, or from a checkpoint on.

Opening reads only what was written since the last checkpoint, so that a ledger of a million entries opens at
once. The checkpoint is only a cache: it is believed where the signed head that it ends at stands in the
ledger and its frontier gives that head's root; otherwise it is ignored and made again.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from counterflow.core.errors import EngineError
from counterflow.store.ledger.entry import entry_of
from counterflow.store.ledger.files import Place, Segments, replace_file
from counterflow.store.ledger.heads import FORMAT, NO_CHAIN, SignedHead
from counterflow.store.ledger.index import BatchIndex
from counterflow.store.ledger.keys import Signer
from counterflow.store.ledger.merkle import Frontier, leaf_hash

__all__ = ["CHECKPOINT", "State", "at_first_head", "load_checkpoint", "replay", "save_checkpoint"]

CHECKPOINT = "checkpoint.bin"
_CHECKPOINT_FORMAT = "counterflow-ledger-checkpoint-1"


@dataclass(frozen=True)
class State:
    """What the ledger holds after its last complete batch.

    Args:
        last: the signed head that closes it.
        place: where its line ends and the next batch begins.
        frontier: the Merkle tree so far.
        index: all batches so far.
    """

    last: SignedHead
    place: Place
    frontier: Frontier
    index: BatchIndex


def replay(segments: Segments, state: State, signer: Signer) -> State:
    """Return the state after the last complete batch that follows `state`; the rest is a torn tail.

    Raises:
        EngineError: a damaged line stands before a batch that was completed later: this is no torn tail.
    """
    lines = segments.lines(state.place)
    staged, chain, first = state.frontier.copy(), state.last.head.chain, state.frontier.size + 1
    for place, line in lines:
        after = Place(place.segment, place.offset + len(line))
        if not line.startswith(b'{"head":'):
            grown = _grow(staged, chain, line)
            if grown is None:
                _refuse_if_completed_later(lines, signer, segments.path(place.segment), place)
                return state
            chain = grown
            continue
        head = _closing(line, state, staged, chain, signer)
        if head is None:
            _refuse_if_completed_later(lines, signer, segments.path(place.segment), place)
            return state
        state.index.add(
            first,
            state.place if place.segment == state.place.segment else Place(place.segment, 0),
            head.head.key,
        )
        state = State(head, after, staged.copy(), state.index)
        first = staged.size + 1
    return state


def _grow(frontier: Frontier, chain: str, line: bytes) -> str | None:
    """Add the entry in `line` to the frontier and return its hash; None when it is not the next one."""
    try:
        entry = entry_of(line)
    except ValueError:
        return None
    # kind, prev, seq and time follow the body, and no body can hold their bare quotes: look at the end only
    expected = f'"prev":"{chain}","seq":{frontier.size + 1},"time":"'.encode()
    if entry[-len(expected) - 29 : -29] != expected:
        return None
    frontier.push(leaf_hash(entry))
    return line[-67:-3].decode("ascii")


def _closing(line: bytes, state: State, staged: Frontier, chain: str, signer: Signer) -> SignedHead | None:
    """Return the head in `line` if it closes exactly what is staged and our key signed it."""
    signed = _head_in(line, signer)
    if signed is None:
        return None
    head, before = signed.head, state.last.head
    fits = (
        (head.batch, head.size, head.chain, head.ledger_id) == (before.batch + 1, staged.size, chain, before.ledger_id)
        and head.size > before.size
        and head.root == staged.root().hex()
    )
    return signed if fits else None


def _head_in(line: bytes, signer: Signer) -> SignedHead | None:
    try:
        signed = SignedHead.read(line.removesuffix(b"\n"))
    except ValueError:
        return None
    return signed if line.endswith(b"\n") and signed.head.format == FORMAT and signed.genuine(signer) else None


def _refuse_if_completed_later(lines: Iterator[tuple[Place, bytes]], signer: Signer, path: Path, place: Place) -> None:
    """Raise when a signed head follows a bad line: an interrupted write leaves none behind it."""
    for _, line in lines:
        if line.startswith(b'{"head":') and _head_in(line, signer):
            raise EngineError(
                f"The ledger is damaged at {path}, byte {place.offset}; a whole batch follows.",
                hint="Run tools/verify_ledger.py to see what was changed, and restore a copy.",
            )


def save_checkpoint(folder: Path, state: State) -> None:
    """Write where the ledger stands, so that the next opening need not read it all."""
    packed = state.index.packed()
    about = {
        "format": _CHECKPOINT_FORMAT, "segment": state.place.segment, "offset": state.place.offset,
        "peaks": [peak.hex() for peak in state.frontier.peaks], "head": state.last.as_json(),
        "index_sha256": hashlib.sha256(packed).hexdigest(),
    }  # fmt: skip
    replace_file(folder / CHECKPOINT, json.dumps(about).encode() + b"\n" + packed)


def load_checkpoint(segments: Segments, signer: Signer) -> State | None:
    """Return the state that the checkpoint holds if the ledger bears it out, else None."""
    try:
        text, _, packed = (segments.folder / CHECKPOINT).read_bytes().partition(b"\n")
        about = json.loads(text)
        line = about["head"].encode() + b"\n"
        place = Place(int(about["segment"]), int(about["offset"]))
        signed = _head_in(line, signer)
        if about["format"] != _CHECKPOINT_FORMAT or signed is None:
            return None
        frontier = Frontier(signed.head.size, [bytes.fromhex(peak) for peak in about["peaks"]])
        index = BatchIndex(packed)
        with segments.path(place.segment).open("rb") as file:
            file.seek(place.offset - len(line))
            stands = file.read(len(line)) == line
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error):
        return None
    sound = (
        stands
        and frontier.root().hex() == signed.head.root
        and len(index) == signed.head.batch
        and hashlib.sha256(packed).hexdigest() == about["index_sha256"]
    )
    return State(signed, place, frontier, index) if sound else None


def at_first_head(segments: Segments, signer: Signer) -> State | None:
    """Return the state of the ledger at its first line; None when that is not a first head."""
    for place, line in segments.lines(Place(1, 0)):
        signed = _head_in(line, signer)
        if place != Place(1, 0) or signed is None:
            return None
        empty = Frontier()
        first = (signed.head.batch, signed.head.size, signed.head.chain, signed.head.root)
        if first != (0, 0, NO_CHAIN, empty.root().hex()):
            return None
        return State(signed, Place(1, len(line)), empty, BatchIndex())
    return None
