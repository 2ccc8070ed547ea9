"""The training world as files that intake reads: one call, all weeks, nobody learns.

    python -m counterflow.demo.files --records 1000000 --seed 3 --out DIR

Every file name says *synthetic*; the truth lies in a folder of its own, which nothing but scoring reads.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.csv as pacsv

from counterflow.core.errors import CounterflowError, InputError
from counterflow.demo.capacity import capacity_table
from counterflow.demo.options import SOURCE, WorldOptions
from counterflow.demo.places import area_table, data_text
from counterflow.demo.planted import planted_trials
from counterflow.demo.world import WeekTables, World

__all__ = ["WeekFiles", "WorldFiles", "standing_files", "week_files", "write_truth", "write_world"]

_README = """\
SYNTHETIC: the Counterflow training world
=========================================

Every firm, person, address, office, area, list entry and consignment in this folder is invented by a program
(seed {seed}, {records:,} records, {weeks} weeks from {start}). Nothing here was observed; no figure reached
with these files says anything about real trade, real places or real people. Country codes are real because
records must carry valid ones; what a country does here was drawn by the seed.

synthetic-consignments.csv   one row a consignment, goods line and parties in the row;
                             {dirt:.1%} of rows broken on purpose
synthetic-crossings.csv      vehicles through lanes at land ports, by hour
synthetic-harm.csv           overdose events by area, week and the week in which they were reported
synthetic-harm-history.csv   the same for two years before the first week
synthetic-areas.csv          the areas with invented coordinates
synthetic-contacts.csv       who must be told of an alarm, invented
synthetic-expected.csv       what posts and carriers announced
synthetic-capacity.csv       inspection minutes by office, lane and resource
synthetic-planted.csv        planted items, and how many each resource found
synthetic-list-sdn.csv, -alt.csv, -add.csv    an invented watch list in OFAC's layout
training_world.toml          the mapping for the consignments
training_crossings.toml      the mapping for the crossings
truth/                       what was hidden where. Only scoring may read it.
"""


@dataclass(frozen=True)
class WeekFiles:
    """Files that come each week."""

    consignments: Path
    crossings: Path
    harm: Path
    expected: Path


@dataclass(frozen=True)
class WorldFiles:
    """Files of a whole world; `truth` is a folder for scoring alone, the rest may be loaded.

    Args:
        records: rows in the consignment file.
        broken: how many of them are broken on purpose.
    """

    folder: Path
    readme: Path
    mapping: Path
    crossing_mapping: Path
    harm_history: Path
    areas: Path
    contacts: Path
    capacity: Path
    planted: Path
    sdn: Path
    alt: Path
    add: Path
    truth: Path
    source: str = SOURCE
    week: WeekFiles | None = None
    records: int = 0
    broken: int = 0

    def as_dict(self) -> dict[str, object]:
        """Return paths as text and counts, for JSON."""
        plain = {key: str(value) if isinstance(value, Path) else value for key, value in vars(self).items()}
        if self.week is not None:
            plain["week"] = {key: str(value) for key, value in vars(self.week).items()}
        return plain


def write_world(out: Path, options: WorldOptions | None = None, **choices: int) -> WorldFiles:
    """Write a whole world into the folder `out`; nothing is caught in it, so nobody shifts.

    Args:
        out: a new or empty folder, or one that the same world was written to.
        options: how the world is made; the default options where None.
        choices: `records`, `weeks`, `seed`, in place of those of `options`.

    Raises:
        InputError: `out` is a file or a folder with something else in it.
    """
    world = World(dataclasses.replace(options or WorldOptions(), **choices))  # type: ignore[arg-type]
    files = standing_files(world, out)
    week = week_files(out)
    with (
        _Growing(week.consignments) as consignments,
        _Growing(week.crossings) as crossings,
        _Growing(week.harm) as harm,
    ):
        for number in range(world.options.weeks):
            tables = world.week(number)
            consignments.write(tables.consignments)
            crossings.write(tables.crossings)
            harm.write(tables.harm)
    _write(tables.expected, week.expected)
    write_truth(world, files.truth)
    return dataclasses.replace(files, week=week, records=world.options.records, broken=world.dirt.num_rows)


def standing_files(world: World, out: Path) -> WorldFiles:
    """Write what does not change from week to week: README, mappings, capacity, list, planted items."""
    options = world.options
    text = _README.format(
        seed=options.seed,
        records=options.records,
        weeks=options.weeks,
        start=options.start,
        dirt=options.dirt_share,
    )
    _own_folder(out, text)
    files = WorldFiles(
        folder=out, readme=out / "README.md", mapping=out / "training_world.toml",
        crossing_mapping=out / "training_crossings.toml",
        harm_history=out / "synthetic-harm-history.csv", areas=out / "synthetic-areas.csv",
        contacts=out / "synthetic-contacts.csv",
        capacity=out / "synthetic-capacity.csv", planted=out / "synthetic-planted.csv",
        sdn=out / "synthetic-list-sdn.csv", alt=out / "synthetic-list-alt.csv",
        add=out / "synthetic-list-add.csv", truth=out / "truth",
    )  # fmt: skip
    files.readme.write_text(text, "utf-8")
    for mapping in (files.mapping, files.crossing_mapping):
        mapping.write_text(data_text(mapping.name), "utf-8")
    for path, rows in (
        (files.sdn, world.watch_list.sdn()),
        (files.alt, world.watch_list.alt()),
        (files.add, world.watch_list.add()),
    ):
        path.write_text(rows, "utf-8", newline="")
    _write(world.harm_history, files.harm_history)
    _write(area_table(), files.areas)
    files.contacts.write_text(data_text("contacts.csv"), "utf-8")
    _write(capacity_table(options, world.places), files.capacity)
    _write(planted_trials(options), files.planted)
    return files


def week_files(folder: Path, tables: WeekTables | None = None) -> WeekFiles:
    """Return the names of a week's files in `folder`, and write them where `tables` are given."""
    files = WeekFiles(*(folder / f"synthetic-{name}.csv" for name in ("consignments", "crossings", "harm", "expected")))
    if tables is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for path in vars(files).values():
            _write(getattr(tables, path.stem.removeprefix("synthetic-")), path)
    return files


