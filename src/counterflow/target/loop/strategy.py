"""The `adaptive` strategy of the weekly loop: chance in strata, hits followed up, then the learned score.

Each week, in this order:

1. the learner scores the week's records; its chances, made honest (`recalibrate`), are kept to be surprised by later;
2. the random share is set (`share`), and its draw made in strata of score by lane (`strata`), every probability known;
3. searches are worked out from all known outcomes (`followup`); a record's chance is raised to what they say of it;
4. a small budget goes to records that searches ask for and that score alone would not take (arm `followup`);
5. the rest goes to the highest rank (arm `targeted`), raised by what searches say of a record (found by what the model
   knows, or by what a search is after: 1 - (1 - find) (1 - share)) and by what a first look at its kind would teach
   (`worth`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.target.loop.conjunctions import MOST_TRAITS, Floats, Places, Traits
from counterflow.target.loop.followup import Followed, FollowOptions, follow
from counterflow.target.loop.recalibrate import recalibrated
from counterflow.target.loop.search import Inspected
from counterflow.target.loop.share import Share, ShareRule, random_share
from counterflow.target.loop.strata import draw_strata, strata
from counterflow.target.loop.worth import raised, worth
from counterflow.target.simulate.strategy import FOLLOWUP, RANDOM, TARGETED, Chosen, Learner, Past, Scores, WeekView

__all__ = ["Adaptive", "AdaptiveOptions", "traits_of_week"]

#: who a consignment came from or is for: their first appearances are a trait of their own
_NEW = ("importer", "consignor", "declarant")


@dataclass(frozen=True)
class AdaptiveOptions:
    """How the strategy explores.

    Args:
        share: the random share.
        follow: how hits are followed up.
        follow_share: most of the budget that goes to follow-ups which the score alone would not have made.
        memory: weeks of the random arm that the share looks back on.
        recent: weeks over which the size of a segment is measured, and for which a party counts as new.
    """

    share: ShareRule = field(default_factory=ShareRule)
    follow: FollowOptions = field(default_factory=FollowOptions)
    follow_share: float = 0.06
    memory: int = 13
    recent: int = 8


class Adaptive:
    """Random in strata, follow-ups, then score.

    Args:
        learner: scores a week.
        random_share: centre of the random share.
        seed: seed of the learner.
        options: how it explores; its share's centre is replaced by `random_share`.
        name: what it is called in results.
    """

    def __init__(
        self,
        learner: Learner,
        random_share: float,
        seed: int,
        options: AdaptiveOptions | None = None,
        name: str = "adaptive",
    ) -> None:
        options = options or AdaptiveOptions()
        self.name = name
        self.shares: list[float] = []
        self._learner = learner
        self._seed = seed
        self._options = options
        self._rule = ShareRule(
            random_share, min(options.share.floor, random_share), max(options.share.cap, random_share)
        )
        self._past = Past.empty()
        self._waiting = np.empty(0, np.int64)  # inspected, outcome not known yet
        self._raw = np.empty(0)
        self._said = np.empty(0)
        self._ranks = np.empty((0, 0))

    def learn(self, week: WeekView, known: Past) -> None:  # noqa: ARG002 - the seam of every strategy
        """Keep what became known."""
        self._past = self._past.joined(known)
        self._waiting = np.setdiff1d(self._waiting, known.rows)

    def choose(self, week: WeekView, budget: int, rng: np.random.Generator) -> Chosen:
        """Choose a week's inspections."""
        self._learner.refit(week, self._past, self._seed)
        scores = self._remember(week, self._learner.score(week, self._past))
        drawn, probability = self._drawn(week, scores, budget, rng)
        left = np.ones(len(week.rows), bool)
        left[drawn] = False
        room = max(budget - len(drawn), 0)
        most = min(round(self._options.follow_share * budget), room)
        followed = self._followed(week, left, scores, room - most)
        gain = (1 - scores.find) * followed.share
        gain += worth(week, self._past, scores.find, budget, waiting=self._waiting)
        rank = raised(scores, scores.rank, gain)
        asked = followed.asked[:most]
        left[asked] = False
        others = np.flatnonzero(left)
        best = others[np.lexsort((rng.random(len(others)), -rank[others]))][: room - len(asked)]
        places = np.concatenate([drawn, asked, best])
        arm = np.repeat(np.asarray([RANDOM, FOLLOWUP, TARGETED], np.int8), [len(drawn), len(asked), len(best)])
        self._waiting = np.concatenate([self._waiting, week.rows[places]])
        return Chosen(week.rows[places], arm, probability[places])

    def _remember(self, week: WeekView, scores: Scores) -> Scores:
        """Keep what the model says of the week before any outcome; return it with honest chances."""
        past, count = self._past, len(week.week_of)
        rate = float((past.labels > 0).mean()) if len(past.rows) else 0.5
        self._raw = _grown(self._raw, count, np.nan)
        self._raw[week.rows] = scores.find
        told = ~np.isnan(self._raw[past.rows]) & (past.arm != FOLLOWUP)
        find = recalibrated(scores.find, self._raw[past.rows[told]], past.labels[told] > 0)
        self._said = _grown(self._said, count, rate)  # before there was a model: the rate so far
        self._said[week.rows] = find
        known = len(self._ranks)
        new = np.empty((count - known, week.numbers.shape[1]))
        for place, column in enumerate(week.numbers.T):
            new[:, place] = _ranks(column, known)
        self._ranks = np.concatenate([self._ranks, new]) if known else new
        return replace(scores, find=find)

    def _drawn(self, week: WeekView, scores: Scores, budget: int, rng: np.random.Generator) -> tuple[Places, Floats]:
        """Return the random arm's places within the week, and each record's probability."""
        share = self.share_of(week.week).value
        self.shares.append(share)
        lane = week.lines.table.column("lane").take(pa.array(np.searchsorted(week.lines.row, week.rows)))
        made = strata(
            scores.rank, np.asarray(lane.fill_null("").to_pylist(), np.str_), scores.find,
            taken=min(budget * (1 - share) / max(len(week.rows), 1), 0.99),
        )  # fmt: skip
        return draw_strata(made, share * budget, rng)

    def share_of(self, week: int) -> Share:
        """Return the random share of a week and why it is what it is."""
        past = self._past
        recent = (past.arm == RANDOM) & (past.week >= week - self._options.memory)
        return random_share(self._rule, past.labels[recent] > 0, self._said[past.rows[recent]])

    def _followed(self, week: WeekView, left: npt.NDArray[np.bool_], scores: Scores, sure: int) -> Followed:
        past, options = self._past, self._options
        inspected = Inspected(past.rows, past.labels > 0, self._said[past.rows], past.week.astype(np.int64))
        first = int(np.searchsorted(week.week_of, max(week.week - options.recent + 1, 0)))
        recent = np.arange(first, len(week.week_of))
        weeks = min(options.recent, week.week + 1)
        free = left.copy()
        free[np.argsort(np.where(left, -scores.rank, np.inf), kind="stable")[:sure]] = False
        traits = traits_of_week(week, self._said, self._ranks, options)
        return follow(traits, inspected, week.rows, week.week, recent, weeks, free, options.follow)


