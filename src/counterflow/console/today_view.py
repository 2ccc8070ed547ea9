"""What the pages of today show, every text and number ready to stand in the template."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from counterflow.flow.today import Place
from counterflow.report import numbers
from counterflow.report.charts.chart import shown_name
from counterflow.report.sheet import marked
from counterflow.report.text import visible

__all__ = ["FINDINGS", "STATES", "address", "card_view", "progress_view", "rank_view", "today_view"]

ARM_WORDS = {
    "mandatory": "mandatory", "random": "drawn at random", "followup": "follows up a random find",
    "targeted": "by expected harm",
}  # fmt: skip
#: state and finding with the key that says it
STATES = (("x", "not_presented", "not presented"), ("p", "presented", "presented"), ("h", "held", "held"),
          ("i", "inspected", "inspected"))  # fmt: skip
FINDINGS = (("n", "none", "nothing found"), ("s", "suspected", "suspected"), ("p", "presumptive", "presumptive test"),
            ("c", "confirmed", "confirmed"), ("r", "refuted", "refuted"))  # fmt: skip
_STATE_WORDS = {name: words for _, name, words in STATES}
_FINDING_WORDS = {name: words for _, name, words in FINDINGS}
_KINDS = {"finding": "a finding", "past": "the past", "model": "the model"}
#: what a plan has to say aloud
_LOUD = ("MANDATORY NOT COVERED", "NOT SCREENED", "MODEL NOT USED")


def address(path: str, **named: object) -> str:
    """Return a path with what names a sheet or record; nothing is left out where it is not known.

    >>> address("/today", office="Harbour & East", lane="post", day=None)
    '/today?office=Harbour+%26+East&lane=post'
    """
    given = {key: str(value) for key, value in named.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def today_view(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows."""
    sheet, day = shown["sheet"], shown["day"]
    here = (sheet["office"], sheet["lane"]) if sheet else None
    said = [str(line) for line in shown["plan_said"]]
    return {
        "synthetic": shown["synthetic"], "day": day.isoformat() if day else "", "day_words": _day_words(shown),
        "days": _days(shown), "places": [_place(one, day, here) for one in shown["places"]],
        "where": _where(sheet) if sheet else "", "office": sheet["office"] if sheet else "",
        "lane": sheet["lane"] if sheet else "", "plan": sheet["plan"] if sheet else "",
        "tiles": progress_view(shown) if sheet else [],
        "loud": [line for line in said if line.startswith(_LOUD)],
        "said": [line for line in said if not line.startswith(_LOUD)],
        "safety": sheet["safety"] if sheet else {},
        "cards": [card_view(item, sheet, shown["classes"]) for item in sheet["items"]] if sheet else [],
        "print": _of_sheet("/sheet", sheet) if sheet else "",
        "pdf": _of_sheet("/today/sheet.pdf", sheet) if sheet else "",
        "states": STATES, "findings": FINDINGS,
    }  # fmt: skip


def _of_sheet(path: str, sheet: Mapping[str, Any]) -> str:
    return address(path, **{name: sheet[name] for name in ("office", "lane", "day", "plan")})


def _where(sheet: Mapping[str, Any]) -> str:
    return f"{shown_name(sheet['office'], 'office')}, {shown_name(sheet['lane'], 'lane')}"


def _day_words(shown: Mapping[str, Any]) -> str:
    """Say which day is shown and whether that is today: a day of last March must not pass for this morning."""
    day: dt.date | None = shown["day"]
    if day is None:
        return ""
    words = f"{day:%A} {day.day} {day:%B %Y}"
    away = (day - shown["today"]).days
    if away == 0:
        return f"{words}, today"
    if abs(away) == 1:
        return f"{words}, {'tomorrow' if away > 0 else 'yesterday'}"
    return f"{words}, {'in ' if away > 0 else ''}{abs(away)} days{'' if away > 0 else ' ago'}"


def _days(shown: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "value": row["day"].isoformat(), "chosen": row["day"] == shown["day"],
            "words": f"{row['day']:%A} {row['day']}, {numbers.counted(row['records'], 'record')}",
        }
        for row in reversed(shown["days"])
    ]  # fmt: skip


