"""What is met in a text, place by place, and what it comes to per substance."""

from __future__ import annotations

from dataclasses import dataclass

from counterflow.reference.registry import Substance
from counterflow.screen.substances.context import Context
from counterflow.screen.substances.numbers import CasNumber
from counterflow.screen.substances.quantity import Amount

__all__ = ["MOST_SPANS", "Mention", "Place", "WrongNumber"]

#: A mention lists no more places than this; `Mention.places` counts all.
MOST_SPANS = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """One place in one text where a substance is named.

    Args:
        start: first character, from 0.
        end: one past the last.
        written: how it is written, a key of `strength.BASES`.
        ambiguity: of the name; 0 for a number.
        disguised: whether the name had to be read out of a disguise.
        misspelt: the name that it is read as, one letter away; empty where it is written as listed.
    """

    start: int
    end: int
    written: str
    ambiguity: int
    disguised: bool = False
    misspelt: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """One substance met in one text: its strongest place, and where all of them are.

    Args:
        row: position of the text.
        substance: what is named.
        start: first character, from 0.
        end: one past the last.
        matched: the text met.
        written: how it is written, a key of `strength.BASES`.
        ambiguity: ambiguity of the name; 0 for a number.
        context: the words beside it.
        strength: by the rules of `strength.py`.
        places: how often the text names the substance.
        disguised: whether the name had to be read out of a disguise.
        spans: start and end of every place in order, the first 1,000.
        misspelt: the listed name that the place is read as, one letter away; empty where it is written as listed.
            Where the same letters come as near to a name of another substance, both are mentioned with ambiguity 2.
        amount: how much the text says there is of it: the quantity nearest to the place; None where it tells none.
    """

    row: int
    substance: Substance
    start: int
    end: int
    matched: str
    written: str
    ambiguity: int
    context: Context
    strength: float
    places: int
    disguised: bool
    spans: tuple[tuple[int, int], ...] = ()
    misspelt: str = ""
    amount: Amount | None = None


@dataclass(frozen=True, slots=True)
class WrongNumber:
    """A number called a CAS number that fails its check digit; `meant`: the substance one digit away."""

    row: int
    number: CasNumber
    meant: Substance | None
