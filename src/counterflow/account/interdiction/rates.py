"""Interdiction rate and undetected volume: of what moved in recorded flow, how much was found, how much not?

Only the random arm can say. The targeted and mandatory arms are chosen because they look bad, so their hit
rate says nothing about the rest; multiplying it by the volume overstates what is missed three- to elevenfold
on the 2020 declarations. They get a hit rate with an interval, and no estimate. Method and limits:
`docs/methods/interdiction.md`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.account.interdiction.intervals import Share, clopper_pearson, percent, zero_found_words
from counterflow.account.interdiction.prevalence import Bools, Interval, Prevalence, RandomSample, estimate_prevalence
from counterflow.account.interdiction.sensitivity import DECLARED_WORTH, Sensitivity
from counterflow.account.interdiction.stratified import Groups, estimate_share, summed
from counterflow.core.estimate import Estimate

__all__ = ["ARMS", "OUTSIDE", "Frame", "InterdictionOptions", "interdiction_rows"]

ARMS = ("mandatory", "random", "followup", "targeted")
POOLED = "*"
_REMEDY = "pool more days or draw more at random"
OUTSIDE = "goods never declared, or carried outside the recorded flow, are not in this frame"


@dataclass(frozen=True, slots=True)
class InterdictionOptions:
    """What counts as useful, and how doubt is carried.

    Args:
        level: nominal coverage of every interval.
        usefulness_limit: an interval on prevalence that is wider than this is reported as not informative,
            and so is the undetected volume made from it.
        interdiction_limit: the same for the interdiction rate.
        missing_limit: weighted share of random draws without a result above which worst-case bounds are
            given.
        sensitivity: from blind tests or a stated prior; None takes the declared detection rates.
        declared_worth: how many blind tests a declared detection rate is believed as.
    """

    level: float = 0.95
    usefulness_limit: float = 0.10
    interdiction_limit: float = 0.50
    missing_limit: float = 0.10
    sensitivity: Sensitivity | None = None
    declared_worth: float = DECLARED_WORTH


@dataclass(frozen=True)
class Frame:
    """What the estimates rest on; `counterflow.account.interdiction.frame` reads it from a workspace.

    Args:
        eligible: lane to number of distinct eligible records.
        drawn: one row per selected record: lane, arm, inclusion_probability, sampled (true where the first plan that
            held it drew it at random), answered (true where a result answers that very plan), detection_rate, state,
            confirmation (the last two of its latest outcome; null where none came yet).
        as_of: last day whose outcomes are in it.
        source: the plans and outcomes, in words.
        not_worked: eligible records of days whose draws have no outcome at all; they are not in `eligible`.
        out_of_reach: records in a plan that no random draw could reach (probability 0); they are not in `eligible`.
        idle_draws: plans that drew some of the same records and were never worked.
        before_draw: outcomes of days before the one on which their plan was made.
        sizes: lane, cell, chance and number of records that the draw did not tell apart; `drawn` then has `cell` too,
            and the interval is that of a draw in strata.
    """

    eligible: Mapping[str, int]
    drawn: pa.Table
    as_of: dt.date
    source: str
    not_worked: int = 0
    out_of_reach: int = 0
    idle_draws: int = 0
    before_draw: int = 0
    sizes: pa.Table | None = None


@dataclass(frozen=True)
class _Drawn:
    """The drawn records as arrays, with the states that counting needs."""

    lane: npt.NDArray[np.object_]
    arm: npt.NDArray[np.object_]
    sampled: Bools
    answered: Bools
    probability: npt.NDArray[np.float64]
    detection: npt.NDArray[np.float64]
    not_presented: Bools
    inspected: Bools
    suspected: Bools
    presumptive: Bools
    found: Bools
    refuted: Bools
    cell: npt.NDArray[np.object_]

    @classmethod
    def of(cls, table: pa.Table) -> _Drawn:
        text = {c: np.array(table[c].to_pylist(), dtype=object) for c in ("lane", "arm", "state", "confirmation")}
        numbers = {
            c: np.array([np.nan if v is None else v for v in table[c].to_pylist()], dtype=np.float64)
            for c in ("inclusion_probability", "detection_rate")
        }
        sampled, answered = (np.array(table[c].to_pylist(), dtype=bool) for c in ("sampled", "answered"))
        confirmed, refuted = text["confirmation"] == "confirmed", text["confirmation"] == "refuted"
        # A laboratory result proves that the record was opened, whatever state was written beside it.
        inspected = (text["state"] == "inspected") | confirmed | refuted
        return cls(
            text["lane"], text["arm"], sampled, answered, numbers["inclusion_probability"], numbers["detection_rate"],
            (text["state"] == "not_presented") & ~inspected, inspected,
            (text["confirmation"] == "suspected") & inspected,
            (text["confirmation"] == "presumptive") & inspected,
            confirmed, refuted, _cells_of(table),
        )  # fmt: skip

    def own(self) -> _Drawn:
        """Return the same records, with a result only where it answers the plan that first drew them."""
        names = ("inspected", "suspected", "presumptive", "found", "refuted")
        return replace(self, **{name: getattr(self, name) & self.answered for name in names})

    def take(self, mask: Bools) -> _Drawn:
        return _Drawn(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))


def _cells_of(table: pa.Table) -> npt.NDArray[np.object_]:
    """Return the cell of each record; all of them in one where the frame does not say."""
    if "cell" not in table.column_names:
        return np.full(table.num_rows, "", dtype=object)
    return np.array(table["cell"].to_pylist(), dtype=object)


def interdiction_rows(frame: Frame, options: InterdictionOptions | None = None) -> list[dict[str, object]]:
    """Return one row per lane and arm, the pooled lane ``*`` first: counts, hit rate, estimates.

    Keys: lane, arm, eligible, drawn, n (inspected), found (confirmed only), not_presented, pending (drawn, no result
    yet), awaiting (inspected, suspected or presumptive), refuted, rate, prevalence, undetected, interdiction,
    sensitivity, informative, why_not, words, outside, as_of; of the random arm also missing_share, effective_n and
    drawn_again (records that a later plan drew at random after an earlier one had not: inspected and found like any,
    and no part of the sample). Estimates are `Estimate.as_dict()`; prevalence, undetected and interdiction are null for
    arms that are no probability sample.
    """
    used = options or InterdictionOptions()
    drawn = _Drawn.of(frame.drawn)
    lanes = sorted(set(frame.eligible) | set(drawn.lane.tolist()))
    rows = []
    for lane in [POOLED, *lanes]:
        here = drawn if lane == POOLED else drawn.take(drawn.lane == lane)
        eligible = sum(frame.eligible.values()) if lane == POOLED else frame.eligible.get(lane, 0)
        # Only what a random draw could have reached belongs to the total that the random arm speaks for.
        confirmed = int((here.found & (here.probability > 0)).sum())
        for arm in ARMS:
            if arm == "followup" and not (here.arm == arm).any():
                continue  # a site that follows nothing up has no such arm
            counted = _counts(lane, arm, eligible, here.take(here.arm == arm), frame, used)
            estimated = (
                _from_random(eligible, confirmed, here.take(here.arm == arm), frame, used, lane)
                if arm == "random"
                else _from_chosen(arm)
            )
            rows.append(counted | estimated | {"outside": _outside(frame), "as_of": frame.as_of.isoformat()})
    return rows


def _counts(
    lane: str, arm: str, eligible: int, of: _Drawn, frame: Frame, options: InterdictionOptions
) -> dict[str, object]:
    n, found = int(of.inspected.sum()), int(of.found.sum())
    not_presented = int(of.not_presented.sum())
    low, high = clopper_pearson(found, n, options.level)
    rate = Estimate(
        value=found / n if n else None, low=low, high=high, level=options.level,
        method="confirmed finds among inspected records; Clopper-Pearson (1934)", source=frame.source,
        as_of=frame.as_of, unit="share of inspected records", informative=n > 0,
        why_not="" if n else "nothing was inspected",
    )  # fmt: skip
    return {
        "lane": lane, "arm": arm, "eligible": eligible, "drawn": len(of.arm), "n": n, "found": found,
        "not_presented": not_presented, "pending": len(of.arm) - n - not_presented,
        "awaiting": {"suspected": int(of.suspected.sum()), "presumptive": int(of.presumptive.sum())},
        "refuted": int(of.refuted.sum()), "rate": rate.as_dict(),
        "words": _words(n, found, (low, high), options.level),
    }  # fmt: skip


def _outside(frame: Frame) -> str:
    """Say what the figures do not speak of."""
    parts = [OUTSIDE]
    if frame.not_worked:
        parts.append(f"{frame.not_worked:,} eligible records of days without any outcome yet are left out")
    if frame.out_of_reach:
        parts.append(f"{frame.out_of_reach:,} planned records had no chance in a random draw and are left out")
    if frame.idle_draws:
        parts.append(
            f"{frame.idle_draws:,} other plan(s) drew some of the same records and were never worked; the ledger shows "
            "every draw, and who picks among draws picks what is found"
        )
    if frame.before_draw:
        parts.append(
            f"{frame.before_draw:,} outcome(s) are of days before their draw was made: nothing proves that the draw "
            "came first"
        )
    return "; ".join(parts)


def _words(n: int, found: int, ends: tuple[float, float], level: float) -> str:
    if n == 0:
        return "nothing was inspected"
    if found == 0:
        return zero_found_words(n, ends[1], level)
    interval = f"{level * 100:g} % interval {percent(ends[0])} to {percent(ends[1])}"
    return f"{found:,} of {n:,}: {percent(found / n)} ({interval})"


def _from_chosen(arm: str) -> dict[str, object]:
    why = f"not a probability sample: the {arm} arm is chosen for its looks, so it says nothing about the rest"
    return {
        "prevalence": None, "undetected": None, "interdiction": None, "sensitivity": None,
        "informative": False, "why_not": why,
    }  # fmt: skip


def _from_random(
    eligible: int, confirmed: int, of: _Drawn, frame: Frame, options: InterdictionOptions, lane: str
) -> dict[str, object]:
    """Return prevalence, undetected and interdiction, each marked where it is too wide to use."""
    again = int((~of.sampled).sum())
    of = of.take(of.sampled).own()
    sample = RandomSample(of.probability, of.inspected, of.found, of.suspected | of.presumptive, of.detection)
    got = estimate_prevalence(
        sample,
        level=options.level,
        sensitivity=options.sensitivity,
        missing_limit=options.missing_limit,
        declared_worth=options.declared_worth,
        interval=_in_strata(frame.sizes, of, lane),
    )
    share = got.share
    why = _why_not(int(of.inspected.sum()), got, options)

    def made(ends: tuple[float | None, float, float], method: str, unit: str, why_not: str) -> dict[str, object]:
        return Estimate(
            value=ends[0], low=ends[1], high=ends[2], level=options.level, method=method, source=frame.source,
            as_of=frame.as_of, unit=unit, informative=not why_not, why_not=why_not,
        ).as_dict()  # fmt: skip

    volume = f"eligible records x prevalence, less confirmed finds of all arms; {got.method}"
    ratio = f"confirmed finds of all arms / (eligible records x prevalence); {got.method}"
    part = interdicted(eligible, confirmed, share)
    return {
        "prevalence": made((share.value, share.low, share.high), got.method, "share of eligible records", why),
        "undetected": made(undetected(eligible, confirmed, share), volume, "records", why),
        "interdiction": part and made(part, ratio, "share of violative records", _too_wide(part, options) or why),
        "sensitivity": got.sensitivity.as_dict(options.level),
        "missing_share": got.missing_share,
        "effective_n": share.effective_n,
        "drawn_again": again,
        "informative": not why,
        "why_not": why,
    }


def _in_strata(sizes: pa.Table | None, of: _Drawn, lane: str) -> Interval | None:
    """Return the interval of a draw in strata, where the frame says how large they are."""
    if sizes is None or len(of.lane) == 0:
        return None
    if lane != POOLED:
        sizes = sizes.filter(pc.equal(sizes["lane"], lane))
    names = list(zip(sizes["cell"].to_pylist(), sizes["chance"].to_pylist(), strict=True))
    place = {name: at for at, name in enumerate(names)}
    at = np.array([place[pair] for pair in zip(of.cell.tolist(), of.probability.tolist(), strict=True)], np.int64)
    stratum = np.unique(np.array([cell for cell, _ in names], dtype=str), return_inverse=True)[1].reshape(-1)
    many = len(names)
    chance = np.array([p for _, p in names], np.float64)
    records = np.asarray(sizes["records"].cast(pa.float64()).to_numpy(), np.float64)
    drawn, seen = summed(at, np.ones(len(at)), many), summed(at, of.inspected.astype(np.float64), many)

    def interval(found: npt.NDArray[np.float64], level: float, finite: bool) -> Share:
        here = at[of.inspected]
        sums = summed(here, found, many), summed(here, found**2, many)
        return estimate_share(Groups(stratum, chance, records, drawn, seen, *sums), level, finite=finite)

    return interval


def undetected(eligible: int, confirmed: int, share: Share) -> tuple[float | None, float, float]:
    """Return (value, low, high) of violative records in the frame that nobody found; never below zero."""

    def less_found(part: float) -> float:
        return max(eligible * part - confirmed, 0.0)

    return (
        None if share.value is None else less_found(share.value),
        less_found(share.low),
        less_found(share.high),
    )


def interdicted(eligible: int, confirmed: int, share: Share) -> tuple[float | None, float, float] | None:
    """Return (value, low, high) of confirmed finds over all violative records; None where nothing divides.

    There are at least as many violative records as confirmed finds, so the share never passes 1. Where the
    random arm found nothing there is no point, only "at least".
    """
    if eligible == 0 or (confirmed == 0 and share.low == 0):
        return None

    def part(violative_share: float) -> float:
        return confirmed / max(eligible * violative_share, confirmed)

    low, high = part(share.high), 1.0 if share.low == 0 else part(share.low)
    return None if not share.value else part(share.value), low, high


def _why_not(n: int, got: Prevalence, options: InterdictionOptions) -> str:
    """Return why prevalence and volume are not informative, or nothing when they are."""
    if n == 0:
        return "no record of the random arm was inspected"
    width = got.share.high - got.share.low
    if width <= options.usefulness_limit:
        return ""
    missing = f"; {percent(got.missing_share)} of the draws gave no result" if got.worst_case else ""
    return (
        f"prevalence lies between {percent(got.share.low)} and {percent(got.share.high)}: wider than the "
        f"declared usefulness limit of {percent(options.usefulness_limit)}{missing}; {_REMEDY}"
    )


def _too_wide(part: tuple[float | None, float, float], options: InterdictionOptions) -> str:
    if part[2] - part[1] <= options.interdiction_limit:
        return ""
    return (
        f"the rate lies between {percent(part[1])} and {percent(part[2])}: wider than the declared "
        f"usefulness limit of {percent(options.interdiction_limit)}; {_REMEDY}"
    )
