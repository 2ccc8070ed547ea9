"""What kind of thing was ordered, by class only: the registry's family and list, or equipment for tablets.

The classes say nothing of how anything is made. They are the registry's own: a family of listed precursors, precursors
of several families, solvents, acids, controlled substances; and, by the words of the item, machines and tooling for
tablets and capsules, and the binders and empty capsules that stand beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pyarrow as pa

from counterflow.matching.automaton import TermAutomaton
from counterflow.reference.goods_tables import load_goods_tables
from counterflow.reference.registry import load_registry
from counterflow.reference.registry_tables import Substance

__all__ = ["CLASS_WORDS", "describe"]

#: class to its words; a precursor of one family has the class `family:<name>`
CLASS_WORDS: dict[str, str] = {
    "general": "precursors of several families",
    "solvents": "listed solvents",
    "acids": "listed acids",
    "controlled": "controlled substances",
    "machine": "machines or tooling for tablets and capsules",
    "supply": "binders or empty capsules",
}
#: lists that make a chemical a listed one; a substance on watch alone is none
_LISTS = ("un-1988", "us-chemicals", "eu-precursors", "cn-precursors", "mx-precursors", "gb-precursors")


def describe(lines: pa.Table) -> pa.Table:
    """Return a row for each distinct product and item: product, item, listed, class, equipment.

    Args:
        lines: with columns product and item.
    """
    pairs = lines.select(["product", "item"]).group_by(["product", "item"]).aggregate([])
    products, items = pairs.column("product").to_pylist(), pairs.column("item").to_pylist()
    equipment = _equipment(items)
    known = [_substance(product) for product in products]
    classes = [_class_of(one, group) for one, group in zip(known, equipment, strict=True)]
    return pa.table(
        {
            "product": pairs.column("product"),
            "item": pairs.column("item"),
            "listed": pa.array([_is_listed(one) for one in known], pa.bool_()),
            "class": pa.array(classes, pa.string()),
            "equipment": pa.array(equipment, pa.string()),
        }
    )


@cache
def _by_name() -> Mapping[str, Substance]:
    substances = load_registry().substances
    return {one.name.casefold(): one for one in substances.values()} | dict(substances)


def _substance(product: str) -> Substance | None:
    return _by_name().get(product) or _by_name().get(product.casefold())


def _is_listed(one: Substance | None) -> bool:
    """Say whether it is a controlled substance, or stands on a list of precursors."""
    if one is None:
        return False
    return one.grade == "drug" or any(c.instrument in _LISTS for c in load_registry().controls.get(one.id, ()))


def _class_of(one: Substance | None, equipment: str | None) -> str | None:
    """Return the class of one product; None where it has none.

    >>> _class_of(_substance("acetone"), None), _class_of(_substance("p2p"), None)
    ('solvents', 'family:amphetamine-type')
    """
    if one is None:
        return {"machine": "machine", "tooling": "machine", "supply": "supply"}.get(equipment or "")
    if one.grade == "drug":
        return "controlled"
    if one.grade == "solvent":
        return "acids" if one.name.casefold().endswith("acid") else "solvents"
    if one.grade == "precursor":
        return "general" if one.family in ("general", "other") else f"family:{one.family}"
    return None


@cache
def _lexicon() -> tuple[TermAutomaton, tuple[str, ...]]:
    terms = load_goods_tables().equipment
    return TermAutomaton([term.term for term in terms]), tuple(term.group for term in terms)


def _equipment(items: list[str]) -> list[str | None]:
    """Return the group of equipment that each item names: machine, tooling, related, supply, or None."""
    automaton, groups = _lexicon()
    rank = {"innocent": 0, "supply": 1, "related": 2, "machine": 3, "tooling": 4}
    met: dict[int, set[str]] = {}
    for row, term, _start, _end in automaton.find(items):
        met.setdefault(row, set()).add(groups[term])
    best = {row: max(found, key=rank.__getitem__) for row, found in met.items() if "innocent" not in found}
    return [best.get(row) for row in range(len(items))]
