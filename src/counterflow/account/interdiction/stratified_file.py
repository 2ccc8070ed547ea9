"""A whole frame with what was drawn from it, read from CSV or Parquet: checked, then counted by group.

Required columns: record_id, stratum, inclusion_probability, state (not_drawn, not_presented or inspected), found (1, 0
or empty). Also read where given: arm (random, targeted, mandatory, followup), office, lane, harm_class (of a find),
mass_kg, detection_rate, period. Others are passed over and named. A frame with a fault is refused, not mended: leaving
out a row would change the estimate in silence.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.account.interdiction.stratified_counts import FAULTS, FINDS, GROUPED, HEAVY, STATES, view
from counterflow.core.errors import InputError, nearest

if TYPE_CHECKING:
    import duckdb

__all__ = ["OPTIONAL", "REQUIRED", "STATES", "Draws", "columns_of", "read_draws"]

REQUIRED = ("record_id", "stratum", "inclusion_probability", "state", "found")
OPTIONAL = ("arm", "office", "lane", "harm_class", "mass_kg", "detection_rate", "period")


_PARQUET = (".parquet", ".pq")


@dataclass(frozen=True)
class Draws:
    """A frame counted by group.

    Args:
        groups: one row per period, stratum, office, lane and chance: records, mass, drawn, answered, sums of finds.
        finds: the same keys and harm_class, with sums of finds of that class.
        heavy: mass and group of every record with a mass, heaviest first; None where no mass is given.
        columns: optional columns that the file has.
        rows: records of the frame.
        said: what the reader should know.
    """

    groups: pa.Table
    finds: pa.Table
    heavy: pa.Table | None
    columns: tuple[str, ...]
    rows: int
    said: tuple[str, ...]


def read_draws(path: Path) -> Draws:
    """Read, check and count the frame at `path`.

    Raises:
        InputError: no such file, no rows, a missing column, or a row that cannot be: with line, column and value.
    """
    import duckdb

    table = _read(path)
    names = set(table.column_names)
    said = [f"columns not used: {', '.join(sorted(names - {*REQUIRED, *OPTIONAL}))}"]
    said = said if names - {*REQUIRED, *OPTIONAL} else []
    with duckdb.connect(":memory:") as store:
        store.execute("SET threads = 2")
        store.register("given", table.append_column("line", pa.array(range(2, table.num_rows + 2), pa.int64())))
        store.execute(view(names))
        said += _refuse_faults(store, path)
        said += _once_each(store, path)
        store.execute(GROUPED)
        groups = store.sql("SELECT * FROM grouped ORDER BY number").to_arrow_table()
        finds = store.sql(FINDS).to_arrow_table()
        heavy = store.sql(HEAVY).to_arrow_table() if "mass_kg" in names else None
    rows = sum(groups.column("records").to_pylist())
    return Draws(groups, finds, heavy, tuple(c for c in OPTIONAL if c in names), rows, tuple(said))


def _read(path: Path) -> pa.Table:
    """Return the file's columns: as text from CSV, as they are from Parquet."""
    hint = f"The header is {','.join(REQUIRED)}."
    if path.is_dir():
        raise InputError("This is a folder, not a file.", file=path.name, hint="Give the frame: CSV or Parquet.")
    if not path.is_file():
        raise InputError("There is no such file.", file=path.name, hint="Give the path of the frame: CSV or Parquet.")
    if path.stat().st_size == 0:
        raise InputError("The file is empty.", file=path.name, hint=hint)
    table = _parquet(path) if path.suffix.lower() in _PARQUET else _csv(path)
    names = [name.strip() for name in table.column_names]
    for name in REQUIRED:
        if name not in names:
            close = nearest(name, set(names) - set(REQUIRED), 1)
            told = f"Is it the one called {close[0]!r}? {hint}" if close else hint
            raise InputError("A column is missing.", file=path.name, line=1, column=name, hint=told)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError("This column stands twice.", file=path.name, line=1, column=twice, hint="Keep one.")
    if table.num_rows == 0:
        raise InputError("The file has a header and no rows.", file=path.name, hint="One row per record of the frame.")
    return table.rename_columns(names)


def _parquet(path: Path) -> pa.Table:
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"This is not Parquet: {error}.", file=path.name, hint="Give CSV or Parquet.") from error


#: columns whose words repeat: held once each
_REPEATED = ("stratum", "state", "found", "arm", "office", "lane", "harm_class", "period", "detection_rate")


def _csv(path: Path) -> pa.Table:
    import pyarrow.csv as pacsv

    mark, names = _header(path)
    repeated = pa.dictionary(pa.int32(), pa.string())
    types = {name: repeated if name.strip() in _REPEATED else pa.string() for name in names}
    try:
        return pacsv.read_csv(
            path,
            parse_options=pacsv.ParseOptions(delimiter=mark, newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True),
        )
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise _broken(path, mark, len(names), str(error).split("\n")[0][:200]) from error