def write_truth(world: World, folder: Path) -> None:
    """Write the truth so far into its own folder."""
    folder.mkdir(exist_ok=True)
    _write(world.truth, folder / "hidden-consignments.csv")
    _write(world.outbreak, folder / "outbreak.csv")
    _write(world.hidden_crossings, folder / "hidden-crossings.csv")
    _write(world.dirt, folder / "broken-rows.csv")


class _Growing:
    """A CSV file that tables are added to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pacsv.CSVWriter | None = None

    def __enter__(self) -> Self:
        return self

    def write(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = pacsv.CSVWriter(self._path, table.schema, write_options=_plain())
        self._writer.write_table(table)

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()


def _plain() -> pacsv.WriteOptions:
    """Quote only what needs it, the header too, so that other readers are at home."""
    return pacsv.WriteOptions(quoting_style="needed")


def _write(table: pa.Table, path: Path) -> None:
    pacsv.write_csv(table, path, _plain())


def _own_folder(out: Path, readme: str) -> None:
    """Take a new or empty folder, or one that this very world was written to before."""
    before = out / "README.md"
    again = before.is_file() and before.read_text("utf-8", errors="replace") == readme
    if out.exists() and not again and (not out.is_dir() or any(out.iterdir())):
        raise InputError("The training world needs a folder of its own.", hint="Name a new or empty one.", file=out)
    out.mkdir(parents=True, exist_ok=True)


def main(arguments: list[str] | None = None) -> int:
    """Write a world from the command line; prints the folder."""
    parser = argparse.ArgumentParser(description="Write the synthetic training world as files.")
    parser.add_argument("--records", type=int, default=WorldOptions().records)
    parser.add_argument("--weeks", type=int, default=WorldOptions().weeks)
    parser.add_argument("--seed", type=int, default=WorldOptions().seed)
    parser.add_argument("--all-distinct", action="store_true", help="every description and name written once only")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    try:
        options = WorldOptions(
            records=given.records, weeks=given.weeks, seed=given.seed, all_distinct=given.all_distinct
        )
        files = write_world(given.out, options)
    except CounterflowError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(f"{files.folder}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
