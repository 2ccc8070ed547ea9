"""Burden by group: files as strangers bring them, counts, ratios, and what is not told."""

import csv
import json

import numpy as np
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from counterflow.account.fairness.burden import BurdenOptions, burden_table
from counterflow.account.fairness.delay import delay_figures
from counterflow.account.fairness.events import NOT_GIVEN, Asked, Events, read_events
from counterflow.account.fairness.small import hidden
from counterflow.cli import account
from counterflow.core.errors import InputError, UsageError

tree = typer.Typer()


@tree.callback()
def options(ctx: typer.Context) -> None:
    ctx.obj = {"workspace": None, "quiet": False}


tree.add_typer(account.app, name="account")


@pytest.fixture
def write(tmp_path):
    def make(*rows, mark=","):
        path = tmp_path / "events.csv"
        path.write_text("\n".join(mark.join(str(v) for v in row) for row in rows) + "\n", "utf-8")
        return path

    return make


def events(sizes, opened, found, **more):
    """Events counted by group: group i has sizes[i] consignments, opened[i] of them opened."""
    names = np.array([f"G{i}" for i in range(len(sizes))], dtype=object)
    arrays = [np.array(v, float) for v in (sizes, opened, found)]
    return Events({"origin": names}, *arrays, np.zeros(len(sizes)), **more)


def by_group(rows):
    return {row["group"]: row for row in rows}


def test_a_stranger_s_headers_are_understood_and_told(write):
    path = write(("subject-race", "Search Conducted", "contraband_found", "Precinct"),
                 *[("a", "yes", "no", "x")] * 12, *[("b", "no", "", "y")] * 20)  # fmt: skip
    made = read_events(path, Asked())
    assert list(made.groups) == ["subject-race"]
    assert made.inspected.sum() == 12
    assert made.awaiting.sum() == 0
    assert "inspected: column 'Search Conducted'" in made.said


def test_counts_per_row_and_semicolons(write):
    path = write(("origin", "records", "inspected", "found"), ("A", 1000, 50, 5), ("B", 500, 10, 0), mark=";")
    rows = by_group(burden_table(read_events(path, Asked())))
    assert rows["A"]["inspections_per_1000"] == 50
    assert rows["A"]["fruitless_per_1000"] == 45
    assert rows["*"]["consignments"] == 1500


def test_what_awaits_a_result_is_neither_found_nor_fruitless(write):
    path = write(("group", "inspected", "found"), *[("a", 1, "")] * 4, *[("a", 1, 0)] * 20, *[("b", 0, "")] * 30)
    row = by_group(burden_table(read_events(path, Asked())))["a"]
    assert (row["inspected"], row["fruitless"], row["awaiting"]) == (24, 20, 4)


def test_without_results_nothing_is_said_of_fruitless_ones(write):
    path = write(("group", "inspected"), *[("a", 1)] * 30, *[("b", 0)] * 30)
    row = by_group(burden_table(read_events(path, Asked())))["a"]
    assert row["inspections_per_1000"] == 1000
    assert row["fruitless"] is None
    assert row["fruitless_per_1000"] is None


