"""What was chosen for inspection, why, and what came of it."""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, KEY, KEY_REQUIRED, table_of

__all__ = ["DRAW", "LOOKOUT", "NOTICE", "OUTCOME", "PLAN"]

#: One plan: an act of choosing for a period.
PLAN = table_of(
    ("plan", pa.string(), "id of the plan"),
    ("starts", pa.date32(), "first day"),
    ("ends", pa.date32(), "last day, included"),
    ("seed", pa.int64(), "seed of its draws"),
    ("random_share", pa.float64(), "share of minutes given to the random arm"),
    ("capacity_sha256", pa.string(), "SHA-256 of the capacity file"),
    ("made_at", INSTANT, "when it was made"),
    ("ledger_seq", pa.int64(), "ledger entry that holds the draw, written before any outcome"),
    ("model", pa.string(), "model that ranked; empty where findings and rates by key did"),
    ("said", pa.list_(pa.string()), "what the person who planned had to know: not screened, not covered, out of reach"),
    required=("plan", "starts", "ends", "seed", "random_share", "made_at"),
)

#: The frame of a plan: every eligible record with its probability, drawn or not.
DRAW = table_of(
    ("plan", pa.string(), "id of the plan"),
    *KEY,
    ("office", pa.string(), "office"),
    ("lane", pa.string(), "lane"),
    ("day", pa.date32(), "day planned for"),
    ("arm", pa.string(), "mandatory | random | followup | targeted; empty when not selected"),
    ("rank", pa.int32(), "order on the sheet of its office, lane and day, from 1; empty when not selected"),
    (
        "inclusion_probability",
        pa.float64(),
        "probability of the random arm, over all seeds; 0 where no resource reaches the record",
    ),
    ("resource", pa.string(), "who or what inspects"),
    ("service_minutes", pa.float64(), "minutes one inspection takes"),
    ("detection_rate", pa.float64(), "chance that the resource finds what is there"),
    ("expected_harm", pa.float64(), "expected harm found by inspecting it, in severity points"),
    ("reasons", pa.string(), "reasons in words, `; `-joined"),
    ("chance", pa.float64(), "what the ranking said of it before: chance that an inspection finds anything"),
    ("stratum", pa.string(), "stratum of the random arm; empty where all were drawn alike"),
    required=("plan", *KEY_REQUIRED, "day", "arm", "inclusion_probability", "expected_harm"),
)

LOOKOUT = table_of(
    ("lookout", pa.string(), "id"),
    ("field", pa.string(), "record_id | item_id | party | office | lane | hs"),
    ("value", pa.string(), "value looked for"),
    ("ground", pa.string(), "stated ground"),
    ("person", pa.string(), "who set it"),
    ("set_at", INSTANT, "when it was set"),
    ("expires_at", INSTANT, "when it ends, at most 72 hours later"),
    ("reviewed_by", pa.string(), "who reviewed it the next day; never the one who set it"),
    ("reviewed_at", INSTANT, "when it was reviewed"),
    ("verdict", pa.string(), "upheld | withdrawn; empty until reviewed"),
    required=("lookout", "field", "value", "ground", "person", "set_at", "expires_at"),
)

#: What happened to a drawn record. Later rows supersede earlier ones; none is changed.
OUTCOME = table_of(
    *KEY,
    ("plan", pa.string(), "plan whose draw it answers"),
    ("state", pa.string(), "not_presented | presented | held | inspected"),
    ("confirmation", pa.string(), "suspected | presumptive | confirmed | refuted | none"),
    ("harm_class", pa.string(), "what was found: a class of the severity table; empty when nothing"),
    ("time", INSTANT, "when it happened"),
    ("recorded_at", INSTANT, "when it was recorded here"),
    ("recorded_by", pa.string(), "who recorded it"),
    ("ledger_seq", pa.int64(), "ledger entry"),
    required=(*KEY_REQUIRED, "plan", "state", "confirmation", "time", "recorded_at"),
)

#: Who was told what, so that a refutation reaches everyone who received the suspicion.
NOTICE = table_of(
    *KEY,
    ("recipient", pa.string(), "office or partner that was told"),
    ("told", pa.string(), "suspected | presumptive | confirmed | refuted | corrected"),
    ("about", pa.string(), "what was said, in words"),
    ("told_at", INSTANT, "when"),
    required=(*KEY_REQUIRED, "recipient", "told", "told_at"),
)
