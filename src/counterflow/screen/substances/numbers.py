"""CAS registry numbers in goods texts: found by their form, believed by their check digit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.reference.registry import cas_check_digit

__all__ = ["CasNumber", "cas_numbers", "rows_with_numbers"]

_DASH = "\\-\u2010\u2011\u2012\u2013\u2014\u2212"
#: Cheap sieve over whole columns; what passes is read with care.
_SIEVE = rf"[0-9][{_DASH}][0-9][0-9][{_DASH}][0-9]|(?i:\bcas\b)"
_PLAIN = re.compile(rf"(?<![\d.,/{_DASH}])([1-9]\d{{1,6}})[{_DASH}](\d\d)[{_DASH}](\d)(?![\d{_DASH}])", re.ASCII)
_LABELLED = re.compile(
    rf"\bcas(?:[\s_.]*(?:rn|reg(?:istry)?|number|num|no|nr|nº|n°|#))*[\s.:#=(№º°]*"
    rf"([1-9]\d{{1,6}})[\s./{_DASH}]?(\d\d)[\s./{_DASH}]?(\d)(?![\d{_DASH}])",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CasNumber:
    """One number met: its canonical text, whether its check digit holds, and where it stands."""

    text: str
    valid: bool
    start: int
    end: int

    @property
    def expected_digit(self) -> int:
        """The check digit that the other digits ask for."""
        return cas_check_digit(self.text.replace("-", "")[:-1])


def rows_with_numbers(texts: pa.Array) -> list[int]:
    """Return the positions of texts that may hold a CAS number."""
    sieved = pc.fill_null(pc.match_substring_regex(texts, _SIEVE), False)
    positions: list[int] = pc.indices_nonzero(sieved).to_pylist()
    return positions


def cas_numbers(text: str) -> Iterator[CasNumber]:
    """Yield the CAS numbers of a text in order of place.

    A number with a wrong check digit is yielded only where the text calls it a CAS number: dates and part
    numbers have the same form.

    >>> [(n.text, n.valid) for n in cas_numbers("Fentanyl CAS 437-38-8, lot 2024-11-05, 71-43-2")]
    [('437-38-8', False), ('71-43-2', True)]
    """
    taken: dict[int, CasNumber] = {}
    for labelled, pattern in ((True, _LABELLED), (False, _PLAIN)):
        for met in pattern.finditer(text):
            start, end = met.start(1), met.end(3)
            number = "-".join(met.groups())
            valid = cas_check_digit(met.group(1) + met.group(2)) == int(met.group(3))
            if (valid or labelled) and start not in taken:
                taken[start] = CasNumber(number, valid, start, end)
    yield from (taken[start] for start in sorted(taken))
