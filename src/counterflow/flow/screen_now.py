"""Screening records at once, without keeping them: what would the checks of this workspace say of these?

The same checks run as over what is loaded, with the same lists, thresholds and settings, so that the same values get
the same findings. Nothing is written: the records live in a store in memory and are gone with the answer. What people
have cleared about a loaded record is not applied: it was said of that record, not of these.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import pyarrow as pa

from counterflow.core.check import Check, Resources
from counterflow.core.errors import StoreBusy, UsageError
from counterflow.core.tables import CONSIGNMENT, FINDING, FINDING_ROW, GOODS_LINE, PARTY, conform
from counterflow.store.workspace import Workspace

__all__ = ["MOST_RECORDS", "CheckRun", "ScreenedNow", "screen_now"]

#: records in one call; larger sets are loaded, and screened from the store
MOST_RECORDS = 10_000
#: how long a call waits for its turn: checks share indexes and are asked by one call at a time
_PATIENCE_SECONDS = 20.0
_SCHEMAS = {"consignment": CONSIGNMENT, "goods_line": GOODS_LINE, "party": PARTY}
_ORDER = 'ORDER BY source, record_id, "check", code, part, "start", "end", reference, sentence'


@dataclass(frozen=True, slots=True)
class CheckRun:
    """One check as it ran: its id and version (which names its lists), what it found, or why it did not run."""

    check: str
    version: str
    findings: int
    waits_for: str = ""


@dataclass(frozen=True)
class ScreenedNow:
    """What the checks said of some records.

    Args:
        records: how many were looked at.
        findings: schema `FINDING`, in its fixed order.
        checks: every check that is on, those that wait for a list too: silence of a check that did not run says
            nothing.
        lists: list to the version that was searched.
    """

    records: int
    findings: pa.Table
    checks: Sequence[CheckRun]
    lists: Mapping[str, str]


def screen_now(workspace: Workspace, tables: Mapping[str, pa.Table]) -> ScreenedNow:
    """Screen records that are given and not kept.

    Args:
        workspace: whose checks, lists and thresholds speak.
        tables: `consignment`, and where there are any `goods_line` and `party`, as in the tables of the house.

    Raises:
        UsageError: more than `MOST_RECORDS` records, or none.
        StoreBusy: other calls are being screened for longer than this one can wait.
    """
    given = {name: conform(tables.get(name, schema.empty_table()), schema) for name, schema in _SCHEMAS.items()}
    count = given["consignment"].num_rows
    if not 1 <= count <= MOST_RECORDS:
        raise UsageError(
            f"{count:,} records were given; one call screens 1 to {MOST_RECORDS:,}.",
            hint="Send them in parts, or load them as a batch and screen what was loaded.",
        )
    with _desk(workspace) as (desk, resources):
        try:
            runs, findings = _run(desk, given)
        finally:
            desk.forget()
    return ScreenedNow(count, findings, runs, dict(resources.versions))


def _run(desk: _Desk, given: Mapping[str, pa.Table]) -> tuple[tuple[CheckRun, ...], pa.Table]:
    """Ask every check about what is given; return what each did, and the findings in their fixed order."""
    from counterflow.screen.again import run_on
    from counterflow.screen.carried import ask, put_findings

    store, runs = desk.store, []
    with store.transaction():  # one cursor for all of it: a small question is mostly made of opening cursors
        for name, rows in given.items():
            store.append(name, rows)
        for check in desk.checks:
            waits_for = str(getattr(check, "inactive_reason", "") or "")
            if waits_for:
                runs.append(CheckRun(check.id, check.version, 0, waits_for))
                continue
            asked = ask(store, check, "true")
            found = run_on(check, asked) if asked.num_rows else FINDING_ROW.empty_table()
            put = put_findings(store, check, "now", only="true", asked=asked, found=found) if found.num_rows else 0
            runs.append(CheckRun(check.id, check.version, put))
        return tuple(runs), conform(store.query(f"SELECT * FROM finding {_ORDER}"), FINDING)


class _Desk:
    """The checks of one workspace, made once for each state of its lists, thresholds and settings; and their store."""

    def __init__(self) -> None:
        from counterflow.store.duckdb_store import DuckDBStore, create_statement

        self.turn = threading.Lock()
        self.made_from: Resources | None = None
        self.checks: list[Check] = []
        self.store = DuckDBStore(None, bare=True, threads=1)
        for name in (*_SCHEMAS, "finding"):
            self.store.execute(create_statement(name))

    def forget(self) -> None:
        """Keep nothing of what was asked about."""
        with self.store.transaction():
            for name in (*_SCHEMAS, "finding"):
                self.store.execute(f'DELETE FROM "{name}"')


_desks: WeakKeyDictionary[Workspace, _Desk] = WeakKeyDictionary()
_making = threading.Lock()


@contextmanager
def _desk(workspace: Workspace) -> Iterator[tuple[_Desk, Resources]]:
    """Give the checks of `workspace` to one caller at a time."""
    from counterflow.screen.checks import load_checks
    from counterflow.screen.resources import resources_of

    with _making:
        desk = _desks.get(workspace) or _desks.setdefault(workspace, _Desk())
    if not desk.turn.acquire(timeout=_PATIENCE_SECONDS):
        raise StoreBusy("Other records are being screened.", hint="Try again in a few seconds, or send fewer at once.")
    try:
        resources = resources_of(workspace)
        if desk.made_from != resources:
            desk.checks = load_checks(workspace.settings.screen, resources)
            desk.made_from = resources
        yield desk, resources
    finally:
        desk.turn.release()
