"""What `doctor` sees in a workspace."""

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.core.clock import fixed_clock
from counterflow.flow.doctor import examine
from counterflow.store.workspace import Workspace


@pytest.fixture
def folder(tmp_path):
    Workspace.create(tmp_path / "W", clock=fixed_clock("2026-03-01T06:00:00Z"))
    return tmp_path / "W"


def test_the_list_that_is_named_is_the_one_that_parties_are_screened_against(folder):
    from counterflow.screen.run import resources_of

    rows = [
        {"version": "new", "published": dt.date(2021, 7, 1), "loaded_at": dt.datetime(2026, 3, 1, tzinfo=dt.UTC)},
        {"version": "old", "published": dt.date(2019, 1, 10), "loaded_at": dt.datetime(2026, 3, 2, tzinfo=dt.UTC)},
    ]
    counted = {"list": "ofac-sdn", "sha256": "0", "files": "f", "read": 1, "accepted": 1, "rejected": 0}
    with Workspace.open(folder) as workspace:
        table = pa.Table.from_pylist([counted | row | {"sha256": row["version"]} for row in rows])
        workspace.store.append("list_version", table)
        used = resources_of(workspace).versions
    seen = {e.what: e.seen for e in examine(folder)}
    assert seen["list ofac-sdn"] == "version new, the latest of 2"
    assert used["ofac-sdn"] == "new"
