"""From a scenario file to lanes with everything filled in, each assumption said.

What nobody gave is assumed in the open: the tables below are judgement, wide on purpose, and every figure that rests on
one of them says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from counterflow.core.errors import InputError, nearest
from counterflow.target.csv_file import CsvRows, read_content
from counterflow.target.options import BASE_RATES
from counterflow.target.whatif import doubt
from counterflow.target.whatif.doubt import Doubtful
from counterflow.target.whatif.forms import HarmForm, LaneForm, ScenarioForm

__all__ = ["Harm", "Lane", "Stored", "lanes_of", "mode_defaults"]

#: mode: longest wait in minutes, whether it waits overnight; judgement
_MODES: Mapping[str, tuple[float, bool]] = {
    "land": (30.0, False), "rail": (240.0, True), "air": (480.0, True), "sea": (2880.0, True),
    "express": (240.0, True), "mail": (1440.0, True),
}  # fmt: skip
_SPREAD_OF_A_RATE = 10.0
_SPREAD_OF_A_VALUE = 3.0
_AREA = (0.70, 0.55, 0.85)
_AREA_WIDTH = 0.05


@dataclass(frozen=True)
class Harm:
    """One kind of harm in a lane; `lift` holds points, a measured curve's rows, or None for the binormal of `auc`."""

    harm_class: str
    prevalence: Doubtful
    severity: float
    severity_basis: str
    auc: Doubtful


@dataclass(frozen=True)
class Lane:
    """One way in or out of one office, with everything known.

    Args:
        arrivals: arrivals in each hour of the day.
        share: share inspected as stated; None for what the minutes allow.
        limit: minutes that 95 of 100 waits should stay under.
        overnight: whether what comes outside working hours waits.
        lift: points of a stated lift curve.
        scored: score and weight found per record, measured.
    """

    name: str
    mode: str
    direction: str
    office: str
    capacity_lane: str
    arrivals: tuple[float, ...]
    group: int
    share: float | None
    random_share: float
    limit: float
    overnight: bool
    harms: tuple[Harm, ...]
    lift: tuple[tuple[float, float], ...] | None
    scored: tuple[tuple[float, ...], tuple[float, ...]] | None
    lift_basis: str
    assumed: tuple[str, ...]

    @property
    def a_day(self) -> float:
        """Arrivals a day."""
        return float(sum(self.arrivals))


@dataclass(frozen=True)
class Stored:
    """What the stored weeks say of a lane; None where they say nothing.

    Args:
        arrivals: arrivals in each hour of the day.
        random: harm class to found and inspected in the random arm.
        lift: points of the lift curve that the stored scores imply.
        said: where it comes from, in words.
    """

    arrivals: tuple[float, ...] | None
    random: Mapping[str, tuple[int, int]]
    lift: tuple[tuple[float, float], ...] | None
    said: str


def mode_defaults(mode: str) -> tuple[float, bool]:
    """Return the longest wait in minutes and whether it waits overnight, where the scenario does not say."""
    return _MODES[mode]


def lanes_of(
    form: ScenarioForm,
    severity: Mapping[str, tuple[float, str]],
    *,
    file: str,
    folder: Path | None = None,
    stored: Callable[[str, str], Stored | None] | None = None,
) -> tuple[Lane, ...]:
    """Return the lanes of a scenario.

    Args:
        form: the scenario.
        severity: harm class to points and their basis.
        file: name of the scenario, for messages.
        folder: where files that it names lie.
        stored: what the workspace knows of (lane, office).

    Raises:
        InputError: arrivals that neither the scenario nor the workspace gives, a harm class without severity.
    """
    made: list[Lane] = []
    context = _Context(form, severity, file, folder)
    for place, lane in enumerate(form.lane, 1):
        parts = dict(lane.offices or {lane.office: 1.0})
        total = sum(parts.values())
        for office, part in parts.items():
            known = stored(lane.name, office) if stored else None
            made.append(_lane(context, lane, office, part / total, known, f"lane.{place}"))
    return tuple(made)


@dataclass(frozen=True)
class _Context:
    """What every lane of a scenario is read with."""

    form: ScenarioForm
    severity: Mapping[str, tuple[float, str]]
    file: str
    folder: Path | None


def _lane(context: _Context, lane: LaneForm, office: str, part: float, known: Stored | None, where: str) -> Lane:
    form, severity, file = context.form, context.severity, context.file
    assumed: list[str] = []
    limit, overnight = _MODES[lane.mode]
    if lane.longest_wait_minutes is None:
        assumed.append(f"a wait of {limit:g} minutes as the longest for {lane.mode}")
    arrivals = _arrivals(lane, part, known, assumed, where, file)
    lift, scored, basis = _lift(lane, known, assumed, context.folder)
    harms = tuple(_harm(h, lane, severity, assumed, f"{where}.harm", file) for h in _harm_forms(lane, known, assumed))
    return Lane(
        name=lane.name if office == "*" else f"{lane.name} @ {office}",
        mode=lane.mode, direction=lane.direction, office=office, capacity_lane=lane.name,
        arrivals=arrivals, group=lane.arrive_in_groups_of, share=lane.share_inspected,
        random_share=form.random_share if lane.random_share is None else lane.random_share,
        limit=limit if lane.longest_wait_minutes is None else lane.longest_wait_minutes,
        overnight=overnight if lane.waits_overnight is None else lane.waits_overnight,
        harms=harms, lift=lift, scored=scored, lift_basis=basis, assumed=tuple(assumed),
    )  # fmt: skip


