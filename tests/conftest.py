"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How fast a machine is, is not what these tests are about.
settings.register_profile("counterflow", deadline=None, max_examples=25)
settings.register_profile("thorough", deadline=None, max_examples=400)  # --hypothesis-profile=thorough
settings.load_profile("counterflow")


def pytest_addoption(parser):
    parser.addoption(
        "--whole-api",
        action="store_true",
        help="ask every endpoint each case that its document calls for (5,000 and more), not a few of each",
    )
    parser.addoption(
        "--shared-data",
        default=os.environ.get("COUNTERFLOW_SHARED_DATA", str(Path(__file__).parents[2] / "shared" / "data")),
        help="folder of public third-party data; tests that read it skip where it is absent",
    )


#: files whose tests take minutes; begun last, they would leave the other processes waiting
LONGEST_FIRST = ("test_bundle.py", "test_killed.py", "test_ftm.py", "test_journey_strategy.py", "test_journey_map.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Let the longest files of the service tests begin first; the order of all others stays random."""
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture(scope="session")
def shared_data(request) -> Path:
    """The folder of public third-party data, or skip saying so."""
    folder = Path(request.config.getoption("--shared-data"))
    if not folder.is_dir():
        pytest.skip(f"no public data at {folder}; name its folder with --shared-data")
    return folder


@pytest.fixture(autouse=True)
def _unit_tests_stay_inside(request):
    """Unit tests open no socket; service tests may, on loopback."""
    if request.node.get_closest_marker("service") or "/unit/" not in str(request.node.path):
        yield
        return
    import pytest_socket

    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()


@pytest.fixture(autouse=True, scope="session")
def _tables_are_made_once(tmp_path_factory):
    """A new store starts as a copy of one made by the program: making ninety tables for each test took a minute."""
    import shutil

    from counterflow.store.duckdb_store import DuckDBStore, schema_version

    made = tmp_path_factory.mktemp("store") / "counterflow.duckdb"
    DuckDBStore(made).close()
    version, opened = schema_version(), DuckDBStore.__init__

    def open_copy(store, path, **options):
        if path is not None and not path.exists() and schema_version() == version and not options.get("bare"):
            shutil.copyfile(made, path)
        opened(store, path, **options)

    DuckDBStore.__init__ = open_copy
    yield
    DuckDBStore.__init__ = opened


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch):
    """No setting of the person who runs the tests leaks into them."""
    for name in list(os.environ):
        if name.startswith("COUNTERFLOW_") and name != "COUNTERFLOW_SHARED_DATA":
            monkeypatch.delenv(name)


@pytest.fixture
def command(capsys, monkeypatch):
    """Run `counterflow` with these arguments, as a shell would; give exit code, stdout and stderr."""

    def run(*arguments):
        from counterflow.cli import main

        monkeypatch.setattr("sys.argv", ["counterflow", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        told = capsys.readouterr()
        return left.value.code, told.out, told.err

    return run


@pytest.fixture(scope="session")
def training_folder(tmp_path_factory, worker_id) -> Path:
    """A small SYNTHETIC training world, played once for all workers: copy it before you change anything."""
    import fcntl

    from counterflow.demo.options import REHEARSAL_CAPACITY, REHEARSAL_PREVALENCE, WorldOptions
    from counterflow.demo.play import play

    base = tmp_path_factory.getbasetemp()
    out = (base if worker_id == "master" else base.parent) / "training"
    with Path(f"{out}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (out / "score.json").exists():
            play(
                WorldOptions(records=1000, weeks=3, prevalence=REHEARSAL_PREVALENCE, capacity_share=REHEARSAL_CAPACITY),
                out,
            )
    return out


@pytest.fixture(scope="module")
def training_workspace(training_folder, tmp_path_factory):
    """A copy of the training site's workspace, opened; one per module."""
    import shutil

    from counterflow.store.workspace import Workspace

    folder = shutil.copytree(training_folder / "workspace", tmp_path_factory.mktemp("site") / "workspace")
    with Workspace(folder) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def training_site(training_workspace):
    """The site over that workspace; who asks is said by the test (see `client_as`)."""
    from tests.visitors import TestDoorman

    from counterflow.server.app import site_for

    site = site_for(training_workspace)
    site.doorman = TestDoorman()
    yield site
    site.close()


@pytest.fixture(scope="module")
def training_app(training_site):
    """The application over that site."""
    from counterflow.server.app import create_app

    return create_app(training_site)


@pytest.fixture
def client_as(training_app):
    """Give a client signed in with this role: `client_as("officer", purpose="inspection", person="Olu Officer")`."""
    from tests.visitors import clients

    with clients(training_app) as give:
        yield give
