"""Findings by place and period with what was tested, and since when it was looked for: the form emergence reads.

A count of findings says nothing until three things beside it are known: how many samples were tested, whether the
substance was looked for at all, and whether its definition stayed the same. `Streams` holds all of them, and where one
is not known it says so instead of filling in a zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.watch.grid import PERIODS_A_YEAR

__all__ = ["BASES", "CHANGES", "DENOMINATORS", "KEY", "Change", "Streams"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

#: what names a stream
KEY = pa.schema([("source", pa.string()), ("place", pa.string()), ("measure", pa.string()), ("subject", pa.string())])

#: kinds of change of a panel, as `core.tables.PANEL` has them
CHANGES = ("added", "dropped", "definition", "date-basis", "coverage")

#: how it is known that a subject was looked for, best first: the panel says so, the row says so, a number tested stands
#: in the row, or nothing says it (then looking begins with the first finding)
BASES = ("panel", "said", "tested", "never-said")

#: what a share is of: samples tested, all reports of the same counter, or nothing known
DENOMINATORS = ("tested", "all-reports", "none")


@dataclass(frozen=True, slots=True)
class Change:
    """A panel, column or definition changed.

    Args:
        source: who counts; * for all.
        place: place; * for all of the source's.
        measure: what is counted; * for all.
        subject: substance; * for all. `added` with * says: from that day the source reports all that it finds.
        day: first day on which it holds.
        kind: one of `CHANGES`.
        said: what changed, in words.
    """

    source: str
    place: str
    measure: str
    subject: str
    day: np.datetime64
    kind: str
    said: str = ""

    def of(self, source: str, place: str, measure: str, subject: str) -> bool:
        """Whether it speaks of this stream."""
        mine = ((self.source, source), (self.place, place), (self.measure, measure), (self.subject, subject))
        return all(own in ("*", theirs) for own, theirs in mine)


@dataclass(frozen=True)
class Streams:
    """Findings of S streams (source, place, measure, subject) over T periods.

    Args:
        key: `KEY`, one row per stream.
        grain: day | week | month | quarter | year.
        starts: first day of each period, rising without a gap, shape (T,).
        found: findings, shape (S, T); NaN where not known or not looked for.
        tested: what they are a share of, shape (S, T); NaN where not known.
        look: looked for, and counted, shape (S, T).
        restart: a panel or definition change begins here: what was before is no baseline for it, shape (S, T).
        basis: place in `BASES`, shape (S,).
        denominator: place in `DENOMINATORS`, shape (S,).
        changes: what is known of panels and definitions.
    """

    key: pa.Table
    grain: str
    starts: Days
    found: Floats
    tested: Floats
    look: Bools
    restart: Bools
    basis: npt.NDArray[np.int8]
    denominator: npt.NDArray[np.int8]
    changes: tuple[Change, ...] = ()

    @property
    def frequency(self) -> int:
        """Periods in a year."""
        return PERIODS_A_YEAR[self.grain]

    def names(self, row: int) -> tuple[str, str, str, str]:
        """Return source, place, measure and subject of a stream."""
        source, place, measure, subject = (str(self.key.column(name)[row].as_py()) for name in KEY.names)
        return source, place, measure, subject

    def until(self, day: np.datetime64) -> Streams:
        """Return what is known of periods that begin before `day`; nothing later is in any figure."""
        last = int(np.searchsorted(self.starts, day))
        changes = tuple(change for change in self.changes if change.day < day)
        return Streams(
            self.key, self.grain, self.starts[:last], self.found[:, :last], self.tested[:, :last], self.look[:, :last],
            self.restart[:, :last], self.basis, self.denominator, changes,
        )  # fmt: skip
