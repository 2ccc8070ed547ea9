"""What the columns of an uploaded file hold: guessed from names and values, confirmed by a person, made a mapping.

The guess is shown column by column with values from the file. A day that can be read in two ways is asked about, not
guessed at. What a person confirms becomes a mapping like any other: it is kept with the load, and refused rows are
loaded again by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from counterflow.core.errors import InputError, UsageError, nearest
from counterflow.intake.mapping.model import Mapping
from counterflow.intake.mapping.parse import parse_mapping
from counterflow.intake.mapping.targets import CHOICES, TARGETS_OF, RecordTable, default_kind
from counterflow.intake.propose.choose import propose_mapping
from counterflow.intake.propose.first_look import KINDS_OF_ROWS, PARTY_COLUMNS, FirstLook, RowsOf, first_look
from counterflow.intake.propose.recognise import recognise
from counterflow.intake.readers import ReaderOptions

if TYPE_CHECKING:
    from counterflow.flow.uploads import Held
    from counterflow.intake.propose.profile import ColumnProfile
    from counterflow.intake.propose.proposal import Proposed

__all__ = ["Asked", "ColumnSeen", "Seen", "as_mapping", "choices_of_rows", "fields_of", "kind_named", "look_at"]

_SHOWN = 4
_LONGEST = 60
#: of consignments: what may hold for every row, where no column says it
FOR_ALL = ("kind", "direction", "departure", "destination", "currency")


@dataclass(frozen=True)
class Asked:
    """How a person wants a file to be read.

    Args:
        rows: what a row is; None takes what is likeliest.
        sheet: sheet of a workbook.
        skip_lines: lines above the header.
        encoding: text encoding, where it is not UTF-8.
        columns: column to field; None takes the guess. A column that is not named is left out.
        days: column to the format of its days.
        for_all: field to what it holds in every row.
        source: who the records come from.
    """

    rows: RowsOf | None = None
    sheet: str = ""
    skip_lines: int = 0
    encoding: str = ""
    columns: Dictionary[str, str] | None = None
    days: Dictionary[str, str] = field(default_factory=dict)
    for_all: Dictionary[str, str] = field(default_factory=dict)
    source: str = ""

    def options(self) -> ReaderOptions:
        """Return how the file is read."""
        return ReaderOptions(sheet=self.sheet or None, skip_lines=self.skip_lines, encoding=self.encoding or None)


@dataclass(frozen=True)
class ColumnSeen:
    """One column as it is shown to be confirmed.

    Args:
        name: its header.
        values: its first values.
        filled: share of rows that hold something.
        field: the field that it is taken for; empty for none.
        remark: what a person must look at.
        days: ways in which its days can be read that differ; more than one must be decided on.
        label: says what an inspection found: it is never loaded.
    """

    name: str
    values: tuple[str, ...]
    filled: float
    field: str
    remark: str = ""
    days: tuple[str, ...] = ()
    label: bool = False


@dataclass(frozen=True)
class Seen:
    """A file as it is shown to be confirmed.

    Args:
        rows: what a row is taken for.
        looked_at: rows looked at.
        columns: its columns.
        source: who the records seem to come from: the file's name.
        numbered: no column is an id; rows get a number.
        undated: no column is the day; every row gets this day.
    """

    rows: RowsOf
    looked_at: int
    columns: tuple[ColumnSeen, ...]
    source: str
    numbered: bool
    undated: bool


def choices_of_rows() -> Dictionary[RowsOf, str]:
    """Return what a row can be, with words for it."""
    return KINDS_OF_ROWS


def kind_named(text: str) -> RowsOf | None:
    """Return the kind of rows of this name; None for an empty one.

    Raises:
        UsageError: there is none.
    """
    if not text:
        return None
    if text not in KINDS_OF_ROWS:
        raise UsageError(f"A row is no {text!r}.", hint=f"One of {', '.join(KINDS_OF_ROWS)}.")
    return cast("RowsOf", text)


def fields_of(rows: RowsOf) -> tuple[str, ...]:
    """Return the fields that a column can feed."""
    return tuple(PARTY_COLUMNS) if rows == "party" else tuple(TARGETS_OF[cast("RecordTable", rows)])


def look_at(held: Held, asked: Asked) -> Seen:
    """Return what is guessed of a file, ready to be confirmed.

    Raises:
        InputError: it cannot be read as asked; the hint says what else to ask for.
    """
    options = asked.options()
    looked = _named(held, lambda: first_look(held.path, options))
    rows = asked.rows or looked.likely
    offer = looked.offers[rows] if asked.columns is None else _known_only(asked.columns, looked)
    remarks = _remarks(held, options, offer) if rows == "consignment" else {}
    columns = tuple(
        _seen(
            column, offer.get(column.name, ""), remarks.get(column.name, ""), rows, label=column.name in looked.labels
        )
        for column in looked.columns
    )
    fed = set(offer.values())
    return Seen(
        rows, looked.rows, columns, asked.source or source_from(held.name),
        numbered=rows == "consignment" and "record_id" not in fed,
        undated=rows == "consignment" and "declared_on" not in fed,
    )  # fmt: skip


def as_mapping(held: Held, asked: Asked, today: str) -> Mapping:
    """Return the mapping that a person's answers make.

    Args:
        held: the file.
        asked: what was confirmed; `rows` and `columns` are given.
        today: day that rows get where no column holds one, as YYYY-MM-DD.

    Raises:
        UsageError: an answer is missing, or two columns feed one field.
        InputError: the columns do not make a record.
    """
    if asked.rows is None or asked.columns is None or asked.rows == "party":
        raise UsageError("Say first what a row of the file is.", hint="Nothing was loaded.")
    chosen = {column: target for column, target in asked.columns.items() if target}
    _require_sound(chosen, fields_of(asked.rows))
    if asked.rows == "consignment":
        return _consignments(held, asked, chosen, today)
    return _of_orders(held, asked, chosen)


def source_from(name: str) -> str:
    """Return a plain name for whoever the records come from, made of a file's name.

    >>> source_from("Post parcels (May).csv")
    'Post-parcels-May'
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", name.partition(".")[0]).strip("-._")
    return plain[:64] or "upload"


