"""Lists, filters, output places and workspaces that cannot be used: refused with a place and what to do."""

import ctypes
import json
import os
import shutil

import pytest

from .conftest import HEADER, record

SDN = '{},"{}","individual","SDNTK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
GOOD = (SDN.format(1, "ROE, Jane") + SDN.format(2, "DOE, John")).encode()
SDN_HEADER = b"ent_num,name,type,program,title,call_sign,vessel_type,tonnage,grt,vessel_flag,vessel_owner,remarks\n"

LISTS = {
    "columns missing": (b"1,a,b\n2,c,d\n", ["line 1", "3 columns", "has 12"]),
    "truncated inside a quote": (GOOD[: len(GOOD) // 2 + 5], ["line 2", "cut off"]),
    "binary": (bytes(range(256)) * 20, ["line 1"]),
    "a web page": (b"<html>", ["web page", "CSV edition"]),
    "cut-off gzip": (b"\x1f\x8b\x08abc", ["cannot be read", "again"]),
    "empty": (b"", ["empty", "again"]),
    "only a header": (SDN_HEADER, ["no row", "the edition before stays"]),
}


@pytest.mark.parametrize("case", LISTS)
def test_an_edition_that_cannot_be_read_is_refused_and_the_one_before_stays(case, site, refused, ask):
    content, words = LISTS[case]
    (site / "old.csv").write_bytes(GOOD)
    (site / "new.csv").write_bytes(content)
    assert ask("lists", "load", "ofac", "--sdn", "old.csv")[0] == 0
    refused(3, ("new.csv", *words), "lists", "load", "ofac", "--sdn", "new.csv")
    assert len(json.loads(ask("lists", "show", "--format", "json")[1])) == 1


def test_a_truncated_edition_counts_the_row_that_was_cut(site, ask):
    (site / "new.csv").write_bytes(GOOD[:-40])
    told = json.loads(ask("lists", "load", "ofac", "--sdn", "new.csv", "--format", "json")[1])
    assert (told["read"], told["accepted"], told["rejected"], told["reasons"]) == (2, 1, 1, {"wrong-width": 1})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Nmae\na\n", ["Did you mean 'Nmae'"]),
        ("Name,Name\na,b\n", ["line 1", "column 'Name'", "twice"]),
        ("Name\n", ["no row"]),
        ('Name,x\n"",y\n', ["None of its 1 rows", "no-name 1"]),
    ],
)
def test_a_list_in_columns_that_names_nobody_is_refused(content, words, site, refused):
    (site / "l.csv").write_text(content)
    refused(3, ("l.csv", *words), "lists", "load", "csv", "l.csv", "--list", "x", "--name", "Name")


@pytest.mark.parametrize(
    ("code", "words", "arguments"),
    [
        (3, ["'zz'", "no list version"], ("lists", "diff", "zz", "yy")),
        (3, ["'zz'", "no list version"], ("lists", "show", "zz")),
        (3, ["Did you mean 'advance-missing'"], ("screen", "findings", "--code", "advance-mising")),
        (3, ["Did you mean 'controlled-drug'"], ("screen", "findings", "--fail-on", "controled-drug")),
        (3, ["Did you mean 'goods-text'"], ("screen", "findings", "--check", "good-text")),
        (3, ["'zz'", "plan-"], ("target", "sheet", "--plan", "zz")),
        (2, ["folder", "--out"], ("target", "sheet", "--html")),
        (3, ["good.csv", "another place"], ("target", "sheet", "--html", "--out", "good.csv")),
        (2, ["no folder no", "Make it"], ("intake", "receipts", "--out", "no/where.csv")),
        (2, ["no folder no", "Make it"], ("account", "head", "--out", "no/where")),
        (2, ["no folder no", "Make it"], ("intake", "map", "good.csv", "--out", "no/where.toml")),
        (2, ["Name a file"], ("intake", "receipts", "--out", "W")),
        (2, ["--format", "xml"], ("intake", "receipts", "--format", "xml")),
        (3, ["Known:", "sender"], ("account", "coverage", "--by", "colour")),
        (2, ["--load", "--map"], ("run", "--from", "2021-03-01", "--to", "2021-03-01", "--load", "good.csv")),
        (2, ["No such command"], ("nonsense",)),
    ],
)
def test_what_nothing_answers_to_is_refused(code, words, arguments, refused):
    refused(code, tuple(words), *arguments)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("good.csv", ["good.csv", "is a file", "init"]),
        ("none", ["no workspace", "init"]),
        ("W/spool", ["no counterflow.toml", "init"]),
        (None, ["No workspace is named", "-w"]),
    ],
)
@pytest.mark.parametrize("command", [("intake", "receipts"), ("config", "show"), ("target", "plans")])
def test_what_is_no_workspace_is_refused(name, words, command, ask):
    code, out, err = ask(*command, workspace=name)
    if name is None and command[0] == "config":
        assert (code, err) == (0, "")  # defaults and environment alone
        return
    assert (code, out) == (4, "")
    assert all(word in err for word in words)


@pytest.mark.parametrize("place", ["W", "good.csv", "good.csv/W"])
def test_a_workspace_is_made_only_where_nothing_stands(place, refused):
    refused(4, (place, "another" if "/" in place else "new folder"), "init", place, workspace=None)


