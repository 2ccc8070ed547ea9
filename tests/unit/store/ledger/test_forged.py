"""Ledgers made wrong by the key holder: every hash and signature is right, one rule is broken."""

from __future__ import annotations

import hashlib
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NONE = "0" * 64
TIME = "2026-03-01T06:00:00.000000Z"


def spelled(value) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Forger:
    """Writes what it is told, and makes hashes, roots and signatures fit."""

    def __init__(self, folder, verifier):
        self.folder, self.verifier = folder, verifier
        self.key = Ed25519PrivateKey.generate()
        self.tree, self.chain, self.batch, self.lines = verifier.Tree(), NONE, 0, []
        self.head()

    def entry(self, raw=None, **changed):
        plain = {
            "body": {"n": 1},
            "kind": "draw",
            "prev": self.chain,
            "seq": self.tree.size + 1,
            "time": TIME,
        }
        entry = spelled(plain | changed) if raw is None else raw(spelled(plain))
        self.chain = hashlib.sha256(entry).hexdigest()
        self.tree.push(entry)
        self.lines.append(b'{"entry":%b,"hash":"%b"}' % (entry, self.chain.encode()))

    def head(self, **changed):
        plain = {
            "batch": self.batch, "chain": self.chain, "format": "counterflow-ledger-1", "key": None,
            "ledger_id": "forged", "root": self.tree.root(), "size": self.tree.size, "time": TIME,
        }  # fmt: skip
        text = spelled(plain | changed)
        self.lines.append(b'{"head":%b,"signature":"%b"}' % (text, self.key.sign(text).hex().encode()))
        self.batch += 1

    def problems(self):
        public = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (self.folder / "ledger.pub").write_bytes(public)
        (self.folder / "entries-000001.jsonl").write_bytes(b"\n".join(self.lines) + b"\n")
        return self.verifier.check(self.folder, self.folder / "ledger.pub", [], None)["problems"]


@pytest.fixture
def forger(tmp_path, verifier):
    return Forger(tmp_path, verifier)


def test_what_breaks_no_rule_is_verified(forger):
    forger.entry(body={"name": "é"})
    forger.entry(kind="a.b_c-d9", time="2026-02-28T23:59:59.999999Z")
    forger.head(key="load:x")
    forger.entry(body={})
    forger.head()
    assert forger.problems() == []


@pytest.mark.parametrize(
    "changed",
    [
        {"seq": 3}, {"seq": 1}, {"seq": "2"}, {"seq": True}, {"prev": NONE}, {"prev": None}, {"kind": "Draw"},
        {"kind": ""}, {"kind": None}, {"kind": ["draw"]}, {"time": "2026-03-01"}, {"time": None},
        {"time": TIME + "Z"},
        {"body": []}, {"body": "x"}, {"body": None}, {"more": 1}, {"body": {"x": 0.5}}, {"body": {"é": 1}},
        {"body": {"deep": [{"é": 1}]}}, {"body": {"n": 2**53}}, {"body": {"n": -(2**53)}},
    ],
)  # fmt: skip
def test_an_entry_that_breaks_a_rule_fails_at_its_line(forger, changed):
    forger.entry()
    forger.entry(**changed)
    forger.head()
    assert "line 3 (entry 2)" in forger.problems()[0]


@pytest.mark.parametrize(
    "raw",
    [
        lambda e: e.replace(b'{"n":1}', b'{"n": 1}'), lambda e: e.replace(b'{"n":1}', b'{"n":1,"n":1}'),
        lambda e: e.replace(b'{"n":1}', b'{"n":01}'), lambda e: e.replace(b'{"n":1}', b'{"n":"\\u0041"}'),
        lambda e: e.replace(b'{"n":1}', b'{"n":1,"a":2}'), lambda e: e.replace(b'{"n":1}', b'{"n":"\xff"}'),
        lambda e: e.replace(b'{"n":1}', b'{"n":NaN}'), lambda e: e.replace(b'{"n":1}', b'{"n":-0}'),
        lambda e: e[:-1] + b',"hash":"x"}', lambda e: e + b" ", lambda _: b"{}", lambda _: b"1",
    ],
)  # fmt: skip
def test_an_entry_in_another_spelling_fails_at_its_line(forger, raw):
    forger.entry()
    forger.entry(raw)
    forger.head()
    assert "line 3 (entry 2)" in forger.problems()[0]


@pytest.mark.parametrize(
    "changed",
    [
        {"batch": 1}, {"batch": 3}, {"batch": "2"}, {"batch": True}, {"size": 1}, {"size": 3}, {"size": None},
        {"root": NONE}, {"chain": NONE}, {"root": None}, {"ledger_id": "other"}, {"ledger_id": 1},
        {"time": "now"},
        {"format": "counterflow-ledger-2"}, {"key": 1}, {"more": 1},
    ],
)  # fmt: skip
def test_a_head_that_breaks_a_rule_fails_at_its_line(forger, changed):
    forger.entry()
    forger.head()
    forger.entry()
    forger.head(**changed)
    assert "line 5" in forger.problems()[0]


def test_a_batch_without_entries_fails(forger):
    forger.entry()
    forger.head()
    forger.head()
    assert "line 4" in forger.problems()[0]


def test_a_ledger_that_does_not_begin_empty_fails(forger):
    forger.lines.clear()
    forger.batch = 0
    forger.entry()
    forger.head()
    assert "line 1" in forger.problems()[0]


def test_a_head_handed_out_does_not_close_a_batch(forger):
    forger.entry()
    forger.head()
    forger.batch -= 1
    forger.head(time="2026-03-02T06:00:00.000000Z")
    assert "cannot stand here" in forger.problems()[0]
