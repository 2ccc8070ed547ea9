"""The offline bundle installs on a machine without network, and what it installs works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.service

ROOT = Path(__file__).parents[2]


def run(*command, **environment):
    # Every road to a package index is closed: what installs, installs from the folder.
    closed = {
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_COMPILE": "1",  # what is imported is compiled then; the rest is time that nobody has
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")}
    done = subprocess.run(command, env=kept | closed | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """A bundle, made once and copied away as one would carry it to a closed site."""
    subprocess.run([ROOT / "tools" / "bundle.sh"], check=True, capture_output=True)
    return shutil.copytree(ROOT / "bundle", tmp_path_factory.mktemp("carried") / "bundle")


def test_a_bundle_installs_offline_and_plays_the_training_world(tmp_path, bundle):
    installed = tmp_path / "environment"
    report = run(str(bundle / "install.sh"), str(installed))
    assert "false" not in report
    run(
        str(installed / "bin" / "counterflow"),
        "demo",
        "--no-serve",
        "--records",
        "1000",
        "--weeks",
        "2",
        "--out",
        str(tmp_path / "d"),
    )
    board = json.loads((tmp_path / "d" / "board.json").read_text("utf-8"))
    assert board["synthetic"] is True
    verifier = bundle / "tools" / "verify_ledger.py"
    ledger = tmp_path / "d" / "workspace" / "ledger"
    run(str(installed / "bin" / "python"), str(verifier), str(ledger), "--key", str(ledger / "ledger.pub"))


def test_a_changed_file_in_the_bundle_is_noticed(tmp_path, bundle):
    changed = shutil.copytree(bundle, tmp_path / "changed", ignore=shutil.ignore_patterns("wheels"))
    with (changed / "constraints.txt").open("a") as pins:
        pins.write("# changed\n")
    done = subprocess.run(
        [changed / "install.sh", tmp_path / "environment"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "constraints.txt" in done.stdout + done.stderr
