"""How-tos per kind of user, done literally in a browser: a page that no longer fits its text fails here."""

import os

import pytest
from playwright.sync_api import expect
from tests.alarms import raise_alarm
from tests.console.browser import ROOT
from tests.console.planned import plan_of_a_day
from tests.console.walker import Walk, steps_of

from counterflow.access.doors import Doors
from counterflow.cli.demo import PEOPLE
from counterflow.server.app import create_app, site_for

pytestmark = pytest.mark.service
expect.set_options(timeout=20_000)

#: how-to, and the least number of steps: a list that is no longer read as one would pass without a step
WALKS = {
    "a-morning-at-the-customs-office": 22,
    "an-inspection-of-the-house": 20,
    "a-week-of-an-epidemiologist": 25,
}


@pytest.fixture(scope="module")
def world(training_workspace, tmp_path_factory):
    """The training world as `make run` leaves it: people named, and a sheet not worked yet."""
    people = Doors.of(training_workspace).people
    for name, role in sorted(PEOPLE.items(), key=lambda person: person[1] != "admin"):
        people.add(name, [role], by="command-line")
    plan_of_a_day(training_workspace, tmp_path_factory.mktemp("plan"))
    raise_alarm(training_workspace)
    return training_workspace


@pytest.fixture(scope="module")
def site(world):
    made = site_for(world)
    yield made
    made.close()


#: walked in every run; the others too with ALL_LOOKS in the environment
WALKED = [*WALKS] if os.environ.get("ALL_LOOKS") else [*WALKS][:2]


@pytest.mark.parametrize("name", WALKED)
def test_a_how_to_is_walked_as_it_is_written(site, serve, visit, tmp_path, name):
    page = visit(serve(create_app(site)), accept_downloads=True)
    page.set_default_timeout(20_000)
    text = (ROOT / "docs" / "how-to" / f"{name}.md").read_text("utf-8")
    assert Walk(page, text, tmp_path).do() >= WALKS[name]


@pytest.mark.parametrize("name", [*WALKS, "a-compliance-day-at-a-distributor"])
def test_every_step_of_a_how_to_keeps_to_the_wordings(name):
    assert len(steps_of((ROOT / "docs" / "how-to" / f"{name}.md").read_text("utf-8"))) >= 20


def test_a_step_in_other_words_is_refused():
    with pytest.raises(ValueError, match="no step: 'Click around"):
        steps_of("1. Open **Today**. Click around.\n")
