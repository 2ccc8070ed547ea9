"""What the pages of the map show, every text and number ready to stand there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from counterflow.flow.map_areas import Area, AreaMap
from counterflow.flow.map_trade import Country, Lane, Office, TradeMap
from counterflow.report import numbers
from counterflow.report.charts.outlines import Line, Shade, Shown, Spot, us_map, world_map

__all__ = ["WORLD_SHOWS", "areas_view", "world_view"]

#: rows of a table; a name typed into the box above it finds the others
_MOST_ROWS = 100
_MOST_LINES = 60

#: what a map of countries can show: what it is called, and what its shades stand for
WORLD_SHOWS: Mapping[str, str] = {
    "received": "Records received",
    "blind": "Share that cannot be screened",
    "incomplete": "Share with a required field missing",
    "late": "Share whose advance data came late",
    "burden": "Inspected for nothing, per 1,000 records",
}
_SHARES = (0.01, 0.05, 0.1, 0.25)
_COUNTS = (10, 100, 1_000, 10_000)
_BURDEN = (5, 20, 50, 100)
_STEPS = (0.12, 0.3, 0.5, 0.7, 0.9)

_WITHHELD = Shade("w", "left-over", 0.55, "withheld: small, or would tell a small one")
_UNKNOWN = Shade("u", "sunk", 1, "not known")
_CHANGE = (
    Shade("m", "level-1", 1, "more than a year before"),
    Shade("n", "level-3", 1, "no clear change"),
    Shade("f", "level-5", 1, "fewer than a year before"),
)
_VERDICT = {"more": "m", "no clear change": "n", "fewer": "f"}


def areas_view(shown: AreaMap, show: str, name: str, state: str) -> dict[str, Any]:
    """Return what the page of states or counties shows.

    Args:
        shown: the map.
        show: change or counted.
        name: part of a name that the table is narrowed to.
        state: FIPS number of a state that is shown alone; "" for all.
    """
    here = [area for area in shown.areas if not state or area.outline.startswith(state)]
    drawn = [area for area in here if area.outline]
    bounds = _bounds(shown)
    shades = (*_CHANGE, _WITHHELD, _UNKNOWN) if show == "change" else (*_ladder(bounds, "accent"), _WITHHELD, _UNKNOWN)
    values = [
        Shown(area.outline, _shade(area, show, bounds), _hint(area), area.alarm) for area in drawn
        if area.change is not None or area.count is not None or area.withheld or area.alarm
    ]  # fmt: skip
    summary = _areas_summary(shown, here)
    asked = [area for area in here if name.casefold() in f"{area.name} {area.place}".casefold()]
    return {
        "summary": summary, "legend": shades, "spec": us_map(shown.view, values, shades, summary, state=state),
        "rows": [_area_row(area) for area in asked[:_MOST_ROWS]], "rows_left": max(len(asked) - _MOST_ROWS, 0),
        "apart": [(area.name, area.place, area.why) for area in shown.areas if area.why][:_MOST_ROWS],
        "chance": _by_chance(here), "late": shown.late, "withheld": shown.withheld,
        "alarms": [area.name for area in here if area.alarm],
    }  # fmt: skip


def _bounds(shown: AreaMap) -> tuple[float, ...]:
    small = shown.small
    most = max((area.count or 0 for area in shown.areas), default=0)
    steps = (small, 2 * small, 5 * small, 10 * small, 50 * small, 100 * small, 500 * small, 1_000 * small)
    below = [step for step in steps if step <= most] or [small]
    return tuple(float(step) for step in below[-4:])


def _ladder(bounds: Sequence[float], token: str, unit: str = "") -> tuple[Shade, ...]:
    """Return shades for the ranges between bounds, the lowest palest."""
    said = numbers.share if unit == "share" else numbers.amount
    words = [f"below {said(bounds[0])}"]
    words += [f"{said(low)} to below {said(high)}" for low, high in pairwise(bounds)]
    words.append(f"{said(bounds[-1])} and more")
    steps = _STEPS[-len(words) :] if len(words) < len(_STEPS) else _STEPS
    return tuple(Shade(str(n), token, step, text) for n, (step, text) in enumerate(zip(steps, words, strict=True)))


def _step(value: float, bounds: Sequence[float]) -> str:
    return str(sum(value >= bound for bound in bounds))


def _shade(area: Area, show: str, bounds: Sequence[float]) -> str:
    if area.withheld:
        return _WITHHELD.name
    if show == "change":
        return _UNKNOWN.name if area.change is None else _VERDICT[area.change.verdict]
    return _UNKNOWN.name if area.count is None else _step(area.count, bounds)


def _hint(area: Area) -> str:
    if area.count is None:
        return ""
    told = numbers.count(area.count)
    if area.change is not None:
        told += f", {numbers.count(area.change.before)} a year before"
    return told + (", open alarm" if area.alarm else "")


def _area_row(area: Area) -> dict[str, Any]:
    change = area.change
    return {
        "outline": area.outline, "name": area.name, "place": "" if area.place == area.name else area.place,
        "count": "withheld" if area.withheld else "not known" if area.count is None else numbers.count(area.count),
        "before": "" if change is None else numbers.count(change.before),
        "times": "" if change is None else numbers.amount(change.ratio) if change.before else "none before",
        "interval": "" if change is None else _times(change.low, change.high),
        "verdict": "" if change is None else change.verdict, "alarm": area.alarm, "why": area.why,
    }  # fmt: skip


def _times(low: float, high: float) -> str:
    return f"{numbers.amount(low)} to {numbers.amount(high)}" if high != float("inf") else f"from {numbers.amount(low)}"


def _areas_summary(shown: AreaMap, areas: Sequence[Area]) -> str:
    if shown.series is None or not areas:
        return "Nothing can be shown."
    told = [area.change.verdict for area in areas if area.change is not None]
    what, span = shown.series.words(), f"{shown.first} to {shown.last}"
    what = what[:1].upper() + what[1:]
    many = numbers.counted(len(areas), "place")
    if not told:
        return f"{what}, {span}: {many}; none can be held against the year before."
    return (
        f"{what}, {span}, against the same days a year before: {told.count('more')} of"
        f" {numbers.counted(len(told), 'place')} that can be compared have clearly more, {told.count('fewer')} clearly"
        f" fewer; {len(areas) - len(told)} cannot be compared."
    )


def _by_chance(areas: Sequence[Area]) -> str:
    """Return how many places would look changed where nothing changed: one side of a 99 % interval is 1 in 200."""
    told = sum(area.change is not None for area in areas)
    if told < 50:
        return ""
    return f"By chance alone about {max(round(told * 0.005), 1)} of {numbers.count(told)} would show as more."


def world_view(shown: TradeMap, show: str, name: str) -> dict[str, Any]:
    """Return what the page of countries, offices and lanes shows."""
    bounds, unit = _world_bounds(show)
    shades = (*_ladder(bounds, "doubt" if show != "received" else "accent", unit), _UNKNOWN)
    values = []
    for country in shown.countries:
        if not country.outline:
            continue
        value = _world_value(country, show)
        values.append(Shown(country.outline, "u" if value is None else _step(value, bounds), _country_hint(country)))
    summary = _world_summary(shown)
    spots, lines = _spots(shown.offices), _lines(shown)
    asked = [one for one in shown.countries if name.casefold() in f"{one.name} {one.code}".casefold()]
    return {
        "summary": summary, "legend": shades, "spec": world_map(values, shades, spots, lines, summary),
        "rows": [_country_row(one) for one in asked[:_MOST_ROWS]], "rows_left": max(len(asked) - _MOST_ROWS, 0),
        "apart": [(one.name, one.code, one.why) for one in shown.countries if one.why],
        "offices": [_office_row(office, shown.lanes) for office in shown.offices],
        "located": len(spots), "lanes_left": max(sum(1 for _ in shown.lanes) - _MOST_LINES, 0), "lines": len(lines),
        "lanes": [_lane_row(lane) for lane in shown.lanes[:_MOST_ROWS]],
    }  # fmt: skip


def _world_bounds(show: str) -> tuple[tuple[float, ...], str]:
    if show == "received":
        return _COUNTS, ""
    return (_BURDEN, "") if show == "burden" else (_SHARES, "share")


def _world_value(country: Country, show: str) -> float | None:
    if show == "received":
        return country.received
    if show == "burden":
        return country.fruitless_per_1000
    if show == "blind":
        return country.unscreenable / country.received if country.received else None
    share = country.complete if show == "incomplete" else country.on_time
    return None if share is None else 1 - share


def _country_hint(country: Country) -> str:
    said = numbers.counted(country.received, "record")
    if country.received:
        said += f", {numbers.share(country.unscreenable / country.received)} cannot be screened"
    return said


def _world_summary(shown: TradeMap) -> str:
    if not shown.countries:
        return "No record names a country of departure."
    top = shown.countries[0]
    total = sum(one.received for one in shown.countries)
    part = numbers.share(top.received / total) if total else "none"
    return (
        f"{numbers.counted(total, 'record')} from {len(shown.countries)} countries; most from {top.name} ({part})."
        f" {numbers.counted(len(shown.offices), 'office')}, {sum(o.lat is not None for o in shown.offices)} of them"
        " with coordinates."
    )


def _spots(offices: Sequence[Office]) -> list[Spot]:
    most = max((office.records for office in offices), default=1) or 1
    return [
        Spot(one.office, one.lat, one.lon, one.records / most,
             f"{one.office}: {numbers.counted(one.records, 'record')}")
        for one in offices if one.lat is not None and one.lon is not None
    ]  # fmt: skip


def _lines(shown: TradeMap) -> list[Line]:
    """Return the busiest lanes as lines: all lanes between a country and an office together, by direction."""
    outline = {one.code: one.outline for one in shown.countries}
    located = {one.office for one in shown.offices if one.lat is not None}
    sums: dict[tuple[str, str, str], int] = {}
    for lane in shown.lanes:
        if lane.office in located and outline.get(lane.country):
            key = (lane.country, lane.office, lane.direction)
            sums[key] = sums.get(key, 0) + lane.records
    busiest = sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:_MOST_LINES]
    most = busiest[0][1] if busiest else 1
    return [
        Line(outline[country], office, round(0.6 + 5 * (records / most) ** 0.5, 1),
             f"{country} {'from' if way == 'outbound' else 'to'} {office}: {numbers.counted(records, 'record')}",
             way == "outbound")
        for (country, office, way), records in busiest
    ]  # fmt: skip


def _country_row(one: Country) -> dict[str, Any]:
    blind = one.unscreenable / one.received if one.received else None
    return {
        "outline": one.outline, "name": one.name, "place": one.code, "received": numbers.count(one.received),
        "blind": numbers.share(blind), "complete": numbers.share(one.complete), "on_time": numbers.share(one.on_time),
        "burden": numbers.amount(one.fruitless_per_1000), "why": one.why,
    }  # fmt: skip


def _office_row(office: Office, lanes: Sequence[Lane]) -> dict[str, str]:
    mine: dict[str, int] = {}
    for lane in lanes:
        if lane.office == office.office:
            mine[lane.lane] = mine.get(lane.lane, 0) + lane.records
    told = [f"{name or 'no lane said'} {numbers.count(n)}" for name, n in sorted(mine.items(), key=lambda i: -i[1])]
    where = "not said" if office.lat is None else f"{office.lat:.2f}, {office.lon:.2f}"
    return {
        "office": office.office, "records": numbers.count(office.records), "lanes": "; ".join(told[:6]),
        "burden": numbers.amount(office.fruitless_per_1000), "where": where,
    }  # fmt: skip


def _lane_row(lane: Lane) -> dict[str, str]:
    return {
        "country": lane.country or "not said", "office": lane.office or "not said", "lane": lane.lane or "not said",
        "direction": lane.direction or "not said", "records": numbers.count(lane.records),
    }  # fmt: skip
