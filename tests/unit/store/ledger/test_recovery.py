"""Interrupted writes, damaged files, and kill -9: nothing acknowledged is lost, nothing is in twice."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterflow.core.clock import fixed_clock
from counterflow.core.errors import ConfigError, EngineError
from counterflow.store.ledger import Ledger

MORNING = fixed_clock("2026-03-01T06:00:00Z")


def heads_of(content: bytes) -> list[tuple[int, bytes]]:
    """Return each head line of a segment with the offset after it."""
    found, offset = [], 0
    for line in content.splitlines(keepends=True):
        offset += len(line)
        if line.startswith(b'{"head":'):
            found.append((offset, line))
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_cut_off_at_any_byte_and_repeated_the_ledger_is_the_same(filled, begin, verify, tmp_path, data):
    whole = tmp_path / "whole" / "ledger"
    if not whole.exists():
        filled("whole")
    content = (whole / "entries-000001.jsonl").read_bytes()
    heads = heads_of(content)
    cut = data.draw(st.integers(heads[0][0], len(content)))
    site = tmp_path / "cut"
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(tmp_path / "whole", site)
    (site / "ledger" / "checkpoint.bin").unlink()
    (site / "ledger" / "entries-000001.jsonl").write_bytes(content[:cut])
    good, last = [(offset, line) for offset, line in heads if offset <= cut][-1]
    (site / "ledger" / "head.json").write_bytes(last)
    with begin("cut") as ledger:
        torn = list(ledger.folder.glob("torn-*.part"))
        assert [part.read_bytes() for part in torn] == ([content[good:cut]] if cut > good else [])
        assert len(ledger.repairs) == len(torn)
        assert all(torn[0].name in words for words in ledger.repairs)
        for batch in range(3):
            bodies = [("draw", {"record": f"R{batch}-{n}", "picked": n % 2 == 0}) for n in range(2)]
            ledger.append_many(bodies, key=f"batch-{batch}")
    assert (site / "ledger" / "entries-000001.jsonl").read_bytes() == content
    assert verify(site / "ledger")["verdict"] == "verified"


@pytest.mark.parametrize("tail", [b"\x00" * 5000, b'{"entry":{"body":', b"\xff" * 3, b"\n\n", b"x" * (3 << 20)])
def test_rubbish_after_the_last_batch_is_set_aside(filled, begin, verify, tail):
    folder = filled()
    with (folder / "entries-000001.jsonl").open("ab") as file:
        file.write(tail)
    assert verify(folder)["verdict"] == "failed"
    with begin() as ledger:
        assert ledger.size == 6
        assert [part.read_bytes() for part in folder.glob("torn-*.part")] == [tail]
    answer = verify(folder)
    assert answer["verdict"] == "verified"
    assert any("interrupted write" in note for note in answer["notes"])


def test_a_tail_torn_in_a_fresh_file_is_set_aside(filled, begin, verify):
    folder = filled(segment_bytes=1)
    last = max(folder.glob("entries-*.jsonl"))
    fresh = folder / f"entries-{int(last.stem[-6:]) + 1:06d}.jsonl"
    fresh.write_bytes(b'{"entry":{"bo')
    with begin(segment_bytes=1) as ledger:
        assert not fresh.exists()
        assert ledger.append("draw", {"n": 1}).seq == 7
    assert fresh.exists()
    assert verify(folder)["verdict"] == "verified"


@pytest.mark.parametrize("checkpoint", [True, False])
def test_a_tail_that_was_cut_off_stops_the_writer(filled, begin, checkpoint):
    folder = filled()
    path = folder / "entries-000001.jsonl"
    path.write_bytes(path.read_bytes()[: heads_of(path.read_bytes())[-2][0]])
    if not checkpoint:
        (folder / "checkpoint.bin").unlink()
    with pytest.raises(EngineError, match="was cut: 2 entries after number 4"):
        begin()


def test_damage_before_a_complete_batch_is_no_torn_tail(filled, begin):
    folder = filled()
    (folder / "checkpoint.bin").unlink()
    path = folder / "entries-000001.jsonl"
    content = bytearray(path.read_bytes())
    content[heads_of(bytes(content))[0][0] + 30] ^= 1
    path.write_bytes(content)
    with pytest.raises(EngineError, match="damaged"):
        begin()
    assert path.read_bytes() == content
    assert not list(folder.glob("torn-*"))


def test_reading_a_changed_line_says_so(filled, begin):
    folder = filled()
    path = folder / "entries-000001.jsonl"
    path.write_bytes(path.read_bytes().replace(b"R0-1", b"R0-7"))
    with begin() as ledger:
        assert ledger.entry(1).body["record"] == "R0-0"
        with pytest.raises(EngineError, match="changed since it was written"):
            list(ledger.entries())


def test_an_emptied_folder_is_not_begun_anew(filled, begin):
    folder = filled()
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(EngineError, match="emptied"):
        begin()


def test_a_beginning_that_was_cut_off_is_begun_again(begin, verify, tmp_path):
    begin().close()
    (tmp_path / "site" / "keys" / "ledger.key").unlink()  # it is written last
    with begin() as ledger:
        ledger.append("load", {"n": 1})
    assert verify(ledger.folder)["verdict"] == "verified"
    (tmp_path / "site" / "keys" / "ledger.key").unlink()
    with pytest.raises(ConfigError):
        begin()


def _empty(content):
    return b""


def _flip(content):
    return content[:-1] + bytes([content[-1] ^ 1])


def _short(content):
    return content[:-5]


def _no_line(content):
    return b"[]\n" + content


@pytest.mark.parametrize("spoil", [_empty, _flip, _short, _no_line, lambda c: b"\x00" * len(c)])
def test_a_spoilt_checkpoint_is_made_again(filled, begin, spoil):
    folder = filled()
    path = folder / "checkpoint.bin"
    path.write_bytes(spoil(path.read_bytes()))
    with begin() as ledger:
        assert (ledger.size, len(ledger.repairs)) == (6, 1)
        assert ledger.append("draw", {}, key="batch-1").seq == 3
    with begin() as ledger:
        assert ledger.repairs == ()


def test_a_checkpoint_of_another_ledger_is_not_believed(filled, begin):
    folder, other = filled(), filled("other", batches=2)
    shutil.copy(other / "checkpoint.bin", folder / "checkpoint.bin")
    with begin() as ledger:
        assert (ledger.size, len(ledger.repairs)) == (6, 1)


def test_an_older_checkpoint_is_a_start(filled, begin, tmp_path):
    folder = filled()
    older = (folder / "checkpoint.bin").read_bytes()
    with begin() as ledger:
        ledger.append("draw", {"n": 7}, key="later")
    (folder / "checkpoint.bin").write_bytes(older)
    with begin() as ledger:
        assert ledger.repairs == ()
        assert ledger.append("draw", {"n": 8}, key="later").seq == 7


@pytest.mark.parametrize("content", [b"", b"\x00" * 400, b"{}\n", None])
def test_a_spoilt_rolling_head_is_written_again(filled, begin, verify, content):
    folder = filled()
    (folder / "head.json").unlink()
    if content is not None:
        (folder / "head.json").write_bytes(content)
    with begin() as ledger:
        assert [words.split()[0] for words in ledger.repairs] == ["head.json"]
    assert verify(folder)["problems"] == []


#: for each line it is sent it forks a writer that writes until it is killed, then tells how that one ended
PARENT_OF_WRITERS = """
import os, sys
from pathlib import Path
from counterflow.core.clock import fixed_clock
from counterflow.store.ledger import Ledger
site = Path(sys.argv[1])

