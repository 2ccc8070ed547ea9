"""`account evaluate PANEL.csv`: did it work? Several estimators, placebos, weights; no workspace is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of
from counterflow.core.errors import UsageError

if TYPE_CHECKING:
    from counterflow.account.evaluate.ask import Ask
    from counterflow.account.evaluate.panel import Panel
    from counterflow.account.given import Rows

__all__ = ["add_to"]

Texts = list[str] | None
_NAMED = 8


def add_to(app: typer.Typer) -> None:
    """Add the command to a group."""
    app.command("evaluate")(evaluate)


def evaluate(
    ctx: typer.Context,
    panel: Annotated[Path, typer.Argument(help="One row for each unit and period: CSV, gzip of it, or Parquet.")],
    unit: Annotated[str, typer.Option(help="Column that names the unit.")],
    time: Annotated[str, typer.Option(help="Column of the period: year, month, quarter, week, day or number.")],
    outcome: Annotated[str, typer.Option(help="Column of the outcome.")],
    treated: Annotated[
        Texts, typer.Option(help="Treated units, between commas or repeated; a name may hold commas itself.")
    ] = None,
    start: Annotated[str, typer.Option(help="First treated period.", show_default=False)] = "",
    group: Annotated[
        str, typer.Option(help="Column of each unit's first treated period; 0 or NA: never.", show_default=False)
    ] = "",
    methods: Annotated[
        Texts,
        typer.Option(
            help="sdid, sc, asc, did, its, controlled-its, event-study, callaway-santanna, sun-abraham, imputation.",
            show_default="sdid,sc,did; callaway-santanna with --group",
        ),
    ] = None,
    predictors: Annotated[
        Texts, typer.Option(help="For sc: columns averaged over the periods before the start, between commas.")
    ] = None,
    special: Annotated[
        Texts, typer.Option(help="For sc: COLUMN:PERIODS, averaged over 1960-1969 or 1961,1963 or 1969; repeated.")
    ] = None,
    fit: Annotated[
        str,
        typer.Option(
            help="For sc with predictors: periods over which their weights are chosen.",
            show_default="the outcome's own special periods, else all before the start",
        ),
    ] = "",
    donors: Annotated[Texts, typer.Option(help="The only units to compare with.", show_default="all others")] = None,
    exclude: Annotated[Texts, typer.Option(help="Units to leave out.")] = None,
    since: Annotated[str, typer.Option("--from", help="First period to use.", show_default=False)] = "",
    until: Annotated[str, typer.Option("--to", help="Last period to use.", show_default=False)] = "",
    control: Annotated[str, typer.Option(help="never or notyet: whom staggered methods compare with.")] = "never",
    covariates: Annotated[Texts, typer.Option(help="Columns that staggered methods adjust for.")] = None,
    cluster: Annotated[str, typer.Option(help="Column of clusters of units.", show_default=False)] = "",
    anticipation: Annotated[int, typer.Option(min=0, help="Periods before the start in which it may act.")] = 0,
    margin: Annotated[
        float | None, typer.Option(help="Largest effect that counts as none: tests that it is no larger.")
    ] = None,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Coverage of the intervals.")] = 0.95,
    placebos: Annotated[int, typer.Option(min=19, max=20_000, help="Most placebo assignments.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws, where not all assignments are used.")] = 1,
    option: Annotated[
        Texts, typer.Option(help="NAME=VALUE of one method: season=12 or counts=yes for its; repeated.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Without placebos in time and leave-one-out.")] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Estimate what a measure did: treated units beside what stands for them untreated, with placebos and doubt.

    Without a design registered beforehand the answer says that it is exploratory: account design register. Where a
    workspace is named the result is sealed in its ledger as such.
    """
    from counterflow.account.evaluate.ask import Ask
    from counterflow.account.evaluate.columns import named_columns, named_specials
    from counterflow.account.evaluate.panel import panel_of
    from counterflow.account.evaluate.run import evaluate as answered
    from counterflow.account.evaluate.run import method_names
    from counterflow.account.given import read_rows

    if control not in ("never", "notyet"):
        raise UsageError(f"--control {control!r} is neither never nor notyet.", hint="Give one of the two.")
    if group and (treated or start):
        raise UsageError("--group says who was treated and when.", hint="Leave --treated and --start out.")
    names = method_names(methods or (["callaway-santanna"] if group else ["sdid,sc,did"]))
    rows = read_rows(panel, "a panel: one row for each unit and period")
    ask = Ask(
        methods=names, treated=tuple(treated or ()), start=start, donors=tuple(donors or ()),
        exclude=tuple(exclude or ()), since=since, until=until, predictors=named_columns(rows, predictors or ()),
        special=named_specials(rows, special or ()), fit=fit, control=control,
        covariates=named_columns(rows, covariates or ()), anticipation=anticipation, margin=margin, level=level,
        placebos=placebos, seed=seed, breaks=not quick, options=_options(option or []),
    )  # fmt: skip
    read = panel_of(rows, unit=unit, time=time, outcome=outcome, extra=_extra(ask, rows), group=group, cluster=cluster)
    told = answered(read, ask)
    _say(told, names)
    emit(told if form is Format.JSON else [_flat(name, told) for name in (*names, *told["beside"])], form, out)
    _seal(ctx, read, ask, told)


