"""The one way to tables: what every store can do. DuckDB implements it (`duckdb_store.py`); PostgreSQL comes next.

Rooms are written against this protocol. Tables and their columns are those of `counterflow.core.tables.TABLES`;
reading is SQL (the part that DuckDB and PostgreSQL share), and what comes back is Arrow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

import pyarrow as pa

__all__ = ["Store"]


@runtime_checkable
class Store(Protocol):
    """Tables that can be appended to and asked; safe to call from several threads."""

    def query(self, sql: str, parameters: Sequence[object] = (), **tables: pa.Table) -> pa.Table:
        """Return the rows that `sql` selects.

        Args:
            sql: one SELECT; values stand as ``?`` and come in `parameters`.
            parameters: values for the question marks, in order.
            tables: Arrow tables that the statement may name, for this call only.

        Raises:
            EngineError: the statement failed; the error shows it.
        """
        ...

    def rows(self, sql: str, parameters: Sequence[object] = (), **tables: pa.Table) -> list[dict[str, object]]:
        """Return what `query` returns, as dictionaries; for small answers."""
        ...

    def append(self, table: str, rows: pa.Table) -> int:
        """Add rows to a table of `TABLES` (columns may be in any order, nullable ones left out); return how many."""
        ...

    def execute(self, sql: str, parameters: Sequence[object] = (), **tables: pa.Table) -> None:
        """Run a statement that changes rows (an update of state, an erasure)."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside happens, or nothing of it; nested calls join the outer one."""
        ...

    def after_commit(self, act: Callable[[], object]) -> None:
        """Have `act` done once the outermost transaction of this thread is kept; at once where none is under way."""
        ...

    def rewrite_at_close(self) -> None:
        """Have what deleted rows left behind on disk gone once the store is closed."""
        ...

    def close(self) -> None:
        """Give the store back."""
        ...
