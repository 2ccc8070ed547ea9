"""Checking that a downloaded list is the one that was meant: by its digest, or by a signature.

None of the publishers in `reference/lists/addresses.csv` signs its files; what protects them is TLS and a digest that
somebody passes on by another way. A mirror inside an agency can sign: a detached Ed25519 signature (RFC 8032) of the
file stands beside it as ``FILE.sig``, 64 bytes plain or in base64.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from counterflow.core.errors import ConfigError, InputError

__all__ = ["check_digest", "check_signature"]

_LENGTH = 64


def check_digest(path: Path, found: str, expected: str) -> None:
    """Refuse a file whose SHA-256 is another.

    Raises:
        InputError: it is.
    """
    if found != expected.strip().casefold():
        said = f"Its SHA-256 is {found}, not {expected.strip()}."
        raise InputError(said, hint="Do not load it: ask whoever gave you the digest.", file=path)


def check_signature(path: Path, signature: bytes, public_key: Path) -> None:
    """Refuse a file that the holder of a key has not signed.

    Args:
        path: the file.
        signature: its signature, plain or in base64.
        public_key: an Ed25519 public key in PEM.

    Raises:
        ConfigError: the key cannot be read or is of another kind.
        InputError: the signature does not fit.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(public_key.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"The key {public_key} cannot be read: {error}.", hint="It is a public key in PEM."
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError(f"The key {public_key} is not an Ed25519 key.", hint="Signatures here are Ed25519.")
    hint = "Do not load it: ask whoever runs the mirror."
    try:
        plain = signature if len(signature) == _LENGTH else base64.b64decode(signature.strip(), validate=True)
        key.verify(plain, path.read_bytes())
    except (InvalidSignature, binascii.Error, ValueError):
        raise InputError("Its signature is not by this key.", hint=hint, file=path) from None
