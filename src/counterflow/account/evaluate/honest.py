"""How wrong parallel trends may be before the conclusion falls (Rambachan & Roth 2023).

The comparison rests on what cannot be seen: that treated and compared units would have moved alike. The bounds ask
how large a break of that, measured in the largest break seen before the start, would undo the result. Bounds of
relative magnitudes (section 2.4.1 of the paper), computed by diff-diff on event-study effects with a common base.
"""

from __future__ import annotations

import warnings
from typing import Any

from counterflow.account.evaluate.cohorts import Staggered
from counterflow.account.evaluate.staggered import fitted
from counterflow.core.errors import InputError

__all__ = ["GRID", "honest_bounds"]

#: breaks after the start, as multiples of the largest seen before it
GRID = (0.0, 0.5, 1.0, 1.5, 2.0)
_METHOD = "relative magnitudes (Rambachan & Roth 2023, section 2.4.1)"
_MOST = 64.0
#: with fewer treated or untreated clusters the covariance of the event study is no guide
_FEWEST = 5
_STEPS = 24


def honest_bounds(
    panel: Staggered, *, control: str = "never", anticipation: int = 0, level: float = 0.95
) -> dict[str, Any]:
    """Return the mean effect's interval for each size of break, and the largest break that leaves its sign.

    The effect is the plain mean over the times since the start. `breakdown` is the largest multiple whose robust
    interval still excludes zero; None where the interval holds zero without any break, or where fewer than two
    periods before the start leave nothing to measure a break with; `why` says which.
    """
    if panel.few < _FEWEST:
        few = f"Fewer than {_FEWEST} clusters on one side: these bounds rest on errors that few units cannot give."
        return {"method": _METHOD, "level": level, "rows": [], "breakdown": None, "why": few, "words": few}
    before = "Fewer than two comparisons before the start: a break of trends cannot be measured."
    from diff_diff import HonestDiD

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            study = fitted(panel, control, anticipation, level, base="universal").aggregate("event_study")
            model = HonestDiD(method="relative_magnitude", alpha=1 - level)
            rows = [_row(model.fit(study, M=m), m) for m in GRID]
        except (ValueError, InputError, ZeroDivisionError) as error:
            return {
                "rows": [],
                "breakdown": None,
                "why": f"{before} ({_first(error)})",
                "words": before,
                "level": level,
            }
        breakdown = _breakdown(model, study, rows)
    return {
        "method": _METHOD,
        "level": level,
        "rows": rows,
        "breakdown": breakdown,
        "why": "" if breakdown is not None else "The interval holds zero even if trends were exactly parallel.",
        "words": _words(breakdown),
    }


def _first(error: Exception) -> str:
    return str(error).split(".", maxsplit=1)[0].splitlines()[0][:160]


def _row(found: Any, multiple: float) -> dict[str, Any]:
    low, high = float(found.ci_lb), float(found.ci_ub)
    return {"break": multiple, "low": low, "high": high, "excludes_zero": bool(low > 0 or high < 0)}


def _breakdown(model: Any, study: Any, rows: list[dict[str, Any]]) -> float | None:
    """Return by bisection the largest multiple whose interval excludes zero; it can only widen with the multiple."""
    if not rows[0]["excludes_zero"]:
        return None
    low, high = 0.0, GRID[-1]
    while high < _MOST and _row(model.fit(study, M=high), high)["excludes_zero"]:
        low, high = high, 2 * high
    if high >= _MOST:
        return _MOST
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _row(model.fit(study, M=middle), middle)["excludes_zero"] else (low, middle)
    return round(low, 3)


def _words(breakdown: float | None) -> str:
    if breakdown is None:
        return "Even with exactly parallel trends, the interval holds no effect."
    if breakdown >= _MOST:
        return f"The sign stands even if trends broke {_MOST:g} times as much as the largest break seen before."
    told = "smaller than" if breakdown < 1 else "as large as"
    return (
        f"The sign stands as long as trends broke after the start by at most {breakdown:.2f} times the largest break"
        f" seen before it: a break {told} one already seen {'would' if breakdown < 1 else 'would not'} undo it."
    )
