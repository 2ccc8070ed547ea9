"""What the queue can be filtered by: each value with how many records have it, from one reading of the rows."""

from __future__ import annotations

from collections import Counter
from typing import Any

from counterflow.flow.queue_ask import SERIOUS
from counterflow.store.repository import Store

__all__ = ["choices_in"]

_PLAIN = ("office", "lane", "kind", "source", "departure", "state", "arm", "confirmation", "hand")
_LISTS = {"codes": "code", "classes": "harm_class"}
_SUMS = """
    SELECT min(declared_on) AS first, max(declared_on) AS last, count(*) AS records,
           count(*) FILTER (WHERE synthetic) AS synthetic,
           count(*) FILTER (WHERE state = 'open' AND ({serious})) AS to_look_at,
           count(*) FILTER (WHERE state = 'open' AND contains(classes, '|alike|')) AS alike
    FROM record
"""


def choices_in(store: Store) -> dict[str, Any]:
    """Return the choices; see `counterflow.flow.queue.choices`."""
    serious = " OR ".join(f"contains(classes, '|{name}|')" for name in SERIOUS)
    plain = {name: _counts(store, name) for name in _PLAIN}
    lists = {name: _apart(_counts(store, column)) for column, name in _LISTS.items()}
    return {**plain, **lists, **store.rows(_SUMS.format(serious=serious))[0]}


def _counts(store: Store, column: str) -> dict[str, int]:
    rows = store.rows(
        f"SELECT {column} AS value, count(*) AS n FROM record WHERE {column} <> '' GROUP BY ALL ORDER BY n DESC, value"
    )
    return {str(row["value"]): int(str(row["n"])) for row in rows}


def _apart(lists: dict[str, int]) -> dict[str, int]:
    """Return how many rows have each single value of columns that hold several."""
    counts: Counter[str] = Counter()
    for values, n in lists.items():
        for value in filter(None, values.split("|")):
            counts[value] += n
    return dict(counts.most_common())
