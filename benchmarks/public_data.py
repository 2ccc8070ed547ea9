"""The public third-party data that benchmarks read: their folder, and their compressed tables."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path

SHARED_DATA = Path(os.environ.get("COUNTERFLOW_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a gzip CSV."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
