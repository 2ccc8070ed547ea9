#!/usr/bin/env python3
"""Check a Counterflow ledger without Counterflow.

    python verify_ledger.py LEDGER --key ledger.pub [--head SAVED]... [--other LEDGER] [--format text|json]
                            [--cosigned CHECKPOINT --witness VKEY]...

Every line is checked to be canonical JSON, in its place, chained to the one before, with the right hash;
Merkle root and signature of every batch are checked. A saved head proves that what it stood for is still
there, and so does a head that a second party co-signed, whose key you have from that party; another copy shows
whether both tell the same story. What cannot be excluded is said.

Needs Python 3.11 and the package `cryptography`; shares no code with the program that wrote the ledger.
Exit: 0 verified; 1 verification failed; 2 wrong call; 3 something could not be read.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

FORMAT = "counterflow-ledger-1"
LARGEST = 2**53 - 1
LONGEST_LINE = 1 << 20
NO_CHAIN = "0" * 64
UNCLOSED = (
    "a write was cut off (opening the workspace sets it aside), a line was deleted, or they were added without the key"
)
SEGMENT = re.compile(r"entries-(\d{6,})\.jsonl")
HEX64 = re.compile(r"[0-9a-f]{64}")
HEX128 = re.compile(r"[0-9a-f]{128}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
KIND = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
ENTRY_FIELDS = ["body", "kind", "prev", "seq", "time"]
HEAD_FIELDS = ["batch", "chain", "format", "key", "ledger_id", "root", "size", "time"]

Signed = Callable[[bytes, bytes], bool]


class Unreadable(Exception):  # noqa: N818 - says what it is
    """Something given to us cannot be read at all."""


class Failed(Exception):  # noqa: N818
    """The ledger is not what it claims to be; the message says where."""


# ---- canonical JSON ----


def _not_whole(text: str) -> NoReturn:
    raise ValueError(f"the number {text[:40]} is not whole")


def _whole(text: str) -> int:
    number = int(text) if len(text) <= 17 else LARGEST + 1
    if abs(number) > LARGEST:
        raise ValueError(f"the whole number {text[:40]} lies beyond 2^53 - 1")
    return number


_READ = json.JSONDecoder(parse_float=_not_whole, parse_constant=_not_whole, parse_int=_whole).decode
_WRITE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False).encode


def canonical(text: bytes) -> Any:
    """Return the value of canonical JSON; raise ValueError when `text` is anything else."""
    try:
        value = _READ(text.decode())
        same = _WRITE(value).encode() == text
    except RecursionError as error:
        raise ValueError("lists or objects stand too deep inside each other") from error
    if not same:
        raise ValueError("the line is JSON but not in canonical spelling")
    if not text.isascii():
        _keys_in_ascii(value)
    return value


def _keys_in_ascii(value: Any) -> None:
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _keys_in_ascii(part)
    if isinstance(value, dict) and not all(map(str.isascii, value)):
        raise ValueError("a key is not ASCII")


# ---- heads ----


@dataclass(frozen=True)
class Head:
    """A signed head, its signature not yet checked."""

    batch: int
    chain: str
    format: str
    key: str | None
    ledger_id: str
    root: str
    size: int
    time: str
    signature: bytes
    message: bytes

    @classmethod
    def read(cls, line: bytes) -> Head:
        """Return the head in `line` (without line end); raise ValueError when it is none."""
        value = canonical(line)
        if not isinstance(value, dict) or list(value) != ["head", "signature"] or not isinstance(value["head"], dict):
            raise ValueError("it is not a signed head")
        parts, signature = value["head"], value["signature"]
        if list(parts) != HEAD_FIELDS or not isinstance(signature, str) or not HEX128.fullmatch(signature):
            raise ValueError("the head lacks a field or has one too many")
        texts = (parts["chain"], parts["root"], parts["time"], parts["ledger_id"], parts["format"])
        well_made = (
            all(isinstance(t, str) for t in texts)
            and HEX64.fullmatch(texts[0]) and HEX64.fullmatch(texts[1]) and INSTANT.fullmatch(texts[2])
            and all(type(parts[n]) is int and parts[n] >= 0 for n in ("batch", "size"))
            and (parts["key"] is None or isinstance(parts["key"], str))
        )  # fmt: skip
        if not well_made:
            raise ValueError("a field of the head is malformed")
        if parts["format"] != FORMAT:
            raise ValueError(f"the format is {parts['format']!r}; this program reads {FORMAT!r}")
        return cls(**parts, signature=bytes.fromhex(signature), message=_WRITE(parts).encode())


class Tree:
    """Merkle tree of RFC 9162, section 2.1.1, as the roots of its full subtrees."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def push(self, entry: bytes) -> None:
        """Add the leaf of `entry`."""
        node, carried = hashlib.sha256(b"\x00" + entry).digest(), self.size
        while carried & 1:
            node = hashlib.sha256(b"\x01" + self.peaks.pop() + node).digest()
            carried >>= 1
        self.peaks.append(node)
        self.size += 1

    def root(self) -> str:
        """Return the root, hexadecimal."""
        if not self.peaks:
            return hashlib.sha256(b"").hexdigest()
        node = self.peaks[-1]
        for left in self.peaks[-2::-1]:
            node = hashlib.sha256(b"\x01" + left + node).digest()
        return node.hex()


