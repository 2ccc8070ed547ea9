"""How a table of counts is laid out: which columns are labels, which hold counts, and which cells are totals.

Wide tables have one column of counts per category beside one or more labels; long ones have labels and one column of
counts. "Total", "All" and the like are read as totals, and so is a row or column that is the sum of all others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from counterflow.account.publish.sheet import Row, Sheet, number_of
from counterflow.core.errors import InputError

__all__ = ["TOTAL", "Layout", "is_total", "layout_of"]

#: stands in a key where a cell is a total over that label
TOTAL = "\0total"
#: what a wide table's columns are called among the labels
COLUMN = "(column)"

_TOTAL_WORDS = re.compile(
    r"(grand |sub|overall |row |column )?totals?( .*)?|.+ totals?|all( .+)?|sum|overall|both( sexes| genders)?|any"
    r"|statewide|nationwide|(ins)?gesamt|summe|zusammen|ensemble|totale?s?|totaal|todos|razem|ogółem|suma"
    r"|итого|всего|toplam|合计|总计|合計|المجموع",
    re.IGNORECASE,
)
#: columns of figures made of counts, or that counts are divided by, by their name
_RATES = re.compile(
    r"(.* )?(pct|percent|percentage|share|rate|rates|ratio|population|pop|denominator|"
    r"per (100 ?k|1?0* ?,?000|capita)|prozent|anteil)( .*)?|.*%.*",
    re.IGNORECASE,
)
_LABELS = re.compile(
    r".*\b(year|years|month|week|day|date|quarter|period|fips|geoid|code|id|zip|zcta|zip ?code|postcode|area|age|"
    r"district|sector|precinct|ward|tract|hs|line)\b.*",
    re.IGNORECASE,
)
#: a share, an amount of money, or a number with its interval in brackets; a band such as 25-34 is a label
_FIGURE = re.compile(r"[($€£<>~≈± ]*-?[\d.,]+ ?(%|pct|percent|per .+|\(.*\d.*\)) ?\)?|[$€£] ?-?[\d.,]+", re.IGNORECASE)
#: words that stand where a count was withheld before
_WITHHELD = frozenset({"*", "**", "s", "x", "suppressed", "withheld", "n/a", "na", "-", "--", "..", ":", "c"})


@dataclass(frozen=True)
class Layout:
    """Where what stands.

    Args:
        labels: columns that say what is counted.
        counts: columns of counts; more than one: a wide table.
        left_out: columns of other numbers, which go out with no cell protected and are therefore left out.
        key_of: for each row, its labels, totals as `TOTAL`.
        column_of: for each column of counts its label, or `TOTAL`.
        said: what was taken for what, in words.
    """

    labels: tuple[str, ...]
    counts: tuple[str, ...]
    left_out: tuple[str, ...]
    key_of: tuple[tuple[str, ...], ...]
    column_of: tuple[str, ...]
    said: tuple[str, ...]

    @property
    def wide(self) -> bool:
        """Whether columns are categories of their own."""
        return len(self.counts) > 1


def is_total(label: str, words: Sequence[str] = ()) -> bool:
    """Return whether a label says that a row or column is a total.

    >>> is_total("Total"), is_total("All ages"), is_total("Alland"), is_total("Sum", ["Total"])
    (True, True, False, False)
    """
    bare = " ".join(label.split())
    if words:
        return bare.casefold() in {word.casefold() for word in words}
    return _TOTAL_WORDS.fullmatch(bare) is not None


def layout_of(
    sheet: Sheet, columns: Sequence[str] = (), totals: Sequence[str] = (), beside: Sequence[str] = (),
    *, whole: bool = True,
) -> Layout:  # fmt: skip
    """Return how a table is laid out.

    Args:
        sheet: the table.
        columns: columns of counts; found where not given.
        totals: labels that mean a total; the usual words where not given; "none": no label does.
        beside: columns of numbers that belong to cells without being cells (largest contributors): neither label nor
            count, left out.
        whole: whether counts are whole numbers; else a column of fractions may be one.

    Raises:
        UnknownName: no column of that name.
        InputError: no column of counts.
    """
    for name in (*columns, *beside):
        sheet.at(name)
    candidates = tuple(name for name in sheet.header if name not in beside and _is_counts(sheet, name))
    counts = tuple(name for name in sheet.header if name in columns) if columns else _plain(sheet, candidates, whole)
    if not counts:
        hint = "Name them: --columns deaths. A column of counts holds whole numbers."
        raise InputError("No column of counts was found.", file=sheet.file, hint=hint)
    candidates = tuple(name for name in candidates if name in counts or not _is_years(sheet, name))
    figures = {*beside, *(name for name in sheet.header if name in candidates or _is_figures(sheet, name))}
    left_out = tuple(name for name in sheet.header if name in figures and name not in counts)
    labels = tuple(name for name in sheet.header if name not in counts and name not in left_out)
    keys = [_key(sheet, row, labels, totals) for row in sheet.rows]
    own = [TOTAL if len(counts) > 1 and is_total(name, totals) else name for name in counts]
    said: list[str] = []
    if totals != ["none"]:
        _sum_column(sheet, counts, own, said)
        _sum_row(sheet, counts, keys, said)
        if not totals:
            _sum_labels(sheet, counts, labels, keys, said)
    return Layout(labels, counts, left_out, tuple(keys), tuple(own), tuple(said))


def _is_counts(sheet: Sheet, name: str) -> bool:
    """Whether a column holds numbers in at least half of the fields that say something, and is no label by its name."""
    spoken = [field for field in sheet.column(name) if field and field.casefold() not in _WITHHELD]
    numbers = [field for field in spoken if number_of(field) is not None]
    if not numbers or 2 * len(numbers) < len(spoken):
        return False
    whole = all(value == int(value) for field in numbers if (value := number_of(field)) is not None)
    padded = any(len(field) > 1 and field.startswith("0") and field.isdigit() for field in numbers)
    return not padded and not (whole and _LABELS.fullmatch(re.sub(r"[_\-.]", " ", name)))


def _plain(sheet: Sheet, candidates: tuple[str, ...], whole: bool) -> tuple[str, ...]:
    """Return the columns of counts without years and, where whole counts stand beside them, without rates."""
    kept = tuple(name for name in candidates if not _is_years(sheet, name)) or candidates
    rates = {
        name
        for name in kept
        if _RATES.fullmatch(re.sub(r"[_\-.]", " ", name)) or (whole and _mostly_parts(sheet, name))
    }
    return tuple(name for name in kept if name not in rates) or kept


def _is_years(sheet: Sheet, name: str) -> bool:
    """Whether every field is a year written as four digits: a label, whatever the column is called."""
    fields = sheet.column(name)
    years = [field for field in fields if re.fullmatch(r"(19|20)\d\d", field)]
    return len(fields) > 2 and all(field in years or is_total(field) or not field for field in fields) and bool(years)


def _mostly_parts(sheet: Sheet, name: str) -> bool:
    """Whether at least half of a column's numbers other than zero are no whole ones."""
    numbers = [value for field in sheet.column(name) if (value := number_of(field))]
    return bool(numbers) and 2 * sum(value != int(value) for value in numbers) >= len(numbers)


