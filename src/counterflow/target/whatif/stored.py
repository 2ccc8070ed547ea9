"""What stored weeks say of a lane: how much arrives, what the random arm found, how plans' scores concentrate it.

Arrivals are those of the last eight weeks at hand: crossings by the hour of their day where the lane has them, else
declarations by day, spread evenly. Prevalence is counted in the random arm only, of records that were inspected and
settled. The lift curve is the one that the latest plan's expected harm implies were it true; the scenario says so.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from counterflow.store.repository import Store
from counterflow.target.whatif.lanes import Stored

__all__ = ["stored_weeks"]

_WEEKS = 8
_FEWEST_SCORED = 200
_POINTS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)


def stored_weeks(store: Store) -> Callable[[str, str], Stored | None]:
    """Return a function from lane and office (``*`` for all) to what is stored of them; None where nothing is."""

    def of(lane: str, office: str) -> Stored | None:
        arrivals, days = _crossings(store, lane, office)
        if arrivals is None:
            arrivals, days = _declared(store, lane, office)
        random, lift = _random_arm(store, lane, office), _lift(store, lane, office)
        if arrivals is None and not random and lift is None:
            return None
        return Stored(arrivals, random, lift, f"stored weeks: {days} days")

    return of


def _crossings(store: Store, lane: str, office: str) -> tuple[tuple[float, ...] | None, int]:
    rows = store.rows(
        "WITH c AS (SELECT hour FROM crossing WHERE lane = ? AND (? = '*' OR port = ?)),"
        " recent AS (SELECT hour FROM c WHERE hour > (SELECT max(hour) FROM c) - INTERVAL 56 DAY)"
        " SELECT CAST(date_part('hour', hour) AS INTEGER) AS h, count(*) AS n,"
        " (SELECT count(DISTINCT CAST(hour AS DATE)) FROM recent) AS days FROM recent GROUP BY 1 ORDER BY 1",
        [lane, office, office],
    )
    if not rows:
        return None, 0
    days = int(str(rows[0]["days"]))
    by_hour = np.zeros(24)
    for row in rows:
        by_hour[int(str(row["h"]))] = int(str(row["n"])) / days
    return tuple(float(x) for x in by_hour), days


def _declared(store: Store, lane: str, office: str) -> tuple[tuple[float, ...] | None, int]:
    found = store.rows(
        "WITH c AS (SELECT declared_on AS day FROM consignment WHERE lane = ? AND (? = '*' OR office = ?))"
        " SELECT count(*) AS n, count(DISTINCT day) AS days, date_diff('day', min(day), max(day)) + 1 AS span"
        f" FROM c WHERE day > (SELECT max(day) FROM c) - INTERVAL {7 * _WEEKS} DAY",
        [lane, office, office],
    )[0]
    if not found["n"]:
        return None, 0
    span = int(str(found["span"]))
    return (int(str(found["n"])) / span / 24.0,) * 24, span


def _random_arm(store: Store, lane: str, office: str) -> dict[str, tuple[int, int]]:
    """Return found and inspected by harm class among settled outcomes of records drawn at random."""
    rows = store.rows(
        "WITH drawn AS (SELECT DISTINCT plan, source, record_id FROM draw"
        " WHERE arm = 'random' AND lane = ? AND (? = '*' OR office = ?)),"
        " latest AS (SELECT o.*, row_number() OVER (PARTITION BY o.source, o.record_id"
        " ORDER BY o.time DESC, o.recorded_at DESC) AS place FROM outcome o"
        " JOIN drawn d ON d.plan = o.plan AND d.source = o.source AND d.record_id = o.record_id)"
        " SELECT CASE WHEN confirmation = 'confirmed' THEN coalesce(harm_class, '') ELSE '' END AS harm_class,"
        " count(*) AS n"
        " FROM latest WHERE place = 1 AND state = 'inspected' AND confirmation IN ('confirmed', 'refuted', 'none')"
        " GROUP BY 1 ORDER BY 1",
        [lane, office, office],
    )
    inspected = sum(int(str(row["n"])) for row in rows)
    return {str(row["harm_class"]): (int(str(row["n"])), inspected) for row in rows if row["harm_class"]}


def _lift(store: Store, lane: str, office: str) -> tuple[tuple[float, float], ...] | None:
    table = store.query(
        "SELECT expected_harm AS harm FROM draw"
        " WHERE plan = (SELECT plan FROM plan ORDER BY made_at DESC, plan LIMIT 1)"
        " AND lane = ? AND (? = '*' OR office = ?) ORDER BY expected_harm DESC",
        [lane, office, office],
    )
    harm = np.asarray(table.column("harm").to_numpy(), float)
    if harm.size < _FEWEST_SCORED or harm.sum() <= 0:
        return None
    covered = np.cumsum(harm) / harm.sum()
    points: list[tuple[float, float]] = []
    for share in _POINTS:
        found = float(covered[max(int(np.ceil(share * harm.size)) - 1, 0)])
        points.append((share, min(max(found, share), 1.0)))
    return tuple(points)
