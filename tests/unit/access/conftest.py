"""An empty workspace with its doors; the clock stands where the test puts it."""

import datetime as dt
import itertools

import pytest

from counterflow.access.doors import Doors
from counterflow.access.passwords import Passwords
from counterflow.access.policy import usual_purpose
from counterflow.store.workspace import Workspace

START = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
PASSWORD = "grey harbour at dawn 7"


class Hand:
    """A clock that is moved by hand."""

    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now

    def on(self, **by):
        self.now += dt.timedelta(**by)


@pytest.fixture
def clock():
    return Hand()


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory):
    return Workspace.create(tmp_path_factory.mktemp("empty") / "w", clock=lambda: START)


@pytest.fixture
def workspace(empty_folder, tmp_path, clock):
    import shutil

    with Workspace(shutil.copytree(empty_folder, tmp_path / "w"), clock=clock) as opened:
        yield opened


@pytest.fixture
def doors(workspace):
    made = Doors(workspace, passwords=Passwords(memory_kib=8, passes=1), reads_every=0)
    yield made
    made.close()


@pytest.fixture
def signed_in(doors):
    """Give `signed_in(name, roles, purpose=None)`: a person, added if need be, in a session of their own."""
    numbers = itertools.count()

    def give(name, roles="supervisor", purpose=None):
        if name not in {one.name for one in doors.people.all()}:
            doors.add_person(name, roles.split(), by="command-line", password=PASSWORD)
        opened = doors.sign_in(name, PASSWORD, address=f"10.0.0.{next(numbers)}")
        wanted = purpose or usual_purpose(opened.who.roles)
        return doors.set_purpose(opened.cookie, wanted) if wanted != opened.who.purpose else opened.who

    return give
