"""Is a party on a record one that an official list names?

`listed.py` holds the listed names and their index, `lookup.py` is the one engine that asks them: for the check
(`check.py`), for the command line and for Python. `calibration.py` says what a likeness of names is worth as shipped,
`thresholds.py` on the user's own traffic; `corroboration.py` what birth, place and papers say beside the name;
`clearings.py` and `settling.py` what people decided about a pair; `rescreen.py` what a new list version touches. The
method is on the page `docs/methods/name-matching.md`.

A hit says that two names are alike, not that two people are one. It is shown to a person who decides; until
then it enters no score of risk.
"""

from counterflow.screen.parties.check import PartyCheck, make
from counterflow.screen.parties.lookup import PartyLookup

__all__ = ["PartyCheck", "PartyLookup", "make"]
