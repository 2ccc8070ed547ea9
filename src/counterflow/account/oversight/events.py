"""Officers' decisions and look-ups, read from a file or from the house's own tables, as arrays.

One row is one decision, or one look-up; rows that tell another thing of a consignment (who was assigned it, what came
of it) are joined to its decision where the file names consignments. What a file does not have is left unsaid (-1) and
the signals that need it are left out.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterflow.account.oversight.coded_table import CodedTable, read_coded
from counterflow.account.oversight.decisions import Events
from counterflow.account.oversight.event_times import minute_of, moment_of
from counterflow.account.oversight.event_words import columns_of, event_of, lot_of, truth_of
from counterflow.core.errors import InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["events_of", "read_events"]

Flags = npt.NDArray[np.int8]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: bands that a risk in numbers is cut into
_BANDS = 5
#: kinds of work that a column may tell apart before it is cut or passed over
_MOST_KINDS = 40
_RISKS = re.compile(r"risk|score")


def read_events(path: Path, columns: Mapping[str, str] | None = None) -> Events:
    """Read a CSV or Parquet file of officers' decisions.

    Args:
        path: the file.
        columns: field to column, where the file's own names do not tell (`event_words.FIELDS`).

    Raises:
        InputError: no such file, no rows, no officer, or a value that means nothing here: with line and column.
    """
    return events_of(read_coded(path), columns or {})


def events_of(table: CodedTable, said: Mapping[str, str]) -> Events:
    """Return the events that a table of text tells.

    Raises:
        InputError: see `read_events`.
    """
    found, strata = columns_of(table.names, said, table.file)
    read = _Reading(table, found, strata)
    return read.events()


class _Reading:
    """One table being read; every method takes columns as they stand and returns arrays."""

    def __init__(self, table: CodedTable, found: dict[str, str], strata: Sequence[str]) -> None:
        self.table, self.found, self.strata, self.said = table, found, strata, list(table.said)
        self.n = table.rows

    def events(self) -> Events:
        officers, officer = self._ids("officer")
        if (officer < 0).any():
            row = int(np.flatnonzero(officer < 0)[0])
            count = int((officer < 0).sum())
            raise InputError(
                f"{count:,} rows do not say who decided.", file=self.table.file, line=self.table.line(row),
                column=self.found["officer"], hint="Give every row its officer, or leave those rows out yourself.",
            )  # fmt: skip
        traders, trader = self._ids("trader")
        kinds = self._kinds()
        lot = self._words("assignment", lot_of)
        if "assignment" in self.found and self.found["assignment"].strip().lower() == "chosen":
            lot = np.where(lot < 0, lot, 1 - lot).astype(np.int8)
        flags = {
            name: self._truth(name) for name in ("recommended", "override", "released", "inspected", "hit", "later")
        }
        decided = self._decisions(kinds, flags)
        lot = self._join(decided, lot, flags)
        _settle(kinds, flags, decided)
        days, minutes = self._times()
        stratum, place, cell = self._strata(decided, days, lot)
        looks, out = self._looks(kinds, decided, days, minutes)
        unused = [n for n in self.table.names if n not in self.found.values() and n not in self.strata]
        if unused:
            self.said.append(f"columns not used: {', '.join(unused)}")
        last = None if days is None or not (days >= 0).any() else dt.date(1970, 1, 1) + dt.timedelta(int(days.max()))
        return Events(
            officers, officer, traders, trader, decided, lot, flags["recommended"], flags["override"],
            flags["released"], flags["hit"], flags["later"], stratum, place, cell, looks, out, tuple(self.strata),
            dict(self.found), tuple(self.said), self.table.file, last,
        )  # fmt: skip

    def _ids(self, name: str) -> tuple[tuple[str, ...], Ints]:
        if name not in self.found:
            return (), np.full(self.n, -1, np.int64)
        words, places = self.table.coded(self.found[name])
        known = [i for i, word in enumerate(words) if word]
        order = sorted(known, key=lambda i: words[i])
        to = np.full(len(words) + 1, -1, np.int64)
        to[order] = np.arange(len(order))
        return tuple(words[i] for i in order), to[places]

    def _words(self, name: str, meaning: Callable[[str], int | None]) -> Flags:
        """Return a flag column, each distinct word read once."""
        if name not in self.found:
            return np.full(self.n, -1, np.int8)
        words, places = self.table.coded(self.found[name])
        meant = [meaning(word) for word in words]
        unknown = [i for i, what in enumerate(meant) if what is None]
        if unknown and name in {"hit", "later"} and 0 in meant:
            told = ", ".join(repr(words[i]) for i in unknown[:6])
            self.said.append(f"column {self.found[name]}: {told} count as something found")
            meant = [1 if what is None else what for what in meant]
            unknown = []
        if unknown:
            self._refuse(name, words[unknown[0]], int(np.flatnonzero(places == unknown[0])[0]),
                         "Use yes/no, 1/0, found/none; for who assigned the work random/chosen.")  # fmt: skip
        return np.array([*meant, -1], np.int8)[places]

    def _truth(self, name: str) -> Flags:
        return self._words(name, truth_of)

    def _kinds(self) -> npt.NDArray[np.object_]:
        """Return inspect, release, override, decide, lookup, other or "" of every row; a decision's word goes first."""
        kinds = np.full(self.n, "", object)
        for name in ("event", "decision"):
            if name in self.found:
                own = self._kinds_of(name)
                kinds = np.where(own == "", kinds, own)
        return kinds

    def _kinds_of(self, name: str) -> npt.NDArray[np.object_]:
        words, places = self.table.coded(self.found[name])
        meant = [event_of(word) for word in words]
        unknown = [i for i, what in enumerate(meant) if what is None]
        if unknown:
            hint = "Use inspect, release, override or lookup; assign and outcome are joined by consignment."
            self._refuse(name, words[unknown[0]], int(np.flatnonzero(places == unknown[0])[0]), hint)
        searches = [word.strip().lower() == "search" for word in words]
        if any(searches) and "inspect" not in meant:
            meant = ["inspect" if search else what for search, what in zip(searches, meant, strict=True)]
            self.said.append("`search` is taken for an inspection: the file has no other word for one")
        return np.array([*meant, ""], object)[places]

    def _refuse(self, name: str, value: str, row: int, hint: str) -> None:
        near = nearest(value, ("inspect", "release", "override", "lookup", "random", "chosen", "yes", "no"), 1)
        told = f"Did you mean {near[0]!r}? {hint}" if near else hint
        raise InputError("This word means nothing here.", file=self.table.file, line=self.table.line(row),
                         column=self.found[name], value=value, hint=told)  # fmt: skip

    def _decisions(self, kinds: npt.NDArray[np.object_], flags: dict[str, Flags]) -> npt.NDArray[np.bool_]:
        """Return which rows are decisions: by their word, else by any flag that only a decision has."""
        if {"decision", "event"} & self.found.keys():
            decided = np.isin(kinds, ("inspect", "release", "override", "decide"))
            told = (flags["released"] >= 0) | (flags["inspected"] >= 0) | (flags["override"] >= 0)
            return np.asarray(decided | ((kinds == "") & told))
        looked = self._words("lookups", truth_of) == 1 if "lookups" in self.found else np.zeros(self.n, bool)
        told = np.zeros(self.n, bool)
        for flag in flags.values():
            told |= flag >= 0
        return np.asarray(told | ~looked)

    def _join(self, decided: npt.NDArray[np.bool_], lot: Flags, flags: dict[str, Flags]) -> Flags:
        """Fill what a decision leaves unsaid from other rows of its consignment; returns `lot`, filled."""
        if "case" not in self.found or decided.all():
            return lot
        _, case = self._ids("case")
        joined = lot.copy()
        for flag in (joined, *(flags[name] for name in ("recommended", "hit", "later"))):
            here = ~decided & (flag >= 0) & (case >= 0)
            told = np.full(int(case.max(initial=-1)) + 2, -1, np.int8)
            told[case[here]] = flag[here]
            gap = decided & (flag < 0) & (case >= 0)
            flag[gap] = told[case[gap]]
        return joined

    def _times(self) -> tuple[Ints | None, Ints | None]:
        """Return days since 1970 and minutes of the day, -1 where unsaid; None without a column of times."""
        if "time" not in self.found:
            return None, None
        words, places = self.table.coded(self.found["time"])
        days, minutes = np.full(len(words) + 1, -1, np.int64), np.full(len(words) + 1, -1, np.int64)
        for i, word in enumerate(words):
            if not word:
                continue
            moment = moment_of(word)
            if moment is None:
                self._refuse_time(word, int(np.flatnonzero(places == i)[0]))
            else:
                days[i], minutes[i] = moment
        return days[places], minutes[places]

    def _refuse_time(self, word: str, row: int) -> None:
        raise InputError("This is not a time.", file=self.table.file, line=self.table.line(row),
                         column=self.found["time"], value=word, hint="Write times as 2025-03-31T14:05.")  # fmt: skip

    def _strata(self, decided: npt.NDArray[np.bool_], days: Ints | None, lot: Flags) -> tuple[Ints, Ints, Ints]:
        """Return numbers of kind of work, of its place, and of its place and day."""
        parts = [lot.astype(np.int64)] if len(set(lot[decided].tolist())) > 1 else []
        used = []
        for name in self.strata:
            part = self._one_stratum(name, decided)
            if part is not None:
                parts.append(part)
                used.append(name)
        shift = self._shift_names()
        if shift is not None:
            parts.append(shift)
            used.append(self.found["shift"])
        self.strata = used
        zero = np.zeros(self.n, np.int64)
        stratum = _crossed(parts or [zero])
        place = [p for p, name in zip(parts[len(parts) - len(used) :], used, strict=True) if not _RISKS.search(name)]
        where = _crossed(place or [zero])
        return stratum, where, where if days is None else _crossed([where, days])

    def _one_stratum(self, name: str, decided: npt.NDArray[np.bool_]) -> Ints | None:
        words, places = self.table.coded(name)
        numbers = _numbers(words)
        if numbers is not None and len(words) > _BANDS + 1:
            values = np.append(numbers, np.nan)[places]
            cuts = np.nanquantile(values[decided], np.arange(1, _BANDS) / _BANDS) if decided.any() else []
            return np.where(np.isnan(values), -1, np.searchsorted(cuts, values)).astype(np.int64)
        if len(words) > _MOST_KINDS:
            self.said.append(f"column {name} has {len(words)} words and is not used to tell kinds of work apart")
            return None
        return places.astype(np.int64)

    def _shift_names(self) -> Ints | None:
        if "shift" not in self.found or self._in_or_out("shift") is not None:
            return None
        words, places = self.table.coded(self.found["shift"])
        return places.astype(np.int64) if len(words) <= _MOST_KINDS else None

    def _in_or_out(self, name: str) -> Flags | None:
        """Return 1 for out of shift, 0 within, where a shift column only says which of the two; else None."""
        words, places = self.table.coded(self.found[name])
        inside, outside = (
            {"in", "on", "within", "in_shift", "on_shift"},
            {"out", "off", "outside", "out_of_shift", "off_shift"},
        )
        plain = {word.strip().lower().replace(" ", "_").replace("-", "_") for word in words if word}
        if not plain or not plain <= inside | outside:
            return None
        meant = [1 if word.strip().lower().replace(" ", "_").replace("-", "_") in outside else 0 if word else -1
                 for word in words]  # fmt: skip
        return np.array([*meant, -1], np.int8)[places]

    def _looks(self, kinds: npt.NDArray[np.object_], decided: npt.NDArray[np.bool_], days: Ints | None,
               minutes: Ints | None) -> tuple[Ints, Ints]:  # fmt: skip
        """Return look-ups of each row, and how many of them out of shift; the second empty where nobody can tell."""
        looks = self._counts("lookups") if "lookups" in self.found else (kinds == "lookup").astype(np.int64)
        if "lookups_out" in self.found:
            out = self._counts("lookups_out")
            return np.maximum(looks, out) if "lookups" in self.found else decided.astype(np.int64) + 0 * looks, out
        away = self._away(decided, days, minutes)
        if away is None or not looks.any():
            if away is not None and away[decided].any() and not looks.any():
                self.said.append("no look-ups are told: decisions out of shift are counted in their place")
                return decided.astype(np.int64), (decided & (away == 1)).astype(np.int64)
            return looks, np.empty(0, np.int64)
        known = away >= 0
        return np.where(known, looks, 0), np.where(away == 1, looks, 0)

    def _away(self, decided: npt.NDArray[np.bool_], days: Ints | None, minutes: Ints | None) -> Flags | None:
        """Return 1 out of shift, 0 within, -1 unsaid; None where the file does not tell."""
        if "out_of_shift" in self.found:
            return self._truth("out_of_shift")
        if "in_shift" in self.found:
            inside = self._truth("in_shift")
            return np.where(inside < 0, -1, 1 - inside).astype(np.int8)
        if "shift" in self.found:
            told = self._in_or_out("shift")
            if told is not None:
                return told
        if minutes is None or days is None:
            return None
        return self._by_hours(decided, minutes)

    def _by_hours(self, decided: npt.NDArray[np.bool_], minutes: Ints) -> Flags | None:
        if {"shift_start", "shift_end"} <= self.found.keys():
            start, end = self._clock("shift_start"), self._clock("shift_end")
            length = (end - start) % 1440
            away = (minutes - start) % 1440 > np.where(length == 0, 1440, length)
            return np.where((minutes < 0) | (start < 0) | (end < 0), -1, away).astype(np.int8)
        if "shift" not in self.found or not (~decided).any():
            return None
        # The hours of a shift are those in which its decisions are made: hours with less than half a per cent are not.
        words, places = self.table.coded(self.found["shift"])
        hours = np.where(minutes < 0, 24, minutes // 60)
        counts = np.zeros((len(words) + 1, 25))
        np.add.at(counts, (places[decided], hours[decided]), 1)
        usual = counts[:, :24] > 0.005 * counts[:, :24].sum(axis=1, keepdims=True)
        if usual.all(axis=1).any() or not usual.any():
            return None
        self.said.append("the hours of each shift are those in which decisions are made in it")
        inside = np.hstack([usual, np.ones((len(words) + 1, 1), bool)])[places, hours]
        return np.where(minutes < 0, -1, ~inside).astype(np.int8)

    def _counts(self, name: str) -> Ints:
        words, places = self.table.coded(self.found[name])
        meant = []
        for i, word in enumerate(words):
            truth = truth_of(word)
            if truth is None:
                self._refuse(name, word, int(np.flatnonzero(places == i)[0]), "Give a count.")
            try:
                meant.append(max(int(float(word)), 0))
            except ValueError:
                meant.append(max(truth or 0, 0))
        return np.array([*meant, 0], np.int64)[places]

    def _clock(self, name: str) -> Ints:
        words, places = self.table.coded(self.found[name])
        meant = np.full(len(words) + 1, -1, np.int64)
        for i, word in enumerate(words):
            meant[i] = minute_of(word)
        return meant[places]


def _settle(kinds: npt.NDArray[np.object_], flags: dict[str, Flags], decided: npt.NDArray[np.bool_]) -> None:
    """Let the word of a decision say what its flags leave open, and the other way round."""
    released, inspected, override = flags["released"], flags["inspected"], flags["override"]
    go = np.isin(kinds, ("release", "override"))
    released[(released < 0) & go] = 1
    released[(released < 0) & (kinds == "inspect")] = 0
    released[(released < 0) & (inspected >= 0)] = 1 - inspected[(released < 0) & (inspected >= 0)]
    if (kinds == "override").any():
        override[(override < 0) & decided] = 0
        override[kinds == "override"] = 1
    recommended = flags["recommended"]
    if not (override >= 0).any() and (recommended >= 0).any() and (released >= 0).any():
        known = decided & (recommended >= 0) & (released >= 0)
        override[known] = (recommended[known] == 1) & (released[known] == 1)
    for flag in flags.values():
        flag[~decided] = -1


def _crossed(parts: Sequence[Ints]) -> Ints:
    """Return one number per combination, from 0."""
    number = np.zeros(parts[0].size, np.int64)
    for part in parts:
        _, inverse = np.unique(part, return_inverse=True)
        _, number = np.unique(number * (int(inverse.max(initial=0)) + 1) + inverse, return_inverse=True)
    return number.astype(np.int64)


def _numbers(words: Sequence[str]) -> Floats | None:
    try:
        return np.array([float(word) if word else np.nan for word in words])
    except ValueError:
        return None
