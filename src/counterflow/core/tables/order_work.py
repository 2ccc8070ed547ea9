"""Alarms on orders, what people asked, decided and reported, and queries between firms.

All are append-only. The ledger holds ids, acts and digests of these rows; the texts stand here and can be erased.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = ["MATCH_QUERY", "ORDER_ALARM", "ORDER_DECISION", "ORDER_FLAG", "ORDER_QUESTION", "ORDER_REPORT"]

#: One alarm: the ordering of a customer stopped looking like itself. Open until a decision disposes of it.
ORDER_ALARM = table_of(
    ("alarm", pa.string(), "id: digest of customer, product, month and setting"),
    ("customer_id", pa.string(), "customer"),
    ("product", pa.string(), "substance id, or the item as written where none was recognised"),
    ("month", pa.string(), "month that raised it, YYYY-MM"),
    ("quantity", pa.float64(), "quantity of that month, in `measure`"),
    ("baseline", pa.float64(), "quantity that was to be expected, in `measure`"),
    ("measure", pa.string(), "units | grams"),
    ("strength", pa.float64(), "strength of the alarm; `meaning` says of what kind"),
    ("meaning", pa.string(), "what the strength is"),
    ("reasons", pa.string(), "reasons in words, `; `-joined"),
    ("setting", pa.string(), "version of the setting that raised it"),
    ("raised_at", INSTANT, "when"),
    required=("alarm", "customer_id", "product", "month", "strength", "meaning", "setting", "raised_at"),
)

#: One red flag. No single one accuses: people look at them together.
ORDER_FLAG = table_of(
    ("flag", pa.string(), "id: digest of kind, customer, product, order and day"),
    ("kind", pa.string(), "kind of flag, for example split-below-threshold"),
    ("group", pa.string(), "identity | end use | product mix | quantity | price | payment | logistics | behaviour"),
    ("grade", pa.string(), "weak | moderate | strong"),
    ("customer_id", pa.string(), "customer"),
    ("product", pa.string(), "substance id or item; empty where it concerns the customer as a whole"),
    ("order_id", pa.string(), "order it rests on; empty where it rests on several"),
    ("day", pa.date32(), "day from which it stands"),
    ("words", pa.string(), "what was seen, in a sentence"),
    ("evidence", pa.string(), "JSON: the orders, quantities and rows it rests on"),
    ("clears", pa.string(), "what would clear it, in a sentence"),
    ("citation", pa.string(), "guidance or law that names it; empty where it is ours"),
    required=("flag", "kind", "group", "grade", "customer_id", "words", "evidence", "clears"),
)

#: What a person decided, about an alarm, an order or a customer.
ORDER_DECISION = table_of(
    ("decision", pa.string(), "id"),
    ("subject", pa.string(), "alarm | order | customer"),
    ("subject_id", pa.string(), "alarm id, order id or customer id"),
    ("customer_id", pa.string(), "customer"),
    ("product", pa.string(), "substance id or item; empty for a customer as a whole"),
    ("act", pa.string(), "ship | hold | refuse | report | dispose | outcome"),
    ("ground", pa.string(), "reason in words"),
    ("finding", pa.string(), "explained | unexplained | diverted | error; of an outcome and a disposal"),
    ("person", pa.string(), "who decided"),
    ("second_person", pa.string(), "who agreed, where the law or the house asks for two"),
    ("holds_to", pa.date32(), "last day on which the decision holds; empty without end"),
    ("new_expected", pa.float64(), "monthly quantity accepted as normal from now on, in the alarm's measure"),
    ("decided_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("decision", "subject", "subject_id", "act", "ground", "person", "decided_at"),
)

#: A question of due diligence, and what was answered.
ORDER_QUESTION = table_of(
    ("question", pa.string(), "id; the answer is a later row of the same id"),
    ("customer_id", pa.string(), "customer"),
    ("subject_id", pa.string(), "alarm or order that it is about"),
    ("text", pa.string(), "the question"),
    ("asked_by", pa.string(), "who asked"),
    ("due_on", pa.date32(), "day by which an answer is wanted"),
    ("answer", pa.string(), "what was answered; empty on the row of the question"),
    ("answered_by", pa.string(), "who wrote the answer down"),
    ("at", INSTANT, "when this row was written"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("question", "customer_id", "text", "asked_by", "at"),
)

#: A draft for an authority; a person files it.
ORDER_REPORT = table_of(
    ("report", pa.string(), "id; each change is a later row of the same id"),
    ("kind", pa.string(), "suspicious-order | disappearance | firm-year"),
    ("authority", pa.string(), "authority and form"),
    ("customer_id", pa.string(), "customer; empty for a disappearance"),
    ("subject_id", pa.string(), "alarm, order or stock event"),
    ("state", pa.string(), "draft | filed | withdrawn"),
    ("body", pa.string(), "JSON: the fields of the form"),
    ("citation", pa.string(), "law that asks for it"),
    ("person", pa.string(), "who drafted or filed it"),
    ("reference", pa.string(), "the authority's number, once filed"),
    ("at", INSTANT, "when this row was written"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("report", "kind", "authority", "state", "body", "person", "at"),
)

#: A private matching with a partner: what was asked, for which purpose, and how much came back; also what was refused.
MATCH_QUERY = table_of(
    ("query", pa.string(), "id; the acts of one matching share it"),
    ("act", pa.string(), "offer | answer | finish | cancelled | refused"),
    ("partner", pa.string(), "with whom"),
    ("purpose", pa.string(), "stated purpose"),
    ("person", pa.string(), "who asked"),
    ("columns", pa.string(), "kinds of key columns, `; `-joined"),
    ("reveal", pa.string(), "ids | size: what both agreed to reveal"),
    ("offered", pa.int64(), "identifiers on our side"),
    ("received", pa.int64(), "identifiers on theirs; empty before their message came"),
    ("matched", pa.int64(), "identifiers that both hold; empty before the matching is finished"),
    ("reason", pa.string(), "why it was refused; empty where it was not"),
    ("at", INSTANT, "when"),
    required=("query", "act", "partner", "purpose", "person", "offered", "at"),
)
