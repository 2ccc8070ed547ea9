"""Customers, their owners and their forwarders, looked up on the lists of a workspace.

What is met comes out as a table that the room of orders can use (`orders.customers.listed.HIT`). It holds what alerts
and what a person has cleared, no more: names that are only somewhat alike are not the customer's affair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.tables import conform
from counterflow.core.tables.orders import CUSTOMER, CUSTOMER_OWNER
from counterflow.orders.customers.listed import HIT
from counterflow.screen.parties import PartyLookup
from counterflow.screen.parties.asked import EXACT, PAPER, REORDERED, WEAK, Parties

if TYPE_CHECKING:
    from counterflow.screen.parties.asked import Met
    from counterflow.store.workspace import Workspace

__all__ = ["lists_of", "screen_customers"]

_MOST = 5
_PORTION = 20_000


def screen_customers(customers: pa.Table, owners: pa.Table, workspace: Workspace) -> pa.Table:
    """Return what customers (legal and trade name), their owners and forwarders meet on the loaded lists.

    Args:
        customers: one row for each customer, schema `CUSTOMER`.
        owners: their owners, schema `CUSTOMER_OWNER`.
        workspace: whose lists, thresholds and clearings are used.

    Returns:
        Table of schema `HIT`: a row for each listed entry that alerts, and for each that would but was cleared.
        `strong` is 1 where the words are the same and nothing speaks against it, or where a number or birth agrees.
        Without a list there are no rows; `lists_of` tells.
    """
    if not lists_of(workspace):
        return HIT.empty_table()
    look = PartyLookup.open(workspace)
    asked = _asked(customers, owners)
    parts = [_hits(look, asked.slice(start, _PORTION)) for start in range(0, asked.num_rows, _PORTION)]
    found = pa.concat_tables([HIT.empty_table(), *parts])
    return found.sort_by([("customer_id", "ascending"), ("strong", "descending"), ("score", "descending")])


def lists_of(workspace: Workspace) -> str:
    """Return the lists that are looked at, in words; empty where none is loaded."""
    from counterflow.screen.parties.versions import lists_in_words
    from counterflow.screen.resources import latest_lists

    latest = latest_lists(workspace.store)
    return lists_in_words(latest) if latest else ""


def _asked(customers: pa.Table, owners: pa.Table) -> pa.Table:
    """Return every name once for each customer and role, with what corroborates it."""
    rows = conform(customers, CUSTOMER).combine_chunks()
    held = conform(owners, CUSTOMER_OWNER).combine_chunks()
    # Not with null_handling="skip": rows that are all null would be lost.
    both = [pc.fill_null(rows.column(name), "") for name in ("registration", "tax_id")]
    numbers = pc.utf8_trim(pc.binary_join_element_wise(*both, "; "), "; ")
    parts = [
        _part(
            rows, "name", "customer", country=rows.column("country"), address=rows.column("address"), identifier=numbers
        )
    ]
    parts.append(_part(rows, "trade_name", "customer", country=rows.column("country"), address=rows.column("address")))
    parts.append(_part(rows, "forwarder", "forwarder"))
    parts.append(
        _part(
            held,
            "name",
            "owner",
            schema=held.column("schema"),
            country=held.column("country"),
            born=held.column("born"),
        )
    )
    asked = pa.concat_tables(parts)
    named = pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(asked.column("name")), ""), fill_value=False)
    return asked.filter(named)


def _part(rows: pa.Table, column: str, role: str, **facts: pa.ChunkedArray) -> pa.Table:
    empty = pa.nulls(rows.num_rows, pa.string())
    columns = {
        "customer_id": rows.column("record_id"),
        "role": pa.array([role] * rows.num_rows, pa.string()),
        "name": rows.column(column),
    }
    more = ("schema", "country", "address", "identifier", "born")
    kept = pa.table(columns | {name: facts.get(name, empty) for name in more})
    kinds = kept.column("schema")
    known = pc.if_else(pc.is_in(kinds, pa.array(["Person", "Organization"])), kinds, pa.scalar(None, pa.string()))
    # A customer is a firm, a practice or a site; only of a forwarder nobody knows.
    schema = pc.fill_null(known, "Organization") if role == "customer" else known
    return kept.set_column(kept.column_names.index("schema"), "schema", schema)


def _hits(look: PartyLookup, asked: pa.Table) -> pa.Table:
    places = pa.array([str(place) for place in range(asked.num_rows)])
    parties = Parties.of(asked.drop_columns(["customer_id", "role"]).append_column("query_id", places))
    met = look.search(parties, top=_MOST, least=0.0)
    answer = look.answer(parties, met)
    cleared = look.clearings_of(parties, met)
    words = [cleared[place].in_words() if place in cleared else "" for place in range(len(met))]
    alert = answer.column("alert")
    strong = pa.array(_strong(look, parties, met).astype(np.int8)).cast(pa.int8())
    of = answer.column("query_id").cast(pa.int64())
    table = pa.table(
        {
            "customer_id": asked.column("customer_id").take(of), "role": asked.column("role").take(of),
            "name": asked.column("name").take(of), "list": answer.column("list"), "entry": answer.column("entity_id"),
            "listed_name": answer.column("alias"), "score": answer.column("score"),
            "corroboration": answer.column("corroboration"), "alert": alert,
            "strong": pc.if_else(pc.equal(alert, 1), strong, pa.scalar(0, pa.int8())),
            "cleared": pa.array(words, pa.string()), "explanation": answer.column("explanation"),
        }
    )  # fmt: skip
    told = pc.or_(pc.equal(table.column("alert"), 1), pc.not_equal(table.column("cleared"), ""))
    return table.filter(told).select(HIT.names).cast(HIT)


def _strong(look: PartyLookup, parties: Parties, met: Met) -> npt.NDArray[np.bool_]:
    """Say where the words are the same and nothing speaks against it, or where a paper or a birth agrees."""
    backed = look.corroborations(parties, met)
    value = np.array([one.value for one in backed])
    agrees = np.array([one.by_paper or one.by_birth for one in backed], dtype=np.bool_)
    same_words = (met.how == EXACT) | (met.how == REORDERED)
    beyond_likeness = same_words | (met.how == PAPER) | (met.how == WEAK)
    strong: npt.NDArray[np.bool_] = (same_words & (value >= 0)) | (agrees & beyond_likeness)
    return strong
