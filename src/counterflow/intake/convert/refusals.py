"""Rows that are refused: one quarantine row each, with what is wrong first, the rest beside it, and the row whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.tables import QUARANTINE
from counterflow.intake.identifiers import Unreadable
from counterflow.intake.readers.rows import SHOWN_VALUE, RawRows, RefusedRow, plain_value

__all__ = ["CELL", "Fault", "Faults", "quarantine_rows"]

Mask = npt.NDArray[np.bool_]
#: what coverage counts refused rows by
CELL = ("sender", "departure", "lane", "declared_on")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong on some rows.

    Args:
        column: column (or field) it stands in.
        where: on which rows.
        text: the values met there; None where the row as such is at fault.
        problems: value to reason and hint.
        same: reason and hint where they do not depend on the value.
    """

    column: str
    where: Mask
    text: pa.Array | None = None
    problems: Mapping[str, Unreadable] | None = None
    same: Unreadable | None = None

    def at(self, row: int) -> tuple[str, Unreadable]:
        """Return the value met on a row, and what is wrong with it."""
        value = str(self.text[row].as_py() or "") if self.text is not None else ""
        if self.same is not None:
            return value, self.same
        return value, (self.problems or {})[value]


class Faults:
    """Collects what is wrong with the rows of one batch; the fault added first speaks for a row."""

    def __init__(self, rows: int) -> None:
        self.any = np.zeros(rows, dtype=bool)
        self._found: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add a fault; nothing where no row has it."""
        if fault.where.any():
            self._found.append(fault)
            self.any |= fault.where

    def each(self) -> tuple[Fault, ...]:
        """Return the faults, the one added first in front."""
        return tuple(self._found)

    def refused(self, raw: RawRows, cell: Mapping[str, pa.Array]) -> tuple[list[dict[str, object]], Counter[str]]:
        """Return quarantine fields of every faulty row, and the count of reasons."""
        where = np.flatnonzero(self.any)
        whole = raw.table.take(pa.array(where)).to_pylist() if len(where) else []
        cells = {name: values.take(pa.array(where)).to_pylist() for name, values in cell.items()}
        rows: list[dict[str, object]] = []
        reasons: Counter[str] = Counter()
        for place, index in enumerate(where.tolist()):
            faults = [f for f in self._found if f.where[index]]
            value, problem = faults[0].at(index)
            also = [f"{f.column} ({f.at(index)[1].reason})" for f in faults[1:]]
            reasons[problem.reason] += 1
            rows.append({
                "row": int(raw.row[index]), "line": None if raw.line is None else int(raw.line[index]),
                "column": faults[0].column, "value": value[:SHOWN_VALUE], "reason": problem.reason,
                "hint": problem.hint + (f" Also: {', '.join(also)}." if also else ""), "raw": _json(whole[place]),
                **{name: values[place] for name, values in cells.items()},
            })  # fmt: skip
        return rows, reasons


def from_reader(
    refused: Iterable[RefusedRow], hides: Callable[[str], bool], *, any_hidden: bool
) -> list[dict[str, object]]:
    """Return quarantine fields of rows that the reader could not take apart.

    Columns that `hides` names are left out; where there can be some, so is text that belongs to no column, for it may
    hold theirs.
    """
    loose = {"_extra", "_text"} if any_hidden else set()
    return [
        {
            "row": r.row, "line": r.line, "column": r.column, "value": _shown(r, hides, any_hidden=any_hidden),
            "reason": r.reason, "hint": r.hint,
            "raw": _json({k: v for k, v in r.raw.items() if not hides(k) and k not in loose}),
        }
        for r in refused
    ]  # fmt: skip


def _shown(row: RefusedRow, hides: Callable[[str], bool], *, any_hidden: bool) -> str:
    """Return the value at fault, or nothing where it may not be kept."""
    return "" if hides(row.column) or (any_hidden and not row.column) else row.value


def quarantine_rows(rows: list[dict[str, object]], source: str, batch: str) -> pa.Table:
    """Return rows of the quarantine table, in order of the file."""
    rows = sorted(rows, key=lambda r: int(str(r["row"])))
    told = [r | {"source": source, "batch": batch, "state": "open"} for r in rows]
    columns = {f.name: pa.array([r.get(f.name) for r in told], f.type) for f in QUARANTINE}
    return pa.table(columns, schema=QUARANTINE)


def _json(row: Mapping[str, object]) -> str:
    return json.dumps({k: v for k, v in row.items() if v is not None}, ensure_ascii=False, default=plain_value)
