"""Ledgers to play with, and the verifier as a module of its own."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from counterflow.core.clock import fixed_clock
from counterflow.store.ledger import Ledger

TOOL = Path(__file__).parents[4] / "tools" / "verify_ledger.py"
MORNING = fixed_clock("2026-03-01T06:00:00Z")


@pytest.fixture(scope="session")
def verifier():
    """The stand-alone verifier, loaded from its file."""
    spec = importlib.util.spec_from_file_location("stand_alone_verifier", TOOL)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def verify(verifier):
    """Check a ledger's folder with its own public key, or another one; return the whole answer."""

    def run(folder, *, key=None, heads=(), other=None):
        return verifier.check(folder, key or folder / "ledger.pub", list(heads), other)

    return run


@pytest.fixture
def begin(tmp_path):
    """Open the ledger of a site: `begin("site")` keeps it in `site/ledger`, its key in `site/keys`."""
    opened = []

    def run(site="site", **options):
        place = tmp_path / site
        settings = {"keys": place / "keys", "ledger_id": "site-1", "clock": MORNING, **options}
        ledger = Ledger.open(place / "ledger", **settings)
        opened.append(ledger)
        return ledger

    yield run
    for ledger in opened:
        ledger.close()


@pytest.fixture
def filled(begin):
    """Return a closed ledger's folder with `batches` of `entries` each."""

    def run(site="site", batches=3, entries=2, **options):
        with begin(site, **options) as ledger:
            for batch in range(batches):
                bodies = [("draw", {"record": f"R{batch}-{n}", "picked": n % 2 == 0}) for n in range(entries)]
                ledger.append_many(bodies, key=f"batch-{batch}")
        return ledger.folder

    return run
