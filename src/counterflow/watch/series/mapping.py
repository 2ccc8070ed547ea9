"""How a file of counts is written: its form, what its columns mean, and what stands for all of its rows.

A mapping is a TOML file. `form` is counts, events, triangle or line-list; `[columns]` says what each thing is called;
what has no column is said once (`place = "Cook"`). Names of forms can be used alone where a file uses our own names.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from counterflow.core.errors import ConfigError, InputError, UnknownName, nearest
from counterflow.watch.series.periods import WEEKS

__all__ = ["FORMS", "CountMapping", "checked", "mapping_of", "read_mapping"]

#: what each form needs (each with the names it is taken from where no mapping says), then what it can have
FORMS: dict[str, tuple[dict[str, tuple[str, ...]], tuple[str, ...]]] = {
    "counts": (
        {"period": ("period", "starts", "date", "week", "month", "day", "quarter", "year"),
         "count": ("count", "y", "n")},
        ("year", "ends", "place", "level", "subject", "measure", "source", "definition", "as_of", "looked_for",
         "suppressed", "complete", "predicted", "within", "basis"),
    ),
    "events": (
        {"date": ("date", "event_date", "incident_date", "date_of_death", "starts")},
        ("place", "subject", "measure", "level", "within", "basis"),
    ),
    "triangle": (
        {"reference": ("reference_date", "reference", "event_date", "week", "date"), "count": ("count", "n", "events")},
        ("report", "delay", "place", "level", "subject", "measure", "within"),
    ),
    "line-list": (
        {"reference": ("event_date", "reference_date", "onset", "date"),
         "report": ("report_date", "reported", "report")},
        ("place", "level", "subject", "measure", "within"),
    ),
}  # fmt: skip
_OPTIONAL_NAMES = {
    "report": ("report_date", "report", "reported_week"),
    "delay": ("delay",),
    "place": ("place", "area", "county", "location", "series"),
}
_GRAINS = ("day", "week", "month", "quarter", "year", "12-months")
_DAYS = ("as_of", "covers_from", "covers_to")


@dataclass(frozen=True)
class CountMapping:
    """What a mapping says.

    Args:
        form: one of `FORMS`.
        source, place, level, measure, subject, definition: what stands for every row that has no column for it.
        grain: how long the periods are; for events, what they are counted by; "" where the file shows it.
        week: iso or mmwr.
        as_of: day as of which the file stood.
        covers_from, covers_to: days from and to which an event file is whole.
        date_format: how days are written, as strptime has it; ISO where empty.
        empty: what an empty count is: unknown, zero or suppressed.
        wide: "" or what the columns of counts are: subject or place.
        within_level: level of the places named by the column `within`.
        cumulative: counts of a triangle are totals known so far, not what came new.
        adds: a triangle or line list brings only what was reported since the file before.
        plain: True where somebody looked and the counts are no running sums.
        columns: what we call it to what the file calls it.
        subjects: the file's name of a subject to ours.
        flags: column of an event file that says yes to the subject it means.
        text: columns of free text in which substances are looked for.
        since: subject to the first day on which it was looked for.
        yes: what means yes in a flag.
        withheld: what stands where a count was withheld, besides anything that begins with <.
    """

    form: str
    source: str = ""
    place: str = "all"
    level: str = "state"
    measure: str = "events"
    subject: str = "all"
    definition: str = "as published"
    grain: str = ""
    week: str = "iso"
    as_of: dt.date | None = None
    covers_from: dt.date | None = None
    covers_to: dt.date | None = None
    date_format: str = ""
    empty: str = "unknown"
    wide: str = ""
    within_level: str = "region"
    cumulative: bool = False
    adds: bool = False
    plain: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    text: tuple[str, ...] = ()
    since: Mapping[str, dt.date] = field(default_factory=dict)
    yes: tuple[str, ...] = ("y", "yes", "true", "1", "x", "t")
    withheld: tuple[str, ...] = ("*", "s", "suppressed", "withheld", "-", "†")

    def named(self, what: str) -> tuple[str, ...]:
        """Return the names that a column can have in the file: the one the mapping gives, else our own."""
        if what in self.columns:
            return (self.columns[what],)
        return FORMS[self.form][0].get(what) or _OPTIONAL_NAMES.get(what, (what,))

    def as_how(self) -> dict[str, object]:
        """Return what makes the same file be read in the same way, as plain data."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def mapping_of(form: str) -> CountMapping:
    """Return the mapping of a file that uses our own names of columns.

    Raises:
        UnknownName: no such form.
    """
    if form not in FORMS:
        raise UnknownName("form", form, FORMS)
    return CountMapping(form)


