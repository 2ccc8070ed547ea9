"""The facts that the board rests on, for a program that shares no code with ours: ids, days, states and numbers.

One Parquet file a table. Outcomes, plans and redress are not among them: those stand in the ledger, entry by entry. No
name, no description and no count of a small place goes out, so harm counted by others cannot be added up again from it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from counterflow.flow.outside import tool_text
from counterflow.report.export import write

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["FACTS_OF_A_BOARD", "write_facts"]

#: file to the SQL of what stands in it
FACTS_OF_A_BOARD: dict[str, str] = {
    "frame": "SELECT plan, source, record_id, office, lane, day, coalesce(arm, '') AS arm, rank,"
    " inclusion_probability, detection_rate, stratum, resource, service_minutes, expected_harm"
    " FROM draw ORDER BY plan, source, record_id",
    "records": "SELECT c.source, c.record_id, c.batch, c.sender, c.departure, c.lane,"
    " strftime(c.declared_on, '%Y-%m') AS period, coalesce(len(c.missing), 0) AS missing, c.advance_at, c.due_at,"
    " EXISTS (SELECT 1 FROM goods_line g WHERE g.source = c.source AND g.record_id = c.record_id"
    " AND (g.description IS NOT NULL OR g.hs IS NOT NULL)) AS names_goods,"
    " EXISTS (SELECT 1 FROM party p WHERE p.source = c.source AND p.record_id = c.record_id AND p.name IS NOT NULL)"
    " OR EXISTS (SELECT 1 FROM payload e WHERE e.source = c.source AND e.record_id = c.record_id"
    " AND e.erased_at IS NOT NULL) AS names_party FROM consignment c ORDER BY c.source, c.record_id",
    "refused": "SELECT q.source, q.batch, q.line, q.sender, q.departure, q.lane,"
    " strftime(q.declared_on, '%Y-%m') AS period FROM quarantine q WHERE q.state <> 'reloaded' AND EXISTS"
    " (SELECT 1 FROM batch b WHERE b.source = q.source AND b.batch = q.batch AND b.tables LIKE '%\"consignment\":%')"
    " ORDER BY ALL",
    "announced": "SELECT a.batch, b.received_at, coalesce(a.sender, '*') AS sender,"
    " coalesce(a.departure, '*') AS departure, coalesce(a.lane, '*') AS lane, a.period, a.expected"
    " FROM announcement a JOIN batch b ON b.batch = a.batch ORDER BY ALL",
    "crossings": "SELECT source, record_id, port, lane, hour, direction, vehicle_class, scan_state, result"
    " FROM crossing ORDER BY source, record_id",
    "findings": 'SELECT source, record_id, "check", code FROM finding ORDER BY ALL',
    "corrections": "SELECT DISTINCT correction, act FROM redress_correction ORDER BY ALL",
}


def write_facts(workspace: Workspace, folder: Path) -> dict[str, str]:
    """Write the facts into a folder, made where it is not there; return the digest of each file by its name.

    The digests are sealed in the ledger (kind ``facts``), so that facts handed out later cannot be others. The program
    that recomputes the board from them is put beside them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    digests = {}
    for name, sql in FACTS_OF_A_BOARD.items():
        path = folder / f"{name}.parquet"
        write(workspace.store.query(sql), "parquet", path)
        digests[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    workspace.ledger.append("facts", {"files": digests})
    for name in ("verify_board.py", "verify_ledger.py"):
        (folder / name).write_text(tool_text(name), "utf-8")
    return digests
