"""What an inspection teaches: the first look at a kind of goods on a route says what later ones of its kind hold.

A record is worth inspecting for what is found on it, and for what later choices gain by knowing. Where the find rate
differs much between kinds of goods, one inspection of a kind that was never looked at decides about all that follow::

    worth = p · v · H · max(r - m, 0)

with p the chance of a find on the record, v how many records of its kind come a week, H the weeks that count, r how
often a record is a find after the last one inspected of its kind was, and m the chance of a find on the record that is
just worth inspecting for itself. With p the kind turns out worth following, and each of the v · H records that come
then yields r where the record it displaces would have yielded m. This is the knowledge gradient (Frazier, Powell and
Dayanik 2008, SIAM J. Control and Optimization 47:2410-2439) with one step of looking ahead. r is measured on the
loop's own inspections: where kinds tell nothing, r is no better than m and nothing is spent on learning.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.target.simulate.strategy import Floats, Past, Places, Scores, WeekView

__all__ = ["HORIZON", "KIND", "again", "kinds", "raised", "worth"]

Ints = npt.NDArray[np.int64]

#: what makes two records the same kind, of the columns that there are
KIND = ("hs", "departure", "origin")
HORIZON = 26.0
_PRIOR = 10.0  # inspections that the overall rate stands for in `again`


def kinds(week: WeekView) -> Ints:
    """Return a number for the kind of each record so far."""
    columns = [week.keys[:, week.key_names.index(name)] for name in KIND if name in week.key_names]
    code = np.zeros(len(week.week_of), np.int64)
    for column in columns:
        code = np.unique(code * (int(column.max(initial=0)) + 2) + column + 1, return_inverse=True)[1]
    return code


def again(kind: Ints, past: Past) -> float:
    """Return how often an inspection is a find where the last one of its kind, in an earlier week, was."""
    found = past.labels > 0
    rate = float(found.mean()) if len(found) else 0.0
    order = np.lexsort((past.week, kind[past.rows]))
    mine, week, hit = kind[past.rows][order], past.week[order], found[order]
    follows = (mine[1:] == mine[:-1]) & (week[1:] > week[:-1]) & hit[:-1]
    return (float(hit[1:][follows].sum()) + _PRIOR * rate) / (float(follows.sum()) + _PRIOR)


def worth(
    week: WeekView, past: Past, find: Floats, budget: int, horizon: float = HORIZON, waiting: Places | None = None
) -> Floats:
    """Return what inspecting each of the week's records teaches, in finds to come.

    Of a kind never inspected, the record likeliest to be a find carries all of it; other kinds carry none.

    Args:
        week: the week.
        past: inspections whose outcome is known.
        find: chance of a find on each of the week's records.
        budget: how many of them are inspected.
        horizon: weeks that count.
        waiting: records inspected whose outcome is not known yet: their kinds are being learnt about already.
    """
    made = np.zeros(len(find))
    if not len(find) or not budget:
        return made
    kind = kinds(week)
    mine = kind[week.rows]
    margin = float(np.sort(find)[-min(budget, len(find))])
    gain = max(again(kind, past) - margin, 0.0)
    a_week = np.bincount(kind, minlength=int(kind.max()) + 1)[mine] / (week.week + 1)
    looked_at = past.rows if waiting is None else np.concatenate([past.rows, waiting])
    unknown = ~np.isin(mine, kind[looked_at])
    order = np.lexsort((-find, mine))
    first = order[np.concatenate([[True], mine[order][1:] != mine[order][:-1]])]
    made[first] = (find * a_week * horizon * gain * unknown)[first]
    return made


def raised(scores: Scores, rank: Floats, gain: Floats) -> Floats:
    """Return ranks with a gain in finds added: to where the model itself says find + gain (isotonic regression)."""
    from scipy.optimize import isotonic_regression

    if not (gain > 0).any():
        return rank
    order = np.argsort(scores.find, kind="stable")
    steps = np.asarray(isotonic_regression(scores.rank[order]).x)
    find = scores.find[order]
    together = scores.find + gain
    rise = np.interp(together, find, steps) - np.interp(scores.find, find, steps)
    return np.asarray(rank + rise + np.maximum(together - find[-1], 0.0), np.float64)
