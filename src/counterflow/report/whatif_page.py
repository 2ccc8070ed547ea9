"""A capacity plan as a page that prints: what each change brings, how long things wait, at whose burden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.returns import plans_chart, returns_chart
from counterflow.report.markup import Safe, tag
from counterflow.report.page import facts, grid_of, page, section
from counterflow.report.whatif_plots import plans_svg, returns_svg

__all__ = ["render"]

_STYLE = Safe(
    "svg .band-area{fill:var(--accent);fill-opacity:.16}svg .chance{fill:none;stroke:var(--soft);stroke-dasharray:5 4;"
    "stroke-width:1.5}svg .span{stroke:var(--bar);stroke-width:3}svg .name{fill:var(--ink);font-weight:650}"
    "main{max-width:76rem}th.n{white-space:normal}td:not(.n){min-width:6.5rem}td:nth-child(2){min-width:9rem}"
    "figure svg{max-width:44rem;max-height:none}"
    ".plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(22rem,100%),1fr));gap:1rem}"
    ".made{margin:0 0 1rem;padding:.35rem .6rem;background:var(--band);color:#fff;font-weight:700;text-align:center}"
)


def render(told: Mapping[str, Any]) -> str:
    """Return the page of an answer, as `counterflow.target.whatif.answer` makes it."""
    present, days = told["scenarios"][0], told["period_days"]
    band = tag("p", "MADE-UP NUMBERS – no real place", class_="made") if told["synthetic"] else ""
    return page(
        told["title"],
        tag("style", _STYLE),
        band,
        tag("p", f"Capacity plan, as of {told['as_of']}; figures for {numbers.counted(days, 'day')}", class_="kicker"),
        tag("h1", told["title"]),
        tag("p", told["rests_on"]["said"], " In brackets: 95 % intervals.", class_="note"),
        section("Plans side by side", _plans(told), _changes(told)),
        section("Lanes now", _lanes(present), _said(present["said"])),
        section("What is found, and what is not", _harm(present), tag("p", told["cautions"][0])),
        section("What more inspection would find", _returns(told)),
        section("What it takes", _ladder(told["share_inspected_ladder"])),
        section("Who bears it", _burden(told)),
        section("What one more minute brings", _minutes(present)),
        section("The same minutes, used best", _best(told["best_use_of_the_same_minutes"])),
        section("Where the doubt comes from", _doubt(told["doubt_comes_from"])),
        section("Assumed, because nobody said", _list(told["assumed"]), empty="Nothing."),
        section("What to keep in mind", _list([*told["said"], *told["cautions"]])),
        tag("footer", tag("p", f"Capacity file SHA-256 {told['capacity_sha256']}; seed {told['seed']};"
                               f" {told['draws']} draws; method: {told['method']['page']}")),
    )  # fmt: skip


def _plans(told: Mapping[str, Any]) -> Safe:
    chart = plans_chart(told["scenarios"])
    return tag("figure", tag("figcaption", chart.summary), plans_svg(told["scenarios"], summary=chart.summary))


def _changes(told: Mapping[str, Any]) -> Safe:
    rows = []
    for each in told["scenarios"][1:]:
        other = each["compared_with_present"]
        late = other.get("forgone_by_starting_late")
        rows.append({
            "plan": each["name"], "what": "; ".join(each["changes"]),
            "gain": _short(other["harm_found"]),
            "minutes": numbers.amount(other["minutes_worked_per_day"]),
            "each": numbers.amount(other["harm_found_per_further_minute"]),
            "clean": numbers.amount(other["clean_items_delayed"]),
            "late": f"{numbers.amount(late['value'])} in {late['days']} days" if late else None,
        })  # fmt: skip
    heads = {
        "plan": "Plan", "what": "Change", "gain": "More harm found (severity points)", "minutes": "More minutes a day",
        "each": "Points per further minute", "clean": "More clean items delayed", "late": "Forgone by starting late",
    }  # fmt: skip
    if not any(row["late"] for row in rows):
        heads.pop("late")
    said = [f"{each['name']}: {line}" for each in told["scenarios"][1:] for line in each["said"]]
    table = grid_of(
        rows, heads, caption="Beside the present plan, on the same draws", numbers=("minutes", "each", "clean")
    )
    return tag("div", table, _said(said))


def _lanes(plan: Mapping[str, Any]) -> Safe:
    rows = [
        {
            "lane": lane["lane"], "way": f"{lane['mode']}, {lane['direction']}",
            "arrive": numbers.amount(lane["arrivals_per_day"]), "share": numbers.share(lane["share_inspected"]),
            "could": numbers.share(lane["share_reachable_within_the_wait"]),
            "used": "OVERLOAD" if lane["overloaded"] else numbers.share(lane["utilisation"]),
            "mean": numbers.amount(lane["wait"]["mean_minutes"]), "high": numbers.amount(lane["wait"]["p95_minutes"]),
            "limit": numbers.amount(lane["wait"]["longest_wanted_minutes"]),
            "last": numbers.share(lane["last_tenth_of_minutes"]["share_of_what_the_lane_finds"]),
        }
        for lane in plan["lanes"]
    ]  # fmt: skip
    heads = {
        "lane": "Lane", "way": "Way", "arrive": "Arrive a day", "share": "Inspected", "could": "Reachable in time",
        "used": "Busy", "mean": "Mean wait, min", "high": "95 % wait under, min", "limit": "Wanted under, min",
        "last": "Last tenth of minutes finds",
    }  # fmt: skip
    return grid_of(rows, heads, caption="Each lane as it stands", numbers=tuple(heads)[2:])


def _harm(plan: Mapping[str, Any]) -> Safe:
    rows = [
        {
            "lane": lane["lane"], "kind": harm["harm_class"], "coming": _short(harm["coming"]),
            "finds": _short(harm["finds"]), "rate": _short(harm["interdiction_rate"], "share"),
            "rests": harm["prevalence_is"],
        }
        for lane in plan["lanes"]
        for harm in lane["harm"]
    ]  # fmt: skip
    heads = {
        "lane": "Lane", "kind": "Harm class", "coming": "Comes through", "finds": "Found", "rate": "Interdiction rate",
        "rests": "Prevalence is",
    }  # fmt: skip
    return grid_of(rows, heads, caption="Expected records in the period, present plan")


def _returns(told: Mapping[str, Any]) -> Safe:
    now = {lane["lane"]: lane["share_inspected"] for lane in told["scenarios"][0]["lanes"]}
    figures = []
    for name in dict.fromkeys(row["lane"] for row in told["diminishing_returns"]):
        rows = [row for row in told["diminishing_returns"] if row["lane"] == name]
        chart = returns_chart(rows, name)
        drawn = returns_svg(rows, now.get(name), summary=chart.summary)
        figures.append(tag("figure", tag("figcaption", chart.summary), drawn))
    note = "Line: by score, with its interval. Dashed: in random order. Dot: now. The scale across is a"
    return tag("div", tag("p", f"{note} square root.", class_="note"), tag("div", *figures, class_="plots"))


def _ladder(rows: Sequence[Mapping[str, Any]]) -> Safe:
    shown = [
        {
            "lane": r["lane"], "share": numbers.share(r["share_inspected"]), "what": r["resource"],
            "needed": numbers.amount(r["needed_at_once"]), "now": numbers.amount(r["at_work_now"]),
            "cost": numbers.amount(r["cost_per_day"]), "harm": _short(r["harm_found"]),
        }
        for r in rows
    ]  # fmt: skip
    heads = {
        "lane": "Lane", "share": "Share inspected", "what": "By", "needed": "Needed at once", "now": "At work now",
        "cost": "Cost a day", "harm": "Harm found (severity points)",
    }  # fmt: skip
    return grid_of(shown, heads, caption="If this resource did it all", numbers=("share", "needed", "now", "cost"))


def _burden(told: Mapping[str, Any]) -> Safe:
    rows = [
        {
            "plan": each["name"], "clean": numbers.amount(each["burden"]["clean_items_delayed"]),
            "waited": numbers.amount(each["burden"]["hours_waited_by_them"]),
            "under": numbers.amount(each["burden"]["hours_under_inspection"]),
            "open": ", ".join(each["burden"]["lanes_whose_wait_cannot_be_told"]) or None,
        }
        for each in told["scenarios"]
    ]  # fmt: skip
    heads = {
        "plan": "Plan", "clean": "Clean items delayed", "waited": "Hours they waited", "under": "Hours inspected",
        "open": "Wait without end in",
    }  # fmt: skip
    return grid_of(rows, heads, caption="Items that carry nothing, in the period", numbers=("clean", "waited", "under"))


def _minutes(plan: Mapping[str, Any]) -> Safe:
    rows = [
        {
            "lane": r["lane"], "what": r["resource"], "minutes": numbers.amount(r["minutes_per_day"]),
            "used": numbers.share(r["utilisation"]), "harm": numbers.amount(r["harm_found_per_further_minute"]),
            "finds": numbers.amount(r["finds_per_1000_further_minutes"]),
            "cost": numbers.amount(r["harm_found_per_further_unit_of_cost"]),
        }
        for r in plan["resources"]
    ]  # fmt: skip
    heads = {
        "lane": "Lane", "what": "Resource", "minutes": "Minutes a day", "used": "Busy",
        "harm": "Points per further minute worked", "finds": "Finds per 1,000 further minutes",
        "cost": "Points per further unit of cost",
    }  # fmt: skip
    return grid_of(rows, heads, caption="Minutes that are worked, not minutes that wait", numbers=tuple(heads)[2:])


def _best(best: Mapping[str, Any]) -> Safe:
    if not best["rows"]:
        return tag("p", best["said"])
    rows = [
        {"lane": r["lane"], "what": r["resource"], "now": numbers.amount(r["minutes_now"]),
         "best": numbers.amount(r["minutes_best"])}
        for r in best["rows"]
    ]  # fmt: skip
    heads = {"lane": "Lane", "what": "Resource", "now": "Minutes worked now", "best": "Minutes, used best"}
    return tag(
        "div",
        facts([("More harm found (severity points)", _short(best["gained"]))]),
        tag("p", best["said"], class_="note"),
        grid_of(rows, heads, caption="Minutes a day", numbers=("now", "best")),
    )  # fmt: skip


def _short(found: Mapping[str, Any], unit: str = "amount") -> str:
    """Return an estimate with its interval in brackets; the page says once that they are 95 % intervals."""
    shown = numbers.share if unit == "share" else numbers.amount
    return f"{shown(found['value'])} ({numbers.interval(found, unit)})"


def _doubt(rows: Sequence[Mapping[str, Any]]) -> Safe:
    shown = [{"input": r["input"], "share": numbers.share(r["share_of_doubt"])} for r in rows]
    heads = {"input": "Input", "share": "Share of the doubt"}
    return grid_of(shown, heads, caption="What to measure next: most first", numbers=("share",))


def _list(lines: Sequence[str]) -> Safe:
    return tag("ul", *(tag("li", line) for line in lines)) if lines else Safe("")


def _said(lines: Sequence[str]) -> Safe:
    return tag("div", _list(lines), class_="flag") if lines else Safe("")
