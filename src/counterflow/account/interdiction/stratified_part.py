"""One part of a frame (all of it, a stratum, a lane, a class of harm): what was found, what is there, what was missed.

Non-response, finds that wait, detection below 1, records that no draw could reach: each is carried here, and each says
in words how. The arithmetic of the interval is in `stratified` and `stratified_ends`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from counterflow.account.interdiction.intervals import Floats, Share
from counterflow.account.interdiction.sensitivity import DECLARED_WORTH, Sensitivity, correct_for, sample_level
from counterflow.account.interdiction.stratified import ENOUGH, Cells, Groups, Sampled, estimate_share, sampled, summed
from counterflow.account.interdiction.stratified_ends import heaviest_hidden, one_more_each, weighted_ends

__all__ = ["EstimateOptions", "Heavy", "Part", "Reading", "read_part"]


@dataclass(frozen=True, slots=True)
class EstimateOptions:
    """How doubt is carried.

    Args:
        level: nominal coverage of every interval.
        usefulness_limit: an interval on prevalence wider than this is reported as not informative.
        interdiction_limit: the same for the interdiction rate.
        missing_limit: weighted share of random draws without a result above which worst-case bounds are given.
        adjust: False where nothing is known of who answers: worst-case bounds for any non-response.
        sensitivity: from blind tests or a stated prior; None takes the file's detection rates, or 1.
        declared_worth: how many blind tests a detection rate of the file is believed as.
        enough: expected draws below which groups are joined.
    """

    level: float = 0.95
    usefulness_limit: float = 0.10
    interdiction_limit: float = 0.50
    missing_limit: float = 0.25
    adjust: bool = True
    sensitivity: Sensitivity | None = None
    declared_worth: float = DECLARED_WORTH
    enough: float = ENOUGH


@dataclass(frozen=True)
class Heavy:
    """Records that may hide mass, heaviest first: mass in kg and the place of each one's group."""

    mass: Floats
    group: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """Groups of the part, as counted by `stratified_file`, with the codes of their strata.

    Args:
        columns: counts per group.
        stratum: code of the stratum of each.
        chance: chance of each, 0 where no draw could reach it.
        heavy: its heavy records; None where no mass is given.
    """

    columns: Mapping[str, Floats]
    stratum: npt.NDArray[np.int64]
    chance: Floats
    heavy: Heavy | None = None

    def take(self, which: npt.NDArray[np.bool_]) -> Part:
        """Return the part where `which` is true."""
        heavy = None
        if self.heavy is not None:
            place = np.cumsum(which) - 1
            kept = which[self.heavy.group]
            heavy = Heavy(self.heavy.mass[kept], place[self.heavy.group[kept]])
        columns = {name: values[which] for name, values in self.columns.items()}
        return Part(columns, self.stratum[which], self.chance[which], heavy)

    def with_finds(self, finds: Mapping[str, Floats]) -> Part:
        """Return the same with the sums of `finds` in place of its own."""
        return replace(self, columns={**self.columns, **finds})

    def sum(self, name: str) -> float:
        """Return the sum of a column."""
        return float(self.columns[name].sum())


@dataclass(frozen=True)
class Reading:
    """What a part shows.

    Args:
        prevalence: share of all its records that are violative.
        violative: their number.
        mass: their mass; None where no mass is given.
        sensitivity: how well inspection detects.
        missing: weighted share of random draws without a result.
        bounds: True where the interval assumes nothing of those.
        out_of_reach: records that no random draw could reach.
        cells: how groups were joined; None where nothing was inspected.
        groups: what was in reach.
        draw: its weights; None where nothing was inspected.
        method: in words, with sources.
    """

    prevalence: Share
    violative: Share
    mass: Share | None
    sensitivity: Sensitivity
    missing: float
    bounds: bool
    out_of_reach: float
    cells: Cells | None
    groups: Groups
    draw: Sampled | None
    method: str
    words: tuple[str, ...] = field(default=())


def read_part(part: Part, options: EstimateOptions) -> Reading:
    """Return what `part` shows."""
    reach = part.chance > 0
    inside = part if reach.all() else part.take(reach)
    used, mean = _sensitivity(inside, options)
    finite = used.certain and used.value == 1
    inner = sample_level(used, options.level)
    groups = _groups(inside, mean)
    draw = sampled(groups, finite=finite, enough=options.enough)
    missing = _missing(inside)
    bounds = missing > options.missing_limit or (missing > 0 and not options.adjust)
    waits = inside.sum("waiting") > 0
    share = correct_for(_share(groups, inside, mean, inner, finite, bounds, options), used, options.level)
    records, out = part.sum("records"), float(part.sum("records") - groups.records.sum())
    violative = _count(share, groups, part, out, finite)
    mass = None
    if part.heavy is not None and draw is not None:
        mass = _mass(part, inside, draw, mean, inner, used, bounds, options)
    cells = None if draw is None else draw.cells
    return Reading(
        _over(violative, records), violative, mass, used, missing, bounds, out, cells, groups, draw,
        _method(draw, used, bounds, missing, waits, out),
    )  # fmt: skip


def _sensitivity(part: Part, options: EstimateOptions) -> tuple[Sensitivity, float]:
    """Return how well inspection detects, and the mean rate that finds were scaled by (1 where none is stated)."""
    if options.sensitivity is not None or part.sum("detection_known") == 0:
        return options.sensitivity or Sensitivity.declared(None), 1.0
    weights = 1 / part.chance
    seen = part.columns["detection_known"]
    mean = float((weights * part.columns["detection"]).sum() / (weights * seen).sum())
    return Sensitivity.declared(mean, options.declared_worth), mean


