"""What is held: per source, measure and subject the span, vintages, gaps, changes of panel and completeness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["held"]

_LATEST = """SELECT *, row_number() OVER (PARTITION BY source, place, level, measure, subject, definition, grain,
    starts, ends ORDER BY as_of DESC, first_seen DESC) AS place_ FROM series_count"""
_DAYS = {"day": 1.0, "week": 7.0, "month": 30.436875, "quarter": 91.310625, "year": 365.2425, "12-months": 30.436875}


def held(store: Store, *, source: str | None = None) -> list[dict[str, Any]]:
    """Return one row per source, measure, subject, level, definition and grain.

    `gaps` counts periods missing between the first and the last of a place, `withheld` and `not_looked_for` cells,
    `complete` is the source's own share of the newest period where it gives one, `panel` the changes on record.
    """
    condition = "" if source is None else "WHERE source = ?"
    values = [] if source is None else [source]
    kind = "source, measure, subject, level, definition, grain"
    rows = store.rows(
        f"""SELECT {kind}, count(DISTINCT place) AS places, min(starts) AS first, max(ends) AS last, count(*) AS cells,
        count(*) FILTER (WHERE suppressed) AS withheld, count(*) FILTER (WHERE NOT looked_for) AS not_looked_for,
        min(as_of) AS oldest, max(as_of) AS newest, max(starts) AS latest
        FROM ({_LATEST}) held WHERE place_ = 1 {condition.replace("WHERE", "AND")} GROUP BY {kind} ORDER BY {kind}""",
        values,
    )
    each = f"SELECT {kind}, count(DISTINCT as_of) AS n FROM series_count {condition} GROUP BY {kind}"
    vintages = _by_kind(store.rows(each, values), kind)
    spans = store.rows(
        f"""SELECT {kind}, place, count(DISTINCT starts) AS n, min(starts) AS first, max(starts) AS last
        FROM series_count {condition} GROUP BY {kind}, place""",
        values,
    )
    gaps: dict[tuple[Any, ...], int] = {}
    for row in spans:
        key = tuple(row[name] for name in kind.split(", "))
        whole = round((row["last"] - row["first"]).days / _DAYS[str(row["grain"])]) + 1  # type: ignore[operator]
        gaps[key] = gaps.get(key, 0) + max(0, whole - int(str(row["n"])))
    shares = _by_kind(store.rows(
        f"""SELECT {kind}, avg(complete) AS n FROM ({_LATEST}) held WHERE place_ = 1 AND complete IS NOT NULL
        AND starts = (SELECT max(s.starts) FROM series_count s WHERE s.source = held.source AND s.measure = held.measure
        AND s.grain = held.grain) GROUP BY {kind}"""), kind)  # fmt: skip
    panel = _panel(store)
    for row in rows:
        key = tuple(row[name] for name in kind.split(", "))
        row.pop("latest")
        row |= {"vintages": vintages[key], "gaps": gaps[key], "complete": shares.get(key),
                "panel": sum(_speaks(change, row) for change in panel)}  # fmt: skip
    return rows


def _by_kind(rows: list[dict[str, Any]], kind: str) -> dict[tuple[Any, ...], Any]:
    return {tuple(row[name] for name in kind.split(", ")): row["n"] for row in rows}


def _panel(store: Store) -> list[dict[str, Any]]:
    return store.rows("SELECT DISTINCT source, measure, subject, place, from_day, change FROM panel")


def _speaks(change: dict[str, Any], row: dict[str, Any]) -> bool:
    return change["source"] == row["source"] and all(
        change[name] in ("*", row[name]) for name in ("measure", "subject")
    )
