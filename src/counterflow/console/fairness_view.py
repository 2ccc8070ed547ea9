"""What the page of fairness shows, in words and tables ready to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.burden import bar_chart, burden_chart
from counterflow.report.grid import grid

__all__ = ["GROUPING_WORDS", "fairness_view"]

GROUPING_WORDS = {
    "origin": "Origin of goods", "departure": "Country of departure", "sender_size": "Size of sender",
    "port": "Port or office", "lane": "Lane", "community": "Community of a port",
}  # fmt: skip
#: what never enters a score, and what stands for it in the code
_UNUSED = (
    "What a party is called, and what that name suggests",
    "The country of a party's address",
    "Day or year of birth",
    "Nationality, ethnicity, religion, gender",
    "A likeness of a name to a list that nobody has judged",
)
_HIDDEN = "too few"


def fairness_view(desk: Mapping[str, Any]) -> dict[str, Any]:
    """Return the page of one grouping."""
    by, rows = str(desk["by"]), list(desk["burden"])
    tests, swap = desk["runs"]["threshold-test"], desk["runs"]["swap"]
    return {
        "by": by, "grouping": GROUPING_WORDS[by], "answer": _answer(rows),
        "groupings": [(name, GROUPING_WORDS[name], name == by) for name in desk["groupings"]],
        "chart": burden_chart(rows, GROUPING_WORDS[by]) if rows else None,
        "burden": grid([_burden_row(row) for row in rows]), "verdicts": _verdicts(rows),
        "random": _random(rows), "said": desk["said"],
        "test": _test(tests, by, rows), "tested": by in desk["tested"],
        "watched": _watched(desk["runs"]["alarms"], by), "alarms": grid([_alarm_row(row) for row in desk["alarms"]]),
        "swap": _swap(swap), "unused": _UNUSED,
    }  # fmt: skip


def _answer(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "No plan has been worked yet, so nobody has borne anything that could be counted."
    groups = [row for row in rows if row["group"] != "*"]
    if len(groups) < 2:
        return "There is one group only: there is nothing to compare it with."
    told = [row for row in groups if row.get("fruitless_p") is not None]
    over = [row for row in told if row["fruitless_p"] < 0.05 and (row["fruitless_to_others"] or 0) > 1]
    if not told:
        return "Every group is too small to be told of."
    if not over:
        many = f"None of {len(told)} groups is shown to be opened for nothing more often than others"
        # One interval in twenty leaves out 1 by chance: with many groups the chart may show one, which is no finding.
        return f"{many} at the same declared risk, allowing for so many comparisons."
    names = ", ".join(str(row["group"]) for row in over[:5])
    return f"Opened for nothing more often than others at the same declared risk: {names}."


def _burden_row(row: Mapping[str, Any]) -> dict[str, str]:
    name = "all" if row["group"] == "*" else str(row["group"])
    return {
        "group": name, "consignments": _count(row["consignments"]),
        "opened_per_1000": _with_ends(row, "inspections_per_1000", ".0f"),
        "for_nothing_per_1000": _with_ends(row, "fruitless_per_1000", ".0f"),
        "beside_others": "" if row["group"] == "*" else _with_ends(row, "fruitless_to_others", ".2f"),
        "median_delay": "" if row["delay_median"] is None else f"{row['delay_median']:.1f} h",
        "hit_rate_chosen": _share(row, "hit_rate_chosen"), "hit_rate_random": _share(row, "hit_rate_random"),
    }  # fmt: skip


def _count(value: Any) -> str:
    return _HIDDEN if value is None else numbers.count(value)


def _with_ends(row: Mapping[str, Any], name: str, form: str) -> str:
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if low is None and high is None:
        return _HIDDEN
    point = "" if value is None else f"{value:{form}} "
    return f"{point}({0 if low is None else low:{form}} to {'any' if high is None else format(high, form)})"


def _share(row: Mapping[str, Any], name: str) -> str:
    if row[name] is None:
        return _HIDDEN
    return f"{numbers.share(row[name])} ({numbers.share(row[f'{name}_low'])} to {numbers.share(row[f'{name}_high'])})"


def _verdicts(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(str(row["group"]), str(row["verdict"])) for row in rows
            if row["group"] != "*" and row["consignments"] is not None and row["inspected"] is not None]  # fmt: skip


def _random(rows: Sequence[Mapping[str, Any]]) -> str:
    whole = next((row for row in rows if row["group"] == "*"), None)
    if whole is None or not whole["random_inspected"]:
        return "Nothing was opened at random: nobody knows the base, and hit rates cannot say who is opened too often."
    return (
        f"Of {numbers.count(whole['random_inspected'])} records opened at random, something was found in"
        f" {_share(whole, 'hit_rate_random')}; of those chosen, in {_share(whole, 'hit_rate_chosen')}."
    )


def _test(run: Mapping[str, Any] | None, by: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    if run is None:
        return None
    told = run["groupings"].get(by)
    if told is None:
        return {"made_at": numbers.when(run["made_at"]), "seq": run["ledger_seq"], "why_not": "it is not run over this",
                "chart": None, "fit": ""}  # fmt: skip
    chart = bar_chart(told["rows"], {str(row["group"]): row for row in rows}) if told["informative"] else None
    fit = told["fit"] or {}
    words = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in fit.items())
    return {"made_at": numbers.when(run["made_at"]), "seq": run["ledger_seq"], "why_not": told["why_not"],
            "chart": chart, "fit": words}  # fmt: skip


def _watched(run: Mapping[str, Any] | None, by: str) -> dict[str, Any] | None:
    if run is None:
        return None
    told = run["groupings"].get(by, {"rows": [], "why_not": "it is not watched", "said": []})
    rows = [{"group": row["group"], "highest_sum": f"{row['statistic']:.2f}", "limit": f"{row['limit']:.2f}",
             "says": row["words"]} for row in told["rows"]]  # fmt: skip
    return {"made_at": numbers.when(run["made_at"]), "seq": run["ledger_seq"], "why_not": told["why_not"],
            "rows": grid(rows), "said": told["said"]}  # fmt: skip


def _alarm_row(row: Mapping[str, Any]) -> dict[str, str]:
    ratio = "too few to say" if row["ratio"] is None else f"{row['ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
    return {"month": str(row["month"]), "grouping": GROUPING_WORDS.get(str(row["by"]), str(row["by"])),
            "group": str(row["group"]), "since": str(row["since"]), "seen_over_expected": ratio,
            "ledger_entry": str(row["ledger_seq"])}  # fmt: skip


def _swap(run: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if run is None:
        return None
    rounds = run.get("rounds") or []
    worst = {
        name: max((row[name] for row in rounds), default=0) for name in ("moved", "by_list", "by_person", "unexplained")
    }
    verdict = (
        "Exact: no score moved but by exact list matches and what a person set."
        if run["exact"]
        else f"NOT exact: up to {worst['unexplained']:,} scores moved with a name. This is a fault: report it."
    )
    return {
        "made_at": numbers.when(run["made_at"]), "seq": run["ledger_seq"], "verdict": verdict, "exact": run["exact"],
        "facts": [
            ("Records", numbers.count(run["records"]), False), ("Rounds", str(len(rounds)), False),
            ("Moved by an exact list match", numbers.count(worst["by_list"]), False),
            ("Moved by a lookout or rule of a person", numbers.count(worst["by_person"]), False),
            ("Moved by anything else", numbers.count(worst["unexplained"]), False),
            ("Ranked by", str(run["ranked_by"]), True),
        ],
        "proxies": [
            f"{row['proxy']}: {row['moved']:,} of {row['records']:,} scores move when it is dealt anew;"
            f" {row['kept_in_first_tenth']:.0%} of the first tenth stays"
            for row in run["proxies"]
        ],
    }  # fmt: skip
