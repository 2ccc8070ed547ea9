"""The alert to the health side: area, period and substance class, so that kits and outreach move first; nothing else.

An alert is built from a closed set of values and never from the words of an action: places that watch knows, calendar
months, a class out of `CLASSES`, and a sentence that is the same for all. Its id is random. Three things keep it from
pointing at a target. The period is whole months, from the month of the first day to that of three weeks after the last.
The area must hold at least `LEAST_TARGETS` targets that the action could be aimed at as far as a reader may know; where
it holds fewer, the alert speaks of the next coarser place that holds enough, or is refused. And the class of substance
stays `all` unless the sender asks for it to be told: who knows where each class comes from learns from it (measured in
benchmarks/bench_account_alerts.py). Precursors are never told: nobody takes them, and they point at freight.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counterflow.account.actions.terms import ALERT_TAIL, CLASSES, LEAST_TARGETS, TOLD_CLASSES
from counterflow.core.errors import InputError
from counterflow.store.ledger import canonical_bytes

__all__ = ["KEYS", "SCHEMA", "Alert", "Place", "check_alert", "coarse_enough", "make_alert"]

SCHEMA, SCHEMA_VERSION = "counterflow.health-alert", "1"
KEYS = ("schema", "schema_version", "alert", "area", "level", "period", "substance_class", "words")
LEVELS = ("county", "state", "region", "nation")
_WORDS = (
    "The supply of drugs may change in this area in these months. Overdoses can rise after a change of supply (an"
    " association seen elsewhere, not a forecast). Please see that naloxone and test kits are at hand and that outreach"
    " knows; say what you see."
)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_ALERT_ID = re.compile(r"H-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Place:
    """A place that an alert may speak of, and how many possible targets it holds."""

    name: str
    level: str
    targets: int | None


@dataclass(frozen=True, slots=True)
class Alert:
    """What the health side is told, and nothing else."""

    alert: str
    area: str
    level: str
    months: tuple[str, str]
    substance_class: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, by its closed schema."""
        return {
            "schema": SCHEMA, "schema_version": SCHEMA_VERSION, "alert": self.alert, "area": self.area,
            "level": self.level, "period": {"from": self.months[0], "to": self.months[1]},
            "substance_class": self.substance_class, "words": _WORDS,
        }  # fmt: skip

    def digest(self) -> str:
        """Return the SHA-256 of its canonical JSON."""
        return hashlib.sha256(canonical_bytes(self.as_dict())).hexdigest()

    def days(self) -> tuple[dt.date, dt.date]:
        """Return first and last day of its months."""
        first = dt.date.fromisoformat(f"{self.months[0]}-01")
        last = dt.date.fromisoformat(f"{self.months[1]}-28") + dt.timedelta(days=4)
        return first, last - dt.timedelta(days=last.day)


def make_alert(place: Place, starts: dt.date, ends: dt.date, substance_class: str) -> Alert:
    """Return the alert of an action that runs from one day to another."""
    if substance_class not in CLASSES:
        raise ValueError(f"no class of substance: {substance_class}")
    months = (f"{starts:%Y-%m}", f"{ends + ALERT_TAIL:%Y-%m}")
    told = substance_class if substance_class in TOLD_CLASSES else "all"
    return Alert(f"H-{secrets.token_hex(6)}", place.name, place.level, months, told)


def coarse_enough(places: Sequence[Place], least: int = LEAST_TARGETS) -> Place:
    """Return the first place, from the finest on, that is a county or coarser and holds enough possible targets.

    Raises:
        InputError: none does, or nobody said how many there are.
    """
    coarse = [place for place in places if place.level in LEVELS]
    told = [place for place in coarse if place.targets is not None]
    for place in told:
        if place.targets is not None and place.targets >= least:
            return place
    names = ", ".join(place.name for place in coarse) or "none is known: watch places FILE names them"
    hint = (
        f"Say in the action how many targets it could be aimed at, as far as a reader may know: possible_targets ="
        f" {{PLACE = NUMBER}}, for one of: {names}; at least {least}."
    )
    why = (
        "No place around holds enough possible targets: an alert would point at one."
        if told
        else ("Nobody said how many possible targets there are.")
    )
    raise InputError(why, column="possible_targets", hint=hint)


def check_alert(told: Mapping[str, Any]) -> None:
    """Raise InputError unless this is an alert with the keys of the schema and no other, and no free word in them."""
    fixed = {"schema": SCHEMA, "schema_version": SCHEMA_VERSION, "words": _WORDS}
    period = told.get("period")
    right = (
        tuple(told) == KEYS or set(told) == set(KEYS),
        all(told.get(name) == value for name, value in fixed.items()),
        isinstance(period, Mapping) and set(period) == {"from", "to"}
        and all(_MONTH.fullmatch(str(month)) for month in period.values()),
        told.get("level") in LEVELS and told.get("substance_class") in TOLD_CLASSES,
        bool(_ALERT_ID.fullmatch(str(told.get("alert")))),
    )  # fmt: skip
    if not all(right):
        hint = f"An alert has {', '.join(KEYS)}, and says nothing in free words."
        raise InputError("This is no alert to the health side.", hint=hint)
