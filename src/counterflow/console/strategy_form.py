"""The sliders of the page of strategy, and the table of where its parameters come from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.console.strategy_asked import USUAL_RAMP, Asked
from counterflow.console.strategy_view import identity
from counterflow.flow.strategy_desk import FIRST_START, SCENARIOS, Mix, variables_of
from counterflow.flow.strategy_mix import SLIDER
from counterflow.flow.strategy_provenance import ON_BOUND
from counterflow.report import numbers
from counterflow.strategy.model.layout import LAST_YEAR

__all__ = ["form_view", "parameters_view"]

_PUBLISHED = "published"
_SIDES = (("supply", "Supply"), ("demand and harm", "Demand and harm"), (_PUBLISHED, "As published elsewhere"))
#: steps from nothing to the ceiling, about
_STEPS = 40


def form_view(asked: Asked, mix: Mix, levers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the sliders by side, set to the mix, and the choices above them."""
    strength = {pull.name: pull.strength for pull in mix.pulls}
    first = mix.pulls[0] if mix.pulls else None
    return {
        "sides": [
            (words, [_slider(row, strength.get(row["name"], 0.0)) for row in levers if _side(row) == side])
            for side, words in _SIDES
        ],
        "start": f"{first.start if first else FIRST_START:g}", "ramp": f"{first.ramp_years if first else USUAL_RAMP:g}",
        "horizon": LAST_YEAR, "first_start": FIRST_START, "scenario": mix.scenario,
        "scenarios": list(SCENARIOS.items()), "variable": asked.variable, "beside": asked.beside,
        "variables": [(row["name"], f"{row['words']}, {row['unit']}") for row in variables_of()],
        "uneven": len({(pull.start, pull.ramp_years) for pull in mix.pulls}) > 1,
    }  # fmt: skip


def _side(row: Mapping[str, Any]) -> str:
    return _PUBLISHED if row["published"] else str(row["side"])


def _slider(row: Mapping[str, Any], strength: float) -> dict[str, Any]:
    least, most = float(row["least"]), float(row["most"])
    step = _step(most - least)
    note = f" {row['note']}." if row["note"] else ""
    return {
        "field": f"{SLIDER}{row['name'].lower().replace(' ', '-')}", "words": row["words"], "unit": row["unit"],
        "least": f"{least:g}",
        "most": f"{most:g}", "step": f"{step:g}", "value": f"{strength:g}",
        "says": f"Evidence {row['grade']}: {row['source']}.{note} Cost: {row['cost_words']} ({row['cost']['source']}).",
        "grade": row["grade"], "cost": row["cost_words"], "usual": f"{float(row['usual']):g}",
        "ramp": f"{float(row['ramp_years']):g}", "earliest": row["earliest"],
    }  # fmt: skip


def _step(width: float) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that makes about `_STEPS` steps.

    >>> _step(1.0), _step(100.0), _step(3.0)
    (0.02, 2.0, 0.05)
    """
    raw = width / _STEPS
    power = 10.0 ** math.floor(math.log10(raw))
    return float(f"{next(power * m for m in (10, 5, 2, 1) if power * m <= raw * (1 + 1e-9)):.6g}")


def parameters_view(rows: Sequence[Mapping[str, Any]], model: Mapping[str, Any], group: str) -> dict[str, Any]:
    """Return where each parameter comes from, those that the data could not tell first counted."""
    groups = list(dict.fromkeys(str(row["group"]) for row in rows))
    shown = [row for row in rows if not group or row["group"] == group]
    informed = [row for row in rows if row["standing"] == "learnt"]
    return {
        "identity": identity(model), "parts": groups, "group": group if group in groups else "",
        "rows": [_parameter(row) for row in shown], "count": len(rows), "informed": len(informed),
        "on_bound": [str(row["name"]) for row in rows if row["standing"] == ON_BOUND],
    }  # fmt: skip


def _parameter(row: Mapping[str, Any]) -> dict[str, str]:
    fitted = row["fitted"]
    ends = "fixed" if row["scale"] == "fixed" else f"{_digits(row['low'])} to {_digits(row['high'])}"
    return {
        "name": str(row["name"]), "group": str(row["group"]), "value": _digits(row["value"]), "range": ends,
        "unit": str(row["unit"]), "grade": str(row["grade"]), "source": str(row["source"]), "note": str(row["note"]),
        "informed": ", ".join(row["informed"]) or "nothing",
        "fitted": "{} ({} to {})".format(*(_digits(fitted[x]) for x in ("median", "low", "high"))) if fitted else "",
        "shrinkage": numbers.ABSENT if row["shrinkage"] is None else numbers.share(max(row["shrinkage"], 0.0)),
        "standing": f"{ON_BOUND}: not identified" if row["standing"] == ON_BOUND else str(row["standing"]),
    }  # fmt: skip


def _digits(value: float) -> str:
    return f"{value:.4g}"
