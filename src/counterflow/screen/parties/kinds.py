"""What kind of party a name belongs to: a person, an organisation, a vessel, an aircraft; or nobody says.

Lists and records say it in the words of FollowTheMoney (Person, Organization, Company, LegalEntity, Vessel …). Where
a record says nothing, a company form or a word of trade in the name makes it an organisation; else it stays open.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UnknownName
from counterflow.matching.normalise import rules

__all__ = ["AIRCRAFT", "KINDS", "OPEN", "ORGANISATION", "PERSON", "SCHEMAS", "VESSEL", "infer_kinds", "kind_of_schema"]

Kinds = npt.NDArray[np.int8]

PERSON, ORGANISATION, VESSEL, AIRCRAFT, OPEN = range(5)
#: What each kind is called.
KINDS = ("person", "organisation", "vessel", "aircraft", "party")
#: Schema to kind. A LegalEntity may be a person or an organisation.
SCHEMAS = {
    "Person": PERSON, "Organization": ORGANISATION, "Company": ORGANISATION, "PublicBody": ORGANISATION,
    "LegalEntity": OPEN, "Vessel": VESSEL, "Aircraft": AIRCRAFT, "Airplane": AIRCRAFT,
}  # fmt: skip
_TELLING = 5  # letters of a word of trade that no given name or particle has
_BY_FOLDED = {name.casefold(): kind for name, kind in SCHEMAS.items()}


def kind_of_schema(schema: str | None) -> int:
    """Return the kind that a schema stands for; `OPEN` where there is none.

    Raises:
        UnknownName: a schema that nobody knows; the nearest ones are shown.

    >>> KINDS[kind_of_schema("company")]
    'organisation'
    """
    if not schema or not schema.strip():
        return OPEN
    kind = _BY_FOLDED.get(schema.strip().casefold())
    if kind is None:
        raise UnknownName("schema", schema, SCHEMAS)
    return kind


def infer_kinds(tokens: Sequence[Sequence[str]]) -> Kinds:
    """Return the kind that the words of each name speak for: an organisation, or open.

    Short words of trade (`de`, `and`) stand in names of people too and say nothing.

    >>> [KINDS[kind] for kind in infer_kinds([["acme", "trading"], ["maria", "perez"]])]
    ['organisation', 'party']
    """
    telling = rules().legal_classes | {word for word in rules().generic if len(word) >= _TELLING}
    found = (ORGANISATION if not telling.isdisjoint(words) else OPEN for words in tokens)
    return np.fromiter(found, dtype=np.int8, count=len(tokens))
