"""Replaying a past: learn from one file's labels, rank another's records without theirs, and compare."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError, UsageError, nearest
from counterflow.target.features.lines import LINE, Known, Lines
from counterflow.target.learn import rank
from counterflow.target.learn.metrics import Measured, evaluate, slices
from counterflow.target.learn.options import LearnOptions
from counterflow.target.learn.scorer import Scored, Scorer, default_score

__all__ = ["ROUTE", "Backtest", "Replay", "backtest", "checked_without", "ties"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: columns of the route of goods, with and without which every figure is given
ROUTE = frozenset(("origin", "departure"))
_EPOCH = dt.date(1970, 1, 1)
_FEWEST_IN_A_GROUP = 50


@dataclass(frozen=True)
class Replay:
    """The two files.

    Args:
        history: lines of the past.
        known: its outcomes.
        test: lines of the records to rank.
        truth: their outcomes, seen by the measures alone; null where a record has none.
        test_rows: rows of the test file, those refused too.
    """

    history: Lines
    known: Known
    test: Lines
    truth: Known
    test_rows: int


@dataclass(frozen=True)
class Backtest:
    """What came of it.

    Args:
        scorer: learnt from the history alone.
        scored: probabilities of the test's records.
        score: their default score, no two equal.
        measures: see `metrics.evaluate`; None where the test has no labels.
        groups: see `metrics.slices`.
        said: what a person should know.
    """

    scorer: Scorer
    scored: Scored
    score: Floats
    measures: Measured | None
    groups: list[Measured]
    said: tuple[str, ...]


def backtest(replay: Replay, options: LearnOptions, rates: Sequence[float], seed: int) -> Backtest:
    """Learn from the history, rank the test, and measure.

    Raises:
        InputError: the test lies before anything known of the history.
    """
    on, said = _first_day(replay)
    scorer = Scorer.fit(replay.history, replay.known, options, on=on, seed=seed)
    scored = scorer.score(replay.test)
    score = rank.distinct(default_score(scored, options.severity), ties(replay.test))
    measures, groups, words = _measured(replay, options, scored, score, rates, seed)
    return Backtest(scorer, scored, score, measures, groups, (*said, *scorer.said, *words))


def ties(lines: Lines) -> npt.NDArray[np.uint64]:
    """Return a number per record that decides between equal scores: a digest of its id, not its place."""
    first = np.searchsorted(lines.row, np.arange(lines.records))
    named = lines.table.select(["source", "record_id"]).take(pa.array(first))
    texts = pc.binary_join_element_wise(
        pc.fill_null(named["source"], ""), pc.fill_null(named["record_id"], ""), "\x1f"
    ).to_pylist()
    made = [int.from_bytes(hashlib.blake2b(t.encode(), digest_size=8).digest(), "little") for t in texts]
    return np.array(made, np.uint64)


def checked_without(names: Sequence[str], lines: Lines) -> frozenset[str]:
    """Return the columns to leave out.

    Raises:
        UsageError: the records have no such column.
    """
    columns = [c for c in lines.table.column_names if c not in ("row", "source", "record_id", "day")]
    known = {c.removeprefix("attributes."): c for c in columns} | {c: c for c in columns} | {"hs6": "hs"}
    for name in names:
        if name not in known:
            close = nearest(name, known, 1)
            raise UsageError(
                f"The records have no column {name!r} to leave out.",
                hint=f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(sorted(LINE.names))}.",
            )
    return frozenset(known[name] for name in names)


def _first_day(replay: Replay) -> tuple[dt.date, list[str]]:
    """Return the first day of the test, before which outcomes of the history may be used."""
    days = replay.test.table.column("day").cast(pa.int32()).to_numpy()
    first = int(days.min())
    seen = replay.known.found.is_valid().to_numpy(zero_copy_only=False)
    late = int((seen & (replay.known.on >= first)).sum())
    day = _EPOCH + dt.timedelta(days=first)
    if seen.any() and late == int(seen.sum()):
        raise InputError(
            f"The test begins on {day}, and no outcome of the history was known by then.",
            hint="The history must lie before the test: were the two files exchanged?", column="day", value=str(day),
        )  # fmt: skip
    said = [f"{late} outcomes of the history became known on or after {day}, the test's first day, and are not used"]
    return day, said if late else []


def _measured(
    replay: Replay, options: LearnOptions, scored: Scored, score: Floats, rates: Sequence[float], seed: int
) -> tuple[Measured | None, list[Measured], list[str]]:
    labelled = replay.truth.found.is_valid().to_numpy(zero_copy_only=False)
    if not labelled.any():
        return None, [], ["The test has no labels: records are ranked, nothing is measured."]
    said = []
    rows = replay.test_rows
    if not labelled.all():
        rows -= int((~labelled).sum())
        said.append(f"{int((~labelled).sum())} records of the test have no label and are left out of the measures")
    found_as = pc.fill_null(replay.truth.found, "").to_numpy(zero_copy_only=False).astype(str)
    found = found_as != ""
    critical = np.isin(found_as, options.top({t for t in found_as.tolist() if t}))
    if not found[labelled].any() or found[labelled].all():
        said.append("All labels of the test say the same: what needs both kinds has no value")
    value = _values(replay.test)
    made = evaluate(
        score[labelled], found[labelled], critical[labelled], rates, records=rows, value=value[labelled], seed=seed
    )
    for row in made["rates"]:
        chosen = np.flatnonzero(labelled)[np.argsort(-score[labelled])[: row["inspected"]]]
        row |= {"auc": made["auc"], **_effort(scored, options, chosen)}
    at = max((r for r in rates if r <= 0.10), default=max(rates))
    groups = slices(score[labelled], found[labelled], critical[labelled], at, _groups(replay, labelled))
    return made, groups, said


def _effort(scored: Scored, options: LearnOptions, chosen: npt.NDArray[np.int64]) -> Measured:
    """Return what the top tier takes of these inspections, by the scorer's own probabilities."""
    tops = [p for c, p in scored.probability.items() if options.severity.get(c, 0.0) >= options.top_at]
    top = np.sum(tops, axis=0)[chosen].sum() if tops else 0.0
    finds = scored.find[chosen].sum()
    moved = rank.top_share_of_effort(scored.probability, options.severity, chosen, top_at=options.top_at)
    return {
        "expected_top_share_of_finds": float(top / finds) if finds else 0.0,
        "chosen_for_top_tier": moved,
    }


