"""A supply event opens a watch on harm: coarse, sanitised, and closed with an association."""

import datetime as dt
import json

import pyarrow as pa
import pytest
from tests.unit.watch.response.conftest import load

from counterflow.account.actions.forecast import from_estimate
from counterflow.account.actions.plan import Action
from counterflow.account.actions.sealing import seal_action
from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.core.estimate import Estimate
from counterflow.flow.watch_actions import close_watch, list_watches, open_after_event, open_watch, unwatched
from counterflow.watch.response.places import PLACES
from counterflow.watch.response.told import tell

FORECAST = Estimate(
    value=None, low=0, high=1, level=0.9, method="judgement", source="2025", as_of=dt.date(2026, 11, 1), unit="share"
)


@pytest.fixture
def action(site, tmp_path):
    load(site, tmp_path, PLACES, "place,level,parent\nLoop,subcounty,Cook\nCook,county,State\nDale,county,State\n")
    made = Action("op-north", "takedown", "Raid on Miller Street", dt.date(2026, 12, 1), dt.date(2026, 12, 2),
                  "40 officers", (from_estimate(FORECAST, "other", dt.date(2026, 12, 1), dt.date(2026, 12, 2)),), "before and after")  # fmt: skip
    seal_action(site, made)
    return made


def counts(site, place, before, during):
    starts = dt.date(2026, 11, 30) - dt.timedelta(weeks=40)
    weeks = [before] * 40 + during
    rows = [
        {"source": "ems", "place": place, "level": "county", "measure": "overdoses", "subject": "all",
         "definition": "1", "grain": "week", "starts": starts + dt.timedelta(weeks=n),
         "ends": starts + dt.timedelta(weeks=n, days=6), "count": float(count), "suppressed": False,
         "looked_for": True, "as_of": dt.date(2026, 12, 27), "first_seen": site.clock()}
        for n, count in enumerate(weeks)
    ]  # fmt: skip
    site.store.append("series_count", pa.Table.from_pylist(rows))


def test_it_opens_on_the_area_and_the_weeks_after(site, action):
    assert unwatched(site) == ["op-north"]
    row = open_watch(site, "op-north", "Cook", person="A. Analyst", substance_class="opioids")
    assert (row["starts"], row["ends"]) == (dt.date(2026, 12, 1), dt.date(2026, 12, 23))
    assert open_watch(site, "op-north", "Cook", person="A. Analyst", substance_class="opioids")["watch"] == row["watch"]
    assert unwatched(site) == []
    for word in ("Miller", "officers", "op-north", "takedown"):
        assert word not in row["notice"]
    assert "action" not in list_watches(site)[0]


def test_a_seizure_that_nobody_planned_opens_one_too(site, action):
    today = site.clock().date()
    row = open_after_event(site, "S-2026/114", today, "Cook", person="A. Analyst", substance_class="Opioids")
    assert (row["starts"], row["ends"]) == (today, today + dt.timedelta(weeks=3))
    assert "S-2026" not in row["notice"]
    with pytest.raises(InputError, match="to come"):
        open_after_event(site, "S-2026/115", today + dt.timedelta(1), "Cook", person="A. Analyst")
    with pytest.raises(InputError, match="Cook"):
        open_after_event(site, "S-2026/115", today, "Loop", person="A. Analyst")


def test_an_area_below_the_county_and_an_unknown_action_are_refused(site, action):
    with pytest.raises(InputError, match="Cook"):
        open_watch(site, "op-north", "Loop", person="A. Analyst")
    with pytest.raises(UnknownName, match="op-north"):
        open_watch(site, "op-nort", "Cook", person="A. Analyst")
    with pytest.raises(UnknownName, match="Cook"):
        open_watch(site, "op-north", "Cok", person="A. Analyst")
    with pytest.raises(InputError, match="person"):
        open_watch(site, "op-north", "Cook", person="")


def test_it_closes_with_observed_over_expected_beside_like_places(site, action, clock):
    watch = open_watch(site, "op-north", "Cook", person="A. Analyst")["watch"]
    with pytest.raises(InputError, match="runs until"):
        close_watch(site, watch, person="A. Analyst")
    clock.now = clock.now.replace(year=2026, month=12, day=28)
    counts(site, "Cook", 20, [20, 40, 40, 30])
    counts(site, "Dale", 20, [20, 20, 20, 20])
    shown = close_watch(site, watch, person="A. Analyst")["shown"]
    seen = shown["series"][0]
    # weeks that begin within the watch and end within it: of 7 and 14 December
    assert (seen["periods"], seen["observed"], seen["expected"]) == (2, 80.0, 40.0)
    assert seen["ratio"]["value"] == 2.0
    assert seen["ratio"]["low"] > 1.5
    assert seen["like_ratio"]["value"] == 1.0
    assert "not an effect" in shown["said"][0]
    assert list_watches(site)[0]["state"] == "closed"
    said = json.dumps(site.said("health-watch"))
    assert "Cook" not in said
    with pytest.raises(InputError, match="closed"):
        close_watch(site, watch, person="A. Analyst")


def test_only_health_is_told(site, action, contacts):
    watch = open_watch(site, "op-north", "Cook", person="A. Analyst")["watch"]
    with pytest.raises(AccessError, match="health contacts"):
        tell(site, watch, person="A. Analyst", to=["desk"])
    assert [row["contact"] for row in tell(site, watch, person="A. Analyst")] == ["state"]
