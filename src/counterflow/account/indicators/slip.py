"""Time to implement: how many days a mandated step is late, and how long partners take to answer.

A step that is not done has a slip that still grows: what is given is the least that it can be.
"""

from __future__ import annotations

import datetime as dt
from statistics import median
from typing import Any

from counterflow.account.indicators.records import Commitment, Step

__all__ = ["commitment_row", "step_row"]


def step_row(step: Step, today: dt.date) -> dict[str, Any]:
    """Return a mandated step with its slip in days: of the day it was done, of what is expected now, and so far."""
    due = step.due.last if step.due else None
    done = step.done.last if step.done else None
    ends = step.expected.last if step.expected else None
    slip = (done - due).days if due and done else max(0, (today - due).days) if due else None
    expected = (ends - due).days if due and ends else None
    return {
        "id": step.id, "row": step.row, "words": step.words, "mandate": step.mandate, "quote": step.quote,
        "source": step.source, "due": due.isoformat() if due else None, "done": done.isoformat() if done else None,
        "expected": ends.isoformat() if ends else None, "slip_days": slip, "expected_slip_days": expected,
        "state": _state(due, done, today), "at_least": done is None and bool(slip),
    }  # fmt: skip


def _state(due: dt.date | None, done: dt.date | None, today: dt.date) -> str:
    if due is None:
        return "not assessable"
    if done is not None:
        return "done late" if done > due else "done in time"
    return "overdue" if today > due else "waiting"


def commitment_row(one: Commitment, today: dt.date) -> dict[str, Any]:
    """Return what a partner undertook: requests, how many were answered in time, and the median days to an answer.

    A median is given from five answers on; requests that still wait are counted with the days they have waited.
    """
    days = sorted((back - asked).days for asked, back in one.requests if back is not None)
    waiting = sorted((today - asked).days for asked, back in one.requests if back is None)
    limit = one.answer_days
    in_time = None if limit is None else sum(day <= limit for day in days)
    late = None if limit is None else sum(day > limit for day in [*days, *waiting])
    due = one.due.last if one.due else None
    return {
        "id": one.id, "row": one.row, "partner": one.partner, "promise": one.promise, "quote": one.quote,
        "source": one.source, "indicator": one.indicator, "due": due.isoformat() if due else None,
        "overdue": bool(due and today > due), "answer_days": limit, "requests": len(one.requests),
        "answered": len(days), "in_time": in_time, "late": late, "waiting": len(waiting),
        "longest_wait_days": waiting[-1] if waiting else None,
        "median_days": median(days) if len(days) >= 5 else None,
        "why_not": "" if len(days) >= 5 else f"{len(days)} answers: too few for a median",
    }  # fmt: skip
