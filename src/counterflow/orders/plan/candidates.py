"""Settings to compare before one goes live: ours by their numbers, the published rules by their names."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from counterflow.core.errors import UnknownName, UsageError
from counterflow.orders.monitor import Setting, monitor, monthly
from counterflow.orders.monitor.published import RULES, PublishedRule

__all__ = ["Candidate", "Firm", "candidates"]

#: what is compared where nothing is named: the usual numbers, a quieter setting and a louder one
_USUAL = ("usual", "quieter=1.3", "quieter=0.75")


@dataclass(frozen=True)
class Firm:
    """What a firm holds, as the monitor takes it: see `orders.monitor.monitor`."""

    lines: pa.Table
    product: pa.Array
    customers: pa.Table | None = None
    expected: pa.Table | None = None


@dataclass(frozen=True)
class Candidate:
    """One setting to try: numbers of the monitor, or a published rule.

    Args:
        name: as the user wrote it.
        setting: numbers of the monitor; None for a rule.
        rule: a published rule; None for a setting.
    """

    name: str
    setting: Setting | None = None
    rule: PublishedRule | None = None

    def watch(self, firm: Firm, *, answered_after: int) -> pa.Table:
        """Return buyer_id, drug, month, quantity, alarm and open of a firm's orders under this setting.

        Args:
            firm: its orders and what stands beside them.
            answered_after: months after which somebody has disposed of an alarm; 0 = nobody ever does. A published
                rule looks at each month anew and has nothing to dispose of.
        """
        if self.rule is not None:
            return _by_rule(firm, self.rule)
        done = monitor(
            firm.lines, product=firm.product, expected=firm.expected, customers=firm.customers,
            setting=self.setting, answered_after=answered_after,
        )  # fmt: skip
        return done.select(["buyer_id", "drug", "month", "quantity", "alarm", "open"])


def _by_rule(firm: Firm, rule: PublishedRule) -> pa.Table:
    """Return what a rule says of every month with an order, over the measures of a product."""
    months = monthly(firm.lines, firm.product)
    rang = rule.alarms(months)
    series, column = np.nonzero(months.quantity > 0)
    rows = pa.table(
        {
            "buyer_id": months.customer.take(pa.array(series)),
            "drug": months.product.take(pa.array(series)),
            "month": pa.array(months.names, pa.string()).take(pa.array(column)),
            "quantity": pa.array(months.quantity[series, column]),
            "alarm": pa.array(rang[series, column].astype(np.int8)),
        }
    )
    rows = rows.group_by(["buyer_id", "drug", "month"]).aggregate([("quantity", "max"), ("alarm", "max")])
    rows = rows.rename_columns(["buyer_id", "drug", "month", "quantity", "alarm"])
    return rows.append_column("open", rows["alarm"])


def candidates(words: Sequence[str]) -> tuple[Candidate, ...]:
    """Return the settings that these words name; three of ours where there are none.

    Args:
        words: ``usual``; ``quieter=1.5`` (every limit 1.5 times as high); numbers, as ``limit=3,growth=0.2``; or the
            name of a published rule, as ``mean-12 x3``.

    >>> [c.name for c in candidates([])]
    ['usual', 'quieter=1.3', 'quieter=0.75']
    >>> candidates(["limit=3"])[0].setting.limit
    3.0

    Raises:
        UnknownName: a number that the setting does not have.
        UsageError: no number, or the same setting twice.
    """
    found = tuple(_candidate(word.strip()) for word in (words or _USUAL))
    if len({each.name for each in found}) < len(found):
        raise UsageError("The same setting is named twice.", hint="Name two that differ.")
    return found


def _candidate(word: str) -> Candidate:
    rules = {rule.id: rule for rule in RULES}
    if word in rules:
        return Candidate(word, rule=rules[word])
    if word == "usual":
        return Candidate(word, setting=Setting())
    numbers = dict(_number(part, word) for part in word.split(","))
    times = numbers.pop("quieter", 1.0)
    if times <= 0:
        raise UsageError("A setting is quieter by a factor above 0.", hint="Write quieter=1.5.")
    usual = Setting()
    return Candidate(word, setting=dataclasses.replace(usual.quieter(times) if times != 1 else usual, **numbers))


def _number(part: str, word: str) -> tuple[str, float]:
    name, _, value = (text.strip() for text in part.partition("="))
    known = {*Setting.described(), "quieter"}
    if name not in known:
        raise UnknownName("number of the setting, or published rule", name, {*known, *(r.id for r in RULES), "usual"})
    try:
        return name, float(value)
    except ValueError:
        raise UsageError(f"{word!r} gives no number for {name}.", hint=f"Write {name}=2.5.") from None
