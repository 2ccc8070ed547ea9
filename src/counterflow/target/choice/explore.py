"""How much of the minutes chance gets, and where it looks: the random share, its strata, and follow-ups of its finds.

The share is the one asked for, else the setting; where `target.random_adapts` is on, it moves between floor and cap
with how far the random arm's finds of the last weeks lie from what the plans had said of those records beforehand
(`loop.share`). Chance looks more often where the score would not (`loop.strata`); every record keeps a known
probability above 0.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import ConfigError
from counterflow.target.choice.capacity import Capacity
from counterflow.target.choice.choose import Exploration
from counterflow.target.choice.follow import follow_ups
from counterflow.target.choice.rank import Ranked
from counterflow.target.loop.share import ShareRule, random_share
from counterflow.target.loop.strata import Strata, strata
from counterflow.target.options import options_from
from counterflow.target.told import PIECE

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Explored", "exploration", "share_for"]

#: random inspections of so many days tell whether chance finds more than was said
_RECENT_DAYS = 56
_ENOUGH = 30
#: drift alarms that raise the random share
_ALARMING = frozenset(("random_hits", "score", "new_keys"))

_RECENT = """
    SELECT chance, found FROM (
        SELECT d.chance, o.state, o.confirmation, CASE WHEN o.confirmation = 'confirmed' THEN 1 ELSE 0 END AS found,
               row_number() OVER (
                   PARTITION BY d.source, d.record_id ORDER BY o.time DESC, o.recorded_at DESC, o.ledger_seq DESC
               ) AS turn
        FROM draw d JOIN outcome o ON o.plan = d.plan AND o.source = d.source AND o.record_id = d.record_id
        WHERE d.arm = 'random' AND d.chance IS NOT NULL AND d.day >= ? AND o.time < ?
    ) known WHERE turn = 1 AND state = 'inspected' AND confirmation IN ('confirmed', 'refuted', 'none')
"""


@dataclass(frozen=True)
class Explored:
    """How chance looks in a plan: for `choose`, for the plan's id, in words, and reasons of the follow-ups."""

    how: Exploration
    asked: tuple[object, ...] = ()
    said: tuple[str, ...] = ()
    words: pa.Table = field(default_factory=PIECE.empty_table)


def share_for(workspace: Workspace, start: dt.date, asked: float | None) -> tuple[float, tuple[str, ...]]:
    """Return the random share of a plan, and what is to be said of it.

    Args:
        workspace: settings, and what random inspections found.
        start: first day of the plan; only outcomes before it enter.
        asked: the share that somebody asked for.

    Raises:
        ConfigError: floor and cap exclude each other, or the setting lies outside them.
    """
    settings = workspace.settings.target
    if asked is not None or not settings.random_adapts:
        return (settings.random_share if asked is None else asked), ()
    if not settings.random_floor <= settings.random_share <= settings.random_cap:
        raise ConfigError(
            f"target.random_share {settings.random_share} lies outside target.random_floor {settings.random_floor}"
            f" to target.random_cap {settings.random_cap}.",
            hint="Set floor <= share <= cap.",
        )
    before = dt.datetime.combine(start, dt.time(), dt.UTC)
    recent = workspace.store.query(_RECENT, [start - dt.timedelta(days=_RECENT_DAYS), before])
    if recent.num_rows < _ENOUGH:
        few = f"random share {settings.random_share:.1%}: {recent.num_rows} random inspections of the last"
        return settings.random_share, (f"{few} {_RECENT_DAYS} days have a result, {_ENOUGH} are needed to adapt it",)
    rule = ShareRule(settings.random_share, settings.random_floor, settings.random_cap)
    found = recent.column("found").to_numpy().astype(bool)
    said = np.clip(recent.column("chance").to_numpy(), 0.0, 1.0)
    share = random_share(rule, found, said, drift=_drifting(workspace, start))
    return round(share.value, 4), (share.said,)


def _drifting(workspace: Workspace, start: dt.date) -> bool:
    """Say whether a drift alarm stands on the eve of a plan."""
    from counterflow.target.loop.drift import watch
    from counterflow.target.loop.drift_input import watched_in_store

    eve = dt.datetime.combine(start, dt.time(), dt.UTC)
    seen = watched_in_store(workspace.store, until=start - dt.timedelta(days=1), before=eve)
    return any(signal.alarm and signal.kind in _ALARMING for signal in watch(seen))


def exploration(
    workspace: Workspace, records: pa.Table, ranked: Ranked, capacity: Capacity, share: float, start: dt.date
) -> Explored:
    """Return how chance looks at these records.

    Args:
        workspace: settings and past outcomes.
        records: eligible records.
        ranked: their order.
        capacity: the pools.
        share: the random share.
        start: first day of the plan.
    """
    settings = workspace.settings.target
    taken = _taken(records, capacity, share)
    asked = follow_ups(workspace.store, records, ranked, start, options_from(settings), settings.followup_share, taken)
    made = _strata(records, ranked, taken) if settings.random_strata else None
    named: list[object] = ["strata", *made.names, *np.round(made.rate, 9).tolist()] if made else []
    if asked.ups is not None:
        named += ["follow-ups", *asked.ups.rows.tolist()]
    return Explored(Exploration(made, asked.ups), tuple(named), asked.said, asked.words)


def _taken(records: pa.Table, capacity: Capacity, share: float) -> float:
    """Return the part of the records that the score will take, estimated from the inspections there are."""
    days = max(pc.count_distinct(records.column("day")).as_py(), 1)
    slots = sum(pool.slots * (days if pool.day is None else 1) for pool in capacity.pools)
    return float(min(slots * (1 - share) / records.num_rows, 0.95))


def _strata(records: pa.Table, ranked: Ranked, taken: float) -> Strata:
    """Return strata of score by lane."""
    lanes = pc.fill_null(records.column("lane"), "").combine_chunks().dictionary_encode()
    names = np.asarray(lanes.dictionary.to_pylist(), dtype=np.str_)
    return strata(ranked.scores.harm, names[lanes.indices.to_numpy()], ranked.chance, taken=taken)
