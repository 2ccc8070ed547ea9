"""Points on official lists: what the look-up of customer, owners and forwarder met, and what people said about it.

The table of hits is made by `flow.customer_parties`. A hit says that two names are alike. One that is merely alike is
shown, to be looked at; one with the same words, the same number or a birth that agrees stops a sale until a person has
said whether it is the listed one. A pair that a person has cleared is told with the clearing.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.orders.customers.points import ASK, NOTE, STOPS, Point

__all__ = ["HIT", "POINTS"]

#: One row for each listed entry that a customer, an owner or a forwarder was laid beside and that alerts, or would.
HIT = pa.schema(
    [
        ("customer_id", pa.string()),
        ("role", pa.string()),
        ("name", pa.string()),
        ("list", pa.string()),
        ("entry", pa.string()),
        ("listed_name", pa.string()),
        ("score", pa.float64()),
        ("corroboration", pa.float64()),
        ("alert", pa.int8()),
        ("strong", pa.int8()),
        ("cleared", pa.string()),
        ("explanation", pa.string()),
    ]
)

_LISTED = f"""
    SELECT customer_id, CASE WHEN alert = 1 THEN 'listed' ELSE 'ok' END AS standing,
        CASE WHEN alert = 0 THEN '' WHEN strong = 1 THEN '{STOPS}' ELSE '{ASK}' END AS weight,
        role || ' "' || name || '"' ||
            CASE WHEN cleared <> '' THEN ' was laid beside ' || entry || ' and cleared: ' || cleared
            WHEN strong = 1 THEN ' has the words, the number or the birth of ' || entry || ' on ' || list || ' ("'
                || listed_name || '"); whether it is that one, a person must say'
            ELSE ' is like ' || entry || ' on ' || list || ' ("' || listed_name || '"); like is not the same'
            END AS words,
        'score: ' || score || '; corroboration: ' || corroboration || '; ' || explanation AS evidence
    FROM hit
    UNION ALL
    SELECT customer_id, 'ok', '', 'customer, owners and forwarder were looked up on ' || lists
        || ': nothing that alerts', ''
    FROM customer, looked
    WHERE lists IS NOT NULL AND customer_id NOT IN (SELECT customer_id FROM hit WHERE customer_id IS NOT NULL)
    UNION ALL
    SELECT customer_id, 'missing', '{NOTE}', 'not looked up on any list: none was loaded', ''
    FROM customer, looked WHERE lists IS NULL"""

POINTS = (
    Point(
        "lists", "official lists", _LISTED,
        "Compare birth, address and numbers with the entry; write down what tells them apart with `parties clear`.",
    ),
)  # fmt: skip