def traits_of_week(week: WeekView, said: Floats, ranks: Floats, options: AdaptiveOptions) -> Traits:
    """Return what records so far have in common: keys, ranks of numbers, newness of parties, and being called safe.

    Args:
        week: the week.
        said: what the model said of each record so far before its outcome.
        ranks: (records so far, numbers) place of each number among those declared by then.
        options: how long a party is new, and what is safe.
    """
    columns = [week.keys[:, place] for place in range(len(week.key_names))]
    names = list(week.key_names)
    for name in _NEW:
        if name in week.key_names:
            columns.append(_new(week.keys[:, week.key_names.index(name)], week.week_of, options.recent))
            names.append(f"new {name}")
    columns.append(np.where(said < options.follow.search.surprise, 1, -1).astype(np.int32))
    names.append("called safe")
    room = MOST_TRAITS - len(names)
    return Traits(
        tuple(names[:MOST_TRAITS]),
        np.column_stack(columns[:MOST_TRAITS]),
        tuple(f"{name} about as high" for name in week.number_names[:room]),
        ranks[:, :room],
        nested=(("hs", "hs4"), ("hs", "hs2"), ("hs4", "hs2")),
    )


def _new(codes: npt.NDArray[np.int32], week_of: npt.NDArray[np.int16], weeks: int) -> npt.NDArray[np.int32]:
    """Return 1 for records whose party was first seen less than `weeks` before them, else -1."""
    first = np.full(int(codes.max(initial=-1)) + 2, np.iinfo(np.int16).max, np.int64)
    np.minimum.at(first, codes, week_of)  # code -1 (nobody named) lands on the last place, which no party has
    return np.where((codes >= 0) & (week_of - first[codes] < weeks) & (week_of >= weeks), 1, -1).astype(np.int32)


def _grown(values: Floats, count: int, fill: float) -> Floats:
    """Return values with as many of `fill` behind them as make `count`."""
    return np.concatenate([values, np.full(count - len(values), fill)])


def _ranks(numbers: Floats, start: int) -> Floats:
    """Return the place among all of each number from `start` on, 0 to 1; equal ones share theirs, NaN stays NaN."""
    known = np.sort(numbers[~np.isnan(numbers)])
    new = numbers[start:]
    ranks = (np.searchsorted(known, new, "left") + np.searchsorted(known, new, "right")) / 2 / max(len(known), 1)
    return np.where(np.isnan(new), np.nan, ranks)
