"""What the queue can be filtered by: each value with how many records have it, from one reading of the rows."""

from __future__ import annotations

from collections import Counter
from typing import Any

from counterflow.flow.queue_ask import SERIOUS
from counterflow.store.repository import Store

__all__ = ["choices_in"]

_PLAIN = ("office", "lane", "kind", "source", "departure", "state", "arm", "confirmation", "hand")
_LISTS = {"codes": "code", "classes": "harm_class"}


def choices_in(store: Store) -> dict[str, Any]:
    """Return the choices; see `counterflow.flow.queue.choices`."""
    columns = ", ".join((*_PLAIN, *_LISTS))
    groups = store.rows(f"SELECT {columns}, synthetic, count(*) AS n FROM record GROUP BY ALL")
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*_PLAIN, *_LISTS.values())}
    to_look_at = synthetic = 0
    for group in groups:
        n = int(str(group["n"]))
        for name in _PLAIN:
            if group[name]:
                counts[name][str(group[name])] += n
        for column, name in _LISTS.items():
            for value in filter(None, str(group[column] or "").split("|")):
                counts[name][value] += n
        serious = any(f"|{name}|" in str(group["classes"]) for name in SERIOUS)
        to_look_at += n if serious and group["state"] == "open" else 0
        synthetic += n if group["synthetic"] else 0
    days = store.rows("SELECT min(declared_on) AS first, max(declared_on) AS last, count(*) AS records FROM record")
    return {
        **{name: dict(counter.most_common()) for name, counter in counts.items()},
        **days[0],
        "to_look_at": to_look_at,
        "synthetic": synthetic,
    }
