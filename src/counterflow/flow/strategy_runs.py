"""Runs of the strategy room on record: what was asked, of which model, and the digest of what came out.

The ledger holds ids, whole numbers and digests. What was asked (arguments, files that went in) stands beside it, in
`strategy/<run>.json` of the workspace, so that `strategy rerun` can ask the same again and compare the bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import InputError, UnknownName
from counterflow.store.durable import sync
from counterflow.store.ledger import canonical_bytes

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Run", "model_digests", "record_run", "run_named", "runs_of"]

_KIND = "strategy-run"
_FOLDER = "strategy"
#: options of the shared command line that do not change what comes out, with how many words follow each
_NOT_ASKED = {"-w": 1, "--workspace": 1, "--out": 1, "-q": 0, "--quiet": 0}


@dataclass(frozen=True, slots=True)
class Run:
    """One run on record.

    Args:
        run: its id: a digest of what was asked and of which model.
        command: the command, as `strategy forecast`.
        arguments: what was asked; `{file:0}` stands for the first of `files`.
        files: name and content of each file that went in.
        seed: seed.
        draws: parameter vectors.
        model_version: version of the model with its names of parameters.
        parameters_sha256: of the parameter vectors that were drawn.
        data_sha256: of the tables the model is made of.
        output_sha256: of the bytes that came out.
    """

    run: str
    command: str
    arguments: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    seed: int
    draws: int
    model_version: str
    parameters_sha256: str
    data_sha256: str
    output_sha256: str

    def sealed_body(self) -> dict[str, Any]:
        """Return what the ledger says of it: ids, whole numbers and digests."""
        asked = {"arguments": list(self.arguments), "files": [list(pair) for pair in self.files]}
        return {
            "run": self.run, "command": self.command, "seed": self.seed, "draws": self.draws,
            "model_version": self.model_version, "parameters_sha256": self.parameters_sha256,
            "data_sha256": self.data_sha256, "output_sha256": self.output_sha256, "asked_sha256": _sha256(asked),
        }  # fmt: skip


def model_digests() -> tuple[str, str]:
    """Return the version of the model and the SHA-256 of every table it is made of, the posterior included."""
    from counterflow.strategy.forecast.tables import tables_digest
    from counterflow.strategy.model.parameters import parameters

    return parameters().version, tables_digest()


def record_run(
    workspace: Workspace,
    *,
    command: str,
    arguments: Sequence[str],
    files: Sequence[Path] = (),
    contents: Mapping[str, str] | None = None,
    seed: int,
    draws: int,
    output: bytes,
) -> Run:
    """Put a run on record and return it; the same run again changes nothing.

    Args:
        workspace: whose ledger.
        command: the command, as `strategy forecast`.
        arguments: words of the command line after `counterflow`, or those that a page stands for.
        files: files among the arguments that were read; their text is kept with the run.
        contents: argument -> text, for what was read from elsewhere and shall be a file when it is run again.
        seed: seed.
        draws: parameter vectors; 0 where none were drawn.
        output: the bytes that came out, in the form asked for.
    """
    held = [(path.name, path.read_text("utf-8-sig"), str(path)) for path in files]
    held += [(name, text, name) for name, text in (contents or {}).items()]
    places = {argument: f"{{file:{place}}}" for place, (_, _, argument) in enumerate(held)}
    asked = tuple(places.get(word, word) for word in _asked(arguments))
    version, data = model_digests()
    shared = {"command": command, "arguments": list(asked), "files": [list(pair[:2]) for pair in held]}
    run = Run(
        f"s-{_sha256(shared | {'version': version, 'data': data})[:12]}", command, asked,
        tuple((name, text) for name, text, _ in held), seed, draws, version, _drawn(draws, seed), data,
        hashlib.sha256(output).hexdigest(),
    )  # fmt: skip
    _keep(workspace, run)
    workspace.ledger.append(_KIND, run.sealed_body(), key=f"{_KIND}:{run.run}:{run.output_sha256[:16]}")
    return run


def _asked(arguments: Sequence[str]) -> list[str]:
    """Return the words that say what was asked, without where it goes."""
    kept: list[str] = []
    skip = 0
    for word in arguments:
        if skip:
            skip -= 1
        elif word in _NOT_ASKED:
            skip = _NOT_ASKED[word]
        elif not word.startswith(("--workspace=", "--out=")):
            kept.append(word)
    return kept


def _drawn(draws: int, seed: int) -> str:
    """Return the digest of the parameter vectors of this many draws and this seed."""
    if draws < 1:
        return hashlib.sha256(b"").hexdigest()
    from counterflow.strategy.model.draws import draw

    return hashlib.sha256(draw(draws, seed).values.tobytes()).hexdigest()


def _sha256(value: object) -> str:
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def _keep(workspace: Workspace, run: Run) -> None:
    """Write what was asked beside the ledger; whole or not at all."""
    folder = workspace.path / _FOLDER
    folder.mkdir(exist_ok=True)
    place = folder / f"{run.run}.json"
    half = place.with_suffix(".part")
    half.write_text(json.dumps(asdict(run), ensure_ascii=False, sort_keys=True, indent=1) + "\n", "utf-8")
    sync(half)
    half.replace(place)
    sync(folder)


def runs_of(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the runs on record, the latest first: when, what, of which model, digest of what came out."""
    rows = [{"recorded_at": entry.time, **entry.body} for entry in workspace.ledger.entries(_KIND)]
    return rows[::-1]


def run_named(workspace: Workspace, name: str) -> Run:
    """Return a run with what was asked.

    Raises:
        UnknownName: none is on record under this id.
        InputError: what was asked is no longer there, or is not what was sealed.
    """
    sealed = {str(row["run"]): row for row in reversed(runs_of(workspace))}
    if name not in sealed:
        raise UnknownName("run of the strategy room", name, sealed)
    path = workspace.path / _FOLDER / f"{name}.json"
    try:
        tree = json.loads(path.read_text("utf-8"))
        tree["files"] = tuple((pair[0], pair[1]) for pair in tree["files"])
        found = Run(**(tree | {"arguments": tuple(tree["arguments"])}))
        same = found.sealed_body()["asked_sha256"] == sealed[name]["asked_sha256"]
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError(
            f"What run {name} was asked is no longer there.", file=path, hint="The ledger keeps its digests only."
        ) from error
    if not same:
        raise InputError(
            f"What stands for run {name} is not what was sealed.", file=path, hint="Bring the file back from a copy."
        )
    return found
