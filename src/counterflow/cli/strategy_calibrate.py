"""`strategy calibrate`: fit the model to public series, say what was learnt, write the fitted parameters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, emit, in_a_folder, say

if TYPE_CHECKING:
    from counterflow.strategy.calibrate.recovery import Recovered
    from counterflow.strategy.calibrate.targets import Targets

__all__ = ["add_to"]

_MIXED = 1.05


def calibrate(
    series: Annotated[
        Path | None,
        typer.Option(help="Official series (role,series,time,value; CSV or .gz); the shipped table where not given."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="File for the fitted parameters (.npz).", show_default=False, callback=in_a_folder),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(help="Folder for checkpoints; goes on where an earlier run in it stopped.", show_default=False),
    ] = None,
    runs: Annotated[
        int, typer.Option(help="Runs of the engine to spend, about; of each set with --recovery.")
    ] = 1_000_000,
    until: Annotated[int | None, typer.Option(help="Last year of data to look at.", show_default="all")] = None,
    rows: Annotated[int, typer.Option(min=100, max=10_000, help="Rows of fitted parameters to keep.")] = 1500,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything drawn.")] = 1,
    recovery: Annotated[
        bool, typer.Option("--recovery", help="Make series from known parameters, fit them, count what is found again.")
    ] = False,
    sets: Annotated[int, typer.Option(min=1, max=100, help="Sets of series with --recovery.")] = 5,
    report: Annotated[
        bool, typer.Option("--report", help="Fit nothing: say what the shipped fit learnt of each parameter.")
    ] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Fit the model's parameters to public series of deaths, use and treatment, and say what was learnt of each.

    Half an hour on two cores with 1,000,000 runs. A parameter on its bound was not identified: it is no estimate.
    """
    if report:
        _report(form)
        return
    from counterflow.core.clock import system_clock
    from counterflow.reference.csv_files import content_version
    from counterflow.strategy.calibrate.calibration import Asked
    from counterflow.strategy.calibrate.calibration import calibrate as fit
    from counterflow.strategy.calibrate.engine_runs import engine_simulator
    from counterflow.strategy.model.parameters import parameters
    from counterflow.strategy.model.posterior import save

    held = _targets(series, until)
    asked = Asked(held, runs, seed, rows, resume, content_version("strategy", ("drivers.csv",)))
    if recovery:
        from counterflow.strategy.calibrate.recovery import recover

        found = recover(asked, parameters(), engine_simulator(anchored=True), system_clock, say, sets=sets)
        _say_recovered(found)
        emit([_plain(row) for row in found], form)
        return
    done = fit(asked, parameters(), engine_simulator(anchored=True), system_clock, say)
    emit(done.posterior.about["parameters"], form)
    _say_fit(done.posterior.about)
    if out is not None:
        save(done.posterior, out)
        say(f"{len(done.posterior.rows)} rows of {len(done.posterior.names)} parameters written to {out}.")


def _targets(series: Path | None, until: int | None) -> Targets:
    from counterflow.strategy.calibrate.official import read_series
    from counterflow.strategy.calibrate.targets import targets, with_anchors

    if series is None:
        held = targets()
    else:
        read = read_series(series)
        say(
            f"{read.used + read.unused} lines: {read.used} used, {read.unused} of known series that the fit leaves out."
        )
        held = read.targets
    return with_anchors(held if until is None else held.until(until))


def _report(form: Format) -> None:
    from counterflow.strategy.calibrate.fit import needed
    from counterflow.strategy.model.posterior import shipped

    posterior = needed(shipped())
    emit(posterior.about["parameters"], form)
    _say_fit(posterior.about)


def _say_fit(about: dict[str, Any]) -> None:
    known, bound, whole = len(about["learnt"]), len(about["on_bound"]), len(about["parameters"])
    say(
        f"Fitted to {about['until']} with {about['runs']:,} runs, seed {about['seed']}, {about['day']}; "
        f"model {about['version']}, series {about['targets']}, drivers {about['drivers']}."
    )
    say(f"{known} of {whole} parameters learnt, {whole - known - bound} as wide as before, {bound} not identified.")
    if about["on_bound"]:
        say(f"Not identified, on a bound: {', '.join(about['on_bound'])}.")
    for one, other, strength in about["tied"][:6]:
        say(f"Known only together: {one} and {other} (rank correlation {strength}).")
    mixed = "mixed" if about["rhat_most"] <= _MIXED else "NOT mixed: ask for more --runs"
    say(
        f"R-hat at most {about['rhat_most']:.3f} (median {about['rhat_median']:.3f}: {mixed}); effective draws at "
        f"least {about['bulk_least']:.0f} in the middle, {about['tail_least']:.0f} in the tails."
    )


def _say_recovered(found: tuple[Recovered, ...]) -> None:
    count = len(found)
    for words, inside in (("80", [r.inside_80 for r in found]), ("95", [r.inside_95 for r in found])):
        say(f"{words} % intervals hold the truth in {100 * sum(inside) / count:.1f} % of {count} cases.")


def _plain(row: Recovered) -> dict[str, Any]:
    from dataclasses import asdict

    return {k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in asdict(row).items()}


def add_to(app: typer.Typer) -> None:
    """Add `calibrate` to the commands of `strategy`."""
    app.command()(calibrate)
