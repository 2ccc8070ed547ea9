"""The life of a version of severities: proposed by one person with its consequences, approved by another, in force.

No version is overwritten: the next one takes over from its own day on. The ledger holds version, digest of the rows,
digest of the consequences and salted digests of who acted and why; names and grounds stand in the tables and can be
erased.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName, UsageError, nearest
from counterflow.core.tables import SEVERITY, SEVERITY_ACT, SEVERITY_VERSION
from counterflow.target.acts import another_person, required, seal
from counterflow.target.csv_file import CsvRows, read_content
from counterflow.target.severity.cells import cells_of
from counterflow.target.severity.consequences import consequences
from counterflow.target.severity.derive import Derived, Terms, derive
from counterflow.target.severity.in_force import KEYS, Points, Severities, in_force, with_rows

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["approve", "derive_from_store", "history", "one_version", "propose", "read_edits"]

_EDIT_COLUMNS = ("harm_class", "points", "said")
_MOST_POINTS = 1e6
_SHORTEST_GROUND = 8


def derive_from_store(workspace: Workspace, terms: Terms, places: Sequence[str] = ()) -> Derived:
    """Return the severities that the stored counts support today.

    Raises:
        InputError: an outcome has no weight.
    """
    on = workspace.clock().date()
    store, half = workspace.store, terms.half_life_days
    counts, said = cells_of(store, "harm_count", "outcome", on=on, half_life_days=half, places=places)
    exposures, more = cells_of(store, "exposure", "unit", on=on, half_life_days=half, places=places)
    made = derive(counts, exposures, workspace.settings.target.severity, terms)
    return Derived(made.rows, made.counts_to, (*said, *more, *made.said))


def read_edits(path: Path, classes: Mapping[str, float]) -> tuple[Points, ...]:
    """Read severities that a person wrote: harm_class, substance, form, route, market, points, low, high, said.

    Raises:
        InputError: anything in it that cannot be used, with line, column and value.
    """
    rows = CsvRows(read_content(path, "a CSV of severities"), path.name, _EDIT_COLUMNS, (*KEYS, "low", "high", "basis"))
    found: dict[tuple[str, ...], Points] = {}
    for line, values in rows:
        if len(values) != len(rows.header):
            hint = "Each row gives each column."
            raise InputError(f"The row has {len(values)} fields.", hint=hint, file=path.name, line=line)
        row = dict(zip(rows.header, (value.strip() for value in values), strict=True))
        made = _edit(row, classes, path.name, line)
        key = _key(made)
        if key in found:
            raise InputError("The same cell stands twice.", file=path.name, line=line, hint="Keep one.")
        found[key] = made
    if not found:
        raise InputError("It holds no severity.", file=path.name, line=2, hint="Write at least one row.")
    return tuple(found.values())


def propose(
    workspace: Workspace,
    *,
    person: str,
    ground: str,
    derived: Derived | None = None,
    edits: Sequence[Points] = (),
    terms: Terms | None = None,
) -> dict[str, Any]:
    """Write down a proposed version with its consequences and return it; it changes nothing until approved.

    A derived version is whole: what was in force before does not carry over. With edits alone, the version in force is
    carried over and the edits are laid over it.

    Args:
        workspace: where it goes.
        person: who proposes.
        ground: why.
        derived: severities derived from counts; None to begin from those in force.
        edits: severities that a person wrote; they win.
        terms: how the derived ones were made.

    Raises:
        UsageError: nothing is proposed, or nothing changes.
        InputError: no person or ground.
    """
    who, why = required("person", person), required("ground", ground, shortest=_SHORTEST_GROUND)
    now = workspace.clock()
    before = in_force(workspace.store, workspace.settings.target, now.date())
    carried = derived.rows if derived is not None else (*_edited_classes(before), *before.finer)
    rows = {_key(row): row for row in (*carried, *edits)}
    if not rows:
        raise UsageError("Nothing is proposed.", hint="Derive from counts (--derived), or give --edits FILE.")
    after = with_rows(workspace.settings.target, tuple(rows.values()), "proposed")
    if _same(before, after):
        raise UsageError("These are the severities in force.", hint="Nothing needs approval.")
    said = [*(derived.said if derived else ()), *_no_registry(workspace, rows.values())]
    moved = consequences(workspace, before, after)
    counts_to = derived.counts_to if derived else {}
    kept = [_row(row, counts_to) for row in rows.values()]
    digest = hashlib.sha256(json.dumps([_plain(r) for r in kept], sort_keys=True).encode()).hexdigest()
    version = f"SV-{hashlib.sha256(f'{digest} {now.isoformat()}'.encode()).hexdigest()[:10]}"
    head = {
        "version": version, "proposed_by": who, "ground": why, "proposed_at": now, "method": _method(terms, derived),
        "said": said, "consequences": json.dumps(moved, ensure_ascii=False), "sha256": digest,
    }  # fmt: skip
    _write(workspace, head, kept, moved)
    return {**head, "consequences": moved, "rows": [r | {"version": version} for r in kept], "before": before.version}


def approve(
    workspace: Workspace, version: str, *, person: str, ground: str, from_day: dt.date | None = None
) -> dict[str, Any]:
    """Put a proposed version into force from a day on, by another person than the one who proposed it.

    Raises:
        UnknownName: there is no such version.
        AccessError: the same person proposed it.
        InputError: it was approved already, or the day is gone.
    """
    store, now = workspace.store, workspace.clock()
    found = store.rows("SELECT * FROM severity_version WHERE version = ?", [version])
    if not found:
        known = [str(r["version"]) for r in store.rows("SELECT version FROM severity_version")]
        raise UnknownName("version of severities", version, known)
    message = "Whoever proposed severities does not approve them."
    who = another_person(str(found[0]["proposed_by"]), person, message)
    why = required("ground", ground, shortest=_SHORTEST_GROUND)
    if store.rows("SELECT 1 AS x FROM severity_act WHERE version = ?", [version]):
        raise InputError("It was approved already.", column="version", value=version, hint="Propose a new version.")
    begins = from_day or now.date()
    if begins < now.date():
        hint = "Plans of days gone by stand as they were made; name today or a later day."
        raise InputError("Severities do not change the past.", column="from", value=begins, hint=hint)
    body = {"version": version, "act": "approve", "in_force_from": begins.isoformat(), "at": now.isoformat()}
    row = {
        "version": version, "act": "approve", "in_force_from": begins, "ground": why, "person": who, "acted_at": now,
    }  # fmt: skip
    both = [str(found[0]["proposed_by"]), who]
    with store.transaction():
        sealed = seal(workspace, "severity-act", f"{version}/approve", [version, why, who], body, both)
        store.append("severity_act", pa.Table.from_pylist([row | {"ledger_seq": sealed.seq}], schema=SEVERITY_ACT))
    return row


def history(workspace: Workspace) -> list[dict[str, Any]]:
    """Return every version, newest first, with who proposed and approved it and whether it is in force today."""
    today = workspace.clock().date()
    present = in_force(workspace.store, workspace.settings.target, today).version
    rows = workspace.store.rows(
        "SELECT v.version, v.proposed_by, v.proposed_at, v.ground, a.person AS approved_by, a.acted_at AS approved_at,"
        " a.in_force_from, (SELECT count(*) FROM severity s WHERE s.version = v.version) AS rows, v.sha256,"
        " v.ledger_seq"
        " FROM severity_version v LEFT JOIN severity_act a ON a.version = v.version"
        " ORDER BY v.proposed_at DESC, v.ledger_seq DESC"
    )
    return [row | {"state": _state(row, present, today)} for row in rows]


def one_version(workspace: Workspace, version: str) -> dict[str, Any]:
    """Return a version with its rows and what it was said to change.

    Raises:
        UnknownName: there is no such version.
    """
    found = [row for row in history(workspace) if row["version"] == version]
    if not found:
        raise UnknownName("version of severities", version, [str(row["version"]) for row in history(workspace)])
    kept = workspace.store.rows("SELECT said, method, consequences FROM severity_version WHERE version = ?", [version])
    rows = workspace.store.rows(
        "SELECT * FROM severity WHERE version = ? ORDER BY harm_class, substance, form, route, market", [version]
    )
    told = {"said": kept[0]["said"], "method": json.loads(str(kept[0]["method"]))}
    return {**found[0], **told, "consequences": json.loads(str(kept[0]["consequences"])), "rows": rows}


def _state(row: Mapping[str, Any], present: str, today: dt.date) -> str:
    if row["in_force_from"] is None:
        return "proposed"
    if row["version"] == present:
        return "in force"
    return "approved" if row["in_force_from"] > today else "past"


def _write(workspace: Workspace, head: dict[str, Any], kept: list[dict[str, Any]], moved: Mapping[str, Any]) -> None:
    version = head["version"]
    body = {
        "version": version, "rows": len(kept), "rows_sha256": head["sha256"], "at": head["proposed_at"].isoformat(),
        "consequences_sha256": hashlib.sha256(json.dumps(moved, ensure_ascii=False).encode()).hexdigest(),
    }  # fmt: skip
    who = head["proposed_by"]
    with workspace.store.transaction():
        sealed = seal(workspace, "severity", f"{version}/propose", [version, head["ground"], who], body, [who])
        row = head | {"ledger_seq": sealed.seq}
        workspace.store.append("severity_version", pa.Table.from_pylist([row], schema=SEVERITY_VERSION))
        rows = [r | {"version": version} for r in kept]
        workspace.store.append("severity", pa.Table.from_pylist(rows, schema=SEVERITY))


def _edit(row: Mapping[str, str], classes: Mapping[str, float], file: str, line: int) -> Points:
    name = row["harm_class"].casefold()
    if name not in classes:
        close = nearest(name, classes, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"One of {', '.join(sorted(classes))}."
        raise InputError(
            "This harm class has no severity.", hint=hint, file=file, line=line, column="harm_class", value=name
        )
    keys = {key: row.get(key, "").casefold() for key in KEYS}
    if not keys["substance"] and any(keys.values()):
        hint = "A form, route or market is one of a substance."
        raise InputError("No substance is named.", hint=hint, file=file, line=line, column="substance")
    points = _points(row, "points", file, line)
    low = _points(row, "low", file, line) if row.get("low") else points
    high = _points(row, "high", file, line) if row.get("high") else points
    if not low <= points <= high:
        hint = "low <= points <= high."
        raise InputError("The interval does not hold the points.", hint=hint, file=file, line=line, column="points")
    if not row["said"]:
        hint = "Say what the number rests on: another person has to judge it."
        raise InputError("No reason is given.", hint=hint, file=file, line=line, column="said")
    where = (keys["substance"], keys["form"], keys["route"], keys["market"])
    return Points(name, *where, points, low, high, "edited", row["said"][:500])


def _points(row: Mapping[str, str], column: str, file: str, line: int) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not 0 <= value <= _MOST_POINTS:
        hint = f"Write points from 0 to {_MOST_POINTS:,.0f}."
        raise InputError(
            "These are no severity points.", hint=hint, file=file, line=line, column=column, value=row[column]
        )
    return value


def _key(row: Points) -> tuple[str, ...]:
    return (row.harm_class, row.substance, row.form, row.route, row.market)


def _edited_classes(severities: Severities) -> tuple[Points, ...]:
    return tuple(row for row in severities.classes.values() if row.basis != "settings")


def _same(before: Severities, after: Severities) -> bool:
    def plain(each: Severities) -> dict[tuple[str, ...], tuple[float, float, float]]:
        return {_key(row): (row.value, row.low, row.high) for row in (*each.classes.values(), *each.finer)}

    return plain(before) == plain(after)


def _no_registry(workspace: Workspace, rows: Any) -> list[str]:
    """Say which substances no finding has named so far: a misspelt one would never be met."""
    named = {str(row.substance) for row in rows if row.substance}
    found = workspace.store.rows(
        "SELECT DISTINCT substr(reference, 12) AS substance FROM finding WHERE reference LIKE 'substances:%'"
    )
    seen = {str(row["substance"]) for row in found}
    missing = sorted(named - seen)
    return [f"no finding names {', '.join(missing[:8])} yet; findings go by the registry's ids"] if missing else []


def _row(row: Points, counts_to: Mapping[str, dt.date]) -> dict[str, Any]:
    return {
        "harm_class": row.harm_class, "substance": row.substance, "form": row.form, "route": row.route,
        "market": row.market, "points": row.value, "low": row.low, "high": row.high, "basis": row.basis,
        "counts_to": counts_to.get(row.harm_class) if row.basis == "derived" else None, "said": row.said,
    }  # fmt: skip


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, dt.date) else value for key, value in row.items()}


def _method(terms: Terms | None, derived: Derived | None) -> str:
    if derived is None or terms is None:
        return json.dumps({"edited": True})
    return json.dumps(
        {
            "per": terms.per, "half_life_days": terms.half_life_days, "weights": dict(terms.weights),
            "draws": terms.draws, "seed": terms.seed, "page": "docs/methods/severity.md",
        }
    )  # fmt: skip
