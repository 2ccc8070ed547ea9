"""The past as it stood on a morning, ready to score with: counts per key value, to be kept, loaded and brought forward.

The same kernels make features for training (`past.past_features` walks this state through the days) and for scoring, so
that a line has the same numbers on both roads.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError
from counterflow.matching.array_file import read_arrays, write_arrays
from counterflow.target.features.index import Index
from counterflow.target.features.layout import Coded, Events, Layout, code_lines, events_of, plain_features
from counterflow.target.features.lines import Known, Lines
from counterflow.target.features.matrix import Matrix
from counterflow.target.features.numbers import days_of_lines
from counterflow.target.features.spec import FeatureSpec

__all__ = ["Reader", "State", "Walk", "first_day", "last_day"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_FILE = "counterflow-features 1"
_BLOCK = 1 << 16  # lines made at once, which bounds the memory beside the result


@dataclass
class State:
    """What was known on the morning of day `before`.

    Args:
        layout: specification, classes and the columns of the features.
        before: declarations of earlier days and outcomes known on earlier days are counted (days since 1970-01-01).
        delay_days: an outcome is seen this many days later than it became known.
        keys, counts: index and counts of key values, see `kernels`.
        gaps, sums: index and sums of measures of key values.
        totals: inspections and finds per class, decayed.
        moments: per key and class what shrinkage is estimated from.
        decay: reference day, half-life, and the stated shrinkage (0: estimated).
    """

    layout: Layout
    before: int
    delay_days: int
    keys: Index
    counts: Floats
    gaps: Index
    sums: Floats
    totals: Floats
    moments: Floats
    decay: Floats

    @classmethod
    def empty(cls, spec: FeatureSpec, classes: Sequence[str], *, first: int, delay_days: int = 0) -> State:
        """Return a state that knows nothing; `first` is the first day of what it will learn from."""
        from counterflow.target.features import kernels

        layout = Layout.of(spec, classes)
        width = kernels.COUNTS + kernels.PER_CLASS * len(classes)
        return cls(
            layout, first, delay_days, Index(), np.zeros((0, width)), Index(), np.zeros((0, 2)),
            np.zeros(1 + len(classes)), np.zeros((len(spec.keys), len(classes), 2)),
            np.array([first, spec.half_life_days, spec.trust], float),
        )  # fmt: skip

    @classmethod
    def learn(
        cls,
        lines: Lines,
        known: Known,
        spec: FeatureSpec,
        classes: Sequence[str],
        *,
        before: int | None = None,
        delay_days: int = 0,
    ) -> State:
        """Return the state of the morning of `before`: all that was declared and became known on earlier days.

        Args:
            lines: the past; a line without outcome is counted as declared.
            known: what is known of its records.
            spec: what to make.
            classes: harm classes, in the order of the features.
            before: days since 1970-01-01; without it, the day from which all of it is known.
            delay_days: an outcome is seen this many days later than it became known.
        """
        made = cls.empty(spec, classes, first=first_day(lines, known, delay_days), delay_days=delay_days)
        if before is None:
            before = last_day(lines, known, delay_days) + 1
        return made.update(lines, known, before=before)

    def update(self, lines: Lines, known: Known, *, before: int | None = None) -> State:
        """Return the state of a later morning; this one stays as it is.

        Counted is what was declared, or became known, from this state's morning up to the later one, whatever else
        `lines` holds: giving the whole past again, or only what is new, is the same. An outcome that replaces an
        earlier one needs `learn` anew, and so does a declaration that came in after its day had been counted.

        Args:
            lines: lines with anything new: new declarations, and earlier ones whose outcome became known.
            known: what is known of them.
            before: the later morning; without it, the day from which all of it is known.
        """
        if before is None:
            before = max(self.before, last_day(lines, known, self.delay_days) + 1)
        state = self._copy()
        coded, events = code_lines(lines, self.layout), events_of(known, self.layout.classes)
        walk = Walk(state, coded, events)
        walk.to(before)
        return state

    def features(self, lines: Lines) -> Matrix:
        """Return the features of lines as they are told from this state.

        A line of the morning or a later day is as old as its day says; an earlier one counts as one of the morning.
        """
        values = np.full((lines.table.num_rows, len(self.layout.names)), np.nan, np.float32)
        for begin, some in _blocks(lines):
            coded = code_lines(some, self.layout)
            out = values[begin : begin + some.table.num_rows]
            Reader(self, coded).write(np.arange(len(out)), np.maximum(coded.days, self.before), out)
            plain_features(some, coded, self.layout, out)
        return Matrix(values, self.layout.names, lines.row)

    def trust(self) -> Floats:
        """Return for each key and class how many inspections the coarser key's rate stands for: large says little."""
        from counterflow.target.features import kernels

        trust: Floats = kernels.shrinkage(self.moments, self.decay[2])
        return trust

    def _copy(self) -> State:
        return State(
            self.layout, self.before, self.delay_days, self.keys.copy(), self.counts.copy(), self.gaps.copy(),
            self.sums.copy(), self.totals.copy(), self.moments.copy(), self.decay,
        )  # fmt: skip

    def save(self, path: Path) -> None:
        """Write the state to one file, with its check sum. Equal states make equal files."""
        said = {
            "spec": json.loads(self.layout.spec.to_json()), "classes": list(self.layout.classes),
            "before": self.before, "delay_days": self.delay_days,
        }  # fmt: skip
        arrays: dict[str, npt.NDArray[Any]] = {
            "said": np.frombuffer(json.dumps(said, sort_keys=True).encode(), np.uint8),
            "keys": self.keys.codes, "counts": self.counts, "gaps": self.gaps.codes, "sums": self.sums,
            "totals": self.totals, "moments": self.moments, "decay": self.decay,
        }  # fmt: skip
        write_arrays(path, _FILE, arrays)

    @classmethod
    def load(cls, path: Path) -> State:
        """Read what `save` wrote.

        Raises:
            InputError: it is damaged, or no such file.
        """
        try:
            kept = read_arrays(path, _FILE)
        except (OSError, ValueError) as error:
            raise InputError(f"The features' state cannot be read: {error}.", hint="Train again.", file=path) from None
        said = json.loads(kept["said"].tobytes())
        spec = FeatureSpec.from_json(json.dumps(said["spec"]))
        return cls(
            Layout.of(spec, said["classes"]), said["before"], said["delay_days"],
            Index.of(kept["keys"]), np.array(kept["counts"]), Index.of(kept["gaps"]), np.array(kept["sums"]),
            np.array(kept["totals"]), np.array(kept["moments"]), np.array(kept["decay"]),
        )  # fmt: skip


