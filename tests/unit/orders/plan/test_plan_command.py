"""`orders plan` and `orders demo` on the command line."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import tomllib

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.errors import ConfigError, InputError
from counterflow.core.settings import load_settings
from counterflow.orders.monitor import Setting
from counterflow.orders.plan.adopt import adopt, in_force, with_numbers
from counterflow.store.workspace import Workspace

NOW = fixed_clock("2026-11-22T08:00:00Z")


@pytest.fixture
def orders(book, tmp_path):
    """The book as a small firm's CSV."""
    path = tmp_path / "orders.csv"
    table = book.select(["record_id", "customer_id", "ordered_on", "item", "units"]).rename_columns(
        ["order_id", "customer_id", "order_date", "item", "quantity"]
    )
    table = table.append_column("unit", pa.array(["tablets"] * len(book)))
    pacsv.write_csv(table, path)
    return path


@pytest.fixture
def house(tmp_path):
    return Workspace.create(tmp_path / "house", clock=NOW)


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_two_settings_side_by_side_differ(command, orders):
    code, out, err = command("orders", "plan", orders, "--setting", "quieter=0.5", "--setting", "quieter=5",
                             "--diversion", "step x5", "--format", "csv")  # fmt: skip
    assert code == 0, err
    said = {(row["setting"], row["measure"]): row["value"] for row in rows_of(out)}
    assert said["quieter=0.5", "mean delay"] != said["quieter=5", "mean delay"]
    assert "invented" in err


def test_the_table_has_a_column_for_each_setting(command, orders):
    code, out, _ = command("orders", "plan", orders, "--setting", "usual", "--setting", "mean-12 x3", "--no-inject")
    assert code == 0
    head = out.splitlines()[0]
    assert "usual" in head
    assert "mean-12 x3" in head
    assert "alarms a month" in out
    assert "mean delay" not in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--setting", "limt=3"], "limit"),
        (["--setting", "usual", "--adopt", "usual"], "named person"),
        (["--person", "A. Meier"], "--adopt"),
        (["--setting", "max-6", "--adopt", "max-6", "--person", "A", "--ground", "try it"], "published rule"),
        (["--setting", "usual", "--adopt", "other", "--person", "A", "--ground", "try it"], "usual"),
        (["--diversion", "leap"], "step"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(command, orders, arguments, words):
    code, out, err = command("orders", "plan", orders, *arguments)
    assert code != 0
    assert out == ""
    assert words in err
    assert "Traceback" not in err


def test_nothing_is_written_without_adopt(command, orders, house):
    before = (house / "counterflow.toml").read_bytes()
    code, _, _ = command("-w", house, "orders", "plan", orders, "--setting", "limit=3", "--no-inject")
    assert code == 0
    assert (house / "counterflow.toml").read_bytes() == before


def test_a_setting_is_put_into_force_by_a_named_person(command, orders, house):
    code, _, err = command("-w", house, "orders", "plan", orders, "--setting", "limit=3", "--no-inject",
                           "--adopt", "limit=3", "--person", "A. Meier", "--ground", "two hours a week")  # fmt: skip
    assert code == 0, err
    assert load_settings(house, {}).settings.orders.monitor == {"limit": 3.0}
    with Workspace(house, clock=NOW) as workspace:
        entries = [e for e in workspace.ledger.entries() if e.kind == "order-setting"]
    assert len(entries) == 1
    said = json.dumps(entries[0].body)
    assert Setting(limit=3).version in said
    assert "3.0" in said
    assert "Meier" not in said
    assert "two hours" not in said


def test_the_same_setting_again_writes_nothing(house):
    with Workspace(house, clock=NOW) as workspace:
        assert adopt(workspace, Setting(limit=3), person="A. Meier", ground="try it")
    with Workspace(house, clock=NOW) as workspace:
        before = len(list(workspace.ledger.entries()))
        assert not adopt(workspace, Setting(limit=3), person="A. Meier", ground="try it")
        assert len(list(workspace.ledger.entries())) == before
    with Workspace(house, clock=NOW) as workspace:
        assert adopt(workspace, Setting(), person="A. Meier", ground="back to the usual")
    assert load_settings(house, {}).settings.orders.monitor == {}


def test_nobody_and_no_ground_are_refused(house):
    with Workspace(house, clock=NOW) as workspace:
        for person, ground in ((" ", "because"), ("A. Meier", "x")):
            with pytest.raises(InputError):
                adopt(workspace, Setting(limit=3), person=person, ground=ground)
    assert load_settings(house, {}).settings.orders.monitor == {}


@pytest.mark.parametrize(
    "toml",
    [
        "", "[orders]\n", '# mine\n[workspace]\nid = "x"\n\n[orders]  # ours\nquestion_days = 7\n[target]\nrandom_share = 0.2\n',
        "[orders]\nmonitor = {limit = 2.5, growth = 0.1}\nquestion_days = 3\n", "[target]\nrandom_share = 0.2\n",
    ],
)  # fmt: skip
def test_only_the_monitors_line_changes(toml):
    changed = with_numbers(toml, {"limit": 3.0, "growth": 0.25})
    was, now = tomllib.loads(toml), tomllib.loads(changed)
    assert now["orders"].pop("monitor") == {"limit": 3.0, "growth": 0.25}
    was.setdefault("orders", {}).pop("monitor", None)
    assert now == was
    comments = [line for line in toml.splitlines() if "#" in line]
    assert all(line in changed.splitlines() for line in comments)


def test_a_file_that_cannot_be_changed_safely_is_left_alone():
    with pytest.raises(ConfigError, match="by hand"):
        with_numbers("[orders.monitor]\nlimit = 3.0\n", {"limit": 4.0})


def test_a_number_that_the_monitor_does_not_have_is_told():
    with pytest.raises(ConfigError, match="limt"):
        in_force({"limt": 3})


def test_a_house_without_a_number_has_the_usual_setting():
    assert in_force({}) == Setting()


def test_orders_that_are_parquet_are_planned_with_their_mapping(command, shared_data, tmp_path):
    real = pq.read_table(shared_data / "account" / "orders_methadone_train.parquet")
    few = real.filter(real["date"].cast("date32").to_numpy() < dt.date(2007, 6, 1))
    pq.write_table(few, tmp_path / "few.parquet")
    code, out, err = command("orders", "plan", tmp_path / "few.parquet", "--map", "arcos", "--setting", "usual",
                             "--no-inject", "--format", "json")  # fmt: skip
    assert code == 0, err
    assert {row["setting"] for row in json.loads(out)} == {"usual"}


def test_the_synthetic_book_is_written_and_says_so(command, tmp_path):
    code, _, err = command("orders", "demo", "--out", tmp_path / "book", "--seed", "5")
    assert code == 0
    assert "SYNTHETIC" in err
    assert (tmp_path / "book" / "synthetic-orders.csv").is_file()
    code, _, err = command("orders", "demo", "--out", tmp_path / "book" / "truth")
    assert code == 3
    assert "folder of its own" in err


def test_the_monitor_goes_by_the_setting_in_force(command, orders, house):
    with Workspace(house, clock=NOW) as workspace:
        adopt(workspace, Setting(limit=3), person="A. Meier", ground="try it")
    for where, number in ((["-w", house], 3), ([], Setting().limit)):
        _, _, err = command(*where, "orders", "monitor", orders)
        assert Setting(limit=number).version in err
    _, _, err = command("-w", house, "orders", "monitor", orders, "--set", "growth=0.1")
    assert Setting(limit=3, growth=0.1).version in err
