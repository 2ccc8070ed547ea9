"""What the stand-alone verifier must find, and what it must say that it cannot exclude."""

from __future__ import annotations

import ast
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TOOL = Path(__file__).parents[4] / "tools" / "verify_ledger.py"


def entries(folder):
    return folder / "entries-000001.jsonl"


def cut_after_batch(folder, batch):
    """Cut the tail as one would who wants it unseen: whole batches, and head.json put back to match."""
    lines = entries(folder).read_bytes().splitlines(keepends=True)
    heads = [n for n, line in enumerate(lines) if line.startswith(b'{"head":')]
    entries(folder).write_bytes(b"".join(lines[: heads[batch] + 1]))
    (folder / "head.json").write_bytes(lines[heads[batch]])


@pytest.fixture
def save(begin, tmp_path):
    """Save the head of a site as `account head > H` would."""

    def run(site="site"):
        path = tmp_path / f"H-{site}"
        with begin(site) as ledger:
            path.write_text(ledger.head().as_json() + "\n")
        return path

    return run


def test_a_whole_ledger_is_verified_and_the_rest_is_said(filled, verify):
    answer = verify(filled(entries=3))
    assert (answer["verdict"], answer["entries"], answer["batches"]) == ("verified", 9, 3)
    said = " ".join(answer["not_excluded"])
    assert all(word in said for word in ("truncation", "fork", "re-signing", "another key"))


def test_an_empty_ledger_is_a_ledger(begin, verify):
    with begin() as ledger:
        pass
    assert (verify(ledger.folder)["verdict"], verify(ledger.folder)["entries"]) == ("verified", 0)


def test_a_flip_at_every_second_byte_is_found(filled, verify):
    folder = filled(batches=1, entries=1)
    chance = random.Random(1)
    for name in ("entries-000001.jsonl", "head.json"):
        path = folder / name
        content = path.read_bytes()
        for position in range(0, len(content), 2):
            changed = bytearray(content)
            changed[position] ^= 1 << chance.randrange(8)
            path.write_bytes(changed)
            unseen = name == "head.json" and changed[:-1] == content[:-1] and not changed[-1:].strip()
            assert unseen or verify(folder)["verdict"] == "failed", (name, position)
        path.write_bytes(content)
    assert verify(folder)["verdict"] == "verified"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flip_anywhere_is_found(filled, verify, tmp_path, data):
    folder = tmp_path / "site" / "ledger"
    if not folder.exists():
        filled(segment_bytes=900, batches=4, entries=3)
    path = data.draw(st.sampled_from(sorted(folder.glob("entries-*.jsonl"))))
    content = path.read_bytes()
    position = data.draw(st.integers(0, len(content) - 1))
    changed = bytearray(content)
    changed[position] ^= data.draw(st.integers(1, 255))
    path.write_bytes(changed)
    found = verify(folder)
    path.write_bytes(content)
    assert found["verdict"] == "failed"
    assert path.name in found["problems"][0]


def test_any_line_deleted_doubled_or_moved_is_found(filled, verify):
    folder = filled()
    lines = entries(folder).read_bytes().splitlines(keepends=True)
    changes = []
    for n, line in enumerate(lines):
        changes.append(lines[:n] + lines[n + 1 :])
        changes.append([*lines[:n], line, *lines[n:]])
        changes += [[*lines[:m], line, *lines[m + 1 : n], lines[m], *lines[n + 1 :]] for m in range(n)]
    for changed in changes:
        entries(folder).write_bytes(b"".join(changed))
        assert verify(folder)["verdict"] == "failed"


def test_a_file_missing_in_the_middle_is_found(filled, verify):
    folder = filled(segment_bytes=1, batches=4)
    (folder / "entries-000003.jsonl").unlink()
    assert "entries-000003.jsonl is missing" in verify(folder)["problems"][0]


def test_an_entry_added_or_changed_with_all_hashes_made_right_is_found(filled, verify, verifier):
    """Whoever can compute hashes but has no key cannot close a batch."""
    folder = filled()
    lines = entries(folder).read_bytes().splitlines()
    changed = lines[-2].replace(b"R2-1", b"R2-9")[9:-75]
    sealed = b'{"entry":%b,"hash":"%b"}' % (changed, verifier.hashlib.sha256(changed).hexdigest().encode())
    entries(folder).write_bytes(b"\n".join([*lines[:-2], sealed, lines[-1]]) + b"\n")
    assert "stands for other entries" in verify(folder)["problems"][0]
    entries(folder).write_bytes(b"\n".join([*lines[:-2], sealed]) + b"\n")
    assert "no signed head closes" in verify(folder)["problems"][0]


