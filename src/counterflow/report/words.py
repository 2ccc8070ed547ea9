"""The board in a terminal: the same figures in the same order as the page, in a screenful of plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from textwrap import shorten
from typing import Any

from counterflow.report import numbers
from counterflow.report.board import board_tiles
from counterflow.report.charts.chart import records
from counterflow.report.rows import records_table
from counterflow.report.text import write_text

__all__ = ["board_in_words", "score_in_words"]

_MOST_ROWS = 8


def board_in_words(board: Mapping[str, Any]) -> str:
    """Return the board as text: what came in, what was chosen, what was found, how sure, at whose burden."""
    parts = [str(board["title"]), f"as of {numbers.when(board['as_of'])}"]
    if board["synthetic"]:
        parts.append("SYNTHETIC: made-up records; the figures say how the machinery behaves, nothing about the field.")
    parts += ["", *(f"{tile.label}: {tile.value}. {tile.detail}" for tile in board_tiles(board))]
    for title, rows in (
        ("Who sent data, and how badly (worst first)", list(_senders(board))),
        ("Chosen next (head of the sheets)", list(_sheet(board))),
        ("Rates by arm, all lanes; only the random arm speaks for what was not inspected", list(_rates(board))),
    ):
        if rows:
            parts += ["", title, _as_text(rows)]
    return "\n".join([*parts, *(f"Note. {note}" for note in board["notes"])])


def score_in_words(sheet: Mapping[str, Any]) -> str:
    """Return the score sheet of a rehearsal as text: who got through, and whether the intervals held the truth."""
    hidden, frame = numbers.count(sheet["hidden"]), numbers.count(sheet["frame"])
    confirmed = numbers.share(sheet["interdiction"])
    truth = [
        f"The truth, known only here: {hidden} of {frame} records hid something; {confirmed} of those were confirmed."
    ]
    truth += [_held(row) for row in sheet["coverage"] if row["lane"] == "*"]
    return "\n".join([*truth, "", "What got through, by scheme", _as_text(sheet["schemes"])])


def _held(row: Mapping[str, Any]) -> str:
    """Say whether a published interval held the truth."""
    shown = numbers.count if row["quantity"] == "undetected" else numbers.share
    holds = "holds it" if row["low"] <= row["true"] <= row["high"] else "MISSES it"
    told = "the interval" if row["covered"] is not None else "the interval, published as not informative,"
    reach = f"{shown(row['low'])} to {shown(row['high'])}"
    return f"  {row['quantity']}: truth {shown(row['true'])}; {told} {holds} ({reach})"


def _senders(board: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    rows = [r for r in records(board["coverage"]) if r.get("sender") not in (None, "*")]
    for row in sorted(rows, key=lambda r: (r["complete_share"] or 0.0, -int(r["received"])))[:_MOST_ROWS]:
        yield {
            "sender": row["sender"],
            "received": numbers.count(row["received"]),
            "expected": numbers.count(row.get("expected")),
            "complete": numbers.share(row["complete_share"]),
            "on time": numbers.share(row["on_time_share"]),
            "cannot be screened": numbers.count(row["unscreenable"]),
        }


def _sheet(board: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    for row in records(board["sheet"])[:_MOST_ROWS]:
        yield {
            "office": row["office"],
            "lane": row["lane"],
            "rank": row["rank"],
            "record": row["record_id"],
            "arm": row["arm"],
            "first reason": shorten(next(iter(row["reasons"]), ""), 60, placeholder=" …"),
        }


def _rates(board: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    for row in records(board["interdiction"]):
        if row["lane"] == "*":
            yield {
                "arm": row["arm"],
                "inspected": numbers.count(row["n"]),
                "confirmed": numbers.count(row["found"]),
                "rate": numbers.estimate(row["rate"]),
                "not presented": numbers.count(row["not_presented"]),
                "waiting": numbers.count(row["pending"]),
            }


def _as_text(rows: Sequence[Mapping[str, Any]]) -> str:
    out = BytesIO()
    write_text(records_table(rows), out)
    return out.getvalue().decode().rstrip()
