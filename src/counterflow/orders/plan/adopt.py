"""Putting a setting of the monitor into force: into `counterflow.toml`, where settings are kept, and into the ledger.

Only the numbers that differ from the usual ones are written, under ``[orders]`` as ``monitor``; every other line of the
file stays as it is. The ledger holds the setting's version, its numbers and a digest of who decided and why.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from counterflow.core.errors import ConfigError
from counterflow.core.settings import FILE_NAME
from counterflow.orders.cases.sealing import required, seal, short_id
from counterflow.orders.monitor import Setting
from counterflow.store.durable import sync

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["adopt", "in_force"]

_SECTION = re.compile(r"^\s*\[orders\]\s*(#.*)?$")
_ANY_SECTION = re.compile(r"^\s*\[")
_LINE = re.compile(r"^\s*monitor\s*=")


def in_force(numbers: Mapping[str, float]) -> Setting:
    """Return the setting that a house's numbers make, the rest as usual.

    Raises:
        ConfigError: a number that the monitor does not have.
    """
    unknown = sorted(set(numbers) - set(Setting.described()))
    if unknown:
        hint = f"It has {', '.join(Setting.described())}."
        raise ConfigError(
            f"The monitor has no number {', '.join(unknown)} ([orders] monitor in {FILE_NAME}).", hint=hint
        )
    return Setting(**numbers)


def unusual(setting: Setting) -> dict[str, float]:
    """Return the numbers of a setting that differ from the usual ones."""
    usual = Setting()
    names = (entry.name for entry in fields(setting))
    return {name: getattr(setting, name) for name in names if getattr(setting, name) != getattr(usual, name)}


def adopt(workspace: Workspace, setting: Setting, *, person: str, ground: str) -> bool:
    """Put `setting` into force; return False where it was in force already, and then nothing is written.

    Args:
        workspace: whose setting.
        setting: what is to hold from now on.
        person: who decides.
        ground: why.

    Raises:
        ConfigError: `counterflow.toml` is written in a way that cannot be changed safely.
    """
    who = required("person", person, why="Name who decides.")
    why = required("ground", ground, shortest=3, why="Say why this setting is taken.")
    before = in_force(workspace.settings.orders.monitor)
    if before == setting:
        return False
    path = workspace.path / FILE_NAME
    text = with_numbers(path.read_text("utf-8"), unusual(setting))
    at = workspace.clock().isoformat(timespec="seconds")
    row = {"version": setting.version, "person": who, "ground": why}
    numbers = {name: repr(float(value)) for name, value in unusual(setting).items()}
    seal(
        workspace, "order-setting", short_id("S", setting.version, before.version, at), row,
        columns=("version", "person", "ground"),
        body={"setting": setting.version, "before": before.version, "numbers": numbers, "at": at}, persons=[who],
    )  # fmt: skip
    _write(path, text)
    return True


def with_numbers(toml: str, numbers: Mapping[str, float]) -> str:
    r"""Return a settings file with `numbers` as the monitor's, everything else unchanged.

    >>> print(with_numbers("[orders]\nquestion_days = 7\n", {"limit": 3.0}), end="")
    [orders]
    monitor = { limit = 3.0 }
    question_days = 7

    Raises:
        ConfigError: the file holds the numbers in a form that would have to be taken apart.
    """
    wanted = tomllib.loads(toml)
    wanted["orders"] = {**wanted.get("orders", {}), "monitor": dict(numbers)}
    lines = toml.splitlines()
    inside, header, place = False, None, None
    for number, line in enumerate(lines):
        if _ANY_SECTION.match(line):
            inside = bool(_SECTION.match(line))
            header = number if inside else header
        elif inside and _LINE.match(line):
            place = number
    said = "monitor = { " + ", ".join(f"{name} = {float(value)!r}" for name, value in numbers.items()) + " }"
    said = said if numbers else "monitor = {}"
    if place is not None:
        lines[place] = said
    elif header is not None:
        lines.insert(header + 1, said)
    else:
        lines += ["", "[orders]", said]
    changed = "\n".join(lines) + "\n"
    try:
        safe = tomllib.loads(changed) == wanted
    except tomllib.TOMLDecodeError:
        safe = False
    if not safe:
        raise ConfigError(f"{FILE_NAME} cannot be changed safely.", hint=f"Write it by hand, under [orders]: {said}")
    return changed


def _write(path: Path, text: str) -> None:
    """Replace a file in one step, so that no reader meets half of one."""
    new = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    new.write_text(text, "utf-8")
    sync(new)
    new.replace(path)
    sync(path.parent)
