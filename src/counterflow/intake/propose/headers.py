"""Which header names which field: by its name, whole, by the unit in it, and by its values where it may mean two."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

from counterflow.core.units import UNITS, fold_unit, unit_of
from counterflow.intake.mapping.order_targets import CUSTOMER_GROUPS, word_of
from counterflow.intake.mapping.targets import RecordTable, default_kind
from counterflow.intake.propose.marks_seen import is_day
from counterflow.intake.propose.names import fold
from counterflow.intake.propose.order_names import NAMES_OF
from counterflow.reference.countries import country_in_words

__all__ = ["BETWEEN", "REQUIRED", "Column", "match_headers"]

#: between the parts of a cell that lists several
BETWEEN = re.compile(r"\s*[;|\n]\s*")
#: fields that no row may leave empty
REQUIRED = ("record_id", "customer_id", "ordered_on", "happened_on")
#: values looked at
_MANY = 5000
_NUMBERED = re.compile(r"(?<![a-z0-9])([1-9])(?![a-z0-9])|(?<=[a-z])([1-9])(?=_|$)")
_PERIODS = {
    "monthly": "month", "month": "month", "per_month": "month", "a_month": "month",
    "quarterly": "quarter", "per_quarter": "quarter", "annual": "year", "yearly": "year", "per_year": "year",
    "annually": "year",
}  # fmt: skip
#: headers that may hold something else: taken only where their values are words of the field
_ONLY_BY_VALUE = frozenset({"type", "record_type", "doc_type", "document_type", "movement", "action", "site", "event"})
#: headers that may hold a place that is no country
_PLACES = frozenset({"destination", "origin", "dest", "from", "ship_from", "dispatch_from", "location", "jurisdiction"})


@dataclass
class Column:
    """One header as it was understood."""

    name: str
    target: str
    unit: str | None = None
    period: str | None = None


def match_headers(headers: tuple[str, ...], table: RecordTable, values: dict[str, pa.Table]) -> list[Column]:
    """Give each field the column whose name is its clearest, and each column at most one field."""
    names = NAMES_OF[table]
    offers: list[tuple[int, int, int, Column]] = []
    for place, header in enumerate(headers):
        for order, (target, known) in enumerate(names.items()):
            understood = _understood(header, target, known)
            if understood is not None and _fits(table, target, fold(header), values[header]):
                rank, column = understood
                offers.append((rank, order, place, column))
    chosen: dict[str, Column] = {}
    taken: set[str] = set()
    for _, _, _, column in sorted(offers, key=lambda o: o[:3]):
        if column.target not in chosen and column.name not in taken:
            chosen[column.target] = column
            taken.add(column.name)
    return [c for c in (chosen.get(t) for t in _in_order(names, chosen)) if c is not None]


def _in_order(names: dict[str, tuple[str, ...]], chosen: dict[str, Column]) -> list[str]:
    place = {target: i for i, target in enumerate(names)}
    return sorted(chosen, key=lambda t: (place[re.sub(r"\.\d\.", ".", t)], t))


def _understood(header: str, target: str, known: tuple[str, ...]) -> tuple[int, Column] | None:
    """Return how clearly a header names a target (0 is clearest), and as what it is understood."""
    folded = fold(header)
    # "UoM" is one word, though it is written like two.
    for name in dict.fromkeys((folded, fold(header.casefold()))):
        if name in known:
            return known.index(name), Column(header, target)
    group = target.partition(".")[0]
    if group in CUSTOMER_GROUPS and (number := _NUMBERED.search(folded)):
        bare = re.sub(r"_+", "_", folded[: number.start()] + "_" + folded[number.end() :]).strip("_")
        if bare in known:
            return known.index(bare), Column(header, target.replace(".", f".{number[1] or number[2]}.", 1))
    if target in {"quantity", "expected.quantity", "pack"}:
        return _with_unit(header, folded, target, known)
    return None


def _with_unit(header: str, folded: str, target: str, known: tuple[str, ...]) -> tuple[int, Column] | None:
    """Understand "Qty (kg)" or "expected monthly volume L": the name, the unit and the period of a quantity."""
    tokens, period, unit = folded.split("_"), None, None
    for start in range(len(tokens)):
        for size in (2, 1):
            word = "_".join(tokens[start : start + size])
            if target.startswith("expected") and period is None and word in _PERIODS:
                period = _PERIODS[word]
                tokens[start : start + size] = [""] * size
    tokens = [t for t in tokens if t and not (period and t == "per")]
    for size in (2, 1):
        word = fold_unit("_".join(tokens[-size:]))
        if unit is None and len(tokens) > size and word in UNITS:
            unit, tokens = word.replace("_", " "), tokens[:-size]
    tokens = tokens[:-1] if len(tokens) > 1 and tokens[-1] == "in" else tokens
    bare = "_".join(tokens)
    if (unit is None and period is None) or bare not in known:
        return None
    return known.index(bare), Column(header, target, unit, period)


def _fits(table: RecordTable, target: str, folded: str, values: pa.Table) -> bool:
    """Say whether values go with a name that may mean something else: half of them can be read so."""
    kind = default_kind(re.sub(r"\.\d\.", ".", target), table)
    words = [str(word) for word in values.column("value").slice(0, _MANY).to_pylist()]
    field = target.rpartition(".")[2]
    if kind == "word" and folded in _ONLY_BY_VALUE:
        read = sum(word_of(table, field, word) is not None for word in words)
    elif folded == "units":  # how many, or of which unit
        read = sum((unit_of(word) is not None) == (target.endswith("unit")) for word in words)
    elif kind == "country" and folded in _PLACES:
        read = sum(country_in_words(word) is not None for word in words)
    elif kind == "date" and target not in REQUIRED:
        # Of cells that list several, the first speaks.
        read = sum(is_day(BETWEEN.split(word.strip())[0]) for word in words)
    else:
        return True
    return read >= 0.5 * len(words) and bool(words or kind == "date")
