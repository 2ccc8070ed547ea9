"""What the law of a place makes of a substance on a day: one verdict per (substance, jurisdiction, day).

The verdicts, strongest first:

* `controlled`: an entry as drug, class, temporary or immediate precursor holds, or a class rule describes the listed
  structure of the substance (`reference.class_members`) and no entry by name controls it;
* `listed_precursor`: an entry as precursor holds;
* `unclear`: an entry may hold but its dates do not tell, or only entries narrowed to some preparations hold, or the
  registry has no drug law of the place and a convention of the United Nations lists the substance;
* `watch`: no entry found here on that day, but the substance is listed elsewhere or is one to watch;
* `none`: listed nowhere in the registry on that day. **Not** "not controlled": every reason ends with how far the
  registry covers the law that was asked.

>>> from datetime import date
>>> from counterflow.reference.registry import load_registry
>>> law = Law(load_registry(), date(2025, 8, 1), ["US", "TH"])
>>> [(row.verdict, row.jurisdiction, row.list, row.schedule) for row in law.rows("norfentanyl")]
[('controlled', 'US', 'US CSA', 'Schedule II'), ('unclear', 'TH', '', '')]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from counterflow.reference.registry import Control, Instrument, Registry, Substance
from counterflow.screen.substances.class_rows import by_class_rule, member_findings
from counterflow.screen.substances.verdict import COLUMNS, RANK, Verdict

__all__ = ["COLUMNS", "RANK", "Law", "Verdict", "default_jurisdictions"]

_CONVENTIONS = "UN"
_MOST_TOLD = 6
#: An entry that leaves something out is on the substance itself; entries that share it out are together on all of it.
_LEAVES_OUT = ("except", "ausgenommen")
_SHARED_OUT = (
    frozenset({"bulk (non-dosage forms)", "dosage forms"}),
    frozenset({"tetrahydrocannabinol of 1 % or less", "tetrahydrocannabinol of more than 1 %"}),
)


def default_jurisdictions(registry: Registry) -> tuple[str, ...]:
    """Return the places asked where no route is given: all with law of their own in the registry."""
    with_law = {i.jurisdiction for i in registry.instruments.values()}
    return tuple(code for code in registry.jurisdictions if code in with_law)


class Law:
    """The law of some places on one day, asked substance by substance; answers are kept.

    Args:
        registry: what is listed where.
        day: the day asked about; None for the law as the registry last knows it.
        jurisdictions: codes of places; one that the registry holds no law of is answered as such.
    """

    def __init__(self, registry: Registry, day: date | None, jurisdictions: Sequence[str]) -> None:
        self.registry = registry
        self.day = day
        self.jurisdictions = tuple(dict.fromkeys(jurisdictions))
        self._asked = day or date.max
        self.said_day = f"on {day.isoformat()}" if day else "as last known (no day was given)"
        self._rows: dict[str, tuple[Verdict, ...]] = {}
        self._holding: dict[int, bool | None] = {}  # by identity: the registry keeps its entries alive
        self._instruments = {code: self._law_in(code) for code in self.jurisdictions}
        self._coverage = {code: self._coverage_of(code) for code in self.jurisdictions}
        #: How far the registry covers the law of all places asked, in one line.
        self.coverage_in_short = "; ".join(map(self._in_short, self.jurisdictions))

    def rows(self, substance: str) -> tuple[Verdict, ...]:
        """Return one row for each place asked, in its order; raises UnknownName for a substance that is not known."""
        found = self._rows.get(substance)
        if found is None:
            known = self.registry.substance(substance)
            by_name = tuple(self._row(known, code) for code in self.jurisdictions)
            found = self._rows[substance] = by_name  # what a class rule asks of the law while it is looked at
            by_rule = any(row.verdict != "controlled" for row in by_name)  # else no rule need be read
            if by_rule and (findings := member_findings(substance, self.registry)):
                found = tuple(by_class_rule(row, findings, self) or row for row in by_name)
                self._rows[substance] = found
        return found

    def coverage(self, code: str) -> str:
        """Return how far the registry covers the law of a place, in short."""
        return self._coverage[code]

    def listed_elsewhere(self, substance: str, code: str) -> list[str]:
        """Return where else the substance is listed on the day, as "UN 1961 Schedule I", in order of the registry."""
        here = {i.id for i in self._instruments[code]}
        return self._entries_in_words(c for c in self._held(substance) if c.instrument not in here)

    def on_other_days(self, substance: str, code: str) -> str:
        """Return how the place lists the substance where it does not do so on the day; empty where it never does."""
        own = {i.id: i.short for i in self._instruments[code]}
        for control in self.registry.controls.get(substance, ()):
            if control.instrument in own and self._holds(control) is False:
                ended = f" to {control.date_to}" if control.date_to else ""
                return f"{own[control.instrument]} {control.list} {_since(control)}{ended}"
        return ""

    def _coverage_of(self, code: str) -> str:
        told = "; ".join(_coverage(i) for i in self._instruments[code])
        if any(i.jurisdiction == code for i in self._instruments[code]):
            return told
        return f"no law of {code} in this registry" + (f" but that of its union ({told})" if told else "")

    def _in_short(self, code: str) -> str:
        held = [i for i in self._instruments[code] if i.jurisdiction == code] or list(self._instruments[code])
        if not held:
            return f"no law of {code} here"
        kind = "complete" if all(i.coverage == "complete" for i in held) else "partial"
        return f"{code} {kind} as of {min(i.as_of for i in held)}"

    def _law_in(self, code: str) -> tuple[Instrument, ...]:
        return self.registry.law_in(code) if code in self.registry.jurisdictions else ()

    def _held(self, substance: str) -> list[Control]:
        return [c for c in self.registry.controls.get(substance, ()) if self._holds(c) is not False]

    def _holds(self, control: Control) -> bool | None:
        """Say whether an entry holds on the day; one without a beginning holds since its list was read at latest."""
        try:
            return self._holding[id(control)]
        except KeyError:
            return self._holding.setdefault(id(control), self._find_out(control))

    def _find_out(self, control: Control) -> bool | None:
        holds = control.holds_on(self._asked)
        undated = holds is None and not control.date_from
        if undated and self._asked.isoformat() >= self.registry.instruments[control.instrument].as_of:
            return True
        return holds

    def _entries_in_words(self, controls: Iterable[Control]) -> list[str]:
        shorts = self.registry.instruments
        return list(dict.fromkeys(f"{shorts[c.instrument].short} {c.list}" for c in controls))

    def _row(self, substance: Substance, code: str) -> Verdict:
        own = {i.id for i in self._instruments[code]}
        held = [c for c in self._held(substance.id) if c.instrument in own]
        if not held:
            return self._not_listed(substance, code)
        scopes = {c.scope for c in held}
        best = max(held, key=lambda c: self._weight(c, scopes))
        verdict, doubt = self._verdict(best, scopes)
        others = [e for e in self._entries_in_words(held) if e not in self._entries_in_words([best])]
        instrument = self.registry.instruments[best.instrument]
        reason = (
            f"{instrument.short} {best.list}{_as_what(best)}, {_since(best)}{doubt}, {self.said_day}{_words(best)}"
            + (f"; also {', '.join(others[:_MOST_TOLD])}" if others else "")
            + f". {self.coverage(code)}"
        )
        return Verdict(
            *("", verdict, substance.id, code, instrument.short, best.list, "", "", best.citation, "", reason),
            on=self.day.isoformat() if self.day else "",
            since=best.since,
            extends_to=" ".join(best.extends_to),
            scope=best.scope,
            threshold=best.threshold,
            unverified=best.unverified,
            instrument=best.instrument,
            date_unverified=best.date_read == "recalled",
        )

    def _weight(self, control: Control, scopes: set[str]) -> tuple[int, int, bool]:
        """Order entries: by verdict, then on the substance itself before some preparations, then by text read."""
        return RANK[self._verdict(control, scopes)[0]], not control.scope, not control.unverified

    def _verdict(self, control: Control, scopes: set[str]) -> tuple[str, str]:
        """Return what one entry that holds or may hold says, and the doubt about it in words."""
        if self._holds(control) is None:
            return "unclear", "; its dates do not tell whether it held"
        shared_out = any(control.scope in all_of_it <= scopes for all_of_it in _SHARED_OUT)
        if control.scope and not (shared_out or control.scope.startswith(_LEAVES_OUT)):
            return "unclear", "; only an entry narrowed to some forms of it"
        return ("listed_precursor" if control.basis == "precursor" else "controlled"), ""

    def _not_listed(self, substance: Substance, code: str) -> Verdict:
        elsewhere = self.listed_elsewhere(substance.id, code)
        own_law = any(i.jurisdiction == code for i in self._instruments[code])
        by_convention = not own_law and any(self._is_convention(c) for c in self._held(substance.id))
        watched = elsewhere or substance.grade == "watch"
        verdict = "unclear" if by_convention else "watch" if watched else "none"
        told = "no entry found" if self._instruments[code] else "not decided here"
        if elsewhere:
            told += f"; listed elsewhere: {', '.join(elsewhere[:_MOST_TOLD])}"
            told += f" and {len(elsewhere) - _MOST_TOLD} more" * (len(elsewhere) > _MOST_TOLD)
        elif substance.grade == "watch":
            told += "; a substance to watch"
        on_other_days = self.on_other_days(substance.id, code)
        told += f"; {on_other_days}, not on the day asked" if on_other_days else ""
        if by_convention:
            told += "; states party to the convention control it by law of their own"
        reason = f"{told}, {self.said_day}; that is not “not controlled”. {self.coverage(code)}"
        on = self.day.isoformat() if self.day else ""
        citation = "; ".join(dict.fromkeys(c.citation for c in self._held(substance.id) if self._is_convention(c)))
        citation = citation if by_convention else ""
        return Verdict("", verdict, substance.id, code, "", "", "", "", citation, "", reason, on=on)

    def _is_convention(self, control: Control) -> bool:
        return self.registry.instruments[control.instrument].jurisdiction == _CONVENTIONS


def _coverage(instrument: Instrument) -> str:
    kind = "complete as of" if instrument.coverage == "complete" else "partial, as of"
    return f"{instrument.short}: {kind} {instrument.as_of}"


def _as_what(control: Control) -> str:
    said = {"precursor": "", "drug": "", "class": " (as a class)", "temporary": " (temporary)"}
    return said.get(control.basis, f" (as {control.basis})")


def _since(control: Control) -> str:
    if not control.date_from:
        return "since a day that is not recorded"
    recalled = " (date unverified: recalled)" if control.date_read == "recalled" else ""
    if control.since.startswith("by "):
        return f"held {control.since}{recalled}"
    return f"since {control.since}{recalled}"


def _words(control: Control) -> str:
    """Return what narrows and widens an entry, and how it was read."""
    told = f"; {'' if control.scope.startswith(_LEAVES_OUT) else 'only '}{control.scope}" if control.scope else ""
    told += f"; with {', '.join(control.extends_to)}" if control.extends_to else ""
    words = "" if control.threshold.startswith(_LEAVES_OUT) else "duties: "
    told += f"; {words}{control.threshold}" if control.threshold else ""
    return told + "; unverified: recalled" * control.unverified
