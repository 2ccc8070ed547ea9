"""A site with a little of everything in it, in a folder whose name has blanks and letters beyond ASCII."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from counterflow.cli import answer

MAPPING = """[mapping]
name = "m"
version = "1"
source = "s"
[fields]
record_id = "id"
declared_on = { column = "day", format = "%d.%m.%Y" }
mass_kg = "kg"
departure = "from"
office = "office"
lane = "lane"
goods.description = "text"
goods.hs = "hs"
"""
HEADER = "id,day,kg,from,office,lane,text,hs\n"
CAPACITY = "office,lane,day,resource,minutes,service_minutes,detection_rate\n"
PERIOD = ("--from", "2021-03-01", "--to", "2021-03-01", "--random-share", "0.5", "--seed", "7")


def record(number: object, **other: str) -> str:
    """Return one line of a parcel file, with `other` in place of what is good."""
    good = {"id": str(number), "day": "01.03.2021", "kg": "1.5", "from": "CN", "office": "Oslo", "lane": "mail"}
    return ",".join((good | {"text": "shirts", "hs": "610910"} | other).values()) + "\n"


@pytest.fixture(scope="session")
def prepared_site(tmp_path_factory) -> Path:
    """A folder with a workspace `W` of eight records and a plan that draws six, and the files that made it."""
    site = tmp_path_factory.mktemp("prepared")
    (site / "m.toml").write_text(MAPPING)
    (site / "good.csv").write_text(HEADER + "".join(record(f"r{n}") for n in range(8)))
    (site / "cap.csv").write_text(CAPACITY + "*,*,*,officer,60,10,0.9\n")
    work = ("-q", "-w", str(site / "W"))
    assert answer(["-q", "init", str(site / "W")]) == 0
    assert answer([*work, "intake", "load", str(site / "good.csv"), "--map", str(site / "m.toml")]) == 0
    plan = ("--capacity", str(site / "cap.csv"), *PERIOD, "--out", str(site / "plan.csv"))
    assert answer([*work, "target", "plan", *plan]) == 0
    return site


@pytest.fixture
def site(prepared_site, tmp_path, monkeypatch) -> Path:
    """A copy of the prepared site, for one test; the test stands in it."""
    folder = tmp_path / "Zollbüro 海关 1"
    shutil.copytree(prepared_site, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def ask(site, capsys, monkeypatch) -> Callable[..., tuple[int, str, str]]:
    """Run a command on `W` of the site; whatever it was given, it ends in words and never in a traceback."""

    monkeypatch.setattr("counterflow.cli.session.PATIENCE_SECONDS", 0.1)  # a lock left behind is a failure, not a wait

    def run(*arguments: str, workspace: str | None = "W") -> tuple[int, str, str]:
        capsys.readouterr()
        code = answer([*(("-w", workspace) if workspace else ()), *map(os.fspath, arguments)])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        assert "should not have" not in told.err
        return code, told.out, told.err

    return run


@pytest.fixture
def refused(ask) -> Callable[..., str]:
    """Run a command that must be refused with this exit code, having said these words and given no data."""

    def run(code: int, words: tuple[str, ...], *arguments: str, workspace: str | None = "W") -> str:
        found, out, err = ask(*arguments, workspace=workspace)
        assert (found, out) == (code, ""), err
        for word in words:
            assert word in err
        return err

    return run
