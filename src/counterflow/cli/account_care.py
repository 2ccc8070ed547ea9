"""`account access` and `account place`: who reaches care, and where a few more sites reach most."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say

__all__ = ["add_to"]

DemandOption = Annotated[Path, typer.Option(help="CSV of places: id, lat, lon, people, and columns of groups.")]
CostsOption = Annotated[
    Path | None, typer.Option(help="CSV of journeys: origin, dest, cost; else straight distance.", show_default=False)
]
PeopleOption = Annotated[str | None, typer.Option(help="Column of people.", show_default="people, population, …")]
GroupOption = Annotated[
    list[str] | None, typer.Option(help="Column of groups: their name, or people of one; may be repeated.")
]
SpeedOption = Annotated[
    float | None,
    typer.Option(min=1, max=200, help="km/h that straight distance is made minutes with.", show_default=False),
]


class Method(enum.StrEnum):
    """How access is measured."""

    TWO_STEP = "2sfca"
    ENHANCED = "e2sfca"


class Show(enum.StrEnum):
    """What a table shows."""

    POINTS = "points"
    GROUPS = "groups"


def add_to(app: typer.Typer) -> None:
    """Add the commands to a group."""
    app.command("access")(access)
    app.command("place")(place)


def access(
    demand: DemandOption,
    supply: Annotated[Path, typer.Option(help="CSV of sites: id, lat, lon, supply.")],
    catchment: Annotated[str, typer.Option(help="How far is in reach: 10km, 10mi, 30min.")],
    costs: CostsOption = None,
    method: Annotated[
        Method, typer.Option(help="2sfca: all in reach alike; e2sfca: near counts more.")
    ] = Method.TWO_STEP,
    weights: Annotated[
        str | None, typer.Option(help="10:1,20:0.68,30:0.22 or gaussian:SIGMA.", show_default="thirds: 1, .68, .22")
    ] = None,
    group: GroupOption = None,
    desert_below: Annotated[
        float | None,
        typer.Option(min=0, help="Score below which a place is a desert.", show_default="no site in reach"),
    ] = None,
    people: PeopleOption = None,
    amount: Annotated[str | None, typer.Option("--amount", help="Column of supply.", show_default="supply, …")] = None,
    speed: SpeedOption = None,
    small: Annotated[int, typer.Option(min=2, help="Counts of people from 1 to one less are withheld.")] = 10,
    show: Annotated[Show, typer.Option(help="What table and CSV hold; JSON holds both.")] = Show.POINTS,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say who reaches care: supply for each person within reach, and who lives in a desert, by group."""
    from counterflow.account.care.words import access_words
    from counterflow.account.given import read_rows
    from counterflow.flow.account_care import CareFiles, access_asked

    files = CareFiles(
        read_rows(demand, "the places people live in"), read_rows(supply, "the sites of care"),
        read_rows(costs, "the journeys") if costs else None, people, amount, tuple(group or ()), speed,
    )  # fmt: skip
    made = access_asked(files, method.value, catchment, weights, desert_below, small)
    for words in access_words(made):
        say(words)
    emit(made if form is Format.JSON else made[show.value], form, out)


class Objective(enum.StrEnum):
    """What a placement is best at."""

    MEDIAN = "p-median"
    COVER = "max-cover"


def place(
    demand: DemandOption,
    sites: Annotated[Path, typer.Option(help="CSV of sites: id, lat, lon; open, excluded, capacity where known.")],
    new: Annotated[int, typer.Option("--p", min=1, help="How many sites to choose besides those that are open.")],
    objective: Annotated[
        Objective, typer.Option(help="p-median: least way in sum; max-cover: most people within the radius.")
    ] = Objective.MEDIAN,
    radius: Annotated[str | None, typer.Option(help="How far a site covers: 2km, 15min.", show_default=False)] = None,
    equity: Annotated[
        str | None,
        typer.Option(help="COLUMN:SHARE, a floor for each group; COLUMN:max, the highest.", show_default=False),
    ] = None,
    group: GroupOption = None,
    scenarios: Annotated[
        Path | None, typer.Option(help="CSV: scenario, id, people, probability.", show_default=False)
    ] = None,
    capacity: Annotated[bool, typer.Option("--capacity", help="Heed the column capacity of the sites.")] = False,
    costs: CostsOption = None,
    people: PeopleOption = None,
    speed: SpeedOption = None,
    small: Annotated[int, typer.Option(min=2, help="Counts of people from 1 to one less are withheld.")] = 10,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Choose sites for naloxone, test strips or services, with proof, and with the price of a floor for groups."""
    from counterflow.account.care.words import placed_words
    from counterflow.account.given import read_rows
    from counterflow.flow.account_care import CareFiles, place_asked

    files = CareFiles(
        read_rows(demand, "the places people live in"), read_rows(sites, "the sites"),
        read_rows(costs, "the journeys") if costs else None, people, None, tuple(group or ()), speed,
    )  # fmt: skip
    futures = read_rows(scenarios, "the scenarios") if scenarios else None
    made = place_asked(
        files, objective.value, new, radius, equity, futures, capacity=capacity, small=small
    )  # fmt: skip
    for words in placed_words(made):
        say(words)
    emit(made if form is Format.JSON else made["places"], form, out)
