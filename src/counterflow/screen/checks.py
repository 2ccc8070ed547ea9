"""The checks of this installation: ours and those of third parties, found by one entry-point group.

A package offers a check under ``counterflow.checks`` as ``name = "package.module:make"``. All of them are
listed with what they read and find; settings switch them off by id. A check that cannot be loaded is shown as
such and is not silently left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from counterflow.core.check import Check, Resources
from counterflow.core.errors import ConfigError, UnknownName
from counterflow.core.settings import ScreenSettings

__all__ = ["GROUP", "ListedCheck", "describe", "list_checks", "load_checks", "make_check"]

GROUP = "counterflow.checks"


@dataclass(frozen=True, slots=True)
class ListedCheck:
    """One check as it is listed.

    Args:
        id: the name of its entry point, and its id.
        offered_by: distribution and version that offers it.
        check: the check; None where it cannot be made.
        state: on | off (settings) | waiting (for a list, say) | broken.
        reason: why it does not run; empty where it does.
    """

    id: str
    offered_by: str
    check: Check | None
    state: str = "on"
    reason: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return one line of a listing."""
        made = self.check
        return {
            "check": self.id,
            "state": self.state,
            "version": made.version if made else "",
            "subject": made.subject if made else "",
            "reads": ", ".join(made.reads) if made else "",
            "codes": ", ".join(c.code for c in made.codes) if made else "",
            "title": made.title if made else "",
            "offered_by": self.offered_by,
            "reason": self.reason,
        }


@cache
def _installed() -> tuple[EntryPoint, ...]:
    return tuple(sorted(entry_points(group=GROUP), key=lambda e: e.name))


def list_checks(
    settings: ScreenSettings, resources: Resources, *, installed: Iterable[EntryPoint] | None = None
) -> list[ListedCheck]:
    """Return every check that is installed, on or off, in order of id.

    Args:
        settings: section `screen`: `off` names checks that do not run, `checks` holds their own settings.
        resources: what checks are made from; the checks' settings are added to it.
        installed: entry points to look at; those of this installation where None.

    Raises:
        ConfigError: `screen.off` or `screen.checks` names a check that is not installed, or two packages offer a
            check of the same id.
    """
    entries = _installed() if installed is None else tuple(installed)
    ids = [entry.name for entry in entries]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise ConfigError(f"Two packages offer the check {twice[0]!r}.", hint="Uninstall one of them.")
    for name in (*settings.off, *settings.checks):
        if name not in ids:
            hint = UnknownName("check", name, ids).hint
            raise ConfigError(f"Settings name the check {name!r} ([screen]), which is not installed.", hint=hint)
    equipped = replace(resources, settings={**resources.settings, **settings.checks})
    return [_listed(entry, equipped, off=entry.name in settings.off) for entry in entries]


def load_checks(
    settings: ScreenSettings, resources: Resources, *, installed: Iterable[EntryPoint] | None = None
) -> list[Check]:
    """Return the checks that are switched on, in order of id; one that waits for a list says so itself.

    Raises:
        ConfigError: a check that is switched on cannot be made, and how to switch it off; or settings name a check that
            is not installed.
    """
    listed = list_checks(settings, resources, installed=installed)
    for item in listed:
        if item.state == "broken":
            raise ConfigError(
                f"The check {item.id!r} of {item.offered_by} cannot run: {item.reason}.",
                hint=f'Mend it, or switch it off: [screen] off = ["{item.id}"].',
            )
    return [item.check for item in listed if item.check is not None and item.state != "off"]


def describe(settings: ScreenSettings, resources: Resources) -> list[dict[str, str]]:
    """Return one line per installed check: what it reads and finds, its version, and whether it runs."""
    return [item.as_dict() for item in list_checks(settings, resources)]


def make_check(check_id: str, resources: Resources) -> Check:
    """Return one check by id; a worker process makes its own this way.

    Raises:
        UnknownName: no such check is installed.
    """
    entries = {entry.name: entry for entry in _installed()}
    if check_id not in entries:
        raise UnknownName("check", check_id, entries)
    check: Check = entries[check_id].load()(resources)
    return check


def _listed(entry: EntryPoint, resources: Resources, *, off: bool) -> ListedCheck:
    offered_by = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "unknown package"
    check, fault = _made(entry, resources)
    if off:
        return ListedCheck(entry.name, offered_by, check, "off", "switched off in settings (screen.off)")
    if check is None:
        return ListedCheck(entry.name, offered_by, None, "broken", fault)
    waits_for = str(getattr(check, "inactive_reason", "") or "")
    return ListedCheck(entry.name, offered_by, check, "waiting" if waits_for else "on", waits_for)


def _made(entry: EntryPoint, resources: Resources) -> tuple[Check | None, str]:
    """Return the check, or None and what is wrong with it."""
    try:
        check = entry.load()(resources)
    except Exception as error:  # noqa: BLE001 - a third party's code: whatever it raises is shown, none is hidden
        return None, f"{type(error).__name__}: {error}"
    if not isinstance(check, Check):
        return None, "it lacks parts of the check contract"
    if check.id != entry.name:
        return None, f"its id is {check.id!r}, its entry point {entry.name!r}"
    return check, ""
