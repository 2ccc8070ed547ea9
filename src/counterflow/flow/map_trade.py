"""Where records come from and where they arrive: countries, offices and lanes, with what is known of their data.

A country on this map says how complete and how punctual its data are and who bears inspections, not who is guilty:
finds by country are not shown, because targeted inspections find where they look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from counterflow.reference.outlines import country_outline

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["Country", "Lane", "Office", "TradeMap", "trade_map"]

#: lanes drawn as lines; the table has them all
MOST_LINES = 60
_NOT_SAID = "(not said)"


@dataclass(frozen=True, slots=True)
class Country:
    """A country of departure.

    Args:
        code: ISO 3166-1 alpha-2, as in the records.
        name: everyday name.
        outline: its outline on the map; "" where it has none, and `why` says so.
        received: records.
        unscreenable: of them, how many name neither goods nor a party.
        complete: share with every required field; None where nothing was received.
        on_time: share whose advance data came when due; None where nobody says.
        fruitless_per_1000: inspections that found nothing, per 1,000 records planned; None where none was.
        why: why it is not drawn.
    """

    code: str
    name: str
    outline: str
    received: int
    unscreenable: int
    complete: float | None
    on_time: float | None
    fruitless_per_1000: float | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Office:
    """An office, and where it lies; `lat` and `lon` are None where nobody said."""

    office: str
    records: int
    lat: float | None
    lon: float | None
    fruitless_per_1000: float | None


@dataclass(frozen=True, slots=True)
class Lane:
    """Records of one direction between a country and an office, by lane."""

    direction: str
    country: str
    office: str
    lane: str
    records: int


@dataclass(frozen=True, slots=True)
class TradeMap:
    """Countries, offices and lanes, the busiest first."""

    countries: tuple[Country, ...]
    offices: tuple[Office, ...]
    lanes: tuple[Lane, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {name: [asdict(one) for one in getattr(self, name)] for name in ("countries", "offices", "lanes")}


def trade_map(workspace: Workspace, board: Mapping[str, Any]) -> TradeMap:
    """Return what the map of trade shows.

    Args:
        workspace: whose records.
        board: its board (`flow.board.board_of`), of which coverage and burden are taken.
    """
    burden = {(row["by"], row["name"]): row["fruitless_per_1000"] for row in board["burden"]}
    lanes = _lanes(workspace.store)
    return TradeMap(_countries(board["coverage"], burden), _offices(workspace.store, lanes, burden), lanes)


def _countries(coverage: Sequence[Mapping[str, Any]], burden: Mapping[tuple[str, str], float]) -> tuple[Country, ...]:
    made = []
    for row in coverage:
        code = str(row.get("departure") or "*")
        if code in ("*", _NOT_SAID) or any(row.get(name) not in (None, "*") for name in ("sender", "lane", "period")):
            continue
        found = country_outline(code)
        made.append(Country(
            code, found.name or code, found.outline, int(row["received"] or 0), int(row["unscreenable"] or 0),
            row.get("complete_share"), row.get("on_time_share"), burden.get(("departure", code)), found.why,
        ))  # fmt: skip
    return tuple(sorted(made, key=lambda one: (-one.received, one.code)))


def _lanes(store: Store) -> tuple[Lane, ...]:
    rows = store.rows(
        "SELECT coalesce(direction, '') AS direction,"
        " coalesce(CASE WHEN direction = 'outbound' THEN destination ELSE departure END, '') AS country,"
        " coalesce(office, '') AS office, coalesce(lane, '') AS lane, count(*) AS records FROM consignment GROUP BY ALL"
        " ORDER BY records DESC, direction, country, office, lane"
    )
    return tuple(Lane(**row) for row in rows)  # type: ignore[arg-type]


def _offices(store: Store, lanes: Sequence[Lane], burden: Mapping[tuple[str, str], float]) -> tuple[Office, ...]:
    rows = store.rows("SELECT place, lat, lon FROM watch_place WHERE lat IS NOT NULL ORDER BY first_seen, batch")
    where: dict[str, Any] = {str(row["place"]): (row["lat"], row["lon"]) for row in rows}
    records: dict[str, int] = {}
    for lane in lanes:
        records[lane.office] = records.get(lane.office, 0) + lane.records
    made = []
    for name, count in records.items():
        lat, lon = where.get(name, (None, None))
        if name:
            made.append(Office(name, count, lat, lon, burden.get(("office", name))))
    return tuple(sorted(made, key=lambda one: (-one.records, one.office)))
