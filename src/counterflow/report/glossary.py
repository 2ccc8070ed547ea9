"""The field's words as this house uses them: one term per idea, for hovers in the console and a page of the docs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

__all__ = ["anchor", "terms"]


@cache
def terms() -> Mapping[str, str]:
    """Return each term with what it means, in alphabetical order."""
    text = (resources.files("counterflow.report") / "glossary.toml").read_text("utf-8")
    return dict(sorted(tomllib.loads(text).items(), key=lambda row: row[0].casefold()))


def anchor(term: str) -> str:
    """Return the place of a term on the page of the glossary.

    >>> anchor("HS code")
    'hs-code'
    """
    return term.lower().replace(" ", "-")
