"""Disparity in harm and care: what a file allows, what it is refused for, what is not told."""

import csv
import json

import pytest
import typer
from typer.testing import CliRunner

from counterflow.account.fairness.health import HealthOptions, disparity
from counterflow.account.fairness.health_file import HealthAsked, read_health
from counterflow.account.fairness.standard import shipped_standard
from counterflow.cli import account
from counterflow.core.errors import InputError, UnknownName

tree = typer.Typer()


@tree.callback()
def options(ctx: typer.Context) -> None:
    ctx.obj = {"workspace": None, "quiet": False}


tree.add_typer(account.app, name="account")


@pytest.fixture
def ask(tmp_path):
    def make(text, asked=None, **more):
        path = tmp_path / "counts.csv"
        path.write_text(text, "utf-8")
        return disparity(read_health(path, asked or HealthAsked()), HealthOptions(**more))

    return make


RATES = "group,events,population\nA,600,100000\nB,505,500000\nC,4,900\n"


def test_rates_are_compared_with_the_largest_group(ask):
    rows = {row["group"]: row for row in ask(RATES)["rates"]}
    assert rows["A"]["reference"] == "B"
    assert rows["A"]["rate"] == 600
    assert rows["A"]["verdict"] == "5.94 times the rate of B (5.27 to 6.70)"
    assert rows["B"]["rate_ratio"] is None
    assert rows["C"]["events"] is None
    assert rows["C"]["suppressed"] == "events: fewer than 10"


def test_a_hidden_reference_hides_what_is_measured_against_it(ask):
    rows = {row["group"]: row for row in ask(RATES, reference="C")["rates"]}
    assert rows["A"]["rate"] == 600
    assert rows["A"]["rate_ratio"] is None
    assert rows["A"]["rate_difference"] is None


def test_age_turns_a_crude_difference_round(ask):
    """Within each age A has twice the rate; crude, B looks worse because it is older."""
    text = ("group,age,events,population\nA,15-24,80,80000\nA,75-84,160,2000\n"
            "B,15-24,10,20000\nB,75-84,1200,30000\n")  # fmt: skip
    rows = {row["group"]: row for row in ask(text, standard=shipped_standard("us2000"), reference="B")["rates"]}
    assert rows["A"]["rate_ratio"] < 0.2
    assert rows["A"]["adjusted_ratio"] == pytest.approx(2.0, abs=0.02)
    assert rows["A"]["adjusted_ratio_low"] > 1.5
    assert "of the same age" in rows["A"]["verdict"]


def test_treatment_gap_and_untreated_deaths(ask):
    told = ask("group,need,received,deaths,untreated\nA,1200,250,225,204\nB,3300,1160,230,174\n")
    gap = {row["group"]: row for row in told["treatment"]}
    assert gap["A"]["gap"] == pytest.approx(950 / 1200, abs=1e-6)
    assert "14.3 points fewer than B" in gap["A"]["verdict"]
    deaths = {row["group"]: row for row in told["untreated_deaths"]}
    assert deaths["A"]["untreated_share"] == pytest.approx(204 / 225, abs=1e-6)
    assert "15.0 points more than B" in deaths["A"]["verdict"]


def test_treatment_lasts_shorter(ask):
    text = ("group,months,ended,ongoing\nA,1,40,0\nA,3,50,2\nA,6,30,5\nA,12,20,30\n"
            "B,1,60,0\nB,3,80,4\nB,6,90,10\nB,12,70,150\n")  # fmt: skip
    rows = {row["group"]: row for row in ask(text)["durations"]}
    assert rows["A"]["median"] == 3
    assert rows["B"]["median"] == 12
    assert rows["A"]["mean_difference_high"] < 0
    assert "shorter on average than B" in rows["A"]["verdict"]


def test_single_treatments_are_taken_and_said(ask):
    told = ask("group,days,ended\n" + "".join(f"{g},{d},{int(d < 90)}\n" for g in "AB" for d in range(10, 130, 10)))
    assert any("not kept" in words for words in told["said"])
    assert told["durations"][0]["people"] == 12


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("group,events,population\nA,6,1000\n", "one group only"),
        ("group,events,population\nA,6,1000\nB,1,0\n", "Events among nobody|More events"),
        ("group,events,population\nA,2000,1000\nB,1,10\n", "More events than population"),
        ("group,events,population\nA,6,1000\nA,7,1000\nB,5,100\n", "stands twice"),
        ("group,need,received\nA,10,12\nB,5,1\n", "More received than need"),
        ("group,events\nA,1\nB,2\n", "nothing to compare"),
        ("who,events,population\nA,1,10\nB,2,20\n", "looks like the group"),
        ("group,age,events,population\nA,10-17,6,1000\nB,10-17,3,100\n", "cuts through"),
    ],
)
def test_what_cannot_be_answered_is_refused(ask, text, words):
    with pytest.raises(InputError, match=words):
        ask(text, standard=shipped_standard("us2000"))


def test_an_unknown_reference_names_the_nearest(ask):
    with pytest.raises(UnknownName, match="White"):
        ask("group,events,population\nWhite,50,1000\nBlack,70,1000\n", reference="Wite")


def test_the_command_writes_all_parts_as_one_table(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("group,events,population,need,received\nA,60,1000,100,40\nB,50,2000,100,60\n", "utf-8")
    result = CliRunner().invoke(tree, ["account", "disparity", str(path), "--format", "csv"])
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert [(row["part"], row["group"]) for row in rows] == [
        ("rates", "A"), ("rates", "B"), ("treatment", "A"), ("treatment", "B")
    ]  # fmt: skip
    told = json.loads(CliRunner().invoke(tree, ["account", "disparity", str(path), "--format", "json"]).stdout)
    assert told["rates"][0]["rate_ratio"] == pytest.approx(2.4)
