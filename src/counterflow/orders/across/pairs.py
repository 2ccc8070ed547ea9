"""Two files of one house matched with the protocol itself, both parties in this process: who is in both.

This is how a house with two branches, or an authority that holds two firms' files, uses it, and how two firms try it
out before they exchange messages. The result is exact: the same identifier, written one way, on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from counterflow.orders.across.held import Rows
from counterflow.orders.across.keys import Key, identifiers
from counterflow.orders.across.protocol import answer, finish, offer, receive

__all__ = ["PAIR", "Party", "match_pairs", "rows_of"]

#: One row for each pair of rows that share an identifier; `columns` says by which keys.
PAIR = pa.schema(
    [
        ("a_row", pa.int64()),
        ("a_id", pa.string()),
        ("b_row", pa.int64()),
        ("b_id", pa.string()),
        ("columns", pa.string()),
    ]
)


@dataclass(frozen=True)
class Party:
    """One party's rows.

    Args:
        table: rows of text.
        ids: what each row is called.
    """

    table: pa.Table
    ids: Sequence[str]


def rows_of(table: pa.Table, names: Sequence[str], key: Key) -> dict[str, list[str]]:
    """Return each identifier under a key with the names of the rows that have it.

    Args:
        table: rows of text.
        names: what each row is called.
        key: the key.
    """
    found: dict[str, list[str]] = {}
    for identifier, name in zip(identifiers(table, key), names, strict=True):
        if identifier is not None:
            found.setdefault(identifier, []).append(name)
    return found


def match_pairs(a: Party, b: Party, keys_a: Sequence[Key], keys_b: Sequence[Key]) -> pa.Table:
    """Return who is in both, by running both parties of the protocol, each key a set of its own.

    Args:
        a: first party.
        b: second party.
        keys_a: keys, by the first party's columns.
        keys_b: the same keys, by the second party's columns.

    Returns:
        Table of schema `PAIR`, rows from 1 (header not counted), in order of the rows.
    """
    met: dict[tuple[int, int], list[str]] = {}
    for key_a, key_b in zip(keys_a, keys_b, strict=True):
        rows_a, rows_b = ({key_a.form: _numbered(party, key)} for party, key in ((a, key_a), (b, key_b)))
        for one, other in _protocol(rows_a, rows_b, key_a.form):
            met.setdefault((one, other), []).append(key_a.text)
    rows = [
        {"a_row": one + 1, "a_id": a.ids[one], "b_row": other + 1, "b_id": b.ids[other], "columns": "; ".join(columns)}
        for (one, other), columns in sorted(met.items())
    ]
    return pa.Table.from_pylist(rows, schema=PAIR)


def _numbered(party: Party, key: Key) -> dict[str, list[str]]:
    return rows_of(party.table, [str(row) for row in range(party.table.num_rows)], key)


def _protocol(rows_a: Rows, rows_b: Rows, form: str) -> list[tuple[int, int]]:
    """Return pairs of rows: each side learns the places that matched, and a place is the same for both."""
    offered = offer({form: list(rows_a[form])})
    answered = answer(offered.offer, {form: list(rows_b[form])})
    known_to_a, result = finish(offered, answered.answer)
    known_to_b = receive(answered, result)
    theirs = {place: name for name, place in known_to_b.place[form].items()}
    return [
        (int(one), int(other))
        for name, place in known_to_a.place[form].items()
        for one in rows_a[form][name]
        for other in rows_b[form][theirs[place]]
    ]