def tell(line):
    # In one piece: print may write a line in several, and a kill between them would join two lines.
    os.write(1, f"{line}\\n".encode())

def write():
    ledger = Ledger.open(site / "ledger", keys=site / "keys", ledger_id="site-1", segment_bytes=200_000,
                         clock=fixed_clock("2026-03-01T06:00:00Z"))
    for batch in range(max(ledger.size // 50 - 1, 0), 100_000):
        ledger.append_many([("draw", {"batch": batch, "n": n}) for n in range(50)], key=f"batch-{batch}")
        tell(f"wrote {batch}")

for _ in sys.stdin:
    writer = os.fork()
    if writer == 0:
        tell(f"writer {os.getpid()}")
        write()
    tell(f"ended {os.waitstatus_to_exitcode(os.waitpid(writer, 0)[1])}")
"""


def test_killed_again_and_again_nothing_is_lost_or_doubled(tmp_path, verify):
    chance, acknowledged, ends = random.Random(5), set(), []
    command = [sys.executable, "-c", PARENT_OF_WRITERS, str(tmp_path / "killed")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        told = (line.split() for line in parent.stdout)
        for _ in range(10):
            parent.stdin.write("again\n")
            parent.stdin.flush()
            writer = int(next(told)[1])
            acknowledged.add(int(next(told)[1]))
            time.sleep(chance.uniform(0.0, 0.05))
            os.kill(writer, signal.SIGKILL)
            for what, number in told:
                if what == "ended":
                    ends.append(int(number))
                    break
                acknowledged.add(int(number))
        parent.stdin.close()
    assert ends == [-signal.SIGKILL] * 10
    batches = max(acknowledged) + 1
    clock = MORNING
    with Ledger.open(
        tmp_path / "killed/ledger", keys=tmp_path / "killed/keys", ledger_id="site-1", clock=clock
    ) as ledger:
        seen = [(entry.body["batch"], entry.body["n"]) for entry in ledger.entries()]
        assert len(acknowledged) > 10
    assert seen[: batches * 50] == [(batch, n) for batch in range(batches) for n in range(50)]
    # A batch may be on disk whose acknowledgement died with the process.
    assert len(seen) - batches * 50 in (0, 50)
    with Ledger.open(tmp_path / "calm/ledger", keys=tmp_path / "calm/keys", ledger_id="site-1", clock=clock) as calm:
        for batch in range(len(seen) // 50):
            calm.append_many([("draw", {"batch": batch, "n": n}) for n in range(50)], key=f"batch-{batch}")
        assert calm.head().head.root == verify(ledger.folder)["root"]
    assert verify(ledger.folder)["problems"] == []
