"""Money and evidence with the grades of the strategy room's levers beside the studies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterflow.account.indicators.evidence import evidence_rows
from counterflow.account.indicators.money import Money, cost_rows, grade_rows, mix_rows, read_money, shipped_money

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["costs", "graded", "library", "load_money", "mix", "sums_of"]


def library() -> list[dict[str, Any]]:
    """Return the evidence library: studies, and the levers that have none here."""
    from counterflow.strategy.levers.registry import levers

    held = [
        {"name": one.name, "side": one.side, "words": one.words, "grade": one.grade, "source": one.source,
         "note": one.note}
        for one in levers()
        if not one.published
    ]  # fmt: skip
    return evidence_rows(held)


def sums_of(file: Path | None, workspace: Workspace | None) -> list[Money]:
    """Return the sums of a file, else of the workspace, else those that the documents name."""
    if file is not None:
        return read_money(file)
    if workspace is not None:
        from counterflow.account.indicators.money_kept import kept_money

        held = kept_money(workspace)
        if held:
            return held
    return shipped_money()


def load_money(workspace: Workspace, file: Path, *, person: str) -> dict[str, Any]:
    """Keep the sums of a file in the workspace; return the receipt."""
    from counterflow.account.indicators.money_kept import put_money

    return put_money(workspace, read_money(file), file.read_bytes(), person=person)


def mix(sums: Sequence[Money]) -> list[dict[str, Any]]:
    """Return the mix by side."""
    return mix_rows(sums)


def graded(sums: Sequence[Money]) -> list[dict[str, Any]]:
    """Return the mix by grade of evidence."""
    return grade_rows(sums, library())


def costs(sums: Sequence[Money]) -> list[dict[str, Any]]:
    """Return costs per outcome."""
    return cost_rows(sums)
