"""The listed names a check looks for, and the index of them, kept in the workspace's cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import EngineError
from counterflow.screen.parties.kinds import kind_of_schema

if TYPE_CHECKING:
    from counterflow.matching.name_index import NameIndex

__all__ = ["Listed", "read_lists"]

_COLUMNS = ("list", "version", "entry_id", "name", "name_kind", "schema", "program", "narcotics", "country")
#: What else an entry says, where its file has it.
_FACTS = ("born", "nationality", "identifiers", "addresses")


@dataclass(frozen=True)
class Listed:
    """Names of list versions, in order of list; `index` numbers them by their row."""

    rows: pa.Table
    index: NameIndex

    def row(self, number: int) -> dict[str, Any]:
        """Return listed name `number` with the primary name of its entry."""
        row: dict[str, Any] = self.rows.slice(number, 1).to_pylist()[0]
        same = self.rows.take(pa.array(np.flatnonzero(self.index.owners == row["owner"]))).select(["name_kind", "name"])
        primary = [name for kind, name in zip(*same.to_pydict().values(), strict=True) if kind == "primary"]
        return row | {"primary": primary[-1] if primary else None}


def read_lists(lists: Mapping[str, Path], versions: Mapping[str, str], cache: Path | None) -> Listed:
    """Return the names of all lists with their index: from the cache where it is there, else built and kept.

    Raises:
        EngineError: a list's file cannot be read.
    """
    rows = pa.concat_tables([_read(name, path) for name, path in sorted(lists.items())], promote_options="default")
    index = _index(rows, [f"{name}@{version}" for name, version in versions.items()], cache)
    return Listed(rows.append_column("owner", pa.array(index.owners)), index)


def _read(name: str, path: Path) -> pa.Table:
    try:
        with pa.memory_map(str(path)) as source:
            rows = pa.ipc.open_file(source).read_all()
            return rows.select([*_COLUMNS, *(name for name in _FACTS if name in rows.column_names)])
    except (OSError, pa.ArrowInvalid, KeyError) as error:
        raise EngineError(
            f"The names of the list {name!r} cannot be read: {error}.",
            hint="Delete the workspace's cache folder and screen again.",
        ) from error


def _owners(rows: pa.Table) -> npt.NDArray[np.int32]:
    """Return the number of each name's entry, counted as they come."""
    key = pc.binary_join_element_wise(rows.column("list"), rows.column("entry_id"), "\x1f")
    owners: npt.NDArray[np.int32] = key.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    return owners


def _index(rows: pa.Table, versions: Sequence[str], cache: Path | None) -> NameIndex:
    from counterflow.matching.name_index import NameIndex

    if cache is None:
        return _built(rows, None)
    path = cache / NameIndex.file_name(versions)
    kept = _kept(path)
    if kept is None or len(kept) != rows.num_rows:
        # What an older version of the lists has in common with this one need not be worked out again.
        older = sorted(cache.glob(NameIndex.file_name(None)), key=lambda p: p.stat().st_mtime)
        kept = _built(rows, _kept(older[-1]) if older else None)
        kept.save(path)
    return kept


def _kept(path: Path) -> NameIndex | None:
    """Return the index kept at `path`; None where there is none, or a damaged one, which goes."""
    from counterflow.matching.name_index import NameIndex

    try:
        return NameIndex.load(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        # A damaged cache is no loss: what it held is built again from the list.
        path.unlink(missing_ok=True)
        return None


def _built(rows: pa.Table, known: NameIndex | None) -> NameIndex:
    """Return the index of listed names; rows are in the order of list, entry and name, and so are ties."""
    from counterflow.matching.name_index import NameIndex

    weak = pc.equal(rows.column("name_kind"), "weak_alias").to_numpy(zero_copy_only=False)
    return NameIndex.of(rows.column("name"), _owners(rows), weak, kinds=_kinds(rows.column("schema")), known=known)


def _kinds(schemas: pa.ChunkedArray) -> npt.NDArray[np.int8]:
    coded = schemas.combine_chunks().dictionary_encode(null_encoding="encode")
    kinds = np.array([kind_of_schema(schema) for schema in coded.dictionary.to_pylist()], dtype=np.int8)
    numbers: npt.NDArray[np.int8] = kinds[coded.indices.to_numpy()]
    return numbers
