"""The board for a committee: no output alone, limits on the paper, the same board the same bytes."""

from __future__ import annotations

import pytest

from counterflow.flow.board import board_of
from counterflow.report.blocks import Facts, Flag, Heading, Lines, Note, Said, Table
from counterflow.report.board_pdf import board_blocks, board_pdf

RATE = {"value": 0.2, "low": 0.1, "high": 0.4, "level": 0.95, "informative": True}


@pytest.fixture(scope="module")
def board(training_workspace):
    return board_of(training_workspace)


def text(blocks):
    said = []
    for block in blocks:
        match block:
            case Heading() | Said():
                said.append(block.text)
            case Facts():
                said += [f"{name}: {value}" for name, value in block.rows]
            case Lines():
                said += block.items
            case Table():
                said += [block.caption, *(str(row) for row in block.rows)]
    return "\n".join(said)


def shown(board, outcome):
    counter = next(row for row in board["burden"] if row["by"] == "*")
    return {"what": "Finds confirmed", "value": 7, "rate": RATE, "outcome": outcome, "counter": counter}


def test_an_output_stands_beside_rate_outcome_and_counter(board) -> None:
    (outcome, *_) = board["outcomes"]
    told = text(board_blocks(board | {"outputs": [shown(board, outcome)], "refused": []}))
    assert "Finds confirmed: 7" in told
    assert "Rate: 20.0" in told
    assert f"Outcome: {outcome['what']}" in told
    assert "inspections found nothing" in told
    assert "Not shown as a result" not in told


def test_a_refused_output_is_not_shown_and_says_why(board) -> None:
    refused = [{"what": "Finds confirmed", "why": "No outcome stands beside it."}]
    blocks = board_blocks(board | {"outputs": [], "refused": refused})
    assert any(isinstance(block, Flag) and "No outcome" in block.text for block in blocks)
    assert "Finds confirmed:" not in text(blocks)


def test_limits_and_proof_are_on_the_paper(board) -> None:
    blocks = board_blocks(board)
    told = text(blocks)
    assert "never a baseline" in told
    assert "Outside every figure" in told
    assert isinstance(blocks[-1], Note)
    assert board["ledger"]["root"] in blocks[-1].text


def test_same_board_same_bytes_in_three_pages_at_most(board) -> None:
    made = board_pdf(board)
    assert made == board_pdf(board)
    assert made.startswith(b"%PDF")
    assert 1 <= made.count(b"/Type /Page\n") <= 3


def test_an_empty_board_is_a_document_too() -> None:
    empty = {"as_of": "2026-01-01", "made_at": "2026-01-02T00:00:00Z", "interdiction": [], "burden": [], "coverage": []}
    assert board_pdf(empty).startswith(b"%PDF")


def test_command_writes_it(command, training_workspace, tmp_path, monkeypatch) -> None:
    code, _, err = command("account", "board", "--pack", "documents", "--pdf", tmp_path / "b.pdf")
    assert (code, "no PDF" in err) == (2, True)
