"""Files of counts: one row per place, period and subject, or one column of counts per subject or place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.watch.series.csv_text import CsvText
from counterflow.watch.series.form_counts_whole import places_of, rolling_words, with_wholes
from counterflow.watch.series.mapping import CountMapping
from counterflow.watch.series.periods import ends_of, grain_of, starts_of
from counterflow.watch.series.reader import COUNTS, Options, Read, table_for
from counterflow.watch.series.rows import Block, Refusals, blocks
from counterflow.watch.series.subject_words import subject
from counterflow.watch.series.words_parsed import EMPTY, WITHHELD, count_of, day_of, fault_of, joined, period_of

__all__ = ["read_counts"]

Days = npt.NDArray[np.datetime64]
_NONE = np.datetime64("NaT", "D")
_PARTS = ("week", "month", "quarter")
_PLAIN = ("source", "place", "level", "measure", "definition")
_OPTIONAL = ("subject", "as_of", "looked_for", "suppressed", "complete", "predicted", "within", "basis", "ends")
_NO = ("false", "no", "0", "n")
_LEVELS = ("nation", "region", "state", "county", "subcounty", "site")


@dataclass(frozen=True)
class _Columns:
    """The file's own names: `names` by what we call them, the columns of counts, and how a period is written."""

    names: Mapping[str, str]
    counts: tuple[str, ...]
    year: str | None
    part: str


def read_counts(text: CsvText, mapping: CountMapping, options: Options) -> Read:
    """Read a file of counts.

    Raises:
        InputError: a column is missing, no row is usable, or the counts are sums over the last twelve months.
    """
    columns = _columns(text, mapping)
    wanted = list(dict.fromkeys([*columns.names.values(), *columns.counts, *([columns.year] if columns.year else [])]))
    refusals, parts, n, empty = Refusals(quiet=False), [], 0, 0
    for block in blocks(text, wanted, refusals):
        n += block.n
        made, gaps = _block(block, columns, mapping, options, refusals)
        parts.append(made)
        empty += gaps
    table = pa.concat_tables(parts) if parts else None
    if table is not None and table.num_rows:
        table = _without_twice(table, columns, refusals)
    refused = refusals.listed(len(text.header))
    if table is None or not table.num_rows:
        first = f" ({refused[0].reason} in line {refused[0].line}: {refused[0].hint})" if refused else ""
        text.fail(f"No row could be taken{first}.", hint="Look at the mapping.")
    counts, said = _finished(text, table, mapping, options)
    if empty:
        said.append(f"{empty} cells are empty: unknown, not zero; nothing is kept for them.")
    both = table.select(["place", "within"]).group_by(["place", "within"]).aggregate([]).to_pylist()
    source = str(counts.column("source")[0].as_py())
    places, several = places_of(source, ((str(row["place"]), str(row["within"])) for row in both))
    return Read(n + len(refusals.ragged), counts, places=places, refused=refused, said=(*said, *several))


def _columns(text: CsvText, mapping: CountMapping) -> _Columns:
    names: dict[str, str] = {}
    part = next((name for name in _PARTS if text.column(name)), "")
    given = "period" in mapping.columns
    year = text.column(mapping.columns.get("year", "year")) if part or "year" in mapping.columns else None
    if year and not given and part:
        names["period"] = str(text.column(part))
    else:
        year = year if "year" in mapping.columns else None
        names["period"] = text.need(*mapping.named("period"))
    for name in (*_PLAIN, *_OPTIONAL):
        own = text.need(*mapping.named(name)) if name in mapping.columns else text.column(*mapping.named(name))
        if own and own not in names.values():
            names[name] = own
    if mapping.wide:
        names.pop(mapping.wide, None)
        taken = {*names.values(), *([year] if year else [])}
        counts = tuple(name for name in text.header if name not in taken)
        if not counts:
            text.fail(
                "It has no column of counts.", hint=f"wide = {mapping.wide!r} needs one per {mapping.wide}.", line=1
            )
    else:
        counts = (text.need(*mapping.named("count")),)
    return _Columns(names, counts, year, part or mapping.grain)


