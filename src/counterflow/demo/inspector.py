"""People at the belt, simulated: some parcels never reach them, they miss things, and laboratories take days.

What comes out is what the offices would report: `record_id,state,confirmation,harm_class,time`, later rows
superseding earlier ones. A drug test on the spot is presumptive; the laboratory confirms it, or refutes it,
days later. Goods without any drug test positive now and then, and those are the ones that get refuted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.seeds import generator
from counterflow.core.tables import INSTANT

__all__ = ["OUTCOMES", "InspectorHabits", "inspect", "released", "seized"]

OUTCOMES = pa.schema(
    [
        ("record_id", pa.string()), ("state", pa.string()), ("confirmation", pa.string()),
        ("harm_class", pa.string()), ("time", INSTANT),
    ]
)  # fmt: skip
_NEEDS_LABORATORY = ("drug", "precursor")
_EVENING_HOUR = 20


@dataclass(frozen=True, slots=True)
class InspectorHabits:
    """How the simulated service works.

    Args:
        not_presented: share of selected records that never reach the belt. 3 %: small, and never zero in the
            reports of those who audited the mail.
        false_presumptive: share of honest goods that a field test calls a drug.
        laboratory_days: shortest and longest wait for the laboratory.
        other_days: shortest and longest wait for the confirmation of anything else.
    """

    not_presented: float = 0.03
    false_presumptive: float = 0.004
    laboratory_days: tuple[float, float] = (2.0, 16.0)
    other_days: tuple[float, float] = (0.1, 2.0)


def inspect(
    truth: pa.Table,
    plan_rows: pa.Table,
    detection_rate: float | Mapping[str, float],
    seed: int,
    habits: InspectorHabits | None = None,
) -> pa.Table:
    """Return what inspecting a plan's selected records reports, in order of time (schema `OUTCOMES`).

    A record's luck hangs on the seed, the record and the day alone, so that two plans can be compared.

    Args:
        truth: the world's truth (`world.TRUTH`).
        plan_rows: rows of a plan: record_id and day (a date or ISO text), and resource where rates go by it.
        detection_rate: chance to find what is there, one for all or by resource.
        seed: seed of the service.
        habits: how it works.
    """
    habits = habits or InspectorHabits()
    plan = plan_rows.sort_by([("day", "ascending"), ("record_id", "ascending")])
    luck = _luck(seed, plan)
    classes = _hidden_classes(truth, plan.column("record_id"))
    presented = luck["presented"] >= habits.not_presented
    found = presented & (classes != "") & (luck["found"] < _rates(plan, detection_rate))
    false_alarm = presented & (classes == "") & (luck["found"] < habits.false_presumptive)
    first = _first_rows(plan, presented, found, false_alarm, classes, luck)
    later = _later_rows(first, found, false_alarm, classes, luck, habits)
    return pa.concat_tables([first, later]).sort_by([("time", "ascending"), ("record_id", "ascending")])


def seized(outcomes: pa.Table, truth: pa.Table) -> list[str]:
    """Return the records that schemes know they lost: something was found, whatever was said later."""
    alarms = outcomes.filter(pc.is_in(outcomes["confirmation"], pa.array(["suspected", "presumptive", "confirmed"])))
    lost = alarms.filter(pc.is_in(alarms["record_id"], truth["record_id"].combine_chunks()))
    return sorted(set(lost["record_id"].to_pylist()))


def _luck(seed: int, plan: pa.Table) -> dict[str, np.ndarray]:
    """Return uniform numbers for each record of a plan."""
    names = ("presented", "found", "hour", "wait")
    days, records = plan.column("day").cast(pa.string()).to_pylist(), plan.column("record_id").to_pylist()
    numbers = np.empty((len(records), len(names)))
    for row, (day, record) in enumerate(zip(days, records, strict=True)):
        numbers[row] = generator(seed, "inspect", day, record).random(len(names))
    return dict(zip(names, numbers.T, strict=True))


def _hidden_classes(truth: pa.Table, records: pa.ChunkedArray) -> np.ndarray:
    """Return the class of what each record hides; empty where it hides nothing."""
    number = pc.index_in(records, truth["record_id"].combine_chunks())
    classes = truth["harm_class"].combine_chunks().take(number.combine_chunks())
    return np.array(pc.fill_null(classes, "").to_pylist(), dtype=object)


def _rates(plan: pa.Table, detection_rate: float | Mapping[str, float]) -> np.ndarray:
    if isinstance(detection_rate, Mapping):
        usual = sum(detection_rate.values()) / len(detection_rate)  # where a plan does not say who inspects
        return np.array([detection_rate.get(name, usual) for name in plan.column("resource").to_pylist()], float)
    return np.full(plan.num_rows, detection_rate)


def _first_rows(
    plan: pa.Table,
    presented: np.ndarray,
    found: np.ndarray,
    false_alarm: np.ndarray,
    classes: np.ndarray,
    luck: dict[str, np.ndarray],
) -> pa.Table:
    """Return the day's report: one row a record."""
    needs_laboratory = np.isin(classes, _NEEDS_LABORATORY) | false_alarm
    said = np.where(needs_laboratory, "presumptive", "suspected")
    day = np.array(plan.column("day").cast(pa.string()).to_pylist(), "datetime64[D]").astype("datetime64[s]")
    second = ((6 + luck["hour"] * (_EVENING_HOUR - 6)) * 3_600).astype("timedelta64[s]")
    alarm = found | false_alarm
    return pa.table(
        {
            "record_id": plan.column("record_id"),
            "state": np.where(presented, "inspected", "not_presented").tolist(),
            "confirmation": np.where(alarm, said, "none").tolist(),
            "harm_class": np.where(found, classes, np.where(false_alarm, "drug", "")).tolist(),
            "time": pa.array(day + second, pa.timestamp("s")).cast(pa.timestamp("us")).cast(INSTANT),
        },
        schema=OUTCOMES,
    )


def _later_rows(
    first: pa.Table,
    found: np.ndarray,
    false_alarm: np.ndarray,
    classes: np.ndarray,
    luck: dict[str, np.ndarray],
    habits: InspectorHabits,
) -> pa.Table:
    """Return what the laboratory or a second look says of each alarm."""
    tested = np.isin(classes, _NEEDS_LABORATORY) | false_alarm
    shortest = np.where(tested, habits.laboratory_days[0], habits.other_days[0])
    longest = np.where(tested, habits.laboratory_days[1], habits.other_days[1])
    wait = ((shortest + luck["wait"] * (longest - shortest)) * 86_400).astype("timedelta64[s]")
    when = first["time"].cast(pa.timestamp("us")).to_numpy() + wait.astype("timedelta64[us]")
    rows = first.set_column(2, "confirmation", pa.array(np.where(false_alarm, "refuted", "confirmed").tolist()))
    rows = rows.set_column(4, "time", pa.array(when, pa.timestamp("us")).cast(INSTANT)).cast(OUTCOMES)
    return rows.filter(pa.array(found | false_alarm))


def released(outcomes: pa.Table, until: dt.datetime) -> tuple[pa.Table, pa.Table]:
    """Return the rows known by `until`, and those that are still to come."""
    known = pc.less(outcomes["time"], pa.scalar(until, INSTANT))
    return outcomes.filter(known), outcomes.filter(pc.invert(known))
