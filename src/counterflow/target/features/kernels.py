"""The compiled part of features: the table of counts, and what a line is told from it.

numba is loaded with this module, so only a process that makes features pays for it.

One row of counts belongs to one value of one key (`SEEN` and the following columns, then three per harm class).
Decayed sums are kept in units of a fixed reference day, so that adding to them never needs the time of the last
addition: what counts 1 on day d is added as 2^((d - reference) / half-life), and read on day t times
2^-((t - reference) / half-life).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from counterflow.target.features.code_kernels import NO_CODE

__all__ = [
    "COUNTS",
    "PER_CLASS",
    "add_labels",
    "add_seen",
    "gaps_of_lines",
    "keys_of_lines",
    "shrinkage",
]

Ints = npt.NDArray[np.int64]
Slots = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

#: columns of a row of counts: declarations, the same decayed, inspections, the same decayed; then per harm class
#: finds, the same decayed, day of the last find
SEEN, SEEN_DECAYED, INSPECTED, INSPECTED_DECAYED = 0, 1, 2, 3
COUNTS = 4
PER_CLASS = 3
#: the most days that a feature tells; also stands for "no find so far"
LONGEST = 3650.0
LEAST_TRUST, MOST_TRUST, USUAL_TRUST = 1.0, 2000.0, 20.0
#: how much evidence on a key's spread the usual trust stands for, in units of pairs times p(1-p)
TRUST_PRIOR = 2.0
#: finds and inspections that stand for a base rate where nothing is known yet
BASE_FOUND, BASE_INSPECTED = 0.5, 50.0
#: declarations for which a coarser key's usual measure stands
GAP_TRUST = 3.0


@njit(cache=True, nogil=True)
def add_seen(  # noqa: PLR0913, PLR0917
    order: Ints, slots: Slots, days: Ints, row: Ints, counts: Floats, decay: Floats,
    gap_slots: Slots, measured: Floats, sums: Floats,
) -> None:  # fmt: skip
    """Count the declarations of the lines in `order`: a value of a key once per record, a measure once per line."""
    keys, gaps = slots.shape[1], gap_slots.shape[1]
    for line in order:
        weight = 2.0 ** ((days[line] - decay[0]) / decay[1])
        for key in range(keys):
            slot = slots[line, key]
            if slot >= 0 and not _repeats(slots, row, line, key):
                counts[slot, SEEN] += 1.0
                counts[slot, SEEN_DECAYED] += weight
        for gap in range(gaps):
            slot, x = gap_slots[line, gap], measured[line, gap]
            if slot >= 0 and np.isfinite(x):
                sums[slot, 0] += weight
                sums[slot, 1] += weight * x


@njit(cache=True, nogil=True)
def _repeats(slots: Slots, row: Ints, line: int, key: int) -> bool:
    """Say whether an earlier line of the same record has the same value of a key."""
    before = line - 1
    while before >= 0 and row[before] == row[line]:
        if slots[before, key] == slots[line, key]:
            return True
        before -= 1
    return False


@njit(cache=True, nogil=True)
def shrinkage(moments: Floats, stated: float) -> Floats:
    """Return for each key and class how many inspections its parent's rate stands for.

    `stated` where it is above 0, else estimated (Kleinman 1973, by pairs of outcomes).
    """
    out = np.empty(moments.shape[:2], np.float64)
    usual = 1.0 / (1.0 + USUAL_TRUST)
    if stated > 0.0:
        out[:] = stated
        return out
    for key in range(moments.shape[0]):
        for harm in range(moments.shape[1]):
            covered, spread = moments[key, harm, 0], moments[key, harm, 1]
            rho = (covered + TRUST_PRIOR * usual) / (spread + TRUST_PRIOR)
            out[key, harm] = min(max(1.0 / rho - 1.0, LEAST_TRUST), MOST_TRUST) if rho > 0.0 else MOST_TRUST
    return out


@njit(cache=True, nogil=True)
def _gathered(line: int, slots: Slots, counts: Floats, here: Floats) -> None:
    """Copy the counts of a line's key values to `here`, zeros for those without a slot.

    By itself, because the rows lie far apart: in a loop that does nothing else the processor waits for many at once.
    """
    for key in range(slots.shape[1]):
        slot = slots[line, key]
        if slot >= 0:
            for column in range(here.shape[1]):
                here[key, column] = counts[slot, column]
        else:
            for column in range(here.shape[1]):
                here[key, column] = 0.0


@njit(cache=True, nogil=True)
def _rates(
    here: Floats, totals: Floats, scale: float, trust: Floats, parents: Ints, order: Ints, rates: Floats
) -> None:
    """Fill `rates` (key, class) from the counts of one line's key values, parents first."""
    classes = rates.shape[1]
    for key in order:
        parent, inspected = parents[key], here[key, INSPECTED_DECAYED] * scale
        for harm in range(classes):
            if parent >= 0:
                coarse = rates[parent, harm]
            else:
                coarse = (totals[1 + harm] * scale + BASE_FOUND) / (totals[0] * scale + BASE_INSPECTED)
            if inspected == 0.0:
                rates[key, harm] = coarse
            else:
                lean = trust[key, harm]
                rates[key, harm] = (here[key, COUNTS + PER_CLASS * harm + 1] * scale + lean * coarse) / (
                    inspected + lean
                )


