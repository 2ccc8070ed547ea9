"""One search: how probable it is that a surprising hit belongs to a scheme, and which records would belong to it too.

A hit where the model said "safe" is either the ordinary rare find, or the first sign of something new. The second is
spelt out as hypotheses: "since week s, records that share these one to three traits with the hit are found at rate t".
Bayes' rule weighs them all against "nothing new"::

    inside a segment since its start   P(found) = q = t + (1 - t) p      p = what the model said before the outcome
    elsewhere                          P(found) = p
    log gain of a record inside        found: log(q / p)      clean: log((1 - q) / (1 - p)) = log(1 - t)

    posterior(H, s, t) ~ prior(H) prior(s) prior(t) exp(sum of gains of inspected records in H since s)

So one clean inspection of the last weeks takes most of the weight from every segment that holds it, a find there adds
weight, and finds that the model expected say nothing. The start is unknown and summed over. This is the Bayesian
search of Koopman (1946) and Stone (1975, "Theory of Optimal Search") on segments instead of cells of the sea; that near
neighbours of a find are looked at next is the idea of adaptive cluster sampling (Thompson 1990, JASA 85:1050-1059).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.target.loop.conjunctions import Bits, Floats, Places, Traits, masks_of, shared_bits

__all__ = ["Inspected", "Search", "SearchOptions", "search_from"]


@dataclass(frozen=True)
class SearchOptions:
    """What is believed before a search begins, and when it is worth going on.

    Args:
        prior: chance that a record which the model calls safe belongs to a scheme nobody met yet.
        surprise: hits that the model gave at least this chance are expected and open nothing.
        rates: rates of finds inside a scheme that are thought of, and how likely each is.
        starts: weeks from a scheme's start to the first hit that are thought of, all alike, rising.
        sizes: how likely a scheme is described by one, two, three traits.
        least: fewer records a week than this make no segment worth a search.
        typical: a segment much larger than this, in records a week, is thought of less.
        common: traits that more of the flow shares than this tell nothing apart.
        width: how near two numbers are the same trait, in ranks from 0 to 1.
        open_at: least posterior probability of a scheme at which a hit is followed up.
    """

    prior: float = 0.03
    surprise: float = 0.25
    rates: tuple[tuple[float, float], ...] = ((0.35, 0.25), (0.65, 0.35), (0.93, 0.4))
    starts: tuple[int, ...] = (0, 1, 2, 4, 6, 9, 13, 18, 26)
    sizes: tuple[float, ...] = (0.35, 0.4, 0.25)
    least: float = 0.7
    typical: float = 80.0
    common: float = 0.6
    width: float = 0.08
    open_at: float = 0.05


@dataclass(frozen=True)
class Inspected:
    """Inspections whose outcome is known.

    Args:
        rows: places of the records.
        found: whether anything was found.
        said: what the model said of each before its outcome: chance of a find, 0 to 1.
        week: week of each.
    """

    rows: Places
    found: npt.NDArray[np.bool_]
    said: Floats
    week: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Search:
    """What is believed about one hit.

    Args:
        hit: place of the record.
        week: week of the hit.
        log_odds: logarithm of the posterior odds that the hit belongs to a scheme.
        masks: conjunctions thought of, most probable first.
        weight: (masks, rates) posterior of each given that there is a scheme; sums to 1.
        volume: records a week in each segment.
        rates: rates of finds thought of.
    """

    hit: int
    week: int
    log_odds: float
    masks: Bits
    weight: Floats
    volume: Floats
    rates: Floats

    @property
    def scheme(self) -> float:
        """Posterior probability that the hit belongs to a scheme."""
        return float(1 / (1 + np.exp(-np.clip(self.log_odds, -50, 50))))

    def shares(self, bits: Bits) -> Floats:
        """Return for each record the probability that a scheme exists, holds it, and would be found in it."""
        from counterflow.target.loop.kernels import weight_of

        distinct, back = np.unique(bits, return_inverse=True)
        return np.asarray(self.scheme * weight_of(self.masks, self.weight @ self.rates, distinct)[back], np.float64)

    def if_clean(self, bits: int) -> Search:
        """Return the search as it would be after one more clean inspection, of a record that shares `bits`."""
        inside = self.masks & np.uint64(bits) == self.masks
        weight = np.where(inside[:, None], self.weight * (1 - self.rates), self.weight)
        left = float(weight.sum())
        odds = self.log_odds + float(np.log(max(left, 1e-300)))
        return Search(self.hit, self.week, odds, self.masks, weight / max(left, 1e-300), self.volume, self.rates)


def search_from(
    traits: Traits,
    hit: int,
    week: int,
    inspected: Inspected,
    recent: Places,
    recent_weeks: float,
    options: SearchOptions,
) -> Search | None:
    """Return what is to be believed about a hit, or None where no segment around it is large enough.

    Args:
        traits: of all records.
        hit: place of the record in which something was found.
        week: week of the hit.
        inspected: all inspections whose outcome is known, the hit among them.
        recent: records declared lately, inspected or not: they say how large each segment is.
        recent_weeks: over how many weeks those were declared.
        options: beliefs.
    """
    from counterflow.target.loop.kernels import evidence

    bits = shared_bits(traits, hit, recent, options.width)
    distinct, counts = np.unique(bits, return_counts=True)
    masks, volume, log_prior = _thought_of(traits, distinct, counts / recent_weeks, options)
    if not len(masks):
        return None
    starts = np.asarray(options.starts)
    rates = np.asarray([rate for rate, _ in options.rates])
    kept = inspected.week >= week - starts[-1]
    said = np.clip(inspected.said[kept], 0.02, 0.95)[:, None]
    gain = np.where(inspected.found[kept][:, None], np.log((rates + (1 - rates) * said) / said), np.log1p(-rates))
    bucket = np.searchsorted(starts, np.maximum(week - inspected.week[kept], 0))
    distinct, bucket, gain = _added(shared_bits(traits, hit, inspected.rows[kept], options.width), bucket, gain)
    total = evidence(masks, distinct, bucket, gain, len(starts))
    total += log_prior[:, None, None] + np.log([chance for _, chance in options.rates]) - np.log(len(starts))
    top = float(total.max())
    weight = np.exp(total - top).sum(axis=1)
    odds = np.log(options.prior / (1 - options.prior)) + top + np.log(weight.sum())
    order = np.argsort(-weight.sum(axis=1), kind="stable")
    order = order[: int(np.searchsorted(np.cumsum(weight.sum(axis=1)[order]), 0.999 * weight.sum())) + 1]
    weight = weight[order] / weight[order].sum()
    return Search(hit, week, float(odds), masks[order], weight, volume[order], rates)


def _thought_of(traits: Traits, bits: Bits, counts: Floats, options: SearchOptions) -> tuple[Bits, Floats, Floats]:
    """Return the conjunctions worth thinking of, their volume a week, and the logarithm of their prior."""
    from counterflow.target.loop import kernels

    single = np.uint64(1) << np.arange(len(traits.all_names), dtype=np.uint64)
    share = kernels.volumes(single, bits, counts) / max(float(counts.sum()), 1e-9)
    masks, sizes = masks_of(traits, (share > 0) & (share < options.common), len(options.sizes))
    if not len(masks):
        return masks, np.zeros(0), np.zeros(0)
    volume = kernels.volumes(masks, bits, counts)
    believed = np.where(volume >= options.least, volume / (volume + 2) / (1 + (volume / options.typical) ** 2), 0.0)
    for size, chance in enumerate(options.sizes, 1):
        believed[sizes == size] *= chance / max(int((sizes == size).sum()), 1)
    kept = believed > 0
    return masks[kept], volume[kept], np.log(believed[kept] / believed.sum())


def _added(bits: Bits, bucket: Places, gain: Floats) -> tuple[Bits, Places, Floats]:
    """Return distinct (bits, bucket) with gains added up; records that share nothing are left out."""
    some = bits > 0
    bits, bucket, gain = bits[some], bucket[some], gain[some]
    order = np.lexsort((bits, bucket))
    bits, bucket, gain = bits[order], bucket[order], gain[order]
    if not len(bits):
        return bits, bucket, gain
    first = np.flatnonzero(np.r_[True, (bits[1:] != bits[:-1]) | (bucket[1:] != bucket[:-1])])
    return bits[first], bucket[first], np.add.reduceat(gain, first, axis=0)
