"""Across firms: the same buyer split over suppliers, found without either supplier showing its file.

`keys.py` writes identifiers one way; `curve.py` and `protocol.py` are the matching; `letters.py` and `held.py` what is
carried and what is kept; `queries.py` who may ask how often; `combined.py` what the months of a shared buyer sum to.
"""

from counterflow.orders.across.combined import combined
from counterflow.orders.across.keys import identifiers, read_keys
from counterflow.orders.across.pairs import PAIR, Party, match_pairs

__all__ = ["PAIR", "Party", "combined", "identifiers", "match_pairs", "read_keys"]