def read_mapping(path: Path) -> CountMapping:
    """Read a mapping.

    Raises:
        InputError: there is no such file.
        ConfigError: it is no TOML, or holds a key or value that is not known.
    """
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError("There is no such file.", file=path.name, hint="Give a mapping in TOML.") from None
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} cannot be read: {error}.", hint="Mend the TOML.") from error
    form = said.get("form")
    if form not in FORMS:
        raise ConfigError(f"{path.name}: form is {form!r}.", hint=f"One of {', '.join(FORMS)}.")
    return checked(path.name, CountMapping(form), {name: value for name, value in said.items() if name != "form"})


def checked(file: str, made: CountMapping, said: Mapping[str, Any]) -> CountMapping:
    """Return a mapping with what `said` changes of it; `file` is named in messages.

    Raises:
        ConfigError: a key or value that is not known.
    """
    known = {each.name: getattr(made, each.name) for each in fields(made)}
    values: dict[str, Any] = {}
    for name, value in said.items():
        if name not in known or name == "form":
            raise ConfigError(f"{file}: {name!r} is not known.", hint=_instead(name, known))
        values[name] = _typed(file, name, value, known[name])
    needed, more = FORMS[made.form]
    for name in values.get("columns", {}):
        if name not in (*needed, *more):
            raise ConfigError(f"{file}: columns.{name} is not known.", hint=_instead(name, (*needed, *more)))
    made = replace(made, **values)
    if made.adds and (made.form not in ("triangle", "line-list") or made.cumulative):
        raise ConfigError(f"{file}: adds is for triangles and line lists of new reports.", hint="Leave it out.")
    for name, allowed in (("grain", ("", *_GRAINS)), ("week", tuple(WEEKS)), ("wide", ("", "subject", "place")),
                          ("empty", ("unknown", "zero", "suppressed"))):  # fmt: skip
        if getattr(made, name) not in allowed:
            raise ConfigError(f"{file}: {name} is {getattr(made, name)!r}.", hint=f"One of {', '.join(allowed)}.")
    return made


def _instead(name: str, known: Any) -> str:
    close = nearest(name, known, 1)
    return f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."


def _typed(file: str, name: str, value: Any, before: Any) -> Any:
    """Return a value as the mapping keeps it, or refuse one of another kind."""
    if name in _DAYS:
        return _day(file, name, value)
    if name == "since":
        return {str(key): _day(file, f"since.{key}", each) for key, each in dict(value).items()}
    if isinstance(before, tuple):
        each = [value] if isinstance(value, str) else value
        if isinstance(each, list) and all(isinstance(word, str) for word in each):
            return tuple(word.strip() for word in each)
    elif isinstance(before, Mapping):
        if isinstance(value, dict) and all(isinstance(word, str) for word in value.values()):
            return value
    elif isinstance(value, type(before)):
        return value
    raise ConfigError(f"{file}: {name} cannot be {value!r}.", hint="See docs/how-to/load-counts.md.")


def _day(file: str, name: str, value: Any) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise ConfigError(f"{file}: {name} is {value!r}.", hint="Write a day as 2026-03-31.") from None
