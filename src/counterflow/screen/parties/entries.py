"""Entries of the lists in force: what each says beside its names, and the ways to one that are not a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import UnknownName
from counterflow.matching.normalise import normalise_all
from counterflow.screen.parties.papers import read_papers

__all__ = ["Entries"]

_FACTS = ("born", "country", "nationality", "identifiers", "addresses")


@dataclass(frozen=True)
class Entries:
    """The entries behind the listed names `rows`; an entry is known by its number, the column `owner`."""

    rows: pa.Table

    @cached_property
    def owners(self) -> npt.NDArray[np.int64]:
        """Number of the entry of each listed name."""
        owners: npt.NDArray[np.int64] = self.rows.column("owner").to_numpy()
        return owners

    @cached_property
    def keys(self) -> list[tuple[str, str]]:
        """List and entry id of each listed name."""
        return list(zip(self.rows.column("list").to_pylist(), self.rows.column("entry_id").to_pylist(), strict=True))

    def facts(self, listed: int) -> Mapping[str, str | None]:
        """Return what the entry of a listed name says beside its names."""
        return self._facts[int(self.owners[listed])]

    def names(self, owner: int) -> list[int]:
        """Return the listed names of an entry."""
        places: list[int] = np.flatnonzero(self.owners == owner).tolist()
        return places

    def find(self, entity: str) -> list[int]:
        """Return the listed names of an entry, as ``ofac:12345`` or ``list@ofac:12345``.

        Raises:
            UnknownName: no list in force has it.
        """
        found = [place for place, (name, entry) in enumerate(self.keys) if entity in {entry, f"{name}@{entry}"}]
        if not found:
            raise UnknownName("listed entry", entity, {entry for _, entry in self.keys})
        return found

    @cached_property
    def by_number(self) -> dict[str, list[int]]:
        """Paper or number to the entries that hold it."""
        found: dict[str, list[int]] = {}
        for owner, facts in self._facts.items():
            for paper in read_papers(facts.get("identifiers")):
                found.setdefault(paper.number, []).append(owner)
        return found

    @cached_property
    def weak_words(self) -> dict[str, list[int]]:
        """Weak aliases of one word: met only where a birth or a number speaks for them."""
        weak = np.flatnonzero(pc.equal(self.rows.column("name_kind"), "weak_alias").to_numpy())
        tokens = normalise_all(self.rows.column("name").take(pa.array(weak)).to_pylist())
        found: dict[str, list[int]] = {}
        for listed, words in zip(weak.tolist(), tokens, strict=True):
            if len(words) == 1:
                found.setdefault(words[0], []).append(listed)
        return found

    @cached_property
    def _facts(self) -> dict[int, dict[str, str | None]]:
        named = [name for name in _FACTS if name in self.rows.column_names]
        columns = [self.rows.column(name).to_pylist() for name in named]
        found: dict[int, dict[str, str | None]] = {}
        for owner, *values in zip(self.owners.tolist(), *columns, strict=True):
            found.setdefault(owner, dict(zip(named, values, strict=True)))
        return found
