"""Designs are sealed before outcomes, every result is kept, departures show, and the sentence says what it may."""

import datetime as dt
import hashlib
import json

import numpy as np
import pytest

from counterflow.account.evaluate import registry
from counterflow.account.evaluate.ask import Ask
from counterflow.account.evaluate.design import design_of_plan, design_of_text, read_design
from counterflow.account.evaluate.design_run import keep_unregistered, run_design
from counterflow.account.evaluate.events import design_text, event_named, events
from counterflow.account.evaluate.panel import read_panel
from counterflow.account.evaluate.run import evaluate
from counterflow.account.evaluate.verdict import verdict, words_of
from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.flow.account_evaluate import design_told, evaluations_told, run_told
from counterflow.flow.account_evaluate_page import latest_of, page_bytes
from counterflow.store.workspace import Workspace

DESIGN = """
design = "scanners"
title = "Scanners at the harbour"
question = "Did scanners lower what comes through?"
who = "Office of evaluation"
[panel]
source = "made-up counts of no real place"
unit = "u"
time = "t"
outcome = "y"
outcome_unit = "parcels"
first_known = 2026-06-01
[treatment]
units = ["A"]
start = "2025"
[analysis]
estimators = ["sdid", "did"]
donor_rule = "harbours without scanners"
exclude = [{unit = "L", why = "opened in 2020"}]
margin = 3.0
[decision]
rule = "Buy more where fewer than before come through."
[power]
smallest_effect = 2.5
"""


class Day:
    """A clock that the test turns."""

    def __init__(self):
        self.on("2026-01-10")

    def on(self, day):
        self.now = dt.datetime.fromisoformat(f"{day}T08:00:00+00:00")

    def __call__(self):
        self.now += dt.timedelta(seconds=1)
        return self.now


@pytest.fixture
def day():
    return Day()


@pytest.fixture
def site(tmp_path, day):
    folder = Workspace.create(tmp_path / "site", clock=day)
    with Workspace(folder, clock=day) as workspace:
        yield workspace


@pytest.fixture
def on(day):
    return day.on


@pytest.fixture
def panel_file(tmp_path):
    def write(name="panel.csv", effect=-6.0, seed=1, reverse=False):
        rng = np.random.default_rng(seed)
        rows = []
        for i, unit in enumerate("ABCDEFGHIJKLMNOPQRSTUVWX"):
            level = 20 + i + np.cumsum(rng.normal(size=16)) * 0.3
            rows += [
                f"{unit},{2012 + t},{level[t] + effect * (unit == 'A' and 2012 + t >= 2025):.3f}" for t in range(16)
            ]
        path = tmp_path / name
        path.write_text("\n".join(["u,t,y", *(reversed(rows) if reverse else rows)]) + "\n", "utf-8")
        return path

    return write


def changed(old, new):
    assert old in DESIGN
    return DESIGN.replace(old, new)


def test_a_plan_survives_and_its_digest_is_sealed(site):
    design = design_of_text(DESIGN)
    row = registry.register(site, design)
    assert design_of_plan(row["plan"]) == design
    body = site.ledger.entry(row["sealed_seq"]).body
    assert body["sha256"] == hashlib.sha256(row["plan"].encode()).hexdigest()
    assert "question" not in body  # words stay in the table
    assert registry.register(site, design)["sealed_seq"] == row["sealed_seq"]
    with pytest.raises(InputError, match="Another design was sealed"):
        registry.register(site, design_of_text(changed("margin = 3.0", "margin = 9.0")))


def test_changed_words_are_found(site, panel_file):
    registry.register(site, design_of_text(DESIGN))
    site.store.execute("UPDATE evaluation_design SET plan = replace(plan, '3.0', '30.0')")
    assert registry.list_designs(site)[0]["intact"] is False
    with pytest.raises(InputError, match="not what was sealed"):
        run_design(site, "scanners", panel_file())


def test_sealed_before_outcomes_can_be_known_it_confirms(site, on, panel_file):
    on("2026-01-10")
    assert registry.register(site, design_of_text(DESIGN))["prospective"] is True
    on("2027-02-01")
    row = run_design(site, "scanners", panel_file())
    assert row["standing"] == "confirmatory"
    result = json.loads(row["result"])
    assert list(result)[:2] == ["sdid", "did"]
    assert result["sdid"]["low"] < -6 < result["sdid"]["high"]
    assert result["registration"]["registered"] is True
    assert "L" not in (result["sdid"]["weights"] or {})
    assert "lower than without the measure" in row["verdict"]
    sealed = site.ledger.entry(row["sealed_seq"]).body
    assert sealed["sha256"] == hashlib.sha256(row["result"].encode()).hexdigest()
    assert float(sealed["effects"]["sdid"]["effect"]) == pytest.approx(result["sdid"]["effect"])


