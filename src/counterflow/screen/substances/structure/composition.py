"""Which elements a SMILES is made of, counted on its text: a sieve that costs no chemistry.

>>> weight("OCC") == weight("C[13CH2][OH]") != weight("CCN")
True
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from hashlib import sha256

__all__ = ["atom_weight", "atom_weights", "weight"]

_ATOM = re.compile(r"\[[^\]]*\]|Cl|Br|[BCNOPSFIbcnops]")
_IN_BRACKETS = re.compile(r"\[\d*(se|as|te|si|[A-Z][a-z]?|[a-z])")


def atom_weights(smiles: str) -> list[int]:
    """Return the numbers of the heavy atoms of a SMILES, in the order written.

    Args:
        smiles: a SMILES that was read before.
    """
    weights = [_weight_of(written) for written in _ATOM.findall(smiles)]
    return [number for number in weights if number] if 0 in weights else weights


@lru_cache(maxsize=4096)
def _weight_of(written: str) -> int:
    """Return the number of an atom as written; 0 for hydrogen."""
    bracketed = _IN_BRACKETS.match(written)
    symbol = (bracketed[1] if bracketed else written.strip("[]")).capitalize()
    return atom_weight(symbol) if symbol != "H" else 0


@cache
def atom_weight(symbol: str) -> int:
    """Return the number that stands for an element, of 48 bits, so that those of a molecule add up within 64."""
    return int.from_bytes(sha256(symbol.encode()).digest()[:6])


def weight(smiles: str) -> int:
    """Return one number for how many heavy atoms a SMILES has of each element: the sum of theirs.

    Different compositions could have the same number, in theory: whoever relies on it must look again.
    """
    return sum(atom_weights(smiles))
