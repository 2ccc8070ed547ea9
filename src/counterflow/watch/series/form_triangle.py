"""Reporting triangles and line lists: from (event date, report date) to what was known of each period on each day.

A line list is one row per event; it is counted while it is read, as an event file is. A triangle is counts already.
Both become totals known so far, one row per period and day on which the total changed: vintages.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.refused import Refused
from counterflow.watch.series.csv_text import CsvText
from counterflow.watch.series.form_counts_whole import places_of
from counterflow.watch.series.mapping import CountMapping
from counterflow.watch.series.periods import between, starts_of
from counterflow.watch.series.reader import COUNTS, Options, Read, table_for
from counterflow.watch.series.rows import Block, Refusals, Words, blocks
from counterflow.watch.series.subject_words import OTHER, rare_words, subject
from counterflow.watch.series.words_parsed import EMPTY, WITHHELD, count_of, day_of, fault_of

__all__ = ["read_triangle"]

Days = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]
_NONE = np.datetime64("NaT", "D")
_KEY = ("place", "whole", "within", "subject", "measure", "reference", "report")
_LONGEST_DELAY = 3660


@dataclass(frozen=True)
class _Columns:
    names: Mapping[str, str]
    delay: bool


def read_triangle(text: CsvText, mapping: CountMapping, options: Options) -> Read:
    """Read a triangle or a line list.

    Raises:
        InputError: a column is missing, or no row is usable.
    """
    columns = _columns(text, mapping)
    refusals, parts, n = Refusals(quiet=mapping.form == "line-list"), [], 0
    latest = options.as_of or options.today
    for block in blocks(text, list(dict.fromkeys(columns.names.values())), refusals):
        n += block.n
        parts.append(_tallied(block, columns, mapping, latest, refusals))
    refused = refusals.listed(len(text.header))
    table = pa.concat_tables(parts) if parts else None
    if table is None or not table.num_rows:
        text.fail("No row could be counted.", hint="Look at the format of the days: date_format = '%m/%d/%Y'.")
    table = _summed(table)
    if mapping.form == "triangle":
        _refuse_several(text, columns, table)
    else:
        table = _without_rare_words(table, mapping)
    return _read(table, mapping, options, n + len(refusals.ragged), refused)


def _summed(table: pa.Table) -> pa.Table:
    """Return one row per key with its number and the rows of the file behind it."""
    both = table.group_by(_KEY, use_threads=False).aggregate([("n", "sum"), ("rows", "sum")])
    return both.rename_columns([*_KEY, "n", "rows"])


def _without_rare_words(table: pa.Table, mapping: CountMapping) -> pa.Table:
    """Return the numbers of a line list with words that few rows hold counted as `other`."""
    sums = table.filter(pc.invert(table.column("whole"))).group_by("subject").aggregate([("n", "sum")]).to_pydict()
    kept = {"": mapping.subject, **mapping.subjects}
    rare = rare_words(dict(zip(sums["subject"], sums["n_sum"], strict=True)), kept)
    if not rare:
        return table
    own = table.column("subject")
    folded = pc.if_else(pc.is_in(own, pa.array(rare)), OTHER, own)
    return _summed(table.set_column(table.column_names.index("subject"), "subject", folded))


def _refuse_several(text: CsvText, columns: _Columns, table: pa.Table) -> None:
    """Refuse several counts of one place, period and report: a total may stand among its parts."""
    own = table.filter(pc.invert(table.column("whole")))
    twice = own.filter(pc.greater(own.column("rows"), 1))
    if not twice.num_rows:
        return
    rest = [name for name in text.header if name not in (*columns.names.values(), "delay")]
    said = f"{twice.num_rows} pairs of period and report stand several times in one place."
    hint = f"Nothing says what {', '.join(rest)} is: map it as subject or place." if rest else "Keep one row of each."
    text.fail(said, hint=hint, column=rest[0] if rest else columns.names["reference"])


def _columns(text: CsvText, mapping: CountMapping) -> _Columns:
    found = {"reference": text.need(*mapping.named("reference"))}
    if mapping.form == "triangle":
        found["count"] = text.need(*mapping.named("count"))
    by_delay = "report" not in mapping.columns and text.column(*mapping.named("report")) is None
    name = "delay" if by_delay and text.column(*mapping.named("delay")) else "report"
    found[name] = text.need(*mapping.named(name))
    for name in ("place", "subject", "measure", "within"):
        own = text.need(*mapping.named(name)) if name in mapping.columns else text.column(*mapping.named(name))
        if own and own not in found.values():
            found[name] = own
    return _Columns(found, "delay" in found)


def _tallied(block: Block, columns: _Columns, mapping: CountMapping, latest: dt.date, refusals: Refusals) -> pa.Table:
    names = columns.names
    reference = _days(block.columns[names["reference"]], mapping)
    refusals.refuse(block, np.isnat(reference), names["reference"], "no-day", "Write YYYY-MM-DD, or give date_format.")
    report = _reports(block, columns, mapping, reference, refusals)
    last = names.get("report", names.get("delay", ""))
    wait = (report - reference).astype(np.int64)
    known = ~np.isnat(report) & ~np.isnat(reference)
    refusals.refuse(block, known & (wait < 0), last, "reported-before", "A report comes on the day or after it.")
    refusals.refuse(block, known & (wait > _LONGEST_DELAY), last, "too-late", "More than ten years lie between.")
    refusals.refuse(block, known & (report > np.datetime64(latest)), last, "in-the-future", "Mend the day.")
    counts = _counts(block, names, mapping, refusals)
    good = refusals.good(block) & ~np.isnan(counts)
    made = {
        "place": _words(block, names.get("place"), mapping.place)[good],
        "subject": _words(block, names.get("subject"), mapping.subject, mapping.subjects)[good],
        "measure": _words(block, names.get("measure"), mapping.measure)[good],
        "reference": reference[good], "report": report[good], "n": counts[good],
        "within": _words(block, names.get("within"), "")[good],
    }  # fmt: skip
    own = pa.table(
        {
            **{k: pa.array(v) for k, v in made.items()},
            "whole": pa.repeat(False, int(good.sum())),
            "rows": pa.repeat(1, int(good.sum())),
        }
    )
    above = own.set_column(0, "place", own.column("within")).filter(pa.array(made["within"] != "", pa.bool_()))
    above = above.set_column(above.column_names.index("within"), "within", pa.repeat("", above.num_rows))
    above = above.set_column(above.column_names.index("whole"), "whole", pa.repeat(True, above.num_rows))
    together = pa.concat_tables(
        [table.select([*_KEY, "n", "rows"]) for table in (own, above)], promote_options="permissive"
    )
    return _summed(together)


def _reports(block: Block, columns: _Columns, mapping: CountMapping, reference: Days, refusals: Refusals) -> Days:
    if not columns.delay:
        name = columns.names["report"]
        report = _days(block.columns[name], mapping)
        refusals.refuse(block, np.isnat(report), name, "no-day", "Write YYYY-MM-DD, or give date_format.")
        return report
    name = columns.names["delay"]
    delay = block.columns[name].each(lambda word: int(word) if word.isdigit() else -1, "int64")
    refusals.refuse(block, (delay < 0) | (delay > _LONGEST_DELAY), name, "no-delay", "Write a whole number from 0.")
    step = 7 if mapping.grain == "week" else 1
    later: Days = reference + np.clip(delay, 0, _LONGEST_DELAY) * np.timedelta64(step, "D")
    return later


def _counts(block: Block, names: Mapping[str, str], mapping: CountMapping, refusals: Refusals) -> Floats:
    if "count" not in names:
        return np.ones(block.n)
    counts = block.columns[names["count"]].each(lambda word: count_of(word, mapping.withheld), "float64")
    for code in np.unique(counts[counts < WITHHELD]):
        refusals.refuse(block, counts == code, names["count"], *fault_of(float(code)))
    refusals.refuse(block, counts == WITHHELD, names["count"], "withheld", "A triangle needs its numbers.")
    return np.where(counts == EMPTY, np.nan, counts)


def _days(words: Words, mapping: CountMapping) -> Days:
    def parse(word: str) -> np.datetime64:
        day = day_of(word, mapping.date_format)
        return _NONE if day is None else np.datetime64(day, "D")

    return words.each(parse, "datetime64[D]")


def _words(
    block: Block, column: str | None, otherwise: str, renamed: Mapping[str, str] | None = None
) -> npt.NDArray[np.object_]:
    if column is None:
        return np.full(block.n, otherwise, object)
    own = block.columns[column]
    return own.objects() if renamed is None else own.objects(lambda word: subject(word, renamed))


def _read(table: pa.Table, mapping: CountMapping, options: Options, rows: int, refused: tuple[Refused, ...]) -> Read:
    reference, report = (np.asarray(table.column(name).to_numpy(), "datetime64[D]") for name in ("reference", "report"))
    grain = mapping.grain if mapping.grain in ("day", "week") else _grain(reference)
    step, starts = 7 if grain == "week" else 1, reference
    if grain == "week" and len(np.unique(reference.astype(np.int64) % 7)) > 1:
        starts = starts_of(reference, "week", week=mapping.week)
    delay = (report - starts).astype(np.int64) // step
    calendar = between(starts.min(), starts.max(), grain)
    series = [table.column(name).to_pylist() for name in ("place", "whole", "subject", "measure")]
    each = list(zip(*series, strict=True))
    names = sorted(set(each))
    code = np.array([names.index(key) for key in each], np.int64) if len(names) < 50 else _coded(each, names)
    at = (starts - calendar[0]).astype(np.int64) // step
    numbers = np.asarray(table.column("n").to_numpy(), np.float64)
    cell, known, total, said = _vintages(
        (code * len(calendar) + at, delay, numbers), len(names) * len(calendar), report.min(), calendar, step,
        cumulative=mapping.cumulative,
    )  # fmt: skip
    row, period = cell // len(calendar), calendar[cell % len(calendar)]
    ends = period + np.timedelta64(step - 1, "D")
    source = options.source or mapping.source or mapping.form
    taken = [names[number] for number in row.tolist()]
    made = table_for(COUNTS, len(cell), {
        "source": source, "place": [key[0] for key in taken],
        "level": [mapping.within_level if key[1] else mapping.level for key in taken],
        "measure": [key[3] for key in taken], "subject": [key[2] for key in taken], "definition": mapping.definition,
        "grain": grain, "starts": pa.array(period), "ends": pa.array(ends), "count": pa.array(total),
        "suppressed": False, "looked_for": True, "as_of": pa.array(ends + known * np.timedelta64(step, "D")),
    })  # fmt: skip
    both = table.group_by(["place", "within"]).aggregate([]).to_pylist()
    places, several = places_of(source, ((str(row["place"]), str(row["within"])) for row in both))
    return Read(rows, made, places=places, refused=refused, said=(*said, *several))


def _grain(reference: Days) -> str:
    days = np.unique(reference).astype(np.int64)
    return "week" if len(days) > 2 and len(np.unique(days % 7)) == 1 else "day"


def _coded(each: list[tuple[str, ...]], names: list[tuple[str, ...]]) -> npt.NDArray[np.int64]:
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[key] for key in each], np.int64)


def _vintages(
    told: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats], cells: int, first_report: np.datetime64,
    calendar: Days, step: int, *, cumulative: bool,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats, list[str]]:  # fmt: skip
    """Return cell, delay and total of each vintage: the first of each cell, and each that changed its total."""
    cell, delay, number = told
    # What nobody had reported by the end of a period was known to be nothing then, if reports had begun.
    every = np.arange(cells)
    earliest = (first_report - calendar[every % len(calendar)]).astype(np.int64) // step
    width = int(max(delay.max(), earliest.max(), 0)) + 2
    both = np.concatenate([cell, every]) * width + np.concatenate([delay, np.maximum(earliest, 0)])
    keys, place = np.unique(both, return_inverse=True)
    given = np.concatenate([number, np.zeros(cells)])
    new = np.bincount(place, weights=given, minlength=len(keys)).astype(np.float64)
    said_at = np.bincount(place, weights=np.concatenate([np.ones(len(cell)), np.zeros(cells)]), minlength=len(keys)) > 0
    own, when = keys // width, keys % width
    begins = np.concatenate([[True], own[1:] != own[:-1]])
    if cumulative:
        keep = said_at
        fell = int(((np.diff(new[keep]) < 0) & (np.diff(own[keep]) == 0)).sum())
        words = [f"{fell} totals fell from one day to the next; they are kept as the source says them."] if fell else []
        return own[keep], when[keep], new[keep], words
    sums = np.cumsum(new)
    before = np.where(begins, sums - new, 0.0)
    total: Floats = sums - np.maximum.accumulate(before)
    keep = begins | (new != 0)
    return own[keep], when[keep], total[keep], []
