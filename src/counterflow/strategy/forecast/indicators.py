"""Supply indicators as a file gives them: which exist, on what scale they are read, and what is refused.

Each is a sample of what was seized or bought, not of the market; `reference/strategy/forecast_signals.csv` holds how
far each is trusted, and why. A level means little (definitions differ between sources); the change between two periods
of one indicator is what is used, so the first value of an indicator ties its level and later ones say what moved.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from counterflow.core.errors import InputError, UnknownName, nearest
from counterflow.reference.csv_files import read_rows
from counterflow.strategy.forecast.periods import Period, period_of
from counterflow.strategy.model.layout import LAST_YEAR

__all__ = ["FIRST_KNOWN", "Indicator", "Indicators", "Observation", "indicators", "read_indicators", "scaled"]

#: first year an indicator may speak of: the last year whose deaths trained the model
FIRST_KNOWN = 2022
_NEEDED = ("year", "indicator", "value")
_KNOWN = (*_NEEDED, "low", "high", "source", "as_of", "unit")
_SMALL_STEP = 10.0
#: how the unit of a share may be written
_SHARES = frozenset({"", "share", "fraction", "1", "proportion"})
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Indicator:
    """One kind of supply indicator.

    Args:
        name: its name.
        state: which latent state of supply it is a sign of: dose, share or price.
        link: scale on which it is linear in that state: log, angular or probit.
        error: standard deviation of one period's value on that scale, where the source gives no interval.
        words: what it is.
        why: why that error.
        source: where its definition comes from.
    """

    name: str
    state: str
    link: str
    error: float
    words: str
    why: str
    source: str


@cache
def indicators() -> dict[str, Indicator]:
    """Return the indicators there are, by name."""
    return {
        row["indicator"]: Indicator(
            row["indicator"], row["state"], row["link"], float(row["error"]), row["words"], row["why"], row["source"]
        )
        for row in read_rows("strategy", "forecast_signals.csv")
    }


@dataclass(frozen=True, slots=True)
class Observation:
    """One value of one indicator.

    Args:
        kind: which.
        period: stretch it is a mean of.
        value: as given.
        scaled: on the scale of its link.
        error: standard deviation on that scale.
        line: line of the file.
        source: who said so, as the file says.
    """

    kind: Indicator
    period: Period
    value: float
    scaled: float
    error: float
    line: int
    source: str


@dataclass(frozen=True)
class Indicators:
    """What a file of indicators says, and what has to be known about it.

    Args:
        rows: values in order of indicator and time.
        said: gaps, fiscal years and the like, in words.
    """

    rows: tuple[Observation, ...]
    said: tuple[str, ...] = ()

    def of_state(self, state: str) -> tuple[Observation, ...]:
        """Return the values that speak of one latent state."""
        return tuple(row for row in self.rows if row.kind.state == state)


def scaled(link: str, value: float) -> float:
    """Return a value on the scale of its link.

    >>> round(scaled("angular", 0.5), 4)
    0.7854
    """
    if link == "log":
        return math.log(value)
    if link == "angular":
        return math.asin(math.sqrt(value))
    from statistics import NormalDist

    return NormalDist().inv_cdf(value)


def read_indicators(path: Path, *, fiscal: bool = False, strict: bool = False, to: int = LAST_YEAR) -> Indicators:
    """Read a file `year,indicator,value[,low,high,source,as_of,unit]`.

    Args:
        path: a CSV file.
        fiscal: whether a bare year means a US fiscal year.
        strict: whether a gap inside an indicator is refused; else it is bridged, and said.
        to: last year of the forecast, for saying what no indicator reaches.

    Raises:
        InputError: no such file or column; a year, indicator or value that cannot be; a duplicate; another unit; a gap
            where `strict`.
    """
    rows = [_observation(path, line, row, fiscal) for line, row in _lines(path)]
    if not rows:
        raise InputError("It holds no line.", file=path, hint="Give lines of year,indicator,value, or no file at all.")
    rows.sort(key=lambda row: (row.kind.name, row.period.starts, row.period.ends))
    _refuse_twice(path, rows)
    said = [*_fiscal_words(rows, fiscal), *_gap_words(path, rows, strict), *_reach_words(rows, to)]
    return Indicators(tuple(rows), tuple(said))


def _lines(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise InputError(f"It cannot be read: {error.strerror}.", file=path, hint="Check the path.") from error
    except UnicodeDecodeError as error:
        raise InputError("It is no UTF-8 text.", file=path, hint="Save it as CSV in UTF-8.") from error
    reader = csv.DictReader(io.StringIO(text), strict=False)
    header = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = header
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        near = nearest(missing[0], header, 1)
        hint = f"Is it {near[0]!r}? " if near else ""
        raise InputError(
            f"Column {missing[0]!r} is missing.", file=path, line=1, hint=f"{hint}The columns are {', '.join(_NEEDED)}."
        )
    strange = [name for name in header if name not in _KNOWN]
    if strange:
        raise InputError(
            f"There is no column {strange[0]!r} here.", file=path, line=1, hint=f"Known: {', '.join(_KNOWN)}."
        )
    for row in reader:
        if any((value or "").strip() for key, value in row.items() if key is not None):
            yield reader.line_num, {key: (value or "").strip() for key, value in row.items() if key is not None}


def _observation(path: Path, line: int, row: dict[str, str], fiscal: bool) -> Observation:
    kind = _kind(path, line, row["indicator"])
    period = _period(path, line, row["year"], fiscal)
    _refuse_unit(path, line, row.get("unit", ""), kind)
    value = _number(path, line, "value", row["value"], kind)
    error = kind.error
    if row.get("low") and row.get("high"):
        low, high = (_number(path, line, end, row[end], kind) for end in ("low", "high"))
        if not low <= value <= high or low == high:
            raise InputError(
                f"The value {value:g} does not lie inside its interval {low:g} to {high:g}.", file=path, line=line,
                column="low", hint="low <= value <= high, low below high: a 95 % interval.",
            )  # fmt: skip
        # a source's interval is of its own sample; that the sample is of seizures, not of the market, stays
        error = math.hypot((scaled(kind.link, high) - scaled(kind.link, low)) / (2 * _Z), kind.error)
    return Observation(kind, period, value, scaled(kind.link, value), error, line, row.get("source", ""))


def _kind(path: Path, line: int, name: str) -> Indicator:
    known = indicators()
    if name not in known:
        unknown = UnknownName("supply indicator", name, known)
        raise InputError(
            unknown.message, file=path, line=line, column="indicator", value=name, hint=unknown.hint
        ) from None
    return known[name]


def _period(path: Path, line: int, text: str, fiscal: bool) -> Period:
    period = period_of(text, fiscal=fiscal)
    if period is None:
        raise InputError(
            "It names no stretch of time.", file=path, line=line, column="year", value=text,
            hint="Write 2024, FY2024 (October to September), 2024H2, 2024Q3, 2024-07 or 2024-07/2024-12.",
        )  # fmt: skip
    if period.starts < FIRST_KNOWN - 0.25 or period.ends > LAST_YEAR + 1:
        raise InputError(
            f"Indicators may speak of {FIRST_KNOWN} to {LAST_YEAR}.", file=path, line=line, column="year", value=text,
            hint=f"Years before {FIRST_KNOWN} are in the model's training already; take the line out.",
        )  # fmt: skip
    return period


def _number(path: Path, line: int, column: str, text: str, kind: Indicator) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError("It is no number.", file=path, line=line, column=column, value=text, hint="Write 0.195.")
    if kind.link == "log" and kind.name == "price":
        valid, hint = value > 0, "A price is above 0, in one unit throughout."
    else:
        valid = 0 < value < 1
        per_cent = f" {text} looks like per cent: write {value / 100:g}." if 1 < value <= 100 else ""
        hint = f"{kind.name} is a share between 0 and 1.{per_cent}"
    if not valid:
        raise InputError(
            f"{kind.words} cannot be {value:g}.", file=path, line=line, column=column, value=text, hint=hint
        )
    return value


def _refuse_unit(path: Path, line: int, unit: str, kind: Indicator) -> None:
    """Refuse a unit that says other than a share; a price may have any, as long as it is one."""
    if (kind.link != "log" or kind.name == "purity") and unit.casefold() not in _SHARES:
        raise InputError(
            f"{kind.name} is a share.", file=path, line=line, column="unit", value=unit,
            hint="Give it between 0 and 1 with unit `share`: 19.5 % is 0.195.",
        )  # fmt: skip


def _refuse_twice(path: Path, rows: list[Observation]) -> None:
    for before, after in itertools.pairwise(rows):
        if before.kind is not after.kind:
            continue
        if (before.period.starts, before.period.ends) == (after.period.starts, after.period.ends):
            raise InputError(
                f"{after.kind.name} is given twice for {after.period.words} (lines {before.line} and {after.line}).",
                file=path, line=max(before.line, after.line), column="year", hint="Keep one of them.",
            )  # fmt: skip
        if before.kind.name == "price" and not 1 / _SMALL_STEP < after.value / before.value < _SMALL_STEP:
            raise InputError(
                f"The price moves from {before.value:g} to {after.value:g}, more than {_SMALL_STEP:g}-fold.",
                file=path, line=after.line, column="value", value=after.value,
                hint="Is it in another unit? Give every price in one unit, as USD per pure gram, or 2022 = 1.",
            )  # fmt: skip


def _fiscal_words(rows: list[Observation], fiscal: bool) -> list[str]:
    in_fiscal = sum(row.period.fiscal for row in rows)
    if in_fiscal == 0:
        return ["years of the indicators are read as calendar years; FY2024 or --fiscal says fiscal ones"]
    how = "every bare year" if fiscal else f"{in_fiscal} of {len(rows)} values"
    return [f"{how}: US fiscal years, October to September; the forecast is of calendar years"]


def _gap_words(path: Path, rows: list[Observation], strict: bool) -> list[str]:
    said = []
    for before, after in itertools.pairwise(rows):
        if before.kind is after.kind and after.period.starts > before.period.ends + 1e-9:
            words = f"{after.kind.name}: nothing between {before.period.words} and {after.period.words}"
            if strict:
                raise InputError(
                    words + ".", file=path, line=after.line, column="year", hint="Fill it, or leave out --strict."
                )
            said.append(f"{words}; the gap is bridged with its doubt")
    return said


def _reach_words(rows: list[Observation], to: int) -> list[str]:
    said = []
    for name in sorted({row.kind.name for row in rows}):
        mine = [row for row in rows if row.kind.name == name]
        last = max(row.period.ends for row in mine)
        if last < to + 1 - 1e-9:
            said.append(f"{name}: no value after {mine[-1].period.words}; from there it is a random walk")
        if min(row.period.starts for row in mine) >= FIRST_KNOWN + 1 - 0.25:
            said.append(f"{name}: no value of {FIRST_KNOWN}; how it moved up to {mine[0].period.words} stays open")
    absent = sorted(set(indicators()) - {row.kind.name for row in rows})
    return [*said, *([f"not given: {', '.join(absent)}"] if absent else [])]
