"""What is likely next: a forward run on indicators of supply that a program sends, or on none."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from counterflow.flow.strategy_desk import model_of, variable_of
from counterflow.strategy.forecast.indicators import Indicators, read_indicators
from counterflow.strategy.forecast.run import Ask, forecast

__all__ = ["forecast_of"]

_COLUMNS = ("year", "indicator", "value")


def forecast_of(
    indicators: Sequence[Mapping[str, Any]] = (),
    ask: Ask | None = None,
    variables: Sequence[str] = ("overdose_deaths",),
) -> dict[str, Any]:
    """Return the years after the last known one, and what each structural alternative alone would say of deaths.

    Args:
        indicators: rows of `year` (2024, FY2024, 2024Q3), `indicator` and `value`; none: as wide as supply ever moved.
        ask: years, draws, seed; the usual ones where None.
        variables: which are given.

    Raises:
        UnknownName: no such indicator or variable; the nearest are told.
        InputError: a value is no share, stands twice, or in another unit.
        UsageError: years out of range.
    """
    names, ask = [variable_of(name).name for name in variables], ask or Ask()
    made = forecast(_read(indicators, ask.to) if indicators else None, ask)
    return {
        "model": model_of(), "origin": made.origin, "seed": made.seed, "draws": ask.draws, "said": list(made.said),
        "rows": made.rows(names), "by_structure": made.by_structure(),
    }  # fmt: skip


def _read(rows: Sequence[Mapping[str, Any]], to: int) -> Indicators:
    """Have the rows judged as a file of them is, by the same words."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "indicators.csv"
        with file.open("w", encoding="utf-8", newline="") as held:
            writer = csv.DictWriter(held, _COLUMNS, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        return read_indicators(file, to=to)
