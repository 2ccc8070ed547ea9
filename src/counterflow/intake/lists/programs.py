"""Programmes under which parties are listed, in one spelling, and which of them are about narcotics.

A list prints programmes as it likes: ``SDNTK] [ILLICIT-DRUGS-EO14059``, ``ILLICIT-DRUGS-E.O. 14059``, or a sentence.
Here they stand between spaces, without the brackets, each a word.

Narcotics programmes: SDNT (31 CFR part 536, Narcotics Trafficking Sanctions, 1995), SDNTK (31 CFR part 598, Foreign
Narcotics Kingpin Sanctions, 2000), ILLICIT-DRUGS-EO14059 (Executive Order 14059 of 2021-12-15, 31 CFR part 599), and
US-NARCO, under which OpenSanctions files all three.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["NARCOTICS_PROGRAMS", "each_one_word", "is_narcotics", "one_spelling"]

NARCOTICS_PROGRAMS = frozenset({"SDNT", "SDNTK", "ILLICIT-DRUGS-EO14059", "US-NARCO"})
_ILLICIT_DRUGS = re.compile(
    r"\bILLICIT[\s_-]*DRUGS?[\s_-]*(?:E\.?\s?O\.?|EXECUTIVE[\s_-]ORDER)?[\s_.-]*14059\b", re.IGNORECASE
)


@lru_cache(maxsize=4096)
def one_spelling(printed: str) -> str:
    """Return programmes as printed, each as one word, space between them.

    >>> one_spelling("SDNTK] [ILLICIT-DRUGS-E.O. 14059"), one_spelling("SDGT")
    ('SDNTK ILLICIT-DRUGS-EO14059', 'SDGT')
    """
    plain = _ILLICIT_DRUGS.sub("ILLICIT-DRUGS-EO14059", printed)
    return " ".join(dict.fromkeys(plain.replace("[", " ").replace("]", " ").replace(";", " ").split()))


def each_one_word(programs: Iterable[str]) -> str:
    """Return programmes that may hold spaces as words: ``Denied Persons`` becomes ``Denied-Persons``.

    >>> each_one_word(["US-NARCO", "Illicit Drugs EO 14059", "Kingpin Act"])
    'US-NARCO ILLICIT-DRUGS-EO14059 Kingpin-Act'
    """
    return " ".join(dict.fromkeys("-".join(one_spelling(program).split()) for program in programs if program.strip()))


def is_narcotics(programs: str) -> bool:
    """Return whether one of the space-separated programmes is a narcotics programme.

    >>> is_narcotics("SDGT SDNTK"), is_narcotics("SDGT"), is_narcotics(one_spelling("Illicit-Drugs-EO 14059"))
    (True, False, True)
    """
    return not NARCOTICS_PROGRAMS.isdisjoint(programs.upper().split())