def _place(one: Place, day: dt.date, here: tuple[str, str] | None) -> dict[str, Any]:
    return {
        "words": f"{shown_name(one.office, 'office')}, {shown_name(one.lane, 'lane')}",
        "address": address("/today", office=one.office, lane=one.lane, day=day),
        "here": (one.office, one.lane) == here, "done": one.done, "records": one.records,
        "progress": f"{numbers.count(one.done)} of {numbers.count(one.records)} done",
        "all_done": one.done >= one.records,
        "mandatory": f"{numbers.count(one.mandatory_open)} mandatory open" if one.mandatory_open else "",
    }  # fmt: skip


def progress_view(shown: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the tiles over the cards: what is left, minutes spent of those there are, and what chance drew."""
    items = shown["sheet"]["items"]
    done = [item for item in items if item["outcomes"]]
    minutes, spent = (sum(float(i["minutes"] or 0) for i in some) for some in (items, done))
    must = [item for item in items if item["arm"] == "mandatory" and not item["outcomes"]]
    random = sum(item["arm"] == "random" for item in items)
    return [
        _tile("Left to inspect", numbers.count(len(items) - len(done)),
              f"of {numbers.counted(len(items), 'record')}; {numbers.counted(len(done), 'outcome')} recorded"),
        _tile("Minutes", f"{numbers.amount(spent)} of {numbers.amount(minutes)}", _room(shown["capacity"])),
        _tile("Mandatory, open", numbers.count(len(must)), "a rule, a lookout or a listed party asks for them",
              doubt=bool(must)),
        _tile("Drawn at random", numbers.count(random), "inspect them as fully: they alone show what is missed"),
    ]  # fmt: skip


def _room(capacity: Sequence[Mapping[str, Any]]) -> str:
    """Say how much of the minutes there were the plan spent."""
    told = [
        f"{one['resource']}{', shared' if one['shared'] else ''}: {numbers.count(one['chosen'])} of"
        f" {numbers.count(one['inspections'])}"
        for one in capacity
    ]
    return f"inspections planned of those possible: {'; '.join(told)}" if told else "planned on this sheet"


def _tile(label: str, value: str, detail: str, *, doubt: bool = False) -> dict[str, str]:
    return {"label": label, "value": value, "detail": detail, "tone": "doubt" if doubt else ""}


def card_view(item: Mapping[str, Any], sheet: Mapping[str, Any], classes: Sequence[str]) -> dict[str, Any]:
    """Return one record's card: why it is here, on which words, what to look for, and what was recorded."""
    outcomes = list(item["outcomes"])
    last = outcomes[-1] if outcomes else None
    number = str(item.get("item_id") or "")
    return {
        "rank": item["rank"], "record_id": str(item["record_id"]), "source": str(item["source"]),
        "plan": sheet["plan"], "office": sheet["office"], "lane": sheet["lane"], "day": sheet["day"],
        "item_id": number if number != str(item["record_id"]) else "", "declared": item["declared"],
        "arm": item["arm"], "arm_words": ARM_WORDS.get(str(item["arm"]), str(item["arm"])),
        "resource": item["resource"], "minutes": numbers.amount(item["minutes"]),
        "harm": numbers.amount(item["expected_harm"]), "reasons": item["reasons"],
        "evidence": [_evidence(one) for one in item["evidence"]], "look_for": item["look_for"],
        "record": address("/record", source=item["source"], id=item["record_id"]),
        "rank_question": address("/today/rank", plan=sheet["plan"], source=item["source"], record=item["record_id"]),
        "outcome": _outcome(last) if last else None,
        "earlier": [_outcome(one) for one in outcomes[:-1]], "seen": len(outcomes),
        "classes": classes, "likely": (last or {}).get("harm_class") or item["likely"],
        "problem": "",
    }  # fmt: skip


def _evidence(one: Mapping[str, Any]) -> dict[str, Any]:
    shown = {**one, "text": one.get("text")}
    text, start, end = str(one.get("text") or ""), one.get("start"), one.get("end")
    if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text):
        # spelled-out control characters would move the span: each piece is made visible on its own
        pieces = [visible(part) for part in (text[:start], text[start:end], text[end:])]
        shown = {"text": "".join(pieces), "start": len(pieces[0]), "end": len(pieces[0]) + len(pieces[1])}
    grounds = [str(one[key]) for key in ("citation", "list") if one.get(key)]
    return {
        "field": str(one.get("field") or "").replace("_", " "), "quoted": Markup(str(marked(shown))) if text else "",  # noqa: S704
        "sentence": one.get("sentence") or "", "grounds": " · ".join(grounds),
    }  # fmt: skip


