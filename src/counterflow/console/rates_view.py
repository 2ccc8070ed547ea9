"""What the page of rates shows, every text and number ready to stand in the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.board import Tile, pooled_row
from counterflow.report.charts.chart import shown_name
from counterflow.report.charts.intervals import interval_chart
from counterflow.report.grid import grid

__all__ = ["drift_view", "rates_view", "whatif_view"]

_ARMS = ("random", "targeted", "mandatory", "followup")
_ARM_WORDS = {
    "random": "drawn at random", "targeted": "by expected harm", "mandatory": "mandatory",
    "followup": "follows up a random find",
}  # fmt: skip
_KINDS = {
    "score": "What the model says of the flow", "random_hits": "What chance finds against what was said",
    "new_keys": "Values never seen before", "concentration": "Where finds crowd",
}  # fmt: skip
_MOST_BURDEN = 40


def rates_view(rates: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer first, then arms side by side, lanes, burden and limits."""
    rows = [row for row in rates["rows"] if isinstance(row, Mapping)]
    random = pooled_row({"interdiction": rows}, "random")
    first, last = rates["planned"]
    lanes = [row for row in rows if row["lane"] != "*"]
    return {
        "synthetic": rates["synthetic"], "as_of": numbers.when(str(rates["as_of"])),
        "since": _iso(rates["since"] or first), "until": _iso(rates["until"] or last),
        "first": _iso(first), "last": _iso(last), "worked": bool(random.get("n")),
        "answer": _answer(random), "why_not": "" if random.get("informative") else str(random.get("why_not") or ""),
        "tiles": [_found(random), _missed(random), _prevalence(random), _burden(rates["burden"])],
        "arms": [_arm(row) for arm in _ARMS for row in rows if row["lane"] == "*" and row["arm"] == arm],
        "chart": interval_chart(rows), "lanes": grid([_lane(row) for row in lanes if row["arm"] == "random"]),
        "burden": grid([_burden_row(row) for row in rates["burden"][:_MOST_BURDEN]]),
        "burden_left": max(len(rates["burden"]) - _MOST_BURDEN, 0),
        "outside": sorted({str(row["outside"]) for row in rows if row.get("outside")}),
        "sensitivity": (random.get("sensitivity") or {}).get("words", ""),
    }  # fmt: skip


def _iso(day: Any) -> str:
    return "" if day is None else str(day)


def _answer(row: Mapping[str, Any]) -> str:
    """Say in one sentence what is known, or that it is not."""
    if not row.get("n"):
        return "Nobody knows yet: no record drawn at random has been inspected."
    rate, missed = row.get("interdiction"), row.get("undetected")
    if not row.get("informative") or not rate or rate.get("value") is None:
        return f"Not known well enough to act on. Of {numbers.counted(row['n'], 'random inspection')}, {row['words']}."
    told = f"Of all there was to find, {numbers.share(rate['value'])} was found ({numbers.interval(rate)})"
    if missed and missed.get("value") is not None:
        got = f"{numbers.amount(missed['value'])} records got through unseen"
        told += f"; about {got} ({numbers.interval(missed, 'amount')})"
    return f"{told}, with {numbers.amount(float(rate['level']) * 100)} % confidence."


def _doubted(label: str, found: Mapping[str, Any] | None, unit: str, informative: bool) -> Tile:
    if not found:
        return Tile(label, numbers.ABSENT, "needs outcomes of records drawn at random", "doubt")
    shown = numbers.share if unit == "share" else numbers.amount
    if found.get("value") is None:
        return Tile(label, numbers.interval(found, unit), "an interval only: nothing was found at random", "doubt")
    detail = numbers.interval(found, unit)
    if not (informative and found.get("informative", True)):
        return Tile(label, numbers.interval(found, unit), "too wide to act on", "doubt")
    return Tile(label, shown(found["value"]), f"95 % interval {detail}")


def _found(row: Mapping[str, Any]) -> Tile:
    return _doubted("Found, of all there is to find", row.get("interdiction"), "share", bool(row.get("informative")))


