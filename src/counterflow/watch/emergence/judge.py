"""Which streams rise: shares against their own past, with a bound on false alarms that holds at every look.

The chance `p` of so many findings had the share stayed what it was is Fisher's exact one-sided p value against all
periods since looking began. Had nothing changed, these chances are independent over time (each is a rank given the sums
to come; Vovk, Gammerman & Shafer, Algorithmic Learning in a Random World, 2022, ch. 8), so a bet `k p^(k-1)` on small
ones gains nothing on average. The bets are added up as a Shiryaev-Roberts sum `R = (1 + R) bet`; `R - t` is then a
supermartingale, so that within T periods an alarm at `R >= h` comes falsely with chance at most `T / h` (Shin, Ramdas &
Rinaldo, E-detectors, 2023, section 2). That is exact for independent samples, whatever the share and however the number
tested moves; lots and raids make samples hang together, which is why a dispersion is estimated from the past and the
rate is measured too (`shuffled`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.proportions import clopper_pearson
from counterflow.core.seeds import generator
from counterflow.watch.emergence.streams import BASES, DENOMINATORS, Streams

__all__ = ["Judgement", "Rate", "Rule", "judge", "shuffled"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_TESTED = BASES.index("tested")
_NO_DENOMINATOR = DENOMINATORS.index("none")
#: a share rose after its first finding where so much would come by chance so seldom, samples hanging together so much
_DOUBT, _DOUBT_SPREAD = 0.01, 0.005
#: rounds in which baselines begin anew at a doubtful start
_MOST_DOUBTS = 20


@dataclass(frozen=True)
class Rule:
    """How sure one must be.

    Args:
        budget: false alarms per subject and year that are accepted, over all its places.
        settle_years: years of looking before anything is judged; two periods at least.
        fewest: number tested before anything is judged.
        believe_tested: take a number tested as a word that it was looked for. Else a subject that was never found and
            then is found at full height at once counts as one that somebody began to look for.
    """

    budget: float = 0.05
    settle_years: float = 1.0
    fewest: int = 30
    believe_tested: bool = False

    def settle(self, frequency: int) -> int:
        """Return the periods before anything is judged."""
        return max(2, round(self.settle_years * frequency))


@dataclass(frozen=True)
class Judgement:
    """What the test says; shapes (S, T) for streams and (J, T) for subjects of a source.

    Args:
        p: chance of so many findings had the share stayed; NaN where not judged.
        evidence: sum of bets.
        alarm: the evidence reached the threshold.
        doubted: it did, but nothing says that it was looked for before, and it came at full height at once.
        base_found, base_tested: findings and tested before the period.
        dispersion: correlation within a period that was reckoned with.
        subject: which subject of a source each stream belongs to, shape (S,).
        subjects: source, measure, subject of each.
        all_p, all_evidence, all_alarm: the same over all places of a subject.
        all_found, all_expected: findings and what the places' own pasts expect.
        threshold, all_threshold: evidence that alarms, shapes (S,) and (J,).
    """

    p: Floats
    evidence: Floats
    alarm: Bools
    doubted: Bools
    base_found: Floats
    base_tested: Floats
    dispersion: Floats
    subject: npt.NDArray[np.int64]
    subjects: tuple[tuple[str, str, str], ...]
    all_p: Floats
    all_evidence: Floats
    all_alarm: Bools
    all_found: Floats
    all_expected: Floats
    threshold: Floats
    all_threshold: Floats


def judge(streams: Streams, rule: Rule | None = None) -> Judgement:
    """Judge every stream and every subject at every period, each with what was known before it alone."""
    from counterflow.watch.emergence.kernels import KAPPAS, judge_places, judge_subjects

    rule = rule or Rule()
    subjects, subject = _subjects(streams)
    group = _sources(streams)
    threshold, all_threshold = _thresholds(streams.frequency, rule.budget, subject, len(subjects))
    found = np.nan_to_num(streams.found)
    tested = np.nan_to_num(streams.tested)
    look = streams.look & (streams.denominator != _NO_DENOMINATOR)[:, None] & (tested > 0)
    restart, doubted = streams.restart.copy(), np.zeros(found.shape, bool)
    settle = rule.settle(streams.frequency)
    weak = (streams.basis >= _TESTED) & (not rule.believe_tested)
    for _ in range(_MOST_DOUBTS):
        p, evidence, alarm, base_found, base_tested, dispersion = judge_places(
            found, tested, look, restart, group, settle, float(rule.fewest), threshold, KAPPAS
        )
        all_p, all_evidence, all_alarm, all_found, all_expected = judge_subjects(
            found, tested, ~np.isnan(p), base_found, base_tested, dispersion, subject, all_threshold, KAPPAS
        )
        new = _doubtful(found, tested, look, alarm | all_alarm[subject], weak, settle)
        if not new.any():
            break
        doubted |= new
        restart |= _from_first_finding(found, new)
    return Judgement(
        p, evidence, alarm, doubted, base_found, base_tested, dispersion, subject, subjects,
        all_p, all_evidence, all_alarm, all_found, all_expected, threshold, all_threshold,
    )  # fmt: skip


def _subjects(streams: Streams) -> tuple[tuple[tuple[str, str, str], ...], npt.NDArray[np.int64]]:
    columns = [streams.key.column(name).to_pylist() for name in ("source", "measure", "subject")]
    rows = list(zip(*columns, strict=True))
    known = sorted(set(rows))
    place = {one: number for number, one in enumerate(known)}
    return tuple(known), np.array([place[one] for one in rows], np.int64)


def _sources(streams: Streams) -> npt.NDArray[np.int64]:
    names = np.array(streams.key.column("source").to_pylist(), object).astype(str)
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def _thresholds(frequency: int, budget: float, subject: npt.NDArray[np.int64], subjects: int) -> tuple[Floats, Floats]:
    """Share a subject's budget: half to all places together, half among the places; one place takes it whole."""
    places = np.bincount(subject, minlength=subjects).astype(float)
    alone = places == 1
    over_all = np.where(alone, np.inf, frequency / (budget / 2))
    each = np.where(alone, frequency / budget, frequency * places / (budget / 2))
    return each[subject], over_all


