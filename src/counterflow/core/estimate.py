"""A number with its doubt: an estimate cannot be made without interval, method, source and as-of date."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import asdict, dataclass

__all__ = ["Estimate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One estimated quantity.

    Args:
        value: the point estimate, in `unit`; None where the data allow no point (the interval may still hold).
        low: lower end of the interval.
        high: upper end of the interval.
        level: the interval's nominal coverage, in (0, 1).
        method: how it was made, with the source of the method.
        source: the data it rests on.
        as_of: the last day whose data it includes.
        unit: what is counted or measured.
        informative: False where the interval is wider than the declared usefulness limit; then `why_not` says so.

    Raises:
        ValueError: a bound is missing, crossed or not a number: a bare estimate is impossible.
    """

    value: float | None
    low: float
    high: float
    level: float
    method: str
    source: str
    as_of: dt.date
    unit: str
    informative: bool = True
    why_not: str = ""

    def __post_init__(self) -> None:
        if math.isnan(self.low) or math.isnan(self.high) or self.low > self.high:
            raise ValueError(f"an interval needs low <= high, not {self.low} .. {self.high}")
        if self.value is not None and not self.low <= self.value <= self.high:
            raise ValueError(f"the value {self.value} lies outside its interval {self.low} .. {self.high}")
        if not 0 < self.level < 1:
            raise ValueError(f"a level lies between 0 and 1, not {self.level}")
        if not (self.method and self.source and self.unit):
            raise ValueError("an estimate names its method, source and unit")
        if not self.informative and not self.why_not:
            raise ValueError("an estimate that is not informative says why")

    def as_dict(self) -> dict[str, object]:
        """Return plain data for JSON, the date as ISO text."""
        return asdict(self) | {"as_of": self.as_of.isoformat()}
