"""A simulation as a page that prints: strategies side by side, week by week, and how to choose the random share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart
from counterflow.report.charts.loop import MEASURES, named, shares_chart, smoothed, weeks_chart
from counterflow.report.markup import Safe, join, tag
from counterflow.report.page import facts, grid_of, page, section

__all__ = ["render"]

_STYLE = Safe(
    "main{max-width:76rem}th.n{white-space:normal}figure svg{max-width:52rem;max-height:none}"
    "svg .span{fill:var(--accent);fill-opacity:.14;stroke:none}svg .way{fill:none;stroke:var(--soft);stroke-width:1.6}"
    "svg .way.first{stroke:var(--accent);stroke-width:3}svg .name{fill:var(--ink)}"
    ".made{margin:0 0 1rem;padding:.35rem .6rem;background:var(--band);color:#fff;font-weight:700;text-align:center}"
)
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM, _ROW = 480, 250, 42, 14, 10, 34, 18
_DASHES = ("none", "7 3", "2 3", "9 3 2 3", "4 6", "1 5")


def render(said: Mapping[str, Any]) -> str:
    """Return the page of what `target simulate --format json` says."""
    history, protocol = said["history"], said["protocol"]
    band = tag("p", "SYNTHETIC declarations – says nothing about the field", class_="made") if said["synthetic"] else ""
    parts = [_weeks(said, "precision")]
    if history["scheme_records"]:
        parts.append(_weeks(said, "scheme_found"))
    curve = said.get("random_share_curve", [])
    return page(
        "Simulation of the weekly loop",
        tag("style", _STYLE),
        band,
        tag("h1", "Which strategy finds more, and what the random share costs"),
        tag("p", said["caveat"], ".", class_="note"),
        facts([
            ("Records", numbers.count(history["records"])), ("Weeks", str(history["weeks"])),
            ("Inspected a week", numbers.share(protocol["rate"])),
            ("Outcome known after", f"{protocol['delay_weeks']} week(s)"),
            ("Seeds", str(protocol["seeds"])), ("Hold something", numbers.share(history["finds"])),
            ("Records of the scheme", numbers.count(history["scheme_records"]) if history["scheme_records"] else ""),
        ]),
        section("Side by side", _table(said)),
        section("Week by week", *parts),
        section("Choose the random share", _shares(curve)) if curve else "",
        section("Ratios over the same seeds", _ratios(said)),
        section("What to keep in mind", _list([*said["said"], _CAUTION])),
    )  # fmt: skip


_CAUTION = (
    "sd is over seeds: draws and learners; on files always on one history, and another would differ more. Precision"
    " counts every inspection, random ones too. The bound knows every past label, which no loop can."
)


def _table(said: Mapping[str, Any]) -> Safe:
    rows = []
    for name, each in named(said).items():
        row = {"name": name, "random": _shown(each["random_share"]["all"])}
        row |= {period: _shown(value) for period, value in each["precision"].items()}
        row["critical"] = _shown(each["critical_recall"]["all"])
        row["scheme"] = _shown(each["scheme_found"])
        row["elsewhere"] = _shown(each["precision_elsewhere"]["last13"])
        rows.append(row)
    periods = [p for p in next(iter(named(said).values()))["precision"] if p not in ("all", "last13")]
    heads = {"name": "Strategy", **{p: f"Finds per inspection, {p}" for p in periods}, "last13": "Last 13 weeks",
             "critical": "Top-tier records inspected", "random": "Random kept"}  # fmt: skip
    if said["history"]["scheme_records"]:
        heads |= {"scheme": "Scheme inspected", "elsewhere": "Last 13 weeks, outside the scheme"}
    return grid_of(rows, heads, caption="Mean over seeds (standard deviation)", numbers=tuple(heads)[1:])


def _weeks(said: Mapping[str, Any], measure: str) -> Safe:
    chart = weeks_chart(said, measure)
    lines = {name: smoothed(each["weekly"].get(measure, [])) for name, each in named(said).items()}
    first = "adaptive" if "adaptive" in lines else next(iter(lines))
    return tag(
        "figure",
        tag("h3", chart.title),
        tag("figcaption", chart.summary, " Lines: means over four weeks; band: one standard deviation over seeds."),
        _lines_svg(lines, first, said["history"]["weeks"], f"{MEASURES[measure]}: {chart.summary}"),
    )


def _lines_svg(lines: Mapping[str, Sequence[Mapping[str, float]]], first: str, weeks: int, words: str) -> Safe:
    most = max([0.05, *(point["high"] for points in lines.values() for point in points)])
    height = _HEIGHT + _ROW * len(lines)

    def across(week: float) -> str:
        return f"{_LEFT + (_WIDTH - _LEFT - _RIGHT) * week / max(weeks - 1, 1):.1f}"

    def up(value: float) -> str:
        return f"{_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / most:.1f}"

    marks = []
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = up(most * part)
        marks.append(tag("line", x1=str(_LEFT), x2=str(_WIDTH - _RIGHT), y1=y, y2=y, class_="rule"))
        marks.append(tag("text", numbers.share(most * part), x=str(_LEFT - 5), y=y, text_anchor="end"))
    ticks = range(0, weeks, max(weeks // 6, 1))
    marks += [tag("text", str(w), x=across(w), y=str(_HEIGHT - 18), text_anchor="middle") for w in ticks]
    marks.append(tag("text", "week", x=str(_WIDTH // 2), y=str(_HEIGHT - 4), text_anchor="middle"))
    for place, (name, points) in enumerate(lines.items()):
        way = " ".join(f"{across(p['week'])},{up(p['value'])}" for p in points)
        if name == first:
            over = " ".join(f"{across(p['week'])},{up(p['high'])}" for p in points)
            under = " ".join(f"{across(p['week'])},{up(p['low'])}" for p in reversed(points))
            marks.append(tag("polygon", points=f"{over} {under}", class_="span"))
        dash, kind = _DASHES[place % len(_DASHES)], "way first" if name == first else "way"
        marks.append(tag("polyline", points=way, class_=kind, stroke_dasharray=dash))
        at = _HEIGHT + _ROW * place + 10
        key = {"x1": str(_LEFT), "x2": str(_LEFT + 44), "y1": str(at), "y2": str(at)}
        marks.append(tag("line", class_=kind, stroke_dasharray=dash, **key))
        marks.append(tag("text", name, x=str(_LEFT + 52), y=str(at + 4), class_="name"))
    return tag("svg", join(*marks), viewBox=f"0 0 {_WIDTH} {height}", role="img", aria_label=words)


def _shares(curve: Sequence[Mapping[str, Any]]) -> Safe:
    chart: Chart = shares_chart(curve)
    rows = [dict(zip(chart.columns, row, strict=True)) for row in chart.rows]
    table = grid_of(rows, {name: name for name in chart.columns}, caption="Last 13 weeks", numbers=chart.columns[1:])
    return tag(
        "div",
        table,
        tag("p", "A larger random share costs precision now and finds what nobody looks for.", class_="note"),
    )


def _ratios(said: Mapping[str, Any]) -> Safe:
    rows = [
        {"of": f"{one['of']} / {one['to']}", "last13": _ratio(one["last13"]), "all": _ratio(one["precision"]),
         "scheme": _ratio(one["scheme"]), "elsewhere": _ratio(one["elsewhere_last13"])}
        for one in said["ratios"]
    ]  # fmt: skip
    heads = {"of": "Of", "last13": "Finds per inspection, last 13 weeks", "all": "All weeks", "scheme": "Scheme found",
             "elsewhere": "Outside the scheme, last 13 weeks"}  # fmt: skip
    return grid_of(rows, heads, caption="With 95 % intervals over seeds", numbers=tuple(heads)[1:])


def _ratio(value: Mapping[str, Any]) -> str | None:
    if value["value"] is None:
        return None
    inside = f" ({value['low']:.2f} to {value['high']:.2f})" if value["low"] is not None else ""
    return f"{value['value']:.2f}{inside}"


def _shown(value: Mapping[str, Any]) -> str | None:
    if value["mean"] is None:
        return None
    return f"{value['mean']:.1%}" + (f" ({value['sd']:.1%})" if value["sd"] is not None else "")


def _list(lines: Sequence[str]) -> Safe:
    return tag("ul", *(tag("li", line) for line in lines))
