"""A list has a new version: which stored parties does that touch, and which past decisions?

Nearly all parties meet the same entries as before. Asked again are only those that

* the added and changed entries reach, alone in an index of their own;
* have a finding already;
* share letters with an entry that was removed or changed, so that its place among the candidates is free now.

What a pair of names scores does not depend on what else is on a list (its statistics are frozen), so nobody else can
have another answer, and the result is that of screening everything anew; a contract test holds it to that. Where the
thresholds, the settings or the program changed as well, or more than a tenth of the list, everybody is asked.

Reported is each finding that is new, gone or different, with what changed in the entry and with what was decided on
the strength of the old one: plans that drew the record, its outcome, clearings that are void now.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.check import Resources
from counterflow.core.errors import InputError
from counterflow.core.tables import SCREENING
from counterflow.screen.again import MEANT, run_on, screen_again
from counterflow.screen.carried import VIEWS, ask, count
from counterflow.screen.parties.check import ID, PartyCheck, make
from counterflow.screen.parties.clearings import clearings
from counterflow.screen.parties.settling import settle_clearings
from counterflow.screen.resources import latest_lists, list_file, resources_for
from counterflow.store.list_entries import changed_entries, find_version

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["TOUCHED", "rescreen"]

#: One row for each finding that a new list version brings, takes away or alters.
TOUCHED = pa.schema(
    [
        ("source", pa.string()),
        ("record_id", pa.string()),
        ("role", pa.string()),
        ("change", pa.string()),
        ("list", pa.string()),
        ("entity_id", pa.string()),
        ("before", pa.string()),
        ("after", pa.string()),
        ("what", pa.string()),
        ("decisions", pa.string()),
    ]
)
_EVERY = "true"
_LARGE_SHARE = 0.1


@dataclass(frozen=True)
class _Change:
    """A list before and after: its name, both versions, the entries that differ, and the checks made of each."""

    list_name: str
    before: str
    after: str
    entries: pa.Table
    old: PartyCheck
    new: PartyCheck

    def ids(self, *changes: str) -> pa.Array:
        """Return the entries with one of these changes."""
        wanted = pc.is_in(self.entries.column("change"), value_set=pa.array(changes))
        return self.entries.filter(wanted).column("entry_id").combine_chunks()


def rescreen(workspace: Workspace, since: str, *, tell: Callable[[str], None] = lambda _: None) -> pa.Table:
    """Look stored parties up again where a list changed, put the findings right, and return what is touched.

    Args:
        workspace: parties, lists, findings.
        since: the version (or its beginning) that was screened against before; it is compared with the one in force.
        tell: takes a line of progress.

    Returns:
        A table of schema `TOUCHED`.

    Raises:
        UnknownName: no such version.
        InputError: it is the version in force.
    """
    change = _change(workspace, since)
    store = workspace.store
    everybody = _why_everybody(workspace, change)
    with store.transaction():
        meant = _parties(workspace, _EVERY) if everybody else _affected(workspace, change)
        before, after = (_by_party(workspace, check, meant) for check in (change.old, change.new))
        touched = _touched(workspace, change, before, after)
        run = "rescreen-" + hashlib.sha256(f"{change.new.version} {workspace.clock()}".encode()).hexdigest()[:12]
        current = _bring_up(workspace, change, meant, run)
        void = _voided(workspace, change)
        _seal(workspace, change, touched, void, meant.num_rows)
    settle_clearings(workspace, tell)
    for line in _said(workspace, change, touched, void, meant.num_rows, current=current, everybody=everybody):
        tell(line)
    return touched


def _change(workspace: Workspace, since: str) -> _Change:
    found = find_version(workspace.store, since)
    name, before = str(found["list"]), str(found["version"])
    lists = latest_lists(workspace.store)
    if lists[name] == before:
        hint = "Load the new edition first; `counterflow lists show` names the versions."
        raise InputError(f"{before} is the version of {name} in force.", hint=hint, column="since", value=since)
    entries = changed_entries(workspace.store, name, before, lists[name])
    old = make(resources_for(workspace, {**lists, name: before}))
    return _Change(name, before, lists[name], entries, old, make(resources_for(workspace, lists)))


# ---- who is asked again


def _why_everybody(workspace: Workspace, change: _Change) -> str:
    """Return why all parties are asked, in words; empty where only those are that the entries can touch."""
    if change.old.version.partition(" ")[0] != change.new.version.partition(" ")[0]:
        return "thresholds, settings or program changed too"
    listed = "SELECT count(DISTINCT entry_id) AS n FROM list_entry WHERE list = ? AND version = ?"
    entries = int(str(workspace.store.rows(listed, [change.list_name, change.after])[0]["n"]))
    # Finding out whom they touch would cost more than asking everybody.
    return "so much of the list changed" if change.entries.num_rows > _LARGE_SHARE * entries else ""


def _affected(workspace: Workspace, change: _Change) -> pa.Table:
    """Return (source, record_id, part) of the parties whose findings can differ; see the head of this module."""
    store = workspace.store
    asked = ask(store, change.new, _EVERY)
    reached = _rows_met(workspace, change.new, change, change.after, change.ids("added", "changed"), asked, wide=False)
    freed = _rows_met(workspace, change.old, change, change.before, change.ids("removed", "changed"), asked, wide=True)
    hit = asked.filter(pc.is_in(asked.column("row"), value_set=pa.array(sorted(reached | freed), pa.int64())))
    same = " AND ".join(f'v."{name}" IS NOT DISTINCT FROM h."{name}"' for name in change.new.reads)
    return store.query(
        f"SELECT DISTINCT v.source, v.record_id, v.part FROM ({VIEWS['party']}) v JOIN hit h ON {same}"
        ' UNION SELECT f.source, f.record_id, f.part FROM finding f WHERE f."check" = ? ORDER BY ALL',
        [ID],
        hit=hit,
    )


def _rows_met(
    workspace: Workspace, check: PartyCheck, change: _Change, version: str, entries: pa.Array, asked: pa.Table,
    *, wide: bool,
) -> set[int]:  # fmt: skip
    """Return the rows of `asked` that meet some entries of a version; `wide`: however little they share with them."""
    if not len(entries):
        return set()
    path = _part_of(list_file(workspace, change.list_name, version), entries)
    try:
        part = check.over(Resources({change.list_name: path}, {change.list_name: version}))
        if wide:
            return part.rows_near(asked)
        return set(run_on(part, asked).column("row").to_pylist())
    finally:
        path.unlink(missing_ok=True)


def _part_of(whole: Path, entries: pa.Array) -> Path:
    """Write the names of some entries of a list as a list of their own."""
    with pa.memory_map(str(whole)) as source:
        rows = pa.ipc.open_file(source).read_all()
        part = rows.filter(pc.is_in(rows.column("entry_id"), value_set=entries))
        path = whole.with_suffix(f".{hashlib.sha256(str(entries).encode()).hexdigest()[:8]}.part")
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, part.schema) as writer:
            writer.write_table(part)
    return path


def _parties(workspace: Workspace, only: str) -> pa.Table:
    return workspace.store.query(
        f"SELECT DISTINCT source, record_id, part FROM ({VIEWS['party']}) v WHERE {only} ORDER BY ALL"
    )


# ---- what is different


def _by_party(workspace: Workspace, check: PartyCheck, meant: pa.Table) -> pa.Table:
    """Return the findings of a check on these parties, one row for each party and finding."""
    store = workspace.store
    asked = ask(store, check, MEANT, meant=meant)
    same = " AND ".join(f'v."{name}" IS NOT DISTINCT FROM a."{name}"' for name in check.reads)
    return store.query(
        "SELECT DISTINCT v.source, v.record_id, v.part, f.reference, f.reference_version, f.reference_text, f.code,"
        f" f.strength FROM ({VIEWS['party']}) v JOIN asked a ON {same} JOIN found f ON f.row = a.row WHERE {MEANT}",
        asked=asked,
        found=run_on(check, asked),
        meant=meant,
    )


def _touched(workspace: Workspace, change: _Change, before: pa.Table, after: pa.Table) -> pa.Table:
    hit = "max({t}.code || ' “' || {t}.reference_text || '” ' || printf('%.4f', {t}.strength))"
    key = "source, record_id, part, list, reference"
    side = (
        f"SELECT source, record_id, part, split_part(reference_version, '@', 1) AS list, reference, {hit} AS hit"
        " FROM {t} GROUP BY ALL"
    )
    rows = workspace.store.query(
        f"WITH b AS ({side.format(t='before')}), a AS ({side.format(t='after')})"
        " SELECT source, record_id, part AS role, CASE WHEN b.hit IS NULL THEN 'new' WHEN a.hit IS NULL THEN 'gone'"
        " WHEN a.hit <> b.hit THEN 'differs' ELSE 'entry changed' END AS change, list, reference AS entity_id,"
        " b.hit AS before, a.hit AS after,"
        " coalesce(CASE WHEN e.change = 'changed' THEN e.what ELSE 'entry ' || e.change END, '') AS what"
        f" FROM b FULL OUTER JOIN a USING ({key})"
        " LEFT JOIN entries e ON e.entry_id = reference AND list = ?"
        " WHERE e.change IS NOT NULL OR a.hit IS DISTINCT FROM b.hit ORDER BY ALL",
        [change.list_name],
        before=before,
        after=after,
        entries=change.entries,
    )
    decided = _decisions(workspace, rows)
    keys = zip(rows.column("source").to_pylist(), rows.column("record_id").to_pylist(), strict=True)
    column = pa.array(["; ".join(decided.get(pair, ())) for pair in keys], pa.string())
    return rows.append_column("decisions", column).cast(TOUCHED)


def _decisions(workspace: Workspace, rows: pa.Table) -> dict[tuple[str, str], list[str]]:
    """Return, by record, the plans that drew it and the outcomes it had."""
    said = workspace.store.rows(
        "SELECT d.source, d.record_id, 1 AS place, 'drawn by plan ' || d.plan || ' (' || d.arm || ')' AS said"
        " FROM draw d SEMI JOIN touched t USING (source, record_id) WHERE d.arm <> ''"
        " UNION ALL SELECT o.source, o.record_id, 2, 'outcome ' || o.state || ', ' || o.confirmation FROM outcome o"
        " SEMI JOIN touched t USING (source, record_id) ORDER BY ALL",
        touched=rows.select(["source", "record_id"]),
    )
    found: dict[tuple[str, str], list[str]] = {}
    for row in said:
        found.setdefault((str(row["source"]), str(row["record_id"])), []).append(str(row["said"]))
    return found


def _voided(workspace: Workspace, change: _Change) -> list[str]:
    """Return the clearings that this change of the list has voided."""
    today = workspace.clock().date()
    lists = latest_lists(workspace.store)
    earlier = {**lists, change.list_name: change.before}
    held = {c.clearing for c in clearings(workspace.store, earlier, today) if c.state == "in force"}
    now = clearings(workspace.store, lists, today)
    return sorted(c.clearing for c in now if c.clearing in held and c.state.startswith("void"))


# ---- what is put right


def _bring_up(workspace: Workspace, change: _Change, meant: pa.Table, run: str) -> bool:
    """Replace stored findings that rest on the old version; return whether they did.

    Loads that went through the old version count as having been through the new one. Where none did, nothing is
    changed here: `screen run` does what is due.
    """
    store, said = workspace.store, [ID, change.old.version]
    loads = store.query(
        'SELECT DISTINCT source, batch FROM screening s WHERE s."check" = ? AND s.check_version = ? AND NOT EXISTS ('
        'SELECT 1 FROM screening n WHERE n.source = s.source AND n.batch = s.batch AND n."check" = s."check"'
        " AND n.check_version = ?)",
        [*said, change.new.version],
    )
    if not loads.num_rows:
        return False
    screened = store.query(
        "SELECT m.* FROM meant m JOIN consignment c USING (source, record_id) SEMI JOIN loads l"
        " ON l.source = c.source AND l.batch = c.batch",
        meant=meant,
        loads=loads,
    )
    screen_again(store, change.new, screened, run)
    rows = [
        row | {"run": run, "check": ID, "check_version": change.new.version, "screened_at": workspace.clock()}
        for row in loads.to_pylist()
    ]
    store.append("screening", pa.Table.from_pylist(rows, schema=SCREENING))
    return True


def _seal(workspace: Workspace, change: _Change, touched: pa.Table, void: list[str], asked: int) -> None:
    body = {
        "list": change.list_name, "before": change.before, "after": change.after,
        "entries": dict(sorted(Counter(change.entries.column("change").to_pylist()).items())),
        "parties_asked": asked,
        "findings": dict(sorted(Counter(touched.column("change").to_pylist()).items())),
        "records_with_decisions": len({r for r, d in _decided(touched) if d}),
        "clearings_void": void,
    }  # fmt: skip
    workspace.ledger.append("party-rescreen", body)


def _decided(touched: pa.Table) -> list[tuple[tuple[str, str], str]]:
    names = ("source", "record_id", "decisions")
    return [((s, r), d) for s, r, d in zip(*(touched.column(n).to_pylist() for n in names), strict=True)]


def _said(
    workspace: Workspace, change: _Change, touched: pa.Table, void: list[str], asked: int,
    *, current: bool, everybody: str,
) -> list[str]:  # fmt: skip
    entries = Counter(change.entries.column("change").to_pylist())
    kinds: Mapping[str, int] = Counter(touched.column("change").to_pylist())
    parties = count(workspace.store, "SELECT count(*) AS n FROM party")
    differ = f"{entries['added']} added, {entries['removed']} removed, {entries['changed']} changed entries"
    who = f": all, since {everybody}" if everybody else ""
    found = ", ".join(f"{kinds.get(kind, 0)} {kind}" for kind in ("new", "gone", "differs", "entry changed"))
    lines = [
        f"{change.list_name} {change.before} to {change.after}: {differ}.",
        f"{asked} of {parties} parties asked again{who}.",
        f"Findings: {found}.",
    ]
    if decided := {record for record, decisions in _decided(touched) if decisions}:
        lines.append(f"{len(decided)} records among them were drawn or have an outcome: look at those first.")
    if void:
        lines.append(f"Clearings that no longer hold: {', '.join(void)}.")
    if not current:
        lines.append("No load was last screened with that version: stored findings are as `screen run` left them.")
    return lines
