"""From which quantity a duty begins: the thresholds of the law on a day, as rows."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import UnknownName
from counterflow.flow.order_screening import law_of

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["threshold_places", "thresholds"]


def threshold_places(workspace: Workspace) -> list[str]:
    """Return the places of which thresholds are held."""
    return sorted({one.jurisdiction for one in law_of(workspace)[1].thresholds})


def thresholds(
    workspace: Workspace, *, place: str = "", text: str = "", on: dt.date | None = None
) -> list[dict[str, Any]]:
    """Return the thresholds that hold, or may hold, on a day, by substance and place; proposals are marked as such.

    Args:
        workspace: whose accepted updates of substances count.
        place: only of this place, by its code.
        text: part of the substance's name or id.
        on: the day; today where None.

    Raises:
        UnknownName: no threshold of such a place is held.
    """
    registry, law = law_of(workspace)
    known = threshold_places(workspace)
    if place and place not in known:
        raise UnknownName("place with thresholds", place, known)
    day, asked = on or workspace.clock().date(), " ".join(text.split()).casefold()
    rows = [
        {
            "substance": one.substance, "name": registry.substances[one.substance].name, "place": one.jurisdiction,
            "quantity": one.quantity, "unit": one.unit, "any_amount": one.any_amount, "reaching": one.reaching,
            "period": one.period, "direction": one.direction, "destinations": list(one.destinations),
            "scope": one.scope, "status": one.status, "since": one.since, "citation": one.citation, "read": one.read,
        }
        for one in law.thresholds
        if one.holds_on(day) is not False and one.status != "repealed" and place in ("", one.jurisdiction)
    ]  # fmt: skip
    shown = [row for row in rows if asked in f"{row['name']} {row['substance']}".casefold()]
    return sorted(shown, key=lambda row: (str(row["name"]).casefold(), str(row["place"])))
