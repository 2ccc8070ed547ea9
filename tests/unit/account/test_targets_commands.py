"""The commands of targets: without a workspace, with one, and what they leave with."""

import json
from pathlib import Path
from typing import Annotated

import pytest
import typer
from tests.unit.account.test_targets_check import CLEAN
from typer.testing import CliRunner

from counterflow.cli import account, session
from counterflow.core.errors import InputError, UnknownName

tree = typer.Typer()


@tree.callback()
def options(ctx: typer.Context, workspace: Annotated[Path | None, typer.Option("-w")] = None) -> None:
    ctx.obj = {"workspace": workspace, "quiet": False}


tree.add_typer(account.app, name="account")


@pytest.fixture
def call(monkeypatch):
    """Give `call(*arguments, code=0)`: JSON of stdout, or its text."""
    monkeypatch.setenv("COUNTERFLOW_NOW", "2026-11-23T06:00:00Z")

    def run(*arguments, code=0, workspace=None):
        where = ["-w", str(workspace.path)] if workspace else []
        if workspace:
            monkeypatch.setitem(session._served, workspace.path.absolute(), workspace)
        result = CliRunner().invoke(tree, [*where, "account", *map(str, arguments)])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if "json" in arguments else result.stdout

    return run


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "pack.toml"
    path.write_text(CLEAN.split("[[actual]]")[0], "utf-8")
    return path


def test_check_lists_problems_and_leaves_with_1_only_when_asked(call, file):
    assert call("targets", "check", file, "--format", "json") == {
        "pack": "clean", "targets": 2, "problems": [], "ok": True,
    }  # fmt: skip
    call("targets", "check", file, "--fail-on-error")
    file.write_text(CLEAN.replace('deadline = "2028"', 'deadline = "2020"'), "utf-8")
    told = call("targets", "check", file, "--format", "json")
    assert not told["ok"]
    first = told["problems"][0]
    assert {"target", "key", "value", "problem", "hint", "severity", "line"} <= set(first)
    assert first["line"] == CLEAN.split('deadline = "2028"')[0].count("\n") + 1
    call("targets", "check", file, "--fail-on-error", code=1)
    with pytest.raises(InputError):
        call("targets", "check", file.with_name("none.toml"))


def test_the_board_of_a_pack_needs_no_workspace(call, file):
    board = call("board", "--pack", "documents", "--format", "json")
    assert board["pack"] == "documents"
    assert board["made_on"] == "2026-11-23"
    assert "A1" in {row["id"] for row in board["refused"]}
    assert call("board", "--pack", file, "--format", "json")["pack"] == "clean"
    assert "not assessable" in call("board", "--pack", "documents", "--format", "csv")
    with pytest.raises(UnknownName, match="documnets"):
        call("board", "--pack", "documnets")


def test_lists_and_pages_of_packs(call):
    names = {row["pack"] for row in call("targets", "packs", "--format", "json")}
    assert {"documents", "harm-focused", "supply", "hidta-like", "commitments", "strategy-2022"} <= names
    assert len(call("targets", "list", "--format", "json")) == 7
    shown = call("targets", "show", "NDCS-1", "--pack", "strategy-2022", "--on", "2024-12-31", "--format", "json")
    assert [one["reading"] for one in shown["path"]] == ["81,000", "13-percent"]
    rows = call("targets", "status", "--pack", "harm-focused", "--format", "json")
    assert [(row["target"], row["status"]) for row in rows] == [("SU-03", "behind")]
    assert call("targets", "export", "--pack", "supply").startswith("# A form to fill in")
    with pytest.raises(UnknownName):
        call("targets", "show", "A99")


def test_a_pack_lives_in_a_workspace(call, file, empty_workspace):
    def with_it(*arguments):
        return call("targets", *arguments, "--format", "json", workspace=empty_workspace)

    assert with_it("load", file, "--person", "Ana Roe")["fresh"]
    assert [row["target"] for row in with_it("lock", "--pack", "clean", "--person", "Ana Roe")] == ["T1", "T2"]
    row = with_it("actual", "deaths", "2025", "97 deaths", "--pack", "clean", "--person", "Bo Li", "--source", "Examiner",
                  "--as-of", "2026-02-01")  # fmt: skip
    better = with_it("correct", row["entry"], "94", "--person", "Bo Li", "--source", "Examiner", "--note",
                     "two were counted twice")  # fmt: skip
    assert better["corrects"] == row["entry"]
    assert [one["superseded"] for one in with_it("variance", "--pack", "clean")] == [True, False]
    assert [one["status"] for one in with_it("status", "--pack", "clean")] == ["on track"]
    assert "clean" in {one["pack"] for one in with_it("packs")}
    board = call("board", "--pack", "clean", "--format", "json", workspace=empty_workspace)
    assert board["rows"][0]["latest"]["value"] == 94


def test_money_and_evidence_answer_without_a_workspace(call):
    assert {row["status"] for row in call("money", "mix", "--format", "json")} >= {"requested", "agreed"}
    assert all(row["claim"].startswith("Money over outcomes") for row in call("money", "cost", "--format", "json"))
    rows = call("evidence", "--grade", "b", "--format", "json")
    assert {row["grade"] for row in rows} == {"B"}
    assert {row["row"] for row in call("evidence", "--format", "json")} >= {"A26", "A27"}
    with pytest.raises(UnknownName):
        call("evidence", "--grade", "Z")
