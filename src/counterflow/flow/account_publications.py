"""Releases of one table over time: the next is held to what the last showed and withheld; each is in the ledger."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.account.given import rows_of
from counterflow.account.publish import Ask, Release, release
from counterflow.account.publish.sheet import Sheet, sheet_of
from counterflow.core.errors import UsageError
from counterflow.core.tables import PUBLICATION

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["publish_as"]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def publish_as(workspace: Workspace, name: str, sheet: Sheet, ask: Ask) -> tuple[Release, int]:
    """Return a release consistent with the last one of that name, and its version; the same content is no new version.

    The ledger holds the digest of what went out and how many cells were withheld, no count.

    Raises:
        UsageError: the name is none.
        InputError: the table cannot be read, or not be protected beside what was shown before.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name to publish as.", hint="Small letters, digits and hyphens.")
    question = "SELECT * FROM publication WHERE name = ? ORDER BY version DESC LIMIT 1"
    known: list[dict[str, Any]] = workspace.store.rows(question, [name])
    earlier = sheet_of(rows_of(str(known[0]["content"]).encode(), Path(f"{name}.csv"))) if known else None
    made = release(sheet, ask, earlier)
    content = _csv(made)
    digest = hashlib.sha256(content.encode()).hexdigest()
    if known and known[0]["sha256"] == digest:
        return made, int(known[0]["version"])
    version = int(known[0]["version"]) + 1 if known else 1
    counts = made.counts()
    body = {"name": name, "version": version, "sha256": digest, "cells": counts["cells"],
            "primary": counts["primary"], "complementary": counts["complementary"]}  # fmt: skip
    entry = workspace.ledger.append("publication", body, key=f"publication:{name}:{version}")
    row = {
        "name": name, "version": version, "content": content, "sha256": digest, "primary_cells": counts["primary"],
        "complementary_cells": counts["complementary"], "sealed_seq": entry.seq, "released_at": entry.time,
    }  # fmt: skip
    workspace.store.append("publication", pa.Table.from_pylist([row], schema=PUBLICATION))
    return made, version


def _csv(made: Release) -> str:
    rows = made.rows()
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
