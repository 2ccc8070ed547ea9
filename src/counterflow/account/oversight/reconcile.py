"""Reconciliation: what scanners, gates and laboratories saw and the system never had, and the other way round.

Each log is held against the system's own records: the same id, within some minutes. A line of a log is one of

    matched | other-time (the id is there, at another time) | missing (never reached the system) |
    again (the same id within minutes: one passing seen twice) | no-id (nothing to look for)

and their sum is the number of lines, always. Lines are matched one to one, nearest in time first. A share that is
missing stands with its exact interval; by port and day, and where a log falls silent while others go on.
"""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counterflow.account.oversight.sightings import Log, Sighting
from counterflow.core.errors import InputError
from counterflow.core.proportions import clopper_pearson

__all__ = ["STATES", "Reconciled", "reconcile"]

STATES = ("matched", "other-time", "missing", "again", "no-id")
#: lines of a group below which its share is not told by itself
_FEWEST = 10
_MINUTES_A_DAY = 1440


@dataclass(frozen=True)
class Reconciled:
    """One log held against the system.

    Args:
        log: which.
        lines: of every line its number, id, port, time, state and gap in minutes to what it matched.
        unseen: records of the system that this log does not have, within the days that the log covers.
        summary: counts by state, whose sum is `lines`; share missing with its interval.
        by_port, by_day: the same by group, small groups counted together.
        silences: hours in which the system has records of a port and the log has no line.
    """

    log: str
    lines: list[dict[str, Any]]
    unseen: list[dict[str, Any]]
    summary: dict[str, Any]
    by_port: list[dict[str, Any]]
    by_day: list[dict[str, Any]]
    silences: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data; only lines that need a look are listed."""
        return {
            "log": self.log, "summary": self.summary, "by_port": self.by_port, "by_day": self.by_day,
            "silences": self.silences, "unseen": self.unseen,
            "to_look_at": [line for line in self.lines if line["state"] != "matched"],
        }  # fmt: skip


def reconcile(log: Log, system: Log, *, within: int = 60, again: int = 5, level: float = 0.95) -> Reconciled:
    """Hold a log against the system's records.

    Args:
        log: what an outside device saw.
        system: what the system has.
        within: minutes that two times of one passing may be apart; where one tells the day alone, the same day.
        again: minutes within which the same id once more is the same passing.
        level: nominal coverage of intervals.

    Raises:
        InputError: the log or the system has nothing to compare.
    """
    if not log.sightings:
        raise InputError(f"The log of the {log.name} has no line.", file=log.source, hint="Nothing can be compared.")
    if not any(one.key for one in system.sightings):
        raise InputError("The system has no record to compare with.", file=system.source or None,
                         hint="Load the records first, or give them as --system FILE.")  # fmt: skip
    states = _states(log, system, within, again)
    lines = [
        {"log": log.name, "line": one.line, "id": one.id, "port": one.port, "time": _when(one), "state": state,
         "gap_minutes": gap}
        for one, (state, gap, _) in zip(log.sightings, states, strict=True)
    ]  # fmt: skip
    taken = {place for _, _, place in states if place is not None}
    known = [(one, state) for one, (state, _, _) in zip(log.sightings, states, strict=True)]
    return Reconciled(
        log.name, lines, _unseen(log, system, taken), _summary(log, known, level),
        _by(known, lambda one: one.port or "*", "port", level), _by(known, _day, "day", level),
        _silences(log, system),
    )  # fmt: skip


State = tuple[str, int | None, int | None]


def _states(log: Log, system: Log, within: int, again: int) -> list[State]:
    """Return of each line its state, the gap in minutes and the place of the record that it matched."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(system.sightings):
        if one.key:
            places[one.key].append(place)
    states: list[State] = [("no-id", None, None)] * len(log.sightings)
    for key, own in _grouped(log.sightings).items():
        left = _doubles(log.sightings, own, again, states)
        _match(log.sightings, left, system.sightings, places.get(key, []), within, states)
    return states


