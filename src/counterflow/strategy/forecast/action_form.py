"""From measures by draw to the form that is sealed: intervals, words, limits, and what each alternative says alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.strategy.forecast.form import measure_row, number, sealed
from counterflow.strategy.forecast.plan import Alternative, Plan
from counterflow.strategy.forecast.reach import US_PEOPLE, US_RATE, size_of_area
from counterflow.strategy.forecast.record import LAST_TRAINED

__all__ = ["formed"]

Floats = npt.NDArray[np.float64]
Measured = Mapping[tuple[str, str], Floats]
_POINTS = (0.05, 0.25, 0.5, 0.75, 0.95)
_METHOD = "paired runs with and without the action in the same draws; docs/methods/strategy-forecasts.md"
_SOURCE = f"counterflow strategy model, trained on deaths to {LAST_TRAINED}; the parameters' own sources"
#: measure -> unit, kind, words
_WHAT = {
    "availability": ("relative change", "outcome", "what is sold of the drug in the area"),
    "price": ("relative change", "outcome", "price of a pure unit of the drug in the area"),
    "substitution": ("share of all doses of its kind", "counter", "doses of other drugs of its kind in its place"),
    "displacement": (
        "share of what is taken or addressed", "counter", "what reaches users all the same, by other ways or makers"
    ),
    "overdoses": ("overdoses", "counter", "overdoses in the area, fatal or not, with the action less without it"),
    "deaths": ("deaths", "counter", "deaths by opioid overdose in the area, with the action less without it"),
    "inspections": ("relative change", "burden", "rise of inspections that takes so much, on every route"),
    "stops": ("stops", "burden", "people or vehicles stopped, as planned"),
    "arrests": ("arrests", "burden", "arrests, as planned"),
}  # fmt: skip
_ORDER = ("action", "first 12 months", "second 12 months")


def formed(
    plan: Plan, found: Measured, assumed: Mapping[tuple[str, str], float | None], held: npt.NDArray[np.intp],
    answers: tuple[Alternative, ...], about: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """Return the sealed form."""
    from counterflow.strategy.forecast.tables import tables_digest
    from counterflow.strategy.model.parameters import parameters

    body = {
        "action": {
            "kind": plan.kind, "drug": plan.drug, "starts": plan.starts.isoformat(), "months": plan.months,
            "size": number(plan.size), "size_unit": plan.of.unit, "words": plan.of.words, "source": plan.of.source,
        },
        "area": {
            "name": plan.area, "population": number(plan.population), "rate_per_100000": number(plan.rate or US_RATE),
            "rate_source": plan.rate_source or f"the country's of {LAST_TRAINED} (NVSS): nobody gave the area's",
            "part_of_market": number(size_of_area(plan)),
        },
        "windows": _windows(plan),
        "measures": _measures(plan, found, assumed),
        "alternatives": [_alone(place, each, found, held) for place, each in enumerate(answers)],
        "limits": _limits(plan), "method": _METHOD, "source": _SOURCE, "as_of": f"{LAST_TRAINED}-12-31",
        "made_on": about["made_on"], "model_version": parameters().version, "data_sha256": tables_digest(),
        "parameters_sha256": about["parameters_sha256"], "seed": about["seed"], "draws": about["draws"],
    }  # fmt: skip
    return sealed(body)


def _windows(plan: Plan) -> list[dict[str, Any]]:
    words = {
        "action": f"the {plan.months} months of the action, from its first day",
        "first 12 months": "from its first day; seasons are not in the model",
        "second 12 months": "the twelve months after these",
    }
    return [{"window": name, "words": words[name]} for name in _ORDER]


def _measures(plan: Plan, found: Measured, assumed: Mapping[tuple[str, str], float | None]) -> list[dict[str, Any]]:
    rows = [_row(name, window, values, assumed[name, window]) for (name, window), values in found.items()]
    if not any(name == "deaths" for name, _ in found):
        why = f"the model has no overdoses of {plan.drug}; it says nothing, not that nothing happens"
        rows += [_silent(name, window, why) for name in ("overdoses", "deaths") for window in _ORDER[1:]]
    if not any(name == "inspections" for name, _ in found):
        rows.append(_silent("inspections", "action", "this kind of action is not made of inspections"))
    for name, planned in (("stops", plan.stops), ("arrests", plan.arrests)):
        if planned is None:
            rows.append(_silent(name, "action", "nobody said how many are planned, and no public figure tells"))
        else:
            rows.append(_row(name, "action", np.full(2, float(planned)), 0.0))
    return sorted(rows, key=lambda row: (list(_WHAT).index(row["measure"]), _ORDER.index(row["window"])))


def _words(name: str, why: str = "") -> dict[str, str]:
    planned = name in {"stops", "arrests"}
    return {
        "what": _WHAT[name][2], "method": "as planned, without doubt" if planned and not why else _METHOD,
        "source": "the plan" if planned and not why else _SOURCE, "as_of": f"{LAST_TRAINED}-12-31", "why_not": why,
    }  # fmt: skip


def _row(name: str, window: str, values: Floats, assumed: float | None) -> dict[str, Any]:
    sound = values[np.isfinite(values)]
    ends = np.quantile(sound, _POINTS).tolist()
    return measure_row(name, window, _WHAT[name][0], _WHAT[name][1], ends, _words(name), assumed)


def _silent(name: str, window: str, why: str) -> dict[str, Any]:
    return measure_row(name, window, _WHAT[name][0], _WHAT[name][1], None, _words(name, why), None)


def _alone(place: int, each: Alternative, found: Measured, held: npt.NDArray[np.intp]) -> dict[str, Any]:
    deaths = found.get(("deaths", "first 12 months"))
    ends: list[float | None] = [None, None, None]
    if deaths is not None:
        mine = deaths[held == place]
        ends = np.quantile(mine[np.isfinite(mine)], [0.05, 0.5, 0.95]).tolist()
    return {
        "alternative": each.name, "weight": number(each.weight), "words": each.words, "source": each.source,
        "deaths_first_12_months": {"low90": number(ends[0]), "median": number(ends[1]), "high90": number(ends[2])},
    }  # fmt: skip


def _limits(plan: Plan) -> list[str]:
    said = [
        "a model's estimate, no order and no promise: the interval is the answer, not the median",
        f"the area is taken as a small copy of the country ({plan.population / US_PEOPLE:.2%} of its people)",
        "its market stands alone there: what comes in from next door is not in it, so less may change than this says",
        "the effort acts on every drug that comes by the same way, not on the named one alone",
        "kilograms seized are activity; they pass through risk, price, purity and the time it takes to replace them",
        "how likely each alternative is, is declared and not measured",
    ]
    if plan.rate is None:
        said.append("nobody gave the area's overdose rate: the country's stands in for it")
    return said
