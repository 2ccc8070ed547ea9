"""Heads that a second party co-signs: what it signs, what it refuses, and what the verifier makes of it."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.account.oversight.cosign import cosign, new_witness_key, publish_head
from counterflow.cli.errors import guarded
from counterflow.core.clock import fixed_clock
from counterflow.core.errors import InputError, UsageError
from counterflow.store.ledger import Ledger
from counterflow.store.ledger.checkpoints import Checkpoint, consistency_proof, is_consistent, origin_of
from counterflow.store.ledger.merkle import Frontier

TOOL = Path(__file__).parents[3] / "tools" / "verify_ledger.py"
NOW = fixed_clock("2026-03-01T06:00:00Z")


@pytest.fixture(scope="module")
def verifier():
    spec = importlib.util.spec_from_file_location("verifier_of_cosigned_heads", TOOL)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def site(tmp_path):
    """A ledger with three entries, its published head, and a second party's key."""
    place = tmp_path / "site"
    with Ledger.open(place / "ledger", keys=place / "keys", ledger_id="site 1", clock=NOW) as ledger:
        for n in range(3):
            ledger.append("note", {"n": n})
        publish_head(ledger, tmp_path / "public")
        new_witness_key(tmp_path / "wit.key", "inspectorate.example")
        yield ledger, tmp_path


def grown(ledger, tmp_path, more=5):
    for n in range(more):
        ledger.append("note", {"more": n})
    return {path.name: path for path in publish_head(ledger, tmp_path / "public")}


def sign(tmp_path, size=3, **options):
    public = tmp_path / "public"
    made = cosign(public / f"checkpoint-{size}.txt", tmp_path / "wit.key", now=NOW(),
                  ledger_key=public / "ledger.pub", **options)  # fmt: skip
    path = tmp_path / f"cosigned-{size}.txt"
    path.write_text(made.checkpoint.text(), "utf-8")
    return path, made


def checked(verifier, ledger, path, tmp_path):
    return verifier.check(ledger.folder, ledger.folder / "ledger.pub", [], None, [path], [tmp_path / "wit.key.vkey"])


def test_a_checkpoint_has_the_form_that_any_witness_reads(site):
    _, tmp_path = site
    text = (tmp_path / "public" / "checkpoint-3.txt").read_text("utf-8")
    origin, size, root, empty, line, end = text.split("\n")
    assert (origin, size, empty, end) == ("counterflow/site%201", "3", "", "")
    assert len(base64.b64decode(root)) == 32
    blob = base64.b64decode(line.split(" ")[2])
    public = base64.b64decode((tmp_path / "public" / "ledger.vkey").read_text().strip().split("+", 2)[2])
    assert blob[:4] == hashlib.sha256(origin.encode() + b"\n" + public).digest()[:4]
    assert (public[0], len(blob)) == (1, 68)
    assert Checkpoint.read(text).text() == text


def test_a_cosigned_head_is_held_against_the_ledger(site, verifier):
    ledger, tmp_path = site
    path, made = sign(tmp_path)
    assert "taken on trust" in made.said[-1]
    answer = checked(verifier, ledger, path, tmp_path)
    assert (answer["verdict"], answer["cosigned"][0]["size"]) == ("verified", 3)
    assert answer["cosigned"][0]["by"] == {"inspectorate.example": int(NOW().timestamp())}
    assert "after number 3" in answer["not_excluded"][0]


def test_growth_is_proved_and_a_fork_is_not_signed(site):
    ledger, tmp_path = site
    first, _ = sign(tmp_path)
    files = grown(ledger, tmp_path)
    assert "proof-3-8.txt" in files
    _, made = sign(tmp_path, 8, earlier=first, proof=files["proof-3-8.txt"])
    assert "grew out of" in made.said[-1]
    with pytest.raises(InputError, match="Nothing shows"):
        sign(tmp_path, 8, earlier=first)
    other = Checkpoint.read(first.read_text("utf-8"))
    forged = tmp_path / "other.txt"
    forged.write_text(Checkpoint(other.origin, 3, bytes(32), other.lines).text(), "utf-8")
    with pytest.raises(InputError, match="fork"):
        sign(tmp_path, 8, earlier=forged, proof=files["proof-3-8.txt"])
    with pytest.raises(InputError, match="was cut"):
        sign(tmp_path, 3, earlier=sign(tmp_path, 8)[0])


def test_what_was_rewritten_after_the_second_party_signed_is_found(site, verifier):
    """Whoever holds the key writes all of it again: the ledger alone looks whole, the co-signed head says no."""
    ledger, tmp_path = site
    path, _ = sign(tmp_path)
    folder = ledger.folder
    ledger.close()
    for old in folder.iterdir():
        old.unlink()
    shutil.move(tmp_path / "site" / "keys" / "ledger.key", tmp_path / "old.key")
    with Ledger.open(folder, keys=tmp_path / "site" / "keys", ledger_id="site 1", clock=NOW) as again:
        for n in range(4):
            again.append("note", {"n": n + 1})
        alone = verifier.check(folder, folder / "ledger.pub", [], None)
        answer = checked(verifier, again, path, tmp_path)
    assert alone["verdict"] == "verified"
    assert answer["verdict"] == "failed"
    assert "fork" in answer["problems"][0]


