"""`target simulate`: the weekly loop with partial labels, strategies side by side over seeds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, in_a_folder, say

if TYPE_CHECKING:
    from counterflow.target.simulate.compare import Entry, Finished
    from counterflow.target.simulate.source import Source
    from counterflow.target.simulate.world import World

__all__ = ["add_to"]

#: a run that took so many CPU-seconds is told when it ends, so that nobody waits without a sign
_WORTH_A_WORD = 5


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    history: Annotated[
        list[Path] | None, typer.Option(help="Labelled declarations; again for a file that follows in time.")
    ] = None,
    mapping: Annotated[str, typer.Option("--map", help="Mapping of the files, with \\[labels.finds].")] = "",
    training: Annotated[
        bool, typer.Option("--world", help="The SYNTHETIC training world, whose smugglers move, in place of files.")
    ] = False,
    world_seed: Annotated[int, typer.Option(min=0, help="Seed of the training world of the first run.")] = 3,
    weeks: Annotated[int, typer.Option(min=6, help="Weeks of the training world.")] = 26,
    records_per_week: Annotated[int, typer.Option(min=100, help="Consignments a week in the training world.")] = 1000,
    strategy: Annotated[
        str, typer.Option(help="random, exploit, hybrid, adaptive; several with commas, or all.")
    ] = "all",
    rate: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of a week's records inspected.")] = 0.10,
    random_share: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of inspections drawn at random.")] = 0.08,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds: 0, 1, 2 …")] = 10,
    learner: Annotated[str, typer.Option(help="Of exploit and hybrid: plain (as published) or counterflow.")] = "plain",
    overlay: Annotated[
        Path | None, typer.Option(help="CSV record_id,week,label: a scheme laid over the history.")
    ] = None,
    make_scheme: Annotated[str | None, typer.Option(help="Hide a scheme of this shape instead of an overlay.")] = None,
    scheme_seed: Annotated[int, typer.Option(min=0, help="Draws the scheme's segment.")] = 0,
    scheme_week: Annotated[int, typer.Option(min=1, help="Week in which it begins.")] = 26,
    new_importers: Annotated[
        bool, typer.Option("--new-importers", help="Scheme of never-seen importers only.")
    ] = False,
    write_overlay: Annotated[
        Path | None, typer.Option(help="Write the scheme as an overlay.", callback=in_a_folder)
    ] = None,
    top_weight: Annotated[
        float,
        typer.Option(min=0.0, help="What a find of the top tier counts beside any find, in the own learner's order."),
    ] = 5.0,
    peers: Annotated[
        bool,
        typer.Option(
            "--beside/--no-beside", help="With adaptive also exploit, a plain hybrid and the bound, to compare."
        ),
    ] = True,
    delay_weeks: Annotated[int, typer.Option(min=1, help="Weeks until an outcome is known.")] = 1,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes side by side; results are the same.", show_default="all cores")
    ] = None,
    shares: Annotated[
        str,
        typer.Option(help="Also run adaptive with these random shares, joined by commas: what each costs and finds."),
    ] = "",
    html: Annotated[Path | None, typer.Option(help="Write the result as a page, too.", callback=in_a_folder)] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Run the weekly loop: choose, inspect, learn, again; strategies side by side over seeds.

    On a labelled history (--history, --map), or on the training world (--world), where smugglers move their goods to
    where a strategy did not find them.
    """
    from counterflow.target.simulate.compare import compare, entry
    from counterflow.target.simulate.result import answer, beside, caveat, share_curve, table
    from counterflow.target.simulate.run import Protocol

    curve = _shares(shares)
    asked = _asked(strategy, learner, random_share, top_weight)
    _refuse(rate, overlay, make_scheme, write_overlay)
    _refuse_both(training, history or [], mapping, overlay, make_scheme)
    world: Source
    if training:
        world = _training(world_seed, weeks, records_per_week)
    else:
        scheme = (make_scheme, scheme_seed, scheme_week, new_importers, write_overlay)
        world = _with_scheme(_world(history or [], mapping), overlay, scheme)
    say(caveat(world))
    for line in world.said:
        say(line)
    jobs = jobs or os.cpu_count() or 1
    protocol = Protocol(rate=rate, delay_weeks=delay_weeks)
    entries = [*asked, *(beside(asked) if peers else [])]
    spent: dict[str, float] = {}
    finished = compare(world, entries, protocol, range(seeds), jobs=jobs, told=lambda one: _told(one, spent))
    for name, seconds in spent.items():
        say(f"{name}: {seconds / seeds:.1f} CPU-s a run, {seconds / seeds / max(world.weeks, 1):.2f} a week")
    said = answer(world, finished, asked, protocol)
    if curve:
        entries = [entry("adaptive", "counterflow", share, top_weight) for share in curve]
        made = compare(world, entries, protocol, range(seeds), jobs=jobs)
        said["random_share_curve"] = share_curve(world, made, protocol)
    if html is not None:
        from counterflow.report.simulate_page import render

        html.write_text(render(said), "utf-8")
        say(f"page written to {html}")
    emit(said if form is Format.JSON else table(said), form, out)


