"""States of the USA by their postal letters, so that counts of one state from two sources meet under one name.

Letters: United States Postal Service, Publication 28, appendix B; numbers: ANSI INCITS 38 (FIPS). YC is New York City,
which the National Center for Health Statistics reports apart from the rest of the state.
"""

from __future__ import annotations

__all__ = ["level_of", "state_letters"]

_TABLE = (
    "01 AL Alabama|02 AK Alaska|04 AZ Arizona|05 AR Arkansas|06 CA California|08 CO Colorado|09 CT Connecticut|"
    "10 DE Delaware|11 DC District of Columbia|12 FL Florida|13 GA Georgia|15 HI Hawaii|16 ID Idaho|17 IL Illinois|"
    "18 IN Indiana|19 IA Iowa|20 KS Kansas|21 KY Kentucky|22 LA Louisiana|23 ME Maine|24 MD Maryland|"
    "25 MA Massachusetts|26 MI Michigan|27 MN Minnesota|28 MS Mississippi|29 MO Missouri|30 MT Montana|31 NE Nebraska|"
    "32 NV Nevada|33 NH New Hampshire|34 NJ New Jersey|35 NM New Mexico|36 NY New York|37 NC North Carolina|"
    "38 ND North Dakota|39 OH Ohio|40 OK Oklahoma|41 OR Oregon|42 PA Pennsylvania|44 RI Rhode Island|"
    "45 SC South Carolina|46 SD South Dakota|47 TN Tennessee|48 TX Texas|49 UT Utah|50 VT Vermont|51 VA Virginia|"
    "53 WA Washington|54 WV West Virginia|55 WI Wisconsin|56 WY Wyoming|60 AS American Samoa|66 GU Guam|"
    "69 MP Northern Mariana Islands|72 PR Puerto Rico|78 VI Virgin Islands"
)
_ROWS = [line.split(" ", 2) for line in _TABLE.split("|")]
_NATION = {"us": "US", "united states": "US"}
_CITY = {"yc": "YC", "new york city": "YC"}
_LETTERS = (
    {letters.casefold(): letters for _, letters, _ in _ROWS}
    | {name.casefold(): letters for _, letters, name in _ROWS}
    | {fips: letters for fips, letters, _ in _ROWS}
    | _NATION
    | _CITY
)


def state_letters(text: str) -> str | None:
    """Return the postal letters of a state written by letters, name or FIPS number; None where it is none.

    >>> [state_letters(each) for each in ("Connecticut", "09", "YC", "9.0", "XX")]
    ['CT', 'CT', 'YC', 'CT', None]
    """
    plain = text.strip().casefold().removesuffix(".0")
    return _LETTERS.get(plain.zfill(2) if plain.isdigit() else plain)


def level_of(letters: str) -> str:
    """Return the level of a place by its letters: nation, state, or region for New York City.

    >>> level_of("US"), level_of("CT"), level_of("YC")
    ('nation', 'state', 'region')
    """
    return "nation" if letters == "US" else "region" if letters == "YC" else "state"
