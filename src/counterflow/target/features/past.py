"""Features for training: each line is told what was known before its own day, and nothing else.

This is an ordered target statistic (Prokhorenkova et al. 2018, NeurIPS 31, section 3.2) in which the order is time: an
outcome is seen from the day after it became known, later still where outcomes are recorded with delay.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from counterflow.target.features.layout import code_lines, events_of, plain_features
from counterflow.target.features.lines import Known, Lines
from counterflow.target.features.matrix import Matrix
from counterflow.target.features.spec import FeatureSpec
from counterflow.target.features.state import Reader, State, Walk, first_day, last_day

__all__ = ["cross_features", "past_and_state", "past_features"]

Ints = npt.NDArray[np.int64]


def past_features(
    lines: Lines, known: Known, spec: FeatureSpec, classes: Sequence[str], *, delay_days: int = 0
) -> Matrix:
    """Return the features of every line as they would have been told on the morning of its day.

    Args:
        lines: the past, with and without outcome.
        known: what became known of its records, and when.
        spec: what to make.
        classes: harm classes; a find of another class counts as an inspection without a find of these. The class
            ``any`` is a find of any class at all.
        delay_days: an outcome is seen this many days later than it became known.
    """
    return past_and_state(lines, known, spec, classes, delay_days=delay_days)[0]


def past_and_state(
    lines: Lines,
    known: Known,
    spec: FeatureSpec,
    classes: Sequence[str],
    *,
    before: int | None = None,
    delay_days: int = 0,
) -> tuple[Matrix, State]:
    """Return what `past_features` and `State.learn` return, in one walk.

    Args:
        lines: the past, with and without outcome.
        known: what became known of its records, and when.
        spec: what to make.
        classes: harm classes.
        before: morning of the state, not before the last day of `lines`; without it, the day from which all is known.
        delay_days: an outcome is seen this many days later than it became known.
    """
    state = State.empty(spec, classes, first=first_day(lines, known, delay_days), delay_days=delay_days)
    coded = code_lines(lines, state.layout)
    walk = Walk(state, coded, events_of(known, classes))
    values = np.full((lines.table.num_rows, len(state.layout.names)), np.nan, np.float32)
    by_day = np.argsort(coded.days, kind="stable")
    days, begins = np.unique(coded.days[by_day], return_index=True)
    for day, begin, end in zip(days, begins, np.append(begins, len(by_day))[1:], strict=True):
        walk.to(int(day))
        walk.reader.write(by_day[begin:end], coded.days, values)
    plain_features(lines, coded, state.layout, values)
    walk.to(last_day(lines, known, delay_days) + 1 if before is None else before)
    return Matrix(values, state.layout.names, coded.row), state


def cross_features(
    lines: Lines,
    known: Known,
    spec: FeatureSpec,
    classes: Sequence[str],
    fold: Ints,
    *,
    before: int | None = None,
    delay_days: int = 0,
) -> Matrix:
    """Return the features of past lines as told on one morning, each without the outcomes of its own fold.

    For training a model that will score days from `before` on: its rows then have histories as full as those that it
    will meet. Nothing on or after `before` is seen; but a row sees outcomes that became known after its own day, so
    these features train and must never measure. A record's own declaration is not counted for it.

    Args:
        lines: the past, with and without outcome.
        known: what became known of its records, and when.
        spec: what to make.
        classes: harm classes.
        fold: number of each record's fold, from 0.
        before: the morning, days since 1970-01-01; without it, the day from which all of `known` is known.
        delay_days: an outcome is seen this many days later than it became known.
    """
    from counterflow.target.features import kernels

    state = State.learn(lines, known, spec, classes, before=before, delay_days=delay_days)
    layout, coded, events = state.layout, code_lines(lines, state.layout), events_of(known, classes)
    reader = Reader(state, coded)
    counted = coded.days < state.before
    reader.own = np.where(counted, 2.0 ** ((coded.days - state.decay[0]) / state.decay[1]), 0.0)
    values = np.full((lines.table.num_rows, len(layout.names)), np.nan, np.float32)
    visible = events.order[events.on[events.order] + delay_days < state.before]
    days = np.maximum(coded.days, state.before)
    whole, moments = state.counts, state.moments
    for number in np.unique(fold):
        state.counts, state.totals = whole.copy(), np.zeros_like(state.totals)
        state.counts[:, kernels.INSPECTED :] = 0.0
        kernels.add_labels(
            visible[fold[visible] != number], coded.starts, reader.slots, coded.row, events.on, events.hits,
            state.counts, state.totals, moments, state.decay, layout.parents, layout.order, False,
        )  # fmt: skip
        reader.write(np.flatnonzero(fold[coded.row] == number), days, values)
    plain_features(lines, coded, layout, values)
    return Matrix(values, layout.names, coded.row)
