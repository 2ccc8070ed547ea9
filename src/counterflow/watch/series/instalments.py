"""Triangles and line lists that come in instalments: each file brings only what was reported since the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.watch.series.revised import CELL

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["added_to_held", "refuse_unsaid_instalment"]

_SERIES = ("source", "place", "level", "measure", "subject", "definition", "grain")
_KIND = ("source", "measure", "definition", "grain")
_ON = " AND ".join(f"n.{name} = s.{name}" for name in CELL)
_N_CELL = ", ".join(f"n.{name}" for name in CELL)


def added_to_held(store: Store, counts: pa.Table, *, file: str) -> tuple[pa.Table, tuple[str, ...]]:
    """Return counts with what is held of each cell added, and zeros for series of which nothing new came.

    Args:
        store: the tables.
        counts: totals of what came new, by the days of this file.
        file: its name, for messages.

    Raises:
        InputError: it speaks of days that are held already, so some reports would count twice.
    """
    if not counts.num_rows:
        return counts, ()
    on_kind = " AND ".join(f"n.{name} = s.{name}" for name in _KIND)
    ends = store.rows(f"SELECT max(s.as_of) AS day FROM series_count s JOIN new_rows n ON {on_kind}", new_rows=counts)
    held, first = ends[0]["day"], min(counts.column("as_of").to_pylist())
    if held is None:
        return counts, ("This is the first instalment.",)
    if first <= held:
        hint = "Load instalments in order, each once; leave `adds` out for a file that is whole."
        raise InputError(f"It has reports as of {first}; those up to {held} are held.", file=file, hint=hint)
    base = store.query(
        f"""SELECT row_, count FROM (SELECT n.row_, s.count, row_number() OVER (PARTITION BY n.row_
        ORDER BY s.as_of DESC, s.first_seen DESC) AS place_ FROM new_rows n JOIN series_count s ON {_ON}) b
        WHERE place_ = 1 AND count IS NOT NULL""",
        new_rows=counts.append_column("row_", pa.array(np.arange(counts.num_rows))),
    )
    totals = np.asarray(counts.column("count").to_numpy(), np.float64).copy()
    totals[base.column("row_").to_numpy()] += base.column("count").to_numpy()
    whole = counts.set_column(counts.column_names.index("count"), "count", pa.array(totals))
    quiet = _quiet(store, counts)
    said = f"{base.num_rows} counts are those held as of {held} and what came new."
    if quiet.num_rows:
        said += f" {quiet.num_rows} are of series and periods of which nothing came: 0."
    return pa.concat_tables([whole, quiet.select(whole.column_names).cast(whole.schema)]), (said,)


def _quiet(store: Store, counts: pa.Table) -> pa.Table:
    """Return zeros for held series in periods that nobody has spoken of before and this file only for others."""
    cells = ", ".join(f"s.{name}" for name in _SERIES)
    on_kind = " AND ".join(f"k.{name} = s.{name}" for name in _KIND)
    same = " AND ".join(f"o.{name} = z.{name}" for name in (*_SERIES, "starts"))
    return store.query(
        f"""SELECT z.*, 0.0 AS count, false AS suppressed, true AS looked_for, CAST(NULL AS DOUBLE) AS complete,
        CAST(NULL AS DOUBLE) AS predicted FROM (
            SELECT {cells}, k.starts, k.ends, k.as_of FROM (SELECT DISTINCT {cells} FROM series_count s) s
            JOIN (SELECT {", ".join(_KIND)}, starts, ends, min(as_of) AS as_of FROM new_rows
                  GROUP BY {", ".join(_KIND)}, starts, ends) k ON {on_kind}) z
        WHERE NOT EXISTS (SELECT 1 FROM new_rows o WHERE {same})
        AND NOT EXISTS (SELECT 1 FROM series_count o WHERE {same})
        ORDER BY {", ".join(f"z.{name}" for name in _SERIES)}, z.starts""",
        new_rows=counts,
    )


def refuse_unsaid_instalment(store: Store, counts: pa.Table, *, file: str) -> None:
    """Refuse a triangle that would take back more than half of what is held: it is an instalment.

    Raises:
        InputError: so much would fall.
    """
    if not counts.num_rows:
        return
    row: dict[str, Any] = store.rows(
        f"""SELECT sum(now_) AS now_, sum(then_) AS then_, count(*) AS n FROM (SELECT n.count AS now_, s.count AS then_,
        row_number() OVER (PARTITION BY {_N_CELL} ORDER BY n.as_of DESC, s.as_of DESC, s.first_seen DESC) AS place_
        FROM new_rows n JOIN series_count s ON {_ON} AND s.as_of < n.as_of) b WHERE place_ = 1""",
        new_rows=counts,
    )[0]
    if row["n"] and (row["then_"] or 0) > 0 and (row["now_"] or 0) < row["then_"] / 2:
        said = f"{row['n']} counts held would fall from {row['then_']:g} to {row['now_']:g} together."
        raise InputError(
            said, file=file, hint="Does the file bring only what came new? Say adds = true in its mapping."
        )