def _block(
    block: Block, columns: _Columns, mapping: CountMapping, options: Options, refusals: Refusals
) -> tuple[pa.Table, int]:
    """Return the counts of a block and how many cells are empty."""
    names, fixed = columns.names, {}
    days, shown = _periods(block, columns, mapping)
    refusals.refuse(block, np.isnat(days), names["period"], "no-period",
                    "Write a day as 2024-01-31, a week as 2024-W05, a month as 2024-01.")  # fmt: skip
    for name in _PLAIN:
        fixed[name] = _words(block, names.get(name), str(getattr(mapping, name)))
    level = names.get("level")
    if level:
        refusals.refuse(block, ~np.isin(fixed["level"], _LEVELS), level, "no-level", f"One of {', '.join(_LEVELS)}.")
    if "basis" in names:
        basis = _words(block, names["basis"], "")
        fixed["definition"] = np.array(
            [f"{d}; by {b}" if b else d for d, b in zip(fixed["definition"], basis, strict=True)], object
        )
    as_of = _as_of(block, columns, mapping, options, refusals)
    refusals.refuse(block, as_of < days, names.get("as_of", names["period"]), "counted-before-it-began",
                    "A count is of days gone by; say as of which day it stood (--as-of).")  # fmt: skip
    fixed |= {"subject": _words(block, names.get("subject"), mapping.subject, mapping), "days": days, "shown": shown,
              "as_of": as_of, "within": _words(block, names.get("within"), "")}  # fmt: skip
    fixed |= {
        "looked_for": ~_said_no(block, names.get("looked_for")),
        "withheld": _said_yes(block, names.get("suppressed")),
    }
    for name in ("complete", "predicted"):
        fixed[name] = _share(block, names.get(name), refusals)
    made, gaps = [], 0
    for column in columns.counts:
        part, none = _counts(block, column, dict(fixed), mapping, refusals)
        gaps += none
        made.append(part)
    good = refusals.good(block)
    kept = [part.filter(pa.array(good[np.asarray(part.column("row").to_numpy()) - block.first])) for part in made]
    return pa.concat_tables(kept), gaps


def _counts(
    block: Block, column: str, fixed: dict[str, npt.NDArray[Any]], mapping: CountMapping, refusals: Refusals
) -> tuple[pa.Table, int]:
    """Return one column of counts as rows."""
    counts = block.columns[column].each(lambda word: count_of(word, mapping.withheld), "float64")
    for code in np.unique(counts[counts < WITHHELD]):
        refusals.refuse(block, counts == code, column, *fault_of(float(code)))
    looked, empty = fixed["looked_for"], counts == EMPTY
    withheld = (counts == WITHHELD) | fixed["withheld"] | (empty & looked & (mapping.empty == "suppressed"))
    if mapping.empty == "zero":
        counts, empty = np.where(empty, 0.0, counts), np.zeros(block.n, bool)
    unknown = empty & looked & ~withheld
    if mapping.wide:
        word = subject(column, mapping.subjects) if mapping.wide == "subject" else column
        fixed[mapping.wide] = np.full(block.n, word, object)
        since = mapping.since.get(word)
        if since is not None:
            looked = looked & (fixed["days"] >= np.datetime64(since, "D"))
    keep = ~unknown
    number = np.where(withheld | ~looked | (counts < 0), np.nan, counts)
    columns = {**fixed, "looked_for": looked, "withheld": withheld & looked, "count": number,
               "row": np.arange(block.first, block.first + block.n)}  # fmt: skip
    table = pa.table({name: pa.array(values[keep], from_pandas=name == "count") for name, values in columns.items()})
    return table, int(unknown.sum())