def _first_finding(found: Floats) -> npt.NDArray[np.int64]:
    return np.asarray(np.where((found > 0).any(1), (found > 0).argmax(1), found.shape[1]), np.int64)


def _doubtful(found: Floats, tested: Floats, look: Bools, alarm: Bools, weak: Bools, settle: int) -> Bools:
    """Return alarms soon after the first finding where the share then stood at its height at once.

    That is what a new column looks like. An alarm counts only where the share went on rising after the first finding.
    """
    from counterflow.watch.emergence.kernels import rise

    first = _first_finding(found)
    doubt = np.zeros(alarm.shape, bool)
    for row in np.flatnonzero(weak & alarm.any(1)):
        begin = int(first[row])
        for at in np.flatnonzero(alarm[row, begin : begin + settle]) + begin:
            seen = np.flatnonzero(look[row, begin:at]) + begin
            x, n = float(found[row, seen].sum()), float(tested[row, seen].sum())
            grew = n > 0 and rise(float(found[row, at]), float(tested[row, at]), x, n, _DOUBT_SPREAD) < _DOUBT
            doubt[row, at] = not grew
    return doubt


def _from_first_finding(found: Floats, new: Bools) -> Bools:
    restart = np.zeros_like(new)
    rows = np.flatnonzero(new.any(1))
    restart[rows, _first_finding(found)[rows]] = True
    return restart


@dataclass(frozen=True)
class Rate:
    """A rate of false alarms, measured.

    Args:
        alarms: false alarms met.
        subject_years: subjects times years judged.
        rate: alarms per subject and year.
        low, high: interval, 95 %.
        how: what it was measured on.
    """

    alarms: int
    subject_years: float
    rate: float
    low: float
    high: float
    how: str

    @classmethod
    def of(cls, alarms: int, subject_years: float, how: str) -> Rate:
        """Return the rate with its exact Poisson interval (Garwood 1936)."""
        from scipy.special import gammaincinv

        if subject_years <= 0:
            return cls(alarms, 0.0, float("nan"), 0.0, float("inf"), how)
        low = float(gammaincinv(alarms, 0.025)) if alarms else 0.0
        high = float(gammaincinv(alarms + 1, 0.975))
        return cls(alarms, subject_years, alarms / subject_years, low / subject_years, high / subject_years, how)

    def in_words(self) -> str:
        """Return the rate with its interval."""
        if not self.subject_years:
            return f"not: no periods were judged of {self.how}"
        return (
            f"{self.rate:.3g} per subject-year [{self.low:.2g}, {self.high:.2g}], {self.alarms} in"
            f" {self.subject_years:.0f} subject-years of {self.how}"
        )


def shuffled(streams: Streams, rule: Rule | None = None, *, seed: int = 0, times: int = 20) -> tuple[Rate, Rate]:
    """Measure false alarms on the streams' own counts in shuffled order of periods: what rises then rises by chance.

    Each stretch between restarts is shuffled for itself, findings and tested together, so lots, raids and volume stay
    in. A subject that did emerge brings its own jumps into every order: the rate over all subjects errs to the high
    side, that over subjects without an alarm to the low side.

    Returns:
        The rate over subjects that raised no alarm in their true order, and that over all.
    """
    rule = rule or Rule()
    draws = generator(seed, "emergence", "shuffled")
    first = judge(streams, rule)
    risen = np.array(first.all_alarm.any(1))
    risen[first.subject[first.alarm.any(1)]] = True
    alarms, years = np.zeros(2), np.zeros(2)
    for _ in range(times):
        said = judge(_reordered(streams, draws), rule)
        mine = said.all_alarm.sum(1) + np.bincount(
            said.subject, (said.alarm & ~said.doubted).sum(1), minlength=len(risen)
        )
        told = (~np.isnan(said.all_p)).sum(1) / streams.frequency
        alarms += mine[~risen].sum(), mine.sum()
        years += told[~risen].sum(), told.sum()
    how = f"this file's own counts, {times} times in shuffled order"
    quiet = Rate.of(int(alarms[0]), float(years[0]), f"{how}, subjects that raised no alarm")
    return quiet, Rate.of(int(alarms[1]), float(years[1]), f"{how}, all subjects")


def _reordered(streams: Streams, draws: np.random.Generator) -> Streams:
    found, tested = streams.found.copy(), streams.tested.copy()
    for row in range(len(found)):
        stretch = np.cumsum(streams.restart[row])
        for one in np.unique(stretch[streams.look[row]]):
            at = np.flatnonzero(streams.look[row] & (stretch == one))
            order = draws.permutation(at)
            found[row, at], tested[row, at] = streams.found[row, order], streams.tested[row, order]
    return Streams(
        streams.key, streams.grain, streams.starts, found, tested, streams.look, streams.restart, streams.basis,
        streams.denominator, streams.changes,
    )  # fmt: skip


def rule_of_three(tested: float, level: float = 0.95) -> float:
    """Return the upper bound of a share of which nothing was found in `tested` (about 3 / tested).

    >>> round(rule_of_three(300), 4)
    0.0099
    """
    return clopper_pearson(0, tested, 2 * level - 1)[1] if tested > 0 else 1.0
