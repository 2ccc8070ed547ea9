"""Policy files: which levers are pulled, when, how fast and how far; every fault with its line and the valid range.

name = "kits and places"          # optional

[[lever]]
name = "naloxone_kits"            # `counterflow strategy levers` lists all
start = 2026                      # calendar time: 2026 is the first of January, 2026.5 the first of July
ramp_years = 3                    # from nothing to full strength
strength = 0.5                    # in the lever's own unit, between 0 and its ceiling
stop = 2030                       # optional: runs down again from here, as fast as it came
cost_usd_per_year = 4.0e7         # optional: your own figure at full strength, instead of the register's
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counterflow.core.errors import InputError, UnknownName, nearest
from counterflow.strategy.levers.registry import Lever, lever, levers
from counterflow.strategy.model.layout import DRUGS, LAST_YEAR

__all__ = ["EARLIEST", "Policy", "Pull", "check_together", "checked", "parse_policy", "policy_toml", "read_policy"]

EARLIEST = 2000
_NEEDED = ("name", "start", "ramp_years", "strength")
_MAY = ("stop", "cost_usd_per_year")


@dataclass(frozen=True, slots=True)
class Pull:
    """One lever pulled.

    Args:
        name: the lever's name.
        start: calendar time at which it begins to act.
        ramp_years: years from nothing to full strength.
        strength: full strength, in the lever's unit.
        stop: calendar time at which it runs down again; infinite: it stays.
        cost_usd_per_year: the user's own cost at full strength, or None for the register's.
    """

    name: str
    start: float
    ramp_years: float
    strength: float
    stop: float = math.inf
    cost_usd_per_year: float | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A mix of levers.

    Args:
        name: what people call it.
        pulls: what is pulled; empty: nothing changes.
    """

    name: str
    pulls: tuple[Pull, ...]


