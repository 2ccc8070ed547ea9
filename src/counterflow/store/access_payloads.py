"""What the tables of access say of the people who work here, and how it is erased.

A person is erased by their id, a request or an override by its own, all under source `access`. The name, the password
and the place where they sign in go, and the grounds they wrote for it; ids, acts, days and reads stay, so that what was
decided and read still adds up. An account whose name is gone opens nothing.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.store.repository import Store

__all__ = ["ACCESS_UNDER", "forget_access"]

#: source under which the salts of access stand among the payloads
ACCESS_UNDER = "access"
_ERASED = "[erased]"


def forget_access(store: Store, gone: pa.Table) -> None:
    """Take away names, passwords and words of erased people, requests and overrides; `gone` has (source, record_id)."""
    ids = f"SELECT record_id FROM gone WHERE source = '{ACCESS_UNDER}'"
    store.execute(
        f"UPDATE access_person SET name = '{_ERASED} ' || person, secret = NULL, issuer = NULL, subject = NULL,"
        f" state = 'closed' WHERE person IN ({ids})",
        gone=gone,
    )
    store.execute(f"UPDATE access_token SET label = '{_ERASED}' WHERE person IN ({ids})", gone=gone)
    for table, key in (("access_request", "asked_by"), ("access_request_act", '"by"'), ("access_override", '"by"')):
        store.execute(
            f"UPDATE {table} SET ground = '{_ERASED}' WHERE {key} IN ({ids}) OR request IN ({ids})", gone=gone
        )
    store.execute(f"UPDATE access_request SET payload = '{{}}' WHERE request IN ({ids})", gone=gone)
