"""A mix of measures as one short text: what a link carries, so that whoever follows it gets the same figures.

    naloxone_kits:0.5:2027:3,jail_treatment:0.4:2027:3:2030     name:strength:start:ramp in years, and where it stops

A page sends its sliders instead, `s.naloxone_kits=0.5`, with one start and ramp for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.core.errors import UsageError
from counterflow.strategy.levers.policy import Pull, checked
from counterflow.strategy.levers.registry import lever

__all__ = ["MOST_PULLS", "SLIDER", "number", "pulls_of", "pulls_of_sliders", "pulls_of_text", "text_of_pulls"]

MOST_PULLS = 40
SLIDER = "s."
_PARTS = (4, 5)


def pulls_of_text(text: str) -> tuple[Pull, ...]:
    """Return the pulls that a mix's text names, in its order; none for an empty text.

    Raises:
        UsageError: the text is no mix, or a lever stands in it twice.
        UnknownName: there is no such lever.
        InputError: a number lies outside its range; says the valid one.
    """
    parts = [part for part in text.split(",") if part.strip()]
    if len(parts) > MOST_PULLS:
        raise UsageError(f"A mix holds at most {MOST_PULLS} levers.", hint="Leave some out.")
    return _each_once(tuple(_pull(part.strip()) for part in parts))


def text_of_pulls(pulls: Sequence[Pull]) -> str:
    """Return pulls as the text of a mix; what it says is read back as the same pulls.

    >>> text_of_pulls(pulls_of_text("naloxone-kits:0.5:2027:3"))
    'naloxone_kits:0.5:2027:3'
    """
    return ",".join(
        ":".join((p.name, *(_short(x) for x in (p.strength, p.start, p.ramp_years, p.stop) if x != math.inf)))
        for p in pulls
    )


def _short(value: float) -> str:
    """Return the shortest text that is read back as the same number."""
    return repr(value).removesuffix(".0")


def pulls_of_sliders(fields: Mapping[str, str], start: float, ramp_years: float) -> tuple[Pull, ...]:
    """Return the pulls of a page's sliders; a slider at nothing pulls nothing.

    Args:
        fields: what the page sent; sliders are called `s.` and the lever's name.
        start: year in which all of them begin.
        ramp_years: years until each has its full strength.

    Raises:
        UsageError: too many sliders, or one that stands at no number.
        UnknownName: there is no such lever.
        InputError: a number lies outside its range; says the valid one.
    """
    asked = {name[len(SLIDER) :]: text for name, text in fields.items() if name.startswith(SLIDER) and text.strip()}
    if len(asked) > 2 * MOST_PULLS:
        raise UsageError(f"A mix holds at most {MOST_PULLS} levers.", hint="Leave some out.")
    turned = {lever(name).name: number(text, f"The strength of {name}") for name, text in asked.items()}
    return tuple(_valid(Pull(name, start, ramp_years, value)) for name, value in turned.items() if value)


def pulls_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Pull, ...]:
    """Return the pulls that a program names: `name`, `start`, `ramp_years`, `strength`, and `stop` or None.

    Raises:
        UsageError: a lever stands there twice.
        UnknownName: there is no such lever.
        InputError: a number lies outside its range; says the valid one.
    """
    pulls = tuple(
        _valid(
            Pull(
                lever(row["name"]).name, row["start"], row["ramp_years"], row["strength"],
                math.inf if row.get("stop") is None else row["stop"], row.get("cost_usd_per_year"),
            )
        )
        for row in rows
    )  # fmt: skip
    return _each_once(pulls)


def _each_once(pulls: tuple[Pull, ...]) -> tuple[Pull, ...]:
    names = [pull.name for pull in pulls]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise UsageError(f"The lever {twice} stands in this mix twice.", hint="Keep one of the two.")
    return tuple(pull for pull in pulls if pull.strength)


def _pull(part: str) -> Pull:
    cells = part.split(":")
    if len(cells) not in _PARTS:
        raise UsageError(
            f"“{part[:60]}” is no part of a mix.", hint="Write name:strength:start:ramp, as naloxone_kits:0.5:2027:3."
        )
    strength, start, ramp, *stop = (number(text, f"A number of {cells[0]}") for text in cells[1:])
    return _valid(Pull(lever(cells[0]).name, start, ramp, strength, *stop))


def _valid(pull: Pull) -> Pull:
    checked(pull)
    return pull


def number(text: str, what: str) -> float:
    """Return a number that somebody wrote.

    Raises:
        UsageError: it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"{what[:80]} is “{text[:30]}”, which is no number.", hint="Write a number, as 0.2.")
    return value