def read_policy(path: Path) -> Policy:
    """Read a policy file.

    Raises:
        InputError: it cannot be read, or anything in it that cannot be used, with its line and the valid range.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError("There is no such file.", file=path.name, hint="Give the path of a policy.") from None
    except OSError as error:
        hint = "Give a policy in TOML."
        raise InputError(f"It cannot be read: {error.strerror}.", file=path.name, hint=hint) from error
    return parse_policy(content, path.name)


def parse_policy(content: bytes | str, file: str = "policy") -> Policy:
    r"""Read the text of a policy; see `read_policy`.

    >>> parse_policy('[[lever]]\nname="Nx Kits"\nstart=2022\nramp_years=3\nstrength=0.2').pulls[0].strength
    0.2
    """
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        tree = tomllib.loads(text)
    except UnicodeDecodeError:
        raise InputError("This is not UTF-8.", file=file, hint="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        line = int(place.group(1)) if place else None
        hint = "A lever is [[lever]] with name, start, ramp_years and strength."
        raise InputError(f"This is not TOML: {error}.", file=file, line=line, hint=hint) from None
    for key in tree:
        if key not in ("name", "lever"):
            raise _unknown_key(key, ("name", "lever"), file, _line(text, None, key))
    rows = tree.get("lever", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not rows:
        hint = "Write [[lever]] with name, start, ramp_years and strength; strength 0 changes nothing."
        raise InputError("This policy pulls no lever.", file=file, hint=hint)
    name = tree.get("name", Path(file).stem)
    if not isinstance(name, str):
        raise InputError("A name is text.", file=file, line=_line(text, None, "name"), column="name", value=name)
    pulls = tuple(_pull(row, text, number, file) for number, row in enumerate(rows))
    try:
        check_together(pulls)
    except InputError as error:
        again = max(number for number, pull in enumerate(pulls) if pull.name == error.value)
        raise InputError(error.message, hint=error.hint, file=file, line=_line(text, again, "strength"),
                         column="strength", value=error.value) from None  # fmt: skip
    return Policy(name, pulls)


def checked(pull: Pull) -> Lever:
    """Return the lever of a pull after checking time and strength.

    Raises:
        UnknownName: no such lever.
        InputError: out of range; the column names what, the hint the valid range.
    """
    held = lever(pull.name)
    first = max(EARLIEST, held.earliest)
    whole = f"{held.name}: {held.words}. Unit: {held.unit}."
    if not (first <= pull.start <= LAST_YEAR):
        raise InputError(
            f"{held.name} cannot start then.", column="start", value=pull.start,
            hint=f"Valid: {first} to {LAST_YEAR}; ramps run from the start on, never before it.",
        )  # fmt: skip
    if not 0 < pull.ramp_years <= 30:
        hint = f"Valid: more than 0, at most 30 years; usual {held.ramp_years:g}."
        raise InputError("A ramp takes time.", column="ramp_years", value=pull.ramp_years, hint=hint)
    if not held.least <= pull.strength <= held.most:
        hint = f"Valid: {held.least:g} to {held.most:g}. {whole}"
        raise InputError("This strength is out of range.", column="strength", value=pull.strength, hint=hint)
    if not pull.stop > pull.start:
        hint = f"Valid: after the start, {pull.start:g}; or leave it out."
        raise InputError("It stops before it starts.", column="stop", value=pull.stop, hint=hint)
    if pull.cost_usd_per_year is not None and not 0 <= pull.cost_usd_per_year < math.inf:
        hint = "Valid: 0 or more dollars a year."
        raise InputError("A cost is not less than nothing.", column="cost_usd_per_year",
                         value=pull.cost_usd_per_year, hint=hint)  # fmt: skip
    return held


def check_together(pulls: Sequence[Pull]) -> None:
    """Refuse a lever that is pulled in several steps past its ceiling.

    Raises:
        InputError: the sum is out of range; `value` is the lever's name.
    """
    for name in dict.fromkeys(pull.name for pull in pulls):
        held, whole = lever(name), sum(pull.strength for pull in pulls if pull.name == name)
        if whole > held.most * (1 + 1e-9):
            hint = f"All its steps together: at most {held.most:g}; here {whole:g}."
            raise InputError("This lever is pulled past its ceiling.", column="strength", value=name, hint=hint)


def policy_toml(pulls: tuple[Pull, ...], name: str = "") -> str:
    """Return the text of a policy file that `parse_policy` reads back."""
    lines = [f'name = "{_quoted(name)}"', ""] if name else []
    for pull in pulls:
        lines += ["[[lever]]", f'name = "{_quoted(pull.name)}"', f"start = {pull.start!r}",
                  f"ramp_years = {pull.ramp_years!r}", f"strength = {pull.strength!r}"]  # fmt: skip
        if pull.stop != math.inf:
            lines.append(f"stop = {pull.stop!r}")
        if pull.cost_usd_per_year is not None:
            lines.append(f"cost_usd_per_year = {pull.cost_usd_per_year!r}")
        lines.append("")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in text)


def _pull(row: dict[str, Any], text: str, number: int, file: str) -> Pull:
    for key, value in row.items():
        if key == "drug":
            raise _drug(value, file, _line(text, number, key))
        if key not in (*_NEEDED, *_MAY):
            raise _unknown_key(f"{key}", (*_NEEDED, *_MAY), file, _line(text, number, key))
    for key in _NEEDED:
        if key not in row:
            hint = f"A lever needs {', '.join(_NEEDED)}."
            raise InputError("This is missing.", file=file, line=_line(text, number, ""), column=key, hint=hint)
    if not isinstance(row["name"], str):
        raise InputError("A lever's name is text.", file=file, line=_line(text, number, "name"), column="name",
                         value=row["name"], hint="`counterflow strategy levers` lists all.")  # fmt: skip
    numbers = {key: _number(row[key], key, file, _line(text, number, key)) for key in row if key != "name"}
    try:
        pull = Pull(row["name"], numbers["start"], numbers["ramp_years"], numbers["strength"],
                    numbers.get("stop", math.inf), numbers.get("cost_usd_per_year"))  # fmt: skip
        return Pull(checked(pull).name, *(getattr(pull, key) for key in (*_NEEDED[1:], *_MAY)))
    except UnknownName as error:
        known = (each.name for each in levers())
        fault = UnknownName("lever", row["name"], known, file=file)
        fault.line, fault.column = _line(text, number, "name"), "name"
        raise fault from error
    except InputError as error:
        line = _line(text, number, error.column or "")
        raise InputError(error.message, hint=error.hint, file=file, line=line, column=error.column,
                         value=error.value) from None  # fmt: skip


def _number(value: object, key: str, file: str, line: int | None) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError("This is not a number.", file=file, line=line, column=key, value=value)
    return float(value)


def _drug(value: object, file: str, line: int | None) -> InputError:
    if value not in DRUGS:
        fault = UnknownName("drug", str(value), DRUGS, file=file)
        fault.line, fault.column = line, "drug"
        return fault
    hint = "Leave `drug` out; the outcome tells each drug apart."
    return InputError("A lever acts on every drug that passes where it acts; it cannot be kept to one.",
                      file=file, line=line, column="drug", value=value, hint=hint)  # fmt: skip


def _unknown_key(key: str, known: tuple[str, ...], file: str, line: int | None) -> InputError:
    close = nearest(key, known)
    hint = f"Did you mean {' or '.join(repr(c) for c in close)}?" if close else f"Known: {', '.join(known)}."
    return InputError("This key is not known.", file=file, line=line, column=key, hint=hint)


def _line(text: str, number: int | None, key: str) -> int | None:
    """Return the line of a key in the lever of this number (None: above all levers), or that lever's own line."""
    at, found = -1, None
    for count, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if number is None and re.match(rf"\[+\s*[\"']?{re.escape(key)}[\"']?\s*\]", bare):
            return count
        if re.match(r"\[\[\s*[\"']?lever[\"']?\s*\]\]", bare):
            at += 1
            found = count if at == number else found
        if at == (-1 if number is None else number) and key and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*=", bare):
            return count
    return found