@njit(cache=True, nogil=True)
def add_labels(  # noqa: PLR0913, PLR0917
    events: Ints, starts: Ints, slots: Slots, row: Ints, on: Ints, hits: Floats,
    counts: Floats, totals: Floats, moments: Floats, decay: Floats, parents: Ints, order: Ints, learn: bool,
) -> None:  # fmt: skip
    """Count the outcomes of the records in `events` (in order of the day on which they became known).

    Before the outcomes of a day are counted, what earlier days said of them goes into the moments: the sum over pairs
    of (x - p)(x' - p), and of p(1 - p), where p is what the coarser key says. Outcomes of one day make no pairs, so
    that their order within it is nothing.
    """
    trust = shrinkage(moments, decay[2])
    begin = 0
    while begin < len(events):
        day = on[events[begin]]
        end = begin
        while end < len(events) and on[events[end]] == day:
            end += 1
        weight = 2.0 ** ((day - decay[0]) / decay[1])
        if learn:
            trust = shrinkage(moments, decay[2])
            _learn_moments(
                events[begin:end], starts, slots, row, hits, counts, totals, moments, weight, trust, parents, order
            )
        for record in events[begin:end]:
            for line in range(starts[record], starts[record + 1]):
                for key in range(slots.shape[1]):
                    if slots[line, key] >= 0 and not _repeats(slots, row, line, key):
                        _count(slots[line, key], record, hits, day, weight, counts)
            totals[0] += weight
            for harm in range(hits.shape[1]):
                totals[1 + harm] += weight * hits[record, harm]
        begin = end


@njit(cache=True, nogil=True)
def _learn_moments(  # noqa: PLR0913, PLR0917
    events: Ints, starts: Ints, slots: Slots, row: Ints, hits: Floats, counts: Floats, totals: Floats, moments: Floats,
    weight: float, trust: Floats, parents: Ints, order: Ints,
) -> None:  # fmt: skip
    rates = np.empty(moments.shape[:2], np.float64)
    here = np.empty((slots.shape[1], counts.shape[1]), np.float64)
    for record in events:
        for line in range(starts[record], starts[record + 1]):
            _gathered(line, slots, counts, here)
            _rates(here, totals, 1.0 / weight, trust, parents, order, rates)
            for key in range(slots.shape[1]):
                slot = slots[line, key]
                if slot >= 0 and not _repeats(slots, row, line, key):
                    _add_moments(key, slot, record, hits, counts, totals, weight, rates, parents[key], moments)


@njit(cache=True, nogil=True)
def _add_moments(  # noqa: PLR0913, PLR0917
    key: int, slot: int, record: int, hits: Floats, counts: Floats, totals: Floats, weight: float, rates: Floats,
    parent: int, moments: Floats,
) -> None:  # fmt: skip
    inspected = counts[slot, INSPECTED]
    if inspected == 0.0:
        return
    for harm in range(moments.shape[1]):
        if parent >= 0:
            p = rates[parent, harm]
        else:
            p = (totals[1 + harm] / weight + BASE_FOUND) / (totals[0] / weight + BASE_INSPECTED)
        moments[key, harm, 0] += (hits[record, harm] - p) * (counts[slot, COUNTS + PER_CLASS * harm] - inspected * p)
        moments[key, harm, 1] += inspected * p * (1.0 - p)


