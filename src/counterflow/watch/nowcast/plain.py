"""A nowcast as plain data: for JSON, for its chart, and with small counts withheld."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from counterflow.watch.nowcast.nowcasts import Nowcasts

__all__ = ["chart_rows", "plain", "quantile_rows", "shows_small", "withheld"]

_ENDS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])


def withheld(value: float, small_cell: int) -> float | None:
    """Return a count, or nothing where it is of 1 to `small_cell` - 1 people.

    >>> withheld(4, 10), withheld(0, 10), withheld(10, 10), withheld(4, 0)
    (None, 0.0, 10.0, 4.0)
    """
    return None if 0 < value < small_cell else float(value)


def shows_small(made: Nowcasts, small_cell: int) -> bool:
    """Tell whether any number of a nowcast would have to be withheld."""
    numbers = np.concatenate([made.values.ravel(), made.reported])
    return bool(((numbers > 0) & (numbers < small_cell)).any())


def quantile_rows(
    made: Sequence[Nowcasts], small_cell: int = 0, hidden: Sequence[frozenset[str]] = ()
) -> list[dict[str, Any]]:
    """Return one row per period and quantile; what each is of stands first where there are several.

    Args:
        made: the nowcasts.
        small_cell: numbers from 1 to one less are withheld.
        hidden: of each nowcast the periods whose count would give another one away.
    """
    return [
        (dict(one.group) if len(made) > 1 else {})
        | {
            "reference_date": str(day),
            "quantile": float(level),
            "value": None if str(day) in back else withheld(value, small_cell),
        }
        for one, back in zip(made, hidden or [frozenset[str]()] * len(made), strict=True)
        for day, values in zip(one.reference, one.values, strict=True)
        for level, value in zip(one.levels, values, strict=True)
    ]


def plain(made: Nowcasts, small_cell: int = 0, hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return a nowcast as plain data: the raw reported count stands beside every estimate.

    Args:
        made: the nowcast.
        small_cell: numbers from 1 to one less are withheld.
        hidden: periods whose count would give another one away.
    """
    periods = [
        {
            "reference_date": str(day),
            "reported": withheld(made.reported[place], small_cell),
            "complete": round(float(made.complete[place]), 4),
            "expected": withheld(round(float(made.expected[place]), 2), small_cell),
            "chain_ladder": withheld(round(float(made.chain_ladder[place]), 2), small_cell),
            "quantiles": {
                f"{level:g}": withheld(value, small_cell)
                for level, value in zip(made.levels, made.values[place], strict=True)
            },
        }
        for place, day in enumerate(made.reference)
    ]
    periods = [_hidden(one) if one["reference_date"] in hidden else one for one in periods]
    return {
        "group": dict(made.group), "as_of": str(made.as_of), "method": made.method, "settings": dict(made.settings),
        "past": dict(made.past), "said": list(made.said), "periods": periods,
    }  # fmt: skip


def _hidden(period: dict[str, Any]) -> dict[str, Any]:
    quantiles = dict.fromkeys(period["quantiles"])
    return period | {"reported": None, "expected": None, "chain_ladder": None, "quantiles": quantiles}


def chart_rows(made: Nowcasts) -> list[dict[str, Any]]:
    """Return what `report.charts.nowcast` draws."""
    ends = made.at(_ENDS) if made.method != "bayes" else _from(made)
    names = ("low_90", "low_50", "median", "high_50", "high_90")
    return [
        {
            "reference_date": str(day), "reported": float(made.reported[place]),
            "complete": float(made.complete[place]),
            **{name: float(value) for name, value in zip(names, ends[place], strict=True)},
        }
        for place, day in enumerate(made.reference)
    ]  # fmt: skip


def _from(made: Nowcasts) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the five quantiles from those that a sampled nowcast gave."""
    return np.array([np.interp(_ENDS, made.levels, row) for row in made.values])
