"""Identifiers and codes as they stand on records: is this one possible, and if not, what is wrong with it?

Each reader takes the text of one value, without blanks around it, and returns the value as the tables carry it, or
raises `Unreadable` with a reason code and a hint. They are called once per distinct value (`convert.values`).

Sources:
    * S10 item identifier: UPU standard S10 (weights 8 6 4 2 3 5 9 7; check digit 11 - sum mod 11, 10 becomes 0 and
      11 becomes 5). An identifier may be used again after 12 months, so it never serves as a key by itself.
    * Container number: ISO 6346, by python-stdnum.
    * Harmonized System: chapters 01 to 97, 77 reserved; 98 and 99 are left to national use (WCO HS, general structure).
    * Countries ISO 3166-1 and currencies ISO 4217, by pycountry. UK is reserved for the United Kingdom and XK is in
      general use for Kosovo; both are taken. ZZ and XX say "not known" and are not countries.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from counterflow.core.errors import nearest

__all__ = [
    "Repaired",
    "Unreadable",
    "country",
    "currency",
    "hs_code",
    "iso6346",
    "s10",
    "s10_check_digit",
]

_S10 = re.compile(r"([A-Z]{2})(\d{8})(\d)([A-Z]{2})")
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_HS_MARKS = re.compile(r"[.\s]")
_COUNTRY_ALIASES = {
    "UK": "GB",
    "XK": "XK",
    "GREAT BRITAIN": "GB",
    "RUSSIA": "RU",
    "SOUTH KOREA": "KR",
    "KOSOVO": "XK",
}
_UNKNOWN_COUNTRY = frozenset({"ZZ", "XX", "ZZZ", "XXX"})
_NOT_MONEY = frozenset({"XXX", "XTS"})


class Unreadable(ValueError):  # noqa: N818 - it is a verdict on a value, carried into quarantine
    """A value that is there but cannot be what the field asks for.

    Args:
        reason: short code, counted in receipts.
        hint: what to do, in a sentence.
    """

    def __init__(self, reason: str, hint: str) -> None:
        self.reason = reason
        self.hint = hint
        super().__init__(f"{reason}: {hint}")


@dataclass(frozen=True, slots=True)
class Repaired:
    """A value that was mended under a rule of the mapping; `note` is counted in the receipt."""

    value: object
    note: str


def s10_check_digit(serial: str) -> int:
    """Return the check digit of an S10 serial number of eight digits.

    >>> s10_check_digit("47312482")
    9
    """
    if not re.fullmatch(r"[0-9]{8}", serial):
        raise ValueError(f"an S10 serial number has eight digits, not {serial!r}")
    remainder = 11 - sum(int(d) * w for d, w in zip(serial, _S10_WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(remainder, remainder)


def s10(text: str) -> str:
    """Return an S10 item identifier without blanks, in capitals.

    >>> s10("eb 000 717 618 hk")
    'EB000717618HK'
    """
    code = text.replace(" ", "").upper()
    match = _S10.fullmatch(code) if code.isascii() else None
    if match is None:
        raise Unreadable("s10-form", "An S10 identifier is two letters, nine digits and two letters.")
    expected = s10_check_digit(match[2])
    if int(match[3]) != expected:
        raise Unreadable("s10-check-digit", f"Its check digit is {match[3]}; the serial number gives {expected}.")
    return code


def iso6346(text: str) -> str:
    """Return a container number without blanks, in capitals.

    >>> iso6346("CSQU 305438 3")
    'CSQU3054383'
    """
    from stdnum import iso6346 as standard
    from stdnum.exceptions import InvalidChecksum, ValidationError

    code = re.sub(r"[\s-]", "", text).upper()
    try:
        return str(standard.validate(code))
    except InvalidChecksum:
        raise Unreadable(
            "container-check-digit",
            f"The check digit of {code[:-1]} is {standard.calc_check_digit(code[:-1])}.",
        ) from None
    except ValidationError:
        raise Unreadable(
            "container-form", "A container number is four letters (the last U, J or Z) and seven digits."
        ) from None


def hs_code(text: str, *, pad: bool = False) -> str | Repaired:
    """Return a Harmonized System code as digits, 2 to 10 of them.

    A code with an odd number of digits has as a rule lost its leading zero in a spreadsheet; it is refused, or with
    `pad` repaired and counted.

    >>> hs_code("2933.33")
    '293333'
    >>> hs_code("10121", pad=True)
    Repaired(value='010121', note='hs-padded')
    """
    digits = _HS_MARKS.sub("", text)
    if not (digits.isascii() and digits.isdigit()):
        raise Unreadable("hs-form", "An HS code has digits only (dots and blanks are taken out).")
    if not 1 <= len(digits) <= 10:
        raise Unreadable("hs-length", f"An HS code has 2 to 10 digits, not {len(digits)}.")
    padded = digits.zfill(len(digits) + len(digits) % 2)
    if not _chapter_exists(padded[:2]):
        raise Unreadable("hs-chapter", f"The Harmonized System has no chapter {padded[:2]}.")
    if padded == digits:
        return digits
    if pad:
        return Repaired(padded, "hs-padded")
    raise Unreadable(
        "hs-lost-zero",
        f"It has {len(digits)} digits; a leading zero seems lost: {padded}?"
        " Write it so, or set hs_pad = true in the mapping.",
    )


def _chapter_exists(chapter: str) -> bool:
    return chapter not in {"00", "77"}


def country(text: str) -> str:
    """Return the ISO 3166-1 alpha-2 code for an alpha-2 or alpha-3 code or an English name.

    >>> country("KOR"), country("viet nam")
    ('KR', 'VN')
    """
    key = _folded(text)
    known = _countries()
    if key in known:
        return known[key]
    if key in _UNKNOWN_COUNTRY:
        raise Unreadable(
            "country-unknown", f'{key} says "not known". Leave it empty, or map it: codes = {{{key} = ""}}.'
        )
    close = nearest(key, known) if len(key) > 3 else []
    hint = f"Nearest: {', '.join(f'{c.title()} ({known[c]})' for c in close)}." if close else ""
    raise Unreadable("country-unknown", f"Not an ISO 3166-1 code or name. {hint}".strip())


def currency(text: str) -> str:
    """Return the ISO 4217 code in capitals.

    >>> currency("krw")
    'KRW'
    """
    code = text.upper()
    known = _currencies()
    if code in known:
        return code
    close = ", ".join(nearest(code, known))
    raise Unreadable("currency-unknown", f"Not an ISO 4217 code. {f'Nearest: {close}.' if close else ''}".strip())


def _folded(text: str) -> str:
    """Return `text` in capitals, without accents and with single blanks: how names are looked up."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.upper().split())


@cache
def _countries() -> dict[str, str]:
    """Return every accepted spelling (folded) with its alpha-2 code."""
    import pycountry

    known = dict(_COUNTRY_ALIASES)
    for entry in pycountry.countries:
        spellings = [entry.alpha_2, entry.alpha_3, entry.name]
        spellings += [getattr(entry, name) for name in ("official_name", "common_name") if hasattr(entry, name)]
        known.update((_folded(s), entry.alpha_2) for s in spellings)
    return known


@cache
def _currencies() -> frozenset[str]:
    import pycountry

    return frozenset(entry.alpha_3 for entry in pycountry.currencies) - _NOT_MONEY
