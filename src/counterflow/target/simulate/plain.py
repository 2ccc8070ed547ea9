"""The published peers: random, exploit and hybrid, with the plain learner of the published weekly loop.

The plain learner is a small gradient-boosted forest on the raw columns, text as label codes (80 trees of 15 leaves),
learnt anew every second week from all labels so far. Hybrid spends a share of the budget on a simple random draw and
the rest by score (Kim et al. 2022, "Active Learning for Human-in-the-Loop Customs Inspection", section 4).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from counterflow.target.simulate.strategy import (
    RANDOM,
    TARGETED,
    Chosen,
    Floats,
    Learner,
    Past,
    Places,
    Scores,
    WeekView,
)

__all__ = ["Hybrid", "PlainLearner", "Random", "best_first", "random_draw"]


class PlainLearner:
    """Gradient-boosted trees on raw, label-encoded columns.

    Args:
        trees: number of trees.
        leaves: leaves of each tree.
        refit_weeks: weeks from one fit to the next.
    """

    def __init__(self, trees: int = 80, leaves: int = 15, refit_weeks: int = 2) -> None:
        self._options: dict[str, Any] = {
            "objective": "binary", "num_leaves": leaves, "learning_rate": 0.1, "verbosity": -1, "num_threads": 1,
            "deterministic": True, "force_row_wise": True,
        }  # fmt: skip
        self._trees = trees
        self._refit_weeks = refit_weeks
        self._model: Any = None
        self._fitted = -refit_weeks

    def refit(self, week: WeekView, past: Past, seed: int) -> None:
        """Learn anew where the last fit is old enough; one class alone teaches nothing."""
        import lightgbm

        found = past.labels > 0
        if week.week - self._fitted < self._refit_weeks or found.all() or not found.any():
            return
        data = lightgbm.Dataset(_raw(week, past.rows), label=found.astype(float), free_raw_data=True)
        self._model = lightgbm.train(self._options | {"seed": seed % 2**31}, data, num_boost_round=self._trees)
        self._fitted = week.week

    def score(self, week: WeekView, past: Past) -> Scores:
        """Score the week; all alike while there is no model."""
        if self._model is None:
            same = np.full(len(week.rows), float((past.labels > 0).mean()) if len(past.rows) else 0.0)
            return Scores(same, same, same)
        find = np.asarray(self._model.predict(_raw(week, week.rows), num_threads=1), float)
        return Scores(find, find, find)


def _raw(week: WeekView, rows: Places) -> Floats:
    """Return the columns as they came, keys as numbers beside the numbers; an empty key is missing."""
    raw = [at for at, name in enumerate(week.key_names) if name not in ("hs2", "hs4")]
    keys = week.keys[rows][:, raw].astype(float)
    keys[keys < 0] = np.nan
    return np.hstack([keys, week.numbers[rows]])


class Random:
    """Every inspection is drawn by chance."""

    name = "random"

    def learn(self, week: WeekView, known: Past) -> None:
        """Learn nothing."""

    def choose(self, week: WeekView, budget: int, rng: np.random.Generator) -> Chosen:
        """Draw the whole budget by chance."""
        rows, probability = random_draw(week.rows, budget, rng)
        return Chosen(rows, np.full(len(rows), RANDOM, np.int8), np.full(len(rows), probability))


class Hybrid:
    """A share by chance, the rest by score; a share of 0 is pure exploitation.

    Args:
        learner: scores a week.
        random_share: share of the budget that is drawn by chance.
        seed: seed of the learner.
        name: what it is called in results.
    """

    def __init__(self, learner: Learner, random_share: float, seed: int, name: str = "hybrid") -> None:
        self.name = name
        self._learner = learner
        self._share = random_share
        self._seed = seed
        self._past = Past.empty()

    def learn(self, week: WeekView, known: Past) -> None:  # noqa: ARG002 - the seam of every strategy
        """Keep what became known."""
        self._past = self._past.joined(known)

    def choose(self, week: WeekView, budget: int, rng: np.random.Generator) -> Chosen:
        """Draw the random share first, out of all records; then take the best of the rest."""
        drawn, probability = random_draw(week.rows, share_of(budget, self._share, rng), rng)
        self._learner.refit(week, self._past, self._seed)
        rank = self._learner.score(week, self._past).rank
        rest = np.isin(week.rows, drawn, invert=True)
        best = best_first(week.rows[rest], rank[rest], rng)[: budget - len(drawn)]
        arm = np.repeat(np.asarray([RANDOM, TARGETED], np.int8), [len(drawn), len(best)])
        return Chosen(np.concatenate([drawn, best]), arm, np.full(len(arm), probability))


def random_draw(rows: Places, count: int, rng: np.random.Generator) -> tuple[Places, float]:
    """Return a simple random sample of `count` rows, rising, and the probability of each row."""
    count = min(count, len(rows))
    return np.sort(rng.choice(rows, count, replace=False)), count / max(len(rows), 1)


def share_of(budget: int, share: float, rng: np.random.Generator) -> int:
    """Return the share of the budget as a whole number that is right on average."""
    exact = budget * share
    return int(exact) + int(rng.random() < exact - int(exact))


def best_first(rows: Places, rank: Floats, rng: np.random.Generator) -> Places:
    """Return rows by falling rank; equal ranks in an order drawn by chance."""
    return rows[np.lexsort((rng.random(len(rows)), -rank))]
