"""Which elements a SMILES is made of, counted on its text: a sieve that costs no chemistry.

>>> composition("CC(=O)Oc1ccccc1C(=O)O"), composition("[Na+].Cl[13CH2][2H]")
('C9O4', 'C1Cl1Na1')
"""

from __future__ import annotations

import re
from collections import Counter

__all__ = ["composition"]

_ATOM = re.compile(r"\[\d*(se|as|te|si|[A-Z][a-z]?|[a-z])[^\]]*\]|(Cl|Br|[BCNOPSFIbcnops])")


def composition(smiles: str) -> str:
    """Return the heavy atoms of a SMILES, as "C9O4"; hydrogen and isotopes do not count.

    Args:
        smiles: a SMILES that was read before.
    """
    counted = Counter((bracketed or plain).capitalize() for bracketed, plain in _ATOM.findall(smiles))
    counted.pop("H", None)
    return "".join(f"{symbol}{count}" for symbol, count in sorted(counted.items()))
