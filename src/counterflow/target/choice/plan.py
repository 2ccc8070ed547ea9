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

import pyarrow as pa

from counterflow.core.errors import InputError, UsageError
from counterflow.store.ledger import decimal_text
from counterflow.store.repository import Store
from counterflow.store.workspace import Workspace
from counterflow.target.choice import frame
from counterflow.target.choice.capacity import Capacity, read_capacity
from counterflow.target.choice.choose import ARMS, Choice, choose
from counterflow.target.choice.explore import exploration, share_for
from counterflow.target.choice.rank import rank_records
from counterflow.target.choice.rows import draw_rows
from counterflow.target.choice.said import minutes_of, places_of, said_of, top_tier_words
from counterflow.target.choice.seal import by_arm, draw_entries, plan_id, rests_on
from counterflow.target.models.words import model_words
from counterflow.target.options import options_from
from counterflow.target.sheets.reasons import reasons_of
from counterflow.target.told import of_rows

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
    workspace: Workspace,
    capacity_file: Path,
    start: dt.date,
    end: dt.date,
    random_share: float | None,
    seed: int,
) -> Plan:
    """Choose the records to inspect from `start` to `end` (both included, by day of declaration).

    Args:
        workspace: records, findings, outcomes, rules, models; takes the plan.
        capacity_file: see `counterflow.target.choice.capacity`.
        start: first day.
        end: last day.
        random_share: share of each pool's minutes for the random arm, above 0 and at most 1; None takes the setting,
            or, where the setting says so, what the last weeks' random inspections ask for.
        seed: seed of the draw.

    Raises:
        UsageError: the period, the share or the seed cannot be used.
        InputError: the capacity file cannot be used, or nothing is eligible.
    """
    store, now, settings = workspace.store, workspace.clock(), workspace.settings.target
    check_request(start, end, settings.random_share if random_share is None else random_share, seed)
    options = options_from(settings)
    capacity = read_capacity(capacity_file).within(start, end)
    records = frame.eligible_records(store, start, end, options)
    _require_records(store, records, capacity, start, end)
    share, share_said = share_for(workspace, start, random_share)
    ranked = rank_records(workspace, records, start, end, options)
    explore = exploration(workspace, records, ranked, capacity, share, start)
    asked = [start, end, decimal_text(share), seed, capacity.sha256, *explore.asked]
    named = plan_id(asked, records, ranked.scores.harm, ranked.mandatory)
    if store.rows("SELECT plan FROM plan WHERE plan = ?", [named]):
        return _again(store, named, capacity, start, end)
    days = [start + dt.timedelta(days=i) for i in range((end - start).days + 1)]
    choice = choose(
        records, capacity.pools, days, ranked.scores.harm, ranked.mandatory, share=share, seed=seed, explore=explore.how
    )
    _require_reach(choice, start, end)
    more = model_words(store, records, choice, ranked.kept) if ranked.kept else []
    more.append(of_rows(explore.words, choice.arm == ARMS.index("followup")))
    reasons = reasons_of(store, records, choice, ranked.scores, ranked.grounds, more)
    draws = draw_rows(named, records, choice, reasons, ranked.chance)
    said = (
        *said_of(store, records, choice, start, end), *capacity.said, *share_said, *ranked.said, *explore.said,
        *top_tier_words(choice, ranked.scores, ranked.severity),
    )  # fmt: skip
    head = {
        "plan": named,
        "starts": start.isoformat(),
        "ends": end.isoformat(),
        "seed": seed,
        "random_share": decimal_text(share),
        "capacity_sha256": capacity.sha256,
        **rests_on(ranked),
    }
    with store.transaction():
        sealed = workspace.ledger.append_many(draw_entries(head, draws, choice), key=f"draw {named}")
        store.append("draw", draws)
        row = {"plan": named, "starts": start, "ends": end, "seed": seed, "random_share": share}
        row |= {"capacity_sha256": capacity.sha256, "made_at": now, "ledger_seq": sealed[0].seq, "said": list(said)}
        store.append("plan", pa.Table.from_pylist([row | {"model": ranked.model or None}]))
    return Plan(named, start, end, draws.num_rows, by_arm(choice), minutes_of(choice), said)


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
            f" {places_of(choice)}.",
            hint="Add rows for those offices and lanes to the capacity file, or minutes for one inspection.",
        )


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
