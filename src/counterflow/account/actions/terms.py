"""The words of an action: kinds, measures, classes of substance, and the few numbers that rules rest on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

__all__ = [
    "ALERT_TAIL",
    "AUTHORS",
    "CLASSES",
    "COUNTED_HARM",
    "EMERGENCY",
    "EXPECTED",
    "FIRST_WEEKS",
    "FORM",
    "KINDS",
    "LEAST_TARGETS",
    "MEASURES",
    "OVERDUE",
    "TOLD_CLASSES",
]

KINDS = ("broker-removal", "campaign", "listing", "operation", "sanction", "scheduling", "takedown")
#: measure to its kind: outcome, counter (harm that must not rise), burden or activity
MEASURES: Mapping[str, str] = {
    "availability": "outcome", "price": "outcome", "purity": "outcome", "substitution": "counter",
    "displacement": "counter", "overdoses": "counter", "deaths": "counter", "violence": "counter",
    "burden": "burden", "inspections": "burden", "stops": "burden", "arrests": "activity", "finds": "activity",
    "other": "outcome",
}  # fmt: skip
#: what a forecast of a supply action says something of, be it that it cannot be told
EXPECTED = ("availability", "substitution", "displacement", "overdoses", "burden")
#: harm to people, whose rise stands first in every list
COUNTED_HARM = ("overdoses", "deaths", "violence")
#: classes of substance, and those that an alert may tell
CLASSES = ("all", "cannabis", "hallucinogens", "opioids", "precursors", "sedatives", "stimulants")
#: whose forecast: the agency's own, the strategy model's, ours from counts and the record, and counts alone
AUTHORS: Mapping[str, str] = {
    "agency": "the agency",
    "model": "the strategy model",
    "record": "the counts and the record",
    "history": "the counts alone",
}
TOLD_CLASSES = tuple(name for name in CLASSES if name != "precursors")
FORM = "2"
#: how long after its start an emergency may be sealed
EMERGENCY = dt.timedelta(hours=24)
#: fewest possible targets that an alert's area must hold, so that no reader picks one better than one in so many
LEAST_TARGETS = 10
#: how long after an action harm is watched: the longest span of Ray et al., AJPH 113 (2023) 750-758
ALERT_TAIL = dt.timedelta(weeks=3)
#: weeks from the first day on that are judged apart, because harm shows there first
FIRST_WEEKS = 3
#: how long after a forecast's window its score may take before it is called overdue
OVERDUE = dt.timedelta(days=90)
