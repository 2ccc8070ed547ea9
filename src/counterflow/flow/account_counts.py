"""Counts of harm and supply as actions need them: the series of an area, how complete it is, what is still to come.

Late reports are met in two ways. Where a nowcast stands, its expected final count is taken, with its outer quantiles.
Where none does, the share of reports that were in so many days after a period ended is learned from older periods of
the same series, and says how complete a young one is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from counterflow.account.actions.counts import Counts, Period
from counterflow.core.errors import InputError
from counterflow.watch.disclosure.rules import COARSE
from counterflow.watch.response.places import Places
from counterflow.watch.series.stored import rows as standing

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["counted", "places_around"]

_SERIES = ("source", "measure", "subject", "definition", "grain")
_CELL = ("source", "place", "level", "measure", "subject", "definition", "starts", "ends")
#: age from which a period counts as settled when the delays of others are learned
_SETTLED = 182
#: periods of history that are read
_OLDEST = dt.timedelta(days=4 * 366)


def places_around(store: Store, area: str) -> list[tuple[str, str]]:
    """Return an area and the places it lies in, from the finest on, each with its level ("" where nobody said)."""
    places = Places.of(store)
    found = store.rows("SELECT place, max(level) AS level FROM series_count GROUP BY place")
    told = {str(row["place"]): str(row["level"]) for row in found}
    return [(name, places.level(name) or told.get(name, "")) for name in places.within(area)]


def counted(
    workspace: Workspace, area: str, names: Mapping[str, Mapping[str, str]], as_of: dt.date
) -> tuple[dict[str, Counts], list[str]]:
    """Return the counts of each measure in an area, and what could not be had.

    Args:
        workspace: where.
        area: place of the action; below the county, the county's counts stand for it.
        names: measure to the names of its series.
        as_of: nothing that was said later is used.

    Raises:
        InputError: the names fit several series.
    """
    found: dict[str, Counts] = {}
    said: list[str] = []
    if not area or not names:
        return found, ["no series is named: write [counts.overdoses] and an area"] if not names or not area else []
    around = places_around(workspace.store, area)
    coarse = next((name for name, level in around if level in COARSE or not level), area)
    if coarse != area:
        said.append(f"counts are those of {coarse}, in which {area} lies")
    for measure, series in names.items():
        asked: dict[str, Any] = dict(series)
        rows = standing(workspace.store, as_of=as_of, place=coarse, **asked).to_pylist()
        if not rows:
            said.append(f"{measure}: no count of {series['measure']} in {coarse} is held")
            continue
        _one_series(measure, rows)
        found[measure] = _counts(workspace.store, measure, rows, as_of)
    return found, said


def _one_series(measure: str, rows: Sequence[Mapping[str, Any]]) -> None:
    kinds = sorted({tuple(str(row[name]) for name in _SERIES) for row in rows})
    if len(kinds) > 1:
        told = "; ".join(", ".join(f"{n} {v}" for n, v in zip(_SERIES, kind, strict=True)) for kind in kinds[:4])
        raise InputError(f"{len(kinds)} series fit the counts of {measure}.", column=f"counts.{measure}",
                         hint=f"Name subject, source or definition as well. There are: {told}.")  # fmt: skip


def _counts(store: Store, measure: str, rows: list[dict[str, Any]], as_of: dt.date) -> Counts:
    first = rows[0]
    since = as_of - _OLDEST
    complete = _completeness(store, first, as_of)
    late = _nowcasts(store, first, as_of)
    newest = max(row["as_of"] for row in rows)
    periods = []
    for row in sorted(rows, key=lambda one: one["starts"]):
        if row["starts"] < since or row["count"] is None or row["suppressed"] or not row["looked_for"]:
            continue
        made = late.get(row["starts"])
        if made is not None and made["as_of"] >= row["as_of"]:
            ends = min(made["quantiles"]), max(made["quantiles"])
            periods.append(Period(row["starts"], row["ends"], float(made["expected"]), *ends, float(made["complete"])))
        else:
            share = _share(complete, (newest - row["ends"]).days)
            periods.append(Period(row["starts"], row["ends"], float(row["count"]), None, None, share))
    source = f"{first['source']}: {first['measure']} ({first['subject']}) in {first['place']}"
    if any(period.complete is None for period in periods[-1:]):
        source += "; how much is still to be reported, nobody says"
    return Counts(measure, tuple(periods), source, newest)


def _completeness(store: Store, row: Mapping[str, Any], as_of: dt.date) -> list[tuple[int, float]]:
    """Return days after the end of a period to the share of reports that were in by then, in rising order of days."""
    found = store.rows(
        "WITH held AS (SELECT starts, ends, as_of, max(count) AS said FROM series_count WHERE source = ? AND place = ?"
        " AND measure = ? AND subject = ? AND definition = ? AND grain = ? AND as_of <= ? AND count IS NOT NULL"
        " GROUP BY ALL), ends_of AS (SELECT starts, arg_max(said, as_of) AS final FROM held GROUP BY starts)"
        " SELECT (h.as_of - h.ends)::INTEGER AS days, sum(h.said) AS said, sum(e.final) AS final FROM held h JOIN"
        " ends_of e USING (starts) WHERE h.ends <= ? GROUP BY ALL HAVING sum(e.final) > 0 ORDER BY days",
        [*(row[name] for name in ("source", "place", "measure", "subject", "definition", "grain")), as_of,
         as_of - dt.timedelta(days=_SETTLED)],
    )  # fmt: skip
    made: list[tuple[int, float]] = []
    for one in found:
        share = min(float(str(one["said"])) / float(str(one["final"])), 1.0)
        made.append((int(str(one["days"])), max(share, made[-1][1] if made else 0.0)))
    return made


def _share(complete: Sequence[tuple[int, float]], days: int) -> float | None:
    """Return the share that is in so many days after the end; None where no older period tells."""
    before = [share for day, share in complete if day <= days]
    return before[-1] if before else None


def _nowcasts(store: Store, row: Mapping[str, Any], as_of: dt.date) -> dict[dt.date, dict[str, Any]]:
    """Return the latest nowcast of each period of a series, by its first day."""
    names = ", ".join(_CELL)
    found = store.rows(
        "SELECT starts, as_of, expected, complete, quantiles FROM watch_nowcast WHERE source = ? AND place = ? AND"
        " measure = ? AND subject = ? AND definition = ? AND as_of <= ?"
        f" QUALIFY row_number() OVER (PARTITION BY {names} ORDER BY as_of DESC, made_at DESC) = 1",
        [*(row[name] for name in ("source", "place", "measure", "subject", "definition")), as_of],
    )
    made: dict[dt.date, dict[str, Any]] = {}
    for one in found:
        made[one["starts"]] = dict(one)  # type: ignore[index]
    return made