def test_a_cut_tail_is_found_by_the_head_that_was_left(filled, verify):
    folder = filled()
    rolling = (folder / "head.json").read_bytes()
    cut_after_batch(folder, 2)
    (folder / "head.json").write_bytes(rolling)
    assert any("cut" in problem for problem in verify(folder)["problems"])


def test_a_careful_cut_is_found_by_a_saved_head_or_another_copy_only(filled, verify, save, tmp_path):
    folder, saved = filled(), save()
    shutil.copytree(folder, tmp_path / "copy")
    assert verify(folder, heads=[saved], other=tmp_path / "copy")["verdict"] == "verified"
    cut_after_batch(folder, 2)
    alone = verify(folder)
    assert alone["verdict"] == "verified"
    assert any("truncation" in what for what in alone["not_excluded"])
    assert "the ledger was cut" in verify(folder, heads=[saved])["problems"][0]
    assert "2 more after number 4" in verify(folder, other=tmp_path / "copy")["problems"][0]
    assert verify(tmp_path / "copy", other=folder)["verdict"] == "verified"


def test_a_saved_head_stays_a_prefix_while_the_ledger_grows(filled, begin, verify, save):
    folder = filled()
    saved = []
    for n in range(4):
        saved.append(save().rename(folder.parent / f"H{n}"))
        with begin() as ledger:
            ledger.append_many([("draw", {"n": n})] * 3)
    answer = verify(folder, heads=saved)
    assert answer["problems"] == []
    assert [held["size"] for held in answer["heads_held_against"]] == [6, 9, 12, 15]


def test_a_saved_head_may_have_been_laid_out_again(filled, verify, save):
    folder, saved = filled(), save()
    saved.write_text(json.dumps(json.loads(saved.read_text()), indent=4))
    assert verify(folder, heads=[saved])["verdict"] == "verified"


def test_a_fork_is_found_and_placed(filled, begin, verify, save, tmp_path):
    folder = filled()
    shutil.copytree(tmp_path / "site", tmp_path / "twin")
    for site, said in (("site", "held"), ("twin", "released")):
        with begin(site) as ledger:
            ledger.append("decision", {"record": "R1", "said": said})
    twin = tmp_path / "twin" / "ledger"
    for alone in (folder, twin):
        assert verify(alone)["verdict"] == "verified"
    assert "fork at entry 7" in verify(folder, other=twin)["problems"][0]
    assert "a fork" in verify(twin, heads=[save("site")])["problems"][0]


def test_the_key_holder_rewriting_all_is_found_by_a_saved_head_only(filled, begin, verify, save, tmp_path):
    with begin():
        pass
    shutil.copytree(tmp_path / "site", tmp_path / "rewritten")
    filled()
    saved = save()
    with begin("rewritten") as ledger:
        ledger.append_many([("draw", {"record": "chosen later"})] * 6)
    assert verify(ledger.folder)["verdict"] == "verified"
    assert "a fork" in verify(ledger.folder, heads=[saved])["problems"][0]


def test_signing_again_with_another_key_is_found(filled, verify, save, tmp_path):
    own, saved = filled(), save()
    forged = filled("forged")
    assert "not signed by the key given" in verify(forged, key=own / "ledger.pub")["problems"][0]
    assert verify(forged)["verdict"] == "verified"  # with the key that came with it: hence the warning
    assert any("another key" in what for what in verify(forged)["not_excluded"])
    assert "not signed by the key given" in verify(forged, heads=[saved])["problems"][0]
    assert verify(forged, other=own)["verdict"] == "failed"


def test_a_copy_of_another_ledger_is_told_apart(filled, begin, verify, tmp_path):
    folder = filled()
    (tmp_path / "two" / "ledger").mkdir(parents=True)
    (tmp_path / "two" / "keys").mkdir()
    with begin("two", ledger_id="site-2"):
        pass
    found = verify(folder, other=tmp_path / "two" / "ledger")["problems"]
    assert len(found) == 1


def test_a_clock_that_ran_backwards_is_noted(begin, verify):
    from counterflow.core.clock import fixed_clock

    for day in ("2026-03-02", "2026-03-01"):
        with begin(clock=fixed_clock(day)) as ledger:
            ledger.append("draw", {})
    answer = verify(ledger.folder)
    assert answer["verdict"] == "verified"
    assert "backwards 1 times" in answer["notes"][0]


