"""An evidence pack: what was planned, decided, found and read, with the ledger that sealed it, for outsiders to check.

A pack is a ZIP file. Its tables hold ids, days, numbers and acts; no name, no description, no ground. Their digests are
in the ledger (an entry `evidence`) before the pack is closed, and the ledger is in the pack: so whoever has an earlier
head can show that the tables are those, and the ledger the same one, without trusting who made the pack.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import InputError, StoreBusy
from counterflow.flow.outside import PUBLIC_KEY, copy_ledger, tool_text
from counterflow.report.export import write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from counterflow.store.workspace import Workspace

__all__ = ["TABLES_OF_A_PACK", "Pack", "write_pack"]

#: file of a pack to the SQL of what stands in it; ids, days, numbers and acts only
TABLES_OF_A_PACK: dict[str, str] = {
    "plans.csv": "SELECT plan, starts, ends, seed, random_share, capacity_sha256, model, made_at, ledger_seq"
    " FROM plan ORDER BY made_at, plan",
    "draws.csv": "SELECT plan, source, record_id, office, lane, day, arm, rank, inclusion_probability, ledger_seq"
    " FROM draw JOIN plan USING (plan) WHERE arm IS NOT NULL AND arm <> '' ORDER BY plan, office, lane, day, rank,"
    " source, record_id",
    "outcomes.csv": 'SELECT source, record_id, plan, state, confirmation, harm_class, "time", recorded_at, ledger_seq'
    " FROM outcome ORDER BY recorded_at, source, record_id",
    "actions.csv": "SELECT action, kind, starts, ends, forecast, sealed_at, sealed_seq FROM action ORDER BY ALL",
    "designs.csv": "SELECT design, first_known, prospective, sha256, sealed_seq, sealed_at FROM evaluation_design"
    " ORDER BY sealed_seq, design",
    "target_locks.csv": "SELECT pack, target, expectation, known_until, locked_at, ledger_seq FROM promise_lock"
    " ORDER BY locked_at, pack, target",
    "reviews.csv": "SELECT r.review, r.reply_due_on, r.opened_at, r.ledger_seq, a.act, a.verdict, a.acted_at,"
    " a.ledger_seq AS act_seq FROM integrity_review r LEFT JOIN integrity_act a USING (review)"
    " ORDER BY r.opened_at, r.review, a.ledger_seq",
    "reconciliations.csv": "SELECT run, log, lines, matched, other_time, missing, again, no_id, unseen, low, high,"
    " level, ran_at, ledger_seq FROM reconciliation ORDER BY ran_at, run",
    "requests.csv": 'SELECT r.request, r.act, r.asked_by, r.asked_at, r.ends_at, a.act AS became, a."by" AS closed_by,'
    " a.at AS closed_at, r.ledger_seq AS asked_seq, a.ledger_seq AS closed_seq FROM access_request r"
    " LEFT JOIN access_request_act a USING (request) ORDER BY r.asked_at, r.request",
    "overrides.csv": 'SELECT override, act, request, verdict, "by", "at", due_at, ledger_seq FROM access_override'
    ' ORDER BY "at", override, act',
    "roles.csv": 'SELECT person, act, role, "by", "at", ledger_seq FROM access_role ORDER BY ledger_seq, role',
    "reads.csv": 'SELECT CAST("at" AS DATE) AS day, person, purpose, resource, action, allowed, count(*) AS looks,'
    ' CAST(sum("count") AS BIGINT) AS shown, min(ledger_seq) AS first_seq, max(ledger_seq) AS last_seq'
    " FROM access_read GROUP BY ALL ORDER BY ALL",
}

_README = """\
EVIDENCE PACK of ledger {ledger_id}
made {made_at} for: {made_for}
{synthetic}
1. Check it:                 python check_evidence.py
   With a head you kept:     python check_evidence.py --head SAVED.json
   It needs Python 3.11 and the package `cryptography`, and none of the program that made this pack.

2. Before you believe the key: its fingerprint (SHA-256 of ledger/ledger.pub) is
   {fingerprint}
   Compare it with the one that you were given by hand, earlier. A key that comes with a pack proves little.