def test_an_altered_cosignature_and_a_stranger_are_refused(site, verifier):
    ledger, tmp_path = site
    path, made = sign(tmp_path)
    line = made.checkpoint.lines[-1]
    bent = line.signature[:-1] + bytes([line.signature[-1] ^ 1])
    path.write_text(made.checkpoint.signed(type(line)(line.name, line.key, bent)).text(), "utf-8")
    assert "altered" in checked(verifier, ledger, path, tmp_path)["problems"][0]
    new_witness_key(tmp_path / "b.key", "somebody.example")
    stranger = verifier.check(ledger.folder, ledger.folder / "ledger.pub", [], None, [path], [tmp_path / "b.key.vkey"])
    assert "no second party" in stranger["problems"][0]
    with pytest.raises(verifier.Unreadable, match="go together"):
        verifier.check(ledger.folder, ledger.folder / "ledger.pub", [], None, [path], [])


def test_a_head_not_signed_by_the_ledger_is_not_cosigned(site):
    _, tmp_path = site
    path = tmp_path / "public" / "checkpoint-3.txt"
    path.write_text(path.read_text("utf-8").replace("\n3\n", "\n4\n"), "utf-8")
    with pytest.raises(InputError, match="not signed by the ledger's key"):
        sign(tmp_path)
    head = json.loads((tmp_path / "public" / "head-3.json").read_text())
    head["head"]["size"] = 4
    bent = tmp_path / "public" / "head-4.json"
    bent.write_text(json.dumps(head))
    with pytest.raises(InputError, match="not signed by the ledger's key"):
        cosign(bent, tmp_path / "wit.key", now=NOW(), ledger_key=tmp_path / "public" / "ledger.pub")


def test_a_head_as_json_is_cosigned_as_a_checkpoint(site, verifier):
    ledger, tmp_path = site
    made = cosign(
        tmp_path / "public" / "head-3.json",
        tmp_path / "wit.key",
        now=NOW(),
        ledger_key=tmp_path / "public" / "ledger.pub",
    )
    path = tmp_path / "c.txt"
    path.write_text(made.checkpoint.text(), "utf-8")
    assert checked(verifier, ledger, path, tmp_path)["verdict"] == "verified"


@pytest.mark.parametrize(
    "text", ["", "a\n3\n", "a\nthree\nAA==\n\n\N{EM DASH} n AAAAAAA=\n", "a\n03\nAA==\n\nx\n", "a\x07\n"]
)
def test_what_is_no_checkpoint_is_said_to_be_none(text):
    with pytest.raises(InputError):
        Checkpoint.read(text)


def test_a_key_is_named_and_never_overwritten(tmp_path):
    with pytest.raises(UsageError, match="cannot name"):
        new_witness_key(tmp_path / "k", "two words")
    new_witness_key(tmp_path / "k", "a.example")
    assert (tmp_path / "k").stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError, match="exists"):
        new_witness_key(tmp_path / "k", "a.example")
    assert origin_of("a b") == "counterflow/a%20b"


def root_of(leaves):
    tree = Frontier()
    for leaf in leaves:
        tree.push(leaf)
    return tree.root()


@given(size=st.integers(1, 70), data=st.data())
def test_a_proof_of_growth_holds_for_its_own_trees_and_no_other(size, data):
    leaves = [hashlib.sha256(bytes([n])).digest() for n in range(size)]
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(leaves, old)
    new = (size, root_of(leaves))
    assert is_consistent((old, root_of(leaves[:old])), new, proof)
    assert not is_consistent((old, bytes(32)), new, proof)
    assert not is_consistent((old, root_of(leaves[:old])), (size, bytes(32)), proof)
    if old < size:
        assert not is_consistent((old, root_of(leaves[:old])), new, proof[:-1])


def test_the_commands(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert guarded(["init", "w"]) == 0
    assert guarded(["-w", "w", "account", "head", "--publish", "public"]) == 0
    assert guarded(["account", "cosign", "--new-key", "wit.key", "--name", "inspectorate.example"]) == 0
    (head,) = (tmp_path / "public").glob("checkpoint-*.txt")
    key = ["--key", "wit.key", "--ledger-key", "public/ledger.pub"]
    assert guarded(["account", "cosign", str(head), *key, "--out", "c.txt"]) == 0
    capsys.readouterr()
    held = ["-w", "w", "account", "verify", "--cosigned", "c.txt", "--witness", "wit.key.vkey", "--format", "json"]
    assert guarded(held) == 0
    assert "inspectorate.example" in json.loads(capsys.readouterr().out)["cosigned"][0]
    assert guarded(["-w", "w", "account", "verify", "--cosigned", "c.txt"]) == 2
    assert guarded(["account", "cosign"]) == 2
    assert guarded(["account", "cosign", "none.txt", *key]) == 3
    (tmp_path / "bad.txt").write_text("x")
    assert guarded([*held[:5], "bad.txt", *held[6:]]) == 3
