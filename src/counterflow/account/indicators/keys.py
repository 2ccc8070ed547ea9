"""Which keys a pack may hold, and the spellings that mean the same: people write `by`, `due` or `deadline`."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["KEYS", "NESTED", "POINTS", "TABLES", "canonical"]

_Spellings = Mapping[str, tuple[str, ...]]

#: tables of a pack, by the name that this code uses
TABLES: _Spellings = {
    "pack": ("pack", "meta", "about"),
    "source": ("source", "sources"),
    "indicator": ("indicator", "indicators"),
    "target": ("target", "targets"),
    "claim": ("claim", "claims", "number", "numbers", "fact", "facts"),
    "actual": ("actual", "actuals", "observation", "observations", "series"),
    "commitment": ("commitment", "commitments"),
    "step": ("step", "steps", "mandate", "mandates"),
}

#: a table inside an indicator or target whose keys count as its own
NESTED = ("paired", "pair", "pairs", "paired_with", "beside", "pairing")
#: a list of values inside an actual or an indicator
POINTS = ("points", "values", "data", "observations", "actuals", "actual", "series")

_COMMON: _Spellings = {
    "id": ("id", "key", "code"),
    "words": ("words", "title", "label", "name", "description", "text"),
    "quote": ("quote", "seed_quote", "wording", "verbatim"),
    "document": ("document", "doc", "seed", "seed_file", "file"),
    "row": ("row", "rows", "seed_row", "ref", "reference"),
    "source": ("source", "sources", "source_id", "cite", "citation", "url"),
    "note": ("note", "notes", "comment", "remark", "remarks"),
    "owner": ("owner", "responsible", "agency", "lead", "accountable"),
}
_MEASURE: _Spellings = {
    "unit": ("unit", "units"),
    "kind": ("kind", "type", "indicator_kind", "indicator_type"),
    "direction": ("direction", "better", "aim"),
    "definition": ("definition_version", "definition", "version", "definition_id"),
    "meaning": ("meaning", "definition_text", "defined_as", "method"),
    "as_of": ("as_of", "asof", "as-of", "source_as_of", "vintage", "source_vintage", "source_date", "retrieved"),
    "sdg": ("sdg", "sdgs", "sdg_tag", "sdg_tags", "sdg_target"),
    "breaks": ("break", "breaks", "definition_break", "definition_breaks"),
    "outcome": ("outcome", "paired_outcome", "outcome_indicator", "outcomes"),
    "counter": ("counter", "counter_indicator", "paired_counter", "counters"),
    "rate": ("rate", "paired_rate", "rate_indicator", "interdiction_rate"),
}
_ROUND: _Spellings = {
    "period": ("period", "date", "year", "on", "at", "time", "when", "end", "period_end"),
    "value": ("value", "amount", "level", "number", "count"),
}

KEYS: Mapping[str, _Spellings] = {
    "pack": {
        "name": ("name", "id", "pack"),
        "title": ("title", "words", "description", "text"),
        "edition": ("edition", "version", "as_of", "date"),
        "tolerance": ("tolerance", "variance_tolerance", "tolerance_share"),
        "fiscal": ("fiscal_year", "fiscal_year_starts", "fiscal", "fiscal_year_start"),
        "due_days": ("actuals_due_days", "actuals_due_after_days", "actuals_due"),
        "template": ("template",),
        "note": _COMMON["note"],
        "owner": _COMMON["owner"],
        "format": ("format",),
        "source": _COMMON["source"],
    },
    "source": {**_COMMON, "as_of": _MEASURE["as_of"], "read": ("read", "checked"), "licence": ("licence", "license")},
    "indicator": {
        **_COMMON, **_MEASURE, "series": ("series", "data"), "points": POINTS, "area": ("area", "place", "geography"),
    },
    "target": {
        **_COMMON, **_MEASURE,
        "indicator": ("indicator", "indicator_id", "measure"),
        "baseline": ("baseline", "base", "from", "start"),
        "baseline_value": ("baseline_value",),
        "baseline_date": ("baseline_date", "baseline_year", "baseline_period"),
        "baseline_source": ("baseline_source",),
        "baseline_unit": ("baseline_unit",),
        "baseline_definition": ("baseline_definition", "baseline_definition_version"),
        "value": ("value", "target", "target_value", "goal", "to", "level", "target_level"),
        "target_unit": ("target_unit",),
        "deadline": ("deadline", "deadlines", "by", "due", "target_date", "end_date", "target_year", "deadline_date"),
        "change": ("change", "change_percent", "percent_change", "percent", "percentage", "relative_change",
                   "pct_change"),
        "milestones": ("milestone", "milestones", "path"),
        "readings": ("reading", "readings"),
        "lock": ("lock", "lock_date", "locked_on", "locks", "locked", "lock_dates"),
        "form": ("form", "target_type", "rule", "reached_when"),
        "actuals": ("actual", "actuals", "observations", "series", "values"),
        "area": ("area", "place", "geography"),
    },
    "baseline": {
        **_ROUND, "unit": ("unit", "units"), "source": _COMMON["source"], "note": _COMMON["note"],
        "definition": _MEASURE["definition"], "as_of": _MEASURE["as_of"], "stated": ("stated",),
    },
    "milestone": {
        "period": (*_ROUND["period"], "deadline", "by", "due"), "value": (*_ROUND["value"], "expected", "target"),
        "unit": ("unit", "units"), "note": _COMMON["note"], "id": _COMMON["id"], "source": _COMMON["source"],
    },
    "reading": {
        "id": (*_COMMON["id"], "name"), "words": ("words", "text", "why", "note", "because", "title", "label",
                                                  "description"),
        "deadline": ("deadline", "by", "due", "date", "year", "target_date"),
        "value": ("value", "target", "target_value", "goal", "to"), "unit": ("unit", "units"),
        "source": _COMMON["source"], "lock": ("lock", "lock_date"),
    },
    "break": {
        "on": ("on", "date", "from_date", "day", "period", "at"),
        "words": ("words", "text", "why", "note", "description", "reason"),
        "linked": ("linked", "bridged"), "old": ("old", "from", "from_version"), "new": ("new", "to", "to_version"),
        "source": _COMMON["source"],
    },
    "claim": {
        **_COMMON, **_ROUND, "indicator": ("indicator", "measure"), "unit": ("unit", "units"),
        "as_of": _MEASURE["as_of"], "kind": _MEASURE["kind"],
    },
    "actual": {
        **_ROUND, "indicator": ("indicator", "measure", "id"), "unit": ("unit", "units"), "low": ("low", "lower"),
        "high": ("high", "upper"), "source": _COMMON["source"],
        "as_of": (*_MEASURE["as_of"], "known_on", "entered_on", "reported_on"), "definition": _MEASURE["definition"],
        "note": _COMMON["note"], "checked": ("checked", "read"),
    },
    "commitment": {
        **_COMMON, "partner": ("partner", "country", "who", "with"), "promise": ("promise", "commitment", "undertakes"),
        "due": ("due", "deadline", "by"), "indicator": ("indicator", "measure"),
        "answer_days": ("answer_days", "response_days", "response_time_days"),
        "requests": ("request", "requests"), "sdg": _MEASURE["sdg"],
    },
    "request": {
        "asked": ("asked", "asked_on", "sent"), "answered": ("answered", "answered_on", "reply"),
        "note": _COMMON["note"], "id": _COMMON["id"],
    },
    "step": {
        **_COMMON, "due": ("due", "deadline", "by", "planned", "mandated"), "done": ("done", "done_on", "completed"),
        "expected": ("expected", "forecast", "now_expected"), "mandate": ("mandate", "law", "statute"),
        "indicator": ("indicator",),
    },
}  # fmt: skip

#: values that mean a kind or a direction
_SAME = {
    "kind": {"outcomes": "outcome", "outputs": "output", "inputs": "input", "counter-indicator": "counter",
             "counter indicator": "counter", "counter_indicator": "counter", "activity": "output",
             "impact": "outcome", "share": "rate", "process": "output", "harm": "counter", "result": "outcome"},
    "direction": {"increase": "up", "higher": "up", "rise": "up", "raise": "up", "more": "up", "+": "up",
                  "increasing": "up", "upward": "up", "decrease": "down", "lower": "down", "fall": "down",
                  "reduce": "down", "less": "down", "-": "down", "fewer": "down", "decreasing": "down",
                  "reduction": "down", "downward": "down", "higher is better": "up", "lower is better": "down",
                  "higher-is-better": "up", "lower-is-better": "down", "maximise": "up", "maximize": "up",
                  "minimise": "down", "minimize": "down", "up is good": "up", "down is good": "down"},
    "form": {"at deadline": "level", "deadline": "level", "sum": "cumulative", "total": "cumulative",
             "any": "any-time", "any time": "any-time", "ever": "any-time", "crossing": "any-time"},
}  # fmt: skip


def canonical(what: str, value: str) -> str:
    """Return the one spelling of a kind, direction or form; what is not known stays as it is.

    >>> canonical("direction", "Increase"), canonical("kind", "Outputs")
    ('up', 'output')
    """
    plain = value.strip().casefold()
    return _SAME[what].get(plain, plain)