3. What is here
   ledger/            the whole ledger: what was known and decided, in order, each entry chained to the one before
   head.json          a signed head of it: keep this file; with it you can later prove that nothing was taken away
   checkpoint.txt     a head as text: a second party can co-sign it (counterflow account cosign)
   tables/            what was planned, drawn, found, agreed, overridden, designed, locked, reviewed, held against
                      outside logs, and read; ids, days and numbers only
   figures/board.json the figures that this installation shows about itself
   SHA256SUMS         digests of all files but the ledger's; the ledger's entry {seq} (kind `evidence`) holds the same
   verify_ledger.py   checks the ledger by itself; check_evidence.py runs it

4. What it shows: that tables and figures are those that were sealed at entry {seq}, and that each entry of the ledger
   stands where it stood. `ledger_seq` in a table names the entry that sealed the row, at its time.
   What it cannot show: that what was entered was true, or that nothing was kept out; and, without a head from an
   earlier day, that the ledger was not written anew by whoever holds the key.
"""


_packing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Pack:
    """What was packed: where, how large, and what sealed it."""

    path: Path
    bytes: int
    sha256: str
    ledger_seq: int
    files: dict[str, str]


def write_pack(workspace: Workspace, out: Path, *, by: str, made_for: str) -> Pack:
    """Write an evidence pack to `out`.

    Args:
        workspace: whose.
        out: ZIP file to write; its folder must be there.
        by: id of who takes it away; stands in the ledger.
        made_for: who gets it; only its digest stands in the ledger.

    Raises:
        InputError: it is not said whom it is for.
        StoreBusy: another pack is being made.
    """
    receiver = " ".join(made_for.split())[:200]
    if not receiver:
        raise InputError("Say whom the pack is for.", hint="What leaves the house is answered for.", column="made_for")
    with _one_at_a_time(), tempfile.TemporaryDirectory(prefix="counterflow-pack-") as folder:
        root = Path(folder)
        sums = _write_parts(workspace, root)
        entry = workspace.ledger.append("evidence", {"by": by, "files": sums})
        head = copy_ledger(workspace.ledger, root / "ledger")
        (root / "head.json").write_text(head.as_json() + "\n", "utf-8")
        (root / "checkpoint.txt").write_text(workspace.ledger.checkpoint().text(), "utf-8")
        fingerprint = hashlib.sha256((root / "ledger" / PUBLIC_KEY).read_bytes()).hexdigest()
        said = {
            "ledger_id": workspace.ledger.ledger_id, "made_at": f"{workspace.clock():%Y-%m-%d %H:%M} UTC",
            "made_for": receiver, "synthetic": _synthetic(workspace), "fingerprint": fingerprint, "seq": entry.seq,
        }  # fmt: skip
        (root / "README.txt").write_text(_README.format(**said), "utf-8")
        for name in ("verify_ledger.py", "check_evidence.py"):
            (root / name).write_text(tool_text(name), "utf-8")
        _zip(root, out)
    return Pack(out, out.stat().st_size, _sha256(out), entry.seq, sums)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if not _packing.acquire(blocking=False):
        raise StoreBusy("Another pack is being made just now.", hint="Try again in a minute.")
    try:
        yield
    finally:
        _packing.release()


def _write_parts(workspace: Workspace, root: Path) -> dict[str, str]:
    """Write tables and figures under `root`; return the digest of each, and write them to SHA256SUMS."""
    from counterflow.flow.board import board_of

    (root / "tables").mkdir()
    for name, sql in TABLES_OF_A_PACK.items():
        write(workspace.store.query(sql), "csv", root / "tables" / name)
    (root / "figures").mkdir()
    board: dict[str, Any] = board_of(workspace)
    text = json.dumps(board, indent=1, sort_keys=True, ensure_ascii=False, default=str)
    (root / "figures" / "board.json").write_text(text + "\n", "utf-8")
    sums = {str(path.relative_to(root)): _sha256(path) for path in _files(root)}
    (root / "SHA256SUMS").write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()), "utf-8")
    return sums


def _synthetic(workspace: Workspace) -> str:
    from counterflow.store.loads import is_synthetic

    return "\nSYNTHETIC records: nobody ever sent them.\n" if is_synthetic(workspace.store) else ""


def _zip(root: Path, out: Path) -> None:
    half = out.with_name(out.name + ".part")
    with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as pack:
        for path in _files(root):
            pack.write(path, f"evidence/{path.relative_to(root)}")
    half.replace(out)


def _files(root: Path) -> Iterable[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
