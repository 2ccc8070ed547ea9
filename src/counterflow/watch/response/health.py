"""A watch on harm in an area after a supply event: what it says to health, and what happened.

Overdoses can rise where a market is disturbed. Ray et al., AJPH 113 (2023) 750-758 (Indianapolis 2020-2021; abstract
read): opioid seizures were associated with more overdoses nearby within 7, 14 and 21 days, fatal ones twofold within
7 days and 500 metres. An association, which is why what is found here is told as one, beside comparable places.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.tables import HEALTH_WATCH
from counterflow.watch.disclosure.rules import COARSE, SUPPLY
from counterflow.watch.response.acts import named, seal
from counterflow.watch.response.compare import Compared, ratio_of
from counterflow.watch.response.places import Places
from counterflow.watch.response.told import WATCH_PREFIX
from counterflow.watch.series.suppress import is_small, sums_tell

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["SOURCE", "WEEKS_AFTER", "Span", "close_row", "notice", "open_row", "shown", "watches"]

#: weeks after the last day of an event that are watched: the longest span of the study
WEEKS_AFTER = 3
SOURCE = "Ray et al., AJPH 113 (2023) 750-758"
#: fewest periods of the year before that an expectation rests on
_FEWEST = 8
_YEAR = dt.timedelta(days=364)


@dataclass(frozen=True)
class Span:
    """Where and when a watch looks, and at what."""

    area: str
    level: str
    substance_class: str
    starts: dt.date
    ends: dt.date


def open_row(workspace: Workspace, action: str, span: Span, *, person: str) -> dict[str, Any]:
    """Open a watch and return its row; the same again returns the row that is there.

    Raises:
        InputError: the area is finer than a county, or nobody is named.
        UnknownName: nothing is counted in a place of this name.
    """
    who = named(person)
    _check_area(workspace.store, span)
    parts = "\x1f".join([action, span.area, span.substance_class, str(span.starts), str(span.ends)])
    watch = WATCH_PREFIX + hashlib.sha256(parts.encode()).hexdigest()[:12]
    held = workspace.store.rows("SELECT * FROM health_watch WHERE watch = ? AND act = 'open'", [watch])
    return dict(held[0]) if held else _act(workspace, watch, "open", action, span, who, None)


def close_row(workspace: Workspace, opened: Mapping[str, Any], happened: Mapping[str, Any], *, person: str) -> Any:
    """Close a watch that is over, with what happened, and return the row.

    Raises:
        InputError: it still runs, or is closed.
    """
    who, watch = named(person), str(opened["watch"])
    if workspace.clock().date() <= opened["ends"]:
        hint = "`watch watches` shows what is known so far; close it when it is over."
        raise InputError(f"The watch runs until {opened['ends']}.", column="watch", value=watch, hint=hint)
    if workspace.store.rows("SELECT watch FROM health_watch WHERE watch = ? AND act = 'close'", [watch]):
        raise InputError("This watch is closed.", column="watch", value=watch, hint="Nothing is to do.")
    return _act(workspace, watch, "close", str(opened["action"]), span_of(opened), who, happened)


def span_of(row: Mapping[str, Any]) -> Span:
    """Return what a stored watch looks at."""
    return Span(row["area"], row["level"], row["substance_class"], row["starts"], row["ends"])


def watches(store: Store) -> list[dict[str, Any]]:
    """Return the watches by first day, each with `closed`: the row that closed it, or None."""
    rows: list[dict[str, Any]] = store.rows("SELECT * FROM health_watch ORDER BY starts, watch, act")
    closed = {row["watch"]: row for row in rows if row["act"] == "close"}
    return [row | {"closed": closed.get(row["watch"])} for row in rows if row["act"] == "open"]


def notice(opened: Mapping[str, Any]) -> str:
    """Return what health contacts are told: area, period and substance class; never what, who or with what means.

    >>> print(notice({"area": "Cook", "starts": dt.date(2026, 3, 2), "ends": dt.date(2026, 3, 30),
    ...               "substance_class": "opioids"}).split(".")[0])
    Please watch overdoses (opioids) in Cook daily from 2026-03-02 to 2026-03-30
    """
    what = "" if opened["substance_class"] == "all" else f" ({opened['substance_class']})"
    return (
        f"Please watch overdoses{what} in {opened['area']} daily from {opened['starts']} to {opened['ends']}."
        " The supply may change there in these days, and overdoses can rise after that (an association seen elsewhere,"
        f" {SOURCE}; not a forecast). Look whether naloxone and test kits are at hand, and say what you see."
    )


def shown(store: Store, span: Span, today: dt.date, least: int = 10) -> dict[str, Any]:
    """Return what happened so far: observed against the year before and against like places, with intervals.

    Only periods that lie in the watch as a whole and ended before today are counted. `tells` says of a sum that it
    would tell a count from 1 to `least` - 1 to whoever sees the others.
    """
    counts = _counts(store, span, today)
    results = [one for one in (_compare(rows, span, today, least) for rows in _by_kind(counts)) if one]
    said = [] if results else ["No counts of harm in this area reach into the watch yet."]
    return {
        "series": results, "said": [*said, "An association, not an effect: other things change in the same weeks."],
        "method": "observed over the mean of the 52 weeks before, quasi-Poisson interval; like places the same way",
        "source": SOURCE, "as_of": today.isoformat(),
    }  # fmt: skip


def _check_area(store: Store, span: Span) -> None:
    places = Places.of(store)
    level = places.level(span.area) or span.level
    if level not in COARSE:
        county = places.coarse(span.area)
        hint = f"Give --area {county!r}." if county else "Name the county that it lies in."
        raise InputError("A health watch is for a county or a coarser area.", column="area", value=span.area, hint=hint)
    known = store.rows("SELECT place FROM series_count UNION SELECT place FROM watch_place")
    names = {str(row["place"]) for row in known}
    if names and span.area not in names:
        raise UnknownName("place", span.area, names)


def _counts(store: Store, span: Span, today: dt.date) -> list[dict[str, Any]]:
    """Return the newest counts of harm of the area and of places of its level, from a year before on."""
    classes = (span.substance_class, "all") if span.substance_class != "all" else ("all",)
    only = "" if span.substance_class == "all" else " AND subject IN (?, ?)"
    sql = (
        "SELECT c.source, c.place, c.measure, c.subject, c.definition, c.grain, c.starts, c.ends, c.count"
        " FROM series_count c JOIN (SELECT source, place, level, measure, subject, definition, grain, starts,"
        " max(as_of) AS as_of FROM series_count WHERE level = ? AND starts >= ? AND ends <= ? AND as_of <= ?"
        f"{only} GROUP BY ALL) n USING (source, place, level, measure, subject, definition, grain, starts, as_of)"
        " WHERE c.count IS NOT NULL AND c.looked_for AND c.grain IN ('day', 'week') ORDER BY ALL"
    )
    values = [span.level, span.starts - _YEAR, min(span.ends, today), today, *(classes if only else ())]
    return [row for row in store.rows(sql, values) if row["measure"] not in SUPPLY]


def _by_kind(rows: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    found: dict[tuple[object, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        kind = tuple(row[name] for name in ("source", "measure", "subject", "definition", "grain"))
        found.setdefault(kind, []).append(row)
    return [found[kind] for kind in sorted(found, key=str)]


def _compare(rows: Sequence[Mapping[str, Any]], span: Span, today: dt.date, least: int) -> dict[str, Any] | None:
    """Return observed and expected of the area and of all like places together; None where the area has no count."""
    places: dict[str, Compared] = {}
    seen: dict[str, list[float]] = {}
    for place in sorted({str(row["place"]) for row in rows}):
        its = [row for row in rows if row["place"] == place]
        before = np.array([float(row["count"]) for row in its if row["ends"] < span.starts])
        during = [float(row["count"]) for row in its if row["starts"] >= span.starts and row["ends"] < today]
        if len(before) >= _FEWEST and during:
            mean = float(before.mean())
            spread = max(1.0, float(before.var(ddof=1)) / mean) if mean else 1.0
            seen[place] = during
            places[place] = Compared(sum(during), mean * len(during), spread, len(during))
    own = places.pop(span.area, None)
    if own is None:
        return None
    others = [one for one in places.values() if one.periods == own.periods]
    first = rows[0]
    like = [count for place, one in places.items() if one.periods == own.periods for count in seen[place]]
    return {
        "tells": _tells(seen[span.area], least), "like_tells": _tells(like, least),
        "source": first["source"], "measure": first["measure"], "subject": first["subject"], "grain": first["grain"],
        "periods": own.periods, "observed": own.observed, "expected": own.expected, "ratio": ratio_of(own),
        "like_places": len(others), "like_observed": sum(one.observed for one in others),
        "like_ratio": ratio_of(Compared.together(others)) if others else None,
    }  # fmt: skip


def _tells(counts: list[float], least: int) -> bool:
    return bool(sums_tell(counts, is_small(counts, least), least))


def _act(
    workspace: Workspace,
    watch: str,
    act: str,
    action: str,
    span: Span,
    person: str,
    happened: Mapping[str, Any] | None,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "watch": watch, "act": act, "action": action, "area": span.area, "level": span.level,
        "substance_class": span.substance_class, "starts": span.starts, "ends": span.ends,
        "shown": None if happened is None else json.dumps(happened, sort_keys=True), "person": person,
    }  # fmt: skip
    body = {"act": act, "watch": watch, "starts": span.starts.isoformat(), "ends": span.ends.isoformat()}
    with workspace.store.transaction():
        said = [action, span.area, span.substance_class, person, row["shown"] or ""]
        entry = seal(workspace, "health-watch", f"{watch}/{act}", said, body, [person])
        row |= {"acted_at": entry.time, "ledger_seq": entry.seq}
        workspace.store.append("health_watch", pa.Table.from_pylist([row], schema=HEALTH_WATCH))
    return row
