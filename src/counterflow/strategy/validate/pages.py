"""The tables of the documentation, written from the rows: no figure of those pages is typed by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError
from counterflow.strategy.validate.rows import Row
from counterflow.strategy.validate.setting import HISTORY

__all__ = ["figure", "fit_by_series", "fit_by_year", "fit_itself", "put_between", "table_of"]

Floats = npt.NDArray[np.float64]


def figure(value: float | None) -> str:
    """Return a number as the pages print it: three significant digits, a dash for none.

    >>> figure(0.11849), figure(541753.2), figure(0.0), figure(None)
    ('0.118', '542,000', '0', '–')
    """
    if value is None or np.isnan(value):
        return "–"
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 1000 else f"{rounded:g}"


def table_of(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table; single series have a table of their own."""
    lines = ["| id | what | value | 95 % interval | bar | verdict | n |", "|---|---|---|---|---|---|---|"]
    for each in rows:
        if not each.id.startswith("V2.series."):
            interval = "exact" if each.low == each.high else f"{figure(each.low)} to {figure(each.high)}"
            interval = "–" if each.value is None else interval
            words = f"| {each.id} | {each.name} | {figure(each.value)} | {interval} | {each.bar} | {each.verdict} |"
            lines.append(f"{words} {each.n} |")
    return "\n".join(lines)


def fit_by_series(rows: Sequence[Row]) -> str:
    """Return MAE/mean of each series beside that of the published model."""
    lines = ["| series | MAE/mean | 95 % interval over years | published model | years |", "|---|---|---|---|---|"]
    for each in rows:
        if each.id.startswith("V2.series."):
            theirs = re.search(r"published model ([\d.]+)", each.note)
            words = (
                f"| {each.id.rpartition('.')[2]} | {figure(each.value)} | {figure(each.low)} to {figure(each.high)} |"
            )
            lines.append(f"{words} {theirs.group(1) if theirs else '–'} | {each.n} |")
    return "\n".join(lines)


def fit_itself(rows: Sequence[Row]) -> str:
    """Return what the sampler's own record says."""
    found = {each.id: each for each in rows}
    return "\n".join(
        f"* {found[name].name}: {figure(found[name].value)} of {found[name].n}. {found[name].note}."
        for name in ("V2.mixed", "V2.learnt")
    )


def fit_by_year(paths: dict[str, tuple[Floats, Floats]]) -> str:
    """Return, year by year, deaths as modelled and observed, and the median gap over all series."""
    lines = ["| year | deaths modelled | observed | gap | median gap of all series |", "|---|---|---|---|---|"]
    path, seen = paths["ODTo"]
    with np.errstate(divide="ignore", invalid="ignore"):
        gaps = np.array([np.where(there > 0, np.abs(model / there - 1), np.nan) for model, there in paths.values()])
    for at, year in enumerate(HISTORY):
        middle = float(np.nanmedian(gaps[:, at]))
        gap = path[at] / seen[at] - 1
        lines.append(f"| {year} | {figure(path[at])} | {figure(seen[at])} | {gap:+.0%} | {middle:.0%} |")
    return "\n".join(lines)


def put_between(page: Path, name: str, text: str) -> None:
    """Put `text` between the two marks of that name on a page.

    Raises:
        InputError: the page has no such marks.
    """
    first, last = f"<!-- {name}: written by benchmarks/bench_strategy_validation.py -->", f"<!-- end of {name} -->"
    whole = page.read_text("utf-8")
    if first not in whole or last not in whole:
        raise InputError(
            f"The page has no place for the table {name!r}.", file=page, hint=f"Put {first} and {last} in."
        )
    before, after = whole.split(first)[0], whole.split(last)[1]
    page.write_text(f"{before}{first}\n\n{text}\n\n{last}{after}", "utf-8")
