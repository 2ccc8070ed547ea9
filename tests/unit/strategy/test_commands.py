"""The commands run, compare, frontier, levers and variables, as a person types them."""

import csv
import io

import pytest
from typer.testing import CliRunner

from counterflow.cli import strategy_compare, strategy_run
from counterflow.cli.app import app
from counterflow.strategy.compare.outcomes import Outcome, warnings

POLICY = '[[lever]]\nname = "Nx Kits"\nstart = 2024\nramp_years = 3\nstrength = {strength}\n'


@pytest.fixture(autouse=True)
def _whatever_was_fitted(monkeypatch):
    """Take the draws as they come: these tests are about commands, not about the fit."""
    monkeypatch.setattr(strategy_run, "sound", lambda drawn, _: drawn)
    monkeypatch.setattr(strategy_compare, "sound", lambda drawn, _: drawn)


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text(POLICY.format(strength=0.2), "utf-8")
    return path


def _asked(*words):
    return CliRunner().invoke(app, ["strategy", *map(str, words)])


def _code(found):
    """Return the exit code that the program ends with: errors are turned into it above the commands."""
    return getattr(found.exception, "exit_code", found.exit_code)


def _rows(found):
    return list(csv.DictReader(io.StringIO(found.stdout)))


def test_run_gives_the_same_bytes_for_the_same_seed(policy):
    words = ("run", "--policy", policy, "--draws", 4, "--seed", 3, "--format", "csv")
    first, again = (_asked(*words, "--variable", "overdose_deaths", "--variable", "kits") for _ in range(2))
    assert first.exit_code == 0, first.output
    assert first.stdout == again.stdout
    rows = _rows(first)
    assert list(rows[0]) == ["year", "variable", "quantile", "value"]
    assert {row["year"] for row in rows} == {str(year) for year in range(2022, 2033)}
    assert {row["quantile"] for row in rows} == {"0.025", "0.05", "0.25", "0.5", "0.75", "0.95", "0.975", "mean"}


def test_run_refuses_with_the_line_and_the_range(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text(POLICY.format(strength=20), "utf-8")
    found = _asked("run", "--policy", path, "--draws", 2)
    assert _code(found) == 3
    assert "line 5" in str(found.exception)
    assert "0 to 0.9" in str(found.exception)
    assert _code(_asked("run", "--policy", tmp_path / "none.toml", "--draws", 2)) == 3
    path.write_text(POLICY.format(strength=0.2), "utf-8")
    assert _code(_asked("run", "--policy", path, "--draws", 0)) == 2


def test_run_without_a_policy_tells_the_years_as_they_go_on():
    found = _asked("run", "--draws", 2, "--to", 2023)
    assert found.exit_code == 0, found.output
    assert "overdose_deaths" in found.stdout
    assert "averted" not in found.output
    assert _code(_asked("run", "--draws", 2, "--scenario", "base,high")) == 2


def test_compare_source_has_the_columns_agreed_and_no_policy_is_zero():
    found = _asked("compare", "--policies", "source", "--strengths", "15", "--scenarios", "low", "--draws", 2,
                   "--format", "csv")  # fmt: skip
    assert found.exit_code == 0, found.output
    rows = _rows(found)
    assert list(rows[0])[:5] == ["scenario", "policy", "strength", "rel_change_od_deaths", "rel_change_ud_person_years"]
    assert [row["policy"] for row in rows[:2]] == ["Baseline", "NoPolicy"]
    assert {float(row["rel_change_od_deaths"]) for row in rows[:2]} == {0.0}
    assert len(rows) == 2 + 13


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("compare",), 2),
        (("compare", "--policies", "ours"), 2),
        (("compare", "--policies", "source", "--scenarios", "hihg"), 3),
        (("compare", "--policies", "source", "--strengths", "-5"), 3),
        (("compare", "--targets", "--policies", "source"), 2),
        (("frontier", "--budget", "20"), 3),
        (("frontier", "--budget", "1e9", "--lever", "prayer", "--draws", "2"), 3),
    ],
)
def test_what_cannot_be_compared_is_refused_in_plain_words(words, code):
    found = _asked(*words)
    assert _code(found) == code
    assert str(found.exception)


def test_compare_puts_mixes_side_by_side(policy, tmp_path):
    other = tmp_path / "more.toml"
    other.write_text(POLICY.format(strength=0.4), "utf-8")
    rows = _rows(_asked("compare", "--policy", policy, "--policy", other, "--draws", 3, "--format", "csv"))
    kits = {row["policy"]: float(row["value"]) for row in rows if row["name"] == "deaths_averted"}
    assert kits["more"] > kits["policy"] > 0
    apart = [row for row in rows if row["policy"] == "more against policy"]
    assert {row["name"] for row in apart} == {"deaths_averted", "disorder_person_years", "qalys", "cost_total"}
    more = next(row for row in apart if row["name"] == "deaths_averted")
    assert 0 < float(more["value"]) < kits["more"]
    assert "100% of draws" in more["note"]
    assert {row["standing"] for row in rows} == {"undecided", ""}


def test_lists_tell_what_there_is():
    levers = _rows(_asked("levers", "--format", "csv"))
    assert all(row["source"] and row["cost"] for row in levers)
    assert "no public cost found" in {row["cost"] for row in levers}
    variables = {row["variable"]: row for row in _rows(_asked("variables", "--format", "csv"))}
    assert variables["arrests"]["activity"] in ("True", "true")
    assert variables["overdose_deaths"]["fitted_to"] == "ODTo"


def test_seizures_that_change_nothing_are_told_so():
    def outcome(name, low, high):
        return Outcome(name, name, "", (low + high) / 2, low, high)

    said = warnings(
        (outcome("deaths_averted", -1, 5), outcome("seized_fentanyl", 2, 9), outcome("availability", -1, 1))
    )
    assert len(said) == 2
    assert "Seizures rose, availability did not" in said[1]
    assert not warnings(
        (outcome("deaths_averted", 1, 5), outcome("seized_fentanyl", -2, 9), outcome("availability", -1, 1))
    )
