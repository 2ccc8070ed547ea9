"""Killed at any moment: nothing lost, nothing doubled, and the run goes on to the same tables.

Ten `kill -9` (`KILLS=50` for fifty), spread over workspaces: in each, the same `counterflow run` is started and killed
up to five times at moments spread over its whole length, then started once more and left alone. Its tables must then equal, row
for row, those of a run that nobody touched; the ledger must verify and hold the same entries.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from counterflow.core.tables import TABLES
from counterflow.demo.files import write_world
from counterflow.demo.options import WorldOptions
from counterflow.store.workspace import Workspace

pytestmark = pytest.mark.service

KILLS, KILLS_EACH, AT_A_TIME = int(os.environ.get("KILLS", "10")), 5, 2
#: random by design: the salt of a payload, and the digest made with it
RANDOM_COLUMNS = {"payload": {"salt", "digest"}}
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def request_of_a_run(tmp_path_factory):
    """Files of a small training world, and the arguments of the run over them."""
    options = WorldOptions(records=1000, weeks=2, seed=5)
    files = write_world(tmp_path_factory.mktemp("world") / "w", options)
    last = options.start + dt.timedelta(days=13)
    return [
        "--from", options.start.isoformat(), "--to", last.isoformat(), "--capacity", str(files.capacity),
        "--seed", "11", "--load", str(files.week.consignments), "--map", str(files.mapping), "--format", "json",
    ]  # fmt: skip


def start(folder, arguments):
    # One process: its pool would outlive a kill of the parent for a moment and blur what is tested.
    environment = os.environ | {"COUNTERFLOW_NOW": "2026-03-01T06:00:00Z", "COUNTERFLOW_ENGINE__WORKERS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "counterflow", "-w", str(folder), "run", *arguments],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finish(folder, arguments):
    started = time.monotonic()
    process = start(folder, arguments)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return time.monotonic() - started, out


def contents(folder):
    with Workspace.open(folder) as workspace:
        tables = {}
        for name, spec in TABLES.items():
            columns = [c for c in spec.schema.names if c not in RANDOM_COLUMNS.get(name, ())]
            listed = ", ".join(f'"{c}"' for c in columns)
            tables[name] = workspace.store.query(f'SELECT {listed} FROM "{name}" ORDER BY ALL').to_pylist()
        entries = [
            (e.kind, {k: v for k, v in e.body.items() if k != "payload_sha256"}) for e in workspace.ledger.entries()
        ]
        assert list((folder / "spool").iterdir()) == []
    facts = sorted(str(p.relative_to(folder)) for p in folder.glob("facts/**/*.parquet"))
    return tables, entries, facts


def verify(folder):
    command = [sys.executable, str(ROOT / "tools" / "verify_ledger.py"), str(folder / "ledger"),
               "--key", str(folder / "ledger" / "ledger.pub")]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def killed_and_finished(folder, arguments, whole, moments):
    """Start and kill the run up to five times, then let it end; return how often it was killed."""
    kills = 0
    for _ in range(KILLS_EACH):
        process = start(folder, arguments)
        try:
            process.wait(timeout=moments.uniform(0.1, 0.8) * whole)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
    finish(folder, arguments)
    verify(folder)
    return kills


def test_a_run_killed_again_and_again_ends_as_one_that_never_was(tmp_path, request_of_a_run):
    # The first run on a machine also compiles kernels: its length says nothing of the others.
    finish(Workspace.create(tmp_path / "first"), request_of_a_run)
    untouched = Workspace.create(tmp_path / "untouched")
    whole, _ = finish(untouched, request_of_a_run)
    expected = contents(untouched)
    kills = number = 0
    # Workspaces know nothing of one another: two at a time, on two cores.
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        while kills < KILLS:
            assert number < 4 * KILLS, "the runs end before they can be killed"
            folders = [Workspace.create(tmp_path / f"w{number + i}") for i in range(AT_A_TIME)]
            ends = [
                pool.submit(killed_and_finished, folder, request_of_a_run, whole, random.Random(17 + number + i))
                for i, folder in enumerate(folders)
            ]
            kills += sum(end.result() for end in ends)
            number += AT_A_TIME
            for folder in folders:
                got = contents(folder)
                for table, rows in expected[0].items():
                    assert got[0][table] == rows, table
                assert got[1] == expected[1]
                assert got[2] == expected[2]
