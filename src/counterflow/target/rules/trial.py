"""Trying a rule on a workspace's own stored weeks, and keeping what that showed."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import InputError, UsageError
from counterflow.core.tables import TARGET_RULE_TEST
from counterflow.store.repository import Store
from counterflow.target.acts import required, seal
from counterflow.target.features.lines import Lines
from counterflow.target.rules.active import Acting, active_versions
from counterflow.target.rules.backtest import BackTest, Trial, backtest
from counterflow.target.rules.conditions import Rule
from counterflow.target.rules.evaluate import hits
from counterflow.target.rules.language import parse
from counterflow.target.rules.life import LARGEST_SHARE, stored_rule
from counterflow.target.rules.stored import (
    attributes_of,
    history_of,
    places_of,
    stored_arms,
    stored_known,
    stored_lines,
)
from counterflow.target.rules.unmet import unmet_words

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["keep_test", "require_selective", "stored_days", "try_on_workspace"]

Bools = npt.NDArray[np.bool_]

#: stored days that a back-test looks at where nobody says
USUAL_DAYS = 56


def stored_days(store: Store, since: dt.date | None, until: dt.date | None) -> tuple[dt.date, dt.date]:
    """Return the days that a back-test looks at: those asked for, else the last eight stored weeks.

    Raises:
        InputError: nothing is stored, or nothing of those days.
        UsageError: the days are crossed.
    """
    if since and until and until < since:
        raise UsageError(f"The period ends ({until}) before it starts ({since}).", hint="Swap the days.")
    held: dict[str, Any] = store.rows(
        "SELECT min(declared_on) AS first, max(declared_on) AS last FROM consignment WHERE declared_on BETWEEN ? AND ?",
        [since or dt.date.min, until or dt.date.max],
    )[0]
    if held["first"] is None:
        hint = "`counterflow intake load FILE --map NAME` loads records; or give --history FILE --map NAME."
        raise InputError("No record is stored of those days.", hint=hint)
    last = held["last"]
    return max(since or last - dt.timedelta(days=USUAL_DAYS - 1), held["first"]), last


def try_on_workspace(
    workspace: Workspace, rule: Rule, since: dt.date | None = None, until: dt.date | None = None, *, name: str = ""
) -> BackTest:
    """Try a rule on stored weeks; nothing is kept.

    Args:
        workspace: records, findings, outcomes, plans, rules in force.
        rule: the rule.
        since: first day; eight weeks before the last stored day where None.
        until: last day; the last stored one where None.
        name: the rule's id, where it has one: its own versions are no overlap.
    """
    store, today = workspace.store, workspace.clock().date()
    first, last = stored_days(store, since, until)
    acting = [one for one in active_versions(store, today, today) if one.version.row["rule"] != name]
    rules = [rule, *(one.rule for one in acting)]
    lines = stored_lines(store, first, last, attributes_of(rules))
    history = history_of(store, rules, first, last)
    planned = store.rows("SELECT count(*) AS n FROM draw WHERE day BETWEEN ? AND ?", [first, last])[0]["n"]
    trial = Trial(
        lines=lines,
        known=stored_known(store, lines, today + dt.timedelta(days=1)),
        history=history,
        source=f"records of {first} to {last} in this workspace",
        as_of=today,
        arms=stored_arms(store, lines) if planned else None,
        others={_named(one): hits(one.rule, lines, history) for one in acting},
        pushes_off=(lambda tried, kept: _pushed(store, lines, tried, kept)) if planned else None,
    )
    made = backtest(rule, trial)
    return BackTest(made.first, made.last, made.records, made.met, made.kept, made.figures,
                    (*unmet_words(rule, lines), *made.said))  # fmt: skip


def _named(one: Acting) -> str:
    return f'{one.version.name} "{one.rule.title}"'


def require_selective(made: BackTest) -> None:
    """Refuse a rule that hits nearly everything that is stored.

    Raises:
        InputError: it hits more than `LARGEST_SHARE`.
    """
    share = made.hits / made.records
    if share > LARGEST_SHARE:
        raise InputError(
            f"This rule hits {100 * share:.3g} % of the {made.records} stored records of {made.first} to {made.last}.",
            hint=f"Above {100 * LARGEST_SHARE:g} % it selects nothing: add a test, or narrow a bound.",
            column="when",
            value=f"{made.hits} hits",
        )


_PUSHED = """
    WITH latest AS (
        SELECT * FROM (SELECT d.*, row_number() OVER (
            PARTITION BY d.source, d.record_id ORDER BY p.made_at DESC, p.ledger_seq DESC, d.plan) AS turn
            FROM draw d JOIN plan p ON p.plan = d.plan) ordered WHERE turn = 1
    ), needed AS (
        SELECT l.plan, l.office, l.lane, l.day, count(*) * ? AS minutes FROM latest l
        JOIN hit h ON h.source = l.source AND h.record_id = l.record_id
        WHERE l.arm = '' GROUP BY l.plan, l.office, l.lane, l.day
    ), targeted AS (
        SELECT l.*, sum(l.service_minutes) OVER (
            PARTITION BY l.plan, l.office, l.lane, l.day ORDER BY l.expected_harm, l.source, l.record_id
        ) - l.service_minutes AS freed_before
        FROM latest l WHERE l.arm = 'targeted'
            AND NOT EXISTS (SELECT 1 FROM hit h WHERE h.source = l.source AND h.record_id = l.record_id)
    ), pushed AS (
        SELECT t.plan, t.office, t.lane, t.day, count(*) AS records, sum(t.service_minutes) AS minutes,
               sum(t.expected_harm) AS expected_harm
        FROM targeted t JOIN needed n ON t.plan = n.plan AND t.day = n.day
            AND t.office IS NOT DISTINCT FROM n.office AND t.lane IS NOT DISTINCT FROM n.lane
        WHERE t.freed_before < n.minutes GROUP BY t.plan, t.office, t.lane, t.day
    )
    SELECT coalesce(sum(p.records), 0) AS records, coalesce(sum(p.minutes), 0) AS minutes,
           coalesce(sum(p.expected_harm), 0) AS expected_harm,
           coalesce(sum(greatest(n.minutes - coalesce(p.minutes, 0), 0)), 0) AS not_covered_minutes
    FROM needed n LEFT JOIN pushed p ON p.plan = n.plan AND p.day = n.day
        AND p.office IS NOT DISTINCT FROM n.office AND p.lane IS NOT DISTINCT FROM n.lane
