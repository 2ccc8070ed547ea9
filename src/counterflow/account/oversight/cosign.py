"""A second party signs a head of the ledger: what it saw cannot be taken back, not even by whoever holds our key.

The second party needs nothing of ours but the checkpoint, our public key and the head that it signed last. It signs
only what it can tell is the same ledger, grown: with the earlier checkpoint it asks for a proof (RFC 9162, 2.1.4), and
refuses without one. The first time there is nothing to hold against, and that is said.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from counterflow.core.errors import ConfigError, InputError, UsageError
from counterflow.store.ledger.canonical import canonical_bytes
from counterflow.store.ledger.checkpoints import (
    COSIGNATURE,
    NOTE_SIGNATURE,
    Checkpoint,
    Line,
    consistency_proof,
    cosigned_message,
    is_consistent,
    key_id,
    origin_of,
    verifier_key,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from counterflow.store.ledger import Ledger

__all__ = ["Cosigned", "cosign", "new_witness_key", "publish_head", "read_proof"]

_NAME = re.compile(r"[^\s+]{3,200}")
_CHECKPOINT = re.compile(r"checkpoint-(\d+)\.txt")


@dataclass(frozen=True)
class Cosigned:
    """A checkpoint with the second party's signature, and what that party could and could not check."""

    checkpoint: Checkpoint
    said: tuple[str, ...]


# -- the ledger's side ------------------------------------------------------------------------------------------------


