"""What published tables call a drug, as the registry of substances names it; what it does not know keeps its own words.

Only a whole name counts, and only one that means one substance: nothing is guessed from a part or from how near two
words look. A class ("opioids", "benzodiazepines") is no substance and keeps the source's words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from counterflow.matching.automaton import fold
from counterflow.reference.registry import load_registry

__all__ = ["Named", "icd_subject", "subject_of"]

#: a name that is an ordinary word or often something else (3) is no substance in a table of drugs either
_TOO_VAGUE = 3
#: words that only say how far the laboratory went, after which the substance is the same
_SALTS = (" SALT UNDETERMINED", ",")
#: ICD-10 codes of the multiple causes of death that name one substance (WHO ICD-10, 2019, chapter XIX, T36-T50)
_ICD = {"T40.1": "heroin", "T40.3": "methadone", "T40.5": "cocaine", "T40.7": "cannabis", "T40.8": "lsd"}


@dataclass
class Named:
    """Counts the names met that the registry does not know.

    Args:
        unknown: each such name with how often it was asked for.
    """

    unknown: dict[str, int] = field(default_factory=dict)

    def subject(self, name: str) -> str:
        """Return the registry's id of a name, else the name as the source writes it, counted."""
        found = subject_of(name)
        if found is not None:
            return found
        plain = " ".join(name.split())
        self.unknown[plain] = self.unknown.get(plain, 0) + 1
        return plain

    def words(self, what: str = "names") -> tuple[str, ...]:
        """Return what has to be said of names that stayed as they are."""
        if not self.unknown:
            return ()
        shown = ", ".join(sorted(self.unknown)[:6])
        more = f" and {len(self.unknown) - 6} more" if len(self.unknown) > 6 else ""
        return (
            f"{len(self.unknown)} {what} are not in the registry and stay as the source writes them: {shown}{more}",
        )


def subject_of(name: str) -> str | None:
    """Return the registry's id of the one substance that a whole name means, or None.

    >>> subject_of("Heroin"), subject_of("Khat (Catha Edulis)"), subject_of("Other Drugs**")
    ('heroin', 'khat', None)
    >>> subject_of("FENTANYL, SALT UNDETERMINED")
    'fentanyl'
    """
    plain = name.strip().removesuffix(_SALTS[0]).rstrip(_SALTS[1])
    for each in _readings(plain):
        found = _by_name().get(" ".join(fold(each).split()))
        if found:
            return found
    return None


def icd_subject(code: str) -> str | None:
    """Return the substance that an ICD-10 code of the multiple causes of death names alone, or None for a class.

    >>> icd_subject("T40.1"), icd_subject("T40.4")
    ('heroin', None)
    """
    found = _ICD.get(code.strip().upper())
    return found if found in load_registry().substances else None


def _readings(name: str) -> Iterable[str]:
    """Yield a name, and where it explains itself in brackets at its end, the part before if both mean the same."""
    yield name
    before, bracket, inside = name.partition(" (")
    if bracket and inside.endswith(")") and before:
        one, other = (_by_name().get(" ".join(fold(part).split())) for part in (before, inside[:-1]))
        if one and (other is None or other == one):
            yield before


@cache
def _by_name() -> dict[str, str]:
    """Return folded names to the one substance each means."""
    found: dict[str, set[str]] = {}
    for name in load_registry().names:
        if name.ambiguity < _TOO_VAGUE:
            found.setdefault(" ".join(fold(name.text).split()), set()).add(name.substance)
    return {text: next(iter(ids)) for text, ids in found.items() if len(ids) == 1}
