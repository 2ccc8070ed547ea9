"""Logs held against the system, pairs of four eyes, delays of mandated steps."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.account.oversight.four_eyes import ActOfTwo, four_eyes, read_acts
from counterflow.account.oversight.implement import Step, half_done, implementation, read_steps
from counterflow.account.oversight.reconcile import STATES, reconcile
from counterflow.account.oversight.sightings import comparable, log_of, read_log
from counterflow.cli.errors import guarded
from counterflow.core.errors import InputError, UsageError

HOUR = 60
SYSTEM = log_of("system", "s", [("AB 12", "north", 600), ("CD-34", "north", 700), ("EF56", "south", 900)])


def held(rows, **options):
    return reconcile(log_of("scanner", "f", rows), SYSTEM, **options)


def test_each_line_is_one_of_five_things():
    made = held([("ab-12", "north", 610), ("cd34", "north", 2000), ("zz99", "north", 800), ("", "north", 800),
                 ("AB12", "north", 612)])  # fmt: skip
    assert [line["state"] for line in made.lines] == ["matched", "other-time", "missing", "no-id", "again"]
    assert [line["gap_minutes"] for line in made.lines[:2]] == [10, 1300]
    assert (made.summary["lines"], made.summary["missing"], made.summary["missing_share"]) == (5, 1, 1 / 3)
    assert not made.summary["informative"]
    assert [one["id"] for one in made.unseen] == ["CD-34"]  # EF56 is of a port that this log does not cover


_LINES = st.lists(
    st.tuples(st.sampled_from(["A1", "a-1", "B2", "C3", "D4", ""]), st.sampled_from(["n", "s", ""]),
              st.one_of(st.none(), st.integers(0, 2000))),
    min_size=1, max_size=40,
)  # fmt: skip


@given(log=_LINES, system=_LINES.filter(lambda rows: any(one for one, _, _ in rows)), within=st.integers(0, 400))
@settings(max_examples=150, deadline=None)
def test_counts_in_are_counts_out_and_no_record_is_used_twice(log, system, within):
    made = reconcile(log_of("gate", "g", log), log_of("system", "s", system), within=within)
    told = made.summary
    assert told["lines"] == len(log) == sum(told[state.replace("-", "_")] for state in STATES)
    for rows in (made.by_port, made.by_day):
        assert sum(row["lines"] for row in rows) == len(log)
    usable = sum(bool(comparable(one)) for one, _, _ in system)
    assert told["matched"] <= usable
    assert len(made.unseen) <= usable - told["matched"]
    assert told["low"] <= (told["missing_share"] or 0) <= told["high"]


def test_nearest_in_time_goes_first_and_each_once():
    system = log_of("system", "s", [("A", "", 100), ("A", "", 200)])
    made = reconcile(log_of("gate", "g", [("A", "", 190), ("A", "", 205)]), system, within=200, again=0)
    assert [line["state"] for line in made.lines] == ["matched", "matched"]
    assert [line["gap_minutes"] for line in made.lines] == [90, 5]


def test_a_bare_day_matches_the_same_day_only():
    system = log_of("system", "s", [("A", "", 5 * 1440 + 700), ("B", "", 6 * 1440 + 10)])
    made = reconcile(log_of("lab", "l", [("A", "", 5 * 1440), ("B", "", 5 * 1440)], bare=True), system)
    assert [line["state"] for line in made.lines] == ["matched", "other-time"]


def test_a_log_that_falls_silent_while_others_pass_is_told():
    log = log_of("scanner", "f", [(f"X{n}", "north", n * 10) for n in range(20)] + [("X99", "north", 900)])
    system = log_of("system", "s", [("Q1", "north", 400), ("X0", "north", 0)])
    silence = reconcile(log, system).silences
    assert [(one["port"], one["records_meanwhile"]) for one in silence] == [("north", 1)]


def test_small_groups_are_told_together():
    rows = [(f"A{n}", "big", 100) for n in range(12)] + [("B", "small", 100), ("C", "tiny", 100)]
    ports = [row["port"] for row in held(rows).by_port]
    assert ports == ["big", "2 with fewer than 10 lines"]


def test_logs_are_read_in_their_own_words_and_refused_in_ours(tmp_path):
    path = tmp_path / "gate.csv"
    path.write_text("Licence Plate;Passed at;Gate\nab 12;2025-03-01 10:10;N\ncd;2025-03-01;N\n", "utf-8")
    log = read_log(path, "gate")
    assert [(one.key, one.port, one.bare) for one in log.sightings] == [("AB12", "N", False), ("CD", "N", True)]
    path.write_text("colour,weight\nred,2\n", "utf-8")
    with pytest.raises(InputError, match="no column of ids"):
        read_log(path, "gate")
    path.write_text("id,time\nA,noonish\n", "utf-8")
    with pytest.raises(InputError, match="line 2, column 'time', value 'noonish'"):
        read_log(path, "gate")
    with pytest.raises(UsageError, match="no field"):
        read_log(path, "gate", {"colour": "id"})
    with pytest.raises(InputError, match="no record to compare"):
        reconcile(log_of("gate", "g", [("A", "", 1)]), log_of("system", "s", [("", "", 1)]))


def test_the_command_reconciles_files_without_a_workspace(capsys, tmp_path):
    gate, system = tmp_path / "gate.csv", tmp_path / "system.csv"
    system.write_text("record_id,time,port\nA1,2025-03-01T10:00,N\nB2,2025-03-01T11:00,N\n", "utf-8")
    gate.write_text("plate,time,port\na-1,2025-03-01T10:05,N\nZ9,2025-03-01T10:06,N\n", "utf-8")
    code = guarded(["account", "reconcile", "--gate", str(gate), "--system", str(system), "--format", "json",
                    "--fail-on-missing"])  # fmt: skip
    said = capsys.readouterr()
    told = json.loads(said.out)["gate"]
    assert (code, told["summary"]["missing"], told["to_look_at"][0]["id"]) == (1, 1, "Z9")
    assert "2 lines = 1 matched + 0 at another time + 1 missing + 0 again + 0 without an id" in said.err
    assert guarded(["account", "reconcile"]) == 2
    assert guarded(["account", "reconcile", "--gate", str(gate)]) == 2  # who does it?


# -- four eyes --------------------------------------------------------------------------------------------------------


def acts(asker, second, count, *, seconds=600.0, refused=0):
    return [ActOfTwo(asker, second, "release", n >= refused, seconds) for n in range(count)]


def test_a_pair_that_clicks_is_told_from_one_that_reads():
    made = [*acts("a", "x", 40, seconds=3.0), *acts("b", "y", 40, refused=8), *acts("c", "y", 30, refused=6),
            *acts("c", "x", 20, refused=4), *acts("b", "x", 20, refused=3)]  # fmt: skip
    first, *rest = four_eyes(made)
    assert (first["asker"], first["second"], first["quick"]) == ("a", "x", 40)
    assert "within 10 seconds" in first["words"]
    assert "none of 40 refused" in first["words"]
    assert all(row["words"] == "as others do" or row["second"] == "y" for row in rest)
    assert first["quick_low"] <= first["quick_share"] <= first["quick_high"]


def test_few_acts_say_nothing():
    row = four_eyes([*acts("a", "x", 3, seconds=1.0), *acts("b", "y", 30, refused=3)])[-1]
    assert (row["informative"], row["words"]) == (False, "3 acts: too few to say anything")
    assert four_eyes([]) == []


def test_acts_of_two_are_read_and_one_person_is_not_two(tmp_path):
    path = tmp_path / "acts.csv"
    path.write_text("asked_by,approver,asked_at,approved_at,decision\na,b,2025-01-01T10:00:00,2025-01-01T10:00:04,approved\n", "utf-8")  # fmt: skip
    assert read_acts(path) == [ActOfTwo("a", "b", "", True, 4.0, dt.date(2025, 1, 1))]
    for row, words in (
        ("A. Meier,a meier,2025-01-01,2025-01-02,approved", "two people"), ("a,b,2025-01-02,2025-01-01,approved", "before"),
        ("a,b,2025-01-02,2025-01-03,maybe", "means nothing"), ("a,b,then,2025-01-03,approved", "not a time"),
    ):  # fmt: skip
        path.write_text(f"asked_by,approver,asked_at,approved_at,decision\n{row}\n", "utf-8")
        with pytest.raises(InputError, match=words):
            read_acts(path)


# -- delays -----------------------------------------------------------------------------------------------------------

DAY = dt.date(2025, 1, 1)


def step(name, due=None, done=None, mandated=0):
    after = [None if n is None else DAY + dt.timedelta(days=n) for n in (due, done)]
    return Step(name, DAY + dt.timedelta(days=mandated), *after, "S")


def test_slip_counts_open_steps_too():
    rows, told = implementation(
        [step("late", 100, 130), step("open", 50), step("early", 100, 90), step("new", 500, mandated=900)],
        DAY + dt.timedelta(days=200),
    )
    assert [(row["step"], row["slip_days"], row["state"]) for row in rows] == [
        ("open", 150, "open, late"), ("late", 30, "done, late"), ("early", -10, "done"),
    ]  # fmt: skip
    assert (told["due"], told["in_time"], told["left_out"], told["half_done_after_days"]) == (3, 1, 1, 130)


def test_half_is_none_where_most_are_open():
    assert half_done([(10, True), (40, False), (40, False)]) is None
    assert half_done([]) is None
    assert half_done([(5, True), (5, True)]) == 5


def test_steps_are_read_and_refused(tmp_path):
    path = tmp_path / "steps.csv"
    path.write_text("step,mandated_on,due_on,done_on,source\nscanner at A,2020-01-01,2021-01-01,,law\n", "utf-8")
    assert read_steps(path) == [Step("scanner at A", dt.date(2020, 1, 1), dt.date(2021, 1, 1), None, "law")]
    for row, words in ((",2020-01-01,,,", "needs its name"), ("a,,,,", "needs its name"), ("a,2020-13-01,,,", "not a day"),
                       ("a,2020-01-02,2020-01-01,,", "before it was mandated")):  # fmt: skip
        path.write_text(f"step,mandated_on,due_on,done_on,source\n{row}\n", "utf-8")
        with pytest.raises(InputError, match=words):
            read_steps(path)
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(InputError, match="missing"):
        read_steps(path)


def test_the_command_of_delays(capsys, tmp_path):
    path = tmp_path / "steps.csv"
    path.write_text(
        "step,mandated_on,due_on,done_on\na,2020-01-01,2020-02-01,2020-01-20\nb,2020-01-01,2020-02-01,\n", "utf-8"
    )
    assert guarded(["account", "delays", str(path), "--as-of", "2023-02-01", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["steps"][0]["slip_days"], told["together"]["in_time"]) == (1096, 1)
