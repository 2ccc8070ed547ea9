"""A declared HS code as evidence: it fits what was met, or belongs elsewhere, or itself names listed things only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from counterflow.reference.own_subheadings import own_subheadings
from counterflow.reference.registry import Registry
from counterflow.screen.substances.evidence import SHOWN, Fault, Item, Weight

__all__ = ["read_hs"]

_SUBHEADING, _CHAPTER = 6, 2
#: Where medicines and diagnostic goods may lawfully stand whatever their substance.
_PREPARATIONS = ("3002", "3003", "3004", "3006", "3822")


def read_hs(item: Item, value: str, registry: Registry, holders: Mapping[str, Sequence[str]]) -> None:
    """Add what a declared code says to an item whose other fields have been read.

    Args:
        item: what was met so far.
        value: the code as declared, with or without dots.
        registry: where substances have their HS codes.
        holders: six digits to the substances that stand there.
    """
    digits = "".join(re.findall(r"[0-9]", value))
    place = [(0, len(value))]
    if len(digits) < _CHAPTER:
        words = f"“{value.strip()[:SHOWN]}” is no HS code: two, four or six digits and more"
        item.faults.append(Fault("hs", f"hs:0-{len(value)}", words))
        return
    code = digits[:_SUBHEADING]
    sure = [s for s, met in item.met.items() if met.weight is Weight.SURE]
    fitting = [s for s in sure if any(own.startswith(code) for own in registry.hs_codes.get(s, ()))]
    for substance in fitting:
        item.met[substance].spans.append(f"hs:0-{len(value)}")
    if not fitting and not code.startswith(_PREPARATIONS):
        item.notes += [_elsewhere(substance, code, registry) for substance in sure if registry.hs_codes.get(substance)]
    named = own_subheadings().get(code)
    if named is None or fitting:
        return
    words = f"HS {_dotted(code)} is for {named}; no other field names it"
    held = holders.get(code, ())
    if len(held) == 1:
        item.add("hs", held[0], Weight.DOUBTFUL, place, words)
    else:
        item.faults.append(Fault("hs", f"hs:0-{len(value)}", words))


def _elsewhere(substance: str, code: str, registry: Registry) -> str:
    own = ", ".join(_dotted(o) for o in registry.hs_codes[substance])
    return f"declared is HS {_dotted(code)}, {registry.substances[substance].name} belongs to {own}"


def _dotted(code: str) -> str:
    return f"{code[:4]}.{code[4:]}" if len(code) == _SUBHEADING else code
