"""What is told per subject and place: which kind of evidence, since when, how fast, and who should look next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.watch.emergence.growth import Growth, growth_of, shrunk
from counterflow.watch.emergence.judge import Judgement, Rate, rule_of_three
from counterflow.watch.emergence.periods import label
from counterflow.watch.emergence.streams import BASES, DENOMINATORS, Change, Streams

__all__ = ["CLASSES", "COLUMNS", "NOT_PEOPLE", "SCHEMA", "Shown", "emerging"]

Floats = npt.NDArray[np.float64]

#: kinds of evidence, strongest first
CLASSES = ("spread", "growth", "first-seen", "text-only", "looking-began")

#: columns of a row
COLUMNS = (
    "subject", "place", "source", "measure", "evidence", "alarm", "since", "alarmed", "first_found", "looked_since",
    "looked_by", "found", "tested", "share", "share_low", "share_high", "before_found", "before_tested",
    "before_at_most", "growth_percent_a_quarter", "growth_low", "growth_high", "doubling_months", "doubling_low",
    "doubling_high", "pace", "places", "places_looking", "places_new", "strength", "threshold", "false_alarms",
    "panel_notes", "next_step",
)  # fmt: skip

_WORDS = (
    "subject", "place", "source", "measure", "evidence", "alarm", "since", "alarmed", "first_found", "looked_since",
    "looked_by", "pace", "false_alarms", "panel_notes", "next_step",
)  # fmt: skip
_WHOLE = ("found", "tested", "before_found", "before_tested", "places", "places_looking", "places_new", "threshold")

#: the same with types
SCHEMA = pa.schema(
    [(name, pa.string() if name in _WORDS else pa.int64() if name in _WHOLE else pa.float64()) for name in COLUMNS]
)

#: measures that count things, not people; counts of people are shown from `small_cell` on only
NOT_PEOPLE = ("lab-reports", "seizures", "samples", "drug-checking", "listings")

#: columns that count people where the measure does
_PEOPLE = ("found", "before_found")

_NO_DENOMINATOR, _ALL_REPORTS = DENOMINATORS.index("none"), DENOMINATORS.index("all-reports")
_NEVER_SAID, _TESTED = BASES.index("never-said"), BASES.index("tested")
#: evidence after many periods in which nothing is found, for the bets of `kernels.KAPPAS`
_QUIET = 2.17
_NEXT = {
    "first-seen": "a second laboratory or method confirms it; keep the sample; ask places nearby whether they look",
    "growth": "ask the counter whether samples or cases were chosen otherwise; then tell laboratories and services",
    "spread": "tell laboratories and services of places not yet reached; ask them to look for it",
    "looking-began": "ask when looking began and test kept samples from before; no rise can be told yet",
    "text-only": "ask a laboratory to look for it; words are not findings",
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """What is shown of counts.

    Args:
        since: first day of the time that is told.
        small_cell: counts of people below it are not shown.
        quiet: whether streams without any event are told too.
        rate: false alarms, measured.
        budget: false alarms per subject and year that the thresholds allow.
        text: whether these are words in free text, not findings.
    """

    since: np.datetime64
    small_cell: int = 10
    quiet: bool = False
    rate: tuple[Rate, Rate] | None = None
    budget: float = 0.05
    text: bool = False


def emerging(streams: Streams, said: Judgement, shown: Shown) -> list[dict[str, Any]]:
    """Return one row for each subject and place that something is to be told of, alarms first."""
    rows: list[dict[str, Any]] = []
    for number, (source, measure, subject) in enumerate(said.subjects):
        at = np.flatnonzero(said.subject == number)
        teller = _Teller(streams, said, shown, at, number)
        mine = [row for row in (teller.place(int(row)) for row in at) if row]
        if len(at) > 1:
            whole = teller.everywhere()
            mine = [whole, *mine] if whole else mine
        head = {"subject": subject, "source": source, "measure": measure}
        rows += _withheld([{name: (head | row).get(name) for name in COLUMNS} for row in mine], shown.small_cell)
    order = {name: place for place, name in enumerate((*CLASSES, "quiet"))}
    return sorted(
        rows, key=lambda r: (r["alarm"] != "yes", order[str(r["evidence"])], -_relative(r), r["subject"], r["place"])
    )


def _relative(row: dict[str, Any]) -> float:
    strength, threshold = row["strength"], row["threshold"]
    return float(strength) / float(threshold) if strength and threshold else 0.0


class _Teller:
    """Tells of one subject of one source."""

    def __init__(self, streams: Streams, said: Judgement, shown: Shown, at: npt.NDArray[np.int64], number: int) -> None:
        self.streams, self.said, self.shown, self.at, self.number = streams, said, shown, at, number
        self.first = int(np.searchsorted(streams.starts, shown.since))
        self.last = len(streams.starts)
        self.window = max(4, streams.frequency)
        self.own = {int(row): self._growth([int(row)]) for row in at}
        self.together = self._growth([int(row) for row in at]) if len(at) > 1 else self.own[int(at[0])]

    def _day(self, period: int | None) -> str:
        return "" if period is None or period >= self.last else label(self.streams.starts[period], self.streams.grain)

    def _growth(self, rows: Sequence[int]) -> Growth:
        """Return growth over the last year (four periods at least) since looking or its definition last changed."""
        found, tested = self.streams.found[rows].copy(), self.streams.tested[rows].copy()
        tested[self.streams.denominator[rows] == _NO_DENOMINATOR] = 1.0
        unseen = ~self.streams.look[rows]
        for place, row in enumerate(rows):
            changed = np.flatnonzero(self.streams.restart[row])
            if len(changed):
                unseen[place, : changed[-1]] = True
        found[unseen] = np.nan
        begin = max(0, self.last - self.window)
        return growth_of(found[:, begin:], tested[:, begin:], self.streams.frequency)

    def place(self, row: int) -> dict[str, Any]:
        """Return what is told of one place; nothing where nothing is to be told."""
        streams, said = self.streams, self.said
        found = np.nan_to_num(streams.found[row])
        first = _first(np.asarray(streams.look[row] & (found > 0)))
        begun = _first(streams.look[row])
        alarms = np.flatnonzero((said.alarm[row] & ~said.doubted[row])[self.first :]) + self.first
        doubted = bool(said.doubted[row, self.first :].any())
        evidence, alarm, since = self._kind(row, first, begun, alarms, doubted=doubted)
        if not evidence:
            return {}
        at = int(alarms[0]) if len(alarms) else None
        growth = shrunk(self.own[row], list(self.own.values()), self.together)
        before = since if since is not None else self.last
        return {
            "place": streams.names(row)[1], "evidence": evidence, "alarm": alarm,
            "since": self._day(since), "alarmed": self._day(at), "first_found": self._day(first),
            "looked_since": self._day(begun), "looked_by": BASES[streams.basis[row]],
            **self._shares(row, before), **_growths(growth),
            "strength": _rounded(_peak(said.evidence[row], at)), "threshold": round(float(said.threshold[row])),
            "false_alarms": self._false_alarms(), "panel_notes": self._notes(row, first, begun, doubted=doubted),
            "next_step": _NEXT.get(evidence, ""),
        }  # fmt: skip

    def _kind(
        self, row: int, first: int | None, begun: int | None, alarms: npt.NDArray[np.int64], *, doubted: bool
    ) -> tuple[str, str, int | None]:
        """Return evidence, alarm (yes, no, withheld) and since when."""
        said, text = self.said, self.shown.text
        if len(alarms):
            since = _onset(said.evidence[row], int(alarms[0]))
            fresh = len(alarms) == 1 and first is not None and said.base_found[row, since] == 0 and since >= first
            return ("text-only" if text else "first-seen" if fresh else "growth"), "yes", since
        quiet = ("quiet", "no", None) if self.shown.quiet else ("", "", None)
        # What a file begins with is not new: what came before it is not known.
        if first is None or begun is None or first == begun == 0:
            return quiet
        if first >= self.first or (begun >= self.first and begun <= first):
            if doubted:
                return "looking-began", "withheld", first
            looked = said.base_tested[row, first] > 0 and self.streams.denominator[row] != _NO_DENOMINATOR
            return ("text-only" if text and looked else "first-seen" if looked else "looking-began"), "no", first
        growth = self.own[row]
        if self.streams.denominator[row] == _NO_DENOMINATOR and growth.known and growth.low > 0:
            return "growth", "no", max(self.last - self.window, 0)
        return quiet

    def everywhere(self) -> dict[str, Any]:
        """Return what is told of all places together."""
        streams, said, number = self.streams, self.said, self.number
        alarms = np.flatnonzero(said.all_alarm[number, self.first :]) + self.first
        hits = streams.look[self.at] & (np.nan_to_num(streams.found[self.at]) > 0)
        year = max(0, self.last - max(streams.frequency, 1))
        now, ever_before = hits[:, year:].any(1), hits[:, :year].any(1)
        # A place is new where it had looked before it found; one that began to look is not.
        found_at = np.where(hits.any(1), hits.argmax(1), 0)
        looked = (said.base_tested[self.at, found_at] > 0) & ~said.doubted[self.at].any(1)
        new = int((now & ~ever_before & looked).sum())
        if not len(alarms) and not (new >= 2) and not self.shown.quiet:
            return {}
        since = _onset(said.all_evidence[number], int(alarms[0])) if len(alarms) else year
        evidence = "spread" if new >= 2 else "growth" if len(alarms) else "quiet"
        at = int(alarms[0]) if len(alarms) else None
        begun, first = _first(streams.look[self.at].any(0)), _first(hits.any(0))
        return {
            "place": "*", "evidence": "text-only" if self.shown.text and evidence != "quiet" else evidence,
            "alarm": "yes" if len(alarms) else "no", "since": self._day(since if evidence != "quiet" else None),
            "alarmed": self._day(at), "first_found": self._day(first), "looked_since": self._day(begun),
            "looked_by": BASES[int(streams.basis[self.at].max())], **self._all_shares(since),
            **_growths(self.together), "places": int(now.sum()),
            "places_looking": int(streams.look[self.at, year:].any(1).sum()), "places_new": new,
            "strength": _rounded(_peak(said.all_evidence[number], at)),
            "threshold": round(float(said.all_threshold[number])), "false_alarms": self._false_alarms(),
            "panel_notes": self._changes_of(int(self.at[0])), "next_step": _NEXT.get(evidence, ""),
        }  # fmt: skip

    def _shares(self, row: int, before: int) -> dict[str, Any]:
        """Return the share in the last year, and what was found and tested before `before`."""
        return self._share_rows([row], before)

    def _all_shares(self, before: int) -> dict[str, Any]:
        return self._share_rows([int(row) for row in self.at], before)

    def _share_rows(self, rows: Sequence[int], before: int) -> dict[str, Any]:
        from counterflow.core.proportions import clopper_pearson

        streams = self.streams
        look = streams.look[rows]
        found = np.where(look, np.nan_to_num(streams.found[rows]), 0.0)
        tested = np.where(look, np.nan_to_num(streams.tested[rows]), 0.0)
        year = max(0, self.last - streams.frequency)
        x, n = float(found[:, year:].sum()), float(tested[:, year:].sum())
        place = min(before, self.last - 1)
        known = float(self.said.base_found[rows, place].sum())
        sampled = float(self.said.base_tested[rows, place].sum())
        low, high = clopper_pearson(x, n) if n else (None, None)
        at_most = (
            (rule_of_three(sampled) if not known else clopper_pearson(known, sampled, 0.9)[1]) if sampled else None
        )
        return {
            "found": int(x), "tested": int(n) if n else None, "share": _rounded(x / n if n else None),
            "share_low": _rounded(low), "share_high": _rounded(high), "before_found": int(known),
            "before_tested": int(sampled), "before_at_most": _rounded(at_most),
        }  # fmt: skip

    def _false_alarms(self) -> str:
        told = f"at most {self.shown.budget:g} per subject-year allowed"
        if not self.shown.rate:
            return told
        quiet, every = self.shown.rate
        if not every.subject_years:
            return f"{told}; how many there were cannot be measured: no period has been judged yet"
        return f"{told}; measured {quiet.in_words()}; {every.rate:.3g} over all subjects"

    def _notes(self, row: int, first: int | None, begun: int | None, *, doubted: bool) -> str:
        streams = self.streams
        notes = [self._changes_of(row)]
        if doubted:
            notes.append(
                "came at full height at once, and only a number tested says that it was looked for before: give"
                " looked_for or --panel"
            )
        if streams.basis[row] == _NEVER_SAID:
            notes.append("nothing says that it was looked for before it was first found")
        elif begun is not None and first is not None and begun == first and begun > 0:
            notes.append(f"found from the first period on in which it was looked for ({self._day(begun)})")
        if streams.denominator[row] == _NO_DENOMINATOR:
            notes.append("counts only: nobody says how many were tested, so more testing would look the same")
        elif streams.denominator[row] == _ALL_REPORTS:
            notes.append("share of all reports of this counter, not of samples tested")
        return "; ".join(note for note in notes if note)

    def _changes_of(self, row: int) -> str:
        mine = [one for one in self.streams.changes if one.of(*self.streams.names(row)) and _tells(one, self.streams)]
        return "; ".join(f"{one.kind} {one.day}{f' ({one.said})' if one.said else ''}" for one in mine)


def _tells(change: Change, streams: Streams) -> bool:
    return bool(streams.starts[0] < change.day)


def _first(mask: Any) -> int | None:
    return int(mask.argmax()) if mask.any() else None


def _onset(evidence: Floats, alarm: int) -> int:
    """Return the period from which the evidence stayed above what quiet periods leave until it alarmed."""
    below = np.flatnonzero(~(evidence[: alarm + 1] > _QUIET))
    return int(below[-1]) + 1 if len(below) and below[-1] < alarm else alarm


def _peak(evidence: Floats, at: int | None) -> float | None:
    known = evidence[~np.isnan(evidence)]
    return float(evidence[at]) if at is not None else float(known[-1]) if len(known) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(f"{value:.4g}")


def _growths(growth: Growth) -> dict[str, Any]:
    if not growth.known:
        return {}
    rate, low, high = growth.percent()
    doubling, soonest, latest = (one if math.isfinite(one) else None for one in growth.doubling())
    return {
        "growth_percent_a_quarter": _rounded(rate), "growth_low": _rounded(low), "growth_high": _rounded(high),
        "doubling_months": _rounded(doubling), "doubling_low": _rounded(soonest), "doubling_high": _rounded(latest),
        "pace": growth.pace(),
    }  # fmt: skip


def _withheld(rows: list[dict[str, Any]], small: int) -> list[dict[str, Any]]:
    """Take out what few people stand behind; of all places together, too, where one place alone is taken out."""
    few = [row["measure"] not in NOT_PEOPLE and any(_is_few(row[name], small) for name in _PEOPLE) for row in rows]
    told = any(hide and row["place"] != "*" for row, hide in zip(rows, few, strict=True))
    return [
        _without_numbers(row, small) if hide or (told and row["place"] == "*") else row
        for row, hide in zip(rows, few, strict=True)
    ]


def _is_few(count: object, small: int) -> bool:
    return isinstance(count, int) and 0 < count < small


def _without_numbers(row: dict[str, Any], small: int) -> dict[str, Any]:
    hidden = {name: None for name in COLUMNS if name.startswith(("share", "growth", "doubling", "strength"))}
    hidden |= dict.fromkeys((*_PEOPLE, "before_at_most"))
    note = f"fewer than {small} people, or a sum that tells of them: numbers withheld"
    return row | hidden | {"panel_notes": "; ".join(part for part in (row["panel_notes"], note) if part)}
