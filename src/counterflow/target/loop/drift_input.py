"""What drift is watched on: records by day with the chance stated before, how they were chosen and what came of it.

From a workspace it is what plans drew up and outcomes answered; from a file, a CSV or Parquet with `day` and any of
chance, office, lane, arm, state, found; every other text column is a key (record_id is passed over).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError, nearest
from counterflow.store.repository import Store

__all__ = ["Watched", "watched_in_file", "watched_in_store"]

Texts = npt.NDArray[np.object_]
_KNOWN = ("record_id", "day", "chance", "office", "lane", "arm", "state", "found")

_STORED = """
WITH ordered AS (
  SELECT d.source, d.record_id, d.office, d.lane, d.day, d.arm, d.chance,
         row_number() OVER (PARTITION BY d.source, d.record_id ORDER BY d.arm = '', p.made_at, d.plan) AS turn
  FROM draw AS d LEFT JOIN plan AS p ON p.plan = d.plan WHERE d.day >= ? AND d.day <= ?
), results AS (
  SELECT source, record_id, CASE WHEN confirmation = 'confirmed' THEN 1 ELSE 0 END AS found FROM (
    SELECT *, row_number() OVER (
      PARTITION BY source, record_id ORDER BY time DESC, recorded_at DESC, ledger_seq DESC
    ) AS place FROM outcome WHERE time < ?
  ) AS latest
  WHERE place = 1 AND (confirmation IN ('confirmed', 'refuted') OR (state = 'inspected' AND confirmation = 'none'))
), consigned AS (
  SELECT source, record_id, max(departure) AS departure, max(destination) AS destination FROM consignment
  GROUP BY source, record_id
), goods AS (
  SELECT source, record_id, min(hs) AS hs, min(origin) AS origin FROM goods_line GROUP BY source, record_id
)
SELECT o.day, o.chance, o.office, o.lane, o.arm, r.found, c.departure, c.destination, g.hs, g.origin
FROM ordered AS o LEFT JOIN results AS r ON o.source = r.source AND o.record_id = r.record_id
LEFT JOIN consigned AS c ON o.source = c.source AND o.record_id = c.record_id
LEFT JOIN goods AS g ON o.source = g.source AND o.record_id = g.record_id
WHERE o.turn = 1 ORDER BY o.day, o.source, o.record_id
"""


@dataclass(frozen=True)
class Watched:
    """Records, one element each.

    Args:
        day: days since 1970-01-01.
        chance: what the model said before of finding anything; NaN where nothing was said.
        office, lane: where; empty where not known.
        random: drawn at random.
        found: 1 confirmed, 0 nothing found; NaN where there is no result.
        keys: name of a key to its value per record, empty where not given.
    """

    day: npt.NDArray[np.float64]
    chance: npt.NDArray[np.float64]
    office: Texts
    lane: Texts
    random: npt.NDArray[np.bool_]
    found: npt.NDArray[np.float64]
    keys: Mapping[str, Texts]


def watched_in_store(
    store: Store,
    since: dt.date | None = None,
    until: dt.date | None = None,
    before: dt.datetime | None = None,
) -> Watched:
    """Return what the plans of a workspace drew up from `since` to `until` (both included).

    Of outcomes only those before an instant are seen (all where None); of those of a record the latest holds.
    """
    known = before or dt.datetime.max.replace(tzinfo=dt.UTC)
    return _watched(store.query(_STORED, [since or dt.date.min, until or dt.date.max, known]))


def watched_in_file(path: Path) -> Watched:
    """Return what a file of scored records holds.

    Raises:
        InputError: no such file, no column `day`, or a value that is no day, chance or result, with its row.
    """
    if not path.is_file():
        raise InputError(
            "There is no such file.", file=path.name, hint="CSV or Parquet with day, chance, office, found …"
        )
    try:
        table = _read(path)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        words = str(error).split("\n")[0][:200]
        raise InputError(f"It cannot be read: {words}.", file=path.name, hint="Give CSV (UTF-8) or Parquet.") from error
    if "day" not in table.column_names:
        close = nearest("day", table.column_names, 1)
        hint = f"Is it {close[0]!r}?" if close else "Each record needs the day it was declared, as 2026-03-01."
        raise InputError("A column is missing.", file=path.name, line=1, column="day", hint=hint)
    if table.num_rows == 0:
        raise InputError("The file has a header and no rows.", file=path.name, hint="One row per record.")
    if "state" in table.column_names and "arm" not in table.column_names:
        drawn = pc.not_equal(pc.fill_null(table["state"], "not_drawn"), "not_drawn")
        table = table.append_column("arm", pc.if_else(drawn, "random", ""))
    return _watched(_typed(table, path))


def _read(path: Path) -> pa.Table:
    if path.suffix.lower() in {".parquet", ".pq"}:
        import pyarrow.parquet as pq

        table = pq.read_table(path)
        return table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))
    import pyarrow.csv as pacsv

    with path.open("rb") as stream:
        header = stream.readline().removeprefix(b"\xef\xbb\xbf").strip().decode("utf-8", "replace")
    types = {name.strip('"'): pa.string() for name in header.split(",")}
    return pacsv.read_csv(
        path, convert_options=pacsv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True)
    )


def _typed(table: pa.Table, path: Path) -> pa.Table:
    """Return the table with day, chance and found as what they are."""
    kinds = {"day": (pa.date32(), "a day, as 2026-03-01"), "chance": (pa.float64(), "a number from 0 to 1")}
    kinds["found"] = (pa.float64(), "1, 0 or empty")
    for name, (kind, wanted) in kinds.items():
        if name not in table.column_names:
            continue
        place = table.column_names.index(name)
        try:
            typed = table.column(name).cast(kind)
        except pa.ArrowInvalid as error:
            line, value = _first_that_is_not(table.column(name), kind)
            raise InputError(
                f"This is not {wanted}.", file=path.name, line=line, column=name, value=value, hint="Mend the row."
            ) from error
        table = table.set_column(place, name, typed)
        _refuse_outside(typed, name, wanted, path)
    if table.column("day").null_count:
        line = pc.index(table.column("day").is_null(), True).as_py() + 2
        raise InputError("A record has no day.", file=path.name, line=line, column="day", hint="Give every record one.")
    return table


def _refuse_outside(column: pa.ChunkedArray, name: str, wanted: str, path: Path) -> None:
    if name == "day":
        return
    fine = pc.is_in(column, pa.array([0.0, 1.0, None])) if name == "found" else pc.and_(
        pc.greater_equal(column, 0.0), pc.less_equal(column, 1.0)
    )  # fmt: skip
    wrong = pc.fill_null(pc.invert(fine), False)
    if pc.any(wrong).as_py():
        place = pc.index(wrong, True).as_py()
        value = column[place].as_py()
        raise InputError(f"This is not {wanted}.", file=path.name, line=place + 2, column=name, value=value)


def _first_that_is_not(column: pa.ChunkedArray, kind: pa.DataType) -> tuple[int, str | None]:
    """Return line and value of the first text that is none of `kind`, by halving."""
    low, high = 0, len(column)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            column.slice(low, middle - low).cast(kind)
        except pa.ArrowInvalid:
            high = middle
        else:
            low = middle
    return low + 2, column[low].as_py()


def _watched(table: pa.Table) -> Watched:
    names = set(table.column_names)
    rows = table.num_rows

    def text(name: str) -> Texts:
        if name not in names:
            return np.full(rows, "", dtype=object)
        return np.array(pc.fill_null(table.column(name).cast(pa.string()), "").to_pylist(), dtype=object)

    def number(name: str) -> npt.NDArray[np.float64]:
        if name not in names:
            return np.full(rows, np.nan)
        values: Any = table.column(name).cast(pa.float64()).to_numpy()
        return np.asarray(values, np.float64)

    day = table.column("day").cast(pa.int32()).to_numpy().astype(np.float64)
    random = text("arm") == "random"
    keys = {name: text(name) for name in table.column_names if name not in _KNOWN}
    kept = {name: values for name, values in keys.items() if np.any(values != "")}
    return Watched(day, number("chance"), text("office"), text("lane"), random, number("found"), kept)
