"""Follow-ups in a plan: unexpected finds of the last weeks, and today's records that are most like them.

A find is unexpected where the plan that drew the record had given it little chance (`draw.chance`). `loop.followup`
works out anew each day which conjunctions of a find's own traits may be a scheme, from all inspections since, and asks
for the records that would tell most. Traits are what goods, route and sender have in common (the columns of
`target.outcome_keys`, office and lane); no party, and nothing of a person. Nothing is kept between plans: the same past
asks for the same.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.store.repository import Store
from counterflow.target.choice import frame
from counterflow.target.choice.choose import FollowUps
from counterflow.target.choice.rank import Ranked
from counterflow.target.told import PIECE, pieces

if TYPE_CHECKING:
    from counterflow.target.loop.conjunctions import Traits
    from counterflow.target.loop.followup import Followed, FollowOptions
    from counterflow.target.options import TargetOptions

__all__ = ["Asked", "follow_ups"]

_PLACE = 5
_RECENT_DAYS, _MOST_RECENT = 56, 100_000
_MEMORY_DAYS, _MOST_INSPECTED = 38 * 7, 100_000
_NESTED = (("hs", "hs6"), ("hs", "hs4"), ("hs", "hs2"), ("hs6", "hs4"), ("hs6", "hs2"), ("hs4", "hs2"))

_INSPECTED = """
    SELECT source, record_id, day, chance, found FROM (
        SELECT d.source, d.record_id, d.day, d.chance,
               CASE WHEN o.confirmation = 'confirmed' THEN 1 ELSE 0 END AS found,
               row_number() OVER (
                   PARTITION BY d.source, d.record_id ORDER BY o.time DESC, o.recorded_at DESC, o.ledger_seq DESC
               ) AS turn
        FROM draw d JOIN outcome o ON o.plan = d.plan AND o.source = d.source AND o.record_id = d.record_id
        WHERE d.arm <> '' AND d.chance IS NOT NULL AND d.day >= ? AND o.time < ?
          AND o.state = 'inspected' AND o.confirmation IN ('confirmed', 'refuted', 'none')
    ) known WHERE turn = 1 ORDER BY day DESC, source, record_id LIMIT ?
"""
_RECENT = """
    SELECT source, record_id FROM consignment WHERE declared_on >= ? AND declared_on < ?
    ORDER BY md5(source || chr(31) || record_id), source, record_id LIMIT ?
