"""The board: one page that says what reaches us, what to inspect today, what was found and what is missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from counterflow.console.layout import page
from counterflow.report import numbers
from counterflow.report.board import board_charts, board_tiles, scan_grid, scan_words
from counterflow.report.charts.chart import records
from counterflow.report.grid import cell_text, grid, label_of
from counterflow.report.rows import plain
from counterflow.web.board_views import board_for
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router", "sheet_address"]

router = APIRouter()

_MOST_ITEMS = 8
_MOST_ROWS = 40
_RATE_KEYS = (
    "lane", "arm", "n", "found", "rate", "undetected", "usable", "awaiting", "refuted",
    "not_presented", "pending",
)  # fmt: skip
_BURDEN_KEYS = (
    "by", "name", "records", "inspected", "fruitless", "fruitless_per_1000", "refuted", "not_presented",
    "awaiting",
)  # fmt: skip
_LONG_FACTS = frozenset({"root", "chain", "signature", "key", "public_key", "capacity_sha256"})


@router.get("/", response_class=HTMLResponse)
def show(request: Request, who: Annotated[Visitor, needs("board")]) -> HTMLResponse:
    """Show the board; single records only to those who may read sheets."""
    shown = board_view(board_for(site_of(request).board(), who))
    return page(request, "board/page.html", shown | {"sees_sheet": who.may("sheet")})


@router.get("/board.json")
def data(request: Request, who: Annotated[Visitor, needs("board")]) -> JSONResponse:
    """Give the figures of the board to programs."""
    return JSONResponse(plain(board_for(site_of(request).board(), who)))


def board_view(board: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the template shows, every text and number ready to stand on the page."""
    # The first of every office before the second of any: one busy office does not hide the others.
    sheet = sorted(records(board.get("sheet")), key=lambda row: row.get("rank") or 0)
    return {
        "title": board.get("title") or "Counterflow",
        "synthetic": bool(board.get("synthetic")),
        "as_of": numbers.when(board.get("as_of")),
        "made_at": numbers.when(board.get("made_at")),
        "tiles": board_tiles(board),
        "charts": board_charts(board),
        "plan": facts(board.get("plan")),
        "results": [_result(row) for row in records(board.get("outputs"))],
        "refused": _refused(records(board.get("refused"))),
        "outcomes": [_outcome(row) for row in records(board.get("outcomes"))],
        "redress": _redress(board.get("redress")),
        "items": [_item(row) for row in sheet[:_MOST_ITEMS]],
        "items_left": max(len(sheet) - _MOST_ITEMS, 0),
        "rates": grid([_rate_row(r) for r in records(board.get("interdiction"))], _RATE_KEYS),
        "burden": grid(records(board.get("burden"))[:_MOST_ROWS], _BURDEN_KEYS),
        "burden_left": max(len(records(board.get("burden"))) - _MOST_ROWS, 0),
        "scans": scan_grid(board),
        "scan_words": scan_words(board),
        "findings": grid(records(board.get("findings"))),
        "ledger": facts(board.get("ledger")),
        "notes": [note for note in board.get("notes") or [] if note],
        "outside": sorted({str(r["outside"]) for r in records(board.get("interdiction")) if r.get("outside")}),
    }


def sheet_address(row: Mapping[str, Any]) -> str:
    """Return the address of the sheet that a row belongs to.

    >>> sheet_address({"office": "Harbour & East", "lane": "post", "day": "2026-03-02"})
    '/sheet?office=Harbour+%26+East&lane=post&day=2026-03-02'
    """
    named = {key: str(row[key]) for key in ("office", "lane", "day", "plan") if row.get(key) not in (None, "")}
    return f"/sheet?{urlencode(named)}"


