"""The documents' own targets as scenarios: what reaching each would imply for availability and deaths.

"Doses seized doubled by 2030" is an aim for activity. It is read as: how much more inspection would seize twice as
much, and what would that do? Production less by a third acts at the source. Scanning everything acts at the ports.
A count of designated counties acts on nothing in the model, which is said, not made up. Results whose variance rests
mostly on parameters that no data inform are labelled so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from counterflow.reference.csv_files import read_rows
from counterflow.strategy.compare.outcomes import deaths_averted
from counterflow.strategy.compare.runs import Floats, Interval, Ran, baseline, interval, ran, total, without, years_of
from counterflow.strategy.doubt.again import second
from counterflow.strategy.doubt.labels import label
from counterflow.strategy.doubt.shares import paired_shares
from counterflow.strategy.levers.effects import changes
from counterflow.strategy.levers.policy import Pull
from counterflow.strategy.levers.registry import lever
from counterflow.strategy.model.draws import Draws
from counterflow.strategy.model.engine import Changes
from counterflow.strategy.model.layout import LAST_YEAR, MECHANISMS, ROUTES, places

__all__ = ["TargetRow", "document_targets"]

Bools = npt.NDArray[np.bool_]
#: the year that the documents count from
_FROM = 2023
#: how much more inspection is tried in the search for a doubled seizure, in times of today's
_LADDER = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
_HALVINGS = 6


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One measure of one target.

    Args:
        target: id of the target.
        text: what the document says.
        measure: what is told.
        value: median; None where nothing can be said.
        low: lower end of the 95 % interval.
        high: upper end.
        unit: unit of the measure.
        crosses_zero: whether the interval holds zero.
        standing: whether it rests on data, or is assumption-driven.
        note: what else must be known.
    """

    target: str
    text: str
    measure: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    crosses_zero: bool | None
    standing: str
    note: str


def document_targets(draws: Draws, scenario: str = "base") -> tuple[TargetRow, ...]:
    """Return every target of the documents with what reaching it would imply.

    Args:
        draws: parameter vectors.
        scenario: base, constant, high or low.
    """
    again = second(draws).values
    held = (baseline(draws.values, scenario), baseline(again, scenario))
    rows: list[TargetRow] = []
    for row in read_rows("strategy", "document_targets.csv"):
        made = _MADE.get(row["measure"]) if row["lever"] else None
        if made is None:
            rows.append(_nothing(row))
            continue
        rows += _told(row, made, held, (draws.values, again), scenario)
    return tuple(rows)


def _nothing(row: dict[str, str]) -> TargetRow:
    return TargetRow(row["target"], row["text"], "deaths averted", None, None, None, "deaths", None, "no mechanism",
                     row["note"])  # fmt: skip


_Made = Callable[[dict[str, str], Floats, Ran, str], Changes]


def _told(
    row: dict[str, str], made: _Made, held: tuple[Ran, Ran], drawn: tuple[Floats, Floats], scenario: str
) -> list[TargetRow]:
    change = [made(row, values, base, scenario) for values, base in zip(drawn, held, strict=True)]
    turned = [
        ran(values, each, scenario, reference=base) for values, each, base in zip(drawn, change, held, strict=True)
    ]
    averted = [deaths_averted(base, out, _FROM, LAST_YEAR) for base, out in zip(held, turned, strict=True)]
    standing = label(paired_shares(averted[0], averted[1], 1)[0])
    year = max(int(row["by"]), _FROM)
    last, base, out = years_of(year, year), held[0], turned[0]
    rise = total(out, "seized_fentanyl", year, year) / total(base, "seized_fentanyl", _FROM, _FROM)
    shown: list[tuple[str, Floats, str]] = [
        (f"deaths averted {_FROM}-{LAST_YEAR}", averted[0], "deaths"),
        *((f"{words} in {year}, relative change", (out.of(name) / base.of(name) - 1)[:, last][:, 0], "share")
          for name, words in (("illicit_opioid_availability", "availability of illicit opioids"),
                              ("illicit_opioid_price", "price of illicit opioids"),
                              ("stimulant_price", "price of stimulants"))),
        (f"fentanyl seized in {year} over {_FROM} (activity)", rise, "times"),
    ]  # fmt: skip
    if row["measure"] != "production":
        shown.insert(1, _turmoil(change[0], drawn[0], scenario))
    if row["measure"] == "seized_fentanyl":
        shown.append((f"inspection in {year}, times today's", 1 + change[0].amount[0], "times"))
        reached = float(np.mean(np.abs(rise / float(row["goal"]) - 1) < 0.02))
        most = f"with at most {_LADDER[-1] + 1:g} times today's inspection on every route"
        row = {**row, "note": f"{row['note']}; reached in {reached:.0%} of draws {most}"}
    return [_row(row, measure, interval(draws), unit, standing.name) for measure, draws, unit in shown]


