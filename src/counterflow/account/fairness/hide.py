"""Hides what would tell of few: cells of a row, and what one could take away from a total to find them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from counterflow.account.fairness.small import hidden

__all__ = ["hide_small"]

_KEPT = frozenset(("by", "group", "groups", "suppressed", "verdict"))
#: a count, and the figures that would give it away
_TELLS = {
    "inspected": (
        "inspected",
        "inspections_per_1000",
        "fruitless",
        "found",
        "awaiting",
        "chosen",
        "random",
        "hit_rate",
    ),
    "fruitless": ("fruitless", "inspected", "inspections_per_1000", "found", "chosen", "random", "hit_rate"),
    "found": ("found", "inspected", "inspections_per_1000", "chosen", "random", "hit_rate"),
    "chosen_inspected": ("chosen", "hit_rate_chosen", "random_inspected"),
    "random_inspected": ("random", "hit_rate_random", "chosen_inspected"),
    "delay_known": ("delay",),
}


def hide_small(rows: Sequence[dict[str, Any]], least: int, *, publication: bool = False) -> None:
    """Hide in `rows` (the whole first, then one per group) what is small and what gives it away.

    Args:
        rows: of one grouping, all large enough to be told; changed in place, `suppressed` says what was hidden and why.
        least: counts from 1 to below this are small.
        publication: finds and fruitless inspections are counts to protect as well, not only who was looked at.
    """
    groups = rows[1:]
    counts = ["chosen_inspected", "random_inspected", "delay_known"]
    counts += ["inspected", "fruitless", "found"] if publication else []
    # As they are before anything is hidden: what went with another count may be small itself.
    held = {count: [row[count] or 0 for row in groups] for count in counts if rows[0][count] is not None}
    for count, values in held.items():
        _hide(groups, count, values, least)


def _hide(groups: Sequence[dict[str, Any]], count: str, values: Sequence[int], least: int) -> None:
    """Hide one count where it is small, and another group's where one hidden count could be taken from the total."""
    already = [row[count] is None for row in groups]
    small, beside = hidden(values, least, already)
    for row, few, too in zip(groups, small, beside, strict=True):
        if few or too:
            names = [n for n in row if n not in _KEPT and n.startswith(_TELLS[count])]
            _blank(row, names, count, small=bool(few), least=least)


def _blank(row: dict[str, Any], names: Sequence[str], count: str, *, small: bool, least: int) -> None:
    for name in names:
        row[name] = None
    words = f"fewer than {least}" if small else "hidden so that differences do not tell"
    said = f"{count.replace('_', ' ')}: {words}"
    row["suppressed"] = f"{row['suppressed']}; {said}".removeprefix("; ")
