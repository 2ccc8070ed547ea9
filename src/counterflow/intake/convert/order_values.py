"""Values that stand on orders and customer files: shares, words for the same thing, yes or no, countries by name."""

from __future__ import annotations

import math
import re

from counterflow.intake.convert.marks import plain_number
from counterflow.intake.identifiers import Repaired, Unreadable, country
from counterflow.intake.mapping.model import FieldRule
from counterflow.intake.mapping.order_targets import ORDER_CHOICES, WORDS, word_of
from counterflow.reference.countries import country_code, country_in_words

__all__ = ["read_place", "read_share", "read_word", "read_yes_no"]

_YES = frozenset({"yes", "y", "true", "t", "1", "x", "ja", "oui", "si", "sí"})
_NO = frozenset({"no", "n", "false", "f", "0", "-", "none", "nein", "non"})
_ARTICLE = re.compile(r"^the\s+", re.IGNORECASE)
_SHARE = re.compile(r"(?P<sign>[≥>~]?)\s*(?P<number>[\d.,]+)\s*(?P<unit>%|pct|percent|per cent)?", re.IGNORECASE)


def read_yes_no(text: str) -> bool:
    """Return what a yes or a no says.

    >>> read_yes_no("Yes"), read_yes_no("0")
    (True, False)
    """
    word = text.casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise Unreadable("not-yes-or-no", "Write yes or no.")


def read_share(text: str, rule: FieldRule) -> float:
    """Return a share in per cent. What is at most 1 and has no % may be a fraction, and is asked for.

    >>> read_share("99,5 %", FieldRule(target="purity_pct", columns=(), kind="share", decimal=","))
    99.5
    """
    found = _SHARE.fullmatch(text)
    plain = plain_number(found["number"], rule.decimal, rule.thousands) if found else None
    if found is None or plain is None or not re.fullmatch(r"\d+(\.\d*)?|\.\d+", plain):
        raise Unreadable("not-a-share", "Write a share in per cent, as 98 %.")
    value = float(plain)
    if not math.isfinite(value) or value > 100:
        raise Unreadable("not-a-share", "A share is at most 100 %.")
    if 0 < value <= 1 and not found["unit"] and rule.unit != "%":
        raise Unreadable("unclear-share", f"{text} may be {value:g} % or {value * 100:g} %: write the % sign.")
    return value


def read_word(text: str, rule: FieldRule) -> str | Repaired:
    """Return our word for what the source writes; unknown ones are refused, or kept as written and counted."""
    field = rule.target.rpartition(".")[2]
    word = word_of(rule.table, field, text)
    if word is not None:
        return word
    known = ", ".join(WORDS[rule.table][field])
    if (rule.table, field) in ORDER_CHOICES:
        raise Unreadable("not-a-choice", f"It can be: {known}. Map the source's own codes under codes = {{…}}.")
    return Repaired(text, f"kept as written, none of {known}")


def read_place(text: str, rule: FieldRule) -> str:
    """Return the code of a country by code or name; a licence may hold in the EU as a whole."""
    if rule.target.startswith("licence.") and text.casefold() in {"eu", "european union"}:
        return "EU"
    # "U.S." and "The Netherlands" are the same without their points and the article.
    return country_code(text) or country_in_words(_ARTICLE.sub("", text.replace(".", ""))) or country(text)
