"""Exercises on invented records: nothing of the truth before the end, all of it after, and an honest score."""

import re

import pytest

from counterflow.core.errors import InputError, UsageError
from counterflow.demo import exercise as exercises


@pytest.fixture(scope="module")
def beside_its_world(training_workspace, training_folder):
    """The workspace's copy with the training world beside it, as the demo leaves them."""
    world = training_workspace.path.parent / "world"
    if not world.exists():
        world.symlink_to(training_folder / "world")
    return training_workspace


def test_an_exercise_holds_something_to_find_and_is_scored_against_ranking_and_chance(beside_its_world):
    held = exercises.begin(beside_its_world, "Ann One")
    assert len(held.records) == len(set(held.records)) == exercises.RECORDS
    with pytest.raises(UsageError, match="has ended"):
        exercises.scored(beside_its_world, held)
    with pytest.raises(UsageError, match="Ann One"):
        exercises.end(beside_its_world, held.exercise, "Bob Two", held.records[:1])
    with pytest.raises(UsageError, match="Choose 1 to"):
        exercises.end(beside_its_world, held.exercise, "Ann One", held.records[:7])
    ended = exercises.end(beside_its_world, held.exercise, "Ann One", held.records[:6])
    came = exercises.scored(beside_its_world, ended)
    assert exercises.LEAST_HIDDEN <= came.hidden <= exercises.MOST_HIDDEN
    assert came.found == sum(name in came.truth for name in held.records[:6])
    assert len(came.by_rank) == 6
    assert came.chance == pytest.approx(6 * came.hidden / exercises.RECORDS)
    with pytest.raises(UsageError, match="has ended"):
        exercises.end(beside_its_world, held.exercise, "Ann One", held.records[:1])


def test_the_page_tells_the_truth_only_at_the_end(beside_its_world, client_as):
    web = client_as("officer", purpose="training")
    open_page = web.post("/training")
    address = open_page.url.path
    held = exercises.read(beside_its_world, address.rpartition("/")[2])
    assert "Inside:" not in open_page.text
    assert open_page.text.count('name="record"') == exercises.RECORDS
    shown = web.post(address, data={"record": list(held.records[:3]), "csrf": ""})
    assert (
        shown.text.count("Inside:")
        == exercises.scored(beside_its_world, exercises.read(beside_its_world, held.exercise)).hidden
    )
    assert re.search(r"You met.*?of", shown.text, re.DOTALL)
    assert held.exercise in web.get("/training").text


def test_where_no_training_world_lies_the_page_says_what_to_do(empty_workspace):
    assert not exercises.has_truth(empty_workspace)
    with pytest.raises(InputError, match="no training world"):
        exercises.begin(empty_workspace, "Ann One")
