"""The brief of an alarm: one page that can be handed on, and the same as a PDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterflow.report import numbers
from counterflow.report.blocks import Block, Facts, Figure, Flag, Heading, Lines, Note, Said, Table, html
from counterflow.report.history_plot import history_drawing
from counterflow.report.markup import Safe, tag
from counterflow.report.page import page

__all__ = ["BAND", "blocks", "kicker", "render"]

BAND = "SYNTHETIC – made-up counts of no real place"
_STYLE = Safe(
    "main{max-width:56rem}.flagged{margin-top:.7rem;padding:.45rem .8rem;border-left:4px solid var(--warn);"
    "background:var(--sunk);font-weight:600}svg .bar.small{fill:var(--bar);fill-opacity:.35}"
    "svg .limit{fill:none;stroke:var(--warn);stroke-width:1.4;stroke-dasharray:5 4}.wide td:first-child{min-width:7rem}"
    ".wide td:not(.n){min-width:5.5rem}figure svg{max-height:none}.facts + p{margin-top:.7rem}"
    "h2 + p,h2 + .note{margin-top:.35rem}@media (max-width:40rem){svg text{font-size:20px}}"
)
_MOST_LIKE = 12


def render(told: Mapping[str, Any]) -> str:
    """Return the page of a brief, as `counterflow.watch.brief.build` makes it."""
    band = tag("p", BAND, class_="band") if told["synthetic"] else ""
    return page(
        str(told["title"]),
        tag("style", _STYLE),
        band,
        tag("p", kicker(told), class_="kicker"),
        tag("h1", told["title"]),
        *html(blocks(told)),
    )


def kicker(told: Mapping[str, Any]) -> str:
    """Return the line above the title."""
    return f"Alert brief {told['alarm']}, raised {numbers.when(told['made_at'])}"


def blocks(told: Mapping[str, Any]) -> list[Block]:
    """Return the brief as blocks."""
    return [
        *_first(told), *_figure(told), *_how(told), *_like(told), *_after(told), *_people(told), *_kits(told),
        Heading("What is not known"), Lines(tuple(told["not_known"])), *_again(told),
    ]  # fmt: skip


def _first(told: Mapping[str, Any]) -> list[Block]:
    what, where, when, seen = told["what"], told["where"], told["when"], told["numbers"]
    shown: list[Block] = []
    if not told["stands"]:
        shown.append(Flag(f"This alarm no longer stands. {' '.join(told['corrections'][-1:])}"))
    if told["data"]["panel_changed"]:
        shown.append(Flag("What is looked for, or how it is counted, changed within these periods:"
                          f" {told['data']['panel_said']}. The rise may be that change."))  # fmt: skip
    rows = [
        ("Observed", _count(seen["observed"], told)),
        ("To be expected", _number(seen["expected"], "not told by this method")),
        ("To be expected by then", None if seen["by_now"] is None else _number(seen["by_now"], "")),
        ("Alarm above", _number(seen["upper"], _no_upper(seen))),
        ("Observed over expected", _ratio(seen["ratio"])),
        ("Where", f"{where['place']}" + (f" ({where['level']})" if where["level"] else "")),
        ("What", ", ".join(str(what[name]) for name in ("measure", "subject") if what[name]) or "not told"),
        ("Period", _period(when)),
        ("Since", f"{when['since']}" + (f", {when['run']} {when['grain']}s in a row" if when["run"] > 1 else "")),
        ("Counted by", what["source"]),
        ("Counts as of", told["data"]["as_of"] or "not told"),
        ("Complete", _complete(told["data"])),
    ]
    return [*shown, Facts(tuple((name, str(value)) for name, value in rows if value)), Said(told["caution"])]


def _figure(told: Mapping[str, Any]) -> list[Block]:
    drawing = history_drawing(told["history"], least=told["small_cell"])
    if drawing is None:
        return []
    key = (
        f"Bars: counts; line: to be expected; {_threshold_key(told)}; triangle: alarm."
        f" Pale bars: not shown, from 1 to {told['small_cell'] - 1} or beside such; their height tells nothing."
    )
    return [Heading("The series"), Figure(drawing, key)]


def _threshold_key(told: Mapping[str, Any]) -> str:
    if any(row["upper"] is not None for row in told["history"]):
        return "dashed: an alarm lies above"
    return "no threshold is drawn, for it would narrow hidden counts"


def _how(told: Mapping[str, Any]) -> list[Block]:
    method = told["method"]
    baseline = method["baseline_starts"] or (
        None if method["baseline_from"] is None else f"period {method['baseline_from']}"
    )
    settings = ", ".join(f"{name} {value}" for name, value in method["settings"].items())
    budget = None if method["budget"] is None else f"{method['budget']:g} false alarms a series and {_grain(told)}"
    rows = [
        ("Method", method["name"]), ("Settings", settings or "none"),
        ("Baseline from", baseline or "not told by this method"), ("Threshold set for", budget),
        ("Score", None if method["score"] is None else numbers.amount(method["score"])),
        ("Interval of the ratio", told["numbers"]["ratio_method"] if told["numbers"]["ratio"] else None),
    ]  # fmt: skip
    longer = [f"Published in: {method['source']}."]
    longer += [f"The threshold rests on: {method['rests_on']}"] if method["rests_on"] else []
    short = Facts(tuple((n, str(v)) for n, v in rows if v not in (None, "")))
    return [Heading("How it was judged"), short, *(Note(line) for line in longer)]


def _like(told: Mapping[str, Any]) -> list[Block]:
    like = told["like_places"]
    shown: list[Block] = [Heading("Comparable places")]
    if not like["places"]:
        return [*shown, Said("No place with the same measure, subject and level stands beside it.")]
    own = told["numbers"]["ratio"]
    here = f"; here {_ratio(own)} times" if own else ""
    if like["together"]:
        shown.append(Said(
            f"{numbers.counted(like['taken_together'], 'place')} taken together: {_ratio(like['together'])} times what"
            f" was to be expected in the same period{here}."
        ))  # fmt: skip
    if like["hidden"]:
        shown.append(
            Note(
                f"{numbers.counted(like['hidden'], 'place')} with a small count, or beside one: hidden. What is taken"
                " together allows for the least and the most that small ones may be, or is not told."
            )
        )
    rows = tuple(
        {"place": row["place"], "observed": str(row["observed"]), "expected": numbers.amount(row["expected"]),
         "ratio": _brief_ratio(row["ratio"]), "alarm": "yes" if row["alarm"] else "no"}
        for row in like["rows"][:_MOST_LIKE]
    )  # fmt: skip
    heads = {
        "place": "Place",
        "observed": "Observed",
        "expected": "Expected",
        "ratio": "Ratio (95 % interval)",
        "alarm": "Alarm",
    }
    if rows:
        more = len(like["rows"]) - len(rows)
        caption = "Same measure, subject and level, same period" + (f"; {more} more" if more > 0 else "")
        shown.append(Table(caption, heads, rows, ("observed", "expected")))
    return shown


def _after(told: Mapping[str, Any]) -> list[Block]:
    past = told["after"]
    shown: list[Block] = [Heading("What usually follows")]
    if not past["n"]:
        return [*shown, Said(past["said"])]
    words = f"{numbers.counted(past['n'], 'earlier alarm')} of this measure and method on record here."
    judged = past["verdicts"]
    if judged:
        span = f"{numbers.share(judged['low'])} to {numbers.share(judged['high'])}"
        words += f" Judged so far: {judged['judged']}; an outbreak: {judged['outbreak']} (95 %: {span})."
    shown.append(Said(f"{words} {past['said']}".strip()))
    rows = tuple(
        {"after": f"{row['after']} {told['when']['grain']}{'s' if row['after'] > 1 else ''} later",
         "above": f"{row['above']} of {row['n']}",
         "span": f"{numbers.share(row['low'])} to {numbers.share(row['high'])}"}
        for row in past["periods"]
    )  # fmt: skip
    heads = {"after": "Period", "above": "Still above their threshold", "span": "95 % interval"}
    return [*shown, Table("After those alarms", heads, rows)] if rows else shown


def _people(told: Mapping[str, Any]) -> list[Block]:
    rows = tuple(
        {"who": row["duty"], "where": row["organisation"], "by": numbers.when(row["tell_by"]),
         "told": numbers.when(row["told"]), "known": numbers.when(row["acknowledged"]),
         "acted": numbers.when(row["acted"])}
        for row in told["response"]
    )  # fmt: skip
    if not rows:
        return [Heading("Who is told"), Said("No contact on record answers for this place.")]
    heads = {"who": "Post", "where": "Organisation", "by": "To be told by", "told": "Told", "known": "Acknowledged",
             "acted": "Acted"}  # fmt: skip
    return [Heading("Who is told"), Table("As the table of contacts says", heads, rows)]


def _kits(told: Mapping[str, Any]) -> list[Block]:
    kits = told["kits"]
    shown: list[Block] = [Heading("Naloxone and test kits"), *(Said(line) for line in kits["said"])]
    if not kits["rows"]:
        return shown
    rows = tuple(
        {"place": row["place"], "item": row["item"], "stock": f"{numbers.amount(row['stock'])} on {row['as_of']}",
         "usual": _days(row, "expected_days"), "alarm": _days(row, "alarm_days"),
         "lead": numbers.amount(row["lead_days"]), "short": _short(row["short_before_delivery"]),
         "rests": row["rests_on"]}
        for row in kits["rows"]
    )  # fmt: skip
    heads = {"place": "Place", "item": "Item", "stock": "Stock", "usual": "Days, as expected",
             "alarm": "Days, if the alarm goes on", "lead": "Days to delivery", "short": "May run out before",
             "rests": "Rests on"}  # fmt: skip
    table = Table("Days of cover from today, with 95 % intervals; shortest first", heads, rows, ("lead",))
    return [*shown, table, Note(f"Drawn from {kits['source']}.")]


def _again(told: Mapping[str, Any]) -> list[Block]:
    rows = (
        ("Id", told["alarm"]), ("Command", told["again"]["command"]), ("Keyed digest of the counts",
        told["again"]["data_digest"]), ("Shown for", f"{told['role']}, {told['purpose']}"),
    )  # fmt: skip
    note = (
        "The id before the dot is a digest of series, period, method and settings; the part after it tells the counts."
    )
    return [Heading("To make it again"), Facts(rows), Note(note)]


def _count(value: Any, told: Mapping[str, Any]) -> str:
    if value == "withheld":
        return "not shown: it would tell a small count"
    return f"fewer than {told['small_cell']}, not shown" if isinstance(value, str) else numbers.amount(value)


def _no_upper(seen: Mapping[str, Any]) -> str:
    hidden = isinstance(seen["observed"], str)
    return "not shown: it would narrow a hidden count" if hidden else "not told by this method"


def _number(value: Any, absent: str) -> str:
    if value is None:
        return absent
    return numbers.amount(round(float(value), 1) if abs(value) >= 1 else float(f"{value:.2g}"))


def _ratio(found: Mapping[str, Any] | None) -> str:
    if not found:
        return numbers.ABSENT
    if found["value"] is None:
        return f"{found['low']:.2f} to {found['high']:.2f}"
    return f"{found['value']:.2f} (95\N{NARROW NO-BREAK SPACE}%: {found['low']:.2f} to {found['high']:.2f})"


def _brief_ratio(found: Mapping[str, Any] | None) -> str:
    return f"{found['value']:.2f} ({found['low']:.2f} to {found['high']:.2f})" if found else numbers.ABSENT


def _period(when: Mapping[str, Any]) -> str:
    if when["ends"] is None or when["ends"] == when["period"]:
        return f"{when['grain']} {when['period']}"
    return f"{when['period']} to {when['ends']}"


def _grain(told: Mapping[str, Any]) -> str:
    return str(told["when"]["grain"])


def _complete(data: Mapping[str, Any]) -> str:
    said = [] if data["complete"] is None else [f"{numbers.share(data['complete'])} expected to be in"]
    cast = data["nowcast"]
    if cast:
        said.append(
            f"nowcast of the final count {_plain(cast, 'value')} ({_plain(cast, 'low')} to {_plain(cast, 'high')})"
        )
    if cast and cast.get("probability_of_alarm") is not None:
        said.append(f"chance of an alarm once all is in {numbers.share(cast['probability_of_alarm'])}")
    return "; ".join(said) or "nobody says"


def _plain(cast: Mapping[str, Any], name: str) -> str:
    return numbers.amount(cast.get(name))


def _days(row: Mapping[str, Any], case: str) -> str:
    if row[case] is None:
        return "not known"
    return f"{_whole(row[case])} ({_whole(row[f'{case}_low'])} to {_whole(row[f'{case}_high'])})"


def _whole(days: float) -> str:
    """Return days, a year and more as such: so far ahead nobody plans by it."""
    return "over a year" if days > 365 else numbers.amount(round(days, 1) if days < 10 else round(days))


def _short(short: bool | None) -> str:
    return {True: "yes", False: "no", None: "not known"}[short]
