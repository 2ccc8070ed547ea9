"""Blinding identifiers on a curve: two secrets that are applied in either order give the same point.

This is the commutative encryption of C. Meadows (IEEE Symposium on Security and Privacy 1986) on which Huberman,
Franklin and Hogg (ACM Conference on Electronic Commerce 1999) and De Cristofaro and Tsudik (Financial Cryptography
2010, section 3) build, over the curve NIST P-256:

* an identifier becomes a point by hashing and trying again until the hash is the x of one ("MapToGroup", Boneh, Lynn
  and Shacham, Asiacrypt 2001, section 3.3); how long that takes shows only on the machine that holds the identifier;
* a party's secret is a private key k; blinding is the Diffie-Hellman function, of which only x is kept. Since the x of
  k·P and of k·(-P) are one, x alone commutes, and messages hold 32 bytes for each identifier.

Group order is prime with cofactor 1, so there are no small subgroups, and a message with an x that is on no point is
refused by the library. Keys, points and multiplication are those of `cryptography` (OpenSSL); nothing is computed here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric import ec

from counterflow.core.errors import InputError

__all__ = ["POINT_BYTES", "Secret", "hashed"]

POINT_BYTES = 32
_CURVE = ec.SECP256R1()
_EVEN = b"\x02"
_LABEL = b"counterflow private matching 1"


class Secret:
    """One party's secret of one matching; another matching has another."""

    def __init__(self, key: ec.EllipticCurvePrivateKey | None = None) -> None:
        self._key = key or ec.generate_private_key(_CURVE)

    @classmethod
    def restored(cls, text: str) -> Secret:
        """Return the secret that `text` keeps."""
        return cls(ec.derive_private_key(int(text, 16), _CURVE))

    @property
    def text(self) -> str:
        """The secret, to be kept by its owner between two messages and by nobody else."""
        return f"{self._key.private_numbers().private_value:064x}"

    def blinded(self, points: Sequence[bytes]) -> list[bytes]:
        """Return the points, each multiplied by the secret.

        Args:
            points: x coordinates, `POINT_BYTES` each.

        Raises:
            InputError: one is no point of the curve.
        """
        method = ec.ECDH()
        return [self._key.exchange(method, _point(x)) for x in points]


def hashed(identifiers: Sequence[str], form: str, session: str) -> list[bytes]:
    """Return each identifier as the x of a point; the same only for the same form and session.

    Args:
        identifiers: written one way, see `keys.identifiers`.
        form: form of the key, so that a number in one column never meets the same number in another.
        session: id of the matching, so that nothing worked out beforehand or seen before helps.
    """
    head = hashlib.sha256(b"\x1f".join([_LABEL, session.encode(), form.encode()])).digest()
    return [_hashed(head, identifier.encode()) for identifier in identifiers]


def _hashed(head: bytes, identifier: bytes) -> bytes:
    for tried in range(1 << 16):  # each try has an even chance
        x = hashlib.sha256(head + tried.to_bytes(2, "big") + identifier).digest()
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, _EVEN + x)
        except ValueError:
            continue
        return x
    raise AssertionError("no point in 65,536 tries")  # a chance of 2 to the power of -65,536


def _point(x: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, _EVEN + x)
    except ValueError:
        hint = "The message is damaged, or was not made by this protocol. Ask for it again."
        raise InputError("A message holds something that is no point of the curve.", hint=hint) from None
