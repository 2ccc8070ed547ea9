"""Looking at the ledger from outside: a still copy of its files, checked by a program that shares no code with ours."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import ConfigError, EngineError, StoreBusy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from counterflow.store.ledger import Ledger, SignedHead
    from counterflow.store.workspace import Workspace

__all__ = ["copy_ledger", "tool_text", "verify_outside"]

PUBLIC_KEY = "ledger.pub"
_ROLLING_HEAD = "head.json"
#: seconds that a check may take; a million entries take about a minute
_PATIENCE = 1800.0
_one_at_a_time = threading.Lock()


def copy_ledger(ledger: Ledger, into: Path) -> SignedHead:
    """Copy a ledger's files into a new folder as they stand at one moment, and return the head of that moment.

    Appending waits only while lengths are noted: files of entries only ever grow.
    """
    into.mkdir(parents=True)
    with ledger.still() as head:
        lengths = {path: path.stat().st_size for path in sorted(ledger.folder.glob("entries-*.jsonl"))}
        small = {name: (ledger.folder / name).read_bytes() for name in (PUBLIC_KEY, _ROLLING_HEAD)}
    for path, length in lengths.items():
        _copy(path, into / path.name, length)
    for name, content in small.items():
        (into / name).write_bytes(content)
    return head


def verify_outside(
    workspace: Workspace, saved_head: str = "", *, cosigned: Sequence[Path] = (), witness: Sequence[Path] = ()
) -> dict[str, Any]:
    """Have the ledger checked by `verify_ledger.py` in a process of its own; return what that says.

    Args:
        workspace: whose ledger.
        saved_head: a head that somebody kept, as JSON; "" for none.
        cosigned: checkpoints that second parties signed.
        witness: public lines of those parties.

    Raises:
        StoreBusy: another check is running.
        EngineError: it did not end.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise StoreBusy("The ledger is being checked just now.", hint="Look at the answer in a minute.")
    try:
        with tempfile.TemporaryDirectory(prefix="counterflow-check-") as folder:
            more = [part for path in cosigned for part in ("--cosigned", str(path.absolute()))]
            more += [part for path in witness for part in ("--witness", str(path.absolute()))]
            return _checked(workspace, Path(folder), saved_head, more)
    finally:
        _one_at_a_time.release()


def tool_text(name: str) -> str:
    """Return the text of a program of `tools/` that goes to outsiders, as installed or as in the source tree."""
    installed = resources.files("counterflow.flow") / "for_outsiders" / name
    source = Path(__file__).parents[3] / "tools" / name
    for place in (installed, source):
        if place.is_file():
            return place.read_text("utf-8")
    raise ConfigError(f"{name} is not installed with this program.", hint="Install it again from its wheel.")


def _checked(workspace: Workspace, folder: Path, saved_head: str, more: Sequence[str]) -> dict[str, Any]:
    head = copy_ledger(workspace.ledger, folder / "ledger")
    verifier = folder / "verify_ledger.py"
    verifier.write_text(tool_text("verify_ledger.py"), "utf-8")
    command = [sys.executable, "-I", str(verifier), str(folder / "ledger")]
    command += ["--key", str(folder / "ledger" / PUBLIC_KEY), "--format", "json"]
    (folder / "now.json").write_text(head.as_json(), "utf-8")
    command += ["--head", str(folder / "now.json")]
    command += more
    if saved_head:
        (folder / "saved.json").write_text(saved_head, "utf-8")
        command += ["--head", str(folder / "saved.json")]
    try:
        done = subprocess.run(  # noqa: S603 - our own verifier, on a copy of our own files
            command, capture_output=True, text=True, timeout=_PATIENCE, check=False, cwd=folder
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise EngineError("The check of the ledger did not end.", hint="Run tools/verify_ledger.py by hand.") from error
    told = json.loads(json.dumps(answer).replace(f"{folder}/", ""))
    return {**told, "exit_code": done.returncode, "checked_at": workspace.clock(), "size": head.head.size}


def _copy(source: Path, to: Path, length: int) -> None:
    with source.open("rb") as file, to.open("wb") as out:
        left = length
        while left:
            piece = file.read(min(left, 1 << 20))
            if not piece:
                raise EngineError(
                    f"{source.name} of the ledger is shorter than it was.", hint="Restore it from a copy."
                )
            out.write(piece)
            left -= len(piece)
