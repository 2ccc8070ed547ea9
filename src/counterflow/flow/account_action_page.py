"""Actions as they are shown: the list with harm first, one action as plain data, and both as PDF.

What happened is told of a county and coarser; a count of harm below the house's smallest cell is told as such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from counterflow.account.actions.forecast import Forecast
from counterflow.account.actions.plan import silent_on
from counterflow.account.actions.scoring import scores_of
from counterflow.account.actions.sealing import list_actions
from counterflow.account.actions.terms import AUTHORS, COUNTED_HARM
from counterflow.flow.account_actions import state_of
from counterflow.report import numbers
from counterflow.report.blocks import Block, Facts, Flag, Heading, Lines, Note, Said, Table
from counterflow.report.pdf.document import pdf
from counterflow.store.loads import is_synthetic

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = [
    "SHORT",
    "action_pdf",
    "coverage_text",
    "forecast_rows",
    "harm_lines",
    "listed",
    "plain",
    "record_pdf",
    "score_rows",
    "small",
]

FOOT = "A forecast is an estimate by its author or a model. That harm rose does not show that the action did it."
#: whose forecast, in a word or two
SHORT = {"agency": "the agency", "model": "the model", "record": "the record", "history": "the counts alone"}
_SCORED = ("observed", "observed_low", "observed_high", "pinball", "winkler", "z")


def listed(workspace: Workspace) -> list[dict[str, Any]]:
    """Return one row per action: those in which harm rose first, then those that wait for something, then by day."""
    today = workspace.clock().date()
    scores: dict[str, list[dict[str, Any]]] = {}
    for one in scores_of(workspace):
        scores.setdefault(one["action"], []).append(one)
    closed = {str(row["action"]): dict(row) for row in workspace.store.rows("SELECT * FROM action_close")}
    told = {str(row["action"]) for row in workspace.store.rows("SELECT action FROM action_alert")}
    rows = []
    for row in list_actions(workspace):
        mine = scores.get(row["action"], [])
        rows.append({
            "harm": any(one["harm"] for one in mine), "action": row["action"], "kind": row["kind"],
            "substance_class": row["substance_class"], "title": row["title"], "starts": row["starts"],
            "ends": row["ends"], "state": state_of(row, closed.get(row["action"]), mine, today),
            "standing": row["standing"], "forecasts": len(row["forecasts"]), "scored": len(mine),
            "inside": sum(one["inside"] for one in mine), "alerted": row["action"] in told,
            "silent_on": ", ".join(silent_on(row["forecasts"])), "intact": row["intact"],
            "sealed_seq": row["sealed_seq"], "sealed_at": row["sealed_at"],
        })  # fmt: skip
    waiting = ("to score", "to close")
    return sorted(rows, key=lambda row: (not row["harm"], row["state"] not in waiting, row["starts"], row["action"]))


def plain(workspace: Workspace, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return one action as plain data, small counts of harm hidden."""
    row, least = told["action"], workspace.settings.watch.small_cell
    kept = {name: value for name, value in row.items() if name != "forecasts"}
    closing = told["closing"]
    return {
        "harm": told["harm"], "state": told["state"], **kept,
        "forecasts": [one.as_row() for one in row["forecasts"]], "silent_on": told["silent_on"],
        "alerts": [{"as_sent": one["as_sent"], **{n: one[n] for n in ("late", "received_by", "watch", "sent_at",
                                                                      "ledger_seq")}} for one in told["alerts"]],
        "closing": None if closing is None else {n: v for n, v in closing.items() if n != "outputs"} | told["outputs"],
        "scores": [_hidden(one, least) for one in told["scores"]],
    }  # fmt: skip


def small(score: Mapping[str, Any], least: int) -> bool:
    """Whether what happened is a count of harm that is too small to be told."""
    return score["measure"] in COUNTED_HARM and 0 < score["observed"] < least


def _hidden(score: Mapping[str, Any], least: int) -> dict[str, Any]:
    if not small(score, least):
        return dict(score)
    return dict(score) | dict.fromkeys(_SCORED) | {"observed": f"<{least}"}


def forecast_rows(forecasts: Sequence[Forecast]) -> list[dict[str, str]]:
    """Return forecasts as text, by measure."""
    rows = []
    for number, one in enumerate(forecasts, 1):
        rows.append({
            "number": str(number), "measure": one.measure, "by": AUTHORS[one.by], "window": one.window,
            "days": f"{one.starts} to {one.ends}", "middle": _short(one.at(0.5)), "half": _ends(one, 0.5),
            "wide": _widest(one), "of": one.unit if one.basis in ("value", one.unit) else f"{one.unit} ({one.basis})",
            "why_not": one.why_not,
        })  # fmt: skip
    return rows