def first_day(lines: Lines, known: Known, delay_days: int) -> int:
    """Return the day of the first declaration or the first outcome, whichever is earlier; 0 for no lines."""
    moments = _moments(lines, known, delay_days)
    return int(np.min(moments)) if len(moments) else 0


def last_day(lines: Lines, known: Known, delay_days: int) -> int:
    """Return the day of the last declaration or the last outcome, whichever is later; -1 for no lines."""
    return int(np.max(_moments(lines, known, delay_days), initial=-1))


def _moments(lines: Lines, known: Known, delay_days: int) -> Ints:
    """Return the days on which anything was declared or became known."""
    on = np.asarray(known.on, np.int64)[np.asarray(known.found.is_valid().to_numpy(zero_copy_only=False))]
    return np.concatenate([days_of_lines(lines), on + delay_days])


def _blocks(lines: Lines) -> list[tuple[int, Lines]]:
    """Return the lines in blocks of whole records, each with the place of its first line."""
    count = lines.table.num_rows
    if count <= _BLOCK:
        return [(0, lines)]
    row, begins = lines.row, [0]
    while begins[-1] + _BLOCK < count:
        cut = begins[-1] + _BLOCK
        whole = int(np.searchsorted(row, row[cut]))
        begins.append(whole if whole > begins[-1] else int(np.searchsorted(row, row[cut], side="right")))
    ends = [*begins[1:], count]
    return [(b, _part(lines, b, e)) for b, e in zip(begins, ends, strict=True) if e > b]