# -- the guess --------------------------------------------------------------------------------------------------------


def _seen(column: ColumnProfile, target: str, remark: str, rows: RowsOf, *, label: bool) -> ColumnSeen:
    days = _days(column, target, rows)
    values = tuple(str(value)[:_LONGEST] for value in column.values.slice(0, _SHOWN).to_pylist())
    if label:
        remark = "It says what an inspection found: it is left out, so that nothing learns from its own answer."
    elif len(days) > 1 and remark.startswith("CHECK"):
        remark = "Its days can be read in more than one way: choose one."
    return ColumnSeen(column.name, values, column.filled_share, "" if label else target, remark, days, label)


def _days(column: ColumnProfile, target: str, rows: RowsOf) -> tuple[str, ...]:
    """Return the ways in which a column of days can be read; one where they all say the same."""
    if not target or rows == "party":
        return ()
    plain = re.sub(r"\.\d\.", ".", target)
    kind = default_kind(plain, cast("RecordTable", rows))
    if kind not in {"date", "instant"}:
        return ()
    return column.day_formats(target if rows == "consignment" else "declared_on", "date" if kind == "date" else kind)


def _remarks(held: Held, options: ReaderOptions, offer: Dictionary[str, str]) -> dict[str, str]:
    proposal = propose_mapping(held.path, name="first-look", options=options, chosen=offer)
    return {p.column.name: p.remark for p in proposal.fields if p.remark}


def _known_only(columns: Dictionary[str, str], looked: FirstLook) -> dict[str, str]:
    there = {column.name for column in looked.columns} - set(looked.labels)
    return {column: target for column, target in columns.items() if column in there and target}


_Given = TypeVar("_Given")


def _named(held: Held, look: Callable[[], _Given]) -> _Given:
    """Return what `look` gives; an error of reading names the file as its sender calls it, and no folder of ours."""
    try:
        return look()
    except InputError as error:
        if error.file is not None and Path(error.file).name == held.path.name:
            error.file = held.name
        raise


# -- the mapping ------------------------------------------------------------------------------------------------------