# ---- one ledger ----


@dataclass
class Copy:
    """One folder of a ledger, read once from first line to last.

    Args:
        folder: where it stands.
        signed: says whether the given key made a signature.
        wanted: sizes at which root and chain are to be kept, for saved heads.
    """

    folder: Path
    signed: Signed
    wanted: set[int]
    tree: Tree = field(default_factory=Tree)
    chain: str = NO_CHAIN
    last: Head | None = None
    files: int = 0
    backward: int = 0
    first_time: str = ""
    last_time: str = ""
    kept: dict[int, tuple[str, str]] = field(default_factory=dict)
    failure: str = ""

    def hashes(self) -> Iterator[str]:
        """Yield the hash of each entry that holds; at the first that does not, note the failure and end."""
        try:
            for path, number, line in self._lines():
                where = f"{path.name}, line {number}"
                if self.last is None or line.startswith(b'{"head":'):
                    self._head(line, where)
                else:
                    self._entry(line, where)
                    yield self.chain
            self._end()
        except Failed as failure:
            self.failure = str(failure)

    def _end(self) -> None:
        if self.last is None:
            raise Failed("entries-000001.jsonl is empty: a ledger begins with a signed head")
        if self.last.size != self.tree.size:
            gap = f"{self.tree.size - self.last.size:,} entries after number {self.last.size:,}"
            raise Failed(f"no signed head closes the {gap}: {UNCLOSED}")

    def _lines(self) -> Iterator[tuple[Path, int, bytes]]:
        paths = segments(self.folder)
        for position, path in enumerate(paths, 1):
            if path.name != f"entries-{position:06d}.jsonl":
                raise Failed(f"entries-{position:06d}.jsonl is missing, {path.name} is there")
            self.files = position
            for number, line in enumerate(lines_of(path), 1):
                if len(line) > LONGEST_LINE:
                    raise Failed(f"{path.name}, line {number}: longer than {LONGEST_LINE:,} bytes")
                if not line.endswith(b"\n"):
                    raise Failed(f"{path.name}, line {number}: cut off before its end")
                yield path, number, line

    def _entry(self, line: bytes, where: str) -> None:
        seq = self.tree.size + 1
        where = f"{where} (entry {seq:,})"
        try:
            value = canonical(line[:-1])
        except ValueError as error:
            raise Failed(f"{where}: {_words(error)}") from error
        if not isinstance(value, dict) or list(value) != ["entry", "hash"] or not isinstance(value["entry"], dict):
            raise Failed(f"{where}: neither an entry nor a head")
        entry, told = value["entry"], value["hash"]
        # A canonical line has a fixed layout: 9 bytes before the entry, and ,"hash":"…"} 76 after.
        body = line[9:-76]
        found = hashlib.sha256(body).hexdigest()
        if found != told:
            raise Failed(f"{where}: its hash is not that of its bytes, {found}")
        if list(entry) != ENTRY_FIELDS or not isinstance(entry["body"], dict):
            raise Failed(f"{where}: an entry has the fields {', '.join(ENTRY_FIELDS)}, not these")
        if type(entry["seq"]) is not int or entry["seq"] != seq:
            raise Failed(f"{where}: it is numbered {str(entry['seq'])[:20]!r}")
        if entry["prev"] != self.chain:
            raise Failed(f"{where}: it does not name the entry before it, {self.chain}, as its predecessor")
        time = entry["time"]
        if not isinstance(time, str) or not INSTANT.fullmatch(time) or not KIND.fullmatch(str(entry["kind"])):
            raise Failed(f"{where}: its time or kind is malformed")
        self.tree.push(body)
        self.chain = found
        self.backward += time < self.last_time
        self.first_time, self.last_time = self.first_time or time, time
        if seq in self.wanted:
            self.kept[seq] = (self.tree.root(), found)

    def _head(self, line: bytes, where: str) -> None:
        try:
            head = Head.read(line[:-1])
        except ValueError as error:
            raise Failed(f"{where}: no sound signed head: {_words(error)}") from error
        if not self.signed(head.signature, head.message):
            raise Failed(f"{where}: the head of batch {head.batch:,} is not signed by the key given")
        before = self.last
        if before is None:
            self.kept[0] = (self.tree.root(), NO_CHAIN)
        if head.batch != (before.batch + 1 if before else 0) or (head.size == 0) != (before is None):
            raise Failed(f"{where}: the head of batch {head.batch:,} cannot stand here; lines are missing or moved")
        if before and (head.ledger_id != before.ledger_id or head.size <= before.size):
            raise Failed(f"{where}: a head of ledger {head.ledger_id!r} at size {head.size:,} cannot follow here")
        if (head.size, head.chain, head.root) != (self.tree.size, self.chain, self.tree.root()):
            raise Failed(f"{where}: the signed head stands for other entries than those before it")
        self.last = head


