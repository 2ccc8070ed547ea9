"""The digest of every table that the model is made of, the posterior included."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

__all__ = ["tables_digest"]


@cache
def tables_digest() -> str:
    """Return the SHA-256 over names and contents of the tables in `reference/strategy`."""
    digest = hashlib.sha256()
    folder = files("counterflow.reference").joinpath("strategy")
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.name.endswith((".csv", ".npz", ".toml")):
            digest.update(item.name.encode() + b"\0" + item.read_bytes() + b"\0")
    return digest.hexdigest()
