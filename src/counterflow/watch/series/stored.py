"""Stored counts as a grid, as they were known on a day.

Two times are asked apart: `as_of`, the day as of which the source said a count, and `known_at`, when we first held it.
Of each cell the latest said, and of that the latest held, stands.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.watch.grid import KEY, PERIODS_A_YEAR, Grid
from counterflow.watch.series.coarser import to_grain, within_places
from counterflow.watch.series.periods import GRAINS, between, index_of
from counterflow.watch.series.revised import CELL

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["Asked", "Named", "conditions", "grid", "rows", "stored_grain", "within_of"]

_FILTERS = ("source", "measure", "subject", "place", "level", "definition")
Named = str | Sequence[str] | None


class Asked(TypedDict, total=False):
    """Which counts: one name or several of each; all where it is not given."""

    source: Named
    measure: Named
    subject: Named
    place: Named
    level: Named
    definition: Named


def grid(
    store: Store,
    *,
    as_of: dt.date | None = None,
    known_at: dt.datetime | None = None,
    grain: str | None = None,
    week: str = "iso",
    within: Mapping[str, str] | None = None,
    **asked: Unpack[Asked],
) -> Grid:
    """Return what was known on a day.

    Args:
        store: the tables.
        as_of: the day; None: the latest.
        known_at: only what we held by this instant; None: all.
        grain: day, week, month, quarter or year; what is stored finer is summed, a period that is not whole staying
            unknown; None: as stored, where that is one.
        week: iso or mmwr, where days are summed to weeks.
        within: place to the place it lies in: counts are summed to those, where each part is known.
        asked: names of source, measure, subject, place, level and definition (`Asked`).

    Returns:
        Series by period. Two definitions of one cell are two series, never one. NaN where suppressed, not looked for
        or not said. Periods run from the first to the last that any series has.

    Raises:
        InputError: nothing is held that fits, or only 12-month sums are held, which are no counts by period.
        UsageError: several grains are held and none is asked for, or they cannot be summed to the one asked for.
    """
    names = cast("Mapping[str, Named]", asked)
    held = _held(store, names)
    stored = _stored_grain(held, grain)
    table = rows(store, as_of=as_of, known_at=known_at, grain=stored, **asked)
    if not table.num_rows:
        known = "" if as_of is None else f" as of {as_of}"
        raise InputError(f"No count of this kind was known{known}.", hint="`watch series` lists what is held.")
    made = _grid_of(table, stored, as_of)
    if within is not None:
        made = within_places(made, within)
    return made if grain in (None, stored) else to_grain(made, str(grain), week=week)


def stored_grain(store: Store, grain: str | None, **asked: Named) -> str:
    """Return the grain in which the counts are held that `grid` would give or sum; arguments are those of `grid`."""
    return _stored_grain(_held(store, asked), grain)


def rows(
    store: Store, *, as_of: dt.date | None = None, known_at: dt.datetime | None = None, grain: str | None = None,
    **asked: Named,
) -> pa.Table:  # fmt: skip
    """Return the rows of `series_count` that stood on a day, one per cell; arguments are those of `grid`."""
    where, values = conditions({**asked, "grain": grain}, as_of, known_at)
    cell = ", ".join(CELL)
    return store.query(
        f"""SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY {cell} ORDER BY as_of DESC, first_seen DESC)
        AS place_ FROM series_count WHERE {where}) latest WHERE place_ = 1 ORDER BY {cell}""",
        values,
    ).drop_columns(["place_"])


def conditions(
    asked: Mapping[str, Named], as_of: dt.date | None, known_at: dt.datetime | None
) -> tuple[str, list[object]]:
    """Return what follows WHERE to choose rows of `series_count`, and the values of its question marks."""
    where, values = _where(asked)
    if as_of is not None:
        where, values = [*where, "as_of <= ?"], [*values, as_of]
    if known_at is not None:
        where, values = [*where, "first_seen <= ?"], [*values, known_at]
    return " AND ".join(where) or "TRUE", values


def _where(asked: Mapping[str, Named]) -> tuple[list[str], list[object]]:
    where: list[str] = []
    values: list[object] = []
    for name, wanted in asked.items():
        if wanted is None:
            continue
        each = [wanted] if isinstance(wanted, str) else list(wanted)
        where.append(f"{name} IN ({', '.join('?' * len(each))})")
        values += each
    return where, values


def _held(store: Store, asked: Mapping[str, Named]) -> list[dict[str, Any]]:
    """Return the grains that fit, or say which of the names is not known."""
    where, values = _where(asked)
    condition = " AND ".join(where) or "TRUE"
    held = store.rows(f"SELECT DISTINCT grain FROM series_count WHERE {condition}", values)
    if held:
        return held
    for name in _FILTERS:
        wanted = asked.get(name)
        if wanted is None:
            continue
        known = [str(row["name"]) for row in store.rows(f"SELECT DISTINCT {name} AS name FROM series_count")]
        for each in [wanted] if isinstance(wanted, str) else wanted:
            if each not in known:
                raise UnknownName(name, each, known)
    raise InputError("No such counts are held.", hint="`watch series` lists what is held; `watch load` brings more.")


def _stored_grain(held: Sequence[Mapping[str, Any]], asked: str | None) -> str:
    grains = {str(row["grain"]) for row in held}
    plain = [grain for grain in GRAINS if grain in grains]
    if not plain:
        hint = "Each month stands in twelve of them, so they rise and fall for a year after the fact. Load counts by "
        hint += "month or week; `counterflow.watch.series.vintages.published` gives the sums as they are."
        raise InputError("Only 12-month sums are held: no count by period.", hint=hint, column="grain")
    if asked is None:
        if len(plain) > 1:
            raise UsageError(f"Counts by {' and by '.join(plain)} are held.", hint="Name one: --grain.")
        return plain[0]
    if asked not in PERIODS_A_YEAR:
        raise UnknownName("grain", asked, PERIODS_A_YEAR)
    if asked in plain:
        return asked
    finer = [grain for grain in plain if _sums_to(grain, asked)]
    if not finer:
        raise UsageError(f"Counts by {' and by '.join(plain)} cannot be summed to {asked}.", hint="Name another grain.")
    return finer[-1]


def _sums_to(fine: str, coarse: str) -> bool:
    if fine == "day":
        return coarse != "day"
    return fine in ("month", "quarter") and coarse in GRAINS[GRAINS.index(fine) + 1 :]


def within_of(store: Store, sources: Sequence[str]) -> dict[str, str]:
    """Return which place lies in which: as the sources' files say it, else as the register of places does."""
    listed = store.rows("SELECT place, parent AS within FROM watch_place WHERE parent <> '' ORDER BY first_seen")
    found = store.rows("SELECT source, place, within FROM place_within ORDER BY first_seen")
    own = [row for row in found if row["source"] in sources]
    return {str(row["place"]): str(row["within"]) for row in (*listed, *own)}


