"""Which outline of the vendored maps a place has: a country, a state of the USA, or a county.

The maps are of 2017 (us-atlas) and draw no place that came or went since: Connecticut's planning regions, two census
areas of Alaska. A place without an outline is told as such, with the reason; it is never drawn as another one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from counterflow.reference.countries import country_code
from counterflow.reference.csv_files import read_rows

__all__ = ["Outline", "country_name", "country_outline", "county_outline", "state_outline"]

_KIND = re.compile(
    r"\s+(county|parish|borough|census area|city and borough|municipality|municipio|planning region)$", re.IGNORECASE
)
_LETTERS = {
    "AL": "01", "AK": "02", "AZ": "04", "AR": "05", "CA": "06", "CO": "08", "CT": "09", "DE": "10", "DC": "11",
    "FL": "12", "GA": "13", "HI": "15", "ID": "16", "IL": "17", "IN": "18", "IA": "19", "KS": "20", "KY": "21",
    "LA": "22", "ME": "23", "MD": "24", "MA": "25", "MI": "26", "MN": "27", "MS": "28", "MO": "29", "MT": "30",
    "NE": "31", "NV": "32", "NH": "33", "NJ": "34", "NM": "35", "NY": "36", "NC": "37", "ND": "38", "OH": "39",
    "OK": "40", "OR": "41", "PA": "42", "RI": "44", "SC": "45", "SD": "46", "TN": "47", "TX": "48", "UT": "49",
    "VT": "50", "VA": "51", "WA": "53", "WV": "54", "WI": "55", "WY": "56", "AS": "60", "GU": "66", "MP": "69",
    "PR": "72", "VI": "78",
}  # fmt: skip
_ELSEWHERE = "no {what} of the United States by name or number"
#: American Samoa, Guam, Northern Mariana Islands
_FAR = frozenset({"60", "66", "69"})
_TOO_FAR = "the islands of the Pacific are too far away for this map"


@dataclass(frozen=True, slots=True)
class Outline:
    """An outline of a map, or why there is none.

    Args:
        outline: its id on the map; "" where there is none.
        name: the place by its usual name, "" where it is not known.
        why: why it is not drawn, in words; "" where it is.
    """

    outline: str
    name: str
    why: str = ""


def country_outline(code: str) -> Outline:
    """Return the outline of a country by its ISO 3166-1 alpha-2 code (XK for Kosovo).

    >>> country_outline("HK"), country_outline("GI").why
    (Outline(outline='344', name='Hong Kong', why=''), 'too small for this map, or drawn with another country')
    """
    drawn = _drawn("world")
    own = "XK" if code.strip().upper() == "XK" else country_code(code) or ""
    number = "Kosovo" if own == "XK" else _numbers().get(own, "")
    if number in drawn:
        return Outline(number, country_name(own))
    if not own:
        return Outline("", "", "no country by ISO 3166-1")
    return Outline("", country_name(own), "too small for this map, or drawn with another country")


def country_name(code: str) -> str:
    """Return the everyday name of a country, the code itself where it is none.

    >>> country_name("VN"), country_name("ZZ")
    ('Vietnam', 'ZZ')
    """
    if code == "XK":
        return "Kosovo"
    import pycountry

    found = pycountry.countries.get(alpha_2=code)
    return str(getattr(found, "common_name", found.name)) if found else code


def state_outline(place: str) -> Outline:
    """Return the outline of a US state or territory by letters, name or FIPS number.

    >>> state_outline("CT").outline, state_outline("puerto rico").outline, state_outline("17").name
    ('09', '72', 'Illinois')
    >>> state_outline("Bavaria").why
    'no state of the United States by name or number'
    """
    number, drawn = _state_number(place), _drawn("states")
    if number not in drawn:
        return Outline("", "", _ELSEWHERE.format(what="state"))
    return Outline("", drawn[number], _TOO_FAR) if number in _FAR else Outline(number, drawn[number])


def county_outline(place: str) -> Outline:
    """Return the outline of a US county by FIPS number, or by name with its state.

    >>> county_outline("17031"), county_outline("Cook County, Illinois").outline
    (Outline(outline='17031', name='Cook, IL', why=''), '17031')
    >>> county_outline("09110").name, county_outline("09110").outline, county_outline("46113").outline
    ('Capitol Planning Region', '', '46102')
    >>> county_outline("Baltimore, MD").why
    'two counties of this state have this name: give the FIPS number'
    """
    text = place.strip()
    if text.isascii() and text.isdigit() and len(text) in (4, 5):
        return _county_numbered(text.zfill(5))
    name, comma, state = text.rpartition(",")
    in_state = _state_number(state) if comma else ""
    if not in_state:
        return Outline("", "", _ELSEWHERE.format(what="county"))
    found = _counties_named().get((in_state, _folded(_KIND.sub("", name.strip()))), ())
    if len(found) > 1:
        return Outline("", "", "two counties of this state have this name: give the FIPS number")
    return _county_numbered(found[0]) if found else Outline("", "", _ELSEWHERE.format(what="county"))


def _county_numbered(number: str) -> Outline:
    drawn, changed = _drawn("counties"), _changes().get(number)
    if changed is not None and not changed["drawn_as"]:
        return Outline("", changed["name"], changed["why"])
    number = changed["drawn_as"] if changed else number
    if number not in drawn:
        return Outline("", "", _ELSEWHERE.format(what="county"))
    letters = _letters_of().get(number[:2], "")
    name = f"{drawn[number]}, {letters}" if letters else drawn[number]
    return Outline("", name, _TOO_FAR) if number[:2] in _FAR else Outline(number, name)


def _state_number(place: str) -> str:
    text = place.strip()
    number = _LETTERS.get(text.upper()) or _by_name("states").get(_folded(text), "")
    if not number and text.isascii() and text.isdigit() and len(text) <= 2:
        number = text.zfill(2)
    return number


@cache
def _drawn(which: str) -> dict[str, str]:
    """Return what a map draws: id to name."""
    return {row["outline"]: row["name"] for row in read_rows("places", "outlines.csv") if row["map"] == which}


@cache
def _by_name(which: str) -> dict[str, str]:
    return {_folded(name): number for number, name in _drawn(which).items()}


@cache
def _counties_named() -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for number, name in _drawn("counties").items():
        key = (number[:2], _folded(name))
        found[key] = (*found.get(key, ()), number)
    for number, row in _changes().items():
        key = (number[:2], _folded(_KIND.sub("", row["name"])))
        found.setdefault(key, (number,))
    return found


@cache
def _changes() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in read_rows("places", "county_changes.csv")}


@cache
def _letters_of() -> dict[str, str]:
    return {number: letters for letters, number in _LETTERS.items()}


@cache
def _numbers() -> dict[str, str]:
    import pycountry

    return {country.alpha_2: country.numeric for country in pycountry.countries}


def _folded(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().replace(".", "").split())
