"""What supply looks like lately, against the same months a year before: seizures, mass, purity, price, doses.

Seizures are activity. They rise with effort as they do with supply, so each stands beside the effort behind it, or
beside the words "effort not known". Price and purity together say more: a pattern is *consistent with* a cause and
proves none.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from counterflow.core.estimate import Estimate
from counterflow.watch.supply import doses as dose
from counterflow.watch.supply.estimates import Change, Range, change, events_a_month, mass_a_month, pooled
from counterflow.watch.supply.stored import Cell

__all__ = ["Ask", "Effort", "Signal", "pattern", "signals_of"]

_EFFORT_NOT_KNOWN = "effort not known"
_ACTIVITY = "seizures follow effort as much as supply"
#: ways of price and of purity to what they are consistent with
_PATTERNS = {
    ("down", "up"): "more supply, or less demand; adulteration is not needed to explain it",
    ("up", "down"): "tighter supply: loss of a source, of a precursor, or of a route",
    ("down", "down"): "a weaker product sold for less, or falling demand",
    ("up", "up"): "rising demand, or sales at another level of the market",
}


@dataclass(frozen=True)
class Effort:
    """Inspections, or other effort, of one place in a stretch of days; place "all" stands for every place."""

    place: str
    starts: dt.date
    ends: dt.date
    amount: float


@dataclass(frozen=True)
class Ask:
    """What to look at.

    Args:
        until: last day; whole months that end by then are used.
        months: months of the recent stretch; the earlier one is the same months a year before.
        by: further keys to keep apart: place, form, market, route.
        effort: what was done; empty where nobody knows.
        seed: seed of draws.
    """

    until: dt.date
    months: int = 12
    by: tuple[str, ...] = ()
    effort: tuple[Effort, ...] = ()
    seed: int = 1


@dataclass(frozen=True)
class Signal:
    """One measure of one substance, lately and before.

    Args:
        keys: substance, and what it was kept apart by.
        measure: seizures, mass-kg, purity, price or doses.
        unit: of `now`.
        first, last: days of the recent stretch.
        now: recent estimate.
        before: the earlier one; None where there is none.
        moved: ratio of the two; None where either says nothing.
        effort: what is known of effort; empty for measures that do not follow it.
        said: what has to be known.
    """

    keys: Mapping[str, str]
    measure: str
    unit: str
    first: dt.date
    last: dt.date
    now: Estimate
    before: Estimate | None
    moved: Change | None
    effort: str = ""
    said: tuple[str, ...] = field(default_factory=tuple)

    def as_dict(self) -> dict[str, Any]:
        """Return one row of plain data."""
        now, moved = self.now, self.moved
        return {
            **self.keys, "measure": self.measure, "first": self.first.isoformat(), "last": self.last.isoformat(),
            "value": now.value, "low": now.low, "high": now.high, "unit": self.unit,
            "before": None if self.before is None else self.before.value,
            "ratio": moved and moved.ratio, "ratio_low": moved and moved.low, "ratio_high": moved and moved.high,
            "way": moved.way if moved else "not informative", "effort": self.effort,
            "informative": now.informative, "source": now.source,
            "said": "; ".join(words for words in (*self.said, now.why_not) if words),
        }  # fmt: skip


def signals_of(cells: Sequence[Cell], ask: Ask) -> list[Signal]:
    """Return every signal of the recent stretch, by substance and what it is kept apart by.

    Args:
        cells: as they stood on the day asked for.
        ask: stretch, keys and effort.
    """
    last = _last_month(ask.until)
    now, before = _stretch(last, ask.months), _stretch(_shifted(last, -12), ask.months)
    groups: dict[tuple[str, ...], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.substance, *(getattr(cell, key) for key in ask.by)), []).append(cell)
    found: list[Signal] = []
    for key, mine in sorted(groups.items()):
        names = dict(zip(("substance", *ask.by), key, strict=True))
        made = _Group(names, mine, cells, ask, now, before)
        found += made.activity() + made.figures()
    return found


def pattern(signals: Sequence[Signal]) -> list[dict[str, str]]:
    """Return what price and purity together are consistent with, per substance and what it is kept apart by.

    Where one of them is not known or its interval holds no change, that is said and no cause is named.
    """
    groups: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    for each in signals:
        way = each.moved.way if each.moved else "not known"
        groups.setdefault(tuple(each.keys.items()), {})[each.measure] = way
    rows = []
    for key, ways in groups.items():
        price, purity, seized = (ways.get(name, "not known") for name in ("price", "purity", "seizures"))
        words = _PATTERNS.get((price, purity))
        reading = (
            f"consistent with {words}; it proves none" if words else "no reading: price and purity do not both move"
        )
        rows.append({**dict(key), "price": price, "purity": purity, "seizures": seized, "reading": reading})
    return rows


class _Group:
    """The cells of one substance and what it is kept apart by."""

    def __init__(self, names: Mapping[str, str], mine: Sequence[Cell], every: Sequence[Cell], ask: Ask,
                 now: list[dt.date], before: list[dt.date]) -> None:  # fmt: skip
        self._names, self._cells, self._ask, self._every = names, mine, ask, every
        self._now, self._before = now, before
        covering = {
            (c.source, c.starts) for c in every if c.measure in ("seizures", "mass-kg", "tablets") and _is_month(c)
        }
        sources = {c.source for c in mine}
        self._covered = {starts for source, starts in covering if source in sources}
        self._source = ", ".join(sorted(sources))

    def activity(self) -> list[Signal]:
        """Return seizures and mass by month, mass as doses."""
        events, late_events = (self._months("seizures", stretch) for stretch in (self._now, self._before))
        mass, late_mass = (self._months("mass-kg", stretch) for stretch in (self._now, self._before))
        made: list[Signal] = self._tablets()
        count, count_before = events_a_month(events), events_a_month(late_events)
        if events:
            effort = self._effort(sum(events), sum(late_events))
            made.append(self._signal("seizures", "events a month", count, count_before, effort=effort))
        if not mass:
            return made
        weight = mass_a_month(mass, count.n)
        weight_before = mass_a_month(late_mass, count_before.n)
        said = (f"the largest month holds {max(mass) / sum(mass):.0%} of the mass",) if sum(mass) > 0 else ()
        made.append(self._signal("mass-kg", "kg a month", weight, weight_before, effort=_EFFORT_NOT_KNOWN, said=said))
        doses = self._doses(sum(mass))
        return [*made, doses] if doses else made

    def figures(self) -> list[Signal]:
        """Return purity, price and content of tablets."""
        made = []
        for measure, unit in sorted(
            {(c.measure, c.unit) for c in self._cells if c.measure in ("price", "purity", "tablet-mg")}
        ):
            now, before = (self._pooled(measure, unit, stretch) for stretch in (self._now, self._before))
            if now is not None:
                made.append(self._signal(measure, unit, now, before))
        return made

    def _months(self, measure: str, stretch: list[dt.date]) -> list[float]:
        """Return sums by month that the source covers; a covered month without a row held none.

        Nothing where the source never gives this measure of it.
        """
        if not any(cell.measure == measure for cell in self._cells):
            return []
        sums = {start: 0.0 for start in stretch if start in self._covered}
        for cell in self._cells:
            if cell.measure == measure and _is_month(cell) and cell.starts in sums:
                sums[cell.starts] += cell.value
        return list(sums.values())

    def _tablets(self) -> list[Signal]:
        """Return tablets a month, where the source counts them; a tablet is its own dose."""
        now, before = (self._months("tablets", stretch) for stretch in (self._now, self._before))
        if not now:
            return []
        events = round(sum(self._months("seizures", self._now)))
        ranges = mass_a_month(now, events), mass_a_month(before, 0)
        return [self._signal("tablets", "tablets a month", *ranges, effort=_EFFORT_NOT_KNOWN)]

    def _purity_elsewhere(self) -> Range | None:
        """Return the purity of the substance over all places and routes, of the same form where forms are apart."""
        form = self._names.get("form")
        same = [c for c in self._every if c.substance == self._names["substance"] and form in (None, c.form)]
        return self._pooled("purity", "share", self._now, same)

    def _pooled(
        self, measure: str, unit: str, stretch: list[dt.date], cells: Sequence[Cell] | None = None
    ) -> Range | None:
        first, last = stretch[0], _month_end(stretch[-1])
        among = self._cells if cells is None else cells
        mine = [c for c in among if c.measure == measure and c.unit == unit and c.starts >= first and c.ends <= last]
        if not mine:
            return None
        n = sum(c.n or 1 for c in mine)
        return pooled(
            [c.value for c in mine], [c.low for c in mine], [c.high for c in mine], n, logs=measure != "purity"
        )

    def _doses(self, kilograms: float) -> Signal | None:
        purity = self._pooled("purity", "share", self._now) or self._purity_elsewhere()
        measured = None
        if purity is not None and not purity.why_not:
            measured = dose.Purity(purity.value, max(purity.low, 0), min(purity.high, 1), f"{purity.n} samples")
        made = dose.doses(
            kilograms, self._names["substance"], as_of=_month_end(self._now[-1]), source=self._source,
            form=self._names.get("form", ""), purity=measured, seed=self._ask.seed,
        )  # fmt: skip
        if made is None:
            return None
        said = ("a dose is a customary use, its range as in the unit",)
        return self._made("doses", f"{made.unit}, whole period", made, None, None, _EFFORT_NOT_KNOWN, said)

    def _effort(self, events: float, earlier: float) -> str:
        """Return seizures per thousand units of effort, lately and before, or that nobody knows."""
        now, before = (self._done(stretch) for stretch in (self._now, self._before))
        if now <= 0:
            return _EFFORT_NOT_KNOWN
        words = f"{events / now * 1000:.3g} seizures per 1,000 inspections ({now:,.0f})"
        return words + (
            f"; before {earlier / before * 1000:.3g} ({before:,.0f})" if before > 0 else "; effort before not known"
        )

    def _done(self, stretch: list[dt.date]) -> float:
        places = {self._names["place"], "all"} if "place" in self._names else {"all"}
        first, last = stretch[0], _month_end(stretch[-1])
        return sum(e.amount for e in self._ask.effort if e.place in places and e.starts >= first and e.ends <= last)

    def _signal(self, measure: str, unit: str, now: Range, before: Range | None, *, effort: str = "",
                said: tuple[str, ...] = ()) -> Signal:  # fmt: skip
        moved = change(now, before) if before is not None else None
        kept = None if before is None else self._estimate(before, unit, _month_end(self._before[-1]))
        made = self._estimate(now, unit, _month_end(self._now[-1]))
        more = (*said, _ACTIVITY) if measure == "seizures" else said
        return self._made(measure, unit, made, kept, moved, effort, more)

    def _made(self, measure: str, unit: str, now: Estimate, before: Estimate | None, moved: Change | None,
              effort: str, said: tuple[str, ...]) -> Signal:  # fmt: skip
        first, last = self._now[0], _month_end(self._now[-1])
        return Signal(self._names, measure, unit, first, last, now, before, moved, effort, said)

    def _estimate(self, each: Range, unit: str, as_of: dt.date) -> Estimate:
        return Estimate(
            value=None if each.why_not else each.value, low=each.low, high=each.high, level=0.95,
            method="watch.supply.estimates", source=f"{self._source} (n={each.n})", as_of=as_of, unit=unit,
            informative=not each.why_not, why_not=each.why_not,
        )  # fmt: skip


def _is_month(cell: Cell) -> bool:
    return cell.starts.day == 1 and cell.ends == _month_end(cell.starts)


def _month_end(start: dt.date) -> dt.date:
    return start.replace(day=calendar.monthrange(start.year, start.month)[1])


def _last_month(until: dt.date) -> dt.date:
    """Return the first day of the last month that is over by a day."""
    first = until.replace(day=1)
    return first if until == _month_end(first) else _shifted(first, -1)


def _shifted(first: dt.date, months: int) -> dt.date:
    at = first.year * 12 + first.month - 1 + months
    return dt.date(at // 12, at % 12 + 1, 1)


def _stretch(last: dt.date, months: int) -> list[dt.date]:
    return [_shifted(last, -back) for back in range(months - 1, -1, -1)]
