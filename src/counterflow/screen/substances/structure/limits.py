"""What is refused before a chemistry toolkit sees it, and how long one structure may take.

A SMILES is text from strangers. RDKit 2026.09 ends the whole process by a stack overflow on a chain of 100,000 atoms
and needs seconds for one of 10,000, and nothing can stop it once it runs; so length, components, atoms and rings are
counted on the text. What passes is read in well under a second (`benchmarks/bench_substance_structures.py`). Between
steps a deadline is looked at as well, so that a slow case is told as `timeout` and costs no more.

>>> too_much("CC(=O)Oc1ccccc1C(=O)O") is None
True
>>> too_much("CCO>>CC=O").reason
'a reaction, not one substance'
>>> too_much("[R1]c1ccccc1").kind
'wildcard'
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

__all__ = [
    "MAX_ATOMS",
    "MAX_CHARACTERS",
    "MAX_COMPONENTS",
    "MAX_RINGS",
    "MAX_SECONDS",
    "Deadline",
    "Unreadable",
    "too_much",
]

#: Characters of a SMILES; listed substances need fewer than 200, approved peptides up to 2,000.
MAX_CHARACTERS = 4_000
#: Atoms that are written, over all components, hydrogens among them.
MAX_ATOMS = 1_000
#: Parts between dots.
MAX_COMPONENTS = 64
#: Pairs of ring-closure digits; fullerene C60 has 31.
MAX_RINGS = 60
#: Seconds for the steps of one structure together.
MAX_SECONDS = 0.8

_ALPHABET = re.compile(r"[A-Za-z0-9@+\-\[\]()\\/#$=%.:]+")
#: R-groups, any-atoms and the signs of queries, which stand for many structures.
_VARIABLE = re.compile(r"\*|\[R\d*\]|\[\d*[AQXMGZ]H?\d*\]|\[(?:R[A-Z0-9]|Pol)|[~!;&,]|\$\(")
#: What of these is made of signs that a SMILES may have.
_LABELLED = re.compile(r"\[(?:R\d*\]|\d*[AQXMGZ]H?\d*\]|R[A-Z0-9]|Pol)|\$\(")
_BRACKETS = re.compile(r"\[[^\]]*\]?")
_CLOSURES = re.compile(r"%\d\d|\d")
_ATOMS = re.compile(r"\[|[BCNOPSFIbcnops]")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text that is not read as one structure.

    Args:
        text: the text, cut to 120 characters.
        reason: why, for the person who gave it.
        kind: empty | too-long | too-large | wildcard | syntax | valence | timeout.
    """

    text: str
    reason: str
    kind: str

    @classmethod
    def of(cls, text: str, kind: str, reason: str) -> Unreadable:
        """Return the refusal of a text of any length."""
        return cls(text[:120], reason, kind)


class Deadline:
    """The time one structure has; asked between steps.

    Args:
        seconds: from now on.
    """

    __slots__ = ("_end",)

    def __init__(self, seconds: float = MAX_SECONDS) -> None:
        self._end = time.perf_counter() + seconds

    def passed(self) -> bool:
        """Say whether the time is over."""
        return time.perf_counter() > self._end


def too_much(smiles: str) -> Unreadable | None:
    """Say why a SMILES is not given to the toolkit at all; None where it may be.

    Args:
        smiles: the text without white space around it.
    """
    if not smiles:
        return Unreadable("", "no structure given", "empty")
    if len(smiles) > MAX_CHARACTERS:
        return Unreadable.of(smiles, "too-long", f"{len(smiles):,} characters; up to {MAX_CHARACTERS:,} are read")
    if ">" in smiles:
        return Unreadable.of(smiles, "syntax", "a reaction, not one substance")
    usual = _ALPHABET.fullmatch(smiles) is not None
    if (_LABELLED if usual else _VARIABLE).search(smiles):
        return Unreadable.of(smiles, "wildcard", "a pattern with variable parts, not one structure")
    if not usual:
        return Unreadable.of(smiles, "syntax", f"{_first_foreign(smiles)!r} is no sign of a SMILES")
    return _too_large(smiles)


def _first_foreign(smiles: str) -> str:
    known = _ALPHABET.match(smiles)
    return smiles[known.end() if known else 0]


def _too_large(smiles: str) -> Unreadable | None:
    parts = smiles.count(".") + 1
    if parts > MAX_COMPONENTS:
        return Unreadable.of(smiles, "too-large", f"{parts} components; up to {MAX_COMPONENTS} are read")
    if len(smiles) <= 2 * MAX_RINGS:  # an atom needs one sign, a pair of ring closures two
        return None
    outside = _BRACKETS.sub("[", smiles) if "[" in smiles else smiles
    atoms = len(_ATOMS.findall(outside))
    if atoms > MAX_ATOMS:
        return Unreadable.of(smiles, "too-large", f"{atoms:,} atoms; up to {MAX_ATOMS:,} are read")
    rings = len(_CLOSURES.findall(outside)) // 2
    if rings > MAX_RINGS:
        return Unreadable.of(smiles, "too-large", f"{rings} ring closures; up to {MAX_RINGS} are read")
    return None