def lines_of(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, line ends included, none longer than one byte more than is allowed."""
    try:
        with path.open("rb", buffering=1 << 18) as file:
            yield from iter(lambda: file.readline(LONGEST_LINE + 1), b"")
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror or error}") from error


def segments(folder: Path) -> list[Path]:
    """Return the ledger's files of entries in order."""
    try:
        found = [(int(m[1]), p) for p in folder.iterdir() if (m := SEGMENT.fullmatch(p.name))]
    except OSError as error:
        raise Unreadable(f"{folder} cannot be read as a ledger's folder: {error.strerror or error}") from error
    if not found:
        raise Unreadable(f"{folder} holds no ledger: no file is named entries-000001.jsonl")
    return [path for _, path in sorted(found)]


def _words(error: ValueError) -> str:
    if isinstance(error, UnicodeError):
        return "it is not UTF-8 text"
    return f"it is not JSON: {error}" if isinstance(error, json.JSONDecodeError) else str(error)


# ---- heads that others kept, and other copies ----


def saved_head(path: Path) -> Head:
    """Return the head that someone saved in `path`."""
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST_LINE)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        # It may have been laid out again on its way (indented, sorted): its value counts, not its spelling.
        return Head.read(_WRITE(_READ(text.decode())).encode())
    except (ValueError, RecursionError) as error:
        words = _words(error) if isinstance(error, ValueError) else "it is nested too deep"
        raise Unreadable(f"{path} holds no saved head: {words}") from error


def hold_against(copy: Copy, head: Head, name: str) -> str:
    """Return what is wrong between the ledger and an earlier head; empty when the head is a prefix."""
    if not copy.signed(head.signature, head.message):
        return f"{name} is not signed by the key given: it was altered, or all was re-signed with another key"
    if copy.last and head.ledger_id != copy.last.ledger_id:
        return f"{name} is of ledger {head.ledger_id!r}, this is {copy.last.ledger_id!r}"
    if head.size not in copy.kept:
        cut = f"the ledger was cut: {name} was signed at {head.size:,} entries, {copy.tree.size:,} are left"
        return "" if copy.failure else cut
    if copy.kept[head.size] != (head.root, head.chain):
        return f"a fork: the first {head.size:,} entries were rewritten; {name} was signed over others"
    return ""