def _grid_of(table: pa.Table, grain: str, as_of: dt.date | None) -> Grid:
    starts = np.asarray(table.column("starts").to_numpy(), "datetime64[D]")
    if grain == "week" and len(np.unique(starts.astype(np.int64) % 7)) > 1:
        raise UsageError("Weeks that begin on different days are held.", hint="Name one source: --source.")
    key, code = _keys(table)
    calendar = between(starts.min(), starts.max(), grain)
    at = index_of(starts, grain) - index_of(calendar[:1], grain)[0]
    shape = (key.num_rows, len(calendar))
    usable = pc.and_(pc.invert(table.column("suppressed")), table.column("looked_for"))
    known = pc.if_else(usable, table.column("count"), pa.scalar(None, pa.float64()))
    counts = np.full(shape, np.nan)
    counts[code, at] = _floats(known)
    complete = None
    share = _floats(table.column("complete"))
    if not np.isnan(share).all():
        complete = np.ones(shape)
        complete[code, at] = np.where(np.isnan(share), 1.0, np.clip(share, 0.0, 1.0))
    day = as_of or max(table.column("as_of").to_pylist())
    return Grid(key, grain, calendar, np.arange(1, len(calendar) + 1), counts, complete, day)


def _floats(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    return np.asarray(column.to_numpy(), np.float64)


def _keys(table: pa.Table) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    """Return the key of the series and which of them each row belongs to."""
    own = [name for name in KEY.names if name != "series"]
    code = np.zeros(table.num_rows, np.int64)
    words = {}
    for name in own:
        coded = table.column(name).combine_chunks().dictionary_encode()
        part = np.asarray(coded.indices, np.int64)
        _, code = np.unique(code * len(coded.dictionary) + part, return_inverse=True)
        words[name] = coded
    _, first = np.unique(code, return_index=True)
    columns = {name: [str(word) for word in words[name].take(pa.array(first)).to_pylist()] for name in own}
    names = _names(columns)
    order = np.argsort(np.array(names, object), kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    key = pa.table({"series": names, **columns}, schema=KEY).take(order)
    return key, place[code]


def _names(columns: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a name per series: source, place, measure and subject, with level and definition where it takes them."""
    plain = list(zip(*(columns[name] for name in ("source", "place", "measure", "subject")), strict=True))
    full = [(*short, level, definition) for short, level, definition in
            zip(plain, columns["level"], columns["definition"], strict=True)]  # fmt: skip
    times = Counter(plain)
    return [" | ".join(long if times[short] > 1 else short) for short, long in zip(plain, full, strict=True)]