def _groups(part: Part, mean: float) -> Groups:
    c = part.columns
    return Groups(
        part.stratum, part.chance, c["records"], c["drawn"], c["answered"], c["total"] * mean, c["square"] * mean**2
    )


def _waiting(groups: Groups, part: Part, mean: float) -> Groups:
    """Return the groups with every find that waits counted as found."""
    c = part.columns
    return replace(
        groups, total=groups.total + c["wait_total"] * mean, square=groups.square + c["wait_square"] * mean**2
    )


def _missing(part: Part) -> float:
    weights = part.columns["drawn"] / part.chance
    left = (part.columns["drawn"] - part.columns["answered"]) / part.chance
    return float(left.sum() / weights.sum()) if weights.sum() > 0 else 0.0


def _share(
    groups: Groups, part: Part, mean: float, level: float, finite: bool, bounds: bool, options: EstimateOptions
) -> Share:
    """Return the apparent share; worst-case over unanswered draws where `bounds`, finds that wait in the upper end."""
    likely = estimate_share(groups, level, finite=finite, enough=options.enough)
    least, most = likely, likely
    if bounds:
        least = estimate_share(groups.with_missing(0.0), level, finite=finite, enough=options.enough)
    if bounds or part.sum("waiting") > 0:
        upper = _waiting(groups, part, mean)
        most = estimate_share(upper.with_missing(1.0) if bounds else upper, level, finite=finite, enough=options.enough)
    return Share(likely.value, least.low, max(likely.high, most.high), likely.effective_n)


def _count(share: Share, groups: Groups, part: Part, out: float, finite: bool) -> Share:
    """Return the number of violative records: what is known is in it, what no draw could reach may all be."""
    reach = float(groups.records.sum())
    records = part.sum("records")
    found = part.sum("found_all")
    clear = part.sum("clear_all") if finite else 0.0
    value = None if share.value is None else min(share.value * records, records)
    low = max(share.low * reach, found if value is None else min(found, value))
    high = min(share.high * reach + out, max(records - clear, value or 0.0))
    return Share(value, low, max(low, high, value or 0.0), share.effective_n)


def _over(count: Share, records: float) -> Share:
    value = None if count.value is None else count.value / records
    return Share(value, count.low / records, min(count.high / records, 1.0), count.effective_n)


def _mass(
    part: Part, inside: Part, draw: Sampled, mean: float, level: float, used: Sensitivity, bounds: bool,
    options: EstimateOptions,
) -> Share | None:  # fmt: skip
    """Return the violative mass: the same interval for a sum of masses in place of a sum of ones."""
    c, heavy = inside.columns, inside.heavy
    whole = float(c["mass"].sum())
    if heavy is None or whole == 0:
        return None
    step = float(one_more_each(heaviest_hidden(heavy.mass, heavy.group, *_costs(inside, draw), level) / whole, level))

    def share_of(total: Floats, square: Floats) -> tuple[float, float, float]:
        value = min(float((draw.weight * total).sum()) / whole, 1.0)
        variance = draw.with_finds(total, square).variance() * (draw.records / whole) ** 2
        low, high = weighted_ends(value, variance, step, level)
        return value, float(low), float(high)

    total, square = c["mass_total"] * mean, c["mass_square"] * mean**2
    value, low, high = share_of(total, square)
    if bounds or inside.sum("waiting") > 0:
        more = total + c["wait_mass_total"] * mean + (c["missing_mass"] if bounds else 0)
        squares = square + c["wait_mass_square"] * mean**2 + (c["missing_mass_square"] if bounds else 0)
        high = max(high, share_of(more, squares)[2])
        low = low * float(c["answered"].sum() / c["drawn"].sum()) if bounds else low
    true = correct_for(Share(value, min(low, value), max(high, value), 0.0), used, options.level)
    all_mass = part.sum("mass")
    out = all_mass - whole
    least = min(part.sum("mass_found_all"), (true.value or 0) * all_mass)
    return Share(
        (true.value or 0) * all_mass, max(true.low * whole, least), min(true.high * whole + out, all_mass), 0.0
    )


def _costs(part: Part, draw: Sampled) -> tuple[npt.NDArray[np.int64], Floats, Floats, Floats]:
    """Return per group its cell, and per cell its size and answered records (0 for several chances), and chances."""
    cells = draw.cells
    many = len(cells.plain)
    size = summed(cells.of, part.columns["records"], many)
    seen = np.where(cells.plain, summed(cells.of, part.columns["answered"], many), 0.0)
    return cells.of, size, seen, np.divide(1.0, draw.weight, out=np.zeros(len(draw.weight)), where=draw.weight > 0)


def _method(draw: Sampled | None, used: Sensitivity, bounds: bool, missing: float, waits: bool, out: float) -> str:
    if draw is None:
        return "nothing of the random draw was inspected"
    if draw.single:
        words = ["one cell of one chance: exact hypergeometric interval (Clopper-Pearson 1934 below 1 % inspected)"]
    else:
        over = f"stratified over {len(draw.cells.plain):,} cells, weighted beta interval after Fay & Feuer (1997)"
        words = [f"{over}, upper step from the most that could hide (Wendell & Schmee 1996)"]
    if draw.cells.joined:
        joined = sum(len(cell) for cell in draw.cells.joined)
        words.append(f"{joined:,} strata with few expected draws joined with others of like chance")
    if used.value != 1 or not used.certain:
        words.append(f"divided by sensitivity (Rogan & Gladen 1978; {used.words})")
    if waits:
        words.append("upper end counts finds that wait for confirmation")
    if bounds:
        words.append("worst-case bounds for drawn records without a result (Manski 1990)")
    elif missing > 0:
        words.append("drawn records without a result taken to resemble the others of their stratum")
    if out > 0:
        words.append("upper end counts every record that no draw could reach; the point takes them as the others")
    return "; ".join(words)
