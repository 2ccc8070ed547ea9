"""What became of earlier records with the same key: the same sender, the same party, the same place.

For a person to read: a past that holds ten clean inspections speaks for whoever it is about. No rank is made of these
figures; those that a rank rests on decay and stand with the plan's reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["pasts_of"]

_NAME = r"lower(regexp_replace(trim(p.name), '\s+', ' ', 'g'))"
_COUNTED = """
    SELECT count(*) AS records, count(o.state) FILTER (WHERE o.state = 'inspected') AS inspected,
           count(*) FILTER (WHERE o.confirmation = 'confirmed') AS confirmed,
           count(*) FILTER (WHERE o.confirmation = 'refuted') AS refuted,
           count(*) FILTER (WHERE o.state = 'inspected' AND o.confirmation = 'none') AS clean,
           min(c.declared_on) AS first, max(c.declared_on) AS last
    FROM ({keys}) k JOIN consignment c ON c.source = k.source AND c.record_id = k.record_id
    LEFT JOIN (SELECT source, record_id, state, confirmation FROM outcome QUALIFY row_number() OVER (
        PARTITION BY source, record_id ORDER BY time DESC, recorded_at DESC, ledger_seq DESC) = 1) o
        ON o.source = c.source AND o.record_id = c.record_id
    WHERE c.declared_on <= ? AND NOT (c.source = ? AND c.record_id = ?)
"""
_BY_COLUMN = 'SELECT source, record_id FROM consignment WHERE "{column}" = ?'
_BY_NAME = f"SELECT DISTINCT p.source, p.record_id FROM party p WHERE p.role = ? AND {_NAME} = ?"
_BY_IDENTIFIER = "SELECT DISTINCT p.source, p.record_id FROM party p WHERE p.role = ? AND p.identifier = ?"


def pasts_of(store: Store, record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row per key of the record: `key`, `value`, `records` before it, and what became of them.

    Args:
        store: the tables.
        record: a row of `consignment`.

    Returns:
        `inspected`, `confirmed`, `refuted`, `clean` (inspected, nothing found), `first` and `last` day declared.
        Records declared later do not count, nor does the record itself.
    """
    end = [record["declared_on"], record["source"], record["record_id"]]
    rows = []
    if record["sender"]:
        keys = _BY_COLUMN.format(column="sender")
        found = store.rows(_COUNTED.format(keys=keys), [record["sender"], *end])[0]
        rows.append({"key": "sender", "value": record["sender"], "role": "", **found})
    parties = store.rows(
        f"SELECT p.role, p.name, p.identifier, {_NAME} AS plain FROM party p"
        " WHERE p.source = ? AND p.record_id = ? ORDER BY p.role",
        [record["source"], record["record_id"]],
    )
    for party in parties:
        for key, keys, value in (
            ("name", _BY_NAME, party["plain"]),
            ("identifier", _BY_IDENTIFIER, party["identifier"]),
        ):
            if value:
                found = store.rows(_COUNTED.format(keys=keys), [party["role"], value, *end])[0]
                shown = party["name"] if key == "name" else value
                rows.append({"key": f"{party['role']} {key}", "value": shown, "role": party["role"], **found})
    return rows