def _grouped(sightings: Sequence[Sighting]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(sightings):
        if one.key:
            found[one.key].append(place)
    return found


def _doubles(sightings: Sequence[Sighting], own: list[int], again: int, states: list[State]) -> list[int]:
    """Mark lines that tell a passing once more; return the others, by time."""
    ordered = sorted(own, key=lambda place: (sightings[place].minute is None, sightings[place].minute or 0, place))
    left: list[int] = []
    for place in ordered:
        one, before = sightings[place], sightings[left[-1]] if left else None
        if before is not None and one.port == before.port and _gap(one, before) is not None:
            gap = _gap(one, before)
            if gap is not None and gap <= again and not (one.bare or before.bare):
                states[place] = ("again", gap, None)
                continue
        left.append(place)
    return left


def _match(ours: Sequence[Sighting], left: list[int], theirs: Sequence[Sighting], places: list[int], within: int,
           states: list[State]) -> None:  # fmt: skip
    """Pair lines and records of one id, nearest in time first, each once."""
    pairs = sorted(
        (gap if gap is not None else 0, a, b)
        for a in left
        for b in places
        for gap in [_gap(ours[a], theirs[b])]
        if gap is None or gap <= _window(ours[a], theirs[b], within)
    )
    done: set[int] = set()
    used: set[int] = set()
    for gap, a, b in pairs:
        if a not in done and b not in used:
            done.add(a)
            used.add(b)
            told = None if _gap(ours[a], theirs[b]) is None else gap
            states[a] = ("matched", told, b)
    for place in left:
        if place not in done:
            states[place] = ("other-time" if places else "missing", _nearest(ours[place], theirs, places), None)


def _gap(one: Sighting, other: Sighting) -> int | None:
    """Return minutes between two sightings, whole days where one tells the day alone; None where one has no time."""
    if one.minute is None or other.minute is None:
        return None
    if one.bare or other.bare:
        return abs(one.minute // _MINUTES_A_DAY - other.minute // _MINUTES_A_DAY) * _MINUTES_A_DAY
    return abs(one.minute - other.minute)


def _window(one: Sighting, other: Sighting, within: int) -> int:
    return within if not (one.bare or other.bare) else within // _MINUTES_A_DAY * _MINUTES_A_DAY


def _nearest(one: Sighting, theirs: Sequence[Sighting], places: Iterable[int]) -> int | None:
    return min((gap for b in places if (gap := _gap(one, theirs[b])) is not None), default=None)


def _unseen(log: Log, system: Log, taken: set[int]) -> list[dict[str, Any]]:
    """Return records of the days and ports that the log covers and which it does not have."""
    days = {one.minute // _MINUTES_A_DAY for one in log.sightings if one.minute is not None}
    ports = {one.port for one in log.sightings if one.port}
    return [
        {"id": one.id, "port": one.port, "time": _when(one)}
        for place, one in enumerate(system.sightings)
        if place not in taken and one.key
        and (not days or one.minute is None or min(days) <= one.minute // _MINUTES_A_DAY <= max(days))
        and (not ports or not one.port or one.port in ports)
    ]  # fmt: skip


def _summary(log: Log, known: Sequence[tuple[Sighting, str]], level: float) -> dict[str, Any]:
    return {"log": log.name, "source": log.source, **_counts([state for _, state in known], level)}


def _counts(states: Sequence[str], level: float) -> dict[str, Any]:
    """Return counts by state and the share missing of passings with an id, with its exact interval."""
    counted = Counter(states)
    passings = len(states) - counted["again"] - counted["no-id"]
    low, high = clopper_pearson(counted["missing"], passings, level)
    share = counted["missing"] / passings if passings else None
    return {
        "lines": len(states), **{state.replace("-", "_"): counted[state] for state in STATES},
        "missing_share": share, "low": low, "high": high, "level": level, "informative": passings >= _FEWEST,
    }  # fmt: skip


def _by(known: Sequence[tuple[Sighting, str]], name_of: Any, column: str, level: float) -> list[dict[str, Any]]:
    """Return counts by group; groups with few passings are told together, so that no share rests on a handful."""
    groups: Mapping[str, list[str]] = defaultdict(list)
    for one, state in known:
        groups[name_of(one)].append(state)
    small = [name for name, states in groups.items() if len(states) < _FEWEST]
    rows = [{column: name, **_counts(groups[name], level)} for name in sorted(groups) if name not in small]
    if small:
        together = [state for name in small for state in groups[name]]
        rows.append({column: f"{len(small)} with fewer than {_FEWEST} lines", **_counts(together, level)})
    return rows


def _silences(log: Log, system: Log, hours: int = 4) -> list[dict[str, Any]]:
    """Return stretches of `hours` or more without a line, in which the system has records of the same port."""
    found = []
    for port in sorted({one.port for one in log.sightings}):
        times = sorted(s.minute for s in log.sightings if s.port == port and s.minute is not None and not s.bare)
        records = sorted(
            s.minute for s in system.sightings if s.minute is not None and not s.bare and port in ("", s.port)
        )
        for start, end in itertools.pairwise(times):
            inside = bisect.bisect_left(records, end) - bisect.bisect_right(records, start)
            if end - start >= hours * 60 and inside > 0:
                found.append({"port": port or "*", "from": _moment(start), "to": _moment(end),
                              "hours": round((end - start) / 60, 1), "records_meanwhile": inside})  # fmt: skip
    return found


def _when(one: Sighting) -> str:
    return "" if one.minute is None else _moment(one.minute)[: 10 if one.bare else None]


def _day(one: Sighting) -> str:
    return "*" if one.minute is None else _moment(one.minute)[:10]


def _moment(minute: int) -> str:
    return (dt.datetime(1970, 1, 1) + dt.timedelta(minutes=minute)).isoformat(timespec="minutes")  # noqa: DTZ001