@njit(cache=True, nogil=True)
def _count(slot: int, record: int, hits: Floats, day: int, weight: float, counts: Floats) -> None:
    counts[slot, INSPECTED] += 1.0
    counts[slot, INSPECTED_DECAYED] += weight
    for harm in range(hits.shape[1]):
        if hits[record, harm] > 0.0:
            at = COUNTS + PER_CLASS * harm
            last = counts[slot, at + 2]
            counts[slot, at + 2] = max(last, np.float64(day)) if counts[slot, at] > 0.0 else np.float64(day)
            counts[slot, at] += 1.0
            counts[slot, at + 1] += weight


@njit(cache=True, nogil=True)
def keys_of_lines(  # noqa: PLR0913, PLR0917
    lines: Ints, slots: Slots, days: Ints, counts: Floats, totals: Floats, trust: Floats, decay: Floats,
    parents: Ints, order: Ints, columns: Ints, own: Floats, out: npt.NDArray[np.float32],
) -> None:  # fmt: skip
    """Write what the keys say of `lines` (their places).

    `columns` holds per key the column of each feature, -1 for one that is not made: rates, finds, inspections,
    declarations, days since; a last row is for the shares of new and of uninspected keys. `own` is what each line
    itself weighs in the decayed counts of declarations, to be taken out again; 0 where it is not among them.
    """
    keys, classes = slots.shape[1], trust.shape[1]
    rates = np.empty((keys, classes), np.float64)
    here = np.empty((keys, counts.shape[1]), np.float64)
    for line in lines:
        scale = 2.0 ** (-(days[line] - decay[0]) / decay[1])
        _gathered(line, slots, counts, here)
        _rates(here, totals, scale, trust, parents, order, rates)
        given, new, uninspected = 0, 0, 0
        for key in range(keys):
            if own[line] > 0.0 and slots[line, key] >= 0:
                here[key, SEEN] -= 1.0
                here[key, SEEN_DECAYED] -= own[line]
            if slots[line, key] != NO_CODE:
                given += 1
                new += here[key, SEEN] <= 0.0
                uninspected += here[key, INSPECTED] == 0.0
            for harm in range(classes):
                at = COUNTS + PER_CLASS * harm
                _write(out, line, columns[key, harm], rates[key, harm])
                _write(out, line, columns[key, classes + harm], here[key, at + 1] * scale)
                since = LONGEST
                if here[key, at] > 0.0:
                    since = min(max(days[line] - here[key, at + 2], 0.0), LONGEST)
                _write(out, line, columns[key, 2 * classes + 2 + harm], since)
            seen = here[key, SEEN_DECAYED] * scale if here[key, SEEN] > 0.0 else 0.0
            _write(out, line, columns[key, 2 * classes], here[key, INSPECTED_DECAYED] * scale)
            _write(out, line, columns[key, 2 * classes + 1], seen)
        _write(out, line, columns[keys, 0], new / max(given, 1))
        _write(out, line, columns[keys, 1], uninspected / max(given, 1))


@njit(cache=True, nogil=True)
def _write(out: npt.NDArray[np.float32], line: int, column: int, value: float) -> None:
    if column >= 0:
        out[line, column] = value


@njit(cache=True, nogil=True)
def gaps_of_lines(  # noqa: PLR0913, PLR0917
    lines: Ints, slots: Slots, measured: Floats, days: Ints, sums: Floats, decay: Floats, parents: Ints, order: Ints,
    columns: Ints, own: Floats, out: npt.NDArray[np.float32],
) -> None:  # fmt: skip
    """Write how far each measure (a logarithm) lies from the usual one of its key; nan where there is none."""
    usual = np.empty(slots.shape[1], np.float64)
    for line in lines:
        scale = 2.0 ** (-(days[line] - decay[0]) / decay[1])
        for gap in order:
            slot, x = slots[line, gap], measured[line, gap]
            weight, total = 0.0, 0.0
            if slot >= 0:
                weight, total = sums[slot, 0] * scale, sums[slot, 1] * scale
                if own[line] > 0.0 and np.isfinite(x):
                    weight, total = weight - own[line] * scale, total - own[line] * scale * x
            coarse = usual[parents[gap]] if parents[gap] >= 0 else np.nan
            if weight < 1e-9:
                usual[gap] = coarse
            elif np.isnan(coarse):
                usual[gap] = total / weight
            else:
                usual[gap] = (total + GAP_TRUST * coarse) / (weight + GAP_TRUST)
            _write(out, line, columns[gap], x - usual[gap])
