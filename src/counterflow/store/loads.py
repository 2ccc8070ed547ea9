"""What the loads of a workspace say about themselves."""

from __future__ import annotations

from counterflow.store.repository import Store

__all__ = ["is_synthetic"]


def is_synthetic(store: Store) -> bool:
    """Say whether any record here was made by a generator and never sent by anyone; its mapping says so."""
    return bool(store.rows("SELECT 1 AS one FROM batch WHERE synthetic LIMIT 1"))
