"""From which score a name alerts: as shipped, or set so that as many alert as there are people to review them.

What a score is worth depends on the names that come by. So a user gives a body of clean traffic (names that are, as
far as anybody knows, not listed) and says how many false alerts in 1,000 parties are bearable; each kind of party gets
the lowest score that keeps to it. Meaning, in words: *expected false alerts per 1,000 distinct parties of your
traffic* (`traffic.py`).

A threshold holds for the versions it was made with: another list version, normaliser or score voids it, and the
shipped ones are in force again until it is set anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from counterflow.matching.normalise import VERSION as NORMALISER
from counterflow.screen.parties.calibration import default_threshold, expected_per_1000
from counterflow.screen.parties.kinds import KINDS, OPEN, ORGANISATION, PERSON
from counterflow.screen.parties.versions import lists_in_words, score_version

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["LOWEST", "Threshold", "Thresholds", "in_force"]

Floats = npt.NDArray[np.float64]

#: score below which nobody is ever alerted
LOWEST = 0.1


@dataclass(frozen=True, slots=True)
class Threshold:
    """The score from which one kind of party alerts, and what that is worth.

    Args:
        kind: kind of party.
        score: the score.
        per_1000: false alerts expected per 1,000 distinct parties; `low` to `high` is the interval.
        low: see there.
        high: see there.
        names: names it rests on.
        alerts: of them, how many reached the score.
        curve: score to false alerts per 1,000 seen there, ascending.
    """

    kind: int
    score: float
    per_1000: float
    low: float
    high: float
    names: int
    alerts: int
    curve: tuple[tuple[float, float], ...] = ()

    def in_words(self) -> str:
        """Return what it means, for a person."""
        return (
            f"{KINDS[self.kind]}: from {self.score:.4f}, {self.per_1000:.2f} false alerts expected per 1,000 parties"
            f" of your traffic (95 % interval {self.low:.2f} to {self.high:.2f}; {self.names} names,"
            f" {self.alerts} of them alert)"
        )


@dataclass(frozen=True)
class Thresholds:
    """The scores in force, by kind.

    Args:
        own: kind to the threshold set on the user's own traffic, where one holds.
        origin: id of the calibration, or `shipped`.
        fixed: one score for every kind, from the settings; it goes before all others.
        note: what the user has to know: a calibration that no longer holds.
    """

    own: Mapping[int, Threshold] = field(default_factory=dict)
    origin: str = "shipped"
    fixed: float | None = None
    note: str = ""

    def score(self, kind: int) -> float:
        """Return the score from which a party of `kind` alerts; open ones as the stricter of both."""
        if self.fixed is not None:
            return self.fixed
        if kind == OPEN:
            return max(self.score(PERSON), self.score(ORGANISATION))
        return self.own[kind].score if kind in self.own else default_threshold(KINDS[kind])

    def table(self) -> Floats:
        """Return the scores in order of kind."""
        return np.array([self.score(kind) for kind in range(len(KINDS))])

    def worth(self, kind: int, score: float) -> str:
        """Return what `score` is worth: how many clean parties of this kind reach it."""
        if (own := self.own.get(kind)) and own.curve:
            reached = [rate for at, rate in own.curve if at <= score] or [own.curve[0][1]]
            return f"{reached[-1]:.2g} of 1,000 {KINDS[kind]} names of your own traffic reach it ({self.origin})"
        return f"{expected_per_1000(KINDS[kind], score):.2g} of 1,000 clean {KINDS[kind]} names reach it (as shipped)"

    def as_setting(self) -> dict[str, Any]:
        """Return plain data from which `read` makes the same, for a check in another process."""
        return {
            "origin": self.origin,
            "own": [
                [t.kind, t.score, t.per_1000, t.low, t.high, t.names, t.alerts, t.curve] for t in self.own.values()
            ],
        }

    @classmethod
    def read(cls, given: Mapping[str, Any], fixed: float | None = None) -> Thresholds:
        """Return what `as_setting` gave, with one score for all where the user's settings say so."""
        own = {
            kind: Threshold(kind, score, rate, low, high, names, alerts, tuple((at, worth) for at, worth in curve))
            for kind, score, rate, low, high, names, alerts, curve in given.get("own", ())
        }
        return cls(own, str(given.get("origin", "shipped")), fixed)


def in_force(store: Store, lists: Mapping[str, str]) -> Thresholds:
    """Return the thresholds that hold for these list versions, and a note where a calibration no longer does.

    Args:
        store: the tables.
        lists: list to version, as screened against.
    """
    rows = store.rows("SELECT * FROM party_threshold ORDER BY made_at DESC, threshold, kind")
    if not rows:
        return Thresholds()
    basis = (lists_in_words(lists), NORMALISER, score_version())
    holds = [row for row in rows if (row["lists"], row["normaliser"], row["score_version"]) == basis]
    if not holds:
        return Thresholds(note=_void_note(rows[0], basis))
    own: dict[int, Threshold] = {}
    for row in holds:
        kind = KINDS.index(str(row["kind"]))
        own.setdefault(kind, _of_row(kind, row))
    return Thresholds(own, str(holds[0]["threshold"]))


def _void_note(row: Mapping[str, Any], basis: tuple[str, str, str]) -> str:
    named = zip(("list versions", "normaliser", "score"), ("lists", "normaliser", "score_version"), basis, strict=True)
    changed = " and ".join(what for what, column, now in named if row[column] != now)
    return (
        f"The thresholds {row['threshold']} of {row['made_at']:%Y-%m-%d} were set with other {changed}: the shipped"
        " ones are in force. `counterflow parties calibrate` sets them anew."
    )


def _of_row(kind: int, row: Mapping[str, Any]) -> Threshold:
    curve = tuple((float(at), float(rate)) for at, rate in json.loads(row["curve"] or "[]"))
    score, rate, low, high = (float(row[name]) for name in ("score", "per_1000", "low", "high"))
    return Threshold(kind, score, rate, low, high, int(row["names"]), int(row["alerts"]), curve)
