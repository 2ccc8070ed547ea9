"""`demo`: the training world through the whole loop, its board, and the truth held against it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from counterflow.cli.output import say

__all__ = ["add_to"]

#: a world of fewer weeks has no past to learn from: all of it is played to the end
_WEEKS_WITH_AN_OPEN_ONE = 4


def add_to(app: typer.Typer) -> None:
    """Put the command on the program's top level."""
    app.command()(demo)


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the world, the workspace and the board.")] = Path(
        "workspaces/demo"
    ),
    seed: Annotated[int, typer.Option(min=0, help="Seed: the same seed plays the same world.")] = 3,
    records: Annotated[int, typer.Option(help="Consignments, 1,000 to 1,000,000.")] = 20_000,
    weeks: Annotated[int, typer.Option(min=1, help="Weeks.")] = 12,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the board when it is done.")] = True,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the board; 0 takes a free one.")] = 8321,
    files_only: Annotated[bool, typer.Option("--files-only", help="Write the world's files and stop.")] = False,
) -> None:
    """Play the SYNTHETIC training world through load, screen, plan, inspect, record and account; print the board."""
    from counterflow.demo.options import REHEARSAL_CAPACITY, REHEARSAL_PREVALENCE, WorldOptions

    options = WorldOptions(
        records=records, weeks=weeks, seed=seed, prevalence=REHEARSAL_PREVALENCE, capacity_share=REHEARSAL_CAPACITY
    )
    if files_only:
        from counterflow.demo.files import write_world

        say(f"The synthetic world is in {write_world(out, options).folder}.")
        return
    from counterflow.demo.play import play
    from counterflow.report.words import board_in_words, score_in_words

    played = play(options, out, say, leave_open=weeks >= _WEEKS_WITH_AN_OPEN_ONE)
    _name_people(played.workspace)
    typer.echo(board_in_words(played.board))
    typer.echo(score_in_words(played.score))
    say(f"Board: {out}/board.json; sheets of the last week: {out}/papers; workspace: {played.workspace}")
    if serve:
        from counterflow.cli.serve import serve_folder

        serve_folder(played.workspace, port)


#: people of the training world: who they are says what their role is; two supervisors, since some acts need two
PEOPLE = {
    "Vera Viewer": "viewer", "Ana Analyst": "analyst", "Olu Officer": "officer", "Sol Supervisor": "supervisor",
    "Sam Supervisor": "supervisor", "Ines Inspector": "inspector", "Aud Auditor": "auditor", "Adi Admin": "admin",
}  # fmt: skip


def _name_people(folder: Path) -> None:
    """Name the people of the training world; whoever trains takes any of their places without a password."""
    from counterflow.access.doors import Doors
    from counterflow.store.workspace import Workspace

    with Workspace(folder, doing="counterflow demo") as workspace:
        doors = Doors.of(workspace)
        for name, role in sorted(PEOPLE.items(), key=lambda person: person[1] != "admin"):  # somebody keeps the others
            doors.people.add(name, [role], by="counterflow demo")
        doors.close()
