"""The default store: one DuckDB file, one owning process, a cursor for every call.

DuckDB (2.0) lets one process write and refuses a connection that two threads use at once; so each call takes its own
cursor, and a thread inside `transaction` keeps one. Nothing here needs a DuckDB extension: closed sites cannot
download any.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pyarrow as pa

from counterflow.core.errors import EngineError, StoreBusy, UnknownName, WorkspaceError
from counterflow.core.tables import TABLES, conform
from counterflow.store.durable import sync
from counterflow.store.upgrade import steps_to_present

__all__ = ["DuckDBStore"]

_SQL_TYPES: dict[pa.DataType, str] = {
    pa.string(): "VARCHAR",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
    pa.list_(pa.string()): "VARCHAR[]",
    pa.list_(pa.float64()): "DOUBLE[]",
    pa.map_(pa.string(), pa.string()): "MAP(VARCHAR, VARCHAR)",
}
#: What DuckDB calls a type that goes by a shorter name above.
_SQL_NAMES = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}


def create_statement(name: str) -> str:
    """Return the CREATE TABLE of one table of the house, from its Arrow schema."""
    columns = ", ".join(
        f'"{field.name}" {_SQL_TYPES[field.type]}{"" if field.nullable else " NOT NULL"}'
        for field in TABLES[name].schema
    )
    return f'CREATE TABLE IF NOT EXISTS "{name}" ({columns})'


def create_statements() -> list[str]:
    """Return one CREATE TABLE for each table of the house."""
    return [create_statement(name) for name in TABLES]


def schema_version() -> str:
    """Return what a store of this program is known by: the digest of its tables. Another is never half-read."""
    return hashlib.sha256("\n".join(create_statements()).encode()).hexdigest()[:12]


class DuckDBStore:
    """`Store` over a DuckDB file (or memory, where `path` is None).

    Args:
        path: database file; created with its tables where absent.
        memory_limit: memory DuckDB may use.
        threads: threads DuckDB may use.
        bare: whether the tables of the house are left out, as in a store in memory that only reckons.

    Raises:
        StoreBusy: another process owns the file.
        WorkspaceError: the file is not ours, damaged, or of a version that this program cannot bring up to date.
    """

    def __init__(
        self, path: Path | None, *, memory_limit: str = "1GB", threads: int | None = None, bare: bool = False
    ) -> None:
        self._path = path
        self._local = threading.local()
        options: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": True,
        }
        if threads:
            options["threads"] = threads
        self._options = options
        try:
            self._root = duckdb.connect(str(path) if path else ":memory:", config=options)
        except duckdb.IOException as error:
            if "lock" in str(error).lower():
                raise StoreBusy(
                    "Another process owns this workspace's store.", hint="Try again when it is done."
                ) from error
            raise _unusable(path, error) from error
        except duckdb.Error as error:
            raise _unusable(path, error) from error
        try:
            self._root.execute("SET TimeZone = 'UTC'")
            if not bare:
                self._prepare(path)
        except duckdb.Error as error:
            raise _unusable(path, error) from error

    def _prepare(self, path: Path | None) -> None:
        self._root.execute("CREATE TABLE IF NOT EXISTS store_version (version VARCHAR)")
        found = self._root.execute("SELECT max(version) FROM store_version").fetchone()
        version = found[0] if found else None
        if version is None:
            with self.transaction():
                for statement in create_statements():
                    self.execute(statement)
                self.execute("INSERT INTO store_version VALUES (?)", [schema_version()])
        elif version != schema_version():
            self._bring_up_to_date(path, version)

    def _bring_up_to_date(self, path: Path | None, version: str) -> None:
        """Add the tables and columns that came with this version of the program, or refuse a store it cannot read."""
        found: dict[str, dict[str, str]] = {}
        for row in self.rows(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY column_index"
        ):
            found.setdefault(str(row["table_name"]), {})[str(row["column_name"])] = str(row["data_type"])
        found.pop("store_version", None)
        wanted = {
            name: {field.name: _SQL_NAMES.get(_SQL_TYPES[field.type], _SQL_TYPES[field.type]) for field in spec.schema}
            for name, spec in TABLES.items()
        }
        steps = steps_to_present(found, wanted, create_statement)
        if steps is None:
            raise WorkspaceError(
                f"{path} has tables of version {version}; this program reads {schema_version()}.",
                hint="Load the data into a new workspace, or use the program that wrote it.",
            )
        with self.transaction():
            for step in steps:
                self.execute(step)
            self.execute("UPDATE store_version SET version = ?", [schema_version()])

    def query(self, sql: str, parameters: Sequence[object] = (), **tables: pa.Table) -> pa.Table:
        """Return what `sql` selects, as Arrow."""
        with self._cursor(tables) as cursor, _explained(sql):
            relation = cursor.sql(sql, params=list(parameters)) if parameters else cursor.sql(sql)
            return _in_utc(relation.to_arrow_table())

    def rows(self, sql: str, parameters: Sequence[object] = (), **tables: pa.Table) -> list[dict[str, object]]:
        """Return what `sql` selects, as dictionaries."""
        found: list[dict[str, object]] = self.query(sql, parameters, **tables).to_pylist()
        return found

    def execute(self, sql: str, parameters: Sequence[object] = (), **tables: pa.Table) -> None:
        """Run a statement that changes rows."""
        with self._cursor(tables) as cursor, _explained(sql):
            cursor.execute(sql, list(parameters) if parameters else None)

    def append(self, table: str, rows: pa.Table) -> int:
        """Add `rows` to `table`; columns are checked against its schema."""
        if table not in TABLES:
            raise UnknownName("table", table, TABLES)
        try:
            incoming = conform(rows, TABLES[table].schema)
        except (ValueError, pa.ArrowInvalid) as error:
            raise EngineError(f"rows for table {table!r} do not fit: {error}") from error
        self.execute(f'INSERT INTO "{table}" SELECT * FROM incoming', incoming=incoming)
        return int(incoming.num_rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; the statements of this thread run on one cursor until it ends."""
        if getattr(self._local, "cursor", None) is not None:
            yield
            return
        cursor = self._root.cursor()
        self._local.cursor = cursor
        afterwards: list[Callable[[], object]] = []
        self._local.afterwards = afterwards
        cursor.execute("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            cursor.execute("ROLLBACK")
            raise
        else:
            with _explained("COMMIT"):
                cursor.execute("COMMIT")
        finally:
            self._local.cursor = None
            cursor.close()
        for act in afterwards:
            act()

    def after_commit(self, act: Callable[[], object]) -> None:
        """Do `act` once the transaction under way is kept; at once where none is."""
        if getattr(self._local, "cursor", None) is None:
            act()
        else:
            self._local.afterwards.append(act)

    def rewrite_at_close(self) -> None:
        """Have the file written anew when it is closed: DuckDB leaves the bytes of deleted rows in their old blocks."""
        if self._path is not None:
            _mark_of(self._path).touch()

    def close(self) -> None:
        """Close the file and let the next owner have it."""
        self._root.close()
        if self._path is not None and _mark_of(self._path).exists():
            _rewrite(self._path, self._options)

    @contextmanager
    def _cursor(self, tables: dict[str, pa.Table]) -> Iterator[duckdb.DuckDBPyConnection]:
        held = getattr(self._local, "cursor", None)
        cursor = held if held is not None else self._root.cursor()
        for name, table in tables.items():
            cursor.register(name, table)
        try:
            yield cursor
        finally:
            for name in tables:
                # After an error inside a transaction DuckDB refuses this too, and would hide what went wrong.
                with suppress(duckdb.Error):
                    cursor.unregister(name)
            if held is None:
                cursor.close()


def _mark_of(path: Path) -> Path:
    """The mark beside a store's file that says it has to be written anew; a kill does not lose it."""
    return path.with_name(path.name + ".rewrite")


def _rewrite(path: Path, options: dict[str, str | bool | int | float | list[str]]) -> None:
    """Copy the tables into a new file and put it in the place of the old one."""
    fresh = path.with_name(path.name + ".fresh")
    fresh.unlink(missing_ok=True)
    with duckdb.connect(config=options) as connection, _explained("COPY FROM DATABASE"):
        for name, file in (("old", path), ("fresh", fresh)):
            quoted = str(file).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS {name}")
        connection.execute("COPY FROM DATABASE old TO fresh")
        connection.execute("DETACH fresh")
        connection.execute("DETACH old")
    sync(fresh)
    fresh.rename(path)
    _mark_of(path).unlink()


def _unusable(path: Path | None, error: duckdb.Error) -> WorkspaceError:
    hint = "Restore it from a copy, or load the files again into a new workspace (counterflow init); the ledger stays."
    return WorkspaceError(f"{path} cannot be opened as a store: {error}.", hint=hint)


def _in_utc(table: pa.Table) -> pa.Table:
    """Name the zone of every instant "UTC": DuckDB says "Etc/UTC", and a comparison of schemas would trip over it."""
    fields = [
        field.with_type(pa.timestamp("us", tz="UTC")) if pa.types.is_timestamp(field.type) and field.type.tz else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields)) if fields != list(table.schema) else table


@contextmanager
def _explained(sql: str) -> Iterator[None]:
    """Turn what DuckDB raises into our error, with the statement shown."""
    try:
        yield
    except duckdb.TransactionException as error:
        raise StoreBusy(f"Two changes met: {error}", hint="Try again.", query=sql) from error
    except duckdb.Error as error:
        raise EngineError(f"The store refused a statement: {error}", query=sql) from error
