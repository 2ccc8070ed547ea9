"""Subheadings of the Harmonized System 2022 whose own words name listed substances only.

Who declares 2933.34 says "fentanyls" without writing the word. Subheadings such as 2933.39 ("other") hold listed
substances beside many others and are not here.

>>> own_subheadings()["293336"]
'4-anilino-N-phenethylpiperidine'
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from counterflow.reference.csv_files import read_rows

__all__ = ["own_subheadings"]


@cache
def own_subheadings() -> Mapping[str, str]:
    """Return six digits to what the subheading names, in short."""
    return {row["hs"]: row["words"] for row in read_rows("substances", "own_subheadings.csv")}
