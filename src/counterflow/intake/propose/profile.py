"""What stands in a column: how full, how varied, and what its values can be read as."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.intake.convert.values import ValueReader, as_text
from counterflow.intake.mapping.model import FieldRule
from counterflow.intake.mapping.targets import Kind

__all__ = ["ColumnProfile", "profile_column"]

_DATE_FORMATS = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d-%b-%Y",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M", "%Y%m%d%H%M", "%Y/%m/%d %H:%M",
)  # fmt: skip
#: values looked at in each column
_LOOKED_AT = 2_000


@dataclass(frozen=True)
class ColumnProfile:
    """One column of a sample.

    Args:
        name: its header.
        rows: rows in the sample.
        filled: rows that hold something.
        distinct: different values among them.
        values: distinct values, the first ones met.
    """

    name: str
    rows: int
    filled: int
    distinct: int
    values: pa.Array

    @property
    def filled_share(self) -> float:
        """Return the share of rows that hold something."""
        return self.filled / self.rows if self.rows else 0.0

    def valid_share(self, rule: FieldRule) -> float:
        """Return the share of distinct values that can be read under a rule."""
        if not len(self.values):
            return 0.0
        made = ValueReader(rule).read(self.values)
        return 1.0 - (float(np.mean(made.bad)) if made.bad is not None else 0.0)

    def best_rule(self, target: str, kind: Kind) -> tuple[FieldRule, float, str]:
        """Return the rule under which most values can be read, their share, and a remark where a person must look."""
        plain = FieldRule(target=target, columns=(self.name,), kind=kind)
        tried = [(rule, self.valid_share(rule)) for rule in _variants(plain)]
        top = max(share for _, share in tried)
        best = [rule for rule, share in tried if share == top]
        chosen, remark = best[0], ""
        rivals = [r.formats[0] for r in best if r.formats]
        if kind in {"date", "instant"} and len(rivals) > 1 and not _same_values(self.values, best):
            remark = f"CHECK: {' and '.join(rivals[:2])} both read every value, as different days"
        elif kind in {"number", "mass"} and len(best) > 1 and not _same_values(self.values, best):
            remark = "CHECK: the mark in it may be for decimals or for thousands; both read every value, differently"
        elif chosen.hs_pad:
            remark = "some codes have lost a leading zero; hs_pad gives it back and counts it"
        elif top < 1.0:
            remark = f"{1 - top:.1%} of the distinct values cannot be read and would go to quarantine"
        return chosen, top, remark

    def day_formats(self, target: str, kind: Kind) -> tuple[str, ...]:
        """Return the formats that read as many of the values as any other does; "" is ISO 8601."""
        plain = FieldRule(target=target, columns=(self.name,), kind=kind)
        tried = [(rule, self.valid_share(rule)) for rule in _variants(plain)]
        top = max(share for _, share in tried)
        return tuple(rule.formats[0] if rule.formats else "" for rule, share in tried if share == top and top > 0)


def profile_column(name: str, column: pa.Array) -> ColumnProfile:
    """Return the profile of one column of a sample."""
    text = as_text(column).drop_null()
    distinct = pc.unique(text)
    return ColumnProfile(name, len(column), len(text), len(distinct), distinct[:_LOOKED_AT])


def _variants(rule: FieldRule) -> Iterator[FieldRule]:
    """Yield the ways in which a rule could read its column, the plainest first."""
    yield rule
    if rule.kind in {"date", "instant"}:
        for form in _DATE_FORMATS:
            yield replace(rule, formats=(form,))
    elif rule.kind in {"number", "mass"}:
        yield replace(rule, decimal=",")
        yield replace(rule, decimal=",", thousands=".")
        yield replace(rule, thousands=",")
    elif rule.kind == "hs":
        yield replace(rule, hs_pad=True)
    elif rule.target in {"departure", "origin", "destination"}:
        yield replace(rule, kind="locode")


def _same_values(values: pa.Array, rules: list[FieldRule]) -> bool:
    read = [ValueReader(rule).read(values).values for rule in rules]
    return all(one.equals(read[0]) for one in read[1:])