# ---- heads that a second party signed (C2SP signed-note, tlog-checkpoint, tlog-cosignature) ----


@dataclass(frozen=True)
class Cosigned:
    """A checkpoint, and the time at which each second party whose key was given signed it."""

    name: str
    origin: str
    size: int
    root: str
    times: dict[str, int]


def witness_key(path: Path) -> tuple[str, bytes, bytes]:
    """Return name, key id and public key of the second party in `path`: one line NAME+ID+KEY."""
    try:
        name, short, key = path.read_text("utf-8").strip().split("+", 2)
        public = base64.b64decode(key, validate=True)
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path} holds no public line of a second party (NAME+ID+KEY)") from error
    if len(public) != 33 or public[0] != 4:
        raise Unreadable(f"{path} is not the key of a second party: another kind of key")
    wanted = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
    if wanted.hex() != short:
        raise Unreadable(f"{path} does not hold together: its key has another id")
    return name, wanted, public[1:]


def cosigned_head(path: Path, witnesses: list[tuple[str, bytes, bytes]]) -> Cosigned:
    """Return the checkpoint in `path`, each given second party's signature checked; raises Failed where one is wrong."""
    try:
        text = path.read_text("utf-8")
        body, mark, signatures = text.rpartition("\n\n")
        origin, size, root, *_ = body.split("\n")
        head = (origin, int(size), base64.b64decode(root, validate=True).hex())
        lines = [
            (one.split(" ")[1], base64.b64decode(one.split(" ")[2], validate=True)) for one in signatures.splitlines()
        ]
    except (OSError, ValueError, IndexError) as error:
        raise Unreadable(f"{path} holds no checkpoint") from error
    if not mark:
        raise Unreadable(f"{path} holds no checkpoint")
    times: dict[str, int] = {}
    for name, short, public in witnesses:
        for whose, blob in lines:
            if whose == name and blob[:4] == short:
                seconds = int.from_bytes(blob[4:12], "big")
                message = f"cosignature/v1\ntime {seconds}\n{body}\n".encode()
                if not made_by(public, blob[12:], message):
                    raise Failed(f"{path.name}: the signature of {name} is not over this head; it was altered")
                times[name] = seconds
    if not times:
        raise Failed(f"{path.name}: no second party whose key was given signed it")
    return Cosigned(f"the co-signed head {path.name}", *head, times)


