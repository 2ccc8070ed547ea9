"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How fast a machine is, is not what these tests are about.
settings.register_profile("counterflow", deadline=None)
settings.load_profile("counterflow")


def pytest_addoption(parser):
    parser.addoption(
        "--shared-data",
        default=os.environ.get("COUNTERFLOW_SHARED_DATA", str(Path(__file__).parents[2] / "shared" / "data")),
        help="folder of public third-party data; tests that read it skip where it is absent",
    )


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
