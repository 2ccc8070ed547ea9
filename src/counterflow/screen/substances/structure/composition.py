"""Which elements a SMILES is made of, counted on its text: a sieve that costs no chemistry.

>>> elements("[Na+].Cl[13CH2][2H]")
['Na', 'Cl', 'C']
>>> weight(elements("OCC")) == weight(elements("CCO")) != weight(elements("CCN"))
True
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from hashlib import sha256

__all__ = ["atom_weight", "elements", "weight"]

_ATOM = re.compile(r"\[\d*(se|as|te|si|[A-Z][a-z]?|[a-z])[^\]]*\]|(Cl|Br|[BCNOPSFIbcnops])")


def elements(smiles: str) -> list[str]:
    """Return the elements of the heavy atoms of a SMILES, in the order written.

    Args:
        smiles: a SMILES that was read before.
    """
    found = [(bracketed or plain).capitalize() for bracketed, plain in _ATOM.findall(smiles)]
    return [symbol for symbol in found if symbol != "H"]


@cache
def atom_weight(symbol: str) -> int:
    """Return the number that stands for an element, of 56 bits: the same in every run and on every machine."""
    return int.from_bytes(sha256(symbol.encode()).digest()[:7])


def weight(symbols: Iterable[str]) -> int:
    """Return one number for how many atoms there are of each element: the sum of theirs, as a machine adds it.

    Different compositions could have the same number, in theory: whoever relies on it must look again.
    """
    return (sum(map(atom_weight, symbols)) + 2**63) % 2**64 - 2**63
