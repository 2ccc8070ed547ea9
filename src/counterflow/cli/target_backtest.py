"""`target backtest`: learn from one file's labels, rank another's records, and say how good that was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, in_a_folder, say

if TYPE_CHECKING:
    from counterflow.target.learn.backtest import Backtest

__all__ = ["add_to"]

#: stands wherever a figure on the public Korean declarations does
_KOREAN = (
    "synthetic declarations; regression bench; one glued key (hs6+departure+origin+tax rate+tax type) carries most of"
    " the signal; says nothing about the field"
)
_SYNTHETIC = "synthetic records: a regression bench that says nothing about the field"


def add_to(app: typer.Typer) -> None:
    """Add the command to `target`."""
    app.command()(backtest)


def backtest(
    history: Annotated[Path, typer.Option(help="File with labels to learn from.", exists=True, dir_okay=False)],
    test: Annotated[
        Path, typer.Option(help="Later file to rank; its labels, where it has any, only measure.", exists=True,
                           dir_okay=False)
    ],
    mapping: Annotated[str, typer.Option("--map", help="Mapping of both files, with \\[labels.finds].")],
    rates: Annotated[str, typer.Option(help="Shares inspected, joined by commas.")] = ".01,.02,.05,.10",
    scores: Annotated[
        Path | None,
        typer.Option(help="Parquet to write: record_id, score, one row per row of the test.", show_default=False,
                     callback=in_a_folder),
    ] = None,
    without: Annotated[str, typer.Option(help="Columns left out of every feature, joined by commas.")] = "",
    compare: Annotated[
        bool, typer.Option(help="Also without origin and departure of goods, for the figures beside.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Same seed and files, same scores.", min=0)] = 7,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:  # fmt: skip
    """Learn from labelled records, rank later ones without their labels, and measure with intervals."""
    from concurrent.futures import ThreadPoolExecutor

    from counterflow.core.clock import system_clock
    from counterflow.flow.labelled_file import read_labelled
    from counterflow.intake.mapping import find_mapping
    from counterflow.target.learn.backtest import ROUTE, Replay, checked_without, scores_of_rows
    from counterflow.target.learn.backtest import backtest as replay_past
    from counterflow.target.learn.options import LearnOptions

    shares = _rates(rates)
    found = find_mapping(mapping)
    past, later = (read_labelled(file, found, now=system_clock()) for file in (history, test))
    replay = Replay(past.lines, past.known, later.lines, later.known, len(later.all_ids))
    left_out = checked_without([c.strip() for c in without.split(",") if c.strip()], later.lines)
    wanted = [left_out]
    if compare and later.labelled and not left_out >= ROUTE:
        wanted.append(left_out | ROUTE)
    with ThreadPoolExecutor(len(wanted)) as pool:  # forests and kernels do without the interpreter
        made, *rest = pool.map(lambda names: replay_past(replay, LearnOptions(without=names), shares, seed), wanted)
    beside = rest[0] if rest else None
    said = _words(found.name, found.synthetic, past, later, made)
    for line in said:
        say(line)
    if scores is not None:
        import pyarrow.parquet as pq

        pq.write_table(scores_of_rows(made, later.record_id, later.all_ids, later.id_type), scores)
        say(f"{len(later.all_ids)} scores written to {scores.name}")
    if form is Format.JSON:
        emit(_whole(made, beside, said, later.lines.records, len(later.all_ids)), form, out)
    else:
        emit(_table(made, beside), form, out)


def _rates(text: str) -> list[float]:
    from counterflow.core.errors import UsageError

    made = []
    for part in text.split(","):
        try:
            rate = float(part)
        except ValueError:
            rate = float("nan")
        if not 0 < rate <= 1:
            raise UsageError(
                f"--rates: {part.strip()!r} is no share of records.",
                hint="Write shares above 0 and up to 1, as .05,.10.",
            )
        made.append(rate)
    return sorted(set(made))


def _words(name: str, synthetic: bool, past: Any, later: Any, made: Backtest) -> list[str]:
    said = [_KOREAN if name == "customs_kr" else _SYNTHETIC] if synthetic else []
    for which, file in (("history", past), ("test", later)):
        refused = len(file.all_ids) - file.lines.records
        counted = f"{which}: {len(file.all_ids)} rows, {file.lines.records} records taken, {refused} rows refused"
        said.append(counted + ("; refused ones stand at the bottom of the scores" if refused and file is later else ""))
        said += [f"{which}: {line}" for line in file.said]
    return [*said, *made.said]


def _whole(made: Backtest, beside: Backtest | None, said: list[str], records: int, rows: int) -> dict[str, Any]:
    from counterflow.target.learn.metrics import LEVEL

    measures = made.measures or {"auc": None, "average_precision": None, "rates": None}
    return {
        "rows": rows, "scored": records, "refused": rows - records,
        "measures": None if made.measures is None else {k: measures[k] for k in ("records", "finds", "critical")},
        "why_no_measures": None if made.measures is not None else "the test has no labels",
        "rates": measures["rates"], "auc": measures["auc"], "average_precision": measures["average_precision"],
        "groups": made.groups, "learnt": made.scorer.learnt, "seed": made.scorer.seed,
        "history": dict(made.scorer.counts), "top_weight": made.scorer.options.top_weight,
        "without": sorted(made.scorer.options.without),
        "without_origin_and_departure": None if beside is None or beside.measures is None else {
            "rates": beside.measures["rates"], "auc": beside.measures["auc"], "groups": beside.groups,
        },
        "reliability": {"find": made.scorer.find_curve.as_dict(), "top": made.scorer.top_curve.as_dict()},
        "intervals": f"exact (Clopper-Pearson) for rates; resampled for auc and average precision; level {LEVEL}",
        "said": said,
    }  # fmt: skip


def _table(made: Backtest, beside: Backtest | None) -> list[dict[str, Any]]:
    rows = []
    for title, part in (("", made), ("origin, departure", beside)):
        if part is None or part.measures is None:
            continue
        left_out = ", ".join(sorted(part.scorer.options.without)) or title
        rows += [
            {
                "without": left_out, "rate": f"{row['rate']:g}", "inspected": row["inspected"],
                "precision": _shown(row["precision"]), "recall": _shown(row["recall"]),
                "critical recall": _shown(row["critical_recall"]), "auc": _shown(row["auc"]),
                "chosen for the top tier": f"{row['chosen_for_top_tier']:.1%}",
            }
            for row in part.measures["rates"]
        ]  # fmt: skip
    return rows


def _shown(measured: dict[str, Any]) -> str:
    if measured["value"] is None:
        return "-"
    return f"{measured['value']:.3f} [{measured['low']:.3f}, {measured['high']:.3f}]"