def _periods(block: Block, columns: _Columns, mapping: CountMapping) -> tuple[Days, npt.NDArray[np.object_]]:
    """Return first days, and the grain that each word shows."""
    own = block.columns[columns.names["period"]]
    if columns.year is None:
        pairs = own.objects(lambda word: period_of(word, mapping) or (_NONE, ""))
    else:
        years = block.columns[columns.year]
        both = years.codes * len(own.words) + own.codes
        unique, place = np.unique(both, return_inverse=True)
        parsed = np.empty(len(unique), object)
        for number, code in enumerate(unique.tolist()):
            year, part = years.words[code // len(own.words)], own.words[code % len(own.words)]
            parsed[number] = period_of(joined(year, part, columns.part), mapping) or (_NONE, "")
        pairs = parsed[place]
    days = np.array([day for day, _ in pairs], "datetime64[D]")
    return days, np.array([grain for _, grain in pairs], object)


def _as_of(block: Block, columns: _Columns, mapping: CountMapping, options: Options, refusals: Refusals) -> Days:
    name = columns.names.get("as_of")
    if name is None:
        return np.full(block.n, np.datetime64(options.as_of or mapping.as_of or options.today, "D"))

    def parse(word: str) -> np.datetime64:
        day = day_of(word, mapping.date_format)
        return _NONE if day is None else np.datetime64(day, "D")

    days = block.columns[name].each(parse, "datetime64[D]")
    refusals.refuse(block, np.isnat(days), name, "no-day", "Write YYYY-MM-DD, or give date_format.")
    return days


def _words(block: Block, column: str | None, otherwise: str, renamed: CountMapping | None = None) -> npt.NDArray[Any]:
    if column is None:
        return np.full(block.n, otherwise, object)
    own = block.columns[column]
    return own.objects() if renamed is None else own.objects(lambda word: subject(word, renamed.subjects))


def _said_no(block: Block, column: str | None) -> npt.NDArray[np.bool_]:
    if column is None:
        return np.zeros(block.n, bool)
    return block.columns[column].each(lambda word: word.casefold() in _NO, "bool")


def _said_yes(block: Block, column: str | None) -> npt.NDArray[np.bool_]:
    if column is None:
        return np.zeros(block.n, bool)
    return block.columns[column].each(lambda word: word.casefold() in ("true", "yes", "1", "y"), "bool")


def _share(block: Block, column: str | None, refusals: Refusals) -> npt.NDArray[np.float64]:
    if column is None:
        return np.full(block.n, np.nan)

    def parse(word: str) -> float:
        try:
            return float(word) if word else np.nan
        except ValueError:
            return -1.0

    values = block.columns[column].each(parse, "float64")
    refusals.refuse(block, values < 0, column, "no-number", "Write a number from 0.")
    return values


def _without_twice(table: pa.Table, columns: _Columns, refusals: Refusals) -> pa.Table:
    """Refuse a cell said a second time as of the same day: nobody could say which stands."""
    code = np.zeros(table.num_rows, np.int64)
    for name in ("source", "place", "level", "measure", "definition", "subject", "days", "shown", "as_of"):
        coded = table.column(name).combine_chunks().dictionary_encode()
        _, code = np.unique(code * len(coded.dictionary) + np.asarray(coded.indices, np.int64), return_inverse=True)
    _, first = np.unique(code, return_index=True)
    again = np.ones(table.num_rows, bool)
    again[first] = False
    if not again.any():
        return table
    rows = np.asarray(table.column("row").to_numpy())
    hint = "One count per place, period and subject as of a day; add them up, or keep one."
    for row in np.unique(rows[again]).tolist():
        refusals.found.setdefault(row, (columns.names["period"], "", "twice", hint))
    return table.filter(pa.array(~np.isin(rows, rows[again])))


def _finished(text: CsvText, table: pa.Table, mapping: CountMapping, options: Options) -> tuple[pa.Table, list[str]]:
    """Return rows of `series_count`, and what is said."""
    days = np.asarray(table.column("days").to_numpy(), "datetime64[D]")
    shown = {str(grain) for grain in table.column("shown").unique().to_pylist()} - {""}
    if len(shown) > 1:
        text.fail(f"Periods by {' and by '.join(sorted(shown))} stand together.", hint="Split the file.")
    grain = mapping.grain or (shown.pop() if shown else grain_of(days))
    said = [] if mapping.grain else [f"Counts by {grain}, as the periods follow each other."]
    if grain == "12-months":
        starts = starts_of(days, "month")
        ends = ends_of(starts, "month")
        starts = (starts.astype("datetime64[M]") - np.timedelta64(11, "M")).astype("datetime64[D]")
    else:
        own = grain == "week" and len(np.unique(days.astype(np.int64) % 7)) == 1
        starts = days if own else starts_of(days, grain, week=mapping.week)
        ends = ends_of(starts, grain)
    columns = {name: table.column(name) for name in (*_PLAIN, "subject", "count", "looked_for", "complete", "predicted",
                                                     "as_of", "within")}  # fmt: skip
    columns |= {"suppressed": table.column("withheld"), "starts": pa.array(starts), "ends": pa.array(ends)}
    for name in ("complete", "predicted"):
        columns[name] = pa.array(np.asarray(columns[name].to_numpy(), np.float64), from_pandas=True)
    source = options.source or (None if set(columns["source"].unique().to_pylist()) - {""} else "counts")
    made = table_for(COUNTS, table.num_rows, columns | {"grain": grain} | ({"source": source} if source else {}))
    if not mapping.plain and (why := rolling_words(made, grain)):
        hint = "Each event stands in a year of such sums. Load them as grain = '12-months', which no alarm takes for "
        hint += "counts by period; or plain = true in the mapping, where somebody looked and they are counts."
        raise InputError(why, file=text.path.name, hint=hint)
    made, told = with_wholes(made, table.column("within"), mapping)
    return made, said + told
