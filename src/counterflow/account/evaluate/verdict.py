"""A result in one sentence that a committee understands, and what must stand beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.account.evaluate.equivalence import bound_excluded

__all__ = ["answers_of", "rounded", "verdict", "words_of"]

_AGREE = 2


def answers_of(result: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the answers of the estimators in a result of `evaluate`, those that were asked for first."""
    asked = {name: told for name, told in result.items() if isinstance(told, dict) and "effect" in told}
    beside = result.get("beside") or {}
    return asked | {name: told for name, told in beside.items() if isinstance(told, dict) and "effect" in told}


def rounded(value: float) -> str:
    """Return a figure to three digits, with a true minus.

    >>> rounded(-0.0399513), rounded(15604.2), rounded(0.0)
    ('−0.04', '15600', '0')
    """
    kept = float(f"{abs(value):.3g}")
    return f"{'−' if value < 0 and kept else ''}{kept:.10g}"


def words_of(told: Mapping[str, Any], unit: str) -> str:
    """Return what one estimator says.

    Args:
        told: its answer.
        unit: what the outcome counts.
    """
    effect, low, high = told.get("effect"), told.get("low"), told.get("high")
    if effect is None:
        return str(told.get("why_not") or "No estimate.")
    what = f"{rounded(effect)} {unit}".strip()
    if told.get("informative") is False and low is not None and high is not None:
        what = f"{what} ({rounded(low)} to {rounded(high)})"
    if low is None or high is None or told.get("informative") is False:
        why = told.get("why_not") or "these data give no interval"
        return f"{what}; not informative: {_lower(str(why)).rstrip('.')}."
    level = f"{told.get('level', 0.95):.0%}".replace("%", " %")
    inside = f"{what} ({level} interval {rounded(low)} to {rounded(high)})"
    if low > 0 or high < 0:
        return f"{inside}; no effect is excluded."
    return (
        f"{inside}; cannot be told from no effect, and an effect larger than {rounded(bound_excluded(low, high))} is."
    )


def verdict(result: Mapping[str, Any], *, unit: str = "", margin: float | None = None) -> str:
    """Return the result in a sentence or three: does it stand, in which direction, and what a null means.

    Args:
        result: what `evaluate` answered.
        unit: what the outcome counts.
        margin: smallest effect that would have mattered, as registered.
    """
    answers = {
        name: told
        for name, told in answers_of(result).items()
        if told.get("low") is not None and told.get("informative") is not False
    }
    if not answers:
        return "Not informative: no estimator could give an interval that settles anything."
    first = next(iter(answers.values()))
    signs = {told["effect"] > 0 for told in answers.values()}
    excluding = [name for name, told in answers.items() if told["low"] > 0 or told["high"] < 0]
    said = [_headline(first, len(answers), len(excluding), len(signs) == 1, unit)]
    if not excluding:
        said.append(_null(answers, unit, margin))
    elif len(excluding) < len(answers):
        rest = ", ".join(name for name in answers if name not in excluding)
        said.append(f"Not every estimator agrees: {rest} cannot tell it from no effect.")
    placebo = first.get("placebo_p")
    if placebo is not None:
        said.append(f"Among placebos {_share(placebo)} show as much.")
    return " ".join(said)


def _headline(first: Mapping[str, Any], count: int, excluding: int, one_sign: bool, unit: str) -> str:
    effect = first["effect"]
    interval = f"({rounded(first['low'])} to {rounded(first['high'])})"
    what = f"{rounded(abs(effect))} {unit}".strip()
    side = "higher" if effect > 0 else "lower"
    if excluding == count and one_sign:
        many = "Both estimators agree" if count == _AGREE else f"All {count} estimators agree" if count > 1 else ""
        start = f"The outcome was about {what} {side} than without the measure {interval}"
        return f"{start}. {many}." if many else f"{start}, by one estimator only."
    if not one_sign and excluding:
        return "The estimators disagree on the direction: no conclusion can be drawn."
    return f"The outcome was {what} {side} {interval} by the first estimator."


def _null(answers: Mapping[str, Mapping[str, Any]], unit: str, margin: float | None) -> str:
    told = "That cannot be told from no effect."
    worst = max(bound_excluded(t["low"], t["high"]) for t in answers.values())
    excluded = f"An effect larger than {rounded(worst)} {unit}".strip() + " is excluded."
    if margin is None:
        return f"{told} {excluded}"
    tests = [t.get("equivalence") for t in answers.values()]
    if all(test and test["equivalent"] for test in tests):
        what = f"{rounded(margin)} {unit}".strip()
        return f"An effect of {what} or more, the smallest that would have mattered, is excluded in either direction."
    return f"{told} Nor is an effect of {rounded(margin)}, which would have mattered, excluded. {excluded}"


def _share(p: float) -> str:
    return f"{p:.0%}".replace("%", " %") if p >= 0.1 else f"{p:.1%}".replace("%", " %")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def limits_of(answers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the limits that the estimators name, each once."""
    return list(dict.fromkeys(words for told in answers for words in told.get("limits") or ()))