def made_by(public: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether the key with these 32 bytes made a signature."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def hold_against_cosigned(copy: Copy, head: Cosigned) -> str:
    """Return what is wrong between the ledger and a co-signed head; empty when the head is a prefix."""
    own = None if copy.last is None else "counterflow/" + quote(copy.last.ledger_id, safe="")
    if own is not None and head.origin != own:
        return f"{head.name} is of ledger {head.origin!r}, this is {own!r}"
    if head.size not in copy.kept:
        cut = f"the ledger was cut: {head.name} stands for {head.size:,} entries, {copy.tree.size:,} are left"
        return "" if copy.failure else cut
    if copy.kept[head.size][0] != head.root:
        return f"a fork: the first {head.size:,} entries were rewritten; {head.name} was signed over others"
    return ""


def side_by_side(one: Copy, two: Copy) -> str:
    """Read two copies together; return what differs, empty when `two` is all of `one` or its beginning."""
    left, right = one.hashes(), two.hashes()
    common, fork = 0, 0
    for a in left:
        b = None if fork else next(right, None)
        if b is not None and a != b:
            fork = common + 1
        common += b is not None and not fork
    for _ in right:
        pass
    if one.last and two.last and one.last.ledger_id != two.last.ledger_id:
        return f"the other copy is of another ledger: {two.last.ledger_id!r}, not {one.last.ledger_id!r}"
    if fork:
        return f"the copies fork at entry {fork:,}: up to {fork - 1:,} they are the same, from there they differ"
    if two.failure:
        return f"the other copy does not hold by itself: {two.failure}"
    if not one.failure and two.tree.size > one.tree.size:
        gone = two.tree.size - one.tree.size
        return f"the ledger was cut, or is older: the other has {gone:,} more after number {one.tree.size:,}"
    return ""


# ---- the answer ----


def read_key(path: Path) -> Signed:
    """Return a function that says whether the key in `path` made a signature."""
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError as error:
        raise Unreadable("the Python package cryptography is not installed; it checks the signatures") from error
    try:
        with path.open("rb") as file:
            pem = file.read(LONGEST_LINE)
    except OSError as error:
        raise Unreadable(f"the key {path} cannot be read: {error.strerror or error}") from error
    if b"PRIVATE KEY" in pem:
        raise Unreadable(f"{path} holds a private key; keep that secret, and give the public one (ledger.pub)")
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unreadable(f"{path} holds no public key in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise Unreadable(f"{path} holds another kind of key; an Ed25519 public key is needed")

    def signed(signature: bytes, message: bytes) -> bool:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return signed


def check(
    folder: Path, key: Path, saved: list[Path], other: Path | None, cosigned: list[Path] | None = None,
    witness: list[Path] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Verify and return the whole answer as plain data."""
    signed = read_key(key)
    told, wrong = cosigned_heads(cosigned or [], [witness_key(path) for path in witness or []])
    heads = [(head, f"the saved head {path.name}") for path in saved for head in [saved_head(path)]]
    rolling, problem, notes = rolling_head(folder)
    held = heads + ([(rolling, "head.json, which the writer left beside the entries,")] if rolling else [])
    copy = Copy(folder, signed, {head.size for head, _ in held} | {head.size for head in told})
    problems: list[str] = []
    if other is None:
        for _ in copy.hashes():
            pass
    else:
        problems.append(side_by_side(copy, Copy(other, signed, set())))
    problems = [copy.failure, *problems, problem, *(hold_against(copy, head, name) for head, name in held)]
    problems += [*wrong, *(hold_against_cosigned(copy, head) for head in told)]
    if copy.backward:
        notes.append(f"the clock ran backwards {copy.backward:,} times; order is proved by number, not by time")
    notes += [f"{path.name}: an interrupted write, set aside; it never counted" for path in torn(folder)]
    head = copy.last
    return {
        "verdict": "failed" if any(problems) else "verified",
        "ledger": str(folder), "ledger_id": head.ledger_id if head else None, "files": copy.files,
        "entries": copy.tree.size, "batches": head.batch if head else 0, "root": copy.tree.root(),
        "chain": copy.chain,
        "first_time": copy.first_time or None, "last_time": copy.last_time or None,
        "heads_held_against": [{"size": h.size, "time": h.time, "name": name} for h, name in heads],
        "cosigned": [{"size": h.size, "name": h.name, "by": h.times} for h in told],
        "other": None if other is None else str(other),
        "problems": [p for p in problems if p], "notes": notes,
        "not_excluded": [] if any(problems) else not_excluded([h for h, _ in heads], other, told),
    }  # fmt: skip


def cosigned_heads(paths: list[Path], witnesses: list[tuple[str, bytes, bytes]]) -> tuple[list[Cosigned], list[str]]:
    """Return the co-signed heads that hold by themselves, and what is wrong with the others."""
    if bool(paths) != bool(witnesses):
        raise Unreadable("--cosigned and --witness go together: a head, and the public line of who signed it")
    held: list[Cosigned] = []
    wrong: list[str] = []
    for path in paths:
        try:
            held.append(cosigned_head(path, witnesses))
        except Failed as failure:
            wrong.append(str(failure))
    return held, wrong


def rolling_head(folder: Path) -> tuple[Head | None, str, list[str]]:
    """Return the head that the writer leaves beside the entries, a problem with it, and notes."""
    segments(folder)
    path = folder / "head.json"
    if not path.exists():
        return None, "", ["head.json is missing: the writer leaves it there, so a tail may have been cut off"]
    try:
        return saved_head(path), "", []
    except Unreadable as error:
        return None, f"{error}: damaged, or cut off by a loss of power (opening the workspace mends it)", []


def torn(folder: Path) -> list[Path]:
    """Return what the writer set aside of writes that were cut off."""
    return sorted(path for path in folder.iterdir() if path.match("torn-*.part"))


def not_excluded(heads: list[Head], other: Path | None, cosigned: list[Cosigned]) -> list[str]:
    """Return what these checks cannot exclude, in words."""
    kept = max([head.size for head in heads] + [head.size for head in cosigned], default=None)
    if kept is None and other is None:
        return [
            "truncation: whole batches cut from the end, head.json put back to match (give --head, --other)",
            "a fork: another ledger shown to others, signed by the same key (give --head, --other)",
            "re-signing: all rewritten and signed again by the holder of the key (give --head, --other)",
            "another key: get the public key by another way than with the ledger",
        ]
    said = []
    if kept is not None:
        said.append(f"truncation, a fork or re-signing after number {kept:,}, the last entry that a saved head covers")
    if other is not None:
        said.append("truncation, a fork or re-signing done to both copies alike; have one that others keep")
    return [*said, "another key: get the public key by another way than with the ledger"]


def as_text(answer: dict[str, Any]) -> str:
    """Return the answer in plain words."""
    lines = [f"{answer['verdict'].upper()}: {answer['ledger']}"]
    lines += [f"  problem: {problem}" for problem in answer["problems"]]
    if answer["problems"]:
        lines.append(f"  {answer['entries']:,} entries hold by themselves; nothing after the first break was judged.")
    else:
        lines += [
            f"  {answer['ledger_id']!r}: {answer['entries']:,} entries in {answer['batches']:,} batches",
            f"  first {answer['first_time'] or 'none'}, last {answer['last_time'] or 'none'}",
            f"  root {answer['root']}",
            "  Each line is canonical, in order, chained and hashed; each batch is signed by the key given.",
        ]
        for head in answer["heads_held_against"]:
            lines.append(f"  {head['name']} ({head['size']:,} entries, {head['time']}) is a prefix of it.")
        for head in answer["cosigned"]:
            lines.append(f"  {head['name']} ({head['size']:,} entries, by {', '.join(head['by'])}) is a prefix of it.")
        if answer["other"]:
            lines.append(f"  {answer['other']} holds the same entries, as far as it goes.")
    lines += [f"  note: {note}" for note in answer["notes"]]
    if answer["not_excluded"]:
        lines += [
            "Cannot be excluded from what was given:",
            *(f"  - {what}" for what in answer["not_excluded"]),
        ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("ledger", type=Path, metavar="LEDGER", help="the ledger's folder")
    parser.add_argument("--key", type=Path, required=True, metavar="PUB", help="the public key, PEM")
    add = parser.add_argument
    add(
        "--head",
        type=Path,
        action="append",
        default=[],
        metavar="SAVED",
        help="a head saved earlier; may be repeated",
    )
    parser.add_argument("--other", type=Path, metavar="LEDGER", help="another copy to compare with")
    add(
        "--cosigned",
        type=Path,
        action="append",
        default=[],
        metavar="CHECKPOINT",
        help="a head that a second party signed",
    )
    add(
        "--witness",
        type=Path,
        action="append",
        default=[],
        metavar="VKEY",
        help="that party's public line, NAME+ID+KEY",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print the answer")
    given = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        answer = check(given.ledger, given.key, given.head, given.other, given.cosigned, given.witness)
    except Unreadable as error:
        answer = {"verdict": "unreadable", "ledger": str(given.ledger), "problems": [str(error)]}
    if given.format == "json":
        print(json.dumps(answer, indent=2))
    elif answer["verdict"] == "unreadable":
        print(f"UNREADABLE: {answer['problems'][0]}.")
    else:
        print(as_text(answer))
    return {"verified": 0, "failed": 1, "unreadable": 3}[answer["verdict"]]


if __name__ == "__main__":
    sys.exit(main())
