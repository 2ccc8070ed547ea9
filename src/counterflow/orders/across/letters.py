"""The three messages of a matching as files that can be carried: JSON with a session, sizes, and points; nothing else.

A message is checked when it is read: its kind, its form, the length of what it holds. What is in it was written by
somebody else.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from counterflow.core.errors import InputError
from counterflow.orders.across.curve import POINT_BYTES
from counterflow.orders.across.protocol import REVEALS, Answer, Offer, Result

__all__ = ["Letter", "read_letter", "write_letter"]

_FORMAT = "counterflow private matching 1"
_MOST_BYTES = 256 << 20
_MOST_KEYS = 16
_FORM = re.compile(r"[a-z]{2,12}(\+[a-z]{2,12}){0,7}")

Letter = Offer | Answer | Result


def write_letter(letter: Letter, path: Path) -> None:
    """Write a message, beside its place and then renamed."""
    from counterflow.store.ledger.files import replace_file

    body: dict[str, Any] = {"format": _FORMAT, "session": letter.session, "reveal": letter.reveal}
    if isinstance(letter, Result):
        body |= {"message": "result", "matched": dict(letter.matched)}
        body |= {"places": {form: list(of) for form, of in letter.places.items()}}
    else:
        body |= {"message": "offer", "points": _packed(letter.points)}
        if isinstance(letter, Answer):
            body |= {"message": "answer", "twice": _packed(letter.twice)}
    replace_file(path, json.dumps(body, indent=1, sort_keys=True).encode())


def read_letter(path: Path) -> Letter:
    """Read a message.

    Raises:
        InputError: there is no such file, or it is no message of this protocol.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError("This message is larger than any that is made here.", file=path)
        return _letter(json.loads(path.read_bytes()))
    except OSError as error:
        raise InputError(f"It cannot be read: {error.strerror}.", hint="Check the path.", file=path) from error
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError) as error:
        hint = "Ask the other party for it again; `orders match` writes such files."
        raise InputError(f"This is no message of a matching: {error}.", hint=hint, file=path) from error


def _letter(body: Mapping[str, Any]) -> Letter:
    if body.get("format") != _FORMAT:
        raise ValueError("it does not say that it is one")
    session, reveal = str(body["session"]), str(body["reveal"])
    if len(bytes.fromhex(session)) != 16 or reveal not in REVEALS:
        raise ValueError("its head is not whole")
    kind = body["message"]
    if kind == "offer":
        return Offer(session, reveal, _unpacked(body["points"]))
    if kind == "answer":
        return Answer(session, reveal, _unpacked(body["twice"]), _unpacked(body["points"]))
    if kind == "result":
        matched = {form: _count(number) for form, number in _forms(body["matched"]).items()}
        places = {form: tuple(_count(place) for place in of) for form, of in _forms(body["places"]).items()}
        return Result(session, reveal, matched, places)
    raise ValueError(f"there is no message {kind!r}")


def _packed(points: Mapping[str, tuple[bytes, ...]]) -> dict[str, str]:
    return {form: base64.b64encode(b"".join(of)).decode() for form, of in points.items()}


def _unpacked(texts: object) -> dict[str, tuple[bytes, ...]]:
    found = {}
    for form, text in _forms(texts).items():
        try:
            packed = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise ValueError("its points are not whole") from error
        if len(packed) % POINT_BYTES:
            raise ValueError("its points are not whole")
        found[form] = tuple(packed[at : at + POINT_BYTES] for at in range(0, len(packed), POINT_BYTES))
    return found


def _forms(given: object) -> dict[str, Any]:
    if not isinstance(given, dict) or not 0 <= len(given) <= _MOST_KEYS:
        raise ValueError("its keys are not whole")
    if any(not _FORM.fullmatch(form) for form in given):
        raise ValueError("a key in it is none")
    return given


def _count(number: object) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ValueError("a number in it is none")
    return number