def facts(record: object) -> list[tuple[str, str, bool]]:
    """Return a record's plain values as (name, text, is a long code); nested records are opened once."""
    if not isinstance(record, Mapping):
        return []
    flat: dict[str, object] = {}
    for key, value in record.items():
        nested = isinstance(value, Mapping) and not {"low", "high"} <= value.keys()
        flat |= {str(k): v for k, v in value.items()} if nested else {str(key): value}
    told = {key: value for key, value in flat.items() if value is not None and not isinstance(value, list | tuple)}
    return [(label_of(key), cell_text(key, value), key in _LONG_FACTS) for key, value in told.items()]


def _result(row: Mapping[str, Any]) -> dict[str, str]:
    """Return an output with what must stand beside it."""
    counter = row["counter"]
    return {
        "what": str(row["what"]), "value": numbers.count(row["value"]), "rate": numbers.estimate(row["rate"]),
        "outcome": _outcome(row["outcome"])["words"],
        "counter": f"{numbers.counted(counter.get('fruitless'), 'inspection')} that found nothing,"
        f" {numbers.amount(counter.get('fruitless_per_1000'))} per 1\u202f000 records;"
        f" {numbers.count(counter.get('refuted'))} suspicions refuted",
    }  # fmt: skip


def _refused(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return what is not shown as a result: outputs with the same reason together."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(str(row["why"]), []).append(str(row["what"]))
    return [(", ".join(whats), why) for why, whats in found.items()]


def _outcome(row: Mapping[str, Any]) -> dict[str, str]:
    """Return harm counted against a year before, in words that claim no cause."""
    what = f"{str(row.get('what') or 'harm').capitalize()}: {numbers.count(row.get('now'))}"
    words = f"{what} from {row.get('first')} to {row.get('last')}, {numbers.count(row.get('before'))} a year before"
    low, high = row.get("low"), row.get("high")
    span = f"{numbers.amount(low)} to {numbers.amount(high)}" if high is not None else f"from {numbers.amount(low)}"
    words += f" ({numbers.amount(row.get('ratio'))} times, {span}): {row.get('verdict')}."
    if row.get("late"):
        words += " Reports are still coming in, so fewer is not said."
    return {"words": words, "source": str(row.get("source") or "")}


def _redress(told: object) -> dict[str, str] | None:
    """Return what people affected asked and were answered; None where this board does not count it."""
    if not isinstance(told, Mapping) or "received" not in told:
        return None
    late = int(told["overdue"])
    answered = f"{numbers.count(told['answered'])} answered, {numbers.count(told['in_time'])} of them in time"
    days = "" if told["median_days"] is None else f"; median {numbers.counted(told['median_days'], 'day')}"
    return {
        "received": numbers.count(told["received"]), "tone": "doubt" if late or told["broken"] else "",
        "open": f"{numbers.count(told['open'])} open, {numbers.count(late)} of them overdue",
        "answered": answered + days,
        "granted": f"{numbers.count(told['granted'])} granted, {numbers.count(told['partly'])} in part,"
        f" {numbers.count(told['refused'])} refused",
        "put_right": f"{numbers.counted(told['corrections'], 'correction')}, {numbers.count(told['broken'])} that no"
        f" longer hold; {numbers.count(told['told'])} offices and partners told",
    }  # fmt: skip


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "rank": row.get("rank", ""),
        "record_id": row.get("record_id", ""),
        "where": ", ".join(str(row[k]) for k in ("office", "lane", "day") if row.get(k)),
        "arm": str(row.get("arm") or ""),
        "harm": numbers.amount(row.get("expected_harm")),
        "reasons": list(row.get("reasons") or ()),
        "address": sheet_address(row),
    }


def _rate_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row with a word on what its figures may be used for, and why not."""
    if row.get("arm") != "random":
        usable = "hit rate only"
    elif row.get("informative"):
        usable = "yes"
    else:
        usable = f"no: {row.get('why_not') or 'not informative'}"
    waiting = row.get("awaiting")
    return {
        **row,
        "usable": usable,
        "awaiting": sum(waiting.values()) if isinstance(waiting, Mapping) else waiting,
        # Where nothing was inspected the interval is all of 0 to 1: there is no rate to show.
        "rate": row.get("rate") if row.get("n") else None,
    }
