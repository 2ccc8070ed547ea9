"""Reads what the estimates rest on: the frames of the plans, and the latest outcome of each drawn record.

* A record that stands in several frames (planned again because nobody worked it or it was not presented, or periods
  that overlap) counts once, with the chance of the *first* worked plan that gave it one, and is in the random sample
  where that plan drew it at random. A later frame lacks what earlier plans had opened, so who is in it depends on what
  earlier draws chose, and chances cannot be multiplied over plans. What was found is its best outcome, whichever plan
  that answers. The sample asks more: a random draw that was not presented and that a later plan chose for its looks has
  no answer of its own, and counts as missing; else what looks bad would be answered more often than the rest.
* A day of a plan whose draws have no outcome at all has not been worked yet. It stays out of the frame, and how many
  records that leaves out is said. A draw without an outcome on a day that was worked is missing, not clean.
* Where the same records were drawn by a plan that was worked and by others that never were, that is said: the ledger
  shows every draw, and who can pick among draws can pick what is found.
* Pooling over periods is the same computation over more plans: each record brings its own probability, so plans and
  cells need not have drawn at the same rate.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from counterflow.account.interdiction.rates import Frame, InterdictionOptions, interdiction_rows
from counterflow.account.interdiction.sensitivity import Sensitivity
from counterflow.core.errors import ConfigError
from counterflow.store.repository import Store

if TYPE_CHECKING:
    from counterflow.core.settings import AccountSettings
    from counterflow.store.workspace import Workspace

__all__ = ["KNOWN_FRAMES", "interdiction", "options_from", "read_frame"]

#: the frames asked for, with the latest outcome of each drawn record (outcomes are never changed, only superseded)
KNOWN_FRAMES = """
WITH framed AS (
  SELECT plan, source, record_id, office, coalesce(lane, '') AS lane, day, coalesce(arm, '') AS arm,
         coalesce(inclusion_probability, 0) AS p, detection_rate,
         plan || ' ' || coalesce(office, '') || ' ' || coalesce(lane, '') || ' ' || CAST(day AS VARCHAR) || ' '
           || coalesce(stratum, '') AS cell
  FROM draw WHERE day >= ? AND day <= ?
), latest AS (
  SELECT plan, source, record_id, state, confirmation, time, recorded_at FROM (
    SELECT *, row_number() OVER (
      PARTITION BY plan, source, record_id ORDER BY recorded_at DESC, time DESC, ledger_seq DESC
    ) AS place FROM outcome
  ) AS ordered WHERE place = 1
), known AS (
  SELECT f.*, o.state, o.confirmation, o.time, o.recorded_at
  FROM framed AS f LEFT JOIN latest AS o
    ON f.plan = o.plan AND f.source = o.source AND f.record_id = o.record_id
), days AS (
  SELECT plan, day, sum(CASE WHEN arm <> '' THEN 1 ELSE 0 END) = 0 OR count(state) > 0 AS worked
  FROM known GROUP BY plan, day
), seen AS (
  SELECT k.*, p.made_at, row_number() OVER (
    PARTITION BY k.source, k.record_id ORDER BY k.p <= 0, p.made_at, p.ledger_seq, k.plan, k.day
  ) AS turn
  FROM known AS k JOIN days AS d ON k.plan = d.plan AND k.day = d.day LEFT JOIN plan AS p ON p.plan = k.plan
  WHERE d.worked
)
"""

_ELIGIBLE = """
SELECT lane, count(*) AS records FROM seen WHERE turn = 1 AND p > 0 GROUP BY lane ORDER BY lane
"""

#: the frame by what the draw tells apart: records of one plan, place, day and stratum with one chance
_SIZES = """
SELECT lane, cell, p AS chance, count(*) AS records FROM seen WHERE turn = 1 AND p > 0
GROUP BY lane, cell, p ORDER BY lane, cell, p
"""

_DRAWN = """
, grouped AS (
  SELECT source, record_id, max(CASE turn WHEN 1 THEN lane END) AS lane, max(detection_rate) AS detection_rate,
         max(CASE arm WHEN 'random' THEN 4 WHEN 'mandatory' THEN 3 WHEN 'followup' THEN 2 WHEN 'targeted' THEN 1
           ELSE 0 END) AS arm_code,
         max(CASE turn WHEN 1 THEN p END) AS inclusion_probability, max(CASE turn WHEN 1 THEN cell END) AS cell,
         max(CASE WHEN turn = 1 AND arm = 'random' AND p > 0 THEN 1 ELSE 0 END) = 1 AS sampled,
         max(CASE WHEN turn = 1 AND (state = 'inspected' OR confirmation IN ('confirmed', 'refuted')) THEN 1 ELSE 0
           END) = 1 AS answered
  FROM seen GROUP BY source, record_id
), best AS (
  SELECT source, record_id, state, confirmation, detection_rate FROM (
    SELECT *, row_number() OVER (
      PARTITION BY source, record_id
      ORDER BY CASE WHEN state = 'inspected' THEN 0 ELSE 1 END, recorded_at DESC, time DESC, plan
    ) AS place FROM seen WHERE state IS NOT NULL
  ) AS ordered WHERE place = 1
)
SELECT g.lane, CASE g.arm_code WHEN 4 THEN 'random' WHEN 3 THEN 'mandatory' WHEN 2 THEN 'followup' ELSE 'targeted' END
         AS arm,
       g.inclusion_probability, g.sampled, g.answered, coalesce(b.detection_rate, g.detection_rate) AS detection_rate,
       b.state, b.confirmation, g.cell