def test_a_panel_that_holds_what_could_not_be_known_yet_belies_the_design(site, on, panel_file):
    on("2026-01-10")
    registry.register(site, design_of_text(DESIGN))
    on("2026-02-01")
    row = run_design(site, "scanners", panel_file())
    assert row["standing"] == "exploratory"
    assert "held them on 2026-02-01" in row["why"]


def test_outcomes_of_long_ago_cannot_be_unknown(site, on):
    on("2026-01-10")
    row = registry.register(site, design_of_text(changed('start = "2025"', 'start = "1989"')))
    assert row["prospective"] is False


def test_sealed_after_it_was_read_it_explores_however_the_file_is_written(site, on, panel_file):
    on("2026-01-10")
    file = panel_file()
    panel = read_panel(file, unit="u", time="t", outcome="y")
    ask = Ask(methods=("did",), treated=("A",), start="2025", breaks=False)
    first = keep_unregistered(site, panel, ask, evaluate(panel, ask))
    assert (first["run"], first["standing"], first["design"]) == ("unregistered-1", "exploratory", "")
    text = changed('design = "scanners"', 'design = "late"').replace("first_known = 2026-06-01\n", "")
    registry.register(site, design_of_text(text))
    row = run_design(site, "late", panel_file("again.csv", reverse=True))
    assert row["standing"] == "exploratory"
    assert "unregistered-1" in row["why"]
    other = changed('design = "scanners"', 'design = "other"').replace('["A"]', '["C"]')
    registry.register(site, design_of_text(other.replace("first_known = 2026-06-01\n", "")))
    kept = run_design(site, "other", panel_file("other.csv", seed=9))
    assert kept["standing"] == "registered"  # other outcomes of a unit that nobody looked at
    assert "rests on the word" in kept["why"]


def test_departures_need_a_reason_and_stand_beside_the_result(site, on, panel_file):
    on("2026-01-10")
    registry.register(site, design_of_text(DESIGN))
    on("2027-02-01")
    with pytest.raises(UsageError, match="departs from the sealed design in: start"):
        run_design(site, "scanners", panel_file(), changes={"start": "2024"})
    assert registry.list_runs(site) == []
    changes = {"start": "2024", "estimators": ("did", "sc")}
    row = run_design(site, "scanners", panel_file(), changes=changes, because="scanners came early")
    assert row["standing"] == "exploratory"
    told = json.loads(row["deviations"])
    assert {d["what"]: (d["registered"], d["used"]) for d in told} == {
        "start": ("2025", "2024"), "estimators": ("sdid, did", "did, sc"),
    }  # fmt: skip
    with pytest.raises(InputError, match="cannot be changed"):
        run_design(site, "scanners", panel_file(), changes={"outcome": "z"}, because="why not")


def test_a_design_is_not_run_for_fewer_treated_units_than_it_promised(site, on, panel_file):
    on("2026-01-10")
    registry.register(site, design_of_text(changed('["A"]', '["A", "B"]')))
    on("2027-02-01")
    file = panel_file()
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("B,2015")]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(InputError, match="gaps: B: 1 of 16"):
        run_design(site, "scanners", file)
    assert registry.list_runs(site) == []
    row = run_design(site, "scanners", file, changes={"treated": ("A",)}, because="B counted nothing in 2015")
    assert row["standing"] == "exploratory"


