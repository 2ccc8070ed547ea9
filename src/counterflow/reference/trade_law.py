"""What the law of a day asks before a listed chemical or medicine leaves: thresholds, duties, exemptions, densities.

Tables that a person can review, CSV files under `reference/trade/`, every line with its citation, its dates, whether it
is in force or only proposed, and how it was read. `thresholds/` and `duties/` are folders with a file per jurisdiction.
An answer is given as the law stood on the day asked for: a row that was repealed since is "in force" on a day before.
That no row is found never means that the law asks nothing.

>>> from datetime import date
>>> law = load_trade_law()
>>> [t.any_amount for t in law.thresholds_on(date(2020, 6, 1), "US", "4-ap")]
[True]
>>> law.thresholds_on(date(2020, 5, 14), "US", "4-ap")
()
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from typing import Any, TypeVar

from counterflow.reference.csv_files import Source, content_version, read_rows, read_sources, table_files
from counterflow.reference.registry import Registry, load_registry
from counterflow.reference.trade_tables import ANY_AMOUNT, Density, Duty, Exemption, Rule, Threshold

__all__ = [
    "ANY_AMOUNT",
    "DIRECTIONS",
    "Density",
    "Duty",
    "Exemption",
    "Rule",
    "Threshold",
    "TradeLaw",
    "load_trade_law",
]

#: Ways that goods can go, seen from one jurisdiction; a rule of direction "any" holds for each. The law of a union on
#: its own market ("intra-union") does not ask whether a border between members is crossed: it answers "domestic" too.
DIRECTIONS = ("domestic", "import", "export", "intra-union")
_FOLDER = "trade"
_RuleT = TypeVar("_RuleT", bound=Rule)


@dataclass(frozen=True)
class TradeLaw:
    """All tables. `version` names the content of the files."""

    version: str
    thresholds: tuple[Threshold, ...]
    duties: tuple[Duty, ...]
    exemptions: tuple[Exemption, ...]
    densities: tuple[Density, ...]
    coverage: Mapping[str, tuple[str, str]]
    registry: Registry

    def coverage_of(self, jurisdiction: str) -> str:
        """Return how far the rows of a jurisdiction go and as of when, for answers that rest on them.

        Args:
            jurisdiction: code such as US, DE (with that of its union), CN; raises UnknownName.
        """
        codes = (jurisdiction, *self.registry.jurisdiction(jurisdiction).member_of)
        told = [(code, *self.coverage[code]) for code in codes if code in self.coverage]
        own = [f"{code}, as of {day}: {note}" for code, day, note in told]
        missing = [] if jurisdiction in self.coverage else [f"{jurisdiction}: its own trade law is not here"]
        return "; ".join((*missing, *own))

    def thresholds_on(
        self,
        day: date,
        jurisdiction: str,
        substance: str,
        *,
        direction: str | None = None,
        destination: str | None = None,
    ) -> tuple[Threshold, ...]:
        """Return the thresholds of a substance as the law stood on a day, proposals among them (`status`).

        Rows whose dates do not tell are returned too: unknown is not "no".

        Args:
            day: the day asked for.
            jurisdiction: code such as US, EU, DE (with the law of its union), CN, MX; raises UnknownName.
            substance: id of the substance; raises UnknownName.
            direction: domestic | import | export | intra-union; None for all.
            destination: country of destination, ISO 3166-1 alpha-2; None for all.
        """
        self.registry.substance(substance)
        rows = (t for t in self._of(jurisdiction, self._thresholds) if t.substance == substance)
        return _stood(day, (t for t in rows if _goes(t, direction, destination)))

    def duties_on(
        self,
        day: date,
        jurisdiction: str,
        *,
        substance: str | None = None,
        schedule: str | None = None,
        category: str | None = None,
        direction: str | None = None,
        destination: str | None = None,
    ) -> tuple[Duty, ...]:
        """Return the duties as the law stood on a day, proposals among them (`status`).

        With a substance, its lists on that day come from the registry; with a schedule or category, the duties that
        name it; with neither, all duties of the jurisdiction.

        Args:
            day: the day asked for.
            jurisdiction: code such as US, EU, DE (with the law of its union), CN, MX; raises UnknownName.
            substance: id of the substance; raises UnknownName.
            schedule: list, schedule or category as the registry names it, for example "List I", "Category 2A".
            category: the same under its other name.
            direction: domestic | import | export | intra-union; None for all.
            destination: country of destination, ISO 3166-1 alpha-2; None for all.
        """
        listed = self._listed(day, jurisdiction, substance, schedule or category)
        rows = (d for d in self._of(jurisdiction, self._duties) if _goes(d, direction, destination))
        return _stood(day, (d for d in rows if _meets(d, listed, substance) and substance not in (d.without or ())))

    def exemptions_on(
        self,
        day: date,
        jurisdiction: str,
        *,
        substance: str | None = None,
        schedule: str | None = None,
        category: str | None = None,
    ) -> tuple[Exemption, ...]:
        """Return what the law of a day leaves out or eases; arguments as for `duties_on`."""
        listed = self._listed(day, jurisdiction, substance, schedule or category)
        return _stood(day, (e for e in self._of(jurisdiction, self._exemptions) if _meets(e, listed, substance)))

    def density_of(self, substance: str, purity_pct: float | None = None) -> Density | None:
        """Return the density of a liquid of a given strength, or None where none is recorded.

        Without a strength only a substance that is sold as such has one; acids need theirs.

        Args:
            substance: id of the substance.
            purity_pct: strength by mass in per cent.

        >>> load_trade_law().density_of("acetone").kg_l
        0.79
        """
        strength = 100.0 if purity_pct is None else purity_pct
        rows = (d for d in self.densities if d.substance == substance)
        return next((d for d in rows if d.purity_from <= strength <= d.purity_to), None)

    def _of(self, jurisdiction: str, rows: Mapping[str, tuple[_RuleT, ...]]) -> Iterable[_RuleT]:
        codes = (jurisdiction, *self.registry.jurisdiction(jurisdiction).member_of)
        return (row for code in codes for row in rows.get(code, ()))

    def _listed(
        self, day: date, jurisdiction: str, substance: str | None, list_: str | None
    ) -> frozenset[tuple[str, str]] | None:
        """Return the (instrument, list) pairs asked for; None where all are."""
        if list_ is not None:
            return frozenset((i.id, list_) for i in self.registry.law_in(jurisdiction))
        if substance is None:
            return None
        held = self.registry.controls_on(substance, day, [jurisdiction])
        return frozenset((c.instrument, c.list) for c in held)

    @cached_property
    def _thresholds(self) -> Mapping[str, tuple[Threshold, ...]]:
        return _by_jurisdiction(self.thresholds)

    @cached_property
    def _duties(self) -> Mapping[str, tuple[Duty, ...]]:
        return _by_jurisdiction(self.duties)

    @cached_property
    def _exemptions(self) -> Mapping[str, tuple[Exemption, ...]]:
        return _by_jurisdiction(self.exemptions)


def _by_jurisdiction(rows: tuple[_RuleT, ...]) -> Mapping[str, tuple[_RuleT, ...]]:
    grouped: defaultdict[str, list[_RuleT]] = defaultdict(list)
    for row in rows:
        grouped[row.jurisdiction].append(row)
    return {code: tuple(of) for code, of in grouped.items()}


def _stood(day: date, rows: Iterable[_RuleT]) -> tuple[_RuleT, ...]:
    """Return the rows that hold, or may hold, on a day, with the status that they had on it."""
    held = (row for row in rows if row.holds_on(day) is not False)
    return tuple(replace(row, status="in force") if row.status == "repealed" else row for row in held)


def _goes(row: Threshold | Duty, direction: str | None, destination: str | None) -> bool:
    ways = ("any", "intra-union", direction) if direction == "domestic" else ("any", direction)
    return (direction is None or row.direction in ways) and (
        destination is None or not row.destinations or destination in row.destinations
    )


def _meets(row: Duty | Exemption, listed: frozenset[tuple[str, str]] | None, substance: str | None) -> bool:
    """Say whether a row applies to what was asked for; a row of no list and no substance applies to all listed."""
    if listed is None:
        return True
    if row.substances and substance is not None:
        return substance in row.substances
    own = {list_ for instrument, list_ in listed if instrument == row.instrument}
    return bool(own & set(row.lists)) if row.lists else bool(own)


@cache
def load_trade_law() -> TradeLaw:
    """Return the trade law shipped with this installation (read once per process)."""
    sources = read_sources(_FOLDER)
    kept = {table: table_files(_FOLDER, table) for table in ("thresholds", "duties")}
    files = (
        "sources.csv",
        "coverage.csv",
        "exemptions.csv",
        "densities.csv",
        *(name for names in kept.values() for name in names),
    )
    return TradeLaw(
        version=content_version(_FOLDER, files),
        thresholds=tuple(_threshold(row, sources) for row in _rows(*kept["thresholds"])),
        duties=tuple(_duty(row, sources) for row in _rows(*kept["duties"])),
        exemptions=tuple(_exemption(row, sources) for row in _rows("exemptions.csv")),
        densities=tuple(_density(row, sources) for row in _rows("densities.csv")),
        coverage={row["jurisdiction"]: (row["as_of"], row["note"]) for row in read_rows(_FOLDER, "coverage.csv")},
        registry=load_registry(),
    )


def _rows(*files: str) -> list[dict[str, Any]]:
    return [dict(row) for name in files for row in read_rows(_FOLDER, name)]


def _threshold(row: dict[str, Any], sources: Mapping[str, Source]) -> Threshold:
    named = {"quantity": _number(row["quantity"]), "destinations": tuple(row["destinations"].split())}
    return Threshold(**{**row, **named, "source": sources[row["source"]]})


def _duty(row: dict[str, Any], sources: Mapping[str, Source]) -> Duty:
    named = {column: tuple(row[column].split()) for column in ("substances", "without", "destinations")}
    days = int(row["days"]) if row["days"] else None
    above = {"above_threshold": row["above_threshold"] == "yes", "days": days, "lists": _lists(row["lists"])}
    return Duty(**{**row, **named, **above, "source": sources[row["source"]]})


def _exemption(row: dict[str, Any], sources: Mapping[str, Source]) -> Exemption:
    named = {"substances": tuple(row["substances"].split()), "lists": _lists(row["lists"])}
    return Exemption(**{**row, **named, "percent": _number(row["percent"]), "source": sources[row["source"]]})


def _density(row: dict[str, Any], sources: Mapping[str, Source]) -> Density:
    numbers = {c: float(row[c]) for c in ("purity_from", "purity_to", "kg_l", "tolerance", "celsius")}
    return Density(**{**row, **numbers, "source": sources[row["source"]]})


def _number(text: str) -> float | None:
    return float(text) if text else None


def _lists(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())