@pytest.mark.parametrize(
    ("rows", "column", "line"),
    [
        ([("group", "inspected", "found"), ("a", 1, 0), ("a", 0, 1)], "found", 3),
        ([("group", "inspected", "found"), ("a", 2, 0)], "inspected", 2),
        ([("group", "n", "inspected"), ("a", 5, 6)], "inspected", 2),
        ([("group", "n", "inspected"), ("a", 5.5, 1)], "n", 2),
        ([("group", "inspected", "delay"), ("a", 1, "-3")], "delay", 2),
        ([("group", "inspected", "month"), ("a", 1, "March")], "month", 2),
        ([("group", "inspected", "found"), ("a", "", 0), ("a", 0, 0)], "inspected", 2),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(write, rows, column, line):
    with pytest.raises(InputError) as caught:
        read_events(write(*rows), Asked())
    assert (caught.value.column, caught.value.line) == (column, line)


def test_a_missing_column_names_the_option_and_the_nearest(write):
    path = write(("orgin", "inspected"), ("a", 1))
    with pytest.raises(InputError, match="--group"):
        read_events(path, Asked())
    with pytest.raises(InputError, match="orgin"):
        read_events(path, Asked(groups=("origin",)))


def test_a_column_of_names_is_no_grouping(write):
    path = write(("group", "inspected"), *[(f"p{i}", 1) for i in range(300)])
    with pytest.raises(UsageError, match="no grouping"):
        read_events(path, Asked())


def test_a_row_without_group_is_counted_apart(write):
    path = write(("group", "inspected"), *[("", 1)] * 15, *[("a", 0)] * 15, *[("b", 1)] * 15)
    made = read_events(path, Asked())
    assert by_group(burden_table(made))[NOT_GIVEN]["inspected"] == 15
    assert any("no 'group'" in words for words in made.said)


def test_one_group_only_is_answered_with_its_limit():
    row = by_group(burden_table(events([500], [50], [5])))["G0"]
    assert row["inspected_to_others"] is None
    assert row["verdict"] == "one group only: there is nothing to compare it with"


def test_double_burden_at_the_same_risk_is_found():
    rows = by_group(burden_table(events([5000, 5000], [400, 200], [40, 20])))
    assert rows["G0"]["fruitless_to_others"] == pytest.approx(2.0)
    assert rows["G0"]["inspected_ratio"] == pytest.approx(400 / 300)
    assert rows["G0"]["verdict"].startswith("opened 2.00 times as often as others")
    assert "less" not in rows["G0"]["verdict"]


def test_alike_is_said_only_where_the_interval_shows_it():
    rows = by_group(burden_table(events([50_000, 50_000], [5000, 5000], [500, 500])))
    assert rows["G0"]["verdict"].startswith("opened alike")
    few = by_group(burden_table(events([500, 500], [20, 20], [2, 2])))
    assert "nor excluded" in few["G0"]["verdict"]


def test_a_small_group_is_not_told_nor_told_by_taking_away():
    given = events([5000, 4, 300, 2000], [400, 3, 30, 100], [40, 0, 3, 10])
    rows = burden_table(given)
    told = by_group(rows)
    assert told["G1"]["consignments"] is None
    assert told["*"]["consignments"] == sum(told[g]["consignments"] for g in ("G0", "G2", "G3"))
    assert rows[-1]["group"] == "G1"
    known = by_group(burden_table(given, BurdenOptions(total_known=True)))
    assert known["G2"]["consignments"] is None  # with it, so that the known total does not tell
    assert known["*"]["consignments"] == 7000


def test_what_is_shown_of_others_does_not_depend_on_a_group_that_is_not_told():
    one = by_group(burden_table(events([5000, 4, 2000], [400, 3, 100], [40, 0, 10])))
    other = by_group(burden_table(events([5000, 9, 2000], [400, 9, 100], [40, 9, 10])))
    assert one == other


def test_few_inspections_are_hidden_with_their_rates():
    rows = by_group(burden_table(events([5000, 500, 2000], [400, 3, 100], [40, 0, 10])))
    for name in ("inspected", "inspections_per_1000", "fruitless", "hit_rate_chosen", "inspected_to_others"):
        assert rows["G1"][name] is None
    assert rows["G0"]["inspected"] == 400


def test_where_every_group_is_small_nothing_is_told():
    rows = burden_table(events([5, 4], [2, 1], [1, 0]))
    assert all(row["consignments"] is None for row in rows)


def test_for_publication_small_counts_of_finds_go_too():
    given = events([5000, 4000, 2000], [400, 200, 100], [40, 3, 10])
    assert by_group(burden_table(given))["G1"]["found"] == 3
    published = by_group(burden_table(given, BurdenOptions(publication=True)))
    assert published["G1"]["found"] is None
    assert published["G1"]["inspected"] is None  # fruitless and inspected would tell it together
    assert published["G1"]["fruitless"] == 197


def test_a_small_arm_gives_nothing_away_through_the_other():
    random = np.array([0.0, 1, 0, 1, 0, 1])
    names = np.array(["a", "a", "b", "b", "c", "c"], dtype=object)
    made = Events({"g": names}, np.array([900.0, 5, 900, 60, 900, 60]), np.array([60.0, 5, 80, 60, 70, 60]),
                  np.array([6.0, 1, 8, 6, 7, 6]), np.zeros(6), random=random)  # fmt: skip
    row = by_group(burden_table(made))["a"]
    for name in ("random_inspected", "hit_rate_random", "hit_rate_random_high", "chosen_inspected"):
        assert row[name] is None


@given(st.lists(st.integers(0, 60), min_size=2, max_size=12))
def test_what_is_hidden_is_never_one_alone(counts):
    small, beside = hidden(counts)
    out = small | beside
    assert not np.any((np.array(counts) > 0) & (np.array(counts) < 10) & ~out)
    if out.any() and not out.all():
        assert out.sum() >= 2
        assert np.array(counts)[out].sum() >= 10


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 400), st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=6))
def test_no_shown_row_has_a_small_denominator(parts):
    sizes = [n for n, _, _ in parts]
    opened = [int(n * p) for n, p, _ in parts]
    found = [int(k * q) for k, (_, _, q) in zip(opened, parts, strict=True)]
    for row in burden_table(events(sizes, opened, found))[1:]:
        for name in ("consignments", "inspected", "chosen_inspected", "random_inspected"):
            assert row[name] is None or row[name] == 0 or row[name] >= 10
        if row["inspections_per_1000"] is not None:
            assert row["inspections_per_1000_low"] <= row["inspections_per_1000"] <= row["inspections_per_1000_high"]


