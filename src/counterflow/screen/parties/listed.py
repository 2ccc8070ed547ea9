"""The listed names a check looks for, and the index of them, kept in the workspace's cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import EngineError

if TYPE_CHECKING:
    from counterflow.matching.name_index import NameIndex

__all__ = ["Listed", "read_lists"]

_COLUMNS = ("list", "version", "entry_id", "name", "name_kind", "schema", "program", "narcotics", "country")
#: What else an entry says, where its file has it.
_FACTS = ("born", "nationality", "identifiers", "addresses")
#: Version of what goes into the index; raise it when `_fit_to_look_for` changes.
_RULES = 1


@dataclass(frozen=True)
class Listed:
    """Names of list versions, in order of list; `index` numbers them by their row."""

    rows: pa.Table
    index: NameIndex

    def row(self, number: int) -> dict[str, Any]:
        """Return listed name `number` with the primary name of its entry."""
        row: dict[str, Any] = self.rows.slice(number, 1).to_pylist()[0]
        return row


def read_lists(lists: Mapping[str, Path], versions: Mapping[str, str], cache: Path | None) -> Listed:
    """Return the names of all lists with their index: from the cache where it is there, else built and kept.

    Raises:
        EngineError: a list's file cannot be read.
    """
    rows = pa.concat_tables([_read(name, path) for name, path in sorted(lists.items())], promote_options="default")
    rows = _with_primary(rows)
    index = _index(rows, [f"{name}@{version}" for name, version in versions.items()], cache)
    return Listed(rows, index)


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


def _with_primary(rows: pa.Table) -> pa.Table:
    """Add each entry's number and primary name."""
    key = pc.binary_join_element_wise(rows.column("list"), rows.column("entry_id"), "\x1f")
    owner = key.combine_chunks().dictionary_encode().indices
    primary = np.full(rows.num_rows + 1, -1, dtype=np.int64)
    first = pc.equal(rows.column("name_kind"), "primary").to_numpy(zero_copy_only=False)
    owners = owner.to_numpy(zero_copy_only=False)
    primary[owners[first]] = np.flatnonzero(first)
    places = primary[owners]
    names = rows.column("name").take(pa.array(places, mask=places < 0))
    return rows.append_column("owner", owner).append_column("primary", names)


def _index(rows: pa.Table, versions: Sequence[str], cache: Path | None) -> NameIndex:
    # numba takes a second to come: only a process that looks names up pays for it
    from counterflow.matching.name_index import NameIndex

    path = cache / NameIndex.file_name([*versions, f"rules {_RULES}"]) if cache else None
    if path is not None and path.exists():
        try:
            return NameIndex.load(path)
        except (OSError, ValueError):
            # A damaged cache is no loss: what it held is built again from the list.
            path.unlink(missing_ok=True)
    index = _built(rows)
    if path is not None:
        index.save(path)
    return index


def _built(rows: pa.Table) -> NameIndex:
    from counterflow.matching.name_index import NameIndex
    from counterflow.matching.normalise import normalise_all

    tokens = normalise_all(rows.column("name").to_pylist())
    weak = pc.equal(rows.column("name_kind"), "weak_alias").to_pylist()
    fit = [_fit_to_look_for(words, is_weak) for words, is_weak in zip(tokens, weak, strict=True)]
    kept = [words if good else [] for words, good in zip(tokens, fit, strict=True)]
    return NameIndex(kept, rows.column("owner").to_pylist(), weak)


def _fit_to_look_for(words: list[str], weak: bool) -> bool:
    """Whether a listed name says enough to be looked for; a weak alias of one word (``PACHO``) does not."""
    return len(words) > 1 or (bool(words) and not weak)
