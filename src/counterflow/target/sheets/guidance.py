"""What the sheet tells the officer to look for, and how to stay safe doing it.

The words help an officer recognise what a record may hold. They say nothing about which detail would have
kept the record off the sheet.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["SAFETY", "look_for"]

#: shown on every sheet; summaries and extracts of the statement were read, the journal reference is recalled
SAFETY = {
    "text": (
        "Carry naloxone and give it without delay to anyone who breathes slowly or cannot be woken; call for "
        "help and stay. Brief skin contact with fentanyl does not cause overdose: wear nitrile gloves, wash "
        "with water, not with alcohol gel."
    ),
    "source": (
        "ACMT and AACT, Position Statement: Preventing Occupational Fentanyl and Fentanyl Analog Exposure to "
        "Emergency Responders, 12 July 2017 (Moss et al., Clinical Toxicology 2018;56(4):297-300)"
    ),
}

_BY_CLASS = {
    "drug": (
        "Powder, tablets, patches, blotters or vials; compare labels and weight with the papers.",
        "A presumptive test is no find: seal a sample for the laboratory and record presumptive.",
    ),
    "precursor": (
        "Drums, bags or bottles of chemicals; read hazard labels and CAS numbers on the inner packing.",
        "Ask for the registration or import permit and the stated end use; open nothing that fumes.",
    ),
    "equipment": (
        "Tablet or capsule machines and their parts: dies, punches, turrets; note marks cut into tools.",
        "Ask who it is for; regulated machines need a report of the sale or import.",
    ),
    "party": (
        "Compare the party with the list row: full name, address, date of birth or number.",
        "An equal name is not an equal person; a named officer decides, and writes down on what.",
    ),
    "weapon": ("Dense metal parts on the image; frames, slides, magazines, ammunition.",),
    "cash": ("Bundled notes, cards or coin in linings and false bottoms; count before two people.",),
    "declaration": ("Compare what lies inside with the goods text, the HS code, the number and the mass.",),
    "revenue": ("Compare value, origin and tariff class with invoice and packing list.",),
    "data": ("Complete the missing fields from papers and labels, and say who sent them incomplete.",),
}

_BY_CODE = {
    "stop-word-isolated": "The goods text says nothing: describe what is inside in the outcome note.",
    "hs-goods": "The declared HS chapter and the goods text disagree: which one is true?",
    "mass-over-limit": "Weigh it: the declared mass cannot be right for its kind.",
}
_IN_ITS_LIKE = (
    "Something was found in its like where nobody expected it: inspect it fully, and write down what it held."
)
_AT_RANDOM = "Drawn at random: inspect it as fully as any other, also when nothing seems amiss."


def look_for(arm: str, classes: Iterable[str], codes: Iterable[str]) -> list[str]:
    """Return what to look for in one record, the graver first.

    Args:
        arm: its arm.
        classes: harm classes of its findings.
        codes: codes of its findings.

    >>> look_for("random", [], [])[0].startswith("Drawn at random")
    True
    """
    known = set(classes)
    lines = [line for name, lines in _BY_CLASS.items() if name in known for line in lines]
    lines += [_BY_CODE[code] for code in dict.fromkeys(codes) if code in _BY_CODE]
    told = {"random": [_AT_RANDOM], "followup": [_IN_ITS_LIKE]}
    return [*told.get(arm, []), *lines]