def test_delay_of_known_hours():
    hours = np.concatenate([np.arange(1.0, 12.0), [np.nan]])
    one = events([1] * 12, [1] * 12, [0] * 12, delay=hours)
    told = delay_figures(one, np.ones(12, bool), 0.95)
    assert (told["delay_known"], told["delay_median"], told["delay_hours"]) == (11, 6, 66)
    assert (told["delay_median_low"], told["delay_median_high"]) == (2, 10)  # order statistics 2 and 10 of 11


def test_every_row_has_the_same_columns(write):
    path = write(("group", "inspected", "found", "risk"), *[("a", 1, 0, 0.1)] * 20, *[("b", 0, "", 0.2)] * 5)
    rows = burden_table(read_events(path, Asked()))
    assert len({tuple(sorted(row)) for row in rows}) == 1


def test_the_command_answers_without_a_workspace(write):
    body = [("A", 1, 0)] * 80 + [("A", 0, "")] * 920 + [("B", 1, 0)] * 30 + [("B", 0, "")] * 970 + [("C", 1, 0)] * 3
    path = write(("origin", "inspected", "found"), *body)
    result = CliRunner().invoke(tree, ["account", "burden", str(path), "--format", "csv"])
    assert result.exit_code == 0
    rows = {row["group"]: row for row in csv.DictReader(result.stdout.splitlines())}
    assert float(rows["A"]["inspections_per_1000"]) == 80
    assert rows["C"]["consignments"] == ""
    assert "fewer than 10" in rows["C"]["suppressed"]
    assert "threshold test not informative" in result.stderr


def test_json_says_what_was_taken_for_what(write):
    path = write(("origin", "inspected", "found"), *[("A", 1, 0)] * 20, *[("B", 0, "")] * 20)
    told = json.loads(CliRunner().invoke(tree, ["account", "burden", str(path), "--format", "json"]).stdout)
    assert told["columns"] == {"group": "origin", "inspected": "inspected", "found": "found"}
    assert not told["threshold_test"]["origin"]["informative"]
    assert {row["group"] for row in told["groups"]} == {"*", "A", "B"}


def test_columns_are_known_by_headers_as_people_write_them(tmp_path):
    file = tmp_path / "events.csv"
    rows = [f"{'A' if n % 2 else 'B'},{int(n % 3 == 0)},{int(n % 12 == 0)},{n % 4}" for n in range(400)]
    file.write_text("\n".join(["Country of origin,Inspected?,Hit,Delay (h)", *rows]), "utf-8")
    events = read_events(file, Asked())
    assert set(events.groups) == {"Country of origin"}
    assert (events.inspected.sum(), events.found.sum()) == (134, 34)
    assert events.delay is not None
