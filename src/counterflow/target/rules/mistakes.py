"""The error of a rule that cannot be used: where in its text, which value, what to write instead."""

from __future__ import annotations

from counterflow.core.errors import InputError
from counterflow.target.rules.conditions import Place

__all__ = ["RuleError"]


class RuleError(InputError):
    """A rule that cannot be used: names line, column, value and what to write instead."""

    code = "rule"

    def __init__(self, message: str, place: Place, *, value: object = None, hint: str = "") -> None:
        super().__init__(message, hint=hint, line=place.line, column=str(place.column), value=value)
