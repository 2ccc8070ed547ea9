"""Counts read across the days on which they were said: reporting triangles and published vintages."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Unpack, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import InputError, UsageError
from counterflow.watch.nowcast.triangle import MAX_DELAY, Triangle
from counterflow.watch.series.periods import between
from counterflow.watch.series.revised import CELL
from counterflow.watch.series.stored import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterflow.store.repository import Store
    from counterflow.watch.series.stored import Named

__all__ = ["all_rows", "triangle", "triangles"]

Floats = npt.NDArray[np.float64]
_STEP = {"day": 1, "week": 7}
_GROUP = ("source", "place", "level", "measure", "subject", "definition")


def all_rows(
    store: Store, *, as_of: dt.date | None = None, known_at: dt.datetime | None = None, grain: str | None = None,
    **asked: Unpack[Asked],
) -> pa.Table:  # fmt: skip
    """Return every vintage of each cell, by cell and then by `as_of`; of one day the latest seen.

    Columns are those of `series_count`; 12-month sums are here too, under their grain. Arguments are those of
    `counterflow.watch.series.stored.grid`.
    """
    from counterflow.watch.series.stored import conditions

    names = cast("Mapping[str, Named]", asked)
    where, values = conditions({**names, "grain": grain}, as_of, known_at)
    cell = ", ".join((*CELL, "as_of"))
    return store.query(
        f"""SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY {cell} ORDER BY first_seen DESC) AS place_
        FROM series_count WHERE {where}) held WHERE place_ = 1 ORDER BY {cell}""",
        values,
    ).drop_columns(["place_"])


def triangles(
    store: Store, *, as_of: dt.date | None = None, known_at: dt.datetime | None = None, grain: str | None = None,
    max_delay: int = MAX_DELAY, **asked: Unpack[Asked],
) -> list[Triangle]:  # fmt: skip
    """Return a reporting triangle per series, by name, from the vintages of its counts.

    A delay is counted in steps from the end of the period to the day as of which a count was said; later ones than
    `max_delay` are left out. What a source has not said again stands. The last day on which anything of the source and
    measure was said bounds what is known.

    Raises:
        InputError: nothing is held that fits, or no count was ever said twice.
        UsageError: counts neither by day nor by week.
    """
    table = all_rows(store, as_of=as_of, known_at=known_at, grain=grain, **asked)
    if not table.num_rows:
        raise InputError("No count of this kind is held.", hint="`watch series` lists what is held.")
    grains = sorted(set(table.column("grain").to_pylist()))
    if len(grains) > 1 or grains[0] not in _STEP:
        raise UsageError(f"Counts by {' and by '.join(grains)} are held.", hint="Name day or week: --grain.")
    coded = table.select(_GROUP).group_by(_GROUP, use_threads=False).aggregate([])
    made = []
    for group in sorted(coded.to_pylist(), key=lambda row: tuple(str(row[name]) for name in _GROUP)):
        own = _only(table, group)
        made.append(_triangle(own, _STEP[grains[0]], _last(table, group), max_delay, group))
    return made


def triangle(store: Store, **asked: object) -> Triangle:
    """Return the one triangle that fits; arguments are those of `triangles`.

    Raises:
        UsageError: several fit.
    """
    found = triangles(store, **asked)  # type: ignore[arg-type]
    if len(found) > 1:
        places = ", ".join(" | ".join(each.group.values()) for each in found[:3])
        raise UsageError(f"{len(found)} series fit: {places} …", hint="Name place, measure and subject.")
    return found[0]


def _only(table: pa.Table, group: Mapping[str, object]) -> pa.Table:
    keep = np.ones(table.num_rows, bool)
    for name, value in group.items():
        keep &= np.asarray(table.column(name).to_numpy(zero_copy_only=False) == value, bool)
    return table.filter(pa.array(keep))


def _last(table: pa.Table, group: Mapping[str, object]) -> np.datetime64:
    """Return the last day on which the source said anything of this measure."""
    alike = _only(table, {name: group[name] for name in ("source", "measure")})
    return np.datetime64(max(alike.column("as_of").to_pylist()), "D")


def _triangle(rows: pa.Table, step: int, last: np.datetime64, max_delay: int, group: Mapping[str, object]) -> Triangle:
    starts = np.asarray(rows.column("starts").to_numpy(), "datetime64[D]")
    ends = np.asarray(rows.column("ends").to_numpy(), "datetime64[D]")
    said = np.asarray(rows.column("as_of").to_numpy(), "datetime64[D]")
    counts = np.asarray(rows.column("count").to_numpy(), np.float64)
    calendar = between(starts.min(), starts.max(), "week" if step == 7 else "day")
    at = (starts - calendar[0]).astype(np.int64) // step
    # A count said within the period that it speaks of is of delay 0, like one said on its last day.
    delay = np.maximum(-((ends - said).astype(np.int64) // step), 0)
    cumulative = np.full((len(calendar), max_delay + 1), np.nan)
    inside = delay <= max_delay
    cumulative[at[inside], delay[inside]] = counts[inside]
    late = int((~inside).sum())
    told = [f"{late} counts said more than {max_delay} steps after their period are left out."] if late else []
    seen = _from_the_start(cumulative, calendar + np.timedelta64(step - 1, "D") >= said.min())
    if seen:
        told.append(f"{seen} periods are left out: when they were first said, it was not the first that was known.")
    if np.isnan(cumulative).all():
        hint = "Load the counts as they stood on earlier days too (--as-of), or a triangle."
        raise InputError("No period was followed from its start.", hint=hint)
    newest = np.clip(((last - calendar).astype(np.int64) - (step - 1)) // step, -1, max_delay)
    _stand(cumulative, newest)
    words = {name: str(value) for name, value in group.items()}
    first = int((~np.isnan(cumulative)).any(axis=1).argmax())
    return Triangle.from_cumulative(calendar[first:], cumulative[first:], step=step, group=words, said=tuple(told))


def _from_the_start(cumulative: Floats, followed: npt.NDArray[np.bool_]) -> int:
    """Forget periods whose first count came later than is usual for those that were followed; return how many.

    The first file of a source often brings years of history: what was known of them before cannot be told.
    """
    known = ~np.isnan(cumulative)
    first = np.where(known.any(axis=1), known.argmax(axis=1), cumulative.shape[1])
    own = first[followed & known.any(axis=1)]
    usual = int(own.max()) if len(own) else -1
    forgotten = known.any(axis=1) & (first > usual)
    cumulative[forgotten] = np.nan
    return int(forgotten.sum())


def _stand(cumulative: Floats, newest: npt.NDArray[np.int64]) -> None:
    """Let what was said stand until it is said anew, up to the newest delay that each period has reached."""
    for delay in range(cumulative.shape[1]):
        if delay:
            gap = np.isnan(cumulative[:, delay]) & (delay <= newest)
            cumulative[gap, delay] = cumulative[gap, delay - 1]
        cumulative[delay > newest, delay] = np.nan
