"""Steps that can be cut off anywhere and started again.

Each step is idempotent by its own means (loads by content, plans by their inputs, outcomes by their file), and is
noted in `run_step` once it is done. A run that was killed is started with the same arguments: what is noted is
passed over, the step that was cut off is done again, and the tables come out the same.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from counterflow.core.tables import RUN_STEP
from counterflow.store.workspace import Workspace

__all__ = ["Step", "StepDone", "run_steps"]


@dataclass(frozen=True)
class Step:
    """One named piece of a run: `act` does it and returns what it counted, as plain data."""

    name: str
    act: Callable[[Workspace], Mapping[str, Any]]


@dataclass(frozen=True)
class StepDone:
    """A step that is done: by this call, or by an earlier one (`resumed`)."""

    name: str
    detail: Mapping[str, Any]
    seconds: float
    resumed: bool

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, the detail as JSON text."""
        return {
            "step": self.name,
            "seconds": round(self.seconds, 2),
            "resumed": self.resumed,
            "detail": json.dumps(self.detail, sort_keys=True, ensure_ascii=False),
        }


def run_steps(
    workspace: Workspace, run: str, steps: Sequence[Step], tell: Callable[[str], None] = lambda _: None
) -> list[StepDone]:
    """Do the steps of `run` that are not noted as done, in order; return all of them.

    Args:
        workspace: what the steps work on.
        run: id of the run, fixed by its arguments.
        steps: what to do.
        tell: takes a line of progress.
    """
    noted = {
        str(row["step"]): json.loads(str(row["detail"]))
        for row in workspace.store.rows("SELECT step, detail FROM run_step WHERE run = ?", [run])
    }
    done = []
    for position, step in enumerate(steps):
        label = f"[{position + 1}/{len(steps)}] {step.name}"
        if step.name in noted:
            tell(f"{label}: done before")
            done.append(StepDone(step.name, noted[step.name], 0.0, resumed=True))
            continue
        tell(f"{label} …")
        started = time.perf_counter()
        detail = dict(step.act(workspace))
        seconds = time.perf_counter() - started
        _note(workspace, run, position, step.name, detail)
        tell(f"{label}: {_in_words(detail)} ({seconds:.1f} s)")
        done.append(StepDone(step.name, detail, seconds, resumed=False))
    return done


def _note(workspace: Workspace, run: str, position: int, name: str, detail: Mapping[str, Any]) -> None:
    row = {
        "run": run, "position": position, "step": name, "state": "done",
        "detail": json.dumps(detail, sort_keys=True, ensure_ascii=False), "ended_at": workspace.clock(),
    }  # fmt: skip
    workspace.store.append("run_step", pa.Table.from_pylist([row], schema=RUN_STEP))


def _in_words(detail: Mapping[str, Any]) -> str:
    plain = [f"{key} {value}" for key, value in detail.items() if isinstance(value, (int, float, str, bool))]
    return ", ".join(plain[:6]) or "done"
