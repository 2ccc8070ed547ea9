"""How good an order is where every answer is known: precision and recall at inspection rates, with intervals.

Precision, recall and recall of the top tier have exact intervals (Clopper and Pearson 1934, Biometrika 26:404-413), as
if the records chosen, or the finds there were, had been drawn from many more of their kind. The area under the curve
and average precision have percentile intervals from resampling records (Efron and Tibshirani 1993, chapter 13).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.proportions import clopper_pearson
from counterflow.core.seeds import generator

__all__ = ["area_under_curve", "average_precision", "chosen_at", "evaluate", "slices"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Measured = dict[str, Any]

LEVEL = 0.95
_RESAMPLES = 200
_WINSORISED_AT = 0.99


def _rate(hits: int, of: int) -> Measured:
    """Return a rate with its interval; no value where there is nothing to count."""
    low, high = clopper_pearson(hits, of, LEVEL)
    return {"value": hits / of if of else None, "low": low, "high": high, "hits": hits, "of": of}


def chosen_at(rate: float, records: int) -> int:
    """Return how many records are inspected at a rate: the nearest whole number, at least one."""
    return min(max(round(rate * records), 1), records)


def area_under_curve(score: Floats, found: Bools) -> float:
    """Return the chance that a find scores above a record without one, ties as one half (Mann and Whitney 1947)."""
    from scipy.stats import rankdata

    finds, clean = int(found.sum()), int((~found).sum())
    if not finds or not clean:
        return float("nan")
    return float((rankdata(score)[found].sum() - finds * (finds + 1) / 2) / (finds * clean))


def average_precision(score: Floats, found: Bools) -> float:
    """Return the mean of the precision at each find, in falling order of score."""
    falling = found[np.argsort(-score, kind="stable")]
    if not falling.any():
        return float("nan")
    return float((np.cumsum(falling) / np.arange(1, len(falling) + 1))[falling].mean())


def _resampled(measure: Callable[[Floats, Bools], float], score: Floats, found: Bools, seed: int) -> Measured:
    value = measure(score, found)
    if np.isnan(value):
        return {"value": None, "low": 0.0, "high": 1.0}
    rng = generator(seed, "target", "metrics", measure.__name__)
    picks = rng.integers(0, len(score), (_RESAMPLES, len(score)))
    made = [measure(score[pick], found[pick]) for pick in picks]
    low, high = np.nanquantile(made, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return {"value": value, "low": float(min(low, value)), "high": float(max(high, value))}


def evaluate(
    score: Floats,
    found: Bools,
    critical: Bools,
    rates: Sequence[float],
    *,
    records: int | None = None,
    value: Floats | None = None,
    seed: int = 0,
) -> Measured:
    """Return how good an order is.

    Args:
        score: of each record, higher first, no ties among those chosen.
        found: whether an inspection of it finds anything.
        critical: whether it finds the top tier.
        rates: shares of the records that are inspected.
        records: records that the rates refer to, where more came than could be scored.
        value: declared value of each record.
        seed: of the resampling.

    Returns:
        records, finds, critical, auc, average_precision, and `rates`: per rate inspected, precision, recall,
        critical_recall, lift, value_recall (share of the declared value of all finds, values cut at their 99th
        percentile, so that one giant line does not decide).
    """
    total = len(score) if records is None else records
    falling = np.argsort(-score, kind="stable")
    cut = np.minimum(value, np.nanquantile(value, _WINSORISED_AT)) if value is not None and len(value) else None
    rows = []
    for rate in rates:
        top = falling[: chosen_at(rate, total)]
        finds, base = int(found[top].sum()), found.mean() if len(found) else 0.0
        precision = _rate(finds, len(top))
        rows.append({
            "rate": rate, "inspected": len(top), "precision": precision, "recall": _rate(finds, int(found.sum())),
            "critical_recall": _rate(int(critical[top].sum()), int(critical.sum())),
            "critical_share": _rate(int(critical[top].sum()), len(top)),
            "lift": precision["value"] / base if base and precision["value"] is not None else None,
            "value_recall": _value_recall(cut, found, top),
        })  # fmt: skip
    return {
        "records": total, "finds": int(found.sum()), "critical": int(critical.sum()),
        "auc": _resampled(area_under_curve, score, found, seed),
        "average_precision": _resampled(average_precision, score, found, seed),
        "rates": rows,
    }  # fmt: skip


def _value_recall(value: Floats | None, found: Bools, top: Ints) -> float | None:
    if value is None:
        return None
    worth = np.where(found, np.nan_to_num(value), 0.0)
    return float(worth[top].sum() / worth.sum()) if worth.sum() > 0 else None


def slices(score: Floats, found: Bools, critical: Bools, rate: float, groups: Mapping[str, Bools]) -> list[Measured]:
    """Return what one choice over all records does in each group.

    Args:
        score: of each record, see `evaluate`.
        found: see `evaluate`.
        critical: see `evaluate`.
        rate: share of all records that is inspected.
        groups: name to which records belong.

    Returns:
        one row per group: records, chosen, precision among those chosen, recall and critical_recall in the group, its
        auc, and its share of all inspections beside its share of all records.
    """
    top = np.zeros(len(score), bool)
    top[np.argsort(-score, kind="stable")[: chosen_at(rate, len(score))]] = True
    rows = []
    for name, mine in groups.items():
        hits, both = int((found & mine & top).sum()), int((mine & top).sum())
        auc = area_under_curve(score[mine], found[mine])
        rows.append({
            "group": name, "rate": rate, "records": int(mine.sum()), "chosen": both, "precision": _rate(hits, both),
            "recall": _rate(hits, int((found & mine).sum())),
            "critical_recall": _rate(int((critical & mine & top).sum()), int((critical & mine).sum())),
            "auc": None if np.isnan(auc) else auc,
            "share_of_inspections": both / max(int(top.sum()), 1), "share_of_records": float(mine.mean()),
        })  # fmt: skip
    return rows
