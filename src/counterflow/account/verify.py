"""A first look at the ledger, with the code that wrote it; the proof is `tools/verify_ledger.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterflow.core.errors import EngineError

if TYPE_CHECKING:
    from counterflow.store.ledger import Ledger

__all__ = ["verify_ledger"]

NOT_EXCLUDED = (
    "that entries were cut off at the end and the head signed anew",
    "that another ledger was written beside this one (a fork)",
    "that whoever holds the key wrote all of it again",
)
_ADVICE = (
    "For a proof that shares no code with the writer, run: "
    "python tools/verify_ledger.py LEDGER --key LEDGER/ledger.pub --head SAVED"
)


def verify_ledger(ledger: Ledger) -> dict[str, object]:
    """Check hash, number and link of every entry, and that the chain ends at the head.

    Raises:
        EngineError: something does not fit; says at which entry.
    """
    head = ledger.head().head
    seq, link = 0, "0" * 64
    for entry in ledger.entries():
        seq += 1
        if entry.seq != seq or entry.prev != link:
            raise EngineError(
                f"The ledger's chain breaks at entry {seq}.",
                hint="Run tools/verify_ledger.py against a saved head, and restore the ledger from a copy.",
            )
        link = entry.hash
    if (seq, link) != (head.size, head.chain):
        raise EngineError(f"The ledger holds {seq} entries; its head stands for {head.size}.")
    return {
        "entries": seq,
        "root": head.root,
        "verified": "hash, number and link of every entry, and that the chain ends at the head",
        "not_excluded": list(NOT_EXCLUDED),
        "advice": _ADVICE,
    }
