"""What leaves the program on paper and as files: the plan as CSV, and a sheet per office, lane and day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from counterflow.store.workspace import Workspace

__all__ = ["sheets_of", "write_papers", "write_sheets"]


def sheets_of(workspace: Workspace, **which: str) -> dict[str, Any]:
    """Return the list of sheets of the latest plan, or the one named by office, lane, day and plan."""
    from counterflow.store.loads import is_synthetic
    from counterflow.target.sheets.sheet import sheets

    return sheets(workspace.store, **which, synthetic=is_synthetic(workspace.store))


def write_sheets(sheets: Iterable[Mapping[str, Any]], folder: Path) -> list[Path]:
    """Write each sheet as a page that prints, named by day, office and lane; return the files."""
    from counterflow.report.sheet import render

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, one in enumerate(sheets, start=1):
        place = "-".join(_safe(str(one[part])) for part in ("day", "office", "lane"))
        path = folder / f"{number:04d}-{place}.html"
        path.write_text(render(one), "utf-8")
        written.append(path)
    return written


def write_papers(workspace: Workspace, plan: str, folder: Path) -> dict[str, Any]:
    """Write `plan.csv` and the sheets of a plan under `folder`; return what was written."""
    from counterflow.report.export import write
    from counterflow.store.loads import is_synthetic
    from counterflow.target.choice.plan import selected_rows
    from counterflow.target.sheets.sheet import sheet, sheet_index

    folder.mkdir(parents=True, exist_ok=True)
    rows = selected_rows(workspace.store, plan)
    write(rows, "csv", folder / "plan.csv")
    synthetic = is_synthetic(workspace.store)
    whole = (
        sheet(
            workspace.store,
            office=row["office"], lane=row["lane"], day=row["day"], plan=row["plan"], synthetic=synthetic,
        )
        for row in sheet_index(workspace.store, plan)
    )  # fmt: skip
    return {"selected": rows.num_rows, "sheets": len(write_sheets(whole, folder / "sheets"))}


def _safe(text: str) -> str:
    """Return `text` as a part of a file name: letters, digits and hyphens."""
    return "".join(c if c.isalnum() else "-" for c in text)[:60] or "any"
