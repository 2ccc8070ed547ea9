"""Files of events and of deaths, one row each: they are counted while they are read, and no row is kept.

Only the columns that the mapping names are read. What leaves this module are numbers per place, period and subject;
of a refused row its line and the reason. A substance is counted by flag and by free text apart, as two definitions, and
every event once under `all`. A period is counted only where the file covers the whole of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.refused import Refused
from counterflow.watch.series.csv_text import CsvText
from counterflow.watch.series.event_panel import Flags, began
from counterflow.watch.series.form_counts_whole import places_of
from counterflow.watch.series.mapping import CountMapping
from counterflow.watch.series.periods import between, ends_of, starts_of
from counterflow.watch.series.reader import COUNTS, Options, Read, table_for
from counterflow.watch.series.rows import Block, Refusals, Words, blocks
from counterflow.watch.series.subject_words import FEWEST_EVENTS, OTHER, rare_words, subject, subjects_in
from counterflow.watch.series.words_parsed import day_of

__all__ = ["read_events"]

Days = npt.NDArray[np.datetime64]
_NONE = np.datetime64("NaT", "D")
_KEY = ("place", "wholes", "day", "basis", "subject", "way")


@dataclass
class _Tally:
    """Numbers so far, by place, day, basis and subject."""

    parts: list[pa.Table] = field(default_factory=list)
    first: Days = field(default_factory=lambda: np.array([], "datetime64[D]"))
    flags: Flags = field(default_factory=Flags)

    def add(self, columns: Mapping[str, object], number: int) -> None:
        table = pa.table({name: columns[name] for name in _KEY})
        self.parts.append(table.append_column("n", pa.repeat(1, number)).group_by(_KEY, use_threads=False)
                          .aggregate([("n", "sum")]).rename_columns([*_KEY, "n"]))  # fmt: skip
        if len(self.parts) > 50:
            self.parts = [self.whole()]

    def whole(self) -> pa.Table:
        """Return the numbers, one row per key."""
        together = pa.concat_tables(self.parts)
        return together.group_by(_KEY, use_threads=False).aggregate([("n", "sum")]).rename_columns([*_KEY, "n"])


def read_events(text: CsvText, mapping: CountMapping, options: Options) -> Read:
    """Count a file of events.

    Raises:
        InputError: a column is missing, or no whole period is covered.
    """
    columns = _columns(text, mapping)
    wanted = [*dict.fromkeys([*columns.values(), *_own(text, mapping)])]
    refusals, tally, n = Refusals(quiet=True), _Tally(), 0
    latest = options.as_of or options.today
    for block in blocks(text, wanted, refusals):
        n += block.n
        _count(block, columns, mapping, latest, refusals, tally)
    refused = refusals.listed(len(text.header))
    if not tally.parts:
        text.fail("No row could be counted.", hint='Look at the format of the days: date_format = "%m/%d/%Y".',
                  column=columns["date"])  # fmt: skip
    return _read(text, mapping, options, tally, n + len(refusals.ragged), refused)


def _columns(text: CsvText, mapping: CountMapping) -> dict[str, str]:
    found = {"date": text.need(*mapping.named("date"))}
    for name in ("place", "subject", "within", "basis"):
        own = text.need(*mapping.named(name)) if name in mapping.columns else text.column(*mapping.named(name))
        if own:
            found[name] = own
    return found


def _own(text: CsvText, mapping: CountMapping) -> list[str]:
    return [text.need(name) for name in (*mapping.flags, *mapping.text)]


def _count(
    block: Block, columns: Mapping[str, str], mapping: CountMapping, latest: dt.date, refusals: Refusals, tally: _Tally
) -> None:
    days = _days(block.columns[columns["date"]], mapping)
    refusals.refuse(block, np.isnat(days), columns["date"], "no-day", "Write YYYY-MM-DD, or give date_format.")
    refusals.refuse(block, days > np.datetime64(latest), columns["date"], "in-the-future", "Mend the day.")
    places = _words(block, columns.get("place"), mapping.place)
    if "place" in columns:
        refusals.refuse(block, places == "", columns["place"], "no-place", "Say where, or write unknown.")
    good = refusals.good(block)
    tally.first = np.unique(np.concatenate([tally.first, days[good]]))
    wholes, basis = (_words(block, columns.get(name), "") for name in ("within", "basis"))
    for way, rows, names in _said(block, columns, mapping, good, tally.flags, days):
        if len(rows):
            keyed = {"place": places[rows], "wholes": wholes[rows], "day": days[rows], "basis": basis[rows]}
            own = {name: pa.array(values) for name, values in keyed.items()}
            tally.add({**own, "subject": pa.array(names, pa.string()), "way": pa.repeat(way, len(rows))}, len(rows))


def _said(block: Block, columns: Mapping[str, str], mapping: CountMapping, good: npt.NDArray[np.bool_], flags: Flags,
          days: Days) -> list[tuple[str, npt.NDArray[np.int64], list[str]]]:  # fmt: skip
    """Return for each way of saying what was involved the rows that say it, and what."""
    every = np.flatnonzero(good)
    said = [("all", every, ["all"] * len(every))]
    if "subject" in columns:
        words = block.columns[columns["subject"]].objects(lambda word: subject(word, mapping.subjects))
        # `all` counts every event once already.
        rows = np.flatnonzero(good & (words != "all"))
        said.append(("column", rows, words[rows].tolist()))
    for column, name in mapping.flags.items():
        own = block.columns[_spelled(block, column)]
        yes = own.each(lambda word: word.casefold() in mapping.yes, "bool") & good
        flags.saw(name, days[good], yes[good], own.each(lambda word: word != "", "bool")[good])
        rows = np.flatnonzero(yes)
        said.append(("flags", rows, [name] * len(rows)))
    if mapping.text:
        said.append(("text", *_in_text(block, mapping, good)))
    return said


def _in_text(
    block: Block, mapping: CountMapping, good: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Return the rows whose texts name a substance, and which; each pair once."""
    pairs: set[tuple[int, str]] = set()
    for column in mapping.text:
        own = block.columns[_spelled(block, column)]
        at, names = subjects_in(own.words)
        by_code: dict[int, list[str]] = {}
        for code, name in zip(at.tolist(), names, strict=True):
            by_code.setdefault(code, []).append(name)
        for row in np.flatnonzero(good & np.isin(own.codes, at)).tolist():
            pairs.update((row, name) for name in by_code[int(own.codes[row])])
    ordered = sorted(pairs)
    return np.array([row for row, _ in ordered], np.int64), [name for _, name in ordered]


