"""What rooms read of the plans alike: which was made last, and the reasons of a choice, one by one."""

from __future__ import annotations

from typing import Any

from counterflow.store.repository import Store

__all__ = ["latest_plan", "split_reasons"]

_BETWEEN = "; "


def latest_plan(store: Store) -> dict[str, Any] | None:
    """Return the row of the plan made last; None where nothing was planned."""
    rows = store.rows("SELECT * FROM plan ORDER BY made_at DESC, ledger_seq DESC, plan LIMIT 1")
    return rows[0] if rows else None


def split_reasons(text: str) -> list[str]:
    """Return the reasons that a draw keeps as one text, one by one.

    >>> split_reasons("drawn at random (1 in 10); It says: pills, white")
    ['drawn at random (1 in 10)', 'It says: pills, white']
    """
    return [reason for reason in text.split(_BETWEEN) if reason]