FROM grouped AS g LEFT JOIN best AS b ON g.source = b.source AND g.record_id = b.record_id
WHERE g.arm_code > 0 ORDER BY g.source, g.record_id
"""

_SUMMARY = """
, not_yet AS (
  SELECT DISTINCT source, record_id FROM known WHERE p > 0 EXCEPT SELECT source, record_id FROM seen
), idle AS (
  SELECT DISTINCT k.plan FROM known AS k JOIN seen AS s ON k.source = s.source AND k.record_id = s.record_id
  WHERE k.plan NOT IN (SELECT plan FROM seen)
)
SELECT count(DISTINCT plan) AS plans, min(day) AS first_day, max(day) AS last_day, count(state) AS outcomes,
       max(time) AS last_time, (SELECT count(*) FROM not_yet) AS not_worked,
       count(CASE WHEN turn = 1 AND p <= 0 THEN 1 END) AS out_of_reach,
       (SELECT count(*) FROM idle) AS idle_draws,
       count(CASE WHEN CAST(time AS DATE) < CAST(made_at AS DATE) THEN 1 END) AS before_draw
FROM seen
"""


def read_frame(store: Store, today: dt.date, since: dt.date | None = None, until: dt.date | None = None) -> Frame:
    """Return the frame of all plans with days from `since` to `until` (both included; None for no end).

    Args:
        store: the tables.
        today: as-of date where there is no outcome yet.
        since: first planned day.
        until: last planned day.
    """
    days = [since or dt.date.min, until or dt.date.max]
    eligible = {str(row["lane"]): int(str(row["records"])) for row in store.rows(KNOWN_FRAMES + _ELIGIBLE, days)}
    summary = store.rows(KNOWN_FRAMES + _SUMMARY, days)[0]
    last = summary["last_time"]
    return Frame(
        eligible=eligible,
        drawn=store.query(KNOWN_FRAMES + _DRAWN, days),
        sizes=store.query(KNOWN_FRAMES + _SIZES, days),
        as_of=last.date() if isinstance(last, dt.datetime) else today,
        source=_source_words(summary),
        not_worked=int(str(summary["not_worked"])),
        out_of_reach=int(str(summary["out_of_reach"])),
        idle_draws=int(str(summary["idle_draws"])),
        before_draw=int(str(summary["before_draw"])),
    )


def _source_words(summary: dict[str, object]) -> str:
    if not summary["plans"]:
        return "no plan has been worked yet"
    return (
        f"{summary['plans']} plan(s) for {summary['first_day']} to {summary['last_day']}, "
        f"{summary['outcomes']} outcomes"
    )


def options_from(settings: AccountSettings, sensitivity: Sensitivity | None = None) -> InterdictionOptions:
    """Return the options that `settings` ask for; `sensitivity` stands before theirs."""
    if (settings.sensitivity_of is None) != (settings.sensitivity_found is None):
        raise ConfigError(
            "account.sensitivity_found and account.sensitivity_of go together: so many found of so many.",
            hint="Set both, or neither.",
        )
    if sensitivity is None and settings.sensitivity_of and settings.sensitivity_found is not None:
        sensitivity = Sensitivity.tested(settings.sensitivity_found, settings.sensitivity_of)
    return InterdictionOptions(
        level=settings.level, usefulness_limit=settings.usefulness_limit, sensitivity=sensitivity
    )


def interdiction(
    workspace: Workspace,
    *,
    since: dt.date | None = None,
    until: dt.date | None = None,
    sensitivity: Sensitivity | None = None,
) -> list[dict[str, object]]:
    """Return the rows of `interdiction_rows` for a workspace and a period of planned days."""
    frame = read_frame(workspace.store, workspace.clock().date(), since, until)
    return interdiction_rows(frame, options_from(workspace.settings.account, sensitivity))
