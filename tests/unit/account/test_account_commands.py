"""The commands answer with data on stdout and refuse with words."""

import json
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from counterflow.cli import account, session
from counterflow.core.errors import InputError, UsageError

tree = typer.Typer()


@tree.callback()
def options(ctx: typer.Context, workspace: Annotated[Path, typer.Option("-w")], *, quiet: bool = False) -> None:
    ctx.obj = {"workspace": workspace, "quiet": quiet}


tree.add_typer(account.app, name="account")


@pytest.fixture
def answer(worked, monkeypatch):
    """Run a command on the worked workspace; give back what stdout holds."""
    monkeypatch.setenv("COUNTERFLOW_NOW", "2026-03-02T06:00:00Z")
    monkeypatch.setitem(session._served, worked.path.absolute(), worked)

    def run(*arguments):
        result = CliRunner().invoke(tree, ["-w", str(worked.path), "account", *map(str, arguments)])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def test_interdiction_as_json_and_as_columns(answer):
    rows = json.loads(answer("interdiction", "--format", "json"))
    assert [(r["lane"], r["arm"]) for r in rows][:2] == [("*", "mandatory"), ("*", "random")]
    assert rows[1]["found"] == 20
    csv = answer("interdiction", "--format", "csv").splitlines()
    assert csv[0].startswith("lane,arm,eligible,drawn,n,found,")
    assert "undetected,undetected_low,undetected_high" in csv[0]
    assert "awaiting" in csv[0]


def test_interdiction_says_in_words_what_the_random_arm_tells_and_what_no_figure_holds(answer):
    pooled = json.loads(answer("interdiction", "--format", "json"))[1]
    said = account._headline([pooled | {"informative": True}])
    assert said[0].startswith(f"Random arm, all lanes: {pooled['words']}")
    assert f"Undetected: {pooled['undetected']['value']:,.0f} (" in said[1]
    assert "goods never declared" in said[2]
    dumb = account._headline([pooled | {"informative": False, "why_not": "too few draws"}])
    assert dumb[1] == "Not informative: too few draws."


def test_sensitivity_and_days_reach_the_estimate(answer):
    plain = json.loads(answer("interdiction", "--format", "json"))[1]
    half = json.loads(answer("interdiction", "--format", "json", "--sensitivity", "0.5"))[1]
    assert half["prevalence"]["value"] == pytest.approx(2 * plain["prevalence"]["value"])
    none = json.loads(answer("interdiction", "--format", "json", "--from", "2026-03-02"))
    assert none[1]["n"] == 0
    with pytest.raises(UsageError, match="not a sensitivity"):
        answer("interdiction", "--sensitivity", "much")
    with pytest.raises(UsageError, match="not a day"):
        answer("interdiction", "--from", "March")


def test_head_is_the_line_to_hand_out(answer, tmp_path):
    printed = json.loads(answer("head"))
    assert set(printed) == {"head", "signature"}
    answer("head", "--out", tmp_path / "H")
    assert json.loads((tmp_path / "H").read_text("utf-8"))["head"]["root"] == printed["head"]["root"]


def test_actions_are_sealed_and_listed(answer, action_file):
    answer("action", "propose", action_file())
    (row,) = json.loads(answer("action", "list", "--format", "json"))
    assert (row["action"], row["intact"], row["sealed_seq"]) == ("op-north", True, 1)
    assert json.loads(answer("verify", "--format", "json"))["entries"] == 1


def test_erase_wants_one_way_of_naming(answer):
    with pytest.raises(UsageError):
        answer("erase", "--person", "p", "--ground", "g")
    with pytest.raises(UsageError):
        answer("erase", "--person", "p", "--ground", "g", "--record", "r1")
    with pytest.raises(InputError):
        answer("erase", "--person", "p", "--ground", "g", "--record", "r1", "--source", "training-world")
