"""Watching rows: hands them to the compiled watch and returns what it saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.orders.monitor.layout import ANCHORED, SINCE, SLOTS, STATES
from counterflow.orders.monitor.series import Rows
from counterflow.orders.monitor.setting import Setting
from counterflow.orders.monitor.watch import WATCH

__all__ = ["Watched", "watch"]

Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Watched:
    """What the watch saw of R rows and E subjects in T months.

    Args:
        rows: what was watched.
        baseline: what was expected; nan where nothing could be. (T, R)
        level_part: evidence of the two-month mean, in units of its limit; 0 where nothing could be expected. (T, R)
        sum_part: the CUSUM, in units of its limit. (T, R)
        alarm: why an alarm was raised (`layout.WHY_*`, added up), 0 where none was. (T, R)
        how: what the baseline rests on (`layout.HOW_*`). (T, R)
        learned: whether the month may teach. (R, T)
        opened: whether an alarm of the subject is open at the end of the month. (T, E)
        factor: growth of peers that lifts the baseline of each group. (T, G)
    """

    rows: Rows
    baseline: Floats
    level_part: Floats
    sum_part: Floats
    alarm: Bytes
    how: Bytes
    learned: Bytes
    opened: Bytes
    factor: Floats

    @property
    def strength(self) -> Floats:
        """The larger of the two parts, T × R: 1 is where an alarm is raised."""
        return np.maximum(self.level_part, self.sum_part)

    def open_since(self) -> npt.NDArray[np.int64]:
        """Return the column in which what is open was raised first, -1 where nothing is open, T × E."""
        is_open = self.opened == 1
        begun = is_open.copy()
        begun[1:] &= ~is_open[:-1]
        columns = np.where(begun, np.arange(len(begun))[:, None], -1)
        return np.where(is_open, np.maximum.accumulate(columns, axis=0), -1)


def watch(rows: Rows, events: Floats, setting: Setting, *, answered_after: int = 0) -> Watched:
    """Watch `rows` month by month; see `watch` for what is done.

    Args:
        rows: what to watch.
        events: disposals and declarations as (column, kind, row, value), ordered by column; see `layout`.
        setting: the numbers.
        answered_after: months after which whatever is open is disposed of, with its level accepted; 0 = never.
    """
    count, months = rows.quantity.shape
    subjects, groups = len(rows.begins) - 1, int(rows.group.max(initial=-1)) + 1
    state = np.zeros((count, STATES))
    state[:, ANCHORED], state[:, SINCE] = -1.0, rows.started
    seen = Watched(
        rows=rows,
        baseline=np.full((months, count), np.nan),
        level_part=np.zeros((months, count)),
        sum_part=np.zeros((months, count)),
        alarm=np.zeros((months, count), dtype=np.int8),
        how=np.zeros((months, count), dtype=np.int8),
        learned=np.zeros((count, months), dtype=np.int8),
        opened=np.zeros((months, subjects), dtype=np.int8),
        factor=np.ones((months, groups)),
    )
    if count:
        WATCH(
            rows.quantity, rows.squares, rows.group, rows.subject, rows.kind, rows.started, rows.begins, events.copy(),
            np.append(setting.as_array(), answered_after), state, np.zeros((groups, 2 * SLOTS)), np.zeros((groups, 4)),
            np.zeros(subjects, dtype=np.int8), np.zeros(subjects, dtype=np.int64), seen.baseline,
            seen.level_part, seen.sum_part, seen.alarm, seen.how, seen.learned, seen.opened, seen.factor,
        )  # fmt: skip
    return seen
