"""Numbers with a check digit: a slip of the pen, or a number that was made up, shows without asking anybody.

Only formats that are public and carry their own check are read. A number that passes is not thereby valid: whether it
was issued, to whom and until when, only the authority can say.

* DEA registration number: two letters and seven digits; the last digit is that of (1st + 3rd + 5th) + 2 × (2nd + 4th
  + 6th) (widely published, here from memory; the letters are not judged).
* VAT numbers of the EU and the United Kingdom, and the Legal Entity Identifier (ISO 17442, check of ISO 7064
  MOD 97-10): python-stdnum.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import pyarrow as pa

__all__ = ["check_numbers", "dea_number_fault", "tax_number_fault"]

_DEA = re.compile(r"[A-Z]{1}[A-Z9]{1}\d{7}")
_DEA_WORD = re.compile(r"\bdea\b|drug enforcement", re.IGNORECASE)
_LEI_LENGTH = 20


def dea_number_fault(number: str) -> str:
    """Return what is wrong with a DEA registration number, in words; empty where nothing is.

    >>> dea_number_fault("AB1234563")
    ''
    >>> dea_number_fault("AB1234567")
    'its last digit should be 3 for the digits before it'
    >>> dea_number_fault("A123")
    'a DEA number has two letters and seven digits'
    """
    plain = re.sub(r"[\s.-]", "", number).upper().partition("/")[0]
    if not _DEA.fullmatch(plain):
        return "a DEA number has two letters and seven digits"
    digits = [int(digit) for digit in plain[2:]]
    check = (sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])) % 10
    return "" if check == digits[6] else f"its last digit should be {check} for the digits before it"


@lru_cache(maxsize=65_536)
def tax_number_fault(number: str, country: str) -> str:
    """Return what is wrong with a VAT number or LEI, in words; empty where nothing is or its form is not known here.

    >>> tax_number_fault("DE136695976", "DE")
    ''
    >>> tax_number_fault("DE136695978", "DE")
    'the check digit of this DE VAT number does not agree'
    >>> tax_number_fault("12-3456789", "US")
    ''
    """
    from stdnum import lei
    from stdnum.eu import vat
    from stdnum.exceptions import InvalidChecksum

    plain = re.sub(r"[\s.-]", "", number).upper()
    if len(plain) == _LEI_LENGTH and plain.isalnum():
        return "" if lei.is_valid(plain) else "the check digits of this LEI do not agree"
    prefix = plain[:2]
    # Only a number that bears its country's letters says that it is a VAT number at all.
    if prefix not in {country, "EL" if country == "GR" else country} or not plain[2:]:
        return ""
    try:
        if prefix.lower() in {*vat.MEMBER_STATES, "el"}:
            vat.validate(plain)
        elif prefix == "GB":
            from stdnum.gb import vat as gb_vat

            gb_vat.validate(plain)
    except InvalidChecksum:
        return f"the check digit of this {prefix} VAT number does not agree"
    except ValueError:
        return f"this is not the form of a {prefix} VAT number"
    return ""


def check_numbers(numbers: Sequence[str | None], beside: Sequence[str | None], *, kind: str) -> pa.Array:
    """Return for each number what is wrong with it, in words: empty where nothing is, null where nothing can be told.

    Args:
        numbers: as written.
        beside: of a licence its authority and kind, of a tax number the country.
        kind: licence | tax.
    """
    pairs = zip(numbers, beside, strict=True)
    return pa.array([_fault(number, near or "", kind) if number else None for number, near in pairs], pa.string())


def _fault(number: str, beside: str, kind: str) -> str | None:
    if kind == "licence":
        return dea_number_fault(number) if _DEA_WORD.search(beside) else None
    return tax_number_fault(number, beside)
