"""A fan of simulated years: as things are and with measures, what was counted as dots, years held back in a shade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, Spec, specification

__all__ = ["Band", "Counted", "fan_chart"]

WITH, WITHOUT, COUNTED, HELD = "with the mix", "as things are", "counted", "years held back"
_HEIGHT = 320
_X: Spec = {"field": "year", "type": "quantitative", "title": None, "axis": {"format": "d", "tickCount": 8},
            "scale": {"zero": False, "nice": False}}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Band:
    """One variable over the years in one world.

    Args:
        years: calendar years, in order.
        low: lower end of the 95 % interval, one per year.
        inner_low: lower end of the 50 % interval.
        median: the middle draw.
        inner_high: upper end of the 50 % interval.
        high: upper end of the 95 % interval.
    """

    years: Sequence[int]
    low: Sequence[float]
    inner_low: Sequence[float]
    median: Sequence[float]
    inner_high: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True, slots=True)
class Counted:
    """What was observed in a year; `held_back` where the model was not shown it."""

    year: int
    value: float
    held_back: bool = False


def fan_chart(
    title: str,
    unit: str,
    without: Band,
    turned: Band | None = None,
    counted: Sequence[Counted] = (),
    *,
    place: str = "fan",
    top: float | None = None,
) -> Chart:
    """Return the chart; its axis starts at zero, so that no change looks larger than it is.

    Args:
        title: what is shown.
        unit: of the values.
        without: the years as things are.
        turned: the same draws with the measures; None while none is taken.
        counted: observed values.
        place: short name, unique on the page.
        top: where the axis ends, so that several fans stand on one scale; its own where None.
    """
    bands = {WITHOUT: without} | ({WITH: turned} if turned else {})
    values = [row for name, band in bands.items() for row in _rows(name, band)]
    values += [{"what": COUNTED, "year": one.year, "counted": one.value} for one in counted]
    held = sorted(one.year for one in counted if one.held_back)
    shade = [{"what": HELD, "from": held[0] - 0.5, "to": held[-1] + 0.5}] if held else []
    summary = _summary(title, unit, bands, counted, held)
    there = {WITH: turned, WITHOUT: True, COUNTED: counted, HELD: held}
    domain = [name for name, any_of_it in there.items() if any_of_it]
    spec = specification(values, summary, height=_HEIGHT, layer=_layers(unit, domain, shade, top))
    return Chart(place, title, summary, spec, _heads(bands), tuple(_table(bands, counted)))


def _rows(name: str, band: Band) -> list[dict[str, Any]]:
    return [
        {"what": name, "year": year, "low": _short(a), "q25": _short(b), "median": _short(m), "q75": _short(c),
         "high": _short(d)}
        for year, a, b, m, c, d in zip(
            band.years, band.low, band.inner_low, band.median, band.inner_high, band.high, strict=True
        )
    ]  # fmt: skip


def _short(value: float) -> float:
    """Return a number of four digits: what the eye can tell apart, and little to send."""
    return float(f"{value:.4g}")


def _layers(unit: str, domain: list[str], shade: list[dict[str, Any]], top: float | None) -> list[Spec]:
    colour = {
        "field": "what", "type": "nominal", "scale": {"domain": domain},
        "legend": {"title": None, "orient": "top", "symbolOpacity": 1, "symbolType": "square"},
    }  # fmt: skip
    scale: Spec = {"zero": True, "nice": True} | ({} if top is None else {"domain": [0, top]})
    y = {"type": "quantitative", "title": unit, "axis": {"tickCount": 5}, "scale": scale}
    told = [{"field": name, "type": "nominal"} for name in ("what", "year", "low", "median", "high")]

    def area(low: str, high: str, opacity: float) -> Spec:
        return {"transform": [{"filter": f"datum.what !== '{COUNTED}'"}], "mark": {"type": "area", "opacity": opacity},
                "encoding": {"x": _X, "y": y | {"field": low}, "y2": {"field": high}, "color": colour}}  # fmt: skip

    def line(what: str, **mark: object) -> Spec:
        encoding = {"x": _X, "y": y | {"field": "median"}, "color": colour, "tooltip": told}
        return {"transform": [{"filter": f"datum.what === '{what}'"}],
                "mark": {"type": "line", "strokeWidth": 2} | mark, "encoding": encoding}  # fmt: skip

    dots = [{"field": "year", "type": "nominal"}, {"field": "counted", "type": "nominal"}]
    points: Spec = {
        "transform": [{"filter": f"datum.what === '{COUNTED}'"}],
        "mark": {"type": "point", "filled": True, "size": 34},
        "encoding": {"x": _X, "y": y | {"field": "counted"}, "color": colour, "tooltip": dots},
    }
    behind: list[Spec] = [
        {"data": {"values": shade}, "mark": {"type": "rect", "opacity": 0.16},
         "encoding": {"x": _X | {"field": "from"}, "x2": {"field": "to"}, "color": colour}}
    ] if shade else []  # fmt: skip
    return [
        *behind, area("low", "high", 0.16), area("q25", "q75", 0.26), line(WITHOUT, strokeDash=[6, 4]),
        *([line(WITH)] if WITH in domain else []),
        *([points] if COUNTED in domain else []),
    ]  # fmt: skip


def _three(value: float) -> str:
    """Return a simulated figure to three digits: more would say more than a model knows."""
    return numbers.amount(float(f"{value:.3g}"))


def _summary(title: str, unit: str, bands: Mapping[str, Band], counted: Sequence[Counted], held: Sequence[int]) -> str:
    last = bands[WITHOUT].years[-1]
    told = [
        f"{name} {_three(band.median[-1])} ({_three(band.low[-1])} to {_three(band.high[-1])})"
        for name, band in bands.items()
    ]
    words = f"{title} in {last}, {unit}: {'; '.join(told)}. Model estimate, 95 % interval; dark band 50 %."
    if counted:
        words += f" Dots are counts of {counted[0].year} to {counted[-1].year}."
    if held:
        words += f" The model was not shown those of {held[0]}{f' to {held[-1]}' if len(held) > 1 else ''}."
    return words


def _heads(bands: Mapping[str, Band]) -> tuple[str, ...]:
    return ("Year", "Counted", *(head for name in bands for head in (name.capitalize(), "95 % from", "to")))


def _table(bands: Mapping[str, Band], counted: Sequence[Counted]) -> list[tuple[str, ...]]:
    seen = {one.year: numbers.amount(one.value) for one in counted}
    rows = []
    for place, year in enumerate(bands[WITHOUT].years):
        cells = [
            _three(part[place])
            for band in bands.values()
            for part in (band.median, band.low, band.high)
        ]  # fmt: skip
        rows.append((str(year), seen.get(year, ""), *cells))
    return rows
