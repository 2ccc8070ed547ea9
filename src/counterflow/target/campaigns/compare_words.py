"""A comparison in words: what can be told, and what cannot and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from counterflow.target.campaigns.plan_file import Campaign
from counterflow.target.rules.backtest_words import percent

__all__ = ["said_of"]

#: other lanes that are named: those with most additional records a day
_NAMED = 3


def said_of(made: Campaign, figures: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a comparison shows, sentence by sentence."""
    if not figures["days"]["during"]["days_gone"]:
        return (f"The campaign has not started: it begins on {figures['days']['during']['from']}.",)
    return (
        *_time(figures), *_expected(figures), *_effort(figures), *_change(figures), *_elsewhere(made, figures),
        *_burden(figures),
    )  # fmt: skip


def _time(figures: Mapping[str, Any]) -> Iterator[str]:
    days = figures["days"]
    during, after = days["during"], days["after"]
    if not figures["approved"]:
        yield "Nobody approved this campaign: what follows tells what happened in those days, not what it did."
    if during["days_gone"] < during["days"]:
        yield f"The campaign is running: {during['days_gone']} of {during['days']} days are in this."
    elif after["days_gone"] < after["days"]:
        yield f"Of the {after['days']} days after it only {after['days_gone']} are over: nothing yet on what lasts."
    if not figures["lanes"]["campaign"]["before"]["records"]:
        yield "No record of its lanes is stored from before: nothing can be compared with what was."


def _expected(figures: Mapping[str, Any]) -> Iterator[str]:
    for row in figures["expected"]:
        span = f"{row['low']:g} to {row['high']:g} ({row['level'] * 100:g} % confidence)"
        verdict = "so far" if row["verdict"] == "open" else f"{row['verdict']} what was expected"
        yield f"{row['harm_class']}: {row['observed']} finds, expected {span}: {verdict}."
    yield "Finds follow effort: meeting the expectation shows that the work was done, not that less gets through."


def _effort(figures: Mapping[str, Any]) -> Iterator[str]:
    before, during = (figures["lanes"]["campaign"][period] for period in ("before", "during"))
    yield (
        f"Its lanes, before and during: {before['inspected']} and {during['inspected']} inspections, {before['found']}"
        f" and {during['found']} finds, {before['minutes']:g} and {during['minutes']:g} minutes planned."
    )
    if during["not_presented"]:
        yield f"{during['not_presented']} chosen records were not presented: they are missing, not clean."
    for period, cell in (("before", before), ("during", during)):
        if cell["chosen_arms"]["inspected"]:
            yield f"Hit rate of chosen records {period}: {_rate(cell['chosen_arms'])}."


def _rate(cell: Mapping[str, Any]) -> str:
    if not cell["inspected"]:
        return "none inspected"
    span = f"{cell['level'] * 100:g} % interval {percent(cell['low'])} to {percent(cell['high'])}"
    return f"{cell['found']} of {cell['inspected']} ({percent(cell['value'])}, {span})"


def _points(share: float) -> str:
    return f"{100 * share:+.3g}"


def _change(figures: Mapping[str, Any]) -> Iterator[str]:
    change = figures["change"]
    if change is None:
        lanes = figures["lanes"]
        empty = [
            f"{'its lanes' if side == 'campaign' else 'the other lanes'} {period}"
            for side in ("campaign", "elsewhere")
            for period in ("before", "during")
            if not lanes[side][period]["random"]["inspected"]
        ]
        yield f"Whether less gets through cannot be told: the random arm inspected nothing in {', '.join(empty)}."
        return
    yield (
        f"Random arm, change in its lanes less the change elsewhere: {_points(change['value'])} points"
        f" ({change['level'] * 100:g} % interval {_points(change['low'])} to {_points(change['high'])})."
    )
    if change["low"] <= 0 <= change["high"]:
        yield "The interval holds 0: these weeks do not show that the flow changed, nor that it did not."
    else:
        yield "That is a change beside the campaign; that it is its effect, a comparison of lanes alone cannot prove."


def _elsewhere(made: Campaign, figures: Mapping[str, Any]) -> Iterator[str]:
    rows = figures["displacement"]
    if not rows:
        yield "Every lane is in the campaign: there is none to compare with, and displacement cannot be seen here."
        return
    grown = [r for r in rows if (r["times"]["low"] or 0) > 1]
    for row in grown[:_NAMED]:
        place, times = f"{row['office'] or 'no office'}/{row['lane'] or 'no lane'}", row["times"]
        yield (
            f"Displacement? {place} had {row['records_a_day_before']:g} records a day before and"
            f" {row['records_a_day_during']:g} during (at least {times['low']:.3g} times as many; 95 % interval); its"
            f" random arm: {_rate(row['random_before'])} and {_rate(row['random_during'])}."
        )
    if grown:
        yield f"{len(rows)} other lanes were looked at: of so many, 1 in 40 grows so by chance alone."
    else:
        yield f"No other lane had more records a day than chance explains; {len(rows)} were looked at."
    if "*" not in made.offices or "*" not in made.lanes:
        yield "What moved to ways that are not stored here (another country's post, a green border) cannot be seen."


def _burden(figures: Mapping[str, Any]) -> Iterator[str]:
    before, during = (figures["lanes"]["campaign"][period]["fruitless_per_1000"] for period in ("before", "during"))
    if before is not None and during is not None:
        yield f"Burden: inspections that found nothing, of 1,000 records: {before:g} before, {during:g} during."
