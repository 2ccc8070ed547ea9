"""Screening a workspace: every record that has not been through the present version of each check.

A check reads a few columns. Its findings depend on nothing else, so it is run once for each *distinct* combination of
values and its findings are carried to every record that holds them: a consignee named on 40,000 parcels is searched
for once. A load that has been through a check of the same version (which names the versions of the lists it rests on)
is not screened again; where the version has changed, its old findings are replaced in the same transaction.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import pyarrow as pa

from counterflow.core.check import Check, Resources
from counterflow.core.errors import UnknownName
from counterflow.core.settings import ScreenSettings
from counterflow.core.tables import SCREENING
from counterflow.engine import run_stage
from counterflow.engine.stages import processes
from counterflow.screen.carried import VIEWS, ask, count, put_findings
from counterflow.screen.checks import describe, list_checks, load_checks, make_check
from counterflow.screen.parties.settling import settle_clearings
from counterflow.screen.parties.thresholds import in_force
from counterflow.screen.resources import resources_of
from counterflow.screen.set_aside import settle_set_aside
from counterflow.store.repository import Store
from counterflow.store.workspace import Workspace

__all__ = ["CheckReport", "describe_checks", "list_findings", "require_known", "resources_of", "screen"]

#: of those rows, the ones of loads that wait for the check
_WAITING = "EXISTS (SELECT 1 FROM waiting w WHERE w.source = v.source AND w.batch = v.batch)"
#: findings stored at a time
_PORTION = 100_000


@dataclass(frozen=True)
class CheckReport:
    """What one check did in one screening: how much it read, what it found, and where the time went (seconds)."""

    check: str
    version: str
    records: int
    distinct: int
    findings: int
    gather_s: float
    check_s: float
    store_s: float
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {k: round(v, 3) if isinstance(v, float) else v for k, v in asdict(self).items()}


def screen(
    workspace: Workspace, *, again: bool = False, tell: Callable[[str], None] = lambda _: None
) -> list[CheckReport]:
    """Run every check that is on over every load it has not seen; return what each did.

    Args:
        workspace: where records are and findings go.
        again: screen everything, seen or not.
        tell: takes a line of progress.
    """
    resources = resources_of(workspace)
    if note := in_force(workspace.store, resources.versions).note:
        tell(note)
    checks = load_checks(workspace.settings.screen, resources)
    run = _run_id(workspace, checks)
    _take_back(workspace.store, checks, tell)
    reports = []
    for check in checks:
        report = _screen_one(workspace, check, resources, run, again=again)
        reports.append(report)
        if report.records:
            tell(
                f"{check.id}: {report.findings} findings on {report.records} rows"
                f" ({report.distinct} distinct) in {report.gather_s + report.check_s + report.store_s:.1f} s"
            )
        elif report.note:
            tell(f"{check.id}: {report.note}")
    settle_clearings(workspace, tell)
    settle_set_aside(workspace.store, tell)
    return reports


def list_findings(
    store: Store, *, codes: Sequence[str] = (), checks: Sequence[str] = (), record_id: str | None = None
) -> pa.Table:
    """Return findings in their fixed order: by source, record, check, code, part and place."""
    where = ["true"]
    parameters: list[object] = []
    if codes:
        where.append(f"code IN ({', '.join('?' for _ in codes)})")
        parameters += codes
    if checks:
        where.append(f'"check" IN ({", ".join("?" for _ in checks)})')
        parameters += checks
    if record_id is not None:
        where.append("record_id = ?")
        parameters.append(record_id)
    order = 'source, record_id, "check", code, part, "start", "end", reference, sentence'
    return store.query(f"SELECT * FROM finding WHERE {' AND '.join(where)} ORDER BY {order}", parameters)


def require_known(store: Store, *, codes: Sequence[str] = (), checks: Sequence[str] = ()) -> None:
    """Refuse codes and checks that no finding has and no installed check can give: asking for them finds nothing.

    Raises:
        UnknownName: with the nearest known one.
    """
    met = store.rows('SELECT DISTINCT code, "check" FROM finding')
    known_codes, known_checks = {str(row["code"]) for row in met}, {str(row["check"]) for row in met}
    if known_codes >= set(codes) and known_checks >= set(checks):
        return
    for item in list_checks(ScreenSettings(), Resources()):
        known_checks.add(item.id)
        known_codes.update(code.code for code in (item.check.codes if item.check else ()))
    for what, asked, known in (("finding code", codes, known_codes), ("check", checks, known_checks)):
        for name in asked:
            if name not in known:
                raise UnknownName(what, name, known)


def describe_checks(workspace: Workspace) -> list[dict[str, Any]]:
    """Return one row per installed check, on or off."""
    return describe(workspace.settings.screen, resources_of(workspace))


def _run_id(workspace: Workspace, checks: Sequence[Check]) -> str:
    seen = [f"{check.id} {check.version}" for check in checks] + [workspace.clock().isoformat()]
    return "screen-" + hashlib.sha256("\n".join(seen).encode()).hexdigest()[:12]


def _screen_one(workspace: Workspace, check: Check, resources: Resources, run: str, *, again: bool) -> CheckReport:
    """Run one check over the loads that wait for it; findings, and the note that they are in, go in together."""
    store, clock = workspace.store, _Stopwatch()
    waiting = _waiting(store, check, again=again)
    inactive = str(getattr(check, "inactive_reason", "") or "")
    if not waiting.num_rows or inactive:
        return CheckReport(check.id, check.version, 0, 0, 0, 0.0, 0.0, 0.0, inactive)
    asked = ask(store, check, _WAITING, waiting=waiting)
    gather = clock.lap()
    findings, check_s, store_s = 0, 0.0, 0.0
    with store.transaction():
        _drop_findings(store, check, waiting)
        for found in _portions(_found(workspace, check, resources, asked)):
            check_s += clock.lap()
            findings += put_findings(store, check, run, only=_WAITING, asked=asked, found=found, waiting=waiting)
            store_s += clock.lap()
        check_s += clock.lap()
        _note_screened(workspace, check, run, waiting)
        records = count(
            store, f"SELECT count(*) AS n FROM ({VIEWS[check.subject]}) v WHERE {_WAITING}", waiting=waiting
        )
    return CheckReport(
        check.id, check.version, records, asked.num_rows, findings, gather, check_s, store_s + clock.lap()
    )  # fmt: skip


class _Stopwatch:
    """Tells the seconds since it was last asked."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def lap(self) -> float:
        now = time.perf_counter()
        since, self._last = now - self._last, now
        return since


