"""What a point of a customer's file is, and how one is written down.

A point is one thing to look at, in the words a person would use: what it is, how it stands, what that rests on, and
what to do about it. There is no sum and no score. `weight` says what a point is worth to whoever must decide:

* `stops a sale`: the law asks for it before goods leave and it is not there, or a name stands on an official list and
  nobody has said yet that this is another one. A person decides.
* `ask`: the customer, or an authority, has to be asked.
* `note`: a fact to know; alone it means nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

__all__ = ["ASK", "NOTE", "POINT", "STANDINGS", "STOPS", "WEIGHTS", "Point", "field_point"]

STOPS, ASK, NOTE = "stops a sale", "ask", "note"
#: Weights, gravest first; empty where there is nothing to do.
WEIGHTS = (STOPS, ASK, NOTE, "")
STANDINGS = ("ok", "missing", "expired", "expiring", "contradictory", "listed", "told")

#: One row for each point of each customer.
POINT = pa.schema(
    [
        ("customer_id", pa.string()),
        ("group", pa.string()),
        ("point", pa.string()),
        ("standing", pa.string()),
        ("weight", pa.string()),
        ("words", pa.string()),
        ("evidence", pa.string()),
        ("to_do", pa.string()),
        ("citation", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Point:
    """A point, and the statement that finds it in the tables of `review`.

    Args:
        group: licence | identity | owner | end use | products | money | delivery | lists.
        name: what it is called.
        sql: a SELECT that gives customer_id, standing, weight, words and evidence; where it gives no row for a
            customer, the point does not concern that customer. May give `cited` beside them.
        to_do: what to do where it does not stand well.
        citation: guidance or law that names it; empty where it is ours.
        cites: whether the statement gives its own citation, as `cited`.
    """

    group: str
    name: str
    sql: str
    to_do: str
    citation: str = ""
    cites: bool = False


def field_point(group: str, name: str, columns: tuple[str, ...], ask_if: str, to_do: str, citation: str = "") -> Point:
    """Return the point that at least one of these columns of the customer's row is filled in.

    Args:
        group: group of the point.
        name: what it is called.
        columns: columns of the customer table.
        ask_if: condition under which a customer is asked for it; for others its absence is only noted.
        to_do: what to do where it is missing.
        citation: guidance or law that names it.
    """
    texts = [f"nullif(trim(CAST({column} AS VARCHAR)), '')" for column in columns]
    there = f"coalesce({', '.join(texts)}) IS NOT NULL"
    shown = "concat_ws('; ', " + ", ".join(f"'{c}: ' || {t}" for c, t in zip(columns, texts, strict=True)) + ")"
    sql = f"""
        SELECT customer_id, CASE WHEN {there} THEN 'ok' ELSE 'missing' END AS standing,
            CASE WHEN {there} THEN '' WHEN coalesce({ask_if}, true) THEN '{ASK}' ELSE '{NOTE}' END AS weight,
            CASE WHEN {there} THEN '{name}: on file' ELSE '{name}: not on file' END AS words,
            {shown} AS evidence
        FROM customer"""
    return Point(group, name, sql, to_do, citation)
