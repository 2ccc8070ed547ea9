"""The tables that the rooms meet as: one Arrow schema each, with what every column holds.

Units stand in names (`mass_kg`) or in a column beside (`value`, `currency`). Times are UTC instants, dates are the
source's own calendar days. Facts are append-only and bitemporal: an event's own time, and `first_seen`, the instant
we first held it. `source` + `record_id` name a record everywhere; `record_id` is the source's own id as text.

Tables marked *personal* live in erasable form only (never in `facts/`, never in the ledger). The documentation page
of every table is `docs/reference/tables.md`; a test keeps the two in step.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from counterflow.core.tables.access import (
    ACCESS_OVERRIDE,
    ACCESS_PERSON,
    ACCESS_READ,
    ACCESS_REQUEST,
    ACCESS_REQUEST_ACT,
    ACCESS_ROLE,
    ACCESS_SESSION,
    ACCESS_TOKEN,
)
from counterflow.core.tables.account_actions import ACTION, ACTION_ALERT, ACTION_CLOSE, ACTION_SCORE
from counterflow.core.tables.account_evaluations import EVALUATION_DESIGN, EVALUATION_RUN
from counterflow.core.tables.account_fairness import DISPARITY_ALARM, FAIRNESS_RUN
from counterflow.core.tables.account_oversight import INTEGRITY_ACT, INTEGRITY_REVIEW, RECONCILIATION
from counterflow.core.tables.account_publish import PUBLICATION
from counterflow.core.tables.account_targets import (
    PROMISE_ACTUAL,
    PROMISE_EDIT,
    PROMISE_LOCK,
    PROMISE_MONEY,
    PROMISE_NOTE,
    PROMISE_PACK,
)
from counterflow.core.tables.accounts import COVERAGE, INDICATOR_VALUE, SCAN_COVERAGE
from counterflow.core.tables.api_answers import API_ANSWER
from counterflow.core.tables.choices import DRAW, LOOKOUT, NOTICE, OUTCOME, PLAN
from counterflow.core.tables.entities import (
    ENTITY_DECISION,
    ENTITY_EVENT,
    ENTITY_MEMBER,
    ENTITY_MERGE,
    RESOLUTION,
)
from counterflow.core.tables.fields import INSTANT
from counterflow.core.tables.findings import FINDING, FINDING_ROW, SCREENING
from counterflow.core.tables.lists import LIST_ADDRESS, LIST_ENTRY, LIST_VERSION
from counterflow.core.tables.loads import BATCH, PAYLOAD, QUARANTINE, RUN_STEP
from counterflow.core.tables.order_work import (
    MATCH_QUERY,
    ORDER_ALARM,
    ORDER_DECISION,
    ORDER_FLAG,
    ORDER_QUESTION,
    ORDER_REPORT,
)
from counterflow.core.tables.orders import (
    CUSTOMER,
    CUSTOMER_EXPECTED,
    CUSTOMER_LICENCE,
    CUSTOMER_OWNER,
    ORDER_LINE,
    STOCK_EVENT,
)
from counterflow.core.tables.parties import PARTY_CLEARING, PARTY_THRESHOLD
from counterflow.core.tables.queue import QUEUE_ACT, QUEUE_VIEW
from counterflow.core.tables.record_files import RECORD_FILE
from counterflow.core.tables.records import ANNOUNCEMENT, CONSIGNMENT, CROSSING, GOODS_LINE, PARTY
from counterflow.core.tables.redress import REDRESS_ACT, REDRESS_CORRECTION, REDRESS_REQUEST
from counterflow.core.tables.substances import SUBSTANCE_CHANGE, SUBSTANCE_LIST_VERSION
from counterflow.core.tables.targeting_models import MODEL
from counterflow.core.tables.targeting_rules import (
    CAMPAIGN,
    CAMPAIGN_ACT,
    TARGET_RULE,
    TARGET_RULE_ACT,
    TARGET_RULE_TEST,
)
from counterflow.core.tables.targeting_severity import EXPOSURE, HARM_COUNT, SEVERITY, SEVERITY_ACT, SEVERITY_VERSION
from counterflow.core.tables.watch_alarms import (
    HEALTH_WATCH,
    WATCH_ACT,
    WATCH_ALARM,
    WATCH_APPROVAL,
    WATCH_CONTACT,
    WATCH_PLACE,
    WATCH_SEEN,
    WATCH_STOCK,
)
from counterflow.core.tables.watch_counts import PANEL, PLACE_WITHIN, SERIES_COUNT, SERIES_RATE, SUPPLY_SIGNAL
from counterflow.core.tables.watch_nowcasts import WATCH_NOWCAST, WATCH_NOWCAST_SCORE

__all__ = [
    "ACCESS_OVERRIDE",
    "ACCESS_PERSON",
    "ACCESS_READ",
    "ACCESS_REQUEST",
    "ACCESS_REQUEST_ACT",
    "ACCESS_ROLE",
    "ACCESS_SESSION",
    "ACCESS_TOKEN",
    "ACTION",
    "ACTION_ALERT",
    "ACTION_CLOSE",
    "ACTION_SCORE",
    "ANNOUNCEMENT",
    "API_ANSWER",
    "BATCH",
    "CAMPAIGN",
    "CAMPAIGN_ACT",
    "CONSIGNMENT",
    "COVERAGE",
    "CROSSING",
    "CUSTOMER",
    "CUSTOMER_EXPECTED",
    "CUSTOMER_LICENCE",
    "CUSTOMER_OWNER",
    "DISPARITY_ALARM",
    "DRAW",
    "ENTITY_DECISION",
    "ENTITY_EVENT",
    "ENTITY_MEMBER",
    "ENTITY_MERGE",
    "EVALUATION_DESIGN",
    "EVALUATION_RUN",
    "EXPOSURE",
    "FAIRNESS_RUN",
    "FINDING",
    "FINDING_ROW",
    "GOODS_LINE",
    "HARM_COUNT",
    "HEALTH_WATCH",
    "INDICATOR_VALUE",
    "INSTANT",
    "INTEGRITY_ACT",
    "INTEGRITY_REVIEW",
    "LIST_ADDRESS",
    "LIST_ENTRY",
    "LIST_VERSION",
    "LOOKOUT",
    "MATCH_QUERY",
    "MODEL",
    "NOTICE",
    "ORDER_ALARM",
    "ORDER_DECISION",
    "ORDER_FLAG",
    "ORDER_LINE",
    "ORDER_QUESTION",
    "ORDER_REPORT",
    "OUTCOME",
    "PANEL",
    "PARTY",
    "PARTY_CLEARING",
    "PARTY_THRESHOLD",
    "PAYLOAD",
    "PLACE_WITHIN",
    "PLAN",
    "PROMISE_ACTUAL",
    "PROMISE_EDIT",
    "PROMISE_LOCK",
    "PROMISE_MONEY",
    "PROMISE_NOTE",
    "PROMISE_PACK",
    "PUBLICATION",
    "QUARANTINE",
    "QUEUE_ACT",
    "QUEUE_VIEW",
    "RECONCILIATION",
    "RECORD_FILE",
    "REDRESS_ACT",
    "REDRESS_CORRECTION",
    "REDRESS_REQUEST",
    "RESOLUTION",
    "RUN_STEP",
    "SCAN_COVERAGE",
    "SCREENING",
    "SERIES_COUNT",
    "SERIES_RATE",
    "SEVERITY",
    "SEVERITY_ACT",
    "SEVERITY_VERSION",
    "STOCK_EVENT",
    "SUBSTANCE_CHANGE",
    "SUBSTANCE_LIST_VERSION",
    "SUPPLY_SIGNAL",
    "TABLES",
    "TARGET_RULE",
    "TARGET_RULE_ACT",
    "TARGET_RULE_TEST",
    "WATCH_ACT",
    "WATCH_ALARM",
    "WATCH_APPROVAL",
    "WATCH_CONTACT",
    "WATCH_NOWCAST",
    "WATCH_NOWCAST_SCORE",
    "WATCH_PLACE",
    "WATCH_SEEN",
    "WATCH_STOCK",
    "TableSpec",
    "conform",
    "empty",
]


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A stored table: its schema, and what may be done with it.

    Args:
        schema: Arrow schema.
        month_of: column whose month partitions it under `facts/`; None keeps it out of `facts/`.
        personal: True where rows can name a person: erasable, never in `facts/` or the ledger.
    """

    schema: pa.Schema
    month_of: str | None = None
    personal: bool = False


