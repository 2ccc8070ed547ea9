"""Files that people put beside a record: a photograph of a parcel, a laboratory's sheet.

The bytes lie in the workspace's folder `files/` under a random name; what they are called, by whom and why stands here
and can be erased. The ledger holds ids and a salted digest.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, KEY, KEY_REQUIRED, table_of

__all__ = ["RECORD_FILE"]

#: One file beside one record.
RECORD_FILE = table_of(
    ("file", pa.string(), "id: F- and 24 hexadecimal digits"),
    *KEY,
    ("name", pa.string(), "what it was called when it came, without folders"),
    ("kind", pa.string(), "image/png | image/jpeg | application/pdf | text/csv | text/plain, by content and by name"),
    ("size", pa.int64(), "bytes"),
    ("words", pa.string(), "what it shows, in words; empty where nothing was said"),
    ("person", pa.string(), "who added it"),
    ("added_at", INSTANT, "when"),
    ("sha256", pa.string(), "SHA-256 of the bytes, hex; empty once erased"),
    ("stored", pa.string(), "name of its bytes in `files/`; empty once they were deleted"),
    ("taken_back_at", INSTANT, "when its person took it back; empty while it stands"),
    ("ground", pa.string(), "why it was taken back"),
    ("ledger_seq", pa.int64(), "ledger entry that holds the adding"),
    ("taken_back_seq", pa.int64(), "ledger entry that holds the taking back"),
    required=("file", *KEY_REQUIRED, "name", "kind", "size", "words", "person", "added_at", "sha256", "stored"),
)
