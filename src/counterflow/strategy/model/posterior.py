"""The fitted parameters: rows drawn from the posterior, bound to the version of the model that they fit."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError
from counterflow.strategy.model.parameters import parameters

__all__ = ["Posterior", "load", "save", "shipped"]

_SHIPPED = "posterior.npz"


@dataclass(frozen=True)
class Posterior:
    """Rows of the posterior.

    Args:
        names: parameters that were fitted, k of them.
        rows: draws, shape (n, k).
        version: `parameters().version` of the model that was fitted.
        about: how it was made: seed, runs, digests of targets and drivers, day, last year of data, diagnostics.
    """

    names: tuple[str, ...]
    rows: npt.NDArray[np.float32]
    version: str
    about: dict[str, Any] = field(default_factory=dict)


def save(posterior: Posterior, path: Path) -> None:
    """Write a posterior as one compressed file that holds numbers and one JSON text."""
    words = {"names": posterior.names, "version": posterior.version, "about": posterior.about}
    text = np.frombuffer(json.dumps(words, sort_keys=True).encode(), dtype=np.uint8)
    with path.open("wb") as file:
        np.savez_compressed(file, rows=posterior.rows.astype(np.float32), words=text)


def load(path: Path) -> Posterior:
    """Read a posterior.

    Raises:
        InputError: the file is none, or was fitted to another version of the model.
    """
    return _read(path.read_bytes(), path)


def _read(content: bytes, path: Path) -> Posterior:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as held:
            words, rows = json.loads(held["words"].tobytes()), held["rows"]
        found = Posterior(tuple(words["names"]), rows, words["version"], words["about"])
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path.name} is not a posterior of this program.",
            file=path,
            hint="Make one with `counterflow strategy calibrate --out FILE`.",
        ) from error
    ours = parameters().version
    if found.version != ours:
        raise InputError(
            f"The posterior was fitted to version {found.version} of the model; this program holds version {ours}.",
            file=path,
            hint="Fit it again with `counterflow strategy calibrate --out FILE`, or use the program it was made with.",
        )
    return found


@cache
def shipped() -> Posterior | None:
    """Return the posterior inside the package; none before the first calibration."""
    at = files("counterflow.reference").joinpath("strategy", _SHIPPED)
    return _read(at.read_bytes(), Path(_SHIPPED)) if at.is_file() else None
