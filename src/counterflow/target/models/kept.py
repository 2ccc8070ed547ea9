"""The models that a workspace keeps, and which of them a plan may use.

A model's files stand in `models/<id>/`; the table `model` and the ledger hold their digest. A plan uses the newest
model whose outcomes all came before the plan's first day. Where there is none, or its files are gone or are not those
that were trained, the first score ranks, and the plan says so.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.store.repository import Store

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace
    from counterflow.target.learn.scorer import Scorer

__all__ = ["FOLDER", "Kept", "files_digest", "intact", "model_folder", "models", "usable_model"]

FOLDER = "models"
NONE_YET = "cold start: rules, findings and exploration only; no model was trained before this plan's first day"
_TURNED_OFF = "ranked by findings and rates by key: learned models are turned off (target.learned)"


@dataclass(frozen=True)
class Kept:
    """A model and what is on record of it."""

    row: Mapping[str, Any]
    scorer: Scorer

    @property
    def name(self) -> str:
        """Its id."""
        return str(self.row["model"])

    @property
    def finds(self) -> dict[str, int]:
        """Harm class to the confirmed finds that it learned from."""
        return {str(k): int(v) for k, v in json.loads(str(self.row["finds"])).items()}

    @property
    def codes(self) -> frozenset[str]:
        """Finding codes that it has learned."""
        return frozenset(self.row["codes"] or ())

    def in_words(self) -> str:
        """Say which model ranks and what it learned from."""
        finds = ", ".join(f"{count} {name}" for name, count in sorted(self.finds.items()))
        left_out = f"; without {', '.join(self.row['without'])}" if self.row["without"] else ""
        return (
            f"ranked by {self.name}: learned from {self.row['records']} inspected records known before"
            f" {self.row['known_before']} ({finds or 'no find'}){left_out}"
        )


def models(store: Store) -> pa.Table:
    """Return the models that were trained, newest first."""
    return store.query("SELECT * FROM model ORDER BY known_before DESC, trained_at DESC, ledger_seq DESC, model")


def model_folder(workspace: Workspace, model: str) -> Path:
    """Return the folder of a model's files."""
    return workspace.path / FOLDER / model


def files_digest(folder: Path) -> str:
    """Return one SHA-256 over the names and contents of a model's files."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\n".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def intact(workspace: Workspace, row: Mapping[str, Any]) -> bool:
    """Whether a model's files are those that were trained."""
    folder = model_folder(workspace, str(row["model"]))
    return folder.is_dir() and files_digest(folder) == row["files_sha256"]


def usable_model(workspace: Workspace, first_day: dt.date) -> tuple[Kept | None, str]:
    """Return the newest model that a plan from `first_day` on may use, and what is to be said of it.

    Its outcomes all came before that day, and its files are those that were trained.
    """
    if not workspace.settings.target.learned:
        return None, _TURNED_OFF
    fitting = workspace.store.rows(
        "SELECT * FROM model WHERE known_before <= ?"
        " ORDER BY known_before DESC, trained_at DESC, ledger_seq DESC, model LIMIT 1",
        [first_day],
    )
    if not fitting:
        return None, NONE_YET
    row = fitting[0]
    folder = model_folder(workspace, str(row["model"]))
    if not intact(workspace, row):
        why = "are not those that were trained" if folder.is_dir() else "are gone"
        said = f"MODEL NOT USED: the files of {row['model']} {why}; `counterflow target train` makes them again"
        return None, f"{said}. Ranked by findings and rates by key instead"
    from counterflow.target.learn.scorer import Scorer

    kept = Kept(row, Scorer.load(folder))
    return kept, kept.in_words()
