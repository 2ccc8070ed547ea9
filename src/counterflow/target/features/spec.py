"""Which features are made: keys of past outcomes, numbers, and what is left out on purpose.

A specification is data: it is stored with a model, so that what is scored later is made from the same columns. Nothing
in it can name a person: party columns hold opaque identifiers, and `enters_a_score` refuses columns that say what a
party is called or of what nationality, ethnicity, religion, birth or gender it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import ConfigError
from counterflow.target.features.lines import PARTY_COLUMNS, Lines
from counterflow.target.options import UNSCORED_CODES, enters_a_score

__all__ = [
    "HS_LENGTH",
    "MEASURES",
    "FeatureSpec",
    "Key",
    "columns_within",
    "default_spec",
    "key_name",
    "scored_findings",
]

Key = tuple[str, ...]

#: parts of the Harmonized System code that may stand in a key, with their length
HS_LENGTH: Mapping[str, int] = {"hs2": 2, "hs4": 4, "hs6": 6}
_COARSER = {"hs": ("hs6", "hs4", "hs2"), "hs6": ("hs4", "hs2"), "hs4": ("hs2",)}
#: numbers of a line, beside `number:attributes.NAME`
MEASURES = ("mass", "value", "price", "quantity", "unit_value", "unit_mass", "pieces")
_PLAIN = (*MEASURES, "hs_number", "missing", "lead_hours", "weekday", "lines", "empty")
#: attributes that, where a source has them, say under which tariff the goods come in
_TARIFF = ("attributes.tax_rate", "attributes.tax_type", "attributes.duty_rate", "attributes.preference",
           "attributes.procedure")  # fmt: skip
_CODES = ("office", "lane", "kind", "direction", "sender", "departure", "origin", "destination", "currency", "unit")
_FEW = 64  # distinct values up to which a column is given as a code of its own
_NUMERIC = 0.99  # share of an attribute's values that must be numbers for it to count as one


def key_name(key: Key) -> str:
    """Return the name of a key.

    >>> key_name(("hs6", "attributes.tax_rate"))
    'hs6+tax_rate'
    """
    return "+".join(column.removeprefix("attributes.") for column in key)


def columns_within(key: Key) -> frozenset[str]:
    """Return the columns of a key with the coarser ones that each implies: an HS code has its heading in it.

    >>> sorted(columns_within(("hs4", "origin")))
    ['hs2', 'hs4', 'origin']
    """
    return frozenset(key) | {c for column in key for c in _COARSER.get(column, ())}


@dataclass(frozen=True)
class FeatureSpec:
    """What is made of each goods line.

    Args:
        keys: keys of past outcomes; their parents are the finest other keys whose columns they contain.
        since: keys for which the days since the last find are a feature too.
        numbers: plain numbers of the line; `number:attributes.NAME` for an attribute that holds a number.
        codes: columns with few values, each given as an arbitrary but fixed number.
        gaps: (measure, key): how far a measure lies from what was usual for the key.
        finding_codes: codes of findings, each a feature: the greatest strength on the record.
        finding_classes: harm classes of findings, each a feature: the sum of strengths.
        without: columns that were left out on purpose.
        half_life_days: age at which an outcome or declaration counts half.
        trust: how many inspections a coarser key's rate stands for; 0: estimated for each key and class.
        unscored: codes of findings that never enter.
        dropped: names of features that are not made.
    """

    keys: tuple[Key, ...]
    since: tuple[Key, ...] = ()
    numbers: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    gaps: tuple[tuple[str, Key], ...] = ()
    finding_codes: tuple[str, ...] = ()
    finding_classes: tuple[str, ...] = ()
    without: frozenset[str] = frozenset()
    half_life_days: float = 365.0
    trust: float = 0.0
    unscored: tuple[str, ...] = ()
    dropped: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what may not enter, and a specification that contradicts itself."""
        for column in self.columns():
            if not enters_a_score(column):
                raise ConfigError(
                    f"{column!r} may not enter a score.",
                    hint="Take it out: nationality, ethnicity, religion and what a party is called never do.",
                )
            if not columns_within((column,)).isdisjoint(self.without):
                raise ConfigError(f"{column!r} is left out and asked for at once.", hint="Decide on one of the two.")
        if not set(self.since) <= set(self.keys):
            raise ConfigError("Days since the last find need the key itself.", hint="Name each key in both places.")
        if len({key_name(k) for k in self.keys}) < len(self.keys):
            raise ConfigError("A key stands twice in the specification.", hint="Name each key once.")

    def columns(self) -> tuple[str, ...]:
        """Return every column that any feature is made from, each once, in a fixed order."""
        keyed = [c for key in (*self.keys, *(k for _, k in self.gaps)) for c in key]
        numbered = [n.removeprefix("number:") for n in self.numbers if n.startswith("number:")]
        return tuple(dict.fromkeys((*keyed, *self.codes, *numbered)))

    def names(self, classes: Sequence[str]) -> tuple[str, ...]:
        """Return the names of all features in the order of their columns, for these harm classes."""
        made: list[str] = []
        for key in self.keys:
            name = key_name(key)
            made += [f"rate:{name}:{harm}" for harm in classes]
            made += [f"found:{name}:{harm}" for harm in classes]
            made += [f"inspected:{name}", f"seen:{name}"]
            if key in self.since:
                made += [f"since:{name}:{harm}" for harm in classes]
        made += ["new_share", "uninspected_share"]
        for measure, key in self.gaps:
            made += [f"gap:{measure}:{key_name(key)}"]
        made += [*self.numbers, *(f"code:{c}" for c in self.codes)]
        made += [f"finding:{c}" for c in self.finding_codes]
        made += [f"findings:{c}" for c in self.finding_classes]
        return tuple(name for name in made if name not in self.dropped)

    def drop(self, names: Iterable[str]) -> FeatureSpec:
        """Return the same without these features; what remains has the same values as before."""
        return replace(self, dropped=self.dropped | frozenset(names))

    def parent(self, key: Key) -> int:
        """Return the place of the key that this one leans on, -1 for none: the finest whose columns it contains."""
        return _parent(key, self.keys)

    def gap_parent(self, place: int) -> int:
        """Return the place of the gap that this one leans on, -1 for none."""
        measure, key = self.gaps[place]
        mine = [i for i, (m, _) in enumerate(self.gaps) if m == measure]
        found = _parent(key, tuple(self.gaps[i][1] for i in mine))
        return mine[found] if found >= 0 else -1

    def to_json(self) -> str:
        """Return it as text that `from_json` reads."""
        plain = asdict(self) | {"without": sorted(self.without), "dropped": sorted(self.dropped)}
        return json.dumps(plain, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> FeatureSpec:
        """Read what `to_json` wrote."""
        said: dict[str, Any] = json.loads(text)
        said |= {name: tuple(tuple(key) for key in said[name]) for name in ("keys", "since")}
        said["gaps"] = tuple((measure, tuple(key)) for measure, key in said["gaps"])
        said |= {n: tuple(said[n]) for n in ("numbers", "codes", "finding_codes", "finding_classes", "unscored")}
        said |= {name: frozenset(said[name]) for name in ("without", "dropped")}
        return cls(**said)


def _parent(key: Key, others: tuple[Key, ...]) -> int:
    mine = columns_within(key)
    within = [(len(columns_within(k)), -i) for i, k in enumerate(others) if columns_within(k) < mine]
    return -max(within)[1] if within else -1


def default_spec(lines: Lines, *, without: frozenset[str] = frozenset(), half_life_days: float = 365.0) -> FeatureSpec:
    """Return the house's specification for these lines: only columns that say anything in them.

    Args:
        lines: the past; no outcome is looked at.
        without: columns to leave out of every feature, as ``{"origin", "departure"}``.
        half_life_days: age at which the past counts half.
    """
    table = lines.table
    usable = [c for c in table.column_names if enters_a_score(c) and c not in without]
    distinct = {c: pc.count_distinct(table[c]).as_py() for c in usable if _is_text(table[c])}
    has = frozenset(c for c, count in distinct.items() if count > 1)
    if "hs" in has:
        has = (has - _same_as_six(table)) | {c for c in HS_LENGTH if c not in without}
    if {"sender", "declarant"} <= has and _says_the_same(table, "sender", "declarant", distinct):
        has -= {"declarant"}
    attributes = sorted(c for c in has if c.startswith("attributes."))
    keys = tuple(dict.fromkeys(k for k in _keys(attributes, distinct, has) if k and set(k) <= has))
    numeric = [c for c in attributes if _is_number(table[c])]
    hs = tuple(c for c in ("hs2", "hs4", "hs6") if c in has)
    goods = tuple(k for k in (("currency",), *(("currency", c) for c in hs), ("currency", "hs6", "origin"))
                  if set(k) <= has | {"currency"} and not set(k) & without)  # fmt: skip
    findings = scored_findings(lines.findings, UNSCORED_CODES)
    return FeatureSpec(
        keys=keys,
        since=tuple(k for k in keys if key_name(k) in _SINCE),
        numbers=(*(n for n in _PLAIN if _varies(lines, n)), *(f"number:{c}" for c in numeric)),
        codes=tuple(c for c in (*_CODES, *attributes) if c in has and distinct[c] <= _FEW and c not in numeric),
        gaps=tuple((measure, key) for measure in ("price", "mass", "value") for key in goods),
        finding_codes=tuple(sorted(c for c in pc.unique(findings["code"]).to_pylist() if c)),
        finding_classes=tuple(sorted(c for c in pc.unique(findings["harm_class"]).to_pylist() if c)),
        without=without,
        half_life_days=half_life_days,
        unscored=UNSCORED_CODES,
    )


#: columns that a number is made of: it is left out where one of them has no value, or the only one has one
_MADE_OF: Mapping[str, tuple[str, ...]] = {
    "mass": ("mass_kg",), "price": ("value", "mass_kg"), "unit_value": ("value", "quantity"),
    "unit_mass": ("mass_kg", "quantity"), "hs_number": ("hs",), "weekday": ("day",),
}  # fmt: skip


def _varies(lines: Lines, number: str) -> bool:
    """Say whether a plain number can differ between lines."""
    if number == "lines":
        return bool(lines.table.num_rows > lines.records)
    if number == "empty":
        return True
    made_of = [pc.count_distinct(lines.table[c]).as_py() for c in _MADE_OF.get(number, (number,))]
    return bool(min(made_of) > 0 and max(made_of) > 1)


_SINCE = frozenset(("importer", "address", "entity", "hs6", "consignor", "hs6+departure+origin"))


def _keys(attributes: Sequence[str], distinct: Mapping[str, int], has: frozenset[str]) -> list[Key]:
    """Return the keys in the order of the documentation; those with columns that say nothing are left out later."""
    tariff = tuple(c for c in _TARIFF if c in has)
    few = [c for c in attributes if distinct[c] <= _FEW * 4]
    route = tuple(c for c in ("departure", "origin") if c in has)
    singles: list[Key] = [("hs2",), ("hs4",), ("hs6",), ("hs",), *((c,) for c in route), ("office",), ("lane",),
                          ("sender",), *((c,) for c in PARTY_COLUMNS), *((c,) for c in few)]  # fmt: skip
    product: list[Key] = [("hs6", *route[1:]), ("hs6", *route), ("hs6", *tariff), ("hs6", *route, *tariff),
                          ("hs2", *route), ("hs4", *route), ("hs4", *route, *tariff), (*route, *tariff)]  # fmt: skip
    party: list[Key] = [(p, h) for p in ("importer", "address", "entity") for h in ("hs2", "hs4", "hs6")]
    party += [(p, "hs4") for p in ("consignor", "declarant", "courier", "sender")]
    party += [(p, *route) for p in ("importer", "entity", "consignor")]
    place: list[Key] = [("office", "hs2"), ("office", "hs4"), ("lane", "hs4"), ("office", "lane"), ("entity", "lane"),
                        ("lane", *route), ("office", *route), ("importer", "office")]  # fmt: skip
    return [*singles, *product, *party, *place]


def _same_as_six(table: pa.Table) -> set[str]:
    """Return the full HS code as a column that says no more than its first six digits, where that is so."""
    longest = pc.max(pc.utf8_length(table["hs"])).as_py() or 0
    return {"hs"} if longest <= HS_LENGTH["hs6"] else set()


def _says_the_same(table: pa.Table, one: str, other: str, distinct: Mapping[str, int]) -> bool:
    """Say whether two columns tell the same lines apart: whoever declares sent the data."""
    pairs = table.select([one, other]).group_by([one, other]).aggregate([]).num_rows
    both_null = pc.any(pc.and_(pc.is_null(table[one]), pc.is_null(table[other]))).as_py()
    return bool(distinct[one] == distinct[other] == pairs - bool(both_null))


def _is_text(column: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def scored_findings(findings: pa.Table, unscored: Sequence[str]) -> pa.Table:
    """Return the findings that may enter a score: no likeness of a party's name that nobody has judged.

    Left out is any party finding that is not deterministic, and the codes in `unscored`.
    """
    if not findings.num_rows:
        return findings
    party = pc.and_(pc.equal(findings["harm_class"], "party"), pc.not_equal(findings["kind"], "deterministic"))
    codes = pa.array(list(unscored), pa.string())
    out = pc.or_(pc.fill_null(party, fill_value=True), pc.is_in(findings["code"], value_set=codes))
    return findings.filter(pc.invert(out))


def _is_number(column: pa.ChunkedArray) -> bool:
    """Say whether an attribute holds numbers of which the size can matter: a rate, not a two-digit code."""
    given = column.drop_null()
    plain = pc.match_substring_regex(given, r"^-?\d+(\.\d+)?$")
    with_point = pc.match_substring(given, ".")
    return bool(len(given)) and bool(np.mean(plain) >= _NUMERIC) and bool(np.any(with_point))
