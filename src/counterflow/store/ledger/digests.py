"""Digests that can stand in the ledger for personal text, and die with their salt.

The ledger never holds what could name a person. It holds HMAC-SHA256(salt, text) (RFC 2104): whoever has the
text and the salt can show that this text was meant; once the salt is erased together with the text, nobody
can test a guess against the digest, and the chain stays as it was.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from counterflow.core.errors import UsageError

__all__ = ["new_salt", "salted_digest"]

SALT_BYTES = 32
SHORTEST_SALT = 16


def new_salt() -> bytes:
    """Return a fresh random salt; keep it beside the text it belongs to, and erase both together."""
    return secrets.token_bytes(SALT_BYTES)


def salted_digest(salt: bytes, text: str) -> str:
    """Return the digest of `text` under `salt`, as 64 hexadecimal digits.

    Raises:
        UsageError: the salt is too short to keep guesses out.
    """
    if len(salt) < SHORTEST_SALT:
        raise UsageError(f"A salt has at least {SHORTEST_SALT} bytes, not {len(salt)}.", hint="Use new_salt().")
    return hmac.new(salt, text.encode(), hashlib.sha256).hexdigest()