TABLES: dict[str, TableSpec] = {
    "consignment": TableSpec(CONSIGNMENT, month_of="declared_on"),
    "goods_line": TableSpec(GOODS_LINE),
    "party": TableSpec(PARTY, personal=True),
    "crossing": TableSpec(CROSSING, month_of="hour"),
    "announcement": TableSpec(ANNOUNCEMENT),
    "customer": TableSpec(CUSTOMER, personal=True),
    "customer_licence": TableSpec(CUSTOMER_LICENCE),
    "customer_expected": TableSpec(CUSTOMER_EXPECTED),
    "customer_owner": TableSpec(CUSTOMER_OWNER, personal=True),
    "order_line": TableSpec(ORDER_LINE, personal=True),
    "stock_event": TableSpec(STOCK_EVENT),
    "list_version": TableSpec(LIST_VERSION),
    "list_entry": TableSpec(LIST_ENTRY),
    "list_address": TableSpec(LIST_ADDRESS),
    "substance_list_version": TableSpec(SUBSTANCE_LIST_VERSION),
    "substance_change": TableSpec(SUBSTANCE_CHANGE),
    "party_threshold": TableSpec(PARTY_THRESHOLD),
    "party_clearing": TableSpec(PARTY_CLEARING, personal=True),
    "finding": TableSpec(FINDING, personal=True),
    "screening": TableSpec(SCREENING),
    "plan": TableSpec(PLAN),
    "draw": TableSpec(DRAW),
    "model": TableSpec(MODEL),
    "harm_count": TableSpec(HARM_COUNT),
    "exposure": TableSpec(EXPOSURE),
    "severity_version": TableSpec(SEVERITY_VERSION),
    "severity": TableSpec(SEVERITY),
    "severity_act": TableSpec(SEVERITY_ACT),
    "lookout": TableSpec(LOOKOUT, personal=True),
    "outcome": TableSpec(OUTCOME),
    "notice": TableSpec(NOTICE),
    "target_rule": TableSpec(TARGET_RULE, personal=True),
    "target_rule_test": TableSpec(TARGET_RULE_TEST, personal=True),
    "target_rule_act": TableSpec(TARGET_RULE_ACT, personal=True),
    "campaign": TableSpec(CAMPAIGN, personal=True),
    "campaign_act": TableSpec(CAMPAIGN_ACT, personal=True),
    "series_rate": TableSpec(SERIES_RATE),
    "series_count": TableSpec(SERIES_COUNT),
    "panel": TableSpec(PANEL),
    "place_within": TableSpec(PLACE_WITHIN),
    "supply_signal": TableSpec(SUPPLY_SIGNAL),
    "watch_alarm": TableSpec(WATCH_ALARM),
    "watch_seen": TableSpec(WATCH_SEEN),
    "watch_place": TableSpec(WATCH_PLACE),
    "watch_contact": TableSpec(WATCH_CONTACT, personal=True),
    "watch_stock": TableSpec(WATCH_STOCK),
    "watch_nowcast": TableSpec(WATCH_NOWCAST),
    "watch_nowcast_score": TableSpec(WATCH_NOWCAST_SCORE),
    "watch_act": TableSpec(WATCH_ACT, personal=True),
    "watch_approval": TableSpec(WATCH_APPROVAL, personal=True),
    "health_watch": TableSpec(HEALTH_WATCH, personal=True),
    "indicator_value": TableSpec(INDICATOR_VALUE),
    "action": TableSpec(ACTION),
    "action_alert": TableSpec(ACTION_ALERT, personal=True),
    "action_close": TableSpec(ACTION_CLOSE, personal=True),
    "action_score": TableSpec(ACTION_SCORE),
    "evaluation_design": TableSpec(EVALUATION_DESIGN),
    "publication": TableSpec(PUBLICATION),
    "evaluation_run": TableSpec(EVALUATION_RUN),
    "promise_pack": TableSpec(PROMISE_PACK, personal=True),
    "promise_lock": TableSpec(PROMISE_LOCK, personal=True),
    "promise_actual": TableSpec(PROMISE_ACTUAL, personal=True),
    "promise_note": TableSpec(PROMISE_NOTE, personal=True),
    "promise_money": TableSpec(PROMISE_MONEY, personal=True),
    "promise_edit": TableSpec(PROMISE_EDIT, personal=True),
    "integrity_review": TableSpec(INTEGRITY_REVIEW, personal=True),
    "integrity_act": TableSpec(INTEGRITY_ACT, personal=True),
    "reconciliation": TableSpec(RECONCILIATION, personal=True),
    "disparity_alarm": TableSpec(DISPARITY_ALARM),
    "fairness_run": TableSpec(FAIRNESS_RUN),
    "order_alarm": TableSpec(ORDER_ALARM),
    "order_flag": TableSpec(ORDER_FLAG),
    "order_decision": TableSpec(ORDER_DECISION),
    "order_question": TableSpec(ORDER_QUESTION, personal=True),
    "order_report": TableSpec(ORDER_REPORT, personal=True),
    "match_query": TableSpec(MATCH_QUERY),
    "queue_act": TableSpec(QUEUE_ACT, personal=True),
    "queue_view": TableSpec(QUEUE_VIEW, personal=True),
    "record_file": TableSpec(RECORD_FILE, personal=True),
    "resolution": TableSpec(RESOLUTION),
    "entity_member": TableSpec(ENTITY_MEMBER),
    "entity_merge": TableSpec(ENTITY_MERGE, personal=True),
    "entity_event": TableSpec(ENTITY_EVENT),
    "entity_decision": TableSpec(ENTITY_DECISION, personal=True),
    "access_override": TableSpec(ACCESS_OVERRIDE, personal=True),
    "access_person": TableSpec(ACCESS_PERSON, personal=True),
    "access_read": TableSpec(ACCESS_READ, personal=True),
    "access_request": TableSpec(ACCESS_REQUEST, personal=True),
    "access_request_act": TableSpec(ACCESS_REQUEST_ACT, personal=True),
    "access_role": TableSpec(ACCESS_ROLE, personal=True),
    "access_session": TableSpec(ACCESS_SESSION, personal=True),
    "access_token": TableSpec(ACCESS_TOKEN, personal=True),
    "api_answer": TableSpec(API_ANSWER, personal=True),
    "redress_request": TableSpec(REDRESS_REQUEST, personal=True),
    "redress_act": TableSpec(REDRESS_ACT, personal=True),
    "redress_correction": TableSpec(REDRESS_CORRECTION, personal=True),
    "batch": TableSpec(BATCH),
    "payload": TableSpec(PAYLOAD),
    "quarantine": TableSpec(QUARANTINE, personal=True),
    "run_step": TableSpec(RUN_STEP),
}


def empty(schema: pa.Schema) -> pa.Table:
    """Return a table of `schema` with no rows."""
    return schema.empty_table()


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return `table` with exactly the columns of `schema`, in its order and types; absent ones are filled with nulls.

    Raises:
        ValueError: a column is unknown, does not cast, or a required one holds a null.
    """
    unknown = set(table.column_names) - set(schema.names)
    if unknown:
        raise ValueError(f"columns not in the schema: {', '.join(sorted(unknown))}")
    columns: list[pa.ChunkedArray | pa.Array] = []
    for field in schema:
        if field.name in table.column_names:
            column = table.column(field.name)
            columns.append(column if column.type == field.type else column.cast(field.type))
        else:
            columns.append(pa.nulls(table.num_rows, field.type))
        if not field.nullable and columns[-1].null_count:
            raise ValueError(f"column {field.name!r} must not be empty")
    return pa.Table.from_arrays(columns, schema=schema)
