"""Times as files of decisions write them: day and minute, in the house's own time."""

from __future__ import annotations

import datetime as dt
import re

__all__ = ["minute_of", "moment_of"]

_EPOCH = dt.date(1970, 1, 1).toordinal()


def moment_of(word: str) -> tuple[int, int] | None:
    """Return day since 1970 and minute of the day (-1 for a bare day); None where it is no time."""
    text = word.strip()
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        other = _other_moment(text)
        if other is None:
            return None
        moment = other
    bare = len(text) <= 10 and ":" not in text
    return moment.toordinal() - _EPOCH, -1 if bare else moment.hour * 60 + moment.minute


def _other_moment(text: str) -> dt.datetime | None:
    for form in ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y%m%d%H%M%S", "%d.%m.%Y %H:%M", "%d.%m.%Y"):
        try:
            return dt.datetime.strptime(text, form)  # noqa: DTZ007 - files of one house, in its own time
        except ValueError:
            continue
    try:
        number = float(text)
    except ValueError:
        return None
    if 0 <= number < 100_000:  # days or hours since the beginning of the year are told apart by nobody: days
        return dt.datetime(1970, 1, 1) + dt.timedelta(days=number)  # noqa: DTZ001
    if 1e8 < number < 1e11:
        return dt.datetime(1970, 1, 1) + dt.timedelta(seconds=number)  # noqa: DTZ001
    return None


def minute_of(word: str) -> int:
    """Return the minute of the day that a clock time or an hour names; -1 where it names none."""
    match = re.search(r"(\d{1,2}):(\d\d)", word)
    if match:
        return int(match[1]) % 24 * 60 + int(match[2])
    try:
        return int(float(word) * 60) % 1440
    except ValueError:
        return -1