def _turmoil(change: Changes, values: Floats, scenario: str) -> tuple[str, Floats, str]:
    """Return deaths averted if overdoses rise around opioid seizures, which one study found (an association)."""
    out = ran(values, change, scenario, switches={"seizure_harm": 1})
    averted = deaths_averted(without(out), out, _FROM, LAST_YEAR)
    return (
        f"the same if overdoses rise around opioid seizures (Ray et al. 2023), {_FROM}-{LAST_YEAR}",
        averted,
        "deaths",
    )


def _row(row: dict[str, str], measure: str, found: Interval, unit: str, standing: str) -> TargetRow:
    crosses = found.crosses_zero if unit != "times" else None
    return TargetRow(row["target"], row["text"], measure, found.value, found.low, found.high, unit, crosses, standing,
                     row["note"])  # fmt: skip


def _inspected(amount: Floats, start: float, ramp: float) -> Changes:
    where = places(MECHANISMS)
    routes = np.array([where[f"inspection_{route}"] for route in ROUTES], dtype=np.int32)
    k = len(routes)
    return Changes(routes, np.full(k, start), np.full(k, ramp), np.full(k, np.inf),
                   np.ascontiguousarray(np.tile(amount, (k, 1))))  # fmt: skip


def _doubled(row: dict[str, str], values: Floats, base: Ran, scenario: str) -> Changes:
    """Return the least inspection more that seizes the goal's multiple of fentanyl, draw by draw.

    More inspection need not seize more (loads move and shrink), so a ladder of levels is climbed first and the first
    step that reaches the goal is halved; where none does, the top of the ladder stands.
    """
    year, start = int(row["by"]), float(_FROM + 1)
    ramp = max(year - start, 1.0)
    wanted = float(row["goal"]) * total(base, "seized_fentanyl", _FROM, _FROM)

    def short(amount: Floats) -> Bools:
        out = ran(values, _inspected(amount, start, ramp), scenario, reference=base)
        return np.asarray(total(out, "seized_fentanyl", year, year) < wanted)

    low, high = np.zeros(len(values)), np.full(len(values), _LADDER[-1])
    found = np.zeros(len(values), dtype=bool)
    for below, level in pairwise((0.0, *_LADDER)):
        first = ~short(np.full(len(values), level)) & ~found
        low[first], high[first] = below, level
        found |= first
    for _ in range(_HALVINGS):
        middle = np.where(found, (low + high) / 2, high)
        missed = short(middle)
        low, high = np.where(missed, middle, low), np.where(missed, high, middle)
    return _inspected(high, start, ramp)


def _less_produced(row: dict[str, str], values: Floats, *_: object) -> Changes:
    start = float(_FROM + 1)
    where = places(MECHANISMS)["source_production"]
    amount = np.full((1, len(values)), float(row["goal"]) - 1)
    return Changes(np.array([where], dtype=np.int32), np.array([start]), np.array([int(row["by"]) - start]),
                   np.array([np.inf]), amount)  # fmt: skip


def _scanned(row: dict[str, str], values: Floats, *_: object) -> Changes:
    start = 2021.0 + (3.0 if row["target"].endswith("late") else 0.0)
    pulls = [Pull(name, start, 6.0, lever(name).most) for name in row["lever"].split()]
    return changes(pulls, values)


_MADE: dict[str, _Made] = {"seized_fentanyl": _doubled, "production": _less_produced, "scanned": _scanned}
