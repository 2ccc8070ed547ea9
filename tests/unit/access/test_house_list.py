"""A list of the house is edited by two people; each edit is a version, and what was there before stays."""

import pytest

from counterflow.core.errors import InputError, UnknownName
from counterflow.flow.house_list import agreed_edit, house_lists
from counterflow.screen.resources import latest_lists

PEOPLE = {"asked_by": "Ana", "agreed_by": "Sol", "ground": "seen at the pier"}


def names(workspace, name="house-watch"):
    version = latest_lists(workspace.store)[name]
    rows = workspace.store.rows("SELECT name FROM list_entry WHERE list = ? AND version = ?", [name, version])
    return sorted(str(row["name"]) for row in rows)


def test_two_people_edit_a_house_list_and_each_edit_is_a_version(doors, workspace, signed_in, clock):
    ana, sol = signed_in("Ana", "analyst"), signed_in("Sol")
    add = {"add": [{"name": "Harbour Trading Ltd", "schema": "Organization", "alias": "HT Ltd; Harbour T."}]}
    request = doors.requests.ask("list-edit", "house-watch", add, ana, "seen at the pier")
    assert house_lists(workspace) == []
    made = doors.requests.agree(request, sol)
    assert (made["added"], made["removed"], made["entries"]) == (1, 0, 1)
    assert names(workspace) == ["HT Ltd", "Harbour T.", "Harbour Trading Ltd"]
    assert house_lists(workspace) == ["house-watch"]
    clock.on(minutes=1)
    second = agreed_edit(workspace, "house-watch", {"add": [{"name": "John Example", "id": "7"}]}, **PEOPLE)
    assert second["version"] != made["version"]
    assert len(names(workspace)) == 4
    clock.on(minutes=1)
    third = agreed_edit(workspace, "house-watch", {"remove": ["house-watch:7"]}, **PEOPLE)
    assert names(workspace) == ["HT Ltd", "Harbour T.", "Harbour Trading Ltd"]
    assert third["version"] not in {made["version"], second["version"]}
    assert workspace.store.rows("SELECT count(*) AS n FROM list_version")[0]["n"] == 3


@pytest.mark.parametrize(
    ("name", "payload", "error"),
    [
        ("ofac-sdn", {"add": [{"name": "X Y"}]}, InputError),
        ("house-watch", {}, InputError),
        ("house-watch", {"add": [{"name": " "}]}, InputError),
        ("house-watch", {"add": ["text"]}, InputError),
        ("house-watch", {"add": [{"name": "X Y", "passport": "1"}]}, UnknownName),
        ("house-watch", {"remove": ["house-watch:none"]}, UnknownName),
        ("house-../x", {"add": [{"name": "X Y"}]}, InputError),
        ("house-watch", {"add": [{"name": "X Y"}] * 201}, InputError),
    ],
)
def test_what_is_no_edit_of_a_house_list_is_refused_and_changes_nothing(workspace, name, payload, error):
    with pytest.raises(error):
        agreed_edit(workspace, name, payload, **PEOPLE)
    assert not workspace.store.rows("SELECT 1 FROM list_version")


def test_an_entry_that_is_there_is_not_added_twice(workspace, clock):
    add = {"add": [{"name": "John Example", "id": "7"}]}
    agreed_edit(workspace, "house-watch", add, **PEOPLE)
    with pytest.raises(InputError, match="on the list already"):
        agreed_edit(workspace, "house-watch", add, **PEOPLE)
    clock.on(minutes=1)
    agreed_edit(workspace, "house-watch", add | {"remove": ["house-watch:7"]}, **PEOPLE)
    assert names(workspace) == ["John Example"]
