"""One spelling for each value: canonical JSON, so that a digest means the same thing everywhere.

It is the JSON Canonicalization Scheme (RFC 8785, 2020; section 3.2) less what the ledger does not need:

* no decimal numbers (their spelling differs between languages): write `decimal_text(x)`;
* whole numbers from -(2^53 - 1) to 2^53 - 1, which every JSON reader keeps exactly (RFC 7493, section 2.2);
* ASCII keys only, so that order by code point is order by UTF-16 unit (RFC 8785, section 3.2.3);
* text as it is, without Unicode normalisation; no lone surrogates.
"""

from __future__ import annotations

import json
import math
from typing import NoReturn, TypeAlias

from counterflow.core.errors import UsageError

__all__ = ["DEEPEST", "LARGEST", "Json", "canonical_bytes", "decimal_text", "read_canonical"]

Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"] | None

#: largest whole number that every JSON reader keeps exactly
LARGEST = 2**53 - 1
#: how many lists and objects may stand inside each other
DEEPEST = 32

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
)


def canonical_bytes(value: object) -> bytes:
    r"""Return the one spelling of `value`, as UTF-8.

    Raises:
        UsageError: something in it has no canonical spelling; the message names where it stands.

    >>> canonical_bytes({"b": [1, True, None], "a": "Zürich\n"}).decode()
    '{"a":"Zürich\\n","b":[1,true,null]}'
    """
    _check(value, "body", 0)
    try:
        return _ENCODER.encode(value).encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            f"Text for the ledger holds half a character: {error.object[error.start : error.end]!r}.",
            hint="Decode the text properly where it is read.",
        ) from error


def read_canonical(text: bytes) -> Json:
    """Return the value that `text` spells, if it is its canonical spelling.

    Raises:
        ValueError: it is not JSON, or not the canonical spelling.
    """
    try:
        value: Json = _DECODER.decode(text.decode())
        same = canonical_bytes(value) == text
    except (RecursionError, UsageError) as error:
        raise ValueError(str(error)) from error
    if not same:
        raise ValueError("not in canonical spelling")
    return value


def decimal_text(number: float) -> str:
    """Return the shortest decimal text that reads back as exactly `number`; for numbers in the ledger.

    >>> decimal_text(0.1), decimal_text(3), decimal_text(1e-7)
    ('0.1', '3.0', '1e-07')

    Raises:
        UsageError: it is not a finite number.
    """
    value = float(number)
    if not math.isfinite(value):
        raise UsageError(f"{value} is not a number that can be written down.", hint="Write null and say why.")
    return repr(value)


def _check(value: object, where: str, depth: int) -> None:
    """Raise unless `value` is made of plain JSON parts, by their exact types: no NumPy scalars, no enums."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return
    if isinstance(value, int) and kind is int:
        if not -LARGEST <= value <= LARGEST:
            _refuse(where, f"the whole number {value} lies beyond 2^53 - 1", "Write it as text.")
        return
    if depth >= DEEPEST:
        _refuse(where, f"more than {DEEPEST} lists or objects inside each other", "Write a flatter body.")
    if isinstance(value, dict) and kind is dict:
        for key, part in value.items():
            if type(key) is not str or not key.isascii():
                _refuse(where, f"the key {key!r} is not ASCII text", "Rename the key.")
            if type(part) is not str:  # most parts are text: spare them the call
                _check(part, f"{where}.{key}", depth + 1)
    elif isinstance(value, list | tuple) and kind in (list, tuple):
        for part in value:
            _check(part, f"{where}[]", depth + 1)
    elif isinstance(value, float):
        _refuse(where, f"the decimal number {value!r}", "Write decimal_text(number).")
    else:
        _refuse(
            where,
            f"a value of type {kind.__name__}",
            "Use text, whole numbers, true, false, null, lists, objects.",
        )


def _refuse(where: str, what: str, hint: str) -> NoReturn:
    raise UsageError(f"The ledger cannot hold {what} (at {where}).", hint=hint)


def _no_decimal(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]} is not a whole number")


_DECODER = json.JSONDecoder(parse_float=_no_decimal, parse_constant=_no_decimal)
