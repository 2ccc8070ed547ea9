"""Is this installation whole, and is this workspace sound? Every line that is not ok says how to mend it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import CounterflowError, StoreBusy

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Examined", "examine", "examine_opened"]

_LEAST_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Examined:
    """One thing looked at: what, whether it is in order, what was seen, and how to mend it."""

    what: str
    ok: bool
    seen: str
    mend: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain data; how to mend only what needs it."""
        return asdict(self) | {"mend": "" if self.ok else self.mend}


def examine(folder: Path | None) -> list[Examined]:
    """Look at the installation and, where one is named, at the workspace in `folder`."""
    lines = [_python(), *_packages(), *_extras()]
    if folder is None:
        return [*lines, Examined("workspace", ok=True, seen="none named; give one with -w FOLDER")]
    return [*lines, *_workspace(folder)]


def examine_opened(workspace: Workspace) -> list[Examined]:
    """Look at the installation and at a workspace that this process has opened already, as a server does."""
    return [_python(), *_packages(), *_contents(workspace), *_around(workspace.path)]


def _python() -> Examined:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Examined("python", sys.version_info >= (3, 11), version, "Counterflow needs Python 3.11 or newer.")


def _packages() -> Iterator[Examined]:
    """Look for each package that the installed Counterflow says it requires."""
    from packaging.requirements import Requirement

    for line in importlib.metadata.requires("counterflow") or []:
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            version = importlib.metadata.version(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            yield Examined(
                wanted.name, ok=False, seen="not installed", mend=f"pip install '{wanted}' -c constraints.txt"
            )
            continue
        fits = wanted.specifier.contains(version, prereleases=True)
        yield Examined(wanted.name, fits, version, "" if fits else f"pip install '{wanted}' -c constraints.txt")


def _extras() -> Iterator[Examined]:
    absent = [name for name in ("fastapi", "jinja2", "uvicorn") if importlib.util.find_spec(name) is None]
    lacks = f"without {', '.join(absent)}: `counterflow serve` needs pip install 'counterflow[console]'"
    yield Examined("console (extra)", ok=True, seen=lacks if absent else "installed")


def _workspace(folder: Path) -> Iterator[Examined]:
    from counterflow.store.workspace import Workspace

    try:
        with Workspace(folder, doing="doctor") as workspace:
            yield from _contents(workspace)
    except StoreBusy as busy:
        yield Examined("workspace", ok=True, seen=busy.message)
    except CounterflowError as error:
        yield Examined("workspace", ok=False, seen=error.message, mend=error.hint)
        return
    yield from _around(folder)


def _contents(workspace: Workspace) -> Iterator[Examined]:
    yield Examined("workspace", ok=True, seen=f"{workspace.path}, id {workspace.id}")
    batches = workspace.store.rows("SELECT count(*) AS n FROM batch")[0]["n"]
    yield Examined("store", ok=True, seen=f"{batches} loads")
    yield _ledger(workspace)
    yield _checks(workspace)
    yield from _lists(workspace)


def _around(folder: Path) -> Iterator[Examined]:
    """Look at what lies in the workspace's folder beside its store."""
    from counterflow.store.spool import pending

    waiting = len(pending(folder))
    yield Examined(
        "spool", ok=True, seen=f"{waiting} loads wait; the next command takes them in" if waiting else "empty"
    )
    yield _private_key(folder)
    free = shutil.disk_usage(folder).free
    yield Examined(
        "disk", free >= _LEAST_FREE_BYTES, f"{free / 1024**3:.1f} GiB free", "Make room before the next load."
    )


def _ledger(workspace: Any) -> Examined:
    repairs = workspace.ledger.repairs
    seen = " ".join([f"{workspace.ledger.size} entries; verify them with tools/verify_ledger.py.", *repairs])
    return Examined("ledger", ok=True, seen=seen)


def _checks(workspace: Any) -> Examined:
    from counterflow.core.check import Resources
    from counterflow.screen.checks import list_checks

    listed = list_checks(workspace.settings.screen, Resources())
    broken = [f"{item.id}: {item.reason}" for item in listed if item.state == "broken"]
    off = [item.id for item in listed if item.state == "off"]
    seen = f"{len(listed)} installed" + (f", off: {', '.join(off)}" if off else "")
    mend = "Mend it, or switch it off: [screen] off = [...]."
    return Examined("checks", not broken, "; ".join(broken) or seen, mend)


def _lists(workspace: Any) -> Iterator[Examined]:
    rows = workspace.store.rows(
        "SELECT list, last(version ORDER BY coalesce(published, CAST(loaded_at AS DATE)), loaded_at) AS version,"
        " count(*) AS versions FROM list_version GROUP BY list ORDER BY list"
    )
    if not rows:
        yield Examined("lists", ok=True, seen="none loaded: parties are not screened (counterflow lists load ofac …)")
    for row in rows:
        more = f", the latest of {row['versions']}" if row["versions"] > 1 else ""
        yield Examined(f"list {row['list']}", ok=True, seen=f"version {row['version']}{more}")


def _private_key(folder: Path) -> Examined:
    loose = [
        path.name
        for path in (folder / "keys").glob("*")
        if stat.S_IMODE(path.stat().st_mode) & 0o077 and path.suffix != ".pub"
    ]
    return Examined(
        "keys",
        not loose,
        "readable by others: " + ", ".join(loose) if loose else "private",
        "chmod 600 on each.",
    )