def _spelled(block: Block, column: str) -> str:
    return next(name for name in block.columns if name.casefold() == column.casefold())


def _words(block: Block, column: str | None, otherwise: str) -> npt.NDArray[np.object_]:
    if column is None:
        return np.full(block.n, otherwise, object)
    return block.columns[column].objects()


def _days(words: Words, mapping: CountMapping) -> Days:
    def parse(word: str) -> np.datetime64:
        day = day_of(word, mapping.date_format)
        return _NONE if day is None else np.datetime64(day, "D")

    return words.each(parse, "datetime64[D]")


def _read(
    text: CsvText, mapping: CountMapping, options: Options, tally: _Tally, rows: int, refused: tuple[Refused, ...]
) -> Read:
    grain = mapping.grain or "week"
    table, folded = _without_rare_words(tally.whole(), mapping)
    calendar, said = _covered(text, mapping, tally, grain)
    said += folded
    days = np.asarray(table.column("day").to_numpy(), "datetime64[D]")
    starts = starts_of(days, grain, week=mapping.week)
    inside = (starts >= calendar[0]) & (starts <= calendar[-1])
    every = np.asarray(table.column("way").to_numpy(zero_copy_only=False) == "all", bool)
    numbers = np.asarray(table.column("n").to_numpy(), np.float64)
    outside = int(numbers[every & ~inside].sum())
    if outside:
        said.append(f"{outside} events lie in periods that the file does not cover whole; they are not counted.")
    kept = table.append_column("starts", pa.array(starts)).filter(pa.array(inside))
    counts, panel, told = began(kept, calendar, mapping, options, tally.flags, grain)
    said += told
    ends = ends_of(np.asarray(counts.column("starts").to_numpy(), "datetime64[D]"), grain)
    as_of = options.as_of or mapping.as_of or options.today
    source = options.source or mapping.source or "events"
    level = np.where(
        np.asarray(counts.column("whole").to_numpy(zero_copy_only=False), bool), mapping.within_level, mapping.level
    )
    looked = np.asarray(counts.column("looked_for").to_numpy(zero_copy_only=False), bool)
    number = np.where(looked, np.asarray(counts.column("n").to_numpy(), np.float64), np.nan)
    made = table_for(COUNTS, counts.num_rows, {
        "source": source, "place": counts.column("place"),
        "level": level.tolist(),
        "measure": mapping.measure, "subject": counts.column("subject"), "definition": counts.column("definition"),
        "grain": grain, "starts": counts.column("starts"), "ends": pa.array(ends),
        "count": pa.array(number, from_pandas=True),
        "suppressed": False, "looked_for": pa.array(looked), "as_of": as_of,
    })  # fmt: skip
    both = kept.group_by(["place", "wholes"]).aggregate([]).to_pylist()
    places, several = places_of(source, ((str(row["place"]), str(row["wholes"])) for row in both))
    return Read(rows, made, panel=panel, places=places, refused=refused, said=(*said, *several))