def _asked(strategy: str, learner: str, random_share: float, top_weight: float) -> list[Entry]:
    from counterflow.target.simulate.compare import STRATEGIES, entry

    names = STRATEGIES if strategy.strip() == "all" else tuple(name.strip() for name in strategy.split(","))
    return list(dict.fromkeys(entry(name, learner, random_share, top_weight) for name in names))


def _shares(text: str) -> list[float]:
    from counterflow.core.errors import UsageError

    try:
        made = sorted({float(part) for part in text.split(",") if part.strip()})
    except ValueError:
        made = [-1.0]
    if any(not 0 < share < 1 for share in made):
        raise UsageError(f"--shares {text!r} are not shares.", hint="Write shares above 0 and below 1: .02,.05,.10")
    return made


def _refuse(rate: float, overlay: Path | None, make_scheme: str | None, write: Path | None) -> None:
    from counterflow.core.errors import UsageError

    if rate <= 0:
        raise UsageError("A rate of 0 inspects nothing.", hint="Give --rate .10 for a tenth of each week's records.")
    if overlay is not None and make_scheme is not None:
        raise UsageError("--overlay and --make-scheme exclude each other.", hint="Give one of them.")
    if write is not None and make_scheme is None:
        raise UsageError("--write-overlay needs a scheme.", hint="Add --make-scheme SHAPE.")


def _refuse_both(
    training: bool, history: list[Path], mapping: str, overlay: Path | None, make_scheme: str | None
) -> None:
    from counterflow.core.errors import UsageError

    if training and (history or mapping or overlay is not None or make_scheme is not None):
        raise UsageError(
            "--world brings records and schemes of its own.",
            hint="Leave out --history, --map, --overlay and --make-scheme, or leave out --world.",
        )
    if not training and not (history and mapping):
        raise UsageError(
            "There is nothing to run on.", hint="Give --history FILE with --map MAPPING, or --world for made-up trade."
        )


def _training(seed: int, weeks: int, records_per_week: int) -> Source:
    from counterflow.demo.simulated import TrainingSource

    source = TrainingSource(seed, weeks, records_per_week, frozenset(_critical()[1]))
    _ = source.options  # refused before anything runs
    return source


def _with_scheme(world: World, overlay: Path | None, scheme: tuple[str | None, int, int, bool, Path | None]) -> World:
    if overlay is not None:
        world = _laid_over(world, overlay)
    return world if scheme[0] is None else _hidden(world, scheme[0], *scheme[1:])


def _world(history: list[Path], mapping: str) -> World:
    from counterflow.core.clock import system_clock
    from counterflow.flow.labelled_file import read_labelled
    from counterflow.intake.mapping import find_mapping
    from counterflow.target.simulate.world import make_world

    read = read_labelled(history, find_mapping(mapping), now=system_clock())
    said = list(read.said)
    if read.refused.num_rows:
        said.append(f"{read.refused.num_rows} of {read.read} rows were refused and take no part")
    _, critical = _critical()
    return make_world(read.lines, read.known.found, critical=critical, said=said, synthetic=read.synthetic)


def _critical() -> tuple[dict[str, float], set[str]]:
    from counterflow.core.settings import TargetSettings
    from counterflow.target.learn.options import LearnOptions

    severity = dict(TargetSettings().severity)
    return severity, {name for name, points in severity.items() if points >= LearnOptions().top_at}


def _laid_over(world: World, overlay: Path) -> World:
    from counterflow.target.simulate.overlay import lay_over

    severity, critical = _critical()
    return lay_over(world, overlay, severity, critical)


def _hidden(world: World, shape: str, seed: int, week: int, new_importers: bool, write: Path | None) -> World:
    from counterflow.target.simulate.overlay import write_overlay
    from counterflow.target.simulate.schemes import hide_scheme, lay_scheme

    sizes = (2.0, 30.0) if new_importers else (10.0, 30.0)
    scheme = hide_scheme(world, shape, seed, first_week=week, new_importers=new_importers, sizes=sizes)
    if write is not None:
        write_overlay(world, scheme.rows, "1", write)
        say(f"overlay written to {write}")
    return lay_scheme(world, scheme)


def _told(one: Finished, spent: dict[str, float]) -> None:
    spent[one.entry.name] = spent.get(one.entry.name, 0.0) + one.cpu_seconds
    if one.cpu_seconds > _WORTH_A_WORD:
        say(f"{one.entry.name}, seed {one.run.seed}: done, {one.cpu_seconds:.0f} CPU-s")