def _outcome(row: Mapping[str, Any]) -> dict[str, str]:
    """Return a recorded outcome in words."""
    what = _FINDING_WORDS.get(str(row["confirmation"]), str(row["confirmation"]))
    found = f"{what}: {row['harm_class']}" if row["harm_class"] else what
    state = _STATE_WORDS.get(str(row["state"]), str(row["state"]))
    words = (
        state
        if row["state"] in ("not_presented", "presented") and row["confirmation"] == "none"
        else f"{state}, {found}"
    )
    return {
        "words": words, "tone": str(row["confirmation"]), "state": str(row["state"]),
        "by": str(row["recorded_by"] or "somebody not named"), "time": numbers.when(row["time"].isoformat()),
        "entry": f"ledger entry {numbers.count(row['ledger_seq'])}" if row["ledger_seq"] else "",
    }  # fmt: skip


def rank_view(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page "what would change this rank" shows."""
    of = numbers.count(told["targeted"])
    parts = [
        {
            "what": part["name"], "kind": _KINDS[part["kind"]],
            "harm_class": part["harm_class"], "chance": numbers.share(part["chance"]),
            "without": numbers.amount(part["expected_harm_without"]),
            "place": f"{numbers.count(part['place_without'])} of {of}" if told["place"] else numbers.ABSENT,
            "still": _still(part["still_on"]) if told["place"] else numbers.ABSENT,
        }
        for part in told["parts"]
    ]  # fmt: skip
    classes = [
        {
            "harm_class": row["harm_class"], "points": numbers.amount(row["points"]),
            "chance": numbers.share(row["chance"]), "harm": numbers.amount(row["expected_harm"]),
        }
        for row in told["classes"]
    ]  # fmt: skip
    return {
        **{name: told[name] for name in ("record_id", "source", "plan", "reasons", "rank", "of", "synthetic")},
        "said": told["said"] if told["place"] else told["said"][1:],
        "where": f"{shown_name(told['office'], 'office')}, {shown_name(told['lane'], 'lane')}, {told['day']}",
        "arm_words": ARM_WORDS.get(str(told["arm"]), str(told["arm"])), "answer": _answer(told),
        "harm": numbers.amount(told["expected_harm"]), "parts": parts, "classes": classes,
        "next": _next(told), "back": address("/today", office=told["office"], lane=told["lane"], day=told["day"]),
        "detection": numbers.share(told["detection_rate"]),
    }  # fmt: skip


def _still(still: bool | None) -> str:
    if still is None:
        return "nothing to compare with"
    return "yes" if still else "hardly: below the last one chosen by expected harm"


def _answer(told: Mapping[str, Any]) -> str:
    """Return the one sentence that comes first."""
    if told["place"] is None:
        return str(told["said"][0]) if told["said"] else "Something else than expected harm placed it."
    off = [part for part in told["parts"] if part["still_on"] is False]
    if not told["parts"]:
        return "Nothing stands out: base rates alone make its expected harm."
    if not off:
        return "No single part carries this rank: without any one of them it would still be chosen."
    named = "; ".join(f"{part['name']} ({part['harm_class']})" for part in off[:3])
    return f"Without any one of these it would hardly have been chosen: {named}."


def _next(told: Mapping[str, Any]) -> str:
    above, below = (told["next_above"], told["next_below"]) if told["place"] else (None, None)
    told_of = []
    if above is not None:
        told_of.append(f"one place up asks for more than {numbers.amount(above)}")
    if below is not None:
        told_of.append(f"the record below has {numbers.amount(below)}")
    return f"{'; '.join(told_of)} points of expected harm." if told_of else ""
