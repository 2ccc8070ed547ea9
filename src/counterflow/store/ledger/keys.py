"""The key that signs heads: Ed25519 (RFC 8032), made once per workspace.

The private key stands in `<workspace>/keys/ledger.key` (PKCS 8, PEM), readable by its owner only and outside
the ledger's folder, so that the folder can be copied to a verifier whole. The public key stands in
`<workspace>/ledger/ledger.pub`; a verifier should have it by another way than with the ledger.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from counterflow.core.errors import ConfigError
from counterflow.store.ledger.files import replace_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["Signer"]


class Signer:
    """Signs heads and recognises its own signatures.

    Args:
        key: the private key.
    """

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._private = key
        self._public = key.public_key()

    @classmethod
    def create(cls) -> Signer:
        """Return a signer with a new key from the operating system's randomness; nothing is written yet."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path) -> Signer:
        """Return the signer whose private key stands in `path`.

        Raises:
            ConfigError: it is missing, not such a key, or open to others on this machine.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            if path.stat().st_mode & 0o077:
                raise ConfigError(f"Others may read the ledger's private key {path}.", hint=f"chmod 600 {path}")
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise ConfigError(
                f"The ledger's private key {path} cannot be read: {error}.",
                hint="Restore it from the site's key safe.",
            ) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise ConfigError(f"{path} holds another kind of key than Ed25519.", hint="Restore the ledger's own key.")
        return cls(key)

    def save(self, path: Path) -> None:
        """Write the private key to `path`, mode 0600, durably; an existing file is never overwritten."""
        from cryptography.hazmat.primitives import serialization as s

        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = self._private.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
        waiting = path.with_name(f".{path.name}.new")
        waiting.unlink(missing_ok=True)
        replace_file(waiting, pem, mode=0o600)
        os.link(waiting, path)  # unlike a rename, this fails where a key exists
        waiting.unlink()

    def public_pem(self) -> bytes:
        """Return the public key as PEM (SubjectPublicKeyInfo)."""
        from cryptography.hazmat.primitives import serialization as s

        return self._public.public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)

    def public_bytes(self) -> bytes:
        """Return the public key as 32 bytes (RFC 8032)."""
        from cryptography.hazmat.primitives import serialization as s

        return self._public.public_bytes(s.Encoding.Raw, s.PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of signature."""
        return self._private.sign(message)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Say whether this key made `signature` over `message`."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._public.verify(signature, message)
        except InvalidSignature:
            return False
        return True