def _arrivals(
    lane: LaneForm, part: float, known: Stored | None, assumed: list[str], where: str, file: str
) -> tuple[float, ...]:
    given = lane.arrivals_per_hour
    if given is None:
        if known is None or known.arrivals is None:
            raise InputError(
                "Nobody says how many arrive.", file=file, column=f"{where}.arrivals_per_hour",
                value=lane.name, hint="Write arrivals_per_hour, or name a workspace (-w) whose stored weeks have it.",
            )  # fmt: skip
        return known.arrivals
    if isinstance(given, list):
        return tuple(float(h) * part for h in given)
    assumed.append("arrivals spread evenly over 24 hours")
    return (float(given) * part,) * 24


def _lift(lane: LaneForm, known: Stored | None, assumed: list[str], folder: Path | None) -> tuple[Any, Any, str]:
    if lane.scores is not None:
        return None, _scores(lane.scores, folder), doubt.MEASURED
    if lane.lift is not None:
        return tuple(lane.lift), None, doubt.STATED
    if lane.auc is not None:
        return None, None, doubt.STATED
    if known is not None and known.lift is not None:
        assumed.append("the stored scores as true probabilities, for how harm is concentrated")
        return known.lift, None, doubt.STATED
    assumed.append(f"a score with area {_AREA[0]} under its curve (0.5 is chance), {_AREA[1]} to {_AREA[2]}")
    return None, None, doubt.ASSUMED


def _harm_forms(lane: LaneForm, known: Stored | None, assumed: list[str]) -> list[HarmForm]:
    if lane.harm:
        return list(lane.harm)
    if known is not None and known.random:
        return [HarmForm(harm_class=c, found=found, inspected=n) for c, (found, n) in sorted(known.random.items())]
    rate = BASE_RATES["drug"]
    assumed.append(f"drugs in {rate * 1e6:g} records per million, {_SPREAD_OF_A_RATE:g}-fold either way")
    low, high = rate / _SPREAD_OF_A_RATE, rate * _SPREAD_OF_A_RATE
    # The marker is the interval itself: no planner's file can mean exactly this by chance and not say so here.
    return [HarmForm(harm_class="drug", prevalence=rate, low=low, high=high)]


def _harm(
    form: HarmForm, lane: LaneForm, severity: Mapping[str, tuple[float, str]], assumed: list[str], where: str, file: str
) -> Harm:
    if form.severity is None and form.harm_class not in severity:
        close = nearest(form.harm_class, severity)
        hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(severity)}."
        raise InputError(
            "This harm class has no severity.", hint=f"{hint} Or write severity = POINTS beside it.", file=file,
            column=f"{where}.harm_class", value=form.harm_class,
        )  # fmt: skip
    points, basis = (form.severity, doubt.STATED) if form.severity is not None else severity[form.harm_class]
    return Harm(form.harm_class, _prevalence(form, lane, assumed), points, basis, _area(form, lane))


def _prevalence(form: HarmForm, lane: LaneForm, assumed: list[str]) -> Doubtful:
    if form.found is not None and form.inspected is not None:
        said = f"{form.found} found in {form.inspected} inspections drawn at random"
        return doubt.counted(form.found, form.inspected, doubt.MEASURED, said)
    value, low, high = form.prevalence, form.low, form.high
    basis, said = doubt.STATED, "stated"
    if not lane.harm:
        basis, said = doubt.ASSUMED, "assumed: nobody said"
    if value is not None and (low is None or high is None):
        spread = _SPREAD_OF_A_VALUE
        assumed.append(f"{form.harm_class}: an interval {spread:g}-fold either way around the stated prevalence")
        low = value / spread if low is None else low
        high = min(value * spread, (1 + value) / 2) if high is None else high
        said = "value stated, interval assumed"
    if low is None or high is None:
        raise ValueError("a prevalence without an interval cannot have passed the form")
    return doubt.ranged(value, low, high, basis, said)


def _area(form: HarmForm, lane: LaneForm) -> Doubtful:
    value = form.auc if form.auc is not None else lane.auc
    if value is None:
        return doubt.ranged(_AREA[0], _AREA[1], _AREA[2], doubt.ASSUMED, "assumed: nobody said")
    if form.auc is None and lane.auc_low is not None and lane.auc_high is not None:
        return doubt.ranged(value, lane.auc_low, lane.auc_high, doubt.STATED, "stated")
    low, high = max(value - _AREA_WIDTH, 0.5), min(value + _AREA_WIDTH, (1 + value) / 2)
    return doubt.ranged(value, low, high, doubt.STATED, "value stated, interval assumed")


def _scores(name: str, folder: Path | None) -> tuple[tuple[float, ...], tuple[float, ...]]:
    path = (folder or Path()) / name
    rows = CsvRows(read_content(path, "a CSV with score,found"), path.name, ("score", "found"), ("record_id",))
    places = rows.header.index("score"), rows.header.index("found")
    pairs = [tuple(_number(row, place, line, rows.header, path.name) for place in places) for line, row in rows]
    if not any(found > 0 for _, found in pairs):
        hint = "A lift curve needs finds: use records with outcomes, or state auc or lift."
        raise InputError("Nothing was found in these records.", file=path.name, column="found", hint=hint)
    score, found = zip(*pairs, strict=True)
    return score, found


def _number(row: list[str], place: int, line: int, header: tuple[str, ...], file: str) -> float:
    text = row[place].strip() if place < len(row) else ""
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not np.isfinite(value) or (header[place] == "found" and value < 0):
        hint = "Write a number with a point; found is 0 or 1, or a weight above 0."
        raise InputError("This is not a number.", file=file, line=line, column=header[place], value=text, hint=hint)
    return value
