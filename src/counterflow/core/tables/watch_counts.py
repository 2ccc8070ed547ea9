"""Counts of harm and supply by place and period, as they were known at each time, and what was looked for when.

Counts only: no row is about a person. A count has three times: the period it speaks of (`starts` to `ends`), the day as
of which its source said it (`as_of`), and when we first held it (`first_seen`). A later `as_of` for the same cell
supersedes and never overwrites, so what was known on any day can be asked for, and a reporting triangle is the same
cells read across their days.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import BATCH_FIELD, INSTANT, table_of

__all__ = ["PANEL", "PLACE_WITHIN", "SERIES_COUNT", "SERIES_RATE", "SUPPLY_SIGNAL"]

_CELL = (
    ("source", pa.string(), "who counted, as named at load"),
    ("place", pa.string(), "place that was counted, as the source names it"),
    ("level", pa.string(), "nation | region | state | county | subcounty | site; sub-county harm data is for health"),
    ("measure", pa.string(), "what was counted, as deaths, ems-naloxone, ed-visits, seizures, lab-reports"),
    ("subject", pa.string(), "substance by the registry's id, or syndrome, as the source names it; all where neither"),
    ("definition", pa.string(), "version of the source's definition; counts of two definitions are never one series"),
)

#: How many, where, when, of what, as it was known.
SERIES_COUNT = table_of(
    *_CELL,
    ("grain", pa.string(), "day | week | month | quarter | year | 12-months; how long a period is"),
    ("starts", pa.date32(), "first day counted"),
    ("ends", pa.date32(), "last day counted, included"),
    ("count", pa.float64(), "how many, cumulative as of that day; empty where suppressed or not looked for"),
    ("suppressed", pa.bool_(), "true where the counter withheld a small number"),
    ("looked_for", pa.bool_(), "false where it was not looked for: then no count is not a zero"),
    ("complete", pa.float64(), "share of the period's reports that are in, by the source; empty where it says none"),
    ("predicted", pa.float64(), "the source's own prediction of the final count, where it gives one"),
    ("as_of", pa.date32(), "day as of which the source said it"),
    ("first_seen", INSTANT, "when we first held it"),
    BATCH_FIELD,
    required=(
        *(name for name, _, _ in _CELL), "grain", "starts", "ends", "suppressed", "looked_for", "as_of", "first_seen",
    ),
)  # fmt: skip

#: Rates and shares that a source publishes in place of counts, or beside them. No method for counts reads them.
SERIES_RATE = table_of(
    *_CELL,
    ("grain", pa.string(), "day | week | month | quarter | year | 12-months; how long a period is"),
    ("starts", pa.date32(), "first day"),
    ("ends", pa.date32(), "last day, included"),
    ("rate", pa.float64(), "value in `unit`; empty where suppressed or not reported"),
    ("unit", pa.string(), "unit, as per 10,000 visits, or percent"),
    ("suppressed", pa.bool_(), "true where the source withheld it"),
    ("looked_for", pa.bool_(), "false where the source did not report it at all"),
    ("as_of", pa.date32(), "day as of which the source said it"),
    ("first_seen", INSTANT, "when we first held it"),
    BATCH_FIELD,
    required=(
        *(name for name, _, _ in _CELL), "grain", "starts", "ends", "unit", "suppressed", "looked_for", "as_of",
        "first_seen",
    ),
)  # fmt: skip

#: Which place lies in which, as a source counts them: where sums are made, and where they would give a cell away.
PLACE_WITHIN = table_of(
    ("source", pa.string(), "who counts"),
    ("place", pa.string(), "place"),
    ("within", pa.string(), "place that it lies in"),
    ("first_seen", INSTANT, "when we first held it"),
    BATCH_FIELD,
    required=("source", "place", "within", "first_seen"),
)

#: When a source began or ceased to look for something, or changed how: a new column is not a new drug.
PANEL = table_of(
    ("source", pa.string(), "who counts"),
    ("place", pa.string(), "place; * for all of the source's"),
    ("measure", pa.string(), "what is counted; * for all"),
    ("subject", pa.string(), "substance or syndrome; * for all"),
    ("from_day", pa.date32(), "first day on which it holds"),
    ("change", pa.string(), "added | dropped | definition | date-basis | coverage"),
    ("said", pa.string(), "what changed, in words"),
    ("first_seen", INSTANT, "when we first held it"),
    BATCH_FIELD,
    required=("source", "place", "measure", "subject", "from_day", "change", "said", "first_seen"),
)

#: Prices, purities, masses, doses and forms of what was seized or bought.
SUPPLY_SIGNAL = table_of(
    ("source", pa.string(), "who measured"),
    ("place", pa.string(), "place"),
    ("starts", pa.date32(), "first day"),
    ("ends", pa.date32(), "last day, included"),
    ("substance", pa.string(), "substance by the registry's id, else as the source names it"),
    ("form", pa.string(), "powder | tablet | liquid | …; empty where not known"),
    ("market", pa.string(), "market level, as wholesale, retail or online; empty where not known"),
    ("route", pa.string(), "way it came, as mail or land; empty where not known"),
    ("measure", pa.string(), "price | purity | mass-kg | tablets | tablet-mg | seizures"),
    ("value", pa.float64(), "value in `unit`"),
    ("low", pa.float64(), "at least; empty where the source gives no range"),
    ("high", pa.float64(), "at most"),
    ("unit", pa.string(), "unit, as USD per g, share, kg, mg"),
    ("n", pa.int64(), "samples or events behind it; empty where the source does not say"),
    ("as_of", pa.date32(), "day as of which the source said it"),
    ("first_seen", INSTANT, "when we first held it"),
    BATCH_FIELD,
    required=(
        "source", "place", "starts", "ends", "substance", "form", "market", "route", "measure", "value", "unit",
        "as_of", "first_seen",
    ),
)  # fmt: skip
