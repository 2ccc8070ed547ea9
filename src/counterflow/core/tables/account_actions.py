"""Actions from their sealed forecast to their score, and what the health side was told meanwhile.

`action` keeps what was sealed. Alerts, closings and scores are rows of their own, written once. The ledger holds dates,
numbers and digests; names of those who acted stand here and can be erased.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = ["ACTION", "ACTION_ALERT", "ACTION_CLOSE", "ACTION_SCORE"]

#: Something we set out to do, with what we expect of it, sealed in the ledger before it starts.
ACTION = table_of(
    ("action", pa.string(), "id"),
    ("kind", pa.string(), "campaign | operation | takedown | sanction | scheduling | listing | broker-removal"),
    ("title", pa.string(), "title"),
    ("starts", pa.date32(), "first day"),
    ("ends", pa.date32(), "last day"),
    ("resources", pa.string(), "what goes in, in words and minutes or money"),
    ("forecast", pa.string(), "JSON: expected effects, each with its doubt; in form 1 one Estimate"),
    ("evaluation_design", pa.string(), "how its effect will be judged, in words"),
    ("form", pa.string(), "form of what was sealed: 2; empty in rows from before there was one"),
    ("area", pa.string(), "place as watch counts it; empty where it is none of these"),
    ("place_words", pa.string(), "place in words"),
    ("substance_class", pa.string(), "opioids | stimulants | sedatives | cannabis | hallucinogens | precursors | all"),
    ("design", pa.string(), "id of the registered evaluation design; empty where it stands in words alone"),
    ("counts", pa.string(), "JSON: measure of a forecast to the series that it is counted in"),
    ("possible_targets", pa.string(), "JSON: place to how many targets it could be aimed at there, to a reader"),
    ("standing", pa.string(), "sealed | unforecast (an emergency) | late; empty in form 1: sealed"),
    ("reason", pa.string(), "why it could not be sealed before; empty where it was"),
    ("started_at", INSTANT, "of an emergency: when it began"),
    ("sealed_seq", pa.int64(), "ledger entry that sealed it"),
    ("sealed_at", INSTANT, "when it was sealed; before `starts` unless `standing` says otherwise"),
    required=("action", "kind", "title", "starts", "ends", "resources", "forecast", "evaluation_design"),
)

#: What the health side was told of an action: area, period and substance class, and nothing else.
ACTION_ALERT = table_of(
    ("action", pa.string(), "the action; the alert does not name it"),
    ("alert", pa.string(), "id of the alert, made from nothing of the action"),
    ("area", pa.string(), "county or coarser place"),
    ("level", pa.string(), "nation | region | state | county"),
    ("period_from", pa.string(), "first month, YYYY-MM"),
    ("period_to", pa.string(), "last month, YYYY-MM"),
    ("substance_class", pa.string(), "class of substance; all where the class would tell too much"),
    ("targets", pa.int64(), "possible targets in that area, at least the fewest that an alert may stand for"),
    ("late", pa.bool_(), "true where it was sent on or after the first day"),
    ("received_by", pa.string(), "offices that received it"),
    ("watch", pa.string(), "health watch that it opened"),
    ("sha256", pa.string(), "digest of the alert's canonical JSON"),
    ("person", pa.string(), "who sent it"),
    ("sent_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("action", "alert", "area", "level", "period_from", "period_to", "substance_class", "targets", "late",
              "received_by", "sha256", "person", "sent_at"),
)  # fmt: skip

#: What was done in the end.
ACTION_CLOSE = table_of(
    ("action", pa.string(), "the action"),
    ("cancelled", pa.bool_(), "true where it never took place"),
    ("starts", pa.date32(), "its first day as it was; empty where it was cancelled"),
    ("ends", pa.date32(), "its last day as it was"),
    ("done", pa.string(), "what was done, in words"),
    ("outputs", pa.string(), "JSON: seizures with mass, purity and pure mass; what the agency itself counted"),
    ("person", pa.string(), "who closed it"),
    ("closed_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("action", "cancelled", "done", "outputs", "person", "closed_at"),
)

#: One forecast of an action against what happened, scored once.
ACTION_SCORE = table_of(
    ("action", pa.string(), "the action"),
    ("number", pa.int32(), "which of its forecasts, from 1"),
    ("by", pa.string(), "agency | model | record | history: whose forecast"),
    ("measure", pa.string(), "what was forecast"),
    ("window", pa.string(), "name of the window"),
    ("starts", pa.date32(), "first day of the window"),
    ("ends", pa.date32(), "last day of it"),
    ("unit", pa.string(), "unit"),
    ("observed", pa.float64(), "what happened"),
    ("observed_low", pa.float64(), "least that it may come to once late reports are in; empty where it is final"),
    ("observed_high", pa.float64(), "most"),
    ("inside_50", pa.bool_(), "inside the 50 % interval; empty where there is none or it cannot be told"),
    ("inside_80", pa.bool_(), "inside the 80 % interval; likewise"),
    ("inside_90", pa.bool_(), "inside the 90 % interval; likewise"),
    ("level", pa.float64(), "coverage of the widest interval"),
    ("inside", pa.bool_(), "inside that one"),
    ("z", pa.float64(), "where it fell in the forecast, on the normal scale"),
    ("pinball", pa.float64(), "mean quantile score, twice the pinball loss; smaller is better"),
    ("winkler", pa.float64(), "interval score of the widest interval; smaller is better"),
    ("median", pa.float64(), "the forecast's middle"),
    ("log_spread", pa.float64(), "standard deviation of the forecast on the log scale; empty where it reaches to 0"),
    ("harm", pa.bool_(), "true where it is a harm that rose above the upper end"),
    ("source", pa.string(), "where what happened stands"),
    ("as_of", pa.date32(), "day as of which it was known"),
    ("scored_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("action", "number", "by", "measure", "window", "starts", "ends", "unit", "observed", "level", "inside",
              "pinball", "winkler", "harm", "source", "as_of", "scored_at"),
)  # fmt: skip
