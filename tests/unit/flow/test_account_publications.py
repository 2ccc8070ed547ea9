"""Releases of one table: what was withheld stays so, what was shown protects nothing, each stands in the ledger."""

from pathlib import Path

import pytest

from counterflow.account.given import rows_of
from counterflow.account.publish import Ask
from counterflow.account.publish.sheet import sheet_of
from counterflow.core.errors import UsageError
from counterflow.flow.account_publications import publish_as
from counterflow.store.workspace import Workspace

FIRST = "c,n\na,3\nb,20\nc,30\nd,40\nTotal,93\n"
#: a is no longer small, everything else is as it was but the total
SECOND = "c,n\na,12\nb,20\nc,30\nd,40\nTotal,102\n"


def sheet(text):
    return sheet_of(rows_of(text.encode(), Path("table.csv")))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    with Workspace(Workspace.create(tmp_path_factory.mktemp("open") / "w")) as held:
        yield held


def test_the_next_release_withholds_what_the_last_one_did(workspace):
    made, version = publish_as(workspace, "deaths", sheet(FIRST), Ask())
    assert (version, [row["n"] for row in made.rows()]) == (1, ["*", "*", "30", "40", "93"])
    assert publish_as(workspace, "deaths", sheet(FIRST), Ask())[1] == 1
    made, version = publish_as(workspace, "deaths", sheet(SECOND), Ask())
    # Showing b, which is as it was, would tell a of the first release.
    assert (version, [row["n"] for row in made.rows()]) == (2, ["*", "*", "30", "40", "102"])
    entries = [entry for entry in workspace.ledger.entries() if entry.kind == "publication"]
    assert [entry.body["version"] for entry in entries] == [1, 2]


def test_a_name_that_is_none_is_refused(workspace):
    with pytest.raises(UsageError):
        publish_as(workspace, "../deaths", sheet(FIRST), Ask())