def _waiting(store: Store, check: Check, *, again: bool) -> pa.Table:
    """Return (source, batch) of the loads that have not been through this version of the check."""
    records = "json_extract(b.tables, '$.consignment') IS NOT NULL"  # lists and outcomes are loads too
    if again:
        return store.query(f"SELECT b.source, b.batch FROM batch b WHERE {records}")
    return store.query(
        f"SELECT b.source, b.batch FROM batch b WHERE {records} AND NOT EXISTS (SELECT 1 FROM screening s"
        ' WHERE s.source = b.source AND s.batch = b.batch AND s."check" = ? AND s.check_version = ?)',
        [check.id, check.version],
    )


def _found(workspace: Workspace, check: Check, resources: Resources, asked: pa.Table) -> Iterator[pa.RecordBatch]:
    engine = workspace.settings.engine
    batches = asked.to_batches(max_chunksize=engine.batch_rows)
    # A pool costs its processes' start and the making of the check in each: not worth it for a handful of values.
    count = 1 if asked.num_rows <= engine.batch_rows else processes(engine.workers)
    if count == 1:
        return run_stage(lambda: check, batches, workers=1)
    return run_stage(partial(make_check, check.id, resources), batches, workers=count)


def _portions(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield findings in portions of bounded size: a check may find something in every record of a million."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        if batch.num_rows:
            held.append(batch)
        if sum(b.num_rows for b in held) >= _PORTION:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


def _take_back(store: Store, checks: Sequence[Check], tell: Callable[[str], None]) -> None:
    """Remove what checks found that do not run any more: switched off, a finding must not weigh in a score.

    The note that loads have been through them goes too, so that a check switched on again screens them again.
    """
    running = pa.table({"check": pa.array([check.id for check in checks], pa.string())})
    gone = '"check" NOT IN (SELECT r."check" FROM running r)'
    counted = f'SELECT "check", count(*) AS n FROM finding WHERE {gone} GROUP BY "check" ORDER BY "check"'
    for row in store.rows(counted, running=running):
        tell(f"{row['check']}: does not run any more; its {row['n']} findings are taken back")
    with store.transaction():
        for table in ("finding", "screening"):
            store.execute(f"DELETE FROM {table} WHERE {gone}", running=running)


def _drop_findings(store: Store, check: Check, waiting: pa.Table) -> None:
    """Remove what an earlier version of the check found on the loads that are screened now."""
    store.execute(
        'DELETE FROM finding f WHERE f."check" = ? AND EXISTS (SELECT 1 FROM waiting w JOIN consignment c'
        " ON c.source = w.source AND c.batch = w.batch WHERE c.source = f.source AND c.record_id = f.record_id)",
        [check.id],
        waiting=waiting,
    )


def _note_screened(workspace: Workspace, check: Check, run: str, waiting: pa.Table) -> None:
    """Note that the loads have been through this version of the check."""
    said = {"run": run, "check": check.id, "check_version": check.version, "screened_at": workspace.clock()}
    rows = [row | said for row in waiting.to_pylist()]
    workspace.store.append("screening", pa.Table.from_pylist(rows, schema=SCREENING))
