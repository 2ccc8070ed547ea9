"""What came in and how badly, and indicators with their doubt."""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import table_of

__all__ = ["COVERAGE", "INDICATOR_VALUE", "SCAN_COVERAGE"]

COVERAGE = table_of(
    ("sender", pa.string(), "who sent the data; * over all"),
    ("departure", pa.string(), "country it left; * over all"),
    ("lane", pa.string(), "lane; * over all"),
    ("period", pa.string(), "month as YYYY-MM; * over all"),
    ("expected", pa.int64(), "records expected by an announcement or count; empty when nobody said"),
    ("received", pa.int64(), "records received"),
    ("unscreenable", pa.int64(), "records with neither goods text, HS code nor a party name"),
    ("complete_share", pa.float64(), "share with every required field present"),
    ("valid_share", pa.float64(), "rows accepted over rows read"),
    ("on_time_share", pa.float64(), "share whose advance data came before it was due; of those with both times"),
    required=("received", "unscreenable"),
)

#: Of the vehicles that crossed, how many were scanned. An input, never a result.
SCAN_COVERAGE = table_of(
    ("port", pa.string(), "port; * over all"),
    ("lane", pa.string(), "lane; * over all"),
    ("direction", pa.string(), "inbound | outbound; * over all"),
    ("vehicle_class", pa.string(), "passenger | freight | bus | rail; * over all"),
    ("period", pa.string(), "month of the crossing as YYYY-MM, UTC; * over all"),
    ("crossings", pa.int64(), "vehicles that crossed"),
    ("scanned", pa.int64(), "of them scanned, with an image that could be read"),
    ("unreadable", pa.int64(), "scanned, and nobody could read the image"),
    ("unrecorded", pa.int64(), "crossings that do not say whether they were scanned"),
    (
        "scanned_share",
        pa.float64(),
        "scanned over crossings; empty where no crossing says; the unrecorded count as not",
    ),
    ("at_most_share", pa.float64(), "the same, were every unrecorded one scanned"),
    ("anomalies", pa.int64(), "crossings with an anomaly and no find"),
    ("found", pa.int64(), "crossings with a find, scanned or not"),
    ("entering", pa.int64(), "crossings that the target covers: inbound, since it was set"),
    ("entering_share", pa.float64(), "of those, the share scanned; empty where none says"),
    ("target_share", pa.float64(), "share that the target asks for; empty where nothing enters"),
    required=("crossings", "scanned", "unreadable", "unrecorded", "anomalies", "found", "entering"),
)

INDICATOR_VALUE = table_of(
    ("indicator", pa.string(), "indicator id"),
    ("type", pa.string(), "input | output | outcome | counter"),
    ("area", pa.string(), "place"),
    ("period", pa.string(), "period, ISO 8601"),
    ("value", pa.float64(), "point estimate"),
    ("low", pa.float64(), "lower end"),
    ("high", pa.float64(), "upper end"),
    ("level", pa.float64(), "coverage of the interval"),
    ("method", pa.string(), "method"),
    ("unit", pa.string(), "unit"),
    ("source", pa.string(), "source"),
    ("as_of", pa.date32(), "as-of date"),
    required=("indicator", "type", "period", "low", "high", "level", "method", "unit", "source", "as_of"),
)
