"""Whether two names can be one person's, for acts that need two.

Names are what people typed: nothing here proves who acted. It keeps one person from passing as two by writing the
name in another way.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["folded", "same_person"]


def same_person(one: str, other: str) -> bool:
    """Whether two names are the same as written, but for case, accents, dots, blanks, order and lookalike letters.

    >>> same_person("A. Meïer", " a meier "), same_person("A. Meier", "Meier, A."), same_person("A. Meier", "B. Meier")
    (True, True, False)
    >>> same_person("A. Meier", "\N{CYRILLIC CAPITAL LETTER A}. Meier")
    True
    """
    return not _forms(one).isdisjoint(_forms(other))


#: letters of other scripts that look like a Latin one, as capitals and as small letters (own table, after the idea of
#: Unicode Technical Standard #39, section 4)
_LOOKALIKES = str.maketrans(
    "АВЕЅZІЈКМНОРСТУХԚԜӀΑΒΕΖΗΙΚΜΝΟΡΤΥΧаеѕіјорсухһӏԁԛԝνοραικυτχɑıɡ",
    "ABESZIJKMHOPCTYXQWIABEZHIKMNOPTYXaesijopcyxhldqwvopaikutxaig",
)


def _forms(name: str) -> set[str]:
    """Return the ways a name reads: run together, and its words in alphabetical order; as it is and by its looks."""
    plain = unicodedata.normalize("NFKC", name)
    return {form for text in (plain, plain.translate(_LOOKALIKES)) for form in (folded(text), _in_order(text))}


def _in_order(name: str) -> str:
    return "".join(sorted(folded(word) for word in re.split(r"[\s.,;]+", name)))


def folded(name: str) -> str:
    """Return a name without case, accents, blanks and signs; "" where nothing is left."""
    # styled letters become plain ones first: only those have a small form
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return "".join(c for c in apart if c.isalnum())
