"""What every method is asked with: which weeks of which series, and settings checked against the method's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UsageError, nearest
from counterflow.watch.grid import Grid

__all__ = ["Asked", "Setting", "checked", "years_of"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Setting = float | int | str | bool | None

#: a series of at least this many weeks has baselines of three years, a shorter one of two
_LONG = 290


@dataclass(frozen=True)
class Asked:
    """One block of series and what is wanted of it.

    Args:
        grid: the series.
        first, last: place in T of each series' first and last known count; -1 where it has none.
        begin: place of the first period that is judged, per series.
        wanted: (T,) periods to judge.
        settings: the method's settings, complete.
    """

    grid: Grid
    first: Whole
    last: Whole
    begin: Whole
    wanted: npt.NDArray[np.bool_]
    settings: Mapping[str, Setting]

    def number(self, name: str) -> float:
        """Return a setting as a number."""
        return float(self.settings[name] or 0)

    def whole(self, name: str) -> int:
        """Return a setting as a whole number."""
        return int(self.number(name))

    @property
    def judged(self) -> npt.NDArray[np.bool_]:
        """Where a verdict is wanted and may be given: (S, T)."""
        place = np.arange(len(self.grid.t))
        spans = (place >= self.begin[:, None]) & (place <= self.last[:, None]) & (self.first >= 0)[:, None]
        known: npt.NDArray[np.bool_] = spans & self.wanted & ~np.isnan(self.grid.counts)
        return known


def years_of(length: Whole, frequency: int, asked: Setting) -> Whole:
    """Return years of baseline per series: as asked, else 3 where the series has 290 weeks (or as long), else 2."""
    if asked is not None:
        return np.full(len(length), int(asked), np.int64)
    return np.where(length * 52 >= _LONG * frequency, 3, 2).astype(np.int64)


def checked(method: str, defaults: Mapping[str, Setting], given: Mapping[str, Setting]) -> dict[str, Setting]:
    """Return the settings of a method with those given in place.

    Raises:
        UsageError: the method has no such setting, or its value is of the wrong kind or out of range.
    """
    settings = dict(defaults)
    for name, value in given.items():
        if name not in defaults:
            near = nearest(name, defaults) or sorted(defaults)
            raise UsageError(f"{method} has no setting {name!r}.", hint=f"Its settings: {', '.join(near)}.")
        settings[name] = _as_kind(method, name, value, defaults[name])
    return settings


def _as_kind(method: str, name: str, value: Setting, default: Setting) -> Setting:
    if value is None or (isinstance(value, str) and value == "" and default is None):
        return default
    try:
        found = _read(value, default)
    except ValueError:
        found = None
    if found is None:
        kind = {"bool": "yes or no", "float": "a number from 0"}.get(type(default).__name__, "a whole number from 0")
        raise UsageError(f"{name} of {method} is {kind}, not {value!r}.", hint=f"Its default is {default}.")
    return found


def _read(value: Setting, default: Setting) -> Setting:
    """Return the value as the kind that the default is of, None where it is not of that kind."""
    if isinstance(default, bool):
        return {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}.get(str(value).lower())
    if isinstance(default, str):
        return str(value)
    number = float(value or 0)
    if not np.isfinite(number) or number < 0 or (not isinstance(default, float) and number != int(number)):
        return None
    return number if isinstance(default, float) else int(number)
