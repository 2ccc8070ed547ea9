"""Days in an address: written as 2026-03-01, and as nothing else."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from pydantic import BeforeValidator

__all__ = ["Day", "DayGiven"]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _written(value: object) -> object:
    """Refuse what pydantic would read as seconds since 1970."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("a day is written as 2026-03-01")
    return value


DayGiven = Annotated[dt.date, BeforeValidator(_written)]
Day = Annotated[dt.date | None, BeforeValidator(_written)]
