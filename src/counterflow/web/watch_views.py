"""The room of early warning and the maps, as the visitor who asks may see them; kept until something changed.

Pages and endpoints ask here, so that both show the same to the same person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from counterflow.core.errors import UnknownName
from counterflow.flow.watch_role import Reader, reader_of
from counterflow.watch.disclosure.rules import COARSE
from counterflow.web.kept import Kept

if TYPE_CHECKING:
    from counterflow.flow.map_areas import AreaMap
    from counterflow.flow.map_clusters import Clusters
    from counterflow.flow.map_trade import TradeMap
    from counterflow.web.site import Site
    from counterflow.web.visitor import Visitor

__all__ = ["area_map_for", "clusters_for", "reader_for", "room_for", "trade_for"]

Made = TypeVar("Made")

_SECONDS = 600.0
#: kept at once over all visitors; the oldest goes first
_MOST = 48


def reader_for(site: Site, who: Visitor) -> Reader:
    """Return as whom of the room's three roles a visitor reads, and what for."""
    return reader_of(site.workspace.settings.watch.role, who.purpose, local=who.may("watch-local"))


def room_for(site: Site, who: Visitor) -> Mapping[str, Any]:
    """Return what the room of early warning shows to a visitor; alarms below the county are on record as seen."""
    from counterflow.flow.watch_room import own_purpose, room_of

    reader, workspace = reader_for(site, who), site.workspace
    installed = workspace.settings.watch.role
    if (reader.role, reader.purpose) == (installed, own_purpose(installed)):
        room = site.watch()
    else:
        key = ("room", reader.role, reader.purpose)
        room = _kept(site, key, lambda: room_of(workspace, role=reader.role, purpose=reader.purpose))
    fine = [str(alarm["alarm"]) for alarm in room["alarms"] if alarm["level"] not in COARSE]
    if fine:
        who.saw(fine)
    return room


def area_map_for(site: Site, who: Visitor, view: str, series: str) -> AreaMap:
    """Return a map of states or counties as a visitor may see it.

    Raises:
        UnknownName: no such view or series.
    """
    from counterflow.flow.map_areas import area_map

    reader, workspace = reader_for(site, who), site.workspace
    key = ("areas", view, series, reader.role, reader.purpose)
    return _kept(site, key, lambda: area_map(workspace, view, series, role=reader.role, purpose=reader.purpose))


def trade_for(site: Site) -> TradeMap:
    """Return the map of countries, offices and lanes."""
    from counterflow.flow.map_trade import trade_map

    board = site.board()
    return _kept(site, ("trade", str(board.get("made_at"))), lambda: trade_map(site.workspace, board))


def clusters_for(site: Site, who: Visitor, series: str) -> Clusters:
    """Return what a scan of places with coordinates finds, as a visitor may see it.

    Raises:
        UnknownName: no such series.
        UsageError: there are too many places for a page.
    """
    from counterflow.flow.map_clusters import clusters_of, located_series

    reader, workspace = reader_for(site, who), site.workspace
    held = {one.id: one for one in located_series(workspace)}
    if series not in held:
        raise UnknownName("series of the map", series, held)
    key = ("clusters", series, reader.role, reader.purpose)
    return _kept(site, key, lambda: clusters_of(workspace, held[series], role=reader.role, purpose=reader.purpose))


def _kept(site: Site, key: tuple[str, ...], make: Callable[[], Made]) -> Made:
    """Return what was made last under a key, or make it."""
    shelf: dict[tuple[str, ...], Kept[Any]] = site.extra.setdefault("watch-views", {})
    found = shelf.get(key)
    if found is None:
        while len(shelf) >= _MOST:
            shelf.pop(next(iter(shelf)), None)
        found = shelf.setdefault(key, Kept(make, lambda: _state(site), seconds=_SECONDS))
    return cast("Made", found())


def _state(site: Site) -> tuple[int, dt.date]:
    """Return what differs once anything came in or was done, and on another day; logged reads alone change nothing."""
    groups = int(getattr(getattr(site.access, "reads", None), "groups", 0))
    return site.workspace.ledger.size - groups, site.workspace.clock().date()
