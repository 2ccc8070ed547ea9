"""A program that shares no code with ours makes the numbers of the board again, and finds what was changed."""

from __future__ import annotations

import importlib.util
import json
import shutil
from argparse import Namespace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from counterflow.core.proportions import clopper_pearson
from counterflow.flow.account_facts import write_facts
from counterflow.flow.board import board_of, write_board

TOOL = Path(__file__).parents[3] / "tools" / "verify_board.py"


@pytest.fixture(scope="module")
def tool():
    made = importlib.util.spec_from_file_location("verify_board", TOOL)
    module = importlib.util.module_from_spec(made)
    made.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def given(training_workspace, tmp_path_factory):
    """Board, facts and ledger as an outsider gets them."""
    root = tmp_path_factory.mktemp("outside")
    write_facts(training_workspace, root / "facts")
    write_board(board_of(training_workspace), root)
    shutil.copytree(training_workspace.ledger.folder, root / "ledger")
    return root


@pytest.fixture
def copy(given, tmp_path):
    return shutil.copytree(given, tmp_path / "copy")


def asked(root):
    return Namespace(board=root / "board.json", ledger=root / "ledger", facts=root / "facts", key=None)


def test_it_imports_nothing_of_ours() -> None:
    assert "import counterflow" not in TOOL.read_text()
    assert "from counterflow" not in TOOL.read_text()


def test_every_number_that_can_be_made_again_agrees(tool, given) -> None:
    told = tool.answer(asked(given))
    assert told["differ"] == []
    assert told["problems"] == []
    assert told["held"]
    assert told["numbers_agreeing"] > 0.85 * told["numbers"]
    named = {name.split(": ")[1] for name in told["not_recomputed"]}
    assert not named & {"n", "found", "rate.value", "rate.low", "fruitless_per_1000", "received", "count", "minutes"}
    assert all(one["why"] for one in told["not_recomputed"].values())


@pytest.mark.parametrize(
    "path",
    [("burden", 0, "fruitless"), ("interdiction", 1, "rate", "high"), ("interdiction", 1, "n"), ("coverage", 0, "received"),
     ("scans", 0, "scanned"), ("findings", 0, "count"), ("plan", "cells", 0, "eligible"), ("redress", "overdue"),
     ("ledger", "size"), ("ledger", "signature"), ("ledger", "time"), ("interdiction", 1, "undetected", "high"), ("sheet", 0, "expected_harm"), ("outcomes", 0, "ratio")],
)  # fmt: skip
def test_a_changed_number_is_found(tool, copy, path, monkeypatch) -> None:
    if path[0] != "ledger":  # the chain is not what these are about
        monkeypatch.setattr(tool.subprocess, "run", lambda *_, **__: Namespace(returncode=0))
    board = json.loads((copy / "board.json").read_text())
    at = board
    for part in path[:-1]:
        at = at[part]
    value = at[path[-1]]
    at[path[-1]] = (
        value.replace("1", "2") if isinstance(value, str) else (value or 0) + (0.001 if isinstance(value, float) else 1)
    )
    (copy / "board.json").write_text(json.dumps(board))
    told = tool.answer(asked(copy))
    assert not told["held"]
    assert told["problems"] if path[0] == "ledger" else path[-1] in told["differ"][0]["where"]


def changed(copy, name, change):
    table = pq.read_table(copy / "facts" / f"{name}.parquet")
    pq.write_table(change(table), copy / "facts" / f"{name}.parquet")


def test_a_changed_chance_is_found_by_the_seal_of_the_draw(tool, copy) -> None:
    def change(table):
        place = table.column_names.index("inclusion_probability")
        values = pc.multiply(table.column(place), 0.5)
        return table.set_column(place, "inclusion_probability", values)

    changed(copy, "frame", change)
    told = tool.answer(asked(copy))
    assert any("sealed when it was drawn" in one for one in told["problems"])


@pytest.mark.parametrize("name", ["records", "crossings", "findings"])
def test_a_row_taken_from_the_facts_is_found(tool, copy, name) -> None:
    changed(copy, name, lambda table: table.slice(1))
    told = tool.answer(asked(copy))
    assert any(f"{name}.parquet" in one for one in told["problems"])
    assert told["differ"]


def test_another_office_in_the_frame_is_found(tool, copy) -> None:
    def change(table):
        place = table.column_names.index("office")
        return table.set_column(place, "office", pa.array(["ELSEWHERE"] * table.num_rows))

    changed(copy, "frame", change)
    told = tool.answer(asked(copy))
    assert any("frame.parquet" in one for one in told["problems"])
    assert any("burden" in one["where"] for one in told["differ"])


def test_an_entry_taken_from_the_ledger_is_found(tool, copy) -> None:
    (path,) = (copy / "ledger").glob("entries-*.jsonl")
    lines = path.read_text().splitlines(keepends=True)
    gone = next(k for k, line in enumerate(lines) if '"kind":"outcome"' in line)
    path.write_text("".join(lines[:gone] + lines[gone + 1 :]))
    told = tool.answer(asked(copy))
    assert any("entries that the board stands on" in one for one in told["problems"])
    assert any("verify_ledger.py" in one for one in told["problems"])
    assert told["differ"]


def test_what_cannot_be_read_is_said(tool, copy, monkeypatch, capsys) -> None:
    (copy / "facts" / "frame.parquet").unlink()
    monkeypatch.setattr("sys.argv", ["verify_board.py", str(copy / "board.json"), "--ledger", str(copy / "ledger"),
                                     "--facts", str(copy / "facts")])  # fmt: skip
    assert tool.main() == 3
    assert "frame.parquet" in capsys.readouterr().out


@pytest.mark.parametrize(("found", "n"), [(0, 0), (0, 30), (30, 30), (3, 74), (188, 240), (1, 9000)])
def test_its_intervals_are_exact(tool, found, n) -> None:
    assert tool.exact(found, n, 0.95) == pytest.approx(clopper_pearson(found, n), abs=1e-10)
