"""Targets of the Sustainable Development Goals (UN General Assembly resolution 70/1, 2015): 17 goals, 169 targets."""

from __future__ import annotations

import re

__all__ = ["SDG_TARGETS", "sdg_tag"]

#: goal: how many numbered targets it has, and how many lettered ones (means of implementation)
_GOALS = {
    1: (5, 2), 2: (5, 3), 3: (9, 4), 4: (7, 3), 5: (6, 3), 6: (6, 2), 7: (3, 2), 8: (10, 2), 9: (5, 3), 10: (7, 3),
    11: (7, 3), 12: (8, 3), 13: (3, 2), 14: (7, 3), 15: (9, 3), 16: (10, 2), 17: (19, 0),
}  # fmt: skip
SDG_TARGETS = frozenset(
    [f"{goal}.{n}" for goal, (numbered, _) in _GOALS.items() for n in range(1, numbered + 1)]
    + [f"{goal}.{'abcd'[n]}" for goal, (_, lettered) in _GOALS.items() for n in range(lettered)]
)


def sdg_tag(text: object) -> str | None:
    """Return a tag in its one spelling, or None where there is no such goal or target.

    >>> sdg_tag("SDG 3.5"), sdg_tag("16.x"), sdg_tag(16), sdg_tag("3.77")
    ('3.5', '16', '16', None)
    """
    plain = re.sub(r"^(?:sdg|goal|target)[\s:-]*", "", str(text).strip().casefold())
    plain = re.sub(r"\.[x*]$", "", plain)
    if plain.isdigit() and int(plain) in _GOALS:
        return str(int(plain))
    return plain if plain in SDG_TARGETS else None
