"""What rules read of a workspace: stored records as lines, and what inspections of them showed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.store.repository import Store
from counterflow.target.features.lines import Known, Lines
from counterflow.target.features.stored import feature_lines, known_outcomes
from counterflow.target.rules.conditions import Between, Compare, Is, Missing, New, Past, Rule, Starts, tests_of
from counterflow.target.rules.looking_back import History
from counterflow.target.rules.names import ATTRIBUTES

__all__ = ["ARM_ORDER", "attributes_of", "history_of", "places_of", "stored_arms", "stored_known", "stored_lines"]

#: which arm a record counts for where several plans chose it
ARM_ORDER = ("random", "mandatory", "followup", "targeted")

_RECORDS = """
    SELECT source, record_id, min(declared_on) AS day FROM consignment c WHERE {where}
    GROUP BY source, record_id ORDER BY day, source, record_id
"""
_INSPECTED = """
    EXISTS (SELECT 1 FROM outcome o WHERE o.source = c.source AND o.record_id = c.record_id
    AND o.state = 'inspected' AND o.time >= ? AND o.time < ?)
"""


def attributes_of(rules: Sequence[Rule]) -> list[str]:
    """Return the attributes of the source that rules read, without `attributes.`."""
    read: set[str] = set()
    for rule in rules:
        for test in tests_of(rule.condition):
            if isinstance(test, Is | Starts | Missing | Compare | Between):
                read.add(test.name)
            elif isinstance(test, New | Past):
                read |= set(test.key)
    return sorted(name.removeprefix(ATTRIBUTES) for name in read if name.startswith(ATTRIBUTES))


def stored_lines(
    store: Store,
    since: dt.date,
    until: dt.date,
    attributes: Sequence[str] = (),
    *,
    inspected_since: dt.date | None = None,
) -> Lines:
    """Return the records declared from `since` to `until` as lines, in order of day, source and record id.

    Args:
        store: tables.
        since: first day.
        until: last day, included.
        attributes: attributes of the source that become columns.
        inspected_since: earlier records too, where an outcome since this day settled them.
    """
    where, days = "declared_on BETWEEN ? AND ?", [since, until]
    if inspected_since is not None:
        where = f"({where}) OR (declared_on < ? AND {_INSPECTED})"
        days += [since, inspected_since, until + dt.timedelta(days=1)]
    records = store.query(_RECORDS.format(where=where), days)
    return feature_lines(store, records, attributes=attributes)


def stored_known(store: Store, lines: Lines, before: dt.date) -> Known:
    """Return what inspections before the start of a day settled, one place per record of `lines`."""
    return known_outcomes(store, lines, dt.datetime.combine(before, dt.time(), dt.UTC))


def places_of(lines: Lines) -> pa.Table:
    """Return source, record_id and place of each record."""
    first = np.unique(lines.row, return_index=True)[1]
    return (
        lines.table.select(["source", "record_id"])
        .take(pa.array(first))
        .append_column("place", pa.array(np.arange(len(first))))
    )


def stored_arms(store: Store, lines: Lines) -> npt.NDArray[np.object_]:
    """Return for each record the arm that chose it in a stored plan; "" where none did."""
    drawn = store.query(
        "SELECT DISTINCT a.place, d.arm FROM draw d JOIN asked a USING (source, record_id) WHERE d.arm <> ''",
        asked=places_of(lines),
    )
    arms = np.full(lines.records, "", object)
    for arm in reversed(ARM_ORDER):
        arms[drawn.filter(pc.equal(drawn.column("arm"), arm)).column("place").to_numpy()] = arm
    return arms


def history_of(store: Store, rules: Sequence[Rule], first: dt.date, last: dt.date) -> History | None:
    """Return the stored past that rules need to be asked about records of `first` to `last`; None where they need none.

    Only what they look back to is read: records declared so many days before, and earlier ones that an outcome within
    those days settled.
    """
    tests = [test for rule in rules for test in tests_of(rule.condition) if isinstance(test, New | Past)]
    if not tests:
        return None
    declared = max((test.days for test in tests if isinstance(test, New)), default=0)
    known = max((test.days for test in tests if isinstance(test, Past)), default=0)
    lines = stored_lines(
        store, first - dt.timedelta(days=declared), last, attributes_of(rules),
        inspected_since=first - dt.timedelta(days=known) if known else None,
    )  # fmt: skip
    return History(lines, stored_known(store, lines, last))
