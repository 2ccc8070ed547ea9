"""A version of severities: two persons, consequences shown, in force from a day; the ledger shows acts and no words."""

import datetime as dt
import json

import numpy as np
import pyarrow as pa
import pytest

from counterflow.core.errors import AccessError, InputError, UnknownName, UsageError
from counterflow.target.severity.in_force import Points, in_force, record_severity, with_rows
from counterflow.target.severity.life import approve, history, one_version, propose, read_edits

TODAY = dt.date(2026, 3, 2)
EDITS = "harm_class,substance,form,route,market,points,low,high,said\n"
GROUND = "Deaths of last year"


@pytest.fixture
def site(world):
    """Two lanes of one office: cannabis in the mail, fentanyl in express, both found equally often."""
    ids = world.records(60, offices=("A",), lanes=("mail", "express"))
    for i, record in enumerate(ids[:20]):
        substance = "cannabis" if i % 2 == 0 else "fentanyl"
        world.finding(
            record, code="named-drug", reference=f"substances:{substance}", strength=0.5 + 0.01 * (i % 2 == 0)
        )
    return world


def edit(world, text):
    return read_edits(world.file(EDITS + text, "edits.csv"), world.settings.target.severity)


def proposed(world, text="drug,fentanyl,,,,900,,,judged\n", person="A. One"):
    return propose(world, person=person, ground=GROUND, edits=edit(world, text))


def test_a_proposal_shows_who_gains_and_who_loses_and_changes_nothing(site):
    told = proposed(site)
    moved = told["consequences"]
    lanes = {row["name"]: row for row in moved["lanes"]}
    assert moved["inspections_by_harm"] == 3  # one in twenty of 60 stands in for a plan
    assert (lanes["mail"]["before"], lanes["express"]["before"]) == (3, 0)
    assert (lanes["mail"]["after"], lanes["express"]["after"]) == (0, 3)
    assert lanes["express"]["gained"] == lanes["mail"]["lost"] == 3
    assert sum(r["before"] for r in moved["lanes"]) == sum(r["after"] for r in moved["lanes"])
    assert moved["top_tier"] == {"before": 1.0, "after": 1.0}
    assert {row["name"] for row in moved["origins_of_goods"]} == {"CN"}
    assert in_force(site.store, site.settings.target, TODAY).version == ""
    assert history(site)[0]["state"] == "proposed"


def test_another_person_puts_it_into_force_from_a_day(site):
    version = proposed(site)["version"]
    with pytest.raises(AccessError):
        approve(site, version, person=" a. ONE", ground=GROUND)
    approve(site, version, person="B. Two", ground=GROUND, from_day=dt.date(2026, 3, 10))
    target = site.settings.target
    assert in_force(site.store, target, dt.date(2026, 3, 9)).points("drug", "fentanyl").value == 100
    held = in_force(site.store, target, dt.date(2026, 3, 10))
    assert held.points("drug", "fentanyl", form="powder", route="mail").value == 900
    assert held.points("drug", "cocaine").basis == "settings"
    assert history(site)[0]["state"] == "approved"
    with pytest.raises(InputError, match="already"):
        approve(site, version, person="C. Three", ground=GROUND)


def test_the_next_version_carries_over_and_takes_over(site):
    first = proposed(site)["version"]
    approve(site, first, person="B. Two", ground=GROUND)
    second = proposed(site, "drug,cannabis,,,,5,,,judged\n")
    assert second["before"] == first
    approve(site, second["version"], person="B. Two", ground=GROUND)
    held = in_force(site.store, site.settings.target, TODAY)
    assert held.version == second["version"]
    assert (held.points("drug", "fentanyl").value, held.points("drug", "cannabis").value) == (900, 5)
    told = one_version(site, first)
    assert [row["points"] for row in told["rows"]] == [900]
    assert told["consequences"]["lanes"]
    assert {row["version"]: row["state"] for row in history(site)} == {first: "past", second["version"]: "in force"}