def _options(texts: list[str]) -> dict[str, str]:
    """Return what only one method takes, by name."""
    for text in texts:
        if "=" not in text:
            raise UsageError(f"--option {text!r} is not NAME=VALUE.", hint="For example --option season=12.")
    return dict(text.split("=", 1) for text in texts)


def _extra(ask: Ask, rows: Rows) -> list[str]:
    """Return the columns of numbers that the question needs beside the outcome."""
    named = [*ask.predictors, *(special.column for special in ask.special), *ask.covariates]
    return [name for name in rows.header if name in set(named)]


def _say(told: dict[str, Any], names: tuple[str, ...]) -> None:
    say(told["registration"]["words"])
    for name in names:
        for words in told[name].get("limits") or ():
            say(f"{name}: {words}")
    if gone := told["panel"].get("left_out"):
        more = f" and {len(gone) - _NAMED} more (panel.left_out in JSON)" if len(gone) > _NAMED else ""
        say(f"Left out of {len(gone) + told['panel']['donors']} donors: {'; '.join(gone[:_NAMED])}{more}.")
    for words in told["panel"]["said"]:
        say(words)
    say(told["agreement"]["words"])


def _seal(ctx: typer.Context, read: Panel, ask: Ask, told: dict[str, Any]) -> None:
    """Seal what was read and found where a workspace is named: a later design cannot pass as made before it."""
    if ctx.find_root().obj["workspace"] is None:
        return
    from counterflow.account.evaluate.design_run import keep_unregistered

    with workspace_of(ctx) as workspace:
        row = keep_unregistered(workspace, read, ask, told)
    say(f"Sealed in the ledger as {row['standing']}.")


def _flat(name: str, told: dict[str, Any]) -> dict[str, Any]:
    """Return one estimator's answer as a row."""
    answer = told.get(name) or told["beside"][name]
    heavy = sorted((answer.get("weights") or {}).items(), key=lambda pair: -pair[1])[:4]
    return {
        "method": name, "asked": name not in told["beside"], "effect": answer["effect"], "low": answer["low"],
        "high": answer["high"], "level": answer.get("level"), "se": answer.get("se"),
        "placebo_p": answer.get("placebo_p"), "smallest_p": answer.get("smallest_p"),
        "pre_rmspe": answer.get("pre_rmspe"), "donors": ", ".join(f"{n} {w:.3f}" for n, w in heavy),
        "registered": told["registration"]["registered"],
    }  # fmt: skip
