"""Scan coverage: of the vehicles that crossed, how many were scanned; by port, lane, direction, class and month.

It counts what was done, not what it achieved: a scan is an input. Nothing here is estimated. Where no crossing of a
cell says whether it was scanned there is no share; where some do not say, the share is the lowest that it can be, and
the highest stands beside it. `docs/methods/scan-coverage.md` has the definitions.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib import resources
from typing import Any

import pyarrow as pa

from counterflow.core.errors import UnknownName
from counterflow.core.tables import SCAN_COVERAGE, conform
from counterflow.intake.coverage import NOT_SAID
from counterflow.store.repository import Store

__all__ = ["BY", "scan_target", "scans"]

#: what scan coverage can be cut by
BY = ("port", "lane", "direction", "vehicle_class", "period")


def scans(store: Store, by: Sequence[str] = BY, *, since: str = "", until: str = "") -> pa.Table:
    """Return one row per cell (schema `SCAN_COVERAGE`), in order of the cells; none where nothing has crossed.

    Args:
        store: where the crossings are.
        by: what to cut by, of `BY`; what is left out is "*" in every row. () gives one row over all.
        since: first month, YYYY-MM; "" for all.
        until: last month.

    Raises:
        UnknownName: `by` names no dimension.
    """
    for name in by:
        if name not in BY:
            raise UnknownName("dimension of scan coverage", name, BY)
    keys = ", ".join(f"coalesce({name}, '{NOT_SAID}') AS {name}" if name in by else f"'*' AS {name}" for name in BY)
    target = scan_target()
    found = store.query(
        f"""WITH crossed AS (SELECT port, lane, direction, vehicle_class, strftime(hour, '%Y-%m') AS period, scan_state,
                result, direction = ? AND CAST(hour AS DATE) >= ? AS entering FROM crossing),
            cells AS (SELECT {keys}, count(*) AS crossings, count(scan_state) AS recorded,
                count(*) FILTER (scan_state = 'scanned') AS scanned,
                count(*) FILTER (scan_state = 'unreadable') AS unreadable,
                count(*) FILTER (result = 'anomaly') AS anomalies, count(*) FILTER (result = 'found') AS found,
                count(*) FILTER (entering) AS entering,
                count(scan_state) FILTER (entering) AS entering_recorded,
                count(*) FILTER (entering AND scan_state = 'scanned') AS entering_scanned
                FROM crossed WHERE (? = '' OR period >= ?) AND (? = '' OR period <= ?) GROUP BY ALL)
        SELECT port, lane, direction, vehicle_class, period, crossings, scanned, unreadable,
            crossings - recorded AS unrecorded,
            CASE WHEN recorded > 0 THEN scanned / crossings END AS scanned_share,
            CASE WHEN recorded > 0 THEN (scanned + crossings - recorded) / crossings END AS at_most_share,
            anomalies, found, entering,
            CASE WHEN entering_recorded > 0 THEN entering_scanned / entering END AS entering_share,
            CASE WHEN entering > 0 THEN CAST(? AS DOUBLE) END AS target_share
        FROM cells WHERE crossings > 0 ORDER BY port, lane, direction, vehicle_class, period""",
        [target["direction"], target["starts"], since, since, until, until, target["share"]],
    )
    return conform(found, SCAN_COVERAGE)


def scan_target() -> dict[str, Any]:
    """Return the target that scan coverage is held against, with its citation and how it was read."""
    text = (resources.files("counterflow.intake") / "scan_target.toml").read_text("utf-8")
    return tomllib.loads(text)
