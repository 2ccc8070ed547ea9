"""A nowcast as a page that stands alone: reported beside expected, and how nowcasts of past days did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.nowcast import nowcast_chart
from counterflow.report.markup import Safe, join, tag
from counterflow.report.page import facts, grid_of, page, section

__all__ = ["nowcast_svg", "render"]

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 760, 260, 56, 14, 28
_LABEL, _MOST_LABELS = 74, 9
_STYLE = Safe("svg .band-area{fill:var(--accent);fill-opacity:.16}svg .bar{fill-opacity:.7}main{max-width:72rem}")
_SCORES = {
    "horizon": "Periods back", "nowcasts": "Nowcasts judged", "wis": "WIS", "wis_dispersion": "of it width",
    "wis_too_low": "of it too low", "wis_too_high": "of it too high", "coverage_50": "50 % held",
    "coverage_90": "90 % held", "mae": "Mean error", "mae_reported": "Error of reported",
    "mae_chain_ladder": "Error of chain ladder",
}  # fmt: skip


def render(told: Sequence[Mapping[str, Any]], *, title: str, counted: str) -> str:
    """Return the page.

    Args:
        told: one per series: `name`, `as_of`, `method`, `said`, `rows` (see `charts.nowcast`), `scores` (rows of
            `Trials.by_horizon`, empty where nothing could be judged).
        title: of the page.
        counted: what is counted, in words.
    """
    return page(title, tag("style", _STYLE), tag("h1", title), *(_one(each, counted) for each in told), _keep_in_mind())


def _one(told: Mapping[str, Any], counted: str) -> Safe:
    past: Mapping[str, Any] = next((row for row in told["scores"] if row["horizon"] == "all"), {})
    chart = nowcast_chart(told["rows"], counted=counted, as_of=told["as_of"], past=past)
    heads = {f"c{place}": words for place, words in enumerate(chart.columns)}
    cells = [{f"c{place}": text for place, text in enumerate(row)} for row in reversed(chart.rows)]
    drawn = nowcast_svg(told["rows"], summary=chart.summary)
    return section(
        str(told["name"]) or chart.title,
        facts([("Stands on", told["as_of"]), ("Method", told["method"])]),
        tag("figure", tag("figcaption", chart.summary), drawn),
        tag("ul", *(tag("li", words) for words in told["said"])) if told["said"] else "",
        _scores(told["scores"]),
        tag("details", tag("summary", "The numbers"),
            grid_of(cells, heads, caption="Newest first", numbers=tuple(heads)[1:])),
    )  # fmt: skip


def _scores(rows: Sequence[Mapping[str, Any]]) -> Safe:
    if not rows:
        return tag("p", "No past nowcast of this series could be judged yet: its intervals are untried.", class_="note")
    shares = ("coverage_50", "coverage_90")
    shown = [
        {name: (numbers.share(row[name]) if name in shares else row[name] if name in ("horizon", "nowcasts")
                else numbers.amount(row[name])) for name in _SCORES}
        for row in rows
    ]  # fmt: skip
    return grid_of(
        shown, _SCORES, caption="Nowcasts as they would have been made on past days, against what came",
        numbers=tuple(_SCORES)[1:],
    )  # fmt: skip


def _keep_in_mind() -> Safe:
    lines = (
        "Bars are what was reported; the line is the median of what it will come to.",
        "The bands hold it in 50 and in 90 of 100 cases, if reporting goes on as it did.",
        "WIS is the weighted interval score: lower is better, in units of the count.",
        "A change in who reports or how cannot be seen in the counts themselves.",
    )
    return tag("footer", tag("ul", *(tag("li", words) for words in lines)))


def nowcast_svg(rows: Sequence[Mapping[str, Any]], *, summary: str) -> Safe:
    """Draw reported counts as bars, the 90 % and 50 % bands around the median line."""
    if not rows:
        return Safe("")
    most = max(1.0, *(float(row["high_90"]) for row in rows))
    step = (_WIDTH - _LEFT) / len(rows)
    bottom = _HEIGHT - _BOTTOM

    def up(value: object) -> float:
        return bottom - (bottom - _TOP) * float(str(value)) / most

    def across(place: int) -> float:
        return _LEFT + (place + 0.5) * step

    def line(column: str) -> list[str]:
        return [f"{across(place):.1f},{up(row[column]):.1f}" for place, row in enumerate(rows)]

    marks = [_level(up(most * part), numbers.amount(most * part)) for part in (0.0, 0.5, 1.0)]
    for place, row in enumerate(rows):
        height = bottom - up(row["reported"])
        marks.append(tag(
            "rect", x=f"{across(place) - 0.4 * step:.1f}", y=f"{bottom - height:.1f}", width=f"{0.8 * step:.1f}",
            height=f"{height:.1f}", class_="bar",
        ))  # fmt: skip
    for share in ("90", "50"):
        points = " ".join(line(f"high_{share}") + line(f"low_{share}")[::-1])
        marks.append(tag("polygon", points=points, class_="band-area"))
    marks.append(tag("polyline", points=" ".join(line("median")), class_="base"))
    every = max(1, -(-len(rows) // _MOST_LABELS))
    for place in range(0, len(rows), every):
        x = min(across(place), _WIDTH - _LABEL / 2)
        marks.append(tag("text", rows[place]["reference_date"], x=f"{x:.1f}", y=str(_HEIGHT - 8), text_anchor="middle"))
    return tag("svg", join(*marks), viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=summary)


def _level(y: float, words: str) -> Safe:
    rule = tag("line", x1=str(_LEFT), x2=str(_WIDTH), y1=f"{y:.1f}", y2=f"{y:.1f}", class_="rule")
    return join(rule, tag("text", words, x=str(_LEFT - 6), y=f"{y + 4:.1f}", text_anchor="end"))
