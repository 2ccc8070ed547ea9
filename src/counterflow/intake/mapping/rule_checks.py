"""What a rule of a mapping may ask for: readings, units, marks, codes, zones and date formats that go together."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable
from typing import get_args

from counterflow.core.errors import ConfigError, nearest
from counterflow.core.units import KILOGRAMS_PER
from counterflow.intake.mapping.model import FieldRule, OnInvalid
from counterflow.intake.mapping.targets import allowed_kinds

__all__ = ["Wrong", "check_rule"]

#: makes an error of a message, the table of the mapping, the key in it, and a hint
Wrong = Callable[..., ConfigError]


def check_rule(rule: FieldRule, wrong: Wrong, table: str) -> None:
    """Raise what `wrong` makes of it where a rule asks for something that cannot be done."""
    if rule.kind not in allowed_kinds(rule.target, rule.table):
        hint = f"It can be: {', '.join(allowed_kinds(rule.target, rule.table))}."
        raise wrong(f"{rule.target} cannot be read as {rule.kind!r}.", table, "parse", hint)
    if rule.on_invalid not in get_args(OnInvalid):
        raise wrong(f"on_invalid is reject, blank or keep, not {rule.on_invalid!r}.", table, "on_invalid")
    if rule.on_invalid == "keep" and rule.target != "item_id":
        raise wrong("only item_id can keep what is invalid.", table, "on_invalid", 'Use "blank" or "reject".')
    percent = rule.kind == "share" and rule.unit == "%"
    if rule.unit.casefold() not in KILOGRAMS_PER and not percent:
        raise wrong(
            f"{rule.unit!r} is no unit of mass.",
            table,
            "unit",
            f"Known: {', '.join(nearest(rule.unit, KILOGRAMS_PER) or sorted(KILOGRAMS_PER))}.",
        )
    if rule.decimal not in {".", ","} or rule.thousands == rule.decimal:
        raise wrong('decimal is "." or ",", and differs from thousands.', table, "decimal")
    if not all(isinstance(v, str) for v in rule.codes.values()):
        raise wrong("codes are texts on both sides.", table, "codes")
    try:
        zoneinfo.ZoneInfo(rule.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise wrong(f"there is no time zone {rule.timezone!r}.", table, "timezone") from None
    _check_formats(rule, wrong, table)


def _check_formats(rule: FieldRule, wrong: Wrong, table: str) -> None:
    """Refuse formats under which one text could be two days: 03/04 is in March or in April."""
    probe = dt.datetime(2021, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
    for form in rule.formats:
        if "%" not in form:
            raise wrong(f"{form!r} is no date format.", table, "format", 'For example "%d/%m/%Y".')
        for other in rule.formats:
            try:
                read = dt.datetime.strptime(probe.strftime(form), other)  # noqa: DTZ007 - only days are compared
            except ValueError:
                if form != other:
                    continue
                hint = 'For example "%d/%m/%Y".'
                raise wrong(f"{form!r} is no date format.", table, "format", hint) from None
            if read.date() != probe.date() and form != other:
                raise wrong(
                    f"{form!r} and {other!r} read one text as two different days.",
                    table,
                    "format",
                    "Keep the one that the source uses; rows of the other go to quarantine.",
                )
