"""Burden by group as ratios with intervals, and the bar that the threshold test puts beside the hit rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, specification, text_of

__all__ = ["bar_chart", "burden_chart"]

_ROW_HEIGHT = 26
_MOST = 20
_KINDS = ("opened for nothing", "opened")
_FIELDS = {"opened for nothing": "fruitless", "opened": "inspected"}


def burden_chart(rows: Sequence[Mapping[str, Any]], grouping: str) -> Chart:
    """Return the chart of the groups' burden beside all others, at the same declared risk; hidden groups are left out.

    Args:
        rows: rows of `account burden` of one grouping, the whole first.
        grouping: its name.
    """
    groups = [row for row in rows if row["group"] != "*"]
    compared = [row for row in groups if row.get("fruitless_p") is not None]
    told = [row for row in compared if _values(row)][:_MOST]
    values = [value for row in told for value in _values(row)]
    hidden = sum(row.get("consignments") is None or row.get("inspected") is None for row in groups)
    summary = _summary(compared, hidden)
    order = [str(row["group"]) for row in told]
    spec = None
    if values:
        height = _ROW_HEIGHT * 2 * len(told) + 20
        spec = specification(values, summary, height=height, layer=_layers(order, "times as often as others", log=True))
    columns = (grouping, "Consignments", "Opened for nothing per 1,000", "Beside others", "Interval")
    table = tuple(
        (
            str(row["group"]), numbers.count(row["consignments"]), _figure(row["fruitless_per_1000"]),
            _figure(row["fruitless_to_others"]), _ends(row, "fruitless_to_others"),
        )
        for row in groups
    )  # fmt: skip
    title = "Burden beside all others, at the same declared risk"
    return Chart("burden", title, summary, spec, columns, table, left_out=len(compared) - len(told))


def _values(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    made = []
    for kind, field in _FIELDS.items():
        value, low, high = (row.get(f"{field}_to_others{end}") for end in ("", "_low", "_high"))
        if value and low and high:  # a logarithmic scale has no place for 0 and none for no end
            told = f"{value:.2f} ({low:.2f} to {high:.2f})"
            made.append(
                {"group": str(row["group"]), "kind": kind, "value": value, "low": low, "high": high, "told": told}
            )
    return made


def _summary(told: Sequence[Mapping[str, Any]], hidden: int) -> str:
    if not told:
        return "No group can be compared yet."
    over = [row for row in told if (row.get("fruitless_p") or 1) < 0.05 and (row["fruitless_to_others"] or 0) > 1]
    said = f"{len(over)} of {len(told)} groups compared are opened for nothing more often than others."
    if over:
        worst = max(over, key=lambda row: float(row["fruitless_to_others"]))
        said = f"{said[:-1]}, {worst['group']} most: {worst['fruitless_to_others']:.2f} times"
        said += f" ({_ends(worst, 'fruitless_to_others')})."
    return said + (f" {hidden} more are too small to be told." if hidden else "")


def bar_chart(
    rows: Sequence[Mapping[str, Any]], hit_rates: Mapping[str, Mapping[str, Any]], name: str = "bar"
) -> Chart:
    """Return the chart of each group's bar beside its hit rate among what was chosen.

    Args:
        rows: rows of the threshold test.
        hit_rates: group to its row of `account burden`.
        name: id of the chart.
    """
    values, table = [], []
    for row in rows:
        group = str(row["group"])
        own = hit_rates.get(group, {})
        for kind, source, field in (("bar", row, "bar"), ("hit rate", own, "hit_rate_chosen")):
            value, low, high = (source.get(f"{field}{end}") for end in ("", "_low", "_high"))
            if value is not None and low is not None and high is not None:
                told = f"{numbers.share(value)} ({numbers.share(low)} to {numbers.share(high)})"
                values.append({"group": group, "kind": kind, "value": value, "low": low, "high": high, "told": told})
        ends = f"{numbers.share(row['bar_low'])} to {numbers.share(row['bar_high'])}"
        hit = numbers.share(own.get("hit_rate_chosen"))
        table.append((group, numbers.share(row["bar"]), ends, hit, text_of(row["verdict"])))
    summary = "; ".join(f"{row['group']}: {row['verdict']}" for row in rows[:4]) or "Nothing can be compared yet."
    spec = None
    if values:
        order = list(dict.fromkeys(str(v["group"]) for v in values))
        height = _ROW_HEIGHT * 2 * len(order) + 20
        layers = _layers(order, "chance of a find", log=False, kinds=("bar", "hit rate"))
        spec = specification(values, summary, height=height, layer=layers)
    columns = ("Group", "Bar", "Interval", "Hit rate, chosen", "Verdict")
    return Chart(name, "The bar of each group beside its hit rate", summary, spec, columns, tuple(table))


def _layers(order: list[str], title: str, *, log: bool, kinds: tuple[str, ...] = _KINDS) -> list[dict[str, Any]]:
    legend = {"title": None, "orient": "top"}
    shared = {
        "y": {"field": "group", "type": "nominal", "sort": order, "title": None},
        "yOffset": {"field": "kind", "type": "nominal", "sort": list(kinds)},
        "color": {"field": "kind", "type": "nominal", "scale": {"domain": list(kinds)}, "legend": legend},
        "tooltip": [{"field": name, "type": "nominal"} for name in ("group", "kind", "told")],
    }
    scale: dict[str, Any] = {"type": "log"} if log else {"zero": True}
    axis = {"tickCount": 5} if log else {"format": "~%", "tickCount": 5}
    x = {"type": "quantitative", "title": title, "scale": scale, "axis": axis}
    shape = {"field": "kind", "type": "nominal", "scale": {"domain": list(kinds)}, "legend": legend}
    ends = {"x": x | {"field": "low"}, "x2": {"field": "high"}}
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": shared | ends},
        {"mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
         "encoding": shared | {"x": x | {"field": "value"}, "shape": shape}},
    ]  # fmt: skip
    if log:
        layers.insert(
            0, {"mark": {"type": "rule", "strokeDash": [4, 4]}, "encoding": {"x": {"datum": 1, "type": "quantitative"}}}
        )
    return layers


def _figure(value: object) -> str:
    return numbers.ABSENT if value is None else f"{float(str(value)):.3g}"


def _ends(row: Mapping[str, Any], field: str) -> str:
    low, high = row.get(f"{field}_low"), row.get(f"{field}_high")
    if low is None and high is None:
        return numbers.ABSENT
    return f"{0 if low is None else low:.2f} to {'any' if high is None else f'{high:.2f}'}"