def _header(path: Path) -> tuple[str, list[str]]:
    """Return what stands between fields (comma, semicolon or tab), and the names of the columns."""
    with path.open("rb") as stream:
        header = stream.readline().removeprefix(b"\xef\xbb\xbf").strip()
    mark = next((mark for mark in ",;\t" if mark.encode() in header), ",")
    return mark, [name.strip('"') for name in header.decode("utf-8", "replace").split(mark)]


def _rows(path: Path, mark: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows below the header with the line each ends on; only asked where something is wrong."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        reader = csv.reader(stream, delimiter=mark)
        next(reader, None)
        for row in reader:
            if row:
                yield reader.line_num, row


def _broken(path: Path, mark: str, width: int, words: str) -> InputError:
    """Return the error of a file that is no table of UTF-8 text, with the first line that shows it."""
    for line, row in _rows(path, mark):
        if len(row) != width:
            told = f"This row has {len(row)} fields, the header {width}."
            return InputError(told, file=path.name, line=line, hint="Give every row one field per column.")
        if any("\ufffd" in field for field in row):
            return InputError("This is not UTF-8.", file=path.name, line=line, hint="Save it as CSV UTF-8.")
    return InputError(f"It cannot be read as CSV: {words}.", file=path.name, hint="Save it as CSV UTF-8.")


def _refuse_faults(store: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """Raise for the first fault in the order of `FAULTS`; return what is worth saying of a sound file."""
    tests = [f"count(*) FILTER (WHERE {test})" for test, *_ in FAULTS]
    tests += ["count(*) FILTER (WHERE mass IS NULL)", "count(mass)"]
    tests += ["count(*) FILTER (WHERE state = 'inspected' AND found IS NULL)"]
    counts = store.execute(f"SELECT {', '.join(tests)} FROM draws").fetchone() or ()
    for (test, column, words, hint), count in zip(FAULTS, counts, strict=False):
        if count:
            raise _refused(store, path, (test, column, words, hint), count)
    no_mass, masses, waiting = counts[-3:]
    said = [f"{no_mass:,} records without a mass count as 0 kg"] if masses and no_mass else []
    return said + ([f"{waiting:,} inspected records without a result wait for one"] if waiting else [])


def _refused(store: duckdb.DuckDBPyConnection, path: Path, fault: tuple[str, str, str, str], count: int) -> InputError:
    test, column, words, hint = fault
    first = f"SELECT line FROM draws WHERE {test} ORDER BY line LIMIT 1"
    (place,) = store.execute(first).fetchone() or (0,)
    given = store.execute(f'SELECT CAST("{column}" AS VARCHAR) FROM given WHERE line = ?', [place]).fetchone()
    value = "" if given is None or given[0] is None else given[0]
    more = f" {count - 1:,} more rows like it." if count > 1 else ""
    told = hint or f"{_like(value)}One of {', '.join(STATES)}."
    return InputError(words + more, file=path.name, line=_line(path, place), column=column, value=value, hint=told)


def _line(path: Path, place: int) -> int:
    """Return the line in the file of the row at `place` (2 for the first); of Parquet its row, counted as from 2."""
    if path.suffix.lower() in _PARQUET:
        return place
    return next(itertools.islice((line for line, _ in _rows(path, _header(path)[0])), place - 2, None), place)


def _like(value: str) -> str:
    close = nearest(value, STATES, 1)
    return f"Did you mean {close[0]!r}? " if close else ""


def _once_each(store: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """Take rows that stand twice word for word once; refuse records that stand twice with different words."""
    total, distinct = store.execute("SELECT count(*), count(DISTINCT record_id) FROM draws").fetchone() or (0, 0)
    if total == distinct:
        return []
    store.execute("""
        CREATE TEMP TABLE once AS
        SELECT min(line) AS line, * EXCLUDE (line) FROM draws GROUP BY ALL""")
    again = store.execute("""
        SELECT max(line), record_id FROM once GROUP BY record_id HAVING count(*) > 1 ORDER BY max(line) LIMIT 1
    """).fetchone()
    if again is not None:
        line = _line(path, again[0])
        raise InputError(
            "This record stands twice and its rows differ.", file=path.name, line=line, column="record_id",
            value=again[1], hint="A record of the frame has one row: keep its latest result.",
        )  # fmt: skip
    store.execute("DROP TABLE draws; ALTER TABLE once RENAME TO draws")
    return [f"{total - distinct:,} rows stand twice word for word and count once"]


def columns_of(table: pa.Table) -> dict[str, Any]:
    """Return the columns of a counted table as arrays: numbers as 64-bit floats, text as objects."""
    import numpy as np

    return {
        name: column.to_numpy().astype(np.float64)
        if not pa.types.is_string(column.type)
        else np.array(column.to_pylist(), dtype=object)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
