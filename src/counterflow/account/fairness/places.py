"""At whose burden: inspections that found nothing, per 1,000 records, by office, lane and departure.

Counts of what happened, not estimates: every inspection is known. Beside them stand refuted suspicions and
records that were not presented, so that a place that pays with delay, or does not answer, can be seen.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from counterflow.account.interdiction.frame import KNOWN_FRAMES
from counterflow.store.repository import Store

__all__ = ["burden_rows"]

_PER_RECORD = """
, once AS (
  SELECT source, record_id, max(office) AS office, max(lane) AS lane,
         max(CASE WHEN arm <> '' THEN 1 ELSE 0 END) AS drawn,
         max(CASE WHEN state = 'inspected' OR confirmation IN ('confirmed', 'refuted') THEN 1 ELSE 0 END) AS inspected,
         max(CASE WHEN confirmation = 'confirmed' THEN 1 ELSE 0 END) AS found,
         max(CASE WHEN confirmation = 'refuted' THEN 1 ELSE 0 END) AS refuted,
         max(CASE WHEN confirmation IN ('suspected', 'presumptive') THEN 1 ELSE 0 END) AS awaiting,
         max(CASE WHEN state = 'not_presented' THEN 1 ELSE 0 END) AS not_presented
  FROM seen GROUP BY source, record_id
), placed AS (
  SELECT o.*, coalesce(c.departure, '') AS departure
  FROM once AS o LEFT JOIN consignment AS c ON o.source = c.source AND o.record_id = c.record_id
)
"""

_CUTS = {"*": "'*'", "office": "coalesce(office, '')", "lane": "lane", "departure": "departure"}

_COUNTS = """
SELECT '{by}' AS "by", {column} AS name, count(*) AS records, sum(drawn) AS drawn, sum(inspected) AS inspected,
       sum(found) AS found, sum(inspected * (1 - found) * (1 - awaiting)) AS fruitless, sum(awaiting) AS awaiting,
       sum(refuted) AS refuted, sum(not_presented * (1 - inspected)) AS not_presented
FROM placed GROUP BY {column}
"""


def burden_rows(store: Store, since: dt.date | None = None, until: dt.date | None = None) -> list[dict[str, Any]]:
    """Return one row for everything (`by` ``*``) and one per office, lane and country of departure.

    Keys: by, name, records, drawn, inspected, found, fruitless (inspected, nothing found, nothing awaited),
    fruitless_per_1000 (of records), awaiting, refuted, not_presented. Highest burden first within each `by`.
    """
    days = [since or dt.date.min, until or dt.date.max]
    union = " UNION ALL ".join(_COUNTS.format(by=by, column=column) for by, column in _CUTS.items())
    rows = store.rows(KNOWN_FRAMES + _PER_RECORD + union, days)
    made = [_with_rate(row) for row in rows]
    order = list(_CUTS)
    return sorted(made, key=lambda r: (order.index(r["by"]), -r["fruitless_per_1000"], r["name"]))


def _with_rate(row: dict[str, object]) -> dict[str, Any]:
    counts: dict[str, Any] = {k: v if k in {"by", "name"} else int(str(v)) for k, v in row.items()}
    per_1000 = 1000 * counts["fruitless"] / counts["records"]
    return counts | {"fruitless_per_1000": round(per_1000, 3)}
