"""What rules read of a workspace: stored records as lines, and what inspections of them showed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.store.repository import Store
from counterflow.target.features.assemble import assemble
from counterflow.target.features.lines import Known, Lines
from counterflow.target.rules.conditions import Between, Compare, Is, Missing, New, Past, Rule, Starts, tests_of
from counterflow.target.rules.looking_back import History
from counterflow.target.rules.names import ATTRIBUTES

__all__ = ["ARM_ORDER", "attributes_of", "history_of", "places_of", "stored_arms", "stored_known", "stored_lines"]

#: which arm a record counts for where several plans chose it
ARM_ORDER = ("random", "mandatory", "followup", "targeted")

_ONE_EACH = """
    SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY source, record_id ORDER BY first_seen DESC, batch) AS turn
    FROM consignment c WHERE {where}) once WHERE turn = 1 ORDER BY declared_on, source, record_id
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
    records = store.query(_ONE_EACH.format(where=where), days).drop_columns(["turn"])
    asked = records.select(["source", "record_id"]).append_column("place", pa.array(np.arange(records.num_rows)))
    joined = "FROM {} t JOIN asked a USING (source, record_id)"
    goods = store.query(f"SELECT t.* {joined.format('goods_line')}", asked=asked)
    parties = store.query(f"SELECT t.* {joined.format('party')}", asked=asked)
    findings = store.query(
        f"SELECT a.place AS row, t.code, t.kind, t.strength, t.harm_class {joined.format('finding')}", asked=asked
    )
    return assemble(records, goods, parties, findings=findings, attributes=attributes)


_OUTCOMES = """
    SELECT a.place, o.time, CASE o.confirmation WHEN 'confirmed' THEN coalesce(o.harm_class, '') ELSE '' END AS found,
           coalesce(d.arm, '') AS arm, d.inclusion_probability AS p
    FROM (SELECT *, row_number() OVER (PARTITION BY source, record_id
          ORDER BY time DESC, recorded_at DESC, ledger_seq DESC) AS turn FROM outcome WHERE time < ?) o
    JOIN asked a USING (source, record_id)
    LEFT JOIN draw d ON d.plan = o.plan AND d.source = o.source AND d.record_id = o.record_id
    WHERE o.turn = 1 AND o.state = 'inspected' AND o.confirmation IN ('confirmed', 'refuted', 'none')
"""


def stored_known(store: Store, lines: Lines, before: dt.date) -> Known:
    """Return what inspections before the start of a day settled, one place per record of `lines`.

    A record counts as random where the random arm of the plan that its outcome answers drew it; its weight is then one
    over its chance. An outcome is known on the day of its time.
    """
    moment = dt.datetime.combine(before, dt.time(), dt.UTC)
    known = store.query(_OUTCOMES, [moment], asked=places_of(lines))
    place = known.column("place").to_numpy()
    found = np.full(lines.records, None, object)
    found[place] = known.column("found").to_pylist()
    on = np.zeros(lines.records, np.int32)
    on[place] = known.column("time").cast(pa.date32()).cast(pa.int32()).to_numpy()
    random, weight = np.zeros(lines.records, bool), np.ones(lines.records)
    drawn = pc.equal(known.column("arm"), "random").to_numpy(zero_copy_only=False)
    chance = np.asarray(pc.fill_null(known.column("p"), 0.0).to_numpy(), float)
    drawn &= chance > 0
    random[place] = drawn
    weight[place[drawn]] = 1.0 / chance[drawn]
    return Known(pa.array(found, pa.string()), on, weight, random)


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
