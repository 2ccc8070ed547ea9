"""What rules and campaigns say in words, and how it is erased: grounds and names go, what was asked and when stays.

The text of a rule names goods, routes and numbers, never a person, and stays: what acted on people must remain open to
review. A rule is erased by the id of one of its versions (R-1/1), a campaign and a version of the severities by its
own, under source `target-rule`.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.store.repository import Store

__all__ = ["RULES_UNDER", "forget_rules"]

#: source under which the salts of rules and campaigns stand among the payloads
RULES_UNDER = "target-rule"
_ERASED = "[erased]"


def forget_rules(store: Store, gone: pa.Table) -> None:
    """Take away the grounds and names of erased rules and campaigns; `gone` has (source, record_id).

    The salts of their acts go too: an act's record id is the rule's or campaign's, then a slash.
    """
    ids = f"SELECT split_part(record_id, '/', 1) FROM gone WHERE source = '{RULES_UNDER}'"
    for table, column in (("target_rule", "rule"), ("target_rule_act", "rule")):
        store.execute(
            f"UPDATE {table} SET ground = '{_ERASED}', person = '{_ERASED}' WHERE {column} IN ({ids})", gone=gone
        )
    store.execute(f"UPDATE target_rule_test SET person = '{_ERASED}' WHERE rule IN ({ids})", gone=gone)
    store.execute(
        f"UPDATE campaign SET title = '{_ERASED}', person = '{_ERASED}', body = '{{}}' WHERE campaign IN ({ids})",
        gone=gone,
    )
    store.execute(
        f"UPDATE campaign_act SET ground = '{_ERASED}', person = '{_ERASED}' WHERE campaign IN ({ids})", gone=gone
    )
    store.execute(
        f"UPDATE severity_version SET ground = '{_ERASED}', proposed_by = '{_ERASED}' WHERE version IN ({ids})",
        gone=gone,
    )
    store.execute(
        f"UPDATE severity_act SET ground = '{_ERASED}', person = '{_ERASED}' WHERE version IN ({ids})", gone=gone
    )
    store.execute(
        f"UPDATE payload SET salt = NULL WHERE source = '{RULES_UNDER}' AND split_part(record_id, '/', 1) IN ({ids})",
        gone=gone,
    )
