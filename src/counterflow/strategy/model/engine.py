"""Running the model: many parameter vectors at once, over all processors, with timed changes of its mechanisms.

The loop is compiled (`loop.RUNS`). Runs do not touch one another: the same parameters give the same bytes however many
threads share the work. A policy's run also runs its own baseline, since supply is measured against the demand that
there would have been; `Runs.baseline` hands it out.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UnknownName, UsageError
from counterflow.strategy.model.drivers import Drivers
from counterflow.strategy.model.layout import (
    DRUGS,
    FIRST_YEAR,
    LAST_YEAR,
    MECHANISMS,
    SWITCHES,
    VARIABLES,
    places,
)  # fmt: skip
from counterflow.strategy.model.loop import CHANGED, DEMAND, HANDED_OUT, KNOWN, ORDER, RUNS, SCRATCH, START
from counterflow.strategy.model.parameters import parameters as registry
from counterflow.strategy.model.positions import DRIVERS, STATES, TAKES
from counterflow.strategy.model.supply_places import SUPPLY_TAKES

__all__ = ["NONE", "Changes", "Runs", "simulate", "switch_row"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_VARIABLES, _SWITCHES = places(VARIABLES), places(SWITCHES)
#: What grows with the number of people: drivers, and parameters beside those that begin with `start_`.
_PEOPLE_DRIVERS = (
    "population", "rx_patients", "bup_providers", "methadone_places", "naltrexone_places", "naloxone_kits",
    "stimulant_users",
)  # fmt: skip
_PEOPLE_PARAMETERS = ("rx_diverted_start", "illicit_direct_start")
_FEWEST_STEPS, _MOST_STEPS = 8, 256


@dataclass(frozen=True)
class Changes:
    """Timed changes of mechanisms: what a policy does.

    At time t a change is worth amount * clip((t - start) / ramp, 0, 1), and goes back by the same ramp after `stop`.
    Changes of the same mechanism add up.

    Args:
        mechanism: places in `layout.MECHANISMS`, shape (K,).
        start: calendar time at which each begins, shape (K,).
        ramp: years until it is full; 0 at once, shape (K,).
        stop: calendar time at which it begins to end; infinity: never, shape (K,).
        amount: value when full, per run, shape (K, n) or (K, 1).
    """

    mechanism: npt.NDArray[np.int32]
    start: Floats
    ramp: Floats
    stop: Floats
    amount: Floats

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        count = len(self.mechanism)
        if any(len(part) != count for part in (self.start, self.ramp, self.stop, self.amount)):
            raise UsageError("A change lacks its mechanism, start, ramp, stop or amount.")
        if count and not (self.mechanism.min() >= 0 and self.mechanism.max() < len(MECHANISMS)):
            raise UsageError("A change names a mechanism that the model does not have.")
        if (self.ramp < 0).any() or (self.stop < self.start).any() or not np.isfinite(self.amount).all():
            raise UsageError(
                "A change ends before it starts, has a ramp below 0 or an amount that is no number.",
                hint="Give ramp >= 0, stop >= start and a finite amount.",
            )

    def at(self, times: Floats) -> Floats:
        """Return which part of each change is in force, shape (len(times), K)."""
        up, down = (_ramped(times, begin, self.ramp) for begin in (self.start, self.stop))
        return np.ascontiguousarray(up - down)


def _ramped(times: Floats, begin: Floats, ramp: Floats) -> Floats:
    since = times[:, None] - np.where(np.isfinite(begin), begin, 1e9)[None, :]
    sudden = (since >= -1e-9).astype(np.float64)
    return np.where(ramp > 0, np.clip(since / np.where(ramp > 0, ramp, 1.0), 0.0, 1.0), sudden)


NONE = Changes(np.empty(0, np.int32), np.empty(0), np.empty(0), np.empty(0), np.empty((0, 1)))


@dataclass(frozen=True)
class Runs:
    """What runs gave.

    Args:
        years: calendar years, shape (Y,).
        values: shape (n, Y, V), in the order of `layout.VARIABLES`.
        baseline: the same without the changes; `values` itself where there were none.
        final: stocks at the end, shape (n, positions.STATES).
        wanted: demand per drug at each point of time, where it was kept for `simulate(reference=…)`.
        signature: digest of what the run without changes depends on, where it was kept.
    """

    years: Ints
    values: Floats
    baseline: Floats = field(repr=False)
    final: Floats = field(repr=False)
    wanted: Floats = field(repr=False, default_factory=lambda: np.empty((0, 0)))
    signature: bytes = b""

    def of(self, name: str, *, baseline: bool = False) -> Floats:
        """Return one variable, shape (n, Y).

        Raises:
            UnknownName: there is no such variable.
        """
        if name not in _VARIABLES:
            raise UnknownName("variable", name, _VARIABLES)
        return (self.baseline if baseline else self.values)[:, :, _VARIABLES[name]]


def switch_row(switches: Mapping[str, int] | None) -> Ints:
    """Return the places of the switches: as the model stands, but for those named.

    Raises:
        UnknownName: no such switch.
        UsageError: it does not take that value.
    """
    row = np.array([switch.values[0] for switch in SWITCHES], dtype=np.int64)
    for name, value in (switches or {}).items():
        if name not in _SWITCHES:
            raise UnknownName("switch", name, _SWITCHES)
        allowed = SWITCHES[_SWITCHES[name]].values
        if value not in allowed:
            raise UsageError(f"Switch {name} is {value}; it can be {', '.join(map(str, allowed))}.")
        row[_SWITCHES[name]] = value
    return row


@cache
def _columns() -> tuple[Ints, Ints, Ints]:
    """Return the places of what people take, of what supply takes, and of what grows with the number of people."""
    held = registry()
    people = [held.place(name) for name in TAKES]
    grows = [place for place, name in enumerate(TAKES) if name.startswith("start_") or name in _PEOPLE_PARAMETERS]
    return np.array(people), np.array([held.place(name) for name in SUPPLY_TAKES]), np.array(grows)


def simulate(  # noqa: PLR0913 - what a run is made of, each by its name
    parameters: Floats,
    drivers: Drivers,
    changes: Changes = NONE,
    *,
    first: int = FIRST_YEAR,
    last: int = LAST_YEAR,
    steps_per_year: int = 16,
    switches: Mapping[str, int] | Ints | None = None,
    threads: int | None = None,
    shares: Floats | None = None,
    moment: bool = False,
    order: int = 2,
    keep: bool = False,
    reference: Runs | None = None,
) -> Runs:
    """Run the model from the middle of 1999 to the end of `last`.

    Args:
        parameters: vectors in the order of `parameters()`, shape (n, P).
        drivers: what is given from outside.
        changes: what a policy changes.
        first: first year handed out.
        last: last year.
        steps_per_year: steps of a year, even.
        switches: structural alternatives by name, or a row per run, shape (n, S).
        threads: how many share the work; all processors if not given.
        shares: share of the country's people that each run stands for, shape (n,): a stratum or an area.
        moment: give figures at the middle of each year (flows as rates then) instead of totals and means.
        order: 2 Heun's method, 1 Euler's (as the published model is run).
        keep: keep what `reference` needs, about 20 kB a run.
        reference: the same runs without changes, made with `keep`: a policy then costs half.

    Returns:
        Flows are totals over the calendar year, stocks and indexes means over it; 1999 stands on its second half.

    Raises:
        UsageError: years, steps, or shapes that do not fit; a reference that is of other runs.
    """
    parameters = np.atleast_2d(np.asarray(parameters, dtype=np.float64))
    _check(parameters, changes, first, last, steps_per_year)
    count = len(parameters)
    plan, years, part, times = _plan(first, last, steps_per_year, moment)
    rows = switches if isinstance(switches, np.ndarray) else switch_row(switches)
    rows = np.ascontiguousarray(np.broadcast_to(rows, (count, len(SWITCHES))), dtype=np.int64)
    read = (*_packed(parameters, shares), rows, drivers.at(times))
    changed = len(changes.mechanism) > 0
    plan[CHANGED], plan[ORDER] = int(changed), order
    signed = _signature(*read, plan, years) if keep or reference else b""
    if reference and changed:
        if reference.signature != signed:
            raise UsageError("The reference is of other runs, years, drivers or switches, or was not kept.")
        plan[DEMAND], wanted = KNOWN, reference.wanted
    else:
        plan[DEMAND] = HANDED_OUT if keep else 0
        wanted = np.zeros((count if keep else 0, len(times) * len(DRUGS)))
    made = _run(read, changes, (plan, years, part, times), wanted, threads)
    shape = (count, last - first + 1, len(VARIABLES))
    values = made[0].reshape(shape)
    known = reference.values if reference and changed else made[1].reshape(shape) if changed else values
    return Runs(
        np.arange(first, last + 1),
        values,
        known,
        made[2],
        wanted if keep else np.empty((0, 0)),
        signed if keep else b"",
    )


def _run(
    read: tuple[Floats, Floats, Floats, Ints, Floats], changes: Changes, when: tuple[Ints, Ints, Floats, Floats],
    wanted: Floats, threads: int | None,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """Share the runs out over threads; return figures, those of the baseline, and the stocks at the end."""
    people, supply, scale, rows, table = read
    plan, years, part, times = when
    count, width = len(people), (int(years.max()) + 1) * len(VARIABLES)
    kept, final = np.zeros((count, width)), np.zeros((count, STATES))
    twice = bool(plan[CHANGED]) and plan[DEMAND] != KNOWN
    baseline = np.zeros((count if twice else 1, width))
    amounts = np.ascontiguousarray(np.broadcast_to(changes.amount.T, (count, len(changes.mechanism))))
    profile, mechanism = changes.at(times), changes.mechanism.astype(np.int64)

    def some(runs: slice) -> None:
        RUNS(
            people[runs], supply[runs], table, scale[runs], mechanism, profile, amounts[runs], rows[runs], plan, years,
            part, np.zeros(SCRATCH), wanted[runs] if plan[DEMAND] else np.zeros((1, len(times) * len(DRUGS))),
            kept[runs], baseline[runs] if twice else baseline, final[runs],
        )  # fmt: skip

    _share_out(some, count, threads)
    return kept, baseline, final


def _signature(*arrays: npt.NDArray[np.generic]) -> bytes:
    """Return a digest of what a run without changes depends on; whether anything changes does not count."""
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays[:-2]:
        digest.update(np.ascontiguousarray(array).tobytes())
    plan = arrays[-2].copy()
    plan[CHANGED], plan[DEMAND] = 0, 0
    digest.update(plan.tobytes() + arrays[-1].tobytes())
    return digest.digest()


def _check(given: Floats, changes: Changes, first: int, last: int, steps: int) -> None:
    expected = len(registry().rows)
    if given.shape[1] != expected:
        raise UsageError(f"A parameter vector has {given.shape[1]} places; this model has {expected}.")
    if not FIRST_YEAR <= first <= last <= LAST_YEAR:
        raise UsageError(f"Years {first} to {last} lie outside {FIRST_YEAR} to {LAST_YEAR}.")
    if steps % 2 or not _FEWEST_STEPS <= steps <= _MOST_STEPS:
        raise UsageError(f"{steps} steps a year: give an even number from {_FEWEST_STEPS} to {_MOST_STEPS}.")
    if changes.amount.shape[1:] not in ((1,), (len(given),)):
        raise UsageError(f"Changes are given for {changes.amount.shape[1]} runs, parameters for {len(given)}.")


def _packed(given: Floats, shares: Floats | None) -> tuple[Floats, Floats, Floats]:
    """Return what people take, what supply takes, and what each driver is multiplied by, a row per run."""
    people, supply, grows = _columns()
    mine = np.ascontiguousarray(given[:, people])
    scale = np.ones((len(given), len(DRIVERS)))
    if shares is not None:
        share = np.broadcast_to(np.asarray(shares, dtype=np.float64), (len(given),))
        if not ((share > 0) & (share <= 1)).all():
            raise UsageError("A share of the country's people lies outside (0, 1].")
        mine[:, grows] *= share[:, None]
        mine[:, TAKES.index("bup_crowding")] /= share
        scale[:, [DRIVERS.index(name) for name in _PEOPLE_DRIVERS]] *= share[:, None]
    return mine, np.ascontiguousarray(given[:, supply]), scale


def _plan(first: int, last: int, steps: int, moment: bool) -> tuple[Ints, Ints, Floats, Floats]:
    """Return the plan, and per point of time: the years it adds to (-1: none), with which shares, and when it is.

    Totals follow the trapezoid rule, so each point adds half a step to either side.
    """
    count = int((last + 1 - START) * steps)
    number = np.arange(count)
    year = (number + steps // 2) // steps + FIRST_YEAR
    half = np.where(year == FIRST_YEAR, 2.0, 1.0) / steps / 2
    years, shares = np.full((count + 1, 2), -1, dtype=np.int64), np.zeros((count + 1, 2))
    if moment:
        years[:-1, 0], shares[:-1, 0] = np.where(number % steps == 0, year - first, -1), 1.0
    else:
        years[1:, 0], shares[1:, 0] = year - first, half
        years[:-1, 1], shares[:-1, 1] = year - first, half
    plan = np.array([count, steps, 0, 2, 0], dtype=np.int64)
    times = START + np.arange(count + 1) / steps
    return plan, np.ascontiguousarray(np.maximum(years, -1).ravel()), np.ascontiguousarray(shares.ravel()), times


def _share_out(some: Callable[[slice], None], count: int, threads: int | None) -> None:
    many = max(1, min(threads or os.cpu_count() or 1, count))
    edges = np.linspace(0, count, many + 1).astype(int)
    parts = [slice(a, b) for a, b in pairwise(edges) if b > a]
    if len(parts) == 1:
        some(parts[0])
        return
    with ThreadPoolExecutor(len(parts)) as pool:
        list(pool.map(some, parts))
