"""Mappings: a TOML file that says which column of a source's file feeds which field of the house, and how it is read.

`docs/how-to/write-a-mapping.md` builds one; `counterflow intake map FILE` proposes one.
"""

from __future__ import annotations

from counterflow.intake.mapping.model import FieldRule, Mapping
from counterflow.intake.mapping.parse import parse_mapping
from counterflow.intake.mapping.shipped import find_mapping, shipped_names

__all__ = ["FieldRule", "Mapping", "find_mapping", "parse_mapping", "shipped_names"]
