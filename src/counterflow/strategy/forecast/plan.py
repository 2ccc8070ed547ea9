"""A planned action as its author states it: kind, drug, area, time, size; what is refused."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache

from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.reference.csv_files import read_rows
from counterflow.strategy.model.layout import DRUGS, LAST_YEAR

__all__ = ["TURMOIL", "Alternative", "Kind", "Plan", "alternatives", "checked", "kinds", "start_of"]

_START = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_LONGEST = 36
#: the alternative in which overdoses rise around seizures
TURMOIL = "turmoil"
_LARGEST_AREA = 3.4e8
_FIRST = 2023


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of action, and where it acts.

    Args:
        name: its name.
        mechanisms: points of the model it acts at.
        parameter: parameter that says how much of what is addressed is lost; "" where size says it.
        unit: unit of its size.
        most: largest size; 0 where the area's flow says it.
        words: what it is.
        source: what is known of it.
    """

    name: str
    mechanisms: tuple[str, ...]
    parameter: str
    unit: str
    most: float
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """One answer to how people and market take an action.

    Args:
        name: its name.
        weight: declared weight before those that do not apply are left out.
        switch: structural switch that is set to 1; "" for none.
        kinds: kinds of action it may apply to.
        words: what it claims.
        source: what speaks for it.
    """

    name: str
    weight: float
    switch: str
    kinds: tuple[str, ...]
    words: str
    source: str


@cache
def kinds() -> dict[str, Kind]:
    """Return the kinds of action, by name."""
    return {
        r["kind"]: Kind(
            r["kind"], tuple(r["mechanisms"].split()), r["parameter"], r["unit"], float(r["most"] or 0), r["words"],
            r["source"],
        )
        for r in read_rows("strategy", "action_kinds.csv")
    }  # fmt: skip


def alternatives(kind: str) -> tuple[Alternative, ...]:
    """Return the structural alternatives that apply to a kind of action, weights adding up to 1."""
    rows = [
        Alternative(
            r["alternative"], float(r["weight"]), r["switch"], tuple(r["kinds"].split()), r["words"], r["source"]
        )
        for r in read_rows("strategy", "action_structures.csv")
    ]
    mine = [row for row in rows if kind in row.kinds]
    total = sum(row.weight for row in mine)
    return tuple(
        Alternative(row.name, row.weight / total, row.switch, row.kinds, row.words, row.source) for row in mine
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """A planned action.

    Args:
        kind: a name of `kinds()`.
        drug: a drug of the model.
        area: name of the area.
        starts: first day.
        months: how long it lasts.
        size: in the unit of its kind.
        population: people in the area.
        rate: deaths by opioid overdose per 100,000 a year in the area; None where nobody said.
        rate_source: who says so.
        stops: people or vehicles that will be stopped, as planned; None where nobody said.
        arrests: arrests planned; None where nobody said.
    """

    kind: str
    drug: str
    area: str
    starts: dt.date
    months: int
    size: float
    population: float
    rate: float | None = None
    rate_source: str = ""
    stops: int | None = None
    arrests: int | None = None

    @property
    def of(self) -> Kind:
        """Its kind."""
        return kinds()[self.kind]


def start_of(text: str) -> dt.date:
    """Return the first day that a text names: 2027-03 or 2027-03-15.

    Raises:
        InputError: it names none.
    """
    found = _START.fullmatch(text.strip())
    try:
        if found is not None:
            return dt.date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        pass
    raise InputError("It names no day.", column="start", value=text, hint="Write 2027-03 or 2027-03-15.")


def checked(plan: Plan) -> Plan:
    """Return the plan if the model can say anything about it.

    Raises:
        UnknownName: kind or drug.
        UsageError: time, size, people or rate out of range; the hint gives the range.
    """
    if plan.kind not in kinds():
        raise UnknownName("kind of action", plan.kind, kinds())
    if plan.drug not in DRUGS:
        raise UnknownName("drug of the model", plan.drug, DRUGS)
    most = plan.of.most
    size = f"--size is above 0 {plan.of.unit}" + (f" and at most {most:g}" if most else "")
    for fine, said, hint in (
        (bool(plan.area.strip()), "The area has no name.", "--area NAME."),
        (1 <= plan.months <= _LONGEST, f"{plan.months} months are asked for.", f"--months lies from 1 to {_LONGEST}."),
        (plan.size > 0 and (not most or plan.size <= most), f"The size {plan.size:g} cannot be.", f"{size}."),
        (
            1000 <= plan.population <= _LARGEST_AREA, f"{plan.population:,.0f} people live nowhere.",
            f"--population lies from 1,000 to {_LARGEST_AREA:,.0f}.",
        ),
        (
            plan.rate is None or 0.1 <= plan.rate <= 500, f"A rate of {plan.rate} per 100,000 cannot be.",
            "--rate is deaths by opioid overdose per 100,000 people a year, 0.1 to 500.",
        ),
        (
            _FIRST <= plan.starts.year <= LAST_YEAR - 1, f"The model does not reach an action from {plan.starts}.",
            f"--start lies from {_FIRST} to {LAST_YEAR - 1}.",
        ),
    ):  # fmt: skip
        if not fine:
            raise UsageError(said, hint=hint)
    return plan
