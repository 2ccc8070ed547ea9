"""Supply signals as they stood on a day: of each cell the latest that its source had said by then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import UnknownName

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["Cell", "cells_on"]

_KEY = "source, place, starts, ends, substance, form, market, route, measure, unit"
_COLUMNS = f"{_KEY}, value, low, high, n"


@dataclass(frozen=True, slots=True)
class Cell:
    """One signal as its source said it; `low`, `high` and `n` are None where it says none."""

    source: str
    place: str
    starts: dt.date
    ends: dt.date
    substance: str
    form: str
    market: str
    route: str
    measure: str
    unit: str
    value: float
    low: float | None
    high: float | None
    n: int | None


def cells_on(
    store: Store,
    day: dt.date,
    *,
    substances: Sequence[str] = (),
    places: Sequence[str] = (),
    sources: Sequence[str] = (),
) -> list[Cell]:
    """Return what was said by a day, in a fixed order.

    Args:
        store: where the signals are.
        day: nothing said later counts.
        substances: only these; all where none is named.
        places: likewise.
        sources: likewise.

    Raises:
        UnknownName: the store has no signal of a substance, place or source named.
    """
    asked = {"substance": substances, "place": places, "source": sources}
    for column, names in asked.items():
        for name in names:
            if not store.rows(f"SELECT 1 AS x FROM supply_signal WHERE {column} = ? LIMIT 1", [name]):
                known = [str(row["v"]) for row in store.rows(f"SELECT DISTINCT {column} AS v FROM supply_signal")]
                raise UnknownName(f"{column} among supply signals", name, known)
    where = ["as_of <= ?"]
    values: list[object] = [day]
    for column, names in asked.items():
        if names:
            where.append(f"{column} IN ({', '.join('?' * len(names))})")
            values += list(names)
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM supply_signal WHERE {' AND '.join(where)}"
        f" QUALIFY row_number() OVER (PARTITION BY {_KEY} ORDER BY as_of DESC, first_seen DESC, batch DESC) = 1"
        f" ORDER BY {_KEY}",
        values,
    )
    return [_cell(row) for row in rows]


def _cell(row: dict[str, Any]) -> Cell:
    return Cell(**row)
