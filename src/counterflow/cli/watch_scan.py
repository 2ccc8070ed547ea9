"""`watch scan`: where and since when more happens than elsewhere, now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, in_a_folder, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from counterflow.flow.watch_clusters import Located
    from counterflow.watch.clusters import Coordinates, Scan
    from counterflow.watch.grid import Grid

__all__ = ["add_to"]

_SHOWN = (
    "centre", "places", "radius_km", "first_t", "last_t", "observed", "expected", "relative_risk",
    "log_likelihood_ratio", "p", "recurrence_periods", "alarm",
)  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add `scan` to the commands of `watch`."""
    app.command()(scan)


def scan(
    ctx: typer.Context,
    counts: Annotated[
        Path | None,
        typer.Argument(help="CSV: place,t,count and, where known, population or expected.", show_default=False),
    ] = None,
    coordinates: Annotated[
        Path | None, typer.Option(help="CSV: place,lat,lon, in degrees.", show_default=False)
    ] = None,
    stored: Annotated[
        bool, typer.Option("--stored", help="Scan the workspace's counts, where `watch places` put its places.")
    ] = False,
    source: Annotated[str | None, typer.Option(help="With --stored: who counted.", show_default="all")] = None,
    measure: Annotated[str | None, typer.Option(help="With --stored: what was counted.", show_default="all")] = None,
    subject: Annotated[str | None, typer.Option(help="With --stored: of what.", show_default="all")] = None,
    level: Annotated[str | None, typer.Option(help="With --stored: level of places.", show_default="all")] = None,
    role: Annotated[str | None, typer.Option(help="With --stored: as this role may see it.")] = None,
    purpose: Annotated[
        str | None, typer.Option(help="With --stored: what for.", show_default="health-response, audit for oversight")
    ] = None,
    max_window: Annotated[
        int | None, typer.Option(min=1, help="Periods in the longest window.", show_default="8 weeks, 28 days")
    ] = None,
    max_share: Annotated[float, typer.Option(min=1e-6, max=1, help="Largest share of those at risk in it.")] = 0.25,
    max_radius: Annotated[float | None, typer.Option(min=0, help="Largest radius in km.", show_default="none")] = None,
    baseline: Annotated[
        str,
        typer.Option(help="auto | population | history: what a place is compared with; auto: population where given."),
    ] = "auto",
    model: Annotated[
        str, typer.Option(help="auto | poisson | negative-binomial; auto: the second where counts vary beyond chance.")
    ] = "auto",
    one_by_one: Annotated[
        bool, typer.Option("--one-by-one", help="Take each cluster's places out and scan again for the next.")
    ] = False,
    absent: Annotated[str, typer.Option(help="What a row that is not there means: auto | zero | unknown.")] = "auto",
    replicates: Annotated[int, typer.Option(min=19, max=99_999, help="Without a cluster, to compare with.")] = 999,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the replicates.")] = 1,
    alpha: Annotated[float, typer.Option(min=1e-6, max=0.5, help="A cluster this unlikely is an alarm.")] = 0.01,
    most: Annotated[int, typer.Option(min=1, max=1000, help="Clusters told.")] = 10,
    page: Annotated[
        Path | None,
        typer.Option(help="Write a page with map and table, too.", show_default=False, callback=in_a_folder),
    ] = None,
    boundaries: Annotated[
        Path | None, typer.Option(help="GeoJSON of areas to draw under the map.", show_default=False)
    ] = None,
    workers: Annotated[int, typer.Option(min=0, max=256, help="Threads; 0 = one a core. Results do not differ.")] = 0,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Find where and since when more happens than elsewhere, now, and how often chance gives as much.

    Files need no workspace. Circles of neighbouring places over the last periods are tried; p holds for all of them
    together.
    """
    from counterflow.watch.clusters import Asked
    from counterflow.watch.clusters import scan as scan_counts

    asked = Asked(
        replicates=replicates, seed=seed, windows=max_window, share=max_share, radius_km=max_radius, model=model,
        one_by_one=one_by_one, alpha=alpha, most=most, workers=workers,
    )  # fmt: skip
    stored_counts: Located | None = None
    said: Sequence[str]
    if stored:
        names = {"source": source, "measure": measure, "subject": subject, "level": level}
        stored_counts = _stored(ctx, {name: value for name, value in names.items() if value}, role, purpose)
        grid, where, said = stored_counts.grid, stored_counts.where, stored_counts.said
        at_risk = _at_risk(baseline, None, "the workspace")
    else:
        grid, where, said, given, file = _from_files(counts, coordinates, absent)
        at_risk = _at_risk(baseline, given, file)
    found = scan_counts(grid, where, at_risk=at_risk, asked=asked)
    told = found.as_dict()
    told["said"] = [*said, *_beside(grid, where.places), *told["said"]]
    if stored_counts is not None:
        from counterflow.flow.watch_clusters import without_hidden

        told = without_hidden(told, stored_counts)
    if page is not None:
        _write_page(page, told, grid, at_risk, where, boundaries, stored_counts)
    _answer(told, found, form, out)


def _from_files(
    counts: Path | None, coordinates: Path | None, absent: str
) -> tuple[Grid, Coordinates, Sequence[str], Any, str]:
    from counterflow.core.errors import UsageError
    from counterflow.watch.clusters import read_coordinates, read_counts

    if counts is None or coordinates is None:
        hint = "Give COUNTS.csv (place,t,count) and --coordinates PLACES.csv (place,lat,lon), or --stored."
        raise UsageError("A scan needs counts and where their places lie.", hint=hint)
    read = read_counts(counts, absent=absent)
    return read.grid, read_coordinates(coordinates), read.said, read.at_risk, counts.name


def _stored(ctx: typer.Context, names: Mapping[str, str], role: str | None, purpose: str | None) -> Located:
    from counterflow.flow.watch_clusters import located_counts

    with workspace_of(ctx) as workspace:
        return located_counts(workspace, names, role=role, purpose=purpose)


def _at_risk(baseline: str, given: Any, file: str) -> Any:
    from counterflow.core.errors import InputError, UsageError

    if baseline not in ("auto", "population", "history"):
        raise UsageError(f"There is no baseline {baseline!r}.", hint="One of auto, population, history.")
    if baseline == "population" and given is None:
        hint = "Add it, or take --baseline history: each place is then compared with its own past."
        raise InputError("There is no column population or expected.", file=file, line=1, hint=hint)
    return None if baseline == "history" else given


def _beside(grid: Grid, located: tuple[str, ...]) -> list[str]:
    more = len(set(located) - set(grid.key.column("place").to_pylist()))
    return [f"{more} places with coordinates have no counts: they are not part of the study."] if more else []


def _write_page(
    page: Path, told: dict[str, Any], grid: Grid, at_risk: Any, where: Coordinates, boundaries: Path | None,
    stored: Located | None,
) -> None:  # fmt: skip
    from counterflow.core.settings import load_settings
    from counterflow.report.boundaries import read_boundaries
    from counterflow.report.map_svg import box_of
    from counterflow.report.scan_page import render
    from counterflow.watch.clusters.shown import courses_of, points_of

    small = load_settings(None).settings.watch.small_cell if stored is None else stored.small
    hidden = None if stored is None else stored.hidden
    points = points_of(told["clusters"], grid, where, told["longest_window"], hidden=hidden, small=small)
    areas = read_boundaries(boundaries, box_of(points)) if boundaries is not None else []
    courses = courses_of(told["clusters"], grid, at_risk, small=small, hidden=hidden)
    page.write_text(render(told, points, courses, small=small, areas=areas), "utf-8")
    say(f"Page written to {page}.")


def _answer(told: dict[str, Any], found: Scan, form: Format, out: Path | None) -> None:
    if form is Format.JSON:
        emit(told, form, out)
    else:
        rows = [{name: row[name] for name in _SHOWN} for row in told["clusters"]]
        emit([row | {"places": " ".join(row["places"])} for row in rows], form, out)
    say(f"{told['method']}; model {told['model']}; {told['replicates']} replicates, seed {told['seed']}.")
    for line in told["said"]:
        say(line)
    alarms = sum(c.alarm for c in found.clusters)
    say(f"{alarms} of {len(found.clusters)} clusters have p <= {told['alpha']:g}.")
