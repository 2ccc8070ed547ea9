"""The words of a scenario file: every table and key it may hold, with unit, bounds and what it means.

A scenario is TOML. Keys that nothing reads are refused with the nearest one that something does, shares lie between 0
and 1, minutes and rates say so in their names. `target whatif --example` prints a whole file.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["MODES", "ChangeForm", "HarmForm", "LaneForm", "ResourceForm", "ScenarioForm", "WhatIfForm"]

MODES = ("land", "air", "sea", "rail", "express", "mail")
Share = Annotated[float, Field(ge=0, le=1)]
Area = Annotated[float, Field(ge=0.5, lt=1)]
Minutes = Annotated[float, Field(ge=0, le=527_040)]
_TOLERANCE = 1e-9


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class HarmForm(_Form):
    """`[[lane.harm]]`: how much of one kind of harm comes through a lane."""

    harm_class: str = Field(min_length=1, description="harm class, as drug or weapon")
    prevalence: float | None = Field(default=None, gt=0, lt=1, description="share of records that carry it")
    low: float | None = Field(default=None, gt=0, lt=1, description="lower end of its 95 % interval")
    high: float | None = Field(default=None, gt=0, lt=1, description="upper end of its 95 % interval")
    found: int | None = Field(default=None, ge=0, description="found in inspections drawn at random")
    inspected: int | None = Field(default=None, ge=1, description="inspections drawn at random")
    severity: float | None = Field(default=None, ge=0, description="severity points; the settings' where not given")
    auc: Area | None = Field(
        default=None, description="area under the ROC curve for this class; the lane's if not given"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        counted = self.found is not None or self.inspected is not None
        if counted and (self.prevalence is not None or self.low is not None or self.high is not None):
            raise ValueError("give either prevalence with low and high, or found and inspected")
        if counted and (self.found is None or self.inspected is None):
            raise ValueError("found and inspected go together")
        if counted and (self.found or 0) > (self.inspected or 0):
            raise ValueError("more found than inspected")
        if not counted and self.prevalence is None and (self.low is None or self.high is None):
            raise ValueError("give prevalence, or low and high, or found and inspected")
        _in_order(self.low, self.prevalence, self.high)
        return self


class LaneForm(_Form):
    """`[[lane]]`: one way in or out."""

    name: str = Field(min_length=1, max_length=200, description="name of the lane; as in the capacity file")
    mode: Literal["land", "air", "sea", "rail", "express", "mail"] = Field(
        description="land, air, sea, rail, express, mail"
    )
    direction: Literal["inbound", "outbound"] = Field(default="inbound", description="inbound or outbound")
    office: str = Field(default="*", min_length=1, description="office, as in the capacity file; * for all as one")
    offices: dict[str, Annotated[float, Field(gt=0)]] | None = Field(
        default=None, description="office to its part of the lane's arrivals: makes one lane each"
    )
    arrivals_per_hour: float | list[float] | None = Field(
        default=None, description="arrivals an hour: one number, or 24 from midnight on; from stored weeks with -w"
    )
    arrive_in_groups_of: int = Field(default=1, ge=1, le=100_000, description="how many come at once, as off a ferry")
    share_inspected: Share | None = Field(
        default=None, description="share inspected now; what minutes allow if not given"
    )
    random_share: Share | None = Field(default=None, description="share of inspections drawn at random")
    longest_wait_minutes: Minutes | None = Field(default=None, description="wait that 95 of 100 should stay under")
    waits_overnight: bool | None = Field(default=None, description="whether what comes when nobody works waits for it")
    auc: Area | None = Field(default=None, description="area under the ROC curve of the score")
    auc_low: Area | None = Field(default=None, description="lower end of its 95 % interval")
    auc_high: Area | None = Field(default=None, description="upper end")
    lift: list[tuple[Share, Share]] | None = Field(
        default=None, description="points of the lift curve: [share of records by score, share of harm among them]"
    )
    scores: str | None = Field(default=None, description="CSV beside the scenario: score,found per record, measured")
    harm: list[HarmForm] = Field(default_factory=list, description="what comes through it")

    @model_validator(mode="after")
    def _checked(self) -> Self:
        given = [name for name in ("auc", "lift", "scores") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"give one of auc, lift and scores, not {' and '.join(given)}")
        hours = self.arrivals_per_hour
        if isinstance(hours, list) and len(hours) != 24:
            raise ValueError(f"arrivals_per_hour has {len(hours)} numbers; write one, or 24 from midnight on")
        if any(not 0 <= h <= 1e8 for h in (hours if isinstance(hours, list) else [hours or 0.0])):
            raise ValueError("arrivals_per_hour lie from 0 to 100 million")
        if self.auc is None and (self.auc_low is not None or self.auc_high is not None):
            raise ValueError("auc_low and auc_high go with auc")
        _in_order(self.auc_low, self.auc, self.auc_high)
        _lift_in_order(self.lift or [])
        if self.offices is not None and (self.office != "*" or not self.offices):
            raise ValueError("give office or offices, and offices with at least one")
        classes = [h.harm_class for h in self.harm]
        if len(set(classes)) < len(classes):
            raise ValueError("one harm class stands twice")
        return self


class ResourceForm(_Form):
    """`[[resource]]`: what the capacity file does not say of a resource."""

    name: str = Field(min_length=1, description="as in the capacity file")
    lane: str = Field(default="*", min_length=1, description="lane that this holds for; * for all")
    number: int | None = Field(default=None, ge=1, le=10_000, description="how many work at once")
    hours: tuple[float, float] | None = Field(
        default=None, description="from and to, as [6, 22]; where they work all in turn"
    )
    variability: float | None = Field(
        default=None, ge=0, le=10, description="standard deviation of the minutes of an inspection over their mean"
    )
    detection_low: Share | None = Field(default=None, description="lower end of the detection rate's 95 % interval")
    detection_high: Share | None = Field(default=None, description="upper end")
    blind_found: int | None = Field(default=None, ge=0, description="planted items found in blind tests")
    blind_tests: int | None = Field(default=None, ge=1, description="planted items in blind tests")
    false_alarm_rate: Share = Field(default=0.0, description="share of clean items that ring and need a second look")
    secondary_by: str | None = Field(default=None, description="resource that looks a second time; itself if not given")
    secondary_minutes: Minutes = Field(default=0.0, description="minutes of the second look at an alarm")
    secondary_detection_rate: float = Field(default=1.0, gt=0, le=1, description="chance that the second look confirms")
    cost_per_hour: float | None = Field(default=None, ge=0, description="cost of one working hour, any currency")
    movable: bool = Field(default=True, description="whether its minutes may go to another lane of the office")
    service_minutes: float | None = Field(default=None, ge=0.01, description="for one that the capacity file lacks")
    detection_rate: float | None = Field(default=None, gt=0, le=1, description="for one that the capacity file lacks")

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if self.hours is not None and not 0 <= self.hours[0] < self.hours[1] <= 24:
            raise ValueError("hours are two numbers from 0 to 24, rising, as [6, 22]")
        if (self.blind_found is None) != (self.blind_tests is None):
            raise ValueError("blind_found and blind_tests go together")
        if self.blind_tests is not None and (self.blind_found or 0) > self.blind_tests:
            raise ValueError("more found than planted")
        if (self.detection_low is None) != (self.detection_high is None):
            raise ValueError("detection_low and detection_high go together")
        _in_order(self.detection_low, self.detection_rate, self.detection_high)
        if self.secondary_minutes > 0 and self.false_alarm_rate == 0 and self.secondary_by is None:
            raise ValueError("secondary_minutes without a false_alarm_rate: give it, 0.05 for one in twenty")
        return self


class ChangeForm(_Form):
    """One change of a what-if: `do` says what."""

    do: Literal["add", "take", "share", "move", "false-alarm", "minutes", "detection", "arrivals", "random-share"]
    resource: str | None = None
    lane: str = "*"
    office: str = "*"
    number: float | None = Field(default=None, gt=0, le=10_000)
    to: float | None = Field(default=None, ge=0)
    times: float | None = Field(default=None, gt=0, le=1000)
    minutes: float | None = Field(default=None, gt=0)
    to_lane: str | None = None

    @model_validator(mode="after")
    def _checked(self) -> Self:
        needs: dict[str, tuple[str, ...]] = {
            "add": ("resource", "number"), "take": ("resource", "number"), "share": ("to",),
            "move": ("resource", "to_lane", "minutes"), "false-alarm": ("resource", "to"),
            "minutes": ("resource", "to"), "detection": ("resource", "to"), "arrivals": ("times",),
            "random-share": ("to",),
        }  # fmt: skip
        missing = [name for name in needs[self.do] if getattr(self, name) is None]
        if missing:
            raise ValueError(f"{self.do!r} needs {', '.join(needs[self.do])}; {', '.join(missing)} is missing")
        spare = [
            name
            for name in ("resource", "number", "to", "times", "minutes", "to_lane")
            if getattr(self, name) is not None and name not in needs[self.do]
        ]
        if spare:
            raise ValueError(f"{self.do!r} takes no {', '.join(spare)}")
        if self.do in ("share", "false-alarm", "random-share", "detection") and not 0 <= (self.to or 0) <= 1:
            raise ValueError(f"{self.do!r} goes to a share between 0 and 1, as 0.40 for 40 %")
        if self.do in ("minutes", "detection") and not self.to:
            raise ValueError(f"{self.do!r} goes to a number above 0")
        if self.do == "move" and self.lane == "*":
            raise ValueError("'move' names the lane it takes from")
        return self


class WhatIfForm(_Form):
    """`[[whatif]]`: a named set of changes, seen beside the present."""

    name: str = Field(min_length=1, max_length=200, description="its name")
    changes: list[ChangeForm] = Field(min_length=1, description="what changes")
    use: Literal["inspect-more", "shorter-line"] = Field(
        default="inspect-more",
        description="what added minutes go to: more inspections at the same load, or a shorter line",
    )
    starts_late_days: int = Field(
        default=0, ge=0, le=3653, description="days it comes later than planned: what is forgone"
    )


class ScenarioForm(_Form):
    """A whole scenario file."""

    title: str = Field(default="Capacity plan", max_length=200, description="title")
    seed: int = Field(default=1, ge=0, lt=2**53, description="seed of every draw")
    draws: int = Field(default=400, ge=50, le=2000, description="draws of prevalence, detection and lift")
    period_days: int = Field(default=30, ge=1, le=366, description="finds and harm are told for so many days")
    random_share: Share = Field(default=0.10, description="share of inspections drawn at random")
    load: float = Field(
        default=0.85, gt=0, le=1, description="share of minutes worked where share_inspected is not given"
    )
    keep_at_least: Share = Field(default=0.10, description="share of a lane's minutes that the best plan leaves there")
    synthetic: bool = Field(default=False, description="whether the numbers are made up, for training")
    lane: list[LaneForm] = Field(min_length=1, description="lanes")
    resource: list[ResourceForm] = Field(default_factory=list, description="more about resources")
    whatif: list[WhatIfForm] = Field(default_factory=list, description="what-ifs")


def _in_order(low: float | None, value: float | None, high: float | None) -> None:
    given = [number for number in (low, value, high) if number is not None]
    if given != sorted(given) or (low is not None and high is not None and low >= high):
        raise ValueError(f"low, value and high must rise, not {' , '.join(map(str, given))}")


def _lift_in_order(points: list[tuple[float, float]]) -> None:
    for (x0, y0), (x1, y1) in zip([(0.0, 0.0), *points], points, strict=False):
        if x1 <= x0 or y1 < y0:
            raise ValueError("points of lift rise in both numbers")
    if any(y < x - _TOLERANCE for x, y in points):
        raise ValueError("a lift point below the diagonal finds less than chance: turn the score round")
