"""`/v1/strategy`: levers, variables, parameters with where they come from, runs of mixes, comparisons, forecasts.

Every answer is a model estimate: it carries interval, method, seed, version of the model and as-of.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from counterflow.api.openapi import PREFIX
from counterflow.api.sent import sent
from counterflow.flow import strategy_desk as desk
from counterflow.flow.strategy_ahead import forecast_of
from counterflow.flow.strategy_doubt import doubt_of
from counterflow.flow.strategy_mix import MOST_PULLS, pulls_of
from counterflow.flow.strategy_provenance import parameters_of
from counterflow.report.rows import plain
from counterflow.strategy.forecast.run import Ask
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=f"{PREFIX}/strategy", tags=["strategy"])

_Scenario = Literal["base", "constant", "high", "low"]
_Name = Annotated[str, Field(max_length=60)]
_Reader = Annotated[Visitor, needs("strategy")]
_Runner = Annotated[Visitor, needs("strategy", "act")]


class PulledLever(BaseModel):
    """One lever pulled."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    name: _Name = Field(description="as `GET /v1/strategy/levers` names it")
    start: float = Field(ge=2000, le=2033, description="calendar time at which it begins, as 2027 or 2027.5")
    ramp_years: float = Field(gt=0, le=30, description="years until it has its full strength")
    strength: float = Field(ge=-1000, le=1000, description="in the lever's unit; the valid range is said")
    stop: float | None = Field(None, ge=2000, le=2100, description="calendar time at which it runs down again")
    cost_usd_per_year: float | None = Field(None, ge=0, le=1e13, description="your own cost at full strength")


class MixAsked(BaseModel):
    """A mix of levers; none is the years as things are."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    levers: list[PulledLever] = Field(default_factory=list, max_length=MOST_PULLS)


class RunAsked(MixAsked):
    """A mix and how it is run."""

    scenario: _Scenario = Field("base", description="how fentanyl goes on outside the mix")
    draws: int = Field(500, ge=50, le=desk.MOST_DRAWS, description="parameter vectors, the same with and without")
    seed: int = Field(1, ge=0, le=2**31)
    variables: list[_Name] = Field(default_factory=lambda: ["overdose_deaths"], max_length=100)


class CompareAsked(BaseModel):
    """Mixes that are run on the same draws."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    mixes: list[MixAsked] = Field(max_length=desk.MOST_MIXES)
    scenario: _Scenario = Field("base", description="how fentanyl goes on outside the mixes")
    draws: int = Field(500, ge=50, le=desk.MOST_DRAWS)
    seed: int = Field(1, ge=0, le=2**31)


class SeenIndicator(BaseModel):
    """One value of one indicator of supply."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    year: str = Field(max_length=12, description="2024, FY2024 or 2024Q3")
    indicator: _Name = Field(description="purity, seizure_share, lethal_dose_share or price")
    value: float = Field(ge=0, le=1e6, description="a share from 0 to 1; a price")


class ForecastAsked(BaseModel):
    """Indicators of supply and the years that are asked for."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    indicators: list[SeenIndicator] = Field(default_factory=list, max_length=500)
    to: int = Field(2024, ge=2023, le=2032, description="last year")
    since: int = Field(2021, ge=1999, le=2032, description="first year shown")
    draws: int = Field(500, ge=50, le=desk.MOST_DRAWS)
    seed: int = Field(1, ge=0, le=2**31)
    variables: list[_Name] = Field(default_factory=lambda: ["overdose_deaths"], max_length=100)


@router.get("/levers")
def levers(request: Request, who: _Reader) -> dict[str, Any]:
    """Give every lever: unit, range, usual ramp, cost, grade of evidence, source, and where it acts."""
    del request, who
    return _plain({"levers": desk.levers_of()})


@router.get("/variables")
def variables(request: Request, who: _Reader) -> dict[str, Any]:
    """Give every variable that a run gives, and whether it counts activity, which is no success."""
    del request, who
    return _plain({"variables": desk.variables_of()})


@router.get("/parameters")
def parameters(request: Request, who: _Reader) -> dict[str, Any]:
    """Give where each parameter comes from: value, range, source, grade, what informs it, what the fit made of it."""
    del request, who
    return _plain({"model": desk.model_of(), "parameters": list(parameters_of())})


@router.get("/provenance")
def provenance(request: Request, who: _Reader) -> dict[str, Any]:
    """Give what every answer rests on: version of the model, last year fitted to, as-of, digest of its tables."""
    del request, who
    return _plain(desk.model_of() | {"scenarios": dict(desk.SCENARIOS)})


@router.post("/run")
def run(request: Request, who: _Runner, asked: Annotated[RunAsked, sent(RunAsked)]) -> dict[str, Any]:
    """Say what a mix would do: fans with and without it, what adds up over its years, warnings."""
    del request, who
    return _plain(desk.run_of(_mix(asked, asked), asked.variables))


@router.post("/doubt")
def doubt(request: Request, who: _Runner, asked: Annotated[RunAsked, sent(RunAsked)]) -> dict[str, Any]:
    """Say how much of a mix's result no data inform, whether it may be ranked, and which parameters drive it."""
    del request, who
    return _plain(doubt_of(_mix(asked, asked)))


@router.post("/compare")
def compare(request: Request, who: _Runner, asked: Annotated[CompareAsked, sent(CompareAsked)]) -> dict[str, Any]:
    """Give up to four mixes side by side, in the order given, and how often each averts more deaths than another."""
    del request, who
    return _plain(desk.compared([_mix(one, asked) for one in asked.mixes]))


@router.post("/forecast")
def forecast(request: Request, who: _Runner, asked: Annotated[ForecastAsked, sent(ForecastAsked)]) -> dict[str, Any]:
    """Say what the years after the last known one may bring, given indicators of supply or none."""
    del request, who
    ask = Ask(asked.to, asked.since, asked.draws, asked.seed)
    return _plain(forecast_of([one.model_dump() for one in asked.indicators], ask, asked.variables))


def _mix(of: MixAsked, how: RunAsked | CompareAsked) -> desk.Mix:
    return desk.Mix(pulls_of([one.model_dump() for one in of.levers]), how.scenario, how.draws, how.seed)


def _plain(told: Any) -> dict[str, Any]:
    made: dict[str, Any] = plain(told)
    return made