def _short(value: float | None) -> str:
    if value is not None and value < 0:
        return f"−{numbers.amount(-value)}"
    return numbers.amount(value)


def _ends(one: Forecast, level: float) -> str:
    ends = one.interval(level)
    return numbers.ABSENT if ends is None else f"{_short(ends[0])} to {_short(ends[1])}"


def _widest(one: Forecast) -> str:
    ends, widest = one.interval(0.9), one.widest()
    if ends is not None:
        return f"{_short(ends[0])} to {_short(ends[1])}"
    return numbers.ABSENT if widest is None else f"{_short(widest[1])} to {_short(widest[2])} ({widest[0] * 100:.3g} %)"


def score_rows(scores: Sequence[Mapping[str, Any]], least: int) -> list[dict[str, str]]:
    """Return scores as text, harm first."""
    rows = []
    for one in scores:
        hidden = small(one, least)
        observed = f"fewer than {least}" if hidden else _short(one["observed"])
        if one["observed_low"] is not None and not hidden:
            observed += f" ({_short(one['observed_low'])} to {_short(one['observed_high'])} once late reports are in)"
        rows.append({
            "harm": "harm rose" if one["harm"] else "", "measure": one["measure"], "by": AUTHORS[one["by"]],
            "window": one["window"], "days": f"{one['starts']} to {one['ends']}", "observed": observed,
            "middle": _short(one["median"]),
            "held": ", ".join(_held(one, level) for level in (50, 80, 90) if _held(one, level)) or _held_widest(one),
            "score": numbers.ABSENT if hidden else numbers.amount(one["pinball"]), "as_of": str(one["as_of"]),
            "source": one["source"],
        })  # fmt: skip
    return rows


def _held(one: Mapping[str, Any], level: int) -> str:
    value = one[f"inside_{level}"]
    return "" if value is None else f"{level} %: {'inside' if value else 'outside'}"


def _held_widest(one: Mapping[str, Any]) -> str:
    return f"{one['level']:.0%}: {'inside' if one['inside'] else 'outside'}"