def _is_figures(sheet: Sheet, name: str) -> bool:
    """Whether a column holds shares, money or intervals: numbers made of counts, which could give a count away."""
    spoken = [field for field in sheet.column(name) if field and field.casefold() not in _WITHHELD]
    return bool(spoken) and 2 * sum(_FIGURE.fullmatch(field) is not None for field in spoken) >= len(spoken)


def _key(sheet: Sheet, row: Row, labels: tuple[str, ...], totals: Sequence[str]) -> tuple[str, ...]:
    """Return the labels of a row; in a row of a total an empty label is a total too."""
    fields = [row.fields[sheet.at(name)] for name in labels]
    if not labels:
        return (f"line {row.line}",)
    marked = [TOTAL if is_total(field, totals) else field for field in fields]
    if TOTAL in marked:
        marked = [field or TOTAL for field in marked]
    return tuple(marked)


def _sum_column(sheet: Sheet, counts: tuple[str, ...], own: list[str], said: list[str]) -> None:
    """Take a column that is the sum of all others in every row for their total."""
    if TOTAL in own or len(counts) < 3 or len(sheet.rows) < 2:
        return
    numbers = [[number_of(field) for field in sheet.column(name)] for name in counts]
    if any(value is None for column in numbers for value in column):
        return
    for at, name in enumerate(counts):
        rows = zip(*numbers, strict=True)
        if all(2 * (row[at] or 0.0) == sum(value or 0.0 for value in row) for row in rows) and any(numbers[at]):
            own[at] = TOTAL
            said.append(f"Column {name!r} is the sum of the others in every row: taken as their total.")
            return


def _sum_row(sheet: Sheet, counts: tuple[str, ...], keys: list[tuple[str, ...]], said: list[str]) -> None:
    """Take the first or the last row for a total where it is the sum of all others in every column of counts."""
    if len(sheet.rows) < 3 or any(TOTAL in key for key in keys):
        return
    numbers = [[number_of(field) for field in sheet.column(name)] for name in counts]
    if any(value is None for column in numbers for value in column) or not any(map(any, numbers)):
        return
    for at in (len(sheet.rows) - 1, 0):
        if all(2 * (column[at] or 0.0) == sum(value or 0.0 for value in column) for column in numbers):
            keys[at] = (TOTAL,) * len(keys[at])
            line = sheet.rows[at].line
            said.append(f"Line {line} is the sum of the other rows in every column: taken as their total.")
            return


def _sum_labels(
    sheet: Sheet, counts: tuple[str, ...], labels: tuple[str, ...], keys: list[tuple[str, ...]], said: list[str]
) -> None:
    """Take a label that is the sum of the others beside it, wherever both stand, for their total."""
    numbers = [[number_of(field) for field in sheet.column(name)] for name in counts]
    if any(value is None for column in numbers for value in column):
        return
    for label, name in enumerate(labels):
        if any(key[label] == TOTAL for key in keys):
            continue
        groups: dict[tuple[str, ...], dict[str, int]] = {}
        for row, key in enumerate(keys):
            groups.setdefault((*key[:label], *key[label + 1 :]), {})[key[label]] = row
        sums = [[sum(column[row] or 0.0 for row in group.values()) for column in numbers] for group in groups.values()]
        for value in dict.fromkeys(key[label] for key in keys):
            held = 0
            for group, together in zip(groups.values(), sums, strict=True):
                if value not in group:
                    continue
                for column, all_of in zip(numbers, together, strict=True):
                    own = column[group[value]] or 0.0
                    held = held + (own > 0 and len(group) > 2) if 2 * own == all_of else -(10**9)
            if held >= 3:
                for row, key in enumerate(keys):
                    if key[label] == value:
                        keys[row] = (*key[:label], TOTAL, *key[label + 1 :])
                said.append(f"{value!r} in column {name!r} is the sum of the others: taken as their total.")
                break