def run(*arguments):
    """Run the program as its users do."""
    command = [sys.executable, "-I", str(TOOL), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_it_knows_nothing_of_the_package():
    tree = ast.parse(TOOL.read_text("utf-8"))
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    foreign = {name.split(".")[0] for name in modules} - set(sys.stdlib_module_names)
    assert foreign == {"cryptography"}
    assert "importlib" not in modules
    assert not any(isinstance(node, ast.Name) and node.id in {"__import__", "exec", "eval"} for node in ast.walk(tree))


def test_the_contract_of_the_command_line(filled, save, tmp_path):
    folder, saved = filled(), save()
    done = run(folder, "--key", folder / "ledger.pub", "--head", saved)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("VERIFIED")
    assert "after number 6" in done.stdout
    done = run(folder, "--key", folder / "ledger.pub", "--format", "json")
    assert json.loads(done.stdout)["verdict"] == "verified"
    cut_after_batch(folder, 1)
    done = run(folder, "--key", folder / "ledger.pub", "--head", saved)
    assert (done.returncode, done.stderr) == (1, "")
    assert "problem: the ledger was cut" in done.stdout
    assert run(folder).returncode == 2


def _pem(key, *, private=False):
    from cryptography.hazmat.primitives import serialization as s

    if private:
        return key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    return key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)


def test_keys_that_will_not_do_are_explained(filled, verifier, capsys, tmp_path):
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    folder = filled()
    offered = {
        "absent": None, "empty": b"", "binary": bytes(range(256)), "words": b"not a key",
        "curve": _pem(ec.generate_private_key(ec.SECP256R1())),
        "private": _pem(ed25519.Ed25519PrivateKey.generate(), private=True),
    }  # fmt: skip
    for name, content in offered.items():
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        assert verifier.main([str(folder), "--key", str(path)]) == 3, name
        assert capsys.readouterr().out.startswith("UNREADABLE: "), name
    assert verifier.main([str(folder), "--key", str(folder)]) == 3


def test_ledgers_that_cannot_be_read_are_explained(filled, verifier, capsys, tmp_path):
    folder = filled()
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "odd" / "entries-000001.jsonl").mkdir(parents=True)
    for place in ("empty", "file", "odd", "absent"):
        assert verifier.main([str(tmp_path / place), "--key", str(folder / "ledger.pub")]) == 3, place
        assert verifier.main([str(folder), "--key", str(folder / "ledger.pub"), "--other", str(tmp_path / place)]) == 3
        assert capsys.readouterr().out.count("UNREADABLE: ") == 2


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n", b"{}\n", b"[]\n", b"null\n", b'{"head":[],"signature":""}\n', b"\x00" * 4096,
        bytes(range(256)) * 20,
        b"[" * 200_000 + b"\n", b"x" * (3 << 20), b'{"head":{"batch":1e9}}\n', b'{"entry":{},"hash":""}\n',
        b'{"head":' + b'{"a":' * 50_000 + b"\n", b"9" * 10_000 + b"\n", "{}\n".encode("utf-16"),
    ],
)  # fmt: skip
def test_any_rubbish_for_entries_fails_in_words(filled, verifier, capsys, content):
    folder = filled()
    lines = entries(folder).read_bytes()
    first = lines.index(b"\n") + 1
    for spoilt in (content, lines[:first] + content, lines + content):
        entries(folder).write_bytes(spoilt)
        code = verifier.main([str(folder), "--key", str(folder / "ledger.pub")])
        assert code == (0 if spoilt == lines else 1)
        assert len(capsys.readouterr().out) < 3000


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: json.dumps({"head": text}).encode()))
def test_any_rubbish_for_a_saved_head_is_unreadable(filled, verifier, tmp_path, content):
    folder = tmp_path / "site" / "ledger"
    if not folder.exists():
        filled()
    saved = tmp_path / "saved"
    saved.write_bytes(content)
    with pytest.raises(verifier.Unreadable):
        verifier.check(folder, folder / "ledger.pub", [saved], None)


def test_a_saved_head_that_was_altered_fails(filled, verify, save):
    folder, saved = filled(), save()
    saved.write_text(saved.read_text().replace('"size":6', '"size":5'))
    assert "not signed by the key given" in verify(folder, heads=[saved])["problems"][0]


def test_words_that_the_terminal_cannot_show_are_escaped(begin, tmp_path):
    with begin(ledger_id="Zürich \x1b[31m") as ledger:
        ledger.append("draw", {})
    command = [sys.executable, str(TOOL), str(ledger.folder), "--key", str(ledger.folder / "ledger.pub")]
    plain = {"PYTHONIOENCODING": "ascii", "PATH": ""}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=plain)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
