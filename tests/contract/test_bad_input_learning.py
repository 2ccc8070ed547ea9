"""Too little to learn from, an office without minutes, outcomes that contradict a draw: said, recorded, never guessed."""

import csv
import json

import pytest

from .conftest import CAPACITY, PERIOD

OUTCOMES = "record_id,state,confirmation,harm_class,time\n"
TIME = "2021-03-02T10:00Z"
AGAIN = ("--from", "2021-03-01", "--to", "2021-03-01", "--random-share", "0.5", "--seed", "8")


def drawn(site):
    return [r["record_id"] for r in csv.DictReader((site / "plan.csv").read_text().splitlines())]


def test_without_any_outcome_nothing_is_trained_and_the_plan_says_that_it_starts_cold(site, ask):
    code, out, err = ask("target", "train")
    assert (code, json.loads(out)["model"]) == (0, None)
    assert "nothing to learn from" in err
    assert "Plans go by rules, findings and exploration" in err
    code, out, err = ask("target", "plan", "--capacity", "cap.csv", *AGAIN)
    assert code == 0
    assert "cold start: rules, findings and exploration only" in err
    assert json.loads(ask("target", "models", "--format", "json")[1]) == []


@pytest.mark.parametrize(
    ("confirmation", "harm"), [("none", ""), ("confirmed", "drug")], ids=["nothing found", "finds alone"]
)
def test_outcomes_of_one_kind_teach_nothing_and_it_is_said(confirmation, harm, site, ask):
    rows = "".join(f"{record},inspected,{confirmation},{harm},{TIME}\n" for record in drawn(site))
    (site / "o.csv").write_text(OUTCOMES + rows)
    assert ask("target", "record", "o.csv")[0] == 0
    code, out, err = ask("target", "train")
    assert (code, json.loads(out)["model"]) == (0, None)
    assert "say the same: one class alone teaches nothing" in err


def test_an_office_without_minutes_is_refused_where_nothing_else_is_planned(site, refused):
    (site / "k.csv").write_text(CAPACITY + "Oslo,*,*,officer,0,10,0.9\n")
    refused(3, ("No resource can reach any of the 8", "Oslo/mail"), "target", "plan", "--capacity", "k.csv", *PERIOD)


def test_an_office_without_minutes_is_said_where_others_have_some(site, ask):
    (site / "more.csv").write_text(
        "id,day,kg,from,office,lane,text,hs\n"
        + "".join(f"b{n},01.03.2021,1.5,CN,Bergen,mail,shirts,610910\n" for n in range(5))
    )
    assert ask("intake", "load", "more.csv", "--map", "m.toml")[0] == 0
    (site / "k.csv").write_text(CAPACITY + "Oslo,*,*,officer,60,10,0.9\nBergen,*,*,officer,0,10,0.9\n")
    code, _, err = ask("target", "plan", "--capacity", "k.csv", *AGAIN)
    assert code == 0
    assert "5 of the eligible records are out of reach of every resource (Bergen/mail)" in err
    assert "1 of 2 pools and days have less time than one inspection takes" in err


def test_an_outcome_of_a_record_that_the_plan_left_out_is_refused_and_kept(site, ask):
    left_out = min({f"r{n}" for n in range(8)} - set(drawn(site)))
    (site / "o.csv").write_text(f"{OUTCOMES}{left_out},inspected,confirmed,drug,{TIME}\n")
    code, out, err = ask("target", "record", "o.csv")
    receipt = json.loads(out)
    assert (code, receipt["accepted"], receipt["reasons"]) == (3, 0, {"not-drawn": 1})
    assert left_out in err
    assert json.loads(ask("target", "train")[1])["model"] is None


def test_a_day_that_has_not_come_cannot_be_learned_from(refused):
    refused(2, ("not known yet", "Name today"), "target", "train", "--before", "2999-01-01")
