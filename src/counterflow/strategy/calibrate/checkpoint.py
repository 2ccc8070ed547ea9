"""A folder that a long fit can go on from: what it was asked, and what each stage found."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError

__all__ = ["Checkpoint"]

_ASKED = "asked.json"


@dataclass(frozen=True)
class Checkpoint:
    """Stages of one fit, in a folder or nowhere.

    Args:
        folder: where they are kept; None keeps nothing.
    """

    folder: Path | None

    def begin(self, asked: dict[str, Any]) -> bool:
        """Note what is asked; return whether an earlier run in this folder is gone on with.

        Raises:
            InputError: the folder holds a run that was asked something else.
        """
        if self.folder is None:
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / _ASKED
        if not path.is_file():
            _replace(path, json.dumps(asked, indent=1, sort_keys=True).encode())
            return False
        try:
            held = json.loads(path.read_bytes())
        except ValueError:
            raise InputError("This is no run of a fit.", file=path, hint="Name an empty folder.") from None
        other = [k for k in sorted(asked) if held.get(k) != asked[k]]
        if other:
            said = ", ".join(f"{k} {held.get(k)!r} there, {asked[k]!r} here" for k in other)
            raise InputError(
                f"The run in this folder was asked something else: {said}.",
                file=path,
                hint="Ask the same, or name an empty folder.",
            )
        return True

    def read(self, stage: str) -> dict[str, npt.NDArray[Any]] | None:
        """Return the arrays of a stage, or None where it was not reached.

        Raises:
            InputError: the file is damaged.
        """
        path = self._path(stage)
        if path is None or not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as held:
                return {name: held[name] for name in held.files}
        except (ValueError, OSError, EOFError, zipfile.BadZipFile):
            hint = "Remove this file; the fit goes on from the stage before."
            raise InputError("This checkpoint is damaged.", file=path, hint=hint) from None

    def write(self, stage: str, **arrays: npt.ArrayLike) -> None:
        """Keep the arrays of a stage; a run that is killed while writing leaves the earlier ones."""
        path = self._path(stage)
        if path is not None:
            room = io.BytesIO()
            np.savez(room, **{name: np.asarray(array) for name, array in arrays.items()})  # type: ignore[arg-type]
            _replace(path, room.getvalue())

    def _path(self, stage: str) -> Path | None:
        return None if self.folder is None else self.folder / f"{stage}.npz"


def _replace(path: Path, content: bytes) -> None:
    room = path.with_suffix(".part")
    room.write_bytes(content)
    room.replace(path)
