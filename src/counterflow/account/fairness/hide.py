"""Hides what would tell of few: a row, or cells of it, and what one could take away from a total to find them."""

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
        rows: of one grouping; changed in place, `suppressed` says what was hidden and why.
        least: counts from 1 to below this are small.
        publication: finds and fruitless inspections are counts to protect as well, not only who was looked at.
    """
    groups = rows[1:]
    for row in rows:
        row["suppressed"] = ""
    out, beside = hidden([row["consignments"] for row in groups], least)
    for row, small, too in zip(groups, out, beside, strict=True):
        if small or too:
            _blank(row, [name for name in row if name not in _KEPT], "consignments", small=bool(small), least=least)
    protected = ["inspected", "chosen_inspected", "random_inspected", "delay_known"]
    for count in protected + (["fruitless", "found"] if publication else []):
        if rows[0][count] is not None:
            _hide(groups, count, least)


def _hide(groups: Sequence[dict[str, Any]], count: str, least: int) -> None:
    """Hide one count where it is small, and another group's where one hidden count could be taken from the total."""
    already = [row[count] is None for row in groups]
    # What is hidden already is taken as nothing, so that enough others go with it whatever it was.
    small, beside = hidden([row[count] or 0 for row in groups], least, already)
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
