"""Which rows of a triangle file belong together: one group, each group, or the total that the file itself gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError, UnknownName

__all__ = ["is_total", "pick"]

Whole = npt.NDArray[np.int64]

#: values by which files name the total of a column, folded
_TOTALS = frozenset({"all", "total", "00+", "0+", "00-99", "all ages", "both", "overall", "any", "*"})
_MOST_GROUPS = 5_000


def is_total(group: Mapping[str, str]) -> bool:
    """Tell whether a group is a total by the name of one of its values.

    >>> is_total({"age": "00+"}), is_total({"age": "80+"})
    (True, False)
    """
    return any(value.strip().casefold() in _TOTALS for value in group.values())


def pick(
    table: pa.Table, others: Sequence[str], where: Mapping[str, str], *, each: bool, file: str
) -> Iterator[tuple[dict[str, str], Whole]]:
    """Yield each group wanted, with the places of its rows.

    A total and its parts are never added up: where a column has several values, one is named in `where`, or the file
    gives a total under a name that says so, or every group stands for itself (`each`).

    Raises:
        UnknownName: `where` names a column or a value that the file does not have.
        InputError: several groups, and nobody said which.
    """
    at = np.arange(table.num_rows)
    chosen: dict[str, str] = {}
    for column, value in where.items():
        if column not in others:
            raise UnknownName("column", column, others)
        same = pc.equal(table.column(column), value).to_numpy()
        if not same.any():
            raise UnknownName(column, value, pc.unique(table.column(column)).to_pylist()[:50])
        at = at[same[at]]
        chosen[column] = value
        if not len(at):
            raise InputError(f"No row has {_said(chosen)}.", file=file, hint="Loosen one of the conditions.")
    free = [name for name in others if name not in where]
    if not each:
        for column in free:
            at, chosen[column] = _one(table, column, at, file)
        yield {name: chosen[name] for name in others}, at
        return
    codes = np.zeros(len(at), np.int64)
    names: list[list[str]] = []
    for column in free:
        encoded = table.column(column).combine_chunks().dictionary_encode()
        names.append(encoded.dictionary.to_pylist())
        codes = codes * len(names[-1]) + encoded.indices.to_numpy()[at]
    kinds, back = np.unique(codes, return_inverse=True)
    if len(kinds) > _MOST_GROUPS:
        hint = f"Leave out columns that do not name a group; there are {', '.join(free)}."
        raise InputError(f"There are {len(kinds)} groups, more than {_MOST_GROUPS}.", file=file, hint=hint)
    order = np.argsort(back, kind="stable")
    for kind, rows in zip(kinds, np.split(at[order], np.cumsum(np.bincount(back))[:-1]), strict=True):
        left, group = int(kind), dict(chosen)
        for column, values in zip(reversed(free), reversed(names), strict=True):
            left, place = divmod(left, len(values))
            group[column] = values[place]
        yield {name: group[name] for name in others}, rows


def _one(table: pa.Table, column: str, at: Whole, file: str) -> tuple[Whole, str]:
    """Return the rows of a column's only value, or of its total."""
    values = pc.unique(table.column(column).take(pa.array(at))).to_pylist()
    if len(values) == 1:
        return at, values[0]
    totals = [value for value in values if value.strip().casefold() in _TOTALS]
    if len(totals) != 1:
        shown = ", ".join(map(str, values[:8])) + (" …" if len(values) > 8 else "")
        raise InputError(
            f"Column {column} has {len(values)} values ({shown}); a total and its parts are not added up.", file=file,
            column=column, hint=f"Choose one with --where {column}=VALUE, or give --each for a nowcast of each.",
        )  # fmt: skip
    return at[pc.equal(table.column(column), totals[0]).to_numpy()[at]], totals[0]


def _said(chosen: Mapping[str, str]) -> str:
    return " and ".join(f"{name} {value}" for name, value in chosen.items())
