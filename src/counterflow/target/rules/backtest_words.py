"""A back-test in words: what a person must know before putting their name under a rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from counterflow.target.rules.conditions import Rule
from counterflow.target.rules.life import LARGEST_SHARE

__all__ = ["percent", "said_of", "share_words"]

#: a group is named where its records are hit so many times as often as the others', and so many of them are hit
_TIMES, _HITS = 2.0, 5
_NAMED = 4


def percent(share: float) -> str:
    """Return a share as people read it.

    >>> percent(0.0213), percent(0.00002)
    ('2.13 %', '20 per million')
    """
    return f"{share * 1e6:.3g} per million" if 0 < share < 1e-4 else f"{share * 100:.3g} %"


def share_words(found: Mapping[str, Any]) -> str:
    """Return finds with their interval: 3 of 40 (7.5 %, 95 % interval 1.57 to 20.4 %)."""
    if not found["of"]:
        return "none inspected: nothing is known"
    span = f"{found['level'] * 100:g} % interval {percent(found['low'])} to {percent(found['high'])}"
    return f"{found['found']} of {found['of']} ({percent(found['value'])}, {span})"


def said_of(rule: Rule, first: dt.date, last: dt.date, records: int, figures: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a back-test showed, sentence by sentence."""
    hits = sum(week["hits"] for week in figures["by_week"])
    said = [*_hits(rule, f"from {first} to {last}", records, hits, figures)]
    if hits:
        said += [*_finds(figures), *_overlap(figures), *_burden(figures["burden"])]
    return tuple(said)


def _hits(rule: Rule, when: str, records: int, hits: int, figures: Mapping[str, Any]) -> Iterator[str]:
    weeks = sorted(week["hits"] for week in figures["by_week"])
    per_week = f"{weeks[0]} to {weeks[-1]} a week" if len(weeks) > 1 else "in one week"
    yield f"It would have hit {hits} of {records} records {when} ({percent(figures['share'])}; {per_week})."
    if not hits:
        yield "It hits nothing stored: its finds, cost and burden are unknown. That is no proof that it is idle."
    if len(figures["steps"]) > 1:
        left = "; ".join(f"{step['test']}: {step['records']}" for step in figures["steps"])
        yield f"Records left after each test: {left}."
    if figures["share"] > LARGEST_SHARE:
        yield f"It hits more than {percent(LARGEST_SHARE)} of the records: it selects nothing and cannot be approved."
    if figures["undecided"]:
        yield (
            f"For {figures['undecided']} records it cannot tell: a field is empty, another currency, or the stored past"
            " does not reach back so far. They are no hits."
        )
    minutes = figures["minutes"]
    if hits:
        held = f"; its cap held {hits - figures['kept']} back" if rule.cap is not None else ""
        yield (
            f"It costs {minutes['per_week']:g} minutes a week, {minutes['busiest_day']:g} on its busiest day"
            f" ({minutes['each']:g} an inspection{held})."
        )


def _finds(figures: Mapping[str, Any]) -> Iterator[str]:
    inspected, random = figures["inspected"], figures["random_arm"]
    found = {name: share for name, share in inspected["found"].items() if share["found"] or name == "any"}
    if inspected["inspected"]:
        parts = "; ".join(f"{name}: {share_words(share)}" for name, share in found.items())
        yield f"Of the hits, {inspected['inspected']} were inspected, by whatever chose them. Found: {parts}."
    if inspected["never_inspected"]:
        yield f"{inspected['never_inspected']} hits were never inspected: what was in them is unknown."
    if random["hits_drawn"]:
        mine, theirs = random["found_in_hits"]["any"], random["found_in_others"]["any"]
        yield f"In the random arm: hits {share_words(mine)}, all other records {share_words(theirs)}."
        if mine["low"] <= theirs["high"]:
            yield "The two intervals meet: these weeks do not show that hits hold more than other records."
    else:
        yield "The random arm drew none of the hits: nothing fair can be said of how often they hold something."


def _overlap(figures: Mapping[str, Any]) -> Iterator[str]:
    overlap = figures["overlap"]
    for row in overlap["rules"]:
        if row["both"]:
            yield f"{row['both']} of its hits are hits of {row['rule']} too."
    arms = overlap["arms"]
    if arms is None:
        yield "No plan is stored for these records: what the rule would push off a sheet cannot be told."
        return
    chosen = ", ".join(f"{count} {arm}" for arm, count in arms.items() if count)
    yield f"What stored plans did with its hits: {chosen}."
    pushed = figures["pushed"]
    if pushed:
        short = pushed["not_covered_minutes"]
        yield (
            f"Its hits that no plan chose would have pushed {pushed['records']} targeted inspections off the sheets"
            f" ({pushed['minutes']:g} minutes, expected harm {pushed['expected_harm']:.4g})"
            + (f"; {short:g} minutes would not have been there at all." if short else ".")
        )


def _burden(burden: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    heavy = [
        row for row in burden if row["hits"] >= _HITS and (row["times"] is None or row["times"] >= _TIMES)
        and row["share_of_others"] is not None
    ]  # fmt: skip
    for row in sorted(heavy, key=lambda r: -r["hits"])[:_NAMED]:
        others = f"{percent(row['share_of_others'])} of all others" if row["share_of_others"] else "none of all others"
        yield f"Burden: {row['by']} {row['name']}: {percent(row['share'])} of its {row['records']} records, {others}."
