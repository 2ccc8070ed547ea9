"""How well a model would have ranked the last part of time, learned only from what came before it.

The last `_HELD_OUT` of the inspected records, by the day their outcome became known, are held out; a model learns from
what was known before the first of them and ranks them. Precision and recall are among inspected records, in the order
of the plan (expected harm) and with exact intervals; what was never inspected is not in them. The same is done without
origin and departure of the goods.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from counterflow.target.features.lines import Known, Lines

if TYPE_CHECKING:
    from counterflow.target.learn.options import LearnOptions

__all__ = ["RATE", "judged"]

#: share of the held-out records that is taken
RATE = 0.10
_HELD_OUT = 0.25
_FEWEST = 200
_ROUTE = frozenset(("origin", "departure"))

Bools = npt.NDArray[np.bool_]


def judged(lines: Lines, known: Known, options: LearnOptions, before: dt.date, seed: int) -> dict[str, Any]:
    """Return measures of a model on the last part of time: as it is, and without origin and departure.

    Args:
        lines: the past.
        known: outcomes.
        options: how to learn.
        before: only outcomes known before this day are used.
        seed: seed of the learning.

    Returns:
        held_out_from, records and finds held out, and for `with_route` and `without_route` what `_measured` returns;
        only `said` where there is too little to hold out.
    """
    cut = _cut(known, before)
    inspected = known.found.is_valid().to_numpy(zero_copy_only=False)
    held = inspected & (known.on >= cut) & (known.on < _number(before)) & (_declared(lines) >= cut)
    found = pc.fill_null(known.found, "").to_numpy(zero_copy_only=False)[held].astype(str)
    if len(found) < _FEWEST or not (found != "").any() or (found != "").all():
        return {"said": f"{len(found)} records with a result could be held out: too few, or all alike, to measure"}
    told: dict[str, Any] = {
        "held_out_from": (dt.date(1970, 1, 1) + dt.timedelta(days=cut)).isoformat(),
        "records": len(found), "finds": int((found != "").sum()), "rate": str(RATE),
    }  # fmt: skip
    told["with_route"] = _measured(lines, known, options, cut, seed, held, found)
    if not options.without >= _ROUTE:
        told["without_route"] = _measured(
            lines, known, replace(options, without=options.without | _ROUTE), cut, seed, held, found
        )
    return told


def _measured(
    lines: Lines,
    known: Known,
    options: LearnOptions,
    cut: int,
    seed: int,
    held: Bools,
    found: npt.NDArray[np.str_],
) -> dict[str, Any]:
    """Return precision, recall and recall of the top tier among held-out records in the order of expected harm."""
    from counterflow.target.learn.metrics import evaluate
    from counterflow.target.learn.scorer import Scorer, part_of

    on = dt.date(1970, 1, 1) + dt.timedelta(days=cut)
    scorer = Scorer.fit(lines, known, options, on=on, seed=seed)
    scored = scorer.score(part_of(lines, np.flatnonzero(held)))
    top = np.isin(found, options.top({name for name in found.tolist() if name}))
    made = evaluate(scored.harm(options.severity), found != "", top, (RATE,), seed=seed)
    one = made["rates"][0]
    kept = {name: _ends(one[name]) for name in ("precision", "recall", "critical_recall", "critical_share")}
    return {"learned": scorer.learnt, "auc": _ends(made["auc"]), **kept}


def _ends(measure: dict[str, Any]) -> dict[str, float | None]:
    return {end: None if measure[end] is None else round(float(measure[end]), 6) for end in ("value", "low", "high")}


def _cut(known: Known, before: dt.date) -> int:
    """Return the day from which on the last part of outcomes became known."""
    inspected = known.found.is_valid().to_numpy(zero_copy_only=False) & (known.on < _number(before))
    days = np.sort(known.on[inspected])
    return int(days[int(len(days) * (1 - _HELD_OUT))]) if len(days) else _number(before)


def _declared(lines: Lines) -> npt.NDArray[np.int64]:
    """Return the day of each record."""
    days = np.zeros(lines.records, np.int64)
    days[lines.row] = lines.table.column("day").cast("int32").to_numpy()
    return days


def _number(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days
