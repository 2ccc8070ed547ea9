"""Passwords: what is asked of one, how one is kept (argon2id, RFC 9106), and what is given to somebody new.

Rules after NIST SP 800-63B-4 (2025), section 3.1.1: length counts, kinds of characters do not; what stands in lists of
common ones, or repeats the name, is refused; nothing expires by itself.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING

from counterflow.core.errors import InputError
from counterflow.core.persons import folded

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["LONGEST", "SHORTEST", "Passwords", "fit_password", "given_password"]

SHORTEST, LONGEST = 12, 256
#: of what everybody tries first, the ones that are long enough to pass otherwise (own short list)
_COMMON = (
    "password", "passwort", "qwerty", "qwertz", "azerty", "letmein", "welcome", "administrator", "counterflow",
    "changeme", "iloveyou", "abcdefghijkl", "motdepasse", "contrasena", "trustno",
)  # fmt: skip
_FEWEST_DIFFERENT = 6
#: without letters and digits that look alike
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def fit_password(text: str, name: str) -> str:
    """Return a password as it is kept: in one Unicode form (NFKC), so that two keyboards spell it alike.

    Args:
        text: as typed.
        name: name of the person; it may not be most of the password.

    Raises:
        InputError: it is too short, too long, or easily guessed. The message never holds it.
    """
    plain = unicodedata.normalize("NFKC", text)
    if not SHORTEST <= len(plain) <= LONGEST:
        hint = "A sentence of four or five words is long enough and easy to keep in mind."
        raise InputError(f"A password has {SHORTEST} to {LONGEST} characters.", hint=hint, column="password")
    rest = folded(plain).replace(folded(name) or "\0", "")
    for common in _COMMON:
        rest = rest.replace(common, "")
    if len(set(rest)) < _FEWEST_DIFFERENT:
        hint = "Take other words: a name, a common password or a row of keys is tried first."
        raise InputError("This password is easily guessed.", hint=hint, column="password")
    return plain


def given_password() -> str:
    """Return a password to hand to somebody for their first sign-in: 79 bits, in groups that can be read aloud."""
    letters = [secrets.choice(_LETTERS) for _ in range(16)]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, 16, 4))


class Passwords:
    """Keeps and checks passwords.

    One lane per password (`parallelism=1`), so that a check takes one core and no more: RFC 9106 (2021), section 4,
    second recommended option, with its four lanes run as one.

    Args:
        memory_kib: memory of one check.
        passes: how often it is gone over.
    """

    def __init__(self, memory_kib: int = 64 * 1024, passes: int = 3) -> None:
        self._memory, self._passes = memory_kib, passes

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        return PasswordHasher(time_cost=self._passes, memory_cost=self._memory, parallelism=1)

    @cached_property
    def _of_nobody(self) -> str:
        return self._hasher.hash(secrets.token_hex(16))

    def keep(self, password: str) -> str:
        """Return what is kept instead of the password."""
        return self._hasher.hash(password)

    def right(self, kept: str | None, typed: str) -> bool:
        """Say whether `typed` is the password; where none is kept it takes as long to say no."""
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            found = self._hasher.verify(kept or self._of_nobody, unicodedata.normalize("NFKC", typed[:LONGEST]))
        except (VerificationError, InvalidHashError):
            return False
        return found and kept is not None

    def outdated(self, kept: str) -> bool:
        """Say whether it was kept with less work than is asked for today."""
        return self._hasher.check_needs_rehash(kept)