def _require_sound(chosen: Dictionary[str, str], fields: Sequence[str]) -> None:
    """Refuse fields that there are not, and two columns for one field."""
    fed: dict[str, str] = {}
    for column, target in chosen.items():
        plain = re.sub(r"\.\d\.", ".", target)
        if plain not in fields:
            close = nearest(target, fields)
            hint = f"Did you mean {close[0]!r}?" if close else ""
            raise UsageError(f"There is no field {target!r}.", hint=hint)
        if target in fed:
            raise UsageError(
                f"Two columns are read as {target}: {fed[target]!r} and {column!r}.",
                hint="Leave one of them out, or read it as something else.",
            )
        fed[target] = column


def _consignments(held: Held, asked: Asked, chosen: dict[str, str], today: str) -> Mapping:
    import tomlkit

    name = asked.source or source_from(held.name)
    proposal = propose_mapping(held.path, name=name, options=asked.options(), chosen=chosen)
    _require_decided(proposal.fields, asked)
    document = tomlkit.parse(proposal.toml)
    head = cast("dict[str, object]", document["mapping"])
    head["title"] = "Confirmed in the console"
    if "record_id" not in chosen.values():
        head["number_rows"] = True
    constants = cast("dict[str, object]", document["constants"])
    said = {target: value for target, value in asked.for_all.items() if value and target not in chosen.values()}
    for target, value in _checked_for_all(said).items():
        constants[target] = value
    if "declared_on" not in chosen.values():
        constants["declared_on"] = today
    text = tomlkit.dumps(document)
    made = parse_mapping(text, f"columns of {held.name}")
    formats = {column: asked.days[column] for column in chosen if asked.days.get(column)}
    return _with_days(made, formats, f"columns of {held.name}") if formats else made


def _require_decided(fields: Sequence[Proposed], asked: Asked) -> None:
    """Refuse days that can be read in two ways as long as nobody said which."""
    for proposed in fields:
        rule = proposed.rule
        if rule.kind not in {"date", "instant"} or asked.days.get(proposed.column.name):
            continue
        if proposed.remark.startswith("CHECK") and len(proposed.column.day_formats(rule.target, rule.kind)) > 1:
            raise UsageError(
                f"The days of {proposed.column.name!r} can be read in more than one way.",
                hint="Choose one beside the column; a wrong choice turns 3 April into 4 March.",
            )


def _checked_for_all(said: Dictionary[str, str]) -> dict[str, str]:
    from counterflow.reference.countries import country_in_words

    checked = {}
    for target, value in said.items():
        if target not in FOR_ALL:
            raise UsageError(f"{target} is asked for row by row.")
        if target in CHOICES and value not in CHOICES[target]:
            raise UsageError(f"{target} cannot be {value!r}.", hint=f"One of {', '.join(CHOICES[target])}.")
        if target in {"departure", "destination"}:
            code = country_in_words(value)
            if code is None:
                raise UsageError(f"There is no country {value!r}.", hint="Write its name or its two letters, as US.")
            checked[target] = code
        else:
            checked[target] = value.upper() if target == "currency" else value
    return checked


def _with_days(made: Mapping, formats: Dictionary[str, str], path: str) -> Mapping:
    """Return a mapping that reads the days of some columns in the way that a person said."""
    import tomlkit

    document = tomlkit.parse(made.text)
    for rule in made.fields:
        chosen = formats.get(rule.columns[0])
        if chosen is None or rule.kind not in {"date", "instant"}:
            continue
        place = cast("dict[str, object]", document["fields"])
        for part in rule.target.split("."):
            place = cast("dict[str, object]", place[part])
        if chosen == "iso":
            place.pop("format", None)
        else:
            place["format"] = [chosen]
    return parse_mapping(tomlkit.dumps(document), path)


def _of_orders(held: Held, asked: Asked, chosen: dict[str, str]) -> Mapping:
    table = cast("RecordTable", asked.rows)
    formats = {asked.days[column] for column in chosen if asked.days.get(column) and asked.days[column] != "iso"}
    if len(formats) > 1:
        raise UsageError(
            "Days of one file are read in one way.", hint="Choose the same format beside each column of days."
        )
    recognised = _named(
        held,
        lambda: recognise(
            held.path, table, date_format=next(iter(formats), None), options=asked.options(), chosen=chosen
        ),
    )
    return replace(recognised.mapping, path=f"columns of {held.name}")
