"""Sums of money in a workspace: each load is sealed in the ledger; a later sum of one id stands in for the earlier."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.account.indicators.money import Money
from counterflow.account.indicators.sealing import named, seal_promise
from counterflow.core.tables import PROMISE_MONEY

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["kept_money", "put_money"]

_PACK = "money"


def put_money(workspace: Workspace, sums: Sequence[Money], content: bytes, *, person: str) -> dict[str, Any]:
    """Keep sums; loading the same file again changes nothing. Return the receipt."""
    who, batch = named(person), hashlib.sha256(content).hexdigest()
    held = workspace.store.rows("SELECT count(*) AS n FROM promise_money WHERE batch = ?", [batch[:12]])
    if held and held[0]["n"]:
        return {"batch": batch[:12], "sums": len(sums), "fresh": False}
    with workspace.store.transaction():
        entry = seal_promise(workspace, "promise-money", _PACK, [batch], {"sha256": batch, "sums": len(sums)}, [who])
        rows = [asdict(one) | {"batch": batch[:12], "person": who, "loaded_at": entry.time, "ledger_seq": entry.seq}
                for one in sums]  # fmt: skip
        workspace.store.append("promise_money", pa.Table.from_pylist(rows, schema=PROMISE_MONEY))
    return {"batch": batch[:12], "sums": len(sums), "fresh": True}


def kept_money(workspace: Workspace) -> list[Money]:
    """Return the sums on record, the latest of each id."""
    rows: list[dict[str, Any]] = workspace.store.rows("SELECT * FROM promise_money ORDER BY loaded_at, ledger_seq")
    return list({str(row["id"]): _sum(row) for row in rows}.values())


def _sum(row: dict[str, Any]) -> Money:
    numbers = ("amount", "outcomes", "low", "high")
    held: dict[str, Any] = {
        name: row[name] if name in numbers else str(row[name] or "") for name in Money.__dataclass_fields__
    }
    return Money(**held)
