"""What a check is: a pure function from a table of values to a table of findings.

A check says which table it looks at (`subject`) and which columns it reads (`reads`). It is given a record batch with
an int64 column `row` and exactly those columns, and returns findings on those rows. It has no clock, no store, and
never looks at other rows. From this follows all that the engines rely on:

* splitting a batch differently changes nothing (a contract test holds every check to it);
* equal values get equal findings, so a check runs once per *distinct* combination of the columns it reads, and its
  findings are carried to every record that holds them.

A check is made by a factory `make(resources) -> Check`, offered under the entry-point group ``counterflow.checks``;
`docs/how-to/write-a-check.md` builds one from nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import pyarrow as pa

from counterflow.core.tables import FINDING_ROW

__all__ = ["Check", "Code", "FindingRows", "Resources", "Subject", "strength_below_one"]

Subject = Literal["consignment", "goods_line", "party"]

#: A strength never reaches 1.0: nothing that a program reads in a record is certain.
STRONGEST = 0.999


def strength_below_one(value: float) -> float:
    """Return `value` held inside (0, 1): at least 0.001, at most 0.999."""
    return min(max(value, 0.001), STRONGEST)


@dataclass(frozen=True, slots=True)
class Code:
    """One thing that a check can find: its code, the harm class it bears on, and a line on what it means."""

    code: str
    harm_class: str
    means: str


@dataclass(frozen=True)
class Resources:
    """What checks are made from: versions of lists, and the checks' own settings. Picklable, for the pool.

    Args:
        lists: list name to the Arrow IPC file of its `list_entry` rows, in the workspace's cache.
        versions: list name to version.
        cache: folder where a check may keep an index built from a version; None for no cache.
        settings: check id to its settings.
        substances: file of the changes of the registry of substances that were accepted here, named by its content;
            None where none was.
    """

    lists: Mapping[str, Path] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    cache: Path | None = None
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    substances: Path | None = None


@runtime_checkable
class Check(Protocol):
    """The contract. `id` is stable and short; `version` changes whenever the same input could find something else."""

    id: str
    version: str
    title: str
    subject: Subject
    reads: tuple[str, ...]
    codes: tuple[Code, ...]

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return findings (schema `FINDING_ROW`) on the rows of `batch` (`row` plus the columns of `reads`)."""
        ...


class FindingRows:
    """Collects findings column by column and gives them back as one batch in order of row.

    >>> rows = FindingRows()
    >>> rows.add(3, code="vague", strength=0.4, meaning="share of …", harm_class="declaration", sentence="…")
    >>> rows.batch().num_rows
    1
    """

    def __init__(self) -> None:
        self._columns: dict[str, list[object]] = {name: [] for name in FINDING_ROW.names}

    def add(
        self,
        row: int,
        *,
        code: str,
        strength: float,
        meaning: str,
        harm_class: str,
        sentence: str,
        kind: Literal["deterministic", "calibrated"] = "deterministic",
        **evidence: object,
    ) -> None:
        """Add one finding; `evidence` takes the other columns of `FINDING_ROW` by name."""
        values: dict[str, object] = {
            "row": row, "code": code, "kind": kind, "strength": strength_below_one(strength), "meaning": meaning,
            "harm_class": harm_class, "sentence": sentence, **evidence,
        }  # fmt: skip
        for name, column in self._columns.items():
            column.append(values.pop(name, None))
        if values:
            raise TypeError(f"not evidence columns: {', '.join(sorted(values))}")

    def batch(self) -> pa.RecordBatch:
        """Return what was collected, as a batch of schema `FINDING_ROW`."""
        arrays = [pa.array(self._columns[f.name], f.type) for f in FINDING_ROW]
        return pa.RecordBatch.from_arrays(arrays, schema=FINDING_ROW)
