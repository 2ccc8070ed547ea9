"""Alarms as they were raised, who must be told, what was done, and who may see harm below the county.

An alarm is kept with what its method saw, so that its brief can be made again whatever comes in later. Alarms and acts
are append-only: a later count that takes an alarm back is an act of its own. The ledger holds ids and keyed digests;
names, channels and grounds stand here and can be erased.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import BATCH_FIELD, INSTANT, table_of

__all__ = [
    "HEALTH_WATCH",
    "WATCH_ACT",
    "WATCH_ALARM",
    "WATCH_APPROVAL",
    "WATCH_CONTACT",
    "WATCH_PLACE",
    "WATCH_SEEN",
    "WATCH_STOCK",
]

_SERIES = (
    ("series", pa.string(), "name of the series"),
    ("source", pa.string(), "who counted"),
    ("place", pa.string(), "place that was counted, as the source names it"),
    ("level", pa.string(), "nation | region | state | county | subcounty | site; empty where nobody said"),
    ("measure", pa.string(), "what was counted"),
    ("subject", pa.string(), "substance or syndrome"),
    ("definition", pa.string(), "version of the source's definition"),
)

#: One alarm on one period of one series, from the counts of one vintage.
WATCH_ALARM = table_of(
    ("alarm", pa.string(), "id: the signal's, a dot, and the vintage of the counts"),
    ("signal", pa.string(), "digest of series, period, method and settings; the same in every vintage"),
    *_SERIES,
    ("grain", pa.string(), "day | week | month | quarter | year"),
    ("t", pa.int64(), "index of the period, as the source numbers it"),
    ("starts", pa.date32(), "first day of the period; empty where a file gives only an index"),
    ("method", pa.string(), "name of the method"),
    ("method_source", pa.string(), "where the method is published"),
    ("settings", pa.string(), "JSON: settings of the method"),
    ("observed", pa.float64(), "the count"),
    ("expected", pa.float64(), "count to be expected; empty where the method gives none"),
    ("low", pa.float64(), "lower end of what is expected; empty where the method gives none"),
    ("upper", pa.float64(), "threshold: an alarm is a count above it; empty where the method gives none"),
    ("score", pa.float64(), "how far off, on the method's own scale"),
    ("baseline_from", pa.int64(), "index of the first period that the baseline uses; empty where not told"),
    ("baseline_starts", pa.date32(), "first day of it"),
    ("budget", pa.float64(), "false alarms accepted per series and period, where the threshold was set by a budget"),
    ("rests_on", pa.string(), "what the threshold rests on, in words"),
    ("complete", pa.float64(), "expected share of the count that is in; empty where nobody says"),
    ("nowcast", pa.string(), "JSON: what the nowcast said of the count; empty where none was made"),
    ("panel_changed", pa.bool_(), "true where what is looked for, or how, changed within baseline and period"),
    ("panel_said", pa.string(), "what changed, in words"),
    ("as_of", pa.date32(), "day as of which the counts stood; empty where a file does not say"),
    ("data_digest", pa.string(), "keyed digest of the counts that the method saw"),
    ("supersedes", pa.string(), "alarm of the same signal from an earlier vintage"),
    ("made_at", INSTANT, "when it was raised"),
    ("made_by", pa.string(), "command that raised it"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=(
        "alarm", "signal", "series", "measure", "grain", "t", "method", "method_source", "settings", "observed",
        "panel_changed", "data_digest", "made_at", "made_by",
    ),
)  # fmt: skip

#: What the method saw when it raised an alarm: the series' own counts, and those of like places in that period.
WATCH_SEEN = table_of(
    ("alarm", pa.string(), "the alarm"),
    ("part", pa.string(), "own | sibling"),
    ("series", pa.string(), "series"),
    ("place", pa.string(), "place"),
    ("t", pa.int64(), "index of the period"),
    ("starts", pa.date32(), "first day of the period"),
    ("observed", pa.float64(), "the count; empty where it was not known"),
    ("expected", pa.float64(), "count to be expected"),
    ("upper", pa.float64(), "threshold"),
    ("judged", pa.int32(), "1 alarm, 0 none, -1 not judged"),
    ("spread", pa.float64(), "variance over mean of the year before; for intervals of siblings"),
    required=("alarm", "part", "series", "t", "judged"),
)

#: Which place lies in which.
WATCH_PLACE = table_of(
    ("place", pa.string(), "place, as counts name it"),
    ("level", pa.string(), "nation | region | state | county | subcounty | site"),
    ("parent", pa.string(), "place of the next coarser level that it lies in; empty for the coarsest"),
    ("lat", pa.float64(), "latitude of a point that stands for it, degrees; empty where not given"),
    ("lon", pa.float64(), "longitude of it"),
    ("first_seen", INSTANT, "when we first held it"),
    BATCH_FIELD,
    required=("place", "level", "first_seen"),
)

#: Who must be told of what: offices and posts, not private persons.
WATCH_CONTACT = table_of(
    ("contact", pa.string(), "id"),
    ("role", pa.string(), "health | enforcement | oversight: what they may see"),
    ("duty", pa.string(), "post, as medical officer on call"),
    ("organisation", pa.string(), "organisation"),
    ("area", pa.string(), "place they answer for, with all in it; * for all"),
    ("level", pa.string(), "finest level of alarms they are told of; * for all"),
    ("channel", pa.string(), "official address or line"),
    ("tell_hours", pa.float64(), "hours from the alarm by which they are told"),
    ("answer_hours", pa.float64(), "hours from being told by which they acknowledge"),
    ("until", pa.date32(), "last day on which it holds; empty: open"),
    ("first_seen", INSTANT, "when we first held it"),
    BATCH_FIELD,
    required=("contact", "role", "duty", "organisation", "area", "level", "channel", "tell_hours", "answer_hours",
              "first_seen"),
)  # fmt: skip

#: Stocks of naloxone, test kits and the like.
WATCH_STOCK = table_of(
    ("place", pa.string(), "place that holds it"),
    ("item", pa.string(), "naloxone-dose | test-kit | another item"),
    ("stock", pa.float64(), "pieces at hand"),
    ("as_of", pa.date32(), "day of the count"),
    ("use_per_week", pa.float64(), "pieces used in a week; empty where not known"),
    ("delivered_per_week", pa.float64(), "pieces that come in a week; empty counts as none, and is said"),
    ("lead_days", pa.float64(), "days from order to delivery; empty where not known"),
    ("first_seen", INSTANT, "when we first held it"),
    BATCH_FIELD,
    required=("place", "item", "stock", "as_of", "first_seen"),
)

#: What a person did about an alarm or a health watch, or what later counts did to it.
WATCH_ACT = table_of(
    ("about", pa.string(), "signal of the alarm, or id of the health watch"),
    ("alarm", pa.string(), "the alarm as it stood; empty for a health watch"),
    ("act", pa.string(), "told | acknowledged | acted | disposed | corrected | stands-again | told-correction"),
    ("contact", pa.string(), "who was told or answered; empty where it is nobody in particular"),
    ("verdict", pa.string(), "of a disposal: outbreak | artefact | data-error | known-event | not-judged"),
    ("words", pa.string(), "what was done or why, in words"),
    ("person", pa.string(), "who says so"),
    ("done_at", INSTANT, "when it was done"),
    ("acted_at", INSTANT, "when it was put on record"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("about", "act", "person", "done_at", "acted_at"),
)

#: Agreement of one side that a role may see harm below the county.
WATCH_APPROVAL = table_of(
    ("request", pa.string(), "digest of role, purpose, area and period: what two sides agree to"),
    ("act", pa.string(), "approve | withdraw"),
    ("side", pa.string(), "health | oversight"),
    ("role", pa.string(), "role that may see it"),
    ("purpose", pa.string(), "for what, in a word"),
    ("area", pa.string(), "place below which it may be seen"),
    ("starts", pa.date32(), "first day of counts that may be seen"),
    ("ends", pa.date32(), "last day of counts that may be seen"),
    ("expires", pa.date32(), "last day on which they may be looked at"),
    ("ground", pa.string(), "why, in words"),
    ("person", pa.string(), "who agrees; the two sides are two persons"),
    ("acted_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=(
        "request", "act", "side", "role", "purpose", "area", "starts", "ends", "expires", "ground", "person",
        "acted_at",
    ),
)  # fmt: skip

#: A watch on harm in an area after a supply event.
HEALTH_WATCH = table_of(
    ("watch", pa.string(), "id"),
    ("act", pa.string(), "open | close"),
    ("action", pa.string(), "action that opens it; health contacts are not told which"),
    ("area", pa.string(), "place, no finer than a county"),
    ("level", pa.string(), "nation | region | state | county"),
    ("substance_class", pa.string(), "class of substance, as opioids; all where not told"),
    ("starts", pa.date32(), "first day watched"),
    ("ends", pa.date32(), "last day watched, included"),
    ("shown", pa.string(), "JSON: of a closing, what happened"),
    ("person", pa.string(), "who opened or closed it"),
    ("acted_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("watch", "act", "action", "area", "level", "substance_class", "starts", "ends", "person", "acted_at"),
)
