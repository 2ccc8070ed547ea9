"""Which elements a SMILES is made of, counted on its text: a sieve that costs no chemistry.

>>> composition(elements("CC(=O)Oc1ccccc1C(=O)O")), composition(elements("[Na+].Cl[13CH2][2H]"))
('C9O4', 'C1Cl1Na1')
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

__all__ = ["composition", "elements"]

_ATOM = re.compile(r"\[\d*(se|as|te|si|[A-Z][a-z]?|[a-z])[^\]]*\]|(Cl|Br|[BCNOPSFIbcnops])")


def elements(smiles: str) -> list[str]:
    """Return the elements of the heavy atoms of a SMILES, in the order written.

    Args:
        smiles: a SMILES that was read before.
    """
    found = [(bracketed or plain).capitalize() for bracketed, plain in _ATOM.findall(smiles)]
    return [symbol for symbol in found if symbol != "H"]


def composition(symbols: Iterable[str]) -> str:
    """Return how many atoms there are of each element, as "C9O4"."""
    return "".join(f"{symbol}{count}" for symbol, count in sorted(Counter(symbols).items()))
