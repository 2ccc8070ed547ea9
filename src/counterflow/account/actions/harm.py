"""Which classes of action do harm: evidence that adds up over uses, and may be looked at after each of them.

For each use of a class (kind and class of substance) what happened is placed in what counts alone had led to expect,
as though nothing had been done, on the normal scale (z). If the class does no harm, z has mean 0 or less and spread 1,
and for any m > 0 the product of exp(m z - m^2 / 2) over the uses is a test supermartingale; so is its mean over a grid
of m, whose value is the e-value of "this class does no harm" (Robbins, Ann Math Stat 41 (1970) 1397-1409; Ramdas,
Gruenwald, Vovk & Shafer, Statistical Science 38 (2023) 576-601). By Ville's inequality it ever reaches 1/alpha with
probability alpha at most: the class is flagged when it does, and no number of looks makes more false flags. That rests
on intervals that are as wide as they should be, which the calibration of `history` shows, and on nothing else having
changed: a flag calls for an evaluation, it is not one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["ALPHA", "ClassEvidence", "classes_of", "evidence_of"]

#: how often a class that does no harm may ever be flagged
ALPHA = 0.05
_GRID = (0.25, 0.5, 1.0, 1.5, 2.0)
#: a single use counts for no more than this, so that no class is flagged by one use (a clipped z is smaller in convex
#: order: the e-value stays one)
_MOST_Z = 2.5


@dataclass(frozen=True, slots=True)
class ClassEvidence:
    """Evidence on one class.

    Args:
        uses: scored uses.
        e_value: evidence that it does harm, by now; 1 is none.
        flagged_at: use at which the evidence first reached 1/alpha; None where it never did.
        rose: uses in which harm rose above the upper end.
    """

    uses: int
    e_value: float
    flagged_at: int | None
    rose: int


def evidence_of(scores: Sequence[float], rose: Sequence[bool], alpha: float = ALPHA) -> ClassEvidence:
    """Return the evidence of one class.

    Args:
        scores: z of each use, in the order they were scored.
        rose: whether harm rose above the upper end in each.
        alpha: how often a harmless class may ever be flagged.

    >>> evidence_of([1.5] * 8, [False] * 8).flagged_at
    4
    >>> evidence_of([0.0] * 50, [False] * 50).flagged_at is None
    True
    """
    logs = [0.0] * len(_GRID)
    flagged, value = None, 1.0
    for n, score in enumerate(scores, 1):
        z = max(min(score, _MOST_Z), -_MOST_Z)
        logs = [log + m * z - m * m / 2 for log, m in zip(logs, _GRID, strict=True)]
        value = math.fsum(math.exp(min(log, 700.0)) for log in logs) / len(logs)
        if flagged is None and value >= 1 / alpha:
            flagged = n
    return ClassEvidence(len(scores), value, flagged, sum(rose))


def classes_of(rows: Sequence[Mapping[str, Any]], alpha: float = ALPHA) -> list[dict[str, Any]]:
    """Return the evidence of each class and harm, flagged ones first, then by evidence.

    Args:
        rows: scores of `history` in the order they were made, one per action and measure, each with kind and
            substance_class of its action.
        alpha: how often a harmless class may ever be flagged.
    """
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["z"] is not None:
            groups.setdefault((row["kind"], row["substance_class"], row["measure"]), []).append(row)
    made = []
    for (kind, substance, measure), mine in groups.items():
        found = evidence_of([float(row["z"]) for row in mine], [bool(row["harm"]) for row in mine], alpha)
        ratios = [row["observed"] / row["median"] for row in mine if row["median"]]
        made.append({
            "kind": kind, "substance_class": substance, "measure": measure, "uses": found.uses, "rose": found.rose,
            "e_value": found.e_value, "flagged": found.flagged_at is not None, "flagged_at_use": found.flagged_at,
            "mean_ratio": sum(ratios) / len(ratios) if ratios else None,
            "words": _words(found, measure, alpha),
        })  # fmt: skip
    return sorted(made, key=lambda one: (not one["flagged"], -one["e_value"], one["kind"], one["substance_class"]))


def _words(found: ClassEvidence, measure: str, alpha: float) -> str:
    times = f"{found.uses} scored use{'s' if found.uses != 1 else ''}"
    if found.flagged_at is not None:
        return (
            f"{measure} rose with it: flagged at use {found.flagged_at} of {found.uses}. Before the next use, ask for"
            f" an evaluation; of classes that do no harm at most {alpha:.0%} are ever flagged"
        )
    return f"not flagged after {times}; that does not show that it does no harm"
