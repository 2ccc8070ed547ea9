"""From the random arm to the share of records that carry what they should not, with every known doubt in it.

The random arm is a probability sample: each eligible record had a stored chance above zero. Four doubts are
carried: the sample itself, how well inspection detects, finds that still wait for confirmation, and drawn
records that nobody inspected. What a record that was never declared carries is outside, whatever is done here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.account.interdiction.intervals import Floats, Share, korn_graubard
from counterflow.account.interdiction.sensitivity import DECLARED_WORTH, Sensitivity, correct_for, sample_level

__all__ = ["Interval", "Prevalence", "RandomSample", "estimate_prevalence"]

Bools = npt.NDArray[np.bool_]
#: from what each inspected record showed, the level, and whether an inspection misses nothing, to the share
Interval = Callable[[Floats, float, bool], Share]


@dataclass(frozen=True)
class RandomSample:
    """What was drawn at random, one element per drawn record.

    Args:
        probability: stored chance of being drawn, in (0, 1].
        inspected: True where an inspection gave a result.
        found: True where a find is confirmed.
        awaiting: True where inspected and suspected or presumptive: neither found nor clear yet.
        detection: declared chance of finding what is there; NaN where the plan states none.
    """

    probability: Floats
    inspected: Bools
    found: Bools
    awaiting: Bools
    detection: Floats


@dataclass(frozen=True)
class Prevalence:
    """The estimated share of violative records, and what was done to get it.

    Args:
        share: point and interval.
        sensitivity: what was used for it.
        missing_share: weighted share of drawn records without a result.
        worst_case: True where the interval assumes nothing about those.
        method: in words, with sources.
    """

    share: Share
    sensitivity: Sensitivity
    missing_share: float
    worst_case: bool
    method: str


def estimate_prevalence(
    sample: RandomSample,
    *,
    level: float = 0.95,
    sensitivity: Sensitivity | None = None,
    missing_limit: float = 0.1,
    declared_worth: float = DECLARED_WORTH,
    interval: Interval | None = None,
) -> Prevalence:
    """Return the share of violative records among all eligible ones.

    The lower end counts confirmed finds only; the upper end counts those that wait for confirmation as found.

    Args:
        sample: the random arm.
        level: nominal coverage of the interval.
        sensitivity: from blind tests or a stated prior; None takes the plan's declared detection rates.
        missing_limit: above this weighted share of drawn records without a result, the interval stops
            assuming that they resemble the rest: its ends are those with all of them clean and all of them
            violative (Manski, American Economic Review 80 (1990) 319-323).
        declared_worth: how many blind tests a declared detection rate is believed as.
        interval: that of a draw in strata, where their sizes are known; else the effective size of the sample.
    """
    weights = 1 / sample.probability
    seen = sample.inspected
    used = sensitivity or Sensitivity.declared(_declared_rate(sample, weights), declared_worth)
    scale = _relative_detection(sample, used) if sensitivity is None else np.ones(len(weights))
    inner = sample_level(used, level)
    finite = used.certain and used.value == 1

    def share_of(found: Floats) -> Share:
        if interval is not None:
            return interval(found[seen], inner, finite)
        return korn_graubard(found[seen], weights[seen], inner)

    sure = most = share_of(sample.found * scale)
    if sample.awaiting.any():
        most = share_of((sample.found | sample.awaiting) * scale)
    apparent = Share(sure.value, sure.low, max(sure.high, most.high), sure.effective_n)
    share = correct_for(apparent, used, level)
    missing = float(weights[~seen].sum() / weights.sum()) if len(weights) else 0.0
    worst = missing > missing_limit
    if worst:
        share = Share(share.value, (1 - missing) * share.low, (1 - missing) * share.high + missing, share.effective_n)
    return Prevalence(share, used, missing, worst, _method(weights[seen], used, worst, sample, interval is not None))


def _declared_rate(sample: RandomSample, weights: Floats) -> float | None:
    """Return the weighted mean declared detection rate of inspected draws; None where any has none."""
    rates, of = sample.detection[sample.inspected], weights[sample.inspected]
    return None if len(rates) == 0 or np.isnan(rates).any() else float((rates * of).sum() / of.sum())


def _relative_detection(sample: RandomSample, used: Sensitivity) -> Floats:
    """Return per record (mean rate) / (its own rate): finds of a weaker resource stand for more.

    With a rate per resource, E[found / rate] is the violative state of the record whoever inspected it;
    dividing by the mean here and by the doubtful mean later gives the same point and carries the doubt once.
    """
    if used.kind != "declared":
        return np.ones(len(sample.probability))
    return np.where(sample.inspected, used.value / np.where(sample.inspected, sample.detection, 1.0), 1.0)


def _method(weights: Floats, used: Sensitivity, worst: bool, sample: RandomSample, strata: bool) -> str:
    equal = len(weights) == 0 or bool(np.allclose(weights, weights[0]))
    words = ["Clopper-Pearson (1934)" if equal else "Hajek point, Korn-Graubard (1998) interval"]
    if strata:
        words = ["in strata of the draw: hypergeometric, or weighted beta after Fay & Feuer (1997)"]
    if used.value != 1 or not used.certain:
        words.append(f"divided by sensitivity (Rogan-Gladen 1978; {used.words})")
    if sample.awaiting.any():
        words.append("upper end counts finds that wait for confirmation")
    worst_words = "worst-case bounds for drawn records without a result (Manski 1990)"
    words.append(worst_words if worst else "drawn records without a result taken to resemble the rest")
    return "; ".join(words)
