"""`account doses`: how many doses a seized mass is, with bounds, and whether a claimed number holds."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.core.errors import UsageError

__all__ = ["add_to"]


def doses(
    substance: Annotated[str, typer.Option(help="Id of the substance; with --precursor the class of precursors.")],
    mass: Annotated[str, typer.Option(help='Amount with its unit: 10000lb, "4.5 t", "80000 tablets".')],
    purity: Annotated[
        str,
        typer.Option(help="Share that is drug, as measured (0.15), or the word published.", show_default="not known"),
    ] = "",
    low: Annotated[float | None, typer.Option(help="Lower end of the purity's 95 % interval.")] = None,
    high: Annotated[float | None, typer.Option(help="Upper end of it.")] = None,
    source: Annotated[str, typer.Option(help="Who weighed.")] = "as given",
    purity_source: Annotated[str, typer.Option(help="Who measured the purity.")] = "as given",
    as_of: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day of what was weighed.", show_default="today"),
    ] = None,
    market_form: Annotated[str, typer.Option("--market-form", help="powder, tablet …; any where not given.")] = "",
    gross: Annotated[bool, typer.Option("--gross", help="Wrapping was weighed, too.")] = False,
    precursor: Annotated[
        bool, typer.Option("--precursor", help="The most doses that a class of precursors could become.")
    ] = False,
    claim: Annotated[
        float | None, typer.Option(help="Doses that somebody said it is: held against the interval.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Turn a mass into doses with bounds: mass x purity / dose, each with its doubt; never a bare number."""
    from counterflow.core.clock import system_clock
    from counterflow.flow.account_doses import AskDoses, doses_of

    share = _share(purity, low, high)
    day = as_of.date() if as_of else system_clock().date()
    found = doses_of(
        AskDoses(
            mass, substance, day, source, market_form, share, purity == "published", purity_source, gross, precursor,
            claim, seed,
        )
    )  # fmt: skip
    made = found["doses"]
    if not made["informative"]:
        say(f"not informative: {made['why_not']}")
    for words in found["limits"]:
        say(words)
    if "claim" in found:
        say(found["claim"]["words"])
    if form is Format.JSON:
        emit(found, form, out)
        return
    shown = {name: made[name] for name in ("value", "low", "high", "level", "unit", "informative")}
    emit([{"substance": substance, "amount": found["amount"], "kg": found["kg"]} | shown], form, out)


def _share(purity: str, low: float | None, high: float | None) -> tuple[float, float, float] | None:
    """Return mean, low and high of a purity; None where none or the published one is taken."""
    if purity in {"", "published"}:
        if low is not None or high is not None:
            raise UsageError("--low and --high belong to a purity.", hint="Give --purity 0.15 --low 0.1 --high 0.2.")
        return None
    try:
        mean = float(purity.removesuffix("%")) / (100 if purity.endswith("%") else 1)
    except ValueError as error:
        raise UsageError(f"--purity {purity!r} is no share.", hint="Write 0.15, or published.") from error
    if low is None or high is None:
        raise UsageError(
            "A purity comes with its interval.", hint="Give --low and --high, both in 95 % of samples' means."
        )
    return mean, low, high


def add_to(app: typer.Typer) -> None:
    """Hang the command under `account`."""
    app.command()(doses)
