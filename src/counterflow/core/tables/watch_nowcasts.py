"""Nowcasts as they were made, each with what was known and how: none is ever overwritten by a later one."""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = ["WATCH_NOWCAST", "WATCH_NOWCAST_SCORE"]

_CELL = (
    ("source", pa.string(), "who counted"),
    ("place", pa.string(), "place that was counted, as the source names it"),
    ("level", pa.string(), "nation | region | state | county | subcounty | site"),
    ("measure", pa.string(), "what was counted"),
    ("subject", pa.string(), "substance or syndrome"),
    ("definition", pa.string(), "version of the source's definition"),
)

#: What one period of one series was expected to come to, as of a day.
WATCH_NOWCAST = table_of(
    ("nowcast", pa.string(), "id: digest of series, day, method, settings and counts"),
    *_CELL,
    ("grain", pa.string(), "day | week"),
    ("starts", pa.date32(), "first day counted"),
    ("ends", pa.date32(), "last day counted, included"),
    ("as_of", pa.date32(), "day on which the nowcast stands: nothing reported later was used"),
    ("made_at", INSTANT, "when it was made"),
    ("method", pa.string(), "name of the method"),
    ("settings_digest", pa.string(), "SHA-256 of the method's settings"),
    ("data_digest", pa.string(), "SHA-256 of the counts that it was made from"),
    ("reported", pa.float64(), "reported by then"),
    ("complete", pa.float64(), "share expected to be in"),
    ("expected", pa.float64(), "expected final count"),
    ("levels", pa.list_(pa.float64()), "quantile levels"),
    ("quantiles", pa.list_(pa.float64()), "quantiles of the final count"),
    required=(
        "nowcast", *(name for name, _, _ in _CELL), "grain", "starts", "ends", "as_of", "made_at", "method",
        "settings_digest", "data_digest", "reported", "complete", "expected", "levels", "quantiles",
    ),
)  # fmt: skip

#: How the same method did on past days of the same series, scored when the nowcast was made.
WATCH_NOWCAST_SCORE = table_of(
    ("nowcast", pa.string(), "the nowcast whose method was tried"),
    ("horizon", pa.string(), "steps between period and day; all"),
    ("nowcasts", pa.int64(), "nowcasts of past days that were scored"),
    ("wis", pa.float64(), "mean weighted interval score"),
    ("wis_dispersion", pa.float64(), "part of it that is width"),
    ("wis_too_low", pa.float64(), "part of it for nowcasts that were too low"),
    ("wis_too_high", pa.float64(), "part of it for nowcasts that were too high"),
    ("mae", pa.float64(), "mean absolute error of the median"),
    ("coverage_50", pa.float64(), "share of truths inside the 50 % interval"),
    ("coverage_90", pa.float64(), "share of truths inside the 90 % interval"),
    ("mae_reported", pa.float64(), "mean absolute error of what was reported so far"),
    ("mae_chain_ladder", pa.float64(), "mean absolute error of plain chain ladder"),
    ("mean_truth", pa.float64(), "mean of the final counts"),
    required=("nowcast", "horizon", "nowcasts"),
)
