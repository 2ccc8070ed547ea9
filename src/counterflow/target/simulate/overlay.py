"""Overlays: a scheme laid over a history, `record_id,week,label`, to see which strategy notices it."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from counterflow.core.errors import InputError, UnknownName
from counterflow.target.simulate.strategy import Places
from counterflow.target.simulate.world import World, usual_class

__all__ = ["COLUMNS", "lay_over", "write_overlay"]

COLUMNS = ("record_id", "week", "label")


@dataclass(frozen=True)
class _Row:
    line: int
    record_id: str
    week: int
    label: str


def lay_over(world: World, file: Path, severity: Mapping[str, float], critical: Collection[str]) -> World:
    """Return the world with the labels of an overlay; its rows with something in them are the scheme.

    `label` is 0 (nothing), 1 (the commonest class of the history outside the top tier) or a harm class. `week` counts
    from 0, the first week of the history; where it disagrees with the record's own date, the date holds and it is said.

    Args:
        world: the world.
        file: CSV with the columns `record_id`, `week` and `label`.
        severity: harm classes that there are.
        critical: those of the top tier.

    Raises:
        InputError: the file cannot be read, lacks a column, or a row names an unknown record, one twice, no week
            or no label.
    """
    rows = _read(file)
    place = {name: at for at, name in enumerate(world.record_id.to_pylist())}
    _refuse(rows, place, world, severity, file)
    at = np.asarray([place[row.record_id] for row in rows], np.int64)
    usual = usual_class(world)
    labels = [{"0": "", "1": usual}.get(row.label, row.label) for row in rows]
    said = _said(rows, at, world, labels, usual)
    return world.with_labels(at, labels, critical, said)


def write_overlay(world: World, rows: Places, label: str, file: Path) -> None:
    """Write the records as an overlay file."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows.tolist():
            writer.writerow([world.record_id[row].as_py(), int(world.week[row]), label])


def _read(file: Path) -> list[_Row]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as refusal:
        raise InputError(f"The overlay cannot be read: {refusal.strerror}.", file=file) from None
    except UnicodeDecodeError:
        raise InputError("The overlay is not UTF-8 text.", hint="Save it as CSV, UTF-8.", file=file) from None
    lines = text.splitlines()
    # Spreadsheets of many countries write semicolons.
    semicolons = bool(lines) and ";" in lines[0] and "," not in lines[0]
    reader = csv.DictReader(lines, delimiter=";" if semicolons else ",")
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
    if missing:
        raise InputError(
            f"The overlay has no column {missing[0]!r}.", hint=f"Columns: {','.join(COLUMNS)}.", file=file, line=1,
            column=missing[0],
        )  # fmt: skip
    rows = [_row(reader.line_num, row, file) for row in reader]
    if not rows:
        raise InputError("The overlay has no row.", hint="Leave --overlay out to run without a scheme.", file=file)
    return rows


def _row(line: int, row: Mapping[str, str | None], file: Path) -> _Row:
    record_id, week, label = ((row[name] or "").strip() for name in COLUMNS)
    if not week.isdecimal():
        raise InputError("A week is a whole number from 0.", file=file, line=line, column="week", value=week)
    return _Row(line, record_id, int(week), label)


def _refuse(
    rows: list[_Row], place: Mapping[str, int], world: World, severity: Mapping[str, float], file: Path
) -> None:
    """Refuse what cannot be laid over this history."""
    first_line: dict[str, int] = {}
    known = {"0", "1", *severity, *world.classes}
    for row in rows:
        if row.record_id not in place:
            raise InputError(
                "The history holds no such record.", hint="Name ids of the files given as --history.",
                file=file, line=row.line, column="record_id", value=row.record_id,
            )  # fmt: skip
        if row.record_id in first_line:
            raise InputError(
                f"The record stands in line {first_line[row.record_id]} already.", hint="One row a record.",
                file=file, line=row.line, column="record_id", value=row.record_id,
            )  # fmt: skip
        first_line[row.record_id] = row.line
        if row.label not in known:
            hint = UnknownName("label", row.label, known).hint
            raise InputError(
                "A label is 0, 1 or a harm class.", hint=hint, file=file, line=row.line, column="label", value=row.label
            )


def _said(rows: list[_Row], at: Places, world: World, labels: list[str], usual: str) -> list[str]:
    elsewhere = int(sum(world.week[place] != row.week for place, row in zip(at.tolist(), rows, strict=True)))
    told = [f"overlay: {len(rows)} records, weeks {int(world.week[at].min())} to {int(world.week[at].max())}"]
    if any(row.label == "1" for row in rows):
        told.append(f"overlay: label 1 stands for {usual}")
    if elsewhere:
        told.append(f"overlay: {elsewhere} rows name another week than their record's date, which holds")
    empty = labels.count("")
    if empty:
        told.append(f"overlay: {empty} rows say 0, nothing to be found; they are no part of the scheme")
    return told
