"""Who dies and who bears enforcement: outcomes by group, with public shares, and six strata run as a batch.

Shares by group say how today's deaths and drug arrests fall, not how a lever would: they are used to show the burden
beside the deaths. The strata go one step further: each is run with its own rates of overdose and arrest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from counterflow.reference.csv_files import read_rows
from counterflow.strategy.compare.runs import Floats, Ran, interval, run, total, without
from counterflow.strategy.levers.policy import Pull
from counterflow.strategy.model.parameters import parameters

__all__ = ["GroupRow", "StratumRow", "by_group", "by_stratum", "strata", "vehicles_stopped"]

_RACES = ("White", "Black", "American Indian or Alaska Native", "Asian")


@cache
def _table() -> dict[tuple[str, str], float]:
    return {(row["measure"], row["group"]): float(row["value"]) for row in read_rows("strategy", "groups.csv")}


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Deaths averted and arrests in one group, if both keep falling as they fall today.

    Args:
        group: the group.
        population: share of the population.
        death_share: share of overdose deaths.
        arrest_share: share of drug arrests; None where it is not published for the group.
        deaths_averted: median.
        deaths_low: lower end.
        deaths_high: upper end.
        arrests_change: median; None where the share is not published.
        burden_ratio: arrest share over population share.
    """

    group: str
    population: float
    death_share: float
    arrest_share: float | None
    deaths_averted: float
    deaths_low: float
    deaths_high: float
    arrests_change: float | None
    burden_ratio: float | None


def by_group(base: Ran, turned: Ran, since: int, until: int) -> tuple[GroupRow, ...]:
    """Return deaths and arrests by group from today's shares.

    Deaths: rate x population over the sum across groups of one kind (NCHS 2021). Arrests: FBI 2019, where White and
    Black hold people of Hispanic origin, too, so the two columns are not of quite the same people.
    """
    averted = total(base, "overdose_deaths", since, until) - total(turned, "overdose_deaths", since, until)
    arrests = total(turned, "arrests", since, until) - total(base, "arrests", since, until)
    rows: list[GroupRow] = []
    for kind in ((*_RACES, "Hispanic"), ("men", "women")):
        weight = {group: _table()["deaths", group] * _table()["population", group] for group in kind}
        rows += [_group(group, weight[group] / sum(weight.values()), averted, arrests) for group in kind]
    return tuple(rows)


def _group(group: str, share: float, averted: Floats, arrests: Floats) -> GroupRow:
    population, arrested = _table()["population", group] / 100, _table().get(("drug_arrests", group))
    part = None if arrested is None else arrested / 100
    found = interval(averted * share)
    change = None if part is None else interval(arrests * part).value
    ratio = None if part is None else part / population
    return GroupRow(group, population, share, part, found.value, found.low, found.high, change, ratio)


def vehicles_stopped(share_added: float) -> float:
    """Return passenger vehicles more a year that are stopped for a scan at the Mexican border (millions).

    Who is in them is not published: this burden cannot be told by group.
    """
    return share_added * _table()["vehicles", "passenger vehicles entering from Mexico"]


@dataclass(frozen=True, slots=True)
class Stratum:
    """People of one sex and one of three groups of origin, with rates relative to all people."""

    name: str
    population_share: float
    death_rate: float
    arrest_rate: float


@dataclass(frozen=True, slots=True)
class StratumRow:
    """What a mix does in one stratum; deaths and arrests of the window, median with 95 % interval."""

    stratum: str
    population_share: float
    deaths_without: float
    deaths_averted: float
    deaths_low: float
    deaths_high: float
    averted_per_100k: float
    arrests_change: float
    arrests_low: float
    arrests_high: float


@cache
def strata() -> tuple[Stratum, ...]:
    """Return the six strata."""
    return tuple(
        Stratum(row["stratum"], float(row["population_share"]), float(row["death_rate"]), float(row["arrest_rate"]))
        for row in read_rows("strategy", "strata.csv")
    )


#: rates of overdose and of arrest that a stratum has for its own
_DEATH = ("od_misuse", "od_rx", "od_synthetic_base", "od_illicit", "death_medical", "naive_rate")
_ARREST = ("arrest_rx", "arrest_both", "arrest_illicit")


def by_stratum(
    pulls: Sequence[Pull], values: Floats, scenario: str = "base", since: int = 2022, until: int = 2032
) -> tuple[StratumRow, ...]:
    """Run each stratum with its own rates, all in one batch, and return what the mix does in it.

    Each stratum stands for its share of the people. What one stratum does is not felt by another, and how many have a
    disorder is taken as alike: differences of deaths by group are put into the rate of overdose.

    Args:
        pulls: the mix.
        values: parameter vectors, shape (n, P).
        scenario: base, constant, high or low.
        since: first year of the window.
        until: last year.
    """
    held, n = parameters(), len(values)
    deaths, arrests = ([held.place(name) for name in names] for names in (_DEATH, _ARREST))
    batch = np.tile(values, (len(strata()), 1))
    for number, stratum in enumerate(strata()):
        rows = slice(number * n, (number + 1) * n)
        batch[rows, deaths] *= stratum.death_rate
        batch[rows, arrests] *= stratum.arrest_rate
    shares = np.repeat([stratum.population_share for stratum in strata()], n)
    turned = run(pulls, batch, scenario, shares=shares)
    base = without(turned)
    return tuple(
        _stratum(stratum, slice(k * n, (k + 1) * n), base, turned, since, until) for k, stratum in enumerate(strata())
    )


def _stratum(stratum: Stratum, rows: slice, base: Ran, turned: Ran, since: int, until: int) -> StratumRow:
    before, after = (total(out, "overdose_deaths", since, until)[rows] for out in (base, turned))
    held, made = (total(out, "arrests", since, until)[rows] for out in (base, turned))
    averted, change = interval(before - after), interval(made - held)
    people = float(np.median(base.of("never")[rows, -1]))  # nearly all people
    return StratumRow(
        stratum.name, stratum.population_share, interval(before).value, averted.value, averted.low, averted.high,
        averted.value / people * 1e5, change.value, change.low, change.high,
    )  # fmt: skip
