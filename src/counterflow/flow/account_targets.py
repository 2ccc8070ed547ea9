"""Targets with what this house and public statistics know: series, probabilities, rates measured here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from counterflow.account.indicators.amounts import Amount
from counterflow.account.indicators.board import Reacher
from counterflow.account.indicators.days import read_period
from counterflow.account.indicators.pack_read import pack_of_text, read_pack
from counterflow.account.indicators.records import Actual, Indicator, Pack, Reading, Target
from counterflow.account.indicators.status import series_of
from counterflow.core.errors import CounterflowError, UnknownName
from counterflow.reference.csv_files import read_rows

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = [
    "actuals_of",
    "board_of",
    "measured_in",
    "pack_named",
    "pack_names",
    "reach_of",
    "series_for",
    "shipped_text",
]

_FOLDER = "account/packs"
#: definition of doses that are worked out here from mass and purity
MASS_PURITY = "mass-x-purity"
#: a forecast from fewer points says nothing
_FEWEST = 5
_FORMS: Mapping[str, Literal["level", "cumulative", "any-time"]] = {
    "level": "level", "cumulative": "cumulative", "any-time": "any-time",
}  # fmt: skip


def pack_names() -> tuple[str, ...]:
    """Return the names of the packs that are shipped."""
    found = files("counterflow.reference").joinpath(_FOLDER).iterdir()
    return tuple(sorted(one.name.removesuffix(".toml") for one in found if one.name.endswith(".toml")))


def shipped_text(name: str) -> str:
    """Return the text of a shipped pack; raises UnknownName where there is none."""
    if name not in pack_names():
        raise UnknownName("pack", name, pack_names())
    return files("counterflow.reference").joinpath(_FOLDER, f"{name}.toml").read_text("utf-8")


@cache
def _shipped(name: str) -> Pack:
    return pack_of_text(shipped_text(name), name, file=f"{name}.toml")


def pack_named(name: str, workspace: Workspace | None = None) -> Pack:
    """Return a pack: one loaded into the workspace, a shipped one, or a file.

    Raises:
        UnknownName: nothing answers to it.
        InputError: the file is no pack.
    """
    if workspace is not None:
        from counterflow.account.indicators.kept import kept_pack

        held = kept_pack(workspace, name)
        if held is not None:
            return held
    if name in pack_names():
        return _shipped(name)
    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        return read_pack(path)
    known = set(pack_names())
    if workspace is not None:
        from counterflow.account.indicators.kept import kept_names

        known |= set(kept_names(workspace))
    raise UnknownName("pack", name, known)


@cache
def _statistics() -> Mapping[str, tuple[Actual, ...]]:
    """Return the public statistics that are shipped, by series."""
    found: dict[str, list[Actual]] = {}
    for row in read_rows("account", "statistics.csv"):
        ends = [float(row[end]) if row[end] else None for end in ("low", "high")]
        note = "; ".join(part for part in (row["note"], f"read: {row['checked']}") if part)
        actual = Actual(
            row["series"], read_period(row["period"]), Amount(float(row["value"]), row["unit"]), ends[0], ends[1],
            row["source"], dt.date.fromisoformat(row["as_of"]) if row["as_of"] else None, row["definition"], note,
        )  # fmt: skip
        found.setdefault(row["series"], []).append(actual)
    return {name: tuple(rows) for name, rows in found.items()}


def _strategy_series(name: str, definition: str) -> list[Actual]:
    """Return a yearly series that the strategy room is fitted to; years carried over from others are left out."""
    import numpy as np

    from counterflow.strategy.calibrate.targets import series, targets

    held = targets()
    place = held.place(name)
    about = next(one for one in series() if one.id == name)
    return [
        Actual(name, read_period(year), Amount(float(value), ""), None, None, about.source, None, definition,
               f"read: {about.read}")
        for year, value, fitted in zip(held.years, held.values[:, place], held.fitted[:, place], strict=True)
        if fitted and np.isfinite(value)
    ]  # fmt: skip


@cache
def _doses(substance: str, series: str) -> tuple[Actual, ...]:
    """Return a series of masses as doses, by the purity that was published for the market, with their bounds.

    They follow a definition of their own, so that they are shown beside doses as an agency published them and never
    taken for them.
    """
    from counterflow.flow.account_doses import AskDoses, doses_of

    made = []
    for one in _statistics()[series]:
        amount, as_of = f"{one.amount.value:.0f} lb", one.as_of or one.period.last
        told = doses_of(AskDoses(amount, substance, as_of, source=one.source, published=True))["doses"]
        middle = told["value"] if told["value"] is not None else (told["low"] * told["high"]) ** 0.5
        note = f"{amount} x published purity / dose ({told['unit']})"
        made.append(replace(one, amount=Amount(middle, "doses"), low=told["low"], high=told["high"],
                            definition=MASS_PURITY, note=note))  # fmt: skip
    return tuple(made)


def actuals_of(pack: Pack) -> list[Actual]:
    """Return what public series say about the indicators of a pack that name one.

    Raises:
        UnknownName: an indicator names a series that this house does not hold.
    """
    made: list[Actual] = []
    for own in pack.indicators.values():
        kind, _, name = own.series.partition(":")
        if not own.series or kind == "workspace":
            continue
        if kind == "statistics" and name in _statistics():
            found: Sequence[Actual] = _statistics()[name]
        elif kind == "strategy":
            found = _strategy_series(name, own.definition)
        elif kind == "doses" and name.partition(":")[2] in _statistics():
            found = _doses(*name.split(":", 1))
        else:
            known = [f"statistics:{one}" for one in _statistics()] + ["workspace:interdiction", "workspace:fruitless"]
            raise UnknownName("series", own.series, known)
        made += [replace(one, indicator=own.id) for one in found]
    return made


def reach_of(*, today: dt.date, seed: int = 1, path: bool = False) -> Reacher:
    """Return the function that gives the probability of reaching a reading; with its coming steps where `path`."""

    def chance(target: Target, reading: Reading, own: Indicator, series: Sequence[Actual]) -> Mapping[str, Any]:
        from counterflow.account.reach import Break, Point, Series, probability
        from counterflow.account.reach import Target as Goal

        base, to = target.baseline, reading.amount
        if base is None or base.period is None or to is None:
            return {"probability": None, "why": "There is no baseline, or nothing to reach."}
        if len(series) < _FEWEST:
            return {"probability": None, "why": f"{len(series)} actuals: too few for a forecast ({_FEWEST} at least)."}
        points = tuple(Point(one.period.last, one.amount.value, one.as_of, one.low, one.high) for one in series)
        goal = Goal(
            value=to.value, by=reading.deadline.last, direction="down" if own.direction == "down" else "up",
            kind=_FORMS[target.form],
            baseline=base.amount.value, baseline_on=base.period.last, unit=own.unit,
            since=base.period.last if target.form == "cumulative" else None,
        )  # fmt: skip
        breaks = tuple(Break(one.on, one.linked, one.words) for one in own.breaks)
        try:
            made = probability(Series(points, own.unit, breaks, own.id), goal, as_of=today, seed=seed)
        except CounterflowError as error:
            return {"probability": None, "why": str(error)}
        steps = [{"day": one.period_end.isoformat(), "value": one.value, "low": one.low80, "high": one.high80}
                 for one in made.path] if path else []  # fmt: skip
        return made.as_dict() | ({"path": steps} if path else {})

    return chance


def measured_in(workspace: Workspace, pack: Pack) -> dict[str, Mapping[str, Any]]:
    """Return what this house measured itself, for indicators whose series is `workspace:…`."""
    from counterflow.account.interdiction.frame import interdiction

    own_series = [own for own in pack.indicators.values() if own.series.startswith("workspace:")]
    asked = {own.series.partition(":")[2]: own.id for own in own_series}
    made: dict[str, Mapping[str, Any]] = {}
    if "interdiction" in asked:
        rows = interdiction(workspace)
        pooled = next((row for row in rows if row["lane"] == "*" and row["arm"] == "random"), None)
        rate = pooled["interdiction"] if pooled else None
        if isinstance(rate, Mapping):
            made[asked["interdiction"]] = {**rate, "area": _area(workspace)}
    if "fruitless" in asked:
        burden = _burden(workspace)
        if burden is not None:
            made[asked["fruitless"]] = {**burden, "area": _area(workspace)}
    return made


def _area(workspace: Workspace) -> str:
    """Return what a figure of this house speaks of."""
    from counterflow.store.loads import is_synthetic

    return "SYNTHETIC training records" if is_synthetic(workspace.store) else "this house's records"


def _burden(workspace: Workspace) -> Mapping[str, Any] | None:
    """Return fruitless inspections per 1,000 records of this house, over all."""
    from counterflow.account.fairness.places import burden_rows

    row = next((one for one in burden_rows(workspace.store, None, None) if one["by"] == "*"), None)
    if row is None or row.get("fruitless_per_1000") is None:
        return None
    return {"value": row["fruitless_per_1000"], "unit": "per 1,000 consignments", "informative": True,
            "source": "inspection sheets of this house", "method": "count over records", "as_of": None,
            "counts": dict(row)}  # fmt: skip


def board_of(
    name: str,
    workspace: Workspace | None = None,
    *,
    today: dt.date | None = None,
    reach: bool = True,
    seed: int = 1,
    path: bool = False,
) -> dict[str, Any]:
    """Return the board of a pack, with or without a workspace.

    Args:
        name: of a shipped or loaded pack, or a file.
        workspace: whose measurements and actuals stand beside; None for public series alone.
        today: day of the board; the workspace's clock, else the day of this machine's clock, where None.
        reach: whether probabilities are made.
        seed: of the simulation.
        path: whether each probability carries the coming steps of its forecast.
    """
    from counterflow.account.indicators.board import board_of_pack
    from counterflow.core.clock import system_clock

    pack = pack_named(name, workspace)
    day = today or (workspace.clock() if workspace is not None else system_clock()).date()
    actuals, measured = actuals_of(pack), {}
    if workspace is not None:
        from counterflow.account.indicators.kept import kept_actuals

        actuals += kept_actuals(workspace, pack)
        measured = measured_in(workspace, pack)
    chance = reach_of(today=day, seed=seed, path=path) if reach else None
    shown = board_of_pack(pack, day, actuals=actuals, reach=chance, measured=measured)
    if workspace is None:
        shown["notes"].append("No workspace is named: rates measured by inspections drawn at random are missing.")
    else:
        from counterflow.store.loads import is_synthetic

        shown["synthetic"] = is_synthetic(workspace.store)
        shown["notes"].append("Rates and burden are those of this house; they say nothing of the nation.")
    return shown


def series_for(pack: Pack, indicator: str, workspace: Workspace | None = None) -> tuple[Indicator, list[Actual]]:
    """Return an indicator of a pack with its actuals, one a period, oldest first.

    Raises:
        UnknownName: the pack has no such indicator.
    """
    if indicator not in pack.indicators:
        raise UnknownName("indicator", indicator, pack.indicators)
    own = pack.indicators[indicator]
    counted = [*pack.actuals, *actuals_of(pack)]
    if workspace is not None:
        from counterflow.account.indicators.kept import kept_actuals

        counted += kept_actuals(workspace, pack)
    return own, series_of(own, counted)[0]
