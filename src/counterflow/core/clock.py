"""The only place that knows what time it is.

Every stage that needs the time takes a `Clock`; runs pass one in, so that a run can be repeated to the byte.
Times are UTC, timezone-aware, to the microsecond.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable

from counterflow.core.errors import ConfigError

__all__ = ["Clock", "fixed_clock", "parse_instant", "system_clock"]

Clock = Callable[[], dt.datetime]


def system_clock() -> dt.datetime:
    """Return the present instant; `COUNTERFLOW_NOW` (ISO 8601) stands in for it when set, for rehearsals."""
    stand_in = os.environ.get("COUNTERFLOW_NOW")
    if not stand_in:
        return dt.datetime.now(dt.UTC)
    try:
        return parse_instant(stand_in)
    except (ValueError, OverflowError):
        hint = "Write ISO 8601, as 2026-03-01T09:30+01:00, or take it away."
        raise ConfigError(f"COUNTERFLOW_NOW = {stand_in!r} is no instant.", hint=hint) from None


def fixed_clock(instant: dt.datetime | str) -> Clock:
    """Return a clock that stands still at `instant`.

    >>> fixed_clock("2026-03-01T06:00:00Z")().isoformat()
    '2026-03-01T06:00:00+00:00'
    """
    moment = parse_instant(instant) if isinstance(instant, str) else instant
    return lambda: moment


def parse_instant(text: str) -> dt.datetime:
    """Read an ISO 8601 instant or date; without an offset it is UTC. Raises ValueError on anything else."""
    moment = dt.datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
