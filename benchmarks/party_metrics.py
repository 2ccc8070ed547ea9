"""How good a matcher of names or a resolution of records is: one definition of each figure, for ours and for rivals.

Screening: a threshold is the score that at most a given share of clean parties exceed, and a listed party counts
as found when its own entry scores strictly above it; equal scores count against the matcher.
Pairs: area under the ROC curve (ties count half) and the best F1 over all thresholds.
Resolution: pairwise precision, recall and F1; B-cubed (Bagga & Baldwin 1998, LREC workshop, section 3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from counterflow.account.interdiction.intervals import clopper_pearson
from counterflow.core.seeds import generator

__all__ = [
    "Clustering",
    "Difference",
    "auc",
    "b_cubed",
    "best_f1",
    "clopper_pearson",
    "f1_at",
    "leave_one_group_out",
    "paired_bootstrap",
    "pairwise",
    "threshold_at",
]


# ---- screening


def threshold_at(clean: np.ndarray, rate: float) -> float:
    """Return the score that at most `rate` of the clean parties' best scores exceed; `found` is score > this.

    >>> threshold_at(np.array([0.9, 0.5, 0.2, 0.0]), 0.25)
    0.5
    """
    best_first = np.sort(clean)[::-1]
    return max(float(best_first[min(int(rate * len(clean)), len(clean) - 1)]), 1e-9)


# ---- labelled pairs


def auc(match: np.ndarray, score: np.ndarray) -> float:
    """Return the chance that a matching pair scores above another one, ties counting half (Mann & Whitney 1947).

    >>> auc(np.array([True, True, False]), np.array([0.9, 0.4, 0.4]))
    0.75
    """
    values, places, counts = np.unique(score, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    rank = (last - (counts - 1) / 2.0)[places]
    yes = int(match.sum())
    no = len(match) - yes
    return (
        float((rank[match].sum() - yes * (yes + 1) / 2.0) / (yes * no)) if yes and no and len(values) else float("nan")
    )


def f1_at(match: np.ndarray, score: np.ndarray, threshold: float) -> float:
    """Return F1 when everything scoring at least `threshold` is called a match."""
    said = score >= threshold
    return float(2 * (match & said).sum() / max(said.sum() + match.sum(), 1))


def best_f1(match: np.ndarray, score: np.ndarray) -> tuple[float, float]:
    """Return the best F1 over all thresholds, and the threshold it is reached at.

    >>> best_f1(np.array([True, True, False]), np.array([0.9, 0.4, 0.3]))
    (1.0, 0.4)
    """
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    hits = np.cumsum(match[order])
    f1 = 2.0 * hits / (np.arange(1, len(score) + 1) + match.sum())
    f1[:-1][ranked[:-1] == ranked[1:]] = -1.0  # a threshold takes all pairs of its score, or none
    at = int(np.argmax(f1))
    return float(f1[at]), float(ranked[at])


@dataclass(frozen=True, slots=True)
class Difference:
    """Ours minus theirs, with the central 95 % of the resampled differences."""

    ours: float
    theirs: float
    low: float
    high: float

    def __str__(self) -> str:
        gain = self.ours - self.theirs
        return f"{self.ours:.4f} v {self.theirs:.4f}: {gain:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"


def paired_bootstrap(
    statistic: Callable[[np.ndarray, np.ndarray], float],
    match: np.ndarray,
    ours: np.ndarray,
    theirs: np.ndarray,
    *,
    groups: np.ndarray | None = None,
    resamples: int = 2000,
    seed: int = 3,
) -> Difference:
    """Return the difference of a statistic on the same pairs, resampled together (Efron & Tibshirani 1993, ch. 16).

    Args:
        statistic: of labels and scores, for example `auc`.
        match: labels.
        ours: our scores.
        theirs: the rival's scores of the same pairs.
        groups: where given, whole groups of pairs are drawn instead of single pairs: pairs of one source are alike.
        resamples: how often.
        seed: of the draws.
    """
    rng = generator(seed, "paired bootstrap", "groups" if groups is not None else "pairs")
    members = [np.flatnonzero(groups == g) for g in np.unique(groups)] if groups is not None else None
    differences = []
    while len(differences) < resamples:
        if members is None:
            rows = rng.integers(0, len(match), len(match))
        else:
            rows = np.concatenate([members[k] for k in rng.integers(0, len(members), len(members))])
        if 0 < match[rows].sum() < len(rows):
            differences.append(statistic(match[rows], ours[rows]) - statistic(match[rows], theirs[rows]))
    low, high = np.quantile(differences, (0.025, 0.975)).tolist()
    return Difference(statistic(match, ours), statistic(match, theirs), low, high)


def leave_one_group_out(match: np.ndarray, score: np.ndarray, groups: np.ndarray) -> tuple[float, dict[str, float]]:
    """Return F1 with each group judged at the threshold that is best on all others, and AUC without each group.

    A matcher whose AUC falls far when one group leaves owes its figure to that group.
    """
    said = np.zeros(len(match), bool)
    without: dict[str, float] = {}
    for group in np.unique(groups):
        rest = groups != group
        said[~rest] = score[~rest] >= best_f1(match[rest], score[rest])[1]
        without[str(group)] = auc(match[rest], score[rest])
    return f1_at(match, said.astype(float), 1.0), without


# ---- resolution


@dataclass(frozen=True, slots=True)
class Clustering:
    """Precision, recall and F1 of a partition against the true one."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        return f"P {self.precision:.4f} R {self.recall:.4f} F1 {self.f1:.4f}"


def _overlaps(gold: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the sizes of true groups, of found groups, and of their overlaps with where each overlap belongs."""
    _, g = np.unique(gold, return_inverse=True)
    _, f = np.unique(found, return_inverse=True)
    keys, sizes = np.unique(g.astype(np.int64) * (int(f.max()) + 1) + f, return_counts=True)
    true, ours = np.divmod(keys, int(f.max()) + 1)
    return np.bincount(g)[true], np.bincount(f)[ours], sizes


def pairwise(gold: np.ndarray, found: np.ndarray) -> Clustering:
    """Return precision and recall over pairs of records put together.

    >>> print(pairwise(np.array([1, 1, 1, 2]), np.array([5, 5, 6, 6])))
    P 0.5000 R 0.3333 F1 0.4000
    """
    _, g = np.unique(gold, return_counts=True)
    _, f = np.unique(found, return_counts=True)
    *_, both = _overlaps(gold, found)
    right, true, said = ((n * (n - 1) // 2).sum() for n in (both, g, f))
    return Clustering(float(right / said) if said else 1.0, float(right / true) if true else 1.0)


def b_cubed(gold: np.ndarray, found: np.ndarray) -> Clustering:
    """Return B-cubed precision and recall: averaged over records, so that a large group does not rule.

    >>> print(b_cubed(np.array([1, 1, 1, 2]), np.array([5, 5, 6, 6])))
    P 0.7500 R 0.6667 F1 0.7059
    """
    g, f, both = _overlaps(gold, found)
    return Clustering(float((both**2 / f).sum() / len(gold)), float((both**2 / g).sum() / len(gold)))