def _without_rare_words(table: pa.Table, mapping: CountMapping) -> tuple[pa.Table, list[str]]:
    """Return the numbers with words that few rows hold counted as `other`, and what is to be said of it."""
    words = table.filter(pc.equal(table.column("way"), "column"))
    sums = words.group_by("subject").aggregate([("n", "sum")]).to_pydict()
    rare = rare_words(dict(zip(sums["subject"], sums["n_sum"], strict=True)), mapping.subjects)
    if not rare:
        return table, []
    in_column = pc.and_(pc.equal(table.column("way"), "column"), pc.is_in(table.column("subject"), pa.array(rare)))
    place = table.column_names.index("subject")
    folded = table.set_column(place, "subject", pc.if_else(in_column, OTHER, table.column("subject")))
    both = folded.group_by(_KEY, use_threads=False).aggregate([("n", "sum")]).rename_columns([*_KEY, "n"])
    said = f"{len(rare)} words for what was involved stand in fewer than {FEWEST_EVENTS} rows each and are no known"
    said += f" substance: counted as {OTHER}. Name them under [subjects] to keep them."
    return both, [said]


def _covered(text: CsvText, mapping: CountMapping, tally: _Tally, grain: str) -> tuple[Days, list[str]]:
    """Return the first days of the periods that the file covers whole.

    Where the mapping does not say from and to which day it is whole, the first and last events' days are taken.
    """
    first = np.datetime64(mapping.covers_from or tally.first[0], "D")
    last = np.datetime64(mapping.covers_to or tally.first[-1], "D")
    edges = starts_of([first, last], grain, week=mapping.week)
    calendar = between(edges[0], edges[1], grain)
    calendar = calendar[(calendar >= first) & (ends_of(calendar, grain) <= last)]
    if not len(calendar):
        text.fail(f"It covers no whole {grain}.", hint="Count by a shorter grain, or say covers_from and covers_to.")
    said = [f"Taken as whole from {first} to {last}: {len(calendar)} {grain}s."]
    if mapping.covers_from is None or mapping.covers_to is None:
        said.append("The mapping does not say which days the file covers (covers_from, covers_to): the first and last"
                    " event's days are taken.")  # fmt: skip
    return calendar, said