def test_no_result_is_lost_and_a_run_changed_later_is_found(site, on, panel_file):
    on("2026-01-10")
    registry.register(site, design_of_text(DESIGN))
    on("2027-02-01")
    for seed in (1, 2, 3):
        run_design(site, "scanners", panel_file(f"{seed}.csv", seed=seed, effect=-0.0))
    assert [run["run"] for run in registry.list_runs(site, "scanners")] == [f"scanners-{n}" for n in (1, 2, 3)]
    told = run_told(site, "scanners-2")
    assert [other["run"] for other in told["others"]] == ["scanners-1", "scanners-3"]
    assert told["intact"] is True
    assert evaluations_told(site)["designs"][0]["latest"]["run"] == "scanners-1"
    assert latest_of(site, "scanners") == "scanners-3"
    with pytest.raises(UnknownName):
        latest_of(site, "scanner")
    html = page_bytes(told, pdf=False).decode()
    assert "What was asked, and decided beforehand" in html
    assert "scanners-3" in html
    assert page_bytes(told, pdf=True).startswith(b"%PDF")
    assert dict(design_told(site, "scanners")["facts"])["Left out"] == "L (opened in 2020)"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('estimators = ["sdid", "did"]', 'estimators = ["sdid"]', "at least two estimators"),
        ('estimators = ["sdid", "did"]', 'estimators = ["sdid", "ddi"]', "'did'"),
        ('units = ["A"]', 'units = ["A"]\nunit = "B"', "key of treatment"),
        ('start = "2025"', "", "said once"),
        ('who = "Office of evaluation"', "", "in words"),
        ("smallest_effect = 2.5", "", "Power is computed"),
        ("margin = 3.0", "margin = -3.0", "above 0"),
        ("margin = 3.0", 'margin = "three"', "a number"),
        ('{unit = "L", why = "opened in 2020"}', '"L"', "a unit and why"),
        ('{unit = "L", why', '{unit = "A", why', "treated unit is excluded"),
        ("first_known = 2026-06-01", 'first_known = "soon"', "This is a day"),
        ("harbours without scanners", "<which harbours>", "still to be completed"),
        ('design = "scanners"', 'design = "a b"', "An id is"),
        ("[panel]", "[panel", "not TOML"),
        ('outcome_unit = "parcels"', 'outcome_unit = "parcels"\ngroup = "g"', "said once"),
    ],
)
def test_a_design_with_a_choice_left_open_is_refused(old, new, words):
    with pytest.raises(InputError, match=words):
        design_of_text(changed(old, new))


def test_an_event_begins_a_design_that_is_not_yet_complete(tmp_path):
    text = design_text(event_named("us-frs-temporary-class"))
    file = tmp_path / "d.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError, match="still to be completed"):
        read_design(file)
    filled = text.replace('"<', '"').replace('>"', '"').replace("<the outcome>", "deaths")
    file.write_text(filled, "utf-8")
    assert read_design(file).start == "2018-02"


def test_events_are_in_order_sourced_and_say_how_far_they_were_checked():
    told = events()
    assert [e.date for e in told] == sorted(e.date for e in told)
    assert len({e.event for e in told}) == len(told) >= 25
    assert {e.checked for e in told} == {"text", "secondary", "recalled"}
    assert all(e.citation and e.words and e.precision in {"day", "month"} for e in told)
    assert all(e.date.day == 1 or e.precision == "day" or e.event == "us-operation-four-horsemen" for e in told)
    frs = event_named("us-frs-temporary-class")
    assert (frs.date, frs.citation) == (dt.date(2018, 2, 6), "83 FR 5188 (6 Feb. 2018)")
    assert {e.event for e in events(jurisdiction="us", kind="operation")} >= {"us-operation-blue-lotus"}
    assert [e.event for e in events(jurisdiction="US-OR")] == ["us-or-measure-110", "us-or-recriminalised"]
    assert events(since=dt.date(2024, 1, 1), until=dt.date(2024, 12, 31), jurisdiction="CN")[0].date.year == 2024
    with pytest.raises(UnknownName, match="operation"):
        events(kind="operations")


def answer(effect, low, high, **more):
    return {"effect": effect, "low": low, "high": high, "level": 0.95, **more}


def test_the_sentence_never_says_more_than_the_interval():
    clear = {"did": answer(-4.0, -6.0, -2.0), "sdid": answer(-3.0, -5.0, -1.0)}
    assert verdict(clear, unit="deaths") == (
        "The outcome was about 4 deaths lower than without the measure (−6 to −2). Both estimators agree."
    )
    null = {"did": answer(-0.1, -1.0, 0.8), "sdid": answer(0.2, -0.9, 1.3)}
    said = verdict(null, unit="deaths", margin=5.0)
    assert "cannot be told from no effect" in said
    assert "larger than 1.3 deaths is excluded" in said
    tested = {name: row | {"equivalence": {"equivalent": True}} for name, row in null.items()}
    assert "An effect of 5 deaths or more" in verdict(tested, unit="deaths", margin=5.0)
    torn = {"did": answer(-4.0, -6.0, -2.0), "sdid": answer(3.0, 1.0, 5.0)}
    assert "no conclusion" in verdict(torn)
    half = {"did": answer(-4.0, -6.0, -2.0), "sdid": answer(-3.0, -7.0, 1.0)}
    assert "sdid cannot tell it from no effect" in verdict(half)
    alone = {"did": answer(-4.0, -6.0, -2.0)}
    assert "by one estimator only" in verdict(alone)
    none = {"did": answer(-4.0, None, None, why_not="Starts are staggered.")}
    assert verdict(none).startswith("Not informative")
    assert "not informative: starts are staggered" in words_of(none["did"], "")
