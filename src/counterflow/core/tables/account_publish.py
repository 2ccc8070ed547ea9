"""What was published of a table, so that the next release of it withholds what the last one did."""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = ["PUBLICATION"]

#: A release as it went out: what everybody has, nothing more.
PUBLICATION = table_of(
    ("name", pa.string(), "what the table is published as"),
    ("version", pa.int64(), "1, 2, …"),
    ("content", pa.string(), "the CSV as it went out, withheld cells marked"),
    ("sha256", pa.string(), "digest of `content`, which the ledger holds"),
    ("primary_cells", pa.int64(), "cells withheld for what they are"),
    ("complementary_cells", pa.int64(), "cells withheld so that no sum gives those away"),
    ("sealed_seq", pa.int64(), "ledger entry"),
    ("released_at", INSTANT, "when"),
    required=("name", "version", "content", "sha256", "released_at"),
)
