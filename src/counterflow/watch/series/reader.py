"""What a reader of one published form gives: counts, rates, supply signals, what changed in looking, and refused rows.

A reader is a pure function of a file's bytes: no clock, no store. Whoever keeps what it gives adds when it was first
held and in which batch. A rate or a percentage is never a count: it has a table of its own, which no method for counts
reads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from counterflow.core.refused import Refused
from counterflow.core.tables import PANEL, PLACE_WITHIN, SERIES_COUNT, SERIES_RATE, SUPPLY_SIGNAL

__all__ = [
    "COUNTS",
    "PANELS",
    "PLACES",
    "RATES",
    "SIGNALS",
    "Options",
    "Read",
    "Reader",
    "table_for",
]

#: what whoever keeps the rows adds
_ADDED = frozenset({"first_seen", "batch"})
COUNTS = pa.schema([each for each in SERIES_COUNT if each.name not in _ADDED])
RATES = pa.schema([each for each in SERIES_RATE if each.name not in _ADDED])
SIGNALS = pa.schema([each for each in SUPPLY_SIGNAL if each.name not in _ADDED])
PANELS = pa.schema([each for each in PANEL if each.name not in _ADDED])
PLACES = pa.schema([each for each in PLACE_WITHIN if each.name not in _ADDED])


@dataclass(frozen=True)
class Options:
    """What a person says about a file that the file does not say itself.

    Args:
        as_of: day on which the source published it; None to take it from the file or its name.
        today: day of loading: taken for `as_of` where nothing else tells, and said.
        source: name to keep the source under; "" for the form's own.
        more: further options of one form, as `denominators` for rates.
    """

    today: dt.date
    as_of: dt.date | None = None
    source: str = ""
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Read:
    """What a file gave: `rows` data rows read = rows accepted + rows refused, always.

    Args:
        rows: data rows of the file; lines that only sum others up are passed over, and said.
        counts: `COUNTS`; one row of a file can give several, or share one with others.
        signals: `SIGNALS`.
        panel: `PANELS`.
        rates: `RATES`: what the source publishes as a rate or a share.
        places: `PLACES`: which place lies in which, where wholes are among the counts.
        refused: each refused row.
        said: what a person has to know.
    """

    rows: int
    counts: pa.Table
    signals: pa.Table = field(default_factory=SIGNALS.empty_table)
    panel: pa.Table = field(default_factory=PANELS.empty_table)
    rates: pa.Table = field(default_factory=RATES.empty_table)
    places: pa.Table = field(default_factory=PLACES.empty_table)
    refused: tuple[Refused, ...] = ()
    said: tuple[str, ...] = ()

    @property
    def accepted(self) -> int:
        """Return how many rows of the file were taken."""
        return self.rows - len(self.refused)


class Reader(Protocol):
    """Reads one published form."""

    def __call__(self, content: bytes, file: str, options: Options) -> Read:
        """Return what the file holds.

        Raises:
            InputError: the file as a whole cannot be used. A bad row does not raise.
        """


def table_for(
    schema: pa.Schema, rows: int, columns: Mapping[str, Sequence[Any] | pa.Array | str | bool | None]
) -> pa.Table:
    """Return a table of a schema from columns; one value stands for each row, a column not given is null.

    Args:
        schema: `COUNTS`, `RATES`, `SIGNALS` or `PANELS`.
        rows: how many.
        columns: by name; arrays of `rows` values, or one value for all.
    """
    made = []
    for each in schema:
        value = columns.get(each.name)
        if value is None or isinstance(value, str | bool | dt.date):
            made.append(pa.repeat(pa.scalar(value, each.type), rows))
        elif isinstance(value, pa.Array | pa.ChunkedArray):
            whole = value.combine_chunks() if isinstance(value, pa.ChunkedArray) else value
            made.append(whole.cast(each.type))
        else:
            made.append(pa.array(value, each.type, from_pandas=True))
    return pa.Table.from_arrays(made, schema=schema)
