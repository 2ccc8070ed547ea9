"""What the page of care shows: access as it is, the chosen sites, and access with them; of an example or of files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from counterflow.account.care.places import demand_of, sites_of
from counterflow.account.given import Rows, rows_of
from counterflow.core.errors import UsageError
from counterflow.flow.account_care import CareFiles, access_asked, place_asked

__all__ = ["MOST_NEW", "MOST_PLACES", "MOST_SITES", "Desk", "care_desk", "example_texts"]

#: what a page answers while somebody waits; the command line takes more
MOST_PLACES, MOST_SITES, MOST_NEW = 2000, 300, 50


@dataclass(frozen=True)
class Desk:
    """What is asked on the page.

    Args:
        demand: CSV of places as text; "" for the example.
        sites: CSV of sites as text; "" for the example.
        new: how many sites to choose.
        radius: how far is near, "5km".
        objective: p-median or max-cover.
        method: 2sfca or e2sfca.
        equity: "" or a floor for groups, COLUMN:SHARE or COLUMN:max.
        groups: columns of groups.
        small: counts of people from 1 to one less are withheld.
    """

    demand: str = ""
    sites: str = ""
    new: int = 4
    radius: str = "5km"
    objective: str = "max-cover"
    method: str = "2sfca"
    equity: str = ""
    groups: Sequence[str] = ("setting", "without_car")
    small: int = 10


def example_texts() -> tuple[str, str]:
    """Return the places and the sites of the example, which is made up."""
    folder = resources.files("counterflow.reference") / "account" / "care_example"
    return (folder / "demand.csv").read_text("utf-8"), (folder / "sites.csv").read_text("utf-8")


def care_desk(asked: Desk) -> dict[str, Any]:
    """Return access before, the choice, access after, and what a map needs.

    Raises:
        UsageError: only one of the two files is given, or more than a page answers.
        InputError: the files cannot be used, or the floor cannot be reached.
    """
    if bool(asked.demand.strip()) != bool(asked.sites.strip()):
        raise UsageError("Both files are needed: places and sites.", hint="Leave both empty for the example.")
    example = not asked.demand.strip()
    demand, sites = example_texts() if example else (asked.demand, asked.sites)
    places, held = rows_of(demand.encode(), Path("places.csv")), rows_of(sites.encode(), Path("sites.csv"))
    if len(places.lines) > MOST_PLACES or len(held.lines) > MOST_SITES or not 1 <= asked.new <= MOST_NEW:
        message = f"A page answers for up to {MOST_PLACES:,} places, {MOST_SITES:,} sites and {MOST_NEW} new ones."
        raise UsageError(message, hint="counterflow account place takes more.")
    files = CareFiles(places, held, groups=tuple(asked.groups))
    placed = place_asked(
        files, asked.objective, asked.new, asked.radius, asked.equity or None, None, capacity=False, small=asked.small
    )
    before = access_asked(files, asked.method, asked.radius, None, None, asked.small)
    then = CareFiles(places, _opened(held, placed["chosen"]), groups=tuple(asked.groups))
    after = access_asked(then, asked.method, asked.radius, None, None, asked.small)
    return {
        "example": example, "placed": placed, "before": before, "after": after,
        "map": _map(places, held, before, after, placed),
    }  # fmt: skip


def _opened(sites: Rows, chosen: Sequence[str]) -> Rows:
    """Return the sites with the chosen ones open."""
    names = sites_of(sites).ids
    there = sites_of(sites).open
    at = sites.header.index("open") if "open" in sites.header else None
    header = sites.header if at is not None else (*sites.header, "open")
    at = len(sites.header) if at is None else at
    cells = []
    for name, is_open, cell in zip(names, there, sites.cells, strict=True):
        row = [*cell, ""] if len(cell) < len(header) else list(cell)
        row[at] = "1" if is_open or name in chosen else "0"
        cells.append(tuple(row))
    return Rows(sites.path, sites.digest, header, sites.lines, tuple(cells), sites.delimiter, sites.said)


def _map(
    places: Rows, sites: Rows, before: dict[str, Any], after: dict[str, Any], placed: dict[str, Any]
) -> dict[str, Any]:
    demand, held = demand_of(places), sites_of(sites)
    if demand.latitude is None or demand.longitude is None or held.latitude is None or held.longitude is None:
        return {"places": [], "sites": []}
    reached = [
        "reached" if not now["desert"] else "reached by a new site" if not then["desert"] else "not reached"
        for now, then in zip(before["points"], after["points"], strict=True)
    ]
    return {
        "places": [
            {"id": name, "lat": float(lat), "lon": float(lon), "people": float(people), "state": state}
            for name, lat, lon, people, state in zip(
                demand.ids, demand.latitude, demand.longitude, demand.people, reached, strict=True
            )
        ],
        "sites": [
            {"id": name, "lat": float(lat), "lon": float(lon),
             "state": "open" if is_open else "chosen" if name in placed["chosen"] else "candidate"}
            for name, lat, lon, is_open in zip(held.ids, held.latitude, held.longitude, held.open, strict=True)
        ],
    }  # fmt: skip
