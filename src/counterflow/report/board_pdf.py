"""The board for a committee: one to three pages on which no output stands alone.

What was done is shown only beside the rate, the outcome and the counter-indicator that the board holds for it; where
one of them is missing stands what is missing, and no figure. Limits are part of the document, not of a cover letter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from counterflow.report import numbers
from counterflow.report.blocks import Block, Facts, Flag, Heading, Lines, Note, Said, Table
from counterflow.report.board import board_tiles, scan_words
from counterflow.report.charts.chart import records
from counterflow.report.pdf.document import pdf

__all__ = ["board_blocks", "board_pdf"]

_FOOT = "An output is no result. A change in harm beside it does not say that the one made the other."
_ARMS = {"random": "drawn at random", "targeted": "targeted", "mandatory": "mandatory", "followup": "follow-up"}
#: offices shown; the others are counted
_OFFICES = 8
_SCANS = 12
#: names of tiles that the column of names cannot hold
_SHORT = {"Undetected in the recorded flow": "Undetected, as recorded"}


def board_pdf(board: Mapping[str, Any]) -> bytes:
    """Return the board as a PDF; the same board gives the same bytes.

    Args:
        board: what `account board` gives.
    """
    made_at = dt.datetime.fromisoformat(str(board["made_at"]))
    band = "SYNTHETIC: nobody ever sent these records" if board.get("synthetic") else ""
    kicker = f"For a committee. As of {board['as_of']}; made {made_at:%Y-%m-%d %H:%M} UTC."
    return pdf("What came in, what was found, at whose burden", kicker, board_blocks(board), made_at=made_at,
               foot=_FOOT, band=band)  # fmt: skip


def board_blocks(board: Mapping[str, Any]) -> list[Block]:
    """Return what the document says, in order: outputs, harm, rates, burden, coverage, redress, limits."""
    parts = (_outputs, _harm, _rates, _burden, _coverage, _redress, _limits)
    return [block for part in parts for block in part(board)]


def _outputs(board: Mapping[str, Any]) -> list[Block]:
    made: list[Block] = [Heading("What was done, and what it stands beside")]
    for one in records(board.get("outputs")):
        rate, counter = one["rate"], one["counter"]
        made += [
            Said(f"{one['what']}: {numbers.count(one['value'])}"),
            Facts((
                ("Rate", f"{numbers.estimate(rate)} of all there was to find"),
                ("Outcome", _harm_words(one["outcome"])),
                ("Counter", f"{_fruitless(counter)}; {numbers.count(counter['refuted'])} refuted suspicions"),
            )),
        ]  # fmt: skip
    refused: dict[str, list[str]] = {}
    for one in records(board.get("refused")):
        refused.setdefault(str(one["why"]), []).append(str(one["what"]).lower())
    for why, names in refused.items():
        made.append(Flag(f"Not shown as a result: {' and '.join(names)}. {why}"))
    tiles = tuple((_SHORT.get(tile.label, tile.label), f"{tile.value}. {tile.detail}.") for tile in board_tiles(board))
    return [*made, Facts(tiles)]


def _harm_words(one: Mapping[str, Any]) -> str:
    """Return harm counted against a year before, in words that claim no cause."""
    counts = f"{one['what']}: {numbers.count(one['now'])}, a year before {numbers.count(one['before'])}"
    late = "; reports are still to come" if one.get("late") else ""
    return f"{counts}: {one['verdict']} ({one['first']} to {one['last']}{late})"


def _fruitless(row: Mapping[str, Any]) -> str:
    of = f"{numbers.count(row['fruitless'])} inspections found nothing, of {numbers.count(row['inspected'])}"
    return f"{of}; {numbers.amount(row['fruitless_per_1000'])} per 1,000 records"


def _harm(board: Mapping[str, Any]) -> list[Block]:
    rows = records(board.get("outcomes"))
    if not rows:
        return [Heading("Harm, counted by others"), Said("No counts of harm are held that reach back a year.")]
    columns = {"what": "harm", "now": "now", "before": "a year before", "ratio": "times as many", "ends": "interval",
               "verdict": "reading", "source": "source"}  # fmt: skip
    shown = tuple(
        {
            "what": f"{row['what']}, {row['first']} to {row['last']}", "now": numbers.count(row["now"]),
            "before": numbers.count(row["before"]), "ratio": numbers.amount(row["ratio"]),
            "ends": f"{numbers.amount(row['low'])} to {numbers.amount(row['high'])} ({float(row['level']):.0%})",
            "verdict": row["verdict"] + (", late" if row.get("late") else ""), "source": row["source"],
        }
        for row in rows
    )  # fmt: skip
    caption = "The newest periods against the same days a year before; who counts them does not inspect."
    return [Heading("Harm, counted by others"), Table(caption, columns, shown, ("now", "before", "ratio"))]


def _rates(board: Mapping[str, Any]) -> list[Block]:
    rows = [row for row in records(board.get("interdiction")) if row.get("lane") == "*"]
    columns = {"arm": "how chosen", "drawn": "chosen", "n": "inspected", "words": "confirmed finds",
               "awaiting": "awaiting", "not_presented": "not presented"}  # fmt: skip
    shown = tuple(
        {
            "arm": _ARMS.get(str(row["arm"]), row["arm"]), "words": row["words"],
            **{name: numbers.count(row[name]) for name in ("drawn", "n", "not_presented")},
            "awaiting": numbers.count(sum(row["awaiting"].values())),
        }
        for row in rows
    )  # fmt: skip
    said = (
        "What rates are made of, not results. Only what was drawn at random says anything about the rest; the others"
        " were chosen because they look bad."
    )
    return [Heading("Inspections, by how they were chosen"), Table(said, columns, shown, ("drawn", "n"))]


def _burden(board: Mapping[str, Any]) -> list[Block]:
    rows = [row for row in records(board.get("burden")) if row.get("by") == "office"]
    columns = {"name": "office", "records": "records", "inspected": "inspected", "fruitless": "nothing found",
               "rate": "per 1,000 records", "refuted": "refuted", "not_presented": "not presented"}  # fmt: skip
    counts = ("records", "inspected", "fruitless", "refuted", "not_presented")
    shown = tuple(
        {"name": row["name"] or "(not said)", "rate": numbers.amount(row["fruitless_per_1000"])}
        | {name: numbers.count(row[name]) for name in counts}
        for row in rows[:_OFFICES]
    )
    more = f" {len(rows) - _OFFICES} more offices are on the board." if len(rows) > _OFFICES else ""
    return [
        Heading("At whose burden"),
        Table(
            f"Inspections that found nothing, highest share of records first.{more}", columns, shown, (*counts, "rate")
        ),
    ]


def _coverage(board: Mapping[str, Any]) -> list[Block]:
    rows = records(board.get("coverage"))
    lanes = [row for row in rows if row.get("lane") not in (None, "*")]
    columns = {"name": "lane", "expected": "announced", "received": "received", "complete": "complete",
               "on_time": "on time", "unscreenable": "cannot be screened"}  # fmt: skip
    overall = [row for row in rows if all(row.get(d) in (None, "*") for d in ("sender", "departure", "lane", "period"))]
    shown = tuple(
        {
            "name": "all" if row.get("lane") == "*" else row["lane"],
            **{name: numbers.count(row.get(name)) for name in ("expected", "received", "unscreenable")},
            "complete": numbers.share(row.get("complete_share")), "on_time": numbers.share(row.get("on_time_share")),
        }
        for row in (*overall, *lanes)
    )  # fmt: skip
    made: list[Block] = [Heading("What could be seen at all"),
                         Table("Records sent in advance, by lane.", columns, shown, tuple(columns)[1:])]  # fmt: skip
    scans = records(board.get("scans"))
    if scans:
        more = f" {len(scans) - _SCANS} more rows are on the board." if len(scans) > _SCANS else ""
        heads = {"name": "where", "crossings": "crossings", "scanned": "scanned", "share": "share"}
        cells = tuple(
            {
                "name": ", ".join(str(row[d]) for d in ("port", "vehicle_class") if row.get(d) != "*") or "all",
                "crossings": numbers.count(row["crossings"]), "scanned": numbers.count(row["scanned"]),
                "share": numbers.share(row.get("scanned_share")),
            }
            for row in scans[:_SCANS]
        )  # fmt: skip
        made += [Table(scan_words(board) + more, heads, cells, ("crossings", "scanned", "share"))]
    return made


def _redress(board: Mapping[str, Any]) -> list[Block]:
    told = board.get("redress") or {}
    if not told:
        return []
    named = {name: numbers.count(value) for name, value in told.items() if name != "median_days"}
    days = "" if told.get("median_days") is None else f"; median {numbers.amount(told['median_days'])} days"
    rows = (
        ("Asked", "{received}; open {open}, overdue {overdue}".format(**named)),
        ("Answered", "{answered}, in time {in_time}".format(**named) + days),
        ("Granted", "{granted}, partly {partly}, refused {refused}".format(**named)),
        ("Corrections", "{corrections}; no longer holding {broken}; offices and partners told {told}".format(**named)),
    )
    return [Heading("Redress"), Facts(rows)]


def _limits(board: Mapping[str, Any]) -> list[Block]:
    head = board.get("ledger") or {}
    kept = [str(note) for note in board.get("notes") or () if not str(note).startswith("Not shown as a result")]
    proof = (
        f"These figures stand on entry {head.get('size')} of ledger {head.get('ledger_id')}, root {head.get('root')}."
        " Whoever holds the ledger and its facts can make them again with verify_board.py, without this program."
    )
    return [Heading("Limits, and how to check"), Lines(tuple(kept)), Note(proof)]