def _missed(row: Mapping[str, Any]) -> Tile:
    return _doubted("Undetected in the recorded flow", row.get("undetected"), "amount", bool(row.get("informative")))


def _prevalence(row: Mapping[str, Any]) -> Tile:
    return _doubted("Records that carry something", row.get("prevalence"), "share", bool(row.get("informative")))


def _burden(rows: Sequence[Mapping[str, Any]]) -> Tile:
    overall = next((row for row in rows if row.get("name") in ("*", "all", "")), rows[0] if rows else None)
    if overall is None:
        return Tile("Opened with nothing found", numbers.ABSENT, "nothing was inspected", "doubt")
    return Tile(
        "Opened with nothing found", numbers.count(overall["fruitless"]),
        f"of {numbers.count(overall['inspected'])} inspected; whoever sent them waited",
    )  # fmt: skip


def _arm(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return one arm over all lanes: what it found, and what that may be used for."""
    waiting = row.get("awaiting") or {}
    rate = row["rate"] if row["n"] else None
    return {
        "arm": row["arm"], "words": _ARM_WORDS.get(str(row["arm"]), str(row["arm"])),
        "inspected": numbers.count(row["n"]), "found": numbers.count(row["found"]),
        "rate": numbers.share(rate["value"]) if rate else numbers.ABSENT, "interval": numbers.interval(rate),
        "waiting": numbers.count(sum(waiting.values())) if isinstance(waiting, Mapping) else numbers.ABSENT,
        "refuted": numbers.count(row["refuted"]), "missing": numbers.count(row["not_presented"]),
        "pending": numbers.count(row["pending"]),
        "use": "speaks for the whole flow" if row["arm"] == "random" else "says nothing about the rest",
    }  # fmt: skip


def _lane(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Lane": shown_name(row["lane"], "lane"), "Records": row["eligible"], "Inspected at random": row["n"],
        "Found at random": row["found"], "Carry something": numbers.interval(row["prevalence"]),
        "Found, of all there is": numbers.interval(row["interdiction"]),
        "Undetected": numbers.interval(row["undetected"], "amount"),
        "Usable": "yes" if row["informative"] else "no: too wide or too few",
    }  # fmt: skip


def _burden_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "By": row["by"], "Name": "all" if row["name"] == "*" else row["name"], "Records": row["records"],
        "Inspected": row["inspected"], "Nothing found": row["fruitless"],
        "Nothing found, per 1\u202f000 records": row["fruitless_per_1000"], "Refuted": row["refuted"],
        "Not presented": row["not_presented"],
    }  # fmt: skip


def drift_view(drift: Mapping[str, Any]) -> dict[str, Any]:
    """Return what moved, alarms first, each with what to do; quiet signals below."""
    signals = [
        {
            "kind": _KINDS.get(str(s["kind"]), str(s["kind"])), "where": "" if s["where"] == "*" else str(s["where"]),
            "alarm": bool(s["alarm"]), "since": s["since"] or "", "words": s["words"],
            "advice": str(s["advice"]).replace("new_keys", "the values never seen before"),
            "p": "too little to judge" if s["p"] is None else f"chance of this where nothing moved: {s['p']:.2g}",
        }
        for s in drift["signals"]
    ]  # fmt: skip
    alarms = [one for one in signals if one["alarm"]]
    quiet = [one for one in signals if not one["alarm"]]
    if not signals:
        answer = "No plan was made yet: there is nothing to watch."
    elif alarms:
        answer = f"{numbers.counted(len(alarms), 'thing')} moved in the last {drift['recent_days']} days."
    else:
        answer = f"Nothing has moved in the last {drift['recent_days']} days that these records could show."
    return {
        "drift_answer": answer, "alarms": alarms, "quiet": quiet, "recent_days": drift["recent_days"],
        "level": numbers.share(drift["level"]),
    }  # fmt: skip


def whatif_view(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sliders and, beside the present, what the latest plan would find with the numbers turned."""
    answer = told["answer"]
    present, *turned = answer["scenarios"]
    other = turned[0] if turned else None
    return {
        "resources": [
            {
                "name": one["name"], "factor": round(100 * one["factor"]), "field": f"m{place}",
                "now": f"{numbers.amount(one['minutes_per_day'])} minutes a day,"
                       f" {numbers.amount(one['service_minutes'])} an inspection,"
                       f" finds {numbers.share(one['detection_rate'])} of what is there",
            }
            for place, one in enumerate(told["resources"])
        ],
        "share": round(100 * told["random_share"]), "planned_share": numbers.share(told["planned_random_share"]),
        "arrivals": round(100 * told["arrivals"]), "plan": told["plan"], "days": f"{told['starts']} to {told['ends']}",
        "period": answer["period_days"], "turned": other is not None,
        "whatif_answer": _turned_answer(present, other, answer["period_days"]),
        "rows": _beside(present, other), "lanes": _lanes_beside(present, other), "rests_on": answer["rests_on"]["said"],
        "doubt": [
            f"{numbers.share(row['share_of_doubt'])}: {row['input']}" for row in answer["doubt_comes_from"][:5]
        ],
        "assumed": [line for line in answer["assumed"] if "wait of" not in line and "works from" not in line],
        "cautions": answer["cautions"], "left_out": told["left_out"],
    }  # fmt: skip


def _turned_answer(present: Mapping[str, Any], other: Mapping[str, Any] | None, days: int) -> str:
    if other is None:
        found = present["harm_found"]
        return (
            f"As planned, {numbers.amount(found['value'])} severity points of harm are expected to be found in {days}"
            f" days (95 % interval {numbers.interval(found, 'amount')}). Turn a number to see what it would change."
        )
    gained = other["compared_with_present"]["harm_found"]
    more = f"{numbers.amount(abs(gained['value']))} points {'more' if gained['value'] >= 0 else 'less'}"
    sure = "" if gained["low"] > 0 or gained["high"] < 0 else " The interval holds 0: it may change nothing."
    return (
        f"With these numbers {more} would be found in {days} days (95 % interval"
        f" {numbers.interval(gained, 'amount')}, on the same draws).{sure}"
    )


def _beside(present: Mapping[str, Any], other: Mapping[str, Any] | None) -> list[dict[str, str]]:
    def row(words: str, now: str, then: str) -> dict[str, str]:
        return {"what": words, "now": now, "then": then if other else ""}

    def harm(plan: Mapping[str, Any] | None) -> str:
        found = plan["harm_found"] if plan else None
        return f"{numbers.amount(found['value'])} ({numbers.interval(found, 'amount')})" if found else ""

    def inspections(plan: Mapping[str, Any] | None) -> str:
        return numbers.amount(sum(lane["inspections_per_day"] for lane in plan["lanes"])) if plan else ""

    def minutes(plan: Mapping[str, Any] | None) -> str:
        return numbers.amount(plan["minutes_worked_per_day"]) if plan else ""

    def clean(plan: Mapping[str, Any] | None) -> str:
        return numbers.amount(plan["burden"]["clean_items_delayed"]) if plan else ""

    return [
        row("Expected harm found, severity points", harm(present), harm(other)),
        row("Inspections a day", inspections(present), inspections(other)),
        row("Minutes worked a day", minutes(present), minutes(other)),
        row("Clean items opened", clean(present), clean(other)),
    ]


def _lanes_beside(present: Mapping[str, Any], other: Mapping[str, Any] | None) -> list[dict[str, str]]:
    rows = []
    for place, lane in enumerate(present["lanes"]):
        then = other["lanes"][place] if other else None
        rows.append({
            "lane": lane["lane"], "arrive": numbers.amount(lane["arrivals_per_day"]),
            "now": numbers.share(lane["share_inspected"]),
            "then": numbers.share(then["share_inspected"]) if then else "",
            "found": _short(lane["harm_found"]), "found_then": _short(then["harm_found"]) if then else "",
            "rests": lane["rests_on"],
        })  # fmt: skip
    return rows


def _short(found: Mapping[str, Any]) -> str:
    return f"{numbers.amount(found['value'])} ({numbers.interval(found, 'amount')})"
