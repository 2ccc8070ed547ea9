"""Bringing the tables of an earlier version of this program up to the present ones, without losing a row.

A newer version only ever adds: tables, and columns that may be empty. Where that is all that differs, each changed
table is written anew beside its rows, in one transaction. Anything else (a column that this program does not know, of
another type, or one that must not be empty) means a store of a later or foreign program, and is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from counterflow.core.tables import TABLES

__all__ = ["steps_to_present"]

#: Name of a table's columns and their SQL types, in order.
Columns = Mapping[str, str]


def steps_to_present(
    found: Mapping[str, Columns], wanted: Mapping[str, Columns], create: Callable[[str], str]
) -> list[str] | None:
    """Return the statements that bring the tables `found` to those `wanted`; None where rows could be lost.

    Args:
        found: tables of the store as they are, without the store's own book-keeping.
        wanted: tables of this program.
        create: the CREATE statement of a table of this program.
    """
    if any(name not in wanted for name in found):
        return None
    steps: list[str] = []
    for name, columns in wanted.items():
        before = found.get(name)
        if before is None:
            steps.append(create(name))
        elif list(before.items()) != list(columns.items()):
            if not _only_added(name, before, columns):
                return None
            steps += [
                f'ALTER TABLE "{name}" RENAME TO "{name} before"',
                create(name),
                f'INSERT INTO "{name}" BY NAME SELECT * FROM "{name} before"',
                f'DROP TABLE "{name} before"',
            ]
    return steps


def _only_added(table: str, before: Columns, now: Columns) -> bool:
    """Whether every old column is still there with its type, and each new one may be empty."""
    kept = all(now.get(name) == type_ for name, type_ in before.items())
    schema = TABLES[table].schema
    return kept and all(schema.field(name).nullable for name in now if name not in before)
