"""Is a party on a record one that an official list names?

`listed.py` holds the listed names and their index, `calibration.py` what a likeness of names is worth, and
`check.py` makes the findings. The method is on the page `docs/methods/name-matching.md`.

A hit says that two names are alike, not that two people are one. It is shown to a person who decides; until
then it enters no score of risk.
"""

from counterflow.screen.parties.check import PartyCheck, make

__all__ = ["PartyCheck", "make"]
