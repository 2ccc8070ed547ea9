"""How well can the features tell which group a record belongs to? What they can tell, a score may act on.

Groups are never features. Whoever audits brings them (a file of record_id and group that this room does not keep), or
takes what stands on the record: origin, departure, lane, sender. For each group a small forest guesses it from the
features, on records it did not learn from; the area under its curve says how well: .5 is chance, 1 is certainty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator

__all__ = ["Proxy", "area", "proxies"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: records of a group, and of the rest, below which nothing is said
LEAST = 40
_FOLDS = 5
_MOST = 20_000
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Proxy:
    """How well a group can be told.

    Args:
        group: which.
        of: `features`, `features without origin and departure` or `score`.
        records: records of the group among those looked at.
        auc: area under the curve; None where there was too little.
        low, high: its 95 % interval.
        carried_by: features that carried it, with their part of the gain.
        alarm: the low end passes the limit.
        words: in words.
    """

    group: str
    of: str
    records: int
    auc: float | None
    low: float
    high: float
    carried_by: tuple[tuple[str, float], ...]
    alarm: bool
    words: str


def area(score: Floats, member: Bools, level: float = 0.95) -> tuple[float, float, float]:
    """Return the area under the curve and its interval: DeLong et al., Biometrics 44 (1988) 837-845, on the logit.

    >>> area(np.array([0.9, 0.8, 0.3, 0.1]), np.array([True, True, False, False]))[0]
    1.0
    """
    from scipy.stats import norm, rankdata

    n, m = int(member.sum()), int((~member).sum())
    ranks, inside, outside = rankdata(score), rankdata(score[member]), rankdata(score[~member])
    above = (ranks[member] - inside) / m
    below = 1 - (ranks[~member] - outside) / n
    value = float(above.mean())
    variance = above.var(ddof=1) / n + below.var(ddof=1) / m if min(n, m) > 1 else 0.25
    # With no overlap the variance is 0 and says nothing; a half record on either side keeps the ends inside.
    held = float(np.clip(value, 0.5 / (n * m + 1), 1 - 0.5 / (n * m + 1)))
    spread = max(float(np.sqrt(variance)), 0.5 / min(n, m)) / (held * (1 - held)) * norm.ppf((1 + level) / 2)
    middle = np.log(held / (1 - held))
    low, high = (float(1 / (1 + np.exp(-(middle + side * spread)))) for side in (-1, 1))
    return value, min(low, value), max(high, value)


def proxies(
    group: npt.NDArray[np.object_], features: dict[str, tuple[Floats, tuple[str, ...]]], *, limit: float, seed: int
) -> Iterator[Proxy]:
    """Yield for each group how well each set of features tells it.

    Args:
        group: group of each record, "" where not known: those are left out.
        features: name of the set to its values (records, features) and their names.
        limit: the low end of the area above which it is an alarm.
        seed: seed of folds and forests.
    """
    known = np.flatnonzero(group.astype(str) != "")
    if len(known) > _MOST:
        known = np.sort(generator(seed, "audit", "records").choice(known, _MOST, replace=False))
    names, sizes = np.unique(group[known].astype(str), return_counts=True)
    for name in names[np.argsort(-sizes, kind="stable")][:12]:
        member = group[known].astype(str) == name
        for of, (values, columns) in features.items():
            if min(member.sum(), (~member).sum()) < LEAST:
                words = f"{name}: {int(member.sum())} records and {int((~member).sum())} others: too few to say"
                yield Proxy(str(name), of, int(member.sum()), None, 0.0, 1.0, (), False, words)
                continue
            guess, gain = _guessed(values[known], member, seed)
            value, low, high = area(guess, member)
            order = [i for i in np.argsort(-gain)[:_SHOWN] if gain[i] > 0]
            carried = tuple((columns[i], round(float(gain[i]), 3)) for i in order) if len(columns) > 1 else ()
            alarm = low > limit
            words = f"{name} can be told from the {of} with area {value:.2f} ({low:.2f} to {high:.2f}; .5 is chance)"
            yield Proxy(str(name), of, int(member.sum()), value, low, high, carried, alarm, words)


def _guessed(values: Floats, member: Bools, seed: int) -> tuple[Floats, Floats]:
    """Return each record's guess by a forest that did not see it, and the features' part of the gain.

    A single column is its own guess, in the better of its two directions.
    """
    if values.shape[1] == 1:
        guess = np.nan_to_num(values[:, 0].astype(np.float64))
        return (guess if area(guess, member)[0] >= 0.5 else -guess), np.ones(1)
    import lightgbm as lgb

    fold = generator(seed, "audit", "folds").permutation(len(member)) % _FOLDS
    settings: dict[str, Any] = {
        "objective": "binary", "num_leaves": 15, "learning_rate": 0.1, "min_data_in_leaf": 20, "num_threads": 1,
        "deterministic": True, "force_row_wise": True, "verbosity": -1, "seed": seed % 2**31,
    }  # fmt: skip
    guess, gain = np.zeros(len(member)), np.zeros(values.shape[1])
    for k in range(_FOLDS):
        learn = fold != k
        data = lgb.Dataset(values[learn], label=member[learn].astype(np.float64), free_raw_data=True)
        forest = lgb.train(settings, data, num_boost_round=40)
        guess[~learn] = np.asarray(forest.predict(values[~learn]), np.float64)
        gain += forest.feature_importance("gain")
    return guess, gain / max(float(gain.sum()), 1e-300)
