"""A campaign as its author writes it: a TOML file with days, places, resources, and the effect expected of it.

campaign = "resins-2026-spring"
title = "Cheap resins by post"
starts = 2026-04-06
ends = 2026-05-03
offices = ["A"]                # "*" for all
lanes = ["mail"]
rules = ["R-1"]                # may be left out
focus = "Resins declared below the price of their freight"

[[resources]]                  # minutes of one day, on each day of the campaign
office = "A"
lane = "mail"
resource = "dog"
minutes = 240
service_minutes = 4
detection_rate = 0.8

[[expected]]                   # finds in all its lanes over all its days
harm_class = "drug"
low = 3
high = 9
level = 0.8
method = "finds of the random arm in March, times the minutes that come on top"
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counterflow.core.errors import InputError, UnknownName

__all__ = ["Campaign", "Expected", "Pool", "read_campaign"]

LONGEST_CAMPAIGN = dt.timedelta(days=366)
_KEYS = (
    "campaign",
    "title",
    "starts",
    "ends",
    "offices",
    "lanes",
    "direction",
    "rules",
    "focus",
    "resources",
    "expected",
)
_POOL = ("office", "lane", "resource", "minutes", "service_minutes", "detection_rate")
_EXPECTED = ("harm_class", "low", "high", "level", "method")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ANY = "*"


@dataclass(frozen=True, slots=True)
class Pool:
    """Extra minutes of one resource on each day of a campaign."""

    office: str
    lane: str
    resource: str
    minutes: float
    service_minutes: float
    detection_rate: float


@dataclass(frozen=True, slots=True)
class Expected:
    """Finds of one class expected over the whole campaign: from `low` to `high`, with this confidence."""

    harm_class: str
    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it was written; `toml` is the file's own text, which the digest is over."""

    campaign: str
    title: str
    starts: dt.date
    ends: dt.date
    offices: tuple[str, ...]
    lanes: tuple[str, ...]
    direction: str
    rules: tuple[str, ...]
    focus: str
    resources: tuple[Pool, ...]
    expected: tuple[Expected, ...]
    toml: str

    @property
    def days(self) -> int:
        """Return how many days it lasts."""
        return (self.ends - self.starts).days + 1

    def sha256(self) -> str:
        """Return the SHA-256 of the text as it was written, its line ends apart."""
        return hashlib.sha256(self.toml.encode()).hexdigest()

    def pools(self) -> list[dict[str, Any]]:
        """Return its resources as rows of a capacity file, one for each day."""
        days = [self.starts + dt.timedelta(days=i) for i in range(self.days)]
        return [
            {"office": p.office, "lane": p.lane, "day": day, "resource": p.resource, "minutes": p.minutes,
             "service_minutes": p.service_minutes, "detection_rate": p.detection_rate}
            for p in self.resources for day in days
        ]  # fmt: skip


def read_campaign(file: Path, classes: Sequence[str]) -> Campaign:
    """Read a campaign from a TOML file.

    Args:
        file: the file.
        classes: harm classes there are.

    Raises:
        InputError: the file cannot be read, a key is missing, unknown or of another type, or things do not go together.
    """
    try:
        text = file.read_text("utf-8").replace("\r\n", "\n")
        return campaign_of(text, classes)
    except UnicodeDecodeError as error:
        raise InputError(f"This is no UTF-8 text: {error.reason}.", file=file, hint="Save it as UTF-8.") from error
    except InputError as error:
        error.file = str(file)
        raise