"""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Asked:
    """What unexpected finds ask for: records, words for their reasons, and what is said of the plan."""

    ups: FollowUps | None = None
    words: pa.Table = field(default_factory=PIECE.empty_table)
    said: tuple[str, ...] = ()


def follow_ups(
    store: Store, records: pa.Table, ranked: Ranked, start: dt.date, options: TargetOptions, share: float, taken: float
) -> Asked:
    """Return what unexpected finds of the last weeks ask for among `records`.

    Args:
        store: plans, outcomes and records of the past.
        records: eligible records.
        ranked: their order.
        start: first day of the plan; only outcomes before it count.
        options: whose keys say which columns are traits.
        share: share of each pool's minutes for follow-ups.
        taken: share of the records that the score takes anyway.
    """
    from counterflow.target.loop.followup import FollowOptions, follow
    from counterflow.target.loop.search import Inspected

    how = FollowOptions()
    before = dt.datetime.combine(start, dt.time(), dt.UTC)
    past = store.query(_INSPECTED, [start - dt.timedelta(days=_MEMORY_DAYS), before, _MOST_INSPECTED])
    if not share or not _unexpected(past, start, how):
        return Asked()
    recent = store.query(_RECENT, [start - dt.timedelta(days=_RECENT_DAYS), start, _MOST_RECENT])
    declared = int(str(store.rows(
        "SELECT count(*) AS n FROM consignment WHERE declared_on >= ? AND declared_on < ?",
        [start - dt.timedelta(days=_RECENT_DAYS), start],
    )[0]["n"]))  # fmt: skip
    earlier = pa.concat_tables([past.select(["source", "record_id"]), recent])
    traits, values = _traits(store, earlier, ranked, options, past, how.search.surprise)
    inspected = Inspected(
        np.arange(past.num_rows), past.column("found").to_numpy().astype(bool), past.column("chance").to_numpy(),
        _weeks(past.column("day")),
    )  # fmt: skip
    today = earlier.num_rows + np.arange(records.num_rows)
    free = ranked.scores.harm <= np.quantile(ranked.scores.harm, 1 - taken)
    weeks = _RECENT_DAYS / 7 * recent.num_rows / max(declared, 1)
    week = int(_weeks(pa.chunked_array([pa.array([start], pa.date32())]))[0])
    found = follow(
        traits, inspected, today, week, past.num_rows + np.arange(recent.num_rows), max(weeks, 0.1), free, how
    )
    return _asked(found, traits, values, past, earlier.num_rows, share)


def _unexpected(past: pa.Table, start: dt.date, how: FollowOptions) -> bool:
    """Say whether any find of the last weeks was unexpected."""
    since = pa.scalar(start - dt.timedelta(weeks=how.expire), pa.date32())
    met = pc.and_(pc.equal(past.column("found"), 1), pc.less(past.column("chance"), how.search.surprise))
    return bool(pc.any(pc.and_(met, pc.greater_equal(past.column("day"), since))).as_py())


def _weeks(days: pa.ChunkedArray) -> Ints:
    """Return the number of each day's week, counted from a Monday."""
    return np.asarray((days.cast(pa.int32()).to_numpy().astype(np.int64) + 3) // 7, np.int64)


def _traits(
    store: Store, earlier: pa.Table, ranked: Ranked, options: TargetOptions, past: pa.Table, safe: float
) -> tuple[Traits, list[pa.Array]]:
    """Return what earlier and today's records have in common, and the values behind the codes of each column."""
    from counterflow.target.loop.conjunctions import Traits

    then = frame.goods_lines(store, frame.stored_records(store, earlier, options), options)
    first = np.searchsorted(then.column("row").to_numpy(), np.arange(earlier.num_rows))
    now, line_of = ranked.scores.history.lines, pa.array(ranked.scores.history.line_of)
    names = [name for name in now.column_names if name != "row"]
    codes, values = [], []
    for name in names:
        both = [then.column(name).take(pa.array(first)), now.column(name).take(line_of)]
        column = pa.chunked_array([chunk for part in both for chunk in part.cast(pa.string()).chunks], pa.string())
        coded = column.combine_chunks().dictionary_encode()
        codes.append(pc.fill_null(coded.indices, -1).to_numpy().astype(np.int32))
        values.append(coded.dictionary)
    said = np.concatenate([past.column("chance").to_numpy(), np.zeros(earlier.num_rows - past.num_rows), ranked.chance])
    codes.append(np.where(said < safe, 1, -1).astype(np.int32))
    shown = (*(name.removeprefix("attributes.") for name in names), "little chance was given")
    table = np.column_stack(codes)
    return Traits(shown, table, (), np.zeros((len(table), 0)), _NESTED), values


def _asked(found: Followed, traits: Traits, values: list[pa.Array], past: pa.Table, offset: int, share: float) -> Asked:
    """Return the records asked for, with words for each."""
    rows = np.asarray(found.asked, np.int64)
    if not len(rows):
        return Asked()
    ids, days = past.column("record_id"), past.column("day")
    words = []
    for row in rows.tolist():
        search = found.searches[int(found.search[row])]
        alike = _alike(traits, values, search.hit, offset + row)
        words.append(
            f"follows up the unexpected find in {ids[search.hit].as_py()} of {days[search.hit].as_py()}"
            + (f": alike in {alike}" if alike else "")
        )
    said = (
        f"{len(found.searches)} unexpected finds of the last weeks are followed up: {len(rows)} records asked for,"
        f" at most {share:.0%} of each pool's minutes"
    )
    return Asked(
        FollowUps(rows, np.asarray(found.share[rows], np.float64), share),
        pieces(rows, _PLACE, pa.array(words, pa.string())), (said,),
    )  # fmt: skip


def _alike(traits: Traits, values: list[pa.Array], hit: int, row: int) -> str:
    """Return what two records share, with the values, coarser parts of what is named already left out."""
    same = [i for i, _ in enumerate(values) if traits.codes[hit, i] == traits.codes[row, i] >= 0]
    named = {traits.names[i] for i in same}
    implied = {coarse for fine, coarse in traits.nested if fine in named}
    told = [
        f"{traits.names[i]} {values[i][int(traits.codes[hit, i])].as_py()}"
        for i in same
        if traits.names[i] not in implied and values[i][int(traits.codes[hit, i])].as_py()
    ]
    return ", ".join(told)