def harm_lines(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return one line per action in which harm rose, in the order of the record: `action` and `words`."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["action"], []).append(row)
    return [{"action": action, "words": _rose(mine)} for action, mine in found.items()]


def _rose(rows: Sequence[Mapping[str, Any]]) -> str:
    authors: dict[str, list[str]] = {}
    for row in rows:
        early = " (first weeks)" if row["window"] == "first weeks" else ""
        authors.setdefault(row["measure"], []).append(f"{SHORT[row['by']]}{early}")
    told = "; ".join(f"{measure} above what was expected by {', '.join(who)}" for measure, who in authors.items())
    return f"{told} ({rows[0]['kind']}, {rows[0]['substance_class']})"


def action_pdf(workspace: Workspace, told: Mapping[str, Any]) -> bytes:
    """Return one action as a PDF."""
    row = told["action"]
    blocks: list[Block] = []
    if told["harm"]:
        blocks.append(Flag("Harm rose above what was to be expected."))
    if row["standing"] != "sealed":
        blocks.append(Flag(f"{row['standing']}: {row['reason']}. It counts as without a forecast."))
    if not row["intact"]:
        blocks.append(Flag("Its words are not those that were sealed."))
    blocks += [_facts(told), Heading("What was expected"), *_forecast_blocks(row["forecasts"], told["silent_on"])]
    blocks += [Heading("What happened"), *_score_blocks(told, workspace.settings.watch.small_cell)]
    blocks += [Heading("What the health side was told"), *_alert_blocks(told["alerts"])]
    return _pdf(workspace, row["title"], f"Action {row['action']}", blocks)


def _facts(told: Mapping[str, Any]) -> Facts:
    row, closing = told["action"], told["closing"]
    rows = [
        ("Kind", row["kind"]), ("Substances", row["substance_class"]), ("Planned", f"{row['starts']} to {row['ends']}"),
        ("Area", row["area"] or row["place_words"] or numbers.ABSENT), ("Resources", row["resources"]),
        ("Judged by", row["evaluation_design"]), ("Registered design", row["design"] or "none"),
        ("Sealed", f"ledger entry {row['sealed_seq']}, {row['sealed_at']:%Y-%m-%d %H:%M} UTC"),
        ("State", told["state"]),
    ]  # fmt: skip
    if closing is not None and not closing["cancelled"]:
        rows.append(("Took place", f"{closing['starts']} to {closing['ends']}: {closing['done']}"))
    return Facts(tuple(rows))


def _forecast_blocks(forecasts: Sequence[Forecast], silent: Sequence[str]) -> list[Block]:
    columns = {"measure": "Measure", "by": "By", "days": "Days", "middle": "Middle", "wide": "90 %", "of": "Unit",
               "why_not": "Why not"}  # fmt: skip
    blocks: list[Block] = [Table("Forecasts, as sealed", columns, tuple(forecast_rows(forecasts)), ("middle",))]
    if silent:
        blocks.append(Note(f"Nothing was said of: {', '.join(silent)}."))
    return blocks


def _score_blocks(told: Mapping[str, Any], least: int) -> list[Block]:
    blocks: list[Block] = []
    outputs = told["outputs"].get("seized", [])
    if outputs:
        blocks.append(Lines(tuple(_seized(one) for one in outputs)))
    if not told["scores"]:
        return [*blocks, Said("Not scored yet.")]
    columns = {"harm": "", "measure": "Measure", "by": "Forecast by", "window": "Window", "observed": "Happened",
               "middle": "Expected", "held": "Intervals", "score": "Score"}  # fmt: skip
    return [*blocks, Table("Each forecast against what happened", columns, tuple(score_rows(told["scores"], least)))]


def _seized(one: Mapping[str, Any]) -> str:
    pure = ""
    if one["pure_low_kg"] is not None:
        pure = f", {one['pure_low_kg']:.4g} to {one['pure_high_kg']:.4g} kg pure"
    return f"{one['substance']}: {one['mass_kg']:g} kg{pure or ', purity not measured'} ({one['source']})"


def _alert_blocks(alerts: Sequence[Mapping[str, Any]]) -> list[Block]:
    if not alerts:
        return [Said("Nothing: no alert was sent.")]
    blocks: list[Block] = []
    for one in alerts:
        sent = one["as_sent"]
        blocks.append(Facts((
            ("Area", f"{sent['area']} ({sent['level']})"),
            ("Months", f"{sent['period']['from']} to {sent['period']['to']}"), ("Substances", sent["substance_class"]),
            ("Sent", f"{one['sent_at']:%Y-%m-%d %H:%M} UTC{', late' if one['late'] else ''}"),
            ("Received by", one["received_by"]), ("Ledger entry", str(one["ledger_seq"])),
        )))  # fmt: skip
    return blocks


def record_pdf(workspace: Workspace, record: Mapping[str, Any]) -> bytes:
    """Return the calibration record as a PDF: harm first, then who was right how often."""
    blocks: list[Block] = [Heading("Where harm rose")]
    flagged = [one for one in record["classes"] if one["flagged"]]
    blocks += [Flag(f"{one['kind']} x {one['substance_class']}: {one['words']}.") for one in flagged]
    harm = [f"{one['action']}: {one['words']}" for one in harm_lines(record["harm_first"])]
    blocks.append(Lines(tuple(harm)) if harm else Said("In no scored action."))
    columns = {"by": "Forecast by", "scores": "Scores", "held_50": "50 % held", "held_80": "80 % held",
               "held_90": "90 % held", "bias": "Bias"}  # fmt: skip
    blocks += [Heading("How often forecasts were right"),
               Table("Intervals that held, with the 95 % interval of the share", columns,
                     tuple(coverage_text(one) for one in record["coverage"]), ("scores",))]  # fmt: skip
    counts = record["counts"]
    names = ("actions", "forecast", "unforecast", "late", "closed", "cancelled", "scored", "overdue")
    blocks += [Heading("What stands behind it"), Facts(tuple((name, str(counts[name])) for name in names))]
    blocks += [Note(words) for words in record["words"]]
    return _pdf(workspace, "How forecasts of actions did", f"As of {record['as_of']}", blocks)


def coverage_text(line: Mapping[str, Any]) -> dict[str, str]:
    """Return a line of coverage as text; few scores are told as counts alone."""
    kept = {name: str(value) for name, value in line.items() if name in ("measure", "kind", "scores", "bias")}
    held = {f"held_{level}": _share_text(line, f"held_{level}") for level in (50, 80, 90)}
    return {"by": AUTHORS[line["by"]]} | kept | held


def _share_text(line: Mapping[str, Any], name: str) -> str:
    told = f"{line[name]} of {line[f'{name}_of']}"
    if line[f"{name}_share"] is None:
        return told
    return f"{told}: {line[f'{name}_share']:.0%} ({line[f'{name}_low']:.0%} to {line[f'{name}_high']:.0%})"


def _pdf(workspace: Workspace, title: str, kicker: str, blocks: Sequence[Block]) -> bytes:
    band = "SYNTHETIC: a training world" if is_synthetic(workspace.store) else ""
    return pdf(title, kicker, blocks, made_at=workspace.clock(), foot=FOOT, band=band)