def publish_head(ledger: Ledger, folder: Path) -> list[Path]:
    """Write the head of a ledger into a folder that others can read; return the files written.

    The folder gets the checkpoint, the same head as `tools/verify_ledger.py --head` takes it, the public key in both
    spellings and, where an earlier checkpoint stands there, the proof that the ledger grew out of it.

    Raises:
        InputError: an earlier checkpoint in the folder is of another ledger, or of a longer one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ledger.still() as head:
        pass
    checkpoint = ledger.checkpoint()
    earlier = _latest(folder, checkpoint)
    public = (ledger.folder / "ledger.pub").read_bytes()
    written = {
        f"checkpoint-{checkpoint.size}.txt": checkpoint.text().encode(),
        f"head-{head.head.size}.json": head.as_json().encode() + b"\n",
        "ledger.pub": public,
        "ledger.vkey": verifier_key(checkpoint.origin, NOTE_SIGNATURE, _public_bytes(public)).encode() + b"\n",
    }
    if earlier is not None and earlier.size < checkpoint.size:
        proof = consistency_proof(list(ledger.leaves())[: checkpoint.size], earlier.size)
        lines = [f"old {earlier.size}", *(base64.b64encode(part).decode() for part in proof)]
        written[f"proof-{earlier.size}-{checkpoint.size}.txt"] = ("\n".join(lines) + "\n").encode()
    for name, content in written.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in written]


def _latest(folder: Path, now: Checkpoint) -> Checkpoint | None:
    found = [(int(m[1]), path) for path in folder.iterdir() if (m := _CHECKPOINT.fullmatch(path.name))]
    if not found:
        return None
    size, path = max(found)
    earlier = Checkpoint.read(path.read_text("utf-8"), path.name)
    if earlier.origin != now.origin or size > now.size:
        raise InputError(
            "This folder holds a checkpoint of another ledger, or of a longer one.", file=path.name,
            hint="Publish each ledger into a folder of its own; if it is this one, it was cut: verify it.",
        )  # fmt: skip
    return earlier


# -- the second party's side ------------------------------------------------------------------------------------------


def new_witness_key(path: Path, name: str) -> str:
    """Make a key for a second party; return its public line, which is also written beside it.

    Raises:
        UsageError: the name cannot stand in a signature, or the file is there already.
    """
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name a key.", hint="Use a name like inspectorate.example, without blanks or +."
        )
    if path.exists():
        raise UsageError(f"{path} exists.", hint="A key is never overwritten; name another file.")
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    public = verifier_key(name, COSIGNATURE, key.public_key().public_bytes_raw())
    path.with_name(path.name + ".vkey").write_text(public + "\n", "utf-8")
    return public


def cosign(
    head: Path, key: Path, *, now: dt.datetime, name: str = "", ledger_key: Path | None = None,
    earlier: Path | None = None, proof: Path | None = None,
) -> Cosigned:  # fmt: skip
    """Sign a head as the second party.

    Args:
        head: checkpoint, or a head as JSON.
        key: the second party's private key (Ed25519, PEM).
        now: time of signing.
        name: the second party's name; from the public line beside the key where not given.
        ledger_key: the ledger's public key, that was given earlier by another way.
        earlier: checkpoint signed last.
        proof: that this head grew out of that one.

    Raises:
        InputError: it is no head, not signed by the ledger's key, or not shown to have grown out of the earlier one.
        ConfigError: the key cannot be used.
    """
    checkpoint, said = _head(head, ledger_key)
    if earlier is None:
        said.append("no earlier head was given: this one is taken on trust; keep it, and give it next time")
    else:
        _require_grown(Checkpoint.read(_text(earlier), earlier.name), checkpoint, head, proof)
        said.append(f"it grew out of the head that {earlier.name} holds: nothing was cut or rewritten between them")
    private = _private(key)
    used = name or _name_beside(key)
    seconds = int(now.timestamp())
    public = private.public_key().public_bytes_raw()
    signature = private.sign(cosigned_message(checkpoint.body(), seconds))
    line = Line(used, key_id(used, COSIGNATURE, public), seconds.to_bytes(8, "big") + signature)
    return Cosigned(checkpoint.signed(line), tuple(said))


def _head(path: Path, ledger_key: Path | None) -> tuple[Checkpoint, list[str]]:
    text = _text(path)
    public = None if ledger_key is None else _public_bytes(_text(ledger_key).encode(), ledger_key.name)
    if text.lstrip().startswith("{"):
        checkpoint = _from_json(text, path, public)
    else:
        checkpoint = Checkpoint.read(text, path.name)
        if public is not None:
            _require_signed(checkpoint, public, path)
    if public is None:
        return checkpoint, ["the ledger's own signature was not checked: give --ledger-key, got by another way"]
    return checkpoint, ["the ledger's own signature holds under the key given"]


def _from_json(text: str, path: Path, public: bytes | None) -> Checkpoint:
    from counterflow.store.ledger import SignedHead

    try:
        signed = SignedHead.read(canonical_bytes(json.loads(text)))
    except (ValueError, UsageError, TypeError) as error:
        raise InputError(
            "This is no head of a ledger.", file=path.name, hint="Give it as it was handed out."
        ) from error
    if public is not None and not _verifies(public, bytes.fromhex(signed.signature), signed.head.canonical()):
        raise _not_signed(path)
    return Checkpoint(origin_of(signed.head.ledger_id), signed.head.size, bytes.fromhex(signed.head.root))


def _require_signed(checkpoint: Checkpoint, public: bytes, path: Path) -> None:
    wanted = key_id(checkpoint.origin, NOTE_SIGNATURE, public)
    own = [line for line in checkpoint.lines if (line.name, line.key) == (checkpoint.origin, wanted)]
    if not own or not all(_verifies(public, line.signature, checkpoint.body()) for line in own):
        raise _not_signed(path)


def _not_signed(path: Path) -> InputError:
    return InputError("This head is not signed by the ledger's key given.", file=path.name,
                      hint="It was altered, or the key is another one. Do not sign it; ask.")  # fmt: skip


def _require_grown(old: Checkpoint, new: Checkpoint, path: Path, proof: Path | None) -> None:
    if old.origin != new.origin:
        raise InputError(f"The earlier head is of {old.origin}, this one of {new.origin}.", file=path.name,
                         hint="Give the head of the same ledger that was signed last.")  # fmt: skip
    hint = "Do not sign it. Have the ledger verified against the earlier head: tools/verify_ledger.py --cosigned."
    if new.size < old.size:
        told = f"The ledger was cut: {old.size:,} entries then, {new.size:,} now."
        raise InputError(told, file=path.name, hint=hint)
    if new.size > old.size and proof is None:
        ask = f"Ask for the proof: proof-{old.size}-{new.size}.txt of the folder that it is published in."
        raise InputError("Nothing shows that this head grew out of the earlier one.", file=path.name, hint=ask)
    parts = [] if proof is None or new.size == old.size else read_proof(proof, old.size)
    if not is_consistent((old.size, old.root), (new.size, new.root), parts):
        raise InputError("A fork: this head did not grow out of the earlier one.", file=path.name, hint=hint)


def read_proof(path: Path, old: int) -> list[bytes]:
    """Read a proof of growth from a head of `old` entries.

    Raises:
        InputError: it is none, or of another head.
    """
    first, *rest = _text(path).split("\n")
    try:
        parts = [base64.b64decode(line, validate=True) for line in rest if line]
    except ValueError:
        parts = [b""]
    if first != f"old {old}" or any(len(part) != 32 for part in parts):
        raise InputError(f"This is no proof from {old:,} entries on.", file=path.name, line=1, value=first,
                         hint="Give the proof file that was published with the head.")  # fmt: skip
    return parts


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise InputError(f"It cannot be read: {error.strerror}.", file=path, hint="Check the path.") from error
    except UnicodeDecodeError:
        raise InputError("This is not text.", file=path, hint="Give it as it was handed out.") from None


def _private(path: Path) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise InputError(f"The key cannot be read: {error.strerror}.", file=path, hint="Check the path.") from error
    except (ValueError, TypeError) as error:
        hint = "Give an Ed25519 key in PEM; counterflow account cosign --new-key makes one."
        raise ConfigError(f"{path} holds no private key that can be used.", hint=hint) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"{path} holds another kind of key than Ed25519.", hint="Make one with --new-key.")
    return key


def _name_beside(key: Path) -> str:
    beside = key.with_name(key.name + ".vkey")
    if not beside.is_file():
        raise UsageError("Who signs?", hint="Give --name inspectorate.example.")
    return beside.read_text("utf-8").split("+", 1)[0]


def _public_bytes(pem: bytes, name: str = "ledger.pub") -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError("This is no public key in PEM.", file=name, hint="Give ledger.pub.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InputError("This is another kind of key than Ed25519.", file=name, hint="Give ledger.pub.")
    return key.public_bytes_raw()


def _verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True