def settings(text):
    return lambda w: (w / "counterflow.toml").write_text((w / "counterflow.toml").read_text() + text)


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(bytes(content))


def as_folder(path):
    path.unlink()
    path.mkdir()


LOAD, HEAD, SCREEN = ("intake", "load", "new.csv", "--map", "m.toml"), ("account", "head"), ("screen", "run")
DAMAGES = {
    "settings cut": (lambda w: (w / "counterflow.toml").write_text("[workspace\n"), LOAD, 4, ["line 1", "Restore"]),
    "settings of bytes": (lambda w: (w / "counterflow.toml").write_bytes(b"\xff\xfe"), LOAD, 4, ["Restore"]),
    "settings gone": (lambda w: (w / "counterflow.toml").write_text(""), LOAD, 4, ["which workspace", "Restore"]),
    "settings a folder": (lambda w: as_folder(w / "counterflow.toml"), LOAD, 4, ["damaged", "Restore"]),
    "a key misspelt": (settings("[target]\nrandm_share = 0.1\n"), LOAD, 4, ["Did you mean target.random_share"]),
    "a value too large": (settings("[target]\nrandom_share = 7\n"), LOAD, 4, ["target.random_share = 7"]),
    "a size in words": (settings('[engine]\nmemory_limit = "lots"\n'), LOAD, 4, ["'lots'", "800MB"]),
    "a check unheard of": (settings('[screen]\noff = ["good-text"]\n'), SCREEN, 4, ["Did you mean 'goods-text'"]),
    "store of bytes": (lambda w: (w / "counterflow.duckdb").write_bytes(b"x" * 9000), LOAD, 4, ["Restore"]),
    "store empty": (lambda w: (w / "counterflow.duckdb").write_bytes(b""), LOAD, 4, ["Restore"]),
    "store cut": (lambda w: os.truncate(w / "counterflow.duckdb", 5000), LOAD, 4, ["Restore"]),
    "store a folder": (lambda w: as_folder(w / "counterflow.duckdb"), LOAD, 4, ["Restore"]),
    "a ledger line flipped": (lambda w: flipped(w / "ledger" / "entries-000001.jsonl"), HEAD, 5, ["verify_ledger"]),
    "the ledger cut": (lambda w: os.truncate(w / "ledger" / "entries-000001.jsonl", 700), HEAD, 5, ["Restore"]),
    "the key of bytes": (lambda w: (w / "keys" / "ledger.key").write_text("x"), HEAD, 4, ["ledger.key", "Restore"]),
    "the key gone": (lambda w: (w / "keys" / "ledger.key").unlink(), HEAD, 4, ["ledger.key", "Restore"]),
    "a file for the cache": (lambda w: (shutil.rmtree(w / "cache"), (w / "cache").write_text("")), LOAD, 4, ["cache"]),
}


@pytest.mark.parametrize("case", DAMAGES)
def test_a_damaged_workspace_says_which_part_and_what_to_do(case, site, ask):
    damage, command, code, words = DAMAGES[case]
    (site / "new.csv").write_text(HEADER + record("new"))
    for checkpoint in (site / "W" / "ledger").glob("checkpoint*"):
        checkpoint.unlink()
    damage(site / "W")
    found, out, err = ask(*command)
    assert (found, out) == (code, ""), err
    assert all(word in err for word in words), err
    examined, told, _ = ask("doctor", "--format", "json")
    assert examined == 4
    assert any(not line["ok"] for line in json.loads(told))


@pytest.mark.parametrize("name", ["COUNTERFLOW_NOW", "COUNTERFLOW_COLOUR", "COUNTERFLOW_TARGET__RANDOM_SHARE"])
def test_a_variable_that_cannot_be_used_is_named(name, monkeypatch, refused, site):
    (site / "new.csv").write_text(HEADER + record("new"))
    monkeypatch.setenv(name, "someday")
    refused(4, ("COUNTERFLOW" if name != "COUNTERFLOW_NOW" else "someday", name), *LOAD)


@pytest.fixture
def rights_of_a_user():
    """Root may write anywhere: take that right (capabilities 1 and 2) from this thread for a while."""
    if os.geteuid():
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    version, held = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(version, held) == 0
    all_rights, held[0] = held[0], held[0] & ~0b110
    assert libc.capset(version, held) == 0
    yield
    held[0] = all_rights
    assert libc.capset(version, held) == 0


@pytest.mark.parametrize("part", [".", "ledger", "spool", "cache"])
def test_a_workspace_that_cannot_be_written_is_named(part, site, ask, rights_of_a_user):
    (site / "new.csv").write_text(HEADER + record("new"))
    folder = site / "W" / part
    folder.chmod(0o500)
    try:
        code, out, err = ask(*LOAD)
    finally:
        folder.chmod(0o700)
    if part == "cache":  # nothing of a load goes there
        assert code == 0
        return
    assert (code, out) == (4, "")
    assert "Permission denied" in err
    assert "right" in err
    assert ask(*LOAD)[0] == 0
    assert len(json.loads(ask("intake", "receipts", "--format", "json")[1])) == 2


def test_a_file_that_may_not_be_read_is_named(site, refused, rights_of_a_user):
    (site / "good.csv").chmod(0)
    refused(3, ("good.csv", "Permission denied", "right"), "intake", "load", "good.csv", "--map", "m.toml")
