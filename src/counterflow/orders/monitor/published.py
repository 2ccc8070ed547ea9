"""The published rules for suspicious orders, as they were described in court: for comparison beside ours.

Five methods are named in the report of James Rafalski, a former investigator of the US Drug Enforcement
Administration, in In re National Prescription Opiate Litigation, MDL 2804 (N.D. Ohio; opinion of 21 August 2019 on the
motions to exclude Rafalski and McCann, which says that there are five; City of Huntington v. AmerisourceBergen, S.D.
W. Va., 27 June 2022). Their names were read in public descriptions of that report; details that were only recalled are
marked so in each rule. In the report, a buyer once flagged stays flagged, because nobody had looked into it; here each
month stands alone, so that the rules can be compared month by month. The sixth is the usual robust rule of statistics.

Each rule compares a month with its own measure of the months before it. A trailing measure takes in a surge after a
few months and falls silent: that is what this comparison shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.orders.monitor.months import Months

__all__ = ["RULES", "PublishedRule", "beside", "rule_named"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_RAFALSKI = "Rafalski report, In re National Prescription Opiate Litigation, MDL 2804 (N.D. Ohio)"
_LAW = "21 CFR 1301.74(b): unusual size, deviating substantially from a normal pattern, unusual frequency"
#: series worked on at a time, so that windows of months fit into memory
_AT_A_TIME = 20_000


@dataclass(frozen=True)
class PublishedRule:
    """One rule: a month raises an alarm where `reach` is above `limit`.

    Args:
        id: short name.
        words: what it compares.
        limit: the published parameter.
        unit: what `limit` counts.
        waits: months since the first order before it may speak.
        sweep: parameters to try beside the published one, to compare whole rules and not one setting of them.
        citation: where it is described, and the law that it serves.
        read: text | recalled: how the parameter was taken up.
        reach: months to what is compared with `limit`, series by months; NaN where the rule has no say.
    """

    id: str
    words: str
    limit: float
    unit: str
    waits: int
    sweep: tuple[float, ...]
    citation: str
    read: str
    reach: Callable[[Months], Floats]

    def reaches(self, months: Months) -> Floats:
        """Return what is compared with the limit, NaN before the rule may speak and in months without an order."""
        said = np.concatenate([self.reach(part) for part in _parts(months)] or [np.zeros_like(months.quantity)])
        since = np.arange(months.quantity.shape[1])[None, :] - months.started[:, None]
        return np.where((since >= self.waits) & (months.quantity > 0), said, np.nan)

    def alarms(self, months: Months, limit: float | None = None) -> Bools:
        """Return the months that raise an alarm, series by months.

        Args:
            months: orders by month.
            limit: another parameter than the published one.
        """
        with np.errstate(invalid="ignore"):
            over: Bools = self.reaches(months) > (self.limit if limit is None else limit)
        return over


def _parts(months: Months) -> Iterator[Months]:
    number = np.arange(len(months.quantity))
    if len(number) <= _AT_A_TIME:
        yield months
        return
    for start in range(0, len(number), _AT_A_TIME):
        yield months.pick((number >= start) & (number < start + _AT_A_TIME))


def _before(quantity: Floats, count: int) -> Floats:
    """Return the `count` months before each month: series by months by `count`; nothing ordered before the first."""
    padded = np.concatenate([np.zeros((len(quantity), count)), quantity[:, :-1]], axis=1)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, count, axis=1))


def _times(quantity: Floats, of: Floats) -> Floats:
    """Return quantity as a multiple; a rule that would compare with nothing has no say, which is the kinder reading."""
    times: Floats = np.divide(quantity, of, out=np.full(quantity.shape, np.nan), where=of > 0)
    return times


def _times_max_6(months: Months) -> Floats:
    return _times(months.quantity, _before(months.quantity, 6).max(axis=2))


def _times_mean_12(months: Months) -> Floats:
    return _times(months.quantity, _before(months.quantity, 12).mean(axis=2))


def _pieces_of(amount: Callable[[Months], Floats]) -> Callable[[Months], Floats]:
    """Let a rule that counts dosage units speak of series in dosage units alone."""

    def reach(months: Months) -> Floats:
        units = pc.equal(months.measure, "units").to_numpy(zero_copy_only=False)
        return np.asarray(np.where(units[:, None], amount(months), np.nan))

    return reach


def _deviations(months: Months) -> Floats:
    """Return how many robust deviations a month lies above the median of the twelve before it.

    Median absolute deviation (Hampel 1974), at least 15 % of the median: buyers who order the same pack every month
    have a deviation of nothing.
    """
    window = _before(months.quantity, 12)
    middle = np.median(window, axis=2)
    spread = np.maximum(np.median(np.abs(window - middle[:, :, None]), axis=2), 0.15 * middle)
    return _times(np.maximum(months.quantity - middle, 0), spread)


#: the rules, as published; the last is the usual robust one, for fairness
RULES: tuple[PublishedRule, ...] = (
    PublishedRule(
        "max-6", "more than the largest of the six months before", 1.0, "times the largest", 6,
        (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0),
        f"{_RAFALSKI}, method A, maximum monthly, trailing six-month threshold; {_LAW}", "text", _times_max_6,
    ),
    PublishedRule(
        "mean-12 x2", "more than twice the mean of the twelve months before", 2.0, "times the mean", 12,
        (1.2, 1.35, 1.5, 1.75, 2.0, 2.25, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 10.0),
        f"{_RAFALSKI}, method B, twice the trailing twelve-month average, here of the buyer's own months; {_LAW}",
        "text", _times_mean_12,
    ),
    PublishedRule(
        "mean-12 x3", "more than three times the mean of the twelve months before", 3.0, "times the mean", 12,
        (1.2, 1.35, 1.5, 1.75, 2.0, 2.25, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 10.0),
        f"{_RAFALSKI}, method C, extraordinary order: three times the trailing twelve-month average; {_LAW}", "text",
        _times_mean_12,
    ),
    PublishedRule(
        "8,000 a month", "more than 8,000 dosage units in the month", 8000.0, "dosage units", 0,
        (1000.0, 1500.0, 2000.0, 3000.0, 4000.0, 5000.0, 6000.0, 8000.0, 12000.0, 20000.0),
        f"{_RAFALSKI}, method D, maximum monthly dosage units; {_LAW}", "text",
        _pieces_of(lambda months: months.quantity),
    ),
    PublishedRule(
        "2,000 a day", "more than 2,000 dosage units on one day of the month", 2000.0, "dosage units", 0,
        (200.0, 300.0, 500.0, 750.0, 1000.0, 1500.0, 2000.0, 3000.0, 5000.0),
        f"{_RAFALSKI}, method E, maximum daily dosage units; its name was read, the figure of 2,000 is ours; {_LAW}",
        "recalled", _pieces_of(lambda months: months.largest_day),
    ),
    PublishedRule(
        "median-12 + 4 MAD", "more than the median of the twelve months before plus four absolute deviations", 4.0,
        "deviations", 12, (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0),
        "Hampel (1974), The influence curve and its role in robust estimation, JASA 69; not a rule for orders", "text",
        _deviations,
    ),
)  # fmt: skip


def rule_named(name: str) -> PublishedRule:
    """Return the rule of this id.

    >>> rule_named("mean-12 x3").limit
    3.0

    Raises:
        KeyError: there is none.
    """
    return {rule.id: rule for rule in RULES}[name]


def beside(months: Months) -> pa.Table:
    """Return what every rule says of every month with an order, one row per rule that raises an alarm.

    Returns:
        customer_id, product, measure, month, rule, times (of what it compares with, in the rule's unit), limit, words.
    """
    names = pa.array(months.names)
    parts = [_rows(rule, months, names) for rule in RULES]
    return pa.concat_tables(parts).sort_by([(name, "ascending") for name in ("customer_id", "product", "month")])


def _rows(rule: PublishedRule, months: Months, names: pa.Array) -> pa.Table:
    reached = rule.reaches(months)
    with np.errstate(invalid="ignore"):
        series, column = np.nonzero(reached > rule.limit)
    at = pa.array(series)
    return pa.table(
        {
            "customer_id": months.customer.take(at),
            "product": months.product.take(at),
            "measure": months.measure.take(at),
            "month": names.take(pa.array(column)) if len(column) else pa.array([], pa.string()),
            "rule": pa.repeat(rule.id, len(series)),
            "times": pa.array(reached[series, column], pa.float64()),
            "limit": pa.repeat(rule.limit, len(series)),
            "words": pa.repeat(rule.words, len(series)),
        }
    )
