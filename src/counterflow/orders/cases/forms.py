"""The forms that authorities ask for, as fields of a draft, with how each was read."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from counterflow.core.errors import UnknownName

__all__ = ["Form", "form", "forms"]


@dataclass(frozen=True, slots=True)
class Form:
    """One report: who asks for it, under which law, how soon, and which fields it has.

    Args:
        id: short name.
        kind: suspicious-order or disappearance.
        jurisdiction: whose law.
        authority: who receives it.
        citation: the law that asks for it.
        days: days that the law gives from when it is known.
        days_words: the same in the law's words.
        read: text, or recalled where the text was not at hand.
        not_read: what was not read; empty where all was.
        fields: name, label and, where the workspace may know it, `from`.
    """

    id: str
    kind: str
    jurisdiction: str
    authority: str
    citation: str
    days: int
    days_words: str
    read: str
    not_read: str
    fields: tuple[Mapping[str, str], ...]

    def due(self, known: dt.date) -> dt.date:
        """Return the last day for it, where it became known on `known`."""
        return known + dt.timedelta(days=self.days)

    def filled(self, facts: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
        """Return the draft: each field with its value and where that came from; what is missing is named.

        Args:
            facts: what the workspace knows, by the names that `from` uses.
            given: what a person wrote, by field name; stands before what is known.

        Raises:
            UnknownName: a field was given that the form does not have.
        """
        names = [field["name"] for field in self.fields]
        for name in given:
            if name not in names:
                raise UnknownName(f"field of {self.id}", name, names)
        rows = [_field(field, facts, given) for field in self.fields]
        return {
            "form": self.id, "fields": rows, "missing": [row["label"] for row in rows if not row["value"]],
            "within": self.days_words, "read": self.read, "not_read": self.not_read,
        }  # fmt: skip


def _field(field: Mapping[str, str], facts: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    name, known = field["name"], facts.get(field.get("from", ""))
    if given.get(name):
        value, source = given[name], "as written by the person"
    elif known not in (None, ""):
        value, source = str(known), f"from the workspace ({field['from']})"
    else:
        value, source = "", "to fill in"
    return {"name": name, "label": field["label"], "value": value, "source": source}


@cache
def forms() -> dict[str, Form]:
    """Return the forms by id."""
    text = (resources.files("counterflow.orders.cases") / "forms.toml").read_text("utf-8")
    rows = tomllib.loads(text)["form"]
    return {row["id"]: Form(**{**row, "fields": tuple(row["fields"])}) for row in rows}


def form(name: str) -> Form:
    """Return the form called `name`; raises UnknownName with the near ones."""
    if name not in forms():
        raise UnknownName("form", name, forms())
    return forms()[name]