def _part(lines: Lines, begin: int, end: int) -> Lines:
    row = lines.row[begin:end]
    first, last = int(row[0]), int(row[-1])
    table = lines.table.slice(begin, end - begin)
    place = table.column_names.index("row")
    table = table.set_column(place, "row", [row - first])
    findings = lines.findings
    if findings.num_rows:
        of = findings["row"].to_numpy()
        findings = findings.filter((of >= first) & (of <= last))
        findings = findings.set_column(findings.column_names.index("row"), "row", [findings["row"].to_numpy() - first])
    return Lines(table, last - first + 1, findings)


class Reader:
    """Lines looked up in a state once, to be told from it at one or several moments."""

    def __init__(self, state: State, coded: Coded) -> None:
        self.state, self.coded = state, coded
        self.slots, self.gap_slots = state.keys.find(coded.keys), state.gaps.find(coded.gaps)
        self.own = np.zeros(len(coded.days))

    def write(self, which: Ints, days: Ints, out: npt.NDArray[np.float32]) -> None:
        """Write the features that come from the past for the lines in `which`, as told on `days` (one per line)."""
        from counterflow.target.features import kernels

        state, layout = self.state, self.state.layout
        trust = state.trust()
        kernels.keys_of_lines(
            which, self.slots, days, state.counts, state.totals, trust, state.decay,
            layout.parents, layout.order, layout.columns, self.own, out,
        )  # fmt: skip
        kernels.gaps_of_lines(
            which, self.gap_slots, self.coded.measured, days, state.sums, state.decay,
            layout.gap_parents, layout.gap_order, layout.gap_columns, self.own, out,
        )  # fmt: skip


class Walk:
    """A state brought forward day by day through lines and their outcomes; it changes the state it is given."""

    def __init__(self, state: State, coded: Coded, events: Events) -> None:
        self.state, self.coded, self.events = state, coded, events
        self.seen_at = state.before  # declarations of earlier days are counted
        record_day = coded.days[np.minimum(coded.starts[:-1], max(len(coded.days) - 1, 0))]
        later = events.on + state.delay_days >= state.before
        self._events = events.order[later[events.order]]
        self._event_days = (events.on + state.delay_days)[self._events]
        by_day = np.argsort(coded.days, kind="stable")
        self._lines = by_day[coded.days[by_day] >= state.before]
        self._line_days = coded.days[self._lines]
        self._make_room(record_day)

    def _make_room(self, record_day: Ints) -> None:
        """Give every value that will be counted a slot; what is not counted stays a value never seen."""
        state, coded = self.state, self.coded
        counted = np.zeros(len(coded.starts) - 1, bool)
        counted[self._events] = True
        counted |= record_day >= state.before
        lines = np.flatnonzero(counted[coded.row])
        state.keys.insert(coded.keys[:, lines])
        state.gaps.insert(coded.gaps[:, lines])
        state.counts = _longer(state.counts, state.keys.filled)
        state.sums = _longer(state.sums, state.gaps.filled)
        self.reader = Reader(state, coded)

    def to(self, before: int) -> None:
        """Count all that was declared and became known on days before `before`."""
        from counterflow.target.features import kernels

        state, coded, layout, reader = self.state, self.coded, self.state.layout, self.reader
        some = slice(*np.searchsorted(self._event_days, [state.before, before]))
        kernels.add_labels(
            self._events[some], coded.starts, reader.slots, coded.row, self.events.on, self.events.hits,
            state.counts, state.totals, state.moments, state.decay, layout.parents, layout.order, True,
        )  # fmt: skip
        some = slice(*np.searchsorted(self._line_days, [state.before, before]))
        kernels.add_seen(
            self._lines[some], reader.slots, coded.days, coded.row, state.counts, state.decay,
            reader.gap_slots, coded.measured, state.sums,
        )  # fmt: skip
        state.before = max(state.before, before)


def _longer(rows: Floats, count: int) -> Floats:
    made = np.zeros((count, rows.shape[1]))
    made[: len(rows)] = rows
    return made