"""


def _pushed(store: Store, lines: Lines, rule: Rule, kept: Bools) -> dict[str, Any]:
    """Return what hits that no plan chose would have taken from the targeted arm, least expected harm first.

    Minutes are taken within an office, lane and day; a pool shared by several of them is not followed.
    """
    hit = places_of(lines).filter(pa.array(kept)).select(["source", "record_id"])
    row = store.rows(_PUSHED, [float(rule.minutes)], hit=hit)[0]
    counts: dict[str, Any] = {name: float(str(value)) for name, value in row.items()}
    return counts | {"records": int(counts["records"])}


def keep_test(
    workspace: Workspace,
    rule: str,
    *,
    person: str,
    version: int | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> tuple[dict[str, Any], BackTest]:
    """Try a stored version on stored weeks, keep what it showed, and return the kept row with it.

    Raises:
        UnknownName: there is no such rule.
        InputError: there is no such version, or nothing is stored.
    """
    store = workspace.store
    named = required("person", person)
    one = stored_rule(store, rule, version, workspace.clock().date())
    made = try_on_workspace(workspace, parse(str(one.row["text"])), since, until, name=rule)
    number = int(one.row["version"])
    earlier = store.rows("SELECT count(*) AS n FROM target_rule_test WHERE rule = ? AND version = ?", [rule, number])
    test = f"{rule}/{number}/t{int(str(earlier[0]['n'])) + 1}"
    row: dict[str, Any] = {
        "test": test, "rule": rule, "version": number, "sha256": one.row["sha256"], "starts": made.first,
        "ends": made.last, "records": made.records, "hits": made.hits, "body": json.dumps(made.as_dict()),
        "person": named,
    }  # fmt: skip
    body = {
        "rule": rule, "version": number, "act": "test", "test": test, "sha256": row["sha256"],
        "starts": made.first.isoformat(), "ends": made.last.isoformat(), "records": made.records, "hits": made.hits,
    }  # fmt: skip
    with store.transaction():
        entry = seal(workspace, "target-rule", test, [row["body"], named], body, [named])
        row |= {"tested_at": entry.time, "ledger_seq": entry.seq}
        store.append("target_rule_test", pa.Table.from_pylist([row], schema=TARGET_RULE_TEST))
    return row, made
