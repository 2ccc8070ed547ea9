"""What the rules in force make mandatory: for the plan of a day, records with the rules that hit them, in words.

The order of ASYCUDA's selectivity is kept, because officers know it: criteria first, then random, then fill. A rule's
cap takes so many hits a day; the others stay in the frame, where the random and the targeted arm may still take them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.seeds import generator
from counterflow.store.repository import Store
from counterflow.target.features.lines import Lines
from counterflow.target.rules.conditions import Rule
from counterflow.target.rules.evaluate import hits
from counterflow.target.rules.language import parse
from counterflow.target.rules.life import Version, begins, versions
from counterflow.target.rules.stored import attributes_of, history_of

__all__ = ["Acting", "RuleGrounds", "active_attributes", "active_hits", "active_versions", "capped", "record_days"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RuleGrounds:
    """What rules in force say about records.

    Args:
        grounds: place of a record to the rules that make it mandatory, in words.
        said: what the person who plans must know: caps that held hits back, rules that hit nothing.
    """

    grounds: dict[int, list[str]]
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Acting:
    """A version in force: from `first` to `last`, the day before a later version took over at the latest."""

    version: Version
    rule: Rule
    first: dt.date
    last: dt.date


def active_versions(store: Store, first: dt.date, last: dt.date) -> list[Acting]:
    """Return the versions that act on some day from `first` to `last`, with their rules."""
    approved = [v for v in versions(store, last) if any(act["act"] == "approve" for act in v.acts)]
    found = []
    for one in approved:
        later = [
            begins(v) for v in approved if v.row["rule"] == one.row["rule"] and v.row["version"] > one.row["version"]
        ]
        end = min([one.row["ends"], *(start - dt.timedelta(days=1) for start in later)])
        if one.state != "retired" and max(begins(one), first) <= min(end, last):
            found.append(Acting(one, parse(str(one.row["text"])), begins(one), end))
    return found


def active_attributes(store: Store, first: dt.date, last: dt.date) -> list[str]:
    """Return the attributes of the source that rules in force read: `Lines` need them as columns."""
    return attributes_of([one.rule for one in active_versions(store, first, last)])


def active_hits(store: Store, lines: Lines, *, rank: Floats | None = None) -> RuleGrounds:
    """Return the records that rules in force make mandatory.

    Args:
        store: rules, and the past that they look back to.
        lines: the records to be planned; each is asked by the rules in force on its own day. Their attributes must be
            columns (`active_attributes`).
        rank: expected harm of each record: under a cap the greatest are kept; drawn by lot where None.
    """
    grounds: dict[int, list[str]] = {}
    said: list[str] = []
    if not lines.records:
        return RuleGrounds(grounds, ())
    day = record_days(lines)
    first, last = _date(day.min()), _date(day.max())
    acting = active_versions(store, first, last)
    history = history_of(store, [one.rule for one in acting], first, last)
    for one in acting:
        rule, version = one.rule, one.version
        met = hits(rule, lines, history) & (day >= _number(one.first)) & (day <= _number(one.last))
        kept = capped(rule, lines, met, day, purpose=f"{version.row['rule']}/{version.row['version']}", rank=rank)
        held_back = int(met.sum() - kept.sum())
        if held_back:
            said.append(f"{version.name}: {held_back} of {int(met.sum())} hits are above its cap and not mandatory")
        elif not met.any():
            said.append(f"{version.name} hits nothing in this period")
        words = f'rule {version.row["rule"]}/{version.row["version"]} "{rule.title}"'
        for row in np.flatnonzero(kept).tolist():
            grounds.setdefault(row, []).append(words)
    return RuleGrounds(grounds, tuple(said))


def record_days(lines: Lines) -> npt.NDArray[np.int64]:
    """Return the day of each record as days since 1970-01-01."""
    days = np.zeros(lines.records, np.int64)
    days[lines.row] = lines.table.column("day").cast(pa.int32()).to_numpy()
    return days


def _date(days: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(days))


def _number(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days


def capped(
    rule: Rule,
    lines: Lines,
    met: Bools,
    day: npt.NDArray[np.int64],
    *,
    purpose: str,
    rank: Floats | None = None,
) -> Bools:
    """Return the hits that a rule's cap lets through: per day, and per office or lane where the cap says so.

    Args:
        rule: the rule.
        lines: the records.
        met: which of them it hits.
        day: day of each record.
        purpose: names the lot; the same rule and day always draw the same.
        rank: the greatest are kept; by lot where None.
    """
    if rule.cap is None:
        return met
    kept = np.zeros(len(met), bool)
    for places in _groups(rule, lines, met, day):
        if len(places) > rule.cap:
            if rank is None:
                lot = generator(0, "rule cap", purpose, int(day[places[0]])).permutation(len(places))
                order = lot
            else:
                order = np.argsort(-rank[places], kind="stable")
            kept[places[order[: rule.cap]]] = True
        else:
            kept[places] = True
    return kept


def _groups(rule: Rule, lines: Lines, met: Bools, day: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the places of hits that share a cap, each in order of source and record id."""
    first = np.unique(lines.row, return_index=True)[1]
    names = ["source", "record_id", *([rule.cap_by] if rule.cap_by else [])]
    records = lines.table.select(names).take(pa.array(first))
    places = np.flatnonzero(met)
    hit = (
        records.take(pa.array(places))
        .append_column("place", pa.array(places))
        .append_column("on", pa.array(day[places]))
    )
    by = ["on", *([rule.cap_by] if rule.cap_by else [])]
    hit = hit.sort_by([(name, "ascending") for name in [*by, "source", "record_id"]])
    if not hit.num_rows:
        return
    changes = np.zeros(hit.num_rows, bool)
    changes[0] = True
    for name in by:
        codes = hit.column(name).combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy()
        changes[1:] |= codes[1:] != codes[:-1]
    yield from np.split(hit.column("place").to_numpy(), np.flatnonzero(changes)[1:])
