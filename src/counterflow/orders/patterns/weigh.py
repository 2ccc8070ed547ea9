"""Weighing: what a customer's flags and alarms say together, in words, by a rule that anybody can read.

The rule (version 1):

1. Flags that stand are sorted by group (identity, end use, product mix, quantity, price, payment, logistics,
   behaviour). A group counts once, with its strongest grade: ten flags of one group are one piece of evidence. An open
   alarm of the monitoring belongs to the group *quantity* and counts as moderate.
2. No group: **nothing**. One group, however strong, or two groups with nothing but weak flags: **look**.
3. Two groups of which one is at least moderate, or three groups: **ask** the customer.
4. Three groups of which two are at least moderate, or two groups that are both strong: **stop and ask**: a person holds
   the next order until the answer is there.

So one flag alone never gives more than *look* (Suspicious Orders Task Force: no individual indicator is by itself
reportable; the totality of the circumstances counts). Nothing here accuses anybody; each line says what would clear it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyarrow as pa

__all__ = ["CONCERN", "RULE", "weigh"]

RULE = "1"
_RANK = {"weak": 1, "moderate": 2, "strong": 3}
#: what `weigh` returns
CONCERN = pa.schema(
    [
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("concern", pa.string(), nullable=False, metadata={"doc": "look | ask | stop and ask"}),
        pa.field("groups", pa.string(), metadata={"doc": "groups that speak, strongest grade each"}),
        pa.field("flags", pa.int64()),
        pa.field("alarms", pa.int64()),
        pa.field("why", pa.string(), metadata={"doc": "the rule met, and the strongest flag of each group"}),
        pa.field("clears", pa.string(), metadata={"doc": "what would clear it, group by group"}),
        pa.field("rule", pa.string()),
    ]
)
_ORDER = {"stop and ask": 0, "ask": 1, "look": 2}


def weigh(flags: pa.Table, alarms: pa.Table | None = None) -> pa.Table:
    """Return one row for each customer with a flag or an open alarm, the gravest first; nobody else has one.

    Args:
        flags: rows of ORDER_FLAG.
        alarms: rows of ORDER_ALARM that are open.
    """
    held: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in flags.to_pylist():
        held[row["customer_id"]].append(row)
    for row in alarms.to_pylist() if alarms is not None else ():
        held[row["customer_id"]].append(_as_flag(row))
    rows = [_weighed(customer, found) for customer, found in held.items()]
    rows.sort(key=lambda row: (_ORDER[row["concern"]], -row["flags"] - row["alarms"], row["customer_id"]))
    return pa.Table.from_pylist(rows, schema=CONCERN)


def _as_flag(alarm: dict[str, Any]) -> dict[str, Any]:
    words = f"Open alarm since {alarm['month']}: {alarm['reasons'] or alarm['meaning']}."
    clears = "A decision of a named person that disposes of the alarm."
    return {"kind": "alarm", "group": "quantity", "grade": "moderate", "words": words, "clears": clears}


def concern_of(grades: list[str]) -> str:
    """Return the concern from the strongest grade of each group.

    >>> concern_of(["strong"]), concern_of(["weak", "moderate"]), concern_of(["strong", "strong"])
    ('look', 'ask', 'stop and ask')
    """
    firm = sum(grade != "weak" for grade in grades)
    strong = grades.count("strong")
    if (len(grades) >= 3 and firm >= 2) or strong >= 2:
        return "stop and ask"
    if len(grades) >= 3 or (len(grades) == 2 and firm):
        return "ask"
    return "look"


def _weighed(customer: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    best: dict[str, dict[str, Any]] = {}
    for flag in sorted(found, key=lambda flag: -_RANK[flag["grade"]]):
        best.setdefault(flag["group"], flag)
    concern = concern_of([flag["grade"] for flag in best.values()])
    alarms = sum(flag["kind"] == "alarm" for flag in found)
    groups = "; ".join(f"{group} ({flag['grade']})" for group, flag in best.items())
    count = "1 group speaks" if len(best) == 1 else f"{len(best)} independent groups speak"
    return {
        "customer_id": customer,
        "concern": concern,
        "groups": groups,
        "flags": len(found) - alarms,
        "alarms": alarms,
        "why": f"{count}: " + " ".join(flag["words"] for flag in best.values()),
        "clears": " ".join(dict.fromkeys(flag["clears"] for flag in best.values())),
        "rule": RULE,
    }
