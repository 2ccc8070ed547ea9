"""Ids of alarms: the same series, period, method, settings and counts always give the same one.

The first part is a digest of what anybody can name: series, period, method, settings. The part after the dot is the
vintage: the head of a keyed digest of the counts that the method saw. The key is the installation's own, because a page
that shows a plain digest of a series would let whoever knows all but one count find a suppressed one by trying.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["SERIES", "alarm_id", "data_digest", "settings_text", "signal_id"]

#: columns that name a series
SERIES = ("series", "source", "place", "level", "measure", "subject", "definition")
_SIGNAL_DIGITS, _VINTAGE_DIGITS = 12, 6


def settings_text(settings: Mapping[str, object]) -> str:
    """Return settings as the text that ids are made of.

    >>> settings_text({"w": 3, "b": 5})
    '{"b": 5, "w": 3}'
    """
    return json.dumps(dict(settings), sort_keys=True, ensure_ascii=False, default=str)


def signal_id(series: Mapping[str, object], grain: str, period: str, method: str, settings: str) -> str:
    """Return the id of an alarm apart from its vintage.

    >>> signal_id({"series": "a"}, "week", "2026-03-02", "ears-c1", "{}")[:2]
    'A-'
    """
    parts: Sequence[str] = [*(str(series.get(name) or "") for name in SERIES), grain, period, method, settings]
    return "A-" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:_SIGNAL_DIGITS]


def data_digest(key: bytes, periods: npt.NDArray[np.int64], counts: npt.NDArray[np.float64]) -> str:
    """Return the keyed digest (HMAC-SHA256, RFC 2104) of a series from its first known count on.

    Args:
        key: the installation's own.
        periods: number of each period, shape (T,).
        counts: shape (T,); NaN where not known.
    """
    known = np.flatnonzero(~np.isnan(counts))
    first = int(known[0]) if len(known) else len(counts)
    plain = np.where(np.isnan(counts[first:]), np.nan, counts[first:] + 0.0)
    body = periods[first:].astype("<i8").tobytes() + plain.astype("<f8").tobytes()
    return hmac.new(key, body, hashlib.sha256).hexdigest()


def alarm_id(signal: str, digest: str) -> str:
    """Return the id of an alarm of one vintage.

    >>> alarm_id("A-0123456789ab", "f" * 64)
    'A-0123456789ab.ffffff'
    """
    return f"{signal}.{digest[:_VINTAGE_DIGITS]}"
