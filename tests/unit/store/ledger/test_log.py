"""Writing to the ledger: durable batches, keys that repeat nothing, heads, and what is refused."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import stat
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterflow.core.clock import fixed_clock
from counterflow.core.errors import (
    ConfigError,
    EngineError,
    StoreBusy,
    UnknownName,
    UsageError,
    WorkspaceError,
)
from counterflow.store.ledger import Ledger, new_salt, salted_digest

NAMES = st.text(st.characters(max_codepoint=127), max_size=6)
BODIES = st.dictionaries(NAMES, st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=9) | st.none(), max_size=4)


def test_entries_come_back_as_they_were_written(begin):
    ledger = begin()
    written = ledger.append_many([("load", {"rows": 3}), ("draw", {"record": "R1", "why": ["vague"]})])
    written.append(ledger.append("draw", {"record": "R2"}))
    assert [entry.seq for entry in written] == [1, 2, 3]
    assert written[1].prev == written[0].hash
    assert written[0].time == dt.datetime(2026, 3, 1, 6, tzinfo=dt.UTC)
    assert list(ledger.entries()) == written
    assert list(ledger.entries("draw")) == written[1:]
    assert list(ledger.entries(start=3)) == written[2:]
    assert ledger.entry(2) == written[1]
    assert list(ledger.entries("nothing")) == []


def test_a_kind_named_inside_a_body_is_not_a_kind(begin):
    ledger = begin()
    ledger.append("load", {"a": {"kind": "draw", "prev": "x"}, "b": ',"kind":"draw","prev":"'})
    assert list(ledger.entries("draw")) == []


def test_an_entry_that_is_not_there_is_named(begin):
    with pytest.raises(UnknownName):
        begin().entry(1)


def test_reopening_goes_on_where_it_ended(begin):
    with begin() as ledger:
        before = ledger.append("load", {"n": 1})
    with begin() as ledger:
        assert ledger.repairs == ()
        after = ledger.append("load", {"n": 2})
        assert (after.seq, after.prev) == (2, before.hash)


def test_a_key_is_written_under_once_and_found_after_reopening(begin):
    with begin() as ledger:
        first = ledger.append_many([("load", {"n": 1}), ("load", {"n": 2})], key="load:kr:abc")
        assert ledger.append_many([("load", {"n": 9})], key="load:kr:abc") == first
    with begin() as ledger:
        assert ledger.append_many([("load", {"n": 9})], key="load:kr:abc") == first
        assert ledger.size == 2
        (ledger.folder / "checkpoint.bin").unlink()
    with begin() as ledger:
        assert ledger.append_many([("load", {"n": 9})], key="load:kr:abc") == first
        assert ledger.append("load", {"n": 3}, key="load:kr:abd").seq == 3


def test_nothing_to_write_writes_nothing(begin):
    ledger = begin()
    assert ledger.append_many([]) == []
    assert ledger.append_many([], key="k") == []
    assert ledger.size == 0


@pytest.mark.parametrize(
    ("kind", "body"),
    [("Draw", {}), ("", {}), ("a b", {}), ("draw", {"p": 0.5}), ("draw", {"x": "y" * (1 << 20)})],
)
def test_a_batch_with_one_bad_entry_is_refused_whole(begin, kind, body):
    ledger = begin()
    with pytest.raises(UsageError):
        ledger.append_many([("draw", {"good": 1}), (kind, body)])
    assert ledger.size == 0
    assert ledger.append("draw", {"good": 1}).seq == 1


@pytest.mark.parametrize("key", ["", "k" * 513])
def test_a_key_has_a_length(begin, key):
    with pytest.raises(UsageError):
        begin().append("draw", {}, key=key)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(BODIES, min_size=1, max_size=5), max_size=5), st.sampled_from([1, 700, 1 << 20]))
def test_writer_and_verifier_agree_on_any_batches(tmp_path_factory, verify, batches, segment_bytes):
    place = tmp_path_factory.mktemp("any")
    with Ledger.open(place / "l", keys=place / "k", ledger_id="any", segment_bytes=segment_bytes) as ledger:
        for batch in batches:
            ledger.append_many([("draw", body) for body in batch])
        head = ledger.head().head
    answer = verify(ledger.folder)
    assert answer["problems"] == []
    assert (answer["entries"], answer["root"], answer["chain"]) == (head.size, head.root, head.chain)
    assert answer["entries"] == sum(map(len, batches))
    with Ledger.open(place / "l", keys=place / "k", ledger_id="any", segment_bytes=segment_bytes) as ledger:
        assert [dict(entry.body) for entry in ledger.entries()] == [body for batch in batches for body in batch]


def test_threads_take_turns(begin, verify):
    ledger = begin()
    threads = [
        threading.Thread(target=lambda n=n: [ledger.append("draw", {"t": n}) for _ in range(10)]) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry.seq for entry in ledger.entries()] == list(range(1, 41))
    assert verify(ledger.folder)["verdict"] == "verified"


def test_one_process_at_a_time(begin):
    first = begin()
    with pytest.raises(StoreBusy):
        begin()
    first.close()
    begin()


def test_the_private_key_is_for_its_owner_alone_and_outside_the_ledger(begin, tmp_path):
    ledger = begin()
    key = tmp_path / "site" / "keys" / "ledger.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert b"PRIVATE KEY" in key.read_bytes()
    assert not any(b"PRIVATE" in path.read_bytes() for path in ledger.folder.iterdir())
    ledger.close()
    key.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        begin()


def test_a_lost_or_foreign_key_stops_the_writer(begin, filled, tmp_path):
    filled()
    key = tmp_path / "site" / "keys" / "ledger.key"
    own = key.read_bytes()
    key.unlink()
    with pytest.raises(ConfigError, match="missing"):
        begin()
    filled("elsewhere")
    shutil.copy(tmp_path / "elsewhere" / "keys" / "ledger.key", key)
    with pytest.raises(EngineError, match="not begin with a head signed by"):
        begin()
    key.write_bytes(b"rubbish")
    with pytest.raises(ConfigError, match="cannot be read"):
        begin()
    key.write_bytes(own)
    assert begin().size == 6


def test_a_ledger_of_another_workspace_is_not_taken(begin, filled):
    filled()
    with pytest.raises(WorkspaceError, match="site-2"):
        begin(ledger_id="site-2")


def test_heads_on_request_are_signed_now_and_leave_no_trace(begin, verify, tmp_path):
    with begin() as ledger:
        ledger.append("draw", {"record": "R1"}, key="secret-of-the-run")
    with begin(clock=fixed_clock("2026-03-02T06:00:00Z")) as ledger:
        before = {path.name: path.read_bytes() for path in ledger.folder.iterdir()}
        signed = ledger.head()
        assert {path.name: path.read_bytes() for path in ledger.folder.iterdir()} == before
    assert signed.head.time == "2026-03-02T06:00:00.000000Z"
    assert signed.head.key is None
    saved = tmp_path / "H"
    saved.write_text(signed.as_json() + "\n")
    assert verify(ledger.folder, heads=[saved])["verdict"] == "verified"


def test_same_clock_same_batches_same_root(filled, verify):
    assert verify(filled("one"))["root"] == verify(filled("two"))["root"]


def test_a_disk_that_refuses_leaves_the_ledger_as_it_was(begin, verify, monkeypatch):
    ledger = begin()
    ledger.append("draw", {"n": 1})
    real = os.fsync

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EngineError, match="No space left"):
        ledger.append("draw", {"n": 2})
    monkeypatch.setattr(os, "fsync", real)
    assert ledger.size == 1
    assert ledger.append("draw", {"n": 3}).seq == 2
    assert [entry.body["n"] for entry in ledger.entries()] == [1, 3]
    assert verify(ledger.folder)["verdict"] == "verified"


def test_someone_elses_bytes_are_noticed_before_they_are_built_upon(begin, monkeypatch):
    def broken(*_):
        raise OSError(5, "Input/output error")

    ledger = begin()
    monkeypatch.setattr(os, "fsync", broken)
    monkeypatch.setattr(os, "truncate", broken)
    with pytest.raises(EngineError, match="Input/output"):
        ledger.append("draw", {"n": 1})
    monkeypatch.undo()
    with pytest.raises(EngineError, match="bytes where the ledger expects"):
        ledger.append("draw", {"n": 1})


def test_erasing_personal_text_and_its_salt_leaves_the_chain_whole(begin, verify):
    payloads = {f"R{n}": {"name": f"Person {n}", "salt": new_salt()} for n in range(5)}
    with begin() as ledger:
        ledger.append_many(
            [("load", {"record": r, "payload": salted_digest(p["salt"], p["name"])}) for r, p in payloads.items()]
        )
        on_record = {str(entry.body["record"]): entry.body["payload"] for entry in ledger.entries()}
    before = verify(ledger.folder)
    assert before["verdict"] == "verified"
    assert salted_digest(payloads["R2"]["salt"], "Person 2") == on_record["R2"]
    erased = payloads.pop("R2")["name"]
    assert verify(ledger.folder) == before
    # Whoever guesses the name right still cannot show it without the salt that is gone.
    kept = [payload["salt"] for payload in payloads.values()]
    assert all(salted_digest(salt, erased) != on_record["R2"] for salt in [*kept, new_salt(), bytes(32)])
    assert all(erased.encode() not in path.read_bytes() for path in ledger.folder.iterdir())


def test_a_salt_that_is_too_short_is_refused():
    with pytest.raises(UsageError, match="16 bytes"):
        salted_digest(b"short", "text")
