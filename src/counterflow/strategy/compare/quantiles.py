"""One mix over the years: every variable by year and quantile, and what a person needs to know of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from counterflow.core.errors import UnknownName
from counterflow.strategy.compare.runs import QUANTILES, Floats, Ran, interval, years_of
from counterflow.strategy.model.layout import VARIABLES

__all__ = ["quantile_rows", "variable_rows", "variables_named", "year_rows"]


def variables_named(names: Sequence[str]) -> tuple[str, ...]:
    """Return the variables asked for, all of them where none is.

    Raises:
        UnknownName: one is not known; the nearest are told.
    """
    known = tuple(each.name for each in VARIABLES)
    for name in names:
        if name not in known:
            raise UnknownName("variable", name, known)
    return tuple(dict.fromkeys(names)) or known


def variable_rows() -> list[dict[str, Any]]:
    """Return what the model gives: name, unit, kind, what it is, the series it is fitted to, whether activity."""
    return [
        {"variable": each.name, "unit": each.unit, "kind": each.kind, "words": each.words, "fitted_to": each.target,
         "activity": each.activity}
        for each in VARIABLES
    ]  # fmt: skip


def quantile_rows(
    turned: Ran, names: Sequence[str], since: int, until: int, base: Ran | None = None
) -> list[dict[str, Any]]:
    """Return rows of year, variable, quantile and value; the quantile "mean" is the mean over draws.

    Args:
        turned: the run.
        names: variables.
        since: first calendar year.
        until: last.
        base: run without the mix on the same draws; then `<variable>_change` (with less without) and
            `<variable>_relative` (that over without) follow, each formed draw by draw before its quantiles.
    """
    return [
        {"year": since + place, "variable": name, "quantile": label, "value": float(value)}
        for name, found in _columns(turned, names, since, until, base)
        for place, year in enumerate(found.T)
        for label, value in zip((*(f"{q:g}" for q in QUANTILES), "mean"), _summary(year), strict=True)
    ]


def year_rows(turned: Ran, names: Sequence[str], since: int, until: int) -> list[dict[str, Any]]:
    """Return rows of year, variable, median, low and high (95 %) and unit."""
    units = {each.name: each.unit for each in VARIABLES}
    return [
        {"year": since + place, "variable": name, "median": found.value, "low": found.low, "high": found.high,
         "unit": units[name]}
        for name in names
        for place, found in enumerate(map(interval, turned.of(name)[:, years_of(since, until)].T))
    ]  # fmt: skip


def _columns(
    turned: Ran, names: Sequence[str], since: int, until: int, base: Ran | None
) -> Iterator[tuple[str, Floats]]:
    window = years_of(since, until)
    for name in names:
        found = turned.of(name)[:, window]
        yield name, found
        if base is not None:
            before = base.of(name)[:, window]
            change = found - before
            yield f"{name}_change", change
            part = np.divide(change, before, out=np.zeros_like(change), where=before != 0)
            yield f"{name}_relative", part


def _summary(draws: Floats) -> Floats:
    return np.append(np.quantile(draws, QUANTILES), draws.mean())
