"""What order tables say of people and places, and how it is erased.

A customer can be a practice or a sole trader, so the file of a customer, its owners, and the addresses of an order are
personal. Erasing a customer takes its names and owners, the addresses of its orders and the words of what was asked,
flagged, decided and reported about it; ids, quantities, days, alarms and acts stay, so that sums still hold.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.store.repository import Store

__all__ = ["SAID", "forget_orders"]

_ERASED = "[erased]"

#: table to SQL of what a row of it says about somebody; digested with a salt when it comes in
SAID = {
    "party": "concat_ws(chr(31), role, name, address, country, identifier)",
    "customer": "concat_ws(chr(31), name, trade_name, registration, tax_id, address, contact, forwarder, refusals)",
    "customer_owner": "concat_ws(chr(31), name, country, born)",
    "order_line": "concat_ws(chr(31), ship_to, bill_to, forwarder)",
}

_NAMES = ("name", "address", "contact")
_CUSTOMER = (
    *_NAMES,
    "trade_name",
    "registration",
    "tax_id",
    "bank_country",
    "forwarder",
    "end_use",
    "refusals",
    "region",
)
_ADDRESSES = ("ship_to", "bill_to", "forwarder")
#: what was written about a customer, by table
_ABOUT = {
    "order_flag": ("words", "evidence", "clears"),
    "order_question": ("text", "asked_by", "answer", "answered_by"),
    "order_decision": ("ground", "person", "second_person"),
    "order_report": ("body", "person"),
}
#: rows that the ledger holds a salted digest of, by the id that names the salt; its source among the payloads
_SEALED = {"order_decision": "decision", "order_question": "question", "order_report": "report"}
_WORK = "order-work"


def forget_orders(store: Store, gone: pa.Table) -> None:
    """Take away what order tables say of erased records; `gone` has (source, record_id) of customers and orders.

    A record is a customer where the customer file holds it, and an order where an order has its number.
    """
    same = "EXISTS (SELECT 1 FROM gone g WHERE g.source = t.source AND g.record_id = t.record_id)"
    customers = store.query(f"SELECT DISTINCT record_id AS customer_id FROM customer t WHERE {same}", gone=gone)
    store.execute(f"DELETE FROM customer_owner t WHERE {same}", gone=gone)
    store.execute(f"UPDATE customer_licence t SET number = NULL WHERE {same}", gone=gone)
    store.execute(f"UPDATE customer t SET {_emptied(_CUSTOMER)} WHERE {same}", gone=gone)
    theirs = "t.customer_id IN (SELECT customer_id FROM customers)"
    store.execute(
        f"UPDATE order_line t SET {_emptied(_ADDRESSES)} WHERE {same} OR {theirs}", gone=gone, customers=customers
    )
    if customers.num_rows:
        for table, columns in _ABOUT.items():
            store.execute(f"UPDATE {table} t SET {_emptied(columns)} WHERE {theirs}", customers=customers)
        _forget_salts(store, theirs, customers)


def _forget_salts(store: Store, theirs: str, customers: pa.Table) -> None:
    """Take away the salts of what was decided, asked and reported: the ledger's digests then tell nobody anything."""
    for table, name in _SEALED.items():
        store.execute(
            f"UPDATE payload p SET salt = NULL WHERE p.source = '{_WORK}'"
            f" AND split_part(p.record_id, '/', 1) IN (SELECT {name} FROM {table} t WHERE {theirs})",
            customers=customers,
        )


def _emptied(columns: tuple[str, ...]) -> str:
    """Return the SET clause: what said something says that it was erased; what was empty stays so."""
    return ", ".join(f"{c} = CASE WHEN {c} IS NOT NULL THEN '{_ERASED}' END" for c in columns)
