"""The published comparison of eleven policies and two packages, on our own model: any strengths, any scenarios.

What it is held against: cumulative overdose deaths and disorder person-years 2022-32 of Lim et al. 2022 (PNAS 119,
e2115714119). Each policy starts in the middle of 2022 (their clock stands at 2022.0 where a year's figure stands),
takes three years to full strength and stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from counterflow.core.errors import InputError
from counterflow.strategy.compare.runs import Floats, Ran, baseline, interval, run, total
from counterflow.strategy.levers.policy import Pull
from counterflow.strategy.levers.registry import PUBLISHED

__all__ = ["RAMP_YEARS", "SINCE", "START", "UNTIL", "PolicyRow", "policy_rows", "published_pull", "strengths_of"]

START, RAMP_YEARS = 2022.5, 3.0
SINCE, UNTIL = 2022, 2032
_MOST = 90.0


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """The effect of one policy at one strength under one scenario; shares of the baseline of the same draw."""

    scenario: str
    policy: str
    strength: float
    rel_change_od_deaths: float
    rel_change_ud_person_years: float
    rel_change_od_deaths_low: float
    rel_change_od_deaths_high: float
    rel_change_ud_person_years_low: float
    rel_change_ud_person_years_high: float


def strengths_of(text: str) -> tuple[float, ...]:
    """Return strengths in percent from a list between commas.

    Raises:
        InputError: not a number, or out of range.

    >>> strengths_of("10, 20%")
    (10.0, 20.0)
    """
    out = []
    for part in (p.strip() for p in text.split(",")):
        try:
            value = float(part.removesuffix("%"))
        except ValueError:
            raise InputError(
                "A strength is a percentage.", column="strengths", value=part, hint="For example 10,20."
            ) from None
        if not 0 <= value <= _MOST:
            hint = f"Valid: 0 to {_MOST:g} percent of relative change."
            raise InputError("This strength is out of range.", column="strengths", value=part, hint=hint)
        out.append(value)
    return tuple(dict.fromkeys(out))


def published_pull(name: str, percent: float) -> Pull:
    """Return the pull of a published policy at a strength in percent."""
    return Pull(name, START, RAMP_YEARS, percent / 100)


def policy_rows(
    strengths: Sequence[float], scenarios: Sequence[str], values: Floats, policies: Sequence[str] = PUBLISHED
) -> list[PolicyRow]:
    """Return the effects of published policies.

    Args:
        strengths: percent of relative change; the sign is the policy's own.
        scenarios: base, constant, high, low.
        values: parameter vectors, shape (n, P); every policy meets the same ones.
        policies: names, in the order of the answer.

    Returns:
        For each scenario Baseline and NoPolicy (exactly 0), then each policy at each strength.
    """
    rows = []
    for scenario in scenarios:
        base = baseline(values, scenario)
        rows.append(_row(scenario, "Baseline", 0.0, base, base))
        rows.append(_row(scenario, "NoPolicy", 0.0, base, run((), values, scenario)))
        rows.extend(
            _row(scenario, name, percent, base, run((published_pull(name, percent),), values, scenario, reference=base))
            for percent in strengths
            for name in policies
        )
    return rows


def _row(scenario: str, policy: str, strength: float, base: Ran, turned: Ran) -> PolicyRow:
    deaths, years = (interval(_relative(turned, base, name)) for name in ("overdose_deaths", "disorder_person_years"))
    return PolicyRow(
        scenario, policy, strength, deaths.value, years.value, deaths.low, deaths.high, years.low, years.high
    )  # fmt: skip


def _relative(turned: Ran, base: Ran, name: str) -> Floats:
    before, after = (total(out, name, SINCE, UNTIL) for out in (base, turned))
    return np.asarray((after - before) / before)
