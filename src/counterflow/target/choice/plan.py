"""Making a plan: reads the workspace, chooses, seals the draw in the ledger, and keeps the whole frame.

The ledger entry is written, durably, before the plan's rows are committed, and outcomes are only taken for
committed plans: so what was drawn, with which seed and which probabilities, is on record before any outcome
is. The same request on the same data is the same plan and is made once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from counterflow.core.errors import InputError, UsageError
from counterflow.core.tables import DRAW
from counterflow.store.ledger import decimal_text
from counterflow.store.repository import Store
from counterflow.store.workspace import Workspace
from counterflow.target.choice import frame
from counterflow.target.choice.capacity import Capacity, read_capacity
from counterflow.target.choice.choose import ARMS, Choice, choose
from counterflow.target.choice.seal import by_arm, draw_entries, plan_id
from counterflow.target.first_score.history import past_rates
from counterflow.target.first_score.score import Scores, score
from counterflow.target.grounds.lookout import mandatory_by_lookout
from counterflow.target.grounds.mandatory import mandatory_by_rule
from counterflow.target.options import TargetOptions, options_from
from counterflow.target.sheets.reasons import reasons_of

__all__ = ["PLAN_COLUMNS", "Plan", "check_request", "plan", "plans", "selected_rows"]

#: columns of the plan file; `source` and `resource` trail
PLAN_COLUMNS = (
    "record_id", "office", "lane", "day", "rank", "arm", "inclusion_probability", "expected_harm", "reasons",
    "source", "resource",
)  # fmt: skip
_LONGEST_PERIOD = dt.timedelta(days=731)
#: the ledger keeps whole numbers that every reader of JSON keeps
_LARGEST_SEED = 2**53 - 1


@dataclass(frozen=True)
class Plan:
    """A plan as it stands in the workspace.

    Args:
        plan: its id.
        starts: first day.
        ends: last day, included.
        eligible: records in its frame, those included that no resource reaches.
        selected: arm to number of records.
        minutes: minutes of capacity, and how many of them the plan uses.
        said: what the person who planned must know, in words.
        repeated: True where the same request was planned before, and that plan is given back.
    """

    plan: str
    starts: dt.date
    ends: dt.date
    eligible: int
    selected: Mapping[str, int]
    minutes: tuple[float, float]
    said: tuple[str, ...] = ()
    repeated: bool = False

    def counts(self) -> dict[str, Any]:
        """Return what was counted, as plain data."""
        total, used = self.minutes
        arms = {arm: self.selected.get(arm, 0) for arm in ARMS[1:]}
        return {"plan": self.plan, "eligible": self.eligible, **arms, "minutes": total, "minutes_used": used}


def plan(
    workspace: Workspace, capacity_file: Path, start: dt.date, end: dt.date, random_share: float, seed: int
) -> Plan:
    """Choose the records to inspect from `start` to `end` (both included, by day of declaration).

    Args:
        workspace: records, findings, outcomes; takes the plan.
        capacity_file: see `counterflow.target.choice.capacity`.
        start: first day.
        end: last day.
        random_share: share of each pool's minutes for the random arm, above 0 and at most 1.
        seed: seed of the draw.

    Raises:
        UsageError: the period, the share or the seed cannot be used.
        InputError: the capacity file cannot be used, or nothing is eligible.
    """
    check_request(start, end, random_share, seed)
    options = options_from(workspace.settings.target)
    store, now = workspace.store, workspace.clock()
    capacity = read_capacity(capacity_file).within(start, end)
    records = frame.eligible_records(store, start, end, options)
    _require_records(store, records, capacity, start, end)
    scores, grounds = _scored(store, records, start, now, options)
    mandatory = np.zeros(records.num_rows, bool)
    mandatory[grounds.column("row").to_numpy()] = True
    asked = [start, end, decimal_text(random_share), seed, capacity.sha256]
    named = plan_id(asked, records, scores.harm, mandatory)
    if store.rows("SELECT plan FROM plan WHERE plan = ?", [named]):
        return _again(store, named, capacity, start, end)
    days = [start + dt.timedelta(days=i) for i in range((end - start).days + 1)]
    choice = choose(records, capacity.pools, days, scores.harm, mandatory, share=random_share, seed=seed)
    _require_reach(choice, start, end)
    draws = _draw_rows(named, records, choice, reasons_of(store, records, choice, scores, grounds))
    said = (*capacity.said, *_said(store, records, choice, start, end))
    head = {
        "plan": named,
        "starts": start.isoformat(),
        "ends": end.isoformat(),
        "seed": seed,
        "random_share": decimal_text(random_share),
        "capacity_sha256": capacity.sha256,
    }
    with store.transaction():
        sealed = workspace.ledger.append_many(draw_entries(head, draws, choice), key=f"draw {named}")
        store.append("draw", draws)
        row = {"plan": named, "starts": start, "ends": end, "seed": seed, "random_share": random_share}
        row |= {"capacity_sha256": capacity.sha256, "made_at": now, "ledger_seq": sealed[0].seq, "said": list(said)}
        store.append("plan", pa.Table.from_pylist([row]))
    return Plan(named, start, end, draws.num_rows, by_arm(choice), _minutes(choice), said)


def check_request(start: dt.date, end: dt.date, share: float, seed: int) -> None:
    """Refuse a request that no plan can answer.

    Raises:
        UsageError: the period, the share or the seed cannot be used.
    """
    if end < start:
        raise UsageError(f"The period ends ({end}) before it starts ({start}).", hint="Swap the days.")
    if end - start > _LONGEST_PERIOD:
        raise UsageError("A plan covers two years at most.", hint="Plan a shorter period.")
    if not 0 < share <= 1:
        raise UsageError(
            f"The random share is above 0 and at most 1, not {share}.",
            hint="Without a random arm nobody can say what was missed; 0.05 to 0.1 costs little.",
        )
    if not 0 <= seed <= _LARGEST_SEED:
        hint = "Write one down and use it."
        raise UsageError(f"A seed is a whole number from 0 to {_LARGEST_SEED}, not {seed}.", hint=hint)


def _require_records(store: Store, records: pa.Table, capacity: Capacity, start: dt.date, end: dt.date) -> None:
    """Say what is wrong when nothing is eligible, or when capacity is for places that no record has."""
    known = store.rows("SELECT min(declared_on) AS first, max(declared_on) AS last FROM consignment")[0]
    if known["first"] is None:
        raise InputError("No record is loaded.", hint="`counterflow intake load FILE --map NAME` loads some.")
    places = store.query("SELECT DISTINCT office, lane FROM consignment")
    capacity.require_places(*([v for v in places.column(c).unique().to_pylist() if v] for c in ("office", "lane")))
    if not records.num_rows:
        raise InputError(
            f"No eligible record is declared from {start} to {end}.",
            hint=f"Records: {known['first']} to {known['last']}; presented ones are not eligible.",
        )


def _require_reach(choice: Choice, start: dt.date, end: dt.date) -> None:
    """An empty plan would take the place of the one that is being worked: there is none without a record in reach."""
    if not (choice.probability > 0).any():
        raise InputError(
            f"No resource can reach any of the {len(choice.probability)} eligible records of {start} to {end}:"
            f" {_places(choice)}.",
            hint="Add rows for those offices and lanes to the capacity file, or minutes for one inspection.",
        )


def _scored(
    store: Store, records: pa.Table, start: dt.date, now: dt.datetime, options: TargetOptions
) -> tuple[Scores, pa.Table]:
    """Score records by findings and by outcomes before the first day; return mandatory grounds too."""
    before = dt.datetime.combine(start, dt.time(), dt.UTC)
    lines = frame.goods_lines(store, records, options)
    history = past_rates(lines, records.num_rows, frame.past_labels(store, before, options), options)
    findings = frame.findings_on(store, records)
    scores = score(records.num_rows, findings, history, frame.record_of_codes(store, before), options)
    grounds = [mandatory_by_rule(findings, options), mandatory_by_lookout(store, records, now)]
    return scores, pa.concat_tables(grounds)


def _draw_rows(plan_id: str, records: pa.Table, choice: Choice, reasons: pa.Array) -> pa.Table:
    """Return the frame: every eligible record, drawn or not, with its probability; 0 where no resource reaches it."""
    place = np.full(records.num_rows, len(reasons), np.int64)
    place[choice.selected] = np.arange(len(reasons))
    told = pa.concat_arrays([reasons, pa.nulls(1, pa.string())])
    pools = [one.pool for one in choice.cells]
    which = pa.array(np.where(choice.cell < 0, len(pools), choice.cell))
    of_pool = {
        "resource": pa.array([p.resource for p in pools] + [None], pa.string()),
        "service_minutes": pa.array([p.service_minutes for p in pools] + [None], pa.float64()),
        "detection_rate": pa.array([p.detection_rate for p in pools] + [None], pa.float64()),
    }
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        name: records.column(name) for name in ("source", "record_id", "office", "lane", "day")
    }
    columns |= {name: values.take(which) for name, values in of_pool.items()}
    columns |= {
        "plan": pa.array([plan_id], pa.string()).take(pa.array(np.zeros(records.num_rows, np.int64))),
        "arm": pa.array(ARMS, pa.string()).take(pa.array(choice.arm)),
        "rank": pa.array(choice.rank, pa.int32(), mask=choice.rank == 0),
        "inclusion_probability": pa.array(choice.probability),
        "expected_harm": pa.array(np.round(choice.expected_harm, 9)),
        "reasons": told.take(pa.array(place)),
    }
    return pa.table({field.name: columns[field.name] for field in DRAW if field.name in columns})


def _minutes(choice: Choice) -> tuple[float, float]:
    """Return the minutes of capacity, and those that the plan uses."""
    service = np.array([cell.pool.service_minutes for cell in choice.cells] + [0.0])
    used = float(service[choice.cell[choice.selected]].sum())
    return sum(cell.pool.minutes for cell in choice.cells), used


def _places(choice: Choice) -> str:
    """Return the offices and lanes of the records that no resource reaches."""
    places = sorted({choice.groups.keys[g][1:] for g in choice.groups.of_record[choice.probability <= 0]})
    more = f" and {len(places) - 5} more" if len(places) > 5 else ""
    return ", ".join(f"{office or 'no office'}/{lane or 'no lane'}" for office, lane in places[:5]) + more


def _uncovered(records: pa.Table, choice: Choice) -> list[str]:
    """Return one line for mandatory records without minutes, and one for those that no resource reaches."""
    said = []
    for rows, why in (
        (choice.uncovered & (choice.probability > 0), "no minutes are left for"),
        (choice.uncovered & (choice.probability <= 0), "no resource can reach"),
    ):
        where = np.flatnonzero(rows)
        if len(where):
            ids = ", ".join(str(i) for i in records.column("record_id").take(pa.array(where[:10])).to_pylist())
            more = f" and {len(where) - 10} more" if len(where) > 10 else ""
            said.append(f"MANDATORY NOT COVERED: {len(where)} mandatory records that {why}: {ids}{more}")
    return said


def _unscreened(store: Store, start: dt.date, end: dt.date) -> list[str]:
    """Return a line where records of the period have been through no check: they look clean because nobody looked."""
    found = store.rows(
        "SELECT count(*) AS records FROM consignment c WHERE c.declared_on BETWEEN ? AND ? AND EXISTS (SELECT 1"
        " FROM batch b WHERE b.source = c.source AND b.batch = c.batch) AND NOT EXISTS (SELECT 1 FROM screening s"
        " WHERE s.source = c.source AND s.batch = c.batch)",
        [start, end],
    )[0]["records"]
    return [f"NOT SCREENED: {found} records; run `counterflow screen run`, then plan again"] if found else []


def _said(store: Store, records: pa.Table, choice: Choice, start: dt.date, end: dt.date) -> list[str]:
    """Return what must not go unsaid about a choice."""
    said = [*_unscreened(store, start, end), *_uncovered(records, choice)]
    if beyond := int((choice.probability <= 0).sum()):
        said.append(f"{beyond} of the eligible records are out of reach of every resource ({_places(choice)})")
    idle = sum(not cell.groups for cell in choice.cells)
    if idle:
        said.append(f"{idle} of {len(choice.cells)} pools and days have no eligible record")
    short = sum(bool(cell.groups) and not cell.pool.slots for cell in choice.cells)
    if short:
        said.append(f"{short} of {len(choice.cells)} pools and days have less time than one inspection takes")
    earlier = store.rows("SELECT count(*) AS plans FROM plan WHERE starts <= ? AND ends >= ?", [end, start])[0]["plans"]
    if earlier:
        said.append(f"days of this period were planned before, in {earlier} other plans; the ledger holds each")
    return said


def _again(store: Store, plan_id: str, capacity: Capacity, start: dt.date, end: dt.date) -> Plan:
    """Return the plan that the same request made before, with what was said of it then."""
    counted = store.rows(
        "SELECT arm, count(*) AS records, sum(service_minutes) AS minutes FROM draw WHERE plan = ? GROUP BY arm",
        [plan_id],
    )
    selected = dict.fromkeys(ARMS[1:], 0)
    selected |= {str(r["arm"]): int(str(r["records"])) for r in counted if r["arm"]}
    used = sum(float(str(r["minutes"])) for r in counted if r["arm"])
    eligible = sum(int(str(r["records"])) for r in counted)
    kept = store.query("SELECT said FROM plan WHERE plan = ?", [plan_id]).column("said").to_pylist()[0]
    days = (end - start).days + 1
    minutes = sum(pool.minutes * (days if pool.day is None else 1) for pool in capacity.pools)
    return Plan(plan_id, start, end, eligible, selected, (minutes, used), tuple(kept or ()), repeated=True)


def selected_rows(store: Store, plan_id: str) -> pa.Table:
    """Return the selected records of a plan in order of office, lane, day and rank, with `PLAN_COLUMNS`."""
    return store.query(
        "SELECT record_id, coalesce(office, '') AS office, coalesce(lane, '') AS lane, day, rank, arm,"
        " inclusion_probability, expected_harm, reasons, source, resource"
        " FROM draw WHERE plan = ? AND arm <> '' ORDER BY office, lane, day, rank",
        [plan_id],
    )


def plans(store: Store) -> pa.Table:
    """Return every plan in the order they were made, with records eligible, selected and with an outcome."""
    return store.query(
        "SELECT p.plan, p.starts, p.ends, p.seed, p.random_share, p.made_at, p.ledger_seq,"
        " count(d.record_id) AS eligible, count(CASE WHEN d.arm <> '' THEN 1 END) AS selected,"
        " (SELECT count(*) FROM (SELECT DISTINCT o.plan, o.source, o.record_id FROM outcome o) known"
        "  WHERE known.plan = p.plan) AS with_outcome"
        " FROM plan p LEFT JOIN draw d ON d.plan = p.plan"
        " GROUP BY p.plan, p.starts, p.ends, p.seed, p.random_share, p.made_at, p.ledger_seq"
        " ORDER BY p.made_at, p.ledger_seq, p.plan"
    )
