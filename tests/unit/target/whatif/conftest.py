"""A scenario small enough to work out by hand, and a way to ask it."""

from __future__ import annotations

import datetime as dt

import pytest

from counterflow.target.choice.capacity import parse_capacity
from counterflow.target.whatif.answer import answer
from counterflow.target.whatif.scenario import parse_scenario

HEADER = "office,lane,day,resource,minutes,service_minutes,detection_rate\n"
SEVERITY = {"drug": (100.0, "stated"), "weapon": (60.0, "stated"), "cash": (20.0, "stated")}

#: 100 an hour, 1 % harmful, the best 1 % of the score holds a fifth of it, officers find nine of ten
LANE = """
draws = 200
random_share = 0.0
[[lane]]
name = "mail"
mode = "mail"
arrivals_per_hour = 100
lift = [[0.01, 0.2], [0.1, 0.5]]
{more}
[[lane.harm]]
harm_class = "drug"
found = 10000
inspected = 1000000
[[resource]]
name = "officer"
hours = [8, 16]
variability = 1.0
blind_found = 9000
blind_tests = 10000
{tail}
"""


@pytest.fixture(scope="session")
def lane_of():
    def make(more="", tail=""):
        return LANE.format(more=more, tail=tail)

    return make


@pytest.fixture(scope="session")
def ask():
    """Answer a scenario (text) under capacity rows; the file names are those a user would see."""

    def asked(scenario, *rows, stored=None, folder=None):
        form = parse_scenario(scenario.encode(), "s.toml")
        capacity = parse_capacity((HEADER + "\n".join(rows) + "\n").encode(), "c.csv")
        day = dt.date(2026, 11, 22)
        return answer(form, capacity, SEVERITY, as_of=day, file="s.toml", stored=stored, folder=folder)

    return asked
