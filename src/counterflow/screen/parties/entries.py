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
        owner = int(self.owners[listed])
        found = self._known.get(owner)
        if found is None:
            found = self._known[owner] = self._facts.slice(int(self._first[owner]), 1).to_pylist()[0]
        return found

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
        if "identifiers" in self._facts.column_names:
            texts = self._facts.column("identifiers").take(pa.array(self._first)).to_pylist()
            for owner, text in enumerate(texts):
                for paper in read_papers(text):
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
    def _facts(self) -> pa.Table:
        return self.rows.select([name for name in _FACTS if name in self.rows.column_names])

    @cached_property
    def _first(self) -> npt.NDArray[np.int64]:
        """A listed name of each entry, by its number: what the entry says stands on every one of its names."""
        return np.unique(self.owners, return_index=True)[1]

    @cached_property
    def _known(self) -> dict[int, dict[str, str | None]]:
        return {}
