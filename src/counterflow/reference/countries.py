"""The code of a country that a list or a record names in words.

ISO 3166-1 comes from pycountry; spellings that official lists use beside it stand in
`places/country_spellings.csv`, each with its source. Names in other languages are the translations of ISO 3166-1 that
pycountry carries (Debian iso-codes). A name that is not known gets no code: it is never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from counterflow.reference.csv_files import read_rows

__all__ = ["country_code", "country_codes", "country_in_words"]

_BETWEEN = re.compile(r"[\W_]+")


def country_code(text: str | None) -> str | None:
    """Return the ISO 3166-1 alpha-2 code (XK for Kosovo) of a country named or coded in `text`, or None.

    >>> country_code("Korea, North"), country_code("irn"), country_code("CÔTE D'IVOIRE"), country_code("Atlantis")
    ('KP', 'IR', 'CI', None)
    """
    return _codes().get(_folded(text)) if text else None


def country_codes(text: str | None) -> list[str]:
    """Return the codes of the countries that `text` names, `;` between them; those without a code are left out.

    >>> country_codes("Colombia; undetermined; Venezuela")
    ['CO', 'VE']
    """
    found = (country_code(part) for part in (text or "").split(";"))
    return list(dict.fromkeys(code for code in found if code))


def country_in_words(text: str | None) -> str | None:
    """Return the code of a country as `country_code` does, or by its name in one of a few other languages, or None.

    For what firms write in their own files; lists of parties are in English and go by `country_code` alone.

    >>> country_in_words("Frankreich"), country_in_words("Alemania"), country_in_words("Pays-Bas")
    ('FR', 'DE', 'NL')
    """
    return country_code(text) or (_translated().get(_folded(text)) if text else None)


def _folded(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _BETWEEN.sub(" ", plain.casefold()).strip()


@cache
def _codes() -> dict[str, str]:
    return {_folded(name): code for name, code in (*_official(), *_spellings())}


def _official() -> Iterator[tuple[str, str]]:
    import pycountry

    for country in pycountry.countries:
        for part in ("name", "common_name", "official_name", "alpha_3", "alpha_2"):
            name = getattr(country, part, None)
            if name:
                yield name, country.alpha_2
                # ISO turns names round: "Bolivia, Plurinational State of" is Bolivia to everyone else.
                short, comma, _ = name.partition(",")
                if comma and part == "name":
                    yield f"{name.partition(', ')[2]} {short}", country.alpha_2
                    if short not in {"Korea", "Congo", "Palestine", "Virgin Islands"}:
                        yield short, country.alpha_2


#: languages whose names of countries are known, beside English
_LANGUAGES = ("de", "fr", "es", "it", "nl", "pt", "pl")


@cache
def _translated() -> dict[str, str]:
    """Return folded names in other languages; one that names two countries is left out."""
    import gettext

    import pycountry

    found: dict[str, set[str]] = {}
    for language in _LANGUAGES:
        said = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True)
        for country in pycountry.countries:
            for part in ("name", "common_name"):
                name = getattr(country, part, None)
                if name:
                    found.setdefault(_folded(said.gettext(name)), set()).add(country.alpha_2)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}


def _spellings() -> Iterator[tuple[str, str]]:
    return ((row["spelling"], row["code"]) for row in read_rows("places", "country_spellings.csv"))
