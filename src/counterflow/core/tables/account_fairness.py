"""Disparity alarms that were raised, and what the tests of fairness said each time they were run."""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = ["DISPARITY_ALARM", "FAIRNESS_RUN"]

#: The burden of a group moved away from that of all; raised once for a group and month.
DISPARITY_ALARM = table_of(
    ("alarm", pa.string(), "id: D- and 12 hexadecimal digits"),
    ("by", pa.string(), "grouping"),
    ("group", pa.string(), "group"),
    ("measure", pa.string(), "fruitless | inspected"),
    ("month", pa.string(), "month in which the sum passed its limit, YYYY-MM"),
    ("since", pa.string(), "first month of the rise, YYYY-MM"),
    ("ratio", pa.float64(), "seen over expected since then; empty where too few to tell"),
    ("low", pa.float64(), "lower end"),
    ("high", pa.float64(), "upper end"),
    ("level", pa.float64(), "coverage of the interval"),
    ("statistic", pa.float64(), "highest cumulative sum of log likelihood ratios"),
    ("limit", pa.float64(), "limit of the sum"),
    ("budget", pa.float64(), "chance of any false alarm in a year that the limit rests on"),
    ("raised_at", INSTANT, "when it was raised"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=(
        "alarm",
        "by",
        "group",
        "measure",
        "month",
        "since",
        "level",
        "statistic",
        "limit",
        "budget",
        "raised_at",
    ),
)

#: A run of the threshold test or of the swap: groups of records, never persons.
FAIRNESS_RUN = table_of(
    ("run", pa.string(), "id: F- and 12 hexadecimal digits of the digest of `told`"),
    ("kind", pa.string(), "threshold-test | swap | alarms"),
    ("told", pa.string(), "JSON: what the run said, small counts hidden"),
    ("made_at", INSTANT, "when it was made"),
    ("ledger_seq", pa.int64(), "ledger entry that holds its digest"),
    required=("run", "kind", "told", "made_at"),
)
