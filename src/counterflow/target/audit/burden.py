"""At whose burden: of the clean records of a group, what share did targeting open, against that of all others?

Nobody knows which records were clean; the random arm says how many. With N records in a group, of which a share p is
violative as the random arm estimates it, N (1 - p) were clean; FP of them were chosen by rules or by the score and
found clean. The burden of the group is FP / (N (1 - p)), the ratio is that over the same of all others.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Burden", "Opened", "burden_ratio"]

#: part of the error probability given to the counts; the rest to the two shares of clean records
_COUNT_PART = 0.8


@dataclass(frozen=True, slots=True)
class Opened:
    """What was opened of a part of the flow.

    Args:
        records: records in the frame.
        chosen: of those inspected because they were chosen, not drawn.
        clean: of those found clean.
        violative: share of the records that is violative, by the random arm: point (None where nothing was drawn).
        low, high: its interval, at the level that `burden_ratio` asks for.
    """

    records: int
    chosen: int
    clean: int
    violative: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Burden:
    """A burden ratio with its doubt.

    Args:
        by, group: which.
        here, others: what was opened.
        value: the ratio; None where a side has nothing to compare.
        low, high: its interval.
        level: nominal coverage.
        alarm: the low end passes the limit.
        words: in words.
    """

    by: str
    group: str
    here: Opened
    others: Opened
    value: float | None
    low: float
    high: float
    level: float
    alarm: bool
    words: str


def share_level(level: float) -> float:
    """Return the level at which the shares of violative records must be given, so that the ratio keeps `level`.

    >>> round(share_level(0.95), 6)
    0.995
    """
    return 1 - (1 - level) * (1 - _COUNT_PART) / 2


def burden_ratio(by: str, group: str, here: Opened, others: Opened, *, level: float = 0.95, limit: float) -> Burden:
    """Return the burden of a group against all others.

    Of all clean records opened, the group's part is binomial where burdens are equal up to a ratio (conditional on the
    sum of two Poisson counts; Przyborowski & Wilenski 1940), so the odds of an exact interval (Clopper & Pearson 1934)
    bound FP / FP; the shares of clean records bound the rest; the error probability is split between them (Bonferroni).

    Args:
        by: grouping.
        group: which group.
        here: what was opened of it.
        others: of all other records.
        level: nominal coverage.
        limit: a low end above this is an alarm.
    """
    both = here.clean + others.clean
    words = f"{by} {group}: {here.clean:,} of {here.records:,} opened and clean, others {others.clean:,} of "
    words += f"{others.records:,}"
    if both == 0 or min(here.records, others.records) == 0:
        return Burden(by, group, here, others, None, 0.0, float("inf"), level, False, f"{words}: nothing to compare")
    from scipy.special import betaincinv

    tail = (1 - level) * _COUNT_PART / 2
    low = float(betaincinv(here.clean, others.clean + 1, tail)) if here.clean else 0.0
    high = float(betaincinv(here.clean + 1, others.clean, 1 - tail)) if others.clean else 1.0
    least = _odds(low) * (1 - others.high) * others.records / (max(1 - here.low, 1e-12) * here.records)
    most = _odds(high) * (1 - others.low) * others.records / (max(1 - here.high, 1e-12) * here.records)
    value = None
    if others.clean and here.violative is not None and others.violative is not None:
        clean_here, clean_others = (1 - here.violative) * here.records, (1 - others.violative) * others.records
        value = here.clean / max(clean_here, 1e-12) / (others.clean / max(clean_others, 1e-12))
        least, most = min(least, value), max(most, value)
        words += f": opened {_times(value)} times as often ({_times(least)} to {_times(most)})"
    return Burden(by, group, here, others, value, least, most, level, least > limit, words)


def _times(ratio: float) -> str:
    return f"{ratio:.2g}" if ratio < 10 else f"{ratio:,.0f}"


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else float("inf")
