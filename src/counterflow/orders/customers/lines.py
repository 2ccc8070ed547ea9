"""What a customer's own words say of its business, as far as one point or another needs to know it.

Own lists of words in the languages met most; a word that is not here says nothing, and then nothing is asked for it.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["CARE", "is_vague", "line_kind", "says_none", "sells_on"]

CARE, NO_MEDICINE, HOUSEHOLD = "care", "no medicine", "household"

#: In order: the first that is found counts, so that a "pharmaceutical wholesaler" is no shop.
_LINES = (
    ("", re.compile(r"pharmaceutic|wholesal|distribut|gro(ß|ss)handel|laborator|universit|research|forschung|chemi")),
    (
        CARE,
        re.compile(
            r"pharmac|apothe|farmac|drug ?store|hospital|klinik|clinic|practi(c|t)|arzt|physician|doctor|dent(al|ist)"
            r"|veterin|tier(arzt|klinik)|hospice|nursing|mid.?level|treatment program|ambulan|surger"
        ),
    ),
    (
        NO_MEDICINE,
        re.compile(
            r"paint|coating|lack|varnish|plastic|resin|adhesive|rubber|clean|reinigung|construct|bau(unternehm|firma)"
            r"|metal|mining|oil|refiner|water|textile|leather|electronic|semiconductor|battery|agricultur|farm\b|print"
            r"|glass|paper|automotive|machine"
        ),
    ),
    (
        HOUSEHOLD,
        re.compile(
            r"salon|hairdress|friseur|barber|restaurant|grocer|cater|cloth|fashion|gift|toy|furniture|florist|travel"
            r"|real estate|freight|courier|logistic|forward|spedition|transport|export.?import|import.?export"
            r"|general trad|souvenir|tobacco|online (shop|retail|store)|web ?shop|e-?commerce"
        ),
    ),
)  # fmt: skip
_TOLD = {CARE: "care of patients", NO_MEDICINE: "industry", HOUSEHOLD: "trade or services"}
_VAGUE = re.compile(
    r"(n\.?/?a\.?|none|unknown|various|varied|general(\s+(use|purpose|trade|business))?|misc\w*|other|own use|use"
    r"|internal use|industrial( use| purposes?)?|commercial( use)?|business( use)?|resale|re-?sell(ing)?|trad(e|ing)"
    r"|distribution|wholesale|retail|stock|customer(s)?( request)?|chemical(s)?( use)?|production|manufactur(e|ing)|"
    r"as needed|tbd|to be (confirmed|determined)|verschiedenes|diverse(s)?|weiterverkauf|handel|lager|varios|reventa"
    r"|divers|revente|-+|\.+|\?+|x+)"
)
_NONE = re.compile(r"(no|none|nil|nothing|never|0|keine?|ninguna?|aucun|n|false|not? (known|refused|refusals?)|-+)\.?")
_SELLS_ON = re.compile(r"\b(resale|re-?sell\w*|weiterverkauf|reventa|revente|wholesale|distribution|trading)\b")
_SPACE = re.compile(r"\s+")


@lru_cache(maxsize=65_536)
def line_kind(business_line: str | None, site_type: str | None) -> tuple[str, str]:
    """Return the kind of business, and what to call it; both empty where the words do not tell.

    >>> line_kind("Retail pharmacy", None), line_kind("Pharmaceutical wholesaler", None)
    (('care', 'care of patients'), ('', ''))
    """
    text = f"{business_line or ''} | {site_type or ''}".casefold()
    kind = next((kind for kind, words in _LINES if words.search(text)), "")
    return kind, _TOLD.get(kind, "")


@lru_cache(maxsize=65_536)
def is_vague(end_use: str | None) -> bool:
    """Say whether a declared use is so short of saying anything that nothing can be judged by it.

    >>> is_vague("industrial use"), is_vague("Cleaning of reactor vessels")
    (True, False)
    """
    text = _SPACE.sub(" ", end_use or "").strip(" .!").casefold()
    return bool(text) and (bool(_VAGUE.fullmatch(text)) or len(text) < 3)


@lru_cache(maxsize=65_536)
def sells_on(resells: bool | None, end_use: str | None) -> bool:
    """Say whether a customer sells on what it buys: as the file says, else by the words of its declared use.

    >>> sells_on(None, "Resale"), sells_on(False, "distribution within the plant"), sells_on(None, "cleaning")
    (True, False, False)
    """
    return bool(_SELLS_ON.search((end_use or "").casefold())) if resells is None else resells


@lru_cache(maxsize=65_536)
def says_none(refusals: str | None) -> bool:
    """Say whether a text about prior refusals says that there were none.

    >>> says_none("None"), says_none("refused by another supplier in 2024")
    (True, False)
    """
    return bool(_NONE.fullmatch(_SPACE.sub(" ", refusals or "").strip().casefold()))