def campaign_of(text: str, classes: Sequence[str] | None = None) -> Campaign:
    """Read a campaign from its text; classes are not checked where None.

    Raises:
        InputError: as `read_campaign`.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"This is not TOML: {error}.", hint="Mend the line it names.") from error
    _only(tree, _KEYS, "key of a campaign")
    name = _text(tree, "campaign")
    if not _ID.fullmatch(name):
        hint = "Use 1 to 64 letters, digits, dots, dashes or underscores."
        raise InputError("An id of a campaign is short.", column="campaign", value=name, hint=hint)
    direction = tree.get("direction", "")
    if direction not in {"", "inbound", "outbound"}:
        raise UnknownName("direction", str(direction), ("inbound", "outbound"))
    made = Campaign(
        name, _text(tree, "title"), _date(tree, "starts"), _date(tree, "ends"), _texts(tree, "offices"),
        _texts(tree, "lanes"), direction, _texts(tree, "rules", empty=True), _text(tree, "focus"),
        tuple(_pool(row, i) for i, row in enumerate(_tables(tree, "resources"), 1)),
        tuple(_expected(row, i, classes) for i, row in enumerate(_tables(tree, "expected"), 1)), text,
    )  # fmt: skip
    _fits(made)
    return made


def _fits(made: Campaign) -> None:
    if made.ends < made.starts:
        raise InputError("A campaign ends before it starts.", column="ends", value=made.ends, hint="Swap the days.")
    if made.ends - made.starts > LONGEST_CAMPAIGN:
        hint = "What lasts longer is ordinary capacity: write it into the capacity file."
        raise InputError("A campaign lasts a year at most.", column="ends", value=made.ends, hint=hint)
    if not made.expected:
        hint = "Write [[expected]] with harm_class, low, high, level and method."
        raise InputError("A campaign that expects nothing cannot be judged.", column="expected", hint=hint)
    if not made.resources and not made.rules:
        hint = "Name extra [[resources]] or rules."
        raise InputError("Nothing goes into this campaign.", column="resources", hint=hint)
    named = [one.harm_class for one in made.expected]
    if len(set(named)) < len(named):
        raise InputError("A class is expected twice.", column="expected", value=named[-1], hint="Say it once.")


def _only(tree: Mapping[str, object], known: Sequence[str], what: str) -> None:
    for name in tree:
        if name not in known:
            raise UnknownName(what, name, known)


def _text(tree: Mapping[str, object], name: str, where: str = "") -> str:
    value = tree.get(name)
    if not isinstance(value, str) or not value.strip():
        hint = f'Write {name} = "…".'
        raise InputError("A campaign needs this, in words.", column=where + name, value=value, hint=hint)
    return " ".join(value.split())


def _texts(tree: Mapping[str, object], name: str, *, empty: bool = False) -> tuple[str, ...]:
    value = tree.get(name, [] if empty else None)
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value) or not (value or empty):
        hint = f'Write {name} = ["a", "b"], or ["*"] for all.'
        raise InputError("A campaign needs a list of names here.", column=name, value=value, hint=hint)
    return tuple(dict.fromkeys(v.strip() for v in value))


def _date(tree: Mapping[str, object], name: str) -> dt.date:
    value = tree.get(name)
    if type(value) is not dt.date:
        hint = f"Write it without quotes, as {name} = 2026-04-01."
        raise InputError("A campaign needs this date.", column=name, value=value, hint=hint)
    return value


def _tables(tree: Mapping[str, object], name: str) -> list[dict[str, object]]:
    value = tree.get(name, [])
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise InputError("This is a list of tables.", column=name, hint=f"Write [[{name}]] above each.")
    return value


def _number(tree: Mapping[str, object], name: str, where: str, low: float, high: float) -> float:
    value = tree.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        hint = f"Write a number from {low:g} to {high:g}."
        raise InputError("A campaign needs this number.", column=where + name, value=value, hint=hint)
    return float(value)


def _pool(row: Mapping[str, object], number: int) -> Pool:
    _only(row, _POOL, "key of a resource")
    where = f"resources[{number}]."
    return Pool(
        str(row.get("office", _ANY)), str(row.get("lane", _ANY)), _text(row, "resource", where),
        _number(row, "minutes", where, 0, 1e6), _number(row, "service_minutes", where, 0.01, 1e5),
        _number(row, "detection_rate", where, 0, 1),
    )  # fmt: skip


def _expected(row: Mapping[str, object], number: int, classes: Sequence[str] | None) -> Expected:
    _only(row, _EXPECTED, "key of what is expected")
    where = f"expected[{number}]."
    harm = _text(row, "harm_class", where)
    if classes is not None and harm not in classes:
        raise UnknownName("harm class", harm, classes)
    low, high = _number(row, "low", where, 0, 1e9), _number(row, "high", where, 0, 1e9)
    if low > high:
        raise InputError("Fewer finds than the least are expected.", column=where + "high", value=high, hint="Swap.")
    level = _number(row, "level", where, 0.5, 0.999)
    return Expected(harm, low, high, level, _text(row, "method", where))