def test_what_cannot_be_proposed_or_approved_is_told(site):
    with pytest.raises(UsageError, match="Nothing is proposed"):
        propose(site, person="A", ground=GROUND)
    with pytest.raises(UsageError, match="in force"):
        proposed(site, "drug,,,,,100,,,as it is\n")
    with pytest.raises(InputError):
        propose(site, person="A", ground="x", edits=edit(site, "drug,x,,,,9,,,y\n"))
    with pytest.raises(UnknownName):
        approve(site, "SV-1", person="B", ground=GROUND)
    version = proposed(site)["version"]
    with pytest.raises(InputError, match="past"):
        approve(site, version, person="B. Two", ground=GROUND, from_day=dt.date(2026, 3, 1))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("drg,x,,,,9,,,y\n", "'drug'"), ("drug,x,,,,-1,,,y\n", "points"), ("drug,x,,,,9,,,\n", "reason"),
        ("drug,x,,,,9,10,12,y\n", "interval"), ("drug,,powder,,,9,,,y\n", "substance"),
        ("drug,x,,,,9,,,y\ndrug,X,,,,8,,,y\n", "twice"), ("", "no severity"),
    ],
)  # fmt: skip
def test_an_edit_that_cannot_be_read_is_told_with_its_line(world, text, says):
    with pytest.raises(InputError, match=says):
        edit(world, text)


def test_the_ledger_holds_acts_and_digests_and_no_word(site):
    version = proposed(site)["version"]
    approve(site, version, person="B. Two", ground=GROUND)
    entries = [*site.ledger.entries("severity"), *site.ledger.entries("severity-act")]
    assert len(entries) == 2
    text = json.dumps([dict(e.body) for e in entries])
    assert version in text
    for word in ("One", "Two", "Deaths", "fentanyl", '"900', " 900"):  # bare, a digest may hold it by chance
        assert word not in text


def test_names_and_grounds_can_be_erased(site):
    from counterflow.store.rule_payloads import forget_rules

    version = proposed(site)["version"]
    approve(site, version, person="B. Two", ground=GROUND)
    forget_rules(site.store, pa.table({"source": ["target-rule"], "record_id": [version]}))
    row = history(site)[0]
    assert (row["proposed_by"], row["ground"], row["approved_by"]) == ("[erased]",) * 3
    assert in_force(site.store, site.settings.target, TODAY).points("drug", "fentanyl").value == 900


def test_the_finest_row_that_fits_speaks_and_nothing_else(world):
    def row(value, substance="", form="", route="", market=""):
        return Points("drug", substance, form, route, market, value, value, value, "edited", "x")

    rows = (row(1, "a"), row(2, "a", "powder"), row(3, "a", "", "mail"), row(4, "a", "powder", "mail"), row(7))
    held = with_rows(world.settings.target, rows, "V")
    assert held.points("drug", "a").value == 1
    assert held.points("drug", "a", form="tablet").value == 1
    assert held.points("drug", "a", form="powder", route="land").value == 2
    assert held.points("drug", "a", form="tablet", route="mail").value == 3
    assert held.points("drug", "a", form="powder", route="mail", market="x").value == 4
    assert held.points("drug", "b").value == held.mapping()["drug"] == 7
    with pytest.raises(UnknownName):
        held.points("drgu")


def test_records_have_the_severity_of_the_worst_substance_named_on_them(world):
    rows = tuple(
        Points("drug", s, "", r, "", v, v, v, "edited", "x")
        for s, r, v in (("a", "", 300), ("a", "mail", 400), ("b", "", 5))
    )
    held = with_rows(world.settings.target, rows, "V")
    findings = pa.table(
        {
            "row": [0, 0, 1, 2, 3], "harm_class": ["drug", "drug", "drug", "drug", "cash"],
            "reference": ["substances:a", "substances:b", "substances:b", None, "substances:a"],
        }
    )  # fmt: skip
    found = record_severity(held, findings, 5, ["mail", "land", None, None, None])
    assert found["drug"].tolist() == [400, 5, 100, 100, 100]
    assert record_severity(held, findings, 5)["drug"].tolist() == [300, 5, 100, 100, 100]
    assert found["cash"] == 20.0
    plain = record_severity(with_rows(world.settings.target, ()), findings, 5)
    assert np.ndim(plain["drug"]) == 0
