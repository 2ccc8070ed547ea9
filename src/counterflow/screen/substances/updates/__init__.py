"""Updates of the registry from official lists: what a list adds, removes, moves and renames; accepted by a person.

`official_list.py` reads a file, `registered.py` puts the registry's side beside it, `compare.py` tells the difference,
`proposal.py` says what would change, `choice.py` what of it is taken, `acceptance.py` keeps what a person accepted. How
to do it is on the page `docs/how-to/update-lists-of-substances.md`.
"""

from counterflow.screen.substances.updates.acceptance import (
    Accepted,
    accept,
    accepted_updates,
    listed_updates,
    take_back,
)
from counterflow.screen.substances.updates.choice import chosen, picked
from counterflow.screen.substances.updates.compare import Difference, compare
from counterflow.screen.substances.updates.entry import Entry, name_keys
from counterflow.screen.substances.updates.official_list import OfficialList, Rejected, read_official_list
from counterflow.screen.substances.updates.proposal import COLUMNS, Proposal, propose, rows_of

__all__ = [
    "COLUMNS",
    "Accepted",
    "Difference",
    "Entry",
    "OfficialList",
    "Proposal",
    "Rejected",
    "accept",
    "accepted_updates",
    "chosen",
    "compare",
    "listed_updates",
    "name_keys",
    "picked",
    "propose",
    "read_official_list",
    "rows_of",
    "take_back",
]
