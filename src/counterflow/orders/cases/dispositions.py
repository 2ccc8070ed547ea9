"""How alarms and flags turned out: what share was explained, by kind of flag and by setting of the monitor.

A matter counts once per kind, by the latest finding a person gave it (a disposal or an outcome). Without a finding it
counts as open and in no share. The interval is exact (Clopper & Pearson, Biometrika 26 (1934) 404-413): few matters
give a wide one, and then that is the answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from counterflow.core.estimate import Estimate
from counterflow.core.proportions import clopper_pearson

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["dispositions", "explained_share", "licit_share"]

#: an interval wider than this tells nobody how a kind of flag does
_USEFUL_WIDTH = 0.3
_METHOD = "exact binomial interval (Clopper & Pearson 1934)"

#: the latest finding of each alarm, order or customer, with the customer and product it is about
_FOUND = """
SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY subject, subject_id
  ORDER BY decided_at DESC, ledger_seq DESC) AS place FROM order_decision WHERE finding IS NOT NULL) AS ordered
WHERE place = 1
"""
_BY_SETTING = f"""
SELECT 'alarms of setting' AS what, a.setting AS kind, f.finding, count(*) AS matters
FROM order_alarm AS a LEFT JOIN ({_FOUND}) AS f ON f.subject = 'alarm' AND f.subject_id = a.alarm
GROUP BY a.setting, f.finding
"""
_BY_FLAG = f"""
SELECT 'flags of kind' AS what, kind, finding, count(*) AS matters FROM (
  SELECT g.kind, g.customer_id, coalesce(g.product, '') AS product, min(f.finding) AS finding
  FROM (SELECT DISTINCT kind, customer_id, product FROM order_flag) AS g
  LEFT JOIN (SELECT customer_id, product, arg_max(finding, decided_at) AS finding FROM ({_FOUND}) AS found
             GROUP BY customer_id, product) AS f
    ON f.customer_id = g.customer_id AND (g.product IS NULL OR f.product = g.product)
  GROUP BY g.kind, g.customer_id, coalesce(g.product, '')
) AS matters GROUP BY kind, finding
"""


def dispositions(store: Store, today: dt.date) -> list[dict[str, Any]]:
    """Return one row per kind of flag and per setting: matters, each finding, and the share explained.

    `explained_share` is an estimate with its interval, told to be not informative where it is wide.
    """
    counted: dict[tuple[str, str], dict[str, int]] = {}
    for row in store.rows(f"{_BY_SETTING} UNION ALL {_BY_FLAG} ORDER BY 1, 2, 3"):
        counts = counted.setdefault((str(row["what"]), str(row["kind"])), {})
        counts[str(row["finding"] or "open")] = int(str(row["matters"]))
    return [
        {"what": what, "kind": kind}
        | {name: counts.get(name, 0) for name in ("open", "explained", "error", "unexplained", "diverted")}
        | {"explained_share": explained_share(counts, today)}
        for (what, kind), counts in counted.items()
    ]


def explained_share(counts: Mapping[str, int], today: dt.date, *, level: float = 0.95) -> dict[str, object] | None:
    """Return the share of findings that cleared the customer (explained, error); None where nothing was found yet."""
    cleared = counts.get("explained", 0) + counts.get("error", 0)
    found = cleared + counts.get("unexplained", 0) + counts.get("diverted", 0)
    if not found:
        return None
    low, high = clopper_pearson(cleared, found, level)
    wide = high - low > _USEFUL_WIDTH
    return Estimate(
        value=cleared / found, low=low, high=high, level=level, method=_METHOD, unit="share of matters with a finding",
        source=f"{found} findings of named persons", as_of=today, informative=not wide,
        why_not=f"{found} findings are too few" if wide else "",
    ).as_dict()  # fmt: skip


def licit_share(rows: Sequence[Mapping[str, Any]]) -> float:
    """Return how likely a stopped customer turns out to be cleared, from the findings so far; one half without any.

    The mean of a Beta(1/2, 1/2) prior and the findings on alarms (Jeffreys, 1946).

    >>> licit_share([])
    0.5
    """
    alarms = [row for row in rows if row["what"] == "alarms of setting"]
    cleared = sum(row["explained"] + row["error"] for row in alarms)
    found = cleared + sum(row["unexplained"] + row["diverted"] for row in alarms)
    return float((cleared + 0.5) / (found + 1))