def _values(lines: Lines) -> Floats:
    """Return the declared value of each record, in whatever currency the file has."""
    value = np.nan_to_num(lines.table.column("value").to_numpy(zero_copy_only=False).astype(np.float64))
    return np.bincount(lines.row, value, minlength=lines.records).astype(np.float64)


def _groups(replay: Replay, labelled: Bools) -> dict[str, Bools]:
    """Return which labelled records belong to each office, and to importers seen and never seen in the history."""
    test = replay.test
    first = pa.array(np.searchsorted(test.row, np.arange(test.records)))
    made: dict[str, Bools] = {}
    importer = test.table.column("importer").take(first)
    if importer.null_count < len(importer):
        known = pc.is_in(importer, value_set=pc.unique(replay.history.table.column("importer")).drop_null())
        seen = known.to_numpy(zero_copy_only=False)
        stated = pc.is_valid(importer).to_numpy(zero_copy_only=False)
        made |= {"importer seen in the history": seen & stated, "importer never seen": ~seen & stated}
    offices = pc.fill_null(test.table.column("office").take(first), "").to_numpy(zero_copy_only=False).astype(str)
    for office in sorted(set(offices.tolist()) - {""}):
        made[f"office {office}"] = offices == office
    kept = {name: mine[labelled] for name, mine in made.items()}
    return {name: mine for name, mine in kept.items() if mine.sum() >= _FEWEST_IN_A_GROUP}


def scores_of_rows(test: Backtest, ids: pa.Array, all_ids: pa.Array, id_type: pa.DataType | None = None) -> pa.Table:
    """Return one row per row of the file: record_id, score; refused rows stand below all others.

    Args:
        test: what was scored.
        ids: ids of the scored records, in their order.
        all_ids: ids of all rows, in the order of the file.
        id_type: what ids are written as, so that they join with the file; text where not given.
    """
    place = pc.fill_null(pc.index_in(all_ids, value_set=ids), -1).to_numpy().astype(np.int64)
    # An id that stands twice was taken once; the other row was refused.
    first = np.zeros(len(place), bool)
    first[np.unique(place, return_index=True)[1]] = True
    taken = (place >= 0) & first
    score = np.empty(len(place))
    score[taken] = test.score[place[taken]]
    below = (test.score.min() if len(test.score) else 0.0) - 1.0
    score[~taken] = below - np.arange(int((~taken).sum()))
    return pa.table({"record_id": all_ids.cast(id_type or pa.string()), "score": pa.array(score, pa.float64())})
