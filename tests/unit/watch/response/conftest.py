import pytest
from tests.unit.watch.response.made import NOW, Clock

from counterflow.store.workspace import Workspace
from counterflow.watch.response.contacts import CONTACTS as KIND
from counterflow.watch.response.files import load_file

TOUCHED = (
    "watch_alarm", "watch_seen", "watch_act", "watch_contact", "watch_place", "watch_stock", "watch_approval",
    "health_watch", "series_count", "panel", "payload", "batch", "quarantine", "action",
)  # fmt: skip


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """One workspace for a file of tests: making one costs more than most of them."""
    clock = Clock()
    folder = tmp_path_factory.mktemp("held") / "w"
    Workspace.create(folder, clock=clock)
    with Workspace.open(folder, clock=clock) as workspace:
        yield workspace


@pytest.fixture
def site(held):
    """The workspace, emptied; `said()` gives the bodies of the ledger's entries since then."""
    with held.store.transaction():
        for table in TOUCHED:
            held.store.execute(f"DELETE FROM {table}")
    held.clock.now = Clock(NOW).now
    start = held.ledger.size + 1
    held.said = lambda kind=None: [entry.body for entry in held.ledger.entries(kind, start=start)]
    return held


@pytest.fixture
def clock(site):
    return site.clock


def load(workspace, tmp_path, kind, text):
    path = tmp_path / f"{kind.table}.csv"
    path.write_text(text, "utf-8")
    return load_file(workspace, path, kind)


CONTACTS = """contact,role,duty,organisation,area,channel,level,tell_hours,answer_hours
moh,health,Medical officer,County Health,County 0,epi@county.example,*,4,24
state,health,Epidemiologist,State Health,*,epi@state.example,county,24,48
desk,enforcement,Desk,Task force,*,desk@force.example,*,24,48
"""


@pytest.fixture
def contacts(site, tmp_path):
    return load(site, tmp_path, KIND, CONTACTS)
