"""Looking at a file: which column feeds which field, by name and by content, the surest pairs first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError
from counterflow.intake.convert.assemble import column_of
from counterflow.intake.mapping.model import FieldRule
from counterflow.intake.mapping.targets import default_kind
from counterflow.intake.propose.names import LABEL_NAMES, NAMES, fold, likeness
from counterflow.intake.propose.profile import ColumnProfile, profile_column
from counterflow.intake.propose.proposal import CheckReads, Proposal, Proposed
from counterflow.intake.propose.written import write_toml
from counterflow.intake.readers import ReaderOptions, RowSource, find_format, open_source
from counterflow.intake.readers.rows import check_file

__all__ = ["BY_CONTENT", "first_rows", "propose_mapping"]

#: so begins the remark on a column that was taken without its name
BY_CONTENT = "taken because"

#: rows looked at
_SAMPLE = 20_000
#: least share of values that must be readable before a column is proposed by its name
_READABLE = 0.5
#: a column with at most so many different values, and no place of its own, is carried along as an attribute
_FEW = 60
#: from this share of different values on, a column can be the id of records: a few rows may have come twice
_NEARLY_ALL = 0.95
#: a column without a telling name holds days when this share of its different values are some
_MOSTLY_DAYS = 0.8
#: an id is one word: a column of which this share of values holds a blank is text
_MOSTLY_WORDS = 0.5


def propose_mapping(
    file: Path,
    *,
    name: str,
    options: ReaderOptions | None = None,
    checks: Sequence[CheckReads] = (),
    chosen: Mapping[str, str] | None = None,
) -> Proposal:
    """Look at the first rows of a file and propose a mapping.

    Args:
        file: CSV, XLSX, Parquet, NDJSON or EDIFACT.
        name: name of the mapping.
        options: how to read the file.
        checks: the checks that are installed, to tell which stay blind.
        chosen: a person's own choice, column to target, in place of what the names and values say.

    Raises:
        InputError: the file cannot be read or has no row.
    """
    options = replace(options or ReaderOptions(), batch_rows=_SAMPLE)
    check_file(file)
    form = options.format or find_format(file)
    if form == "edifact":
        raise InputError(
            "The columns of an EDIFACT message are places in it, not names to go by.",
            hint="Load it with --map cuscar; for another dialect copy that mapping and change the places.",
            file=file,
        )
    source = open_source(file, options)
    table = first_rows(source, file)
    columns = [profile_column(c, column_of(table, c)) for c in table.column_names]
    labels = tuple(c.name for c in columns if LABEL_NAMES.search(fold(c.name)))
    open_ones = [c for c in columns if c.name not in labels]
    fields = _choose(open_ones) if chosen is None else _as_chosen(open_ones, chosen)
    used = {p.column.name for p in fields}
    rest = [c for c in columns if c.name not in used and c.name not in labels]
    attributes = tuple(c.name for c in rest if 1 < c.distinct <= _FEW and c.rows > 2 * c.distinct)
    proposal = Proposal(
        name=name,
        file=file.name,
        rows=table.num_rows,
        fields=tuple(fields),
        labels=labels,
        attributes=attributes,
        left_out=tuple(c.name for c in rest if c.name not in attributes),
        checks=tuple(checks),
        columns=tuple(columns),
    )
    return replace(proposal, toml=write_toml(proposal, form, options))


def first_rows(source: RowSource, file: Path) -> pa.Table:
    """Return the first rows that can be taken apart.

    Raises:
        InputError: none can; it says what is wrong with the first, most often that the header stands further down.
    """
    fault = None
    for batch in source.batches():
        if batch.table.num_rows:
            return batch.table.slice(0, _SAMPLE)
        fault = fault or next(iter(batch.refused), None)
    raise InputError(
        f"No row of the file can be taken apart.{f' {fault.hint}' if fault else ''}",
        hint="Where lines stand above the header, say how many: --skip-lines N.",
        file=file,
        line=fault.line if fault else None,
    )


def _choose(columns: list[ColumnProfile]) -> list[Proposed]:
    """Give each field the column that fits best by name and content, the surest pairs first."""
    pairs: list[tuple[float, str, Proposed]] = []
    for column in columns:
        header = fold(column.name)
        for target in NAMES:
            alike = likeness(header, target)
            if alike > 0 and (made := _proposed(target, column)) is not None:
                pairs.append((alike * made.valid, target, made))
        if column.distinct and column.valid_share(FieldRule(target="item_id", columns=(), kind="s10")) > 0.9:
            rule = FieldRule(target="item_id", columns=(column.name,), kind="s10", on_invalid="keep")
            pairs.append((1.1, "item_id", Proposed(rule, column, 1.0, "S10 identifiers, by their check digits")))
    chosen: dict[str, Proposed] = {}
    taken: set[str] = set()
    for _, target, made in sorted(pairs, key=lambda p: (-p[0], p[1], p[2].column.name)):
        if target not in chosen and made.column.name not in taken:
            chosen[target] = made
            taken.add(made.column.name)
    _fall_back(chosen, columns, taken)
    return [chosen[target] for target in NAMES if target in chosen]


def _as_chosen(columns: list[ColumnProfile], chosen: Mapping[str, str]) -> list[Proposed]:
    """Return what a person chose, each read in the way in which most of its values can be."""
    by_name = {column.name: column for column in columns}
    made = {target: _read_as(target, by_name[name]) for name, target in chosen.items() if name in by_name}
    return [made[target] for target in [*NAMES, *sorted(set(made) - set(NAMES))] if target in made]


def _proposed(target: str, column: ColumnProfile) -> Proposed | None:
    made = _read_as(target, column)
    return made if made.valid >= _READABLE and column.filled else None


def _read_as(target: str, column: ColumnProfile) -> Proposed:
    """Return the rule by which most values of a column can be read as a field."""
    rule, valid, remark = column.best_rule(target, default_kind(target))
    if rule.kind == "mass":
        rule = replace(rule, unit=_unit_of(fold(column.name)))
    if target == "record_id" and column.distinct >= _NEARLY_ALL * column.filled:
        remark = remark or _twice(column)
    elif target == "record_id":
        remark = f"its values repeat ({column.filled:,} rows, {column.distinct:,} values): several rows a record?"
    return Proposed(rule, column, valid, remark)


def _fall_back(chosen: dict[str, Proposed], columns: list[ColumnProfile], taken: set[str]) -> None:
    """Find by content alone what matters most: an id is one word and (all but) unique, a day can be read as one.

    Where nothing is named as the goods, the column of texts with most words is taken for them.
    """
    free = [c for c in columns if c.name not in taken and c.filled == c.rows]
    single = [c for c in free if _could_be_id(c)]
    if "record_id" not in chosen and single:
        unique = max(single, key=lambda c: c.distinct)
        if unique.rows > 1 and unique.distinct >= _NEARLY_ALL * unique.rows:
            rule = FieldRule(target="record_id", columns=(unique.name,), kind="text")
            why = _twice(unique) or f"{BY_CONTENT} every value is different: CHECK"
            chosen["record_id"] = Proposed(rule, unique, 1.0, why)
            taken.add(unique.name)
    if "declared_on" not in chosen:
        for column in free:
            made = _proposed("declared_on", column) if column.name not in taken else None
            if made is not None and made.valid >= _MOSTLY_DAYS:
                why = "; ".join(w for w in (f"{BY_CONTENT} it holds days: CHECK", made.remark) if w)
                chosen["declared_on"] = replace(made, remark=why)
                taken.add(column.name)
                break
    wordy = [c for c in columns if c.name not in taken and c.distinct > 1 and _blanks(c) >= _MOSTLY_WORDS]
    if wordy and not chosen.keys() & {"goods.description", "goods.hs"}:
        column = max(wordy, key=_blanks)
        rule = FieldRule(target="goods.description", columns=(column.name,), kind="text")
        chosen["goods.description"] = Proposed(rule, column, 1.0, f"{BY_CONTENT} it holds words: CHECK")
        taken.add(column.name)


def _could_be_id(column: ColumnProfile) -> bool:
    """Whether a column without a telling name can be an id: one word, no day, and no number with decimals."""
    decimals = pc.mean(pc.match_substring_regex(column.values, r"^[-+]?\d+[.,]\d+$")).as_py() or 0.0
    if _blanks(column) >= _MOSTLY_WORDS or decimals >= _MOSTLY_WORDS:
        return False
    day = _read_as("declared_on", column)
    return not (day.valid >= _MOSTLY_DAYS and pc.any(pc.match_substring_regex(column.values, r"[-/.]")).as_py())


def _blanks(column: ColumnProfile) -> float:
    """Return the share of values that are words with blanks between them, and no day or number."""
    words = pc.match_substring_regex(column.values, r"^\s*\S+\s+\S*\pL")
    return float(pc.mean(words).as_py() or 0.0)


def _twice(column: ColumnProfile) -> str:
    more = column.filled - column.distinct
    return f"CHECK: {more:,} of its values came before; those rows would be refused as duplicates" if more else ""


def _unit_of(header: str) -> str:
    ending = header.rpartition("_")[2]
    return {"g": "g", "grams": "g", "gram": "g", "lb": "lb", "lbs": "lb", "oz": "oz", "t": "t"}.get(ending, "kg")
