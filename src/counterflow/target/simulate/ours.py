"""The house's learner in the weekly loop: features from the past as it stood, forests of `learn`, week by week.

A record's features are made once, in the week in which it could be chosen, from outcomes known by then; they are kept
for those that were inspected and are what the forests learn from later. So a training row looks just as it did when it
was scored, and no outcome reaches a feature of its own record or of an earlier one.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.target.features.layout import ANY
from counterflow.target.features.lines import Known, Lines
from counterflow.target.features.matrix import Matrix
from counterflow.target.features.spec import default_spec, key_name
from counterflow.target.features.state import State
from counterflow.target.learn.model import Model, Rows, fit_model, sigmoid
from counterflow.target.learn.options import LearnOptions
from counterflow.target.learn.rank import default_score
from counterflow.target.simulate.strategy import RANDOM, Floats, Past, Places, Scores, WeekView

__all__ = ["OurLearner"]

_TOP = "top"
_EPOCH = dt.date(1970, 1, 1)
_OTHERS = "others"


class OurLearner:
    """Learns as `target train` does, on features kept from the week of each inspection.

    Args:
        options: sizes of the forests; `LearnOptions.fast()` where not given.
        refit_weeks: weeks from one fit to the next; counts by key are brought on every week.
        top_weight: what a find of the top tier counts in the order; the options' where not given.
    """

    def __init__(
        self, options: LearnOptions | None = None, refit_weeks: int = 2, top_weight: float | None = None
    ) -> None:
        self._options = options or LearnOptions.fast()
        self._refit_weeks = refit_weeks
        self._top_weight = self._options.top_weight if top_weight is None else top_weight
        self._fitted = -refit_weeks
        self._state: State | None = None
        self._weeks = 0  # weeks whose records have features
        self._features: list[Matrix] = []  # of the records of each week
        self._model: Model | None = None
        self._used: npt.NDArray[np.int64] = np.empty(0, np.int64)

    def refit(self, week: WeekView, past: Past, seed: int) -> None:
        """Bring the counts on to this week, and learn anew where the last fit is old enough."""
        self._bring_on(week, past)
        found = past.labels > 0
        enough = min(found.sum(), (~found).sum()) >= self._options.enough_finds
        if week.week - self._fitted < self._refit_weeks or not enough:
            return
        self._model = self._fit(week, past, seed)
        self._fitted = week.week

    def score(self, week: WeekView, past: Past) -> Scores:
        """Score the week; all alike while nothing is learnt."""
        if self._model is None:
            rate = float((past.labels > 0).mean()) if len(past.rows) else 0.0
            same = np.full(len(week.rows), rate)
            return Scores(same, np.zeros(len(week.rows)), same)
        matrix = self._features[week.week]
        values = matrix.values[:, self._used]
        find = sigmoid(self._model.find_margin(values))
        top = self._model.top_probability(values, find)
        find, top = _of_records(matrix.row, find), _of_records(matrix.row, top)
        rank = default_score({_TOP: top, _OTHERS: find - top}, {_TOP: 100.0, _OTHERS: 1.0}, top_weight=self._top_weight)
        return Scores(find, top, rank)

    def _bring_on(self, week: WeekView, past: Past) -> State:
        """Make the features of every week up to this one, each from what was known by then; return the state."""
        state = self._state
        if state is None:
            spec = default_spec(week.lines, without=self._options.without)
            state = State.empty(spec, (ANY, _TOP), first=_day(week, 0))
        delay = week.week - int(past.week.max(initial=week.week - 1))
        while self._weeks <= week.week:
            now = self._weeks
            if now:
                begin = max(now - delay, 0)
                lines, rows = _weeks(week, begin, now - 1)
                known = _known(past, rows, now - delay, _day(week, now) - 1, week.critical)
                state = state.update(lines, known, before=_day(week, now))
            self._features.append(state.features(_weeks(week, now, now)[0]))
            self._weeks += 1
        self._state = state
        return state

    def _fit(self, week: WeekView, past: Past, seed: int) -> Model:
        names = self._features[0].names
        self._used = self._telling(names, self._bring_on(week, past))
        values, row = self._rows(week, past.rows)
        classes = np.asarray(["", *(_TOP if c else _OTHERS for c in week.critical[1:])])
        found = classes[past.labels][row]
        lines_of = np.bincount(row, minlength=len(past.rows))
        weight = 1.0 / lines_of[row]
        rows = Rows(values[:, self._used], tuple(names[at] for at in self._used), found, weight)
        return fit_model(rows, (_TOP,), self._options, seed)

    def _rows(self, week: WeekView, inspected: Places) -> tuple[npt.NDArray[np.float32], Places]:
        """Return the features kept for inspected records, and which of them each line is of."""
        values, row = [], []
        for number in range(self._weeks):
            start = int(np.searchsorted(week.week_of, number))
            matrix = self._features[number]
            mine = np.flatnonzero(week.week_of[inspected] == number)
            place = np.full(int(matrix.row.max(initial=-1)) + 1, -1, np.int64)
            place[inspected[mine] - start] = mine
            kept = np.flatnonzero(place[matrix.row] >= 0)
            values.append(matrix.values[kept])
            row.append(place[matrix.row[kept]])
        return np.concatenate(values), np.concatenate(row)

    def _telling(self, names: tuple[str, ...], state: State) -> npt.NDArray[np.int64]:
        """Return the columns to learn from: not those of keys whose values do not differ beyond chance."""
        from counterflow.target.features import kernels

        spec = state.layout.spec
        trust = kernels.shrinkage(state.moments, state.decay[2]).min(axis=1)
        limit = self._options.trust_limit or np.inf
        silent = {key_name(key) for key, least in zip(spec.keys, trust, strict=True) if least >= limit}
        return np.asarray([at for at, name in enumerate(names) if _key_of(name) not in silent], np.int64)


def _key_of(name: str) -> str:
    """Return the key that a feature is a rate or count of, "" for a number of the record."""
    kind, _, rest = name.partition(":")
    return rest.split(":")[0] if kind in ("rate", "found", "inspected", "seen", "since") else ""


def _day(week: WeekView, number: int) -> int:
    """Return the first day of a week, in days since 1970-01-01."""
    return (week.first_day - _EPOCH).days - 7 * (week.week - number)


def _weeks(week: WeekView, first: int, last: int) -> tuple[Lines, Places]:
    """Return the lines of whole weeks, renumbered from 0, and the places of their records."""
    start, end = np.searchsorted(week.week_of, [first, last + 1])
    row = week.lines.row
    begin, stop = np.searchsorted(row, [start, end])
    table = week.lines.table.slice(begin, stop - begin)
    table = table.set_column(table.column_names.index("row"), "row", pa.array(row[begin:stop] - start))
    findings = week.lines.findings
    if findings.num_rows:
        of = np.asarray(findings.column("row").to_numpy(), np.int64)
        low, high = np.searchsorted(of, [start, end])
        findings = findings.slice(low, high - low)
        findings = findings.set_column(findings.column_names.index("row"), "row", pa.array(of[low:high] - start))
    return Lines(table, int(end - start), findings), np.arange(start, end)


def _known(past: Past, rows: Places, chosen_in: int, on: int, critical: npt.NDArray[np.bool_]) -> Known:
    """Return the outcomes of one week's inspections among `rows`, all known on day `on`."""
    found = np.full(len(rows), None, object)
    random = np.zeros(len(rows), bool)
    mine = past.week == chosen_in
    if mine.any():
        at = past.rows[mine] - rows[0]
        names = np.asarray(["", *(_TOP if c else _OTHERS for c in critical[1:])], object)
        found[at] = names[past.labels[mine]]
        random[at] = past.arm[mine] == RANDOM
    return Known(pa.array(found, pa.string()), np.full(len(rows), on, np.int32), np.ones(len(rows)), random)


def _of_records(row: Places, line: Floats) -> Floats:
    """Return the greatest value of each record's lines."""
    made = np.zeros(int(row.max(initial=-1)) + 1)
    np.maximum.at(made, row, line)
    return made
